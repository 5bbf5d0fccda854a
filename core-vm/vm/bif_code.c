#include "core-vm/base/arena.h"
#include "core-vm/format/module.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/index.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/proc_priv.h"
#include "core-vm/vm/relation.h"
#include "core-vm/vm/watch.h"

static const char *const preloaded[] = {"persistent_term",
                                        "counters",
                                        "atomics",
                                        "erts_dirty_process_signal_handler",
                                        "erts_literal_area_collector",
                                        "erl_tracer",
                                        "erts_internal",
                                        "erlang",
                                        "erl_prim_loader",
                                        "prim_zip",
                                        "prim_net",
                                        "prim_socket",
                                        "socket_registry",
                                        "zlib",
                                        "prim_file",
                                        "prim_inet",
                                        "prim_eval",
                                        "prim_buffer",
                                        "init",
                                        "erl_init",
                                        "erts_code_purger"};

bool vm_is_preloaded(const struct vm *vm, vm_term module)
{
    struct wb_bytes name = vm_atom_text(vm, module);
    for (size_t i = 0; i < sizeof preloaded / sizeof *preloaded; i++)
        if (wb_bytes_equal(name, wb_bytes_of(preloaded[i])))
            return true;
    return false;
}

static struct vm_module *module_of(const struct vm_cpu *c, vm_term name)
{
    return vm_is_atom(name) ? vm_module_find(c->vm, name) : NULL;
}

static vm_term tagged(struct vm_cpu *c, vm_term tag, vm_term value)
{
    vm_term pair[2] = {tag, value};
    return value == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, pair);
}

static vm_term cons(struct vm_cpu *c, vm_term head, vm_term tail)
{
    return head == VM_NONE || tail == VM_NONE ? VM_NONE : vm_make_cons(c, head, tail);
}

// ---- loading: what is prepared is a reference to the file, which was found to be whole

static struct wb_bytes binary_of(const struct vm_cpu *c, vm_term binary, struct wb_text *room)
{
    struct vm_bits bits = vm_bits_of(c->base, binary);
    size_t size = bits.bits / 8;
    if (bits.start == 0)
        return (struct wb_bytes){bits.at, size};
    for (size_t i = 0; i <= size; i++)
        wb_text_put_char(room, 0);
    return (struct wb_bytes){vm_binary_bytes(c->base, binary, (uint8_t *)room->at), size};
}

// Does the file hold the module of that name?
static bool is_module(const struct vm_cpu *c, struct wb_bytes file, vm_term name)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct wb_error *err = beam_module_read(file, &arena, &module);
    bool is = err == NULL && wb_bytes_equal(module.name, vm_atom_text(c->vm, name));
    wb_error_free(err);
    wb_arena_free(&arena);
    return is;
}

static vm_term keep_prepared(struct vm_cpu *c, vm_term file)
{
    struct vm_table *by_ref = &vm_root(c->vm)->relations.by_ref;
    vm_term ref = vm_make_reference(c);
    uint64_t box = ref == VM_NONE ? 0 : vm_box_new(c->vm, file);
    if (box == 0)
        return vm_system_limit(c);
    if (vm_index_put(c->vm, by_ref, vm_ref_key(vm_ref_of(c->base, ref), VM_REF_PREPARED), box))
        return ref;
    vm_box_free(c->vm, box);
    return vm_system_limit(c);
}

vm_term vm_bif_prepare_loading(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text room wb_auto_text = {0};
    if (!vm_is_atom(args[0]) || !vm_is_binary(c->base, args[1]))
        return vm_badarg(c);
    if (!is_module(c, binary_of(c, args[1], &room), args[0]))
        return tagged(c, VM_AM(error), VM_AM(badfile));
    return keep_prepared(c, args[1]);
}

// The file of a prepared reference; VM_NONE: it is none.
static vm_term prepared_file(const struct vm_cpu *c, vm_term ref)
{
    if (!vm_is_kind(c->base, ref, VM_REF))
        return VM_NONE;
    uint64_t key = vm_ref_key(vm_ref_of(c->base, ref), VM_REF_PREPARED);
    uint64_t box = vm_index_get(c->vm, &vm_root(c->vm)->relations.by_ref, key);
    return box == 0 ? VM_NONE : ((const struct vm_box *)vm_at(c->vm, box))->term;
}

