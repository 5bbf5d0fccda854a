// Opening a node: what release it is, which layout fits, where its tables are.
#include "inspector/target/otp/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspector/target/otp/extract.h"

enum { MAX_SCHEDULERS = 2048, MAX_ATOMS = 1 << 26 };

otp_word otp_symbol(const struct otp_node *node, const char *name)
{
    const struct otp_symbol *symbol = otp_elf_symbol(&node->elf, name);
    return symbol != NULL ? symbol->at + node->bias : 0;
}

static const char *string_of(struct otp_node *node, otp_word at)
{
    enum { MAX_STRING = 64 };
    char *text = wb_push(&node->arena, MAX_STRING, 1);
    for (size_t i = 0; i + 1 < MAX_STRING; i++) {
        text[i] = (char)otp_u8(&node->memory, at + i);
        if (text[i] == '\0')
            break;
    }
    return text;
}

static void write_build_id(struct otp_node *node)
{
    for (size_t i = 0; i < node->elf.build_id.size && 2 * i + 2 < sizeof node->build_id; i++)
        snprintf(node->build_id + 2 * i, 3, "%02x", node->elf.build_id.at[i]);
}

// What the binary itself says it is: strings and numbers that OTP keeps for debuggers.
static struct wb_error *read_release(struct otp_node *node)
{
    otp_word release = otp_symbol(node, "etp_otp_release");
    otp_word version = otp_symbol(node, "etp_erts_version");
    if (release == 0 || version == 0)
        return wb_error_new(WB_E_UNSUPPORTED,
                            "not an Erlang/OTP runtime: it has no symbol etp_otp_release");
    node->release = (unsigned)strtoul(string_of(node, release), NULL, 10);
    node->version = string_of(node, version);
    node->jit = otp_u32(&node->memory, otp_symbol(node, "etp_beamasm")) != 0;
    node->wide_ids = node->release >= 26;
    if (node->release < 24)
        return wb_error_new(WB_E_UNSUPPORTED, "OTP %u is older than what is supported (24 to 29)",
                            node->release);
    return NULL;
}

static void read_shape(struct otp_node *node, const char *table_name, struct otp_id_shape *ret)
{
    otp_word table = otp_symbol(node, table_name);
    *ret = (struct otp_id_shape){
        .mask = otp_member(node, table, OTP_ptab_pix_mask),
        .cl_mask = otp_member(node, table, OTP_ptab_pix_cl_mask),
        .cli_mask = otp_member(node, table, OTP_ptab_pix_cli_mask),
        .cl_shift = otp_member32(node, table, OTP_ptab_pix_cl_shift) & 63,
        .cli_shift = otp_member32(node, table, OTP_ptab_pix_cli_shift) & 63,
    };
}

static void read_shapes(struct otp_node *node)
{
    if (!node->wide_ids)
        return;
    read_shape(node, "erts_proc", &node->pid_shape);
    read_shape(node, "erts_port", &node->port_shape);
}

static void read_frames_shape(struct otp_node *node)
{
    static const char *const names[] = {"beam_return_trace", "beam_exception_trace",
                                        "beam_return_to_trace", "beam_return_time_trace"};
    otp_word layout = otp_symbol(node, "erts_frame_layout");
    node->two_word_frames = layout != 0 && otp_u32(&node->memory, layout) == 1;
    for (size_t i = 0; i < 4; i++) {
        otp_word at = otp_symbol(node, names[i]);
        node->trace_returns[i] = at != 0 ? otp_u64(&node->memory, at) : 0;
    }
}

static void read_atoms(struct otp_node *node)
{
    otp_word table = otp_symbol(node, "erts_atom_table");
    node->atom_count = otp_member32(node, table, OTP_it_entries);
    node->atom_limit = otp_member32(node, table, OTP_it_limit);
    node->atoms = otp_member(node, table, OTP_it_seg);
    if (node->atom_count > MAX_ATOMS)
        node->atom_count = 0;
}

static struct otp_cpu *cpu_of(const struct otp_node *node, otp_word fs_base)
{
    for (size_t i = 0; i < node->cpu_count; i++)
        if (node->cpu[i].fs_base == fs_base)
            return &node->cpu[i];
    return NULL;
}

