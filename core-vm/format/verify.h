// verify.h - is this module safe to run? Every fault of a file, and for each instruction whether
// its types are proved or must be checked at run time.
#ifndef FORMAT_VERIFY_H
#define FORMAT_VERIFY_H

#include "core-vm/format/code.h"

enum beam_rule {
#define BEAM_RULE(id, name, proof, sentence, page) BEAM_RULE_##id,
#include "core-vm/format/rules.def"
#undef BEAM_RULE
    BEAM_RULES,  // how many there are
};

struct beam_fault {
    enum beam_rule rule;
    uint32_t function;  // index into code->functions, BEAM_NO_INS: outside of any
    uint32_t ins;       // BEAM_NO_INS: the module as a whole
    uint32_t origin;    // the instruction that last wrote the register at fault, or BEAM_NO_INS
    const char *text;   // one sentence
    const char *state;  // the registers there; NULL: nobody asked, or nobody knows
};

struct beam_fault_list {
    struct beam_fault *at;
    size_t count;
};

// What stands in registers before an instruction, whichever way was taken there. Labels are asked
// of the instruction behind them.
enum beam_frame { BEAM_NO_FRAME, BEAM_FRAME, BEAM_FRAME_LOST };  // lost: of different sizes
enum beam_mail { BEAM_INSIDE, BEAM_UNSURE, BEAM_OUTSIDE };
struct beam_before {
    uint32_t held;  // in held: x0 and on, then y0 and on
    uint16_t x, y;  // how many; registers beyond are not set
    bool reached;   // there is a way
    uint8_t frame;  // enum beam_frame
    uint8_t mail;   // enum beam_mail: inside, a message that is still in the mailbox is looked at
};
struct beam_known {
    struct beam_before *before;  // per instruction
    uint32_t *held;              // index into types; 0: not set
    struct beam_type *types;     // no bits: what no instruction may look at
};

struct beam_verdict {
    struct beam_fault_list faults;     // none: the module may run
    struct beam_fault_list doubts;     // what is not proved, where asked for
    uint8_t *proved;                   // a bit per instruction, see beam_proved
    uint32_t demands, demands_proved;  // instructions that need something of types; of them proved
    uint8_t
        *lies;  // a bit per instruction: the Type chunk claims of its operands what is not proved
    uint32_t claims, claims_proved;  // instructions with claims; of them proved. Whole only
    struct beam_known known;         // where asked for
};

// Look at all of `code`, which beam_code_read made of `module`. Believes nothing of the Type chunk.
// Takes time linear in the code. The verdict lives on the arena.
void beam_verify(const struct beam_module *module, const struct beam_code *code,
                 struct wb_arena *arena, struct beam_verdict *ret);

struct beam_verify_options {
    bool whole;    // a fixpoint over the module's local calls: more is proved, in more time
    bool explain;  // doubts too, and with each the state of the registers and the origin
    bool known;    // what is known of registers before each instruction
};

// The same with options.
void beam_verify_with(const struct beam_module *module, const struct beam_code *code,
                      const struct beam_verify_options *options, struct wb_arena *arena,
                      struct beam_verdict *ret);

// The instruction's demands on the types of its operands always hold (or it makes none): it may run
// in its unchecked form. Else it must check at run time.
static inline bool beam_proved(const struct beam_verdict *verdict, uint32_t ins)
{
    return (verdict->proved[ins / 8] >> ins % 8 & 1) != 0;
}

// The Type chunk says something of the instruction's operands that is not proved. Whole only.
static inline bool beam_claim_unproved(const struct beam_verdict *verdict, uint32_t ins)
{
    return (verdict->lies[ins / 8] >> ins % 8 & 1) != 0;
}

// All that is known is within the claim: it need not be tested.
bool beam_type_within(const struct beam_type *known, const struct beam_type *claim);

// The rule's name, as users write it; what it demands, in a sentence; why, in some more.
const char *beam_rule_name(enum beam_rule rule);
const char *beam_rule_sentence(enum beam_rule rule);
const char *beam_rule_page(enum beam_rule rule);
// It is about what the machine takes for granted of values: it may be unproved, not only broken.
bool beam_rule_is_proof(enum beam_rule rule);

#endif
