// Building bit strings.
//
// A binary that was made by appending has room behind its end and is a VM_SUB_BIN marked writable,
// whose base nobody else can reach as a whole. Appending to that writes in place and moves the mark
// to the longer part, so that a loop of appends takes time linear in the result.
#include "core-vm/vm/arith.h"
#include "core-vm/vm/binary.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/op_bs_priv.h"

enum { REFC_WORDS = 4, SEGMENT_WORDS = 3, WRITABLE_LEAST = 256 };
#define MOST_BITS ((uint64_t)1 << 40)

struct segment {
    enum vm_bs_kind kind;
    unsigned flags, unit;
    uint64_t number;  // counts from 1
    vm_term value;
    vm_term size;
    const uint8_t *string;  // of a string; its size in bits is `bits`
    uint64_t bits;
};

// What is wrong with a segment: VM_NONE reason means nothing.
struct fault {
    vm_term reason, cause, value;
};

static struct fault fault(vm_term reason, vm_term cause, vm_term value)
{
    return (struct fault){.reason = reason, .cause = cause, .value = value};
}
#define NO_FAULT ((struct fault){.reason = VM_NONE})

static struct segment segment_at(struct vm_cpu *c, const uint64_t *word)
{
    const vm_term *sp = (const vm_term *)(const void *)(c->base + c->proc->sp);
    struct segment s = {.kind = word[0] & 0xFFFF,
                        .flags = word[0] >> 16 & 0xFFFF,
                        .unit = word[0] >> 32 & 0xFFFF,
                        .number = word[0] >> 48};
    if (s.kind == VM_BS_string) {
        s.string = (const uint8_t *)c->base + word[1];
        s.bits = word[2];
    } else {
        s.value = vm_source(c, sp, word[1]);
        s.size = vm_source(c, sp, word[2]);
    }
    return s;
}

static vm_term kind_atom(enum vm_bs_kind kind)
{
    switch (kind) {
    case VM_BS_append:
    case VM_BS_private_append:
    case VM_BS_binary:
        return VM_AM(binary);
    case VM_BS_integer:
        return VM_AM(integer);
    case VM_BS_float:
        return VM_AM(float);
    case VM_BS_utf8:
        return VM_AM(utf8);
    case VM_BS_utf16:
        return VM_AM(utf16);
    case VM_BS_utf32:
        return VM_AM(utf32);
    case VM_BS_string:
    case VM_BS_KIND_COUNT:
        return VM_AM(string);
    }
    return VM_AM(string);
}

static VM_SLOW vm_term raise_fault(struct vm_cpu *c, const struct segment *s, struct fault f)
{
    const vm_term cause[] = {vm_small((int64_t)s->number), kind_atom(s->kind), f.cause, f.value};
    vm_term tuple = vm_make_tuple(c, 4, cause);
    if (tuple == VM_NONE)
        return VM_NONE;
    const vm_term pairs[] = {VM_AM(cause),          tuple,         VM_AM(function),
                             VM_AM(format_bs_fail), VM_AM(module), VM_AM(erl_erts_errors)};
    vm_term info = vm_map_of(c, pairs, 3);
    return info == VM_NONE ? VM_NONE : vm_error_info(c, f.reason, info);
}

// How many bits `size` times unit are.
static struct fault sized_bits(const char *base, const struct segment *s, uint64_t *ret)
{
    if (!vm_is_integer(base, s->size))
        return fault(VM_AM(badarg), VM_AM(size), s->size);
    int64_t size = -1;
    if (vm_is_small(s->size))
        size = vm_small_value(s->size);
    else if (vm_subtag(*vm_boxed_at(base, s->size)) == VM_POS_BIG)
        size = INT64_MAX;
    if (size < 0)
        return fault(VM_AM(badarg), VM_AM(size), s->size);
    if (s->unit != 0 && (uint64_t)size > MOST_BITS / s->unit)
        return fault(VM_AM(system_limit), VM_AM(size), s->size);
    *ret = (uint64_t)size * s->unit;
    return NO_FAULT;
}

static struct fault binary_bits(const char *base, const struct segment *s, uint64_t *ret)
{
    bool all = s->size == VM_AM(all);
    if (!all) {
        struct fault f = sized_bits(base, s, ret);
        if (f.reason != VM_NONE)
            return f;
    }
    if (!vm_is_bitstring(base, s->value))
        return fault(VM_AM(badarg), VM_AM(type), s->value);
    uint64_t bits = vm_bits_of(base, s->value).bits;
    if (all && s->unit > 1 && bits % s->unit != 0)
        return fault(VM_AM(badarg), VM_AM(unit), s->value);
    if (!all && bits < *ret)
        return fault(VM_AM(badarg), VM_AM(short), s->value);
    if (all)
        *ret = bits;
    return NO_FAULT;
}

