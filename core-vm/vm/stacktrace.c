#include "core-vm/vm/stacktrace.h"

#include <string.h>

#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"

enum { RAW_FIXED = 5, RAW_GIVEN = 2 };

// Return addresses of a stack as places of the calls, without immediate repetitions.
static size_t gather(const struct vm *vm, const struct vm_proc *proc, vm_term *ret, size_t room)
{
    const vm_term *at = vm_at(vm, proc->sp), *end = vm_at(vm, proc->hend);
    size_t count = 0;
    for (vm_term last = 0; at < end && count < room; at++) {
        if (vm_tag_of(*at) != VM_TAG_HEADER || *at == last)
            continue;
        last = *at;
        ret[count++] = vm_small((int64_t)(*at - sizeof(uint64_t)));
    }
    return count;
}

// {Class, module, function, args, extra, frames...}. `place` of the instruction first among the
// frames, when not 0.
struct origin {
    vm_term module, function, args, extra;
    uint64_t place;
};

static void set_trace(struct vm_cpu *c, const struct origin *origin)
{
    vm_term raw[RAW_FIXED + VM_TRACE_DEPTH] = {c->proc->exception.class, origin->module,
                                               origin->function, origin->args, origin->extra};
    size_t count = RAW_FIXED, limit = RAW_FIXED + VM_TRACE_DEPTH - 1;
    if (origin->place != 0)
        raw[count++] = vm_small((int64_t)origin->place);
    count += gather(c->vm, c->proc, raw + count, limit - count);
    struct vm_exception exception = c->proc->exception;
    vm_term trace = vm_make_tuple(c, count, raw);
    exception.trace = trace == VM_NONE ? VM_NIL : trace;
    c->proc->exception = exception;
    c->outcome = VM_OUTCOME_ERROR;
}

static bool starts_with(struct wb_bytes text, const char *prefix)
{
    struct wb_bytes p = wb_bytes_of(prefix);
    return text.size >= p.size && wb_bytes_equal((struct wb_bytes){text.at, p.size}, p);
}

// The module that explains errors of a module's BIFs, as OTP 25 has it; VM_NONE: none does.
static vm_term explaining_module(struct vm_cpu *c, vm_term module)
{
    static const struct {
        const char *module, *explains;
    } table[] = {
        {"erlang", "erl_erts_errors"},    {"atomics", "erl_erts_errors"},
        {"counters", "erl_erts_errors"},  {"persistent_term", "erl_erts_errors"},
        {"erts_", "erl_erts_errors"},     {"os", "erl_kernel_errors"},
        {"code", "erl_kernel_errors"},    {"erl_ddll", "erl_kernel_errors"},
        {"binary", "erl_stdlib_errors"},  {"ets", "erl_stdlib_errors"},
        {"lists", "erl_stdlib_errors"},   {"maps", "erl_stdlib_errors"},
        {"math", "erl_stdlib_errors"},    {"re", "erl_stdlib_errors"},
        {"unicode", "erl_stdlib_errors"}, {"io", "erl_stdlib_errors"},
    };
    struct wb_bytes name = vm_atom_text(c->vm, module);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool prefix = strcmp(table[i].module, "erts_") == 0;
        if (prefix ? starts_with(name, table[i].module)
                   : wb_bytes_equal(name, wb_bytes_of(table[i].module)))
            return vm_atom_named(c->vm, table[i].explains);
    }
    return VM_NONE;
}

// [{error_info, #{module => M}}] or with cause => C; [] when memory is gone.
static vm_term error_info(struct vm_cpu *c, vm_term module, vm_term cause)
{
    vm_term explains = explaining_module(c, module);
    if (explains == VM_NONE)
        return VM_NIL;
    vm_term pairs[4] = {VM_AM(module), explains, vm_atom_named(c->vm, "cause"), cause};
    vm_term map = vm_map_of(c, pairs, cause == VM_NONE ? 1 : 2);
    vm_term item =
        map == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, (vm_term[]){VM_AM(error_info), map});
    vm_term list = item == VM_NONE ? VM_NONE : vm_make_cons(c, item, VM_NIL);
    return list == VM_NONE ? VM_NIL : list;
}

