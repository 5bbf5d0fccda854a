// From function to function, until nothing new is learned.
//
// Every function has a node for each label, and for each of its local calls one that has the state
// behind it. What a function is called with is joined into the node of its entry; when it is seen
// to return more than before, the calls of it go on with that. A node changes only so often before
// what changes is taken to be any term: so all of it ends, in time linear in the code.
//
// Not module-wide, every function may be called with anything but match contexts, which only local
// calls pass, and may return anything.
#include <string.h>

#include "core-vm/format/verify_priv.h"

static bool is_whole(const struct verifier *v)
{
    return v->options->whole;
}

// Queues.

static uint32_t ins_of_node(const struct verifier *v, uint32_t node)
{
    uint32_t labels = v->code->labels.count;
    return node < labels ? v->code->labels.at[node] : v->call_ins[node - labels];
}

static uint32_t node_at(const struct verifier *v, uint32_t ins)
{
    const struct beam_ins *i = &v->code->ins.at[ins];
    return i->op == OP_label ? (uint32_t)i->operand[0].value : v->call_of_ins[ins];
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t c = *a;
    *a = *b;
    *b = c;
}

static void push(struct verifier *v, struct work *work, uint32_t ins)
{
    uint32_t *queue = v->queue + work->queue, at = work->queued++;
    queue[at] = ins;
    for (; at > 0 && queue[(at - 1) / 2] > queue[at]; at = (at - 1) / 2)
        swap(&queue[(at - 1) / 2], &queue[at]);
}

static uint32_t pop(struct verifier *v, struct work *work)
{
    uint32_t *queue = v->queue + work->queue, first = queue[0], at = 0;
    queue[0] = queue[--work->queued];
    for (;;) {
        uint32_t least_child = 2 * at + 1;
        if (least_child >= work->queued)
            return first;
        if (least_child + 1 < work->queued && queue[least_child + 1] < queue[least_child])
            least_child++;
        if (queue[at] <= queue[least_child])
            return first;
        swap(&queue[at], &queue[least_child]);
        at = least_child;
    }
}

static void wake(struct verifier *v, uint32_t function)
{
    struct work *work = &v->works[function];
    if (work->waiting || function == v->function)
        return;
    work->waiting = true;
    v->stack[v->stacked++] = function;
}

static void queue_in(struct verifier *v, uint32_t node, uint32_t function)
{
    v->nodes[node]->dirty = true;
    if (!v->nodes[node]->queued)
        push(v, &v->works[function], ins_of_node(v, node));
    v->nodes[node]->queued = true;
    wake(v, function);
}

void verify_queue(struct verifier *v, uint32_t node)
{
    queue_in(v, node, v->function);
}

static uint32_t function_of_ins(const struct verifier *v, uint32_t ins)
{
    return (uint32_t)(beam_code_function_at(v->code, ins) - v->code->functions.at);
}

// What functions return.

static void returns_more(struct verifier *v, uint32_t function, vtype type)
{
    struct work *work = &v->works[function];
    vtype more = type_join(&v->types, work->returns, type);
    if (more == work->returns || v->explaining)
        return;
    work->grown++;
    more = is_whole(v) ? verify_widen(v, work->returns, more, work->grown) : TYPE_ANY;
    work->returns = more;
    for (uint32_t call = work->callers; call != 0; call = v->next_call[call - 1]) {
        uint32_t node = v->code->labels.count + call - 1;
        if (v->nodes[node] != NULL)
            queue_in(v, node, function_of_ins(v, v->call_ins[call - 1]));
    }
    for (const struct dependent *d = work->dependents; d != NULL; d = d->next)
        queue_in(v, d->node, function_of_ins(v, ins_of_node(v, d->node)));
}

void verify_returns(struct verifier *v, vtype type)
{
    returns_more(v, v->function, type);
}

// The x registers become the callee's arguments.

static vtype argument(struct verifier *v, vtype type)
{
    if (is_whole(v))
        return type;
    return type_of(&v->types, T_ANY | (type_kinds(&v->types, type) & T_CONTEXT));
}

