// rewriter.h - the rewriter's room: modules opened for editing, and what is built on that.
//
// Nothing is here yet. What belongs here works on core-vm/format's modules: a unit for analysing
// (functions, basic blocks, instructions, pools, lines, types) and a visitor for streaming, passes
// in stages that prove their result, the verifier's full proofs, mutation and fuzzing of loaders.
// Reading and writing back without a change gives the same bytes. Prefix: rw_.
#ifndef REWRITER_REWRITER_H
#define REWRITER_REWRITER_H

#endif
