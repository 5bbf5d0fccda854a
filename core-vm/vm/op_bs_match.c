// Matching bit strings. A match context is {position, end, base}: bits from the start of base.
#include "core-vm/vm/op_bs_priv.h"

enum { POSITION = 1, END = 2, BASE = 3 };

static inline vm_term *context_of(struct vm_cpu *c, vm_term *sp, const struct vm_ins *ip,
                                  const char *base)
{
    return vm_boxed_at(base, *vm_reg(c, sp, ip->a));
}

static inline bool is_context(const char *base, vm_term t)
{
    return vm_is_boxed(t) && *vm_boxed_at(base, t) == VM_HEADER(VM_MATCH, VM_MATCH_WORDS - 1);
}

static inline bool has_room(const vm_term *hp, const vm_term *sp, size_t words)
{
    return (size_t)(sp - hp) >= words + VM_RESERVED_STACK;
}

// Collect garbage, then run the same instruction: `how` is its first operand word, a source its
// second; neither that nor the context need be among the live registers.
static VM_SLOW bool collect(VM_OP_PARAMS, bool has_context)
{
    (void)table;
    unsigned live = vm_bs_live(VM_WORD(1));
    if (live + 2 > VM_X_REGS) {
        vm_system_limit(c);
        return false;
    }
    vm_term context = has_context ? *vm_reg(c, sp, ip->a) : VM_NIL;
    vm_term source = vm_source(c, sp, VM_WORD(2));
    c->x[live] = context;
    c->x[live + 1] = source;
    VM_SWAP_OUT();
    if (!vm_collect(c, vm_bs_need(VM_WORD(1)), live + 2))
        return false;
    VM_SWAP_IN();
    context = c->x[live];
    source = c->x[live + 1];
    if (has_context)
        *vm_reg(c, sp, ip->a) = context;
    if (VM_IS_REG(VM_WORD(2)))
        vm_store(c, sp, VM_WORD(2), source);
    return true;
}

#define VM_NEED_ROOM(words, has_context)                             \
    do {                                                             \
        if (VM_RARE(!has_room(hp, sp, (words)))) {                   \
            if (!collect(c, ip, sp, hp, base, table, (has_context))) \
                VM_FAIL();                                           \
            VM_SWAP_IN();                                            \
        }                                                            \
    } while (0)

static VM_SLOW void no_context(VM_OP_PARAMS)
{
    (void)table;
    VM_SWAP_OUT();
    vm_badarg(c);
}

VM_OP(bs_context)
{
    if (!is_context(base, *vm_reg(c, sp, ip->a))) {
        no_context(c, ip, sp, hp, base, table);
        VM_FAIL();
    }
    VM_NEXT(1);
}

static inline void make_context(const char *base, vm_term bitstring, vm_term *hp)
{
    const vm_term *at = vm_boxed_at(base, bitstring);
    hp[0] = VM_HEADER(VM_MATCH, VM_MATCH_WORDS - 1);
    if (vm_subtag(at[0]) == VM_SUB_BIN) {
        hp[POSITION] = at[2];
        hp[END] = at[2] + at[1];
        hp[BASE] = at[4];
    } else {
        hp[POSITION] = 0;
        hp[END] = at[1] * 8;
        hp[BASE] = bitstring;
    }
}

VM_OP(bs_start_match)
{
    VM_NEED_ROOM(VM_MATCH_WORDS, false);
    vm_term t = vm_source(c, sp, VM_WORD(2));
    if (vm_is_bitstring(base, t)) {
        make_context(base, t, hp);
        t = vm_make_boxed(base, hp);
        hp += VM_MATCH_WORDS;
    } else if (!is_context(base, t)) {
        no_context(c, ip, sp, hp, base, table);
        VM_FAIL_OR_JUMP();
    }
    vm_store(c, sp, VM_WORD(3), t);
    VM_NEXT(4);
}

