// Tables come, are described, change hands and go.
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_ets_priv.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/stacktrace.h"
#include "core-vm/vm/watch.h"

struct vm_ets *vm_ets_use(struct vm_cpu *c, vm_term id, enum vm_ets_want want)
{
    struct vm_ets *table = vm_ets_find(c->vm, id);
    bool shared = table != NULL && (table->access == VM_ETS_PUBLIC ||
                                    (table->access == VM_ETS_PROTECTED && want == VM_ETS_READ));
    if (table != NULL && (shared || table->owner == c->proc->pid))
        return table;
    vm_error_because(c, VM_AM(badarg), table == NULL ? VM_AM(id) : VM_AM(access));
    return NULL;
}

vm_term vm_ets_id(struct vm_cpu *c, const struct vm_ets *table)
{
    if (table->named)
        return table->name;
    vm_term *hp = vm_alloc(c, VM_REF_WORDS);
    return hp != NULL ? vm_ref_put(c->base, table->ref, &hp) : VM_NONE;
}

bool vm_ets_is_object(const char *base, const struct vm_ets *table, vm_term tuple)
{
    return vm_is_tuple(base, tuple) && vm_arity(*vm_boxed_at(base, tuple)) >= table->keypos;
}

void vm_ets_written(struct vm_cpu *c, vm_term tuple)
{
    vm_root(c->vm)->look.epoch++;
    if (vm_watches(c->vm, VM_EVENT_ETS_WRITE))
        vm_report_of(c->vm, VM_EVENT_ETS_WRITE, tuple, 0, 0);
}

static bool set_type(struct vm_ets *table, vm_term option)
{
    static const vm_term names[] = {
        [VM_ETS_SET] = VM_AM(set),
        [VM_ETS_ORDERED_SET] = VM_AM(ordered_set),
        [VM_ETS_BAG] = VM_AM(bag),
        [VM_ETS_DUPLICATE_BAG] = VM_AM(duplicate_bag),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] == option) {
            table->type = (enum vm_ets_type)i;
            return true;
        }
    return false;
}

static bool set_access(struct vm_ets *table, vm_term option)
{
    static const vm_term names[] = {
        [VM_ETS_PUBLIC] = VM_AM(public),
        [VM_ETS_PROTECTED] = VM_AM(protected),
        [VM_ETS_PRIVATE] = VM_AM(private),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] == option) {
            table->access = (enum vm_ets_access)i;
            return true;
        }
    return false;
}

static bool set_word(struct vm_ets *table, vm_term option)
{
    if (option == VM_AM(named_table)) {
        table->named = true;
        return true;
    }
    if (option == VM_AM(compressed)) {
        table->compressed = VM_AM(true);
        return true;
    }
    return set_type(table, option) || set_access(table, option);
}

static bool set_flag(uint64_t *flag, vm_term value)
{
    *flag = value != VM_AM(false);
    return value == VM_AM(true) || value == VM_AM(false) || value == VM_AM(auto);
}

// {heir, Pid, Data} and {heir, none}
static bool set_heir(struct vm_cpu *c, struct vm_ets *table, const vm_term *option)
{
    size_t size = vm_arity(option[0]);
    uint64_t data = 0;
    if (size == 3) {
        if (!vm_is_local_pid(option[2]) || (data = vm_box_new(c->vm, option[3])) == 0)
            return false;
    } else if (size != 2 || option[2] != VM_AM(none)) {
        return false;
    }
    if (table->heir_data != 0)
        vm_box_free(c->vm, table->heir_data);
    table->heir_data = data;
    table->heir = size == 3 ? option[2] : VM_NONE;
    return true;
}

static bool set_pair(struct vm_cpu *c, struct vm_ets *table, const vm_term *option)
{
    if (option[1] == VM_AM(heir))
        return set_heir(c, table, option);
    if (vm_arity(option[0]) != 2)
        return false;
    if (option[1] == VM_AM(keypos)) {
        int64_t position = vm_is_small(option[2]) ? vm_small_value(option[2]) : 0;
        table->keypos = (uint32_t)position;
        return position > 0 && position < UINT32_MAX;
    }
    if (option[1] == VM_AM(read_concurrency))
        return set_flag(&table->read_concurrency, option[2]);
    if (option[1] == VM_AM(write_concurrency))
        return set_flag(&table->write_concurrency, option[2]);
    if (option[1] == VM_AM(decentralized_counters))
        return set_flag(&table->decentralized, option[2]);
    return false;
}

static bool set_options(struct vm_cpu *c, struct vm_ets *table, vm_term options)
{
    if (vm_list_length(c->base, options) < 0)
        return false;
    for (; vm_is_list(options); options = vm_tail(c->base, options)) {
        vm_term option = vm_head(c->base, options);
        bool fine = vm_is_tuple(c->base, option) && vm_arity(*vm_boxed_at(c->base, option)) > 1
                        ? set_pair(c, table, vm_boxed_at(c->base, option))
                        : set_word(table, option);
        if (!fine)
            return false;
    }
    return true;
}

