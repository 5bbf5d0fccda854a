#include <string.h>

#include "rewriter/fuzz/mutate_priv.h"

enum { MOST_TAKEN = 12 };

// ---- code that is changed

bool rw_edit_begin(struct rw_mutate *m, struct rw_edit *ret)
{
    const struct rw_seed *seed = rw_seed_of(m);
    if (!seed->has_code)
        return false;
    *ret = (struct rw_edit){.count = seed->code.ins.count,
                            .room = seed->code.ins.count + RW_EDIT_ROOM,
                            .labels = seed->module.code.labels,
                            .functions = seed->module.code.functions};
    ret->at = wb_push_array(&m->arena, struct beam_ins, ret->room);
    memcpy(ret->at, seed->code.ins.at, ret->count * sizeof *ret->at);
    return true;
}

struct beam_operand *rw_operands(struct rw_mutate *m, struct beam_ins *ins)
{
    struct beam_operand *mine = wb_push_array(&m->arena, struct beam_operand, ins->count + 1u);
    if (ins->count > 0)
        memcpy(mine, ins->operand, ins->count * sizeof *mine);
    ins->operand = mine;
    return mine;
}

struct beam_operand *rw_elements(struct rw_mutate *m, struct beam_operand *list, uint32_t more)
{
    struct beam_operand *mine = wb_push_array(&m->arena, struct beam_operand, list->extra + more);
    if (list->extra > 0)
        memcpy(mine, list->list, list->extra * sizeof *mine);
    list->list = mine;
    return mine;
}

bool rw_edit_insert(struct rw_edit *edit, uint32_t at, struct beam_ins ins)
{
    if (edit->count == edit->room)
        return false;
    memmove(&edit->at[at + 1], &edit->at[at], (edit->count - at) * sizeof *edit->at);
    edit->at[at] = ins;
    edit->count++;
    return true;
}

void rw_edit_drop(struct rw_edit *edit, uint32_t at, uint32_t count)
{
    edit->count -= count;
    memmove(&edit->at[at], &edit->at[at + count], (edit->count - at) * sizeof *edit->at);
}

struct beam_ins rw_ins(struct rw_mutate *m, enum beam_op op, const struct beam_operand *operand)
{
    struct beam_ins ins = {
        .operand = operand, .op = (uint8_t)op, .count = beam_op_info((uint8_t)op)->arity};
    rw_operands(m, &ins);
    return ins;
}

// The data of chunk Code with this code.
static void put_code(const struct rw_seed *seed, const struct rw_edit *edit, struct wb_text *text)
{
    struct beam_module module = seed->module;
    struct beam_code code = seed->code;
    module.code.labels = edit->labels;
    module.code.functions = edit->functions;
    code.ins.at = edit->at;
    code.ins.count = edit->count;
    if (edit->no_end) {
        code.ended = false;
        code.after.size = 0;
    }
    beam_code_chunk_write(&module, &code, text);
}

// The seed with these bytes as its chunk Code.
static void emit_code(struct rw_mutate *m, struct wb_bytes code, struct wb_text *out)
{
    struct beam_chunks chunks;
    struct beam_chunk *chunk =
        rw_chunks_begin(m, &chunks) ? beam_chunks_find(&chunks, "Code") : NULL;
    if (chunk == NULL)
        return;
    beam_chunk_set(chunk, code);
    rw_chunks_emit(&chunks, out);
}

void rw_edit_emit(struct rw_mutate *m, const struct rw_edit *edit, struct wb_text *out)
{
    struct wb_text bytes wb_auto_text = {0};
    put_code(rw_seed_of(m), edit, &bytes);
    emit_code(m, wb_text_bytes(&bytes), out);
}

// ---- mutators

// An operand that stands somewhere else in the code: it has at least the right look.
static struct beam_operand any_operand(struct rw_mutate *m)
{
    const struct beam_code *code = &rw_seed_of(m)->code;
    for (int i = 0; i < 8; i++) {
        const struct beam_ins *ins = &code->ins.at[rw_below(&m->random, code->ins.count)];
        if (ins->count > 0)
            return ins->operand[rw_below(&m->random, ins->count)];
    }
    return RW_X(rw_below(&m->random, 4));
}