static void forget_prepared(struct vm_cpu *c, vm_term ref)
{
    uint64_t key = vm_ref_key(vm_ref_of(c->base, ref), VM_REF_PREPARED);
    uint64_t box = vm_index_take(c->vm, &vm_root(c->vm)->relations.by_ref, key);
    if (box != 0)
        vm_box_free(c->vm, box);
}

// Name of a prepared file's module, made an atom. VM_NONE: no room for it.
static vm_term prepared_name(struct vm_cpu *c, vm_term file)
{
    struct wb_text room wb_auto_text = {0};
    struct wb_arena arena = {0};
    struct beam_module module;
    struct wb_error *err = beam_module_read(binary_of(c, file, &room), &arena, &module);
    vm_term name = err == NULL ? vm_atom_of(c->vm, module.name) : VM_NONE;
    wb_error_free(err);
    wb_arena_free(&arena);
    return name;
}

// The modules among them that have old code still, which must be purged first.
static vm_term not_purged(struct vm_cpu *c, vm_term refs)
{
    vm_term names = VM_NIL;
    for (; vm_is_list(refs) && names != VM_NONE; refs = vm_tail(c->base, refs)) {
        vm_term name = prepared_name(c, prepared_file(c, vm_head(c->base, refs)));
        const struct vm_module *module = name == VM_NONE ? NULL : vm_module_find(c->vm, name);
        if (module != NULL && module->old != 0)
            names = cons(c, name, names);
    }
    return names;
}

// NULL: loaded.
static struct wb_error *load_prepared(struct vm_cpu *c, vm_term file)
{
    struct wb_text room wb_auto_text = {0};
    vm_term name = VM_NONE;
    WB_TRY(vm_load_beam(c->vm, binary_of(c, file, &room), NULL, &name));
    return NULL;
}

vm_term vm_bif_finish_loading(struct vm_cpu *c, const vm_term *args)
{
    vm_term refs = args[0];
    for (; vm_is_list(refs); refs = vm_tail(c->base, refs))
        if (prepared_file(c, vm_head(c->base, refs)) == VM_NONE)
            return vm_badarg(c);
    if (!vm_is_nil(refs))
        return vm_badarg(c);
    vm_term old = not_purged(c, args[0]);
    if (old != VM_NIL)
        return tagged(c, VM_AM(not_purged), old);
    for (refs = args[0]; vm_is_list(refs); refs = vm_tail(c->base, refs)) {
        vm_term ref = vm_head(c->base, refs);
        struct wb_error *err = load_prepared(c, prepared_file(c, ref));
        forget_prepared(c, ref);
        bool failed = err != NULL;
        wb_error_free(err);
        if (failed)
            return vm_error(c, VM_AM(badfile));
    }
    return VM_AM(ok);
}

vm_term vm_bif_has_prepared_on_load(struct vm_cpu *c, const vm_term *args)
{
    return prepared_file(c, args[0]) == VM_NONE ? vm_badarg(c) : VM_AM(false);
}

// ---- old code

vm_term vm_bif_delete_module(struct vm_cpu *c, const vm_term *args)
{
    struct vm_module *module = module_of(c, args[0]);
    if (!vm_is_atom(args[0]) || (module != NULL && module->old != 0))
        return vm_badarg(c);
    if (module == NULL || module->current == 0)
        return VM_AM(undefined);
    return vm_module_delete(c->vm, module) ? VM_AM(true) : vm_badarg(c);
}

vm_term vm_bif_check_old_code(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_module *module = module_of(c, args[0]);
    return vm_is_atom(args[0]) ? vm_bool(module != NULL && module->old != 0) : vm_badarg(c);
}

// Processes that run the old code are killed, or counted when they may not be.
static bool clear_old(struct vm_cpu *c, const struct vm_module *module, bool kill)
{
    const struct vm_module_code *old = vm_at(c->vm, module->old);
    uint64_t slot = 0;
    bool found = false;
    for (struct vm_proc *proc; (proc = vm_proc_next(c->vm, &slot)) != NULL;) {
        if (proc->status == VM_EXITING || !vm_proc_uses_code(c->vm, proc, old))
            continue;
        found = true;
        if (kill)
            vm_exit_signal(c->vm, proc, c->proc->pid, VM_AM(kill), false);
    }
    return found;
}

