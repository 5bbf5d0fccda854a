#include "inspector/machine.h"

#include <stdio.h>
#include <string.h>

#if INSP_HAVE_CAPSTONE
#include <capstone/capstone.h>
#endif

enum { MOST_BYTES = 16384, LONGEST = 15 };

// As many bytes as are there: memory may end behind what is asked for.
static size_t read_bytes(struct insp_session *s, struct tgt_addr from, uint8_t *to, size_t size)
{
    while (size > 0) {
        struct wb_error *err = tgt_read_memory(s->t, from, to, size);
        wb_error_free(err);
        if (err == NULL)
            return size;
        size /= 2;
    }
    return 0;
}

#if INSP_HAVE_CAPSTONE

static const char *text_of(const cs_insn *instruction, struct wb_arena *arena)
{
    size_t room = strlen(instruction->mnemonic) + strlen(instruction->op_str) + 2;
    char *text = wb_push(arena, room, 1);
    snprintf(text, room, "%s%s%s", instruction->mnemonic, instruction->op_str[0] != '\0' ? " " : "",
             instruction->op_str);
    return text;
}

// Where the instructions before ip begin: from there on they lead to a call that ends behind ip, or
// at least to ip itself. The code of x86 finds back into step soon.
static uint64_t guess_start(csh engine, struct insp_session *s, uint64_t ip)
{
    enum { BACK = 48 };
    uint8_t bytes[BACK + LONGEST + 1];
    uint64_t found = ip;
    cs_insn *one = cs_malloc(engine);
    size_t size = read_bytes(s, (struct tgt_addr){ip - BACK}, bytes, sizeof bytes);
    for (uint64_t back = BACK; one != NULL && size == sizeof bytes && back > 0; back--) {
        const uint8_t *code = bytes + BACK - back;
        uint64_t at = ip - back;
        bool call = false;
        for (size_t left = size; at < ip && cs_disasm_iter(engine, &code, &left, &at, one);)
            call = strcmp(one->mnemonic, "call") == 0;
        if (at == ip + 1 && call) {
            found = ip - back;
            break;
        }
        if (at == ip && found == ip)
            found = ip - back;
    }
    if (one != NULL)
        cs_free(one, 1);
    return found;
}

// The last `before` of those that came stay, moved to the front.
static void keep_last(struct insp_instructions *list, size_t before)
{
    if (list->count <= before)
        return;
    memmove(list->at, list->at + (list->count - before), before * sizeof *list->at);
    list->count = before;
}

static void disassemble(csh engine, const struct insp_machine_range *range, struct wb_bytes code,
                        struct wb_arena *arena, struct insp_instructions *ret)
{
    struct insp_instructions list = {
        .at = wb_push_array(arena, struct insp_instruction, code.size + range->behind + 1)};
    cs_insn *one = cs_malloc(engine);
    uint64_t at = range->start.at;
    size_t behind = 0;
    while (one != NULL && behind < range->behind &&
           cs_disasm_iter(engine, &code.at, &code.size, &at, one)) {
        bool here = one->address <= range->ip.at && range->ip.at < one->address + one->size;
        if (here)
            keep_last(&list, range->before);
        behind += here || one->address > range->ip.at;
        list.at[list.count++] =
            (struct insp_instruction){{one->address}, one->size, text_of(one, arena)};
    }
    if (one != NULL)
        cs_free(one, 1);
    *ret = list;
}

struct wb_error *insp_machine_read(struct insp_session *s, const struct insp_machine_range *range,
                                   struct wb_arena *arena, struct insp_instructions *ret)
{
    csh engine;
    struct insp_machine_range from = *range;
    if (!tgt_can(s->t, TGT_CAN_MEMORY))
        return wb_error_new(WB_E_UNSUPPORTED, "this target cannot be read as memory");
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &engine) != CS_ERR_OK)
        return wb_error_new(WB_E_UNSUPPORTED, "Capstone does not know x86-64");
    if (from.start.at == 0 || from.start.at > from.ip.at || from.ip.at - from.start.at > MOST_BYTES)
        from.start.at = guess_start(engine, s, from.ip.at);
    size_t size = (size_t)(from.ip.at - from.start.at) + LONGEST * (from.behind + 1);
    uint8_t *bytes = wb_push(arena, size, 1);
    size = read_bytes(s, from.start, bytes, size);
    if (size > 0)
        disassemble(engine, &from, (struct wb_bytes){bytes, size}, arena, ret);
    cs_close(&engine);
    return size > 0 ? NULL
                    : wb_error_new(WB_E_NOT_FOUND, "there is no memory at 0x%lx", from.ip.at);
}

#else

struct wb_error *insp_machine_read(struct insp_session *s, const struct insp_machine_range *range,
                                   struct wb_arena *arena, struct insp_instructions *ret)
{
    (void)read_bytes(s, range->start, NULL, 0);
    (void)arena;
    (void)ret;
    return wb_error_new(WB_E_UNSUPPORTED, "this cryo was built without Capstone");
}

#endif
