#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/compare.h"
#include "core-vm/format/etf.h"
#include "core-vm/format/etf_priv.h"
#include "core-vm/format/inflate_priv.h"
#include "core-vm/format/utf8_priv.h"

// A term takes up to 32 times its bytes as a value; this many parts is half a gigabyte.
enum { MAX_PARTS = 1 << 24, FLOAT_TEXT = 31, LOCAL_NODE_SIZE = 13 };

// A term whose parts are being read: `left` of them, the next one into *next.
struct frame {
    struct frame *outer;
    struct beam_value *self;
    struct beam_value *next;
    size_t left;
    size_t room;  // LIST: elements that still fit behind those promised
};

struct reader {
    struct wb_reader in;
    struct wb_arena *arena;
    struct frame *top;
    struct frame *spare;  // done with, to be used again
    size_t promised;      // parts still to come, each at least a byte
    size_t parts;         // parts made so far
    const char *fault;    // what is wrong, besides being cut short
};

static bool fail(struct reader *r, const char *fault)
{
    if (r->fault == NULL)
        r->fault = fault;
    return false;
}

// May `count` more parts follow?
static bool promise(struct reader *r, size_t count)
{
    if (count > r->in.rest.size || r->promised > r->in.rest.size - count)
        return fail(r, "a size is larger than the term");
    if (count > MAX_PARTS - r->parts)
        return fail(r, "it has too many parts");
    r->promised += count;
    r->parts += count;
    return true;
}

static void push_frame(struct reader *r, struct beam_value *self, struct beam_value *at,
                       size_t count)
{
    struct frame *frame = r->spare;
    if (frame != NULL)
        r->spare = frame->outer;
    else
        frame = wb_push_array(r->arena, struct frame, 1);
    *frame = (struct frame){.outer = r->top, .self = self, .next = at, .left = count};
    r->top = frame;
}

static void read_parts(struct reader *r, struct beam_value *ret, enum beam_kind kind, size_t count)
{
    if (!promise(r, count))
        return;
    struct beam_value *at = wb_push_array(r->arena, struct beam_value, count);
    *ret = (struct beam_value){.kind = kind, .part = {at, count}};
    if (count > 0)
        push_frame(r, ret, at, count);
}

static struct wb_bytes latin1_to_utf8(struct reader *r, struct wb_bytes text)
{
    size_t high = 0;
    for (size_t i = 0; i < text.size; i++)
        high += text.at[i] >= 0x80;
    if (high == 0)
        return text;
    uint8_t *at = wb_push_array(r->arena, uint8_t, text.size + high);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] >= 0x80)
            at[size++] = (uint8_t)(0xc0 | text.at[i] >> 6);
        at[size++] = text.at[i] >= 0x80 ? (uint8_t)(0x80 | (text.at[i] & 0x3f)) : text.at[i];
    }
    return (struct wb_bytes){at, size};
}

static struct wb_bytes read_atom(struct reader *r, uint8_t tag)
{
    bool utf8 = tag == ETF_ATOM_UTF8 || tag == ETF_SMALL_ATOM_UTF8;
    bool wide = tag == ETF_ATOM_UTF8 || tag == ETF_ATOM;
    if (!utf8 && tag != ETF_ATOM && tag != ETF_SMALL_ATOM)
        fail(r, "an atom is missing");
    size_t size = wide ? wb_read_u16(&r->in) : wb_read_u8(&r->in);
    struct wb_bytes text = wb_read_bytes(&r->in, size);
    size_t count = utf8 ? beam_utf8_count(text) : text.size;
    if (count > ETF_MAX_ATOM)
        fail(r, count == SIZE_MAX ? "an atom is not UTF-8" : "an atom is too long");
    return utf8 ? text : latin1_to_utf8(r, text);
}

static struct wb_bytes next_atom(struct reader *r)
{
    return read_atom(r, wb_read_u8(&r->in));
}

