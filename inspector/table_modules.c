// Loaded code.
#include "inspector/table_priv.h"

enum field { NAME, OLD, CODE, LITERALS, SERIAL, SOURCE };

static const struct insp_field fields[] = {
    [NAME] = {"name", "MODULE", INSP_NAME, 24, INSP_SHOWN, "the module"},
    [OLD] = {"old", "OLD", INSP_FLAG, 4, INSP_SHOWN, "a version waiting to be purged"},
    [CODE] = {"code", "CODE", INSP_SIZE, 8, INSP_SHOWN, "bytes of instructions"},
    [LITERALS] = {"literals", "LITERALS", INSP_SIZE, 8, INSP_SHOWN, "bytes of literals"},
    [SERIAL] = {"serial", "LOADED", INSP_NUMBER, 7, INSP_SHOWN, "order of loading"},
    [SOURCE] = {"source", "FROM", INSP_TEXT, -20, INSP_SHOWN, "where it was loaded from"},
};

static struct wb_error *modules_open(struct insp_session *s, struct tgt_pid of,
                                     struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct tgt_modules *modules = wb_push(arena, sizeof *modules, alignof(struct tgt_modules));
    WB_TRY(tgt_list_modules(s->t, arena, modules));
    ret->data = modules;
    ret->count = modules->count;
    return NULL;
}

static struct insp_cell modules_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct tgt_modules *modules = rows->data;
    const struct tgt_module *module = &modules->at[row];
    switch ((enum field)field) {
    case NAME:
        return insp_atom(module->name);
    case OLD:
        return insp_flag(module->old);
    case CODE:
        return insp_size(module->code_bytes);
    case LITERALS:
        return insp_size(module->literal_bytes);
    case SERIAL:
        return insp_number(module->serial);
    case SOURCE:
        return insp_text(module->source);
    }
    return insp_none();
}

const struct insp_table insp_table_modules = {
    .name = "modules",
    .help = "loaded code",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = -1,
    .needs = TGT_CAN_LOOK,
    .open = modules_open,
    .cell = modules_cell,
};
