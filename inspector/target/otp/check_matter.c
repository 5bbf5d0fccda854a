// Self-checks of timers, ports and connections. Where one fails, only that matter is refused: see
// matter.c.
#include <string.h>

#include "inspector/target/otp/check_priv.h"

static bool is_process(struct otp_node *node, otp_word at)
{
    struct tgt_pid pid = otp_pid_of(node, otp_member(node, at, OTP_c_id));
    const struct otp_process *process = otp_process_find(node, pid);
    return process != NULL && process->at == at;
}

// Not before the node began, and within some hundred years of it.
static bool is_ticks(uint64_t ticks)
{
    return ticks >= 1000 && ticks < UINT64_C(1) << 43;
}

static enum otp_verdict term_is_there(struct otp_node *node, otp_word term)
{
    if (otp_is_boxed(term) || otp_is_list(term))
        return otp_sound_if(otp_has(&node->memory, term & ~(otp_word)7, 16));
    return otp_sound_if((term & 3) == 3);
}

static bool is_kept_by(struct otp_node *node, otp_word at, const struct otp_scheduler *scheduler)
{
    struct otp_timer timer = otp_timer_at(node, at);
    return timer.sends && timer.scheduler == scheduler->number && timer.state <= 2;
}

static enum otp_verdict timer_fits(struct otp_node *node, otp_word at)
{
    struct otp_timer timer = otp_timer_at(node, at);
    if (timer.state != 0)
        return OTP_NOT_ASKED;
    bool receiver = timer.by_name ? otp_is_atom(timer.receiver) : is_process(node, timer.receiver);
    return otp_sound_if(receiver && is_ticks(timer.ticks) &&
                        term_is_there(node, otp_member(node, at, OTP_bt_msg)) == OTP_SOUND);
}

// The tree is in order of references, the last number counting most.
static enum otp_verdict after(struct otp_node *node, otp_word before, otp_word at)
{
    uint32_t low[3], high[3];
    if (!otp_timer_reference(node, before, low) || !otp_timer_reference(node, at, high))
        return OTP_WRONG;
    for (unsigned i = 3; i-- > 0;)
        if (low[i] != high[i])
            return otp_sound_if(low[i] < high[i]);
    return OTP_WRONG;
}

// Those that a process will get: it keeps them as a tree as well.
static enum otp_verdict coming_timers_fit(struct otp_node *node, otp_word process)
{
    static const enum otp_field sides[] = {OTP_bt_tree_left, OTP_bt_tree_right};
    otp_word root = otp_member(node, process, OTP_p_bif_timers);
    if (root == 0)
        return OTP_NOT_ASKED;
    struct otp_timer timer = otp_timer_at(node, root);
    bool sound = (root & 7) == 0 && timer.sends && timer.receiver == process;
    for (size_t i = 0; i < 2 && sound; i++) {
        otp_word side = otp_member(node, root, sides[i]);
        sound = side == 0 || ((side & 7) == 0 && otp_timer_at(node, side).receiver == process);
    }
    return otp_sound_if(sound);
}

static void check_coming_timers(struct otp_checking *c, bool found)
{
    struct otp_node *node = c->node;
    struct otp_tally coming = {.name = "timers that processes will get"};
    for (size_t i = 0; i < node->process_count; i = otp_check_after(node, i))
        if (otp_check_waits(node, node->process[i].at))
            otp_tally_add(&coming, coming_timers_fit(node, node->process[i].at));
    otp_check_tally(c, &coming);
    if (coming.sound > 0 || found)
        otp_check_say(c, "trees of timers", found || c->partial, "%sfound",
                      found ? "" : "none is ");
}

static void check_sending_timers(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    struct otp_tally kept = {.name = "timers of schedulers"};
    struct otp_tally fit = {.name = "receivers and messages of timers"};
    struct otp_tally order = {.name = "order of timers"};
    for (size_t i = 0; i < node->scheduler_count; i++) {
        enum { MOST = 500 };
        struct tgt_terms found = {0};
        if (node->scheduler[i].kind == OTP_NORMAL)
            otp_list_sending_timers(node, &node->scheduler[i], c->arena, &found);
        for (size_t k = 0; k < found.count && k < MOST; k++) {
            otp_word at = found.at[k].bits;
            otp_tally_add(&kept, otp_sound_if(is_kept_by(node, at, &node->scheduler[i])));
            otp_tally_add(&fit, timer_fits(node, at));
            if (k > 0)
                otp_tally_add(&order, after(node, found.at[k - 1].bits, at));
        }
    }
    otp_check_tally(c, &kept);
    otp_check_tally(c, &fit);
    otp_check_tally(c, &order);
    check_coming_timers(c, kept.asked > 0);
}

// The timer of a process leads back to it.
static enum otp_verdict own_timer_fits(struct otp_node *node, otp_word process)
{
    enum { TIMED_OUT = 1 };
    otp_word at = otp_member(node, process, OTP_c_timer);
    if (at <= TIMED_OUT)
        return OTP_NOT_ASKED;
    struct otp_timer timer = otp_timer_at(node, at);
    if (timer.paused)
        return otp_sound_if((at & 7) == 0);
    return otp_sound_if((at & 7) == 0 && timer.of_process && !timer.sends &&
                        timer.receiver == process && is_ticks(timer.ticks));
}