static void enter(struct verifier *v, uint32_t function, struct slot *args)
{
    const struct beam_function *f = &v->code->functions.at[function];
    struct work *work = &v->works[function];
    if (!work->sound || v->explaining || (v->leftover && work->reached))
        return;
    struct state state = {
        .x = args, .y = args, .nx = f->arity, .frame = NO_FRAME, .outside = BEAM_OUTSIDE};
    if (verify_arrive(v, f->entry_label, &state))
        queue_in(v, f->entry_label, function);
}

// The argument is another one, too, or on the stack.
static bool is_copied(const struct verifier *v, uint32_t argument, uint32_t arity)
{
    uint32_t value = v->now.x[argument].value;
    for (uint32_t i = 0; i < arity && i < v->now.nx; i++)
        if (i != argument && v->now.x[i].value == value)
            return true;
    for (int32_t i = 0; i < v->now.frame; i++)
        if (v->now.y[i].value == value)
            return true;
    return value == 0;
}

static void pass_args(struct verifier *v, uint32_t callee)
{
    uint32_t arity = v->code->functions.at[callee].arity;
    for (uint32_t i = 0; i < arity; i++) {
        vtype type = i < v->now.nx && v->now.x[i].type != TYPE_UNSET ? v->now.x[i].type : TYPE_ANY;
        if (v->types.at[type].writable != 0 && is_copied(v, i, arity))
            type = type_of(&v->types, type_kinds(&v->types, type));
        v->args[i] = slot_of(argument(v, type));
        v->args[i].from = v->code->functions.at[callee].entry;
    }
    enter(v, callee, v->args);
}

bool verify_call(struct verifier *v, uint32_t callee, vtype *ret)
{
    pass_args(v, callee);
    *ret = v->works[callee].returns;
    return *ret != TYPE_NONE;
}

// What a call that ends the function returns is told when it is known, too.
void verify_tail_call(struct verifier *v, uint32_t callee)
{
    struct state none = {.frame = NO_FRAME};
    pass_args(v, callee);
    if (!v->explaining && v->nodes[v->call_of_ins[v->ins]] == NULL)
        verify_put(v, v->call_of_ins[v->ins], &none);
    if (v->works[callee].returns != TYPE_NONE)
        verify_returns(v, v->works[callee].returns);
}

// False: that would be too many dependents.
static bool depend(struct verifier *v, uint32_t at, uint32_t set)
{
    struct node *node = v->nodes[at];
    const struct targets *targets = &v->types.target[set],
                         *before = &v->types.target[node->depends];
    if (node->depends == set)
        return true;
    for (uint32_t i = 0, k = 0; i < targets->count; i++) {
        while (k < before->count && before->at[k] < targets->at[i])
            k++;
        if (k < before->count && before->at[k] == targets->at[i])
            continue;
        if (!verify_take(v, sizeof(struct dependent)))
            return false;
        struct work *work = &v->works[targets->at[i]];
        struct dependent *dependent = wb_push_array(&v->scratch, struct dependent, 1);
        *dependent = (struct dependent){work->dependents, at};
        work->dependents = dependent;
    }
    node->depends = set;
    return true;
}

vtype verify_fun_returns(struct verifier *v, vtype fun)
{
    struct type type = v->types.at[fun];
    uint32_t at = v->call_of_ins[v->ins];
    if ((type.kinds & T_FUN) == 0 || type.target == 0 || !is_whole(v))
        return TYPE_ANY;
    const struct targets *targets = &v->types.target[type.target];
    vtype returns = TYPE_NONE;
    for (uint32_t i = 0; i < targets->count; i++)
        returns = type_join(&v->types, returns, v->works[targets->at[i]].returns);
    if (v->explaining || returns == TYPE_ANY)
        return returns;
    verify_put(v, at, &v->now);
    return v->nodes[at] != NULL && depend(v, at, type.target) ? returns : TYPE_ANY;
}

// Behind a call that did not return when it was come to, or may return more now.
static void resume(struct verifier *v, uint32_t node, const struct beam_ins *call)
{
    uint32_t callee = verify_callee(v, call->operand[1].value);
    verify_load(v, node);
    v->written = 0;
    verify_write(v, &(struct beam_operand){.tag = BEAM_TAG_X}, v->works[callee].returns);
}

// Walking.

// Compilers let calls that they know never return run into what is no continuation.
static bool ends_here(struct verifier *v)
{
    bool ends = beam_never_goes_on(v->code, v->ins);
    if (ends && is_whole(v))
        verify_need(v, BEAM_RULE_FALL, NULL, UNPROVED);
    return ends;
}

