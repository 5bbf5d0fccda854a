#include "inspector/target/otp/worth.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core-vm/base/cleanup.h"
#include "inspector/target/otp/freeze.h"

enum {
    PAGE = 4096,
    MAX_RECORDS = 64,
    MAX_SLOTS = 1 << 27,
    MAX_FRAGMENT = 1 << 24,  // words
    MAX_HEAP = 1 << 30,      // words
    NATIVE_STACK = 64 << 10,
    REGISTERS = 16 << 10,  // of a scheduler: 1,024 x registers and some more
    SPARE = 1 << 14,       // processes that may be born while we get ready
    MAX_STEPS = 1 << 28,   // of all lists and trees
    FEW = 64,              // so few lists left that reading ahead pays
    AHEAD = 64 << 10,
    NODE_ROOM = 96,  // of a tie, before and behind the address its neighbours keep
};

// Words of a struct process that lead on.
enum lead {
    HEAP,
    HTOP,
    STOP,
    HEND,
    HEAP_SIZE,
    OLD_HEAP,
    OLD_HTOP,
    MBUF,
    MSG_FRAG,
    DICTIONARY,
    LINKS,
    MONITORS,
    LOCAL_MONITORS,
    NAME,
    ARGUMENTS,
    INNER,
    MIDDLE,
    OUTER,
    BUFFERS,
    LEADS
};

static const enum otp_field lead_fields[LEADS][2] = {
    [HEAP] = {OTP_p_heap, OTP_FIELD_COUNT},
    [HTOP] = {OTP_p_htop, OTP_FIELD_COUNT},
    [STOP] = {OTP_p_stop, OTP_FIELD_COUNT},
    [HEND] = {OTP_p_hend, OTP_FIELD_COUNT},
    [HEAP_SIZE] = {OTP_p_heap_sz, OTP_FIELD_COUNT},
    [OLD_HEAP] = {OTP_p_old_heap, OTP_FIELD_COUNT},
    [OLD_HTOP] = {OTP_p_old_htop, OTP_FIELD_COUNT},
    [MBUF] = {OTP_p_mbuf, OTP_FIELD_COUNT},
    [MSG_FRAG] = {OTP_p_msg_frag, OTP_FIELD_COUNT},
    [DICTIONARY] = {OTP_p_dict, OTP_FIELD_COUNT},
    [LINKS] = {OTP_c_links, OTP_FIELD_COUNT},
    [MONITORS] = {OTP_c_mon, OTP_FIELD_COUNT},
    [LOCAL_MONITORS] = {OTP_c_lt_mon, OTP_FIELD_COUNT},
    [NAME] = {OTP_c_reg, OTP_FIELD_COUNT},
    [ARGUMENTS] = {OTP_p_arg_reg, OTP_FIELD_COUNT},
    [INNER] = {OTP_p_sig_qs, OTP_q_first},
    [MIDDLE] = {OTP_p_sig_qs, OTP_q_cont},
    [OUTER] = {OTP_p_sig_inq, OTP_iq_first},
    [BUFFERS] = {OTP_p_sig_inq_buffers, OTP_FIELD_COUNT},
};

struct body {
    otp_word at, lead[LEADS];
};

// A list or tree being followed: what lies where it stands comes with the next fetch.
enum trail_kind { MESSAGES, FRAGMENTS, TREE, RING };
struct trail {
    enum trail_kind kind;
    otp_word at, first, asked;
    otp_word turtle;  // Brent: a torn list may lead back to itself
    uint32_t power, lap;
};

// What is copied, in this order.
enum stage { FIRST, QUEUES, STACKS, TIES, HEAPS, STAGES };

// Where the pages of a stage were when we rehearsed.
struct range {
    otp_word start, end;
};
struct plan {
    struct range *at;
    size_t count, room;
};

