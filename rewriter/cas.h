// cas.h - a unit as text that a person can read, write and compare, and back, losslessly.
//
//     module fact
//     chunks AtU8 Code StrT ImpT ExpT Line
//
//     exported function fact/1 line fact.erl:4:
//         is_eq_exact @1, x0, 0
//         move 1, x0
//         return
//       @1:
//         allocate 1, 1
//         move x0, y0
//         gc_bif2 -, 1, erlang:'-'/2, x0, 1, x0
//         call 1, fact/1
//         gc_bif2 -, 1, erlang:'*'/2, y0, x0, x0
//         deallocate 1
//         return
//
// A line is a directive, a label or an instruction; "%" begins a comment. A function has its head
// (label @info, line, func_info, label @start) without its being written; `function NAME/ARITY
// raw:` has none. Operands: x0 y1 fr2 registers, `x0:integer(0..9)` with a type; @1 a label of this
// function, NAME/ARITY the start of another; `-` no label or line; atoms and numbers as Erlang has
// them; any other term is a literal, `lit:TERM` also an atom or a number as one; mod:fun/arity an
// import; FILE:LINE a line; [...] a list of operands; {words 3, floats 1} an allocation list.
// Numbers that an instruction takes in another form than usual are `u:1`, `i:1`, `h:1`, `big:HEX`.
//
// Pools are not written where the code names their entries in the order in which they stand: that
// is how compilers make them, and so an entry that is put in changes one line. Where it does not,
// sections `atoms`, `imports`, `literals`, `lines`, `types`, `strings` list them. `NAME#7` (atom#7,
// lit#7, import#7, line#7, fun#7, type#7, @#7) is the entry of that number, whether it exists or
// not; `~1.0.0` behind an operand are the sizes of its parts where they are larger than needed.
//
// Chunks that are no instructions and no tables are base64, terms where they are terms.
#ifndef REWRITER_CAS_H
#define REWRITER_CAS_H

#include "rewriter/unit.h"

// Append the text of a unit. UNSUPPORTED: it has something that the text cannot say. What a file's
// tables say in a longer form than any compiler writes is not kept: who must know reads the text
// and compares (rw_cas_check).
WB_MUST_CHECK struct wb_error *rw_cas_write(const struct rw_unit *unit, struct wb_text *text);

// Make a unit of text, which may be freed afterwards. The error begins with LINE:COLUMN.
WB_MUST_CHECK struct wb_error *rw_cas_read(struct wb_bytes text, struct rw_unit **ret);

// Both at once, by way of a unit: append the text of a file; append the file that a text gives.
WB_MUST_CHECK struct wb_error *rw_cas_disassemble(struct wb_bytes file, struct wb_text *text);
WB_MUST_CHECK struct wb_error *rw_cas_assemble(struct wb_bytes text, struct wb_text *file);

// Assembled again, `text` gives exactly `file`.
WB_MUST_CHECK struct wb_error *rw_cas_check(struct wb_bytes text, struct wb_bytes file);

#endif
