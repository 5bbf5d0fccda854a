// Self-checks of the process table and of what a struct process leads to: heap, stack, queues,
// links, monitors, dictionary.
#include <string.h>

#include "inspector/target/otp/check_priv.h"

enum { TRAP_EXIT = 1 << 22, MAX_LOOK = 64 };

bool otp_check_waits(struct otp_node *node, otp_word process)
{
    enum { NOT_AT_REST = 1 << 10 | 1 << 11 | 1 << 13 | 1 << 14 | 1 << 15 | 1 << 17 | 1 << 21 };
    uint32_t state = otp_member32(node, process, OTP_p_state);
    return (state & (uint32_t)NOT_AT_REST) == 0 && state >> 29 == 0;
}

// A pid says the slot of the table it stands in, through the table's own masks.
static enum otp_verdict in_its_slot(struct otp_node *node, otp_word at)
{
    otp_word table = otp_symbol(node, "erts_proc");
    otp_word pid = otp_member(node, at, OTP_c_id);
    uint64_t data = node->wide_ids ? pid >> 4 : (pid >> 4 & 0xfffffff);
    uint64_t slot = (data & otp_member32(node, table, OTP_ptab_pix_cl_mask))
                    << (otp_member32(node, table, OTP_ptab_pix_cl_shift) & 63);
    slot += data >> (otp_member32(node, table, OTP_ptab_pix_cli_shift) & 63) &
            otp_member32(node, table, OTP_ptab_pix_cli_mask);
    otp_word slots = otp_member(node, table, OTP_ptab_tab);
    return otp_sound_if(otp_is_pid(pid) && otp_u64(&node->memory, slots + 8 * slot) == at);
}

// Priorities as set and as acted on are the same for a process at rest.
static enum otp_verdict state_is_whole(struct otp_node *node, otp_word at)
{
    uint32_t state = otp_member32(node, at, OTP_p_state);
    return otp_sound_if((state & 3) == (state >> 2 & 3) && (state >> 10 & 1) == 0);
}

// Heaps grow through a fixed row of sizes: 12, 38, each then the sum of the last two and one, up to
// a million words.
static bool is_heap_size(uint64_t words)
{
    enum { LARGEST = 1000000 };
    uint64_t last = 12, next = 38;
    while (last < words && last < LARGEST) {
        uint64_t sum = last + next + 1;
        last = next;
        next = sum;
    }
    return last == words || words > LARGEST;
}

static enum otp_verdict heap_in_order(struct otp_node *node, otp_word at)
{
    otp_word heap = otp_member(node, at, OTP_p_heap), hend = otp_member(node, at, OTP_p_hend);
    otp_word htop = otp_member(node, at, OTP_p_htop), stop = otp_member(node, at, OTP_p_stop);
    otp_word water = otp_member(node, at, OTP_p_high_water);
    return otp_sound_if(heap <= htop && htop <= stop && stop <= hend && heap <= water &&
                        water <= htop && hend - heap == 8 * otp_member(node, at, OTP_p_heap_sz));
}

static enum otp_verdict has_room(struct otp_node *node, otp_word at)
{
    return otp_sound_if(otp_member(node, at, OTP_p_htop) < otp_member(node, at, OTP_p_stop));
}

static enum otp_verdict old_heap_in_order(struct otp_node *node, otp_word at)
{
    otp_word heap = otp_member(node, at, OTP_p_old_heap);
    otp_word top = otp_member(node, at, OTP_p_old_htop);
    otp_word end = otp_member(node, at, OTP_p_old_hend);
    if (heap == 0 && top == 0 && end == 0)
        return OTP_NOT_ASKED;
    return otp_sound_if(heap != 0 && heap <= top && top <= end && end % 8 == 0 &&
                        otp_has(&node->memory, heap, top - heap));
}

static enum otp_verdict old_heap_has_its_size(struct otp_node *node, otp_word at)
{
    otp_word size = otp_member(node, at, OTP_p_old_hend) - otp_member(node, at, OTP_p_old_heap);
    return size == 0 ? OTP_NOT_ASKED : otp_sound_if(size % 8 == 0 && is_heap_size(size / 8));
}