static vm_term give_up(struct vm_cpu *c, struct vm_ets *table)
{
    if (table->heir_data != 0)
        vm_box_free(c->vm, table->heir_data);
    vm_data_release(c->vm, vm_offset(c->vm, table));
    return VM_NONE;
}

vm_term vm_bif_ets_new(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_new(c->vm);
    if (table == NULL)
        return vm_system_limit(c);
    table->name = args[0];
    if (!vm_is_atom(args[0]) || !set_options(c, table, args[1])) {
        vm_badarg(c);
        return give_up(c, table);
    }
    if (table->named && vm_ets_find(c->vm, args[0]) != NULL) {
        vm_error_because(c, VM_AM(badarg), VM_AM(already_exists));
        return give_up(c, table);
    }
    if (!vm_ets_publish(c->vm, table, c->proc)) {
        vm_system_limit(c);
        return give_up(c, table);
    }
    return vm_ets_id(c, table);
}

vm_term vm_bif_ets_delete_1(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    vm_ets_charge(c, table->size);
    vm_ets_free(c->vm, table);
    return VM_AM(true);
}

// The caller waits for {Ref, Tables} from each scheduler: there is one.
vm_term vm_bif_ets_internal_request_all(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    vm_term list = VM_NIL;
    struct vm_ets *table;
    for (uint64_t place = 0; (table = vm_ets_next_table(c->vm, &place)) != NULL;) {
        vm_term id = vm_ets_id(c, table);
        if (id == VM_NONE || (list = vm_make_cons(c, id, list)) == VM_NONE)
            return VM_NONE;
    }
    vm_term ref = vm_make_reference(c);
    vm_term message = ref != VM_NONE ? vm_make_tuple(c, 2, (vm_term[]){ref, list}) : VM_NONE;
    if (message == VM_NONE || !vm_send_to(c->vm, c->proc, VM_AM(system), message))
        return vm_system_limit(c);
    return ref;
}

vm_term vm_bif_ets_whereis(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_find(c->vm, args[0]);
    if (!vm_is_atom(args[0]) && !vm_is_kind(c->base, args[0], VM_REF))
        return vm_badarg(c);
    if (table == NULL)
        return VM_AM(undefined);
    vm_term *hp = vm_alloc(c, VM_REF_WORDS);
    return hp != NULL ? vm_ref_put(c->base, table->ref, &hp) : VM_NONE;
}

vm_term vm_bif_ets_rename(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    if (!vm_is_atom(args[1]) || (table->named && vm_ets_find(c->vm, args[1]) != NULL))
        return vm_badarg(c);
    if (!vm_ets_rename(c->vm, table, args[1]))
        return vm_system_limit(c);
    return vm_ets_id(c, table);
}

vm_term vm_bif_ets_give_away(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    struct vm_proc *to = vm_is_local_pid(args[1]) ? vm_proc_find(c->vm, args[1]) : NULL;
    if (table == NULL)
        return VM_NONE;
    if (to == NULL || to == c->proc || table->owner != c->proc->pid)
        return vm_badarg(c);
    if (!vm_ets_send_transfer(c->vm, table, c->proc->pid, to, args[2]))
        return vm_system_limit(c);
    vm_ets_disown(c->vm, table);
    vm_ets_own(c->vm, table, to);
    return VM_AM(true);
}

static bool set_later(struct vm_cpu *c, struct vm_ets *table, vm_term option)
{
    const vm_term *tuple = vm_is_tuple(c->base, option) ? vm_boxed_at(c->base, option) : NULL;
    if (tuple == NULL || vm_arity(*tuple) < 2)
        return false;
    if (tuple[1] == VM_AM(heir))
        return set_heir(c, table, tuple);
    return tuple[1] == VM_AM(protection) && set_access(table, tuple[2]);
}

vm_term vm_bif_ets_setopts(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_WRITE);
    if (table == NULL)
        return VM_NONE;
    if (table->owner != c->proc->pid)
        return vm_badarg(c);
    vm_term options = args[1];
    if (vm_is_tuple(c->base, options))
        return set_later(c, table, options) ? VM_AM(true) : vm_badarg(c);
    if (vm_list_length(c->base, options) < 0)
        return vm_badarg(c);
    for (; vm_is_list(options); options = vm_tail(c->base, options))
        if (!set_later(c, table, vm_head(c->base, options)))
            return vm_badarg(c);
    return VM_AM(true);
}

vm_term vm_bif_ets_safe_fixtable(struct vm_cpu *c, const vm_term *args)
{
    struct vm_ets *table = vm_ets_use(c, args[0], VM_ETS_READ);
    if (table == NULL)
        return VM_NONE;
    if (args[1] == VM_AM(true))
        return vm_ets_fix(c->vm, table, c->proc->pid) ? VM_AM(true) : vm_system_limit(c);
    if (args[1] != VM_AM(false))
        return vm_badarg(c);
    vm_ets_unfix(c->vm, table, c->proc->pid);
    return VM_AM(true);
}

