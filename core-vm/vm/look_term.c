// Terms of a VM as plain values. Nothing that is found is believed: pointers must lead into blocks
// of the pools that were ever used, objects must end there, sizes inside must agree.
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/compare.h"
#include "core-vm/vm/bits.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/introspect.h"
#include "core-vm/vm/object.h"
#include "core-vm/vm/stack.h"
#include "core-vm/vm/vm_impl.h"

enum {
    MOST_VALUES = 1 << 23,  // of one look, where there is a limit at all
    NODE_DEPTH = 17,        // of a hashed map, the root included
};

// The stack has triples (place, word, depth left); a map whose pairs are to be sorted lies under
// its keys and values as (NULL, place, 0).
struct looker {
    const struct vm *vm;
    const char *base;
    struct wb_arena *arena;
    struct vm_stack work;
    size_t length, left;  // elements of a list; values still allowed
};

// ---- what can be read

// Words from this offset to the end of what its pool has in use; 0: it leads nowhere.
static uint64_t words_at(const struct looker *k, uint64_t at)
{
    const struct vm_image_head *head = &vm_root(k->vm)->image;
    const struct vm_pool *pool =
        &head->pool[at < k->vm->image.data_start ? VM_POOL_CODE : VM_POOL_DATA];
    return at % 8 == 0 && at >= pool->start && at < pool->top ? (pool->top - at) / 8 : 0;
}

static const void *bytes_at(const struct looker *k, uint64_t at, uint64_t size)
{
    return words_at(k, at) >= size / 8 + (size % 8 != 0) ? k->base + at : NULL;
}

// The words of a sound object; NULL: it is none.
static const vm_term *object_at(const struct looker *k, vm_term t)
{
    uint64_t room = vm_is_boxed(t) ? words_at(k, t - VM_TAG_BOXED) : 0;
    if (room == 0)
        return NULL;
    const vm_term *at = vm_boxed_at(k->base, t);
    bool sound = vm_tag_of(*at) == VM_TAG_HEADER && vm_arity(*at) < room &&
                 vm_subtag(*at) <= VM_EXTERNAL && vm_raw_words(*at) <= vm_arity(*at);
    return sound ? at : NULL;
}

static const vm_term *object_of(const struct looker *k, vm_term t, enum vm_subtag subtag,
                                size_t least)
{
    const vm_term *at = object_at(k, t);
    return at != NULL && vm_subtag(*at) == subtag && vm_arity(*at) >= least ? at : NULL;
}

static const vm_term *cell_at(const struct looker *k, vm_term t)
{
    return vm_is_list(t) && words_at(k, t - VM_TAG_LIST) >= 2 ? vm_list_at(k->base, t) : NULL;
}

static struct beam_value unreadable(vm_term t)
{
    return (struct beam_value){.kind = BEAM_UNREADABLE, .bits = t};
}

static struct beam_value unread(vm_term t)
{
    return (struct beam_value){.kind = BEAM_UNREAD, .bits = t};
}

// size 0: no such atom (the empty atom has a place).
static struct wb_bytes atom_text(const struct looker *k, vm_term t)
{
    const struct vm_table *texts = &vm_root(k->vm)->atoms.texts;
    const uint64_t *offsets = bytes_at(k, texts->at, texts->count * sizeof(uint64_t));
    if (!vm_is_atom(t) || t >> 6 >= texts->count || offsets == NULL ||
        bytes_at(k, offsets[t >> 6], 8) == NULL)
        return (struct wb_bytes){0};
    struct wb_bytes text = vm_atom_text(k->vm, t);
    return bytes_at(k, offsets[t >> 6], 8 + text.size) == NULL ? (struct wb_bytes){0} : text;
}

// ---- parts

static void later(struct looker *k, struct beam_value *place, vm_term t, unsigned depth)
{
    vm_stack_push(&k->work, depth);
    vm_stack_push(&k->work, t);
    vm_stack_push(&k->work, (uint64_t)(uintptr_t)place);
}

static bool take(struct looker *k, size_t values)
{
    if (values > k->left)
        return false;
    k->left -= values;
    return true;
}

