// dump_terms.c - compare the terms of a crash dump with what the node that wrote it said of them
// before (dump_terms.erl).
//
// Usage: dump_terms DUMP TERMS
//
// What a dump does not have is compared as far as it goes and counted by name.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/format/etf.h"
#include "core-vm/format/print.h"
#include "inspector/target/target.h"

enum { MOST_SHOWN = 10 };

static const char *const places[] = {"in_mailbox", "in_off_heap_mailbox", "in_dictionary",
                                     "on_stack", "made_here"};
enum { PLACES = sizeof places / sizeof *places, MADE_HERE = PLACES - 1 };

enum verdict {
    SAME,
    NO_ENVIRONMENT,  // a fun's variables
    NO_CREATION,     // which life of another node a pid or port is of
    NO_BITS,         // where in a byte a bit string begins and ends
    NO_WHOLE,        // of a part, the binary it is a part of
    DIFFERENT,
    VERDICTS
};
static const char *const verdict_names[VERDICTS] = {"the same",
                                                    "but for funs' environments",
                                                    "but for other nodes' creations",
                                                    "bit strings, not told",
                                                    "parts of binaries that are not there",
                                                    "different"};

struct said {
    struct wb_bytes kind;
    struct beam_value value;
};
struct found {
    bool there;
    size_t place;
    struct beam_value value;
};

// Where a term is not what it should be.
struct pair {
    const struct beam_value *want, *got;
};

struct tester {
    struct tgt *t;
    struct wb_arena arena;
    struct said *said;
    struct found *found;
    size_t count;
};

static void check(struct wb_error *err)
{
    if (err == NULL)
        return;
    printf("%s\n", err->text);
    exit(2);
}

static enum verdict worse(enum verdict a, enum verdict b)
{
    return a > b ? a : b;
}

static enum verdict compare(const struct beam_value *want, const struct beam_value *got,
                            struct pair *bad);

static enum verdict compare_parts(const struct beam_value *want, const struct beam_value *got,
                                  struct pair *bad)
{
    enum verdict verdict = SAME;
    if (want->part.count != got->part.count)
        return DIFFERENT;
    for (size_t i = 0; i < want->part.count && verdict != DIFFERENT; i++)
        verdict = worse(verdict, compare(&want->part.at[i], &got->part.at[i], bad));
    return verdict;
}

static bool is_untold(const struct beam_value *value)
{
    if (value->kind != BEAM_CONS && value->kind != BEAM_TUPLE && value->kind != BEAM_MAP)
        return value->kind == BEAM_UNREADABLE;
    for (size_t i = 0; i < value->part.count; i++)
        if (is_untold(&value->part.at[i]))
            return true;
    return false;
}

// The value of a key that is told whole; NULL: there is none.
static const struct beam_value *value_of(const struct beam_value *map, const struct beam_value *key)
{
    struct pair ignored = {0};
    for (size_t i = 0; i < map->part.count; i += 2)
        if (compare(key, &map->part.at[i], &ignored) < NO_WHOLE)
            return &map->part.at[i + 1];
    return NULL;
}

// Maps are in the order of their keys, if all of those are told.
static enum verdict compare_maps(const struct beam_value *want, const struct beam_value *got,
                                 struct pair *bad)
{
    size_t untold = 0, not_found = 0;
    enum verdict verdict = SAME;
    for (size_t i = 0; i < got->part.count; i += 2)
        untold += is_untold(&got->part.at[i]);
    if (untold == 0 || want->part.count != got->part.count)
        return compare_parts(want, got, bad);
    for (size_t i = 0; i < want->part.count; i += 2) {
        const struct beam_value *value = value_of(got, &want->part.at[i]);
        if (value == NULL)
            not_found++;
        else
            verdict = worse(verdict, compare(&want->part.at[i + 1], value, bad));
    }
    return not_found == untold ? worse(verdict, NO_WHOLE) : DIFFERENT;
}

static bool is_local(const struct beam_id *id)
{
    return id->node.size == 0;
}

static enum verdict compare_ids(const struct beam_value *want, const struct beam_value *got)
{
    const struct beam_id *a = want->id, *b = got->id;
    if (memcmp(a->word, b->word, sizeof a->word) != 0)
        return DIFFERENT;
    if (is_local(a) || is_local(b))
        return is_local(a) && is_local(b) ? SAME : DIFFERENT;
    if (!wb_bytes_equal(a->node, b->node))
        return DIFFERENT;
    if (a->creation == b->creation)
        return SAME;
    return want->kind == BEAM_REF ? DIFFERENT : NO_CREATION;
}

