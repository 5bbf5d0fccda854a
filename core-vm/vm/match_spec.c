#include "core-vm/vm/match_spec.h"

#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/stack.h"

enum { MAX_DEPTH = 500 };  // of guard and body expressions; they nest as deep as they are written

int vm_pattern_variable(const struct vm *vm, vm_term atom)
{
    if (!vm_is_atom(atom))
        return -1;
    struct wb_bytes text = vm_atom_text(vm, atom);
    if (text.size < 2 || text.size > 4 || text.at[0] != '$')
        return -1;
    int number = 0;
    for (size_t i = 1; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return -1;
        number = number * 10 + text.at[i] - '0';
    }
    return number < VM_MATCH_VARIABLES ? number : -1;
}

static bool bind(struct vm *vm, int variable, vm_term term, struct vm_bindings *bindings)
{
    while (bindings->count <= (unsigned)variable)
        bindings->value[bindings->count++] = VM_NONE;
    if (bindings->value[variable] != VM_NONE)
        return vm_equal(vm, bindings->value[variable], term);
    bindings->value[variable] = term;
    return true;
}

static bool push_pair(struct vm_stack *stack, vm_term pattern, vm_term term)
{
    vm_stack_push(stack, pattern);
    vm_stack_push(stack, term);
    return true;
}

static bool match_tuple(const char *base, vm_term pattern, vm_term term, struct vm_stack *stack)
{
    const vm_term *p = vm_boxed_at(base, pattern);
    if (!vm_is_tuple(base, term) || *vm_boxed_at(base, term) != *p)
        return false;
    const vm_term *t = vm_boxed_at(base, term);
    for (size_t i = vm_arity(*p); i > 0; i--)
        push_pair(stack, p[i], t[i]);
    return true;
}

// Every key of the pattern must be there; keys are not patterns.
static bool match_map(const struct vm *vm, vm_term pattern, vm_term term, struct vm_stack *stack)
{
    const char *base = vm->image.base;
    struct vm_map_walk walk = {.map = pattern};
    vm_term key, value;
    if (!vm_is_map(base, term))
        return false;
    while (vm_map_next(base, &walk, &key, &value)) {
        vm_term found = vm_map_get(vm, term, key);
        if (found == VM_NONE)
            return false;
        push_pair(stack, value, found);
    }
    return true;
}

static bool match_one(struct vm *vm, vm_term pattern, vm_term term, struct vm_stack *stack,
                      struct vm_bindings *bindings)
{
    const char *base = vm->image.base;
    if (vm_is_atom(pattern)) {
        int variable = vm_pattern_variable(vm, pattern);
        if (variable >= 0)
            return bind(vm, variable, term, bindings);
        return pattern == VM_AM(underscore) || pattern == term;
    }
    if (vm_is_list(pattern))
        return vm_is_list(term) && push_pair(stack, vm_tail(base, pattern), vm_tail(base, term)) &&
               push_pair(stack, vm_head(base, pattern), vm_head(base, term));
    if (vm_is_tuple(base, pattern))
        return match_tuple(base, pattern, term, stack);
    if (vm_is_map(base, pattern))
        return match_map(vm, pattern, term, stack);
    return vm_equal(vm, pattern, term);
}

bool vm_pattern_match(struct vm_cpu *c, vm_term pattern, vm_term term, struct vm_bindings *ret)
{
    struct vm_stack stack;
    vm_stack_init(&stack);
    bool matches = match_one(c->vm, pattern, term, &stack, ret);
    while (matches && !vm_stack_is_empty(&stack)) {
        vm_term right = vm_stack_pop(&stack), left = vm_stack_pop(&stack);
        matches = match_one(c->vm, left, right, &stack, ret);
    }
    vm_stack_done(&stack);
    return matches;
}

static void push_parts(const char *base, vm_term term, struct vm_stack *stack)
{
    if (vm_is_list(term)) {
        vm_stack_push(stack, vm_tail(base, term));
        vm_stack_push(stack, vm_head(base, term));
    } else if (vm_is_tuple(base, term)) {
        const vm_term *at = vm_boxed_at(base, term);
        for (size_t i = 1; i <= vm_arity(*at); i++)
            vm_stack_push(stack, at[i]);
    } else if (vm_is_map(base, term)) {
        struct vm_map_walk walk = {.map = term};
        vm_term key, value;
        while (vm_map_next(base, &walk, &key, &value))
            vm_stack_push(stack, value);
    }
}