struct otp_worth {
    struct plan plan[STAGES];
    size_t used[STAGES];  // of the copy's buffer at the end of each stage
    struct otp_copy *copy;
    const struct otp_node *node;
    int pagemap;
    uint64_t deadline;
    int64_t offset[LEADS];  // -1: this build has none
    struct otp_ready slots, bodies, trails;
    size_t body_count, body_room, trail_count, trail_room;
    uint64_t steps;
    otp_word record[MAX_RECORDS];  // what may be the records of the table of loaded code
    size_t record_count;
};

static int64_t at_of(const struct otp_worth *w, enum otp_field field)
{
    return otp_at(w->node, field);
}

static otp_word word_at(struct otp_worth *w, otp_word at)
{
    otp_word word = 0;
    return otp_copy_read(w->copy, at, &word, sizeof word) ? word : 0;
}

static otp_word member(struct otp_worth *w, otp_word at, enum otp_field field)
{
    return word_at(w, at + (uint64_t)at_of(w, field));
}

static otp_word word_of(const uint8_t *room, int64_t offset)
{
    otp_word word;
    memcpy(&word, room + offset, sizeof word);
    return word;
}

static bool is_late(struct otp_worth *w)
{
    return w->copy->cut || (w->deadline != 0 && otp_now() > w->deadline);
}

// In loops over much: the clock is read now and then.
static bool is_late_at(struct otp_worth *w, size_t i)
{
    enum { NOW_AND_THEN = 1 << 10 };
    return i % NOW_AND_THEN == 0 && is_late(w);
}

// What is so small and worth so much that no deadline holds for it.
static void fetch_always(struct otp_worth *w)
{
    w->copy->deadline = 0;
    otp_copy_fetch(w->copy);
    w->copy->deadline = w->deadline;
}

// The runtime's own variables: tables, counters, and where everything else is.
static void want_variables(struct otp_worth *w)
{
    const struct otp_section *data = otp_elf_section(&w->node->elf, ".data");
    const struct otp_section *bss = otp_elf_section(&w->node->elf, ".bss");
    if (data != NULL)
        otp_copy_want_present(w->copy, w->pagemap, data->at + w->node->bias,
                              data->at + data->size + w->node->bias);
    if (bss != NULL)
        otp_copy_want_present(w->copy, w->pagemap, bss->at + w->node->bias,
                              bss->at + bss->size + w->node->bias);
    fetch_always(w);
}

// The arrays of the table of loaded code: they are made anew whenever code is loaded.
static void want_code_arrays(struct otp_worth *w)
{
    enum { MAX_MODULES = 1 << 18, RANGE = 16 };
    for (size_t i = 0; i < w->record_count; i++) {
        uint64_t count = word_at(w, w->record[i] + 8);
        if (count <= MAX_MODULES)
            otp_copy_want(w->copy, word_at(w, w->record[i]), RANGE * count);
    }
}

// An array that two variables describe, `size` bytes an element.
static void want_array(struct otp_worth *w, const char *data, const char *count,
                       enum otp_field size)
{
    enum { MAX_COUNT = 1 << 12 };
    otp_word at = word_at(w, otp_symbol(w->node, data));
    uint32_t many = (uint32_t)word_at(w, otp_symbol(w->node, count));
    if (at != 0 && many <= MAX_COUNT && at_of(w, size) > 0)
        otp_copy_want(w->copy, at, (uint64_t)at_of(w, size) * many);
}

static void want_schedulers(struct otp_worth *w)
{
    want_array(w, "erts_aligned_scheduler_data", "erts_no_schedulers", OTP_sd_sizeof);
    want_array(w, "erts_aligned_dirty_cpu_scheduler_data", "erts_no_dirty_cpu_schedulers",
               OTP_sd_sizeof);
    want_array(w, "erts_aligned_dirty_io_scheduler_data", "erts_no_dirty_io_schedulers",
               OTP_sd_sizeof);
    want_array(w, "erts_aligned_run_queues", "erts_no_run_queues", OTP_rq_sizeof);
}

