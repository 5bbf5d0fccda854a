// decimal.h - doubles as decimal text: the fewest digits that read back as the same number.
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

// digits * 10^exponent; no trailing zeros in digits.
struct wb_decimal {
    uint64_t digits;
    int exponent;
};

// The shortest decimal that lies nearer to `real` than to any other double; of several the nearest
// to `real`. Positive and finite only. Schubfach: Raffaello Giulietti, "The Schubfach way to render
// doubles", 2020.
struct wb_decimal wb_decimal_of(double real);

// The text of a finite double as Erlang writes it, float_to_list(F, [short]): with an exponent
// where that is shorter, and from 2^53 on. Returns its size; no zero at the end.
enum { WB_DECIMAL_SIZE = 40 };
size_t wb_decimal_text(double real, char to[WB_DECIMAL_SIZE]);

#endif
