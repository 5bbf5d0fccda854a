// Character data: lists, at any depth, of code points and binaries of UTF-8 or Latin-1.
#include <string.h>

#include "core-vm/base/text.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_binary_priv.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/stack.h"

enum state { FINE, BAD_ARGUMENT, ERROR, INCOMPLETE };

struct walk {
    struct vm_cpu *c;
    bool latin1, bare;  // bare: the data is one binary, no list
    enum state state;
    vm_term rest;           // what is left of the innermost list
    struct vm_stack outer;  // what is left of the others
    vm_term failed;         // the part that is no character data; VM_NONE: not yet known
    uint8_t pending[4];     // begin of a character whose end is in the next binary
    unsigned pending_size;
    struct wb_text out;  // UTF-8
};

// How many bytes the character at `at` takes (1..4); 0: it is none, -1: `size` bytes are a proper
// beginning of one.
static int character_size(const uint8_t *at, size_t size)
{
    uint32_t c;
    unsigned whole = vm_utf8_decode(at, size, &c);
    if (whole > 0 || size >= 4)
        return (int)whole;
    // With the smallest and largest rest that the missing bytes can be.
    uint8_t low[4] = {0x80, 0x80, 0x80, 0x80}, high[4] = {0xBF, 0xBF, 0xBF, 0xBF};
    memcpy(low, at, size);
    memcpy(high, at, size);
    if (at[0] < 0x80)
        return 0;
    bool begins = vm_utf8_decode(low, 4, &c) > size || vm_utf8_decode(high, 4, &c) > size;
    return begins ? -1 : 0;
}

static void fail(struct walk *w, vm_term item)
{
    w->state = ERROR;
    w->failed = item;
}

// Complete the pending character with the beginning of the next binary; gives how many bytes of
// that were used. On error `failed` stays VM_NONE: the item is the whole binary.
static size_t take_pending(struct walk *w, const struct vm_piece *bytes)
{
    size_t used = 0;
    while (w->pending_size > 0 && used < bytes->size) {
        w->pending[w->pending_size++] = bytes->at[used++];
        int size = character_size(w->pending, w->pending_size);
        if (size == 0) {
            w->pending_size -= (unsigned)used;
            w->state = ERROR;
            return 0;
        }
        if (size > 0) {
            wb_text_put_bytes(&w->out, w->pending, w->pending_size);
            w->pending_size = 0;
        }
    }
    return used;
}

static void take_utf8(struct walk *w, vm_term item, const struct vm_piece *bytes)
{
    size_t i = take_pending(w, bytes), begin = i;
    if (w->state != FINE) {
        w->failed = item;
        return;
    }
    while (i < bytes->size) {
        int size = bytes->at[i] < 0x80 ? 1 : character_size(bytes->at + i, bytes->size - i);
        if (size <= 0)
            break;
        i += (size_t)size;
    }
    if (i > begin)
        wb_text_put_bytes(&w->out, bytes->at + begin, i - begin);
    if (i == bytes->size)
        return;
    if (character_size(bytes->at + i, bytes->size - i) < 0) {
        w->pending_size = (unsigned)(bytes->size - i);
        memcpy(w->pending, bytes->at + i, w->pending_size);
    } else {
        fail(w, vm_make_sub_binary(w->c, item, i * 8, (bytes->size - i) * UINT64_C(8)));
    }
}

static void take_latin1(struct walk *w, const struct vm_piece *bytes)
{
    for (size_t i = 0; i < bytes->size; i++)
        wb_text_put_utf8(&w->out, bytes->at[i]);
}

static void take_binary(struct walk *w, vm_term item)
{
    struct vm_bits bits;
    if (!vm_whole_binary(w->c->base, item, &bits)) {
        w->state = BAD_ARGUMENT;
        return;
    }
    struct vm_piece bytes = vm_piece_of(bits);
    if (w->latin1)
        take_latin1(w, &bytes);
    else
        take_utf8(w, item, &bytes);
    vm_piece_done(&bytes);
}

static void take_integer(struct walk *w, vm_term item)
{
    uint64_t n = vm_is_small(item) ? (uint64_t)vm_small_value(item) : UINT64_MAX;
    if (w->pending_size > 0 || !vm_is_code_point(n) || (w->latin1 && n > 255))
        fail(w, item);
    else
        wb_text_put_utf8(&w->out, (uint32_t)n);
}

static void take_element(struct walk *w, vm_term item)
{
    if (vm_is_list(item)) {
        vm_stack_push(&w->outer, w->rest);
        w->rest = item;
    } else if (vm_is_integer(w->c->base, item)) {
        take_integer(w, item);
    } else if (item != VM_NIL) {
        take_binary(w, item);
    }
}

