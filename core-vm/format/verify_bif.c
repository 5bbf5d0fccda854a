// What guard BIFs say about types.
#include <string.h>

#include "core-vm/format/verify_priv.h"

static const struct {
    const char *name;
    uint8_t arity;
    uint16_t result, argument;
    uint8_t of;
} bifs[] = {
    {0},
#define BIF(bif_name, bif_arity, kinds, argument_kinds, which) \
    {#bif_name, (bif_arity), (kinds), (argument_kinds), (which)},
#include "core-vm/format/bif_types.def"
#undef BIF
};
enum { BIFS = sizeof bifs / sizeof *bifs };

static uint8_t find_bif(const struct beam_module *module, const struct beam_import *import)
{
    struct wb_bytes name = beam_module_atom(module, import->function);
    if (!wb_bytes_equal(beam_module_atom(module, import->module), wb_bytes_of("erlang")))
        return 0;
    for (size_t i = 1; i < BIFS; i++)
        if (bifs[i].arity == import->arity && strlen(bifs[i].name) == name.size &&
            memcmp(bifs[i].name, name.at, name.size) == 0)
            return (uint8_t)i;
    return 0;
}

void verify_find_bifs(struct verifier *v)
{
    v->import_bif = wb_push_array(&v->scratch, uint8_t, v->module->imports.count);
    for (uint32_t i = 0; i < v->module->imports.count; i++)
        v->import_bif[i] = find_bif(v->module, &v->module->imports.at[i]);
}

struct type verify_bif_type(const struct verifier *v, uint64_t import)
{
    uint8_t bif = v->import_bif[import];
    return type_of(bif != 0 ? bifs[bif].result : T_ANY);
}

struct type verify_call_type(const struct verifier *v, uint64_t index)
{
    const struct beam_import *import = &v->module->imports.at[index];
    struct type type = verify_bif_type(v, index);
    bool set =
        import->arity == 3 && v->now.nx >= 3 &&
        wb_bytes_equal(beam_module_atom(v->module, import->module), wb_bytes_of("erlang")) &&
        wb_bytes_equal(beam_module_atom(v->module, import->function), wb_bytes_of("setelement"));
    if (set && verify_is(v->now.x[1], T_TUPLE))
        type = (struct type){.kinds = T_TUPLE, .info = v->now.x[1].info};
    return type;
}

// element(N, Tuple) also says how large the tuple is at least.
void verify_bif_learn(struct verifier *v, const struct beam_ins *ins, unsigned import_at)
{
    uint8_t bif = v->import_bif[ins->operand[import_at].value];
    if (bif == 0 || bifs[bif].of == 0)
        return;
    const struct beam_operand *first = &ins->operand[import_at + 1];
    struct type type = type_of(bifs[bif].argument);
    bool element = bifs[bif].arity == 2 && bifs[bif].argument == T_TUPLE;
    if (element && first->tag == BEAM_TAG_I && first->integer > 0 && first->integer <= UINT32_MAX)
        type.info = (uint32_t)first->integer;
    verify_learn(v, &ins->operand[import_at + bifs[bif].of], type);
}
