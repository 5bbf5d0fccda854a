// The layout of this very program, which has some structs as a runtime has them: read from its
// debug information, in itself or in a file apart, and compared with what the compiler says.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inspector/target/layouts.h"
#include "inspector/target/otp/extract.h"
#include "tests/unit/main.h"

struct process {
    struct {
        unsigned long id;
        union {
            struct {
                char started_interval;
                void *reg;
            } alive;
            int dead;
        } u;
    } common;
    char odd;
    unsigned long *htop, *stop;
    unsigned char arity;
    struct {
        char before;
        int flags;
    } lock;
};
typedef struct {
    char name[3];
    union {
        struct {
            void **tab;
            int max;
        } o;
        char space[64];
    } r;
} ErtsPTab;

extern const char etp_otp_release[];
const char etp_otp_release[] = "25";
__attribute__((used)) static const struct process a_process = {.odd = 1};
__attribute__((used)) static const ErtsPTab a_table = {.name = "t"};

static char folder[] = "/tmp/cryo-extract-XXXXXX";
static char program[64], stripped[64], debug[64];

static bool shell(const char *command, const char *a, const char *b)
{
    struct wb_text line wb_auto_text = {0};
    wb_text_printf(&line, "%s '%s' %s", command, a, b);
    // NOLINTNEXTLINE(cert-env33-c): the words are this test's own
    return system(wb_text_string(&line)) == 0;
}

static void setup(void)
{
    char self[4096];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_gt(size, 0);
    self[size] = '\0';
    snprintf(program, sizeof program, "%s/program", folder);
    snprintf(stripped, sizeof stripped, "%s/stripped", folder);
    snprintf(debug, sizeof debug, "%s/program.debug", folder);
    ck_assert(shell("cp", self, program));
    ck_assert(shell("objcopy --only-keep-debug", program, debug));
    ck_assert(shell("objcopy --strip-debug", program, stripped));
    ck_assert(shell("objcopy --add-gnu-debuglink", debug, stripped));
}

static void teardown(void)
{
    (void)shell("rm -r", folder, "");
}

static struct otp_layout extract(const char *path)
{
    static struct wb_arena arena;
    struct otp_layout layout;
    ck_ok(otp_layout_extract(&(struct otp_file_name){.root = "", .path = path}, &arena, &layout));
    return layout;
}

static void ck_layout(const struct otp_layout *layout)
{
    ck_assert_uint_eq(layout->release, 25);
    ck_assert_int_eq(layout->at[OTP_p_sizeof], sizeof a_process);
    ck_assert_int_eq(layout->at[OTP_c_id], offsetof(struct process, common.id));
    ck_assert_int_eq(layout->at[OTP_c_reg], offsetof(struct process, common.u.alive.reg));
    ck_assert_int_eq(layout->at[OTP_p_htop], offsetof(struct process, htop));
    ck_assert_int_eq(layout->at[OTP_p_stop], offsetof(struct process, stop));
    ck_assert_int_eq(layout->at[OTP_p_arity], offsetof(struct process, arity));
    ck_assert_int_eq(layout->at[OTP_p_arity_size], 1);
    ck_assert_int_eq(layout->at[OTP_p_lock], offsetof(struct process, lock.flags));
    ck_assert_int_eq(layout->at[OTP_ptab_sizeof], sizeof a_table);
    ck_assert_int_eq(layout->at[OTP_ptab_tab], offsetof(ErtsPTab, r.o.tab));
    ck_assert_int_eq(layout->at[OTP_ptab_max], offsetof(ErtsPTab, r.o.max));
    ck_assert_int_eq(layout->at[OTP_p_heap], -1);
    ck_assert_int_eq(layout->at[OTP_rq_len], -1);
}

START_TEST(members_are_where_the_compiler_put_them)
{
    struct otp_layout layout = extract(program);
    ck_layout(&layout);
    ck_assert_str_eq(layout.name, program);
}
END_TEST

START_TEST(a_debug_link_is_followed)
{
    struct otp_layout layout = extract(stripped);
    ck_layout(&layout);
    ck_assert_str_eq(layout.name, debug);
}
END_TEST

START_TEST(debug_information_of_another_build_is_not_taken)
{
    struct wb_text text wb_auto_text = {0};
    char without[80];
    snprintf(without, sizeof without, "%s.without", stripped);
    ck_assert(shell("objcopy --remove-section=.note.gnu.build-id", stripped, without));
    ck_ok(tgt_layout_extract(without, &text));
    ck_assert(shell("printf x >>", debug, ""));
    ck_fails(tgt_layout_extract(without, &text), WB_E_UNSUPPORTED);
}
END_TEST

START_TEST(no_debug_information_is_said)
{
    struct wb_text text wb_auto_text = {0};
    ck_assert_int_eq(unlink(debug), 0);
    ck_fails(tgt_layout_extract(stripped, &text), WB_E_UNSUPPORTED);
    ck_fails(tgt_layout_extract("/nonexistent/beam.smp", &text), WB_E_NOT_FOUND);
    ck_assert_uint_eq(text.size, 0);
}
END_TEST

START_TEST(the_table_that_is_printed_can_be_read)
{
    struct wb_arena arena = {0};
    struct wb_text text wb_auto_text = {0};
    struct otp_layout layout = extract(program), again;
    ck_ok(tgt_layout_extract(program, &text));
    ck_ok(otp_layout_parse("again", wb_text_bytes(&text), &arena, &again));
    ck_assert_uint_eq(again.release, layout.release);
    ck_assert_str_eq(again.build_id, layout.build_id);
    ck_assert_int_eq(memcmp(again.at, layout.at, sizeof again.at), 0);
    wb_arena_free(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("extract");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 120);
    tcase_add_checked_fixture(core, setup, teardown);
    tcase_add_test(core, members_are_where_the_compiler_put_them);
    tcase_add_test(core, a_debug_link_is_followed);
    tcase_add_test(core, debug_information_of_another_build_is_not_taken);
    tcase_add_test(core, no_debug_information_is_said);
    tcase_add_test(core, the_table_that_is_printed_can_be_read);
    suite_add_tcase(suite, core);
    return suite;
}
