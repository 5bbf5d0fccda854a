// An erl_crash.dump: what a node wrote down when it died.
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "inspector/target/dump/index.h"
#include "inspector/target/dump/term.h"
#include "inspector/target/target_impl.h"

struct target_dump {
    struct tgt base;
    struct wb_arena arena;
    struct wb_bytes file;
    struct dump_index index;
    struct dump_terms terms;
};

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

static struct target_dump *self(struct tgt *t)
{
    return (struct target_dump *)(void *)t;
}

static uint64_t epoch(const struct tgt *t)
{
    (void)t;
    return 1;
}

static struct wb_error *find_proc(struct target_dump *target, struct tgt_pid pid,
                                  const struct dump_section **ret)
{
    const struct dump_section *found = dump_find(&target->index, DUMP_PROC, pid.id);
    if (found == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "no process <0.%u.%u> in the dump", tgt_pid_number(pid),
                            tgt_pid_serial(pid));
    *ret = found;
    return NULL;
}

// All fields of a process in one pass.
static void read_fields(struct wb_bytes body, struct wb_bytes ret[FIELD_COUNT])
{
    struct wb_bytes line;
    memset(ret, 0, FIELD_COUNT * sizeof *ret);
    while (dump_next_line(&body, &line))
        for (size_t i = 0; i < FIELD_COUNT; i++) {
            struct wb_bytes value = line;
            if (line.size > 0 && line.at[0] == (uint8_t)field_names[i][0] &&
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
        size++;
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
static struct tgt_mfa mfa_at_address(struct wb_bytes text, uint64_t *address)
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

static bool contains(struct wb_bytes text, const char *word)
{
    return text.size > 0 && memmem(text.at, text.size, word, strlen(word)) != NULL;
}

static const char *priority_of(struct wb_bytes state)
{
    static const char *const priorities[][2] = {
        {"USR_PRIO_MAX", "max"}, {"USR_PRIO_HIGH", "high"}, {"USR_PRIO_LOW", "low"}};
    for (size_t i = 0; i < sizeof priorities / sizeof *priorities; i++)
        if (contains(state, priorities[i][0]))
            return priorities[i][1];
    return "normal";
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

static uint64_t number_of(struct wb_bytes text)
{
    return dump_decimal(&text);
}

static void describe(const struct dump_section *section, struct wb_arena *arena,
                     struct tgt_proc *ret)
{
    struct wb_bytes field[FIELD_COUNT];
    read_fields(section->body, field);
    uint64_t ip;
    struct tgt_proc proc = {
        .pid = {section->key},
        .status = status_of(field[FIELD_STATE]),
        .priority = priority_of(field[FIELD_INTERNAL_STATE]),
        .name = field[FIELD_NAME],
        .initial = mfa_of(field[FIELD_SPAWNED_AS]),
        .current.mfa = mfa_at_address(field[FIELD_PROGRAM_COUNTER], &ip),
        .reductions = number_of(field[FIELD_REDUCTIONS]),
        .messages = number_of(field[FIELD_MESSAGES]),
        .heap_words = number_of(field[FIELD_STACK_HEAP]) + number_of(field[FIELD_OLD_HEAP]),
        .memory = number_of(field[FIELD_MEMORY]),
        .parent = {dump_pid(&field[FIELD_SPAWNED_BY])},
        .wait = "",
    };
    if (proc.current.mfa.module.size == 0)
        proc.current.mfa = mfa_of(field[FIELD_CURRENT_CALL]);
    if (field[FIELD_STATE].size == 0)
        proc.caveat = "the dump is cut or damaged here";
    if (proc.status == TGT_WAITING)
        proc.wait = "receive";
    read_links(field[FIELD_LINKS], arena, &proc);
    *ret = proc;
}

static struct wb_error *list_procs(struct tgt *t, struct wb_arena *arena, struct tgt_procs *ret)
{
    const struct dump_index *index = &self(t)->index;
    const struct dump_section *first = &index->section[index->first[DUMP_PROC]];
    size_t count = index->first[DUMP_PROC + 1] - index->first[DUMP_PROC];
    struct tgt_procs procs = {.at = wb_push_array(arena, struct tgt_proc, count)};
    for (size_t i = 0; i < count; i++)
        if (first[i].key != 0)
            describe(&first[i], arena, &procs.at[procs.count++]);
    *ret = procs;
    return NULL;
}

static struct wb_error *read_proc(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                  struct tgt_proc *ret)
{
    const struct dump_section *section = NULL;
    WB_TRY(find_proc(self(t), pid, &section));
    describe(section, arena, ret);
    return NULL;
}

static struct tgt_frame *new_frame(struct tgt_frames *frames, size_t room)
{
    if (frames->count == room)
        return NULL;
    struct tgt_frame *frame = &frames->at[frames->count++];
    *frame = (struct tgt_frame){.ins = UINT32_MAX};
    return frame;
}

// "y1:TERM", "y1:SCatch 0x... (...)"
static bool read_slot(const struct dump_index *index, struct wb_bytes line, struct tgt_slot *ret)
{
    if (!dump_skip(&line, "y"))
        return false;
    struct tgt_slot slot = {.kind = 'y', .number = (uint32_t)dump_decimal(&line)};
    if (!dump_skip(&line, ":"))
        return false;
    slot.catch_tag = dump_skip(&line, "SCatch");
    slot.term.bits = (uint64_t)(line.at - index->file.at);
    *ret = slot;
    return true;
}

static size_t count_lines(struct wb_bytes body)
{
    struct wb_bytes line;
    size_t count = 0;
    while (dump_next_line(&body, &line))
        count++;
    return count;
}

static void read_stack(const struct dump_index *index, struct wb_bytes body, struct wb_arena *arena,
                       size_t room, struct tgt_frames *frames)
{
    struct tgt_slot *slots = wb_push_array(arena, struct tgt_slot, room);
    size_t used = 0;
    struct wb_bytes line;
    while (dump_next_line(&body, &line)) {
        struct tgt_frame *frame = frames->count > 0 ? &frames->at[frames->count - 1] : NULL;
        if (frame != NULL && read_slot(index, line, &slots[used])) {
            if (frame->slot_count++ == 0)
                frame->slots = &slots[used];
            used++;
            continue;
        }
        (void)dump_hexadecimal(&line);
        if (!dump_skip(&line, ":SReturn addr "))
            continue;
        uint64_t ip;
        struct tgt_mfa mfa = mfa_at_address(line, &ip);
        if (mfa.module.size == 0 || (frame = new_frame(frames, room + 1)) == NULL)
            continue;
        frame->place.mfa = mfa;
        frame->ip.at = ip;
    }
}

static struct wb_error *list_frames(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                    struct tgt_frames *ret)
{
    const struct dump_index *index = &self(t)->index;
    const struct dump_section *section = NULL;
    WB_TRY(find_proc(self(t), pid, &section));
    const struct dump_section *stack = dump_find(index, DUMP_PROC_STACK, pid.id);
    size_t room = stack != NULL ? count_lines(stack->body) : 0;
    struct tgt_frames frames = {.at = wb_push_array(arena, struct tgt_frame, room + 1)};
    struct tgt_frame *top = new_frame(&frames, room + 1);
    top->place.mfa =
        mfa_at_address(dump_field(section->body, field_names[FIELD_PROGRAM_COUNTER]), &top->ip.at);
    if (stack != NULL)
        read_stack(index, stack->body, arena, room, &frames);
    *ret = frames;
    return NULL;
}

static struct wb_error *list_messages(struct tgt *t, struct tgt_pid pid, struct tgt_range range,
                                      struct wb_arena *arena, struct tgt_messages *ret)
{
    const struct dump_index *index = &self(t)->index;
    const struct dump_section *section = NULL;
    WB_TRY(find_proc(self(t), pid, &section));
    section = dump_find(index, DUMP_PROC_MESSAGES, pid.id);
    struct tgt_messages messages = {0};
    struct wb_bytes rest = section != NULL ? section->body : (struct wb_bytes){0}, line;
    size_t lines = count_lines(rest);
    messages.at =
        wb_push_array(arena, struct tgt_message, lines < range.count ? lines : range.count);
    for (uint64_t i = 0; dump_next_line(&rest, &line) && messages.count < range.count; i++)
        if (i >= range.first && line.size > 0)
            messages.at[messages.count++] = (struct tgt_message){
                .to = pid,
                .position = i,
                .term.bits = (uint64_t)(line.at - index->file.at),
                .seen = TGT_UNSEEN,
                .kind = "message",
            };
    *ret = messages;
    return NULL;
}

static struct wb_error *list_modules(struct tgt *t, struct wb_arena *arena, struct tgt_modules *ret)
{
    const struct dump_index *index = &self(t)->index;
    size_t first = index->first[DUMP_MODULE], end = index->first[DUMP_MODULE + 1];
    struct tgt_modules modules = {.at = wb_push_array(arena, struct tgt_module, 2 * (end - first))};
    for (size_t i = first; i < end; i++) {
        const struct dump_section *section = &index->section[i];
        struct wb_bytes old = dump_field(section->body, "Old size");
        modules.at[modules.count++] = (struct tgt_module){
            .name = section->id,
            .code_bytes = number_of(dump_field(section->body, "Current size")),
        };
        if (old.size > 0)
            modules.at[modules.count++] =
                (struct tgt_module){.name = section->id, .code_bytes = number_of(old), .old = true};
    }
    *ret = modules;
    return NULL;
}

static struct wb_error *read_term(struct tgt *t, struct tgt_term term, struct tgt_limits limits,
                                  struct wb_arena *arena, struct beam_value *ret)
{
    struct target_dump *target = self(t);
    const struct dump_section *section = dump_section_at(&target->index, term.bits);
    dump_read_term(&target->terms, term.bits, section != NULL ? section->key : 0, limits, arena,
                   ret);
    return NULL;
}

static struct wb_error *list_monitors(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                      struct tgt_monitors *ret)
{
    const struct dump_section *section = NULL;
    WB_TRY(find_proc(self(t), pid, &section));
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
    return NULL;
}

static struct wb_error *read_dictionary(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                        struct beam_value *ret)
{
    static const struct tgt_limits limits = {.depth = 20, .length = 1000};
    struct target_dump *target = self(t);
    const struct dump_section *section = NULL;
    WB_TRY(find_proc(target, pid, &section));
    section = dump_find(&target->index, DUMP_PROC_DICTIONARY, pid.id);
    struct wb_bytes rest = section != NULL ? section->body : (struct wb_bytes){0}, line;
    size_t count = count_lines(rest);
    struct beam_value *part = wb_push_array(arena, struct beam_value, count + 1);
    for (size_t i = 0; i < count && dump_next_line(&rest, &line); i++)
        dump_read_term(&target->terms, (uint64_t)(line.at - target->index.file.at), pid.id, limits,
                       arena, &part[i]);
    part[count] = (struct beam_value){.kind = BEAM_NIL};
    *ret = count == 0 ? part[0] : (struct beam_value){.kind = BEAM_CONS, .part = {part, count + 1}};
    return NULL;
}

static const char *type_of(struct wb_bytes text)
{
    static const char *const types[] = {"ordered_set", "duplicate_bag", "bag"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (dump_skip(&text, types[i]))
            return types[i];
    return "set";
}

static const char *access_of(struct wb_bytes text)
{
    static const char *const kinds[] = {"public", "private"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (dump_skip(&text, kinds[i]))
            return kinds[i];
    return "protected";
}

static struct wb_error *list_tables(struct tgt *t, struct wb_arena *arena, struct tgt_tables *ret)
{
    const struct dump_index *index = &self(t)->index;
    size_t first = index->first[DUMP_ETS], end = index->first[DUMP_ETS + 1];
    struct tgt_tables tables = {.at = wb_push_array(arena, struct tgt_table, end - first)};
    for (size_t i = first; i < end; i++) {
        const struct dump_section *section = &index->section[i];
        tables.at[tables.count++] = (struct tgt_table){
            .id = number_of(dump_field(section->body, "Slot")),
            .name = dump_field(section->body, "Name"),
            .type = type_of(dump_field(section->body, "Type")),
            .access = access_of(dump_field(section->body, "Protection")),
            .owner = {section->key},
            .size = number_of(dump_field(section->body, "Objects")),
            .words = number_of(dump_field(section->body, "Words")),
        };
    }
    *ret = tables;
    return NULL;
}

static void close_target(struct tgt *t)
{
    struct target_dump *target = self(t);
    dump_terms_done(&target->terms);
    wb_file_unmap(&target->file);
    wb_arena_free(&target->arena);
    free(target);
}

static const struct tgt_ops dump_ops = {
    .epoch = epoch,
    .list_procs = list_procs,
    .read_proc = read_proc,
    .list_frames = list_frames,
    .list_messages = list_messages,
    .list_modules = list_modules,
    .read_term = read_term,
    .close = close_target,
    .list_monitors = list_monitors,
    .read_dictionary = read_dictionary,
    .list_tables = list_tables,
};

// "Erlang/OTP 25 [erts-13.1.5] [source] ..." up to the second blank.
static const char *release_of(struct target_dump *target)
{
    const struct dump_section *head = dump_find(&target->index, DUMP_HEAD, 0);
    struct wb_bytes version = {0};
    if (head != NULL)
        version = dump_field(head->body, "System version");
    (void)dump_skip(&version, "Erlang/");
    size_t size = 0;
    for (unsigned blanks = 0; size < version.size; size++)
        if (version.at[size] == ' ' && ++blanks == 2)
            break;
    char *text = wb_push(&target->arena, size + 1, 1);
    if (size > 0)
        memcpy(text, version.at, size);
    return text;
}

static struct wb_error *open_dump(struct target_dump *target, const char *path)
{
    WB_TRY(wb_file_map(path, &target->file));
    WB_TRY(dump_index_make(target->file, &target->arena, &target->index));
    target->terms.index = &target->index;
    return NULL;
}

static struct wb_error *open_target(const struct tgt_open *open, struct tgt **ret)
{
    struct target_dump *target = calloc(1, sizeof *target);
    if (target == NULL)
        wb_die_no_memory(sizeof *target);
    target->base.ops = &dump_ops;
    struct wb_error *err = open_dump(target, open->name);
    if (err != NULL) {
        close_target(&target->base);
        return err;
    }
    target->base.info = (struct tgt_info){
        .kind = target->index.complete ? "crash dump" : "crash dump (cut short)",
        .name = open->name,
        .release = release_of(target),
        .word_size = 8,
    };
    *ret = &target->base;
    return NULL;
}

static bool claims(const struct tgt_sight *seen)
{
    struct wb_bytes head = seen->head;
    return seen->is_file && dump_skip(&head, "=erl_crash_dump:");
}

const struct tgt_opener tgt_opener_dump = {"crash dump", claims, open_target};
