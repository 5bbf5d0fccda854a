// The supervision tree: processes under their supervisors, those of no supervisor under the process
// that spawned them.
#include "inspector/state.h"
#include "inspector/table_priv.h"

enum field {
    NAME,
    PID,
    ID,
    RESTART,
    STATUS,
    MESSAGES,
    CURRENT,
    INITIAL,
    TYPE,
    SUPERVISOR,
    BEHAVIOUR,
    STATE
};

static const struct insp_field fields[] = {
    [NAME] = {"name", "PROCESS", INSP_TEXT, -30, INSP_SHOWN,
              "name or initial call, under its supervisor or who spawned it"},
    [PID] = {"pid", "PID", INSP_PID, 11, INSP_SHOWN, "the process"},
    [ID] = {"id", "ID", INSP_VALUE, 12, INSP_SHOWN, "what its supervisor calls it"},
    [RESTART] = {"restart", "RESTART", INSP_TEXT, 9, INSP_SHOWN,
                 "permanent, transient, temporary: as its supervisor has it"},
    [STATUS] = {"status", "STATUS", INSP_TEXT, 9, INSP_SHOWN,
                "runnable, running, waiting, ...; of a child that does not run undefined or "
                "restarting"},
    [MESSAGES] = {"messages", "MSGS", INSP_NUMBER, 8, INSP_SHOWN, "queued messages"},
    [CURRENT] = {"current", "CURRENT", INSP_MFA, -20, INSP_SHOWN, "the function it is in"},
    [INITIAL] = {"initial", "INITIAL", INSP_MFA, 24, INSP_ROOMY, "the function it began with"},
    [TYPE] = {"type", "TYPE", INSP_TEXT, 10, INSP_HIDDEN, "worker or supervisor"},
    [SUPERVISOR] = {"supervisor", "SUPERVISOR", INSP_PID, 11, INSP_HIDDEN, "whose child it is"},
    [BEHAVIOUR] = {"behaviour", "BEHAVIOUR", INSP_TEXT, 10, INSP_HIDDEN,
                   "gen_server, gen_statem or gen_event, where its state was found"},
    [STATE] = {"state", "STATE", INSP_VALUE, -20, INSP_HIDDEN, "the state it keeps on its stack"},
};

// A process, or a child of a supervisor that does not run; as nodes of the tree they are numbered:
// first the rows of procs. `none` is the root.
struct node {
    size_t up, child, sibling;
    const struct insp_child *said;  // by its supervisor; NULL: it has none
};

struct tree {
    struct insp_session *s;
    struct tgt_procs procs;
    struct node *node;
    size_t none;
    size_t *order, *depth;  // of what is shown
    struct wb_text label;
    struct wb_arena state_arena;  // of the row asked for last
    struct insp_state state;
    size_t state_of;
};

static size_t row_of(const struct tree *tree, struct tgt_pid pid)
{
    const struct tgt_proc *proc = pid.id != 0 ? insp_proc_find(tree->s, pid) : NULL;
    return proc != NULL ? (size_t)(proc - tree->procs.at) : tree->none;
}

// Whom each process belongs under by birth. Ids are reused: a parent must be older than its child.
static void ask_parents(struct tree *tree)
{
    for (size_t i = 0; i < tree->procs.count; i++) {
        const struct tgt_proc *proc = &tree->procs.at[i];
        size_t up = row_of(tree, proc->parent);
        if (up != tree->none && proc->serial != 0 && tree->procs.at[up].serial >= proc->serial)
            up = tree->none;
        tree->node[i].up = up;
    }
}