static void read_big(struct reader *r, struct beam_value *ret, size_t size)
{
    bool negative = wb_read_u8(&r->in) != 0;
    struct wb_bytes bytes = wb_read_bytes(&r->in, size);
    while (bytes.size > 0 && bytes.at[bytes.size - 1] == 0)
        bytes.size--;
    size_t count = (bytes.size + 7) / 8;
    uint64_t *limb = wb_push_array(r->arena, uint64_t, count + 1);
    for (size_t i = 0; i < bytes.size; i++)
        limb[i / 8] |= (uint64_t)bytes.at[i] << 8 * (i % 8);
    uint64_t most = (uint64_t)INT64_MAX + negative;
    if (count <= 1 && limb[0] <= most)
        *ret = (struct beam_value){.kind = BEAM_SMALL,
                                   .small = (int64_t)(negative ? -limb[0] : limb[0])};
    else
        *ret = (struct beam_value){.kind = BEAM_BIG, .big = {negative, limb, count}};
}

static void set_real(struct reader *r, struct beam_value *ret, double real)
{
    if (!isfinite(real))
        fail(r, "a float is not a number");
    *ret = (struct beam_value){.kind = BEAM_FLOAT, .real = real};
}

static void read_float(struct reader *r, struct beam_value *ret, uint8_t tag)
{
    if (tag == ETF_NEW_FLOAT) {
        uint64_t bits = wb_read_u64(&r->in);
        double real;
        memcpy(&real, &bits, sizeof real);
        set_real(r, ret, real);
        return;
    }
    char text[FLOAT_TEXT + 1] = {0};
    struct wb_bytes bytes = wb_read_bytes(&r->in, FLOAT_TEXT);
    if (bytes.size == FLOAT_TEXT)
        memcpy(text, bytes.at, FLOAT_TEXT);
    char *end;
    double real = strtod(text, &end);
    if (end == text)
        fail(r, "a float is not a number");
    set_real(r, ret, real);
}

static struct beam_id *new_id(struct reader *r, struct beam_value *ret, enum beam_kind kind)
{
    struct beam_id *id = wb_push_array(r->arena, struct beam_id, 1);
    id->node = next_atom(r);
    if (id->node.size == 0)
        fail(r, "a node has no name");
    *ret = (struct beam_value){.kind = kind, .id = id};
    return id;
}

// The local node has no name in a value.
static void end_id(struct beam_id *id)
{
    if (id->creation == 0 && id->node.size == LOCAL_NODE_SIZE &&
        memcmp(id->node.at, "nonode@nohost", LOCAL_NODE_SIZE) == 0)
        id->node.size = 0;
}

static void read_pid(struct reader *r, struct beam_value *ret, uint8_t tag)
{
    struct beam_id *id = new_id(r, ret, BEAM_PID);
    id->count = 2;
    id->word[0] = wb_read_u32(&r->in);
    id->word[1] = wb_read_u32(&r->in);
    id->creation = tag == ETF_NEW_PID ? wb_read_u32(&r->in) : wb_read_u8(&r->in);
    end_id(id);
}

static void read_port(struct reader *r, struct beam_value *ret, uint8_t tag)
{
    struct beam_id *id = new_id(r, ret, BEAM_PORT);
    if (tag == ETF_V4_PORT) {
        id->word[1] = wb_read_u32(&r->in);
        id->count = 2;
    } else {
        id->count = 1;
    }
    id->word[0] = wb_read_u32(&r->in);
    id->creation = tag == ETF_PORT ? wb_read_u8(&r->in) : wb_read_u32(&r->in);
    end_id(id);
}

static void read_ref(struct reader *r, struct beam_value *ret, uint8_t tag)
{
    unsigned count = tag == ETF_REF ? 1 : wb_read_u16(&r->in);
    struct beam_id *id = new_id(r, ret, BEAM_REF);
    if (count == 0 || count > 5) {
        fail(r, "a reference has no or too many words");
        return;
    }
    id->count = count;
    if (tag == ETF_NEW_REF)
        id->creation = wb_read_u8(&r->in);
    if (tag == ETF_NEWER_REF)
        id->creation = wb_read_u32(&r->in);
    for (unsigned i = 0; i < count; i++)
        id->word[i] = wb_read_u32(&r->in);
    if (tag == ETF_REF)
        id->creation = wb_read_u8(&r->in);
    end_id(id);
}

