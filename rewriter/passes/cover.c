// cover.c - every line that is run is counted (rewriter/cover.h says where and how it is read).
#include "rewriter/cover.h"

#include <string.h>

#include "core-vm/format/verify.h"
#include "rewriter/flow.h"
#include "rewriter/pass.h"
#include "rewriter/unit_priv.h"

enum { MOST_ROUNDS = 30 };

// A place where a line is counted.
struct probe {
    struct rw_function *function;
    struct rw_ins *place;         // before it
    struct rw_ins *first, *last;  // what was put in; NULL: taken out again
    uint32_t line, block;
};

struct cover {
    struct rw_unit *unit;
    struct wb_arena arena;
    struct rw_lines lines;    // that may be counted
    uint32_t file;            // the module's own, of those in its line table
    struct rw_function *hit;  // the function that counts
    struct probe *probe;
    size_t count, room;
};

static bool is_wanted(const struct cover *c, uint32_t line, bool lifted)
{
    line |= lifted ? RW_LIFTED : 0;
    return !c->lines.known || rw_find_number(c->lines.at, c->lines.count, line) != NULL;
}

// "-f/1-fun-0-" and the like are made of what is inside f/1.
static bool is_lifted(const struct cover *c, const struct rw_function *function)
{
    struct wb_bytes name = beam_module_atom(&c->unit->module, function->name);
    return name.size > 0 && name.at[0] == '-';
}

static bool is_counted(const struct cover *c, const struct rw_flow *flow,
                       struct rw_function *function, uint32_t line, uint32_t block)
{
    for (size_t i = c->count; i > 0; i--) {
        const struct probe *probe = &c->probe[i - 1];
        if (probe->function != function)
            return false;
        if (probe->line == line && rw_dominates(flow, probe->block, block))
            return true;
    }
    return false;
}

static void add_probe(struct cover *c, struct probe probe)
{
    c->probe = rw_grow(&c->arena, c->probe, c->count, &c->room, sizeof *c->probe);
    c->probe[c->count++] = probe;
}

// The file named as the module is, wherever it was compiled; else the first there is.
static uint32_t own_file(const struct beam_module *module)
{
    struct wb_text name wb_auto_text = {0};
    wb_text_printf(&name, "%.*s.erl", (int)module->name.size, (const char *)module->name.at);
    for (uint32_t i = 1; i < module->lines.file_count; i++) {
        struct wb_bytes file = module->lines.files[i];
        size_t before = file.size - name.size;
        if (file.size >= name.size && memcmp(file.at + before, name.at, name.size) == 0 &&
            (before == 0 || file.at[before - 1] == '/'))
            return i;
    }
    for (uint32_t i = 1; i < module->lines.count; i++)
        if (module->lines.at[i].file == 0)
            return 0;
    return module->lines.file_count > 1;
}

// In the module's own file; 0: elsewhere or nowhere.
static uint32_t line_at(const struct cover *c, const struct rw_ins *ins)
{
    const struct beam_module *module = &c->unit->module;
    if (ins->op != OP_line)
        return 0;
    uint64_t entry = ins->operand[0].value;
    bool own = entry > 0 && entry < module->lines.count && module->lines.at[entry].file == c->file;
    return own ? module->lines.at[entry].line : 0;
}

// A calculation that goes on elsewhere when it fails is of a guard.
static bool is_guard(const struct rw_ins *ins)
{
    if (ins == NULL)
        return false;
    return beam_op_info(ins->op)->operands[0] == 'j' && ins->operand[0].value != 0;
}

static void find_probes(struct cover *c, struct rw_function *function)
{
    struct wb_arena arena = {0};
    struct rw_flow flow;
    bool lifted = is_lifted(c, function);
    rw_flow(function, &arena, &flow);
    for (uint32_t i = 0; i < flow.met; i++) {
        const struct rw_block *block = &flow.at[flow.by_order[i]];
        for (struct rw_ins *ins = block->first;; ins = ins->next) {
            uint32_t line = line_at(c, ins);
            if (line != 0 && !is_guard(ins->next) && is_wanted(c, line, lifted) &&
                !is_counted(c, &flow, function, line, flow.by_order[i]))
                add_probe(c, (struct probe){.function = function,
                                            .place = ins,
                                            .line = line,
                                            .block = flow.by_order[i]});
            if (ins == block->last)
                break;
        }
    }
    wb_arena_free(&arena);
}

