#include "core-vm/vm/bif.h"
#include "core-vm/vm/hash.h"

enum { PHASH2_RANGE = 1 << 27 };

// 1 to 2^32; false: something else.
static bool get_range(vm_term t, uint64_t *ret)
{
    if (!vm_is_small(t) || vm_small_value(t) < 1 || vm_small_value(t) > INT64_C(1) << 32)
        return false;
    *ret = (uint64_t)vm_small_value(t);
    return true;
}

vm_term vm_bif_phash(struct vm_cpu *c, const vm_term *args)
{
    uint64_t range;
    if (!get_range(args[1], &range))
        return vm_badarg(c);
    return vm_small((int64_t)(1 + vm_phash(c->vm, args[0]) % range));
}

vm_term vm_bif_phash2_1(struct vm_cpu *c, const vm_term *args)
{
    return vm_small(vm_phash2(c->vm, args[0]) & (PHASH2_RANGE - 1));
}

vm_term vm_bif_phash2_2(struct vm_cpu *c, const vm_term *args)
{
    uint64_t range;
    if (!get_range(args[1], &range))
        return vm_badarg(c);
    return vm_small((int64_t)(vm_phash2(c->vm, args[0]) % range));
}

vm_term vm_bif_same(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    return vm_bool(args[0] == args[1]);
}