static uint32_t next_integer(struct reader *r)
{
    uint8_t tag = wb_read_u8(&r->in);
    if (tag == ETF_SMALL_INTEGER)
        return wb_read_u8(&r->in);
    if (tag == ETF_INTEGER)
        return wb_read_u32(&r->in);
    fail(r, "an integer is missing");
    return 0;
}

static void read_export(struct reader *r, struct beam_value *ret)
{
    struct beam_fun *fun = wb_push_array(r->arena, struct beam_fun, 1);
    fun->module = next_atom(r);
    fun->function = next_atom(r);
    fun->arity = next_integer(r);
    if (fun->arity > 255)
        fail(r, "a fun has too many arguments");
    *ret = (struct beam_value){.kind = BEAM_EXPORT, .fun = fun};
}

static void read_fun(struct reader *r, struct beam_value *ret)
{
    struct beam_fun *fun = wb_push_array(r->arena, struct beam_fun, 1);
    struct beam_value *creator = wb_push_array(r->arena, struct beam_value, 1);
    (void)wb_read_u32(&r->in);
    fun->arity = wb_read_u8(&r->in);
    struct wb_bytes uniq = wb_read_bytes(&r->in, sizeof fun->uniq);
    if (uniq.size == sizeof fun->uniq)
        memcpy(fun->uniq, uniq.at, sizeof fun->uniq);
    fun->index = wb_read_u32(&r->in);
    uint32_t count = wb_read_u32(&r->in);
    fun->module = next_atom(r);
    (void)next_integer(r);
    fun->old_uniq = next_integer(r);
    uint8_t tag = wb_read_u8(&r->in);
    if (tag == ETF_PID || tag == ETF_NEW_PID)
        read_pid(r, creator, tag);
    else
        fail(r, "a fun's creator is missing");
    fun->creator = creator;
    if (r->in.bad || r->fault != NULL || !promise(r, count))
        return;
    fun->count = count;
    fun->free = wb_push_array(r->arena, struct beam_value, count);
    *ret = (struct beam_value){.kind = BEAM_FUN, .fun = fun};
    if (count > 0)
        push_frame(r, ret, fun->free, count);
}

static void read_string(struct reader *r, struct beam_value *ret)
{
    struct wb_bytes text = wb_read_bytes(&r->in, wb_read_u16(&r->in));
    *ret = (struct beam_value){.kind = BEAM_NIL};
    if (text.size == 0)
        return;
    if (text.size + 1 > MAX_PARTS - r->parts) {
        fail(r, "it has too many parts");
        return;
    }
    r->parts += text.size + 1;
    struct beam_value *at = wb_push_array(r->arena, struct beam_value, text.size + 1);
    for (size_t i = 0; i < text.size; i++)
        at[i] = (struct beam_value){.kind = BEAM_SMALL, .small = text.at[i]};
    at[text.size].kind = BEAM_NIL;
    *ret = (struct beam_value){.kind = BEAM_CONS, .part = {at, text.size + 1}};
}

static void read_binary(struct reader *r, struct beam_value *ret, bool bits)
{
    size_t size = wb_read_u32(&r->in);
    unsigned last = bits ? wb_read_u8(&r->in) : 8;
    struct wb_bytes bytes = wb_read_bytes(&r->in, size);
    if (last == 0 || last > 8 || (bits && size == 0 && last != 8))
        fail(r, "a bit string has no such size");
    else
        *ret = (struct beam_value){.kind = BEAM_BINARY,
                                   .binary = {bytes.at, bytes.size * 8 - (8 - last)}};
}

static void read_map(struct reader *r, struct beam_value *ret)
{
    size_t pairs = wb_read_u32(&r->in);
    read_parts(r, ret, BEAM_MAP, pairs * 2);
}

// A list's tail that is a list again belongs to the list itself: make room for `more` elements
// before the tail.
static void extend_list(struct reader *r, struct frame *list, size_t more)
{
    if (!promise(r, more + 1))
        return;
    struct beam_value *self = list->self;
    size_t used = self->part.count - 1;
    if (list->room < more) {
        list->room = used + 2 * more;
        struct beam_value *at = wb_push_array(r->arena, struct beam_value, used + 1 + list->room);
        memcpy(at, self->part.at, used * sizeof *at);
        self->part.at = at;
    }
    list->room -= more;
    self->part.count = used + more + 1;
    list->next = self->part.at + used;
    list->left = more + 1;
}

