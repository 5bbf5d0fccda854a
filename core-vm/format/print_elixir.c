#include <inttypes.h>

#include "core-vm/format/print_priv.h"
#include "core-vm/format/utf8_priv.h"

// Terms as Elixir's inspect shows them, on one line.

static bool is_name_start(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_name_char(uint32_t c)
{
    return is_name_start(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '@';
}

// May the atom stand without quotes, as :name or as a key?
static bool is_name(struct wb_bytes atom)
{
    if (atom.size == 0 || !is_name_start(atom.at[0]))
        return false;
    for (size_t i = 1; i < atom.size; i++) {
        bool last = i + 1 == atom.size && (atom.at[i] == '?' || atom.at[i] == '!');
        if (!is_name_char(atom.at[i]) && !last)
            return false;
    }
    return true;
}

// Elixir.Foo.Bar is Foo.Bar.
static struct wb_bytes alias_of(struct wb_bytes atom)
{
    static const char prefix[] = "Elixir.";
    struct wb_bytes head = {atom.at, sizeof prefix - 1};
    if (atom.size < sizeof prefix || !wb_bytes_equal(head, wb_bytes_of(prefix)))
        return (struct wb_bytes){0};
    struct wb_bytes rest = {atom.at + head.size, atom.size - head.size};
    bool start = true;
    for (size_t i = 0; i < rest.size; i++) {
        uint8_t c = rest.at[i];
        if (start ? c < 'A' || c > 'Z' : !is_name_char(c) && c != '.')
            return (struct wb_bytes){0};
        start = c == '.';
    }
    return start ? (struct wb_bytes){0} : rest;
}

static void put_quoted(struct printer *p, struct wb_bytes text)
{
    wb_text_put_char(p->out, '"');
    while (text.size > 0) {
        uint32_t c = beam_utf8_next(&text);
        if (c == '#' && text.size > 0 && text.at[0] == '{')
            wb_text_put_char(p->out, '\\');
        print_quoted(p, c, '"', false);
    }
    wb_text_put_char(p->out, '"');
}

static bool is_word(struct wb_bytes atom, const char *word)
{
    return wb_bytes_equal(atom, wb_bytes_of(word));
}

static void put_atom(struct printer *p, struct wb_bytes atom)
{
    struct wb_bytes alias = alias_of(atom);
    if (alias.size > 0) {
        wb_text_put_bytes(p->out, alias.at, alias.size);
        return;
    }
    bool bare = is_word(atom, "true") || is_word(atom, "false") || is_word(atom, "nil");
    if (!bare)
        wb_text_put_char(p->out, ':');
    if (bare || is_name(atom))
        wb_text_put_bytes(p->out, atom.at, atom.size);
    else
        put_quoted(p, atom);
}

static bool is_text(struct wb_bytes text)
{
    while (text.size > 0)
        if (!print_is_printable(beam_utf8_next(&text), true))
            return false;
    return true;
}

static void put_binary(struct printer *p, const struct beam_value *binary)
{
    size_t bits = binary->binary.bits;
    struct wb_bytes text = {binary->binary.at, bits / 8};
    if (p->how.redact && bits > 0) {
        wb_text_printf(p->out, "<<_::%zu>>", bits);
        return;
    }
    if (bits % 8 == 0 && is_text(text)) {
        put_quoted(p, text);
        return;
    }
    print_put(p, "<<");
    for (size_t i = 0; bits > 0; i++) {
        unsigned byte = binary->binary.at[i];
        if (i > 0)
            print_put(p, ", ");
        if (bits >= 8)
            wb_text_printf(p->out, "%u", byte);
        else
            wb_text_printf(p->out, "%u::size(%zu)", byte >> (8 - bits), bits);
        bits -= bits >= 8 ? 8 : bits;
    }
    print_put(p, ">>");
}

static bool is_char_list(const struct beam_value *list)
{
    size_t last = list->part.count - 1;
    if (list->part.at[last].kind != BEAM_NIL)
        return false;
    for (size_t i = 0; i < last; i++)
        if (list->part.at[i].kind != BEAM_SMALL || list->part.at[i].small < ' ' ||
            list->part.at[i].small > '~')
            return false;
    return true;
}

static void put_char_list(struct printer *p, const struct beam_value *list)
{
    wb_text_put_char(p->out, '\'');
    if (p->how.redact)
        wb_text_put_char(p->out, '_');
    for (size_t i = 0; !p->how.redact && i + 1 < list->part.count; i++)
        print_quoted(p, (uint32_t)list->part.at[i].small, '\'', false);
    wb_text_put_char(p->out, '\'');
}

static bool is_key(const struct beam_value *value)
{
    return value->kind == BEAM_ATOM && alias_of(value->text).size == 0;
}

static bool is_keyword(const struct beam_value *list)
{
    size_t last = list->part.count - 1;
    if (list->part.at[last].kind != BEAM_NIL)
        return false;
    for (size_t i = 0; i < last; i++) {
        const struct beam_value *pair = &list->part.at[i];
        if (pair->kind != BEAM_TUPLE || pair->part.count != 2 || !is_key(&pair->part.at[0]))
            return false;
    }
    return true;
}

static void put_key(struct printer *p, const struct beam_value *pair, unsigned depth)
{
    if (is_name(pair[0].text))
        wb_text_put_bytes(p->out, pair[0].text.at, pair[0].text.size);
    else
        put_quoted(p, pair[0].text);
    print_put(p, ": ");
    print_elixir(p, &pair[1], depth);
}

static bool is_over(struct printer *p, unsigned depth)
{
    if (depth != 1 && p->out->size < p->end)
        return false;
    print_put(p, "...");
    return true;
}

static void put_list(struct printer *p, const struct beam_value *list, unsigned depth)
{
    bool keyword = is_keyword(list);
    size_t last = list->part.count - 1;
    wb_text_put_char(p->out, '[');
    for (size_t i = 0; i <= last; i++) {
        const struct beam_value *part = &list->part.at[i];
        if (i == last && part->kind == BEAM_NIL)
            break;
        if (i > 0)
            print_put(p, i == last ? " | " : ", ");
        if (is_over(p, depth))
            break;
        depth = depth == 0 ? 0 : depth - 1;
        if (keyword)
            put_key(p, part->part.at, depth);
        else
            print_elixir(p, part, depth);
    }
    wb_text_put_char(p->out, ']');
}

static void put_tuple(struct printer *p, const struct beam_value *tuple, unsigned depth)
{
    wb_text_put_char(p->out, '{');
    for (size_t i = 0; i < tuple->part.count; i++) {
        if (i > 0)
            print_put(p, ", ");
        if (is_over(p, depth))
            break;
        depth = depth == 0 ? 0 : depth - 1;
        print_elixir(p, &tuple->part.at[i], depth);
    }
    wb_text_put_char(p->out, '}');
}

static void put_map(struct printer *p, const struct beam_value *map, unsigned depth)
{
    bool keys = true;
    for (size_t i = 0; i < map->part.count; i += 2)
        keys = keys && is_key(&map->part.at[i]);
    print_put(p, "%{");
    for (size_t i = 0; i < map->part.count; i += 2) {
        const struct beam_value *pair = &map->part.at[i];
        if (i > 0)
            print_put(p, ", ");
        if (is_over(p, depth))
            break;
        depth = depth == 0 ? 0 : depth - 1;
        if (keys) {
            put_key(p, pair, depth);
            continue;
        }
        print_elixir(p, &pair[0], depth);
        print_put(p, " => ");
        print_elixir(p, &pair[1], depth);
    }
    wb_text_put_char(p->out, '}');
}

static void put_fun(struct printer *p, const struct beam_value *value)
{
    const struct beam_fun *fun = value->fun;
    print_put(p, value->kind == BEAM_FUN ? "#Function<" : "&");
    if (value->kind == BEAM_FUN) {
        wb_text_printf(p->out, "%u.%u/%u in ", fun->index, fun->old_uniq, fun->arity);
        put_atom(p, fun->module);
        wb_text_put_char(p->out, '>');
        return;
    }
    put_atom(p, fun->module);
    wb_text_put_char(p->out, '.');
    if (is_name(fun->function))
        wb_text_put_bytes(p->out, fun->function.at, fun->function.size);
    else
        put_quoted(p, fun->function);
    wb_text_printf(p->out, "/%u", fun->arity);
}

static void put_ref(struct printer *p, const struct beam_id *ref)
{
    print_put(p, "#Reference<0");
    for (unsigned i = ref->count; i > 0; i--)
        wb_text_printf(p->out, ".%u", ref->word[i - 1]);
    wb_text_put_char(p->out, '>');
}

static void put_value(struct printer *p, const struct beam_value *value, unsigned depth)
{
    switch (value->kind) {
    case BEAM_ATOM:
        put_atom(p, value->text);
        break;
    case BEAM_CONS:
        if (is_char_list(value))
            put_char_list(p, value);
        else
            put_list(p, value, depth);
        break;
    case BEAM_TUPLE:
        put_tuple(p, value, depth);
        break;
    case BEAM_MAP:
        put_map(p, value, depth);
        break;
    case BEAM_BINARY:
        put_binary(p, value);
        break;
    case BEAM_FUN:
    case BEAM_EXPORT:
        put_fun(p, value);
        break;
    case BEAM_PID:
        print_put(p, "#PID");
        print_flat(p, value, 0, NULL);
        break;
    case BEAM_REF:
        put_ref(p, value->id);
        break;
    case BEAM_NIL:
    case BEAM_SMALL:
    case BEAM_BIG:
    case BEAM_FLOAT:
    case BEAM_PORT:
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        print_flat(p, value, 0, NULL);
        break;
    }
}

void print_elixir(struct printer *p, const struct beam_value *value, unsigned depth)
{
    if (p->nesting == PRINT_MAX_NESTING || p->out->size >= p->end) {
        print_put(p, "...");
        return;
    }
    p->nesting++;
    put_value(p, value, depth);
    p->nesting--;
}
