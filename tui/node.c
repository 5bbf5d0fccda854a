#include "tui/node.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/clock.h"
#include "core-vm/base/pipe.h"

extern const struct wb_bytes ui_loader;

enum {
    FD_TALK = 3,
    START_SECONDS = 60,       // for erl, on a busy machine
    MOST_ANSWER = 256 << 20,  // bytes
};

struct ui_node {
    pid_t pid;
    int talk;  // a socket: packets with their size before them, both ways
    int said;  // a file with what erl wrote
    unsigned seconds;
};

// The first packet is a module, which does the rest. No text of the user's is evaluated.
static const char boot[] =
    "P = open_port({fd, 3, 3}, [binary, {packet, 4}]),"
    "receive {P, {data, B}} -> {module, M} = code:load_binary(cryo_loader, \"cryo\", B), M:main(P) "
    "end.";

// ---- the process

static void become_erl(int talk, int said, unsigned seconds, bool own_cookie)
{
    char setup_time[16];
    const char *args[24] = {
        "erl",     "-noshell",     "-noinput",     "-boot",       "no_dot_erlang",
        "-hidden", "-dist_listen", "false",        "-start_epmd", "false",
        "+S",      "1:1",          "+SDio",        "1",           "+A",
        "1",       "-kernel",      "net_setuptime"};
    size_t count = 0;
    while (args[count] != NULL)
        count++;
    snprintf(setup_time, sizeof setup_time, "%u", seconds);
    args[count++] = setup_time;
    if (own_cookie) {  // it is not on the command line: this one is replaced before it is used
        args[count++] = "-setcookie";
        args[count++] = "none";
    }
    args[count++] = "-eval";
    args[count++] = boot;
    args[count] = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv("ERL_CRASH_DUMP_SECONDS", "0", 1);
    unsetenv("CRYO_COOKIE");
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int high = fcntl(talk, F_DUPFD_CLOEXEC, 20);
    if (null < 0 || high < 0 || dup2(said, 1) < 0 || dup2(said, 2) < 0 || dup2(null, 0) < 0 ||
        dup2(high, FD_TALK) < 0)
        _exit(127);
    execvp("erl", (char *const *)(uintptr_t)args);
    _exit(127);
}

