// Processes under those that spawned them.
#include <stdlib.h>

#include "inspector/table_priv.h"

enum field { NAME, PID, STATUS, MESSAGES, INITIAL, CURRENT };

static const struct insp_field fields[] = {
    [NAME] = {"name", "PROCESS", INSP_TEXT, -30, INSP_SHOWN, "name or pid, under its parent"},
    [PID] = {"pid", "PID", INSP_PID, 11, INSP_SHOWN, "the process"},
    [STATUS] = {"status", "STATUS", INSP_TEXT, 9, INSP_SHOWN, "runnable, running, waiting, ..."},
    [MESSAGES] = {"messages", "MSGS", INSP_NUMBER, 8, INSP_SHOWN, "queued messages"},
    [INITIAL] = {"initial", "INITIAL", INSP_MFA, 24, INSP_ROOMY, "the function it began with"},
    [CURRENT] = {"current", "CURRENT", INSP_MFA, -20, INSP_SHOWN, "the function it is in"},
};

// Rows of procs: first child and next sibling (count: none), then the order they are shown in.
struct tree {
    struct tgt_procs procs;
    size_t *order, *depth;
    struct wb_text label;
};

struct kin {
    size_t child, sibling;
};

static size_t row_of(struct insp_session *s, const struct tgt_procs *procs, struct tgt_pid pid)
{
    const struct tgt_proc *proc = pid.id != 0 ? insp_proc_find(s, pid) : NULL;
    return proc != NULL ? (size_t)(proc - procs->at) : procs->count;
}

// Links every process under its parent; those without one under `count`.
static void adopt(struct insp_session *s, const struct tgt_procs *procs, struct kin *kin)
{
    size_t none = procs->count;
    for (size_t i = 0; i <= none; i++)
        kin[i] = (struct kin){none, none};
    for (size_t i = none; i-- > 0;) {
        size_t parent = row_of(s, procs, procs->at[i].parent);
        // Ids are reused: a parent must be older than its child, or there would be circles.
        if (parent != none && procs->at[parent].serial >= procs->at[i].serial)
            parent = none;
        kin[i].sibling = kin[parent].child;
        kin[parent].child = i;
    }
}

static size_t walk(const struct tgt_procs *procs, const struct kin *kin, struct tree *tree)
{
    size_t none = procs->count, done = 0, depth = 0, at = kin[none].child;
    size_t *path = calloc(none + 1, sizeof *path);
    if (path == NULL)
        wb_die_no_memory((none + 1) * sizeof *path);
    while (at != none || depth > 0) {
        if (at == none) {
            at = kin[path[--depth]].sibling;
            continue;
        }
        tree->order[done] = at;
        tree->depth[done++] = depth;
        path[depth++] = at;
        at = kin[at].child;
    }
    free(path);
    return done;
}

static struct wb_error *tree_open(struct insp_session *s, struct tgt_pid of, struct wb_arena *arena,
                                  struct insp_rows *ret)
{
    (void)of;
    struct tgt_procs procs;
    WB_TRY(insp_procs(s, &procs));
    struct kin *kin = wb_push_array(arena, struct kin, procs.count + 1);
    struct tree *tree = calloc(1, sizeof *tree);
    if (tree == NULL)
        wb_die_no_memory(sizeof *tree);
    tree->procs = procs;
    tree->order = wb_push_array(arena, size_t, procs.count + 1);
    tree->depth = wb_push_array(arena, size_t, procs.count + 1);
    adopt(s, &procs, kin);
    ret->count = walk(&procs, kin, tree);
    ret->data = tree;
    return NULL;
}

static void tree_close(struct insp_rows *rows)
{
    struct tree *tree = rows->data;
    wb_text_free(&tree->label);
    free(tree);
}

static struct insp_cell label_cell(struct insp_rows *rows, size_t row)
{
    struct tree *tree = rows->data;
    const struct tgt_proc *p = &tree->procs.at[tree->order[row]];
    wb_text_cut(&tree->label, 0);
    for (size_t i = 0; i < tree->depth[row]; i++)
        wb_text_put(&tree->label, "  ");
    if (p->name.size > 0)
        beam_print_atom(p->name, &tree->label);
    else
        insp_print_mfa(&p->initial, &tree->label);
    return insp_text(wb_text_bytes(&tree->label));
}

static struct insp_cell tree_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct tree *tree = rows->data;
    const struct tgt_proc *p = &tree->procs.at[tree->order[row]];
    switch ((enum field)field) {
    case NAME:
        return label_cell(rows, row);
    case PID:
        return insp_pid(p->pid);
    case STATUS:
        return insp_string(tgt_status_name(p->status));
    case MESSAGES:
        return insp_number(p->messages);
    case INITIAL:
        return insp_mfa(&p->initial);
    case CURRENT:
        return insp_mfa(&p->current.mfa);
    }
    return insp_none();
}

const struct insp_table insp_table_tree = {
    .name = "tree",
    .help = "processes under those that spawned them",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = PID,
    .needs = TGT_CAN_LOOK,
    .open = tree_open,
    .cell = tree_cell,
    .close = tree_close,
};
