// Self-checks: does the layout fit this build? Sizes that the symbol table tells, and facts that
// hold in every node: atom 0 is false, processes say their own pid, stacks lie in heaps, ...
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "inspector/target/otp/node.h"

enum { MAX_CHECKS = 64, SAMPLE = 500 };

static const char *print(struct wb_arena *arena, const char *fmt, ...) WB_PRINTF(2, 3);
static const char *print(struct wb_arena *arena, const char *fmt, ...)
{
    enum { ROOM = 160 };
    char *text = wb_push(arena, ROOM, 1);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, ROOM, fmt, args);
    va_end(args);
    return text;
}

static void say(struct otp_checks *checks, const char *name, bool passed, const char *detail)
{
    if (checks->count == MAX_CHECKS)
        return;
    checks->at[checks->count++] = (struct otp_check){name, passed, detail};
    checks->failed += !passed;
}

static void check_size(struct otp_node *node, struct wb_arena *arena, const char *symbol,
                       enum otp_field field, struct otp_checks *ret)
{
    const struct otp_symbol *found = otp_elf_symbol(&node->elf, symbol);
    if (found == NULL || found->size == 0)
        return;
    say(ret, otp_field_name(field), found->size == (uint64_t)(int64_t)otp_at(node, field),
        print(arena, "the symbol %s has %lu bytes, the layout %d", symbol, found->size,
              otp_at(node, field)));
}

static void check_atoms(struct otp_node *node, struct wb_arena *arena, struct otp_checks *ret)
{
    static const char *const first[] = {"false", "true"};
    bool fine = node->atom_count > 2;
    for (otp_word i = 0; i < 2; i++) {
        struct wb_bytes text = otp_atom_text(node, i << 6 | 0x0B);
        fine = fine && wb_bytes_equal(text, wb_bytes_of(first[i]));
    }
    say(ret, "atom table", fine,
        print(arena, "%lu atoms; the first two are %sfalse and true", node->atom_count,
              fine ? "" : "not "));
}

static void check_code(struct otp_node *node, struct wb_arena *arena, struct otp_checks *ret)
{
    size_t named = 0;
    for (size_t i = 0; i < node->range_count; i++) {
        struct tgt_place place;
        otp_word functions = node->range[i].start + (uint64_t)otp_at(node, OTP_bch_funs);
        otp_word first = otp_u64(&node->memory, functions);
        named += otp_place_of(node, first, arena, &place) && place.mfa.module.size > 0 &&
                 place.mfa.function.size > 0 && place.mfa.arity <= 255;
    }
    say(ret, "loaded code", named == node->range_count && named > 0,
        print(arena, "%zu of %zu modules have a first function with a name", named,
              node->range_count));
}

// Counts over processes that stand still; a few may be half-way.
struct census {
    size_t seen, sound, placed, parents, names, queues, initial;
};

static bool has_parent(struct otp_node *node, otp_word at)
{
    otp_word parent = otp_member(node, at, OTP_p_parent);
    otp_word leader = otp_member(node, at, OTP_p_gl);
    return (otp_is_pid(parent) || parent == OTP_NIL || otp_is_atom(parent)) &&
           (otp_is_pid(leader) || otp_is_boxed(leader));
}

static bool counts_agree(struct otp_node *node, const struct otp_process *process)
{
    struct wb_arena arena = {0};
    struct tgt_messages messages;
    otp_list_messages(node, process, TGT_ALL, &arena, &messages);
    uint64_t fetched = 0;
    for (size_t i = 0; i < messages.count; i++)
        fetched += messages.at[i].seen != TGT_OUTER && messages.at[i].term.bits != 0;
    wb_arena_free(&arena);
    otp_word queue = process->at + (uint64_t)otp_at(node, OTP_p_sig_qs);
    return otp_member(node, queue, OTP_q_len) == fetched || node->release >= 27;
}

static void count_process(struct otp_node *node, const struct otp_process *process,
                          struct wb_arena *arena, struct census *ret)
{
    struct tgt_proc proc;
    otp_read_process(node, process, arena, &proc);
    if (proc.status != TGT_WAITING || (proc.caveat != NULL && !otp_stack_of(node, process).sound))
        return;
    struct tgt_place place;
    ret->seen++;
    ret->sound += otp_stack_of(node, process).sound;
    ret->placed += otp_place_of(node, otp_member(node, process->at, OTP_p_i), arena, &place);
    ret->parents += has_parent(node, process->at);
    ret->initial += proc.initial.module.size > 0 && proc.initial.arity <= 255;
    ret->queues += counts_agree(node, process);
}

static void check_share(struct wb_arena *arena, const char *name, size_t good, size_t seen,
                        struct otp_checks *ret)
{
    // One in fifty may have been caught half-way.
    say(ret, name, seen > 0 && (seen - good) * 50 <= seen,
        print(arena, "true of %zu of %zu waiting processes", good, seen));
}

static void check_processes(struct otp_node *node, struct wb_arena *arena, struct otp_checks *ret)
{
    struct census census = {0};
    size_t step = node->process_count / SAMPLE + 1;
    size_t sound = 0, looked = 0;
    for (size_t i = 0; i < node->process_count; i += step) {
        looked++;
        sound += otp_stack_of(node, &node->process[i]).sound;
        count_process(node, &node->process[i], arena, &census);
    }
    say(ret, "processes", node->process_count > 0,
        print(arena, "%zu found in the process table", node->process_count));
    say(ret, "heaps and stacks", sound * 2 > looked,
        print(arena, "in order for %zu of %zu processes", sound, looked));
    check_share(arena, "instruction of a waiting process", census.placed, census.seen, ret);
    check_share(arena, "parents and group leaders", census.parents, census.seen, ret);
    check_share(arena, "initial calls", census.initial, census.seen, ret);
    check_share(arena, "queue lengths", census.queues, census.seen, ret);
}

void otp_check_layout(struct otp_node *node, struct wb_arena *arena, struct otp_checks *ret)
{
    struct otp_checks checks = {.at = wb_push_array(arena, struct otp_check, MAX_CHECKS)};
    check_size(node, arena, "erts_proc", OTP_ptab_sizeof, &checks);
    check_size(node, arena, "erts_invalid_process", OTP_p_sizeof, &checks);
    check_size(node, arena, "erts_invalid_port", OTP_port_sizeof, &checks);
    check_size(node, arena, "erts_atom_table", OTP_it_sizeof, &checks);
    check_atoms(node, arena, &checks);
    check_code(node, arena, &checks);
    check_processes(node, arena, &checks);
    *ret = checks;
}