static vm_term type_of(const struct vm_ets *table)
{
    switch (table->type) {
    case VM_ETS_SET:
        return VM_AM(set);
    case VM_ETS_ORDERED_SET:
        return VM_AM(ordered_set);
    case VM_ETS_BAG:
        return VM_AM(bag);
    case VM_ETS_DUPLICATE_BAG:
        return VM_AM(duplicate_bag);
    }
    return VM_AM(undefined);
}

static vm_term access_of(const struct vm_ets *table)
{
    switch (table->access) {
    case VM_ETS_PUBLIC:
        return VM_AM(public);
    case VM_ETS_PROTECTED:
        return VM_AM(protected);
    case VM_ETS_PRIVATE:
        return VM_AM(private);
    }
    return VM_AM(undefined);
}

// OTP counts the table's own structs too; about as many words as ours have.
static uint64_t words_of(const struct vm_ets *table)
{
    return (sizeof *table + table->size * sizeof(struct vm_ets_row)) / sizeof(vm_term) +
           table->words + table->buckets.capacity;
}

static vm_term reference_to(struct vm_cpu *c, const struct vm_ets *table)
{
    vm_term *hp = vm_alloc(c, VM_REF_WORDS);
    return hp != NULL ? vm_ref_put(c->base, table->ref, &hp) : VM_NONE;
}

// One item of ets:info; VM_NIL for what is no item. VM_NONE: out of memory.
static vm_term info_of(struct vm_cpu *c, const struct vm_ets *table, vm_term item)
{
    if (item == VM_AM(id))
        return reference_to(c, table);
    if (item == VM_AM(name))
        return table->name;
    if (item == VM_AM(size))
        return vm_make_unsigned(c, table->size);
    if (item == VM_AM(type))
        return type_of(table);
    if (item == VM_AM(memory))
        return vm_make_unsigned(c, words_of(table));
    if (item == VM_AM(owner))
        return table->owner;
    if (item == VM_AM(heir))
        return table->heir == VM_NONE ? VM_AM(none) : table->heir;
    if (item == VM_AM(keypos))
        return vm_small(table->keypos);
    if (item == VM_AM(protection))
        return access_of(table);
    if (item == VM_AM(node))
        return VM_AM(nonode);
    if (item == VM_AM(named_table))
        return vm_bool(table->named);
    if (item == VM_AM(compressed))
        return vm_bool(table->compressed == VM_AM(true));
    if (item == VM_AM(read_concurrency))
        return vm_bool(table->read_concurrency);
    if (item == VM_AM(write_concurrency))
        return vm_bool(table->write_concurrency);
    if (item == VM_AM(decentralized_counters))
        return vm_bool(table->decentralized);
    if (item == VM_AM(fixed) || item == VM_AM(safe_fixed))
        return vm_bool(table->fixed > 0);
    return VM_NIL;
}

vm_term vm_bif_ets_info_2(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_ets *table = vm_ets_find(c->vm, args[0]);
    if (!vm_is_atom(args[0]) && !vm_is_kind(c->base, args[0], VM_REF))
        return vm_badarg(c);
    if (table == NULL)
        return VM_AM(undefined);
    vm_term value = info_of(c, table, args[1]);
    return value == VM_NIL ? vm_badarg(c) : value;
}

vm_term vm_bif_ets_info_1(struct vm_cpu *c, const vm_term *args)
{
    static const vm_term items[] = {
        VM_AM(id),
        VM_AM(decentralized_counters),
        VM_AM(read_concurrency),
        VM_AM(write_concurrency),
        VM_AM(compressed),
        VM_AM(memory),
        VM_AM(owner),
        VM_AM(heir),
        VM_AM(name),
        VM_AM(size),
        VM_AM(node),
        VM_AM(named_table),
        VM_AM(type),
        VM_AM(keypos),
        VM_AM(protection),
    };
    const struct vm_ets *table = vm_ets_find(c->vm, args[0]);
    if (!vm_is_atom(args[0]) && !vm_is_kind(c->base, args[0], VM_REF))
        return vm_badarg(c);
    if (table == NULL)
        return VM_AM(undefined);
    vm_term list = VM_NIL;
    for (size_t i = sizeof items / sizeof *items; i > 0 && list != VM_NONE; i--) {
        vm_term value = info_of(c, table, items[i - 1]);
        vm_term pair =
            value != VM_NONE ? vm_make_tuple(c, 2, (vm_term[]){items[i - 1], value}) : VM_NONE;
        list = pair != VM_NONE ? vm_make_cons(c, pair, list) : VM_NONE;
    }
    return list;
}