// `count` bits are left.
static inline bool has_bits(const vm_term *context, uint64_t count)
{
    return context[END] - context[POSITION] >= count;
}

static inline const uint8_t *bytes_of(char *base, const vm_term *context)
{
    return vm_base_bytes(base, context[BASE]);
}

VM_OP(bs_get_byte)
{
    vm_term *context = context_of(c, sp, ip, base);
    if (!has_bits(context, 8))
        VM_JUMP();
    const uint8_t *at = bytes_of(base, context) + context[POSITION] / 8;
    unsigned shift = context[POSITION] % 8;
    unsigned byte = shift == 0 ? at[0] : (unsigned)(at[0] << 8 | at[1]) >> (8 - shift) & 0xFF;
    context[POSITION] += 8;
    vm_store(c, sp, VM_WORD(1), vm_small(byte));
    VM_NEXT(2);
}

static int64_t short_value(const uint8_t *at, uint64_t bit, unsigned count, unsigned flags)
{
    uint64_t n = vm_segment_is_little(flags) ? vm_bits_get_little(at, bit, count)
                                             : vm_bits_get(at, bit, count);
    if ((flags & VM_SEGMENT_SIGNED) != 0 && count != 0)
        return (int64_t)(n << (64 - count)) >> (64 - count);
    return (int64_t)n;
}

VM_OP(bs_get_short)
{
    vm_term *context = context_of(c, sp, ip, base);
    unsigned count = (unsigned)VM_WORD(1), flags = (unsigned)(VM_WORD(1) >> 32);
    if (!has_bits(context, count))
        VM_JUMP();
    int64_t n = short_value(bytes_of(base, context), context[POSITION], count, flags);
    context[POSITION] += count;
    vm_store(c, sp, VM_WORD(2), vm_small(n));
    VM_NEXT(3);
}

// Words an integer of so many bits takes; those too big to be likely are left to fragments.
static inline size_t integer_words(uint64_t bits)
{
    return bits < 60 || bits > 65536 ? 0 : bits / 64 + 3;
}

static VM_SLOW vm_term get_integer(VM_OP_PARAMS, int64_t count)
{
    (void)table;
    vm_term *context = context_of(c, sp, ip, base);
    VM_SWAP_OUT();
    return vm_bits_get_integer(c, bytes_of(base, context), context[POSITION], (uint64_t)count,
                               vm_bs_flags(VM_WORD(1)));
}

VM_OP(bs_get_integer)
{
    int64_t count = vm_bs_bits(vm_source(c, sp, VM_WORD(2)), vm_bs_unit(VM_WORD(1)));
    if (count < 0 || !has_bits(context_of(c, sp, ip, base), (uint64_t)count))
        VM_JUMP();
    VM_NEED_ROOM(integer_words((uint64_t)count), true);
    vm_term t = get_integer(c, ip, sp, hp, base, table, count);
    if (t == VM_NONE)
        VM_FAIL();
    VM_SWAP_IN();
    context_of(c, sp, ip, base)[POSITION] += (uint64_t)count;
    vm_store(c, sp, VM_WORD(3), t);
    VM_NEXT(4);
}

static VM_SLOW bool get_float(char *base, const vm_term *context, int64_t count, uint64_t how,
                              vm_term *to)
{
    double d;
    if (count < 0 || !has_bits(context, (uint64_t)count) ||
        !vm_bits_get_float(bytes_of(base, context), context[POSITION], (uint64_t)count,
                           vm_bs_flags(how), &d))
        return false;
    to[0] = VM_HEADER(VM_FLOAT, 1);
    memcpy(to + 1, &d, sizeof d);
    return true;
}