static void take_all(struct walk *w)
{
    while (w->state == FINE) {
        if (vm_is_list(w->rest)) {
            const vm_term *cell = vm_list_at(w->c->base, w->rest);
            w->rest = cell[1];
            take_element(w, cell[0]);
        } else if (w->rest != VM_NIL) {
            vm_term tail = w->rest;
            w->rest = VM_NIL;
            take_binary(w, tail);
        } else if (vm_stack_is_empty(&w->outer)) {
            break;
        } else {
            w->rest = vm_stack_pop(&w->outer);
        }
    }
    if (w->state == FINE && w->pending_size > 0)
        w->state = INCOMPLETE;
}

// What was not converted: the part that failed, then what follows it at each level.
static vm_term remaining(struct walk *w, bool bare)
{
    vm_term pending =
        w->pending_size == 0 ? VM_NIL : vm_make_binary(w->c, w->pending, w->pending_size);
    if (pending == VM_NONE || w->state == INCOMPLETE)
        return pending;
    if (bare && w->rest == VM_NIL && vm_stack_is_empty(&w->outer) && pending == VM_NIL &&
        vm_is_bitstring(w->c->base, w->failed))
        return w->failed;
    vm_term list = w->failed == VM_NONE ? VM_NONE : vm_make_cons(w->c, w->failed, w->rest);
    while (list != VM_NONE && !vm_stack_is_empty(&w->outer))
        list = vm_make_cons(w->c, list, vm_stack_pop(&w->outer));
    if (list == VM_NONE || pending == VM_NIL)
        return list;
    return vm_make_list_of(w->c, (const vm_term[]){pending, list}, 2, VM_NIL);
}

static vm_term result_of(struct walk *w, bool binary)
{
    struct wb_bytes text = wb_text_bytes(&w->out);
    if (w->state == BAD_ARGUMENT)
        return vm_badarg(w->c);
    vm_term done =
        binary ? vm_make_binary(w->c, text.at, text.size) : vm_make_utf8_string(w->c, text, VM_NIL);
    if (done == VM_NONE || w->state == FINE)
        return done;
    vm_term rest = remaining(w, binary || w->bare);
    if (rest == VM_NONE)
        return VM_NONE;
    return vm_make_tuple(
        w->c, 3,
        (const vm_term[]){w->state == ERROR ? VM_AM(error) : VM_AM(incomplete), done, rest});
}

// utf16, utf32, {utf16, little}, ...
static bool is_wide(const char *base, vm_term encoding)
{
    if (vm_is_tuple_of(base, encoding, 2)) {
        const vm_term *at = vm_boxed_at(base, encoding);
        if (at[2] != VM_AM(big) && at[2] != VM_AM(little))
            return false;
        encoding = at[1];
    }
    return encoding == VM_AM(utf16) || encoding == VM_AM(utf32);
}

static vm_term convert(struct vm_cpu *c, const vm_term *args, bool binary)
{
    struct walk w = {
        .c = c, .latin1 = args[1] == VM_AM(latin1), .rest = args[0], .failed = VM_NONE};
    // Those are rare; Erlang code of unicode knows them.
    w.bare = vm_is_bitstring(c->base, args[0]);
    if (is_wide(c->base, args[1]))
        return vm_trap(c, "unicode", binary ? "characters_to_binary_int" : "characters_to_list_int",
                       args, 2);
    if (!w.latin1 && args[1] != VM_AM(unicode) && args[1] != VM_AM(utf8))
        return vm_badarg(c);
    vm_stack_init(&w.outer);
    take_all(&w);
    vm_term result = result_of(&w, binary);
    vm_stack_done(&w.outer);
    wb_text_free(&w.out);
    return result;
}

bool vm_utf8_text(struct vm_cpu *c, vm_term characters, struct wb_text *text)
{
    struct walk w = {.c = c, .rest = characters, .failed = VM_NONE};
    vm_stack_init(&w.outer);
    take_all(&w);
    vm_stack_done(&w.outer);
    wb_text_put_bytes(text, wb_text_string(&w.out), w.out.size);
    wb_text_free(&w.out);
    return w.state == FINE;
}

vm_term vm_bif_characters_to_binary(struct vm_cpu *c, const vm_term *args)
{
    return convert(c, args, true);
}

vm_term vm_bif_characters_to_list(struct vm_cpu *c, const vm_term *args)
{
    return convert(c, args, false);
}

vm_term vm_bif_bin_is_7bit(struct vm_cpu *c, const vm_term *args)
{
    struct vm_bits bits;
    if (!vm_whole_binary(c->base, args[0], &bits))
        return VM_AM(false);
    for (uint64_t i = 0; i < bits.bits; i += 8)
        if (vm_bits_get(bits.at, bits.start + i, 8) > 127)
            return VM_AM(false);
    return VM_AM(true);
}

// As `erl +pc latin1`, which is the default.
vm_term vm_bif_printable_range(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_AM(latin1);
}

// Names of files are UTF-8, nodes understand Unicode, warnings are warnings: as `erl` starts.
vm_term vm_bif_name_encoding(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_AM(utf8);
}

vm_term vm_bif_unicode_io(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_AM(true);
}

vm_term vm_bif_warning_map(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_AM(warning);
}
