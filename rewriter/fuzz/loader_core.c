// loader_core.c - the core VM in this process: parse, verify, load, call what is exported within
// limits. It is the only file here that knows the VM.
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/verify.h"
#include "core-vm/vm/vm.h"
#include "rewriter/fuzz/arguments.h"
#include "rewriter/fuzz/loader_priv.h"
#include "rewriter/fuzz/second.h"

enum { BUDGET = 2000, MOST_EXPORTS = 24, KNOWN = 4096 };

struct core {
    struct vm *vm;
    struct vm_kept *kept;
    struct wb_arena arena;
    bool run;
    uint64_t known[KNOWN];  // keys of refusals that were looked into; 0: free
};

static const char *string_of(struct wb_bytes text, struct wb_arena *arena)
{
    char *copy = wb_push_array(arena, char, text.size + 1);
    memcpy(copy, text.at, text.size);
    return copy;
}

// With arguments that begin at another place of the table for each export.
static void call(struct core *core, const struct beam_module *module, uint32_t index)
{
    const struct beam_export *export = &module->exports.at[index];
    if (export->arity > RW_FUZZ_ARGUMENTS)
        return;
    struct beam_value args[RW_FUZZ_ARGUMENTS];
    for (uint32_t i = 0; i < export->arity; i++)
        args[i] = rw_fuzz_arguments[(i + index) % RW_FUZZ_ARGUMENTS];
    uint64_t pid;
    struct wb_error *err =
        vm_spawn(core->vm, string_of(module->name, &core->arena),
                 string_of(beam_module_atom(module, export->function), &core->arena), args,
                 export->arity, &pid);
    if (err == NULL)
        vm_run(core->vm, BUDGET);
    wb_error_free(err);
}

// It was loaded: has anybody else something against it? Then call it.
static void look_and_call(struct core *core, struct wb_bytes file, struct rw_result *ret)
{
    struct beam_module module;
    struct beam_code code;
    struct wb_error *err = beam_module_read(file, &core->arena, &module);
    if (err == NULL)
        err = beam_code_read(&module, &core->arena, &code);
    const char *wrong = err != NULL ? "it cannot be read a second time"
                                    : rw_second_opinion(&module, &code, &core->arena);
    if (wrong != NULL)
        rw_result_say(ret, RW_END_DISPUTE, "the verifier accepts %s", wrong);
    for (uint32_t i = 0; wrong == NULL && i < module.exports.count && i < MOST_EXPORTS; i++)
        call(core, &module, i);
    wb_error_free(err);
}

// What the verifier says of a file by itself; NULL: nothing against it. Text on the arena.
static const char *verifier_says(struct core *core, struct wb_bytes file)
{
    struct beam_module module;
    struct beam_code code;
    struct beam_verdict verdict;
    struct wb_error *err = beam_module_read(file, &core->arena, &module);
    if (err == NULL)
        err = beam_code_read(&module, &core->arena, &code);
    if (err != NULL) {
        wb_error_free(err);
        return "it cannot be read";
    }
    beam_verify(&module, &code, &core->arena, &verdict);
    return verdict.faults.count > 0 ? verdict.faults.at[0].text : NULL;
}

static bool is_known(struct core *core, uint64_t key)
{
    uint64_t *slot = &core->known[key % KNOWN];
    bool known = *slot == key;
    *slot = key;
    return known;
}

// A limit of the VM, and what it does not have, are no dispute.
static void refused(struct core *core, struct wb_bytes file, const struct wb_error *err,
                    struct rw_result *ret)
{
    rw_result_say(ret, RW_END_REFUSED, "%s", err->text);
    if (err->code == WB_E_LIMIT || err->code == WB_E_UNSUPPORTED || is_known(core, ret->key))
        return;
    if (verifier_says(core, file) == NULL)
        rw_result_say(ret, RW_END_DISPUTE, "the verifier accepts it, the loader says: %s",
                      err->text);
}

static void run(void *data, struct wb_bytes file, struct rw_result *ret)
{
    struct core *core = data;
    struct wb_mark mark = wb_arena_mark(&core->arena);
    struct wb_error *err = vm_load(core->vm, file, NULL);
    if (err != NULL) {
        refused(core, file, err, ret);
    } else {
        rw_result_say(ret, RW_END_LOADED, "loaded");
        if (core->run)
            look_and_call(core, file, ret);
    }
    wb_error_free(err);
    vm_rewind(core->vm, core->kept);
    wb_arena_rewind(&core->arena, mark);
}

static void close_core(void *data)
{
    struct core *core = data;
    vm_kept_free(core->kept);
    vm_free(core->vm);
    wb_arena_free(&core->arena);
    free(core);
}

struct wb_error *rw_core_open(const struct rw_loader_options *options, struct rw_loader *ret)
{
    struct vm_options limits = {.reserve = 1 << 28,
                                .max_memory = 1 << 24,
                                .max_processes = 100,
                                .max_messages = 10000,
                                .max_reductions = (uint64_t)BUDGET * MOST_EXPORTS * 2,
                                .virtual_time = true};
    struct core *core = calloc(1, sizeof *core);
    if (core == NULL)
        wb_die_no_memory(sizeof *core);
    struct wb_error *err = vm_new(&limits, NULL, &core->vm);
    if (err != NULL) {
        free(core);
        return err;
    }
    core->kept = vm_keep(core->vm);
    core->run = options->run;
    *ret = (struct rw_loader){.data = core, .run = run, .close = close_core};
    return NULL;
}
