#include "core-vm/vm/bif.h"

#include <assert.h>

const struct vm_bif vm_bifs[] = {
    {0},
#define BIF(m, n, a, k, f) \
    {.module = (m), .name = (n), .arity = (a), .kind = VM_BIF_##k, .run = (f)},
#include "core-vm/vm/bifs.def"
#undef BIF
};

const struct vm_bif *vm_bif_at(uint32_t index)
{
    assert(index > 0 && index <= vm_bif_count());
    return &vm_bifs[index];
}

uint32_t vm_bif_count(void)
{
    return (uint32_t)(sizeof vm_bifs / sizeof *vm_bifs) - 1;
}
