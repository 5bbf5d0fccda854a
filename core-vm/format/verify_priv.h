// verify_priv.h - the verifier's inside: what is known about registers at a point of the code.
//
// verify.c looks at the module and its tables; verify_operand.c looks at instructions by
// themselves; verify_work.c goes from function to function until nothing new is learned;
// verify_step.c carries the state over one instruction, with what is special about an opcode in
// verify_ops.c, verify_data.c, verify_bits.c, verify_catch.c; verify_state.c keeps states;
// verify_type.h is what is known of a value.
#ifndef FORMAT_VERIFY_PRIV_H
#define FORMAT_VERIFY_PRIV_H

#include "core-vm/format/verify.h"
#include "core-vm/format/verify_type.h"

enum {
    VERIFY_REGS = 1024,
    VERIFY_FLOATS = 64,
    VERIFY_CHANGES = 128,
    VERIFY_ARGS = 256,
    NO_FRAME = -1
};

// How a register's value came from another one: learning of the one is learning of the other.
enum relation {
    REL_NONE,
    REL_ELEMENT,   // element `at`, from 0, of the tuple
    REL_SIZE,      // size of the tuple
    REL_TEST,      // true or false: is it of kinds `at`?
    REL_POSITION,  // position of the match context
    REL_SUM,       // a size that is a sum: of is its number
    REL_TAG,       // a tag: of is its handler's label, at the slot + 1 of the next outer tag
};

// A register. value: registers with the same one, not 0, hold the same term; it is named after the
// instruction that made it. of: another register's value.
struct slot {
    vtype type;
    uint32_t value, of;
    uint16_t relation, at;
    uint32_t from;  // instruction that wrote it, or label where ways met
};

// A size: a constant, and so many times a measure of each of these values, by name.
enum { MOST_TERMS = 8 };
enum measure { MEASURE_ITSELF, MEASURE_BYTES, MEASURE_BITS, MEASURE_UTF8, MEASURE_UTF16 };
struct term {
    uint32_t value, measure, times;
};
struct sum {
    uint64_t constant;
    struct term term[MOST_TERMS];
    uint32_t count, unused;
};

// Heap words reserved by the last instruction that may collect garbage.
struct room {
    uint32_t words, floats, funs;
};

struct state {
    struct slot *x, *y;
    uint32_t nx;    // x registers from here on are not set
    int32_t frame;  // stack slots, or NO_FRAME
    bool lost;      // the frame has at least so many slots: code that only raises an exception is
                    // shared by parts of a function with different frames
    uint32_t handler;  // slot + 1 of the innermost active tag, 0: none
    struct room room;
    uint64_t floats;     // float registers that are set
    uint32_t receiving;  // the loop_rec, + 1, whose message is being looked at, 0: none
    uint32_t fresh;      // value of the tuple that set_tuple_element may change, 0: none
    uint32_t bits;       // sum of those for which there is room in the binary being built
    uint8_t outside;     // enum beam_mail: the worst of all ways here; after a call nobody knows
    bool kept;           // stack slots were written since loop_rec
    bool building;       // a binary is under construction by bs_put_ instructions
    bool caught;         // a try's handler was just entered
};

// The state at a label, joined of all ways to it; or behind a local call.
struct node {
    struct state state;  // x and y have room for what they held at first
    uint16_t visits;
    uint32_t depends;  // set of functions that have it as a dependent, or had
    bool dirty;        // changed since the code behind it was walked
    bool queued;       // its instruction is in its function's queue
};

// A call of a fun, or of something that calls one: what it gives depends on a function.
struct dependent {
    struct dependent *next;
    uint32_t node;
};

// A function on the way to being proved.
struct work {
    uint32_t queue, queued;  // its part of v->queue, a heap: where code must be walked, first first
    uint32_t callers;        // node + 1 of the first call of it, 0: none
    struct dependent *dependents;
    vtype returns;   // what it may return, TYPE_NONE: it was not seen to return
    uint16_t grown;  // how often that has become more
    bool sound;      // its instructions are well-formed: it can be walked
    bool waiting;    // on the stack of functions to walk
    bool reached;
};

struct change {
    struct slot *slot, was;
};

struct verifier {
    const struct beam_module *module;
    const struct beam_code *code;
    const struct beam_verify_options *options;
    struct wb_arena *arena;  // of the verdict
    struct wb_arena scratch;
    struct beam_verdict verdict;
    size_t fault_capacity, doubt_capacity, held, held_capacity;
    uint32_t wrongs;              // faults that may turn out to be doubts
    uint8_t *demanding;           // a bit per instruction: it demands something of types
    uint8_t *claiming;            // the Type chunk claims something of its operands
    uint32_t *function_of_label;  // index of the function entered there, or BEAM_NO_INS
    uint16_t *import_bif;         // per import: row of bif_types.def, 0: none
    struct types types;
    vtype error_class;  // error, exit or throw

