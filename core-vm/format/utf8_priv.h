// utf8_priv.h - code points in and out of UTF-8 that may be wrong.
#ifndef FORMAT_UTF8_PRIV_H
#define FORMAT_UTF8_PRIV_H

#include "core-vm/base/bytes.h"

#define BEAM_NOT_UTF8 UINT32_MAX

// Take a code point off the front of `rest`, which is not empty. BEAM_NOT_UTF8: none is there
// (overlong, cut, surrogate, over 10ffff), and one byte is taken.
static inline uint32_t beam_utf8_next(struct wb_bytes *rest)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t c = rest->at[0];
    size_t size = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (size > 1)
        c &= 0x7fu >> size;
    bool good = size > 0 && size <= rest->size;
    for (size_t i = 1; good && i < size; i++) {
        good = (rest->at[i] & 0xc0) == 0x80;
        c = c << 6 | (rest->at[i] & 0x3f);
    }
    good = good && c >= least[size] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
    size_t taken = good ? size : 1;
    rest->at += taken;
    rest->size -= taken;
    return good ? c : BEAM_NOT_UTF8;
}

// Number of code points; SIZE_MAX: not UTF-8.
static inline size_t beam_utf8_count(struct wb_bytes text)
{
    size_t count = 0;
    while (text.size > 0) {
        if (beam_utf8_next(&text) == BEAM_NOT_UTF8)
            return SIZE_MAX;
        count++;
    }
    return count;
}

#endif
