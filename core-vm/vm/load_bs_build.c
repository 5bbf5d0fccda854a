// Building instructions of bit strings as operations.
#include "core-vm/vm/load_priv.h"
#include "core-vm/vm/op_bs_priv.h"

unsigned vm_load_segment_flags(const struct vm_load *l, const struct beam_operand *o)
{
    static const struct {
        const char *name;
        unsigned flag;
    } names[] = {{"little", VM_SEGMENT_LITTLE},
                 {"signed", VM_SEGMENT_SIGNED},
                 {"native", VM_SEGMENT_NATIVE}};
    if (o->tag == BEAM_TAG_U)
        return (unsigned)o->value & 31;
    if (o->tag != BEAM_TAG_LITERAL || o->value >= l->literals.count)
        return 0;
    const struct beam_value *list = &l->literals.at[o->value];
    unsigned flags = 0;
    for (size_t i = 0; list->kind == BEAM_CONS && i < list->part.count; i++)
        for (unsigned n = 0; n < sizeof names / sizeof *names; n++)
            if (list->part.at[i].kind == BEAM_ATOM &&
                wb_bytes_equal(list->part.at[i].text, wb_bytes_of(names[n].name)))
                flags |= names[n].flag;
    return flags;
}

bool vm_load_string_exists(const struct vm_load *l, uint64_t offset, uint64_t bits)
{
    size_t size = l->module->strings.size;
    return offset <= size && bits / 8 + (bits % 8 != 0) <= size - offset;
}

// A segment as words of an operation.
struct segment {
    enum vm_bs_kind kind;
    uint64_t flags, unit, number;
    const struct beam_operand *value, *size;  // size NULL: []
};

static void bad_segment(struct vm_load *l)
{
    vm_load_fail(l, wb_error_new(WB_E_BAD_DATA,
                                 "instruction %u: a segment of a bit string that "
                                 "cannot be",
                                 l->ins));
}

static void emit_segment(struct vm_load *l, const struct segment *s)
{
    if (s->flags > 31 || s->unit > 256 || s->number > UINT16_MAX) {
        bad_segment(l);
        return;
    }
    vm_emit_word(l, (uint64_t)s->kind | s->flags << 16 | s->unit << 32 | s->number << 48);
    if (s->kind == VM_BS_string) {
        vm_emit_string(l, s->value->value);
        vm_emit_word(l, (uint64_t)s->size->integer * 8);
        return;
    }
    vm_emit_source(l, s->value);
    if (s->size == NULL)
        vm_emit_word(l, VM_NIL);
    else
        vm_emit_source(l, s->size);
}

static enum vm_bs_kind kind_of(const struct vm_load *l, const struct beam_operand *o)
{
    static const char *const names[] = {
#define KIND(name) #name,
        VM_BS_KINDS(KIND)
#undef KIND
    };
    struct wb_bytes name =
        o->tag == BEAM_TAG_A ? beam_module_atom(l->module, o->value) : (struct wb_bytes){0};
    for (unsigned i = 0; i < VM_BS_KIND_COUNT; i++)
        if (wb_bytes_equal(name, wb_bytes_of(names[i])))
            return (enum vm_bs_kind)i;
    return VM_BS_KIND_COUNT;
}

static bool is_append(enum vm_bs_kind kind)
{
    return kind == VM_BS_append || kind == VM_BS_private_append;
}

static bool string_fits(const struct vm_load *l, const struct beam_operand *offset,
                        const struct beam_operand *bytes)
{
    return bytes->tag == BEAM_TAG_I && bytes->integer >= 0 && bytes->integer < 1 << 28 &&
           vm_load_string_exists(l, offset->value, (uint64_t)bytes->integer * 8);
}

static void create_segment(struct vm_load *l, const struct beam_operand *o, bool first)
{
    struct segment s = {.kind = kind_of(l, &o[0]),
                        .number = o[1].value,
                        .unit = o[2].value,
                        .flags = vm_load_segment_flags(l, &o[3]),
                        .value = &o[4],
                        .size = &o[5]};
    bool string = s.kind == VM_BS_string;
    if (s.kind == VM_BS_KIND_COUNT || (is_append(s.kind) && !first) ||
        string != (o[4].tag == BEAM_TAG_U) || (string && !string_fits(l, &o[4], &o[5]))) {
        bad_segment(l);
        return;
    }
    // Appending copies or extends the whole binary.
    static const struct beam_operand none = {.tag = BEAM_TAG_A};
    if (is_append(s.kind) && o[5].tag != BEAM_TAG_A)
        s.size = &none;
    emit_segment(l, &s);
}