static enum verdict compare_funs(const struct beam_fun *want, const struct beam_fun *got)
{
    if (!wb_bytes_equal(want->module, got->module) || want->arity != got->arity ||
        !wb_bytes_equal(want->function, got->function) || want->index != got->index ||
        want->old_uniq != got->old_uniq || want->count != got->count ||
        memcmp(want->uniq, got->uniq, sizeof want->uniq) != 0)
        return DIFFERENT;
    return want->count > 0 ? NO_ENVIRONMENT : SAME;
}

static enum verdict compare_binaries(const struct beam_value *want, const struct beam_value *got)
{
    if (want->binary.bits != got->binary.bits)
        return DIFFERENT;
    bool same = want->binary.bits == 0 ||
                memcmp(want->binary.at, got->binary.at, want->binary.bits / 8) == 0;
    return same ? SAME : DIFFERENT;
}

// Bit for bit: -0.0 is not 0.0.
static bool same_reals(const struct beam_value *want, const struct beam_value *got)
{
    uint64_t left, right;
    memcpy(&left, &want->real, sizeof left);
    memcpy(&right, &got->real, sizeof right);
    return left == right;
}

static bool same_bigs(const struct beam_value *want, const struct beam_value *got)
{
    return want->big.negative == got->big.negative && want->big.count == got->big.count &&
           memcmp(want->big.limb, got->big.limb, want->big.count * sizeof *want->big.limb) == 0;
}

static enum verdict compare_kinds(const struct beam_value *want, const struct beam_value *got,
                                  struct pair *bad)
{
    if (want->kind == BEAM_BINARY && got->kind == BEAM_UNREADABLE)
        return NO_WHOLE;
    if (want->kind != got->kind)
        return DIFFERENT;
    switch (want->kind) {
    case BEAM_NIL:
        return SAME;
    case BEAM_SMALL:
        return want->small == got->small ? SAME : DIFFERENT;
    case BEAM_BIG:
        return same_bigs(want, got) ? SAME : DIFFERENT;
    case BEAM_FLOAT:
        return same_reals(want, got) ? SAME : DIFFERENT;
    case BEAM_ATOM:
        return wb_bytes_equal(want->text, got->text) ? SAME : DIFFERENT;
    case BEAM_CONS:
    case BEAM_TUPLE:
        return compare_parts(want, got, bad);
    case BEAM_MAP:
        return compare_maps(want, got, bad);
    case BEAM_BINARY:
        return compare_binaries(want, got);
    case BEAM_FUN:
    case BEAM_EXPORT:
        return compare_funs(want->fun, got->fun);
    case BEAM_PID:
    case BEAM_PORT:
    case BEAM_REF:
        return compare_ids(want, got);
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        return DIFFERENT;
    }
    return DIFFERENT;
}

static enum verdict compare(const struct beam_value *want, const struct beam_value *got,
                            struct pair *bad)
{
    enum verdict verdict = compare_kinds(want, got, bad);
    if (verdict == DIFFERENT && bad->want == NULL)
        *bad = (struct pair){want, got};
    return verdict;
}

static void read_said(struct tester *test, struct wb_bytes file)
{
    struct wb_reader r = {.rest = file};
    size_t room = file.size / 8;
    test->said = wb_push_array(&test->arena, struct said, room);
    while (r.rest.size > 0 && !r.bad) {
        struct said said = {.kind = wb_read_bytes(&r, wb_read_u8(&r))};
        struct wb_bytes etf = wb_read_bytes(&r, wb_read_u32(&r));
        check(beam_etf_read(etf, &test->arena, NULL, &said.value));
        uint64_t number = (uint64_t)said.value.part.at[0].small;
        if (number != test->count)
            check(wb_error_new(WB_E_BAD_DATA, "term %zu has the number %llu", test->count,
                               (unsigned long long)number));
        test->said[test->count++] = said;
    }
    test->found = wb_push_array(&test->arena, struct found, test->count);
}