// The counter of a line is its place among all lines that have a probe, from 1 on.
static uint32_t *number_lines(struct cover *c, size_t *count)
{
    uint32_t *at = wb_push_array(&c->unit->arena, uint32_t, c->count + 1);
    for (size_t i = 0; i < c->count; i++)
        at[i] = c->probe[i].line;
    rw_sort_numbers(at, c->count);
    *count = 0;
    for (size_t i = 0; i < c->count; i++)
        if (*count == 0 || at[*count - 1] != at[i])
            at[(*count)++] = at[i];
    return at;
}

static struct rw_ins *put(struct cover *c, uint8_t op, const struct beam_operand *operand)
{
    return rw_insert(c->unit, c->hit, NULL, op, operand);
}

static void put_call(struct cover *c, const char *module, const char *function, uint32_t arity)
{
    uint32_t m = rw_atom(c->unit, wb_bytes_of(module));
    uint32_t import = rw_import(c->unit, m, rw_atom(c->unit, wb_bytes_of(function)), arity);
    put(c, OP_call_ext, rw_ops(RW_U(arity), RW_U(import)));
}

// '-cryo_cover-'(Kept, N) -> counters:add(Counters, N, 1), Kept. The first call makes them.
static void put_hit(struct cover *c, size_t counters)
{
    struct rw_unit *unit = c->unit;
    uint32_t undefined = rw_atom(unit, wb_bytes_of("undefined"));
    struct beam_value parts[2] = {{.kind = BEAM_ATOM, .text = wb_bytes_of("cryo_cover")},
                                  {.kind = BEAM_ATOM, .text = unit->module.name}};
    struct beam_value key = {.kind = BEAM_TUPLE, .part = {parts, 2}};
    struct beam_operand literal = RW_LIT(rw_literal(unit, &key));
    uint32_t make = rw_label(unit), have = rw_label(unit);
    const struct beam_operand third[] = {RW_Y(2)};
    put(c, OP_allocate, rw_ops(RW_U(3), RW_U(2)));
    put(c, OP_init_yregs, rw_ops(rw_list(third, 1)));
    put(c, OP_move, rw_ops(RW_X(0), RW_Y(0)));
    put(c, OP_move, rw_ops(RW_X(1), RW_Y(1)));
    put(c, OP_move, rw_ops(literal, RW_X(0)));
    put(c, OP_move, rw_ops(RW_A(undefined), RW_X(1)));
    put_call(c, "persistent_term", "get", 2);
    put(c, OP_is_ne_exact, rw_ops(RW_F(make), RW_X(0), RW_A(undefined)));
    put(c, OP_label, rw_ops(RW_U(have)));
    put(c, OP_move, rw_ops(RW_Y(1), RW_X(1)));
    put(c, OP_move, rw_ops(RW_I(1), RW_X(2)));
    put_call(c, "counters", "add", 3);
    put(c, OP_move, rw_ops(RW_Y(0), RW_X(0)));
    put(c, OP_deallocate, rw_ops(RW_U(3)));
    put(c, OP_return, NULL);
    put(c, OP_label, rw_ops(RW_U(make)));
    put(c, OP_move, rw_ops(RW_I(counters), RW_X(0)));
    put(c, OP_move, rw_ops(RW_NIL, RW_X(1)));
    put_call(c, "counters", "new", 2);
    put(c, OP_move, rw_ops(RW_X(0), RW_Y(2)));
    put(c, OP_move, rw_ops(RW_X(0), RW_X(1)));
    put(c, OP_move, rw_ops(literal, RW_X(0)));
    put_call(c, "persistent_term", "put", 2);
    put(c, OP_move, rw_ops(RW_Y(2), RW_X(0)));
    put(c, OP_jump, rw_ops(RW_F(have)));
}

// What must outlive the call: live registers, those that are not set, the frame.
struct around {
    uint32_t live[RW_REGS];
    uint32_t count, least;  // x registers below `least` must be set for the garbage collector
    uint64_t hole[RW_REG_WORDS];
    struct rw_frame frame;
};

