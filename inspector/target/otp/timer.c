// Timers of an OTP node: those that send a message (send_after, start_timer), which each scheduler
// keeps in a tree by their references, and the one that a process in `receive after` has.
#include "inspector/target/otp/list.h"
#include "inspector/target/otp/tree.h"

enum { MAX_TIMERS = 1 << 26, NS_OF_TICK = 1000000 };

// Bits of `roflgs` (ERTS_TMR_ROFLG_*); below them is the number of the scheduler.
enum timer_flag {
    TIMER_TREE = 1 << 11,
    TIMER_SENDS = 1 << 12,
    TIMER_BY_NAME = 1 << 14,
    TIMER_PROCESS = 1 << 15,
    TIMER_PAUSED = 1 << 18,
};

void otp_list_sending_timers(struct otp_node *node, const struct otp_scheduler *scheduler,
                             struct wb_arena *arena, struct tgt_terms *ret)
{
    struct otp_list found = {.arena = arena};
    otp_word service = otp_member(node, scheduler->data, OTP_sd_tsrv);
    otp_word path[OTP_TREE_DEPTH], at;
    struct otp_tree tree = {.node = node,
                            .left = OTP_bt_stree_left,
                            .right = OTP_bt_stree_right,
                            .at = service != 0 ? otp_member(node, service, OTP_hts_btm_tree) : 0,
                            .path = path,
                            .most = MAX_TIMERS};
    while (otp_tree_next(&tree, &at))
        otp_list_add(&found, at);
    *ret = otp_list_terms(&found);
}

struct otp_timer otp_timer_at(struct otp_node *node, otp_word at)
{
    uint32_t flags = otp_member32(node, at, OTP_bt_roflgs);
    bool tree = (flags & TIMER_TREE) != 0;
    return (struct otp_timer){
        .scheduler = flags & (TIMER_TREE - 1),
        .sends = (flags & TIMER_SENDS) != 0,
        .by_name = (flags & TIMER_BY_NAME) != 0,
        .of_process = (flags & TIMER_PROCESS) != 0,
        .paused = (flags & TIMER_PAUSED) != 0,
        .state = otp_member32(node, at, OTP_bt_state),
        .receiver = otp_member(node, at, OTP_bt_receiver),
        .ticks = otp_member(node, at, tree ? OTP_bt_hlt_timeout : OTP_bt_tw_timeout),
    };
}

bool otp_timer_reference(struct otp_node *node, otp_word at, uint32_t ret[3])
{
    if (at == 0 || (at & 7) != 0 || otp_at(node, OTP_bt_refn) < 0)
        return false;
    struct otp_timer timer = otp_timer_at(node, at);
    if (!timer.sends || timer.scheduler == 0 || timer.scheduler > node->scheduler_count)
        return false;
    for (unsigned i = 0; i < 3; i++)
        ret[i] = otp_u32(&node->memory, otp_address(node, at, OTP_bt_refn) + 4 * i);
    return true;
}

static struct tgt_timer describe(struct otp_node *node, otp_word at, const struct otp_timer *timer)
{
    struct tgt_timer ret = {
        .at = timer->ticks * NS_OF_TICK,
        .term.bits = otp_member(node, at, OTP_bt_msg),
        .ref.bits = at,
    };
    if (timer->by_name)
        ret.name = otp_atom_text(node, timer->receiver);
    else
        ret.pid = otp_pid_of(node, otp_member(node, timer->receiver, OTP_c_id));
    return ret;
}

uint64_t otp_wake_time(struct otp_node *node, otp_word process)
{
    enum { TIMED_OUT = 1 };
    otp_word at = otp_at(node, OTP_c_timer) >= 0 ? otp_member(node, process, OTP_c_timer) : 0;
    if (at <= TIMED_OUT || (at & 7) != 0 || node->refused[OTP_TIMERS] != NULL)
        return 0;
    struct otp_timer timer = otp_timer_at(node, at);
    // A suspended process keeps how long it has still to wait, in ms.
    uint64_t now = 0;
    if (timer.paused)
        wb_error_free(otp_read_clock(node, &now));
    return timer.of_process || timer.paused ? now + timer.ticks * NS_OF_TICK : 0;
}

struct wb_error *otp_list_timers(struct otp_node *node, struct wb_arena *arena,
                                 struct tgt_timers *ret)
{
    WB_TRY(otp_matter_ready(node, OTP_TIMERS));
    struct tgt_terms *found = wb_push_array(arena, struct tgt_terms, node->scheduler_count);
    size_t room = node->process_count;
    for (size_t i = 0; i < node->scheduler_count; i++) {
        if (node->scheduler[i].kind == OTP_NORMAL)
            otp_list_sending_timers(node, &node->scheduler[i], arena, &found[i]);
        room += found[i].count;
    }
    struct tgt_timers timers = {.at = wb_push_array(arena, struct tgt_timer, room)};
    for (size_t i = 0; i < node->scheduler_count; i++)
        for (size_t k = 0; k < found[i].count; k++) {
            struct otp_timer timer = otp_timer_at(node, found[i].at[k].bits);
            if (timer.sends && timer.state == 0)
                timers.at[timers.count++] = describe(node, found[i].at[k].bits, &timer);
        }
    for (size_t i = 0; i < node->process_count; i++) {
        uint64_t at = otp_wake_time(node, node->process[i].at);
        if (at != 0)
            timers.at[timers.count++] = (struct tgt_timer){.at = at, .pid = node->process[i].pid};
    }
    *ret = timers;
    return NULL;
}