// A process that waits in `receive after` has one, and nobody else.
static enum otp_verdict waits_with_timer(struct otp_node *node, otp_word process)
{
    enum { F_TIMER = 1 << 1 };
    if (!otp_check_waits(node, process))
        return OTP_NOT_ASKED;
    bool armed = (otp_member32(node, process, OTP_p_flags) & F_TIMER) != 0;
    return otp_sound_if(armed == (otp_member(node, process, OTP_c_timer) > 1));
}

static void check_own_timers(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    struct otp_tally own = {.name = "timers of processes"};
    struct otp_tally waiting = {.name = "processes in receive after", .needed = true};
    for (size_t i = 0; i < node->process_count; i = otp_check_after(node, i)) {
        otp_word at = node->process[i].at;
        if (!otp_check_waits(node, at))
            continue;
        otp_tally_add(&own, own_timer_fits(node, at));
        otp_tally_add(&waiting, waits_with_timer(node, at));
    }
    otp_check_tally(c, &own);
    otp_check_tally(c, &waiting);
}

// Wheels are turned from when the node began; the word behind counts their timers.
static void check_wheels(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    struct otp_tally wheels = {.name = "wheels of timers", .needed = true};
    if (otp_at(node, OTP_sd_wheel) < 0 || otp_at(node, OTP_tw_pos) < 0)
        return;
    for (size_t i = 0; i < node->scheduler_count; i++) {
        if (node->scheduler[i].kind != OTP_NORMAL)
            continue;
        otp_word wheel = otp_member(node, node->scheduler[i].data, OTP_sd_wheel);
        otp_tally_add(&wheels, otp_sound_if(otp_has(&node->memory, wheel, 8) &&
                                            is_ticks(otp_member(node, wheel, OTP_tw_pos))));
    }
    otp_check_tally(c, &wheels);
}

static bool is_text(struct wb_bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] < ' ' || text.at[i] == 127)
            return false;
    return text.size > 0;
}

static enum otp_verdict port_says_whose(struct otp_node *node, otp_word at)
{
    enum { CONNECTED = 1, FLAGS = 1 << 14, CLOSED = 1 << 1 | 1 << 5 | 1 << 8 | 1 << 9 };
    uint32_t state = otp_member32(node, at, OTP_port_state);
    if ((state & CLOSED) != 0)
        return OTP_NOT_ASKED;
    return otp_sound_if(otp_is_port(otp_member(node, at, OTP_c_id)) && (state & CONNECTED) != 0 &&
                        state < FLAGS && otp_is_pid(otp_member(node, at, OTP_port_connected)));
}

static enum otp_verdict port_is_named(struct otp_node *node, otp_word at, struct wb_arena *arena)
{
    otp_word driver = otp_member(node, at, OTP_port_drv);
    struct wb_bytes name = otp_c_string(node, otp_member(node, at, OTP_port_name), arena);
    struct wb_bytes kind = otp_c_string(node, otp_member(node, driver, OTP_drv_name), arena);
    return otp_sound_if(is_text(name) && is_text(kind));
}

static enum otp_verdict port_counts(struct otp_node *node, otp_word at)
{
    enum { MOST_PID = 1 << 22 };
    uint64_t most = UINT64_C(1) << 46, program = otp_member(node, at, OTP_port_ospid);
    return otp_sound_if(otp_member(node, at, OTP_port_bin) < most &&
                        otp_member(node, at, OTP_port_bout) < most &&
                        otp_member(node, at, OTP_port_ioq_size) < most &&
                        (program == UINT64_MAX || (program > 0 && program < MOST_PID)) &&
                        otp_member32(node, at, OTP_port_sched_flags) < 1 << 16);
}

static void check_ports(struct otp_checking *c)
{
    enum { MOST = 500 };
    struct otp_node *node = c->node;
    struct otp_tally owners = {.name = "owners of ports", .needed = true};
    struct otp_tally names = {.name = "names of ports", .needed = true};
    struct otp_tally counts = {.name = "counters of ports", .needed = true};
    struct tgt_terms found;
    otp_list_port_addresses(node, c->arena, &found);
    for (size_t i = 0; i < found.count; i += found.count / MOST + 1) {
        otp_tally_add(&owners, port_says_whose(node, found.at[i].bits));
        otp_tally_add(&names, port_is_named(node, found.at[i].bits, c->arena));
        otp_tally_add(&counts, port_counts(node, found.at[i].bits));
    }
    otp_check_tally(c, &owners);
    otp_check_tally(c, &names);
    otp_check_tally(c, &counts);
}

static bool has_an_at(struct wb_bytes name)
{
    return name.size > 0 && memchr(name.at, '@', name.size) != NULL;
}

