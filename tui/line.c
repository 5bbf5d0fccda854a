#include "tui/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/text.h"
#include "tui/key.h"

void ui_line_set(struct ui_line *line, const char *text)
{
    snprintf(line->text, sizeof line->text, "%s", text);
    line->size = line->cursor = strlen(line->text);
}

static void insert(struct ui_line *line, const char *text, size_t size)
{
    if (line->size + size >= sizeof line->text)
        return;
    memmove(line->text + line->cursor + size, line->text + line->cursor,
            line->size - line->cursor + 1);
    memcpy(line->text + line->cursor, text, size);
    line->size += size;
    line->cursor += size;
}

static void erase(struct ui_line *line, size_t from, size_t to)
{
    memmove(line->text + from, line->text + to, line->size - to + 1);
    line->size -= to - from;
    line->cursor = from;
}

static bool inside_point(const struct ui_line *line, size_t at)
{
    return at < line->size && ((unsigned char)line->text[at] & 0xc0) == 0x80;
}

static size_t before(const struct ui_line *line)
{
    size_t at = line->cursor;
    while (at > 0 && inside_point(line, --at))
        continue;
    return at;
}

static size_t after(const struct ui_line *line)
{
    size_t at = line->cursor;
    if (at < line->size)
        at++;
    while (inside_point(line, at))
        at++;
    return at;
}

static size_t word_start(const struct ui_line *line)
{
    size_t at = line->cursor;
    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

static bool edit(struct ui_line *line, uint32_t key)
{
    switch (key) {
    case UI_KEY_BACKSPACE:
        erase(line, before(line), line->cursor);
        return true;
    case UI_KEY_DELETE:
    case UI_CTRL('d'): {
        size_t at = line->cursor;
        erase(line, at, after(line));
        return true;
    }
    case UI_CTRL('u'):
        erase(line, 0, line->cursor);
        return true;
    case UI_CTRL('k'):
        erase(line, line->cursor, line->size);
        return true;
    case UI_CTRL('w'):
        erase(line, word_start(line), line->cursor);
        return true;
    default:
        return false;
    }
}

static bool move(struct ui_line *line, uint32_t key)
{
    switch (key) {
    case UI_KEY_LEFT:
    case UI_CTRL('b'):
        line->cursor = before(line);
        return true;
    case UI_KEY_RIGHT:
    case UI_CTRL('f'):
        line->cursor = after(line);
        return true;
    case UI_KEY_HOME:
    case UI_CTRL('a'):
        line->cursor = 0;
        return true;
    case UI_KEY_END:
    case UI_CTRL('e'):
        line->cursor = line->size;
        return true;
    default:
        return false;
    }
}

bool ui_line_key(struct ui_line *line, uint32_t key)
{
    if (edit(line, key) || move(line, key))
        return true;
    if (key < ' ' || key >= UI_KEY_FIRST)
        return false;
    struct wb_text text wb_auto_text = {0};
    wb_text_put_utf8(&text, key);
    insert(line, wb_text_string(&text), text.size);
    return true;
}

void ui_line_replace_word(struct ui_line *line, const char *text, size_t size)
{
    size_t start = line->cursor;
    while (start > 0 && line->text[start - 1] != ' ')
        start--;
    erase(line, start, line->cursor);
    insert(line, text, size);
}

void ui_history_add(struct ui_history *h, const char *text)
{
    h->shown = h->count;
    if (*text == '\0' || (h->count > 0 && strcmp(h->at[h->count - 1], text) == 0))
        return;
    if (h->count == UI_HISTORY) {
        free(h->at[0]);
        memmove(h->at, h->at + 1, (UI_HISTORY - 1) * sizeof h->at[0]);
        h->count--;
    }
    char *copy = strdup(text);
    if (copy == NULL)
        wb_die_no_memory(strlen(text));
    h->at[h->count++] = copy;
    h->shown = h->count;
}

const char *ui_history_step(struct ui_history *h, int step)
{
    if ((step < 0 && h->shown == 0) || (step > 0 && h->shown >= h->count))
        return NULL;
    h->shown += (size_t)step;
    return h->shown < h->count ? h->at[h->shown] : "";
}

void ui_history_free(struct ui_history *h)
{
    for (size_t i = 0; i < h->count; i++)
        free(h->at[i]);
    h->count = 0;
}