// From the label or call we are at on, until the code ends or nothing new is learned.
static void walk(struct verifier *v, const struct beam_function *function)
{
    const struct beam_code *code = v->code;
    const struct beam_ins *first = &code->ins.at[v->ins];
    if (first->op == OP_call_last || first->op == OP_call_only) {
        v->nodes[node_at(v, v->ins)]->dirty = false;
        verify_returns(v, v->works[verify_callee(v, first->operand[1].value)].returns);
        return;
    }
    if (first->op == OP_call) {
        resume(v, node_at(v, v->ins), first);
        if (ends_here(v))
            return;
    } else if (first->op != OP_label) {
        verify_load(v, node_at(v, v->ins--));
    } else {
        verify_load(v, node_at(v, v->ins));
        verify_tell_handler(v);
    }
    for (v->ins++; v->ins < function->end; v->ins++) {
        const struct beam_ins *ins = &code->ins.at[v->ins];
        if (ins->op == OP_label) {
            if (v->explaining || !verify_enter(v, verify_u32(&ins->operand[0])))
                return;
            verify_tell_handler(v);
        } else if (!verify_step(v, ins) || ends_here(v)) {
            return;
        }
    }
    v->ins = function->end - 1;
    verify_fault(v, BEAM_RULE_FALL, "it does");
}

static void walk_function(struct verifier *v, uint32_t index)
{
    struct work *work = &v->works[index];
    v->function = index;
    work->waiting = false;
    work->reached = true;
    while (work->queued > 0) {
        v->ins = pop(v, work);
        struct node *node = v->nodes[node_at(v, v->ins)];
        node->queued = false;
        if (node->dirty)
            walk(v, &v->code->functions.at[index]);
    }
    v->function = v->ins = BEAM_NO_INS;
}

static void walk_all(struct verifier *v)
{
    while (v->stacked > 0)
        walk_function(v, v->stack[--v->stacked]);
}

// The first arguments may be anything.
static void any_args(struct verifier *v, uint32_t count, uint32_t from)
{
    for (uint32_t i = 0; i < count; i++)
        v->args[i] = (struct slot){.type = TYPE_ANY, .from = from};
}

static void enter_with_any(struct verifier *v, uint32_t function)
{
    const struct beam_function *f = &v->code->functions.at[function];
    if (!v->works[function].sound)
        return;
    any_args(v, f->arity, f->entry);
    enter(v, function, v->args);
}

void verify_fun_made(struct verifier *v, const struct beam_lambda *lambda)
{
    uint32_t function = verify_callee(v, lambda->label), first = lambda->arity - lambda->num_free;
    if (function == BEAM_NO_INS || !is_whole(v) ||
        lambda->arity != v->code->functions.at[function].arity)
        return;
    for (uint32_t i = lambda->num_free; i > 0; i--) {
        v->args[first + i - 1] = slot_of(v->args[i - 1].type);
        v->args[first + i - 1].from = v->code->functions.at[function].entry;
    }
    any_args(v, first, v->code->functions.at[function].entry);
    enter(v, function, v->args);
}

// Preparing.

static bool is_local_call(const struct beam_ins *ins)
{
    return ins->op == OP_call || ins->op == OP_call_last || ins->op == OP_call_only;
}

// What may call a fun.
static bool is_far_call(const struct beam_ins *ins)
{
    return ins->op == OP_call_fun || ins->op == OP_call_fun2 || ins->op == OP_call_ext ||
           ins->op == OP_call_ext_last || ins->op == OP_call_ext_only;
}

static uint32_t count_calls(const struct verifier *v)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < v->code->ins.count; i++)
        count += is_local_call(&v->code->ins.at[i]) || is_far_call(&v->code->ins.at[i]);
    return count;
}