static struct beam_value look_parts(struct looker *k, enum beam_kind kind, const vm_term *parts,
                                    size_t count, unsigned depth)
{
    struct beam_value value = {.kind = kind, .part = {.count = count}};
    value.part.at = wb_push_array(k->arena, struct beam_value, count);
    for (size_t i = 0; i < count; i++)
        later(k, &value.part.at[i], parts[i], depth);
    return value;
}

static struct beam_value look_tuple(struct looker *k, vm_term t, const vm_term *at, unsigned depth)
{
    return take(k, vm_arity(*at)) ? look_parts(k, BEAM_TUPLE, at + 1, vm_arity(*at), depth)
                                  : unread(t);
}

// Cells of a list, as far as they are to be read.
static size_t count_cells(const struct looker *k, vm_term t, size_t most)
{
    const struct vm_pool *pool = vm_root(k->vm)->image.pool;
    uint64_t cells = (pool[VM_POOL_CODE].top + pool[VM_POOL_DATA].top) / 16;  // else it is a ring
    most = most < cells ? most : cells;
    size_t count = 0;
    for (const vm_term *cell; count < most && (cell = cell_at(k, t)) != NULL; t = cell[1])
        count++;
    return count;
}

static struct beam_value look_list(struct looker *k, vm_term t, unsigned depth)
{
    size_t cells = count_cells(k, t, k->length < k->left ? k->length : k->left);
    if (cells == 0)
        return cell_at(k, t) == NULL ? unreadable(t) : unread(t);
    take(k, cells);
    struct beam_value value = {.kind = BEAM_CONS, .part = {.count = cells + 1}};
    value.part.at = wb_push_array(k->arena, struct beam_value, cells + 1);
    for (size_t i = 0; i < cells; i++) {
        const vm_term *cell = vm_list_at(k->base, t);
        later(k, &value.part.at[i], cell[0], depth);
        t = cell[1];
    }
    if (cell_at(k, t) != NULL)
        value.part.at[cells] = unread(t);
    else
        later(k, &value.part.at[cells], t, depth);
    return value;
}

// ---- maps

static struct beam_value look_flat_map(struct looker *k, vm_term t, const vm_term *at,
                                       unsigned depth)
{
    size_t count = vm_arity(*at) == 0 ? 0 : vm_arity(*at) - 1;
    const vm_term *keys = vm_arity(*at) == 0 ? NULL : object_of(k, at[1], VM_TUPLE, count);
    if (keys == NULL || vm_arity(*keys) != count)
        return unreadable(t);
    if (!take(k, 2 * count))
        return unread(t);
    struct beam_value value = {.kind = BEAM_MAP, .part = {.count = 2 * count}};
    value.part.at = wb_push_array(k->arena, struct beam_value, 2 * count);
    for (size_t i = 0; i < count; i++) {
        later(k, &value.part.at[2 * i], keys[1 + i], depth);
        later(k, &value.part.at[2 * i + 1], at[2 + i], depth);
    }
    return value;
}

// Leaves of a hashed map's tree, in any order, to pairs[0 .. 2*count). False: it is no such tree.
static bool gather_leaves(const struct looker *k, vm_term root, vm_term *pairs, size_t count)
{
    struct vm_stack nodes;
    size_t found = 0;
    bool sound = true;
    vm_stack_init(&nodes);
    vm_stack_push(&nodes, root);
    vm_stack_push(&nodes, NODE_DEPTH);
    while (!vm_stack_is_empty(&nodes) && sound) {
        uint64_t depth = vm_stack_pop(&nodes);
        vm_term t = vm_stack_pop(&nodes);
        const vm_term *leaf = cell_at(k, t), *node = object_at(k, t);
        if (leaf != NULL && found < count) {
            pairs[2 * found] = leaf[0];
            pairs[2 * found++ + 1] = leaf[1];
            continue;
        }
        sound = leaf == NULL && node != NULL && depth > 0 &&
                (vm_subtag(*node) == VM_HASH_NODE || t == root);
        // A node has two leaves below it at least: no sound tree has so many on the stack.
        sound = sound && nodes.count <= 4 * count + 2 * VM_SUBTAG_LIMIT;
        for (size_t i = sound ? 1 + vm_raw_words(*node) : 1; sound && i <= vm_arity(*node); i++) {
            vm_stack_push(&nodes, node[i]);
            vm_stack_push(&nodes, depth - 1);
        }
    }
    vm_stack_done(&nodes);
    return sound && found == count;
}

