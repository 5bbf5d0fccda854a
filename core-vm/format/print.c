#include "core-vm/format/print.h"

#include <inttypes.h>
#include <string.h>

#include "core-vm/format/print_priv.h"
#include "core-vm/format/utf8_priv.h"

enum { NO_LIMIT = 0 };

bool print_is_printable(uint32_t c, bool unicode)
{
    if ((c >= ' ' && c <= '~') || (c >= 0xa0 && c <= 0xff))
        return true;
    if ((c >= '\b' && c <= '\r') || c == 0x1b)
        return true;
    return unicode && c > 0xff && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) && c != 0xfffe &&
           c != 0xffff;
}

void print_put(struct printer *p, const char *text)
{
    wb_text_put(p->out, text);
}

static void put_number(struct printer *p, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    wb_text_put_bytes(p->out, digits + at, sizeof digits - at);
}

static void put_integer(struct printer *p, int64_t number)
{
    if (number < 0)
        wb_text_put_char(p->out, '-');
    put_number(p, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

static void put_code_point(struct printer *p, uint32_t c)
{
    size_t before = p->out->size;
    if (c < 0x80) {
        wb_text_put_char(p->out, (char)c);
        return;
    }
    wb_text_put_utf8(p->out, c);
    p->extra += p->out->size - before - 1;
}

static bool put_escape(struct printer *p, uint32_t c)
{
    static const char letters[] = "btnvfr";
    if (c >= '\b' && c <= '\r')
        wb_text_printf(p->out, "\\%c", letters[c - '\b']);
    else if (c == 0x1b)
        print_put(p, "\\e");
    else if (c == 0x7f)
        print_put(p, "\\d");
    else if (c < ' ' || (c >= 0x80 && c < 0xa0))
        wb_text_printf(p->out, "\\%03o", c);
    else
        return false;
    return true;
}

void print_quoted(struct printer *p, uint32_t c, char quote, bool latin1)
{
    if (c == (uint32_t)quote || c == '\\')
        wb_text_put_char(p->out, '\\');
    if (put_escape(p, c))
        return;
    if (latin1 && c > 0xff)
        wb_text_printf(p->out, "\\x{%X}", c);
    else
        put_code_point(p, c);
}

static bool is_reserved(struct wb_bytes atom)
{
    enum { LONGEST = 7 };
    static const char words[][LONGEST + 1] = {
        "after", "and",  "andalso", "band",   "begin",   "bnot", "bor", "bsl",  "bsr",
        "bxor",  "case", "catch",   "cond",   "div",     "end",  "fun", "if",   "let",
        "not",   "of",   "or",      "orelse", "receive", "rem",  "try", "when", "xor",
    };
    char padded[LONGEST + 1] = {0};
    if (atom.size > LONGEST)
        return false;
    memcpy(padded, atom.at, atom.size);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (memcmp(padded, words[i], sizeof padded) == 0)
            return true;
    return false;
}

static bool is_lower(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 0xdf && c <= 0xff && c != 0xf7);
}

static bool is_name_char(uint32_t c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
           (c >= '0' && c <= '9') || c == '_' || c == '@';
}

static bool needs_quotes(struct wb_bytes atom)
{
    struct wb_bytes rest = atom;
    if (rest.size == 0 || !is_lower(beam_utf8_next(&rest)))
        return true;
    while (rest.size > 0)
        if (!is_name_char(beam_utf8_next(&rest)))
            return true;
    return is_reserved(atom);
}

void print_atom(struct printer *p, struct wb_bytes atom, bool latin1)
{
    bool quotes = needs_quotes(atom);
    if (quotes)
        wb_text_put_char(p->out, '\'');
    while (atom.size > 0)
        print_quoted(p, beam_utf8_next(&atom), '\'', latin1);
    if (quotes)
        wb_text_put_char(p->out, '\'');
}

// What remains of a depth one level down.
static unsigned deeper(unsigned depth)
{
    return depth == NO_LIMIT ? NO_LIMIT : depth - 1;
}

static bool is_full(const struct printer *p)
{
    return p->out->size >= p->end;
}

// Nothing more is to be shown at this depth, or at all.
static bool is_cut(const struct printer *p, unsigned depth)
{
    return depth == 1 || is_full(p);
}

static struct node *new_parts(const struct printer *p, struct node *node, size_t count)
{
    if (node == NULL)
        return NULL;
    node->part = wb_push_array(p->arena, struct node, count);
    return node->part;
}

static struct node *part_at(struct node *parts, size_t index)
{
    return parts != NULL ? &parts[index] : NULL;
}

static void put_dots(struct printer *p, struct node *node)
{
    size_t at = p->out->size;
    print_put(p, "...");
    if (node == NULL)
        return;
    node->tail = wb_push_array(p->arena, struct node, 1);
    *node->tail = (struct node){.at = at, .size = 3, .length = 3};
    node->dots = true;
}

// io_lib prints text of UTF-8 as a list of characters when its reader would; a NUL never is.
static bool is_string(const struct beam_value *list, bool unicode)
{
    size_t last = list->part.count - 1;
    if (list->part.at[last].kind != BEAM_NIL)
        return false;
    for (size_t i = 0; i < last; i++) {
        const struct beam_value *c = &list->part.at[i];
        if (c->kind != BEAM_SMALL || c->small < 0 || c->small > 0x10ffff)
            return false;
        if (!print_is_printable((uint32_t)c->small, unicode))
            return false;
    }
    return true;
}

static void put_string(struct printer *p, const struct beam_value *list)
{
    wb_text_put_char(p->out, '"');
    for (size_t i = 0; i + 1 < list->part.count; i++) {
        if (is_full(p)) {
            print_put(p, "\"...");
            return;
        }
        print_quoted(p, (uint32_t)list->part.at[i].small, '"', false);
    }
    wb_text_put_char(p->out, '"');
}

static void put_list(struct printer *p, const struct beam_value *list, unsigned depth,
                     struct node *node)
{
    size_t last = list->part.count - 1;
    if (p->how.strings && depth != 1 && is_string(list, p->how.unicode)) {
        if (p->how.redact)
            print_put(p, "\"_\"");
        else
            put_string(p, list);
        return;
    }
    struct node *parts = new_parts(p, node, last);
    if (node != NULL)
        node->kind = NODE_LIST;
    wb_text_put_char(p->out, '[');
    for (size_t i = 0; i <= last; i++) {
        bool tail = i == last;
        if (tail && list->part.at[i].kind == BEAM_NIL)
            break;
        bool cut = is_cut(p, depth);
        if (i > 0)
            wb_text_put_char(p->out, tail || cut ? '|' : ',');
        depth = deeper(depth);
        if (cut) {
            put_dots(p, node);
            break;
        }
        if (tail && node != NULL)
            node->tail = wb_push_array(p->arena, struct node, 1);
        print_flat(p, &list->part.at[i], depth,
                   tail ? (node != NULL ? node->tail : NULL) : part_at(parts, i));
        if (!tail && node != NULL)
            node->count++;
    }
    wb_text_put_char(p->out, ']');
}

static void put_tuple(struct printer *p, const struct beam_value *tuple, unsigned depth,
                      struct node *node)
{
    size_t count = tuple->part.count;
    if (count > 0 && is_cut(p, depth)) {
        print_put(p, "{...}");
        return;
    }
    struct node *parts = new_parts(p, node, count);
    if (node != NULL && count > 0)
        node->kind = count > 1 && tuple->part.at[0].kind == BEAM_ATOM ? NODE_TAGGED : NODE_TUPLE;
    wb_text_put_char(p->out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            wb_text_put_char(p->out, ',');
        if (is_cut(p, depth)) {
            put_dots(p, node);
            break;
        }
        depth = deeper(depth);
        print_flat(p, &tuple->part.at[i], depth, part_at(parts, i));
        if (node != NULL)
            node->count++;
    }
    wb_text_put_char(p->out, '}');
}

static void mark_start(const struct printer *p, struct node *node, size_t extra)
{
    node->at = p->out->size;
    node->length = extra;
}

static void mark_end(const struct printer *p, struct node *node)
{
    node->size = p->out->size - node->at;
    node->length = node->size - (p->extra - node->length);
}

static void put_pair(struct printer *p, const struct beam_value *pair, unsigned depth,
                     struct node *node)
{
    struct node *parts = new_parts(p, node, 2);
    if (node != NULL) {
        node->kind = NODE_PAIR;
        node->count = 2;
        mark_start(p, node, p->extra);
    }
    print_flat(p, &pair[0], depth, part_at(parts, 0));
    print_put(p, " => ");
    print_flat(p, &pair[1], depth, part_at(parts, 1));
    if (node != NULL)
        mark_end(p, node);
}

// ~w does not say that a map is cut off whole, and says so behind the last pair.
static void put_map(struct printer *p, const struct beam_value *map, unsigned depth,
                    struct node *node)
{
    size_t count = map->part.count / 2;
    bool plain = !p->how.strings && p->how.width == 0;
    if (count > 0 && is_cut(p, depth)) {
        print_put(p, plain ? "#{}" : "#{...}");
        return;
    }
    struct node *parts = new_parts(p, node, count);
    if (node != NULL && count > 0)
        node->kind = NODE_MAP;
    unsigned inner = deeper(depth);
    print_put(p, "#{");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            wb_text_put_char(p->out, ',');
        if (is_cut(p, depth)) {
            put_dots(p, node);
            break;
        }
        depth = deeper(depth);
        put_pair(p, &map->part.at[2 * i], inner, part_at(parts, i));
        if (node != NULL)
            node->count++;
        if (plain && i + 1 == count && depth == 1)
            print_put(p, ",...");
    }
    wb_text_put_char(p->out, '}');
}

