// mangle_dump.c - a good crash dump, cut and damaged in many ways: it is looked at to the bottom,
// and of a cut one all processes before the cut are there.
//
// Usage: mangle_dump CUTS CHANGES PROCESSES FILE   PROCESSES: how many are looked into each time
//
// The same file gives the same mutants on every machine. It is there to be run in a sanitizer
// build.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/base/text.h"
#include "tests/fuzz/look_dump.h"

struct mangler {
    struct wb_bytes file;
    size_t most;
    uint64_t random;
};

// xorshift64
static size_t next_random(struct mangler *m, size_t below)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return below > 0 ? m->random % below : 0;
}

// Headings of processes that are whole in the first bytes.
static size_t count_processes(struct wb_bytes file)
{
    static const char heading[] = "\n=proc:<";
    size_t count = 0;
    const uint8_t *at = file.at, *end = file.at + file.size;
    while (at < end && (at = memmem(at, (size_t)(end - at), heading, sizeof heading - 1)) != NULL) {
        at += sizeof heading - 1;
        count += memchr(at, '\n', (size_t)(end - at)) != NULL;
    }
    return count;
}

static bool survives_cut(struct mangler *m, size_t size)
{
    struct wb_bytes cut = {m->file.at, size};
    size_t seen = look_at_dump(cut, m->most), want = count_processes(cut);
    if (seen >= want)
        return true;
    fprintf(stderr, "cut at %zu: %zu of %zu processes are shown\n", size, seen, want);
    return false;
}

static void change_bytes(struct mangler *m, struct wb_text *text)
{
    for (size_t left = 1 + next_random(m, 40); left > 0; left--)
        text->at[next_random(m, text->size)] = (char)next_random(m, 256);
}

static void remove_piece(struct mangler *m, struct wb_text *text)
{
    size_t at = next_random(m, text->size), size = next_random(m, text->size - at) / 4;
    memmove(text->at + at, text->at + at + size, text->size - at - size);
    text->size -= size;
}

// Whole lines, after which everything else is still sound.
static void remove_lines(struct mangler *m, struct wb_text *text)
{
    for (size_t left = 1 + next_random(m, 200); left > 0; left--) {
        size_t at = next_random(m, text->size), size = 0;
        while (at > 0 && text->at[at - 1] != '\n')
            at--;
        while (at + size < text->size && text->at[at + size] != '\n')
            size++;
        size += at + size < text->size;
        if (size == text->size)
            return;
        memmove(text->at + at, text->at + at + size, text->size - at - size);
        text->size -= size;
    }
}

static void swap_pieces(struct mangler *m, struct wb_text *text)
{
    size_t size = 1 + next_random(m, text->size / 8), half = text->size / 2;
    size_t a = next_random(m, half - size), b = half + next_random(m, half - size);
    for (size_t i = 0; i < size; i++) {
        char saved = text->at[a + i];
        text->at[a + i] = text->at[b + i];
        text->at[b + i] = saved;
    }
}

// Digits become nines or Fs: sizes, counts, addresses and lengths beyond everything.
static void grow_numbers(struct mangler *m, struct wb_text *text)
{
    for (size_t left = 1 + next_random(m, 100); left > 0; left--) {
        char most = next_random(m, 2) == 0 ? '9' : 'F';
        size_t at = next_random(m, text->size);
        while (at < text->size && (text->at[at] < '0' || text->at[at] > '9'))
            at++;
        for (; at < text->size && text->at[at] >= '0' && text->at[at] <= '9'; at++)
            text->at[at] = most;
    }
}

static void look_at_changed(struct mangler *m, size_t i)
{
    static void (*const ways[])(struct mangler *, struct wb_text *) = {
        change_bytes, remove_piece, remove_lines, swap_pieces, grow_numbers};
    struct wb_text text wb_auto_text = {0};
    wb_text_put_bytes(&text, m->file.at, m->file.size);
    ways[i % (sizeof ways / sizeof *ways)](m, &text);
    (void)look_at_dump(wb_text_bytes(&text), m->most);
}

int main(int argc, char **argv)
{
    struct mangler m = {.random = 0x9e3779b97f4a7c15u};
    size_t failed = 0;
    if (argc != 5) {
        fprintf(stderr, "usage: %s CUTS CHANGES PROCESSES FILE\n", argv[0]);
        return 2;
    }
    size_t cuts = strtoul(argv[1], NULL, 10), changes = strtoul(argv[2], NULL, 10);
    m.most = strtoul(argv[3], NULL, 10);
    struct wb_error *err = wb_file_map(argv[4], &m.file);
    if (err != NULL || count_processes(m.file) < 10) {
        fprintf(stderr, "%s is no dump of a node: %s\n", argv[4], err != NULL ? err->text : "");
        return 2;
    }
    for (size_t i = 0; i < cuts; i++)
        failed += !survives_cut(&m, m.file.size / cuts * i + next_random(&m, m.file.size / cuts));
    for (size_t i = 0; i < changes; i++)
        look_at_changed(&m, i);
    printf("%zu cuts, %zu changes: %zu lost processes\n", cuts, changes, failed);
    wb_file_unmap(&m.file);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
