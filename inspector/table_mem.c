// What the memory is used for. Parts of one group do not overlap; those of different groups do.
#include "inspector/table_priv.h"

enum field { GROUP, NAME, BYTES, BLOCKS, CARRIERS, CARRIER_BYTES, USED };

static const struct insp_field fields[] = {
    [GROUP] =
        {"group", "GROUP", INSP_TEXT, 12, INSP_SHOWN,
         "memory: as erlang:memory/0 divides it; allocator: the same by who gave it out; ..."},
    [NAME] = {"name", "NAME", INSP_TEXT, -20, INSP_SHOWN, "of the part"},
    [BYTES] = {"bytes", "BYTES", INSP_SIZE, 8, INSP_SHOWN, "in use"},
    [BLOCKS] = {"blocks", "BLOCKS", INSP_NUMBER, 9, INSP_SHOWN, "things in use"},
    [CARRIERS] = {"carriers", "CARRIERS", INSP_NUMBER, 8, INSP_SHOWN,
                  "areas taken from the system for it"},
    [CARRIER_BYTES] = {"taken", "TAKEN", INSP_SIZE, 8, INSP_SHOWN,
                       "bytes taken from the system for it"},
    [USED] = {"used", "USED%", INSP_NUMBER, 5, INSP_SHOWN, "of what was taken, in percent"},
};

static struct wb_error *mem_open(struct insp_session *s, struct tgt_pid of, struct wb_arena *arena,
                                 struct insp_rows *ret)
{
    (void)of;
    struct tgt_uses *uses = wb_push(arena, sizeof *uses, alignof(struct tgt_uses));
    WB_TRY(tgt_list_uses(s->t, arena, uses));
    ret->data = uses;
    ret->count = uses->count;
    return NULL;
}

static struct insp_cell share_of(const struct tgt_use *use)
{
    if (use->carrier_bytes == 0 || use->bytes > UINT64_MAX / 100)
        return insp_none();
    return insp_number(100 * use->bytes / use->carrier_bytes);
}

static struct insp_cell mem_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct tgt_uses *uses = rows->data;
    const struct tgt_use *use = &uses->at[row];
    switch ((enum field)field) {
    case GROUP:
        return insp_string(use->group);
    case NAME:
        return insp_string(use->name);
    case BYTES:
        return insp_size(use->bytes);
    case BLOCKS:
        return insp_some(INSP_NUMBER, use->blocks);
    case CARRIERS:
        return insp_some(INSP_NUMBER, use->carriers);
    case CARRIER_BYTES:
        return insp_some(INSP_SIZE, use->carrier_bytes);
    case USED:
        return share_of(use);
    }
    return insp_none();
}

const struct insp_table insp_table_mem = {
    .name = "mem",
    .help = "what the memory is used for",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = -1,
    .needs = TGT_CAN_USES,
    .open = mem_open,
    .cell = mem_cell,
};