// How the bytes of a binary may be shown as text.
struct as_text {
    bool text, utf8, whole;
    size_t bytes;  // to show
};

static size_t count_printable(struct wb_bytes bytes, size_t most)
{
    size_t count = 0;
    while (count < most && print_is_printable(bytes.at[count], false))
        count++;
    return count;
}

static struct as_text as_latin1(struct wb_bytes bytes, size_t most, unsigned depth)
{
    size_t count = count_printable(bytes, most);
    struct as_text as = {.text = true, .bytes = count, .whole = count == bytes.size};
    if (!as.whole && count < most)
        as.text = depth > 0 && count >= depth;
    return as;
}

// At most `most` code points.
static struct as_text as_unicode(struct wb_bytes bytes, size_t most, unsigned depth)
{
    struct wb_bytes rest = bytes, shown = {0};
    size_t count = 0, printable = 0;
    for (bool going = true; count < most && rest.size > 0; count++) {
        uint32_t c = beam_utf8_next(&rest);
        if (c == BEAM_NOT_UTF8)
            return as_latin1(bytes, most < bytes.size ? most : bytes.size, depth);
        going = going && print_is_printable(c, true);
        if (going) {
            printable = count + 1;
            shown = (struct wb_bytes){bytes.at, (size_t)(rest.at - bytes.at)};
        }
    }
    struct as_text as = {.text = true, .bytes = shown.size, .whole = shown.size == bytes.size};
    as.utf8 = shown.size != printable;
    if (!as.whole)
        as.text = depth > 0 && printable >= depth;
    return as;
}

