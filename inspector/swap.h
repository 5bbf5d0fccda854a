// swap.h - a module of a target that stands still is replaced, as hot code loading does it.
//
// Whoever runs the version that was current goes on in it, as the old one, until it calls the
// module by its full name. There are two versions at most: an old one that nobody runs is thrown
// away when another is loaded, and one that somebody runs is in the way. Breakpoints are looked up
// again and hold in both.
#ifndef INSPECTOR_SWAP_H
#define INSPECTOR_SWAP_H

#include "inspector/out.h"

// The current version of a module, on `arena`. NOT_FOUND; UNSUPPORTED: the target keeps no file of
// it.
WB_MUST_CHECK struct wb_error *insp_module_of(struct insp_session *s, struct wb_bytes name,
                                              struct wb_arena *arena, struct tgt_module *ret);
// Load what is in `file`, and say who goes on in old code. STATE, and nothing changes: somebody
// runs the old version already. UNSUPPORTED: it has an on_load function.
WB_MUST_CHECK struct wb_error *insp_swap(struct insp_session *s, struct wb_bytes file,
                                         const char *source, struct insp_out *out);
// STATE: somebody runs it.
WB_MUST_CHECK struct wb_error *insp_purge(struct insp_session *s, struct wb_bytes module, bool kill,
                                          struct insp_out *out);

#endif
