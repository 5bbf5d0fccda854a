// Ports of an OTP node: a table like that of processes.
#include "inspector/target/otp/list.h"
#include "inspector/target/otp/node.h"

enum { MAX_PORTS = 1 << 27 };

// Bits of a port's `state` (ERTS_PORT_SFLG_*), and of its `sched.flags` (ERTS_PTS_FLG_*).
enum { PORT_EXITING = 1 << 1, PORT_CLOSING = 1 << 5, PORT_FREE = 1 << 8 };
enum { SCHED_BUSY = 1 << 4, SCHED_BUSY_QUEUE = 1 << 5 };

void otp_list_port_addresses(struct otp_node *node, struct wb_arena *arena, struct tgt_terms *ret)
{
    otp_word table = otp_symbol(node, "erts_port");
    otp_word slots = otp_member(node, table, OTP_ptab_tab);
    otp_word invalid = otp_member(node, table, OTP_ptab_invalid);
    uint32_t count = otp_member32(node, table, OTP_ptab_max);
    struct otp_list found = {.arena = arena};
    const uint64_t *slot = NULL;
    if (table != 0 && count <= MAX_PORTS)
        slot = otp_view(node, slots, 8 * (uint64_t)count, arena);
    for (uint32_t i = 0; slot != NULL && i < count; i++)
        if (slot[i] != 0 && slot[i] != invalid && (slot[i] & 7) == 0)
            otp_list_add(&found, slot[i]);
    *ret = otp_list_terms(&found);
}

struct wb_bytes otp_c_string(struct otp_node *node, otp_word at, struct wb_arena *arena)
{
    enum { MOST = 1000 };
    size_t size = 0;
    while (size < MOST && otp_u8(&node->memory, at + size) != 0)
        size++;
    const void *bytes = size > 0 ? otp_view(node, at, size, arena) : NULL;
    return (struct wb_bytes){bytes, bytes != NULL ? size : 0};
}

static const char *driver_of(struct otp_node *node, otp_word port, struct wb_arena *arena)
{
    otp_word driver = otp_member(node, port, OTP_port_drv);
    // Those that are part of the runtime have small numbers for addresses until they are set up.
    otp_word name = driver > 4096 ? otp_member(node, driver, OTP_drv_name) : 0;
    struct wb_bytes text = name != 0 ? otp_c_string(node, name, arena) : (struct wb_bytes){0};
    char *copy = wb_push(arena, text.size + 1, 1);
    if (text.size > 0)
        memcpy(copy, text.at, text.size);
    return copy;
}

static const char *status_of(struct otp_node *node, otp_word port)
{
    uint32_t state = otp_member32(node, port, OTP_port_state);
    uint32_t flags = otp_member32(node, port, OTP_port_sched_flags);
    if ((state & (PORT_EXITING | PORT_CLOSING | PORT_FREE)) != 0)
        return "closing";
    return (flags & (SCHED_BUSY | SCHED_BUSY_QUEUE)) != 0 ? "busy" : "open";
}

static struct tgt_port describe(struct otp_node *node, otp_word at, struct wb_arena *arena)
{
    enum { MOST_PID = 1 << 22 };
    otp_word entry = otp_member(node, at, OTP_c_reg);
    uint64_t program = otp_member(node, at, OTP_port_ospid);
    struct tgt_port port = {
        .number = otp_port_number(node, otp_member(node, at, OTP_c_id)),
        .name = otp_c_string(node, otp_member(node, at, OTP_port_name), arena),
        .driver = driver_of(node, at, arena),
        .status = status_of(node, at),
        .owner = otp_pid_of(node, otp_member(node, at, OTP_port_connected)),
        .in = otp_member(node, at, OTP_port_bin),
        .out = otp_member(node, at, OTP_port_bout),
        .queued = otp_member(node, at, OTP_port_ioq_size),
        .os_pid = program <= MOST_PID ? program : 0,
    };
    if (entry != 0)
        port.registered = otp_atom_text(node, otp_member(node, entry, OTP_rp_name));
    otp_list_links_at(node, at, arena, &port.links, &port.link_count);
    return port;
}

struct wb_error *otp_list_ports(struct otp_node *node, struct wb_arena *arena,
                                struct tgt_ports *ret)
{
    struct tgt_terms found;
    WB_TRY(otp_matter_ready(node, OTP_PORTS));
    otp_list_port_addresses(node, arena, &found);
    struct tgt_ports ports = {.at = wb_push_array(arena, struct tgt_port, found.count)};
    for (size_t i = 0; i < found.count; i++)
        if (otp_is_port(otp_member(node, found.at[i].bits, OTP_c_id)))
            ports.at[ports.count++] = describe(node, found.at[i].bits, arena);
    *ret = ports;
    return NULL;
}
