#include <string.h>

#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

// ---- numbers

static vm_term make_big(struct vm_cpu *c, enum vm_subtag sign, uint64_t magnitude)
{
    vm_term *at = vm_alloc(c, 2);
    if (at == NULL)
        return VM_NONE;
    at[0] = vm_header(sign, 1);
    at[1] = magnitude;
    return vm_make_boxed(c->base, at);
}

vm_term vm_make_integer(struct vm_cpu *c, int64_t n)
{
    if (vm_fits_small(n))
        return vm_small(n);
    return n < 0 ? make_big(c, VM_NEG_BIG, -(uint64_t)n) : make_big(c, VM_POS_BIG, (uint64_t)n);
}

vm_term vm_make_unsigned(struct vm_cpu *c, uint64_t n)
{
    return n <= (uint64_t)VM_SMALL_MAX ? vm_small((int64_t)n) : make_big(c, VM_POS_BIG, n);
}

vm_term vm_make_float(struct vm_cpu *c, double d)
{
    vm_term *at = vm_alloc(c, 2);
    if (at == NULL)
        return VM_NONE;
    at[0] = vm_header(VM_FLOAT, 1);
    memcpy(at + 1, &d, sizeof d);
    return vm_make_boxed(c->base, at);
}

// ---- tuples and lists

vm_term vm_make_tuple(struct vm_cpu *c, size_t size, const vm_term *elements)
{
    vm_term *at = vm_alloc(c, 1 + size);
    if (at == NULL)
        return VM_NONE;
    at[0] = vm_header(VM_TUPLE, size);
    for (size_t i = 0; i < size; i++)
        at[1 + i] = elements[i];
    return vm_make_boxed(c->base, at);
}

vm_term vm_make_cons(struct vm_cpu *c, vm_term head, vm_term tail)
{
    vm_term *at = vm_alloc(c, 2);
    if (at == NULL)
        return VM_NONE;
    at[0] = head;
    at[1] = tail;
    return vm_make_list(c->base, at);
}

// Cells in a row; the caller fills in the heads. NULL: out of memory; no cells are no memory
// either.
static vm_term *make_cells(struct vm_cpu *c, size_t count, vm_term tail)
{
    vm_term *at = vm_alloc(c, 2 * count);
    for (size_t i = 0; at != NULL && i < count; i++)
        at[2 * i + 1] = i + 1 < count ? vm_make_list(c->base, at + 2 * i + 2) : tail;
    return at;
}

vm_term vm_make_list_of(struct vm_cpu *c, const vm_term *terms, size_t count, vm_term tail)
{
    vm_term *at = count == 0 ? NULL : make_cells(c, count, tail);
    if (at == NULL)
        return count == 0 ? tail : VM_NONE;
    for (size_t i = 0; i < count; i++)
        at[2 * i] = terms[i];
    return vm_make_list(c->base, at);
}

vm_term vm_make_string(struct vm_cpu *c, struct wb_bytes text, vm_term tail)
{
    vm_term *at = text.size == 0 ? NULL : make_cells(c, text.size, tail);
    if (at == NULL)
        return text.size == 0 ? tail : VM_NONE;
    for (size_t i = 0; i < text.size; i++)
        at[2 * i] = vm_small(text.at[i]);
    return vm_make_list(c->base, at);
}

// Bytes of the character at `at`, its code point in *ret; what is not UTF-8 is taken as Latin-1.
static size_t utf8_next(const uint8_t *at, size_t size, uint32_t *ret)
{
    size_t length = at[0] < 0xC2 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : at[0] < 0xF5 ? 4 : 1;
    uint32_t code = length == 1 ? at[0] : at[0] & (0x7Fu >> length);
    if (length > size)
        length = 1;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            *ret = at[0];
            return 1;
        }
        code = code << 6 | (at[i] & 0x3Fu);
    }
    *ret = length == 1 ? at[0] : code;
    return length;
}

vm_term vm_make_utf8_string(struct vm_cpu *c, struct wb_bytes text, vm_term tail)
{
    size_t count = 0;
    uint32_t code;
    for (size_t i = 0; i < text.size; count++)
        i += utf8_next(text.at + i, text.size - i, &code);
    vm_term *at = count == 0 ? NULL : make_cells(c, count, tail);
    if (at == NULL)
        return count == 0 ? tail : VM_NONE;
    for (size_t i = 0, k = 0; i < text.size; k++) {
        i += utf8_next(text.at + i, text.size - i, &code);
        at[2 * k] = vm_small(code);
    }
    return vm_make_list(c->base, at);
}

int64_t vm_list_length(const char *base, vm_term list)
{
    int64_t length = 0;
    for (; vm_is_list(list); list = vm_tail(base, list))
        length++;
    return vm_is_nil(list) ? length : -1;
}

// ---- binaries

enum { REFC_WORDS = 4, SUB_WORDS = 5 };

struct vm_binary *vm_binary_new(struct vm_cpu *c, size_t size, size_t capacity)
{
    uint64_t offset = capacity > vm_root(c->vm)->limits.memory
                          ? 0
                          : vm_data_alloc(c->vm, sizeof(struct vm_binary) + capacity);
    if (offset == 0) {
        vm_system_limit(c);
        return NULL;
    }
    struct vm_binary *binary = vm_at(c->vm, offset);
    *binary = (struct vm_binary){.references = 1, .size = size, .capacity = capacity};
    return binary;
}

vm_term vm_make_refc(struct vm_cpu *c, struct vm_binary *binary)
{
    vm_term *at = vm_alloc(c, REFC_WORDS);
    if (at == NULL) {
        vm_binary_drop(c->vm, vm_offset(c->vm, binary));
        return VM_NONE;
    }
    at[0] = vm_header(VM_REFC_BIN, REFC_WORDS - 1);
    at[1] = binary->size;
    at[2] = vm_offset(c->vm, binary);
    vm_off_heap_link(c, at);
    c->proc->off_heap_bytes += binary->capacity;
    return vm_make_boxed(c->base, at);
}