// Between stop and hend lie terms and return addresses; the last of these leads out of all modules.
static enum otp_verdict stack_is_whole(struct otp_node *node, otp_word at)
{
    enum { MAX_WORDS = 1 << 8 };
    otp_word stop = otp_member(node, at, OTP_p_stop), hend = otp_member(node, at, OTP_p_hend);
    otp_word frame = node->two_word_frames ? 8 : 0, word = stop;
    for (unsigned i = 0; word + frame < hend && i < MAX_WORDS; i++, word += 8) {
        if ((otp_u64(&node->memory, word) & 3) != 0)
            continue;
        word += frame;
        otp_word address = otp_u64(&node->memory, word);
        if (!otp_is_code(node, address - 1))
            return otp_sound_if(address != 0 && hend - word <= 16);
    }
    return OTP_SOUND;
}

static enum otp_verdict handlers_counted(struct otp_node *node, otp_word at)
{
    enum { MAX_WORDS = 1 << 12, CATCH = 0x1B };
    otp_word stop = otp_member(node, at, OTP_p_stop), hend = otp_member(node, at, OTP_p_hend);
    if (stop > hend || hend - stop > 8 * MAX_WORDS)
        return OTP_NOT_ASKED;
    uint32_t count = 0;
    for (otp_word word = stop; word < hend; word += 8)
        count += (otp_u64(&node->memory, word) & 63) == CATCH;
    return otp_sound_if(count == otp_member32(node, at, OTP_p_catches));
}

// Not true of all: who gave way within a BIF stands in code of the runtime's own, and so does who
// was suspended, where functions that go on later return, and who hibernates, with nothing on its
// stack.
static enum otp_verdict instruction_has_place(struct otp_node *node, otp_word at)
{
    enum { SUSPENDED = 1 << 16, EMPTY = 16 };
    struct wb_arena arena = {0};
    struct tgt_place place;
    bool placed = otp_place_of(node, otp_member(node, at, OTP_p_i), &arena, &place);
    wb_arena_free(&arena);
    bool empty = otp_member(node, at, OTP_p_hend) - otp_member(node, at, OTP_p_stop) <= EMPTY;
    if (!placed && (empty || (otp_member32(node, at, OTP_p_state) & SUSPENDED) != 0))
        return OTP_NOT_ASKED;
    return otp_sound_if(placed);
}

static bool is_mfa(struct otp_node *node, otp_word mfa)
{
    struct tgt_mfa read = otp_mfa_at(node, mfa);
    return read.module.size > 0 && read.function.size > 0 &&
           otp_u64(&node->memory, mfa + 16) <= 255;
}

static enum otp_verdict current_is_function(struct otp_node *node, otp_word at)
{
    otp_word current = otp_member(node, at, OTP_p_current);
    return otp_sound_if(current == 0 || is_mfa(node, current));
}

static enum otp_verdict initial_is_function(struct otp_node *node, otp_word at)
{
    return otp_sound_if(is_mfa(node, otp_address(node, at, OTP_p_initial)));
}

static enum otp_verdict has_parents(struct otp_node *node, otp_word at)
{
    otp_word parent = otp_member(node, at, OTP_p_parent);
    otp_word leader = otp_member(node, at, OTP_p_gl);
    return otp_sound_if((otp_is_pid(parent) || parent == OTP_NIL || otp_is_atom(parent)) &&
                        (otp_is_pid(leader) || otp_is_boxed(leader)));
}

// Registers for a process that waits lie in its struct, right where it says; there is room for six
// there.
static enum otp_verdict registers_kept(struct otp_node *node, otp_word at)
{
    enum { KEPT = 6 };
    otp_word from = otp_member(node, at, OTP_p_arg_reg);
    otp_word arity = otp_address(node, at, OTP_p_arity);
    bool inside = from > at && from + 8 * KEPT <= at + (uint64_t)otp_at(node, OTP_p_sizeof);
    if (otp_at(node, OTP_p_arity_size) != 1)
        return inside ? otp_sound_if(otp_u32(&node->memory, arity) <= KEPT) : OTP_NOT_ASKED;
    uint8_t most = otp_u8(&node->memory, arity + 1);
    return otp_sound_if(otp_u8(&node->memory, arity) <= most && inside == (most == KEPT));
}

