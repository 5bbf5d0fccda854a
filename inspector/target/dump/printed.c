#include "inspector/target/dump/printed.h"

#include <string.h>

enum { MAX_DEPTH = 60 };

struct printed {
    struct wb_bytes rest;
    uint64_t offset;
    struct wb_arena *arena;
};

static bool read_term(struct printed *p, unsigned depth, struct beam_value *ret);

static bool read_atom(struct printed *p, struct beam_value *ret)
{
    bool quoted = dump_skip(&p->rest, "'");
    struct wb_bytes text = {p->rest.at, 0};
    while (text.size < p->rest.size &&
           (quoted ? text.at[text.size] != '\'' : strchr(",|]}>", text.at[text.size]) == NULL))
        text.size++;
    if (text.size == 0 && !quoted)
        return false;
    size_t step = text.size + (quoted && text.size < p->rest.size);
    p->rest.at += step;
    p->rest.size -= step;
    *ret = (struct beam_value){.kind = BEAM_ATOM, .text = text};
    return true;
}

static bool read_integer(struct printed *p, struct beam_value *ret)
{
    enum { MOST_DIGITS = 18 };
    bool negative = dump_skip(&p->rest, "-");
    size_t before = p->rest.size;
    int64_t number = (int64_t)(dump_decimal(&p->rest) & INT64_MAX);
    if (before == p->rest.size || before - p->rest.size > MOST_DIGITS)
        return false;
    if (p->rest.size > 0 && (p->rest.at[0] == '.' || p->rest.at[0] == 'e'))
        return false;
    *ret = (struct beam_value){.kind = BEAM_SMALL, .small = negative ? -number : number};
    return true;
}

// "#Ref<0.1.2.3>", "#Port<0.4>", "<0.5.6>" of this node, behind the "<0".
static bool read_id(struct printed *p, enum beam_kind kind, struct beam_value *ret)
{
    uint32_t word[5] = {0};
    struct beam_id *id = wb_push_array(p->arena, struct beam_id, 1);
    while (id->count < 5 && dump_skip(&p->rest, "."))
        word[id->count++] = (uint32_t)dump_decimal(&p->rest);
    if (id->count == 0 || !dump_skip(&p->rest, ">"))
        return false;
    // References are printed with the most significant word first.
    for (unsigned i = 0; i < id->count; i++)
        id->word[i] = word[kind == BEAM_REF ? id->count - 1 - i : i];
    if (kind == BEAM_PORT)
        id->count = 2;
    *ret = (struct beam_value){.kind = kind, .id = id};
    return true;
}

// <<"text">>, <<1,2,3>>
static bool read_binary(struct printed *p, struct beam_value *ret)
{
    uint8_t *bytes = wb_push(p->arena, p->rest.size + 1, 1);
    size_t size = 0;
    bool text = dump_skip(&p->rest, "\"");
    while (p->rest.size > 0 && !dump_skip(&p->rest, text ? "\">>" : ">>")) {
        if (!text) {
            size_t before = p->rest.size;
            bytes[size++] = (uint8_t)dump_decimal(&p->rest);
            (void)dump_skip(&p->rest, ",");
            if (before == p->rest.size)
                return false;
            continue;
        }
        (void)dump_skip(&p->rest, "\\");
        if (p->rest.size == 0)
            return false;
        bytes[size++] = p->rest.at[0];
        p->rest.at++;
        p->rest.size--;
    }
    *ret = (struct beam_value){.kind = BEAM_BINARY, .binary = {bytes, size * 8}};
    return true;
}

// Terms up to the end of a tuple or list.
static bool read_parts(struct printed *p, const char *end, unsigned depth, struct beam_value *ret)
{
    size_t room = 4, count = 0;
    bool list = ret->kind == BEAM_CONS, tail = false;
    struct beam_value *part = wb_push_array(p->arena, struct beam_value, room + 1);
    while (!dump_skip(&p->rest, end)) {
        if (count == room) {
            struct beam_value *grown = wb_push_array(p->arena, struct beam_value, 2 * room + 1);
            memcpy(grown, part, count * sizeof *part);
            part = grown;
            room *= 2;
        }
        tail = list && count > 0 && dump_skip(&p->rest, "|");
        if (count > 0 && !tail && !dump_skip(&p->rest, ","))
            return false;
        if (!read_term(p, depth - 1, &part[count++]))
            return false;
    }
    if (list && !tail)
        part[count++] = (struct beam_value){.kind = BEAM_NIL};
    ret->part.at = part;
    ret->part.count = count;
    return true;
}

static bool read_term(struct printed *p, unsigned depth, struct beam_value *ret)
{
    *ret = (struct beam_value){.kind = BEAM_UNREADABLE, .bits = p->offset};
    if (depth == 0 || p->rest.size == 0)
        return false;
    struct beam_value value = {.kind = BEAM_TUPLE};
    bool fine;
    uint8_t first = p->rest.at[0];
    if (dump_skip(&p->rest, "{")) {
        fine = read_parts(p, "}", depth, &value);
    } else if (dump_skip(&p->rest, "[]")) {
        value.kind = BEAM_NIL;
        fine = true;
    } else if (dump_skip(&p->rest, "[")) {
        value.kind = BEAM_CONS;
        fine = read_parts(p, "]", depth, &value);
    } else if (dump_skip(&p->rest, "<<")) {
        fine = read_binary(p, &value);
    } else if (dump_skip(&p->rest, "#Ref<0")) {
        fine = read_id(p, BEAM_REF, &value);
    } else if (dump_skip(&p->rest, "#Port<0")) {
        fine = read_id(p, BEAM_PORT, &value);
    } else if (dump_skip(&p->rest, "<0")) {
        fine = read_id(p, BEAM_PID, &value);
    } else if (first == '-' || (first >= '0' && first <= '9')) {
        fine = read_integer(p, &value);
    } else {
        fine = (first == '\'' || first == '_' || (first >= 'a' && first <= 'z')) &&
               read_atom(p, &value);
    }
    if (fine)
        *ret = value;
    return fine;
}

void dump_read_printed(struct wb_bytes line, uint64_t offset, struct wb_arena *arena,
                       struct beam_value *ret)
{
    struct printed p = {.rest = line, .offset = offset, .arena = arena};
    (void)read_term(&p, MAX_DEPTH, ret);
}