static uint64_t room_word(struct vm_load *l, uint64_t live, uint64_t heap)
{
    if (live <= VM_X_REGS && heap < 1 << 24)
        return live | heap << 16;
    bad_segment(l);
    return 0;
}

uint32_t vm_load_bs_create(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    uint32_t count = o[5].extra;
    vm_emit(l, VM_OP_bs_create, vm_load_reg(&o[4]), 0, 0);
    vm_emit_jump(l, o[0].value);
    vm_emit_word(l, room_word(l, o[2].value, vm_load_heap_words(&o[1])));
    if (count % BEAM_SEGMENT_PARTS != 0)
        bad_segment(l);
    vm_emit_word(l, count / BEAM_SEGMENT_PARTS * 3);
    for (uint32_t i = 0; i + BEAM_SEGMENT_PARTS <= count; i += BEAM_SEGMENT_PARTS)
        create_segment(l, &o[5].list[i], i == 0);
    return 1;
}

// A size as a source word: a number or a source.
static void emit_size(struct vm_load *l, const struct beam_operand *o)
{
    if (o->tag != BEAM_TAG_U) {
        vm_emit_source(l, o);
        return;
    }
    if (o->value >= UINT64_C(1) << 40)
        bad_segment(l);
    vm_emit_word(l, vm_small((int64_t)(o->value & 0xFFFFFFFFFF)));
}

uint32_t vm_load_bs_init(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    vm_emit(l, VM_OP_bs_init, vm_load_reg(&o[5]), 0, 0);
    vm_emit_jump(l, o[0].value);
    vm_emit_word(l, room_word(l, o[3].value, vm_load_heap_words(&o[2])));
    emit_size(l, &o[1]);
    vm_emit_word(l, ins->op == OP_bs_init2 ? 8 : 1);
    return 1;
}

uint32_t vm_load_bs_append(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    bool private = ins->op == OP_bs_private_append;
    // fail size extra live unit binary flags to, fail size unit binary flags to
    vm_emit(l, VM_OP_bs_append, vm_load_reg(&o[private ? 5 : 7]), 0, 0);
    vm_emit_jump(l, o[0].value);
    vm_emit_word(l, private ? room_word(l, VM_X_REGS, 0)
                            : room_word(l, o[3].value, vm_load_heap_words(&o[2])));
    vm_emit_source(l, &o[1]);
    vm_emit_source(l, &o[private ? 3 : 5]);
    vm_emit_word(l, o[private ? 2 : 4].value);
    return 1;
}

uint32_t vm_load_bs_add(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    vm_emit(l, VM_OP_bs_add, vm_load_reg(&o[4]), 0, 0);
    vm_emit_jump(l, o[0].value);
    vm_emit_source(l, &o[1]);
    vm_emit_source(l, &o[2]);
    if (o[3].value > 256)
        bad_segment(l);
    vm_emit_word(l, o[3].value);
    return 1;
}

uint32_t vm_load_bs_put(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    enum vm_bs_kind kind = ins->op == OP_bs_put_integer ? VM_BS_integer
                           : ins->op == OP_bs_put_float ? VM_BS_float
                                                        : VM_BS_binary;
    vm_emit(l, VM_OP_bs_put, 0, 0, 0);
    vm_emit_jump(l, o[0].value);
    emit_segment(l, &(struct segment){.kind = kind,
                                      .size = &o[1],
                                      .unit = o[2].value,
                                      .flags = o[3].value & 31,
                                      .value = &o[4]});
    return 1;
}

uint32_t vm_load_bs_put_utf(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    enum vm_bs_kind kind = ins->op == OP_bs_put_utf8    ? VM_BS_utf8
                           : ins->op == OP_bs_put_utf16 ? VM_BS_utf16
                                                        : VM_BS_utf32;
    vm_emit(l, VM_OP_bs_put, 0, 0, 0);
    vm_emit_jump(l, o[0].value);
    emit_segment(l, &(struct segment){.kind = kind, .flags = o[1].value & 31, .value = &o[2]});
    return 1;
}

uint32_t vm_load_bs_put_string(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    if (o[0].value >= 1 << 28 || !vm_load_string_exists(l, o[1].value, o[0].value * 8))
        bad_segment(l);
    vm_emit(l, VM_OP_bs_put_string, 0, 0, 0);
    vm_emit_word(l, o[0].value * 8);
    vm_emit_string(l, o[1].value);
    return 1;
}

uint32_t vm_load_bs_utf_size(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    vm_emit(l, ins->op == OP_bs_utf8_size ? VM_OP_bs_utf8_size : VM_OP_bs_utf16_size,
            vm_load_reg(&o[2]), 0, 0);
    vm_emit_jump(l, o[0].value);
    vm_emit_source(l, &o[1]);
    return 1;
}
