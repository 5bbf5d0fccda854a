// Rows by their keys: insert, look up, update, delete, walk.
#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_ets_priv.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/stacktrace.h"

static bool all_objects(const char *base, const struct vm_ets *table, vm_term list)
{
    if (vm_list_length(base, list) < 0)
        return false;
    for (; vm_is_list(list); list = vm_tail(base, list))
        if (!vm_ets_is_object(base, table, vm_head(base, list)))
            return false;
    return true;
}

// An object, or a list of them. False: badarg.
static bool are_objects(const char *base, const struct vm_ets *table, vm_term term)
{
    return vm_ets_is_object(base, table, term) || all_objects(base, table, term);
}

static bool insert_one(struct vm_cpu *c, struct vm_ets *table, vm_term tuple)
{
    if (!vm_ets_insert(c->vm, table, tuple)) {
        vm_system_limit(c);
        return false;
    }
    vm_ets_written(c, tuple);
    return true;
}

static vm_term insert_all(struct vm_cpu *c, struct vm_ets *table, vm_term term)
{
    if (vm_is_tuple(c->base, term))
        return insert_one(c, table, term) ? VM_AM(true) : VM_NONE;
    for (; vm_is_list(term); term = vm_tail(c->base, term), c->reds--)
        if (!insert_one(c, table, vm_head(c->base, term)))
            return VM_NONE;
    return VM_AM(true);
}

vm_term vm_bif_ets_insert(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    if (!are_objects(c->base, table, args[1]))
        return vm_badarg(c);
    return insert_all(c, table, args[1]);
}

static bool has_key_of(const struct vm_cpu *c, const struct vm_ets *table, vm_term tuple)
{
    return vm_ets_first_of(c->vm, table, vm_ets_key(c->base, table, tuple)) != NULL;
}

vm_term vm_bif_ets_insert_new(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    if (!are_objects(c->base, table, args[1]))
        return vm_badarg(c);
    if (vm_is_tuple(c->base, args[1]) && has_key_of(c, table, args[1]))
        return VM_AM(false);
    for (vm_term rest = args[1]; vm_is_list(rest); rest = vm_tail(c->base, rest))
        if (has_key_of(c, table, vm_head(c->base, rest)))
            return VM_AM(false);
    return insert_all(c, table, args[1]);
}

// All rows with a key, oldest first, as a list of copies.
static vm_term objects_of(struct vm_cpu *c, const struct vm_ets *table, vm_term key)
{
    vm_term list = VM_NIL;
    const struct vm_ets_row *row = vm_ets_first_of(c->vm, table, key);
    for (; row != NULL && list != VM_NONE; row = vm_ets_next_of(c->vm, table, row)) {
        vm_term copy = vm_copy_in(c, row->term);
        list = copy != VM_NONE ? vm_make_cons(c, copy, list) : VM_NONE;
    }
    return list;
}

vm_term vm_bif_ets_lookup(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_READ);
    return table != NULL ? objects_of(c, table, args[1]) : VM_NONE;
}

static vm_term element_of(struct vm_cpu *c, const struct vm_ets_row *row, vm_term position)
{
    const vm_term *tuple = vm_boxed_at(c->base, row->term);
    if (!vm_is_small(position) || vm_small_value(position) < 1 ||
        (uint64_t)vm_small_value(position) > vm_arity(*tuple))
        return vm_badarg(c);
    return vm_copy_in(c, tuple[vm_small_value(position)]);
}

vm_term vm_bif_ets_lookup_element(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_READ);
    if (table == NULL)
        return VM_NONE;
    const struct vm_ets_row *row = vm_ets_first_of(c->vm, table, args[1]);
    if (row == NULL)
        return vm_error_because(c, VM_AM(badarg), VM_AM(badkey));
    if (table->type == VM_ETS_SET || table->type == VM_ETS_ORDERED_SET)
        return element_of(c, row, args[2]);
    vm_term list = VM_NIL;
    for (; row != NULL && list != VM_NONE; row = vm_ets_next_of(c->vm, table, row)) {
        vm_term element = element_of(c, row, args[2]);
        list = element != VM_NONE ? vm_make_cons(c, element, list) : VM_NONE;
    }
    return list;
}