bool vm_pattern_is_open(const struct vm *vm, vm_term pattern)
{
    struct vm_stack stack;
    vm_stack_init(&stack);
    vm_stack_push(&stack, pattern);
    bool open = false;
    while (!open && !vm_stack_is_empty(&stack)) {
        vm_term term = vm_stack_pop(&stack);
        open = term == VM_AM(underscore) || vm_pattern_variable(vm, term) >= 0;
        push_parts(vm->image.base, term, &stack);
    }
    vm_stack_done(&stack);
    return open;
}

// An expression {Op, Args...} names a guard BIF of erlang. 0: it does not.
static uint32_t guard_bif(const struct vm *vm, vm_term name, size_t arity)
{
    struct vm_export *export = vm_export_find(vm, VM_AM(erlang), name, (uint32_t)arity);
    if (export == NULL || export->bif == 0)
        return 0;
    return vm_bif_at(export->bif)->kind == VM_BIF_GUARD ? export->bif : 0;
}

static bool valid_expression(const struct vm *vm, vm_term expression, unsigned depth);

static bool valid_parts(const struct vm *vm, const vm_term *part, size_t count, unsigned depth)
{
    for (size_t i = 0; i < count; i++)
        if (!valid_expression(vm, part[i], depth))
            return false;
    return true;
}

static bool valid_list(const struct vm *vm, vm_term list, unsigned depth)
{
    const char *base = vm->image.base;
    while (vm_is_list(list)) {
        if (!valid_expression(vm, vm_head(base, list), depth))
            return false;
        list = vm_tail(base, list);
    }
    return list == VM_NIL || valid_expression(vm, list, depth);
}

static bool valid_map(const struct vm *vm, vm_term map, unsigned depth)
{
    struct vm_map_walk walk = {.map = map};
    vm_term key, value;
    while (vm_map_next(vm->image.base, &walk, &key, &value))
        if (!valid_expression(vm, key, depth) || !valid_expression(vm, value, depth))
            return false;
    return true;
}

static bool valid_call(const struct vm *vm, const vm_term *tuple, size_t size, unsigned depth)
{
    if (tuple[1] == VM_AM(const))
        return size == 2;
    if (!vm_is_atom(tuple[1]))
        return false;
    bool shortcut = tuple[1] == VM_AM(andalso) || tuple[1] == VM_AM(orelse) ||
                    tuple[1] == VM_AM(and) || tuple[1] == VM_AM(or);
    if (!shortcut && guard_bif(vm, tuple[1], size - 1) == 0)
        return false;
    return valid_parts(vm, tuple + 2, size - 1, depth);
}

static bool valid_expression(const struct vm *vm, vm_term expression, unsigned depth)
{
    const char *base = vm->image.base;
    if (depth == 0)
        return false;
    if (vm_is_list(expression))
        return valid_list(vm, expression, depth - 1);
    if (vm_is_map(base, expression))
        return valid_map(vm, expression, depth - 1);
    if (!vm_is_tuple(base, expression))
        return true;
    const vm_term *tuple = vm_boxed_at(base, expression);
    size_t size = vm_arity(*tuple);
    if (size == 1 && vm_is_tuple(base, tuple[1])) {
        const vm_term *made = vm_boxed_at(base, tuple[1]);
        return valid_parts(vm, made + 1, vm_arity(*made), depth - 1);
    }
    return size > 0 && valid_call(vm, tuple, size, depth - 1);
}

static bool valid_clause(const struct vm *vm, vm_term clause)
{
    const char *base = vm->image.base;
    if (!vm_is_tuple_of(base, clause, 3))
        return false;
    const vm_term *part = vm_boxed_at(base, clause);
    bool head = vm_is_tuple(base, part[1]) || part[1] == VM_AM(underscore) ||
                vm_pattern_variable(vm, part[1]) >= 0;
    return head && vm_list_length(base, part[2]) >= 0 && vm_list_length(base, part[3]) > 0 &&
           valid_list(vm, part[2], MAX_DEPTH) && valid_list(vm, part[3], MAX_DEPTH);
}