    struct work *works;  // per function
    uint32_t *stack;     // functions to walk
    uint32_t stacked;
    struct node **nodes;  // per label, then per local call
    uint32_t *call_ins,
        *next_call;         // per local call: its instruction; the next call of the callee + 1
    uint32_t *call_of_ins;  // per instruction: its node, 0: none
    uint32_t *queue;
    size_t memory;  // taken by nodes
    struct {
        const int64_t *at;  // in order
        uint32_t count;
    } bounds;
    struct {
        struct sum *at;  // 0: nothing
        uint32_t *slot, count, capacity;
    } sums;

    // Where we are; function is BEAM_NO_INS outside of any, ins for the module as a whole.
    uint32_t function, ins;
    uint32_t most_registers;  // the highest that is named, or counted
    uint32_t written;         // registers the instruction wrote so far
    uint32_t named;           // values it found without a name
    bool slots_changed;       // a stack slot or the handler changed: the handler must hear of it
    bool walking;             // not looking at instructions by themselves
    bool explaining;          // states are final: say what is wrong and where it came from
    bool leftover;            // walking functions that nobody calls
    struct state now;
    struct slot *args;  // of a call, on their way to the callee
    struct {
        struct change *at;
        uint32_t count;
        bool on;
    } changes;  // to be put back
};

// Note a fault at the current instruction; text is more than the rule's sentence says, in brief.
void verify_fault(struct verifier *v, enum beam_rule rule, const char *fmt, ...) WB_PRINTF(3, 4);
// The same of a register operand: it is told where that was written.
void verify_fault_of(struct verifier *v, enum beam_rule rule, const struct beam_operand *o,
                     const char *text);

enum proof { PROVED, UNPROVED, WRONG };
// The instruction needs that: else it runs checked, or when it is certainly wrong not at all. `o`:
// the operand in question, or NULL.
void verify_need(struct verifier *v, enum beam_rule rule, const struct beam_operand *o,
                 enum proof proof);
// It needs an operand of these kinds; by rule `type`, or by another one. False: it is of none.
bool verify_need_kinds(struct verifier *v, const struct beam_operand *o, vtype type,
                       unsigned kinds);
bool verify_need_kinds_by(struct verifier *v, enum beam_rule rule, const struct beam_operand *o,
                          vtype type, unsigned kinds);

// verify_operand.c: false when something was wrong.
bool verify_ins(struct verifier *v, const struct beam_ins *ins);
// The callee of a call, by its entry label; BEAM_NO_INS: none.
uint32_t verify_callee(const struct verifier *v, uint64_t label);
uint32_t verify_u32(const struct beam_operand *operand);
// It is the atom of that name.
bool verify_is_atom(const struct verifier *v, const struct beam_operand *operand, const char *name);

// verify_state.c: all about v->now.
vtype verify_type(struct verifier *v, const struct beam_operand *operand);
// Where a register is kept; NULL: it was never set, or it is no register.
struct slot *verify_slot(struct verifier *v, const struct beam_operand *operand);
// As verify_type, and fault what cannot be read, or is no term.
vtype verify_read(struct verifier *v, const struct beam_operand *operand);
vtype verify_read_any(struct verifier *v, const struct beam_operand *operand);
// The name of the value in a register: it gets one when it has none. 0: it is no register.
uint32_t verify_name(struct verifier *v, const struct beam_operand *operand);
void verify_write(struct verifier *v, const struct beam_operand *operand, vtype type);
void verify_write_related(struct verifier *v, const struct beam_operand *operand, struct slot slot);
// A result came so from that operand; nothing is said when it is no register.
void verify_relate(struct verifier *v, struct slot *result, enum relation relation,
                   const struct beam_operand *of, uint32_t at);
// As it is, with its value's name.
void verify_write_slot(struct verifier *v, const struct beam_operand *operand, struct slot slot);
// Narrow what is known of a register, its copies, and what they came from; false: there is no such
// value, the way is never taken. Other operands are only looked at.
bool verify_learn(struct verifier *v, const struct beam_operand *operand, vtype type);
bool verify_unlearn(struct verifier *v, const struct beam_operand *operand, vtype type);
// What is learned from here on is put back by verify_put_back.
void verify_keep(struct verifier *v);
void verify_put_back(struct verifier *v);
// What changed so often already says less, the more often the less.
vtype verify_widen(struct verifier *v, vtype before, vtype type, unsigned visits);
void verify_kill_x(struct verifier *v, uint32_t from);
// The instruction may collect garbage, `live` x registers survive.
void verify_collect(struct verifier *v, uint32_t live, struct room room);
// Others may run, who leave no register and no binary being built as it was.
void verify_give_up_registers(struct verifier *v);
void verify_args(struct verifier *v, uint32_t count, bool local);
void verify_branch(struct verifier *v, uint64_t label);
// Where an instruction goes that cannot be done: to a label, or none and it raises an exception.
void verify_fail(struct verifier *v, const struct beam_operand *label);
// Go on at a label the code runs into: false when nothing new would be learned behind it.
bool verify_enter(struct verifier *v, uint32_t label);
void verify_load(struct verifier *v, uint32_t at);
// Join `from` into a node; true when the code behind it must be looked at (again).
bool verify_arrive(struct verifier *v, uint32_t at, struct state *from);
// Memory for nodes: false when there is no more.
bool verify_take(struct verifier *v, size_t size);
// Put the state into a node, whatever was there.
void verify_put(struct verifier *v, uint32_t at, const struct state *from);
// Put the stack's state where exceptions go.
void verify_tell_handler(struct verifier *v);

