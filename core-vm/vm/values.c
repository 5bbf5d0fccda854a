#include "core-vm/vm/values.h"

#include <string.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/code_priv.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/stack.h"
#include "core-vm/vm/vm_impl.h"

// Terms are made from the outside in: each value's place in its parent's words is known before it
// is made. The stack has pairs (value, place); a large map waits under its keys and values as
// (NULL, struct large_map).
struct builder {
    struct vm_cpu *c;
    struct vm_stack work;
    struct wb_arena arena;  // for what waits
    bool literal;           // no binary may be outside the words
};

// A map for which a tree is made when its keys are known.
struct large_map {
    vm_term *place, *pairs;
    size_t count;
};

static void later(struct builder *b, const struct beam_value *value, vm_term *place)
{
    vm_stack_push(&b->work, (uint64_t)(uintptr_t)place);
    vm_stack_push(&b->work, (uint64_t)(uintptr_t)value);
}

// Words for an object whose parts come later: VM_NIL until then.
static vm_term *object_new(struct builder *b, enum vm_subtag subtag, size_t arity)
{
    vm_term *at = vm_alloc(b->c, 1 + arity);
    if (at == NULL)
        return NULL;
    at[0] = vm_header(subtag, arity);
    for (size_t i = 1; i <= arity; i++)
        at[i] = VM_NIL;
    return at;
}

static vm_term boxed_or_none(const struct builder *b, const vm_term *at)
{
    return at == NULL ? VM_NONE : vm_make_boxed(b->c->base, at);
}

static vm_term make_atom(struct builder *b, struct wb_bytes text)
{
    vm_term atom = vm_atom_of(b->c->vm, text);
    return atom != VM_NONE ? atom : vm_system_limit(b->c);
}

static vm_term make_bits(struct builder *b, const uint8_t *bytes, size_t bits)
{
    size_t size = bits / 8 + (bits % 8 != 0);
    vm_term whole =
        b->literal ? vm_make_heap_binary(b->c, bytes, size) : vm_make_binary(b->c, bytes, size);
    return bits % 8 == 0 || whole == VM_NONE ? whole : vm_make_sub_binary(b->c, whole, 0, bits);
}

// ---- what has parts

static vm_term make_list(struct builder *b, const struct beam_value *value)
{
    size_t cells = value->part.count - 1;
    vm_term *at = vm_alloc(b->c, 2 * cells);
    if (at == NULL)
        return VM_NONE;
    for (size_t i = 0; i < cells; i++) {
        at[2 * i] = VM_NIL;
        at[2 * i + 1] = i + 1 < cells ? vm_make_list(b->c->base, at + 2 * i + 2) : VM_NIL;
        later(b, &value->part.at[i], &at[2 * i]);
    }
    later(b, &value->part.at[cells], &at[2 * cells - 1]);
    return vm_make_list(b->c->base, at);
}

static vm_term make_tuple(struct builder *b, const struct beam_value *value)
{
    vm_term *at = object_new(b, VM_TUPLE, value->part.count);
    for (size_t i = 0; at != NULL && i < value->part.count; i++)
        later(b, &value->part.at[i], &at[1 + i]);
    return boxed_or_none(b, at);
}

static vm_term make_flat_map(struct builder *b, const struct beam_value *value, size_t count)
{
    vm_term *keys = object_new(b, VM_TUPLE, count);
    vm_term *at = keys == NULL ? NULL : object_new(b, VM_FLAT_MAP, 1 + count);
    if (at == NULL)
        return VM_NONE;
    at[1] = vm_make_boxed(b->c->base, keys);
    for (size_t i = 0; i < count; i++) {
        later(b, &value->part.at[2 * i], &keys[1 + i]);
        later(b, &value->part.at[2 * i + 1], &at[2 + i]);
    }
    return vm_make_boxed(b->c->base, at);
}

static void begin_large_map(struct builder *b, const struct beam_value *value, vm_term *place)
{
    struct large_map *map = wb_push_array(&b->arena, struct large_map, 1);
    size_t words = value->part.count;
    *map = (struct large_map){.place = place, .count = words / 2};
    map->pairs = wb_push_array(&b->arena, vm_term, words);
    vm_stack_push(&b->work, (uint64_t)(uintptr_t)map);
    vm_stack_push(&b->work, 0);
    for (size_t i = 0; i < words; i++)
        later(b, &value->part.at[i], &map->pairs[i]);
}

// ---- what has a name or a number

