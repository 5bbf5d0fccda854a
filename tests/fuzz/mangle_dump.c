// mangle_dump.c - a good crash dump, cut and damaged in many ways: it is looked at to the bottom,
// and all processes are there that stand before the cut, or outside what was damaged.
//
// Usage: mangle_dump CUTS CHANGES PROCESSES FILE   PROCESSES: how many are looked into each time
//
// The same file gives the same mutants on every machine. It is there to be run in a sanitizer
// build. The dump is copied once and then changed in place, so that large ones can be looked at
// often: each change is undone, and the cuts go from its end to its beginning.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/file.h"
#include "inspector/target/dump/index.h"
#include "tests/fuzz/look_dump.h"

enum { MOST_SAVED = 256, MOST_NEAR = 8, WINDOW = 1 << 20 };

// What stood where something was changed.
struct saved {
    size_t at, size;
    uint8_t *bytes;
};

struct mangler {
    int fd;
    char path[64];
    uint8_t *at;
    size_t size, most;
    uint64_t random;
    size_t *heading;  // where the headings of processes end, in order
    size_t heading_count;
    struct saved saved[MOST_SAVED];
    size_t saved_count;
};

// xorshift64
static size_t next_random(struct mangler *m, size_t below)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return below > 0 ? m->random % below : 0;
}

static void *allocate(size_t size)
{
    void *at = malloc(size + 1);
    if (at == NULL)
        wb_die_no_memory(size);
    return at;
}

static const char heading_text[] = "\n=proc:<";
enum { HEADING = sizeof heading_text - 1 };

// The end of the line of the first heading at or behind `at`; NULL: there is none. (Sanitizers make
// memmem check all that is left of the file.)
static const uint8_t *heading_end(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        bool found = (size_t)(end - at) > HEADING && memcmp(at, heading_text, HEADING) == 0;
        const uint8_t *line = found ? memchr(at + 1, '\n', (size_t)(end - at - 1)) : NULL;
        if (line != NULL)
            return line + 1;
        at++;
    }
    return NULL;
}

static void find_headings(struct mangler *m)
{
    const uint8_t *end = m->at + m->size;
    for (int pass = 0; pass < 2; pass++) {
        const uint8_t *line = heading_end(m->at, end);
        m->heading_count = 0;
        for (; line != NULL; line = heading_end(line - 1, end)) {
            if (pass == 1)
                m->heading[m->heading_count] = (size_t)(line - m->at);
            m->heading_count++;
        }
        if (pass == 0)
            m->heading = allocate(m->heading_count * sizeof *m->heading);
    }
}

