#include "core-vm/vm/iolist.h"

#include "core-vm/vm/bits.h"

void vm_iolist_begin(struct vm_iolist *w, const char *base, vm_term list)
{
    w->base = base;
    w->rest = list;
    w->bad = w->bits = false;
    vm_stack_init(&w->outer);
}

void vm_iolist_end(struct vm_iolist *w)
{
    vm_stack_done(&w->outer);
}

static bool take_bits(struct vm_iolist *w, vm_term t, struct vm_bits *ret)
{
    if (vm_is_bitstring(w->base, t)) {
        *ret = vm_bits_of(w->base, t);
        w->bad = !w->bits && ret->bits % 8 != 0;
    } else {
        w->bad = true;
    }
    return !w->bad;
}

// An element of a list: true if it is something to give.
static bool take_element(struct vm_iolist *w, vm_term t, struct vm_bits *ret)
{
    if (vm_is_small(t) && (uint64_t)vm_small_value(t) < 256) {
        w->byte = (uint8_t)vm_small_value(t);
        *ret = (struct vm_bits){.at = &w->byte, .bits = 8};
        return true;
    }
    if (vm_is_list(t)) {
        if (w->rest != VM_NIL)
            vm_stack_push(&w->outer, w->rest);
        w->rest = t;
        return false;
    }
    return t != VM_NIL && take_bits(w, t, ret);
}

bool vm_iolist_next(struct vm_iolist *w, struct vm_bits *ret)
{
    while (!w->bad) {
        if (vm_is_list(w->rest)) {
            const vm_term *cell = vm_list_at(w->base, w->rest);
            w->rest = cell[1];
            if (take_element(w, cell[0], ret))
                return true;
        } else if (w->rest != VM_NIL) {
            vm_term t = w->rest;
            w->rest = VM_NIL;
            return take_bits(w, t, ret);
        } else if (vm_stack_is_empty(&w->outer)) {
            return false;
        } else {
            w->rest = vm_stack_pop(&w->outer);
        }
    }
    return false;
}

bool vm_iolist_size(const char *base, vm_term list, bool bits, uint64_t *ret)
{
    struct vm_iolist w;
    struct vm_bits part;
    uint64_t sum = 0;
    vm_iolist_begin(&w, base, list);
    w.bits = bits;
    while (vm_iolist_next(&w, &part))
        sum += part.bits;
    vm_iolist_end(&w);
    *ret = sum;
    return !w.bad;
}

static void copy_all(const char *base, vm_term list, uint8_t *to)
{
    struct vm_iolist w;
    struct vm_bits part;
    uint64_t position = 0;
    vm_iolist_begin(&w, base, list);
    w.bits = true;
    while (vm_iolist_next(&w, &part)) {
        vm_bits_copy(to, position, part.at, part.start, part.bits);
        position += part.bits;
    }
    vm_iolist_end(&w);
}

vm_term vm_iolist_flatten(struct vm_cpu *c, vm_term list, bool bits)
{
    uint64_t size;
    if (!vm_iolist_size(c->base, list, bits, &size))
        return vm_badarg(c);
    vm_term binary = vm_make_binary(c, NULL, (size_t)((size + 7) / 8));
    if (binary == VM_NONE)
        return VM_NONE;
    uint8_t *to = vm_base_bytes(c->base, binary);
    if (size % 8 != 0)
        to[size / 8] = 0;
    copy_all(c->base, list, to);
    return size % 8 == 0 ? binary : vm_make_sub_binary(c, binary, 0, size);
}
