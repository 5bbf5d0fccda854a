#include "inspector/target/dump/proc.h"

#include <string.h>

enum dump_field {
#define DUMP_FIELD(name, text) FIELD_##name,
#include "inspector/target/dump/fields.def"
#undef DUMP_FIELD
    FIELD_COUNT,
};
static const char *const field_names[] = {
#define DUMP_FIELD(name, text) [FIELD_##name] = (text),
#include "inspector/target/dump/fields.def"
#undef DUMP_FIELD
};

// All fields of a process in one pass.
static void read_fields(struct wb_bytes body, struct wb_bytes ret[FIELD_COUNT])
{
    struct wb_bytes line;
    memset(ret, 0, FIELD_COUNT * sizeof *ret);
    while (dump_next_line(&body, &line))
        for (size_t i = 0; i < FIELD_COUNT; i++) {
            struct wb_bytes value = line;
            if (ret[i].at == NULL && line.size > 0 && line.at[0] == (uint8_t)field_names[i][0] &&
                dump_skip(&value, field_names[i]) && dump_skip(&value, ": ")) {
                ret[i] = value;
                break;
            }
        }
}

// An atom as ~w prints it, taken off text; without its quotes.
static struct wb_bytes take_atom(struct wb_bytes *text, const char *ends)
{
    struct wb_bytes atom = *text;
    bool quoted = dump_skip(text, "'");
    if (quoted)
        atom = *text;
    size_t size = 0;
    while (size < text->size &&
           (quoted ? text->at[size] != '\'' : strchr(ends, text->at[size]) == NULL))
        size += quoted && text->at[size] == '\\' && size + 1 < text->size ? 2 : 1;
    atom.size = size;
    size_t step = size + (quoted && size < text->size);
    text->at += step;
    text->size -= step;
    return atom;
}

// "lists:map/2 + 12"
static struct tgt_mfa mfa_of(struct wb_bytes text)
{
    struct tgt_mfa mfa = {.module = take_atom(&text, ":")};
    if (!dump_skip(&text, ":"))
        return (struct tgt_mfa){0};
    mfa.function = take_atom(&text, "/");
    if (!dump_skip(&text, "/"))
        return (struct tgt_mfa){0};
    mfa.arity = (uint32_t)dump_decimal(&text);
    return mfa;
}

// "0x00007fab013700c4 (cd:waitsel/0 + 68)"
struct tgt_mfa dump_mfa_at(struct wb_bytes text, uint64_t *address)
{
    *address = dump_hexadecimal(&text);
    return dump_skip(&text, " (") ? mfa_of(text) : (struct tgt_mfa){0};
}

static const struct {
    const char *text;
    enum tgt_status status;
} states[] = {
    {"Waiting", TGT_WAITING},      {"Scheduled", TGT_RUNNABLE}, {"Running", TGT_RUNNING},
    {"Suspended", TGT_SUSPENDED},  {"Garbing", TGT_COLLECTING}, {"Exiting", TGT_EXITING},
    {"Non Existing", TGT_EXITING},
};

static enum tgt_status status_of(struct wb_bytes text)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (dump_skip(&text, states[i].text))
            return states[i].status;
    return TGT_RUNNABLE;
}

static uint8_t priority_of(struct wb_bytes state)
{
    static const struct {
        const char *text;
        uint8_t priority;
    } priorities[] = {
        {"USR_PRIO_MAX", TGT_MAX}, {"USR_PRIO_HIGH", TGT_HIGH}, {"USR_PRIO_LOW", TGT_LOW}};
    for (size_t i = 0; i < sizeof priorities / sizeof *priorities; i++)
        if (dump_contains(state, priorities[i].text))
            return priorities[i].priority;
    return TGT_NORMAL;
}

