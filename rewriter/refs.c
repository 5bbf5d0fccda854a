#include "rewriter/refs.h"

#include <string.h>

struct mapper {
    struct wb_arena *arena;
    rw_ref_fn *fn;
    void *user;
};

bool rw_is_list(char letter)
{
    return letter != '\0' && strchr("VTPHGEYUCM", letter) != NULL;
}

char rw_element_letter(char list, uint32_t i)
{
    switch (list) {
    case 'V':
        return i % 2 == 0 ? 's' : 'f';
    case 'T':
        return i % 2 == 0 ? 'u' : 'f';
    case 'G':
        return i % 2 == 0 ? 's' : 'd';
    case 'U':
        return i % 2 == 0 ? 'u' : 's';
    case 'C':
        return "auu?ss"[i % BEAM_SEGMENT_PARTS];
    case 'M':
        return 'u';
    default:
        return 's';
    }
}

static enum rw_pool_kind pool_of_letter(char letter)
{
    switch (letter) {
    case 'I':
        return RW_IMPORT;
    case 'g':
        return RW_LAMBDA;
    case 'i':
        return RW_LINE;
    case 'o':
        return RW_STRING;
    case 'L':
        return RW_LABEL;
    default:
        return RW_POOLS;
    }
}

static void map_list(const struct mapper *m, char letter, struct beam_operand *list);

static uint64_t map_number(const struct mapper *m, enum rw_pool_kind kind, uint64_t handle)
{
    return kind != RW_POOLS ? m->fn(m->user, kind, handle) : handle;
}

static void map_operand(const struct mapper *m, char letter, struct beam_operand *operand)
{
    enum rw_pool_kind kind = RW_POOLS;
    switch ((enum beam_tag)operand->tag) {
    case BEAM_TAG_U:
        kind = pool_of_letter(letter);
        break;
    case BEAM_TAG_A:
        kind = operand->value != 0 ? RW_ATOM : RW_POOLS;
        break;
    case BEAM_TAG_F:
        kind = operand->value != 0 ? RW_LABEL : RW_POOLS;
        break;
    case BEAM_TAG_LITERAL:
        kind = RW_LITERAL;
        break;
    case BEAM_TAG_X:
    case BEAM_TAG_Y:
        if (operand->extra != BEAM_NO_TYPE)
            operand->extra = (uint32_t)m->fn(m->user, RW_TYPE, operand->extra);
        return;
    case BEAM_TAG_LIST:
        map_list(m, letter, operand);
        return;
    case BEAM_TAG_I:
    case BEAM_TAG_H:
    case BEAM_TAG_BIG:
    case BEAM_TAG_FR:
    case BEAM_TAG_ALLOC:
        return;
    }
    uint64_t mapped = map_number(m, kind, operand->value);
    if (mapped != operand->value) {
        operand->value = mapped;
        memset(operand->width, 0, sizeof operand->width);
    }
}

// A segment of kind `string` has an offset into the string pool as its value.
static char element_letter(char letter, const struct beam_operand *list, uint32_t i)
{
    bool value = letter == 'C' && i % BEAM_SEGMENT_PARTS == 4;
    return value && list[i].tag == BEAM_TAG_U ? 'o' : rw_element_letter(letter, i);
}

static void map_list(const struct mapper *m, char letter, struct beam_operand *list)
{
    struct beam_operand *at = NULL;
    if (m->arena != NULL) {
        at = wb_push_array(m->arena, struct beam_operand, list->extra);
        if (list->extra > 0)
            memcpy(at, list->list, list->extra * sizeof *at);
    }
    for (uint32_t i = 0; i < list->extra; i++) {
        struct beam_operand copy = list->list[i];
        map_operand(m, element_letter(letter, list->list, i), &copy);
        if (at != NULL)
            at[i] = copy;
    }
    if (at != NULL)
        list->list = at;
}

const struct beam_operand *rw_refs(uint8_t op, const struct beam_operand *operand,
                                   struct wb_arena *arena, rw_ref_fn *fn, void *user)
{
    const struct beam_op_info *info = beam_op_info(op);
    struct mapper m = {arena, fn, user};
    struct beam_operand *at =
        arena != NULL ? wb_push_array(arena, struct beam_operand, info->arity) : NULL;
    for (unsigned i = 0; i < info->arity; i++) {
        struct beam_operand copy = operand[i];
        map_operand(&m, info->operands[i], &copy);
        if (at != NULL)
            at[i] = copy;
    }
    return at;
}
