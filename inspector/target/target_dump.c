// An erl_crash.dump: what a node wrote down when it died.
#include <stdlib.h>

#include "core-vm/base/file.h"
#include "inspector/target/dump/head.h"
#include "inspector/target/dump/index.h"
#include "inspector/target/dump/mail.h"
#include "inspector/target/dump/matter.h"
#include "inspector/target/dump/printed.h"
#include "inspector/target/dump/proc.h"
#include "inspector/target/dump/stack.h"
#include "inspector/target/dump/term.h"
#include "inspector/target/dump/unpack.h"
#include "inspector/target/dump/use.h"
#include "inspector/target/saved_priv.h"
#include "inspector/target/target_impl.h"

struct target_dump {
    struct tgt base;
    struct wb_arena arena;
    struct wb_bytes file;
    struct tgt_origin origin;
    struct dump_index index;
    struct dump_terms terms;
    struct dump_mail mail;
};

static struct target_dump *self(struct tgt *t)
{
    return (struct target_dump *)(void *)t;
}

static uint64_t epoch(const struct tgt *t)
{
    (void)t;
    return 1;
}

static struct wb_error *find_proc(struct tgt *t, struct tgt_pid pid, struct dump_section *ret)
{
    if (dump_find(&self(t)->index, DUMP_PROC, pid.id, ret))
        return NULL;
    return wb_error_new(WB_E_NOT_FOUND, "no process <0.%u.%u> in the dump", tgt_pid_number(pid),
                        tgt_pid_serial(pid));
}

// What was read of the file since `from`, if that is much: dumps are larger than memory. With a
// page come the ones around it (Linux maps all of a large folio at once), also of what was given
// back just before.
static const uint8_t *forget(struct wb_bytes file, const uint8_t *from,
                             const struct dump_section *section)
{
    enum { MUCH = 1 << 19, AROUND = 1 << 21 };
    const uint8_t *at = section->body.at;
    if (from == NULL || at < from)
        return at;
    if (at - from < MUCH)
        return from;
    from -= from - file.at > AROUND ? AROUND : from - file.at;
    wb_file_forget((struct wb_bytes){from, (size_t)(at - from)});
    return at;
}

static struct wb_error *list_procs(struct tgt *t, struct wb_arena *arena, struct tgt_procs *ret)
{
    const struct dump_index *index = &self(t)->index;
    struct tgt_places places = {0};
    const uint8_t *from = NULL;
    size_t count = dump_count(index, DUMP_PROC);
    struct tgt_procs procs = {.at = wb_push_array(arena, struct tgt_proc, count)};
    for (size_t i = 0; i < count; i++) {
        struct dump_section section = dump_nth(index, DUMP_PROC, i);
        bool again = procs.count > 0 && procs.at[procs.count - 1].pid.id == section.key;
        from = forget(index->file, from, &section);
        if (section.key != 0 && !again)
            dump_describe(&section, &places, arena, &procs.at[procs.count++]);
    }
    *ret = procs;
    return NULL;
}

static struct wb_error *read_proc(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                  struct tgt_proc *ret)
{
    struct tgt_places places = {0};
    struct dump_section section;
    WB_TRY(find_proc(t, pid, &section));
    dump_describe(&section, &places, arena, ret);
    return NULL;
}

static struct wb_error *list_frames(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                    struct tgt_frames *ret)
{
    struct dump_section section;
    WB_TRY(find_proc(t, pid, &section));
    dump_list_frames(&self(t)->index, &section, arena, ret);
    return NULL;
}

static struct wb_error *list_messages(struct tgt *t, struct tgt_pid pid, struct tgt_range range,
                                      struct wb_arena *arena, struct tgt_messages *ret)
{
    struct target_dump *target = self(t);
    struct dump_section section;
    WB_TRY(find_proc(t, pid, &section));
    dump_list_messages(&target->terms, &target->mail, pid, range, arena, ret);
    return NULL;
}

static struct wb_error *read_term(struct tgt *t, struct tgt_term term, struct tgt_limits limits,
                                  struct wb_arena *arena, struct beam_value *ret)
{
    struct target_dump *target = self(t);
    struct dump_section section = {0};
    if (!dump_section_at(&target->index, term.bits, &section) || section.tag != DUMP_TIMER) {
        dump_read_term(&target->terms, term.bits, section.key, limits, arena, ret);
        return NULL;
    }
    const uint8_t *at = target->file.at + term.bits;
    struct wb_bytes rest = {at, (size_t)(section.body.at + section.body.size - at)}, line = {0};
    if (at < section.body.at)
        rest.size = 0;
    dump_next_line(&rest, &line);
    dump_read_printed(line, term.bits, arena, ret);
    return NULL;
}

static struct wb_error *list_monitors(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                      struct tgt_monitors *ret)
{
    struct dump_section section;
    WB_TRY(find_proc(t, pid, &section));
    dump_list_monitors(&section, arena, ret);
    return NULL;
}

