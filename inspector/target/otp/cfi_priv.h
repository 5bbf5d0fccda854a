// cfi_priv.h - what the files that read call frame information share.
#ifndef OTP_CFI_PRIV_H
#define OTP_CFI_PRIV_H

#include "inspector/target/otp/cfi.h"

// Little-endian numbers and DWARF's own, after wb_reader's rules.
uint64_t otp_take(struct wb_reader *r, unsigned size);
uint64_t otp_take_uleb(struct wb_reader *r);
int64_t otp_take_sleb(struct wb_reader *r);
struct wb_bytes otp_take_block(struct wb_reader *r);  // its size before it

// What functions share ("common information entry").
struct otp_cie {
    uint64_t code_factor;
    int64_t data_factor;
    uint8_t encoding;  // of addresses in its functions' entries
    bool augmented, interrupted;
    struct wb_bytes program;
};
// A pointer in one of the encodings of .eh_frame; where: the address of what r reads next.
uint64_t otp_take_pointer(struct wb_reader *r, uint8_t encoding, uint64_t where);

// How to find a register of the caller, or the address of the frame (CFA).
enum otp_rule_kind {
    OTP_RULE_NONE,       // not said
    OTP_RULE_UNDEFINED,  // lost
    OTP_RULE_SAME,       // as it is
    OTP_RULE_AT,         // in memory, number bytes from the frame's address
    OTP_RULE_IS,         // is the frame's address + number
    OTP_RULE_REGISTER,   // in register `reg`, + number
    OTP_RULE_AT_EXPRESSION,
    OTP_RULE_IS_EXPRESSION,
};
struct otp_rule {
    enum otp_rule_kind kind;
    uint32_t reg;
    uint64_t number;
    struct wb_bytes expression;
};
struct otp_row {
    struct otp_rule cfa;
    struct otp_rule reg[OTP_REGISTER_COUNT];
};
// The rules that hold at pc, of a function that begins at start. False: they are damaged.
bool otp_row_at(const struct otp_cie *cie, struct wb_bytes program, uint64_t start, uint64_t pc,
                struct otp_row *ret);

// A DWARF expression (DWARF 5, section 2.5) over the registers, with one value on its stack.
bool otp_expression(struct wb_bytes code, uint64_t initial, struct otp_memory *memory,
                    const struct otp_registers *registers, uint64_t *ret);

#endif
