// verify_priv.h - the verifier's inside: what is known about registers at a point of the code.
//
// verify.c looks at the module and walks functions; verify_operand.c looks at instructions by
// themselves; verify_step.c carries the state over one instruction, with what is special about an
// opcode in verify_ops.c; verify_state.c keeps states.
#ifndef FORMAT_VERIFY_PRIV_H
#define FORMAT_VERIFY_PRIV_H

#include "core-vm/format/verify.h"

// What a register may hold: a set of kinds. Empty: it was never set.
enum {
    T_ATOM = 1 << 0,
    T_BITS = 1 << 1,
    T_CONS = 1 << 2,
    T_NIL = 1 << 3,
    T_FLOAT = 1 << 4,
    T_FUN = 1 << 5,
    T_INT = 1 << 6,
    T_MAP = 1 << 7,
    T_ID = 1 << 8,  // pid, port, reference
    T_TUPLE = 1 << 9,
    T_TRACE = 1 << 10,   // raw stack trace of an exception
    T_MARKER = 1 << 11,  // receive marker
    T_CONTEXT = 1 << 12,
    T_TRY = 1 << 13,    // tag of an active try
    T_CATCH = 1 << 14,  // of an active catch
    T_STALE = 1 << 15,  // what a wait_timeout waits for: it alone may name the register
    T_LIST = T_CONS | T_NIL,
    T_NUMBER = T_INT | T_FLOAT,
    T_ANY = (1 << 10) - 1,  // every term
    T_VALUE = T_ANY | T_TRACE | T_MARKER,
    T_TAG = T_TRY | T_CATCH,
};

// info: of a tuple its least size; of a tag its handler's label.
// small: of a fun, if it is nothing else, its arity + 1; of a tag the slot + 1 of the next outer
// one.
// value: registers with the same one, not 0, hold the same term: it is the `move` that made them
// so.
struct type {
    uint16_t kinds, small;
    uint32_t info;
    uint32_t value;
};

enum { VERIFY_REGS = 1024, VERIFY_FLOATS = 64, NO_FRAME = -1 };

// Heap words reserved by the last instruction that may collect garbage.
struct room {
    uint32_t words, floats, funs;
};

struct state {
    struct type *x, *y;
    uint32_t nx;    // x registers from here on are not set
    int32_t frame;  // stack slots, or NO_FRAME
    bool lost;      // the frame has at least so many slots: code that only raises an exception is
                    // shared by parts of a function with different frames
    uint32_t handler;  // slot + 1 of the innermost active tag, 0: none
    struct room room;
    uint64_t floats;     // float registers that are set
    uint32_t receiving;  // the loop_rec, + 1, whose message is being looked at, 0: none
    bool kept;           // stack slots were written since
    bool building;       // a binary is under construction by bs_put_ instructions
    bool caught;         // a try's handler was just entered
};

// The state at a label, joined of all ways to it.
struct at_label {
    struct state state;  // x and y have room for what they held at first
    uint16_t visits;
    bool dirty;   // changed since the code behind it was walked
    bool queued;  // its instruction is in the verifier's queue
};

struct verifier {
    const struct beam_module *module;
    const struct beam_code *code;
    struct wb_arena *arena;  // of the verdict
    struct wb_arena scratch;
    struct beam_verdict verdict;
    size_t fault_capacity;
    uint8_t *demanding;           // a bit per instruction: it demands something of types
    uint32_t *function_of_label;  // index of the function entered there, or BEAM_NO_INS
    uint32_t *contexts;           // per function: bit i: argument i may be a match context
    bool *returns;                // per function: it may return
    uint8_t *import_bif;          // per import: row of bif_types.def, 0: none

    struct at_label **labels;  // by number; those of the function being walked
    size_t memory;             // taken by them
    uint32_t *queue;           // a heap: where code must be walked, first instruction first
    uint32_t queued;

    // Where we are; function is BEAM_NO_INS outside of any, ins for the module as a whole.
    uint32_t function, ins;
    bool contexts_grew;  // another function may get a match context now
    bool slots_changed;  // a stack slot or the handler changed: the handler must hear of it
    struct state now;
    struct {
        struct type *x, *y;      // everything, when the register has copies
        struct type *slot, one;  // else where it is, and what it was
        bool all;
    } kept;
};

// Note a fault at the current instruction; text is more than the rule's sentence says, in brief.
void verify_fault(struct verifier *v, enum beam_rule rule, const char *fmt, ...) WB_PRINTF(3, 4);

