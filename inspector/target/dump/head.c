#include "inspector/target/dump/head.h"

#include <string.h>

static struct wb_bytes head_of(const struct dump_index *index)
{
    struct dump_section head = {0};
    return dump_find(index, DUMP_HEAD, 0, &head) ? head.body : (struct wb_bytes){0};
}

// A string of it; what would break the line becomes a blank.
static const char *one_line(struct wb_bytes text, struct wb_arena *arena)
{
    char *line = wb_push(arena, text.size + 1, 1);
    for (size_t i = 0; i < text.size; i++)
        line[i] = (char)(text.at[i] < ' ' ? ' ' : text.at[i]);
    for (size_t i = text.size; i > 0 && line[i - 1] == ' '; i--)
        line[i - 1] = '\0';
    return line;
}

// "Erlang/OTP 25 [erts-13.1.5] [source] ..." up to the second blank.
const char *dump_release(const struct dump_index *index, struct wb_arena *arena)
{
    struct wb_bytes version = dump_field(head_of(index), "System version");
    (void)dump_skip(&version, "Erlang/");
    size_t size = 0;
    for (unsigned blanks = 0; size < version.size; size++)
        if (version.at[size] == ' ' && ++blanks == 2)
            break;
    version.size = size;
    return one_line(version, arena);
}

unsigned dump_word_size(const struct dump_index *index)
{
    struct wb_bytes version = dump_field(head_of(index), "System version");
    return version.size == 0 || dump_contains(version, "[64-bit]") ? 8 : 4;
}

// What a slogan says may have several lines.
static struct wb_bytes slogan_of(struct wb_bytes head)
{
    static const char next[] = "\nSystem version: ";
    struct wb_bytes slogan = dump_field(head, "Slogan");
    if (slogan.at == NULL)
        return slogan;
    size_t left = (size_t)(head.at + head.size - slogan.at);
    const uint8_t *end = memmem(slogan.at, left, next, sizeof next - 1);
    if (end != NULL)
        slogan.size = (size_t)(end - slogan.at);
    return slogan;
}

static void add_fact(struct tgt_fact *facts, size_t *count, const char *name, const char *value)
{
    if (value[0] != '\0')
        facts[(*count)++] = (struct tgt_fact){name, value};
}

void dump_facts(const struct dump_index *index, struct wb_arena *arena, struct tgt_info *ret)
{
    static const char *const lines[][2] = {
        {"system", "System version"},         {"compiled", "Compiled"}, {"taints", "Taints"},
        {"calling thread", "Calling Thread"}, {"atoms", "Atoms"},
    };
    enum { LINES = sizeof lines / sizeof *lines, MOST = LINES + 2 };
    struct wb_bytes head = head_of(index), written = {0}, rest = head;
    struct tgt_fact *facts = wb_push_array(arena, struct tgt_fact, MOST);
    size_t count = 0;
    dump_next_line(&rest, &written);
    add_fact(facts, &count, "slogan", one_line(slogan_of(head), arena));
    add_fact(facts, &count, "written", one_line(written, arena));
    for (size_t i = 0; i < LINES; i++)
        add_fact(facts, &count, lines[i][0], one_line(dump_field(head, lines[i][1]), arena));
    ret->fact = facts;
    ret->fact_count = count;
}
