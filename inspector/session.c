#include "inspector/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void insp_session_init(struct insp_session *s, struct tgt *t)
{
    *s = (struct insp_session){.t = t};
#define INSP_SETTING(name, initial, most, help) s->set.name = (initial);
#include "inspector/settings.def"
#undef INSP_SETTING
}

void insp_session_done(struct insp_session *s)
{
    insp_control_done(&s->control);
    wb_text_free(&s->scratch);
    wb_arena_free(&s->arena);
    tgt_close(s->t);
}

bool insp_go_on(struct insp_session *s, uint64_t done, uint64_t all)
{
    if (s->watch.go_on != NULL && !s->watch.go_on(s->watch.data, done, all))
        s->interrupted = 1;
    return s->interrupted == 0;
}

struct wb_error *insp_stopped(void)
{
    return wb_error_new(WB_E_STATE, "interrupted");
}

// Pids by number, which is the order in which most targets list them.
static int order_pids(struct tgt_pid a, struct tgt_pid b)
{
    uint32_t x = tgt_pid_number(a), y = tgt_pid_number(b);
    return x != y ? (x > y) - (x < y) : (a.id > b.id) - (a.id < b.id);
}

static int by_pid(const void *a, const void *b, void *data)
{
    const struct tgt_proc *proc = data;
    return order_pids(proc[*(const uint32_t *)a].pid, proc[*(const uint32_t *)b].pid);
}

static void sort_rows(struct insp_session *s)
{
    bool sorted = true;
    s->by_pid = wb_push_array(&s->arena, uint32_t, s->procs.count + 1);
    for (size_t i = 0; i < s->procs.count; i++) {
        s->by_pid[i] = (uint32_t)i;
        sorted &= i == 0 || order_pids(s->procs.at[i - 1].pid, s->procs.at[i].pid) <= 0;
    }
    if (!sorted)
        qsort_r(s->by_pid, s->procs.count, sizeof *s->by_pid, by_pid, s->procs.at);
}

static struct wb_error *reload(struct insp_session *s)
{
    struct wb_arena fresh = {0};
    struct tgt_procs procs;
    uint64_t epoch = tgt_epoch(s->t);
    struct wb_error *err = tgt_list_procs(s->t, &fresh, &procs);
    if (err != NULL) {
        wb_arena_free(&fresh);
        return err;
    }
    wb_arena_free(&s->arena);
    s->arena = fresh;
    s->procs = procs;
    s->child = s->sibling = NULL;
    sort_rows(s);
    s->epoch = epoch;
    s->loaded = true;
    return NULL;
}

struct wb_error *insp_procs(struct insp_session *s, struct tgt_procs *ret)
{
    if (!s->loaded || s->epoch != tgt_epoch(s->t))
        WB_TRY(reload(s));
    *ret = s->procs;
    return NULL;
}

