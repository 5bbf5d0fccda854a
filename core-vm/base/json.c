#include "core-vm/base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>

// A value or key is about to be written.
static void begin(struct wb_json *json)
{
    if (json->keyed) {
        json->keyed = false;
        return;
    }
    if (json->depth == 0)
        return;
    if (json->filled[json->depth - 1])
        wb_text_put_char(json->text, ',');
    json->filled[json->depth - 1] = true;
}

static void open_with(struct wb_json *json, char bracket)
{
    assert(json->depth < WB_JSON_DEPTH);
    begin(json);
    wb_text_put_char(json->text, bracket);
    json->filled[json->depth++] = false;
}

static void close_with(struct wb_json *json, char bracket)
{
    assert(json->depth > 0 && !json->keyed);
    json->depth--;
    wb_text_put_char(json->text, bracket);
}

void wb_json_object(struct wb_json *json)
{
    open_with(json, '{');
}

void wb_json_list(struct wb_json *json)
{
    open_with(json, '[');
}

void wb_json_end_object(struct wb_json *json)
{
    close_with(json, '}');
}

void wb_json_end_list(struct wb_json *json)
{
    close_with(json, ']');
}

void wb_json_key(struct wb_json *json, const char *name)
{
    wb_json_text(json, name);
    wb_text_put_char(json->text, ':');
    json->keyed = true;
}

// Size of the sound UTF-8 sequence at `at`, 0 when there is none.
static size_t sequence(const uint8_t *at, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t want = at[0] < 0x80             ? 1
                  : (at[0] & 0xe0) == 0xc0 ? 2
                  : (at[0] & 0xf0) == 0xe0 ? 3
                  : (at[0] & 0xf8) == 0xf0 ? 4
                                           : 0;
    if (want <= 1 || want > size)
        return want > size ? 0 : want;
    uint32_t point = at[0] & (0x7fu >> want);
    for (size_t i = 1; i < want; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (at[i] & 0x3fu);
    }
    bool sound = point >= least[want] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return sound ? want : 0;
}

static void put_ascii(struct wb_text *text, char c)
{
    switch (c) {
    case '"':
        wb_text_put(text, "\\\"");
        return;
    case '\\':
        wb_text_put(text, "\\\\");
        return;
    case '\n':
        wb_text_put(text, "\\n");
        return;
    case '\r':
        wb_text_put(text, "\\r");
        return;
    case '\t':
        wb_text_put(text, "\\t");
        return;
    default:
        if ((unsigned char)c < ' ' || c == 0x7f)
            wb_text_printf(text, "\\u%04x", (unsigned)(unsigned char)c);
        else
            wb_text_put_char(text, c);
    }
}

void wb_json_string(struct wb_json *json, struct wb_bytes string)
{
    begin(json);
    wb_text_put_char(json->text, '"');
    for (size_t i = 0; i < string.size;) {
        size_t size = sequence(string.at + i, string.size - i);
        if (size == 1)
            put_ascii(json->text, (char)string.at[i]);
        else if (size == 0)
            wb_text_put(json->text, "\xef\xbf\xbd");
        else
            wb_text_put_bytes(json->text, string.at + i, size);
        i += size == 0 ? 1 : size;
    }
    wb_text_put_char(json->text, '"');
}

void wb_json_text(struct wb_json *json, const char *string)
{
    wb_json_string(json, wb_bytes_of(string));
}

void wb_json_number(struct wb_json *json, uint64_t number)
{
    begin(json);
    wb_text_printf(json->text, "%" PRIu64, number);
}

void wb_json_integer(struct wb_json *json, int64_t number)
{
    begin(json);
    wb_text_printf(json->text, "%" PRId64, number);
}

void wb_json_bool(struct wb_json *json, bool truth)
{
    begin(json);
    wb_text_put(json->text, truth ? "true" : "false");
}

void wb_json_null(struct wb_json *json)
{
    begin(json);
    wb_text_put(json->text, "null");
}

void wb_json_key_string(struct wb_json *json, const char *name, struct wb_bytes string)
{
    wb_json_key(json, name);
    wb_json_string(json, string);
}

void wb_json_key_text(struct wb_json *json, const char *name, const char *string)
{
    wb_json_key(json, name);
    wb_json_text(json, string);
}

void wb_json_key_number(struct wb_json *json, const char *name, uint64_t number)
{
    wb_json_key(json, name);
    wb_json_number(json, number);
}