vm_term vm_error_because(struct vm_cpu *c, vm_term reason, vm_term cause)
{
    vm_term trace = vm_make_tuple(c, 1, &cause);
    vm_error(c, reason);
    if (trace != VM_NONE)
        c->proc->exception.trace = trace;
    return VM_NONE;
}

void vm_trace_bif(struct vm_cpu *c, const struct vm_export *bif, const vm_term *args)
{
    struct vm_exception exception = c->proc->exception;
    vm_term cause = VM_NONE;
    if (vm_is_tuple_of(c->base, exception.trace, 1))
        cause = vm_boxed_at(c->base, exception.trace)[1];
    else if (exception.trace != VM_NIL)
        return;
    vm_term list = vm_make_list_of(c, args, bif->arity, VM_NIL);
    struct origin origin = {.module = bif->module,
                            .function = bif->function,
                            .args = list == VM_NONE ? VM_NIL : list,
                            .extra = cause == VM_NONE ? VM_AM(error_info) : exception.trace,
                            .place = c->call_ip};
    c->proc->exception = exception;
    set_trace(c, &origin);
}

void vm_trace_arithmetic(struct vm_cpu *c, const char *name, const vm_term *args)
{
    struct vm_exception exception = c->proc->exception;
    const struct vm_export *export =
        vm_export_of(c->vm, VM_AM(erlang), vm_atom_named(c->vm, name), 2);
    c->proc->exception = exception;
    if (export != NULL)
        vm_trace_bif(c, export, args);
}

void vm_trace_call(struct vm_cpu *c, const struct vm_export *export, const vm_term *args)
{
    struct vm_exception exception = c->proc->exception;
    vm_term list = vm_make_list_of(c, args, export->arity, VM_NIL);
    c->proc->exception = exception;
    set_trace(c, &(struct origin){.module = export->module,
                                  .function = export->function,
                                  .args = list == VM_NONE ? VM_NIL : list,
                                  .extra = VM_NIL});
}

void vm_trace_place(struct vm_cpu *c, vm_term args, vm_term extra)
{
    set_trace(c, &(struct origin){.module = vm_small((int64_t)c->call_ip),
                                  .function = VM_NIL,
                                  .args = args,
                                  .extra = extra});
}

vm_term vm_error_info(struct vm_cpu *c, vm_term reason, vm_term info)
{
    vm_error(c, reason);
    vm_term item = vm_make_tuple(c, 2, (vm_term[]){VM_AM(error_info), info});
    vm_term list = item == VM_NONE ? VM_NONE : vm_make_cons(c, item, VM_NIL);
    vm_error(c, reason);
    if (list != VM_NONE)
        vm_trace_place(c, VM_AM(undefined), list);
    return VM_NONE;
}

void vm_trace_given(struct vm_cpu *c, vm_term list)
{
    struct vm_exception exception = c->proc->exception;
    vm_term raw = vm_make_tuple(c, RAW_GIVEN, (vm_term[]){exception.class, list});
    exception.trace = raw == VM_NONE ? VM_NIL : raw;
    c->proc->exception = exception;
    c->outcome = VM_OUTCOME_ERROR;
}

void vm_trace_default(struct vm_cpu *c)
{
    if (c->proc->exception.trace == VM_NIL || vm_is_tuple_of(c->base, c->proc->exception.trace, 1))
        vm_trace_place(c, VM_AM(undefined), VM_NIL);
}

static bool is_class(vm_term t)
{
    return t == VM_AM(error) || t == VM_AM(exit) || t == VM_AM(throw);
}

vm_term vm_trace_class(const char *base, vm_term trace)
{
    if (!vm_is_tuple(base, trace))
        return VM_NONE;
    const vm_term *at = vm_boxed_at(base, trace);
    size_t size = vm_arity(at[0]);
    return (size == RAW_GIVEN || size >= RAW_FIXED) && is_class(at[1]) ? at[1] : VM_NONE;
}

