// ETS tables.
#include "inspector/table_priv.h"

enum field { NAME, TYPE, SIZE, MEMORY, OWNER, OWNER_NAME, ACCESS, ID };

static const struct insp_field fields[] = {
    [NAME] = {"name", "NAME", INSP_NAME, 24, INSP_SHOWN, "of the table"},
    [TYPE] = {"type", "TYPE", INSP_TEXT, 13, INSP_SHOWN, "set, ordered_set, bag, duplicate_bag"},
    [SIZE] = {"size", "ROWS", INSP_NUMBER, 8, INSP_SHOWN, "number of rows"},
    [MEMORY] = {"memory", "MEM", INSP_SIZE, 7, INSP_SHOWN, "bytes"},
    [OWNER] = {"owner", "OWNER", INSP_PID, 11, INSP_SHOWN, "the process it goes with"},
    [OWNER_NAME] = {"owner_name", "OWNER NAME", INSP_NAME, -12, INSP_SHOWN, "its registered name"},
    [ACCESS] = {"access", "ACCESS", INSP_TEXT, 9, INSP_SHOWN, "public, protected, private"},
    [ID] = {"id", "ID", INSP_TERM, 24, INSP_HIDDEN, "the table's identifier"},
};

static struct wb_error *ets_open(struct insp_session *s, struct tgt_pid of, struct wb_arena *arena,
                                 struct insp_rows *ret)
{
    (void)of;
    struct tgt_tables *tables = wb_push(arena, sizeof *tables, alignof(struct tgt_tables));
    WB_TRY(tgt_list_tables(s->t, arena, tables));
    ret->data = tables;
    ret->count = tables->count;
    return NULL;
}

const struct tgt_table *insp_ets_table(const struct insp_rows *rows, size_t row)
{
    const struct tgt_tables *tables = rows->data;
    return &tables->at[row];
}

static struct insp_cell ets_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct tgt_tables *tables = rows->data;
    const struct tgt_table *table = &tables->at[row];
    switch ((enum field)field) {
    case NAME:
        return insp_atom(table->name);
    case TYPE:
        return insp_string(table->type);
    case SIZE:
        return insp_number(table->size);
    case MEMORY:
        return insp_size(table->words * tgt_info(rows->s->t)->word_size);
    case OWNER:
        return insp_pid(table->owner);
    case OWNER_NAME:
        return insp_name_of(rows->s, table->owner);
    case ACCESS:
        return insp_string(table->access);
    case ID:
        return insp_term((struct tgt_term){table->id});
    }
    return insp_none();
}

const struct insp_table insp_table_ets = {
    .name = "ets",
    .help = "tables",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = OWNER,
    .needs = TGT_CAN_TABLES,
    .open = ets_open,
    .cell = ets_cell,
};
