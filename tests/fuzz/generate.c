// generate.c - modules made from nothing: `generate COUNT [FOLDER]`. Each is accepted by the
// verifier and loads on the core VM; together they have every instruction that OTP 25's compiler
// knows. With a folder they are written there, for others to load.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/format/verify.h"
#include "core-vm/vm/vm.h"
#include "rewriter/fuzz/generate.h"

enum { RELEASE = 25 };

struct tally {
    bool seen[256];
    unsigned bad;
};

static void look(struct tally *tally, uint64_t seed, struct wb_bytes file)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct beam_code code;
    struct beam_verdict verdict = {0};
    struct wb_error *err = beam_module_read(file, &arena, &module);
    if (err == NULL)
        err = beam_code_read(&module, &arena, &code);
    if (err == NULL) {
        beam_verify(&module, &code, &arena, &verdict);
        for (uint32_t i = 0; i < code.ins.count; i++)
            tally->seen[code.ins.at[i].op] = true;
    }
    if (err != NULL || verdict.faults.count > 0) {
        printf("seed %llu: %s\n", (unsigned long long)seed,
               err != NULL ? err->text : verdict.faults.at[0].text);
        tally->bad++;
    }
    wb_error_free(err);
    wb_arena_free(&arena);
}

static void load(struct tally *tally, struct vm *vm, uint64_t seed, struct wb_bytes file)
{
    struct wb_error *err = vm_load(vm, file, NULL);
    if (err == NULL)
        return;
    printf("seed %llu: %s\n", (unsigned long long)seed, err->text);
    tally->bad++;
    wb_error_free(err);
}

static struct wb_error *make(struct tally *tally, struct vm *vm, uint64_t seed, const char *folder)
{
    char path[4096];
    struct wb_text text wb_auto_text = {0};
    WB_TRY(rw_generate(seed, &text));
    look(tally, seed, wb_text_bytes(&text));
    load(tally, vm, seed, wb_text_bytes(&text));
    if (folder == NULL)
        return NULL;
    snprintf(path, sizeof path, "%s/gen_%llu.beam", folder, (unsigned long long)seed);
    return wb_file_write(path, wb_text_bytes(&text));
}

// int_code_end ends the code and is none of its instructions.
static unsigned count_missing(const struct tally *tally)
{
    unsigned missing = 0;
    for (unsigned op = 1; op <= BEAM_OP_LAST; op++) {
        const struct beam_op_info *info = beam_op_info((uint8_t)op);
        if (info->name == NULL || info->operands == NULL || info->since > RELEASE ||
            op == OP_int_code_end || tally->seen[op])
            continue;
        printf("no module has %s\n", info->name);
        missing++;
    }
    return missing;
}

int main(int count, char **args)
{
    struct vm_options options = {.reserve = 1 << 28, .virtual_time = true};
    struct tally tally = {0};
    struct vm *vm;
    uint64_t seeds = count > 1 ? strtoull(args[1], NULL, 10) : 0;
    struct wb_error *err = vm_new(&options, NULL, &vm);
    for (uint64_t seed = 0; err == NULL && seed < seeds; seed++)
        err = make(&tally, vm, seed, count > 2 ? args[2] : NULL);
    if (err != NULL) {
        fprintf(stderr, "generate: %s\n", err->text);
        return EXIT_FAILURE;
    }
    vm_free(vm);
    unsigned missing = count_missing(&tally);
    printf("%llu modules, %u bad, %u instructions missing\n", (unsigned long long)seeds, tally.bad,
           missing);
    return tally.bad + missing == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