// What a torn or lying target says may go round: whoever comes back to itself stands alone.
static void cut_circles(struct tree *tree, struct wb_arena *arena)
{
    uint8_t *mark = wb_push_array(arena, uint8_t, tree->procs.count + 1);
    enum { NEW, ON_PATH, DONE };
    mark[tree->procs.count] = DONE;
    for (size_t i = 0; i < tree->procs.count; i++) {
        size_t at = i, last = i;
        while (at < tree->procs.count && mark[at] == NEW) {
            mark[at] = ON_PATH;
            last = at;
            at = tree->node[at].up;
        }
        if (at < tree->procs.count && mark[at] == ON_PATH) {
            tree->node[last].up = tree->none;
            tree->node[last].said = NULL;
        }
        for (at = i; at < tree->procs.count && mark[at] == ON_PATH; at = tree->node[at].up)
            mark[at] = DONE;
    }
}

// All that supervisors say of their children, by the supervisor's row.
static size_t ask_supervisors(struct tree *tree, struct wb_arena *arena,
                              struct insp_children *children)
{
    size_t stopped = 0;
    for (size_t i = 0; i < tree->procs.count && insp_go_on(tree->s, i, tree->procs.count); i++) {
        insp_children_read(tree->s, tree->procs.at[i].pid, arena, &children[i]);
        for (size_t k = 0; k < children[i].count; k++)
            stopped += row_of(tree, children[i].at[k].pid) == tree->none;
    }
    return stopped;
}

static void put_under(struct tree *tree, size_t up, size_t node)
{
    tree->node[node].sibling = tree->node[up].child;
    tree->node[up].child = node;
}

// Each list is made from its end: first a supervisor's children in their order, then all others.
static void hang(struct tree *tree, const struct insp_children *children)
{
    size_t count = tree->procs.count, stopped = count;
    for (size_t i = count; i-- > 0;)
        if (tree->node[i].said == NULL)
            put_under(tree, tree->node[i].up, i);
    for (size_t i = count; i-- > 0;)
        for (size_t k = children[i].count; k-- > 0;) {
            size_t row = row_of(tree, children[i].at[k].pid);
            if (row == tree->none) {
                row = stopped++;
                tree->node[row].said = &children[i].at[k];
                tree->node[row].up = i;
            } else if (tree->node[row].said != &children[i].at[k]) {
                continue;
            }
            put_under(tree, i, row);
        }
}

static size_t walk(struct tree *tree, struct wb_arena *arena)
{
    size_t none = tree->none, done = 0, depth = 0, at = tree->node[none].child;
    size_t *path = wb_push_array(arena, size_t, none + 1);
    while (at != none || depth > 0) {
        if (at == none) {
            at = tree->node[path[--depth]].sibling;
            continue;
        }
        tree->order[done] = at;
        tree->depth[done++] = depth;
        path[depth++] = at;
        at = tree->node[at].child;
    }
    return done;
}

// The nodes: of processes, of children that do not run, the root.
static void grow(struct tree *tree, struct wb_arena *arena)
{
    size_t count = tree->procs.count;
    struct insp_children *children = wb_push_array(arena, struct insp_children, count + 1);
    tree->none = SIZE_MAX;
    size_t stopped = ask_supervisors(tree, arena, children);
    tree->none = count + stopped;
    tree->node = wb_push_array(arena, struct node, tree->none + 1);
    tree->order = wb_push_array(arena, size_t, tree->none + 1);
    tree->depth = wb_push_array(arena, size_t, tree->none + 1);
    for (size_t i = 0; i <= tree->none; i++)
        tree->node[i] = (struct node){tree->none, tree->none, tree->none, NULL};
    ask_parents(tree);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < children[i].count; k++) {
            size_t row = row_of(tree, children[i].at[k].pid);
            if (row == tree->none || tree->node[row].said != NULL)
                continue;
            tree->node[row].said = &children[i].at[k];
            tree->node[row].up = i;
        }
    cut_circles(tree, arena);
    hang(tree, children);
}

static struct wb_error *tree_open(struct insp_session *s, struct tgt_pid of, struct wb_arena *arena,
                                  struct insp_rows *ret)
{
    (void)of;
    struct tgt_procs procs;
    WB_TRY(insp_procs(s, &procs));
    struct tree *tree = wb_push(arena, sizeof *tree, alignof(struct tree));
    tree->s = s;
    tree->procs = procs;
    tree->state_of = SIZE_MAX;
    grow(tree, arena);
    if (s->interrupted != 0)
        return insp_stopped();
    ret->count = walk(tree, arena);
    ret->data = tree;
    return NULL;
}

