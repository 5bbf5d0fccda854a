#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/clock.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

#define NS_PER_SECOND INT64_C(1000000000)

static vm_term make_wide(struct vm_cpu *c, __int128 n)
{
    unsigned __int128 magnitude = n < 0 ? -(unsigned __int128)n : (unsigned __int128)n;
    uint64_t limb[2] = {(uint64_t)magnitude, (uint64_t)(magnitude >> 64)};
    return vm_make_integer_of(c, (struct vm_limbs){.at = limb, .count = 2, .negative = n < 0});
}

// Parts of a second that a unit names; 0: it is no unit.
static int64_t parts_of(const struct vm *vm, vm_term unit)
{
    int64_t parts = 0;
    if (!vm_is_atom(unit))
        return vm_get_int64(vm->image.base, unit, &parts) && parts > 0 ? parts : 0;
    switch (vm_atom_index(unit)) {
    case VM_ATOM_second:
    case VM_ATOM_seconds:
        return 1;
    case VM_ATOM_millisecond:
    case VM_ATOM_milli_seconds:
        return 1000;
    case VM_ATOM_microsecond:
    case VM_ATOM_micro_seconds:
        return 1000000;
    case VM_ATOM_nanosecond:
    case VM_ATOM_nano_seconds:
    case VM_ATOM_native:
    case VM_ATOM_perf_counter:
        return NS_PER_SECOND;
    default:
        return 0;
    }
}

static vm_term in_unit(struct vm_cpu *c, int64_t ns, vm_term unit)
{
    int64_t parts = parts_of(c->vm, unit);
    if (parts == 0)
        return vm_badarg(c);
    __int128 product = (__int128)ns * parts;
    __int128 quotient = product / NS_PER_SECOND;
    // Towards minus infinity.
    if (product % NS_PER_SECOND < 0)
        quotient--;
    return make_wide(c, quotient);
}

vm_term vm_bif_monotonic_time(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return vm_make_integer(c, (int64_t)vm_now(c->vm));
}

vm_term vm_bif_monotonic_time_in(struct vm_cpu *c, const vm_term *args)
{
    return in_unit(c, (int64_t)vm_now(c->vm), args[0]);
}

vm_term vm_bif_system_time(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return vm_make_integer(c, vm_system_now(c->vm));
}

vm_term vm_bif_system_time_in(struct vm_cpu *c, const vm_term *args)
{
    return in_unit(c, vm_system_now(c->vm), args[0]);
}

vm_term vm_bif_time_offset(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return vm_make_integer(c, vm_system_now(c->vm) - (int64_t)vm_recent(c->vm));
}

vm_term vm_bif_time_offset_in(struct vm_cpu *c, const vm_term *args)
{
    return in_unit(c, vm_system_now(c->vm) - (int64_t)vm_recent(c->vm), args[0]);
}

vm_term vm_bif_ticks_per_second(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return vm_make_integer(c, NS_PER_SECOND);
}

static vm_term stamp(struct vm_cpu *c, int64_t micro)
{
    vm_term part[3] = {vm_small(micro / 1000000 / 1000000), vm_small(micro / 1000000 % 1000000),
                       vm_small(micro % 1000000)};
    return vm_make_tuple(c, 3, part);
}

vm_term vm_bif_timestamp(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return stamp(c, vm_system_now(c->vm) / 1000);
}

// Each is later than the one before.
vm_term vm_bif_now(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    uint64_t *last = &vm_root(c->vm)->clock.last_now;
    uint64_t micro = (uint64_t)vm_system_now(c->vm) / 1000;
    *last = micro > *last ? micro : *last + 1;
    return stamp(c, (int64_t)*last);
}

vm_term vm_bif_unique_integer(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return vm_make_unsigned(c, ++vm_root(c->vm)->counters.next_unique);
}

vm_term vm_bif_unique_integer_of(struct vm_cpu *c, const vm_term *args)
{
    vm_term options = args[0];
    bool monotonic = false;
    for (; vm_is_list(options); options = vm_tail(c->base, options)) {
        vm_term option = vm_head(c->base, options);
        if (option != VM_AM(monotonic) && option != VM_AM(positive))
            return vm_badarg(c);
        monotonic |= option == VM_AM(monotonic);
    }
    if (!vm_is_nil(options))
        return vm_badarg(c);
    struct vm_root *root = vm_root(c->vm);
    return vm_make_unsigned(c, monotonic ? ++root->counters.next_monotonic_unique
                                         : ++root->counters.next_unique);
}
