#include <string.h>

#include "core-vm/vm/atom.h"
#include "core-vm/vm/compare_priv.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

// Eight bits beginning `at` bits after the start; those behind the end are whatever lies there.
static unsigned byte_at(const struct vm_bits *bits, uint64_t at)
{
    uint64_t place = bits->start + at;
    const uint8_t *byte = bits->at + place / 8;
    unsigned shift = place % 8;
    if (shift == 0)
        return byte[0];
    unsigned high = (unsigned)byte[0] << shift & 255;
    bool needs_next = at + 8 - shift < bits->bits;
    return needs_next ? high | byte[1] >> (8 - shift) : high;
}

static int compare_bit_run(const struct vm_bits *a, const struct vm_bits *b, uint64_t from,
                           uint64_t count)
{
    for (uint64_t at = from; at < count; at += 8) {
        unsigned x = byte_at(a, at), y = byte_at(b, at);
        if (count - at < 8) {
            x >>= 8 - (count - at);
            y >>= 8 - (count - at);
        }
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

// The first `count` bits of both.
static int compare_prefix(const struct vm_bits *a, const struct vm_bits *b, uint64_t count)
{
    if (count == 0)
        return 0;
    if (a->start != 0 || b->start != 0)
        return compare_bit_run(a, b, 0, count);
    int order = memcmp(a->at, b->at, (size_t)(count / 8));
    return order != 0 ? order : compare_bit_run(a, b, count / 8 * 8, count);
}

int vm_compare_bits(const char *base, vm_term a, vm_term b)
{
    struct vm_bits x = vm_bits_of(base, a), y = vm_bits_of(base, b);
    int order = compare_prefix(&x, &y, x.bits < y.bits ? x.bits : y.bits);
    if (order != 0)
        return order;
    return (x.bits > y.bits) - (x.bits < y.bits);
}

bool vm_equal_bits(const char *base, vm_term a, vm_term b)
{
    struct vm_bits x = vm_bits_of(base, a), y = vm_bits_of(base, b);
    return x.bits == y.bits && compare_prefix(&x, &y, x.bits) == 0;
}

int vm_compare_atoms(const struct vm *vm, vm_term a, vm_term b)
{
    if (a == b)
        return 0;
    struct wb_bytes x = vm_atom_text(vm, a), y = vm_atom_text(vm, b);
    int order = memcmp(x.at, y.at, x.size < y.size ? x.size : y.size);
    if (order != 0)
        return order;
    return (x.size > y.size) - (x.size < y.size);
}

// A reference, pid or port spelled out: 32-bit numbers, least significant first.
struct id {
    uint32_t number[5];
    vm_term node;
    uint32_t creation;
};

static void put_wide(struct id *id, unsigned at, uint64_t number)
{
    id->number[at] = (uint32_t)number;
    id->number[at + 1] = (uint32_t)(number >> 32);
}

static void read_external(const vm_term *words, struct id *id)
{
    size_t count = vm_arity(*words) + 1 - VM_EXTERNAL_NUMBERS;
    for (size_t i = 0; i < count && i < 5; i++)
        id->number[i] = (uint32_t)words[VM_EXTERNAL_NUMBERS + i];
    id->node = words[2];
    id->creation = (uint32_t)words[3];
}

static struct id id_of(const char *base, vm_term t)
{
    struct id id = {.node = VM_AM(nonode)};
    if (vm_is_local_pid(t)) {
        id.number[0] = vm_pid_number(t) & 0xFFFFFFF;
        id.number[1] = (uint32_t)(vm_pid_number(t) >> 28);
    } else if (vm_is_local_port(t)) {
        put_wide(&id, 0, t >> 4);
    } else if (vm_is_kind(base, t, VM_REF)) {
        put_wide(&id, 0, vm_boxed_at(base, t)[1]);
        put_wide(&id, 2, vm_boxed_at(base, t)[2]);
    } else {
        read_external(vm_boxed_at(base, t), &id);
    }
    return id;
}

static int compare_uint32(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_nodes(const struct vm *vm, const struct id *a, const struct id *b)
{
    int order = vm_compare_atoms(vm, a->node, b->node);
    return order != 0 ? order : compare_uint32(a->creation, b->creation);
}

static int compare_id_numbers(const struct id *a, const struct id *b)
{
    for (size_t i = 5; i-- > 0;)
        if (a->number[i] != b->number[i])
            return compare_uint32(a->number[i], b->number[i]);
    return 0;
}

// References go by node first, pids and ports by their numbers.
static bool is_reference(const char *base, vm_term t)
{
    return vm_is_kind(base, t, VM_REF) ||
           (vm_is_kind(base, t, VM_EXTERNAL) && vm_boxed_at(base, t)[1] == VM_EXTERNAL_REF);
}

int vm_compare_ids(const struct vm *vm, vm_term a, vm_term b)
{
    const char *base = vm->image.base;
    struct id x = id_of(base, a), y = id_of(base, b);
    int by_node = compare_nodes(vm, &x, &y), by_number = compare_id_numbers(&x, &y);
    if (is_reference(base, a))
        return by_node != 0 ? by_node : by_number;
    return by_number != 0 ? by_number : by_node;
}