// The process table's slots and the structs they lead to.
static void take_structs(struct otp_worth *w)
{
    otp_word table = otp_symbol(w->node, "erts_proc");
    otp_word slots = member(w, table, OTP_ptab_tab);
    otp_word invalid = member(w, table, OTP_ptab_invalid);
    uint32_t count = (uint32_t)member(w, table, OTP_ptab_max);
    uint64_t size = (uint64_t)at_of(w, OTP_p_sizeof);
    if (table == 0 || count > MAX_SLOTS)
        return;
    otp_copy_want(w->copy, slots, 8 * (uint64_t)count);
    want_schedulers(w);
    want_code_arrays(w);
    fetch_always(w);
    const otp_word *slot = otp_copy_view(w->copy, slots, 8 * (size_t)count);
    otp_word *used = w->slots.at;
    if (slot == NULL && 8 * (size_t)count <= w->slots.size &&
        otp_copy_read(w->copy, slots, used, 8 * (size_t)count))
        slot = used;
    for (uint32_t i = 0; slot != NULL && i < count && w->body_count < w->body_room; i++)
        if (slot[i] != 0 && slot[i] != invalid) {
            otp_copy_want(w->copy, slot[i], size);
            used[w->body_count++] = slot[i];
        }
    fetch_always(w);
}

// What leads on from each struct, so that these large things are gone through only once.
static void read_bodies(struct otp_worth *w)
{
    enum { MAX_SIZE = 4096 };
    uint8_t room[MAX_SIZE];
    size_t size = (size_t)at_of(w, OTP_p_sizeof);
    for (size_t k = 0; k < LEADS; k++) {
        int64_t inner = lead_fields[k][1] != OTP_FIELD_COUNT ? at_of(w, lead_fields[k][1]) : 0;
        int64_t outer = at_of(w, lead_fields[k][0]);
        bool inside = outer >= 0 && inner >= 0 && (size_t)(outer + inner) + 8 <= size;
        w->offset[k] = inside ? outer + inner : -1;
    }
    size_t read = 0;
    struct body *bodies = w->bodies.at;
    const otp_word *at = w->slots.at;
    for (size_t i = 0; i < w->body_count && size <= MAX_SIZE && !is_late_at(w, i); i++) {
        struct body *body = &bodies[read];
        const uint8_t *bytes = otp_copy_view(w->copy, at[i], size);
        if (bytes == NULL && !otp_copy_read(w->copy, at[i], room, size))
            continue;
        if (bytes == NULL)
            bytes = room;
        body->at = at[i];
        for (size_t k = 0; k < LEADS; k++)
            body->lead[k] = w->offset[k] >= 0 ? word_of(bytes, w->offset[k]) : 0;
        if (body->lead[NAME] != 0)
            otp_copy_want(w->copy, body->lead[NAME], sizeof(otp_word) * 4);
        read++;
    }
    w->body_count = read;
    fetch_always(w);
}

static void follow(struct otp_worth *w, enum trail_kind kind, otp_word at)
{
    struct trail *trails = w->trails.at;
    if (at == 0 || (at & 7) != 0 || w->trail_count == w->trail_room)
        return;
    trails[w->trail_count++] = (struct trail){.kind = kind, .at = at, .first = at};
}

static bool leads_back(struct trail *trail)
{
    if (trail->at == trail->turtle)
        return true;
    if (trail->lap == trail->power) {
        trail->turtle = trail->at;
        trail->power = trail->power != 0 ? trail->power * 2 : 1;
        trail->lap = 0;
    }
    trail->lap++;
    return false;
}

// Is what lies `before` the place and `size` from it on there? Else it is asked for, once.
static bool is_here(struct otp_worth *w, struct trail *trail, size_t before, size_t size,
                    void *room)
{
    if (otp_copy_read(w->copy, trail->at - before, room, before + size))
        return true;
    if (trail->asked == trail->at) {
        trail->at = 0;  // it did not come
        return false;
    }
    trail->asked = trail->at;
    otp_copy_want(w->copy, trail->at - before, w->trail_count < FEW ? AHEAD : before + size);
    // A thing may lie across two mappings.
    otp_copy_want(w->copy, trail->at + size - 1, 1);
    return false;
}

