// Signal queues of an OTP node's processes: inner and middle (fetched), outer (sent, not fetched
// yet).
#include <string.h>

#include "inspector/target/otp/node.h"

enum { MAX_SIGNALS = 100 << 20, BUFFERS = 64 };

// m[0] of a signal that is no message: low six bits, then operation and type.
enum { SIGNAL_MASK = 0x3f, SIGNAL_MARK = 0x30 };

static const char *const operations[] = {
    "exit",          "exit linked",  "monitor down", "monitor",      "demonitor",
    "link",          "unlink",       "group leader", "trace change", "persistent monitor message",
    "is alive",      "process info", "sync suspend", "rpc",          "dist spawn reply",
    "alias message", "receive mark", "unlink ack",   "adjust queue", "flush",
    "nif select",
};

static bool is_signal(otp_word tag)
{
    return (tag & SIGNAL_MASK) == SIGNAL_MARK;
}

static const char *name_of_signal(otp_word tag)
{
    size_t operation = tag >> 6 & 0xff;
    return operation < sizeof operations / sizeof *operations ? operations[operation]
                                                              : "unknown signal";
}

// One queue of a process being walked.
struct queue {
    otp_word first;
    enum tgt_seen seen;
};
enum { MAX_QUEUES = 3 + BUFFERS };

static otp_word outer_buffer(struct otp_node *node, otp_word buffers, unsigned i)
{
    otp_word slot = buffers + (uint64_t)otp_at(node, OTP_iba_slots) +
                    (uint64_t)otp_at(node, OTP_ibuf_sizeof) * i;
    return otp_member(node, slot + (uint64_t)otp_at(node, OTP_ibuf_queue), OTP_iq_first);
}

static bool has_buffers(struct otp_node *node, otp_word process, otp_word *buffers)
{
    if (otp_at(node, OTP_p_sig_inq_buffers) < 0 || otp_at(node, OTP_ibuf_sizeof) <= 0)
        return false;
    *buffers = otp_member(node, process, OTP_p_sig_inq_buffers);
    return *buffers != 0;
}

// In the order in which the process will come to them.
static size_t queues_of(struct otp_node *node, otp_word process, struct queue *ret)
{
    otp_word fetched = process + (uint64_t)otp_at(node, OTP_p_sig_qs);
    otp_word outer = process + (uint64_t)otp_at(node, OTP_p_sig_inq);
    size_t count = 0;
    ret[count++] = (struct queue){otp_member(node, fetched, OTP_q_first), TGT_UNSEEN};
    ret[count++] = (struct queue){otp_member(node, fetched, OTP_q_cont), TGT_UNSEEN};
    otp_word buffers;
    if (has_buffers(node, process, &buffers))
        for (unsigned i = 0; i < BUFFERS; i++)
            ret[count++] = (struct queue){outer_buffer(node, buffers, i), TGT_OUTER};
    ret[count++] = (struct queue){otp_member(node, outer, OTP_iq_first), TGT_OUTER};
    return count;
}

// Steps through a list that may be torn: Brent's algorithm notices a loop.
struct steps {
    otp_word turtle;
    uint64_t power, lap;
};
static bool loops(struct steps *steps, otp_word at)
{
    if (at == steps->turtle)
        return true;
    if (steps->lap == steps->power) {
        steps->turtle = at;
        steps->power = steps->power != 0 ? steps->power * 2 : 1;
        steps->lap = 0;
    }
    steps->lap++;
    return false;
}

struct collector {
    struct otp_node *node;
    struct wb_arena *arena;
    struct tgt_range range;
    struct tgt_pid to;
    otp_word save;     // the field that points to the next message the receive looks at
    bool before_save;  // messages met so far were skipped
    uint64_t position, messages;
    size_t capacity;
    bool cut;                  // a message was not in memory
    struct tgt_messages *ret;  // NULL: only count
};

static struct tgt_message *new_message(struct collector *c)
{
    struct tgt_messages *ret = c->ret;
    if (ret->count == c->capacity) {
        size_t capacity = c->capacity != 0 ? c->capacity * 2 : 16;
        struct tgt_message *grown = wb_push_array(c->arena, struct tgt_message, capacity);
        if (ret->count > 0)
            memcpy(grown, ret->at, ret->count * sizeof *grown);
        ret->at = grown;
        c->capacity = capacity;
    }
    return &ret->at[ret->count++];
}