static struct fault float_bits(const char *base, const struct segment *s, uint64_t *ret)
{
    struct fault f = sized_bits(base, s, ret);
    if (f.reason == VM_NONE && *ret != 16 && *ret != 32 && *ret != 64)
        return fault(VM_AM(badarg), VM_AM(invalid), s->size);
    return f;
}

static struct fault utf_bits(const struct segment *s, uint64_t *ret)
{
    if (!vm_is_small(s->value) || !vm_is_code_point((uint64_t)vm_small_value(s->value)))
        return fault(VM_AM(badarg), VM_AM(type), s->value);
    uint32_t character = (uint32_t)vm_small_value(s->value);
    *ret = s->kind == VM_BS_utf8    ? 8 * vm_utf8_size(character)
           : s->kind == VM_BS_utf16 ? 8 * vm_utf16_size(character)
                                    : 32;
    return NO_FAULT;
}

static struct fault measure(const char *base, const struct segment *s, uint64_t *ret)
{
    switch (s->kind) {
    case VM_BS_append:
    case VM_BS_private_append:
    case VM_BS_binary:
        return binary_bits(base, s, ret);
    case VM_BS_integer:
        return sized_bits(base, s, ret);
    case VM_BS_float:
        return float_bits(base, s, ret);
    case VM_BS_utf8:
    case VM_BS_utf16:
    case VM_BS_utf32:
        return utf_bits(s, ret);
    case VM_BS_string:
    case VM_BS_KIND_COUNT:
        break;
    }
    *ret = s->bits;
    return NO_FAULT;
}

static struct fault put_number(const char *base, const struct segment *s, uint8_t *to, uint64_t bit)
{
    double d;
    if (s->kind == VM_BS_integer) {
        if (!vm_is_integer(base, s->value))
            return fault(VM_AM(badarg), VM_AM(type), s->value);
        vm_bits_put_integer(base, to, bit, s->bits, s->value, s->flags);
        return NO_FAULT;
    }
    if (!vm_get_double(base, s->value, &d))
        return fault(VM_AM(badarg), VM_AM(type), s->value);
    vm_bits_put_float(to, bit, s->bits, d, s->flags);
    return NO_FAULT;
}

// Write a segment of s->bits bits, which measure gave.
static struct fault put(const char *base, const struct segment *s, uint8_t *to, uint64_t bit)
{
    struct vm_bits from;
    switch (s->kind) {
    case VM_BS_append:
    case VM_BS_private_append:
    case VM_BS_binary:
        from = vm_bits_of(base, s->value);
        vm_bits_copy(to, bit, from.at, from.start, s->bits);
        break;
    case VM_BS_integer:
    case VM_BS_float:
        return put_number(base, s, to, bit);
    case VM_BS_utf8:
        vm_bits_put_utf8(to, bit, (uint32_t)vm_small_value(s->value));
        break;
    case VM_BS_utf16:
        vm_bits_put_utf16(to, bit, (uint32_t)vm_small_value(s->value), s->flags);
        break;
    case VM_BS_utf32:
        vm_bits_put_integer(base, to, bit, 32, s->value, s->flags);
        break;
    case VM_BS_string:
    case VM_BS_KIND_COUNT:
        vm_bits_copy(to, bit, s->string, 0, s->bits);
        break;
    }
    return NO_FAULT;
}

// Make `need` words free between heap and stack.
static bool make_room(struct vm_cpu *c, size_t need, unsigned live)
{
    const struct vm_proc *proc = c->proc;
    if (proc->sp - proc->htop >= (need + VM_RESERVED_STACK) * sizeof(vm_term) &&
        proc->off_heap_bytes < proc->off_heap_limit)
        return true;
    return vm_collect(c, need, live);
}

// A part of a binary, at words that the caller has.
static vm_term part_at(const char *base, vm_term *at, vm_term binary, uint64_t bits)
{
    at[0] = VM_HEADER(VM_SUB_BIN, VM_SUB_WORDS - 1);
    at[1] = bits;
    at[2] = 0;
    at[3] = 0;
    at[4] = binary;
    return vm_make_boxed(base, at);
}

// Where a result is written.
struct target {
    vm_term binary;  // the result
    uint8_t *at;
    uint64_t position;  // where its new bits begin, in bits
};

