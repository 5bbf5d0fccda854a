#include "tests/fuzz/look_dump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core-vm/format/print.h"
#include "inspector/target/target.h"

struct look {
    struct tgt *t;
    struct wb_arena arena;
    bool is_dump;
};

// Of a dump nothing may fail: what is damaged is shown so, in its place. True: *ret was set.
static bool got(const struct look *look, struct wb_error *err)
{
    if (err != NULL && look->is_dump) {
        fprintf(stderr, "%s\n", err->text);
        abort();
    }
    bool fine = err == NULL;
    wb_error_free(err);
    return fine;
}

static void print(const struct beam_value *value)
{
    struct wb_text text wb_auto_text = {0};
    beam_print(value, (struct beam_print){.strings = true, .limit = 1000}, &text);
}

static void look_at_term(struct look *look, struct tgt_term term)
{
    static const struct tgt_limits limits = {.depth = 12, .length = 60};
    struct wb_mark mark = wb_arena_mark(&look->arena);
    struct beam_value value;
    if (got(look, tgt_read_term(look->t, term, limits, &look->arena, &value)))
        print(&value);
    wb_arena_rewind(&look->arena, mark);
}

static void look_at_frames(struct look *look, struct tgt_pid pid)
{
    struct tgt_frames frames;
    if (!got(look, tgt_list_frames(look->t, pid, &look->arena, &frames)))
        return;
    for (size_t i = 0; i < frames.count; i++)
        for (size_t k = 0; k < frames.at[i].slot_count; k++)
            if (!frames.at[i].slots[k].catch_tag)
                look_at_term(look, frames.at[i].slots[k].term);
}

static void look_at_messages(struct look *look, struct tgt_pid pid)
{
    struct tgt_messages messages;
    for (uint64_t first = 0; first < 12; first += 4) {
        struct tgt_range range = {first, 4};
        if (!got(look, tgt_list_messages(look->t, pid, range, &look->arena, &messages)))
            return;
        for (size_t i = 0; i < messages.count; i++)
            look_at_term(look, messages.at[i].term);
    }
}

static void look_at_proc(struct look *look, struct tgt_pid pid)
{
    struct wb_mark mark = wb_arena_mark(&look->arena);
    struct tgt_proc proc;
    struct tgt_monitors monitors;
    struct beam_value value;
    (void)got(look, tgt_read_proc(look->t, pid, &look->arena, &proc));
    (void)got(look, tgt_list_monitors(look->t, pid, &look->arena, &monitors));
    if (got(look, tgt_read_dictionary(look->t, pid, &look->arena, &value)))
        print(&value);
    look_at_frames(look, pid);
    look_at_messages(look, pid);
    wb_arena_rewind(&look->arena, mark);
}

static void look_at_lists(struct look *look)
{
    struct tgt_timers timers;
    struct tgt_modules modules;
    struct tgt_tables tables;
    struct tgt_ports ports;
    struct tgt_threads threads;
    struct tgt_channels channels;
    struct tgt_uses uses;
    struct tgt_atoms atoms;
    if (got(look, tgt_list_timers(look->t, &look->arena, &timers)))
        for (size_t i = 0; i < timers.count; i++)
            look_at_term(look, timers.at[i].term);
    struct tgt_terms rows;
    if (got(look, tgt_list_tables(look->t, &look->arena, &tables)) && !look->is_dump)
        for (size_t i = 0; i < tables.count && i < 8; i++)
            if (got(look, tgt_list_rows(look->t, tables.at[i].id, &look->arena, &rows)))
                for (size_t k = 0; k < rows.count && k < 8; k++)
                    look_at_term(look, rows.at[k]);
    (void)got(look, tgt_list_modules(look->t, &look->arena, &modules));
    (void)got(look, tgt_list_ports(look->t, &look->arena, &ports));
    (void)got(look, tgt_list_threads(look->t, &look->arena, &threads));
    (void)got(look, tgt_list_channels(look->t, &look->arena, &channels));
    (void)got(look, tgt_list_uses(look->t, &look->arena, &uses));
    (void)got(look, tgt_list_atoms(look->t, &look->arena, &atoms));
}

// `most` of all, as far from each other as they can be, and those named.
static size_t look_at_all(struct look *look, size_t most, struct look_pids pids)
{
    struct tgt_procs procs;
    struct tgt_proc proc;
    (void)got(look, tgt_list_procs(look->t, &look->arena, &procs));
    size_t step = most > 0 && procs.count > most ? procs.count / most : 1;
    for (size_t i = 0; i / step < most && i < procs.count; i += step)
        look_at_proc(look, procs.at[i].pid);
    for (size_t i = 0; i < pids.count; i++) {
        struct wb_error *err =
            tgt_read_proc(look->t, (struct tgt_pid){pids.id[i]}, &look->arena, &proc);
        if (err == NULL)
            look_at_proc(look, proc.pid);
        wb_error_free(err);
    }
    look_at_lists(look);
    return procs.count;
}

static bool write_file(int fd, struct wb_bytes file)
{
    while (file.size > 0) {
        ssize_t done = write(fd, file.at, file.size);
        if (done <= 0)
            return false;
        file.at += done;
        file.size -= (size_t)done;
    }
    return true;
}

size_t look_at_file(const char *path, size_t most, struct look_pids pids)
{
    struct look look = {0};
    size_t count = 0;
    struct wb_error *err = tgt_open(&(struct tgt_open){.name = path}, &look.t);
    if (err == NULL) {
        look.is_dump = strstr(tgt_info(look.t)->kind, "crash dump") != NULL;
        count = look_at_all(&look, most, pids);
    }
    wb_error_free(err);
    tgt_close(look.t);
    wb_arena_free(&look.arena);
    return count;
}

size_t look_at_dump(struct wb_bytes file, size_t most)
{
    char path[64];
    int fd = memfd_create("dump", MFD_CLOEXEC);
    if (fd < 0 || !write_file(fd, file))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    size_t count = look_at_file(path, most, (struct look_pids){0});
    close(fd);
    return count;
}