static const struct {
    const char *data, *count;
} scheduler_tables[] = {
    [OTP_NORMAL] = {"erts_aligned_scheduler_data", "erts_no_schedulers"},
    [OTP_DIRTY_CPU] = {"erts_aligned_dirty_cpu_scheduler_data", "erts_no_dirty_cpu_schedulers"},
    [OTP_DIRTY_IO] = {"erts_aligned_dirty_io_scheduler_data", "erts_no_dirty_io_schedulers"},
};

static void read_schedulers_of(struct otp_node *node, enum otp_sched_kind kind)
{
    otp_word data = otp_u64(&node->memory, otp_symbol(node, scheduler_tables[kind].data));
    uint64_t count = otp_u64(&node->memory, otp_symbol(node, scheduler_tables[kind].count));
    for (uint32_t i = 0; i < count && node->scheduler_count < MAX_SCHEDULERS; i++) {
        otp_word at = data + (uint64_t)otp_at(node, OTP_sd_sizeof) * i;
        node->scheduler[node->scheduler_count++] = (struct otp_scheduler){
            .kind = kind,
            .number = i + 1,
            .data = at,
            .process = otp_member(node, at, OTP_sd_curproc),
            .port = otp_member(node, at, OTP_sd_curport),
            .reductions = otp_member(node, at, OTP_sd_reductions),
            .cpu = cpu_of(node, otp_member(node, at, OTP_sd_tid)),
        };
    }
}

static void read_schedulers(struct otp_node *node)
{
    node->scheduler = wb_push_array(&node->arena, struct otp_scheduler, MAX_SCHEDULERS);
    read_schedulers_of(node, OTP_NORMAL);
    read_schedulers_of(node, OTP_DIRTY_CPU);
    read_schedulers_of(node, OTP_DIRTY_IO);
}

static void refuse(struct otp_node *node, const struct tgt_check *check)
{
    if (node->refused[check->part] != NULL)
        return;
    size_t room = strlen(check->name) + strlen(check->detail) + sizeof ": ";
    char *text = wb_push(&node->arena, room, 1);
    snprintf(text, room, "%s: %s", check->name, check->detail);
    node->refused[check->part] = text;
}

static struct wb_error *prove_layout(struct otp_node *node)
{
    struct wb_arena arena = {0};
    struct tgt_checks checks;
    otp_check_layout(node, &arena, &checks);
    struct wb_error *err = NULL;
    for (size_t i = 0; i < checks.count && err == NULL; i++) {
        const struct tgt_check *check = &checks.at[i];
        if (!check->passed && check->part != OTP_WHOLE)
            refuse(node, check);
        else if (!check->passed)
            err = wb_error_new(
                WB_E_UNSUPPORTED, "layout %s does not fit this build of OTP %u (erts %s): %s: %s",
                node->layout.name, node->release, node->version, check->name, check->detail);
    }
    wb_arena_free(&arena);
    return err;
}

// The shipped table of this very build, else what its debug information says, else the shipped
// table that comes nearest.
static struct wb_error *choose_layout(struct otp_node *node)
{
    struct otp_layout shipped = {.build_id = ""};
    struct wb_error *err = otp_layout_find(node->build_id, node->release, &node->arena, &shipped);
    bool same =
        err == NULL && node->build_id[0] != '\0' && strcmp(shipped.build_id, node->build_id) == 0;
    if (!same && node->runtime.path != NULL) {
        struct wb_error *none = otp_layout_extract(&node->runtime, &node->arena, &node->layout);
        wb_error_free(none == NULL ? err : none);
        if (none == NULL)
            return NULL;
    }
    if (err == NULL)
        node->layout = shipped;
    return err;
}

struct wb_error *otp_node_identify(struct otp_node *node, const struct otp_layout *table)
{
    write_build_id(node);
    WB_TRY(read_release(node));
    if (table == NULL)
        return choose_layout(node);
    node->layout = *table;
    return NULL;
}

struct wb_error *otp_node_open(struct otp_node *node, const struct otp_layout *table)
{
    if (node->layout.name == NULL)
        WB_TRY(otp_node_identify(node, table));
    read_shapes(node);
    read_frames_shape(node);
    read_atoms(node);
    read_schedulers(node);
    if (node->ranges_at == 0)
        WB_TRY(otp_code_open(node));
    WB_TRY(otp_processes_open(node));
    return node->unproven ? NULL : prove_layout(node);
}

void otp_node_done(struct otp_node *node)
{
    otp_natives_done(&node->natives);
    otp_memory_done(&node->memory);
    otp_memory_done(&node->program);
    otp_memory_done(&node->grown);
    wb_arena_free(&node->arena);
}
