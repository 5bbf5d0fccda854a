// Self-checks: does the layout fit this build? Sizes that the symbol table tells, and facts that
// hold in every node: atom 0 is false, processes stand in the slots their pids say, queues end
// where they say, links lead back, ...
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "inspector/target/otp/check_priv.h"

enum { MAX_CHECKS = 96 };

void otp_check_say(struct otp_checking *c, const char *name, bool passed, const char *fmt, ...)
{
    enum { ROOM = 160 };
    struct tgt_checks *checks = c->ret;
    if (checks->count == MAX_CHECKS)
        return;
    char *text = wb_push(c->arena, ROOM, 1);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, ROOM, fmt, args);
    va_end(args);
    checks->at[checks->count++] = (struct tgt_check){name, passed, text, c->matter};
    checks->failed += !passed;
}

void otp_check_tally(struct otp_checking *c, const struct otp_tally *tally)
{
    size_t wrong = tally->asked - tally->sound;
    // One in fifty may have been caught half-way, or as many as there are threads to do it; more of
    // memory that changes while it is read.
    unsigned one_in = tally->rough ? 2 : c->node->torn ? 5 : 50;
    bool few = wrong * one_in <= tally->asked || (wrong <= c->busy && tally->sound >= 8 * wrong);
    bool passed = few && (tally->asked > 0 || !tally->needed);
    if (tally->asked > 0 || tally->needed)
        otp_check_say(c, tally->name, passed || c->partial, "true of %zu of %zu", tally->sound,
                      tally->asked);
}

static void check_size(struct otp_checking *c, const char *symbol, enum otp_field field)
{
    const struct otp_symbol *found = otp_elf_symbol(&c->node->elf, symbol);
    int32_t size = otp_at(c->node, field);
    if (found == NULL || found->size == 0)
        return;
    otp_check_say(c, otp_field_name(field), found->size == (uint64_t)(int64_t)size,
                  "the symbol %s has %lu bytes, the layout %d", symbol, found->size, size);
}

static void check_sizes(struct otp_checking *c)
{
    check_size(c, "erts_proc", OTP_ptab_sizeof);
    check_size(c, "erts_invalid_process", OTP_p_sizeof);
    check_size(c, "erts_invalid_port", OTP_port_sizeof);
    check_size(c, "erts_atom_table", OTP_it_sizeof);
}

static otp_word atom_at(struct otp_node *node, uint64_t index)
{
    otp_word segment = otp_u64(&node->memory, node->atoms + 8 * (index >> 10));
    return otp_u64(&node->memory, segment + 8 * (index & 1023));
}

// The first atoms are known; the last one is where the count says.
static void check_atoms(struct otp_checking *c)
{
    static const char *const first[] = {"false", "true"};
    struct otp_node *node = c->node;
    bool fine = node->atom_count > 2;
    for (otp_word i = 0; i < 2; i++) {
        struct wb_bytes text = otp_atom_text(node, i << 6 | 0x0B);
        fine = fine && wb_bytes_equal(text, wb_bytes_of(first[i]));
    }
    otp_check_say(c, "atom table", fine, "%lu atoms; the first two are %sfalse and true",
                  node->atom_count, fine ? "" : "not ");
    uint64_t limit = node->atom_limit;
    // The word before says for how many there is room: segments of 1024.
    otp_word table = otp_symbol(node, "erts_atom_table");
    uint32_t room = otp_u32(&node->memory, otp_address(node, table, OTP_it_limit) - 4);
    bool fits =
        limit >= room && room >= node->atom_count && room % 1024 == 0 && limit < UINT32_C(1) << 31;
    otp_check_say(c, "limit of atoms", fits, "%lu atoms may be", limit);
    uint64_t last = node->atom_count > 0 ? node->atom_count - 1 : 0;
    bool ends = otp_member32(node, atom_at(node, last), OTP_is_index) == last &&
                otp_member32(node, atom_at(node, last / 2), OTP_is_index) == last / 2;
    otp_check_say(c, "number of atoms", ends || c->partial, "atom %lu is %swhere it says", last,
                  ends ? "" : "not ");
}

// Free memory between heap and stack may never have been touched.
static bool is_partial(struct otp_node *node)
{
    uint64_t size = (uint64_t)otp_at(node, OTP_p_sizeof);
    if (node->partial)
        return true;
    for (size_t i = 0; i < node->process_count; i = otp_check_after(node, i)) {
        struct otp_stack stack = otp_stack_of(node, &node->process[i]);
        if (!otp_has(&node->memory, node->process[i].at, size))
            return true;
        if (stack.sound && (!otp_has(&node->memory, stack.heap, stack.htop - stack.heap) ||
                            !otp_has(&node->memory, stack.stop, stack.hend - stack.stop)))
            return true;
    }
    return false;
}

static size_t count_busy(const struct otp_node *node)
{
    size_t busy = 0;
    for (size_t i = 0; i < node->scheduler_count; i++)
        busy += node->scheduler[i].process != 0 || node->scheduler[i].port != 0;
    return busy;
}

void otp_check_layout(struct otp_node *node, struct wb_arena *arena, struct tgt_checks *ret)
{
    struct tgt_checks checks = {.at = wb_push_array(arena, struct tgt_check, MAX_CHECKS)};
    struct otp_checking c = {.node = node, .arena = arena, .ret = &checks};
    c.partial = is_partial(node);
    c.busy = count_busy(node);
    check_sizes(&c);
    check_atoms(&c);
    otp_check_code(&c);
    otp_check_schedulers(&c);
    otp_check_processes(&c);
    otp_check_tables(&c);
    otp_check_terms(&c);
    otp_check_matters(&c);
    *ret = checks;
}