// A process that was just killed may be the running one, which is still on the old code: it is left
// to the next purge then.
static bool purge(struct vm_cpu *c, struct vm_module *module)
{
    const struct vm_module_code *old = vm_at(c->vm, module->old);
    if (c->proc->status == VM_EXITING && vm_proc_uses_code(c->vm, c->proc, old))
        return false;
    return vm_module_purge(c->vm, module);
}

vm_term vm_bif_purge_module(struct vm_cpu *c, const vm_term *args)
{
    struct vm_module *module = module_of(c, args[0]);
    if (module == NULL || module->old == 0)
        return vm_badarg(c);
    clear_old(c, module, true);
    purge(c, module);
    return vm_alive_or_exit(c, VM_AM(true));
}

// erts_code_purger:purge(Module): {there was old code, somebody was killed}.
vm_term vm_bif_purge(struct vm_cpu *c, const vm_term *args)
{
    struct vm_module *module = module_of(c, args[0]);
    bool was = module != NULL && module->old != 0, killed = false;
    if (was) {
        killed = clear_old(c, module, true);
        purge(c, module);
    }
    if (c->proc->status == VM_EXITING)
        return vm_alive_or_exit(c, VM_NONE);
    return tagged(c, vm_bool(was), vm_bool(killed));
}

vm_term vm_bif_soft_purge(struct vm_cpu *c, const vm_term *args)
{
    struct vm_module *module = module_of(c, args[0]);
    if (module == NULL || module->old == 0)
        return VM_AM(true);
    return vm_bool(!clear_old(c, module, false) && purge(c, module));
}

// ---- what is loaded

vm_term vm_bif_module_loaded(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_module *module = module_of(c, args[0]);
    return vm_is_atom(args[0]) ? vm_bool(module != NULL && module->current != 0) : vm_badarg(c);
}

vm_term vm_bif_loaded(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    vm_term list = VM_NIL;
    for (uint64_t at = vm_root(c->vm)->code.first_module; at != 0 && list != VM_NONE;) {
        const struct vm_module *module = vm_at(c->vm, at);
        if (module->current != 0)
            list = cons(c, module->name, list);
        at = module->next;
    }
    return list;
}

vm_term vm_bif_pre_loaded(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    vm_term list = VM_NIL;
    for (size_t i = sizeof preloaded / sizeof *preloaded; i > 0 && list != VM_NONE; i--) {
        vm_term name = vm_atom_named(c->vm, preloaded[i - 1]);
        list = name == VM_NONE ? vm_system_limit(c) : cons(c, name, list);
    }
    return list;
}

static bool is_mfa(const vm_term *args)
{
    return vm_is_atom(args[0]) && vm_is_atom(args[1]) && vm_is_small(args[2]);
}

static const struct vm_export *export_of(const struct vm_cpu *c, const vm_term *mfa)
{
    bool fits = vm_small_value(mfa[2]) >= 0 && vm_small_value(mfa[2]) <= VM_X_REGS;
    return fits ? vm_export_find(c->vm, mfa[0], mfa[1], (uint32_t)vm_small_value(mfa[2])) : NULL;
}

vm_term vm_bif_function_exported(struct vm_cpu *c, const vm_term *args)
{
    if (!is_mfa(args))
        return vm_badarg(c);
    const struct vm_export *export = export_of(c, args);
    return vm_bool(export != NULL && vm_export_is_defined(c->vm, export));
}

vm_term vm_bif_is_builtin(struct vm_cpu *c, const vm_term *args)
{
    if (!is_mfa(args))
        return vm_badarg(c);
    const struct vm_export *export = export_of(c, args);
    return vm_bool(export != NULL && export->bif != 0);
}

// ---- module_info

static const struct vm_function *functions_of(const struct vm_cpu *c,
                                              const struct vm_module_code *code)
{
    return vm_at(c->vm, code->functions);
}

