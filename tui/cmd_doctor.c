// cmd_doctor.c - cryo doctor: what is here, what works, what is missing.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inspector/target/layouts.h"
#include "inspector/target/target.h"
#include "tui/start.h"

static bool check(const char *what, bool fine, const char *detail)
{
    printf("%-22s %-4s %s\n", what, fine ? "yes" : "no", detail);
    return fine;
}

static const char *scope_text(const char *scope)
{
    switch (scope[0]) {
    case '0':
        return "0: any process of the same user can be looked at";
    case '1':
        return "1: only as root, or `sysctl kernel.yama.ptrace_scope=0`, or --cap-add SYS_PTRACE";
    case '2':
        return "2: only as root or with CAP_SYS_PTRACE";
    default:
        return "3: nobody can attach until the machine is restarted with another value";
    }
}

// May we trace any process? Root may not everywhere: containers take it away.
static bool has_ptrace_capability(void)
{
    enum { CAP_SYS_PTRACE = 19 };
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    unsigned long capabilities = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "CapEff: %lx", &capabilities) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return (capabilities >> CAP_SYS_PTRACE & 1) != 0;
}

static void check_ptrace(void)
{
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    char scope[8] = "0";
    if (file != NULL) {
        if (fgets(scope, sizeof scope, file) == NULL)
            scope[0] = '0';
        fclose(file);
    }
    bool capable = has_ptrace_capability();
    check("attach (ptrace_scope)", scope[0] == '0' || (capable && scope[0] != '3'),
          scope_text(scope));
    check("CAP_SYS_PTRACE", capable,
          capable ? "nodes of all users"
                  : "own nodes only: sudo, or in a container --cap-add SYS_PTRACE, gives all");
}

static void check_layouts(void)
{
    struct wb_text names wb_auto_text = {0};
    for (size_t i = 0; tgt_layout_name(i) != NULL; i++)
        wb_text_printf(&names, "%s%s", i > 0 ? " " : "", tgt_layout_name(i));
    check("layouts of OTP", true, wb_text_string(&names));
    check("debug information", tgt_reads_debug(),
          tgt_reads_debug() ? "libdwarf: layouts of other builds, lines of native code"
                            : "built without libdwarf: no other layouts, no lines of native code");
}

static bool check_otp(void)
{
    struct tgt_open open = {.name = "lists", .function = "reverse"};
    struct tgt *t = NULL;
    struct wb_error *err = tgt_open(&open, &t);
    bool fine = check("OTP's modules", err == NULL, err == NULL ? "found and loaded" : err->text);
    wb_error_free(err);
    tgt_close(t);
    return fine;
}

static int extract_layout(const char *path)
{
    struct wb_text text wb_auto_text = {0};
    struct wb_error *err = tgt_layout_extract(path, &text);
    if (err != NULL)
        return ui_fail("doctor", err);
    fwrite(wb_text_string(&text), 1, text.size, stdout);
    return UI_EXIT_FINE;
}

static void print_checks(const struct tgt_info *info, const struct tgt_checks *checks)
{
    printf("%s, %s\n", info->kind, info->release);
    for (size_t i = 0; i < info->fact_count; i++)
        printf("%s: %s\n", info->fact[i].name, info->fact[i].value);
    for (size_t i = 0; i < checks->count; i++)
        printf("%-7s  %s: %s\n", checks->at[i].passed ? "fits" : "REFUSED", checks->at[i].name,
               checks->at[i].detail);
    printf("%zu checks, %zu failed\n", checks->count, checks->failed);
    if (info->receipt != NULL)
        printf("%s\n", info->receipt);
}

static int check_target(const char *name)
{
    struct wb_arena arena = {0};
    struct tgt_open open = {.name = name, .unproven = true};
    struct tgt_checks checks;
    struct tgt *t;
    struct wb_error *err = tgt_open(&open, &t);
    if (err != NULL)
        return ui_fail("doctor", err);
    err = tgt_list_checks(t, &arena, &checks);
    if (err == NULL)
        print_checks(tgt_info(t), &checks);
    wb_arena_free(&arena);
    tgt_close(t);
    if (err != NULL)
        return ui_fail("doctor", err);
    return checks.failed > 0 ? UI_EXIT_UNSUPPORTED : UI_EXIT_FINE;
}

int ui_cmd_doctor(int count, char **args)
{
    if (count > 1 && ui_wants_help("doctor", args[1]))
        return UI_EXIT_FINE;
    bool extract = count > 1 && strcmp(args[1], "--extract-layout") == 0;
    if (extract && count < 3)
        return ui_usage("doctor", "--extract-layout of which file?");
    if (count > 2 + extract)
        return ui_usage("doctor", "'%s' is one thing too many", args[2 + extract]);
    if (extract)
        return extract_layout(args[2]);
    if (count > 1 && args[1][0] == '-')
        return ui_usage("doctor", "there is no option %s", args[1]);
    if (count > 1)
        return check_target(args[1]);
    const char *term = getenv("TERM"), *none = getenv("NO_COLOR");
    bool otp = check_otp();
    check_ptrace();
    check_layouts();
    check("terminal", isatty(STDOUT_FILENO) && term != NULL, term != NULL ? term : "TERM not set");
    check("colours", none == NULL || *none == '\0',
          none != NULL && *none != '\0' ? "NO_COLOR is set" : "");
    check("full screen", UI_HAVE_CURSES, UI_HAVE_CURSES ? "ncursesw" : "built without ncursesw");
    check("line editing", UI_HAVE_READLINE,
          UI_HAVE_READLINE ? "readline" : "built without readline: plain input");
    return otp ? UI_EXIT_FINE : UI_EXIT_FOUND;
}
