#include "inspector/target/dump/index.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "inspector/target/target_types.h"

static const struct {
    const char *text;
    size_t size;
} tags[] = {
#define DUMP_SECTION(name, text) [DUMP_##name] = {(text), sizeof(text) - 1},
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

uint64_t dump_number(struct wb_bytes text)
{
    return dump_decimal(&text);
}

bool dump_contains(struct wb_bytes text, const char *word)
{
    return text.size > 0 && memmem(text.at, text.size, word, strlen(word)) != NULL;
}

size_t dump_count_lines(struct wb_bytes body)
{
    struct wb_bytes line;
    size_t count = 0;
    while (dump_next_line(&body, &line))
        count++;
    return count;
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

// The character behind a backslash, taken off text: a letter, or three octal digits.
static uint8_t escaped(struct wb_bytes *text)
{
    static const char letters[] = "nftrbv", means[] = "\n\f\t\r\b\v";
    uint8_t c = text->at[0];
    const char *letter = c != '\0' ? strchr(letters, c) : NULL;
    size_t used = 1;
    if (letter != NULL) {
        c = (uint8_t)means[letter - letters];
    } else if (c >= '0' && c <= '7') {
        for (c = 0, used = 0; used < 3 && used < text->size && digit(text->at[used]) < 8; used++)
            c = (uint8_t)(c * 8 + digit(text->at[used]));
    }
    text->at += used;
    text->size -= used;
    return c;
}

struct wb_bytes dump_atom(struct wb_bytes text, struct wb_arena *arena)
{
    if (!dump_skip(&text, "'"))
        return text;
    if (text.size > 0 && text.at[text.size - 1] == '\'')
        text.size--;
    if (text.size == 0 || memchr(text.at, '\\', text.size) == NULL)
        return text;
    uint8_t *name = wb_push(arena, text.size, 1);
    size_t size = 0;
    while (text.size > 0) {
        if (dump_skip(&text, "\\") && text.size > 0) {
            name[size++] = escaped(&text);
            continue;
        }
        if (text.size == 0)
            break;
        name[size++] = text.at[0];
        text.at++;
        text.size--;
    }
    return (struct wb_bytes){name, size};
}

static enum dump_tag tag_of(struct wb_bytes name)
{
    for (size_t i = 0; i < DUMP_OTHER; i++)
        if (tags[i].size == name.size && memcmp(tags[i].text, name.at, name.size) == 0)
            return (enum dump_tag)i;
    return DUMP_OTHER;
}

static uint64_t key_of(enum dump_tag tag, struct wb_bytes id)
{
    static const bool numbered[DUMP_TAG_COUNT] = {
        [DUMP_VISIBLE_NODE] = true,        [DUMP_HIDDEN_NODE] = true,
        [DUMP_NOT_CONNECTED] = true,       [DUMP_SCHEDULER] = true,
        [DUMP_DIRTY_CPU_SCHEDULER] = true, [DUMP_DIRTY_IO_SCHEDULER] = true,
    };
    if (tag == DUMP_BINARY)
        return dump_hexadecimal(&id);
    return numbered[tag] ? dump_decimal(&id) : dump_pid(&id);
}

// The line at `at`, where "=" is, as tag and id. False: it is a line of something else, which text
// that users wrote can make.
static bool heading(const uint8_t *at, const uint8_t *end, struct dump_section *ret)
{
    struct wb_bytes rest = {at + 1, (size_t)(end - at - 1)}, line = {0};
    dump_next_line(&rest, &line);
    size_t size = 0;
    while (size < line.size &&
           ((line.at[size] >= 'a' && line.at[size] <= 'z') || line.at[size] == '_'))
        size++;
    if (size == 0 || (size < line.size && line.at[size] != ':'))
        return false;
    *ret = (struct dump_section){.tag = tag_of((struct wb_bytes){line.at, size}), .body = rest};
    if (size < line.size)
        ret->id = (struct wb_bytes){line.at + size + 1, line.size - size - 1};
    ret->key = key_of(ret->tag, ret->id);
    return true;
}

static void *grow(void *at, size_t size)
{
    void *grown = realloc(at, size);
    if (grown == NULL)
        wb_die_no_memory(size);
    return grown;
}

enum { KEY_BITS = 48, AT_BITS = 40, NUMBER_BITS = 28 };

// What is kept of a key: all that addresses have and more than pids need; those are then in the
// order in which they were made.
static uint64_t short_key(uint64_t key)
{
    struct tgt_pid pid = {key};
    if ((key & TGT_PID_BIT) != 0)
        key = (uint64_t)tgt_pid_serial(pid) << NUMBER_BITS | tgt_pid_number(pid);
    return key & ((UINT64_C(1) << KEY_BITS) - 1);
}

static uint64_t at_of(const struct dump_entry *entry)
{
    return (uint64_t)entry->at_high << 32 | entry->at_low;
}

static uint64_t key_kept(const struct dump_entry *entry)
{
    return (uint64_t)entry->key_high << 32 | entry->key_low;
}

// One more at the end, after which there is room again: it grows by halves.
static void add_entry(struct dump_index *index, const uint8_t *at)
{
    enum { FIRST_ROOM = 64 };
    struct dump_section section;
    uint64_t offset = (uint64_t)(at - index->file.at);
    if (!heading(at, index->file.at + index->file.size, &section) || index->count == UINT32_MAX ||
        offset >> AT_BITS != 0)
        return;
    if (index->count == index->room) {
        index->room = index->room == 0 ? FIRST_ROOM : index->room + index->room / 2;
        index->entry = grow(index->entry, index->room * sizeof *index->entry);
    }
    uint64_t key = short_key(section.key);
    index->entry[index->count++] = (struct dump_entry){
        .at_low = (uint32_t)offset,
        .at_high = (uint8_t)(offset >> 32),
        .key_low = (uint32_t)key,
        .key_high = (uint16_t)(key >> 32),
        .tag = (uint8_t)section.tag,
    };
}

// "=" is rarer than the ends of lines.
static void scan(struct dump_index *index, const uint8_t *from, const uint8_t *to)
{
    const uint8_t *at = from;
    while (at < to && (at = memchr(at, '=', (size_t)(to - at))) != NULL) {
        if (at == index->file.at || at[-1] == '\n')
            add_entry(index, at);
        at++;
    }
}

static void find_sections(struct dump_index *index, dump_passed *passed)
{
    enum { STRIDE = 1 << 20 };
    struct wb_bytes file = index->file;
    for (size_t at = 0; at < file.size; at += STRIDE) {
        size_t left = file.size - at;
        struct wb_bytes part = {file.at + at, left < STRIDE ? left : STRIDE};
        wb_file_expect(part);
        scan(index, part.at, part.at + part.size);
        if (passed != NULL)
            passed(part);
    }
}

struct keyed {
    uint64_t key;
    uint32_t place;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *left = a, *right = b;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return (left->place > right->place) - (left->place < right->place);
}

static bool is_sorted(const struct dump_index *index, size_t from, size_t to)
{
    for (size_t i = from + 1; i < to; i++)
        if (key_kept(&index->entry[index->order[i - 1]]) > key_kept(&index->entry[index->order[i]]))
            return false;
    return true;
}

static void sort_tag(struct dump_index *index, size_t from, size_t to)
{
    if (is_sorted(index, from, to))
        return;
    struct keyed *keyed = grow(NULL, (to - from) * sizeof *keyed);
    for (size_t i = from; i < to; i++)
        keyed[i - from] = (struct keyed){key_kept(&index->entry[index->order[i]]), index->order[i]};
    qsort(keyed, to - from, sizeof *keyed, by_key);
    for (size_t i = from; i < to; i++)
        index->order[i] = keyed[i - from].place;
    free(keyed);
}

static void sort_sections(struct dump_index *index)
{
    size_t at[DUMP_TAG_COUNT + 1] = {0};
    for (size_t i = 0; i < index->count; i++)
        at[index->entry[i].tag + 1]++;
    for (size_t tag = 1; tag <= DUMP_TAG_COUNT; tag++)
        at[tag] += at[tag - 1];
    memcpy(index->first, at, sizeof at);
    index->order = grow(NULL, (index->count + 1) * sizeof *index->order);
    for (size_t i = 0; i < index->count; i++)
        index->order[at[index->entry[i].tag]++] = (uint32_t)i;
    for (size_t tag = 0; tag < DUMP_TAG_COUNT; tag++)
        sort_tag(index, index->first[tag], index->first[tag + 1]);
}

struct wb_error *dump_index_make(struct wb_bytes file, dump_passed *passed, struct dump_index *ret)
{
    struct wb_bytes start = file;
    if (!dump_skip(&start, "=erl_crash_dump:"))
        return wb_error_new(WB_E_BAD_DATA, "not a crash dump: it does not begin with one");
    struct dump_index index = {.file = file};
    find_sections(&index, passed);
    sort_sections(&index);
    index.complete = dump_count(&index, DUMP_END) > 0;
    *ret = index;
    return NULL;
}

void dump_index_done(struct dump_index *index)
{
    free(index->entry);
    free(index->order);
    *index = (struct dump_index){0};
}

static struct dump_section section_in(const struct dump_index *index, size_t place)
{
    struct dump_section section = {0};
    size_t end = place + 1 < index->count ? at_of(&index->entry[place + 1]) : index->file.size;
    (void)heading(index->file.at + at_of(&index->entry[place]), index->file.at + end, &section);
    return section;
}

struct dump_section dump_nth(const struct dump_index *index, enum dump_tag tag, size_t i)
{
    return section_in(index, index->order[index->first[tag] + i]);
}

bool dump_find(const struct dump_index *index, enum dump_tag tag, uint64_t key,
               struct dump_section *ret)
{
    size_t low = index->first[tag], high = index->first[tag + 1];
    uint64_t wanted = short_key(key);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (key_kept(&index->entry[index->order[middle]]) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < index->first[tag + 1]; low++) {
        const struct dump_entry *entry = &index->entry[index->order[low]];
        if (key_kept(entry) != wanted)
            return false;
        struct dump_section section = section_in(index, index->order[low]);
        if (section.key == key) {
            *ret = section;
            return true;
        }
    }
    return false;
}

bool dump_section_at(const struct dump_index *index, uint64_t offset, struct dump_section *ret)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (at_of(&index->entry[middle]) <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || offset >= index->file.size)
        return false;
    *ret = section_in(index, low - 1);
    return true;
}