vm_term vm_bif_ets_member(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_READ);
    if (table == NULL)
        return VM_NONE;
    return vm_bool(vm_ets_first_of(c->vm, table, args[1]) != NULL);
}

static void delete_key(struct vm_cpu *c, struct vm_ets *table, vm_term key)
{
    struct vm_ets_row *row;
    while ((row = vm_ets_first_of(c->vm, table, key)) != NULL)
        vm_ets_delete_row(c->vm, table, row);
    vm_ets_written(c, key);
}

vm_term vm_bif_ets_delete_2(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    delete_key(c, table, args[1]);
    return VM_AM(true);
}

vm_term vm_bif_ets_take(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    vm_term list = table != NULL ? objects_of(c, table, args[1]) : VM_NONE;
    if (list != VM_NONE)
        delete_key(c, table, args[1]);
    return list;
}

vm_term vm_bif_ets_delete_object(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    if (!vm_is_tuple(c->base, args[1]))
        return vm_badarg(c);
    if (!vm_ets_is_object(c->base, table, args[1]))
        return VM_AM(true);
    struct vm_ets_row *row = vm_ets_first_of(c->vm, table, vm_ets_key(c->base, table, args[1]));
    while (row != NULL) {
        struct vm_ets_row *next = vm_ets_next_of(c->vm, table, row);
        if (vm_equal(c->vm, row->term, args[1]))
            vm_ets_delete_row(c->vm, table, row);
        row = next;
    }
    vm_ets_written(c, args[1]);
    return VM_AM(true);
}

vm_term vm_bif_ets_internal_delete_all(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    vm_term count = vm_make_unsigned(c, table->size);
    vm_ets_charge(c, table->size);
    if (table->fixed == 0) {
        vm_ets_delete_all(c->vm, table);
        return count;
    }
    struct vm_ets_row *row = vm_ets_begin(c->vm, table);
    while (row != NULL) {
        struct vm_ets_row *next = vm_ets_after(c->vm, table, row);
        vm_ets_delete_row(c->vm, table, row);
        row = next;
    }
    return count;
}

static vm_term key_of_row(struct vm_cpu *c, const struct vm_ets *table,
                          const struct vm_ets_row *row)
{
    if (row == NULL)
        return VM_AM(end_of_table);
    return vm_copy_in(c, vm_ets_key(c->base, table, row->term));
}

static bool is_ordered(const struct vm_ets *table)
{
    return table->type == VM_ETS_ORDERED_SET;
}

vm_term vm_bif_ets_first(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_READ);
    if (table == NULL)
        return VM_NONE;
    return key_of_row(c, table, vm_ets_begin(c->vm, table));
}

vm_term vm_bif_ets_last(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_READ);
    if (table == NULL)
        return VM_NONE;
    return key_of_row(c, table,
                      is_ordered(table) ? vm_ets_end(c->vm, table) : vm_ets_begin(c->vm, table));
}

// The row after those with this key; deleted ones lead on while the table is fixed.
static vm_term next_in_hash(struct vm_cpu *c, const struct vm_ets *table, vm_term key)
{
    const struct vm_ets_row *row = vm_ets_any_of(c->vm, table, key);
    if (row == NULL)
        return vm_badarg(c);
    do {
        row = vm_ets_after(c->vm, table, row);
    } while (row != NULL && vm_equal(c->vm, vm_ets_key(c->base, table, row->term), key));
    return key_of_row(c, table, row);
}

vm_term vm_bif_ets_next(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_READ);
    if (table == NULL)
        return VM_NONE;
    if (!is_ordered(table))
        return next_in_hash(c, table, args[1]);
    struct vm_ets_row *row = vm_ets_above(c->vm, table, args[1]);
    if (row != NULL && row->deleted)
        row = vm_ets_after(c->vm, table, row);
    return key_of_row(c, table, row);
}

vm_term vm_bif_ets_prev(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_READ);
    if (table == NULL)
        return VM_NONE;
    if (!is_ordered(table))
        return next_in_hash(c, table, args[1]);
    struct vm_ets_row *row = vm_ets_below(c->vm, table, args[1]);
    if (row != NULL && row->deleted)
        row = vm_ets_before(c->vm, table, row);
    return key_of_row(c, table, row);
}