static void want_fragment(struct otp_worth *w, otp_word at, uint64_t words)
{
    if (words <= MAX_FRAGMENT)
        otp_copy_want(w->copy, at + (uint64_t)at_of(w, OTP_hf_mem), 8 * words);
}

// A message, and the fragment that holds its terms: in the message, or somewhere else.
static bool visit_message(struct otp_worth *w, struct trail *trail)
{
    uint8_t room[512];
    size_t size = (size_t)at_of(w, OTP_m_sizeof);
    if (size + 8 > sizeof room || !is_here(w, trail, 0, size, room))
        return false;
    otp_word at = trail->at, data = word_of(room, at_of(w, OTP_m_data));
    int64_t fragment = at_of(w, OTP_m_hfrag);
    trail->at = word_of(room, at_of(w, OTP_m_next));
    if (data == 1)
        want_fragment(w, at + (uint64_t)fragment, word_of(room, fragment + at_of(w, OTP_hf_used)));
    else
        follow(w, FRAGMENTS, data);
    return true;
}

static bool visit_fragment(struct otp_worth *w, struct trail *trail)
{
    uint8_t room[256];
    size_t size = (size_t)at_of(w, OTP_hf_mem);
    if (size + 8 > sizeof room || !is_here(w, trail, 0, size, room))
        return false;
    want_fragment(w, trail->at, word_of(room, at_of(w, OTP_hf_used)));
    trail->at = word_of(room, at_of(w, OTP_hf_next));
    return true;
}

static bool visit_tie(struct otp_worth *w, struct trail *trail)
{
    uint8_t room[2 * NODE_ROOM];
    if (!is_here(w, trail, NODE_ROOM, NODE_ROOM, room))
        return false;
    if (trail->kind == RING) {
        trail->at = word_of(room + NODE_ROOM, at_of(w, OTP_ml_list_next));
        if (trail->at == trail->first)
            trail->at = 0;
        return true;
    }
    trail->at = word_of(room + NODE_ROOM, at_of(w, OTP_ml_left));
    follow(w, TREE, word_of(room + NODE_ROOM, at_of(w, OTP_ml_right)));
    return true;
}

// As far as what is here leads. False: that is its end.
static bool walk(struct otp_worth *w, size_t number)
{
    struct trail *trails = w->trails.at;
    for (;;) {
        struct trail trail = trails[number];
        if (trail.at == 0 || (trail.at & 7) != 0 || w->steps++ > MAX_STEPS ||
            (trail.asked != trail.at && leads_back(&trail)))
            return false;
        bool moved = trail.kind == MESSAGES    ? visit_message(w, &trail)
                     : trail.kind == FRAGMENTS ? visit_fragment(w, &trail)
                                               : visit_tie(w, &trail);
        trails[number] = trail;
        if (!moved)
            return trail.at != 0;
    }
}

// All trails to their ends, a fetch for the next step of each.
static void walk_all(struct otp_worth *w)
{
    struct trail *trails = w->trails.at;
    while (w->trail_count > 0 && !is_late(w)) {
        size_t left = 0, count = w->trail_count;
        for (size_t i = 0; i < w->trail_count && !is_late_at(w, i); i++)
            if (i >= count || walk(w, i))
                trails[left++] = trails[i];
        w->trail_count = left;
        if (!is_late(w))
            otp_copy_fetch(w->copy);
    }
    w->trail_count = 0;
}

