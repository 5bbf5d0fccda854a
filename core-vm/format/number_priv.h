// number_priv.h - the compact numbers of operands, lines and long atoms: a tag and a value in one
// byte or more.
#ifndef FORMAT_NUMBER_PRIV_H
#define FORMAT_NUMBER_PRIV_H

#include "core-vm/base/bytes.h"
#include "core-vm/base/text.h"

struct beam_number {
    uint8_t tag;            // 0 u, 1 i, 2 a, 3 x, 4 y, 5 f, 6 h, 7 z
    uint8_t width;          // bytes it took; 0: as few as possible
    bool big;               // does not fit: look at bytes
    int64_t value;          // never negative unless the tag is i
    struct wb_bytes bytes;  // big: two's complement, big-endian
};

// Makes `r` bad when the number is cut short, negative or too big where it must not be, or longer
// than any writer makes it.
struct beam_number beam_number_read(struct wb_reader *r);

// width 0: the shortest form.
void beam_number_write(struct wb_text *text, unsigned tag, int64_t value, unsigned width);
void beam_number_write_big(struct wb_text *text, unsigned tag, struct wb_bytes bytes);

#endif