// Words of the heap fragment a message came with; on the heap of its receiver: not known.
static uint64_t words_of(struct otp_node *node, otp_word at)
{
    otp_word data = otp_member(node, at, OTP_m_data);
    otp_word fragment = data == 1 ? at + (uint64_t)otp_at(node, OTP_m_hfrag) : data;
    if (data == 0 || (data & 7) > 1)
        return 0;
    return otp_member(node, fragment, OTP_hf_used);
}

static void take(struct collector *c, otp_word at, otp_word tag, const struct queue *queue)
{
    struct otp_node *node = c->node;
    bool signal = is_signal(tag);
    c->messages += !signal;
    uint64_t position = c->position++;
    if (c->ret == NULL || position < c->range.first || c->ret->count >= c->range.count)
        return;
    struct tgt_message *message = new_message(c);
    *message = (struct tgt_message){
        .to = c->to,
        .position = position,
        .seen = queue->seen == TGT_UNSEEN && c->before_save ? TGT_SKIPPED : queue->seen,
        .kind = signal     ? name_of_signal(tag)
                : tag == 0 ? "message still encoded"
                           : "message",
    };
    if (signal)
        return;
    otp_word terms = at + (uint64_t)otp_at(node, OTP_m_term);
    message->term.bits = tag;
    message->sender = otp_pid_of(node, otp_u64(&node->memory, terms + 16));
    message->words = words_of(node, at);
}

static void walk_queue(struct collector *c, const struct queue *queue)
{
    struct steps steps = {0};
    otp_word at = queue->first;
    for (uint64_t i = 0; at != 0 && i < MAX_SIGNALS; i++) {
        bool there = (at & 7) == 0 && otp_has(&c->node->memory, at, 24);
        c->cut = c->cut || !there;
        if (!there || loops(&steps, at))
            return;
        otp_word tag = otp_member(c->node, at, OTP_m_term);
        take(c, at, tag, queue);
        if (at + (uint64_t)otp_at(c->node, OTP_m_next) == c->save)
            c->before_save = false;
        at = otp_member(c->node, at, OTP_m_next);
    }
}

// The save pointer leads to the next message to look at: that field is a message's `next`, or the
// queue's own `first` when nothing was skipped.
static void walk_queues(struct collector *c, otp_word process)
{
    struct otp_node *node = c->node;
    otp_word fetched = process + (uint64_t)otp_at(node, OTP_p_sig_qs);
    c->save = otp_member(node, fetched, OTP_q_save);
    c->before_save = c->save != 0 && c->save != fetched + (uint64_t)otp_at(node, OTP_q_first);
    struct queue queue[MAX_QUEUES];
    size_t count = queues_of(node, process, queue);
    for (size_t i = 0; i < count; i++) {
        walk_queue(c, &queue[i]);
        c->before_save = false;  // only inner queues are looked through
    }
}

void otp_list_messages(struct otp_node *node, const struct otp_process *process,
                       struct tgt_range range, struct wb_arena *arena, struct tgt_messages *ret)
{
    struct tgt_messages messages = {0};
    struct collector c = {
        .node = node, .arena = arena, .range = range, .to = process->pid, .ret = &messages};
    walk_queues(&c, process->at);
    *ret = messages;
}

bool otp_queue_is_whole(struct otp_node *node, const struct otp_process *process)
{
    struct collector c = {.node = node, .to = process->pid};
    walk_queues(&c, process->at);
    return !c.cut;
}

static bool has_outer(struct otp_node *node, otp_word process)
{
    otp_word outer = process + (uint64_t)otp_at(node, OTP_p_sig_inq);
    otp_word buffers;
    return otp_member(node, outer, OTP_iq_first) != 0 || has_buffers(node, process, &buffers);
}

uint64_t otp_count_messages(struct otp_node *node, const struct otp_process *process)
{
    otp_word fetched = process->at + (uint64_t)otp_at(node, OTP_p_sig_qs);
    bool middle = otp_member(node, fetched, OTP_q_cont) != 0;
    // The runtime's own count is enough unless there are queues it leaves out.
    if (!has_outer(node, process->at) && !(node->release >= 27 && middle))
        return otp_member(node, fetched, OTP_q_len);
    struct collector c = {.node = node, .to = process->pid};
    walk_queues(&c, process->at);
    return c.messages;
}
