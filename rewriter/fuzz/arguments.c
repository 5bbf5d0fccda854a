#include "rewriter/fuzz/arguments.h"

static const struct beam_value pair[] = {{.kind = BEAM_SMALL, .small = 1}, {.kind = BEAM_NIL}};

const struct beam_value rw_fuzz_arguments[RW_FUZZ_ARGUMENTS] = {
    {.kind = BEAM_SMALL, .small = 3},
    {.kind = BEAM_CONS, .part = {.at = (struct beam_value *)(uintptr_t)pair, .count = 2}},
    {.kind = BEAM_TUPLE, .part = {.at = (struct beam_value *)(uintptr_t)pair, .count = 2}},
    {.kind = BEAM_BINARY, .binary = {.at = (const uint8_t *)"abcdefgh", .bits = 64}},
    {.kind = BEAM_ATOM, .text = {(const uint8_t *)"ok", 2}},
    {.kind = BEAM_FLOAT, .real = 1.5},
    {.kind = BEAM_NIL},
    {.kind = BEAM_MAP, .part = {.at = (struct beam_value *)(uintptr_t)pair, .count = 2}},
};