static vm_term make_large_binary(struct vm_cpu *c, const uint8_t *bytes, size_t size)
{
    struct vm_binary *binary = vm_binary_new(c, size, size);
    if (binary == NULL)
        return VM_NONE;
    if (bytes != NULL)
        memcpy(binary->bytes, bytes, size);
    return vm_make_refc(c, binary);
}

vm_term vm_make_heap_binary(struct vm_cpu *c, const uint8_t *bytes, size_t size)
{
    size_t words = size / 8 + (size % 8 != 0);
    vm_term *at = vm_alloc(c, 2 + words);
    if (at == NULL)
        return VM_NONE;
    at[0] = vm_header(VM_HEAP_BIN, 1 + words);
    at[1] = size;
    if (words > 0)
        at[1 + words] = 0;  // what is behind the last byte is always the same
    if (bytes != NULL && size > 0)
        memcpy(at + 2, bytes, size);
    return vm_make_boxed(c->base, at);
}

vm_term vm_make_binary(struct vm_cpu *c, const uint8_t *at, size_t size)
{
    return size > VM_HEAP_BIN_LIMIT ? make_large_binary(c, at, size)
                                    : vm_make_heap_binary(c, at, size);
}

// A bit string as the base it shares (REFC_BIN or HEAP_BIN), its first bit there and its size.
struct extent {
    vm_term base;
    uint64_t start, bits;
    bool writable;
};

static struct extent extent_of(const char *base, vm_term bitstring)
{
    const vm_term *at = vm_boxed_at(base, bitstring);
    if (vm_subtag(*at) == VM_SUB_BIN)
        return (struct extent){
            .base = at[4], .start = at[2], .bits = at[1], .writable = at[3] != 0};
    return (struct extent){.base = bitstring, .bits = at[1] * 8};
}

static uint8_t *base_bytes(const char *base, vm_term t)
{
    vm_term *at = vm_boxed_at(base, t);
    return vm_subtag(*at) == VM_REFC_BIN ? vm_refc_binary(base, t)->bytes : (uint8_t *)(at + 2);
}

vm_term vm_make_sub_binary(struct vm_cpu *c, vm_term bitstring, uint64_t start, uint64_t bits)
{
    struct extent whole = extent_of(c->base, bitstring);
    uint64_t first = whole.start + start;
    if (bits % 8 == 0 && first % 8 == 0 && bits / 8 <= VM_HEAP_BIN_LIMIT)
        return vm_make_heap_binary(c, base_bytes(c->base, whole.base) + first / 8, bits / 8);
    vm_term *at = vm_alloc(c, SUB_WORDS);
    if (at == NULL)
        return VM_NONE;
    at[0] = vm_header(VM_SUB_BIN, SUB_WORDS - 1);
    at[1] = bits;
    at[2] = first;
    at[3] = 0;
    at[4] = whole.base;
    return vm_make_boxed(c->base, at);
}

struct vm_bits vm_bits_of(const char *base, vm_term bitstring)
{
    if (!vm_is_bitstring(base, bitstring))
        return (struct vm_bits){0};
    struct extent extent = extent_of(base, bitstring);
    return (struct vm_bits){.at = base_bytes(base, extent.base) + extent.start / 8,
                            .start = (unsigned)(extent.start % 8),
                            .bits = extent.bits};
}

const uint8_t *vm_binary_bytes(const char *base, vm_term binary, uint8_t *room)
{
    struct vm_bits bits = vm_bits_of(base, binary);
    if (bits.start == 0)
        return bits.at;
    for (uint64_t i = 0; i < bits.bits / 8; i++)
        room[i] = (uint8_t)(bits.at[i] << bits.start | bits.at[i + 1] >> (8 - bits.start));
    return room;
}

// ---- references

vm_term vm_make_reference_to(struct vm_cpu *c, uint64_t extra)
{
    vm_term *at = vm_alloc(c, 3);
    if (at == NULL)
        return VM_NONE;
    at[0] = vm_header(VM_REF, 2);
    at[1] = ++vm_root(c->vm)->counters.next_ref;
    at[2] = extra;
    return vm_make_boxed(c->base, at);
}

vm_term vm_make_reference(struct vm_cpu *c)
{
    return vm_make_reference_to(c, 0);
}

// OTP's first number has 18 bits, the others 32.
unsigned vm_reference_words(const char *base, vm_term reference, uint32_t word[VM_REFERENCE_WORDS])
{
    const vm_term *at = vm_boxed_at(base, reference);
    word[0] = (uint32_t)(at[1] & 0x3FFFF);
    word[1] = (uint32_t)(at[1] >> 18);
    word[2] = (uint32_t)(at[1] >> 50);
    word[3] = (uint32_t)at[2];
    word[4] = (uint32_t)(at[2] >> 32);
    return at[2] == 0 ? 3 : 5;
}

vm_term vm_make_reference_of(struct vm_cpu *c, const uint32_t *word, unsigned count)
{
    uint64_t w[VM_REFERENCE_WORDS] = {0};
    for (unsigned i = 0; i < count && i < VM_REFERENCE_WORDS; i++)
        w[i] = word[i];
    vm_term *at = vm_alloc(c, 3);
    if (at == NULL)
        return VM_NONE;
    at[0] = vm_header(VM_REF, 2);
    at[1] = (w[0] & 0x3FFFF) | w[1] << 18 | w[2] << 50;
    at[2] = w[3] | w[4] << 32;
    return vm_make_boxed(c->base, at);
}
