// Atoms, in the order in which they came to be.
#include "inspector/table_priv.h"

enum field { NUMBER, NAME, SIZE };

static const struct insp_field fields[] = {
    [NUMBER] = {"number", "N", INSP_NUMBER, 8, INSP_SHOWN, "of the atom, from 0"},
    [NAME] = {"name", "ATOM", INSP_NAME, -30, INSP_SHOWN, "its text"},
    [SIZE] = {"size", "SIZE", INSP_NUMBER, 5, INSP_HIDDEN, "bytes of its text"},
};

static struct wb_error *atoms_open(struct insp_session *s, struct tgt_pid of,
                                   struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct tgt_atoms *atoms = wb_push(arena, sizeof *atoms, alignof(struct tgt_atoms));
    WB_TRY(tgt_list_atoms(s->t, arena, atoms));
    ret->data = atoms;
    ret->count = atoms->count;
    return NULL;
}

static struct insp_cell atoms_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct tgt_atoms *atoms = rows->data;
    switch ((enum field)field) {
    case NUMBER:
        return insp_number(row);
    case NAME:
        // The empty atom is one as well.
        return (struct insp_cell){.kind = INSP_NAME, .text = atoms->at[row]};
    case SIZE:
        return insp_number(atoms->at[row].size);
    }
    return insp_none();
}

const struct insp_table insp_table_atoms = {
    .name = "atoms",
    .help = "atoms, in the order in which they came to be",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = -1,
    .needs = TGT_CAN_ATOMS,
    .open = atoms_open,
    .cell = atoms_cell,
};