static bool look_around(const struct rw_flow *flow, const struct rw_ins *at, struct around *ret)
{
    struct rw_regs live;
    rw_live_before(flow, at, &live);
    rw_frame_before(flow, at, &ret->frame);
    ret->count = ret->least = 0;
    for (uint32_t i = 0; i < RW_REGS; i++)
        if (rw_has(live.x, i))
            ret->live[ret->count++] = i;
    if (ret->count > 0)
        ret->least = ret->live[ret->count - 1] + 1;
    memset(ret->hole, 0, sizeof ret->hole);
    for (uint32_t i = 0; i < ret->least; i++)
        if (!rw_has(live.x, i))
            ret->hole[i / 64] |= (uint64_t)1 << i % 64;
    return ret->frame.slots != RW_FRAME_UNKNOWN && ret->count < UINT8_MAX;
}

static void save(struct cover *c, struct rw_function *f, struct rw_ins *at, const struct around *a)
{
    struct beam_operand list[UINT8_MAX], unset[RW_REGS];
    uint32_t unsets = 0;
    for (uint32_t i = 0; i < a->least; i++)
        if (rw_has(a->hole, i))
            rw_insert(c->unit, f, at, OP_move, rw_ops(RW_NIL, RW_X(i)));
    if (a->frame.slots == RW_NO_FRAME)
        rw_insert(c->unit, f, at, OP_allocate, rw_ops(RW_U(0), RW_U(a->least)));
    for (uint32_t i = 0; a->frame.slots > 0 && i < (uint32_t)a->frame.slots; i++)
        if (!rw_has(a->frame.set, i))
            unset[unsets++] = RW_Y(i);
    if (unsets > 0)
        rw_insert(c->unit, f, at, OP_init_yregs, rw_ops(rw_list(unset, unsets)));
    if (a->count == 0)
        rw_insert(c->unit, f, at, OP_move, rw_ops(RW_NIL, RW_X(0)));
    if (a->count == 0)
        return;
    for (uint32_t i = 0; i < a->count; i++)
        list[i] = RW_X(a->live[i]);
    rw_insert(c->unit, f, at, OP_test_heap, rw_ops(RW_U(a->count + 1), RW_U(a->least)));
    rw_insert(c->unit, f, at, OP_put_tuple2, rw_ops(RW_X(0), rw_list(list, a->count)));
}

static void restore(struct cover *c, struct rw_function *f, struct rw_ins *at,
                    const struct around *a)
{
    for (uint32_t i = a->count; i > 0; i--)
        rw_insert(c->unit, f, at, OP_get_tuple_element,
                  rw_ops(RW_X(0), RW_U(i - 1), RW_X(a->live[i - 1])));
    if (a->frame.slots == RW_NO_FRAME)
        rw_insert(c->unit, f, at, OP_deallocate, rw_ops(RW_U(0)));
}

static void put_probe(struct cover *c, const struct rw_flow *flow, struct probe *probe,
                      uint32_t counter)
{
    struct rw_ins *at = probe->place;
    struct around around;
    if (!look_around(flow, at, &around))
        return;
    struct rw_ins *before = at->prev;
    save(c, probe->function, at, &around);
    rw_insert(c->unit, probe->function, at, OP_move, rw_ops(RW_I(counter), RW_X(1)));
    rw_insert(c->unit, probe->function, at, OP_call, rw_ops(RW_U(2), RW_F(c->hit->entry_label)));
    restore(c, probe->function, at, &around);
    probe->first = before->next;
    probe->last = at->prev;
}

// Questions about a function are answered by the flow it has before anything is put in: that of
// what comes before a probe is its own still, since a block's last probe is put in first; and
// probes leave what is live as it was.
static void put_probes(struct cover *c, const uint32_t *lines, size_t count)
{
    for (size_t from = 0; from < c->count;) {
        struct wb_arena arena = {0};
        struct rw_flow flow;
        struct rw_function *f = c->probe[from].function;
        size_t end = from;
        rw_flow(f, &arena, &flow);
        while (end < c->count && c->probe[end].function == f)
            end++;
        for (size_t i = end; i > from; i--) {
            struct probe *probe = &c->probe[i - 1];
            const uint32_t *line = rw_find_number(lines, count, probe->line);
            put_probe(c, &flow, probe, (uint32_t)(line - lines) + 1);
        }
        wb_arena_free(&arena);
        from = end;
    }
}

