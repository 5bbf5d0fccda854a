#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/etf.h"
#include "core-vm/format/etf_priv.h"
#include "core-vm/format/utf8_priv.h"

// Values still to be written.
struct run {
    const struct beam_value *at;
    size_t left;
    size_t fun_size_at;  // not 0: where to put the size of a fun when its parts are written
};

struct writer {
    struct wb_text *text;
    struct run *run;
    size_t count, capacity;
    unsigned minor;
    bool unwritable;
};

static void push_run(struct writer *w, struct run run)
{
    if (w->count == w->capacity) {
        size_t capacity = w->capacity != 0 ? w->capacity * 2 : 16;
        struct run *at = realloc(w->run, capacity * sizeof *at);
        if (at == NULL)
            wb_die_no_memory(capacity * sizeof *at);
        w->run = at;
        w->capacity = capacity;
    }
    w->run[w->count++] = run;
}

static void put_u8(struct writer *w, unsigned number)
{
    wb_text_put_char(w->text, (char)number);
}

static void put_u32(struct writer *w, size_t number)
{
    wb_text_put_u32(w->text, (uint32_t)number);
}

static bool is_latin1(struct wb_bytes text)
{
    while (text.size > 0)
        if (beam_utf8_next(&text) > 0xff)
            return false;
    return true;
}

// As OTP 25 does: in latin1 if it can be.
static void put_atom(struct writer *w, struct wb_bytes atom)
{
    if (w->minor == 2 || !is_latin1(atom)) {
        put_u8(w, atom.size <= 255 ? ETF_SMALL_ATOM_UTF8 : ETF_ATOM_UTF8);
        if (atom.size <= 255)
            put_u8(w, (unsigned)atom.size);
        else
            wb_text_put_u16(w->text, (uint16_t)atom.size);
        wb_text_put_bytes(w->text, atom.at, atom.size);
        return;
    }
    put_u8(w, ETF_ATOM);
    wb_text_put_u16(w->text, (uint16_t)beam_utf8_count(atom));
    while (atom.size > 0)
        put_u8(w, beam_utf8_next(&atom));
}

static void put_magnitude(struct writer *w, bool negative, const uint64_t *limb, size_t count)
{
    size_t size = count * 8;
    while (size > 0 && (limb[(size - 1) / 8] >> 8 * ((size - 1) % 8) & 0xff) == 0)
        size--;
    put_u8(w, size <= 255 ? ETF_SMALL_BIG : ETF_LARGE_BIG);
    if (size <= 255)
        put_u8(w, (unsigned)size);
    else
        put_u32(w, size);
    put_u8(w, negative);
    for (size_t i = 0; i < size; i++)
        put_u8(w, (unsigned)(limb[i / 8] >> 8 * (i % 8) & 0xff));
}

static void put_small(struct writer *w, int64_t number)
{
    if (number >= 0 && number <= 255) {
        put_u8(w, ETF_SMALL_INTEGER);
        put_u8(w, (unsigned)number);
    } else if (number >= INT32_MIN && number <= INT32_MAX) {
        put_u8(w, ETF_INTEGER);
        put_u32(w, (uint32_t)number);
    } else {
        uint64_t magnitude = number < 0 ? -(uint64_t)number : (uint64_t)number;
        put_magnitude(w, number < 0, &magnitude, 1);
    }
}

// 31 bytes: "%.20e", filled up with zeros.
static void put_old_float(struct writer *w, double real)
{
    enum { FLOAT_ROOM = 31 };
    char text[FLOAT_ROOM + 1] = {0};
    snprintf(text, sizeof text, "%.20e", real);
    put_u8(w, ETF_FLOAT);
    wb_text_put_bytes(w->text, text, FLOAT_ROOM);
}

static void put_float(struct writer *w, double real)
{
    uint64_t bits;
    if (w->minor == 0) {
        put_old_float(w, real);
        return;
    }
    memcpy(&bits, &real, sizeof bits);
    put_u8(w, ETF_NEW_FLOAT);
    wb_text_put_u64(w->text, bits);
}

static void put_node(struct writer *w, const struct beam_id *id)
{
    put_atom(w, id->node.size > 0 ? id->node : wb_bytes_of("nonode@nohost"));
}

static void put_pid(struct writer *w, const struct beam_id *id)
{
    put_u8(w, ETF_NEW_PID);
    put_node(w, id);
    put_u32(w, id->word[0]);
    put_u32(w, id->word[1]);
    put_u32(w, id->creation);
}

// Ports of more than 28 bits need the newer form.
static void put_port(struct writer *w, const struct beam_id *id)
{
    bool wide = id->word[1] != 0 || id->word[0] >> 28 != 0;
    put_u8(w, wide ? ETF_V4_PORT : ETF_NEW_PORT);
    put_node(w, id);
    if (wide)
        put_u32(w, id->word[1]);
    put_u32(w, id->word[0]);
    put_u32(w, id->creation);
}

static void put_ref(struct writer *w, const struct beam_id *id)
{
    put_u8(w, ETF_NEWER_REF);
    wb_text_put_u16(w->text, (uint16_t)id->count);
    put_node(w, id);
    put_u32(w, id->creation);
    for (unsigned i = 0; i < id->count; i++)
        put_u32(w, id->word[i]);
}

