// module.h - modules, exports and lambdas of a VM: loading, looking up, purging.
#ifndef VM_MODULE_H
#define VM_MODULE_H

#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"
#include "core-vm/vm/cpu.h"

// Load a .beam file: parse, verify, translate, make current (what was current becomes old; NOT if
// there is an old one already: error of kind STATE). *name is the module's atom. Nothing changes on
// error. source: where it is from, for code:which; NULL: unknown.
WB_MUST_CHECK struct wb_error *vm_load_beam(struct vm *vm, struct wb_bytes file, const char *source,
                                            vm_term *name);
// Find a module by name through world.find_module and load it. NOT_FOUND error if there is none.
WB_MUST_CHECK struct wb_error *vm_load_named(struct vm *vm, vm_term name);

// Load a module of our own library (library.h), which comes before all others that vm_load_named
// finds. NOT_FOUND: it has none of that name.
WB_MUST_CHECK struct wb_error *vm_load_library(struct vm *vm, const char *name);

struct vm_module *vm_module_find(const struct vm *vm, vm_term name);  // NULL: never loaded
// Current becomes old / old is thrown away (the caller has made sure that nobody runs it).
bool vm_module_delete(struct vm *vm, struct vm_module *module);
bool vm_module_purge(struct vm *vm, struct vm_module *module);
// The current version's on_load function has returned ok: from now on it is called.
void vm_module_activate(struct vm *vm, struct vm_module *module);
// The current version is thrown away (nobody runs it), and what was before it is current again.
bool vm_module_revert(struct vm *vm, struct vm_module *module);
// Does this process have return addresses or an ip of that version?
bool vm_proc_uses_code(struct vm *vm, struct vm_proc *proc, const struct vm_module_code *code);

// Is it one of those that OTP's emulator brings along? Their places have no lines in stack traces.
bool vm_is_preloaded(const struct vm *vm, vm_term module);

// The export entry, made if it is new. NULL: out of memory.
struct vm_export *vm_export_of(struct vm *vm, vm_term module, vm_term function, uint32_t arity);
struct vm_export *vm_export_find(const struct vm *vm, vm_term module, vm_term function,
                                 uint32_t arity);
// For BIFs that go on in Erlang: `return vm_trap(...)` calls that function in the BIF's place.
vm_term vm_trap(struct vm_cpu *c, const char *module, const char *function, const vm_term *args,
                uint32_t arity);
// Is there code or a BIF behind it now?
bool vm_export_is_defined(const struct vm *vm, const struct vm_export *export);

// All of them, in no particular but a reproducible order: begin with *place = 0; NULL: no more.
struct vm_export *vm_export_next(const struct vm *vm, uint64_t *place);

// Make what every VM's code begins with: BIFs, the instruction processes end with. Once, after the
// atoms. False: out of memory.
bool vm_code_init(struct vm *vm);

// Whose instruction is at this offset: NULL function for none (stubs).
struct vm_place {
    const struct vm_module *module;
    const struct vm_module_code *code;
    const struct vm_function *function;
    uint32_t line;  // 0: not known
    vm_term file;   // list of characters, VM_NIL: not known
    uint32_t ins;   // index of the generic instruction in its module's code
};
struct vm_place vm_place_of(const struct vm *vm, uint64_t ip);
// The same for a return address: the place of the call before it.
struct vm_place vm_place_of_return(const struct vm *vm, uint64_t return_address);

#endif
