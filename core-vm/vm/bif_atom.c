#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/list_text.h"

enum { ATOM_CHARACTERS = 255 };

vm_term vm_bif_atom_to_list(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_atom(args[0]))
        return vm_badarg(c);
    return vm_make_utf8_string(c, vm_atom_text(c->vm, args[0]), VM_NIL);
}

// UTF-8 text as Latin-1; false: a character is beyond that.
static bool to_latin1(struct wb_bytes text, struct wb_text *out)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.at[i];
        if (byte >= 0x80) {
            if (byte > 0xC3)
                return false;
            byte = (uint8_t)(byte << 6 | (text.at[++i] & 0x3F));
        }
        wb_text_put_char(out, (char)byte);
    }
    return true;
}

vm_term vm_bif_atom_to_binary(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_atom(args[0]))
        return vm_badarg(c);
    struct wb_bytes text = vm_atom_text(c->vm, args[0]);
    if (args[1] == VM_AM(utf8) || args[1] == VM_AM(unicode))
        return vm_make_binary(c, text.at, text.size);
    struct wb_text latin1 wb_auto_text = {0};
    if (args[1] != VM_AM(latin1) || !to_latin1(text, &latin1))
        return vm_badarg(c);
    return vm_make_binary(c, wb_text_bytes(&latin1).at, latin1.size);
}

// The table's atom; made if need be.
static vm_term atom_of(struct vm_cpu *c, const struct wb_text *text, bool make)
{
    vm_term atom = make ? vm_atom_of(c->vm, wb_text_bytes(text))
                        : vm_atom_existing(c->vm, wb_text_bytes(text));
    if (atom != VM_NONE)
        return atom;
    return make ? vm_system_limit(c) : vm_badarg(c);
}

// Lists that are too long are system_limit only where an atom might have been made.
static vm_term list_to_atom(struct vm_cpu *c, vm_term list, bool make)
{
    struct wb_text text wb_auto_text = {0};
    int64_t length = vm_list_length(c->base, list);
    if (length > ATOM_CHARACTERS && make)
        return vm_system_limit(c);
    if (length < 0 || !vm_list_utf8(c->base, list, ATOM_CHARACTERS, &text))
        return vm_badarg(c);
    return atom_of(c, &text, make);
}

vm_term vm_bif_list_to_atom(struct vm_cpu *c, const vm_term *args)
{
    return list_to_atom(c, args[0], true);
}

vm_term vm_bif_list_to_existing_atom(struct vm_cpu *c, const vm_term *args)
{
    return list_to_atom(c, args[0], false);
}

// Length of the well-formed sequence at the text's start; 0: it is malformed (overlong, surrogate,
// too large, cut short).
static unsigned sequence_length(struct wb_bytes text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = text.at[0];
    if (first < 0x80)
        return 1;
    unsigned length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size < length)
        return 0;
    uint32_t code = first & (0x7Fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((text.at[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (text.at[i] & 0x3F);
    }
    bool fine = code >= least[length] && code <= 0x10FFFF && !(code >= 0xD800 && code < 0xE000);
    return fine ? length : 0;
}

// Number of characters; false: no UTF-8.
static bool count_utf8(struct wb_bytes text, size_t *ret)
{
    *ret = 0;
    while (text.size > 0) {
        unsigned length = sequence_length(text);
        if (length == 0)
            return false;
        text.at += length;
        text.size -= length;
        ++*ret;
    }
    return true;
}

static void latin1_to_utf8(const struct wb_text *from, struct wb_text *out)
{
    for (size_t i = 0; i < from->size; i++)
        wb_text_put_utf8(out, (uint8_t)from->at[i]);
}

static vm_term binary_to_atom(struct vm_cpu *c, const vm_term *args, bool make)
{
    struct wb_text bytes wb_auto_text = {0}, utf8 wb_auto_text = {0};
    if (!vm_binary_text(c->base, args[0], &bytes))
        return vm_badarg(c);
    bool is_latin1 = args[1] == VM_AM(latin1);
    if (!is_latin1 && args[1] != VM_AM(utf8) && args[1] != VM_AM(unicode))
        return vm_badarg(c);
    size_t count = bytes.size;
    if (is_latin1)
        latin1_to_utf8(&bytes, &utf8);
    else if (!count_utf8(wb_text_bytes(&bytes), &count))
        return vm_badarg(c);
    if (count > ATOM_CHARACTERS)
        return make ? vm_system_limit(c) : vm_badarg(c);
    return atom_of(c, is_latin1 ? &utf8 : &bytes, make);
}

vm_term vm_bif_binary_to_atom(struct vm_cpu *c, const vm_term *args)
{
    return binary_to_atom(c, args, true);
}

vm_term vm_bif_binary_to_existing_atom(struct vm_cpu *c, const vm_term *args)
{
    return binary_to_atom(c, args, false);
}
