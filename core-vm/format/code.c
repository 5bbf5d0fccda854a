#include "core-vm/format/code.h"

#include <string.h>

#include "core-vm/base/planted.h"
#include "core-vm/format/number_priv.h"

enum { EXT_LIST = 1, EXT_FR = 2, EXT_ALLOC = 3, EXT_LITERAL = 4, EXT_TYPED = 5, EXT = 7 };
enum { OPERANDS_A_BLOCK = 1024, BYTES_AN_INSTRUCTION = 4 };

struct decoder {
    struct wb_reader in;
    size_t size;  // of all instructions
    struct wb_arena *arena;
    struct beam_operand *spare;  // of the current block
    size_t spares;
    const char *fault;  // what is wrong with the instruction being read
};

static struct beam_operand fault_operand(struct decoder *d, const char *fault)
{
    if (d->fault == NULL)
        d->fault = d->in.bad ? "an operand is cut short or malformed" : fault;
    return (struct beam_operand){0};
}

static struct beam_number read_u(struct decoder *d, const char *fault)
{
    struct beam_number number = beam_number_read(&d->in);
    if (number.tag != BEAM_TAG_U || d->in.bad)
        (void)fault_operand(d, fault);
    return number;
}

static struct beam_operand read_operand(struct decoder *d, bool in_list);

static struct beam_operand *read_operands(struct decoder *d, size_t count)
{
    struct beam_operand *at = wb_push_array(d->arena, struct beam_operand, count);
    for (size_t i = 0; i < count && d->fault == NULL; i++)
        at[i] = read_operand(d, true);
    return at;
}

static struct beam_operand read_list(struct decoder *d, enum beam_tag tag, uint8_t ext_width)
{
    struct beam_number count = read_u(d, "a list has no length");
    size_t operands = (size_t)count.value * (tag == BEAM_TAG_ALLOC ? 2 : 1);
    if (d->fault != NULL ||
        ((uint64_t)count.value > d->in.rest.size && !wb_is_planted("list-length")))
        return fault_operand(d, "a list is longer than the code");
    struct beam_operand list = {.tag = (uint8_t)tag, .width = {0, count.width, ext_width}};
    list.extra = (uint32_t)operands;
    list.list = read_operands(d, operands);
    if (tag == BEAM_TAG_ALLOC)
        for (size_t i = 0; i < operands; i++)
            if (list.list[i].tag != BEAM_TAG_U)
                return fault_operand(d, "an allocation list is malformed");
    return list;
}

static struct beam_operand read_typed(struct decoder *d, uint8_t ext_width)
{
    struct beam_number reg = beam_number_read(&d->in);
    if (reg.tag != BEAM_TAG_X && reg.tag != BEAM_TAG_Y)
        return fault_operand(d, "something else than a register has a type");
    struct beam_number type = read_u(d, "a register's type has a tag");
    if (type.value >= BEAM_NO_TYPE)
        return fault_operand(d, "a register's type is out of range");
    return (struct beam_operand){.tag = reg.tag,
                                 .width = {reg.width, type.width, ext_width},
                                 .extra = (uint32_t)type.value,
                                 .value = (uint64_t)reg.value};
}

static struct beam_operand read_extended(struct decoder *d, struct beam_number ext, bool in_list)
{
    if (in_list && (ext.value == EXT_LIST || ext.value == EXT_ALLOC))
        return fault_operand(d, "a list is in a list");
    switch (ext.value) {
    case EXT_LIST:
        return read_list(d, BEAM_TAG_LIST, ext.width);
    case EXT_ALLOC:
        return read_list(d, BEAM_TAG_ALLOC, ext.width);
    case EXT_TYPED:
        return read_typed(d, ext.width);
    case EXT_FR:
    case EXT_LITERAL: {
        struct beam_number number = read_u(d, "a literal or float register has a tag");
        return (struct beam_operand){.tag = ext.value == EXT_FR ? BEAM_TAG_FR : BEAM_TAG_LITERAL,
                                     .width = {number.width, 0, ext.width},
                                     .value = (uint64_t)number.value};
    }
    default:
        return fault_operand(d, "an extended operand is of no known kind");
    }
}