static bool new_binary(struct vm_cpu *c, uint64_t bits, struct target *ret)
{
    vm_term binary = vm_make_binary(c, NULL, (size_t)((bits + 7) / 8));
    if (binary == VM_NONE)
        return false;
    *ret = (struct target){.binary = binary, .at = vm_base_bytes(c->base, binary)};
    if (bits % 8 == 0)
        return true;
    ret->at[bits / 8] = 0;
    vm_term *at = vm_alloc(c, VM_SUB_WORDS);
    if (at == NULL)
        return false;
    ret->binary = part_at(c->base, at, binary, bits);
    return true;
}

// A writable binary of `bits` bits with room for more.
static bool new_writable(struct vm_cpu *c, uint64_t bits, uint64_t capacity, struct target *ret)
{
    vm_term *at = vm_alloc(c, VM_SUB_WORDS);
    if (at == NULL)
        return false;
    vm_term binary = vm_make_binary_with_room(c, (size_t)((bits + 7) / 8), (size_t)capacity);
    if (binary == VM_NONE)
        return false;
    *ret = (struct target){.binary = part_at(c->base, at, binary, bits),
                           .at = vm_base_bytes(c->base, binary)};
    at[3] = 1;
    return true;
}

// The words of a writable binary with room for `bytes` bytes, or that could be given it; else NULL.
static vm_term *writable_of(struct vm_cpu *c, vm_term t, uint64_t bytes)
{
    char *base = c->base;
    vm_term *at = vm_boxed_at(base, t);
    if (vm_subtag(at[0]) != VM_SUB_BIN || at[3] != 1 || !vm_is_kind(base, at[4], VM_REFC_BIN))
        return NULL;
    if (vm_refc_binary(base, at[4])->capacity >= bytes)
        return at;
    return vm_binary_grow(c, at[4], (size_t)bytes * 2) ? at : NULL;
}

static uint64_t room_for(uint64_t bytes)
{
    return bytes * 2 < WRITABLE_LEAST ? WRITABLE_LEAST : bytes * 2;
}

// `t`, a bit string, with `more` bits behind it that are still to be written.
static bool append_to(struct vm_cpu *c, vm_term t, uint64_t more, struct target *ret)
{
    struct vm_bits from = vm_bits_of(c->base, t);
    uint64_t bits = from.bits + more, bytes = (bits + 7) / 8;
    vm_term *old = writable_of(c, t, bytes);
    if (old == NULL) {
        if (!new_writable(c, bits, room_for(bytes), ret))
            return false;
        from = vm_bits_of(c->base, t);
        vm_bits_copy(ret->at, 0, from.at, from.start, from.bits);
        ret->position = from.bits;
        return true;
    }
    vm_term *at = vm_alloc(c, VM_SUB_WORDS);
    if (at == NULL)
        return false;
    vm_term *refc = vm_boxed_at(c->base, old[4]);
    if (refc[1] < bytes)
        refc[1] = bytes;
    struct vm_binary *binary = vm_refc_binary(c->base, old[4]);
    if (binary->size < bytes)
        binary->size = bytes;
    old[3] = 0;
    *ret = (struct target){
        .binary = part_at(c->base, at, old[4], bits), .at = binary->bytes, .position = from.bits};
    at[3] = 1;
    return true;
}

static bool is_append(enum vm_bs_kind kind)
{
    return kind == VM_BS_append || kind == VM_BS_private_append;
}

static size_t result_words(uint64_t bits, bool append)
{
    size_t sub = VM_SUB_WORDS;
    if (append || bits > VM_HEAP_BIN_LIMIT * 8)
        return REFC_WORDS + sub;
    return 2 + (size_t)(bits + 63) / 64 + sub;
}

// Sum of all segments in bits. False: exception set.
static bool measure_all(struct vm_cpu *c, const uint64_t *word, uint64_t count, uint64_t *ret)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i += SEGMENT_WORDS) {
        uint64_t bits;
        struct segment s = segment_at(c, word + i);
        struct fault f = measure(c->base, &s, &bits);
        if (f.reason == VM_NONE && sum + bits > MOST_BITS)
            f = fault(VM_AM(system_limit), VM_AM(size), s.size);
        if (f.reason != VM_NONE) {
            raise_fault(c, &s, f);
            return false;
        }
        sum += bits;
    }
    *ret = sum;
    return true;
}

