#include "core-vm/format/op.h"

static const struct beam_op_info ops[BEAM_OP_LIMIT] = {
#define OP(number, op_name, letters, op_flow, first) \
    [number] = {.name = #op_name,                    \
                .operands = (letters),               \
                .flow = BEAM_FLOW_##op_flow,         \
                .arity = sizeof(letters) - 1,        \
                .since = (first)},
#define GONE(number, op_name, count, last) \
    [number] = {.name = #op_name, .arity = (count), .until = (last)},
#include "core-vm/format/opcodes.def"
#undef OP
#undef GONE
};

const struct beam_op_info *beam_op_info(uint8_t number)
{
    return &ops[number];
}
