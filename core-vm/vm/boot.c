#include "core-vm/vm/boot.h"

#include "core-vm/base/arena.h"
#include "core-vm/vm/module.h"

static struct beam_value atom_value(const char *text)
{
    return (struct beam_value){.kind = BEAM_ATOM, .text = wb_bytes_of(text)};
}

static struct beam_value atom_list(struct wb_arena *arena, const char *const *texts, size_t count)
{
    struct beam_value list = {.kind = BEAM_NIL};
    if (count == 0)
        return list;
    struct beam_value *part = wb_push_array(arena, struct beam_value, count + 1);
    for (size_t i = 0; i < count; i++)
        part[i] = atom_value(texts[i]);
    part[count] = (struct beam_value){.kind = BEAM_NIL};
    list.kind = BEAM_CONS;
    list.part.at = part;
    list.part.count = count + 1;
    return list;
}

struct wb_error *vm_boot(struct vm *vm, const struct vm_boot *boot)
{
    WB_TRY(vm_load_library(vm, "init"));
    struct wb_arena arena = {0};
    const struct beam_value args[] = {
        atom_value(boot->module),
        atom_value(boot->function == NULL ? "start" : boot->function),
        atom_list(&arena, boot->args, boot->arg_count),
    };
    uint64_t pid;
    struct wb_error *err = vm_spawn(vm, "init", "start", args, 3, &pid);
    wb_arena_free(&arena);
    return err;
}