static void step_value(struct rw_mutate *m, struct beam_operand *operand)
{
    switch (rw_below(&m->random, 4)) {
    case 0:
        operand->value++;
        break;
    case 1:
        operand->value -= operand->value > 0;
        break;
    case 2:
        operand->value = rw_below(&m->random, 16);
        break;
    default:
        operand->value = rw_special(&m->random) >> 1;
        break;
    }
    memset(operand->width, 0, sizeof operand->width);
}

static bool is_list(const struct beam_operand *operand)
{
    return operand->tag == BEAM_TAG_LIST || operand->tag == BEAM_TAG_ALLOC;
}

static void change_operand(struct rw_mutate *m, struct beam_operand *operand);

static void change_list(struct rw_mutate *m, struct beam_operand *list)
{
    struct beam_operand *mine = rw_elements(m, list, 1);
    uint64_t how = rw_below(&m->random, list->tag == BEAM_TAG_ALLOC ? 1 : 4);
    if (how == 1 && list->extra > 0) {
        list->extra--;
    } else if (how == 2) {
        mine[list->extra] = any_operand(m);
        list->extra += !is_list(&mine[list->extra]);
    } else if (list->extra > 0) {
        struct beam_operand *one = &mine[rw_below(&m->random, list->extra)];
        if (list->tag == BEAM_TAG_ALLOC)
            step_value(m, one);
        else
            change_operand(m, one);
    }
    list->width[1] = 0;
}

static void change_operand(struct rw_mutate *m, struct beam_operand *operand)
{
    if (is_list(operand)) {
        change_list(m, operand);
        return;
    }
    switch (rw_below(&m->random, 4)) {
    case 0: {
        struct beam_operand other = any_operand(m);
        if (!is_list(&other))
            *operand = other;
        break;
    }
    case 1:
        *operand = rw_op((enum beam_tag)rw_below(&m->random, BEAM_TAG_H),
                         operand->value > UINT32_MAX ? 0 : operand->value);
        break;
    default:
        if (operand->tag != BEAM_TAG_BIG)
            step_value(m, operand);
        break;
    }
}

bool mutate_operand(struct rw_mutate *m, struct wb_text *out)
{
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit))
        return false;
    for (uint64_t left = 1 + rw_below(&m->random, 2); left > 0; left--) {
        struct beam_ins *ins = &edit.at[rw_below(&m->random, edit.count)];
        if (ins->count > 0)
            change_operand(m, &rw_operands(m, ins)[rw_below(&m->random, ins->count)]);
    }
    rw_edit_emit(m, &edit, out);
    return true;
}

// An instruction's first list, which is its own now and whose length is written as short as can be.
static struct beam_operand *first_list(struct rw_mutate *m, struct beam_ins *ins)
{
    for (uint8_t i = 0; i < ins->count; i++)
        if (is_list(&ins->operand[i])) {
            struct beam_operand *list = &rw_operands(m, ins)[i];
            list->width[1] = list->width[2] = 0;
            return list;
        }
    return NULL;
}

// How many bytes come before a list's length: the code up to there, and the list's tag.
static size_t before_length(const struct rw_seed *seed, const struct rw_edit *edit,
                            const struct beam_ins *ins, const struct beam_operand *list)
{
    struct wb_text bytes wb_auto_text = {0};
    struct rw_edit before = *edit;
    struct beam_ins begun = *ins;
    before.count = (uint32_t)(ins - edit->at);
    before.no_end = true;
    begun.count = (uint8_t)(list - ins->operand);
    put_code(seed, &before, &bytes);
    beam_ins_write(&begun, &bytes);
    return bytes.size + 1;
}