VM_OP(bs_get_float)
{
    VM_NEED_ROOM(2, true);
    vm_term *context = context_of(c, sp, ip, base);
    int64_t count = vm_bs_bits(vm_source(c, sp, VM_WORD(2)), vm_bs_unit(VM_WORD(1)));
    if (!get_float(base, context, count, VM_WORD(1), hp))
        VM_JUMP();
    context[POSITION] += (uint64_t)count;
    vm_store(c, sp, VM_WORD(3), vm_make_boxed(base, hp));
    hp += 2;
    VM_NEXT(4);
}

// The next `count` bits as a part of the base, made at hp.
static inline vm_term take_part(const char *base, vm_term *context, uint64_t count, vm_term *hp)
{
    hp[0] = VM_HEADER(VM_SUB_BIN, VM_SUB_WORDS - 1);
    hp[1] = count;
    hp[2] = context[POSITION];
    hp[3] = 0;
    hp[4] = context[BASE];
    context[POSITION] += count;
    return vm_make_boxed(base, hp);
}

VM_OP(bs_get_binary)
{
    VM_NEED_ROOM(VM_SUB_WORDS, true);
    vm_term *context = context_of(c, sp, ip, base);
    int64_t count = vm_bs_bits(vm_source(c, sp, VM_WORD(2)), vm_bs_unit(VM_WORD(1)));
    if (count < 0 || !has_bits(context, (uint64_t)count))
        VM_JUMP();
    vm_store(c, sp, VM_WORD(3), take_part(base, context, (uint64_t)count, hp));
    hp += VM_SUB_WORDS;
    VM_NEXT(4);
}

VM_OP(bs_get_all)
{
    VM_NEED_ROOM(VM_SUB_WORDS, true);
    vm_term *context = context_of(c, sp, ip, base);
    uint64_t count = context[END] - context[POSITION];
    unsigned unit = vm_bs_unit(VM_WORD(1));
    if (unit > 1 && count % unit != 0)
        VM_JUMP();
    vm_store(c, sp, VM_WORD(3), take_part(base, context, count, hp));
    hp += VM_SUB_WORDS;
    VM_NEXT(4);
}

// As bs_get_all, but the context stays where it is.
VM_OP(bs_get_tail)
{
    VM_NEED_ROOM(VM_SUB_WORDS, true);
    vm_term *context = context_of(c, sp, ip, base);
    uint64_t position = context[POSITION];
    vm_term rest = take_part(base, context, context[END] - position, hp);
    context[POSITION] = position;
    vm_store(c, sp, VM_WORD(3), rest);
    hp += VM_SUB_WORDS;
    VM_NEXT(4);
}

static inline void store_character(struct vm_cpu *c, vm_term *sp, uint64_t word, uint32_t character)
{
    if (word != VM_NIL)
        vm_store(c, sp, word, vm_small(character));
}

// Moves on behind a character; its code point, or UINT32_MAX.
static VM_SLOW uint32_t next_utf8(char *base, vm_term *context)
{
    uint32_t character;
    unsigned bits = vm_bits_get_utf8(bytes_of(base, context), context[POSITION],
                                     context[END] - context[POSITION], &character);
    context[POSITION] += bits;
    return bits == 0 ? UINT32_MAX : character;
}

VM_OP(bs_get_utf8)
{
    uint32_t character = next_utf8(base, context_of(c, sp, ip, base));
    if (character == UINT32_MAX)
        VM_JUMP();
    store_character(c, sp, VM_WORD(2), character);
    VM_NEXT(3);
}

static VM_SLOW uint32_t next_utf16(char *base, vm_term *context, unsigned flags)
{
    uint32_t character;
    unsigned bits = vm_bits_get_utf16(bytes_of(base, context), context[POSITION],
                                      context[END] - context[POSITION], flags, &character);
    context[POSITION] += bits;
    return bits == 0 ? UINT32_MAX : character;
}

VM_OP(bs_get_utf16)
{
    uint32_t character = next_utf16(base, context_of(c, sp, ip, base), (unsigned)VM_WORD(1));
    if (character == UINT32_MAX)
        VM_JUMP();
    store_character(c, sp, VM_WORD(2), character);
    VM_NEXT(3);
}

