// op.h - what is known about each instruction; generated from opcodes.def by the preprocessor.
#ifndef FORMAT_OP_H
#define FORMAT_OP_H

#include <stdint.h>

enum beam_op {
#define OP(number, name, operands, flow, since) OP_##name = (number),
#define GONE(number, name, arity, until)
#include "core-vm/format/opcodes.def"
#undef OP
#undef GONE
    BEAM_OP_LIMIT = 256,
    BEAM_OP_LAST = 191,
};

enum beam_flow { BEAM_FLOW_NEXT, BEAM_FLOW_JUMP, BEAM_FLOW_CALL, BEAM_FLOW_STOP };

struct beam_op_info {
    const char *name;      // NULL: no such instruction
    const char *operands;  // one letter per operand, see opcodes.def; NULL when gone
    enum beam_flow flow;
    uint8_t arity;
    uint8_t since;  // first OTP release with it, 0: always
    uint8_t until;  // last OTP release with it, 0: still there
};

// Never NULL: unknown numbers get an entry whose name is NULL.
const struct beam_op_info *beam_op_info(uint8_t number);

#endif