static void put_export(struct writer *w, const struct beam_fun *fun)
{
    put_u8(w, ETF_EXPORT);
    put_atom(w, fun->module);
    put_atom(w, fun->function);
    put_small(w, fun->arity);
}

static void put_fun(struct writer *w, const struct beam_fun *fun)
{
    static const struct beam_id nobody = {.count = 2};
    put_u8(w, ETF_NEW_FUN);
    size_t size_at = w->text->size;
    put_u32(w, 0);
    put_u8(w, fun->arity);
    wb_text_put_bytes(w->text, fun->uniq, sizeof fun->uniq);
    put_u32(w, fun->index);
    put_u32(w, fun->count);
    put_atom(w, fun->module);
    put_small(w, (int32_t)fun->index);
    put_small(w, (int32_t)fun->old_uniq);
    put_pid(w, fun->creator != NULL ? fun->creator->id : &nobody);
    push_run(w, (struct run){fun->free, fun->count, size_at});
}

static bool is_string(const struct beam_value *list)
{
    size_t count = list->part.count - 1;
    if (count > ETF_MAX_STRING || list->part.at[count].kind != BEAM_NIL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (list->part.at[i].kind != BEAM_SMALL || list->part.at[i].small < 0 ||
            list->part.at[i].small > 255)
            return false;
    return true;
}

static void put_list(struct writer *w, const struct beam_value *list)
{
    size_t count = list->part.count - 1;
    if (is_string(list)) {
        put_u8(w, ETF_STRING);
        wb_text_put_u16(w->text, (uint16_t)count);
        for (size_t i = 0; i < count; i++)
            put_u8(w, (unsigned)list->part.at[i].small);
        return;
    }
    put_u8(w, ETF_LIST);
    put_u32(w, count);
    push_run(w, (struct run){list->part.at, list->part.count, 0});
}

static void put_tuple(struct writer *w, const struct beam_value *tuple)
{
    bool small = tuple->part.count <= 255;
    put_u8(w, small ? ETF_SMALL_TUPLE : ETF_LARGE_TUPLE);
    if (small)
        put_u8(w, (unsigned)tuple->part.count);
    else
        put_u32(w, tuple->part.count);
    push_run(w, (struct run){tuple->part.at, tuple->part.count, 0});
}

static void put_map(struct writer *w, const struct beam_value *map)
{
    put_u8(w, ETF_MAP);
    put_u32(w, map->part.count / 2);
    push_run(w, (struct run){map->part.at, map->part.count, 0});
}

static void put_binary(struct writer *w, const struct beam_value *value)
{
    size_t size = (value->binary.bits + 7) / 8;
    unsigned last = value->binary.bits % 8;
    put_u8(w, last != 0 ? ETF_BIT_BINARY : ETF_BINARY);
    put_u32(w, size);
    if (last == 0) {
        wb_text_put_bytes(w->text, value->binary.at, size);
        return;
    }
    put_u8(w, last);
    wb_text_put_bytes(w->text, value->binary.at, size - 1);
    put_u8(w, value->binary.at[size - 1] & (0xff00u >> last & 0xff));
}

static void put_value(struct writer *w, const struct beam_value *value)
{
    switch (value->kind) {
    case BEAM_NIL:
        put_u8(w, ETF_NIL);
        break;
    case BEAM_SMALL:
        put_small(w, value->small);
        break;
    case BEAM_BIG:
        put_magnitude(w, value->big.negative, value->big.limb, value->big.count);
        break;
    case BEAM_FLOAT:
        put_float(w, value->real);
        break;
    case BEAM_ATOM:
        put_atom(w, value->text);
        break;
    case BEAM_CONS:
        put_list(w, value);
        break;
    case BEAM_TUPLE:
        put_tuple(w, value);
        break;
    case BEAM_MAP:
        put_map(w, value);
        break;
    case BEAM_BINARY:
        put_binary(w, value);
        break;
    case BEAM_FUN:
        put_fun(w, value->fun);
        break;
    case BEAM_EXPORT:
        put_export(w, value->fun);
        break;
    case BEAM_PID:
        put_pid(w, value->id);
        break;
    case BEAM_PORT:
        put_port(w, value->id);
        break;
    case BEAM_REF:
        put_ref(w, value->id);
        break;
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        w->unwritable = true;
        break;
    }
}

static void set_size(struct wb_text *text, size_t at)
{
    size_t size = text->size - at;
    for (unsigned i = 0; i < 4; i++)
        text->at[at + i] = (char)(size >> 8 * (3 - i));
}

struct wb_error *beam_etf_write(const struct beam_value *value, struct wb_text *text)
{
    return beam_etf_write_minor(value, 1, text);
}

struct wb_error *beam_etf_write_minor(const struct beam_value *value, unsigned minor,
                                      struct wb_text *text)
{
    struct writer w = {.text = text, .minor = minor};
    put_u8(&w, ETF_VERSION);
    put_value(&w, value);
    while (w.count > 0) {
        struct run *run = &w.run[w.count - 1];
        if (run->left > 0) {
            run->left--;
            put_value(&w, run->at++);
            continue;
        }
        if (run->fun_size_at != 0)
            set_size(text, run->fun_size_at);
        w.count--;
    }
    free(w.run);
    if (w.unwritable)
        return wb_error_new(WB_E_STATE, "a term that was not read cannot be written");
    return NULL;
}