// ---- the list

// [{file, F}, {line, L} | extra] of a place; VM_NONE: memory is gone.
static vm_term location_list(struct vm_cpu *c, const struct vm_place *place, vm_term extra)
{
    if (place->line == 0 || place->module->preloaded)
        return extra;
    vm_term line = vm_make_tuple(c, 2, (vm_term[]){VM_AM(line), vm_small(place->line)});
    vm_term rest = line == VM_NONE ? VM_NONE : vm_make_cons(c, line, extra);
    vm_term file =
        rest == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, (vm_term[]){VM_AM(file), place->file});
    return file == VM_NONE ? VM_NONE : vm_make_cons(c, file, rest);
}

// {M, F, Args, Location} in front of `tail`; VM_NONE: memory is gone.
static vm_term prepend_item(struct vm_cpu *c, const vm_term mfa[3], vm_term location, vm_term tail)
{
    if (location == VM_NONE || tail == VM_NONE)
        return VM_NONE;
    vm_term item = vm_make_tuple(c, 4, (vm_term[]){mfa[0], mfa[1], mfa[2], location});
    return item == VM_NONE ? VM_NONE : vm_make_cons(c, item, tail);
}

// The place's item in front of `tail`, which is given back when the place is nowhere.
static vm_term prepend_place(struct vm_cpu *c, uint64_t ip, vm_term args, vm_term extra,
                             vm_term tail)
{
    struct vm_place place = vm_place_of(c->vm, ip);
    if (place.function == NULL || tail == VM_NONE)
        return tail;
    vm_term arity = args == VM_AM(undefined) ? vm_small(place.function->arity) : args;
    return prepend_item(c, (vm_term[]){place.module->name, place.function->name, arity},
                        location_list(c, &place, extra), tail);
}

static vm_term prepend_small_place(struct vm_cpu *c, vm_term ip, vm_term tail)
{
    if (!vm_is_small(ip))
        return tail;
    return prepend_place(c, (uint64_t)vm_small_value(ip), VM_AM(undefined), VM_NIL, tail);
}

// What explains a BIF's error is made only when somebody looks: `extra` is the atom error_info, or
// {Cause}.
static vm_term bif_extra(struct vm_cpu *c, vm_term module, vm_term extra)
{
    if (extra == VM_AM(error_info))
        return error_info(c, module, VM_NONE);
    if (vm_is_tuple_of(c->base, extra, 1))
        return error_info(c, module, vm_boxed_at(c->base, extra)[1]);
    return extra;
}

vm_term vm_trace_list(struct vm_cpu *c, vm_term trace)
{
    if (vm_trace_class(c->base, trace) == VM_NONE)
        return trace;
    const vm_term *raw = vm_boxed_at(c->base, trace) + 1;
    size_t size = vm_arity(raw[-1]);
    if (size == RAW_GIVEN)
        return raw[1];
    vm_term list = VM_NIL;
    for (size_t i = size; i > RAW_FIXED; i--)
        list = prepend_small_place(c, raw[i - 1], list);
    if (vm_is_small(raw[1]))
        list = prepend_place(c, (uint64_t)vm_small_value(raw[1]), raw[3], raw[4], list);
    else
        list = prepend_item(c, &raw[1], bif_extra(c, raw[1], raw[4]), list);
    return list == VM_NONE ? VM_NIL : list;
}

vm_term vm_trace_of(struct vm_cpu *c, const struct vm_proc *proc)
{
    vm_term frame[VM_TRACE_DEPTH];
    size_t count = gather(c->vm, proc, frame, VM_TRACE_DEPTH - 1);
    vm_term list = VM_NIL;
    while (count-- > 0)
        list = prepend_small_place(c, frame[count], list);
    return prepend_place(c, proc->ip, VM_AM(undefined), VM_NIL, list);
}