static void take_queues(struct otp_worth *w)
{
    const struct body *bodies = w->bodies.at;
    enum { OUTER_BUFFERS = 64 };
    for (size_t i = 0; i < w->body_count && !is_late_at(w, i); i++) {
        const struct body *body = &bodies[i];
        follow(w, MESSAGES, body->lead[INNER]);
        follow(w, MESSAGES, body->lead[MIDDLE]);
        follow(w, MESSAGES, body->lead[OUTER]);
        if (body->lead[BUFFERS] == 0 || at_of(w, OTP_ibuf_sizeof) <= 0)
            continue;
        otp_word slots = body->lead[BUFFERS] + (uint64_t)at_of(w, OTP_iba_slots);
        otp_copy_want(w->copy, slots, (uint64_t)at_of(w, OTP_ibuf_sizeof) * OUTER_BUFFERS);
        otp_copy_fetch(w->copy);
        for (unsigned k = 0; k < OUTER_BUFFERS; k++) {
            otp_word buffer = slots + (uint64_t)at_of(w, OTP_ibuf_sizeof) * k;
            follow(w, MESSAGES,
                   member(w, buffer + (uint64_t)at_of(w, OTP_ibuf_queue), OTP_iq_first));
        }
    }
    walk_all(w);
}

static bool has_heap(const struct body *body)
{
    const otp_word *lead = body->lead;
    return lead[HEAP] <= lead[HTOP] && lead[HTOP] <= lead[STOP] && lead[STOP] <= lead[HEND] &&
           lead[HEAP_SIZE] <= MAX_HEAP && lead[HEND] - lead[HEAP] == 8 * lead[HEAP_SIZE];
}

// Of what runs, registers say where the stack begins; then all of the heap is asked for later.
static void take_stacks(struct otp_worth *w)
{
    const struct body *bodies = w->bodies.at;
    for (size_t i = 0; i < w->node->cpu_count; i++) {
        otp_word rsp = w->node->cpu[i].registers.at[OTP_RSP];
        otp_copy_want_present(w->copy, w->pagemap, rsp, rsp + NATIVE_STACK);
    }
    otp_word schedulers = word_at(w, otp_symbol(w->node, "erts_aligned_scheduler_data"));
    uint32_t count = (uint32_t)word_at(w, otp_symbol(w->node, "erts_no_schedulers"));
    for (uint32_t i = 0; i < count && i < 1024; i++)
        otp_copy_want(w->copy,
                      member(w, schedulers + (uint64_t)at_of(w, OTP_sd_sizeof) * i, OTP_sd_regs),
                      REGISTERS);
    for (size_t i = 0; i < w->body_count && !is_late_at(w, i); i++) {
        const struct body *body = &bodies[i];
        if (has_heap(body))
            otp_copy_want(w->copy, body->lead[STOP], body->lead[HEND] - body->lead[STOP]);
        if (body->lead[ARGUMENTS] < body->at ||
            body->lead[ARGUMENTS] > body->at + (uint64_t)at_of(w, OTP_p_sizeof))
            otp_copy_want(w->copy, body->lead[ARGUMENTS], 256 * sizeof(otp_word));
    }
    otp_copy_fetch(w->copy);
}

static void take_ties(struct otp_worth *w)
{
    const struct body *bodies = w->bodies.at;
    for (size_t i = 0; i < w->body_count && !is_late_at(w, i); i++) {
        follow(w, TREE, bodies[i].lead[LINKS]);
        follow(w, TREE, bodies[i].lead[MONITORS]);
        follow(w, RING, bodies[i].lead[LOCAL_MONITORS]);
    }
    walk_all(w);
}

static void want_dictionary(struct otp_worth *w, otp_word at)
{
    uint32_t used = (uint32_t)member(w, at, OTP_pd_used);
    if (used <= MAX_FRAGMENT)
        otp_copy_want(w->copy, at + (uint64_t)at_of(w, OTP_pd_data), 8 * (uint64_t)used);
}