const struct tgt_proc *insp_proc_find(struct insp_session *s, struct tgt_pid pid)
{
    struct tgt_procs procs;
    struct wb_error *err = insp_procs(s, &procs);
    if (err != NULL) {
        wb_error_free(err);
        return NULL;
    }
    size_t low = 0, high = procs.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = order_pids(procs.at[s->by_pid[middle]].pid, pid);
        if (order == 0)
            return &procs.at[s->by_pid[middle]];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

// All of them at once: to ask every process for its children costs no more than to list them.
static void find_children(struct insp_session *s)
{
    size_t none = s->procs.count;
    s->child = wb_push_array(&s->arena, uint32_t, none + 1);
    s->sibling = wb_push_array(&s->arena, uint32_t, none + 1);
    for (size_t i = 0; i <= none; i++)
        s->child[i] = s->sibling[i] = (uint32_t)none;
    for (size_t i = none; i-- > 0;) {
        struct tgt_pid parent = s->procs.at[i].parent;
        const struct tgt_proc *proc = parent.id != 0 ? insp_proc_find(s, parent) : NULL;
        if (proc == NULL)
            continue;
        size_t row = (size_t)(proc - s->procs.at);
        s->sibling[i] = s->child[row];
        s->child[row] = (uint32_t)i;
    }
}

static const struct tgt_proc *relative(struct insp_session *s, const struct tgt_proc *of,
                                       bool child)
{
    if (s->child == NULL)
        find_children(s);
    uint32_t row = (child ? s->child : s->sibling)[of - s->procs.at];
    return row < s->procs.count ? &s->procs.at[row] : NULL;
}

const struct tgt_proc *insp_first_child(struct insp_session *s, const struct tgt_proc *parent)
{
    return relative(s, parent, true);
}

const struct tgt_proc *insp_next_child(struct insp_session *s, const struct tgt_proc *child)
{
    return relative(s, child, false);
}

const struct tgt_proc *insp_proc_named(struct insp_session *s, struct wb_bytes name)
{
    struct tgt_procs procs;
    struct wb_error *err = insp_procs(s, &procs);
    wb_error_free(err);
    for (size_t i = 0; err == NULL && i < procs.count; i++)
        if (name.size > 0 && wb_bytes_equal(procs.at[i].name, name))
            return &procs.at[i];
    return NULL;
}

// "<0.12.0>", "0.12.0", "12", "<12": true when it is written as a pid.
static bool read_pid(const char *text, struct tgt_pid *ret)
{
    uint64_t word[3] = {0};
    unsigned count = 0;
    text += strncmp(text, "#PID", 4) == 0 ? 4 : 0;
    text += *text == '<';
    while (count < 3 && *text >= '0' && *text <= '9') {
        char *end;
        word[count++] = strtoull(text, &end, 10);
        text = end + (*end == '.');
    }
    text += *text == '>';
    if (count == 0 || count == 2 || *text != '\0')
        return false;
    uint64_t number = word[count == 1 ? 0 : 1];
    *ret = tgt_pid_make((uint32_t)number, count == 3 ? (uint32_t)word[2] : 0);
    return number <= UINT32_MAX && word[2] <= INT32_MAX;
}

// A bare number names the process whatever its serial is.
static const struct tgt_proc *numbered(struct insp_session *s, struct tgt_pid pid)
{
    struct tgt_procs procs;
    struct wb_error *err = insp_procs(s, &procs);
    wb_error_free(err);
    for (size_t i = 0; err == NULL && i < procs.count; i++)
        if (tgt_pid_number(procs.at[i].pid) == tgt_pid_number(pid))
            return &procs.at[i];
    return NULL;
}

struct wb_error *insp_proc_of(struct insp_session *s, struct wb_bytes text,
                              const struct tgt_proc **ret)
{
    char name[256];
    if (text.size == 0)
        return insp_current(s, ret);
    if (text.size >= sizeof name)
        return wb_error_new(WB_E_BAD_DATA, "this is too long for the name of a process");
    memcpy(name, text.at, text.size);
    name[text.size] = '\0';
    struct tgt_pid pid;
    const struct tgt_proc *proc = NULL;
    if (read_pid(name, &pid)) {
        proc = insp_proc_find(s, pid);
        if (proc == NULL && strchr(name, '.') == NULL)
            proc = numbered(s, pid);
    } else {
        if (name[0] == '\'' && text.size > 1 && name[text.size - 1] == '\'')
            text = (struct wb_bytes){text.at + 1, text.size - 2};
        proc = insp_proc_named(s, text);
    }
    if (proc == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no process %s", name);
    *ret = proc;
    return NULL;
}

bool insp_hides(struct insp_session *s, struct tgt_pid pid)
{
    if (s->may_show_sensitive && s->set.sensitive != 0)
        return false;
    const struct tgt_proc *proc = pid.id != 0 ? insp_proc_find(s, pid) : NULL;
    return proc != NULL && proc->sensitive;
}

void insp_select(struct insp_session *s, struct tgt_pid pid)
{
    if (s->pid.id != pid.id)
        s->frame = 0;
    s->pid = pid;
}

struct wb_error *insp_current(struct insp_session *s, const struct tgt_proc **ret)
{
    struct tgt_procs procs;
    WB_TRY(insp_procs(s, &procs));
    if (procs.count == 0)
        return wb_error_new(WB_E_NOT_FOUND, "there are no processes");
    const struct tgt_proc *proc = s->pid.id != 0 ? insp_proc_find(s, s->pid) : NULL;
    if (proc == NULL) {
        // Of a program that was started here the last: its own; of a node the first.
        proc = &procs.at[tgt_can(s->t, TGT_CAN_RUN) ? procs.count - 1 : 0];
        insp_select(s, proc->pid);
    }
    *ret = proc;
    return NULL;
}

struct beam_print insp_print_how(const struct insp_session *s, unsigned column, unsigned width)
{
    return (struct beam_print){
        .strings = true,
        .unicode = s->set.unicode != 0,
        .redact = s->set.redact != 0,
        .elixir = s->set.elixir != 0,
        .width = width,
        .column = column,
    };
}

struct tgt_limits insp_limits(const struct insp_session *s)
{
    return (struct tgt_limits){.depth = s->set.depth, .length = s->set.length};
}

void insp_print_term(struct insp_session *s, struct tgt_term term, struct beam_print how,
                     struct wb_text *text)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    struct wb_error *err = tgt_read_term(s->t, term, insp_limits(s), &arena, &value);
    if (err == NULL)
        beam_print(&value, how, text);
    else
        wb_text_printf(text, "<%s>", err->text);
    wb_error_free(err);
    wb_arena_free(&arena);
}

void insp_print_slot(struct insp_session *s, const struct tgt_slot *slot, struct beam_print how,
                     struct wb_text *text)
{
    struct beam_value real = {.kind = BEAM_FLOAT};
    if (slot->kind != 'f') {
        insp_print_term(s, slot->term, how, text);
        return;
    }
    memcpy(&real.real, &slot->term.bits, sizeof real.real);
    beam_print(&real, how, text);
}

void insp_print_message(struct insp_session *s, const struct tgt_message *message, unsigned width,
                        struct wb_text *text)
{
    if (insp_hides(s, message->to))
        wb_text_put(text, INSP_HIDDEN_TEXT);
    else
        insp_print_term(s, message->term, insp_print_how(s, 0, width), text);
}

void insp_print_pid(struct insp_session *s, struct tgt_pid pid, struct wb_text *text)
{
    if (pid.id == 0)
        return;
    wb_text_printf(text, s->set.elixir != 0 ? "#PID<0.%u.%u>" : "<0.%u.%u>", tgt_pid_number(pid),
                   tgt_pid_serial(pid));
}

void insp_print_mfa(const struct tgt_mfa *mfa, struct wb_text *text)
{
    if (mfa->module.size == 0 && mfa->function.size == 0)
        return;
    beam_print_atom(mfa->module, text);
    wb_text_put_char(text, ':');
    beam_print_atom(mfa->function, text);
    wb_text_printf(text, "/%u", mfa->arity);
}

void insp_print_place(const struct tgt_place *place, struct wb_text *text)
{
    if (place->file.size == 0)
        return;
    wb_text_put_bytes(text, place->file.at, place->file.size);
    if (place->line != 0)
        wb_text_printf(text, ":%u", place->line);
}

// The file of a path.
static struct wb_bytes base_name(struct wb_bytes path)
{
    const uint8_t *slash = path.size > 0 ? memrchr(path.at, '/', path.size) : NULL;
    if (slash == NULL)
        return path;
    return (struct wb_bytes){slash + 1, path.size - (size_t)(slash + 1 - path.at)};
}

void insp_print_native(const struct tgt_native *frame, struct wb_text *text)
{
    struct wb_bytes object = base_name(frame->object), file = base_name(frame->file);
    if (object.size == 0) {
        wb_text_printf(text, "0x%" PRIx64, frame->ip.at);
        return;
    }
    struct wb_bytes name = frame->symbol.size > 0 ? frame->symbol : object;
    wb_text_put_bytes(text, name.at, name.size);
    wb_text_printf(text, "+0x%" PRIx64, frame->offset);
    if (file.size > 0)
        wb_text_printf(text, " %.*s:%" PRIu32, (int)file.size, (const char *)file.at, frame->line);
    else if (frame->symbol.size > 0)
        wb_text_printf(text, " %.*s", (int)object.size, (const char *)object.at);
}

void insp_print_time(uint64_t ns, struct wb_text *text)
{
    if (ns < 10000)
        wb_text_printf(text, "%" PRIu64 "ns", ns);
    else if (ns < 10000000)
        wb_text_printf(text, "%" PRIu64 "us", ns / 1000);
    else if (ns < UINT64_C(10000000000))
        wb_text_printf(text, "%" PRIu64 "ms", ns / 1000000);
    else
        wb_text_printf(text, "%" PRIu64 ".%" PRIu64 "s", ns / 1000000000, ns / 100000000 % 10);
}