static struct beam_value look_hash_map(struct looker *k, vm_term t, const vm_term *at,
                                       struct beam_value *place, unsigned depth)
{
    const struct vm_pool *pool = vm_root(k->vm)->image.pool;
    uint64_t count = at[1];
    if (count > (pool[VM_POOL_CODE].top + pool[VM_POOL_DATA].top) / 16)
        return unreadable(t);
    if (!take(k, 2 * count))
        return unread(t);
    struct wb_mark mark = wb_arena_mark(k->arena);
    vm_term *pairs = wb_push_array(k->arena, vm_term, 2 * count);
    if (!gather_leaves(k, t, pairs, count)) {
        wb_arena_rewind(k->arena, mark);
        return unreadable(t);
    }
    later(k, NULL, (uint64_t)(uintptr_t)place, 0);
    return look_parts(k, BEAM_MAP, pairs, 2 * count, depth);
}

static int pair_order(const void *a, const void *b)
{
    return beam_compare(a, b, true);
}

static void sort_pairs(struct beam_value *map)
{
    if (map->part.count > 0)
        qsort(map->part.at, map->part.count / 2, 2 * sizeof(struct beam_value), pair_order);
}

// ---- numbers and bits

static struct beam_value look_big(struct looker *k, const vm_term *at)
{
    size_t count = vm_arity(*at);
    bool negative = vm_subtag(*at) == VM_NEG_BIG;
    while (count > 0 && at[count] == 0)
        count--;
    uint64_t low = count == 0 ? 0 : at[1];
    if (count <= 1 && low <= (uint64_t)INT64_MAX + negative)
        return (struct beam_value){.kind = BEAM_SMALL, .small = (int64_t)(negative ? -low : low)};
    uint64_t *limbs = wb_push_array(k->arena, uint64_t, count);
    memcpy(limbs, at + 1, count * sizeof *limbs);
    return (struct beam_value){.kind = BEAM_BIG,
                               .big = {.negative = negative, .limb = limbs, .count = count}};
}

static struct beam_value look_float(const vm_term *at)
{
    struct beam_value value = {.kind = BEAM_FLOAT};
    memcpy(&value.real, at + 1, sizeof value.real);
    return value;
}

// Bytes of a REFC_BIN or HEAP_BIN; `at` is NULL: unsound.
static struct wb_bytes whole_binary(const struct looker *k, vm_term t)
{
    const vm_term *at = object_at(k, t);
    struct wb_bytes none = {0};
    if (at == NULL || vm_arity(*at) == 0)
        return none;
    if (vm_subtag(*at) == VM_HEAP_BIN)
        return at[1] > (vm_arity(*at) - 1) * 8
                   ? none
                   : (struct wb_bytes){.at = (const uint8_t *)(at + 2), .size = at[1]};
    if (vm_subtag(*at) != VM_REFC_BIN || vm_arity(*at) < 3)
        return none;
    const struct vm_binary *binary = bytes_at(k, at[2], sizeof *binary);
    if (binary == NULL || at[1] > binary->capacity ||
        bytes_at(k, at[2] + sizeof *binary, at[1]) == NULL)
        return none;
    return (struct wb_bytes){.at = binary->bytes, .size = at[1]};
}

static struct beam_value look_bits(struct looker *k, vm_term whole, uint64_t start, uint64_t bits)
{
    struct wb_bytes bytes = whole_binary(k, whole);
    if (bytes.at == NULL || start > bytes.size * 8 || bits > bytes.size * 8 - start)
        return unreadable(whole);
    size_t size = bits / 8 + (bits % 8 != 0);
    uint8_t *copy = wb_push_array(k->arena, uint8_t, size);
    if (start % 8 == 0 && bits % 8 == 0 && size > 0)
        memcpy(copy, bytes.at + start / 8, size);
    else if (size > 0)
        vm_bits_copy(copy, 0, bytes.at, start, bits);
    return (struct beam_value){.kind = BEAM_BINARY, .binary = {.at = copy, .bits = bits}};
}

