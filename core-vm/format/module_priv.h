// module_priv.h - readers of single chunks, which module.c puts together.
#ifndef FORMAT_MODULE_PRIV_H
#define FORMAT_MODULE_PRIV_H

#include "core-vm/format/module.h"

// Each reads one chunk's data into its part of the module.
WB_MUST_CHECK struct wb_error *beam_read_literals(struct wb_bytes data, struct wb_arena *arena,
                                                  struct beam_module *module);
WB_MUST_CHECK struct wb_error *beam_read_lines(struct wb_bytes data, struct wb_arena *arena,
                                               struct beam_module *module);
WB_MUST_CHECK struct wb_error *beam_read_types(struct wb_bytes data, struct wb_arena *arena,
                                               struct beam_module *module);

#endif
