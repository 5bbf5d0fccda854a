#include <string.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/index.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/vm_impl.h"

// An array of 64-bit numbers behind a reference. As nobody knows who still has the reference,
// arrays live as long as the VM.
struct array {
    uint64_t count;
    uint64_t is_signed;
    uint64_t at[];
};

enum { ARRAY_LIMIT = 1 << 26 };

static vm_term new_array(struct vm_cpu *c, uint64_t count, bool is_signed)
{
    vm_term reference = vm_make_reference(c);
    if (reference == VM_NONE)
        return VM_NONE;
    uint64_t size = sizeof(struct array) + count * sizeof(uint64_t);
    uint64_t offset = vm_data_alloc(c->vm, size);
    if (offset == 0)
        return vm_system_limit(c);
    struct array *array = vm_at(c->vm, offset);
    memset(array, 0, size);
    array->count = count;
    array->is_signed = is_signed;
    uint64_t key = vm_boxed_at(c->base, reference)[1];
    if (vm_index_put(c->vm, &vm_root(c->vm)->atomics, key, offset))
        return reference;
    vm_data_release(c->vm, offset);
    return vm_system_limit(c);
}

static struct array *array_of(const struct vm_cpu *c, vm_term t)
{
    if (!vm_is_kind(c->base, t, VM_REF))
        return NULL;
    uint64_t key = vm_boxed_at(c->base, t)[1];
    uint64_t offset = vm_index_get(c->vm, &vm_root(c->vm)->atomics, key);
    return offset == 0 ? NULL : vm_at(c->vm, offset);
}

// The number that (array, index) names; NULL: none.
static uint64_t *cell_of(const struct vm_cpu *c, const vm_term *args)
{
    struct array *array = array_of(c, args[0]);
    if (array == NULL || !vm_is_small(args[1]) || vm_small_value(args[1]) < 1 ||
        (uint64_t)vm_small_value(args[1]) > array->count)
        return NULL;
    return &array->at[vm_small_value(args[1]) - 1];
}

static vm_term number_of(struct vm_cpu *c, vm_term array, uint64_t n)
{
    return array_of(c, array)->is_signed ? vm_make_integer(c, (int64_t)n) : vm_make_unsigned(c, n);
}

// A number that an array can hold; for additions both kinds may be negative.
static bool get_number(const struct vm_cpu *c, bool may_be_negative, bool may_be_large, vm_term t,
                       uint64_t *ret)
{
    int64_t n;
    if (may_be_negative && vm_get_int64(c->base, t, &n)) {
        *ret = (uint64_t)n;
        return true;
    }
    return may_be_large && vm_get_uint64(c->base, t, ret);
}

static bool get_value(const struct vm_cpu *c, vm_term array, vm_term t, uint64_t *ret)
{
    bool is_signed = array_of(c, array)->is_signed;
    return get_number(c, is_signed, !is_signed, t, ret);
}

static bool get_increment(const struct vm_cpu *c, vm_term array, vm_term t, uint64_t *ret)
{
    return get_number(c, true, !array_of(c, array)->is_signed, t, ret);
}

vm_term vm_bif_atomics_new(struct vm_cpu *c, const vm_term *args)
{
    enum { SIGNED = 1 };
    if (!vm_is_small(args[0]) || vm_small_value(args[0]) < 1 || !vm_is_small(args[1]))
        return vm_badarg(c);
    if (vm_small_value(args[0]) > ARRAY_LIMIT)
        return vm_system_limit(c);
    return new_array(c, (uint64_t)vm_small_value(args[0]), (vm_small_value(args[1]) & SIGNED) != 0);
}

vm_term vm_bif_atomics_put(struct vm_cpu *c, const vm_term *args)
{
    uint64_t *cell = cell_of(c, args), n;
    if (cell == NULL || !get_value(c, args[0], args[2], &n))
        return vm_badarg(c);
    *cell = n;
    return VM_AM(ok);
}

vm_term vm_bif_atomics_get(struct vm_cpu *c, const vm_term *args)
{
    const uint64_t *cell = cell_of(c, args);
    return cell == NULL ? vm_badarg(c) : number_of(c, args[0], *cell);
}

vm_term vm_bif_atomics_add(struct vm_cpu *c, const vm_term *args)
{
    uint64_t *cell = cell_of(c, args), n;
    if (cell == NULL || !get_increment(c, args[0], args[2], &n))
        return vm_badarg(c);
    *cell += n;
    return VM_AM(ok);
}

vm_term vm_bif_atomics_add_get(struct vm_cpu *c, const vm_term *args)
{
    uint64_t *cell = cell_of(c, args), n;
    if (cell == NULL || !get_increment(c, args[0], args[2], &n))
        return vm_badarg(c);
    *cell += n;
    return number_of(c, args[0], *cell);
}

vm_term vm_bif_atomics_exchange(struct vm_cpu *c, const vm_term *args)
{
    uint64_t *cell = cell_of(c, args), n;
    if (cell == NULL || !get_value(c, args[0], args[2], &n))
        return vm_badarg(c);
    uint64_t old = *cell;
    *cell = n;
    return number_of(c, args[0], old);
}

vm_term vm_bif_atomics_compare_exchange(struct vm_cpu *c, const vm_term *args)
{
    uint64_t *cell = cell_of(c, args), expected, desired;
    if (cell == NULL || !get_value(c, args[0], args[2], &expected) ||
        !get_value(c, args[0], args[3], &desired))
        return vm_badarg(c);
    if (*cell != expected)
        return number_of(c, args[0], *cell);
    *cell = desired;
    return VM_AM(ok);
}

// What OTP says that such an array takes.
static uint64_t memory_of(const struct array *array)
{
    enum { HEAD = 40 };
    return HEAD + array->count * 8;
}

vm_term vm_bif_atomics_info(struct vm_cpu *c, const vm_term *args)
{
    const struct array *array = array_of(c, args[0]);
    if (array == NULL)
        return vm_badarg(c);
    vm_term most =
        array->is_signed ? vm_make_integer(c, INT64_MAX) : vm_make_unsigned(c, UINT64_MAX);
    vm_term least = array->is_signed ? vm_make_integer(c, INT64_MIN) : vm_small(0);
    if (most == VM_NONE || least == VM_NONE)
        return VM_NONE;
    vm_term pairs[] = {
        VM_AM(size),   vm_small((int64_t)array->count),    VM_AM(max), most, VM_AM(min), least,
        VM_AM(memory), vm_small((int64_t)memory_of(array))};
    return vm_map_of(c, pairs, 4);
}

// The counters of `write_concurrency` are the same arrays: there is one scheduler.
vm_term vm_bif_counters_new(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_small(args[0]) || vm_small_value(args[0]) < 1)
        return vm_badarg(c);
    if (vm_small_value(args[0]) > ARRAY_LIMIT)
        return vm_system_limit(c);
    return new_array(c, (uint64_t)vm_small_value(args[0]), true);
}

vm_term vm_bif_counters_get(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_atomics_get(c, args);
}

vm_term vm_bif_counters_add(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_atomics_add(c, args);
}

vm_term vm_bif_counters_put(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_atomics_put(c, args);
}

vm_term vm_bif_counters_info(struct vm_cpu *c, const vm_term *args)
{
    const struct array *array = array_of(c, args[0]);
    if (array == NULL)
        return vm_badarg(c);
    vm_term pairs[] = {VM_AM(size), vm_small((int64_t)array->count), VM_AM(memory),
                       vm_small((int64_t)memory_of(array))};
    return vm_map_of(c, pairs, 2);
}