static enum otp_verdict flags_are_small(struct otp_node *node, otp_word at)
{
    otp_word flags = otp_member(node, at, OTP_p_flags);
    bool init = tgt_pid_number(otp_pid_of(node, otp_member(node, at, OTP_c_id))) == 0;
    return otp_sound_if((flags & 0xffffffff) >> 30 == 0 && (!init || (flags & TRAP_EXIT) != 0));
}

// Who is traced has a tracer: a pid or a module and its state, NIL for none, before the flags, or,
// since there are sessions of tracing, a list of those behind them.
static enum otp_verdict traced_by_somebody(struct otp_node *node, otp_word at)
{
    enum { FLAG_BITS = 24, SENSITIVE = 1 << 3 };
    bool sessions = otp_at(node, OTP_c_trace_flags) > otp_at(node, OTP_c_timer);
    otp_word flags_at = otp_address(node, at, OTP_c_trace_flags);
    uint32_t flags = otp_u32(&node->memory, flags_at);
    bool traced = (flags & ~(uint32_t)SENSITIVE) != 0;
    otp_word tracer = otp_u64(&node->memory, sessions ? flags_at + 8 : flags_at - 8);
    if (flags >> FLAG_BITS != 0)
        return OTP_WRONG;
    if (sessions)
        return otp_sound_if(traced == (tracer != 0) &&
                            (!traced || otp_has(&node->memory, tracer, 8)));
    bool known = otp_is_pid(tracer) ||
                 (otp_is_list(tracer) && otp_has(&node->memory, tracer & ~(otp_word)7, 8));
    return otp_sound_if(tracer == OTP_NIL ? !traced : known);
}

static enum otp_verdict reductions_grow(struct otp_node *node, otp_word at)
{
    enum { BITS = 47 };
    otp_word reductions = otp_member(node, at, OTP_p_reds);
    bool init = tgt_pid_number(otp_pid_of(node, otp_member(node, at, OTP_c_id))) == 0;
    return otp_sound_if(reductions >> BITS == 0 && reductions % 64 + reductions > 0 &&
                        (!init || reductions > 100) && !otp_has(&node->memory, reductions, 8));
}

static enum otp_verdict name_leads_back(struct otp_node *node, otp_word at)
{
    otp_word entry = otp_member(node, at, OTP_c_reg);
    if (entry == 0)
        return OTP_NOT_ASKED;
    return otp_sound_if(otp_member(node, entry, OTP_rp_p) == at &&
                        otp_is_atom(otp_member(node, entry, OTP_rp_name)));
}

static enum otp_verdict dictionary_counted(struct otp_node *node, otp_word at)
{
    otp_word dictionary = otp_member(node, at, OTP_p_dict);
    if (dictionary == 0)
        return OTP_NOT_ASKED;
    uint32_t used = otp_member32(node, dictionary, OTP_pd_used);
    uint32_t room = otp_member32(node, dictionary, OTP_pd_array);
    otp_word slots = otp_address(node, dictionary, OTP_pd_data);
    if (used > room || !otp_has(&node->memory, slots, 8 * (uint64_t)used))
        return OTP_WRONG;
    uint64_t pairs = 0;
    for (uint32_t i = 0; i < used && used <= MAX_LOOK * 16; i++) {
        otp_word slot = otp_u64(&node->memory, slots + 8 * (uint64_t)i);
        pairs += otp_is_boxed(slot);
        for (unsigned k = 0; otp_is_list(slot) && k < MAX_LOOK; k++, pairs++)
            slot = otp_u64(&node->memory, (slot & ~(otp_word)7) + 8);
    }
    return otp_sound_if(used > MAX_LOOK * 16 ||
                        pairs == otp_member32(node, dictionary, OTP_pd_num));
}