static bool put_all(struct vm_cpu *c, const uint64_t *word, uint64_t count, struct target *to)
{
    for (uint64_t i = 0; i < count; i += SEGMENT_WORDS) {
        struct segment s = segment_at(c, word + i);
        (void)measure(c->base, &s, &s.bits);
        struct fault f = put(c->base, &s, to->at, to->position);
        if (f.reason != VM_NONE) {
            raise_fault(c, &s, f);
            return false;
        }
        to->position += s.bits;
    }
    return true;
}

// Of bs_create, from its operand words.
static __attribute__((noinline)) vm_term create(struct vm_cpu *c, const uint64_t *word)
{
    unsigned live = word[0] & 0xFFFF;
    uint64_t count = word[1], bits;
    const uint64_t *segment = word + 2;
    struct target to;
    if (!measure_all(c, segment, count, &bits))
        return VM_NONE;
    bool append = count > 0 && is_append(segment[0] & 0xFFFF);
    if (!make_room(c, (word[0] >> 16) + result_words(bits, append), live))
        return VM_NONE;
    if (append) {
        struct segment first = segment_at(c, segment);
        if (!append_to(c, first.value, bits - vm_bits_of(c->base, first.value).bits, &to))
            return VM_NONE;
        segment += SEGMENT_WORDS;
        count -= SEGMENT_WORDS;
    } else if (!new_binary(c, bits, &to)) {
        return VM_NONE;
    }
    return put_all(c, segment, count, &to) ? to.binary : VM_NONE;
}

VM_OP(bs_create)
{
    VM_SWAP_OUT();
    vm_term t = create(c, &VM_WORD(1));
    VM_SWAP_IN();
    if (t == VM_NONE)
        VM_FAIL_OR_JUMP();
    *vm_reg(c, sp, ip->a) = t;
    VM_NEXT_AFTER(3);
}

// The older way: a binary is made, then instructions fill it. c->building says where they are; it
// holds until the next collection or switch of processes, and compilers leave no room for either.

static void begin_building(struct vm_cpu *c, const struct target *to, uint64_t end)
{
    c->building = (struct vm_building){.at = (uint64_t)((char *)to->at - c->base),
                                       .position = to->position,
                                       .end = end,
                                       .pid = c->proc->pid,
                                       .collections = c->proc->total_collections};
}

static vm_term sized(struct vm_cpu *c, vm_term size, unsigned unit, uint64_t *bits)
{
    int64_t n = vm_bs_bits(size, unit);
    if (n < 0)
        return vm_is_small(size) && vm_small_value(size) >= 0 ? vm_system_limit(c) : vm_badarg(c);
    *bits = (uint64_t)n;
    return size;
}

static VM_SLOW vm_term init(struct vm_cpu *c, const uint64_t *word)
{
    const vm_term *sp = (const vm_term *)(const void *)(c->base + c->proc->sp);
    uint64_t bits;
    struct target to;
    if (sized(c, vm_source(c, sp, word[1]), (unsigned)word[2], &bits) == VM_NONE ||
        !make_room(c, (word[0] >> 16) + result_words(bits, false), word[0] & 0xFFFF) ||
        !new_binary(c, bits, &to))
        return VM_NONE;
    begin_building(c, &to, bits);
    return to.binary;
}

VM_OP(bs_init)
{
    VM_SWAP_OUT();
    vm_term t = init(c, &VM_WORD(1));
    VM_SWAP_IN();
    if (t == VM_NONE)
        VM_FAIL_OR_JUMP();
    *vm_reg(c, sp, ip->a) = t;
    VM_NEXT(4);
}

static VM_SLOW vm_term init_append(struct vm_cpu *c, const uint64_t *word)
{
    const vm_term *sp = (const vm_term *)(const void *)(c->base + c->proc->sp);
    uint64_t more;
    struct target to;
    if (sized(c, vm_source(c, sp, word[1]), 1, &more) == VM_NONE)
        return VM_NONE;
    // bs_private_append does not say what is live: what does not fit goes to a fragment.
    unsigned live = word[0] & 0xFFFF;
    if (live != VM_X_REGS && !make_room(c, (word[0] >> 16) + result_words(more, true), live))
        return VM_NONE;
    sp = (const vm_term *)(const void *)(c->base + c->proc->sp);
    vm_term t = vm_source(c, sp, word[2]);
    if (!vm_is_bitstring(c->base, t) || (word[3] > 1 && vm_bits_of(c->base, t).bits % word[3] != 0))
        return vm_badarg(c);
    if (!append_to(c, t, more, &to))
        return VM_NONE;
    begin_building(c, &to, to.position + more);
    return to.binary;
}