static struct wb_error *start(struct ui_node *node, bool own_cookie)
{
    int pair[2];
    node->said = memfd_create("erl", MFD_CLOEXEC);
    if (node->said < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return wb_error_sys(errno, "cannot start erl");
    node->talk = pair[0];
    node->pid = fork();
    if (node->pid == 0)
        become_erl(pair[1], node->said, node->seconds, own_cookie);
    int failed = errno;
    close(pair[1]);
    return node->pid > 0 ? NULL : wb_error_sys(failed, "cannot start erl");
}

void ui_node_close(struct ui_node *node)
{
    if (node == NULL)
        return;
    if (node->pid > 0) {
        kill(node->pid, SIGKILL);
        waitpid(node->pid, NULL, 0);
    }
    if (node->talk >= 0)
        close(node->talk);
    if (node->said >= 0)
        close(node->said);
    free(node);
}

// It has ended: with what it wrote, on one line.
static struct wb_error *ended(const struct ui_node *node)
{
    char text[400], line[160];
    ssize_t size = pread(node->said, text, sizeof text, 0);
    size_t used = 0;
    for (ssize_t i = 0; i < size && used + 1 < sizeof line; i++)
        if (text[i] > ' ' && text[i] < 127)
            line[used++] = text[i];
        else if (used > 0 && line[used - 1] != ' ')
            line[used++] = ' ';
    line[used] = '\0';
    if (used == 0)
        return wb_error_new(WB_E_STATE, "erl has ended: is it installed?");
    return wb_error_new(WB_E_STATE, "erl has ended: %s", line);
}

// ---- packets

static struct wb_error *put(const struct ui_node *node, const void *bytes, size_t size)
{
    for (const char *at = bytes; size > 0;) {
        ssize_t sent = send(node->talk, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return ended(node);
        at += sent;
        size -= (size_t)sent;
    }
    return NULL;
}

static struct wb_error *put_packet(const struct ui_node *node, struct wb_bytes packet)
{
    struct wb_text head wb_auto_text = {0};
    if (packet.size > MOST_ANSWER)
        return wb_error_new(WB_E_LIMIT, "a file of %zu bytes is too big", packet.size);
    wb_text_put_u32(&head, (uint32_t)packet.size);
    WB_TRY(put(node, head.at, head.size));
    return put(node, packet.at, packet.size);
}

static struct wb_error *take(const struct ui_node *node, void *to, size_t size, double until)
{
    enum wb_came came = wb_read_by(node->talk, to, size, until);
    if (came == WB_CAME_LATE)
        return wb_error_new(WB_E_ATTACH, "there is no answer: whether it was done is not known");
    return came == WB_CAME_END ? ended(node) : NULL;
}

static struct wb_error *take_packet(const struct ui_node *node, double until, struct wb_text *ret)
{
    uint8_t head[4], some[8192];
    WB_TRY(take(node, head, sizeof head, until));
    size_t size = wb_read_u32(&(struct wb_reader){.rest = {head, sizeof head}});
    if (size == 0 || size > MOST_ANSWER)
        return wb_error_new(WB_E_LIMIT, "an answer of %zu bytes", size);
    while (size > 0) {
        size_t part = size < sizeof some ? size : sizeof some;
        WB_TRY(take(node, some, part, until));
        wb_text_put_bytes(ret, some, part);
        size -= part;
    }
    return NULL;
}

// ---- requests

static struct wb_error *refusal(struct wb_bytes answer)
{
    static const struct {
        char sign;
        enum wb_code code;
    } rows[] = {{'A', WB_E_ATTACH}, {'N', WB_E_NOT_FOUND}, {'U', WB_E_UNSUPPORTED}};
    enum wb_code code = WB_E_STATE;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (answer.at[0] == (uint8_t)rows[i].sign)
            code = rows[i].code;
    return wb_error_new(code, "%.*s", (int)answer.size - 1, (const char *)answer.at + 1);
}

// *ret has 'K' and what belongs to the request.
static struct wb_error *ask(const struct ui_node *node, const struct wb_text *packet,
                            unsigned seconds, struct wb_text *ret)
{
    WB_TRY(put_packet(node, wb_text_bytes(packet)));
    WB_TRY(take_packet(node, wb_now_seconds() + seconds, ret));
    return ret->at[0] == 'K' ? NULL : refusal(wb_text_bytes(ret));
}

static struct wb_error *connect_to(struct ui_node *node, const struct ui_node_options *options)
{
    struct wb_text packet wb_auto_text = {0}, answer wb_auto_text = {0};
    const char *cookie = options->cookie != NULL ? options->cookie : "";
    WB_TRY(start(node, options->cookie != NULL));
    WB_TRY(put_packet(node, ui_loader));
    wb_text_put(&packet, options->name);
    wb_text_put_char(&packet, '\0');
    wb_text_printf(&packet, "cryo-%d-%llx", (int)getpid(), (unsigned long long)wb_now_ns());
    wb_text_put_char(&packet, '\0');
    wb_text_put(&packet, cookie);
    wb_text_put_char(&packet, '\0');
    wb_text_put_number(&packet, options->seconds);
    return ask(node, &packet, START_SECONDS + 4 * options->seconds, &answer);
}

struct wb_error *ui_node_open(const struct ui_node_options *options, struct ui_node **ret)
{
    struct ui_node *node = calloc(1, sizeof *node);
    if (node == NULL)
        wb_die_no_memory(sizeof *node);
    *node = (struct ui_node){.talk = -1, .said = -1, .seconds = options->seconds};
    struct wb_error *err = connect_to(node, options);
    if (err != NULL) {
        ui_node_close(node);
        return err;
    }
    *ret = node;
    return NULL;
}

// Several requests of the node are made for each of ours.
static unsigned patience(const struct ui_node *node)
{
    return 8 * node->seconds + 10;
}

struct wb_error *ui_node_get(struct ui_node *node, const char *module, struct wb_text *file,
                             struct wb_text *path, bool *differs)
{
    struct wb_text packet wb_auto_text = {0}, answer wb_auto_text = {0};
    wb_text_put_char(&packet, 'G');
    wb_text_put(&packet, module);
    WB_TRY(ask(node, &packet, patience(node), &answer));
    struct wb_reader r = {.rest = wb_text_bytes(&answer)};
    (void)wb_read_u8(&r);
    *differs = wb_read_u8(&r) != 0;
    struct wb_bytes where = wb_read_bytes(&r, wb_read_u16(&r));
    if (r.bad)
        return wb_error_new(WB_E_STATE, "an answer is cut short");
    wb_text_put_bytes(path, where.at, where.size);
    wb_text_put_bytes(file, r.rest.at, r.rest.size);
    return NULL;
}

static void put_sized(struct wb_text *packet, const void *at, size_t size)
{
    wb_text_put_u16(packet, (uint16_t)size);
    wb_text_put_bytes(packet, at, size);
}

struct wb_error *ui_node_load(struct ui_node *node, const struct ui_node_load *load)
{
    struct wb_text packet wb_auto_text = {0}, answer wb_auto_text = {0};
    if (strlen(load->path) > UINT16_MAX || load->module.size > UINT16_MAX)
        return wb_error_new(WB_E_LIMIT, "a name is too long");
    wb_text_put_char(&packet, 'L');
    wb_text_put_char(&packet, (char)load->purge);
    wb_text_put_char(&packet, (char)load->unstick);
    put_sized(&packet, load->module.at, load->module.size);
    put_sized(&packet, load->path, strlen(load->path));
    wb_text_put_bytes(&packet, load->file.at, load->file.size);
    return ask(node, &packet, patience(node), &answer);
}
