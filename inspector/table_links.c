// Whom a process is tied to: parent, children, links, monitors both ways.
#include "inspector/table_priv.h"

enum field { TIE, PID, NAME, CURRENT, REF };

static const struct insp_field fields[] = {
    [TIE] = {"tie", "TIE", INSP_TEXT, 12, INSP_SHOWN,
             "parent, child, link, monitors, monitored by, suspends, suspended by, leader"},
    [PID] = {"pid", "PID", INSP_PID, 11, INSP_SHOWN, "the other process"},
    [NAME] = {"name", "NAME", INSP_NAME, 16, INSP_SHOWN, "its registered name"},
    [CURRENT] = {"current", "CURRENT", INSP_MFA, -20, INSP_SHOWN, "the function it is in"},
    [REF] = {"ref", "REFERENCE", INSP_TERM, 24, INSP_SHOWN, "of the monitor"},
};

struct tie {
    const char *kind;
    struct tgt_pid pid;
    struct tgt_term ref;
};

struct ties {
    struct tie *at;
    size_t count;
};

static void add(struct ties *ties, const char *kind, struct tgt_pid pid, struct tgt_term ref)
{
    if (pid.id != 0 || ref.bits != 0)
        ties->at[ties->count++] = (struct tie){kind, pid, ref};
}

static void add_monitors(struct ties *ties, const struct tgt_monitors *monitors)
{
    for (size_t i = 0; i < monitors->count; i++) {
        const struct tgt_monitor *m = &monitors->at[i];
        const char *watch = m->monitored_by ? "monitored by" : "monitors";
        const char *stop = m->monitored_by ? "suspended by" : "suspends";
        add(ties, m->suspends ? stop : watch, m->pid, m->ref);
    }
}

static struct wb_error *links_open(struct insp_session *s, struct tgt_pid of,
                                   struct wb_arena *arena, struct insp_rows *ret)
{
    struct tgt_monitors monitors = {0};
    const struct tgt_proc *proc = insp_proc_find(s, of);
    if (proc == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "the process is gone");
    if (tgt_can(s->t, TGT_CAN_MONITORS))
        WB_TRY(tgt_list_monitors(s->t, of, arena, &monitors));
    struct ties *ties = wb_push(arena, sizeof *ties, alignof(struct ties));
    const struct tgt_proc *first = insp_first_child(s, proc);
    size_t most = 2 + proc->link_count + monitors.count;
    for (const struct tgt_proc *child = first; child != NULL; child = insp_next_child(s, child))
        most++;
    ties->at = wb_push_array(arena, struct tie, most);
    add(ties, "parent", proc->parent, (struct tgt_term){0});
    for (const struct tgt_proc *child = first; child != NULL; child = insp_next_child(s, child))
        add(ties, "child", child->pid, (struct tgt_term){0});
    for (size_t i = 0; i < proc->link_count; i++)
        add(ties, "link", proc->links[i], (struct tgt_term){0});
    add_monitors(ties, &monitors);
    add(ties, "leader", proc->group_leader, (struct tgt_term){0});
    ret->data = ties;
    ret->count = ties->count;
    return NULL;
}

static struct insp_cell links_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct ties *ties = rows->data;
    const struct tie *tie = &ties->at[row];
    const struct tgt_proc *other;
    switch ((enum field)field) {
    case TIE:
        return insp_string(tie->kind);
    case PID:
        return insp_pid(tie->pid);
    case NAME:
        return insp_name_of(rows->s, tie->pid);
    case CURRENT:
        other = insp_proc_find(rows->s, tie->pid);
        return other != NULL ? insp_mfa(&other->current->mfa) : insp_none();
    case REF:
        return insp_term(tie->ref);
    }
    return insp_none();
}

const struct insp_table insp_table_links = {
    .name = "links",
    .help = "parent, children, links and monitors of a process",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = REF,
    .pid_field = PID,
    .takes_pid = true,
    .needs = TGT_CAN_LOOK,
    .open = links_open,
    .cell = links_cell,
};
