// The clock of an OTP node: its own monotonic time, ns from about when it started.
//
// The runtime adds an offset to the system's monotonic clock, and corrects that slowly. Both are in
// a static that a stripped binary does not name; it lies behind erts_time_sup__ and is known by the
// name of the system's function in it. Where the system's time is not known (a core file), the last
// time that a scheduler's timer wheel was turned is the best that can be said.
#include "inspector/target/otp/node.h"

enum { NS_OF_TICK = 1000000, ERROR_UNIT = 2048 };

// A pair of times that belong together, and how much faster the node's goes from there.
struct anchor {
    int64_t node, system, error;
};

// The two newest anchors follow each other, four words each: node's time, system's, drift, error.
static bool is_anchor(struct otp_node *node, otp_word at, int64_t offset, struct anchor *ret)
{
    enum { SECOND = 1000000000, MOST_ERROR = 1024 };
    struct anchor anchor = {
        .node = (int64_t)otp_u64(&node->memory, at),
        .system = (int64_t)otp_u64(&node->memory, at + 8),
        .error = (int64_t)otp_u64(&node->memory, at + 24),
    };
    if (anchor.node <= 0 || anchor.system <= 0 || anchor.error < -MOST_ERROR ||
        anchor.error > MOST_ERROR)
        return false;
    // What was corrected since the start is at most one second in fifty.
    int64_t apart = (int64_t)((uint64_t)anchor.node - (uint64_t)anchor.system - (uint64_t)offset);
    int64_t most = SECOND + anchor.system / 50;
    if (apart < -most || apart > most)
        return false;
    *ret = anchor;
    return true;
}

static bool find_anchor(struct otp_node *node, struct anchor *ret)
{
    enum { FAR = 2048, ANCHOR = 32 };
    otp_word from = otp_symbol(node, "erts_time_sup__");
    otp_word name = otp_find_string(node, "clock_gettime");
    otp_word at = from;
    if (from == 0 || name == 0)
        return false;
    while (at < from + FAR && otp_u64(&node->memory, at) != name)
        at += 8;
    if (at == from + FAR)
        return false;
    int64_t offset = (int64_t)otp_u64(&node->memory, at - 16);
    struct anchor before;
    for (otp_word end = at + FAR; at < end; at += 8)
        if (is_anchor(node, at, offset, &before) && is_anchor(node, at + ANCHOR, offset, ret))
            return true;
    return false;
}

// When the wheel of a scheduler was last turned; 0: not known.
static uint64_t wheel_time(struct otp_node *node, const struct otp_scheduler *scheduler)
{
    enum { MOST_TICKS = 1 << 30 };
    if (otp_at(node, OTP_sd_wheel) < 0 || otp_at(node, OTP_tw_pos) < 0)
        return 0;
    otp_word wheel = otp_member(node, scheduler->data, OTP_sd_wheel);
    uint64_t ticks = otp_member(node, wheel, OTP_tw_pos);
    return ticks < (uint64_t)MOST_TICKS * 1000 ? ticks * NS_OF_TICK : 0;
}

static uint64_t last_turn(struct otp_node *node)
{
    uint64_t last = 0;
    for (size_t i = 0; i < node->scheduler_count; i++) {
        bool turns = node->scheduler[i].kind == OTP_NORMAL;
        uint64_t time = turns ? wheel_time(node, &node->scheduler[i]) : 0;
        last = time > last ? time : last;
    }
    return last;
}

static uint64_t find_now(struct otp_node *node)
{
    struct anchor anchor;
    uint64_t turned = last_turn(node), now = 0;
    if (node->system_time != 0 && find_anchor(node, &anchor)) {
        int64_t since = (int64_t)node->system_time - anchor.system;
        now = (uint64_t)(anchor.node + since + since / ERROR_UNIT * anchor.error);
    }
    return now > turned ? now : turned;
}

struct wb_error *otp_read_clock(struct otp_node *node, uint64_t *ret)
{
    if (node->now == 0)
        node->now = find_now(node);
    if (node->now == 0)
        return wb_error_new(WB_E_UNSUPPORTED, "layout %s does not say where this node's clock is",
                            node->layout.name);
    *ret = node->now;
    return NULL;
}
