#include <stdlib.h>

#include "rewriter/cas_priv.h"

// Tables that have nothing in them are not written by beam_module_write: what stands in the chunk
// then is bytes.
bool cas_is_table(const struct beam_module *module, const struct beam_chunk *chunk)
{
    const struct {
        const char *name;
        bool written;
    } tables[] = {
        {"AtU8", true},
        {"Code", true},
        {"ImpT", true},
        {"ExpT", true},
        {"StrT", chunk->data.size == 0 || module->strings.size > 0},
        {"FunT", module->lambdas.count > 0},
        {"LitT", module->literals.count > 0},
        {"LocT", module->locals.count > 0},
        {"Line", module->lines.count > 0},
        {"Type", module->types.understood},
        {"Attr", module->attributes.size > 0},
        {"CInf", module->compile_info.size > 0},
        {"Meta", module->meta.size > 0},
    };
    if (beam_chunks_find(&module->chunks, chunk->name) != chunk)
        return false;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (memcmp(tables[i].name, chunk->name, 4) == 0)
            return tables[i].written;
    return false;
}

char cas_element_letter(const struct beam_module *module, char letter,
                        const struct beam_operand *list, uint32_t i)
{
    enum { VALUE = 4 };
    if (letter != 'C' || i % BEAM_SEGMENT_PARTS != VALUE || list[i - VALUE].tag != BEAM_TAG_A)
        return rw_element_letter(letter, i);
    struct wb_bytes kind = beam_module_atom(module, list[i - VALUE].value);
    return wb_bytes_equal(kind, wb_bytes_of("string")) ? 'o' : 's';
}

void *cas_more(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room != 0 ? 2 * *room : 32;
    void *more = realloc(at, *room * size);
    if (more == NULL)
        wb_die_no_memory(*room * size);
    return more;
}

static uint32_t new_name(struct cas_reader *r)
{
    r->named = cas_more(r->named, r->named_count, &r->named_room, sizeof *r->named);
    r->named[r->named_count] = (struct cas_named){0, r->at};
    return (uint32_t)r->named_count++;
}

uint64_t cas_label_named(struct cas_reader *r, uint32_t local, uint8_t role)
{
    if (role != CAS_PLAIN)
        return CAS_NAMED | (role == CAS_INFO ? r->info : r->start);
    while (r->locals <= local) {
        r->local = cas_more(r->local, r->locals, &r->local_room, sizeof *r->local);
        r->local[r->locals++] = 0;
    }
    if (r->local[local] == 0)
        r->local[local] = new_name(r) + 1;
    return CAS_NAMED | (r->local[local] - 1);
}

static uint64_t hash_name(struct wb_bytes name, uint32_t arity)
{
    uint64_t hash = arity + 1;
    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ name.at[i]) * 0x100000001b3u;
    return hash ^ hash >> 29;
}

static uint32_t *find_called(struct cas_reader *r, struct wb_bytes name, uint32_t arity)
{
    size_t i = hash_name(name, arity) & (r->slots - 1);
    for (; r->slot[i] != 0; i = (i + 1) & (r->slots - 1)) {
        const struct cas_called *called = &r->called[r->slot[i] - 1];
        if (called->arity == arity && wb_bytes_equal(called->name, name))
            break;
    }
    return &r->slot[i];
}

static void grow_called(struct cas_reader *r)
{
    free(r->slot);
    r->slots = r->slots != 0 ? 4 * r->slots : 256;
    r->slot = calloc(r->slots, sizeof *r->slot);
    if (r->slot == NULL)
        wb_die_no_memory(r->slots * sizeof *r->slot);
    for (size_t i = 0; i < r->called_count; i++)
        *find_called(r, r->called[i].name, r->called[i].arity) = (uint32_t)i + 1;
}

uint64_t cas_function_label(struct cas_reader *r, struct wb_bytes name, uint32_t arity)
{
    if (2 * (r->called_count + 1) > r->slots)
        grow_called(r);
    uint32_t *slot = find_called(r, name, arity);
    if (*slot != 0)
        return CAS_NAMED | r->called[*slot - 1].named;
    r->called = cas_more(r->called, r->called_count, &r->called_room, sizeof *r->called);
    r->called[r->called_count] = (struct cas_called){name, arity, new_name(r)};
    *slot = (uint32_t)++r->called_count;
    return CAS_NAMED | r->called[r->called_count - 1].named;
}

void cas_names_enter(struct cas_reader *r, struct wb_bytes name, uint32_t arity)
{
    r->locals = 0;
    r->info = new_name(r);
    r->start = (uint32_t)cas_function_label(r, name, arity);
    if (r->named[r->start].number != 0)  // another one of that name
        r->start = new_name(r);
}

bool cas_define(struct cas_reader *r, uint64_t named, uint32_t number)
{
    struct cas_named *mine = &r->named[(uint32_t)named];
    if (number > CAS_MOST_LABEL)
        return cas_wrong(r, r->at, "labels go up to %d", CAS_MOST_LABEL);
    if (mine->number != 0)
        return cas_wrong(r, r->at, "the label is defined already");
    mine->number = number != 0 ? number : r->next_label;
    if (mine->number >= r->next_label)
        r->next_label = mine->number + 1;
    return true;
}

bool cas_resolve(struct cas_reader *r, uint64_t *label)
{
    if (*label < CAS_NAMED)
        return true;
    const struct cas_named *named = &r->named[(uint32_t)*label];
    *label = named->number;
    return *label != 0 || cas_wrong(r, named->used, "the label named here is nowhere");
}

void cas_fix_later(struct cas_reader *r, struct beam_operand *operand)
{
    if (operand->tag != BEAM_TAG_F || operand->value < CAS_NAMED)
        return;
    r->fixup = cas_more(r->fixup, r->fixups, &r->fixup_room, sizeof *r->fixup);
    r->fixup[r->fixups++] = operand;
}

bool cas_fix_all(struct cas_reader *r)
{
    for (size_t i = 0; i < r->fixups; i++)
        if (!cas_resolve(r, &r->fixup[i]->value))
            return false;
    return true;
}

void cas_names_free(struct cas_reader *r)
{
    free(r->named);
    free(r->local);
    free(r->slot);
    free(r->called);
    free(r->fixup);
}