static void take_out(struct cover *c, struct probe *probe)
{
    for (struct rw_ins *ins = probe->first, *next; ins != NULL; ins = next) {
        next = ins != probe->last ? ins->next : NULL;
        rw_remove(c->unit, probe->function, ins);
    }
    probe->first = probe->last = NULL;
}

// A probe has caused the fault: a value that no term can hold is live there. Which one it was is
// not told: all of the function go. False: there was none.
static bool blame(struct cover *c, const struct beam_fault *fault)
{
    struct rw_function *f = c->unit->first;
    for (uint32_t i = 0; f != NULL && i < fault->function; i++)
        f = f->next;
    bool any = false;
    for (size_t i = 0; f != NULL && i < c->count; i++) {
        if (c->probe[i].function != f || c->probe[i].first == NULL)
            continue;
        take_out(c, &c->probe[i]);
        any = true;
    }
    return any;
}

static struct wb_error *find_faults(struct cover *c, bool *again)
{
    struct wb_arena arena = {0};
    struct wb_text file wb_auto_text = {0};
    struct beam_module module;
    struct beam_code code;
    struct beam_verdict verdict;
    WB_TRY(rw_unit_emit(c->unit, &file));
    struct wb_error *err = rw_verify(wb_text_bytes(&file), &arena, &module, &code, &verdict);
    *again = false;
    for (size_t i = 0; err == NULL && i < verdict.faults.count; i++)
        if (verdict.faults.at[i].function != BEAM_NO_INS)
            *again = blame(c, &verdict.faults.at[i]) || *again;
    wb_arena_free(&arena);
    return err;
}

// Which line each counter is for: version, number of lines, the lines (0: not all of its places are
// counted, so none counts); big-endian.
static void put_map(struct cover *c, uint32_t *lines, size_t count)
{
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; c->probe[i].first == NULL && k < count; k++)
            lines[k] = lines[k] == c->probe[i].line ? 0 : lines[k];
    struct wb_text text wb_auto_text = {0};
    wb_text_put_u32(&text, 1);
    wb_text_put_u32(&text, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        wb_text_put_u32(&text, lines[i]);
    rw_chunk(c->unit, "CryC", rw_copy_bytes(&c->unit->arena, wb_text_bytes(&text)));
}

static struct wb_error *cover(struct cover *c, struct rw_run *run)
{
    size_t count, left = 0;
    bool again = true;
    WB_TRY(rw_cover_lines(&c->unit->module, &c->arena, &c->lines));
    c->file = own_file(&c->unit->module);
    for (struct rw_function *f = c->unit->first; f != NULL; f = f->next)
        find_probes(c, f);
    if (c->count == 0) {
        rw_note(run, "no line to count");
        return NULL;
    }
    uint32_t *lines = number_lines(c, &count);
    c->hit = rw_function_add(c->unit, rw_atom(c->unit, wb_bytes_of("-cryo_cover-")), 2);
    put_hit(c, count);
    put_probes(c, lines, count);
    for (int round = 0; again && round < MOST_ROUNDS; round++)
        WB_TRY(find_faults(c, &again));
    for (size_t i = 0; i < c->count; i++)
        left += c->probe[i].first != NULL;
    put_map(c, lines, count);
    rw_note(run, "%zu lines counted at %zu places; %zu places could not be", count, left,
            c->count - left);
    return NULL;
}

struct wb_error *rw_pass_cover(struct rw_unit *unit, struct rw_run *run)
{
    struct cover c = {.unit = unit};
    if (beam_chunks_find(&unit->module.chunks, "CryC") != NULL)
        return wb_error_new(WB_E_STATE, "the module counts its lines already");
    if (rw_find_atom(unit, wb_bytes_of("persistent_term")) == 1 ||
        rw_find_atom(unit, wb_bytes_of("counters")) == 1)
        return wb_error_new(WB_E_UNSUPPORTED, "counting is done by this module itself");
    struct wb_error *err = cover(&c, run);
    wb_arena_free(&c.arena);
    return err;
}