static struct beam_operand read_operand(struct decoder *d, bool in_list)
{
    struct beam_number number = beam_number_read(&d->in);
    if (d->in.bad)
        return fault_operand(d, NULL);
    if (number.tag == EXT)
        return read_extended(d, number, in_list);
    if (number.big)
        return (struct beam_operand){
            .tag = BEAM_TAG_BIG, .extra = (uint32_t)number.bytes.size, .bytes = number.bytes.at};
    bool reg = number.tag == BEAM_TAG_X || number.tag == BEAM_TAG_Y;
    return (struct beam_operand){.tag = number.tag,
                                 .width = {number.width, 0, 0},
                                 .extra = reg ? BEAM_NO_TYPE : 0,
                                 .value = (uint64_t)number.value};
}

static struct beam_operand *take_operands(struct decoder *d, size_t count)
{
    if (count == 0)
        return NULL;
    if (count > d->spares) {
        d->spares = d->size < OPERANDS_A_BLOCK ? d->size + 16 : OPERANDS_A_BLOCK;
        d->spare = wb_push_array(d->arena, struct beam_operand, d->spares);
    }
    struct beam_operand *at = d->spare;
    d->spare += count;
    d->spares -= count;
    return at;
}

static struct wb_error *check_op(const struct beam_op_info *info, uint8_t op, uint32_t at)
{
    if (info->name == NULL)
        return wb_error_new(WB_E_UNSUPPORTED, "instruction %u at byte %u does not exist", op, at);
    if (info->operands == NULL)
        return wb_error_new(WB_E_UNSUPPORTED, "instruction %s at byte %u was last loaded by OTP %u",
                            info->name, at, info->until);
    return NULL;
}

static struct wb_error *read_ins(struct decoder *d, uint8_t op, uint32_t at, struct beam_ins *ret)
{
    const struct beam_op_info *info = beam_op_info(op);
    WB_TRY(check_op(info, op, at));
    struct beam_operand *operand = take_operands(d, info->arity);
    for (unsigned i = 0; i < info->arity && d->fault == NULL; i++)
        operand[i] = read_operand(d, false);
    if (d->fault != NULL)
        return wb_error_new(WB_E_BAD_DATA, "%s at byte %u: %s", info->name, at, d->fault);
    *ret = (struct beam_ins){operand, at, op, info->arity};
    return NULL;
}

static void grow(struct wb_arena *arena, struct beam_code *code, size_t *capacity)
{
    *capacity *= 2;
    struct beam_ins *at = wb_push_array(arena, struct beam_ins, *capacity);
    memcpy(at, code->ins.at, code->ins.count * sizeof *at);
    code->ins.at = at;
}

static struct wb_error *read_all(struct decoder *d, struct beam_code *code)
{
    size_t capacity = d->size / BYTES_AN_INSTRUCTION + 8;
    code->ins.at = wb_push_array(d->arena, struct beam_ins, capacity);
    while (d->in.rest.size > 0) {
        uint32_t at = (uint32_t)(d->size - d->in.rest.size);
        uint8_t op = wb_read_u8(&d->in);
        if (op == OP_int_code_end) {
            code->ended = true;
            code->after = d->in.rest;
            return NULL;
        }
        if (code->ins.count == capacity)
            grow(d->arena, code, &capacity);
        WB_TRY(read_ins(d, op, at, &code->ins.at[code->ins.count]));
        code->ins.count++;
    }
    return NULL;
}

static struct wb_error *walk(struct decoder *d, beam_walk_fn *fn, void *user,
                             struct wb_bytes *after)
{
    struct beam_operand operands[UINT8_MAX];
    struct wb_mark mark = wb_arena_mark(d->arena);
    while (d->in.rest.size > 0 && *d->in.rest.at != OP_int_code_end) {
        uint32_t at = (uint32_t)(d->size - d->in.rest.size);
        struct beam_ins ins;
        d->spare = operands;
        d->spares = sizeof operands / sizeof *operands;
        WB_TRY(read_ins(d, wb_read_u8(&d->in), at, &ins));
        fn(user, &ins);
        wb_arena_rewind(d->arena, mark);
    }
    *after = d->in.rest;
    return NULL;
}

