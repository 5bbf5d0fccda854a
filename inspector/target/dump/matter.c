#include "inspector/target/dump/matter.h"

#include "inspector/target/dump/proc.h"

void dump_list_modules(const struct dump_index *index, struct wb_arena *arena,
                       struct tgt_modules *ret)
{
    size_t count = dump_count(index, DUMP_MODULE);
    struct tgt_modules modules = {.at = wb_push_array(arena, struct tgt_module, 2 * count)};
    for (size_t i = 0; i < count; i++) {
        struct dump_section section = dump_nth(index, DUMP_MODULE, i);
        struct wb_bytes old = dump_field(section.body, "Old size");
        modules.at[modules.count++] = (struct tgt_module){
            .name = dump_atom(section.id, arena),
            .code_bytes = dump_number(dump_field(section.body, "Current size")),
        };
        if (old.size > 0)
            modules.at[modules.count++] = (struct tgt_module){
                .name = dump_atom(section.id, arena), .code_bytes = dump_number(old), .old = true};
    }
    *ret = modules;
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

void dump_list_tables(const struct dump_index *index, struct wb_arena *arena,
                      struct tgt_tables *ret)
{
    size_t count = dump_count(index, DUMP_ETS);
    struct tgt_tables tables = {.at = wb_push_array(arena, struct tgt_table, count)};
    for (size_t i = 0; i < count; i++) {
        struct dump_section section = dump_nth(index, DUMP_ETS, i);
        tables.at[tables.count++] = (struct tgt_table){
            .id = dump_number(dump_field(section.body, "Slot")),
            .name = dump_atom(dump_field(section.body, "Name"), arena),
            .type = type_of(dump_field(section.body, "Type")),
            .access = access_of(dump_field(section.body, "Protection")),
            .owner = {section.key},
            .size = dump_number(dump_field(section.body, "Objects")),
            .words = dump_number(dump_field(section.body, "Words")),
        };
    }
    *ret = tables;
}

void dump_list_timers(const struct dump_index *index, struct wb_arena *arena,
                      struct tgt_timers *ret)
{
    enum { NS_OF_MS = 1000000 };
    size_t count = dump_count(index, DUMP_TIMER);
    struct tgt_timers timers = {.at = wb_push_array(arena, struct tgt_timer, count)};
    for (size_t i = 0; i < count; i++) {
        struct dump_section section = dump_nth(index, DUMP_TIMER, i);
        struct wb_bytes message = dump_field(section.body, "Message");
        struct tgt_timer timer = {
            .at = NS_OF_MS * dump_number(dump_field(section.body, "Time left")),
            .pid = {section.key},
        };
        if (section.key == 0)
            timer.name = dump_atom(section.id, arena);
        if (message.size > 0)
            timer.term.bits = (uint64_t)(message.at - index->file.at);
        timers.at[timers.count++] = timer;
    }
    *ret = timers;
}

// "#Port<0.12>"; UINT64_MAX: it is none.
static uint64_t port_number(struct wb_bytes text)
{
    return dump_skip(&text, "#Port<0.") ? dump_decimal(&text) : UINT64_MAX;
}

// "Port controls external process: cat", "Port is a file: name", "Port is UNIX fd ...: 0/1".
static void name_port(struct wb_bytes body, struct tgt_port *port)
{
    static const char *const drivers[][2] = {
        {"Port controls external process", "spawn"},
        {"Port controls linked-in driver", "driver"},
        {"Port controls forker process", "forker"},
        {"Port is UNIX fd not opened by emulator", "fd"},
        {"Port is a file", "file"},
    };
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++) {
        struct wb_bytes name = dump_field(body, drivers[i][0]);
        if (name.size == 0)
            continue;
        port->name = name;
        port->driver = drivers[i][1];
    }
}

static const char *port_status(struct wb_bytes state)
{
    if (dump_contains(state, "CLOSING") || dump_contains(state, "EXITING"))
        return "closing";
    if (dump_contains(state, "PORT_BUSY") || dump_contains(state, "BUSY_PORT"))
        return "busy";
    return state.size > 0 ? "open" : "";
}

static void describe_port(const struct dump_section *section, struct wb_arena *arena,
                          struct tgt_port *ret)
{
    struct wb_bytes body = section->body, links = dump_field(body, "Links");
    struct wb_bytes owner = dump_field(body, "Connected");
    struct tgt_pid pid;
    struct tgt_port port = {
        .number = port_number(section->id),
        .registered = dump_atom(dump_field(body, "Registered as"), arena),
        .driver = "",
        .status = port_status(dump_field(body, "State")),
        .owner = {dump_pid(&owner)},
        .in = dump_number(dump_field(body, "Input")),
        .out = dump_number(dump_field(body, "Output")),
        .queued = dump_number(dump_field(body, "Queue")),
    };
    name_port(body, &port);
    for (struct wb_bytes rest = links; dump_next_pid(&rest, &pid);)
        port.link_count++;
    port.links = wb_push_array(arena, struct tgt_pid, port.link_count);
    for (size_t i = 0; dump_next_pid(&links, &pid); i++)
        port.links[i] = pid;
    *ret = port;
}

void dump_list_ports(const struct dump_index *index, struct wb_arena *arena, struct tgt_ports *ret)
{
    size_t count = dump_count(index, DUMP_PORT);
    struct tgt_ports ports = {.at = wb_push_array(arena, struct tgt_port, count)};
    for (size_t i = 0; i < count; i++) {
        struct dump_section section = dump_nth(index, DUMP_PORT, i);
        if (port_number(section.id) != UINT64_MAX)
            describe_port(&section, arena, &ports.at[ports.count++]);
    }
    *ret = ports;
}

