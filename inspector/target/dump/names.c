#include "inspector/target/dump/names.h"

enum { KEPT = sizeof((struct dump_names *)0)->kept / sizeof(struct dump_name) };

void dump_names_done(struct dump_names *names)
{
    wb_arena_free(&names->arena);
}

static bool listed(const struct dump_index *index, struct wb_arena *arena, struct dump_name *name)
{
    static const enum dump_tag tags[] = {DUMP_VISIBLE_NODE, DUMP_HIDDEN_NODE, DUMP_NOT_CONNECTED};
    struct dump_section section;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        if (!dump_find(index, tags[i], name->number, &section))
            continue;
        name->node = dump_atom(dump_field(section.body, "Name"), arena);
        name->creation = (uint32_t)dump_number(dump_field(section.body, "Creation"));
        return name->node.size > 0;
    }
    return false;
}

// A node's number is that of its name in the atom table (dist_entry_channel_no), which is written
// from its end: its size is in the head.
static bool in_atom_table(const struct dump_index *index, struct wb_arena *arena,
                          struct dump_name *name)
{
    struct dump_section head, atoms;
    struct wb_bytes line;
    if (!dump_find(index, DUMP_HEAD, 0, &head) || !dump_find(index, DUMP_ATOMS, 0, &atoms))
        return false;
    uint64_t count = dump_number(dump_field(head.body, "Atoms"));
    if (name->number >= count)
        return false;
    for (uint64_t left = count - name->number; left > 0; left--)
        if (!dump_next_line(&atoms.body, &line))
            return false;
    name->node = dump_atom(line, arena);
    return name->node.size > 0;
}

static struct dump_name look_up(struct dump_names *names, const struct dump_index *index,
                                uint64_t number)
{
    struct dump_name name = {.number = number};
    if (number == 0 && dump_count(index, DUMP_NODE) > 0)
        name.node = dump_atom(dump_nth(index, DUMP_NODE, 0).id, &names->arena);
    else if (number == 0 ||
             (!listed(index, &names->arena, &name) && !in_atom_table(index, &names->arena, &name)))
        name.node = wb_bytes_of("unknown");
    return name;
}

struct dump_name dump_node_name(struct dump_names *names, const struct dump_index *index,
                                uint64_t number)
{
    for (size_t i = 0; i < KEPT; i++)
        if (names->kept[i].number == number && names->kept[i].node.size > 0)
            return names->kept[i];
    struct dump_name name = look_up(names, index, number);
    names->kept[names->next] = name;
    names->next = (names->next + 1) % KEPT;
    return name;
}