// ---- what has a name or a number

static struct beam_value look_id(struct looker *k, enum beam_kind kind, struct beam_id id)
{
    struct beam_id *copy = wb_push_array(k->arena, struct beam_id, 1);
    *copy = id;
    return (struct beam_value){.kind = kind, .id = copy};
}

static struct beam_value look_immediate(struct looker *k, vm_term t)
{
    if (vm_is_small(t))
        return (struct beam_value){.kind = BEAM_SMALL, .small = vm_small_value(t)};
    if (vm_is_nil(t))
        return (struct beam_value){.kind = BEAM_NIL};
    if (vm_is_local_pid(t)) {
        uint64_t number = vm_pid_number(t);
        return look_id(k, BEAM_PID,
                       (struct beam_id){.count = 2,
                                        .word = {(uint32_t)(number & VM_PID_SLOT_MASK),
                                                 (uint32_t)(number >> VM_PID_SLOT_BITS)}});
    }
    if (vm_is_local_port(t))
        return look_id(
            k, BEAM_PORT,
            (struct beam_id){.count = 2, .word = {(uint32_t)(t >> 4), (uint32_t)(t >> 36)}});
    struct wb_bytes text = atom_text(k, t);
    return text.at == NULL ? unreadable(t) : (struct beam_value){.kind = BEAM_ATOM, .text = text};
}

static struct beam_value look_reference(struct looker *k, vm_term t)
{
    struct beam_id id = {0};
    id.count = vm_reference_words(k->base, t, id.word);
    return look_id(k, BEAM_REF, id);
}

static struct beam_value look_external(struct looker *k, vm_term t, const vm_term *at)
{
    static const enum beam_kind kinds[] = {
        [VM_EXTERNAL_PID] = BEAM_PID,
        [VM_EXTERNAL_PORT] = BEAM_PORT,
        [VM_EXTERNAL_REF] = BEAM_REF,
    };
    struct beam_id id = {0};
    size_t count =
        vm_arity(*at) < VM_EXTERNAL_NUMBERS ? 0 : vm_arity(*at) + 1 - VM_EXTERNAL_NUMBERS;
    if (count == 0 || count > sizeof id.word / sizeof *id.word || at[1] > VM_EXTERNAL_REF)
        return unreadable(t);
    id.node = atom_text(k, at[2]);
    id.creation = (uint32_t)at[3];
    id.count = (unsigned)count;
    for (size_t i = 0; i < count; i++)
        id.word[i] = (uint32_t)at[VM_EXTERNAL_NUMBERS + i];
    return id.node.at == NULL ? unreadable(t) : look_id(k, kinds[at[1]], id);
}

static struct beam_value look_export(struct looker *k, vm_term t, const vm_term *at)
{
    const struct vm_export *export = vm_arity(*at) < 1 ? NULL : bytes_at(k, at[1], sizeof *export);
    struct beam_fun *fun = wb_push_array(k->arena, struct beam_fun, 1);
    if (export == NULL)
        return unreadable(t);
    fun->module = atom_text(k, export->module);
    fun->function = atom_text(k, export->function);
    fun->arity = export->arity;
    return (struct beam_value){.kind = BEAM_EXPORT, .fun = fun};
}

static struct beam_value look_fun(struct looker *k, vm_term t, const vm_term *at, unsigned depth)
{
    const struct vm_lambda *lambda =
        vm_arity(*at) < VM_FUN_WORDS - 1 ? NULL : bytes_at(k, at[1], sizeof *lambda);
    size_t count = lambda == NULL ? 0 : vm_arity(*at) + 1 - VM_FUN_WORDS;
    if (lambda == NULL)
        return unreadable(t);
    if (!take(k, count + 1))
        return unread(t);
    struct beam_fun *fun = wb_push_array(k->arena, struct beam_fun, 1);
    struct beam_value *parts = wb_push_array(k->arena, struct beam_value, count + 1);
    *fun = (struct beam_fun){.module = atom_text(k, lambda->module),
                             .arity = (uint32_t)at[2],
                             .index = lambda->index,
                             .old_uniq = lambda->old_uniq,
                             .free = parts + 1,
                             .count = count,
                             .creator = parts};
    memcpy(fun->uniq, lambda->uniq, sizeof fun->uniq);
    parts[0] = vm_is_local_pid(at[3]) ? look_immediate(k, at[3]) : unreadable(at[3]);
    if (parts[0].kind != BEAM_PID)
        fun->creator = NULL;
    for (size_t i = 0; i < count; i++)
        later(k, &parts[1 + i], at[VM_FUN_WORDS + i], depth);
    return (struct beam_value){.kind = BEAM_FUN, .fun = fun};
}