static void take_heaps(struct otp_worth *w)
{
    const struct body *bodies = w->bodies.at;
    for (size_t i = 0; i < w->body_count && !is_late_at(w, i); i++) {
        const otp_word *lead = bodies[i].lead;
        follow(w, FRAGMENTS, lead[MBUF]);
        follow(w, MESSAGES, lead[MSG_FRAG]);
        if (lead[DICTIONARY] != 0)
            otp_copy_want(w->copy, lead[DICTIONARY], NODE_ROOM);
        if (!has_heap(&bodies[i]))
            continue;
        otp_copy_want(w->copy, lead[HEAP], lead[HTOP] - lead[HEAP]);
        if (lead[OLD_HEAP] < lead[OLD_HTOP] && lead[OLD_HTOP] - lead[OLD_HEAP] <= 8ul * MAX_HEAP)
            otp_copy_want(w->copy, lead[OLD_HEAP], lead[OLD_HTOP] - lead[OLD_HEAP]);
    }
    otp_copy_fetch(w->copy);
    for (size_t i = 0; i < w->body_count && !is_late(w); i++)
        if (bodies[i].lead[DICTIONARY] != 0)
            want_dictionary(w, bodies[i].lead[DICTIONARY]);
    walk_all(w);
}

// A word of the node while it runs: good enough to know how much memory we shall need.
static otp_word live_word(pid_t pid, otp_word at)
{
    otp_word word = 0;
    struct iovec here = {&word, sizeof word}, there = {(void *)(uintptr_t)at, sizeof word};
    return process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof word ? word : 0;
}

static void note_record(void *arg, otp_word at)
{
    struct otp_worth *w = arg;
    if (w->record_count < MAX_RECORDS)
        w->record[w->record_count++] = at;
}

// Where the table of loaded code may be does not change, so it is found before the node stops.
static void find_records(struct otp_worth *w)
{
    struct otp_data data = otp_writable_data(w->node);
    if (data.end <= data.start)
        return;
    struct otp_ready bytes = otp_ready_make(data.end - data.start);
    struct iovec here = {bytes.at, bytes.size}, there = {(void *)(uintptr_t)data.start, bytes.size};
    struct otp_node probe = {.elf = w->node->elf, .bias = w->node->bias};
    ssize_t got = bytes.at != NULL ? process_vm_readv(w->copy->pid, &here, 1, &there, 1, 0) : 0;
    if (got > 0)
        otp_memory_add(&probe.memory,
                       (struct otp_segment){data.start, data.start + (uint64_t)got, bytes.at});
    otp_list_code_records(&probe, note_record, w);
    otp_memory_done(&probe.memory);
    otp_ready_done(&bytes);
}

struct otp_worth *otp_worth_new(struct otp_copy *copy, const struct otp_node *node)
{
    struct otp_worth *w = calloc(1, sizeof *w);
    if (w == NULL)
        wb_die_no_memory(sizeof *w);
    otp_word table = otp_symbol(node, "erts_proc");
    uint64_t slots =
        live_word(copy->pid, table + (uint64_t)otp_at(node, OTP_ptab_max)) & UINT32_MAX;
    uint64_t count = live_word(copy->pid, table + (uint64_t)otp_at(node, OTP_ptab_count));
    if (slots > MAX_SLOTS)
        slots = 0;
    count = (count & UINT32_MAX) <= slots ? count & UINT32_MAX : slots;
    *w = (struct otp_worth){.copy = copy, .node = node};
    find_records(w);
    w->body_room = count + count / 8 + SPARE;
    w->trail_room = 2 * w->body_room;
    w->slots = otp_ready_make(8 * (slots > w->body_room ? slots : w->body_room));
    w->bodies = otp_ready_make(w->body_room * sizeof(struct body));
    w->trails = otp_ready_make(w->trail_room * sizeof(struct trail));
    if (w->slots.at == NULL || w->bodies.at == NULL || w->trails.at == NULL)
        wb_die_no_memory(w->trail_room * sizeof(struct trail));
    return w;
}

