#include "inspector/target/dump/use.h"

#include <string.h>

static const char *name_in(struct wb_arena *arena, struct wb_bytes text)
{
    char *name = wb_push(arena, text.size + 1, 1);
    if (text.size > 0)
        memcpy(name, text.at, text.size);
    return name;
}

static struct tgt_use *add(struct tgt_uses *uses, const char *group, const char *name)
{
    struct tgt_use *use = &uses->at[uses->count++];
    *use = (struct tgt_use){.group = group, .name = name};
    return use;
}

// Parts only: "total", "system" and the "_used" are sums or halves of others.
static void add_memory(struct wb_bytes body, struct tgt_uses *uses)
{
    static const char *const parts[] = {"processes", "atom", "binary", "code", "ets"};
    uint64_t system = dump_number(dump_field(body, "system")), known = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        uint64_t bytes = dump_number(dump_field(body, parts[i]));
        add(uses, "memory", parts[i])->bytes = bytes;
        known += i > 0 ? bytes : 0;
    }
    if (system > known)
        add(uses, "memory", "other system")->bytes = system - known;
}

// "sys_misc: 58000", "atom_space: 98328 97346": what is taken, then what of it is used.
static void add_areas(struct wb_bytes body, struct wb_arena *arena, struct tgt_uses *uses)
{
    struct wb_bytes line;
    while (dump_next_line(&body, &line)) {
        const uint8_t *colon = line.size > 0 ? memchr(line.at, ':', line.size) : NULL;
        if (colon == NULL)
            continue;
        struct wb_bytes name = {line.at, (size_t)(colon - line.at)};
        struct wb_bytes numbers = {colon + 1, line.size - name.size - 1};
        (void)dump_skip(&numbers, " ");
        struct tgt_use *use = add(uses, "area", name_in(arena, name));
        use->bytes = dump_decimal(&numbers);
        if (!dump_skip(&numbers, " "))
            continue;
        use->carrier_bytes = use->bytes;
        use->bytes = dump_decimal(&numbers);
    }
}

// "mbcs blocks[temp_alloc] size: 0 11000 11000", "sbcs carriers count: 1 2 2": now, and peaks.
static void add_line(struct wb_bytes line, struct tgt_use *use)
{
    if (!dump_skip(&line, "mbcs ") && !dump_skip(&line, "sbcs "))
        return;
    bool blocks = dump_skip(&line, "blocks");
    if (!blocks && !dump_skip(&line, "carriers"))
        return;
    if (dump_skip(&line, "[")) {
        const uint8_t *end = line.size > 0 ? memchr(line.at, ']', line.size) : NULL;
        if (end == NULL)
            return;
        line = (struct wb_bytes){end + 1, line.size - (size_t)(end + 1 - line.at)};
    }
    if (dump_skip(&line, " count: "))
        *(blocks ? &use->blocks : &use->carriers) += dump_decimal(&line);
    else if (dump_skip(&line, " size: "))
        *(blocks ? &use->bytes : &use->carrier_bytes) += dump_decimal(&line);
}

// An allocator has a section for every thread, "temp_alloc[0]": one row for all of them.
static struct tgt_use *allocator(struct wb_bytes id, struct wb_arena *arena, struct tgt_uses *uses)
{
    const uint8_t *bracket = id.size > 0 ? memchr(id.at, '[', id.size) : NULL;
    if (bracket != NULL)
        id.size = (size_t)(bracket - id.at);
    struct tgt_use *last = uses->count > 0 ? &uses->at[uses->count - 1] : NULL;
    if (last != NULL && strcmp(last->group, "allocator") == 0 &&
        wb_bytes_equal(wb_bytes_of(last->name), id))
        return last;
    return add(uses, "allocator", name_in(arena, id));
}

static void add_allocators(const struct dump_index *index, struct wb_arena *arena,
                           struct tgt_uses *uses)
{
    for (size_t i = 0; i < dump_count(index, DUMP_ALLOCATOR); i++) {
        struct dump_section section = dump_nth(index, DUMP_ALLOCATOR, i);
        struct tgt_use *use = allocator(section.id, arena, uses);
        struct wb_bytes line;
        while (dump_next_line(&section.body, &line))
            add_line(line, use);
    }
}

static void add_tables(const struct dump_index *index, enum dump_tag tag, const char *group,
                       const char *held, struct wb_arena *arena, struct tgt_uses *uses)
{
    for (size_t i = 0; i < dump_count(index, tag); i++) {
        struct dump_section section = dump_nth(index, tag, i);
        add(uses, group, name_in(arena, section.id))->blocks =
            dump_number(dump_field(section.body, held));
    }
}

void dump_list_uses(const struct dump_index *index, struct wb_arena *arena, struct tgt_uses *ret)
{
    enum { MEMORY_PARTS = 6 };
    struct dump_section memory, areas;
    bool has_memory = dump_find(index, DUMP_MEMORY, 0, &memory);
    bool has_areas = dump_find(index, DUMP_AREAS, 0, &areas);
    size_t room = MEMORY_PARTS + (has_areas ? dump_count_lines(areas.body) : 0) +
                  dump_count(index, DUMP_ALLOCATOR) + dump_count(index, DUMP_HASH_TABLE) +
                  dump_count(index, DUMP_INDEX_TABLE);
    struct tgt_uses uses = {.at = wb_push_array(arena, struct tgt_use, room)};
    if (has_memory)
        add_memory(memory.body, &uses);
    add_allocators(index, arena, &uses);
    if (has_areas)
        add_areas(areas.body, arena, &uses);
    add_tables(index, DUMP_HASH_TABLE, "hash table", "objs", arena, &uses);
    add_tables(index, DUMP_INDEX_TABLE, "index table", "entries", arena, &uses);
    *ret = uses;
}