// Something happens that the message being looked at would not survive where it is: its loop_rec
// must give out a copy.
void verify_disturb(struct verifier *v);

// verify_range.c: the integer a BIF gives, by its name.
vtype verify_arithmetic(struct verifier *v, const char *name, uint32_t arity, const vtype *args);
vtype verify_bits_range(struct verifier *v, uint64_t bits, bool is_signed);
bool verify_learn_order(struct verifier *v, const struct beam_operand *a,
                        const struct beam_operand *b, bool same);
// Ends that changed often go on to the next bound: of those that the Type chunk names, of which
// nothing is believed, and some that are usual.
void verify_find_bounds(struct verifier *v);
vtype verify_widen_range(struct verifier *v, vtype before, vtype type);

// verify_sum.c: the number of a sum; 0: there are too many of them.
uint32_t verify_sum(struct verifier *v, const struct sum *sum);
// Add an operand, so many times; or a measure of it. False: it is not known, or too much.
bool verify_add(struct verifier *v, struct sum *sum, const struct beam_operand *o, uint64_t unit);
bool verify_measure(struct verifier *v, struct sum *sum, const struct beam_operand *o,
                    enum measure measure, uint32_t times);
// A result is that sum.
void verify_relate_sum(struct verifier *v, struct slot *result, const struct sum *sum);
// Take it from the room in the binary being built; false: that is not sure to be there.
bool verify_use_bits(struct verifier *v, const struct sum *needed);

// verify_work.c
void verify_functions(struct verifier *v);
void verify_queue(struct verifier *v, uint32_t node);
// x registers 0 .. arity-1 go to the function; true and *ret: it returns.
bool verify_call(struct verifier *v, uint32_t callee, vtype *ret);
// A call that ends the function.
void verify_tail_call(struct verifier *v, uint32_t callee);
// What a fun returns, when it is known which one it is. The instruction we are at, which has done
// nothing yet, is done again when that becomes more. TYPE_NONE: it was not seen to return.
vtype verify_fun_returns(struct verifier *v, vtype fun);
void verify_returns(struct verifier *v, vtype type);
// A fun is made, of that many free variables, whose values are in v->args.
void verify_fun_made(struct verifier *v, const struct beam_lambda *lambda);

// verify_step.c: false when the code does not go on behind it.
bool verify_step(struct verifier *v, const struct beam_ins *ins);
// Heap of the last reservation is used.
void verify_use(struct verifier *v, struct room room);
// What an allocation operand reserves.
struct room verify_room(const struct beam_operand *need);

// verify_ops.c: what is special about an opcode. NULL: nothing.
typedef bool verify_fn(struct verifier *v, const struct beam_ins *ins);
verify_fn *verify_special(uint8_t op);
verify_fn *verify_special_data(uint8_t op);
verify_fn *verify_special_bits(uint8_t op);
verify_fn *verify_special_catch(uint8_t op);

// verify_bif.c: rows of bif_types.def.
void verify_find_bifs(struct verifier *v);
// The row says that it is a BIF that a bif (or gc_bif) instruction may name.
bool verify_is_guard_bif(const struct verifier *v, uint64_t import, bool collects);
// setelement: its result is a tuple that was just made.
bool verify_makes_tuple(const struct verifier *v, uint64_t import);
// element: its result is one of the second argument, which is a tuple.
bool verify_takes_element(const struct verifier *v, uint64_t import);
// Kinds that it says of its argument whether it is of them; 0: it is no such test.
uint16_t verify_tested_kinds(const struct verifier *v, uint64_t import);
// Imported functions of erlang that never return.
bool verify_never_returns(const struct verifier *v, uint64_t import);
// The result, with the types of the arguments; TYPE_NONE: it can only fail.
vtype verify_bif_type(struct verifier *v, uint64_t import, const vtype *given);
// The same of a function that is called, and that may call a fun.
vtype verify_call_type(struct verifier *v, uint64_t import, const vtype *args);
// What is known of argument `at` of a BIF when it has succeeded.
vtype verify_bif_argument(struct verifier *v, uint64_t import, unsigned at, const vtype *args);

// verify_known.c: keep what is known before the instruction we are at; make types of it, at the
// end.
void verify_note_known(struct verifier *v);
void verify_end_known(struct verifier *v);
// A type as the Type chunk says it.
struct beam_type verify_as_claim(const struct verifier *v, vtype type);

// verify_show.c: the registers, as text on the verdict's arena.
const char *verify_show(struct verifier *v);

// It certainly is so; or it may be.
static inline enum proof proof_of(bool is, bool may)
{
    return is ? PROVED : may ? UNPROVED : WRONG;
}

static inline struct slot slot_of(vtype type)
{
    return (struct slot){.type = type};
}

#endif