struct wb_error *beam_code_walk(struct wb_bytes bytes, beam_walk_fn *fn, void *user,
                                struct wb_bytes *after)
{
    struct wb_arena arena = {0};
    struct decoder d = {.in = {.rest = bytes}, .size = bytes.size, .arena = &arena};
    (void)wb_push(&arena, 1, 1);  // a block to rewind to, so that it is not made for each list
    struct wb_error *err = walk(&d, fn, user, after);
    wb_arena_free(&arena);
    return err != NULL ? wb_error_while(err, "reading the code") : NULL;
}

static bool is_op(const struct beam_code *code, uint64_t ins, enum beam_op op)
{
    return ins < code->ins.count && code->ins.at[ins].op == op;
}

static uint32_t u_operand(const struct beam_ins *ins, unsigned index)
{
    const struct beam_operand *operand = &ins->operand[index];
    return operand->value <= UINT32_MAX ? (uint32_t)operand->value : 0;
}

// A label and a line may stand before func_info, in either order.
static void find_start(const struct beam_code *code, uint32_t least, struct beam_function *function)
{
    uint32_t at = function->info;
    for (int i = 0; i < 2 && at > least; i++) {
        const struct beam_ins *ins = &code->ins.at[at - 1];
        if (ins->op == OP_line && function->line == 0)
            function->line = u_operand(ins, 0);
        else if (ins->op == OP_label && function->info_label == 0)
            function->info_label = u_operand(ins, 0);
        else
            break;
        at--;
    }
    function->first = at;
}

static struct beam_function make_function(const struct beam_code *code, uint32_t info,
                                          uint32_t least)
{
    const struct beam_ins *ins = &code->ins.at[info];
    struct beam_function function = {
        .name = u_operand(ins, 1), .arity = u_operand(ins, 2), .info = info, .entry = BEAM_NO_INS};
    find_start(code, least, &function);
    if (is_op(code, (uint64_t)info + 1, OP_label)) {
        function.entry = info + 1;
        function.entry_label = u_operand(&ins[1], 0);
    }
    return function;
}

static void find_functions(struct wb_arena *arena, struct beam_code *code)
{
    size_t count = 0;
    for (uint32_t i = 0; i < code->ins.count; i++)
        count += code->ins.at[i].op == OP_func_info;
    code->functions.at = wb_push_array(arena, struct beam_function, count);
    uint32_t least = 0;
    for (uint32_t i = 0; i < code->ins.count; i++) {
        if (code->ins.at[i].op != OP_func_info)
            continue;
        struct beam_function function = make_function(code, i, least);
        if (code->functions.count > 0)
            code->functions.at[code->functions.count - 1].end = function.first;
        function.end = code->ins.count;
        code->functions.at[code->functions.count++] = function;
        least = function.entry != BEAM_NO_INS ? i + 2 : i + 1;
    }
}

static void find_labels(const struct beam_module *module, struct wb_arena *arena,
                        struct beam_code *code)
{
    uint32_t count = module->code.labels;
    code->labels.count = count;
    code->labels.at = wb_push_array(arena, uint32_t, count);
    memset(code->labels.at, 0xff, count * sizeof *code->labels.at);
    for (uint32_t i = 0; i < code->ins.count; i++) {
        const struct beam_ins *ins = &code->ins.at[i];
        if (ins->op != OP_label || ins->operand[0].value >= count)
            continue;
        uint32_t *at = &code->labels.at[ins->operand[0].value];
        if (*at == BEAM_NO_INS)
            *at = i;
    }
}

struct wb_error *beam_code_read(const struct beam_module *module, struct wb_arena *arena,
                                struct beam_code *ret)
{
    struct wb_bytes bytes = module->code.bytes;
    struct decoder d = {.in = {.rest = bytes}, .size = bytes.size, .arena = arena};
    struct beam_code code = {0};
    struct wb_error *err = read_all(&d, &code);
    if (err != NULL)
        return wb_error_while(err, "reading the code");
    find_functions(arena, &code);
    find_labels(module, arena, &code);
    *ret = code;
    return NULL;
}

