// The world and the loader, as the modules of core-vm/lib see them.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/text.h"
#include "core-vm/format/module.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_binary_priv.h"
#include "core-vm/vm/code_priv.h"
#include "core-vm/vm/iolist.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/vm_impl.h"

enum { READ_MOST = 1 << 16 };

vm_term vm_bif_cryo_write(struct vm_cpu *c, const vm_term *args)
{
    vm_term binary = vm_iolist_flatten(c, args[1], false);
    if (binary == VM_NONE || (args[0] != vm_small(1) && args[0] != vm_small(2)))
        return binary == VM_NONE ? VM_NONE : vm_badarg(c);
    struct vm_bits bits = vm_bits_of(c->base, binary);
    if (c->vm->world.write != NULL)
        c->vm->world.write(c->vm->world.data, (int)vm_small_value(args[0]),
                           (struct wb_bytes){bits.at, (size_t)(bits.bits / 8)});
    return VM_AM(ok);
}

vm_term vm_bif_cryo_read(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_small(args[0]) || vm_small_value(args[0]) < 1)
        return vm_badarg(c);
    size_t most = vm_small_value(args[0]) < READ_MOST ? (size_t)vm_small_value(args[0]) : READ_MOST;
    if (c->vm->world.read == NULL)
        return VM_AM(eof);
    uint8_t *room wb_auto_free = malloc(most);
    if (room == NULL)
        wb_die_no_memory(most);
    size_t size = c->vm->world.read(c->vm->world.data, room, most);
    return size == 0 ? VM_AM(eof) : vm_make_binary(c, room, size);
}

static vm_term found_module(struct vm_cpu *c, struct wb_bytes beam, const char *path)
{
    const vm_term pair[2] = {vm_make_binary(c, beam.at, beam.size),
                             vm_make_utf8_string(c, wb_bytes_of(path), VM_NIL)};
    if (pair[0] == VM_NONE || pair[1] == VM_NONE)
        return VM_NONE;
    return vm_make_tuple(c, 2, pair);
}

vm_term vm_bif_cryo_find_module(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_atom(args[0]))
        return vm_badarg(c);
    if (c->vm->world.find_module == NULL)
        return VM_AM(error);
    struct wb_text name wb_auto_text = {0};
    struct wb_bytes text = vm_atom_text(c->vm, args[0]), beam;
    wb_text_put_bytes(&name, text.at, text.size);
    const char *path;
    struct wb_error *err =
        c->vm->world.find_module(c->vm->world.data, wb_text_string(&name), &beam, &path);
    if (err == NULL)
        return found_module(c, beam, path);
    wb_error_free(err);
    return VM_AM(error);
}

vm_term vm_bif_cryo_code_path(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    const struct vm_world *world = &c->vm->world;
    size_t count = 0;
    while (world->code_path != NULL && world->code_path(world->data, count) != NULL)
        count++;
    vm_term list = VM_NIL;
    while (count > 0 && list != VM_NONE) {
        const char *path = world->code_path(world->data, --count);
        vm_term text = vm_make_utf8_string(c, wb_bytes_of(path), VM_NIL);
        list = text != VM_NONE ? vm_make_cons(c, text, list) : VM_NONE;
    }
    return list;
}

// Text of a path: a binary or a list of characters. False: it is none.
static bool path_text(const char *base, vm_term t, struct wb_text *text)
{
    struct vm_bits bits;
    if (vm_whole_binary(base, t, &bits)) {
        struct vm_piece bytes = vm_piece_of(bits);
        wb_text_put_bytes(text, bytes.at, bytes.size);
        vm_piece_done(&bytes);
        return memchr(wb_text_string(text), 0, text->size) == NULL;
    }
    for (; vm_is_list(t); t = vm_tail(base, t)) {
        vm_term head = vm_head(base, t);
        if (!vm_is_small(head) || vm_small_value(head) < 1 ||
            !vm_is_code_point((uint64_t)vm_small_value(head)))
            return false;
        wb_text_put_utf8(text, (uint32_t)vm_small_value(head));
    }
    return t == VM_NIL;
}

static vm_term posix_atom(int sys)
{
    switch (sys) {
    case EACCES:
        return VM_AM(eacces);
    case EISDIR:
        return VM_AM(eisdir);
    case ENOTDIR:
        return VM_AM(enotdir);
    case ENOENT:
        return VM_AM(enoent);
    }
    return VM_AM(eio);
}

static vm_term pair_of(struct vm_cpu *c, vm_term a, vm_term b)
{
    return a == VM_NONE || b == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, (const vm_term[]){a, b});
}

vm_term vm_bif_cryo_read_file(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text path wb_auto_text = {0};
    if (!path_text(c->base, args[0], &path))
        return vm_badarg(c);
    if (c->vm->world.read_file == NULL)
        return pair_of(c, VM_AM(error), VM_AM(enoent));
    struct wb_arena arena = {0};
    struct wb_bytes bytes;
    struct wb_error *err =
        c->vm->world.read_file(c->vm->world.data, wb_text_string(&path), &arena, &bytes);
    vm_term result = err == NULL ? pair_of(c, VM_AM(ok), vm_make_binary(c, bytes.at, bytes.size))
                                 : pair_of(c, VM_AM(error), posix_atom(err->sys));
    wb_error_free(err);
    wb_arena_free(&arena);
    return result;
}

// Does the file hold that module?
static bool holds_module(struct vm_cpu *c, const struct vm_piece *file, vm_term name)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct wb_error *err =
        beam_module_read((struct wb_bytes){file->at, file->size}, &arena, &module);
    bool same = err == NULL && wb_bytes_equal(module.name, vm_atom_text(c->vm, name));
    wb_error_free(err);
    wb_arena_free(&arena);
    return same;
}

vm_term vm_bif_cryo_load(struct vm_cpu *c, const vm_term *args)
{
    struct vm_bits bits;
    struct wb_text path wb_auto_text = {0};
    if (!vm_is_atom(args[0]) || !vm_whole_binary(c->base, args[1], &bits) ||
        !path_text(c->base, args[2], &path))
        return vm_badarg(c);
    struct vm_piece bytes = vm_piece_of(bits);
    vm_term name = args[0];
    if (!holds_module(c, &bytes, name)) {
        vm_piece_done(&bytes);
        return pair_of(c, VM_AM(error), VM_AM(badfile));
    }
    struct wb_error *err = vm_load_beam(c->vm, (struct wb_bytes){bytes.at, bytes.size},
                                        path.size == 0 ? NULL : wb_text_string(&path), &name);
    vm_piece_done(&bytes);
    if (err == NULL)
        return pair_of(c, VM_AM(module), name);
    vm_term reason = err->code == WB_E_STATE ? VM_AM(not_purged) : VM_AM(badfile);
    wb_error_free(err);
    return pair_of(c, VM_AM(error), reason);
}

vm_term vm_bif_cryo_source(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_module *module = vm_is_atom(args[0]) ? vm_module_find(c->vm, args[0]) : NULL;
    if (module == NULL || module->current == 0)
        return VM_AM(undefined);
    return ((const struct vm_module_code *)vm_at(c->vm, module->current))->source;
}
