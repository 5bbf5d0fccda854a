// A file is loaded, and what loads runs: every exported function with arguments of several types,
// within limits. Whatever the file says, the VM reads and writes nothing it should not, and comes
// back.
#include <string.h>

#include "core-vm/base/bytes.h"
#include "core-vm/format/module.h"
#include "core-vm/vm/vm.h"
#include "rewriter/fuzz/arguments.h"
#include "tests/fuzz/fuzz.h"

enum { BUDGET = 20000, MAX_EXPORTS = 40 };

static void run_one(struct vm *vm, const struct beam_module *module,
                    const struct beam_export *export)
{
    char name[256], function[256];
    struct wb_bytes m = module->name, f = beam_module_atom(module, export->function);
    if (m.size >= sizeof name || f.size >= sizeof function || export->arity > RW_FUZZ_ARGUMENTS)
        return;
    memcpy(name, m.at, m.size);
    memcpy(function, f.at, f.size);
    name[m.size] = function[f.size] = '\0';
    uint64_t pid;
    struct wb_error *err = vm_spawn(vm, name, function, rw_fuzz_arguments, export->arity, &pid);
    if (err == NULL)
        vm_run(vm, BUDGET);
    wb_error_free(err);
}

static void run_all(struct vm *vm, struct wb_bytes file)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct wb_error *err = beam_module_read(file, &arena, &module);
    for (uint32_t i = 0; err == NULL && i < module.exports.count && i < MAX_EXPORTS; i++)
        run_one(vm, &module, &module.exports.at[i]);
    wb_error_free(err);
    wb_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vm_options options = {.reserve = 1 << 28,
                                 .max_memory = 1 << 24,
                                 .max_processes = 100,
                                 .max_messages = 10000,
                                 .max_reductions = BUDGET * 20,
                                 .virtual_time = true};
    struct wb_bytes file = {data, size};
    struct vm *vm = NULL;
    struct wb_error *err = vm_new(&options, NULL, &vm);
    if (err == NULL)
        err = vm_load(vm, file, NULL);
    if (err == NULL)
        run_all(vm, file);
    wb_error_free(err);
    vm_free(vm);
    return 0;
}