static void find_calls(struct verifier *v)
{
    uint32_t calls = count_calls(v), labels = v->code->labels.count, found = 0, queue = 0;
    v->nodes = wb_push_array(&v->scratch, struct node *, (size_t)labels + calls);
    v->call_ins = wb_push_array(&v->scratch, uint32_t, calls);
    v->next_call = wb_push_array(&v->scratch, uint32_t, calls);
    v->call_of_ins = wb_push_array(&v->scratch, uint32_t, v->code->ins.count);
    for (uint32_t f = 0; f < v->code->functions.count; f++) {
        struct work *work = &v->works[f];
        work->queue = queue;
        if (!work->sound)
            continue;
        for (uint32_t i = v->code->functions.at[f].first; i < v->code->functions.at[f].end; i++) {
            const struct beam_ins *ins = &v->code->ins.at[i];
            queue += ins->op == OP_label;
            if (!is_local_call(ins) && !is_far_call(ins))
                continue;
            v->call_ins[found] = i;
            v->call_of_ins[i] = labels + found++;
            queue++;
            if (!is_local_call(ins))
                continue;
            struct work *callee = &v->works[verify_callee(v, ins->operand[1].value)];
            v->next_call[found - 1] = callee->callers;
            callee->callers = found;
        }
    }
    v->queue = wb_push_array(&v->scratch, uint32_t, queue);
}

static bool says_nif(const struct verifier *v, const struct beam_function *function)
{
    return function->entry != BEAM_NO_INS && function->entry + 1 < function->end &&
           v->code->ins.at[function->entry + 1].op == OP_nif_start;
}

// In a module that loads NIFs one may stand in the place of functions that say so, or when none
// does of all: what they return nobody knows.
static void begin_returns(struct verifier *v)
{
    bool loads = false, marked = false;
    for (uint32_t i = 0; i < v->module->imports.count && !loads; i++)
        loads = wb_bytes_equal(beam_module_atom(v->module, v->module->imports.at[i].function),
                               wb_bytes_of("load_nif"));
    for (uint32_t f = 0; f < v->code->functions.count && loads && !marked; f++)
        marked = says_nif(v, &v->code->functions.at[f]);
    for (uint32_t f = 0; f < v->code->functions.count; f++) {
        bool nif = loads && (!marked || says_nif(v, &v->code->functions.at[f]));
        v->works[f].returns = nif || !v->works[f].sound ? TYPE_ANY : TYPE_NONE;
    }
}

static void enter_named(struct verifier *v, uint32_t label)
{
    uint32_t function = verify_callee(v, label);
    if (function != BEAM_NO_INS)
        enter_with_any(v, function);
}

static bool is_on_load(const struct verifier *v, const struct beam_function *function)
{
    for (uint32_t i = function->info; i < function->end && i <= function->info + 2; i++)
        if (v->code->ins.at[i].op == OP_on_load)
            return true;
    return false;
}

// Functions that are called from elsewhere.
static void enter_roots(struct verifier *v)
{
    for (uint32_t f = v->code->functions.count; f > 0; f--)
        if (!is_whole(v) || is_on_load(v, &v->code->functions.at[f - 1]))
            enter_with_any(v, f - 1);
    for (uint32_t i = 0; i < v->module->exports.count; i++)
        enter_named(v, v->module->exports.at[i].label);
}

// Those that nobody calls: as if somebody did, but what they call learns nothing of it.
static void walk_leftovers(struct verifier *v)
{
    v->leftover = true;
    for (uint32_t f = 0; f < v->code->functions.count; f++)
        if (v->works[f].sound && !v->works[f].reached) {
            enter_with_any(v, f);
            walk_all(v);
        }
    v->leftover = false;
}

// Once more over what is final, to say where things come from, and what is known.
static void explain(struct verifier *v)
{
    v->explaining = true;
    for (uint32_t f = 0; f < v->code->functions.count; f++) {
        const struct beam_function *function = &v->code->functions.at[f];
        v->function = f;
        if (!v->works[f].sound)
            continue;
        for (v->ins = function->entry; v->ins < function->end; v->ins++) {
            uint32_t at = v->ins;
            if (v->code->ins.at[at].op == OP_label && v->nodes[node_at(v, at)] != NULL)
                walk(v, function);
            v->ins = at;
        }
    }
    v->explaining = false;
    v->function = v->ins = BEAM_NO_INS;
}

void verify_functions(struct verifier *v)
{
    find_calls(v);
    begin_returns(v);
    enter_roots(v);
    walk_all(v);
    walk_leftovers(v);
    if (v->options->explain || v->options->known)
        explain(v);
}