static VM_SLOW uint32_t next_utf32(char *base, vm_term *context, unsigned flags)
{
    uint32_t character;
    unsigned bits = vm_bits_get_utf32(bytes_of(base, context), context[POSITION],
                                      context[END] - context[POSITION], flags, &character);
    context[POSITION] += bits;
    return bits == 0 ? UINT32_MAX : character;
}

VM_OP(bs_get_utf32)
{
    uint32_t character = next_utf32(base, context_of(c, sp, ip, base), (unsigned)VM_WORD(1));
    if (character == UINT32_MAX)
        VM_JUMP();
    store_character(c, sp, VM_WORD(2), character);
    VM_NEXT(3);
}

VM_OP(bs_skip)
{
    vm_term *context = context_of(c, sp, ip, base);
    int64_t count = vm_bs_bits(vm_source(c, sp, VM_WORD(2)), (unsigned)VM_WORD(1));
    if (count < 0 || !has_bits(context, (uint64_t)count))
        VM_JUMP();
    context[POSITION] += (uint64_t)count;
    VM_NEXT(3);
}

VM_OP(bs_skip_bits)
{
    vm_term *context = context_of(c, sp, ip, base);
    if (!has_bits(context, VM_WORD(1)))
        VM_JUMP();
    context[POSITION] += VM_WORD(1);
    VM_NEXT(2);
}

VM_OP(bs_skip_all)
{
    vm_term *context = context_of(c, sp, ip, base);
    if ((context[END] - context[POSITION]) % VM_WORD(1) != 0)
        VM_JUMP();
    context[POSITION] = context[END];
    VM_NEXT(2);
}

VM_OP(bs_test_tail)
{
    const vm_term *context = context_of(c, sp, ip, base);
    VM_TEST(context[END] - context[POSITION] == VM_WORD(1), 2);
}

VM_OP(bs_test_unit)
{
    const vm_term *context = context_of(c, sp, ip, base);
    VM_TEST((context[END] - context[POSITION]) % VM_WORD(1) == 0, 2);
}

VM_OP(bs_ensure)
{
    const vm_term *context = context_of(c, sp, ip, base);
    uint64_t left = context[END] - context[POSITION];
    VM_TEST(left >= VM_WORD(1) && (left - VM_WORD(1)) % VM_WORD(2) == 0, 3);
}

VM_OP(bs_match_string)
{
    vm_term *context = context_of(c, sp, ip, base);
    if (!has_bits(context, VM_WORD(1)) ||
        !vm_bits_equal(bytes_of(base, context), context[POSITION],
                       (const uint8_t *)base + VM_WORD(2), 0, VM_WORD(1)))
        VM_JUMP();
    context[POSITION] += VM_WORD(1);
    VM_NEXT(3);
}

VM_OP(bs_match_value)
{
    vm_term *context = context_of(c, sp, ip, base);
    if (!has_bits(context, VM_WORD(1)) ||
        vm_bits_get(bytes_of(base, context), context[POSITION], (unsigned)VM_WORD(1)) != VM_WORD(2))
        VM_JUMP();
    context[POSITION] += VM_WORD(1);
    VM_NEXT(3);
}

VM_OP(bs_get_position)
{
    vm_store(c, sp, VM_WORD(1), vm_small((int64_t)context_of(c, sp, ip, base)[POSITION]));
    VM_NEXT(2);
}

VM_OP(bs_set_position)
{
    vm_term *context = context_of(c, sp, ip, base);
    vm_term position = vm_source(c, sp, VM_WORD(1));
    if (!vm_is_small(position) || (uint64_t)vm_small_value(position) > context[END]) {
        no_context(c, ip, sp, hp, base, table);
        VM_FAIL();
    }
    context[POSITION] = (uint64_t)vm_small_value(position);
    VM_NEXT(2);
}
