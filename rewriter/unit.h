// unit.h - a module opened for editing: functions, instructions, pools; and the file made of it.
//
// Operands are those of core-vm/format/code.h. While a unit is open the numbers in them are
// handles: an atom, a literal, an import, a label means the same from rw_unit_open to rw_unit_emit,
// whatever is put in, taken out or added to a pool. Pools only grow, and hold everything once: ask
// for an entry by its content (rw_atom, rw_literal, ...) and get the handle of the one there is, or
// of a new one. rw_unit_tidy drops what nothing names any more, and makes all handles new.
//
// Opening believes the tables' sizes only, as beam_module_read and beam_code_read do: a unit may be
// made of a file that the verifier refuses. Emitting never checks: that is rw_prove. What was
// opened and not changed is emitted byte for byte; what was changed keeps the chunks nobody knows.
//
// Blocks, dominators and liveness of a function are asked for by flow.h, what its registers hold by
// types.h; a pass is pass.h; the text of a unit is cas.h; a module looked at without being opened,
// visit.h.
#ifndef REWRITER_UNIT_H
#define REWRITER_UNIT_H

#include "core-vm/format/code.h"

// An instruction of a function's list. Operands are not changed in place: rw_set_operand.
struct rw_ins {
    struct rw_ins *next, *prev;  // NULL at the ends
    const struct beam_operand *operand;
    uint8_t op, count;
    uint32_t mark;  // whoever works on the unit may use it; 0 at first
};

struct rw_function {
    struct rw_function *next, *prev;
    uint32_t name, arity;         // what func_info says
    uint32_t entry_label;         // 0: malformed, nobody can enter
    struct rw_ins *first, *last;  // from the label before func_info to the end
    struct rw_ins *info, *entry;  // func_info; the label behind it, NULL: malformed
};

// Read what you want; change lists and tables only by the functions below.
struct rw_unit {
    struct wb_arena arena;      // what the unit is made of; whatever is put into it may be here
    struct beam_module module;  // its tables; counts in `code` and `lines` are made by emitting
    struct rw_ins *before;      // instructions before the first function: compilers make none
    struct rw_function *first, *last;
    uint32_t functions;
    bool changed;                          // something was
    bool ended;                            // int_code_end was there
    struct wb_bytes after;                 // bytes behind it
    struct rw_pool *pool;                  // private
    int64_t extra_functions, extra_lines;  // what the headers of the file lied by: kept
};

// Open the module in `file`, which must outlive the unit. A new unit of no functions has that name.
WB_MUST_CHECK struct wb_error *rw_unit_open(struct wb_bytes file, struct rw_unit **ret);
WB_MUST_CHECK struct wb_error *rw_unit_new(struct wb_bytes name, struct rw_unit **ret);
void rw_unit_free(struct rw_unit *unit);

// The unit as a module and its code, on `arena`, sharing what did not change: what emitting writes,
// and where whoever wants a file with something wrong in it can make it so.
void rw_unit_build(const struct rw_unit *unit, struct wb_arena *arena, struct beam_module *module,
                   struct beam_code *code);
// Append the file. LIMIT: it would be bigger than the format can say.
WB_MUST_CHECK struct wb_error *rw_unit_emit(const struct rw_unit *unit, struct wb_text *text);

// What a file must prove before it is handed out: it can be read, and the verifier has nothing
// against it. The error names the first fault.
WB_MUST_CHECK struct wb_error *rw_prove(struct wb_bytes file);

// Drop the atoms, imports, literals, lines, types and labels that nothing names, and number the
// rest in the order in which the code names them. UNSUPPORTED: a chunk that nobody here understands
// holds such numbers too.
WB_MUST_CHECK struct wb_error *rw_unit_tidy(struct rw_unit *unit);

