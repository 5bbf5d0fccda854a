// The external term format: term_to_binary and back.
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "core-vm/base/text.h"
#include "core-vm/format/etf.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_binary_priv.h"
#include "core-vm/vm/introspect.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/stack.h"
#include "core-vm/vm/values.h"

enum { ETF_VERSION = 131, ETF_COMPRESSED = 80 };

struct encoding {
    int level;  // of compression; 0: none
    unsigned minor;
};

static bool encode(struct vm_cpu *c, vm_term t, unsigned minor, struct wb_text *text)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    struct wb_error *err = vm_look_term(c->vm, t, UINT32_MAX, SIZE_MAX, &arena, &value);
    if (err == NULL)
        err = beam_etf_write_minor(&value, minor, text);
    wb_arena_free(&arena);
    bool fine = err == NULL;
    wb_error_free(err);
    if (!fine)
        vm_badarg(c);
    return fine;
}

// Put what follows the version byte through zlib, unless that makes it longer.
static void compress_text(struct wb_text *text, int level)
{
    uLong size = (uLong)text->size - 1;
    uLongf room = compressBound(size);
    struct wb_text packed wb_auto_text = {0};
    wb_text_put_char(&packed, (char)ETF_VERSION);
    wb_text_put_char(&packed, (char)ETF_COMPRESSED);
    wb_text_put_u32(&packed, (uint32_t)size);
    uint8_t *to = malloc(room);
    if (to == NULL)
        wb_die_no_memory(room);
    int result = compress2(to, &room, (const uint8_t *)text->at + 1, size, level);
    if (result == Z_OK && size <= UINT32_MAX && room + 5 < size) {
        wb_text_put_bytes(&packed, to, room);
        wb_text_cut(text, 0);
        wb_text_put_bytes(text, packed.at, packed.size);
    }
    free(to);
}

// Options of term_to_binary.
static bool encode_option(const char *base, vm_term t, struct encoding *how)
{
    if (t == VM_AM(compressed)) {
        how->level = Z_DEFAULT_COMPRESSION;
        return true;
    }
    if (t == VM_AM(deterministic) || t == VM_AM(local))
        return true;
    if (!vm_is_tuple_of(base, t, 2))
        return false;
    const vm_term *pair = vm_boxed_at(base, t);
    if (!vm_is_small(pair[2]))
        return false;
    int64_t n = vm_small_value(pair[2]);
    if (pair[1] == VM_AM(compressed) && n >= 0 && n <= 9) {
        how->level = (int)n;
        return true;
    }
    if (pair[1] != VM_AM(minor_version) || n < 0 || n > 2)
        return false;
    how->minor = (unsigned)n;
    return true;
}

static bool encode_with(struct vm_cpu *c, vm_term t, vm_term options, struct wb_text *text)
{
    struct encoding how = {.minor = 1};
    for (; vm_is_list(options); options = vm_tail(c->base, options)) {
        if (!encode_option(c->base, vm_head(c->base, options), &how)) {
            vm_badarg(c);
            return false;
        }
    }
    if (options != VM_NIL) {
        vm_badarg(c);
        return false;
    }
    if (!encode(c, t, how.minor, text))
        return false;
    if (how.level != 0)
        compress_text(text, how.level);
    return true;
}

vm_term vm_bif_term_to_binary_2(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    if (!encode_with(c, args[0], args[1], &text))
        return VM_NONE;
    return vm_make_binary(c, (const uint8_t *)text.at, text.size);
}

vm_term vm_bif_term_to_binary_1(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_term_to_binary_2(c, (const vm_term[]){args[0], VM_NIL});
}

vm_term vm_bif_term_to_iovec_2(struct vm_cpu *c, const vm_term *args)
{
    vm_term binary = vm_bif_term_to_binary_2(c, args);
    return binary == VM_NONE ? VM_NONE : vm_make_cons(c, binary, VM_NIL);
}