static void find(struct tester *test, size_t place, const struct beam_value *value)
{
    bool fits = value->kind == BEAM_TUPLE && value->part.count == 2 &&
                value->part.at[0].kind == BEAM_SMALL && value->part.at[0].small >= 0 &&
                (uint64_t)value->part.at[0].small < test->count;
    if (!fits)
        return;
    test->found[value->part.at[0].small] = (struct found){true, place, *value};
}

static void find_elements(struct tester *test, size_t place, const struct beam_value *value)
{
    for (size_t i = 0; value->kind == BEAM_CONS && i + 1 < value->part.count; i++)
        find(test, place, &value->part.at[i]);
}

static struct beam_value read_term(struct tester *test, struct tgt_term term)
{
    static const struct tgt_limits limits = {.depth = 400, .length = 1000000};
    struct beam_value value;
    check(tgt_read_term(test->t, term, limits, &test->arena, &value));
    return value;
}

static void look_at_process(struct tester *test, size_t place, struct tgt_pid pid)
{
    struct tgt_messages messages;
    struct tgt_frames frames;
    struct beam_value value;
    check(tgt_list_messages(test->t, pid, TGT_ALL, &test->arena, &messages));
    for (size_t i = 0; i < messages.count; i++) {
        value = read_term(test, messages.at[i].term);
        find(test, place, &value);
    }
    check(tgt_list_frames(test->t, pid, &test->arena, &frames));
    for (size_t i = 0; i < frames.count; i++)
        for (size_t k = 0; k < frames.at[i].slot_count; k++) {
            value = read_term(test, frames.at[i].slots[k].term);
            find_elements(test, place, &value);
        }
    check(tgt_read_dictionary(test->t, pid, &test->arena, &value));
    find_elements(test, place, &value);
}

static void look_at_dump(struct tester *test)
{
    struct tgt_procs procs;
    check(tgt_list_procs(test->t, &test->arena, &procs));
    for (size_t i = 0; i < procs.count; i++)
        for (size_t place = 0; place < PLACES; place++)
            if (wb_bytes_equal(procs.at[i].name, wb_bytes_of(places[place])))
                look_at_process(test, place, procs.at[i].pid);
}

static enum verdict judge(const struct tester *test, size_t number, struct pair *bad)
{
    const struct said *said = &test->said[number];
    const struct found *found = &test->found[number];
    if (!found->there)
        return DIFFERENT;
    if (wb_bytes_equal(said->kind, wb_bytes_of("bits")))
        return NO_BITS;
    enum verdict verdict = compare(&said->value, &found->value, bad);
    // What was sent or kept as a copy was copied with its bytes.
    return verdict == NO_WHOLE && found->place != MADE_HERE ? DIFFERENT : verdict;
}

static void show(const struct tester *test, size_t number, const struct pair *bad)
{
    struct wb_text want wb_auto_text = {0}, got wb_auto_text = {0};
    const struct said *said = &test->said[number];
    const struct found *found = &test->found[number];
    beam_print(bad->want != NULL ? bad->want : &said->value, (struct beam_print){0}, &want);
    if (bad->got != NULL)
        beam_print(bad->got, (struct beam_print){0}, &got);
    printf("term %zu, %.*s, %s: OTP:\n%.1000s\nhere:\n%.1000s\n", number, (int)said->kind.size,
           (const char *)said->kind.at, found->there ? places[found->place] : "nowhere",
           wb_text_string(&want), wb_text_string(&got));
}

static int compare_all(const struct tester *test)
{
    size_t counts[VERDICTS] = {0};
    for (size_t i = 0; i < test->count; i++) {
        struct pair bad = {0};
        enum verdict verdict = judge(test, i, &bad);
        if (verdict == DIFFERENT && counts[DIFFERENT] < MOST_SHOWN)
            show(test, i, &bad);
        counts[verdict]++;
    }
    printf("%zu terms", test->count);
    for (size_t i = 0; i < VERDICTS; i++)
        printf(", %zu %s", counts[i], verdict_names[i]);
    printf("\n");
    return counts[DIFFERENT] == 0 && counts[SAME] > test->count / 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct tester test = {0};
    if (argc != 3)
        return 2;
    check(wb_file_map(argv[2], &file));
    check(tgt_open(&(struct tgt_open){.name = argv[1]}, &test.t));
    read_said(&test, file);
    look_at_dump(&test);
    int status = compare_all(&test);
    tgt_close(test.t);
    wb_arena_free(&test.arena);
    return status;
}
