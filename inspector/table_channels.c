// Connections to other nodes, and nodes that were known once.
#include "inspector/table_priv.h"

enum field {
    NODE,
    STATE,
    HIDDEN,
    CONTROLLER,
    CONTROLLER_NAME,
    PORT,
    QUEUED,
    LIMIT,
    SUSPENDED,
    CREATION,
};

static const struct insp_field fields[] = {
    [NODE] = {"node", "NODE", INSP_NAME, -24, INSP_SHOWN, "the other node"},
    [STATE] = {"state", "STATE", INSP_TEXT, 9, INSP_SHOWN, "connected, pending, exiting or idle"},
    [HIDDEN] = {"hidden", "HIDDEN", INSP_FLAG, 6, INSP_SHOWN, "connected as a hidden node"},
    [CONTROLLER] = {"controller", "BY", INSP_PID, 11, INSP_SHOWN, "the process that carries it"},
    [CONTROLLER_NAME] = {"controller_name", "NAME", INSP_NAME, 12, INSP_HIDDEN,
                         "registered name of that process"},
    [PORT] = {"port", "PORT", INSP_TEXT, 11, INSP_SHOWN, "the port that carries it"},
    [QUEUED] = {"queued", "QUEUED", INSP_SIZE, 7, INSP_SHOWN, "bytes waiting to be sent"},
    [LIMIT] = {"limit", "LIMIT", INSP_SIZE, 7, INSP_ROOMY,
               "bytes waiting from which on senders are suspended"},
    [SUSPENDED] = {"suspended", "SUSPENDED", INSP_NUMBER, 9, INSP_SHOWN,
                   "processes that wait for room to send"},
    [CREATION] = {"creation", "CREATION", INSP_NUMBER, 10, INSP_ROOMY,
                  "which incarnation of the node it is"},
};

struct channels {
    struct tgt_channels list;
    char port[INSP_PORT_ROOM];  // of the row asked for last
};

static struct wb_error *channels_open(struct insp_session *s, struct tgt_pid of,
                                      struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct channels *channels = wb_push(arena, sizeof *channels, alignof(struct channels));
    WB_TRY(tgt_list_channels(s->t, arena, &channels->list));
    ret->data = channels;
    ret->count = channels->list.count;
    return NULL;
}

static struct insp_cell channels_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    struct channels *channels = rows->data;
    const struct tgt_channel *channel = &channels->list.at[row];
    bool idle = channel->controller.id == 0 && channel->port == UINT64_MAX;
    bool told = !idle && channel->queue_limit != 0;  // crash dumps have nothing of its buffers
    switch ((enum field)field) {
    case NODE:
        return insp_atom(channel->node);
    case STATE:
        return insp_string(channel->state);
    case HIDDEN:
        return insp_flag(channel->hidden);
    case CONTROLLER:
        return insp_pid(channel->controller);
    case CONTROLLER_NAME:
        return insp_name_of(rows->s, channel->controller);
    case PORT:
        return insp_port(channel->port, channels->port);
    case QUEUED:
        return told ? insp_size(channel->queued) : insp_none();
    case LIMIT:
        return told ? insp_size(channel->queue_limit) : insp_none();
    case SUSPENDED:
        return told ? insp_number(channel->suspended) : insp_none();
    case CREATION:
        return insp_some(INSP_NUMBER, channel->creation);
    }
    return insp_none();
}

const struct insp_table insp_table_channels = {
    .name = "channels",
    .help = "connections to other nodes, and nodes known but not connected",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = CONTROLLER,
    .needs = TGT_CAN_CHANNELS,
    .open = channels_open,
    .cell = channels_cell,
};