// A queue's `last` is the place where the next message goes: its own first when it is empty, else a
// place that holds nothing.
static bool ends(struct otp_node *node, otp_word queue, enum otp_field first, enum otp_field last)
{
    otp_word end = otp_member(node, queue, last), start = otp_address(node, queue, first);
    if (otp_member(node, queue, first) == 0)
        return end == start;
    return end != start && otp_has(&node->memory, end, 8) && otp_u64(&node->memory, end) == 0;
}

static enum otp_verdict queues_end(struct otp_node *node, otp_word at)
{
    otp_word fetched = otp_address(node, at, OTP_p_sig_qs);
    otp_word outer = otp_address(node, at, OTP_p_sig_inq);
    otp_word save = otp_member(node, fetched, OTP_q_save);
    bool empty = otp_member(node, fetched, OTP_q_first) == 0;
    return otp_sound_if(ends(node, fetched, OTP_q_first, OTP_q_last) &&
                        ends(node, fetched, OTP_q_cont, OTP_q_cont_last) &&
                        ends(node, outer, OTP_iq_first, OTP_iq_last) &&
                        (!empty || save == otp_address(node, fetched, OTP_q_first)));
}

static enum otp_verdict buffers_are_memory(struct otp_node *node, otp_word at)
{
    if (otp_at(node, OTP_p_sig_inq_buffers) < 0)
        return OTP_NOT_ASKED;
    otp_word buffers = otp_member(node, at, OTP_p_sig_inq_buffers);
    return otp_sound_if(buffers == 0 || otp_has(&node->memory, buffers, 64));
}

static enum otp_verdict queue_counted(struct otp_node *node, otp_word at)
{
    enum { MOST = 10000 };
    struct wb_arena arena = {0};
    struct tgt_messages messages;
    struct otp_process process = {.at = at};
    otp_word queue = otp_address(node, at, OTP_p_sig_qs);
    uint64_t length = otp_member(node, queue, OTP_q_len), fetched = 0;
    if (length > MOST)
        return OTP_NOT_ASKED;
    otp_list_messages(node, &process, (struct tgt_range){0, 2 * MOST}, &arena, &messages);
    for (size_t i = 0; i < messages.count; i++)
        fetched += messages.at[i].seen != TGT_OUTER && messages.at[i].term.bits != 0;
    wb_arena_free(&arena);
    return node->release >= 27 ? OTP_NOT_ASKED : otp_sound_if(length == fetched);
}

// What a message says of its fragment: nothing, that it is in the message itself, or where.
static enum otp_verdict messages_are_whole(struct otp_node *node, otp_word at)
{
    otp_word fetched = otp_address(node, at, OTP_p_sig_qs);
    otp_word message = otp_member(node, fetched, OTP_q_first);
    if (message == 0)
        return OTP_NOT_ASKED;
    otp_word data = otp_member(node, message, OTP_m_data);
    otp_word fragment = data == 1 ? otp_address(node, message, OTP_m_hfrag) : data;
    otp_word term = otp_member(node, message, OTP_m_term);
    bool whole = (term & 3) != 0 || (term & 63) == 0x30 || term == 0;
    if (data != 0 && term != 0 && (data & 7) <= 1)
        whole = whole && otp_has(&node->memory, fragment, 32) &&
                otp_member(node, fragment, OTP_hf_used) <= 1 << 30 &&
                otp_member(node, fragment, OTP_hf_used) <= otp_member(node, fragment, OTP_hf_alloc);
    return otp_sound_if(whole);
}

static enum otp_verdict fragments_counted(struct otp_node *node, otp_word at)
{
    otp_word fragment = otp_member(node, at, OTP_p_mbuf);
    otp_word words = otp_member(node, at, OTP_p_mbuf_sz);
    return otp_sound_if(words >> 36 == 0 &&
                        (fragment == 0 || otp_has(&node->memory, fragment, 32)));
}