// ---- all of it

static bool has_parts(const vm_term *at)
{
    enum vm_subtag subtag = vm_subtag(*at);
    return (subtag == VM_TUPLE && vm_arity(*at) > 0) || subtag == VM_FUN ||
           (subtag == VM_FLAT_MAP && vm_arity(*at) > 1) || subtag == VM_HASH_MAP;
}

static struct beam_value look_object(struct looker *k, vm_term t, struct beam_value *place,
                                     unsigned depth)
{
    const vm_term *at = object_at(k, t);
    if (at == NULL)
        return unreadable(t);
    if (depth == 0 && has_parts(at))
        return unread(t);
    switch (vm_subtag(*at)) {
    case VM_TUPLE:
        return look_tuple(k, t, at, depth - 1);
    case VM_FLAT_MAP:
        return look_flat_map(k, t, at, depth - 1);
    case VM_HASH_MAP:
        return look_hash_map(k, t, at, place, depth - 1);
    case VM_FUN:
        return look_fun(k, t, at, depth - 1);
    case VM_EXPORT:
        return look_export(k, t, at);
    case VM_POS_BIG:
    case VM_NEG_BIG:
        return look_big(k, at);
    case VM_FLOAT:
        return vm_arity(*at) == 1 ? look_float(at) : unreadable(t);
    case VM_REF:
        return vm_arity(*at) == 2 ? look_reference(k, t) : unreadable(t);
    case VM_EXTERNAL:
        return look_external(k, t, at);
    case VM_REFC_BIN:
    case VM_HEAP_BIN:
        return look_bits(k, t, 0, whole_binary(k, t).size * 8);
    case VM_SUB_BIN:
        return vm_arity(*at) == 4 ? look_bits(k, at[4], at[2], at[1]) : unreadable(t);
    case VM_MATCH:  // what is still to be matched
        return vm_arity(*at) == 3 && at[1] <= at[2] ? look_bits(k, at[3], at[1], at[2] - at[1])
                                                    : unreadable(t);
    case VM_HASH_NODE:
    case VM_SUBTAG_LIMIT:
        break;
    }
    return unreadable(t);
}

static struct beam_value look_one(struct looker *k, vm_term t, struct beam_value *place,
                                  unsigned depth)
{
    if (vm_is_immediate(t))
        return look_immediate(k, t);
    if (vm_is_list(t))
        return depth == 0 ? unread(t) : look_list(k, t, depth - 1);
    return look_object(k, t, place, depth);
}

struct wb_error *vm_look_term(const struct vm *vm, uint64_t word, unsigned depth, size_t length,
                              struct wb_arena *arena, struct beam_value *ret)
{
    struct looker k = {.vm = vm,
                       .base = vm->image.base,
                       .arena = arena,
                       .length = length,
                       .left = length == SIZE_MAX ? SIZE_MAX : MOST_VALUES};
    struct beam_value value;
    vm_stack_init(&k.work);
    later(&k, &value, word, depth);
    while (!vm_stack_is_empty(&k.work)) {
        struct beam_value *place = (struct beam_value *)(uintptr_t)vm_stack_pop(&k.work);
        uint64_t t = vm_stack_pop(&k.work);
        unsigned left = (unsigned)vm_stack_pop(&k.work);
        if (place == NULL)
            sort_pairs((struct beam_value *)(uintptr_t)t);
        else
            *place = look_one(&k, t, place, left);
    }
    vm_stack_done(&k.work);
    *ret = value;
    return NULL;
}
