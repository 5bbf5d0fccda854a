// table_priv.h - what the table_*.c files share.
#ifndef INSPECTOR_TABLE_PRIV_H
#define INSPECTOR_TABLE_PRIV_H

#include "inspector/table.h"

#define INSP_TABLE(name) extern const struct insp_table insp_table_##name;
#include "inspector/tables.def"
#undef INSP_TABLE

#define INSP_COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

static inline struct insp_cell insp_none(void)
{
    return (struct insp_cell){.kind = INSP_NONE};
}
static inline struct insp_cell insp_number(uint64_t number)
{
    return (struct insp_cell){.kind = INSP_NUMBER, .number = number};
}
static inline struct insp_cell insp_size(uint64_t bytes)
{
    return (struct insp_cell){.kind = INSP_SIZE, .number = bytes};
}
static inline struct insp_cell insp_flag(bool flag)
{
    return (struct insp_cell){.kind = INSP_FLAG, .number = flag};
}
// A number of a kind that shows nothing when it is 0.
static inline struct insp_cell insp_some(enum insp_kind kind, uint64_t number)
{
    return (struct insp_cell){.kind = number != 0 ? kind : INSP_NONE, .number = number};
}
static inline struct insp_cell insp_text(struct wb_bytes text)
{
    return (struct insp_cell){.kind = text.size != 0 ? INSP_TEXT : INSP_NONE, .text = text};
}
static inline struct insp_cell insp_string(const char *text)
{
    return text != NULL ? insp_text(wb_bytes_of(text)) : insp_none();
}
static inline struct insp_cell insp_atom(struct wb_bytes name)
{
    return (struct insp_cell){.kind = name.size != 0 ? INSP_NAME : INSP_NONE, .text = name};
}
static inline struct insp_cell insp_pid(struct tgt_pid pid)
{
    return (struct insp_cell){.kind = pid.id != 0 ? INSP_PID : INSP_NONE, .pid = pid};
}
static inline struct insp_cell insp_term(struct tgt_term term)
{
    return (struct insp_cell){.kind = term.bits != 0 ? INSP_TERM : INSP_NONE, .term = term};
}
static inline struct insp_cell insp_value(const struct beam_value *value)
{
    return (struct insp_cell){.kind = INSP_VALUE, .value = value};
}
static inline struct insp_cell insp_mfa(const struct tgt_mfa *mfa)
{
    bool known = mfa->module.size != 0 || mfa->function.size != 0;
    return (struct insp_cell){.kind = known ? INSP_MFA : INSP_NONE, .mfa = mfa};
}
static inline struct insp_cell insp_place(const struct tgt_place *place)
{
    return (struct insp_cell){.kind = place->file.size != 0 ? INSP_PLACE : INSP_NONE,
                              .place = place};
}
// "#Port<0.5>"; none of UINT64_MAX.
enum { INSP_PORT_ROOM = 32 };
struct insp_cell insp_port(uint64_t number, char room[INSP_PORT_ROOM]);
// What procs says of a process; none where proc is NULL.
struct insp_cell insp_proc_cell(struct insp_session *s, const struct tgt_proc *proc,
                                unsigned field);
// A row of the table of ETS tables.
const struct tgt_table *insp_ets_table(const struct insp_rows *rows, size_t row);
// The registered name of a process, if it has one.
struct insp_cell insp_name_of(struct insp_session *s, struct tgt_pid pid);

#endif