// [{Name, Arity}, ...] in the order of the code.
static vm_term functions_term(struct vm_cpu *c, const struct vm_module_code *code, bool exported)
{
    vm_term list = VM_NIL;
    for (uint64_t i = code->function_count; i > 0 && list != VM_NONE; i--) {
        const struct vm_function *f = &functions_of(c, code)[i - 1];
        if (exported && !f->exported)
            continue;
        list = cons(c, tagged(c, f->name, vm_small(f->arity)), list);
    }
    return list;
}

// VM_NONE without an exception: there is no such item.
static vm_term module_item(struct vm_cpu *c, const struct vm_module *module, vm_term item)
{
    const struct vm_module_code *code = vm_at(c->vm, module->current);
    switch (vm_is_atom(item) ? vm_atom_index(item) : 0) {
    case VM_ATOM_module:
        return module->name;
    case VM_ATOM_exports:
        return functions_term(c, code, true);
    case VM_ATOM_functions:
        return functions_term(c, code, false);
    case VM_ATOM_attributes:
        return code->attributes;
    case VM_ATOM_compile:
        return code->compile_info;
    case VM_ATOM_md5:
        return vm_make_binary(c, code->md5, sizeof code->md5);
    case VM_ATOM_nifs:
    case VM_ATOM_native_addresses:
        return VM_NIL;
    default:
        return VM_NONE;
    }
}

vm_term vm_bif_get_module_info_item(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_module *module = module_of(c, args[0]);
    c->outcome = VM_OUTCOME_NONE;
    vm_term found =
        module == NULL || module->current == 0 ? VM_NONE : module_item(c, module, args[1]);
    return found == VM_NONE && c->outcome == VM_OUTCOME_NONE ? vm_badarg(c) : found;
}

vm_term vm_bif_get_module_info(struct vm_cpu *c, const vm_term *args)
{
    static const vm_term items[] = {VM_AM(module), VM_AM(exports), VM_AM(attributes),
                                    VM_AM(compile), VM_AM(md5)};
    const struct vm_module *module = module_of(c, args[0]);
    if (module == NULL || module->current == 0)
        return vm_badarg(c);
    vm_term list = VM_NIL;
    for (size_t i = sizeof items / sizeof *items; i > 0; i--)
        list = cons(c, tagged(c, items[i - 1], module_item(c, module, items[i - 1])), list);
    return list;
}

// ---- files

vm_term vm_bif_beamfile_md5(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text room wb_auto_text = {0};
    struct wb_arena arena = {0};
    struct beam_module module;
    if (!vm_is_binary(c->base, args[0]))
        return vm_badarg(c);
    struct wb_error *err = beam_module_read(binary_of(c, args[0], &room), &arena, &module);
    vm_term md5 = err == NULL ? vm_make_binary(c, module.md5, sizeof module.md5) : VM_AM(undefined);
    wb_error_free(err);
    wb_arena_free(&arena);
    return md5;
}

static bool chunk_name(const char *base, vm_term list, char name[static 5])
{
    size_t i = 0;
    for (; vm_is_list(list) && i < 4; list = vm_tail(base, list)) {
        vm_term head = vm_head(base, list);
        if (!vm_is_small(head) || vm_small_value(head) < 0 || vm_small_value(head) > UINT8_MAX)
            return false;
        name[i++] = (char)vm_small_value(head);
    }
    name[i] = '\0';
    return i == 4 && vm_is_nil(list);
}

vm_term vm_bif_beamfile_chunk(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text room wb_auto_text = {0};
    struct wb_arena arena = {0};
    struct beam_chunks chunks;
    char name[5];
    if (!vm_is_binary(c->base, args[0]) || !chunk_name(c->base, args[1], name))
        return vm_badarg(c);
    struct wb_error *err = beam_chunks_read(binary_of(c, args[0], &room), &arena, &chunks);
    const struct beam_chunk *chunk = err == NULL ? beam_chunks_find(&chunks, name) : NULL;
    vm_term found =
        chunk == NULL ? VM_AM(undefined) : vm_make_binary(c, chunk->data.at, chunk->data.size);
    wb_error_free(err);
    wb_arena_free(&arena);
    return found;
}
