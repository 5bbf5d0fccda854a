// Changing .beam files: what stays valid stays valid, and what breaks a rule breaks that one.
#include <stdlib.h>
#include <string.h>

#include "rewriter/fuzz/generate.h"
#include "rewriter/fuzz/mutate.h"
#include "tests/unit/main.h"

enum { SEEDS = 120 };

static struct wb_text seeds[SEEDS];

static void make_seeds(void)
{
    for (uint64_t i = 0; i < SEEDS; i++)
        ck_ok(rw_generate(i, &seeds[i]));
}

static void free_seeds(void)
{
    for (size_t i = 0; i < SEEDS; i++)
        wb_text_free(&seeds[i]);
}

static void begin(struct rw_mutate *m, size_t seed)
{
    *m = (struct rw_mutate){.random = rw_random_of(seed)};
    rw_mutate_begin(m, wb_text_bytes(&seeds[seed]), wb_text_bytes(&seeds[(seed + 1) % SEEDS]));
}

// Faults of a file; on the arena. A file that cannot be read has none, and is not read.
static bool verify(const struct wb_text *text, struct wb_arena *arena, struct beam_verdict *ret)
{
    struct beam_module *module = wb_push_array(arena, struct beam_module, 1);
    struct beam_code *code = wb_push_array(arena, struct beam_code, 1);
    struct wb_error *err = beam_module_read(wb_text_bytes(text), arena, module);
    if (err == NULL)
        err = beam_code_read(module, arena, code);
    bool read = err == NULL;
    wb_error_free(err);
    if (read)
        beam_verify(module, code, arena, ret);
    return read;
}

START_TEST(the_same_seed_makes_the_same)
{
    for (size_t i = 0; i < SEEDS; i++) {
        struct wb_text one = {0}, two = {0};
        struct rw_mutate m;
        begin(&m, i);
        rw_mutate_any(&m, &one);
        rw_mutate_done(&m);
        begin(&m, i);
        rw_mutate_any(&m, &two);
        rw_mutate_done(&m);
        ck_assert(wb_bytes_equal(wb_text_bytes(&one), wb_text_bytes(&two)));
        wb_text_free(&one);
        wb_text_free(&two);
    }
}
END_TEST

START_TEST(every_mutator_changes_something)
{
    for (enum rw_mutator mutator = 0; mutator < RW_MUTATOR_COUNT; mutator++) {
        struct wb_text text = {0};
        size_t changed = 0;
        for (size_t i = 0; i < SEEDS; i++) {
            struct rw_mutate m;
            begin(&m, i);
            if (rw_mutate_by(&m, mutator, &text))
                changed += !wb_bytes_equal(wb_text_bytes(&text), wb_text_bytes(&seeds[i]));
            rw_mutate_done(&m);
        }
        ck_assert_msg(changed > 0, "%s never changes anything", rw_mutator_name(mutator));
        wb_text_free(&text);
    }
}
END_TEST

START_TEST(valid_files_stay_valid)
{
    for (enum rw_mutator mutator = 0; mutator < RW_MUTATOR_COUNT; mutator++) {
        const char *name = rw_mutator_name(mutator);
        struct wb_text text = {0};
        for (size_t i = 0; strncmp(name, "valid_", 6) == 0 && i < SEEDS; i++) {
            struct rw_mutate m;
            struct wb_arena arena = {0};
            struct beam_verdict verdict = {0};
            begin(&m, i);
            if (rw_mutate_by(&m, mutator, &text)) {
                ck_assert_msg(verify(&text, &arena, &verdict), "%s of seed %zu", name, i);
                ck_assert_msg(verdict.faults.count == 0, "%s of seed %zu: %s", name, i,
                              verdict.faults.count > 0 ? verdict.faults.at[0].text : "");
            }
            rw_mutate_done(&m);
            wb_arena_free(&arena);
        }
        wb_text_free(&text);
    }
}
END_TEST

static bool only_of(const struct beam_verdict *verdict, enum beam_rule rule)
{
    for (size_t i = 0; i < verdict->faults.count; i++)
        if (verdict->faults.at[i].rule != rule)
            return false;
    return verdict->faults.count > 0;
}

START_TEST(a_breaker_breaks_its_rule_alone)
{
    for (size_t b = 0; b < rw_breaker_count(); b++) {
        enum beam_rule rule;
        const char *name = rw_breaker_name(b, &rule), *other = "";
        struct wb_text text = {0};
        size_t made = 0, alone = 0;
        for (size_t i = 0; i < SEEDS; i++) {
            struct rw_mutate m;
            struct wb_arena arena = {0};
            struct beam_verdict verdict = {0};
            begin(&m, i);
            if (rw_break_rule(&m, b, &text) && verify(&text, &arena, &verdict) &&
                verdict.faults.count > 0) {
                made++;
                alone += only_of(&verdict, rule);
                if (!only_of(&verdict, rule))
                    other = beam_rule_name(verdict.faults.at[0].rule);
            }
            rw_mutate_done(&m);
            wb_arena_free(&arena);
        }
        ck_assert_msg(alone > 0 && alone * 2 >= made,
                      "%s: %zu broken, %zu of them only as wanted (%s)", name, made, alone, other);
        wb_text_free(&text);
    }
}
END_TEST

// Files whose operands are of the wrong kinds are changed as well: a number may be a list there.
START_TEST(what_is_broken_is_broken_again)
{
    enum { TIMES = 12 };
    struct wb_text text = {0}, next = {0};
    for (size_t i = 0; i < SEEDS; i++) {
        struct rw_mutate m = {.random = rw_random_of(i)};
        wb_text_cut(&text, 0);
        wb_text_put_bytes(&text, seeds[i].at, seeds[i].size);
        for (int times = 0; times < TIMES; times++) {
            rw_mutate_begin(&m, wb_text_bytes(&text), wb_text_bytes(&seeds[i]));
            for (size_t b = 0; b < rw_breaker_count(); b++)
                (void)rw_break_rule(&m, b, &next);
            bool changed =
                rw_mutate_by(&m, times % 2 == 0 ? RW_MUTATOR_opcode : RW_MUTATOR_operand, &next);
            struct wb_text old = text;
            text = changed ? next : text;
            next = changed ? old : next;
        }
        rw_mutate_done(&m);
    }
    wb_text_free(&text);
    wb_text_free(&next);
}
END_TEST

Suite *make_suite(void)
{
    Suite *s = suite_create("mutate");
    TCase *t = tcase_create("mutate");
    tcase_set_timeout(t, 60);
    tcase_add_unchecked_fixture(t, make_seeds, free_seeds);
    tcase_add_test(t, the_same_seed_makes_the_same);
    tcase_add_test(t, every_mutator_changes_something);
    tcase_add_test(t, valid_files_stay_valid);
    tcase_add_test(t, a_breaker_breaks_its_rule_alone);
    tcase_add_test(t, what_is_broken_is_broken_again);
    suite_add_tcase(s, t);
    return s;
}