// The value being read is the tail of the list in the top frame.
static bool is_tail(const struct reader *r)
{
    return r->top != NULL && r->top->left == 0 && r->top->self->kind == BEAM_CONS;
}

static void read_list(struct reader *r, struct beam_value *ret)
{
    size_t count = wb_read_u32(&r->in);
    if (r->in.bad)
        return;
    if (is_tail(r))
        extend_list(r, r->top, count);
    else
        read_parts(r, ret, BEAM_CONS, count + 1);
}

static void read_small(struct beam_value *ret, int64_t number)
{
    *ret = (struct beam_value){.kind = BEAM_SMALL, .small = number};
}

static void read_number(struct reader *r, struct beam_value *ret, uint8_t tag)
{
    if (tag == ETF_SMALL_INTEGER)
        read_small(ret, wb_read_u8(&r->in));
    else if (tag == ETF_INTEGER)
        read_small(ret, (int32_t)wb_read_u32(&r->in));
    else
        read_big(r, ret, tag == ETF_SMALL_BIG ? wb_read_u8(&r->in) : wb_read_u32(&r->in));
}

static void read_other(struct reader *r, struct beam_value *ret, uint8_t tag)
{
    switch (tag) {
    case ETF_NIL:
        ret->kind = BEAM_NIL;
        break;
    case ETF_NEW_FUN:
        read_fun(r, ret);
        break;
    case ETF_EXPORT:
        read_export(r, ret);
        break;
    case ETF_PID:
    case ETF_NEW_PID:
        read_pid(r, ret, tag);
        break;
    case ETF_PORT:
    case ETF_NEW_PORT:
    case ETF_V4_PORT:
        read_port(r, ret, tag);
        break;
    case ETF_REF:
    case ETF_NEW_REF:
    case ETF_NEWER_REF:
        read_ref(r, ret, tag);
        break;
    default:
        fail(r, "it has a tag that we do not know");
        break;
    }
}

static void read_value(struct reader *r, struct beam_value *ret)
{
    uint8_t tag = wb_read_u8(&r->in);
    switch (tag) {
    case ETF_SMALL_INTEGER:
    case ETF_INTEGER:
    case ETF_SMALL_BIG:
    case ETF_LARGE_BIG:
        read_number(r, ret, tag);
        break;
    case ETF_FLOAT:
    case ETF_NEW_FLOAT:
        read_float(r, ret, tag);
        break;
    case ETF_ATOM:
    case ETF_SMALL_ATOM:
    case ETF_ATOM_UTF8:
    case ETF_SMALL_ATOM_UTF8:
        *ret = (struct beam_value){.kind = BEAM_ATOM, .text = read_atom(r, tag)};
        break;
    case ETF_SMALL_TUPLE:
    case ETF_LARGE_TUPLE:
        read_parts(r, ret, BEAM_TUPLE,
                   tag == ETF_SMALL_TUPLE ? wb_read_u8(&r->in) : wb_read_u32(&r->in));
        break;
    case ETF_STRING:
        read_string(r, ret);
        break;
    case ETF_LIST:
        read_list(r, ret);
        break;
    case ETF_MAP:
        read_map(r, ret);
        break;
    case ETF_BINARY:
    case ETF_BIT_BINARY:
        read_binary(r, ret, tag == ETF_BIT_BINARY);
        break;
    default:
        read_other(r, ret, tag);
        break;
    }
}

static int order_pairs(const void *a, const void *b)
{
    return beam_compare(a, b, true);
}

static void sort_map(struct reader *r, struct beam_value *map)
{
    struct beam_value *at = map->part.at;
    bool sorted = true;
    for (size_t i = 2; sorted && i < map->part.count; i += 2)
        sorted = beam_compare(&at[i - 2], &at[i], true) < 0;
    if (sorted)
        return;
    qsort(at, map->part.count / 2, 2 * sizeof *at, order_pairs);
    for (size_t i = 2; i < map->part.count; i += 2)
        if (beam_compare(&at[i - 2], &at[i], true) == 0)
            fail(r, "a map has a key twice");
}