// One item of "[<0.9.0>, {to,<0.1.0>,#Ref<0.1.2.3>}, {from,...}]"; false: no more.
struct relation {
    struct tgt_pid pid;
    bool is_monitor, monitored_by;
};
static bool next_relation(struct wb_bytes *text, struct relation *ret)
{
    while (text->size > 0) {
        struct relation relation = {0};
        bool to = dump_skip(text, "{to,");
        relation.monitored_by = !to && dump_skip(text, "{from,");
        relation.is_monitor = to || relation.monitored_by;
        relation.pid.id = dump_pid(text);
        if (relation.pid.id != 0) {
            *ret = relation;
            return true;
        }
        text->at++;
        text->size--;
    }
    return false;
}

static void read_links(struct wb_bytes text, struct wb_arena *arena, struct tgt_proc *ret)
{
    struct relation relation;
    size_t count = 0;
    for (struct wb_bytes rest = text; next_relation(&rest, &relation);)
        count += !relation.is_monitor;
    ret->links = wb_push_array(arena, struct tgt_pid, count);
    while (next_relation(&text, &relation))
        if (!relation.is_monitor)
            ret->links[ret->link_count++] = relation.pid;
}

// Where it is: one who runs may be known by its current call only.
static struct tgt_place current_of(const struct wb_bytes field[FIELD_COUNT])
{
    uint64_t ip;
    struct tgt_place place = {.mfa = dump_mfa_at(field[FIELD_PROGRAM_COUNTER], &ip)};
    if (place.mfa.module.size == 0)
        place.mfa = mfa_of(field[FIELD_CURRENT_CALL]);
    if (place.mfa.module.size == 0)
        place.mfa = mfa_of(field[FIELD_SCHEDULED_IN]);
    return place;
}

void dump_describe(const struct dump_section *section, struct tgt_places *places,
                   struct wb_arena *arena, struct tgt_proc *ret)
{
    struct wb_bytes field[FIELD_COUNT];
    read_fields(section->body, field);
    struct tgt_mfa initial = mfa_of(field[FIELD_SPAWNED_AS]);
    struct tgt_place current = current_of(field);
    struct tgt_proc proc = {
        .pid = {section->key},
        .status = status_of(field[FIELD_STATE]),
        .priority = priority_of(field[FIELD_INTERNAL_STATE]),
        .name = dump_atom(field[FIELD_NAME], arena),
        .initial = tgt_mfa_keep(places, &initial, arena),
        .current = tgt_place_keep(places, &current, arena),
        .reductions = dump_number(field[FIELD_REDUCTIONS]),
        .messages = dump_number(field[FIELD_MESSAGES]),
        .heap_words = dump_number(field[FIELD_STACK_HEAP]) + dump_number(field[FIELD_OLD_HEAP]),
        .memory = dump_number(field[FIELD_MEMORY]),
        .parent = {dump_pid(&field[FIELD_SPAWNED_BY])},
    };
    if (field[FIELD_STATE].size == 0)
        proc.caveat = "the dump is cut or damaged here";
    proc.trap_exit = dump_contains(field[FIELD_INTERNAL_STATE], "TRAP_EXIT");
    if (proc.status == TGT_WAITING)
        proc.wait = TGT_RECEIVE;
    read_links(field[FIELD_LINKS], arena, &proc);
    *ret = proc;
}

void dump_list_monitors(const struct dump_section *section, struct wb_arena *arena,
                        struct tgt_monitors *ret)
{
    struct wb_bytes text = dump_field(section->body, field_names[FIELD_LINKS]);
    struct relation relation;
    size_t count = 0;
    for (struct wb_bytes rest = text; next_relation(&rest, &relation);)
        count += relation.is_monitor;
    struct tgt_monitors monitors = {.at = wb_push_array(arena, struct tgt_monitor, count)};
    while (next_relation(&text, &relation))
        if (relation.is_monitor)
            monitors.at[monitors.count++] =
                (struct tgt_monitor){.pid = relation.pid, .monitored_by = relation.monitored_by};
    *ret = monitors;
}

bool dump_next_pid(struct wb_bytes *text, struct tgt_pid *ret)
{
    struct relation relation;
    if (!next_relation(text, &relation))
        return false;
    *ret = relation.pid;
    return true;
}
