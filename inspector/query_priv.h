// query_priv.h - a condition as its parser leaves it to those who try it on rows.
#ifndef INSPECTOR_QUERY_PRIV_H
#define INSPECTOR_QUERY_PRIV_H

#include <regex.h>

#include "inspector/query.h"

enum insp_test_kind {
    INSP_TEST_AND,
    INSP_TEST_OR,
    INSP_TEST_NOT,
    INSP_TEST_FLAG,
    INSP_TEST_COMPARE,
    INSP_TEST_REGEX,
    INSP_TEST_PATTERN,
    INSP_TEST_VAR,
};

#define INSP_FIELD_ANY UINT32_MAX  // any of the fields that are shown

enum insp_compare { INSP_EQ, INSP_NE, INSP_LT, INSP_GT, INSP_LE, INSP_GE };

struct insp_test {
    enum insp_test_kind kind;
    const struct insp_test *left, *right;  // AND, OR; NOT: left
    unsigned field;
    enum insp_compare compare;
    bool negate;             // PATTERN: must not match
    bool is_number, is_pid;  // what COMPARE compares with
    uint64_t number;
    struct tgt_pid pid;
    struct wb_bytes text;
    const char *regex;            // REGEX: source; compiled by whoever tries it
    struct insp_pattern pattern;  // PATTERN
    unsigned var;                 // VAR: of the query's pattern
    struct beam_value term;       // it is compared with
};

#endif