// The rows of one bucket; of an ordered set the one at that place.
vm_term vm_bif_ets_slot(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_READ);
    if (table == NULL)
        return VM_NONE;
    uint64_t slots = is_ordered(table) ? table->size : table->active;
    if (!vm_is_small(args[1]) || vm_small_value(args[1]) < 0 ||
        (uint64_t)vm_small_value(args[1]) > slots)
        return vm_badarg(c);
    uint64_t slot = (uint64_t)vm_small_value(args[1]);
    if (slot == slots)
        return VM_AM(end_of_table);
    vm_term list = VM_NIL;
    const struct vm_ets_row *row = vm_ets_begin(c->vm, table);
    for (uint64_t i = 0; row != NULL && list != VM_NONE; i++) {
        uint64_t at = is_ordered(table) ? i : vm_ets_slot_of(table, row);
        if (at > slot)
            break;
        vm_term copy = at == slot ? vm_copy_in(c, row->term) : VM_NIL;
        if (at == slot)
            list = copy != VM_NONE ? vm_make_cons(c, copy, list) : VM_NONE;
        row = vm_ets_after(c->vm, table, row);
    }
    return list;
}

// A row's tuple with one element changed, made for the running process.
static vm_term with_element(struct vm_cpu *c, vm_term tuple, uint64_t position, vm_term value)
{
    const vm_term *from = vm_boxed_at(c->base, tuple);
    size_t size = vm_arity(*from);
    vm_term *made = vm_alloc(c, size + 1);
    if (made == NULL)
        return VM_NONE;
    for (size_t i = 0; i <= size; i++)
        made[i] = from[i];
    made[position] = value;
    return vm_make_boxed(c->base, made);
}

// {Pos, Value} with a position that may be changed. 0: badarg.
static uint64_t position_of(struct vm_cpu *c, const struct vm_ets *table, vm_term row,
                            vm_term position)
{
    int64_t number = vm_is_small(position) ? vm_small_value(position) : 0;
    bool fine = number > 0 && number != table->keypos &&
                (uint64_t)number <= vm_arity(*vm_boxed_at(c->base, row));
    return fine ? (uint64_t)number : 0;
}

static vm_term apply_pair(struct vm_cpu *c, const struct vm_ets *table, vm_term tuple, vm_term pair)
{
    if (!vm_is_tuple_of(c->base, pair, 2))
        return vm_badarg(c);
    const vm_term *part = vm_boxed_at(c->base, pair);
    uint64_t position = position_of(c, table, tuple, part[1]);
    return position != 0 ? with_element(c, tuple, position, part[2]) : vm_badarg(c);
}

static bool only_one_per_key(const struct vm_ets *table)
{
    return table->type == VM_ETS_SET || table->type == VM_ETS_ORDERED_SET;
}

vm_term vm_bif_ets_update_element(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    bool list = vm_list_length(c->base, args[2]) >= 0;
    if (!only_one_per_key(table) || (!list && !vm_is_tuple(c->base, args[2])))
        return vm_badarg(c);
    struct vm_ets_row *row = vm_ets_first_of(c->vm, table, args[1]);
    if (row == NULL)
        return VM_AM(false);
    vm_term tuple = row->term;
    if (!list)
        tuple = apply_pair(c, table, tuple, args[2]);
    for (vm_term rest = args[2]; tuple != VM_NONE && vm_is_list(rest);
         rest = vm_tail(c->base, rest))
        tuple = apply_pair(c, table, tuple, vm_head(c->base, rest));
    if (tuple == VM_NONE)
        return VM_NONE;
    if (tuple != row->term && !vm_ets_replace(c->vm, table, row, tuple))
        return vm_system_limit(c);
    vm_ets_written(c, tuple);
    return VM_AM(true);
}