vm_term vm_bif_term_to_iovec_1(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_term_to_iovec_2(c, (const vm_term[]){args[0], VM_NIL});
}

vm_term vm_bif_external_size_2(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    if (!encode_with(c, args[0], args[1], &text))
        return VM_NONE;
    return vm_small((int64_t)text.size);
}

vm_term vm_bif_external_size_1(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_external_size_2(c, (const vm_term[]){args[0], VM_NIL});
}

static void push_parts(struct vm_stack *todo, const struct beam_value *v)
{
    if (v->kind == BEAM_CONS || v->kind == BEAM_TUPLE || v->kind == BEAM_MAP)
        for (size_t i = 0; i < v->part.count; i++)
            vm_stack_push(todo, (uintptr_t)&v->part.at[i]);
    if (v->kind == BEAM_FUN)
        for (size_t i = 0; i < v->fun->count; i++)
            vm_stack_push(todo, (uintptr_t)&v->fun->free[i]);
}

static bool is_known_export(struct vm *vm, const struct beam_fun *fun)
{
    vm_term module = vm_atom_existing(vm, fun->module);
    vm_term function = vm_atom_existing(vm, fun->function);
    return module != VM_NONE && function != VM_NONE &&
           vm_export_find(vm, module, function, fun->arity) != NULL;
}

// Would this part create an atom, or name a function nobody named before?
static bool is_unsafe(struct vm *vm, const struct beam_value *v)
{
    if (v->kind == BEAM_ATOM)
        return vm_atom_existing(vm, v->text) == VM_NONE;
    if (v->kind == BEAM_PID || v->kind == BEAM_PORT || v->kind == BEAM_REF)
        return v->id->node.size != 0 && vm_atom_existing(vm, v->id->node) == VM_NONE;
    return v->kind == BEAM_EXPORT && !is_known_export(vm, v->fun);
}

static bool is_safe(struct vm *vm, const struct beam_value *value)
{
    struct vm_stack todo;
    vm_stack_init(&todo);
    vm_stack_push(&todo, (uintptr_t)value);
    bool safe = true;
    while (safe && !vm_stack_is_empty(&todo)) {
        const struct beam_value *v = (const struct beam_value *)(uintptr_t)vm_stack_pop(&todo);
        safe = !is_unsafe(vm, v);
        push_parts(&todo, v);
    }
    vm_stack_done(&todo);
    return safe;
}

static vm_term decode(struct vm_cpu *c, const struct vm_piece *bytes, bool safe, size_t *used)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    vm_term t = VM_NONE;
    struct wb_error *err =
        beam_etf_read((struct wb_bytes){bytes->at, bytes->size}, &arena, used, &value);
    if (err != NULL || (safe && !is_safe(c->vm, &value)))
        vm_badarg(c);
    else
        t = vm_term_of_value(c, &value);
    wb_error_free(err);
    wb_arena_free(&arena);
    return t;
}

vm_term vm_bif_binary_to_term_2(struct vm_cpu *c, const vm_term *args)
{
    struct vm_bits bits;
    bool safe = false, tell = false;
    vm_term list = args[1];
    for (; vm_is_list(list); list = vm_tail(c->base, list)) {
        vm_term option = vm_head(c->base, list);
        if (option != VM_AM(safe) && option != VM_AM(used))
            return vm_badarg(c);
        safe = safe || option == VM_AM(safe);
        tell = tell || option == VM_AM(used);
    }
    if (list != VM_NIL || !vm_whole_binary(c->base, args[0], &bits))
        return vm_badarg(c);
    struct vm_piece bytes = vm_piece_of(bits);
    size_t used = 0;
    vm_term t = decode(c, &bytes, safe, &used);
    vm_piece_done(&bytes);
    if (t == VM_NONE || !tell)
        return t;
    return vm_make_tuple(c, 2, (const vm_term[]){t, vm_small((int64_t)used)});
}

vm_term vm_bif_binary_to_term_1(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_binary_to_term_2(c, (const vm_term[]){args[0], VM_NIL});
}
