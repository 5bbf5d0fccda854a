#include "rewriter/cas_priv.h"

struct look {
    struct cas_writer *w;
    uint64_t next[RW_POOLS];
    uint32_t file;
};

// Entries must be met in the order in which they stand.
static void meet(struct look *look, enum rw_pool_kind kind, uint64_t handle)
{
    if (handle == look->next[kind])
        look->next[kind]++;
    else if (handle > look->next[kind])
        look->w->implied[kind] = false;
}

static uint64_t see(void *user, enum rw_pool_kind kind, uint64_t handle)
{
    struct look *look = user;
    const struct beam_module *module = look->w->module;
    if (kind == RW_LABEL || kind == RW_STRING || kind == RW_LAMBDA)
        return handle;
    bool fresh = handle == look->next[kind];
    meet(look, kind, handle);
    if (kind == RW_IMPORT && fresh && handle < module->imports.count) {
        meet(look, RW_ATOM, module->imports.at[handle].module);
        meet(look, RW_ATOM, module->imports.at[handle].function);
    }
    if (kind == RW_LINE && fresh && handle < module->lines.count) {
        uint32_t file = module->lines.at[handle].file;
        if (file == look->file + 1)
            look->file = file;
        else if (file > look->file)
            look->w->implied[RW_LINE] = false;
    }
    return handle;
}

static void name_label(struct look *look, const struct rw_function *f, const struct rw_ins *ins,
                       uint32_t *local)
{
    struct cas_writer *w = look->w;
    uint64_t label = ins->operand[0].value;
    meet(look, RW_LABEL, label);
    if (ins->operand[0].tag != BEAM_TAG_U || label >= w->module->code.labels ||
        w->labels[label].function != NULL) {
        w->implied[RW_LABEL] = false;
        return;
    }
    struct cas_label *mine = &w->labels[label];
    mine->function = f;
    if (ins == f->entry)
        mine->role = CAS_START;
    else if (ins == f->first)
        mine->role = CAS_INFO;
    else
        mine->local = ++*local;
}

static void look_at(struct look *look, const struct rw_function *f)
{
    uint32_t local = 0;
    meet(look, RW_ATOM, f->name);
    for (const struct rw_ins *ins = f->first; ins != NULL; ins = ins->next) {
        (void)rw_refs(ins->op, ins->operand, NULL, see, look);
        if (ins->op == OP_label)
            name_label(look, f, ins, &local);
    }
}

static void all_met(struct look *look, enum rw_pool_kind kind, uint32_t count)
{
    if (look->next[kind] != count)
        look->w->implied[kind] = false;
}

void cas_look(struct cas_writer *w)
{
    const struct beam_module *m = w->module;
    struct look look = {.w = w};
    look.next[RW_ATOM] = 2;
    look.next[RW_LABEL] = 1;
    look.next[RW_LINE] = look.next[RW_TYPE] = 1;
    for (int i = 0; i < RW_POOLS; i++)
        w->implied[i] = true;
    w->labels = wb_push_array(&w->arena, struct cas_label, (size_t)m->code.labels + 1);
    for (const struct rw_function *f = w->unit->first; f != NULL; f = f->next)
        look_at(&look, f);
    w->label_end = look.next[RW_LABEL];
    all_met(&look, RW_ATOM, m->atoms.count);
    all_met(&look, RW_IMPORT, m->imports.count);
    all_met(&look, RW_LITERAL, m->literals.count);
    if (m->lines.count > 0)
        all_met(&look, RW_LINE, m->lines.count);
    if (m->lines.count > 0 && look.file + 1 != m->lines.file_count)
        w->implied[RW_LINE] = false;
    if (m->types.understood)
        all_met(&look, RW_TYPE, m->types.count);
    if (!w->implied[RW_IMPORT])
        w->implied[RW_ATOM] = false;
}