static void read_queue(struct wb_bytes body, struct tgt_thread *thread)
{
    static const char *const lengths[] = {"Run Queue Max Length", "Run Queue High Length",
                                          "Run Queue Normal Length", "Run Queue Low Length"};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        thread->runnable[i] = dump_number(dump_field(body, lengths[i]));
    thread->runnable_ports = dump_number(dump_field(body, "Run Queue Port Length"));
}

static void describe_thread(const struct dump_section *section, const char *kind, uint64_t first,
                            struct tgt_thread *ret)
{
    struct wb_bytes body = section->body, pid = dump_field(body, "Current Process");
    struct wb_bytes flags = dump_field(body, "Scheduler Sleep Info Flags");
    struct tgt_thread thread = {
        .kind = kind,
        .number = (uint32_t)(section->key - first + 1),
        .name = "",
        .pid = {dump_pid(&pid)},
        .port = port_number(dump_field(body, "Current Port")),
    };
    bool idle = thread.pid.id == 0 && thread.port == UINT64_MAX;
    thread.state = dump_contains(flags, "SLEEPING") ? "sleeping" : idle ? "waiting" : "running";
    read_queue(body, &thread);
    *ret = thread;
}

// Dirty schedulers of a kind share a queue: it is shown at the first of them.
static void add_threads(const struct dump_index *index, enum dump_tag tag, enum dump_tag queue,
                        const char *kind, struct tgt_threads *threads)
{
    size_t first = threads->count;
    uint64_t lowest = 1;
    for (size_t i = 0; i < dump_count(index, tag); i++) {
        struct dump_section section = dump_nth(index, tag, i);
        if (i == 0)
            lowest = section.key;
        describe_thread(&section, kind, lowest, &threads->at[threads->count++]);
    }
    if (queue != DUMP_OTHER && dump_count(index, queue) > 0 && threads->count > first)
        read_queue(dump_nth(index, queue, 0).body, &threads->at[first]);
}

void dump_list_threads(const struct dump_index *index, struct wb_arena *arena,
                       struct tgt_threads *ret)
{
    size_t room = dump_count(index, DUMP_SCHEDULER) + dump_count(index, DUMP_DIRTY_CPU_SCHEDULER) +
                  dump_count(index, DUMP_DIRTY_IO_SCHEDULER);
    struct tgt_threads threads = {.at = wb_push_array(arena, struct tgt_thread, room)};
    add_threads(index, DUMP_SCHEDULER, DUMP_OTHER, "scheduler", &threads);
    add_threads(index, DUMP_DIRTY_CPU_SCHEDULER, DUMP_DIRTY_CPU_QUEUE, "dirty cpu", &threads);
    add_threads(index, DUMP_DIRTY_IO_SCHEDULER, DUMP_DIRTY_IO_QUEUE, "dirty io", &threads);
    *ret = threads;
}

static struct tgt_channel describe_channel(const struct dump_section *section,
                                           struct wb_arena *arena)
{
    struct wb_bytes controller = dump_field(section->body, "Controller");
    struct tgt_channel channel = {
        .node = dump_atom(dump_field(section->body, "Name"), arena),
        .state = section->tag == DUMP_NOT_CONNECTED ? "idle" : "connected",
        .hidden = section->tag == DUMP_HIDDEN_NODE,
        .port = port_number(controller),
        .creation = (uint32_t)dump_number(dump_field(section->body, "Creation")),
    };
    channel.controller.id = dump_pid(&controller);
    return channel;
}

void dump_list_channels(const struct dump_index *index, struct wb_arena *arena,
                        struct tgt_channels *ret)
{
    static const enum dump_tag tags[] = {DUMP_VISIBLE_NODE, DUMP_HIDDEN_NODE, DUMP_NOT_CONNECTED};
    size_t room = 0;
    for (size_t k = 0; k < sizeof tags / sizeof *tags; k++)
        room += dump_count(index, tags[k]);
    struct tgt_channels channels = {.at = wb_push_array(arena, struct tgt_channel, room)};
    for (size_t k = 0; k < sizeof tags / sizeof *tags; k++)
        for (size_t i = 0; i < dump_count(index, tags[k]); i++) {
            struct dump_section section = dump_nth(index, tags[k], i);
            channels.at[channels.count++] = describe_channel(&section, arena);
        }
    *ret = channels;
}

static uint64_t atom_limit(const struct dump_index *index)
{
    for (size_t i = 0; i < dump_count(index, DUMP_INDEX_TABLE); i++) {
        struct dump_section section = dump_nth(index, DUMP_INDEX_TABLE, i);
        if (wb_bytes_equal(section.id, wb_bytes_of("atom_tab")))
            return dump_number(dump_field(section.body, "limit"));
    }
    return 0;
}

// A line an atom, the last one first.
void dump_list_atoms(const struct dump_index *index, struct wb_arena *arena, struct tgt_atoms *ret)
{
    struct dump_section section = {0};
    struct wb_bytes line;
    if (dump_count(index, DUMP_ATOMS) > 0)
        section = dump_nth(index, DUMP_ATOMS, 0);
    size_t count = dump_count_lines(section.body), left = count;
    struct tgt_atoms atoms = {
        .at = wb_push_array(arena, struct wb_bytes, count),
        .limit = atom_limit(index),
    };
    while (left > 0 && dump_next_line(&section.body, &line))
        atoms.at[--left] = dump_atom(line, arena);
    atoms.at += left;
    atoms.count = count - left;
    *ret = atoms;
}
