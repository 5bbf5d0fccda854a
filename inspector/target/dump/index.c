#include "inspector/target/dump/index.h"

#include <stdlib.h>
#include <string.h>

#include "inspector/target/target_types.h"

static const char *const tags[] = {
#define DUMP_SECTION(name, text) [DUMP_##name] = (text),
#include "inspector/target/dump/sections.def"
#undef DUMP_SECTION
};

bool dump_next_line(struct wb_bytes *rest, struct wb_bytes *line)
{
    if (rest->size == 0)
        return false;
    const uint8_t *end = memchr(rest->at, '\n', rest->size);
    size_t size = end != NULL ? (size_t)(end - rest->at) : rest->size;
    *line = (struct wb_bytes){rest->at, size};
    size_t step = end != NULL ? size + 1 : size;
    rest->at += step;
    rest->size -= step;
    return true;
}

bool dump_skip(struct wb_bytes *text, const char *prefix)
{
    size_t size = strlen(prefix);
    if (text->size < size || memcmp(text->at, prefix, size) != 0)
        return false;
    text->at += size;
    text->size -= size;
    return true;
}

struct wb_bytes dump_field(struct wb_bytes body, const char *name)
{
    struct wb_bytes line;
    while (dump_next_line(&body, &line))
        if (dump_skip(&line, name) && dump_skip(&line, ": "))
            return line;
    return (struct wb_bytes){0};
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static uint64_t read_number(struct wb_bytes *text, unsigned base)
{
    uint64_t number = 0;
    while (text->size > 0 && digit(text->at[0]) < (int)base) {
        number = number * base + (unsigned)digit(text->at[0]);
        text->at++;
        text->size--;
    }
    return number;
}

uint64_t dump_decimal(struct wb_bytes *text)
{
    return read_number(text, 10);
}

uint64_t dump_hexadecimal(struct wb_bytes *text)
{
    if (!dump_skip(text, "0x"))
        (void)dump_skip(text, "0X");
    return read_number(text, 16);
}

uint64_t dump_pid(struct wb_bytes *text)
{
    struct wb_bytes rest = *text;
    if (!dump_skip(&rest, "<0."))
        return 0;
    uint64_t number = dump_decimal(&rest);
    if (!dump_skip(&rest, "."))
        return 0;
    uint64_t serial = dump_decimal(&rest);
    if (!dump_skip(&rest, ">"))
        return 0;
    *text = rest;
    return tgt_pid_make((uint32_t)number, (uint32_t)serial).id;
}

static enum dump_tag tag_of(struct wb_bytes name)
{
    for (size_t i = 0; i < DUMP_OTHER; i++)
        if (strlen(tags[i]) == name.size && memcmp(tags[i], name.at, name.size) == 0)
            return (enum dump_tag)i;
    return DUMP_OTHER;
}

static uint64_t key_of(enum dump_tag tag, struct wb_bytes id)
{
    if (tag == DUMP_BINARY)
        return dump_hexadecimal(&id);
    return dump_pid(&id);
}

// `line` is without its "=".
static struct dump_section section_of(struct wb_bytes line)
{
    const uint8_t *colon = line.size > 0 ? memchr(line.at, ':', line.size) : NULL;
    struct wb_bytes name = {line.at, colon != NULL ? (size_t)(colon - line.at) : line.size};
    struct dump_section section = {.tag = tag_of(name)};
    if (colon != NULL)
        section.id = (struct wb_bytes){colon + 1, line.size - name.size - 1};
    section.key = key_of(section.tag, section.id);
    return section;
}

static int in_order(const void *a, const void *b)
{
    const struct dump_section *left = a, *right = b;
    if (left->tag != right->tag)
        return left->tag < right->tag ? -1 : 1;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return (left->body.at > right->body.at) - (left->body.at < right->body.at);
}

// The next line that begins with "=", from `at` on, where a line begins. NULL: none.
static const uint8_t *next_section(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at != '=') {
        at = memmem(at, (size_t)(end - at), "\n=", 2);
        if (at == NULL)
            return NULL;
        at++;
    }
    return at < end ? at : NULL;
}

static size_t count_sections(struct wb_bytes file)
{
    size_t count = 0;
    const uint8_t *end = file.at + file.size;
    for (const uint8_t *at = next_section(file.at, end); at != NULL; at = next_section(at + 1, end))
        count++;
    return count;
}

static void find_sections(struct wb_bytes file, struct dump_index *index)
{
    const uint8_t *end = file.at + file.size;
    for (const uint8_t *at = next_section(file.at, end); at != NULL;) {
        const uint8_t *next = next_section(at + 1, end);
        struct wb_bytes body = {at + 1, (size_t)((next != NULL ? next : end) - at - 1)};
        struct wb_bytes line = {0};
        dump_next_line(&body, &line);
        struct dump_section section = section_of(line);
        section.body = body;
        index->section[index->count++] = section;
        at = next;
    }
}

struct wb_error *dump_index_make(struct wb_bytes file, struct wb_arena *arena,
                                 struct dump_index *ret)
{
    struct wb_bytes start = file;
    if (!dump_skip(&start, "=erl_crash_dump:"))
        return wb_error_new(WB_E_BAD_DATA, "not a crash dump: it does not begin with one");
    struct dump_index index = {.file = file};
    index.section = wb_push_array(arena, struct dump_section, count_sections(file));
    find_sections(file, &index);
    index.in_place = wb_push_array(arena, struct dump_section, index.count);
    memcpy(index.in_place, index.section, index.count * sizeof *index.section);
    qsort(index.section, index.count, sizeof *index.section, in_order);
    size_t at = 0;
    for (size_t tag = 0; tag <= DUMP_TAG_COUNT; tag++) {
        while (at < index.count && index.section[at].tag < tag)
            at++;
        index.first[tag] = at;
    }
    index.complete = index.first[DUMP_END + 1] > index.first[DUMP_END];
    *ret = index;
    return NULL;
}

const struct dump_section *dump_find(const struct dump_index *index, enum dump_tag tag,
                                     uint64_t key)
{
    size_t low = index->first[tag], high = index->first[tag + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->section[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < index->first[tag + 1] && index->section[low].key == key;
    return found ? &index->section[low] : NULL;
}

const struct dump_section *dump_section_at(const struct dump_index *index, uint64_t offset)
{
    const uint8_t *at = index->file.at + offset;
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct dump_section *section = &index->in_place[middle];
        if (at < section->body.at)
            high = middle;
        else if (at >= section->body.at + section->body.size)
            low = middle + 1;
        else
            return section;
    }
    return NULL;
}
