// Connections of an OTP node to others: lists of struct dist_entry_, one for each kind.
#include "inspector/target/otp/list.h"
#include "inspector/target/otp/node.h"

enum { MAX_CHANNELS = 1 << 20 };
enum entry_state { ENTRY_IDLE, ENTRY_PENDING, ENTRY_CONNECTED, ENTRY_EXITING, ENTRY_STATES };

static const struct {
    const char *first, *count;
} lists[OTP_CHANNEL_LISTS] = {
    [OTP_VISIBLE] = {"erts_visible_dist_entries", "erts_no_of_visible_dist_entries"},
    [OTP_HIDDEN] = {"erts_hidden_dist_entries", "erts_no_of_hidden_dist_entries"},
    [OTP_PENDING] = {"erts_pending_dist_entries", "erts_no_of_pending_dist_entries"},
    [OTP_NOT_CONNECTED] = {"erts_not_connected_dist_entries",
                           "erts_no_of_not_connected_dist_entries"},
};

uint64_t otp_list_channel_addresses(struct otp_node *node, enum otp_channel_list which,
                                    struct wb_arena *arena, struct tgt_terms *ret)
{
    struct otp_list found = {.arena = arena};
    otp_word first = otp_symbol(node, lists[which].first);
    otp_word count = otp_symbol(node, lists[which].count);
    otp_word at = first != 0 ? otp_u64(&node->memory, first) : 0;
    while (at != 0 && (at & 7) == 0 && found.count < MAX_CHANNELS &&
           otp_has(&node->memory, at, 8)) {
        otp_list_add(&found, at);
        at = otp_member(node, at, OTP_de_next);
    }
    *ret = otp_list_terms(&found);
    return count != 0 ? otp_u64(&node->memory, count) : 0;
}

// Those that wait for room are a circle.
static uint64_t count_suspended(struct otp_node *node, otp_word first)
{
    uint64_t count = 0;
    for (otp_word at = first; at != 0 && (at & 7) == 0 && count < MAX_CHANNELS;) {
        count++;
        at = otp_member(node, at, OTP_pl_next);
        if (at == first)
            break;
    }
    return count;
}

static uint64_t busy_limit(struct otp_node *node)
{
    const struct otp_symbol *symbol = otp_elf_symbol(&node->elf, "erts_dist_buf_busy_limit");
    if (symbol == NULL)
        return 0;
    otp_word at = symbol->at + node->bias;
    return symbol->size == 4 ? otp_u32(&node->memory, at) : otp_u64(&node->memory, at);
}

static struct tgt_channel describe(struct otp_node *node, otp_word at, enum otp_channel_list list)
{
    static const char *const states[ENTRY_STATES] = {
        [ENTRY_IDLE] = "idle",
        [ENTRY_PENDING] = "pending",
        [ENTRY_CONNECTED] = "connected",
        [ENTRY_EXITING] = "exiting",
    };
    uint32_t state = otp_member32(node, at, OTP_de_state);
    otp_word carrier = otp_member(node, at, OTP_de_cid);
    return (struct tgt_channel){
        .node = otp_atom_text(node, otp_member(node, at, OTP_de_sysname)),
        .state = state < ENTRY_STATES ? states[state] : "",
        .hidden = list == OTP_HIDDEN,
        .port = otp_is_port(carrier) ? otp_port_number(node, carrier) : UINT64_MAX,
        .controller = otp_pid_of(node, carrier),
        .queued = otp_member(node, at, OTP_de_qsize),
        .queue_limit = busy_limit(node),
        .suspended = count_suspended(node, otp_member(node, at, OTP_de_suspended)),
        .creation = otp_member32(node, at, OTP_de_creation),
    };
}

struct wb_error *otp_list_channels(struct otp_node *node, struct wb_arena *arena,
                                   struct tgt_channels *ret)
{
    struct tgt_terms found[OTP_CHANNEL_LISTS];
    size_t room = 0;
    otp_word this = otp_symbol(node, "erts_this_dist_entry");
    otp_word ourselves = this != 0 ? otp_u64(&node->memory, this) : 0;
    WB_TRY(otp_matter_ready(node, OTP_CHANNELS));
    for (size_t i = 0; i < OTP_CHANNEL_LISTS; i++) {
        (void)otp_list_channel_addresses(node, (enum otp_channel_list)i, arena, &found[i]);
        room += found[i].count;
    }
    struct tgt_channels channels = {.at = wb_push_array(arena, struct tgt_channel, room)};
    for (size_t i = 0; i < OTP_CHANNEL_LISTS; i++)
        for (size_t k = 0; k < found[i].count; k++)
            if (found[i].at[k].bits != ourselves)
                channels.at[channels.count++] =
                    describe(node, found[i].at[k].bits, (enum otp_channel_list)i);
    *ret = channels;
    return NULL;
}
