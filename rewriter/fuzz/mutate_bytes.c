#include "rewriter/fuzz/mutate_priv.h"

enum { MOST_CHANGES = 6, LONGEST_BLOCK = 64 };

static const struct wb_bytes dictionary[] = {
#define RW_WORD(text) {(const uint8_t *)(text), sizeof(text) - 1},
#include "rewriter/fuzz/dictionary.def"
#undef RW_WORD
};

uint64_t rw_special(struct rw_random *random)
{
    switch (rw_below(random, 6)) {
    case 0:
        return rw_below(random, 17);
    case 1:
        return UINT64_MAX - rw_below(random, 4);
    case 2:
        return ((uint64_t)1 << rw_below(random, 64)) - 1 + rw_below(random, 3);
    case 3:
        return 1000 + rw_below(random, 50);  // registers end at 1023
    case 4:
        return rw_below(random, 256);
    default:
        return rw_random_next(random) >> rw_below(random, 64);
    }
}

void rw_put_number(uint8_t *at, size_t width, uint64_t number)
{
    for (size_t i = width; i-- > 0; number >>= 8)
        at[i] = (uint8_t)number;
}

void rw_change_bytes(struct rw_random *random, uint8_t *at, size_t size)
{
    for (uint64_t left = 1 + rw_below(random, MOST_CHANGES); left > 0 && size > 0; left--) {
        uint8_t *byte = &at[rw_below(random, size)];
        switch (rw_below(random, 4)) {
        case 0:
            *byte = (uint8_t)rw_random_next(random);
            break;
        case 1:
            *byte ^= (uint8_t)(1u << rw_below(random, 8));
            break;
        case 2:
            *byte = (uint8_t)(*byte + 1);
            break;
        default:
            *byte = (uint8_t)(*byte + 0x10);  // the next value of a compact term
            break;
        }
    }
}

static uint8_t *copy_of_file(struct rw_mutate *m, struct wb_text *out)
{
    wb_text_put_bytes(out, m->file.at, m->file.size);
    return (uint8_t *)out->at;
}

bool mutate_bits(struct rw_mutate *m, struct wb_text *out)
{
    if (m->file.size == 0)
        return false;
    rw_change_bytes(&m->random, copy_of_file(m, out), m->file.size);
    return true;
}

bool mutate_numbers(struct rw_mutate *m, struct wb_text *out)
{
    size_t width = (size_t)1 << rw_below(&m->random, 4);
    if (m->file.size < width)
        return false;
    uint8_t *at = copy_of_file(m, out) + rw_below(&m->random, m->file.size - width + 1);
    rw_put_number(at, width, rw_special(&m->random));
    return true;
}

bool mutate_words(struct rw_mutate *m, struct wb_text *out)
{
    struct wb_bytes word = dictionary[rw_below(&m->random, sizeof dictionary / sizeof *dictionary)];
    size_t at = rw_below(&m->random, m->file.size + 1), left = m->file.size - at;
    size_t over = rw_one_in(&m->random, 2) ? 0 : word.size < left ? word.size : left;
    wb_text_put_bytes(out, m->file.at, at);
    wb_text_put_bytes(out, word.at, word.size);
    wb_text_put_bytes(out, m->file.at + at + over, left - over);
    return true;
}

// Bytes from one place, of this or the other file, put in the place of others.
bool mutate_blocks(struct rw_mutate *m, struct wb_text *out)
{
    struct wb_bytes from = rw_one_in(&m->random, 3) ? m->other : m->file;
    size_t take = rw_below(&m->random, LONGEST_BLOCK), drop = rw_below(&m->random, LONGEST_BLOCK);
    size_t at = rw_below(&m->random, m->file.size + 1), left = m->file.size - at;
    size_t source = rw_below(&m->random, from.size + 1);
    if (rw_one_in(&m->random, 3))
        drop = take;
    take = take < from.size - source ? take : from.size - source;
    drop = drop < left ? drop : left;
    wb_text_put_bytes(out, m->file.at, at);
    wb_text_put_bytes(out, from.at + source, take);
    wb_text_put_bytes(out, m->file.at + at + drop, left - drop);
    return true;
}
