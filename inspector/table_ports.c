// Ports: what carries bytes between the VM and what is outside of it.
#include "inspector/table_priv.h"

enum field {
    ID,
    NAME,
    REGISTERED,
    DRIVER,
    STATUS,
    OWNER,
    OWNER_NAME,
    LINKS,
    IN,
    OUT,
    QUEUED,
    OS_PID,
    NUMBER,
};

static const struct insp_field fields[] = {
    [ID] = {"port", "PORT", INSP_TEXT, 11, INSP_SHOWN, "the port, as Erlang prints it"},
    [NAME] = {"name", "NAME", INSP_TEXT, -14, INSP_SHOWN,
              "the command or driver it was opened with"},
    [REGISTERED] = {"registered", "REGISTERED", INSP_NAME, 12, INSP_ROOMY, "its registered name"},
    [DRIVER] = {"driver", "DRIVER", INSP_TEXT, 10, INSP_SHOWN, "what serves it"},
    [STATUS] = {"status", "STATUS", INSP_TEXT, 7, INSP_SHOWN, "open, busy or closing"},
    [OWNER] = {"owner", "OWNER", INSP_PID, 11, INSP_SHOWN, "the connected process"},
    [OWNER_NAME] = {"owner_name", "OWNER NAME", INSP_NAME, 12, INSP_SHOWN, "its registered name"},
    [LINKS] = {"links", "LINKS", INSP_TEXT, 22, INSP_ROOMY, "processes linked to it"},
    [IN] = {"in", "IN", INSP_SIZE, 7, INSP_SHOWN, "bytes read"},
    [OUT] = {"out", "OUT", INSP_SIZE, 7, INSP_SHOWN, "bytes written"},
    [QUEUED] = {"queued", "QUEUED", INSP_SIZE, 7, INSP_SHOWN, "bytes waiting to be written"},
    [OS_PID] = {"os_pid", "OS PID", INSP_NUMBER, 7, INSP_ROOMY,
                "the program's, of the operating system"},
    [NUMBER] = {"number", "NUMBER", INSP_NUMBER, 7, INSP_HIDDEN, "the N of #Port<0.N>"},
};

struct ports {
    struct tgt_ports list;
    char id[INSP_PORT_ROOM];  // of the row asked for last
    struct wb_text links;
};

static struct wb_error *ports_open(struct insp_session *s, struct tgt_pid of,
                                   struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct ports *ports = wb_push(arena, sizeof *ports, alignof(struct ports));
    WB_TRY(tgt_list_ports(s->t, arena, &ports->list));
    ret->data = ports;
    ret->count = ports->list.count;
    return NULL;
}

static void ports_close(struct insp_rows *rows)
{
    struct ports *ports = rows->data;
    wb_text_free(&ports->links);
}

static struct insp_cell links_of(struct insp_rows *rows, const struct tgt_port *port)
{
    struct ports *ports = rows->data;
    wb_text_cut(&ports->links, 0);
    for (size_t i = 0; i < port->link_count; i++) {
        wb_text_put(&ports->links, i > 0 ? " " : "");
        insp_print_pid(rows->s, port->links[i], &ports->links);
    }
    return insp_text(wb_text_bytes(&ports->links));
}

static struct insp_cell ports_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    struct ports *ports = rows->data;
    const struct tgt_port *port = &ports->list.at[row];
    switch ((enum field)field) {
    case ID:
        return insp_port(port->number, ports->id);
    case NAME:
        return insp_text(port->name);
    case REGISTERED:
        return insp_atom(port->registered);
    case DRIVER:
        return insp_string(port->driver);
    case STATUS:
        return insp_string(port->status);
    case OWNER:
        return insp_pid(port->owner);
    case OWNER_NAME:
        return insp_name_of(rows->s, port->owner);
    case LINKS:
        return links_of(rows, port);
    case IN:
        return insp_size(port->in);
    case OUT:
        return insp_size(port->out);
    case QUEUED:
        return insp_size(port->queued);
    case OS_PID:
        return insp_some(INSP_NUMBER, port->os_pid);
    case NUMBER:
        return insp_number(port->number);
    }
    return insp_none();
}

const struct insp_table insp_table_ports = {
    .name = "ports",
    .help = "ports: programs, files and sockets that the VM talks to",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = OWNER,
    .needs = TGT_CAN_PORTS,
    .open = ports_open,
    .cell = ports_cell,
    .close = ports_close,
};