static bool is_local_node(struct wb_bytes node)
{
    return node.size == 0 || wb_bytes_equal(node, wb_bytes_of("nonode@nohost"));
}

static vm_term make_external(struct builder *b, enum vm_external kind, const struct beam_id *id)
{
    vm_term node = make_atom(b, id->node);
    vm_term *at = node == VM_NONE ? NULL : vm_alloc(b->c, (size_t)VM_EXTERNAL_NUMBERS + id->count);
    if (at == NULL)
        return VM_NONE;
    at[0] = vm_header(VM_EXTERNAL, (size_t)VM_EXTERNAL_NUMBERS - 1 + id->count);
    at[1] = kind;
    at[2] = node;
    at[3] = id->creation;
    for (unsigned i = 0; i < id->count; i++)
        at[VM_EXTERNAL_NUMBERS + i] = id->word[i];
    return vm_make_boxed(b->c->base, at);
}

static vm_term make_id(struct builder *b, const struct beam_value *value)
{
    const struct beam_id *id = value->id;
    uint64_t high = id->count > 1 ? id->word[1] : 0;
    if (!is_local_node(id->node))
        return make_external(b,
                             value->kind == BEAM_PID    ? VM_EXTERNAL_PID
                             : value->kind == BEAM_PORT ? VM_EXTERNAL_PORT
                                                        : VM_EXTERNAL_REF,
                             id);
    if (value->kind == BEAM_PID)
        return vm_pid((id->word[0] & VM_PID_SLOT_MASK) | high << VM_PID_SLOT_BITS);
    if (value->kind == BEAM_PORT)
        return (id->word[0] | high << 32) << 4 | VM_PORT_TAG;
    return vm_make_reference_of(b->c, id->word, id->count);
}

static vm_term make_export(struct builder *b, const struct beam_fun *fun)
{
    vm_term module = make_atom(b, fun->module);
    vm_term function = module == VM_NONE ? VM_NONE : make_atom(b, fun->function);
    if (function == VM_NONE)
        return VM_NONE;
    const struct vm_export *export = vm_export_of(b->c->vm, module, function, fun->arity);
    if (export == NULL)
        return vm_system_limit(b->c);
    vm_term *at = object_new(b, VM_EXPORT, 1);
    if (at != NULL)
        at[1] = vm_offset(b->c->vm, export);
    return boxed_or_none(b, at);
}

// Its code, when there is any, must be made for as many free variables.
static struct vm_lambda *find_lambda(struct builder *b, const struct beam_fun *fun)
{
    struct vm_lambda_key key = {.module = make_atom(b, fun->module), .index = fun->index};
    memcpy(key.uniq, fun->uniq, sizeof key.uniq);
    struct vm_lambda *lambda = key.module == VM_NONE ? NULL : vm_lambda_of(b->c->vm, &key);
    if (lambda == NULL) {
        vm_system_limit(b->c);
        return NULL;
    }
    if (lambda->address == 0) {
        lambda->arity = fun->arity;
        lambda->free_count = (uint32_t)fun->count;
        lambda->old_uniq = fun->old_uniq;
    } else if (lambda->arity != fun->arity || lambda->free_count != fun->count) {
        vm_badarg(b->c);
        return NULL;
    }
    return lambda;
}

static vm_term make_fun(struct builder *b, const struct beam_fun *fun)
{
    const struct vm_lambda *lambda = find_lambda(b, fun);
    vm_term *at =
        lambda == NULL ? NULL : object_new(b, VM_FUN, (size_t)VM_FUN_WORDS - 1 + fun->count);
    if (at == NULL)
        return VM_NONE;
    at[1] = vm_offset(b->c->vm, lambda);
    at[2] = fun->arity;
    if (fun->creator != NULL)
        later(b, fun->creator, &at[3]);
    for (size_t i = 0; i < fun->count; i++)
        later(b, &fun->free[i], &at[VM_FUN_WORDS + i]);
    return vm_make_boxed(b->c->base, at);
}