void otp_worth_free(struct otp_worth *w)
{
    if (w == NULL)
        return;
    otp_ready_done(&w->slots);
    otp_ready_done(&w->bodies);
    otp_ready_done(&w->trails);
    for (size_t i = 0; i < STAGES; i++)
        free(w->plan[i].at);
    free(w);
}

// One stage after another until it is late.
static void take_stages(struct otp_worth *w)
{
    static void (*const stages[STAGES])(struct otp_worth *) = {[FIRST] = read_bodies,
                                                               [QUEUES] = take_queues,
                                                               [STACKS] = take_stacks,
                                                               [TIES] = take_ties,
                                                               [HEAPS] = take_heaps};
    for (size_t i = 0; i < STAGES && !is_late(w); i++) {
        stages[i](w);
        w->used[i] = w->copy->used;
    }
}

static void note_range(struct plan *plan, otp_word start, otp_word end)
{
    if (plan->count > 0 && plan->at[plan->count - 1].end == start) {
        plan->at[plan->count - 1].end = end;
        return;
    }
    if (plan->count == plan->room) {
        plan->room = plan->room != 0 ? plan->room * 2 : 1024;
        plan->at = realloc(plan->at, plan->room * sizeof *plan->at);
        if (plan->at == NULL)
            wb_die_no_memory(plan->room * sizeof *plan->at);
    }
    plan->at[plan->count++] = (struct range){start, end};
}

// Pages were given places in the order in which they came: that tells the stage of each.
static void note_plan(struct otp_worth *w)
{
    const struct otp_copy *copy = w->copy;
    for (size_t i = 0; i < copy->region_count; i++) {
        const struct otp_region *region = &copy->region[i];
        size_t pages = (region->end - region->start) / PAGE;
        for (size_t page = 0; page < pages; page++) {
            size_t end = (size_t)region->slot[page] * PAGE, stage = 0;
            otp_word at = region->start + page * PAGE;
            while (stage < STAGES && end > w->used[stage])
                stage++;
            if (end != 0 && stage < STAGES)
                note_range(&w->plan[stage], at, at + PAGE);
        }
    }
}

static void begin(struct otp_worth *w, int pagemap, uint64_t deadline)
{
    w->pagemap = pagemap;
    w->deadline = w->copy->deadline = deadline;
    w->body_count = w->trail_count = 0;
    w->steps = 0;
    want_variables(w);
    take_structs(w);
}

void otp_worth_rehearse(struct otp_worth *w, pid_t pid)
{
    enum { MOST_NS = 1000000000 };
    struct wb_arena arena = {0};
    struct otp_maps maps;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
    int pagemap wb_auto_close = open(path, O_RDONLY | O_CLOEXEC);
    struct wb_error *err = otp_maps_read(pid, &arena, &maps);
    if (err == NULL && pagemap >= 0)
        err = otp_copy_begin(w->copy, &maps);
    if (err == NULL && pagemap >= 0) {
        begin(w, pagemap, otp_now() + MOST_NS);
        take_stages(w);
        // Of a stage that was not come to nothing is known.
        for (size_t i = 1; i < STAGES; i++)
            if (w->used[i] < w->used[i - 1])
                w->used[i] = w->used[i - 1];
        note_plan(w);
    }
    otp_copy_forget(w->copy);
    wb_error_free(err);
    wb_arena_free(&arena);
}

static void take_plan(struct otp_worth *w, const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        otp_copy_want(w->copy, plan->at[i].start, plan->at[i].end - plan->at[i].start);
    otp_copy_fetch(w->copy);
}

void otp_worth_take(struct otp_worth *w, int pagemap)
{
    begin(w, pagemap, w->copy->deadline);
    for (size_t i = 0; i < STAGES && !is_late(w); i++)
        take_plan(w, &w->plan[i]);
    // What has come to be since then, or was somewhere else.
    take_stages(w);
    if (is_late(w))
        w->copy->cut = true;
    else
        otp_copy_fetch_rest(w->copy, pagemap, false);
}