// A string that is the tail of a list: put its characters into the list.
static void merge_tail(struct reader *r, struct beam_value *list)
{
    size_t used = list->part.count - 1;
    struct beam_value tail = list->part.at[used];
    size_t total = used + tail.part.count;
    struct beam_value *at = wb_push_array(r->arena, struct beam_value, total);
    memcpy(at, list->part.at, used * sizeof *at);
    memcpy(at + used, tail.part.at, tail.part.count * sizeof *at);
    list->part.at = at;
    list->part.count = total;
}

// [| T] is T.
static void finish_list(struct reader *r, struct beam_value *list)
{
    if (list->part.at[list->part.count - 1].kind == BEAM_CONS)
        merge_tail(r, list);
    if (list->part.count == 1)
        *list = list->part.at[0];
}

static void finish(struct reader *r)
{
    struct frame *frame = r->top;
    if (frame->self->kind == BEAM_MAP)
        sort_map(r, frame->self);
    else if (frame->self->kind == BEAM_CONS)
        finish_list(r, frame->self);
    r->top = frame->outer;
    frame->outer = r->spare;
    r->spare = frame;
}

static struct wb_error *check(const struct reader *r)
{
    if (r->in.bad)
        return wb_error_new(WB_E_BAD_DATA, "the term is cut short");
    if (r->fault != NULL)
        return wb_error_new(WB_E_BAD_DATA, "the term is damaged: %s", r->fault);
    return NULL;
}

// A term without the leading 131.
static struct wb_error *read_term(struct wb_bytes bytes, struct wb_arena *arena, size_t *used,
                                  struct beam_value *ret)
{
    struct reader r = {.in = {.rest = bytes}, .arena = arena};
    struct beam_value *root = wb_push_array(arena, struct beam_value, 1);
    read_value(&r, root);
    while (r.top != NULL && !r.in.bad && r.fault == NULL) {
        if (r.top->left == 0) {
            finish(&r);
            continue;
        }
        r.top->left--;
        r.promised--;
        read_value(&r, r.top->next++);
    }
    WB_TRY(check(&r));
    *used = bytes.size - r.in.rest.size;
    *ret = *root;
    return NULL;
}

static struct wb_error *read_compressed(struct wb_reader in, struct wb_arena *arena, size_t *used,
                                        struct beam_value *ret)
{
    uint32_t size = wb_read_u32(&in);
    struct wb_bytes plain;
    size_t packed, inner;
    if (in.bad)
        return wb_error_new(WB_E_BAD_DATA, "the term is cut short");
    WB_TRY(beam_inflate(in.rest, size, arena, &packed, &plain));
    WB_TRY(read_term(plain, arena, &inner, ret));
    if (inner != plain.size)
        return wb_error_new(WB_E_BAD_DATA, "a compressed term has bytes behind it");
    *used = 4 + packed;
    return NULL;
}

struct wb_error *beam_etf_read(struct wb_bytes bytes, struct wb_arena *arena, size_t *used,
                               struct beam_value *ret)
{
    if (bytes.size < 2 || bytes.at[0] != ETF_VERSION)
        return wb_error_new(WB_E_BAD_DATA, "not a term in external format: no 131 at the start");
    bool compressed = bytes.at[1] == ETF_COMPRESSED;
    size_t skip = compressed ? 2 : 1, size = 0;
    struct wb_bytes rest = {bytes.at + skip, bytes.size - skip};
    struct beam_value value;
    if (compressed)
        WB_TRY(read_compressed((struct wb_reader){.rest = rest}, arena, &size, &value));
    else
        WB_TRY(read_term(rest, arena, &size, &value));
    if (used == NULL && skip + size != bytes.size)
        return wb_error_new(WB_E_BAD_DATA, "%zu bytes behind the term", bytes.size - skip - size);
    if (used != NULL)
        *used = skip + size;
    *ret = value;
    return NULL;
}