bool vm_match_spec_is_valid(struct vm_cpu *c, vm_term spec)
{
    const char *base = c->base;
    if (vm_list_length(base, spec) < 0)
        return false;
    for (; vm_is_list(spec); spec = vm_tail(base, spec))
        if (!valid_clause(c->vm, vm_head(base, spec)))
            return false;
    return true;
}

// One clause at work on one term.
struct run {
    struct vm_cpu *c;
    struct vm_bindings bindings;
    vm_term whole;  // '$_'
    bool copy;      // results must live on the process's heap: in bodies
};

static vm_term value_of(struct run *run, vm_term expression);

// A term of the row as a result.
static vm_term given(struct run *run, vm_term term)
{
    return run->copy ? vm_copy_in(run->c, term) : term;
}

static vm_term all_bindings(struct run *run)
{
    vm_term list = VM_NIL;
    for (unsigned i = run->bindings.count; i > 0 && list != VM_NONE; i--) {
        vm_term value = run->bindings.value[i - 1];
        if (value == VM_NONE)
            continue;
        value = given(run, value);
        list = value != VM_NONE ? vm_make_cons(run->c, value, list) : VM_NONE;
    }
    return list;
}

static vm_term value_of_atom(struct run *run, vm_term atom)
{
    if (atom == VM_AM(dollar_))
        return given(run, run->whole);
    if (atom == VM_AM(dollar_dollar))
        return all_bindings(run);
    int variable = vm_pattern_variable(run->c->vm, atom);
    if (variable < 0)
        return atom;
    if ((unsigned)variable >= run->bindings.count || run->bindings.value[variable] == VM_NONE)
        return vm_badarg(run->c);
    return given(run, run->bindings.value[variable]);
}

// Elements in order; the tail is an expression too. Lists in bodies are as long as they are
// written.
static vm_term value_of_list(struct run *run, vm_term list)
{
    struct vm_stack stack;
    vm_stack_init(&stack);
    vm_term value = VM_NIL;
    while (value != VM_NONE && vm_is_list(list)) {
        value = value_of(run, vm_head(run->c->base, list));
        vm_stack_push(&stack, value);
        list = vm_tail(run->c->base, list);
    }
    vm_term made = value == VM_NONE ? VM_NONE : list == VM_NIL ? VM_NIL : value_of(run, list);
    while (made != VM_NONE && !vm_stack_is_empty(&stack))
        made = vm_make_cons(run->c, vm_stack_pop(&stack), made);
    vm_stack_done(&stack);
    return made;
}

static bool values_of(struct run *run, const vm_term *part, size_t count, vm_term *ret)
{
    for (size_t i = 0; i < count; i++)
        if ((ret[i] = value_of(run, part[i])) == VM_NONE)
            return false;
    return true;
}

static vm_term value_of_tuple(struct run *run, const vm_term *tuple)
{
    size_t count = vm_arity(*tuple);
    vm_term *made = vm_alloc(run->c, count + 1);
    if (made == NULL)
        return VM_NONE;
    for (size_t i = 1; i <= count; i++)
        made[i] = VM_NIL;  // whatever stops us half-way leaves terms
    made[0] = vm_header(VM_TUPLE, count);
    if (!values_of(run, tuple + 1, count, made + 1)) {
        for (size_t i = 1; i <= count; i++)
            made[i] = VM_NIL;
        return VM_NONE;
    }
    return vm_make_boxed(run->c->base, made);
}

static vm_term value_of_map(struct run *run, vm_term map)
{
    struct vm_map_walk walk = {.map = map};
    vm_term key, value, made = vm_map_of(run->c, NULL, 0);
    while (made != VM_NONE && vm_map_next(run->c->base, &walk, &key, &value)) {
        vm_term pair[2], source[2] = {key, value};
        made =
            values_of(run, source, 2, pair) ? vm_map_put(run->c, made, pair[0], pair[1]) : VM_NONE;
    }
    return made;
}

