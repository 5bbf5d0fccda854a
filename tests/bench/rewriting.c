// rewriting.c - how fast modules are read, visited, opened, emitted, and made text and back: MB of
// .beam files a second, of CPU time, one thread.
//
// Usage: rewriting [-s STEP] PATH...   as beams.h says
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core-vm/base/file.h"
#include "core-vm/format/dis.h"
#include "rewriter/cas.h"
#include "rewriter/visit.h"
#include "tests/corpus/beams.h"

enum { ROUNDS = 5 };

struct file {
    struct wb_bytes bytes, text;
};

struct files {
    struct file *at;
    size_t count, room, bytes, text;
};

// Does one thing with one file.
typedef struct wb_error *step_fn(const struct file *file, struct wb_text *out);

static struct wb_error *emit_unit(const struct file *file, struct wb_text *out)
{
    struct rw_unit *unit;
    WB_TRY(rw_unit_open(file->bytes, &unit));
    struct wb_error *err = rw_unit_emit(unit, out);
    rw_unit_free(unit);
    return err;
}

static bool count_ins(void *user, const struct beam_ins *ins, struct wb_text *out)
{
    size_t *count = user;
    (void)ins;
    (void)out;
    ++*count;
    return true;
}

static struct wb_error *visit(const struct file *file, struct wb_text *out)
{
    size_t count = 0;
    struct rw_visitor visitor = {.user = &count, .ins = count_ins};
    (void)out;
    return rw_visit(file->bytes, &visitor);
}

static struct wb_error *copy(const struct file *file, struct wb_text *out)
{
    size_t count = 0;
    struct rw_visitor visitor = {.user = &count, .ins = count_ins};
    return rw_copy(file->bytes, &visitor, out);
}

static struct wb_error *list(const struct file *file, struct wb_text *out)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct beam_code code;
    struct wb_error *err = beam_module_read(file->bytes, &arena, &module);
    if (err == NULL)
        err = beam_code_read(&module, &arena, &code);
    if (err == NULL)
        beam_dis(&module, &code, out);
    wb_arena_free(&arena);
    return err;
}

static struct wb_error *disassemble(const struct file *file, struct wb_text *out)
{
    return rw_cas_disassemble(file->bytes, out);
}

static struct wb_error *assemble(const struct file *file, struct wb_text *out)
{
    return rw_cas_assemble(file->text, out);
}

static struct wb_error *prove(const struct file *file, struct wb_text *out)
{
    (void)out;
    return rw_prove(file->bytes);
}

static const struct {
    const char *name;
    step_fn *step;
} steps[] = {
    {"visit every instruction", visit},
    {"copy by a visitor", copy},
    {"open as a unit and emit", emit_unit},
    {"list as text (dis)", list},
    {"disassemble (dis --cas)", disassemble},
    {"assemble (asm)", assemble},
    {"prove (verify)", prove},
};

static void must(struct wb_error *err)
{
    if (err == NULL)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(EXIT_FAILURE);
}

// `bytes` are only there for now: the file stays mapped by itself.
static void add_file(void *data, const char *path, struct wb_bytes bytes)
{
    struct files *files = data;
    struct wb_text text = {0};
    (void)bytes;
    if (files->count == files->room) {
        files->room = files->room != 0 ? 2 * files->room : 64;
        files->at = realloc(files->at, files->room * sizeof *files->at);
        if (files->at == NULL)
            abort();
    }
    struct file *file = &files->at[files->count++];
    must(wb_file_map(path, &file->bytes));
    must(disassemble(file, &text));
    file->text = wb_text_bytes(&text);
    files->bytes += file->bytes.size;
    files->text += text.size;
}

static double run(const struct files *files, step_fn *step)
{
    struct wb_text out wb_auto_text = {0};
    clock_t start = clock();
    for (size_t i = 0; i < files->count; i++) {
        wb_text_cut(&out, 0);
        must(step(&files->at[i], &out));
    }
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

int main(int argc, char **argv)
{
    struct files files = {0};
    size_t unread = 0;
    if (!beams_each(argc, argv, add_file, &files, &unread))
        return 2;
    printf("%zu files, %.1f MB, %.1f MB as text\n", files.count, (double)files.bytes / 1e6,
           (double)files.text / 1e6);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        double best = 1e9;
        for (int round = 0; round < ROUNDS; round++) {
            double took = run(&files, steps[i].step);
            best = took < best ? took : best;
        }
        printf("%-26s %7.1f MB/s\n", steps[i].name, (double)files.bytes / 1e6 / best);
    }
    return unread == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