static void write_operand(const struct beam_operand *operand, struct wb_text *text);

static void write_list(const struct beam_operand *list, struct wb_text *text)
{
    bool alloc = list->tag == BEAM_TAG_ALLOC;
    beam_number_write(text, EXT, alloc ? EXT_ALLOC : EXT_LIST, list->width[2]);
    beam_number_write(text, BEAM_TAG_U, alloc ? list->extra / 2 : list->extra, list->width[1]);
    for (uint32_t i = 0; i < list->extra; i++)
        write_operand(&list->list[i], text);
}

static void write_register(const struct beam_operand *reg, struct wb_text *text)
{
    bool typed = reg->extra != BEAM_NO_TYPE;
    if (typed)
        beam_number_write(text, EXT, EXT_TYPED, reg->width[2]);
    beam_number_write(text, reg->tag, reg->integer, reg->width[0]);
    if (typed)
        beam_number_write(text, BEAM_TAG_U, reg->extra, reg->width[1]);
}

static void write_operand(const struct beam_operand *operand, struct wb_text *text)
{
    switch ((enum beam_tag)operand->tag) {
    case BEAM_TAG_U:
    case BEAM_TAG_I:
    case BEAM_TAG_A:
    case BEAM_TAG_F:
    case BEAM_TAG_H:
        beam_number_write(text, operand->tag, operand->integer, operand->width[0]);
        break;
    case BEAM_TAG_X:
    case BEAM_TAG_Y:
        write_register(operand, text);
        break;
    case BEAM_TAG_BIG:
        beam_number_write_big(text, BEAM_TAG_I, (struct wb_bytes){operand->bytes, operand->extra});
        break;
    case BEAM_TAG_LIST:
    case BEAM_TAG_ALLOC:
        write_list(operand, text);
        break;
    case BEAM_TAG_FR:
    case BEAM_TAG_LITERAL:
        beam_number_write(text, EXT, operand->tag == BEAM_TAG_FR ? EXT_FR : EXT_LITERAL,
                          operand->width[2]);
        beam_number_write(text, BEAM_TAG_U, operand->integer, operand->width[0]);
        break;
    }
}

void beam_ins_write(const struct beam_ins *ins, struct wb_text *text)
{
    wb_text_put_char(text, (char)ins->op);
    for (unsigned i = 0; i < ins->count; i++)
        write_operand(&ins->operand[i], text);
}

void beam_code_write(const struct beam_code *code, struct wb_text *text)
{
    for (uint32_t i = 0; i < code->ins.count; i++)
        beam_ins_write(&code->ins.at[i], text);
    if (code->ended)
        wb_text_put_char(text, OP_int_code_end);
    wb_text_put_bytes(text, code->after.at, code->after.size);
}

// Calls, and what has no label to go to when it fails.
static bool may_raise(const struct beam_ins *ins)
{
    const struct beam_op_info *info = beam_op_info(ins->op);
    return info->flow == BEAM_FLOW_CALL || (info->operands[0] == 'j' && ins->operand[0].value == 0);
}

bool beam_never_goes_on(const struct beam_code *code, uint32_t ins)
{
    uint8_t op = code->ins.at[ins].op;
    if (op == OP_label || op == OP_line)
        return false;
    bool labelled = false, raises = may_raise(&code->ins.at[ins]);
    for (ins++; ins < code->ins.count; ins++) {
        op = code->ins.at[ins].op;
        if (op != OP_label && op != OP_line)
            return labelled && raises && (op == OP_try_case || op == OP_func_info);
        labelled = labelled || op == OP_label;
    }
    return raises;
}

const struct beam_function *beam_code_function_at(const struct beam_code *code, uint32_t ins)
{
    uint32_t low = 0, high = code->functions.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (code->functions.at[middle].first <= ins)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &code->functions.at[low - 1] : NULL;
}