// andalso, orelse and, in match specifications of any arity, and, or.
static vm_term value_of_shortcut(struct run *run, vm_term name, const vm_term *part, size_t count)
{
    bool stop_at = name == VM_AM(orelse) || name == VM_AM(or);
    bool strict = name == VM_AM(and) || name == VM_AM(or);
    bool result = !stop_at;
    for (size_t i = 0; i < count; i++) {
        vm_term value = value_of(run, part[i]);
        if (value == VM_NONE)
            return VM_NONE;
        if (value != VM_AM(true) && value != VM_AM(false))
            return vm_badarg(run->c);
        if ((value == VM_AM(true)) == stop_at)
            result = stop_at;
        if (result == stop_at && !strict)
            break;
    }
    return vm_bool(result);
}

static vm_term value_of_call(struct run *run, const vm_term *tuple, size_t size)
{
    enum { MOST_ARGUMENTS = 4 };
    vm_term name = tuple[1], args[MOST_ARGUMENTS];
    if (name == VM_AM(const))
        return tuple[2];
    if (name == VM_AM(andalso) || name == VM_AM(orelse) || name == VM_AM(and) || name == VM_AM(or))
        return value_of_shortcut(run, name, tuple + 2, size - 1);
    uint32_t bif = guard_bif(run->c->vm, name, size - 1);
    if (bif == 0 || size - 1 > MOST_ARGUMENTS)
        return vm_badarg(run->c);
    if (!values_of(run, tuple + 2, size - 1, args))
        return VM_NONE;
    return vm_bif_at(bif)->run(run->c, args);
}

// Depth was checked when the specification was found valid.
static vm_term value_of(struct run *run, vm_term expression)
{
    const char *base = run->c->base;
    if (vm_is_atom(expression))
        return value_of_atom(run, expression);
    if (vm_is_list(expression))
        return value_of_list(run, expression);
    if (vm_is_map(base, expression))
        return value_of_map(run, expression);
    if (!vm_is_tuple(base, expression))
        return expression;
    const vm_term *tuple = vm_boxed_at(base, expression);
    size_t size = vm_arity(*tuple);
    if (size == 1 && vm_is_tuple(base, tuple[1]))
        return value_of_tuple(run, vm_boxed_at(base, tuple[1]));
    if (size == 0)
        return expression;
    return value_of_call(run, tuple, size);
}

// What failed in a guard or body was not the program's call: no exception of it is left.
static void forget_error(struct vm_cpu *c)
{
    c->outcome = VM_OUTCOME_NONE;
    c->proc->exception = (struct vm_exception){.trace = VM_NIL};
}

static bool is_out_of_memory(const struct vm_cpu *c)
{
    return c->outcome == VM_OUTCOME_ERROR && c->proc->exception.reason == VM_AM(system_limit);
}

static bool guards_hold(struct run *run, vm_term guards)
{
    run->copy = false;
    for (; vm_is_list(guards); guards = vm_tail(run->c->base, guards)) {
        vm_term value = value_of(run, vm_head(run->c->base, guards));
        if (value == VM_NONE)
            forget_error(run->c);
        if (value != VM_AM(true))
            return false;
    }
    return true;
}

// The value of the last expression; 'EXIT' stands for one that failed.
static vm_term run_body(struct run *run, vm_term body)
{
    vm_term value = VM_NIL;
    run->copy = true;
    for (; vm_is_list(body); body = vm_tail(run->c->base, body)) {
        value = value_of(run, vm_head(run->c->base, body));
        if (value == VM_NONE && is_out_of_memory(run->c))
            return VM_NONE;
        if (value == VM_NONE) {
            forget_error(run->c);
            value = VM_AM(EXIT);
        }
    }
    return value;
}

vm_term vm_match_spec_run(struct vm_cpu *c, vm_term spec, vm_term term)
{
    c->outcome = VM_OUTCOME_NONE;
    for (; vm_is_list(spec); spec = vm_tail(c->base, spec)) {
        const vm_term *clause = vm_boxed_at(c->base, vm_head(c->base, spec));
        struct run run = {.c = c, .whole = term};
        if (vm_pattern_match(c, clause[1], term, &run.bindings) && guards_hold(&run, clause[2]))
            return run_body(&run, clause[3]);
    }
    return VM_NONE;
}