// How many headings end before this.
static size_t headings_before(const struct mangler *m, size_t at)
{
    size_t low = 0, high = m->heading_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->heading[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool shows(struct mangler *m, const char *what, size_t number, size_t want,
                  struct look_pids pids)
{
    size_t seen = look_at_file(m->path, m->most, pids);
    if (seen >= want)
        return true;
    fprintf(stderr, "%s %zu: %zu of %zu processes are shown\n", what, number, seen, want);
    return false;
}

// ---- damage

// About to change this: false when nothing more can be undone.
static bool touch(struct mangler *m, size_t at, size_t size)
{
    if (m->saved_count == MOST_SAVED)
        return false;
    struct saved saved = {at, size, allocate(size)};
    memcpy(saved.bytes, m->at + at, size);
    m->saved[m->saved_count++] = saved;
    return true;
}

static void undo(struct mangler *m)
{
    while (m->saved_count > 0) {
        struct saved *saved = &m->saved[--m->saved_count];
        memcpy(m->at + saved->at, saved->bytes, saved->size);
        free(saved->bytes);
    }
}

static void change_bytes(struct mangler *m)
{
    for (size_t left = 1 + next_random(m, 40); left > 0; left--) {
        size_t at = next_random(m, m->size);
        if (touch(m, at, 1))
            m->at[at] = (uint8_t)next_random(m, 256);
    }
}

// Somewhere in the file, not too much.
static struct saved window(struct mangler *m)
{
    size_t size = m->size / 4 < WINDOW ? m->size / 4 : WINDOW;
    return (struct saved){.at = next_random(m, m->size - size), .size = size};
}

// What is behind it moves up, and the end of the window is there twice.
static void remove_from(struct mangler *m, const struct saved *window, size_t at, size_t size)
{
    size_t end = window->at + window->size;
    if (at + size < end)
        memmove(m->at + at, m->at + at + size, end - at - size);
}

static void remove_piece(struct mangler *m)
{
    struct saved w = window(m);
    if (touch(m, w.at, w.size))
        remove_from(m, &w, w.at, next_random(m, w.size));
}

// Whole lines, after which everything else is still sound.
static void remove_lines(struct mangler *m)
{
    struct saved w = window(m);
    if (!touch(m, w.at, w.size))
        return;
    for (size_t left = 1 + next_random(m, 200); left > 0; left--) {
        size_t at = w.at + next_random(m, w.size), size = 0, end = w.at + w.size;
        while (at > w.at && m->at[at - 1] != '\n')
            at--;
        while (at + size < end && m->at[at + size] != '\n')
            size++;
        remove_from(m, &w, at, size + 1);
    }
}

static void swap_pieces(struct mangler *m)
{
    size_t half = m->size / 2, most = m->size / 8 < WINDOW ? m->size / 8 : WINDOW;
    size_t size = 1 + next_random(m, most);
    size_t a = next_random(m, half - size), b = half + next_random(m, half - size);
    if (!touch(m, a, size) || !touch(m, b, size))
        return;
    memcpy(m->at + a, m->saved[m->saved_count - 1].bytes, size);
    memcpy(m->at + b, m->saved[m->saved_count - 2].bytes, size);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

// Digits become nines or Fs: sizes, counts, addresses and lengths beyond everything.
static void grow_numbers(struct mangler *m)
{
    for (size_t left = 1 + next_random(m, 100); left > 0; left--) {
        int most = next_random(m, 2) == 0 ? '9' : 'F';
        size_t at = next_random(m, m->size), size = 0;
        while (at < m->size && !is_digit(m->at[at]))
            at++;
        while (at + size < m->size && is_digit(m->at[at + size]))
            size++;
        if (touch(m, at, size))
            memset(m->at + at, most, size);
    }
}

// The process whose section, of whatever kind, stands last before `at`; 0: none near.
static uint64_t process_near(const struct mangler *m, size_t at)
{
    static const char tag[] = "\n=proc";
    size_t low = at > WINDOW ? at - WINDOW : 0;
    for (size_t i = at; i > low; i--) {
        if (m->size - i < sizeof tag || memcmp(m->at + i, tag, sizeof tag - 1) != 0)
            continue;
        struct wb_bytes rest = {m->at + i + 1, m->size - i - 1}, line = {0};
        (void)dump_next_line(&rest, &line);
        const uint8_t *colon = memchr(line.at, ':', line.size);
        if (colon == NULL)
            continue;
        line.size -= (size_t)(colon + 1 - line.at);
        line.at = colon + 1;
        return dump_pid(&line);
    }
    return 0;
}

// What was damaged in a window may be anywhere in it; all that is changed elsewhere is one place.
static bool survives_change(struct mangler *m, size_t number)
{
    static void (*const ways[])(struct mangler *) = {change_bytes, remove_piece, remove_lines,
                                                     swap_pieces, grow_numbers};
    uint64_t near[MOST_NEAR];
    size_t lost = 0, count = 0;
    ways[number % (sizeof ways / sizeof *ways)](m);
    for (size_t i = 0; i < m->saved_count; i++) {
        const struct saved *saved = &m->saved[i];
        size_t end = saved->at + saved->size;
        size_t after = headings_before(m, end), before = headings_before(m, saved->at);
        // The one that it may be in the middle of.
        lost += after - before + 1;
        if (count < MOST_NEAR)
            near[count++] = process_near(m, saved->at + next_random(m, saved->size));
    }
    size_t want = m->heading_count > lost ? m->heading_count - lost : 0;
    bool fine = shows(m, "change", number, want, (struct look_pids){near, count});
    undo(m);
    return fine;
}

static bool survives_cut(struct mangler *m, size_t size)
{
    if (ftruncate(m->fd, (off_t)size) != 0)
        return false;
    return shows(m, "cut at", size, headings_before(m, size), (struct look_pids){0});
}

// A copy of the file that is in memory and has a path.
static bool copy_file(struct mangler *m, const char *path)
{
    struct wb_bytes file;
    struct wb_error *err = wb_file_map(path, &file);
    if (err != NULL) {
        fprintf(stderr, "%s\n", err->text);
        wb_error_free(err);
        return false;
    }
    m->fd = memfd_create("dump", MFD_CLOEXEC);
    if (m->fd < 0 || ftruncate(m->fd, (off_t)file.size) != 0)
        return false;
    m->size = file.size;
    m->at = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
    if (m->at == MAP_FAILED)
        return false;
    memcpy(m->at, file.at, m->size);
    wb_file_unmap(&file);
    snprintf(m->path, sizeof m->path, "/proc/self/fd/%d", m->fd);
    find_headings(m);
    return true;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct mangler m = {.random = 0x9e3779b97f4a7c15u};
    size_t lossy_changes = 0, lossy_cuts = 0;
    if (argc != 5) {
        fprintf(stderr, "usage: %s CUTS CHANGES PROCESSES FILE\n", argv[0]);
        return 2;
    }
    size_t cuts = strtoul(argv[1], NULL, 10), changes = strtoul(argv[2], NULL, 10);
    m.most = strtoul(argv[3], NULL, 10);
    if (!copy_file(&m, argv[4]) || m.heading_count < 10 || cuts > m.size) {
        fprintf(stderr, "%s is no dump of a node\n", argv[4]);
        return 2;
    }
    for (size_t i = 0; i < changes; i++)
        lossy_changes += !survives_change(&m, i);
    printf("%zu processes, %zu changes in %.0f s of the processor, %zu lost processes\n",
           m.heading_count, changes, seconds(), lossy_changes);
    fflush(stdout);
    for (size_t i = cuts; i-- > 0;)
        lossy_cuts += !survives_cut(&m, m.size / cuts * i + next_random(&m, m.size / cuts));
    printf("%zu cuts, %.0f s in all, %zu lost processes\n", cuts, seconds(), lossy_cuts);
    munmap(m.at, m.size);
    close(m.fd);
    free(m.heading);
    return lossy_changes + lossy_cuts == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