// Who carries it, its state and its list say the same; what is not connected has nothing to send.
static enum otp_verdict channel_fits(struct otp_node *node, otp_word at, enum otp_channel_list list)
{
    enum { IDLE, PENDING, CONNECTED, EXITING };
    uint32_t state = otp_member32(node, at, OTP_de_state);
    otp_word carrier = otp_member(node, at, OTP_de_cid);
    otp_word suspended = otp_member(node, at, OTP_de_suspended);
    bool named = has_an_at(otp_atom_text(node, otp_member(node, at, OTP_de_sysname)));
    bool carried = otp_is_pid(carrier) || otp_is_port(carrier);
    if (list == OTP_VISIBLE || list == OTP_HIDDEN)
        return otp_sound_if(
            named && carried && (state == CONNECTED || state == EXITING) &&
            (suspended == 0 ||
             otp_has(&node->memory, otp_address(node, suspended, OTP_pl_next), 8)) &&
            otp_member(node, at, OTP_de_qsize) < UINT64_C(1) << 40);
    if (list == OTP_PENDING)
        return otp_sound_if(named && state == PENDING);
    return otp_sound_if(named && carrier == OTP_NIL && state == IDLE && suspended == 0 &&
                        otp_member(node, at, OTP_de_qsize) == 0);
}

static void check_channels(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    struct otp_tally counts = {.name = "numbers of connections", .needed = true};
    struct otp_tally fit = {.name = "connections", .needed = true};
    for (size_t i = 0; i < OTP_CHANNEL_LISTS; i++) {
        enum { MOST = 500 };
        enum otp_channel_list list = (enum otp_channel_list)i;
        struct tgt_terms found;
        uint64_t count = otp_list_channel_addresses(node, list, c->arena, &found);
        otp_tally_add(&counts, otp_sound_if(count == found.count));
        for (size_t k = 0; k < found.count && k < MOST; k++)
            otp_tally_add(&fit, channel_fits(node, found.at[k].bits, list));
    }
    otp_check_tally(c, &counts);
    otp_check_tally(c, &fit);
}

// Blocks fit into their carriers, and where there are none they have no bytes.
static enum otp_verdict carriers_fit(struct otp_node *node, otp_word stats)
{
    struct otp_carriers carriers = otp_carriers_at(node, stats);
    uint64_t bytes = 0, most = UINT64_C(1) << 46;
    bool sound = carriers.bytes < most && carriers.count <= carriers.bytes / 1024;
    for (unsigned i = 0; i < OTP_MAX_ALLOCATORS && sound; i++) {
        bytes += carriers.block_bytes[i];
        sound = carriers.block_bytes[i] < most &&
                carriers.blocks[i] <= carriers.block_bytes[i] / 8 &&
                (carriers.blocks[i] == 0) == (carriers.block_bytes[i] == 0);
    }
    return otp_sound_if(sound && bytes <= carriers.bytes);
}

static bool is_prefix(struct wb_bytes name)
{
    return is_text(name) && name.size < 16 && name.at[name.size - 1] == '_';
}

static void check_allocators(struct otp_checking *c)
{
    enum { TYPES = 12, MOST = 8 };
    struct otp_node *node = c->node;
    struct otp_tally names = {.name = "names of allocators", .needed = true};
    struct otp_tally blocks = {.name = "blocks in carriers", .needed = true};
    size_t used = 0;
    for (unsigned i = 1; i <= TYPES; i++) {
        struct otp_instances instances = otp_allocator_instances(node, i);
        for (uint32_t k = 0; k < instances.count && k < MOST; k++) {
            otp_word at = otp_u64(&node->memory, instances.at + 8 * (otp_word)k);
            if (at == 0)
                continue;
            otp_word many = otp_address(node, at, OTP_al_mbcs);
            otp_tally_add(&names, otp_sound_if(is_prefix(otp_c_string(
                                      node, otp_member(node, at, OTP_al_name), c->arena))));
            otp_tally_add(&blocks, carriers_fit(node, otp_address(node, at, OTP_al_sbcs)));
            otp_tally_add(&blocks, carriers_fit(node, many));
            used += otp_carriers_at(node, many).blocks[i - 1] > 0;
        }
    }
    otp_check_tally(c, &names);
    otp_check_tally(c, &blocks);
    // An allocator's carriers hold its own blocks above all.
    otp_check_say(c, "allocators in use", used > 4 || c->partial, "%zu hold blocks", used);
}

void otp_check_matters(struct otp_checking *c)
{
    c->matter = OTP_TIMERS;
    if (otp_matter_known(c->node, OTP_TIMERS)) {
        check_sending_timers(c);
        check_own_timers(c);
        check_wheels(c);
    }
    c->matter = OTP_PORTS;
    if (otp_matter_known(c->node, OTP_PORTS))
        check_ports(c);
    c->matter = OTP_CHANNELS;
    if (otp_matter_known(c->node, OTP_CHANNELS))
        check_channels(c);
    c->matter = OTP_MEMORY;
    if (otp_matter_known(c->node, OTP_MEMORY))
        check_allocators(c);
    c->matter = OTP_WHOLE;
}
