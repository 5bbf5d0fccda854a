// lex.h - words of what users type: Erlang terms and patterns, queries.
#ifndef INSPECTOR_LEX_H
#define INSPECTOR_LEX_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

enum insp_token_kind {
    INSP_END,
    INSP_ATOM,    // text: without quotes, escapes resolved
    INSP_VAR,     // text; "_" too
    INSP_INT,     // integer; text: a unit behind it ("ms", "k"), mostly empty
    INSP_FLOAT,   // real
    INSP_STRING,  // text: UTF-8, escapes resolved
    INSP_ID,      // <0.1.2>, #Ref<0.1.2.3>, #Port<0.4>: word, count, text "", "Ref" or "Port"
    INSP_PUNCT,   // text
};

struct insp_token {
    enum insp_token_kind kind;
    struct wb_bytes text;
    int64_t integer;
    double real;
    uint32_t word[6];  // of an ID, as written, the node's 0 first
    unsigned count;
    size_t column;  // 1-based, where it begins
};

struct insp_lexer {
    const char *text;
    size_t at;                // behind `token`
    struct wb_arena *arena;   // texts of tokens
    struct insp_token token;  // the current one
};

// Begin, with the first word as the current one. The text must outlive the lexer.
WB_MUST_CHECK struct wb_error *insp_lex_begin(const char *text, struct wb_arena *arena,
                                              struct insp_lexer *ret);
// Go to the next word. BAD_DATA when there is none that makes sense.
WB_MUST_CHECK struct wb_error *insp_lex_next(struct insp_lexer *lexer);

// Is the current one this punctuation, this atom?
bool insp_lex_is(const struct insp_lexer *lexer, const char *punctuation);
bool insp_lex_word(const struct insp_lexer *lexer, const char *atom);
// Where the current one begins.
const char *insp_lex_here(const struct insp_lexer *lexer);
// "column 7: expected WHAT before 'x'".
struct wb_error *insp_lex_error(const struct insp_lexer *lexer, const char *expected) WB_MUST_CHECK;

#endif