// What update_counter does with one {Pos, Incr} or {Pos, Incr, Threshold, SetValue}: the tuple with
// the new counter, which is in *counter.
static vm_term count_up(struct vm_cpu *c, const struct vm_ets *table, vm_term tuple,
                        const vm_term *op, vm_term *counter)
{
    const char *base = c->base;
    size_t size = vm_arity(op[0]);
    uint64_t position = position_of(c, table, tuple, op[1]);
    if (position == 0 || (size != 2 && size != 4) || !vm_is_integer(base, op[2]))
        return vm_badarg(c);
    vm_term old = vm_boxed_at(base, tuple)[position];
    if (!vm_is_integer(base, old) ||
        (size == 4 && (!vm_is_integer(base, op[3]) || !vm_is_integer(base, op[4]))))
        return vm_badarg(c);
    vm_term sum = vm_add(c, old, op[2]);
    if (sum == VM_NONE)
        return VM_NONE;
    bool up = vm_compare(c->vm, op[2], vm_small(0)) >= 0;
    if (size == 4) {
        int side = vm_compare(c->vm, sum, op[3]);
        if (up ? side > 0 : side < 0)
            sum = op[4];
    }
    *counter = sum;
    return with_element(c, tuple, position, sum);
}

// One operation or a list of them. *result: a counter, or the list of them.
static vm_term count_all(struct vm_cpu *c, const struct vm_ets *table, vm_term tuple,
                         vm_term operation, vm_term *result)
{
    const char *base = c->base;
    if (vm_is_integer(base, operation)) {
        const vm_term op[] = {vm_header(VM_TUPLE, 2), vm_small(table->keypos + 1), operation};
        return count_up(c, table, tuple, op, result);
    }
    if (vm_is_tuple(base, operation))
        return vm_arity(*vm_boxed_at(base, operation)) < 2
                   ? vm_badarg(c)
                   : count_up(c, table, tuple, vm_boxed_at(base, operation), result);
    if (vm_list_length(base, operation) < 0)
        return vm_badarg(c);
    vm_term counters = VM_NIL;
    for (; vm_is_list(operation); operation = vm_tail(base, operation)) {
        vm_term one = vm_head(base, operation), counter;
        if (!vm_is_tuple(base, one) || vm_arity(*vm_boxed_at(base, one)) < 2)
            return vm_badarg(c);
        tuple = count_up(c, table, tuple, vm_boxed_at(base, one), &counter);
        counters = tuple != VM_NONE ? vm_make_cons(c, counter, counters) : VM_NONE;
        if (counters == VM_NONE)
            return VM_NONE;
    }
    vm_term in_order = VM_NIL;
    for (; vm_is_list(counters) && in_order != VM_NONE; counters = vm_tail(base, counters))
        in_order = vm_make_cons(c, vm_head(base, counters), in_order);
    *result = in_order;
    return in_order != VM_NONE ? tuple : VM_NONE;
}

static vm_term update_counter(struct vm_cpu *c, const vm_term *args, vm_term by_default)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    if (!only_one_per_key(table))
        return vm_badarg(c);
    struct vm_ets_row *row = vm_ets_first_of(c->vm, table, args[1]);
    if (row == NULL && by_default == VM_NONE)
        return vm_error_because(c, VM_AM(badarg), VM_AM(badkey));
    if (row == NULL && !vm_ets_is_object(c->base, table, by_default))
        return vm_badarg(c);
    vm_term tuple = row != NULL ? row->term : with_element(c, by_default, table->keypos, args[1]);
    vm_term result = VM_NONE;
    if (tuple != VM_NONE)
        tuple = count_all(c, table, tuple, args[2], &result);
    if (tuple == VM_NONE)
        return VM_NONE;
    bool done = row == NULL          ? vm_ets_insert(c->vm, table, tuple)
                : tuple == row->term ? true
                                     : vm_ets_replace(c->vm, table, row, tuple);
    if (!done)
        return vm_system_limit(c);
    vm_ets_written(c, tuple);
    return result;
}

vm_term vm_bif_ets_update_counter_3(struct vm_cpu *c, const vm_term *args)
{
    return update_counter(c, args, VM_NONE);
}

vm_term vm_bif_ets_update_counter_4(struct vm_cpu *c, const vm_term *args)
{
    return update_counter(c, args, args[3]);
}
