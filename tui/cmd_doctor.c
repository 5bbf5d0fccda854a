// cmd_doctor.c - cryo doctor: what is here, what works, what is missing.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

static void check_ptrace(void)
{
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    char scope[8] = "0";
    if (file != NULL) {
        if (fgets(scope, sizeof scope, file) == NULL)
            scope[0] = '0';
        fclose(file);
    }
    check("attach (ptrace_scope)", scope[0] == '0' || geteuid() == 0, scope_text(scope));
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

int ui_cmd_doctor(int count, char **args)
{
    if (count > 1 && ui_wants_help("doctor", args[1]))
        return UI_EXIT_FINE;
    if (count > 1)
        return ui_usage("doctor", "'%s' is one thing too many", args[1]);
    const char *term = getenv("TERM"), *none = getenv("NO_COLOR");
    bool otp = check_otp();
    check_ptrace();
    check("terminal", isatty(STDOUT_FILENO) && term != NULL, term != NULL ? term : "TERM not set");
    check("colours", none == NULL || *none == '\0',
          none != NULL && *none != '\0' ? "NO_COLOR is set" : "");
    check("full screen", UI_HAVE_CURSES, UI_HAVE_CURSES ? "ncursesw" : "built without ncursesw");
    check("line editing", UI_HAVE_READLINE,
          UI_HAVE_READLINE ? "readline" : "built without readline: plain input");
    return otp ? UI_EXIT_FINE : UI_EXIT_FOUND;
}
