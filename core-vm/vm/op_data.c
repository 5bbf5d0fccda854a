// Moving terms between registers, lists, tuples.
#include "core-vm/vm/op_priv.h"

VM_OP(move_x_x)
{
    c->x[ip->b] = c->x[ip->a];
    VM_NEXT(1);
}

VM_OP(move_x_y)
{
    sp[ip->b] = c->x[ip->a];
    VM_NEXT(1);
}

VM_OP(move_y_x)
{
    c->x[ip->b] = sp[ip->a];
    VM_NEXT(1);
}

VM_OP(move_r_r)
{
    *vm_reg(c, sp, ip->b) = *vm_reg(c, sp, ip->a);
    VM_NEXT(1);
}

VM_OP(move_c_x)
{
    c->x[ip->b] = VM_WORD(1);
    VM_NEXT(2);
}

VM_OP(move_c_y)
{
    sp[ip->b] = VM_WORD(1);
    VM_NEXT(2);
}

VM_OP(swap)
{
    vm_term *a = vm_reg(c, sp, ip->a), *b = vm_reg(c, sp, ip->b);
    vm_term t = *a;
    *a = *b;
    *b = t;
    VM_NEXT(1);
}

// An instruction that was not proved met a term of another type.
static VM_SLOW void wrong_type(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    vm_badarg(c);
}
#define VM_WRONG_TYPE()                         \
    do {                                        \
        wrong_type(c, ip, sp, hp, base, table); \
        VM_FAIL();                              \
    } while (0)

VM_OP(get_list)
{
    const vm_term *cell = vm_list_at(base, *vm_reg(c, sp, ip->a));
    vm_term tail = cell[1];
    *vm_reg(c, sp, ip->b) = cell[0];
    *vm_reg(c, sp, ip->c) = tail;
    VM_NEXT(1);
}

VM_OP(get_list_checked)
{
    if (!vm_is_list(*vm_reg(c, sp, ip->a)))
        VM_WRONG_TYPE();
    VM_TAIL return vm_op_get_list(c, ip, sp, hp, base, table);
}

VM_OP(get_hd)
{
    *vm_reg(c, sp, ip->b) = vm_head(base, *vm_reg(c, sp, ip->a));
    VM_NEXT(1);
}

VM_OP(get_hd_checked)
{
    if (!vm_is_list(*vm_reg(c, sp, ip->a)))
        VM_WRONG_TYPE();
    VM_TAIL return vm_op_get_hd(c, ip, sp, hp, base, table);
}

VM_OP(get_tl)
{
    *vm_reg(c, sp, ip->b) = vm_tail(base, *vm_reg(c, sp, ip->a));
    VM_NEXT(1);
}

VM_OP(get_tl_checked)
{
    if (!vm_is_list(*vm_reg(c, sp, ip->a)))
        VM_WRONG_TYPE();
    VM_TAIL return vm_op_get_tl(c, ip, sp, hp, base, table);
}

VM_OP(get_element_x_x)
{
    c->x[ip->c] = vm_boxed_at(base, c->x[ip->a])[1 + ip->b];
    VM_NEXT(1);
}

VM_OP(get_element)
{
    *vm_reg(c, sp, ip->c) = vm_boxed_at(base, *vm_reg(c, sp, ip->a))[1 + ip->b];
    VM_NEXT(1);
}

// A tuple with an element `index`, which counts from 0.
static inline bool has_element(const char *base, vm_term t, uint64_t index)
{
    return vm_is_tuple(base, t) && index < vm_arity(*vm_boxed_at(base, t));
}

VM_OP(get_element_checked)
{
    if (!has_element(base, *vm_reg(c, sp, ip->a), ip->b))
        VM_WRONG_TYPE();
    VM_TAIL return vm_op_get_element(c, ip, sp, hp, base, table);
}

VM_OP(get_element_far)
{
    *vm_reg(c, sp, ip->c) = vm_boxed_at(base, *vm_reg(c, sp, ip->a))[1 + VM_WORD(1)];
    VM_NEXT(2);
}

VM_OP(get_element_far_checked)
{
    if (!has_element(base, *vm_reg(c, sp, ip->a), VM_WORD(1)))
        VM_WRONG_TYPE();
    VM_TAIL return vm_op_get_element_far(c, ip, sp, hp, base, table);
}

VM_OP(set_element)
{
    vm_boxed_at(base, *vm_reg(c, sp, ip->a))[1 + ip->b] = vm_source(c, sp, VM_WORD(1));
    VM_NEXT(2);
}

