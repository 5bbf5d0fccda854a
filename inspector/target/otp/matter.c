// What a layout must have for each matter, and whether it was proved: an ability that a layout does
// not have is said to be absent, and everything else works.
#include "inspector/target/otp/node.h"

#define MOST_NEEDED 24
static const struct {
    const char *name;
    enum otp_field needed[MOST_NEEDED];  // ends with OTP_FIELD_COUNT
} matters[OTP_MATTERS] = {
    [OTP_WHOLE] = {"memory", {OTP_FIELD_COUNT}},
    [OTP_TIMERS] = {"timers",
                    {OTP_bt_refn, OTP_bt_state, OTP_bt_msg, OTP_bt_stree_left, OTP_bt_stree_right,
                     OTP_bt_roflgs, OTP_bt_receiver, OTP_bt_hlt_timeout, OTP_bt_tw_timeout,
                     OTP_hts_btm_tree, OTP_sd_tsrv, OTP_c_timer, OTP_FIELD_COUNT}},
    [OTP_PORTS] = {"ports",
                   {OTP_port_connected, OTP_port_name, OTP_port_drv, OTP_port_ospid, OTP_port_state,
                    OTP_port_bin, OTP_port_bout, OTP_port_ioq_size, OTP_port_sched_flags,
                    OTP_drv_name, OTP_FIELD_COUNT}},
    [OTP_CHANNELS] = {"distribution channels",
                      {OTP_de_next, OTP_de_sysname, OTP_de_creation, OTP_de_cid, OTP_de_state,
                       OTP_de_qsize, OTP_de_suspended, OTP_pl_next, OTP_FIELD_COUNT}},
    [OTP_MEMORY] = {"allocators",
                    {OTP_al_name, OTP_al_pool, OTP_al_sbcs, OTP_al_mbcs, OTP_cs_blocks,
                     OTP_FIELD_COUNT}},
};

// The first that the layout does not have; OTP_FIELD_COUNT: it has all.
static enum otp_field missing(const struct otp_node *node, enum otp_matter matter)
{
    const enum otp_field *field = matters[matter].needed;
    while (*field != OTP_FIELD_COUNT && otp_at(node, *field) >= 0)
        field++;
    return *field;
}

bool otp_matter_known(const struct otp_node *node, enum otp_matter matter)
{
    return missing(node, matter) == OTP_FIELD_COUNT;
}

struct wb_error *otp_matter_ready(const struct otp_node *node, enum otp_matter matter)
{
    enum otp_field field = missing(node, matter);
    if (field != OTP_FIELD_COUNT)
        return wb_error_new(WB_E_UNSUPPORTED,
                            "layout %s does not have %s: %s of this node cannot be read",
                            node->layout.name, otp_field_name(field), matters[matter].name);
    if (node->refused[matter] != NULL)
        return wb_error_new(WB_E_UNSUPPORTED, "layout %s does not fit this node's %s: %s",
                            node->layout.name, matters[matter].name, node->refused[matter]);
    return NULL;
}