static struct wb_error *read_dictionary(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                        struct beam_value *ret)
{
    static const struct tgt_limits limits = {.depth = 400, .length = 1000000};
    struct target_dump *target = self(t);
    struct dump_section section;
    WB_TRY(find_proc(t, pid, &section));
    bool has_one = dump_find(&target->index, DUMP_PROC_DICTIONARY, pid.id, &section);
    struct wb_bytes rest = has_one ? section.body : (struct wb_bytes){0}, line;
    size_t count = dump_count_lines(rest);
    struct beam_value *part = wb_push_array(arena, struct beam_value, count + 1);
    for (size_t i = 0; i < count && dump_next_line(&rest, &line); i++)
        dump_read_term(&target->terms, (uint64_t)(line.at - target->index.file.at), pid.id, limits,
                       arena, &part[i]);
    part[count] = (struct beam_value){.kind = BEAM_NIL};
    *ret = count == 0 ? part[0] : (struct beam_value){.kind = BEAM_CONS, .part = {part, count + 1}};
    return NULL;
}

// The lists that cannot fail.
#define LIST(what)                                                             \
    static struct wb_error *list_##what(struct tgt *t, struct wb_arena *arena, \
                                        struct tgt_##what *ret)                \
    {                                                                          \
        dump_list_##what(&self(t)->index, arena, ret);                         \
        return NULL;                                                           \
    }
LIST(modules)
LIST(tables)
LIST(timers)
LIST(ports)
LIST(threads)
LIST(channels)
LIST(uses)
LIST(atoms)
#undef LIST

static void close_target(struct tgt *t)
{
    struct target_dump *target = self(t);
    dump_terms_done(&target->terms);
    dump_index_done(&target->index);
    wb_file_unmap(&target->file);
    wb_arena_free(&target->arena);
    free(target);
}

static struct wb_error *save(struct tgt *t, struct wb_write *file, const struct tgt_watch *watch)
{
    return tgt_save_dump(&self(t)->origin, self(t)->file, file, watch);
}

static const struct tgt_ops dump_ops = {
    .epoch = epoch,
    .list_procs = list_procs,
    .read_proc = read_proc,
    .list_frames = list_frames,
    .list_messages = list_messages,
    .list_modules = list_modules,
    .read_term = read_term,
    .close = close_target,
    .list_monitors = list_monitors,
    .read_dictionary = read_dictionary,
    .list_timers = list_timers,
    .list_ports = list_ports,
    .list_threads = list_threads,
    .list_channels = list_channels,
    .list_uses = list_uses,
    .list_atoms = list_atoms,
    .list_tables = list_tables,
    .save = save,
};

static struct target_dump *target_new(void)
{
    struct target_dump *target = calloc(1, sizeof *target);
    if (target == NULL)
        wb_die_no_memory(sizeof *target);
    target->base.ops = &dump_ops;
    return target;
}

static struct wb_error *index_file(struct target_dump *target)
{
    WB_TRY(dump_index_make(target->file, wb_file_forget, &target->index));
    target->terms.index = &target->index;
    return NULL;
}

static const char *kind_of(const struct target_dump *target)
{
    return target->index.complete ? "crash dump" : "crash dump (cut short)";
}

static void describe(struct target_dump *target, const char *kind, const char *name)
{
    target->base.info = (struct tgt_info){
        .kind = kind,
        .name = name,
        .release = dump_release(&target->index, &target->arena),
        .word_size = dump_word_size(&target->index),
    };
    dump_facts(&target->index, &target->arena, &target->base.info);
}

static struct wb_error *open_target(const struct tgt_open *open, struct tgt **ret)
{
    struct target_dump *target = target_new();
    struct wb_error *err = dump_map(open->name, &target->file);
    if (err == NULL)
        err = index_file(target);
    if (err != NULL) {
        close_target(&target->base);
        return err;
    }
    describe(target, kind_of(target), open->name);
    target->origin = (struct tgt_origin){.kind = kind_of(target), .name = open->name};
    *ret = &target->base;
    return NULL;
}

struct wb_error *tgt_dump_open_saved(struct img *img, const struct tgt_open *open, struct tgt **ret)
{
    struct target_dump *target = target_new();
    struct wb_error *err = tgt_saved_dump(img, &target->arena, &target->origin, &target->file);
    if (err == NULL)
        err = index_file(target);
    if (err != NULL) {
        close_target(&target->base);
        return err;
    }
    describe(target, tgt_saved_kind(&target->origin, &target->arena), open->name);
    tgt_saved_facts(&target->origin, &target->arena, &target->base.info);
    *ret = &target->base;
    return NULL;
}

static bool claims(const struct tgt_sight *seen)
{
    struct wb_bytes head = seen->head;
    return seen->is_file && (dump_skip(&head, "=erl_crash_dump:") || dump_is_packed(seen->name));
}

const struct tgt_opener tgt_opener_dump = {"crash dump", claims, open_target};