// It was made since the last collection, or came in a message.
static inline bool is_young(const struct vm_proc *proc, uint64_t at)
{
    bool aged = at >= proc->heap && at < proc->high_water;
    return !aged && !(at >= proc->old_heap && at < proc->old_htop);
}

// Where it is not proved that nobody else has the tuple (it is for what compilers emit), it stays
// as it is: its new element could be one that proved instructions do not expect where they meet it.
// Where all instructions are checked, only the collector must not be misled.
VM_OP(set_element_checked)
{
    vm_term t = *vm_reg(c, sp, ip->a);
    if (!c->vm->options.checked || !has_element(base, t, ip->b) || vm_is_literal(base, t) ||
        !is_young(c->proc, (uint64_t)((const char *)vm_boxed_at(base, t) - base)))
        VM_WRONG_TYPE();
    VM_TAIL return vm_op_set_element(c, ip, sp, hp, base, table);
}

VM_OP(put_list)
{
    hp[0] = vm_source(c, sp, VM_WORD(1));
    hp[1] = vm_source(c, sp, VM_WORD(2));
    *vm_reg(c, sp, ip->a) = vm_make_list(base, hp);
    hp += 2;
    VM_NEXT(3);
}

VM_OP(put_list_x_x)
{
    hp[0] = c->x[ip->a];
    hp[1] = c->x[ip->b];
    c->x[ip->c] = vm_make_list(base, hp);
    hp += 2;
    VM_NEXT(1);
}

VM_OP(put_list_r_r)
{
    hp[0] = *vm_reg(c, sp, ip->a);
    hp[1] = *vm_reg(c, sp, ip->b);
    *vm_reg(c, sp, ip->c) = vm_make_list(base, hp);
    hp += 2;
    VM_NEXT(1);
}

VM_OP(put_tuple)
{
    size_t count = VM_WORD(1);
    *hp = VM_HEADER(VM_TUPLE, count);
    for (size_t i = 0; i < count; i++)
        hp[1 + i] = vm_source(c, sp, VM_WORD(2 + i));
    *vm_reg(c, sp, ip->a) = vm_make_boxed(base, hp);
    hp += 1 + count;
    VM_NEXT_AFTER(2);
}

VM_OP(put_tuple_2)
{
    hp[0] = VM_HEADER(VM_TUPLE, 2);
    hp[1] = vm_source(c, sp, VM_WORD(1));
    hp[2] = vm_source(c, sp, VM_WORD(2));
    *vm_reg(c, sp, ip->a) = vm_make_boxed(base, hp);
    hp += 3;
    VM_NEXT(3);
}

VM_OP(put_tuple_3)
{
    hp[0] = VM_HEADER(VM_TUPLE, 3);
    hp[1] = vm_source(c, sp, VM_WORD(1));
    hp[2] = vm_source(c, sp, VM_WORD(2));
    hp[3] = vm_source(c, sp, VM_WORD(3));
    *vm_reg(c, sp, ip->a) = vm_make_boxed(base, hp);
    hp += 4;
    VM_NEXT(4);
}

VM_OP(put_tuple_4)
{
    hp[0] = VM_HEADER(VM_TUPLE, 4);
    hp[1] = vm_source(c, sp, VM_WORD(1));
    hp[2] = vm_source(c, sp, VM_WORD(2));
    hp[3] = vm_source(c, sp, VM_WORD(3));
    hp[4] = vm_source(c, sp, VM_WORD(4));
    *vm_reg(c, sp, ip->a) = vm_make_boxed(base, hp);
    hp += 5;
    VM_NEXT(5);
}

// The tuple copied, then the new elements: words 3 on are index from 1, source, ...
VM_OP(update_record)
{
    size_t size = ip->c;
    const vm_term *from = vm_boxed_at(base, vm_source(c, sp, VM_WORD(1)));
    for (size_t i = 0; i <= size; i++)
        hp[i] = from[i];
    for (size_t i = 0; i < VM_WORD(2); i += 2)
        hp[VM_WORD(3 + i)] = vm_source(c, sp, VM_WORD(4 + i));
    *vm_reg(c, sp, ip->a) = vm_make_boxed(base, hp);
    hp += 1 + size;
    VM_NEXT_AFTER(3);
}

VM_OP(update_record_checked)
{
    if (!vm_is_tuple_of(base, vm_source(c, sp, VM_WORD(1)), ip->c))
        VM_WRONG_TYPE();
    VM_TAIL return vm_op_update_record(c, ip, sp, hp, base, table);
}
