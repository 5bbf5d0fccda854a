#include <stddef.h>

#include "inspector/target/target_impl.h"

static struct wb_error *check(const struct tgt *t, enum tgt_ability ability)
{
    if (tgt_can(t, ability))
        return NULL;
    return wb_error_new(WB_E_UNSUPPORTED, "this target (%s) cannot %s", t->info.kind,
                        tgt_ability_text(ability));
}

const char *tgt_status_name(enum tgt_status status)
{
    static const char *const names[TGT_STATUS_COUNT] = {
        [TGT_RUNNABLE] = "runnable",   [TGT_RUNNING] = "running",  [TGT_WAITING] = "waiting",
        [TGT_SUSPENDED] = "suspended", [TGT_COLLECTING] = "in gc", [TGT_EXITING] = "exiting",
    };
    return status < TGT_STATUS_COUNT ? names[status] : "unknown";
}

const char *tgt_priority_name(uint8_t priority)
{
    static const char *const names[] = {
        [TGT_MAX] = "max", [TGT_HIGH] = "high", [TGT_NORMAL] = "normal", [TGT_LOW] = "low"};
    return priority <= TGT_LOW ? names[priority] : "";
}

const char *tgt_wait_name(uint8_t wait)
{
    static const char *const names[] = {
        [TGT_NO_WAIT] = "", [TGT_RECEIVE] = "receive", [TGT_RECEIVE_AFTER] = "receive after"};
    return wait <= TGT_RECEIVE_AFTER ? names[wait] : "";
}

const char *tgt_event_name(enum tgt_event event)
{
    static const char *const names[TGT_EVENT_COUNT] = {
#define TGT_EVENT(name, text) [TGT_EVENT_##name] = text,
#include "inspector/target/events.def"
#undef TGT_EVENT
    };
    return event < TGT_EVENT_COUNT ? names[event] : "unknown";
}

bool tgt_can(const struct tgt *t, enum tgt_ability ability)
{
    switch (ability) {
#define TGT_ABILITY(name, member, text) \
    case TGT_CAN_##name:                \
        return t->ops->member != NULL;
#include "inspector/target/abilities.def"
#undef TGT_ABILITY
    case TGT_CAN_LOOK:
        return true;
    }
    return false;
}

const char *tgt_ability_text(enum tgt_ability ability)
{
    static const char *const texts[] = {
#define TGT_ABILITY(name, member, text) [TGT_CAN_##name] = text,
#include "inspector/target/abilities.def"
#undef TGT_ABILITY
        [TGT_CAN_LOOK] = "be looked at",
    };
    return texts[ability];
}

const struct tgt_info *tgt_info(const struct tgt *t)
{
    return &t->info;
}

uint64_t tgt_epoch(const struct tgt *t)
{
    return t->ops->epoch(t);
}

struct wb_error *tgt_list_procs(struct tgt *t, struct wb_arena *arena, struct tgt_procs *ret)
{
    return t->ops->list_procs(t, arena, ret);
}

struct wb_error *tgt_read_proc(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                               struct tgt_proc *ret)
{
    return t->ops->read_proc(t, pid, arena, ret);
}

struct wb_error *tgt_list_frames(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                 struct tgt_frames *ret)
{
    return t->ops->list_frames(t, pid, arena, ret);
}

struct wb_error *tgt_list_messages(struct tgt *t, struct tgt_pid pid, struct tgt_range range,
                                   struct wb_arena *arena, struct tgt_messages *ret)
{
    return t->ops->list_messages(t, pid, range, arena, ret);
}

struct wb_error *tgt_list_modules(struct tgt *t, struct wb_arena *arena, struct tgt_modules *ret)
{
    return t->ops->list_modules(t, arena, ret);
}

struct wb_error *tgt_read_term(struct tgt *t, struct tgt_term term, struct tgt_limits limits,
                               struct wb_arena *arena, struct beam_value *ret)
{
    return t->ops->read_term(t, term, limits, arena, ret);
}

void tgt_close(struct tgt *t)
{
    if (t != NULL)
        t->ops->close(t);
}

struct wb_error *tgt_list_monitors(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                   struct tgt_monitors *ret)
{
    WB_TRY(check(t, TGT_CAN_MONITORS));
    return t->ops->list_monitors(t, pid, arena, ret);
}

struct wb_error *tgt_read_dictionary(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                     struct beam_value *ret)
{
    WB_TRY(check(t, TGT_CAN_DICTIONARY));
    return t->ops->read_dictionary(t, pid, arena, ret);
}

struct wb_error *tgt_list_timers(struct tgt *t, struct wb_arena *arena, struct tgt_timers *ret)
{
    WB_TRY(check(t, TGT_CAN_TIMERS));
    return t->ops->list_timers(t, arena, ret);
}

struct wb_error *tgt_list_ports(struct tgt *t, struct wb_arena *arena, struct tgt_ports *ret)
{
    WB_TRY(check(t, TGT_CAN_PORTS));
    return t->ops->list_ports(t, arena, ret);
}

struct wb_error *tgt_list_threads(struct tgt *t, struct wb_arena *arena, struct tgt_threads *ret)
{
    WB_TRY(check(t, TGT_CAN_THREADS));
    return t->ops->list_threads(t, arena, ret);
}

struct wb_error *tgt_list_channels(struct tgt *t, struct wb_arena *arena, struct tgt_channels *ret)
{
    WB_TRY(check(t, TGT_CAN_CHANNELS));
    return t->ops->list_channels(t, arena, ret);
}

struct wb_error *tgt_list_uses(struct tgt *t, struct wb_arena *arena, struct tgt_uses *ret)
{
    WB_TRY(check(t, TGT_CAN_USES));
    return t->ops->list_uses(t, arena, ret);
}