// Pools. The handle of what is there already, or of a copy that is added.
uint32_t rw_atom(struct rw_unit *unit, struct wb_bytes text);
uint32_t rw_import(struct rw_unit *unit, uint32_t module, uint32_t function, uint32_t arity);
uint32_t rw_literal(struct rw_unit *unit, const struct beam_value *value);
// A literal in its external form and decoded, both of which must outlive the unit.
uint32_t rw_literal_etf(struct rw_unit *unit, struct wb_bytes etf, const struct beam_value *value);
uint32_t rw_type(struct rw_unit *unit, struct beam_type type);
// `file`: "" is the module's own, NAME.erl. Line 0 is no location, handle 0.
uint32_t rw_line(struct rw_unit *unit, struct wb_bytes file, uint32_t line);
// Offset of these bytes in the string pool.
uint32_t rw_string(struct rw_unit *unit, struct wb_bytes bytes);
// A fun over a function of the unit, which takes its free variables last.
uint32_t rw_lambda(struct rw_unit *unit, const struct rw_function *function, uint32_t num_free);
// A label nobody has; put it where it is by an instruction `label`.
uint32_t rw_label(struct rw_unit *unit);

// The atom's handle if the unit has it, else 0.
uint32_t rw_find_atom(const struct rw_unit *unit, struct wb_bytes text);

// Functions. Added ones are empty but for their head (label, func_info, label) and come last.
struct rw_function *rw_function_add(struct rw_unit *unit, uint32_t name, uint32_t arity);
// Takes its exports, too. Who calls it still names its labels.
void rw_function_remove(struct rw_unit *unit, struct rw_function *function);
void rw_function_rename(struct rw_unit *unit, struct rw_function *function, uint32_t name);
struct rw_function *rw_function_find(const struct rw_unit *unit, uint32_t name, uint32_t arity);
// The function that is entered at a label; NULL: none is.
struct rw_function *rw_function_at(const struct rw_unit *unit, uint64_t label);

// ExpT. Exporting what is exported moves it to this function.
bool rw_exported(const struct rw_unit *unit, uint32_t name, uint32_t arity);
void rw_export(struct rw_unit *unit, const struct rw_function *function);
void rw_unexport(struct rw_unit *unit, uint32_t name, uint32_t arity);

// Give a chunk other data, which must outlive the unit; size 0 takes it away, and it is added if it
// is not there. For chunks that are no table of the module; not for those that are.
void rw_chunk(struct rw_unit *unit, const char *name, struct wb_bytes data);

// Instructions. `operand`: `count` of them, copied with their lists. Before `at`, or at the end
// when it is NULL.
struct rw_ins *rw_insert(struct rw_unit *unit, struct rw_function *function, struct rw_ins *at,
                         uint8_t op, const struct beam_operand *operand);
void rw_remove(struct rw_unit *unit, struct rw_function *function, struct rw_ins *ins);
// Move `first` to `last`, neighbours of one function, before `at` of the same or of another; `at`
// NULL: to the end.
void rw_move(struct rw_unit *unit, struct rw_function *from, struct rw_ins *first,
             struct rw_ins *last, struct rw_function *to, struct rw_ins *at);
void rw_set_op(struct rw_unit *unit, struct rw_ins *ins, uint8_t op,
               const struct beam_operand *operand);
void rw_set_operand(struct rw_unit *unit, struct rw_ins *ins, unsigned index,
                    struct beam_operand operand);

// Operands.
static inline struct beam_operand rw_op(enum beam_tag tag, uint64_t value)
{
    bool reg = tag == BEAM_TAG_X || tag == BEAM_TAG_Y;
    return (struct beam_operand){
        .tag = (uint8_t)tag, .extra = reg ? BEAM_NO_TYPE : 0, .value = value};
}
#define RW_X(n)       rw_op(BEAM_TAG_X, (n))
#define RW_Y(n)       rw_op(BEAM_TAG_Y, (n))
#define RW_U(n)       rw_op(BEAM_TAG_U, (n))
#define RW_I(n)       rw_op(BEAM_TAG_I, (uint64_t)(int64_t)(n))
#define RW_A(atom)    rw_op(BEAM_TAG_A, (atom))
#define RW_F(label)   rw_op(BEAM_TAG_F, (label))
#define RW_LIT(index) rw_op(BEAM_TAG_LITERAL, (index))
#define RW_NIL        rw_op(BEAM_TAG_A, 0)
struct beam_operand rw_list(const struct beam_operand *list, uint32_t count);
// rw_ops(RW_X(0), RW_X(1)): operands as an array.
#define rw_ops(...) ((const struct beam_operand[]){__VA_ARGS__})

#endif
