#include "core-vm/vm/display.h"

#include "core-vm/format/print.h"
#include "core-vm/vm/introspect.h"

enum { DEEPEST = 500 };

static void display(const struct beam_value *value, struct wb_text *text);

static bool is_printable(int64_t c)
{
    return c >= ' ' && c < 127;
}

// Small and capital letters, digits, _ and @: what an atom has without quotes; @ only in quotes.
static bool is_plain_atom(struct wb_bytes atom)
{
    if (atom.size == 0 || atom.at[0] < 'a' || (atom.at[0] > 'z' && atom.at[0] < 0x80))
        return false;
    for (size_t i = 0; i < atom.size; i++) {
        uint8_t c = atom.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
        if (!letter && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return true;
}

static void display_atom(struct wb_bytes atom, struct wb_text *text)
{
    if (is_plain_atom(atom)) {
        wb_text_put_bytes(text, atom.at, atom.size);
        return;
    }
    wb_text_put_char(text, '\'');
    for (size_t i = 0; i < atom.size; i++) {
        char c = (char)atom.at[i];
        if (c == '\'' || c == '\\')
            wb_text_put_char(text, '\\');
        if (c == '\n')
            wb_text_put(text, "\\n");
        else
            wb_text_put_char(text, c);
    }
    wb_text_put_char(text, '\'');
}

// A proper list of characters that can be shown.
static bool is_string(const struct beam_value *list)
{
    if (list->part.at[list->part.count - 1].kind != BEAM_NIL)
        return false;
    for (size_t i = 0; i + 1 < list->part.count; i++) {
        const struct beam_value *c = &list->part.at[i];
        bool space = c->kind == BEAM_SMALL && c->small >= '\t' && c->small <= '\r';
        if (c->kind != BEAM_SMALL || (!is_printable(c->small) && !space))
            return false;
    }
    return true;
}

static void display_string(const struct beam_value *list, struct wb_text *text)
{
    wb_text_put_char(text, '"');
    for (size_t i = 0; i + 1 < list->part.count; i++) {
        char c = (char)list->part.at[i].small;
        if (c == '"')
            wb_text_put_char(text, '\\');
        if (c == '\n')
            wb_text_put(text, "\\n");
        else
            wb_text_put_char(text, c);
    }
    wb_text_put_char(text, '"');
}

static void display_parts(const struct beam_value *at, size_t count, struct wb_text *text)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            wb_text_put_char(text, ',');
        display(&at[i], text);
    }
}

static void display_list(const struct beam_value *list, struct wb_text *text)
{
    if (is_string(list)) {
        display_string(list, text);
        return;
    }
    const struct beam_value *tail = &list->part.at[list->part.count - 1];
    wb_text_put_char(text, '[');
    display_parts(list->part.at, list->part.count - 1, text);
    if (tail->kind != BEAM_NIL) {
        wb_text_put_char(text, '|');
        display(tail, text);
    }
    wb_text_put_char(text, ']');
}

static void display_map(const struct beam_value *map, struct wb_text *text)
{
    wb_text_put(text, "#{");
    for (size_t i = 0; i + 1 < map->part.count; i += 2) {
        if (i > 0)
            wb_text_put_char(text, ',');
        display(&map->part.at[i], text);
        wb_text_put(text, "=>");
        display(&map->part.at[i + 1], text);
    }
    wb_text_put_char(text, '}');
}

static bool is_text(const struct beam_value *binary)
{
    size_t size = binary->binary.bits / 8;
    for (size_t i = 0; i < size; i++)
        if (!is_printable(binary->binary.at[i]))
            return false;
    return size > 0 && binary->binary.bits % 8 == 0;
}

static void display_binary(const struct beam_value *value, struct wb_text *text)
{
    const uint8_t *at = value->binary.at;
    size_t size = value->binary.bits / 8, rest = value->binary.bits % 8;
    wb_text_put(text, "<<");
    if (is_text(value)) {
        wb_text_printf(text, "\"%.*s\"", (int)size, (const char *)at);
        size = 0;
    }
    for (size_t i = 0; i < size; i++)
        wb_text_printf(text, "%s%u", i > 0 ? "," : "", at[i]);
    if (rest > 0)
        wb_text_printf(text, "%s%u:%zu", size > 0 ? "," : "", at[size] >> (8 - rest), rest);
    wb_text_put(text, ">>");
}

static void display(const struct beam_value *value, struct wb_text *text)
{
    switch (value->kind) {
    case BEAM_ATOM:
        display_atom(value->text, text);
        return;
    case BEAM_FLOAT:
        wb_text_printf(text, "%.6e", value->real);
        return;
    case BEAM_CONS:
        display_list(value, text);
        return;
    case BEAM_TUPLE:
        wb_text_put_char(text, '{');
        display_parts(value->part.at, value->part.count, text);
        wb_text_put_char(text, '}');
        return;
    case BEAM_MAP:
        display_map(value, text);
        return;
    case BEAM_BINARY:
        display_binary(value, text);
        return;
    case BEAM_NIL:
    case BEAM_SMALL:
    case BEAM_BIG:
    case BEAM_FUN:
    case BEAM_EXPORT:
    case BEAM_PID:
    case BEAM_PORT:
    case BEAM_REF:
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        break;
    }
    beam_print(value, (struct beam_print){0}, text);
}

void vm_display(const struct vm *vm, vm_term term, struct wb_text *text)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    struct wb_error *err = vm_look_term(vm, term, DEEPEST, SIZE_MAX, &arena, &value);
    if (err == NULL)
        display(&value, text);
    wb_error_free(err);
    wb_arena_free(&arena);
}