struct wb_error *tgt_list_atoms(struct tgt *t, struct wb_arena *arena, struct tgt_atoms *ret)
{
    WB_TRY(check(t, TGT_CAN_ATOMS));
    return t->ops->list_atoms(t, arena, ret);
}

struct wb_error *tgt_list_checks(struct tgt *t, struct wb_arena *arena, struct tgt_checks *ret)
{
    WB_TRY(check(t, TGT_CAN_CHECKS));
    return t->ops->list_checks(t, arena, ret);
}

struct wb_error *tgt_list_tables(struct tgt *t, struct wb_arena *arena, struct tgt_tables *ret)
{
    WB_TRY(check(t, TGT_CAN_TABLES));
    return t->ops->list_tables(t, arena, ret);
}

struct wb_error *tgt_list_rows(struct tgt *t, uint64_t table, struct wb_arena *arena,
                               struct tgt_terms *ret)
{
    WB_TRY(check(t, TGT_CAN_ROWS));
    return t->ops->list_rows(t, table, arena, ret);
}

struct wb_error *tgt_read_memory(struct tgt *t, struct tgt_addr from, void *to, size_t size)
{
    WB_TRY(check(t, TGT_CAN_MEMORY));
    return t->ops->read_memory(t, from, to, size);
}

struct wb_error *tgt_find_code(struct tgt *t, const struct tgt_find *find, struct wb_arena *arena,
                               struct tgt_addrs *ret)
{
    WB_TRY(check(t, TGT_CAN_CODE));
    return t->ops->find_code(t, find, arena, ret);
}

struct wb_error *tgt_read_place(struct tgt *t, struct tgt_addr ip, struct wb_arena *arena,
                                struct tgt_place *ret)
{
    WB_TRY(check(t, TGT_CAN_PLACE));
    return t->ops->read_place(t, ip, arena, ret);
}

struct wb_error *tgt_read_clock(struct tgt *t, uint64_t *ret)
{
    WB_TRY(check(t, TGT_CAN_CLOCK));
    return t->ops->read_clock(t, ret);
}

struct wb_error *tgt_look_again(struct tgt *t, bool hold)
{
    WB_TRY(check(t, TGT_CAN_LIVING));
    return t->ops->living->look_again(t, hold);
}

void tgt_let_go(struct tgt *t)
{
    if (t->ops->living != NULL)
        t->ops->living->let_go(t);
}

struct tgt_hold tgt_held(const struct tgt *t)
{
    return t->ops->living != NULL ? t->ops->living->held(t) : (struct tgt_hold){0};
}

struct wb_error *tgt_run(struct tgt *t, const struct tgt_run *run, struct tgt_stop *ret)
{
    WB_TRY(check(t, TGT_CAN_RUN));
    return t->ops->run->run(t, run, ret);
}

void tgt_interrupt(struct tgt *t)
{
    if (t->ops->run != NULL)
        t->ops->run->interrupt(t);
}

uint64_t tgt_line_key(const struct tgt *t, struct tgt_addr ip)
{
    return t->ops->run != NULL ? t->ops->run->line_key(t, ip) : 0;
}

uint64_t tgt_depth_mark(const struct tgt *t, struct tgt_pid pid)
{
    return t->ops->run != NULL ? t->ops->run->depth_mark(t, pid) : 0;
}

int tgt_depth_compare(const struct tgt *t, struct tgt_pid pid, uint64_t mark)
{
    return t->ops->run != NULL ? t->ops->run->depth_compare(t, pid, mark) : 0;
}

struct tgt_addr tgt_ip_of(const struct tgt *t, struct tgt_pid pid)
{
    return t->ops->run != NULL ? t->ops->run->ip_of(t, pid) : (struct tgt_addr){0};
}

struct wb_bytes tgt_take_output(struct tgt *t)
{
    return t->ops->run != NULL ? t->ops->run->take_output(t) : (struct wb_bytes){0};
}

struct wb_error *tgt_inject(struct tgt *t, struct tgt_pid to, const struct beam_value *term)
{
    WB_TRY(check(t, TGT_CAN_EDIT));
    return t->ops->edit->inject(t, to, term);
}

struct wb_error *tgt_drop(struct tgt *t, struct tgt_pid pid, uint64_t message)
{
    WB_TRY(check(t, TGT_CAN_EDIT));
    return t->ops->edit->drop(t, pid, message);
}

struct wb_error *tgt_move(struct tgt *t, struct tgt_pid pid, uint64_t message, uint64_t before)
{
    WB_TRY(check(t, TGT_CAN_EDIT));
    return t->ops->edit->move(t, pid, message, before);
}

struct wb_error *tgt_kill(struct tgt *t, struct tgt_pid pid)
{
    WB_TRY(check(t, TGT_CAN_EDIT));
    return t->ops->edit->kill(t, pid);
}

struct wb_error *tgt_load_code(struct tgt *t, struct wb_bytes beam_file, const char *source)
{
    WB_TRY(check(t, TGT_CAN_LOAD));
    return t->ops->load_code(t, beam_file, source);
}

struct wb_error *tgt_purge_code(struct tgt *t, struct wb_bytes module, bool kill, uint64_t *users)
{
    WB_TRY(check(t, TGT_CAN_PURGE));
    return t->ops->purge_code(t, module, kill, users);
}

struct wb_error *tgt_save(struct tgt *t, const char *path, const struct tgt_watch *watch)
{
    struct wb_write file;
    WB_TRY(check(t, TGT_CAN_SAVE));
    // All that a node knows is in it, as in a core file.
    WB_TRY(wb_write_open(path, 0600, &file));
    return wb_write_close(&file, t->ops->save(t, &file, watch));
}
