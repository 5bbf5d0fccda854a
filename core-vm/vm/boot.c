#include "core-vm/vm/boot.h"

#include "core-vm/base/arena.h"
#include "core-vm/vm/module.h"

static struct beam_value text_value(enum beam_kind kind, const char *text)
{
    struct wb_bytes bytes = wb_bytes_of(text);
    struct beam_value value = {.kind = kind};
    if (kind == BEAM_ATOM)
        value.text = bytes;
    else {
        value.binary.at = bytes.at;
        value.binary.bits = bytes.size * 8;
    }
    return value;
}

// A list of atoms or binaries.
static struct beam_value text_list(struct wb_arena *arena, enum beam_kind kind,
                                   const char *const *texts, size_t count)
{
    struct beam_value list = {.kind = BEAM_NIL};
    if (count == 0)
        return list;
    struct beam_value *part = wb_push_array(arena, struct beam_value, count + 1);
    for (size_t i = 0; i < count; i++)
        part[i] = text_value(kind, texts[i]);
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
        text_value(BEAM_ATOM, boot->module),
        text_value(BEAM_ATOM, boot->function == NULL ? "start" : boot->function),
        text_list(&arena, BEAM_ATOM, boot->args, boot->arg_count),
        text_list(&arena, BEAM_BINARY, boot->paths, boot->path_count),
    };
    uint64_t pid;
    struct wb_error *err = vm_spawn(vm, "init", "start", args, 4, &pid);
    wb_arena_free(&arena);
    return err;
}