// Nobody holds a lock of a process that waits, but for a moment.
static enum otp_verdict nothing_locked(struct otp_node *node, otp_word at)
{
    return otp_sound_if((otp_member32(node, at, OTP_p_lock) & 0xffff) == 0);
}

static const struct {
    const char *name;
    bool needed, rough;
    enum otp_verdict (*judge)(struct otp_node *node, otp_word at);
} rows[] = {
    {"processes stand in the slots of their pids", true, false, in_its_slot},
    {"states of processes", true, false, state_is_whole},
    {"heaps and stacks", true, false, heap_in_order},
    {"room between heap and stack", true, true, has_room},
    {"old heaps", false, false, old_heap_in_order},
    {"sizes of old heaps", false, true, old_heap_has_its_size},
    {"stacks are terms and return addresses", true, false, stack_is_whole},
    {"handlers on stacks", true, false, handlers_counted},
    {"instruction of a waiting process", true, true, instruction_has_place},
    {"current functions", true, false, current_is_function},
    {"initial calls", true, false, initial_is_function},
    {"parents and group leaders", true, false, has_parents},
    {"registers that were kept", true, false, registers_kept},
    {"flags of processes", true, false, flags_are_small},
    {"tracers of processes", true, false, traced_by_somebody},
    {"reductions", true, false, reductions_grow},
    {"registered names lead back", true, false, name_leads_back},
    {"dictionaries have as many pairs as they say", true, false, dictionary_counted},
    {"queues end where they say", true, false, queues_end},
    {"buffers of queues", false, false, buffers_are_memory},
    {"queue lengths", false, false, queue_counted},
    {"messages", false, false, messages_are_whole},
    {"sizes of fragments", true, false, fragments_counted},
    {"locks of processes", true, false, nothing_locked},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void check_table(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    otp_word table = otp_symbol(node, "erts_proc");
    otp_word count = otp_member(node, table, OTP_ptab_count) & 0xffffffff;
    uint32_t max = otp_member32(node, table, OTP_ptab_max);
    otp_check_say(c, "process table", node->process_count > 0, "%zu processes found",
                  node->process_count);
    otp_check_say(c, "process count",
                  c->partial || (count + 2 + count / 50 >= node->process_count &&
                                 node->process_count + 2 + count / 50 >= count),
                  "%zu found, the table says %lu", node->process_count, count);
    otp_check_say(c, "slots of the process table",
                  max > 0 && (max & (max - 1)) == 0 &&
                      otp_member32(node, table, OTP_ptab_pix_mask) == max - 1,
                  "%u, mask 0x%x", max, otp_member32(node, table, OTP_ptab_pix_mask));
    otp_check_say(c, "element of an empty slot",
                  otp_member(node, table, OTP_ptab_invalid) ==
                      otp_symbol(node, "erts_invalid_process"),
                  "at 0x%lx", otp_member(node, table, OTP_ptab_invalid));
    otp_check_say(c, "size of an element",
                  otp_member32(node, table, OTP_ptab_elsize) ==
                      (uint32_t)otp_at(node, OTP_p_sizeof),
                  "%u", otp_member32(node, table, OTP_ptab_elsize));
}

// Links and monitors of both sides: what one process says of another, the other says of it.
static bool has_link(struct otp_node *node, const struct otp_process *of, struct tgt_pid to)
{
    struct wb_arena arena = {0};
    struct tgt_proc proc = {0};
    bool found = false;
    otp_list_links(node, of, &arena, &proc);
    for (size_t i = 0; i < proc.link_count; i++)
        found = found || proc.links[i].id == to.id;
    wb_arena_free(&arena);
    return found;
}

// Has a process taken all links and monitors that were sent to it? One that runs or is suspended
// has some of them in its queue still.
static bool is_settled(struct otp_node *node, const struct otp_process *process)
{
    enum { SUSPENDED = 1 << 16 };
    otp_word queue = otp_address(node, process->at, OTP_p_sig_qs);
    otp_word outer = otp_address(node, process->at, OTP_p_sig_inq);
    return otp_check_waits(node, process->at) &&
           (otp_member32(node, process->at, OTP_p_state) & SUSPENDED) == 0 &&
           otp_member(node, queue, OTP_q_nmsigs) == 0 &&
           otp_member(node, outer, OTP_iq_nmsigs) == 0;
}

static void tally_links(struct otp_node *node, const struct otp_process *process,
                        struct wb_arena *arena, struct otp_tally *tally)
{
    struct tgt_proc proc = {0};
    otp_list_links(node, process, arena, &proc);
    for (size_t i = 0; i < proc.link_count && i < MAX_LOOK / 8; i++) {
        const struct otp_process *other = otp_process_find(node, proc.links[i]);
        if (other != NULL && is_settled(node, other))
            otp_tally_add(tally, otp_sound_if(has_link(node, other, process->pid)));
    }
    otp_word root = otp_member(node, process->at, OTP_c_links);
    if (root == 0)
        return;
    otp_word left = otp_member(node, root, OTP_ml_left);
    otp_word parent = left != 0 ? otp_member(node, left, OTP_ml_parent) & ~(otp_word)7 : root;
    otp_tally_add(tally,
                  otp_sound_if(parent == root &&
                               otp_u16(&node->memory, otp_address(node, root, OTP_ml_keyoff)) ==
                                   otp_at(node, OTP_ml_other)));
}

static bool has_monitor(struct otp_node *node, const struct otp_process *of,
                        const struct tgt_monitor *its, struct tgt_pid to)
{
    struct wb_arena arena = {0};
    struct tgt_monitors monitors;
    bool found = false;
    otp_list_monitors(node, of, &arena, &monitors);
    for (size_t i = 0; i < monitors.count; i++)
        found = found || (monitors.at[i].ref.bits == its->ref.bits &&
                          (monitors.at[i].pid.id == to.id || monitors.at[i].pid.id == 0) &&
                          monitors.at[i].monitored_by != its->monitored_by);
    wb_arena_free(&arena);
    return found;
}

static void tally_monitors(struct otp_node *node, const struct otp_process *process,
                           struct wb_arena *arena, struct otp_tally *tally)
{
    struct tgt_monitors monitors;
    otp_list_monitors(node, process, arena, &monitors);
    for (size_t i = 0; i < monitors.count && i < MAX_LOOK / 8; i++) {
        const struct tgt_monitor *monitor = &monitors.at[i];
        const struct otp_process *other = otp_process_find(node, monitor->pid);
        if (other != NULL && is_settled(node, other))
            otp_tally_add(tally, otp_sound_if((monitor->suspends || (monitor->ref.bits & 3) == 2) &&
                                              has_monitor(node, other, monitor, process->pid)));
    }
}

static void check_ties(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    struct otp_tally links = {.name = "links lead back", .needed = true};
    struct otp_tally monitors = {.name = "monitors lead back"};
    for (size_t i = 0; i < node->process_count; i = otp_check_after(node, i)) {
        struct wb_arena arena = {0};
        // Somebody in a NIF that does not come back has not seen that it is linked or monitored.
        if (otp_check_waits(node, node->process[i].at) && is_settled(node, &node->process[i])) {
            tally_links(node, &node->process[i], &arena, &links);
            tally_monitors(node, &node->process[i], &arena, &monitors);
        }
        wb_arena_free(&arena);
    }
    otp_check_tally(c, &links);
    otp_check_tally(c, &monitors);
}

void otp_check_processes(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    struct otp_tally tally[ROWS];
    for (size_t k = 0; k < ROWS; k++)
        tally[k] = (struct otp_tally){
            .name = rows[k].name, .needed = rows[k].needed, .rough = rows[k].rough};
    check_table(c);
    for (size_t i = 0; i < node->process_count; i = otp_check_after(node, i)) {
        otp_word at = node->process[i].at;
        if (!otp_check_waits(node, at))
            continue;
        for (size_t k = 0; k < ROWS; k++)
            otp_tally_add(&tally[k], rows[k].judge(node, at));
    }
    for (size_t k = 0; k < ROWS; k++)
        otp_check_tally(c, &tally[k]);
    check_ties(c);
}