static struct as_text look_at(const struct printer *p, const struct beam_value *binary,
                              unsigned depth)
{
    struct wb_bytes bytes = {binary->binary.at, binary->binary.bits / 8};
    if (!p->how.strings || binary->binary.bits % 8 != 0)
        return (struct as_text){0};
    unsigned inner = deeper(depth);
    size_t most = bytes.size;
    if (depth != NO_LIMIT && 4 * (size_t)inner < most)
        most = 4 * (size_t)inner;
    return p->how.unicode ? as_unicode(bytes, most, inner) : as_latin1(bytes, most, inner);
}

static void put_text_binary(struct printer *p, const struct beam_value *binary, struct as_text as)
{
    struct wb_bytes bytes = {binary->binary.at, as.bytes};
    print_put(p, "<<\"");
    while (bytes.size > 0 && !is_full(p)) {
        uint32_t c = bytes.at[0];
        if (as.utf8) {
            c = beam_utf8_next(&bytes);
        } else {
            bytes.at++;
            bytes.size--;
        }
        print_quoted(p, c, '"', false);
    }
    print_put(p, as.utf8 ? "\"/utf8" : "\"");
    print_put(p, as.whole && bytes.size == 0 ? ">>" : "...>>");
}

static void put_bytes(struct printer *p, const struct beam_value *binary, unsigned depth)
{
    size_t bits = binary->binary.bits;
    print_put(p, "<<");
    for (size_t i = 0; bits > 0; i++) {
        if (i > 0)
            wb_text_put_char(p->out, ',');
        if (is_cut(p, depth)) {
            print_put(p, "...");
            break;
        }
        unsigned byte = binary->binary.at[i];
        if (bits >= 8)
            put_number(p, byte);
        else
            wb_text_printf(p->out, "%u:%zu", byte >> (8 - bits), bits);
        bits -= bits >= 8 ? 8 : bits;
        depth = deeper(depth);
    }
    print_put(p, ">>");
}

static void put_binary(struct printer *p, const struct beam_value *binary, unsigned depth,
                       struct node *node)
{
    if (binary->binary.bits == 0) {
        print_put(p, "<<>>");
        return;
    }
    if (p->how.redact) {
        wb_text_printf(p->out, "<<_:%zu>>", binary->binary.bits);
        return;
    }
    if (depth == 1) {
        print_put(p, "<<...>>");
        return;
    }
    struct as_text as = look_at(p, binary, depth);
    if (as.text) {
        put_text_binary(p, binary, as);
        return;
    }
    if (node != NULL)
        node->kind = NODE_BINARY;
    put_bytes(p, binary, depth);
}

// A node we are not on has no number here that would mean anything to the reader: show its name.
static void put_node(struct printer *p, const struct beam_id *id)
{
    if (id->node.size == 0 || wb_bytes_equal(id->node, wb_bytes_of("nonode@nohost")))
        wb_text_put_char(p->out, '0');
    else
        wb_text_put_bytes(p->out, id->node.at, id->node.size);
}