VM_OP(bs_append)
{
    VM_SWAP_OUT();
    vm_term t = init_append(c, &VM_WORD(1));
    VM_SWAP_IN();
    if (t == VM_NONE)
        VM_FAIL_OR_JUMP();
    *vm_reg(c, sp, ip->a) = t;
    VM_NEXT(5);
}

static VM_SLOW vm_term init_writable(struct vm_cpu *c)
{
    int64_t bytes = vm_is_small(c->x[0]) ? vm_small_value(c->x[0]) : 0;
    uint64_t capacity = bytes > 0 && bytes < 1 << 20 ? (uint64_t)bytes : WRITABLE_LEAST;
    struct target to;
    if (!make_room(c, result_words(0, true), 0) || !new_writable(c, 0, capacity, &to))
        return VM_NONE;
    return to.binary;
}

VM_OP(bs_init_writable)
{
    VM_SWAP_OUT();
    vm_term t = init_writable(c);
    VM_SWAP_IN();
    if (t == VM_NONE)
        VM_FAIL();
    c->x[0] = t;
    VM_NEXT(1);
}

static VM_SLOW vm_term add_sizes(struct vm_cpu *c, vm_term a, vm_term b, uint64_t unit)
{
    int64_t sum = vm_bs_bits(a, 1), more = vm_bs_bits(b, (unsigned)unit);
    if (sum < 0 || more < 0)
        return vm_badarg(c);
    return vm_small(sum + more);
}

VM_OP(bs_add)
{
    VM_SWAP_OUT();
    vm_term t =
        add_sizes(c, vm_source(c, sp, VM_WORD(1)), vm_source(c, sp, VM_WORD(2)), VM_WORD(3));
    if (t == VM_NONE)
        VM_FAIL_OR_JUMP();
    *vm_reg(c, sp, ip->a) = t;
    VM_NEXT(4);
}

// Write the next segment of the binary being built.
static bool put_next(struct vm_cpu *c, struct segment *s)
{
    struct vm_building *b = &c->building;
    struct fault f = measure(c->base, s, &s->bits);
    if (f.reason == VM_NONE &&
        (b->pid != c->proc->pid || b->collections != c->proc->total_collections ||
         b->end - b->position < s->bits))
        f = fault(VM_AM(badarg), VM_AM(size), s->value);
    if (f.reason == VM_NONE)
        f = put(c->base, s, (uint8_t *)c->base + b->at, b->position);
    if (f.reason != VM_NONE) {
        vm_error(c, f.reason);
        return false;
    }
    b->position += s->bits;
    return true;
}

static VM_SLOW bool put_segment(struct vm_cpu *c, const uint64_t *word)
{
    struct segment s = segment_at(c, word);
    return put_next(c, &s);
}

VM_OP(bs_put)
{
    VM_SWAP_OUT();
    bool fine = put_segment(c, &VM_WORD(1));
    VM_SWAP_IN();
    if (!fine)
        VM_FAIL_OR_JUMP();
    VM_NEXT(4);
}

static VM_SLOW bool put_string(struct vm_cpu *c, const uint8_t *at, uint64_t bits)
{
    struct segment s = {.kind = VM_BS_string, .string = at, .bits = bits, .value = VM_NIL};
    return put_next(c, &s);
}

VM_OP(bs_put_string)
{
    VM_SWAP_OUT();
    if (!put_string(c, (const uint8_t *)base + VM_WORD(2), VM_WORD(1)))
        VM_FAIL();
    VM_NEXT(3);
}

static VM_SLOW vm_term utf_size(struct vm_cpu *c, vm_term value, enum vm_bs_kind kind)
{
    struct segment s = {.kind = kind, .value = value};
    uint64_t bits;
    struct fault f = utf_bits(&s, &bits);
    return f.reason == VM_NONE ? vm_small((int64_t)bits / 8) : vm_error(c, f.reason);
}

VM_OP(bs_utf8_size)
{
    VM_SWAP_OUT();
    vm_term t = utf_size(c, vm_source(c, sp, VM_WORD(1)), VM_BS_utf8);
    if (t == VM_NONE)
        VM_FAIL_OR_JUMP();
    *vm_reg(c, sp, ip->a) = t;
    VM_NEXT(2);
}

VM_OP(bs_utf16_size)
{
    VM_SWAP_OUT();
    vm_term t = utf_size(c, vm_source(c, sp, VM_WORD(1)), VM_BS_utf16);
    if (t == VM_NONE)
        VM_FAIL_OR_JUMP();
    *vm_reg(c, sp, ip->a) = t;
    VM_NEXT(2);
}