static void tree_close(struct insp_rows *rows)
{
    struct tree *tree = rows->data;
    wb_text_free(&tree->label);
    wb_arena_free(&tree->state_arena);
}

static struct insp_cell label_cell(struct tree *tree, size_t row, const struct tgt_proc *p)
{
    wb_text_cut(&tree->label, 0);
    for (size_t i = 0; i < tree->depth[row]; i++)
        wb_text_put(&tree->label, "  ");
    if (p == NULL)
        wb_text_put(&tree->label, "(does not run)");
    else if (p->name.size > 0)
        beam_print_atom(p->name, &tree->label);
    else
        insp_print_mfa(p->initial, &tree->label);
    return insp_text(wb_text_bytes(&tree->label));
}

static void read_state(struct tree *tree, const struct tgt_proc *p, size_t row)
{
    if (tree->state_of == row)
        return;
    wb_arena_free(&tree->state_arena);
    tree->state = (struct insp_state){0};
    tree->state_of = row;
    if (!insp_hides(tree->s, p->pid))
        wb_error_free(insp_state_read(tree->s, p->pid, &tree->state_arena, &tree->state));
}

// The part that changes: behind the module that a gen_server has before its state, a gen_statem's
// state and data, gen_event's handlers.
static struct insp_cell state_cell(struct tree *tree, const struct tgt_proc *p, size_t row)
{
    if (insp_hides(tree->s, p->pid))
        return insp_string(INSP_HIDDEN_TEXT);
    read_state(tree, p, row);
    if (tree->state.count == 0)
        return insp_none();
    const struct insp_state_part *part = &tree->state.part[tree->state.count - 1];
    if (!part->is_value)
        return insp_term(part->term);
    return insp_value(&part->value);
}

static struct insp_cell child_cell(const struct insp_child *said, enum field field)
{
    if (said == NULL)
        return insp_none();
    if (field == RESTART)
        return insp_text(said->restart);
    if (field == TYPE)
        return insp_text(said->type);
    return insp_value(&said->id);
}

static struct insp_cell tree_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    struct tree *tree = rows->data;
    size_t at = tree->order[row];
    const struct insp_child *said = tree->node[at].said;
    const struct tgt_proc *p = at < tree->procs.count ? &tree->procs.at[at] : NULL;
    if (field == NAME)
        return label_cell(tree, row, p);
    if (field == ID || field == RESTART || field == TYPE)
        return child_cell(said, (enum field)field);
    if (field == SUPERVISOR)
        return insp_pid(said != NULL ? tree->procs.at[tree->node[at].up].pid : (struct tgt_pid){0});
    if (p == NULL)
        return field == STATUS ? insp_text(said->standing) : insp_none();
    switch ((enum field)field) {
    case PID:
        return insp_pid(p->pid);
    case STATUS:
        return insp_string(tgt_status_name(p->status));
    case MESSAGES:
        return insp_number(p->messages);
    case INITIAL:
        return insp_mfa(p->initial);
    case CURRENT:
        return insp_mfa(&p->current->mfa);
    case BEHAVIOUR:
        read_state(tree, p, row);
        return insp_string(tree->state.behaviour);
    case STATE:
        return state_cell(tree, p, row);
    case NAME:
    case ID:
    case RESTART:
    case TYPE:
    case SUPERVISOR:
        break;
    }
    return insp_none();
}

const struct insp_table insp_table_tree = {
    .name = "tree",
    .help = "processes under their supervisors, or under those that spawned them",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = STATE,
    .pid_field = PID,
    .needs = TGT_CAN_LOOK,
    .open = tree_open,
    .cell = tree_cell,
    .close = tree_close,
};
