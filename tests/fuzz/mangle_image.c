// mangle_image.c - a good image, cut and damaged in many ways: damage is said to be damage, and
// where the checksums fit it, nothing worse happens than that something is unreadable.
//
// Usage: mangle_image CUTS CHANGES PROCESSES TARGET   PROCESSES: how many are looked into each time
//
// TARGET is saved first, whatever it is. The same image gives the same mutants on every machine. It
// is there to be run in a sanitizer build.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/file.h"
#include "core-vm/base/text.h"
#include "inspector/target/image/writer.h"
#include "inspector/target/target.h"
#include "tests/fuzz/look_dump.h"
#include "tests/fuzz/look_image.h"

struct mangler {
    struct wb_bytes file;
    struct img img;
    size_t most, failed;
    uint64_t random;
};

static void must(struct wb_error *err)
{
    if (err == NULL)
        return;
    fprintf(stderr, "%s\n", err->text);
    abort();
}

// xorshift64
static size_t next_random(struct mangler *m, size_t below)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return below > 0 ? m->random % below : 0;
}

static void expect_damage(struct mangler *m, struct wb_bytes file, const char *what, size_t at)
{
    struct img img;
    struct wb_error *err = img_open(file, &img);
    if (err != NULL && err->code == WB_E_BAD_DATA) {
        wb_error_free(err);
        return;
    }
    fprintf(stderr, "%s at %zu: %s\n", what, at, err != NULL ? err->text : "nothing is noticed");
    m->failed++;
    if (err == NULL)
        img_close(&img);
    wb_error_free(err);
}

static uint8_t *copy_of(const struct mangler *m)
{
    uint8_t *copy = malloc(m->file.size);
    if (copy == NULL)
        abort();
    memcpy(copy, m->file.at, m->file.size);
    return copy;
}

static void change_bytes(struct mangler *m)
{
    uint8_t *copy wb_auto_free = copy_of(m);
    size_t at = next_random(m, m->file.size);
    copy[at] ^= (uint8_t)(1 + next_random(m, 255));
    expect_damage(m, (struct wb_bytes){copy, m->file.size}, "a changed byte", at);
}

// The head and the index, where sizes are.
static void change_sizes(struct mangler *m)
{
    uint8_t *copy wb_auto_free = copy_of(m);
    size_t index = IMG_SECTION * m->img.section_count + IMG_ENTRY * m->img.block_count;
    for (size_t left = 1 + next_random(m, 3); left > 0; left--) {
        bool head = next_random(m, 2) == 0;
        size_t at = head ? next_random(m, IMG_HEAD) : m->file.size - 1 - next_random(m, index);
        copy[at] = (uint8_t)next_random(m, 256);
    }
    mend_image(copy, m->file.size);
    (void)look_at_dump((struct wb_bytes){copy, m->file.size}, m->most);
}

// Words move to where others were, as pointers that lead to something else; or become anything.
static void damage_bytes(struct mangler *m, uint8_t *bytes, size_t size)
{
    for (size_t left = 1 + next_random(m, 200); left > 0 && size >= 16; left--) {
        size_t to = next_random(m, size / 8) * 8, from = next_random(m, size / 8) * 8;
        uint64_t word = next_random(m, SIZE_MAX);
        if (next_random(m, 4) != 0)
            memcpy(&word, bytes + from, 8);
        if (next_random(m, 3) == 0)
            bytes[to + next_random(m, 8)] = (uint8_t)word;
        else
            memcpy(bytes + to, &word, 8);
    }
}

static void write_damaged(struct mangler *m, size_t which, const char *path)
{
    struct wb_write file;
    must(wb_write_open(path, 0600, &file));
    struct img_writer *writer = img_writer_new(&file, m->img.kind, m->img.space, NULL);
    for (size_t i = 0; i < m->img.section_count; i++) {
        struct wb_bytes bytes = img_bytes(&m->img, &m->img.section[i]);
        uint8_t *copy wb_auto_free = malloc(bytes.size + 1);
        if (copy == NULL || !img_need(&m->img, bytes.at, bytes.size))
            abort();
        memcpy(copy, bytes.at, bytes.size);
        if (i == which)
            damage_bytes(m, copy, bytes.size);
        img_writer_section(writer, (enum img_tag)m->img.section[i].tag);
        must(img_writer_put(writer, (struct wb_bytes){copy, bytes.size}));
    }
    must(wb_write_close(&file, img_writer_finish(writer)));
    img_writer_free(writer);
}

static void change_content(struct mangler *m, size_t i)
{
    struct wb_bytes file wb_auto_unmap = {0};
    char path[] = "/tmp/cryo-mangled-XXXXXX";
    // Most of an image is one section: memory, or a dump.
    size_t which = i % 3 == 0 ? next_random(m, m->img.section_count) : 0;
    for (size_t k = 0; i % 3 != 0 && k < m->img.section_count; k++)
        which = m->img.section[k].size > m->img.section[which].size ? k : which;
    wb_auto_close int fd = mkstemp(path);
    if (fd < 0)
        must(wb_error_sys(errno, "making %s", path));
    write_damaged(m, which, path);
    must(wb_file_map(path, &file));
    unlink(path);
    (void)look_at_dump(file, m->most);
}

static struct wb_error *save(const char *name, struct wb_bytes *ret)
{
    char path[] = "/tmp/cryo-mangle-XXXXXX";
    struct tgt *t = NULL;
    WB_TRY(tgt_open(&(struct tgt_open){.name = name}, &t));
    wb_auto_close int fd = mkstemp(path);
    if (fd < 0)
        must(wb_error_sys(errno, "making %s", path));
    struct wb_error *err = tgt_save(t, path, NULL);
    tgt_close(t);
    if (err == NULL)
        err = wb_file_map(path, ret);
    unlink(path);
    return err;
}

static void mangle(struct mangler *m, size_t cuts, size_t changes)
{
    for (size_t i = 0; i < cuts; i++) {
        size_t size = m->file.size / cuts * i + next_random(m, m->file.size / cuts);
        expect_damage(m, (struct wb_bytes){m->file.at, size}, "cut", size);
    }
    for (size_t i = 0; i < changes; i++) {
        change_bytes(m);
        change_sizes(m);
        change_content(m, i);
    }
}

int main(int argc, char **argv)
{
    struct mangler m = {.random = 0x9e3779b97f4a7c15u};
    struct rusage usage;
    if (argc != 5) {
        fprintf(stderr, "usage: %s CUTS CHANGES PROCESSES TARGET\n", argv[0]);
        return 2;
    }
    size_t cuts = strtoul(argv[1], NULL, 10), changes = strtoul(argv[2], NULL, 10);
    m.most = strtoul(argv[3], NULL, 10);
    must(save(argv[4], &m.file));
    must(img_open(m.file, &m.img));
    if (look_at_dump(m.file, m.most) == 0) {
        fprintf(stderr, "the image of %s shows nothing\n", argv[4]);
        m.failed++;
    }
    mangle(&m, cuts, changes);
    getrusage(RUSAGE_SELF, &usage);
    printf("%zu bytes, %zu cuts, 3 x %zu changes: %zu not noticed; at most %ld MB\n", m.file.size,
           cuts, changes, m.failed, usage.ru_maxrss / 1024);
    img_close(&m.img);
    wb_file_unmap(&m.file);
    return m.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