static void put_id(struct printer *p, enum beam_kind kind, const struct beam_id *id)
{
    print_put(p, kind == BEAM_PID ? "<" : kind == BEAM_PORT ? "#Port<" : "#Ref<");
    put_node(p, id);
    if (kind == BEAM_PID)
        wb_text_printf(p->out, ".%u.%u>", id->word[0], id->word[1]);
    else if (kind == BEAM_PORT)
        wb_text_printf(p->out, ".%" PRIu64 ">", (uint64_t)id->word[1] << 32 | id->word[0]);
    else
        for (unsigned i = id->count; i > 0; i--)
            wb_text_printf(p->out, i > 1 ? ".%u" : ".%u>", id->word[i - 1]);
}

static void put_fun(struct printer *p, enum beam_kind kind, const struct beam_fun *fun)
{
    print_put(p, kind == BEAM_FUN ? "#Fun<" : "fun ");
    print_atom(p, fun->module, false);
    if (kind == BEAM_FUN) {
        wb_text_printf(p->out, ".%u.%u>", fun->index, fun->old_uniq);
        return;
    }
    wb_text_put_char(p->out, ':');
    print_atom(p, fun->function, false);
    wb_text_printf(p->out, "/%u", fun->arity);
}

static void put_value(struct printer *p, const struct beam_value *value, unsigned depth,
                      struct node *node)
{
    switch (value->kind) {
    case BEAM_NIL:
        print_put(p, "[]");
        break;
    case BEAM_SMALL:
        put_integer(p, value->small);
        break;
    case BEAM_BIG:
        beam_print_big(value->big.negative, value->big.limb, value->big.count, p->out);
        break;
    case BEAM_FLOAT:
        beam_print_float(value->real, p->out);
        break;
    case BEAM_ATOM:
        print_atom(p, value->text, !p->how.unicode);
        break;
    case BEAM_CONS:
        put_list(p, value, depth, node);
        break;
    case BEAM_TUPLE:
        put_tuple(p, value, depth, node);
        break;
    case BEAM_MAP:
        put_map(p, value, depth, node);
        break;
    case BEAM_BINARY:
        put_binary(p, value, depth, node);
        break;
    case BEAM_FUN:
    case BEAM_EXPORT:
        put_fun(p, value->kind, value->fun);
        break;
    case BEAM_PID:
    case BEAM_PORT:
    case BEAM_REF:
        put_id(p, value->kind, value->id);
        break;
    case BEAM_UNREAD:
        print_put(p, "...");
        break;
    case BEAM_UNREADABLE:
        print_put(p, "<unreadable>");
        break;
    }
}

static bool is_number(enum beam_kind kind)
{
    return kind == BEAM_SMALL || kind == BEAM_BIG || kind == BEAM_FLOAT;
}

void print_flat(struct printer *p, const struct beam_value *value, unsigned depth,
                struct node *node)
{
    if (node != NULL)
        mark_start(p, node, p->extra);
    if (p->how.redact && is_number(value->kind)) {
        print_put(p, "_");
    } else if (p->nesting == PRINT_MAX_NESTING || is_full(p)) {
        print_put(p, "...");
    } else {
        p->nesting++;
        put_value(p, value, depth, node);
        p->nesting--;
    }
    if (node != NULL)
        mark_end(p, node);
}

static bool is_container(enum beam_kind kind)
{
    return kind == BEAM_CONS || kind == BEAM_TUPLE || kind == BEAM_MAP || kind == BEAM_BINARY;
}

static void print_broken(const struct beam_value *value, struct beam_print how,
                         struct wb_text *text)
{
    struct wb_text flat wb_auto_text = {0};
    struct wb_arena arena = {0};
    struct printer p = {.how = how, .out = &flat, .arena = &arena, .end = SIZE_MAX};
    struct node root = {0};
    if (how.limit != 0)
        p.end = how.limit;
    print_flat(&p, value, how.depth, &root);
    print_pretty(&root, wb_text_bytes(&flat), how, text);
    wb_arena_free(&arena);
}

void beam_print(const struct beam_value *value, struct beam_print how, struct wb_text *text)
{
    struct printer p = {.how = how, .out = text, .end = SIZE_MAX};
    if (how.limit != 0)
        p.end = text->size + how.limit;
    if (how.elixir)
        print_elixir(&p, value, how.depth);
    else if (how.width != 0 && is_container(value->kind))
        print_broken(value, how, text);
    else
        print_flat(&p, value, how.depth, NULL);
}

void beam_print_atom(struct wb_bytes atom, struct wb_text *text)
{
    struct printer p = {.out = text, .end = SIZE_MAX};
    print_atom(&p, atom, false);
}