// The length becomes any number of 32 bits, in five bytes; what is in the list stays.
bool mutate_list_length(struct rw_mutate *m, struct wb_text *out)
{
    enum { SHORT = 16, FOUR_BYTES = 0x58 };
    struct rw_edit edit;
    struct beam_ins *ins = NULL;
    struct beam_operand *list = NULL;
    if (!rw_edit_begin(m, &edit))
        return false;
    uint64_t from = rw_below(&m->random, edit.count);
    for (uint32_t i = 0; i < edit.count && list == NULL; i++) {
        ins = &edit.at[(from + i) % edit.count];
        list = first_list(m, ins);
    }
    if (list == NULL || list->extra >= SHORT)
        return false;
    struct wb_text code wb_auto_text = {0}, bytes wb_auto_text = {0};
    size_t at = before_length(rw_seed_of(m), &edit, ins, list);
    put_code(rw_seed_of(m), &edit, &code);
    wb_text_put_bytes(&bytes, code.at, at);
    wb_text_put_char(&bytes, FOUR_BYTES);
    wb_text_put_u32(&bytes, (uint32_t)rw_special(&m->random));
    wb_text_put_bytes(&bytes, code.at + at + 1, code.size - at - 1);
    emit_code(m, wb_text_bytes(&bytes), out);
    return true;
}

// Another opcode whose operands are as many; half of the time of the very same kinds.
bool mutate_opcode(struct rw_mutate *m, struct wb_text *out)
{
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit))
        return false;
    struct beam_ins *ins = &edit.at[rw_below(&m->random, edit.count)];
    const struct beam_op_info *old = beam_op_info(ins->op);
    bool same = rw_one_in(&m->random, 2);
    for (int i = 0; i < 200; i++) {
        uint8_t op = (uint8_t)(1 + rw_below(&m->random, BEAM_OP_LAST));
        const struct beam_op_info *info = beam_op_info(op);
        if (info->name == NULL || info->operands == NULL || info->arity != old->arity ||
            op == ins->op || (same && strcmp(info->operands, old->operands) != 0))
            continue;
        ins->op = op;
        rw_edit_emit(m, &edit, out);
        return true;
    }
    return false;
}

bool mutate_ins_copy(struct rw_mutate *m, struct wb_text *out)
{
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit))
        return false;
    struct beam_ins ins = edit.at[rw_below(&m->random, edit.count)];
    rw_edit_insert(&edit, (uint32_t)rw_below(&m->random, edit.count + 1), ins);
    rw_edit_emit(m, &edit, out);
    return true;
}

bool mutate_ins_drop(struct rw_mutate *m, struct wb_text *out)
{
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit))
        return false;
    uint32_t at = (uint32_t)rw_below(&m->random, edit.count), left = edit.count - at;
    uint32_t count = rw_one_in(&m->random, 4) ? 1 + (uint32_t)rw_below(&m->random, MOST_TAKEN) : 1;
    rw_edit_drop(&edit, at, count < left ? count : left);
    rw_edit_emit(m, &edit, out);
    return true;
}

bool mutate_ins_swap(struct rw_mutate *m, struct wb_text *out)
{
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit) || edit.count < 2)
        return false;
    uint32_t a = (uint32_t)rw_below(&m->random, edit.count - 1), b = a + 1;
    if (rw_one_in(&m->random, 4))
        b = (uint32_t)rw_below(&m->random, edit.count);
    struct beam_ins saved = edit.at[a];
    edit.at[a] = edit.at[b];
    edit.at[b] = saved;
    rw_edit_emit(m, &edit, out);
    return true;
}

// Labels, atoms and literals of the other file mean something else here; that is wanted.
bool mutate_ins_splice(struct rw_mutate *m, struct wb_text *out)
{
    struct rw_edit edit;
    const struct rw_seed *partner = rw_partner_of(m);
    if (!partner->has_code || !rw_edit_begin(m, &edit))
        return false;
    uint32_t from = (uint32_t)rw_below(&m->random, partner->code.ins.count);
    uint32_t at = (uint32_t)rw_below(&m->random, edit.count + 1);
    uint32_t take = 1 + (uint32_t)rw_below(&m->random, MOST_TAKEN);
    if (rw_one_in(&m->random, 2) && at < edit.count)
        rw_edit_drop(&edit, at, 1);
    for (uint32_t i = 0; i < take && from + i < partner->code.ins.count; i++)
        if (!rw_edit_insert(&edit, at + i, partner->code.ins.at[from + i]))
            break;
    rw_edit_emit(m, &edit, out);
    return true;
}