static vm_term make_one(struct builder *b, const struct beam_value *value)
{
    switch (value->kind) {
    case BEAM_NIL:
        return VM_NIL;
    case BEAM_SMALL:
        return vm_make_integer(b->c, value->small);
    case BEAM_BIG:
        return vm_make_integer_of(b->c, (struct vm_limbs){.at = value->big.limb,
                                                          .count = value->big.count,
                                                          .negative = value->big.negative});
    case BEAM_FLOAT:
        return vm_make_float(b->c, value->real);
    case BEAM_ATOM:
        return make_atom(b, value->text);
    case BEAM_CONS:
        return make_list(b, value);
    case BEAM_TUPLE:
        return make_tuple(b, value);
    case BEAM_MAP:
        return make_flat_map(b, value, value->part.count / 2);
    case BEAM_BINARY:
        return make_bits(b, value->binary.at, value->binary.bits);
    case BEAM_FUN:
        return make_fun(b, value->fun);
    case BEAM_EXPORT:
        return make_export(b, value->fun);
    case BEAM_PID:
    case BEAM_PORT:
    case BEAM_REF:
        return make_id(b, value);
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        break;
    }
    return vm_badarg(b->c);
}

// ---- all of it

// False: an exception is set.
static bool finish_large_map(struct builder *b)
{
    struct large_map *map = (struct large_map *)(uintptr_t)vm_stack_pop(&b->work);
    *map->place = vm_map_of(b->c, map->pairs, map->count);
    return *map->place != VM_NONE;
}

static bool make_all(struct builder *b)
{
    while (!vm_stack_is_empty(&b->work)) {
        const struct beam_value *value =
            (const struct beam_value *)(uintptr_t)vm_stack_pop(&b->work);
        if (value == NULL) {
            if (!finish_large_map(b))
                return false;
            continue;
        }
        vm_term *place = (vm_term *)(uintptr_t)vm_stack_pop(&b->work);
        if (value->kind == BEAM_MAP && value->part.count / 2 > VM_FLAT_MAP_LIMIT) {
            begin_large_map(b, value, place);
            continue;
        }
        *place = make_one(b, value);
        if (*place == VM_NONE)
            return false;
    }
    return true;
}

static vm_term build(struct vm_cpu *c, const struct beam_value *value, bool literal)
{
    struct builder b = {.c = c, .literal = literal};
    vm_term term = VM_NONE;
    vm_stack_init(&b.work);
    later(&b, value, &term);
    bool made = make_all(&b);
    vm_stack_done(&b.work);
    wb_arena_free(&b.arena);
    return made ? term : VM_NONE;
}

vm_term vm_term_of_value(struct vm_cpu *c, const struct beam_value *value)
{
    return build(c, value, false);
}

// ---- literals: made in fragments of a process that is nobody, then copied to the code pool

static void free_fragments(struct vm *vm, uint64_t first)
{
    while (first != 0) {
        uint64_t next = ((const struct vm_fragment *)vm_at(vm, first))->next;
        vm_data_release(vm, first);
        first = next;
    }
}

static struct wb_error *copy_literals(struct vm *vm, vm_term *term, size_t count,
                                      struct vm_literals *ret)
{
    size_t words = 0, most = vm->image.size / sizeof(vm_term);
    for (size_t i = 0; i < count && words <= most; i++)
        words += vm_flat_words_all(vm, term[i]);
    struct vm_literals made = {.size = words * sizeof(vm_term)};
    if (words > 0) {
        made.at = words > most ? 0 : vm_image_alloc(&vm->image, VM_POOL_CODE, made.size);
        if (made.at == 0)
            return wb_error_new(WB_E_LIMIT, "no room for literals");
    }
    vm_term *hp = vm_at(vm, made.at);
    uint64_t off_heap = 0;  // stays so: no literal has bytes outside
    for (size_t i = 0; i < count; i++)
        term[i] = vm_copy_all(vm, term[i], &hp, &off_heap);
    *ret = made;
    return NULL;
}

struct wb_error *vm_literals_new(struct vm *vm, const struct beam_value *value, size_t count,
                                 vm_term *term, struct vm_literals *ret)
{
    struct vm_cpu *c = &vm_root(vm)->cpu;
    struct vm_proc *before = c->proc, nobody = {.pid = VM_NIL};
    enum vm_outcome outcome = c->outcome;
    struct wb_error *err = NULL;
    c->proc = &nobody;
    for (size_t i = 0; i < count && err == NULL; i++) {
        term[i] = build(c, &value[i], true);
        if (term[i] == VM_NONE)
            err = wb_error_new(WB_E_LIMIT, "literal %zu cannot be made", i);
    }
    c->proc = before;
    c->outcome = outcome;
    if (err == NULL)
        err = copy_literals(vm, term, count, ret);
    free_fragments(vm, nobody.fragments);
    return err;
}

void vm_literals_free(struct vm *vm, struct vm_literals *literals)
{
    if (literals->at != 0)
        vm_image_release(&vm->image, literals->at);
    *literals = (struct vm_literals){0};
}