// verify_operand.c: false when something was wrong.
bool verify_ins(struct verifier *v, const struct beam_ins *ins);
// The callee of a call, by its entry label; BEAM_NO_INS: none.
uint32_t verify_callee(const struct verifier *v, uint64_t label);
uint32_t verify_u32(const struct beam_operand *operand);

// verify_state.c: all about v->now.
struct type verify_type(struct verifier *v, const struct beam_operand *operand);
// Where the type of a register is kept; NULL: it was never set, or it is no register.
struct type *verify_slot(struct verifier *v, const struct beam_operand *operand);
// As verify_type, and fault what cannot be read, or is no term.
struct type verify_read(struct verifier *v, const struct beam_operand *operand);
struct type verify_read_any(struct verifier *v, const struct beam_operand *operand);
void verify_write(struct verifier *v, const struct beam_operand *operand, struct type type);
// Narrow what is known of a register; other operands are left alone.
// All copies of the register learn it too.
void verify_learn(struct verifier *v, const struct beam_operand *operand, struct type type);
void verify_unlearn(struct verifier *v, const struct beam_operand *operand, unsigned kinds);
// What is known of the register and its copies, to be put back when one way has been dealt with.
void verify_keep(struct verifier *v, const struct beam_operand *operand);
void verify_put_back(struct verifier *v);
void verify_kill_x(struct verifier *v, uint32_t from);
// The instruction may collect garbage, `live` x registers survive.
void verify_collect(struct verifier *v, uint32_t live, struct room room);
void verify_args(struct verifier *v, uint32_t count, bool local);
void verify_branch(struct verifier *v, uint64_t label);
// Where an instruction goes that cannot be done: to a label, or none and it raises an exception.
void verify_fail(struct verifier *v, const struct beam_operand *label);
// Go on at a label the code runs into: false when nothing new would be learned behind it.
bool verify_enter(struct verifier *v, uint32_t label);
// Set v->ins to a label whose code must be walked; false: there is none.
bool verify_next(struct verifier *v);
void verify_load(struct verifier *v, uint32_t label);
// Put the stack's state where exceptions go.
void verify_tell_handler(struct verifier *v);

// Something happens that the message being looked at would not survive where it is: its loop_rec
// must give out a copy.
void verify_disturb(struct verifier *v);

// verify_reach.c: which functions can return at all. Only those of `sound` are looked into.
void verify_find_returns(struct verifier *v, const bool *sound);
// Imported functions of erlang that never return.
bool verify_never_returns(const struct verifier *v, uint64_t import);

// verify_step.c: false when the code does not go on behind it.
bool verify_step(struct verifier *v, const struct beam_ins *ins);
// The instruction needs `holds`: else it runs checked.
void verify_demand(struct verifier *v, bool holds);
// Heap of the last reservation is used.
void verify_use(struct verifier *v, struct room room);
// What an allocation operand reserves.
struct room verify_room(const struct beam_operand *need);

// verify_ops.c: what is special about an opcode. NULL: nothing.
typedef bool verify_fn(struct verifier *v, const struct beam_ins *ins);
verify_fn *verify_special(uint8_t op);
// verify_bits.c
verify_fn *verify_special_bits(uint8_t op);
// verify_catch.c
verify_fn *verify_special_catch(uint8_t op);
// verify_bif.c: rows of bif_types.def.
void verify_find_bifs(struct verifier *v);
struct type verify_bif_type(const struct verifier *v, uint64_t import);
// The result of an imported function that is called, arguments being in x registers.
struct type verify_call_type(const struct verifier *v, uint64_t index);
void verify_bif_learn(struct verifier *v, const struct beam_ins *ins, unsigned import_at);

// Is it certainly one of these kinds?
static inline bool verify_is(struct type type, unsigned kinds)
{
    return type.kinds != 0 && (type.kinds & ~kinds) == 0;
}

static inline struct type type_of(unsigned kinds)
{
    return (struct type){.kinds = (uint16_t)kinds};
}

// Of at least that size.
static inline struct type type_of_tuple(uint32_t size)
{
    return (struct type){.kinds = T_TUPLE, .info = size};
}

static inline struct type type_of_fun(uint32_t arity)
{
    return (struct type){.kinds = T_FUN, .small = (uint16_t)(arity + 1)};
}

#endif
