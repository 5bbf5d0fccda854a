// loader_node.c - a node of the installed OTP, fed through a pipe: it loads files and calls what
// they export, or reads them with beam_lib. When one ends it, the next node is already waiting.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core-vm/base/clock.h"
#include "core-vm/base/file.h"
#include "core-vm/base/pipe.h"
#include "core-vm/format/chunk.h"
#include "rewriter/fuzz/loader_priv.h"

extern const struct wb_bytes rw_feeder;

#define USUAL_SECONDS 10.0
#define START_SECONDS 60.0
enum {
    INPUTS_A_NODE = 20000,  // atoms of refused files stay in a node
    PATH_ROOM = 4096,
    ANSWER_ROOM = 512,
    FD_IN = 3,
    FD_OUT = 4,
};
#define NODE_MEMORY ((rlim_t)12 << 30)

struct node {
    pid_t pid;
    int in, out;  // what it reads, what it writes
    int number;   // of its log
    bool ready;
    unsigned fed;
};

struct nodes {
    struct node now, next;
    char folder[PATH_ROOM - 64];
    bool only_read;
    double seconds;
    int started;
};

// ---- processes

// Logs are used in turn: a node's is read when it has died, before the one after the next starts.
static void log_path(const struct nodes *nodes, int number, char *path)
{
    snprintf(path, PATH_ROOM, "%s/node-%d-%d.log", nodes->folder, (int)getpid(), number % 3);
}

// Which file descriptor a pipe's end has is chance: they are moved out of the way first.
static bool place(int in, int out, int log)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int high_in = fcntl(in, F_DUPFD, 20), high_out = fcntl(out, F_DUPFD, 20);
    return null >= 0 && high_in >= 0 && high_out >= 0 && dup2(log, 2) >= 0 && dup2(null, 0) >= 0 &&
           dup2(null, 1) >= 0 && dup2(high_in, FD_IN) >= 0 && dup2(high_out, FD_OUT) >= 0 &&
           close(high_in) == 0 && close(high_out) == 0;
}

static void become_node(const struct nodes *nodes, const char *log, int in, int out)
{
    struct rlimit memory = {NODE_MEMORY, NODE_MEMORY}, core = {0, 0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &core);
    setenv("ERL_CRASH_DUMP_SECONDS", "0", 1);
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || !place(in, out, fd))
        _exit(127);
    execlp("erl", "erl", "-noshell", "-noinput", "+S", "2:2", "+SDio", "1", "+A", "1", "-boot",
           "no_dot_erlang", "-pa", nodes->folder, "-s", "cryo_feeder", (char *)NULL);
    _exit(127);
}

static struct wb_error *start(struct nodes *nodes, struct node *ret)
{
    int in[2], out[2];
    char log[PATH_ROOM];
    if (pipe2(in, O_CLOEXEC) != 0)
        return wb_error_sys(errno, "cannot make a pipe");
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        close(in[1]);
        return wb_error_sys(errno, "cannot make a pipe");
    }
    *ret = (struct node){.in = in[1], .out = out[0], .number = nodes->started++};
    log_path(nodes, ret->number, log);
    ret->pid = fork();
    if (ret->pid == 0)
        become_node(nodes, log, in[0], out[1]);
    int failed = errno;
    close(in[0]);
    close(out[1]);
    if (ret->pid > 0)
        return NULL;
    close(in[1]);
    close(out[0]);
    return wb_error_sys(failed, "cannot start a node");
}

// The status it ended with; it is ended if need be.
static int end(struct node *node, bool force)
{
    int status = 0;
    if (node->pid <= 0)
        return 0;
    close(node->in);
    close(node->out);
    double until = wb_now_seconds() + (force ? 0 : 2);
    while (waitpid(node->pid, &status, WNOHANG) == 0) {
        if (wb_now_seconds() > until)
            kill(node->pid, SIGKILL);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    node->pid = 0;
    return status;
}

// ---- packets

static bool write_all(int fd, const void *at, size_t size)
{
    for (const char *from = at; size > 0;) {
        ssize_t put = write(fd, from, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        from += put;
        size -= (size_t)put;
    }
    return true;
}

// One packet; text is cut where it is too long.
static enum wb_came read_packet(const struct node *node, char *text, double until)
{
    uint8_t head[4];
    enum wb_came came = wb_read_by(node->out, head, sizeof head, until);
    if (came != WB_CAME)
        return came;
    size_t size = wb_read_u32(&(struct wb_reader){.rest = {head, sizeof head}}), used = 0;
    while (size > 0 && came == WB_CAME) {
        char some[ANSWER_ROOM];
        size_t take = size < sizeof some ? size : sizeof some;
        came = wb_read_by(node->out, some, take, until);
        for (size_t i = 0; i < take && used + 1 < ANSWER_ROOM; i++)
            text[used++] = some[i];
        size -= take;
    }
    text[used] = '\0';
    return came;
}

// The first atom, as well as it can be found: the node must be told it.
static struct wb_bytes name_of(struct wb_bytes file, struct wb_arena *arena)
{
    struct beam_chunks chunks;
    struct wb_error *err = beam_chunks_read(file, arena, &chunks);
    const struct beam_chunk *atoms = err == NULL ? beam_chunks_find(&chunks, "AtU8") : NULL;
    wb_error_free(err);
    if (atoms == NULL || atoms->data.size < 6 || atoms->data.at[4] > atoms->data.size - 5)
        return wb_bytes_of("fuzzed");
    return (struct wb_bytes){atoms->data.at + 5, atoms->data.at[4]};
}

static bool send_file(const struct nodes *nodes, struct wb_bytes file)
{
    struct wb_arena arena = {0};
    struct wb_text text wb_auto_text = {0};
    struct wb_bytes name = name_of(file, &arena);
    wb_text_put_u32(&text, (uint32_t)(2 + name.size + file.size));
    wb_text_put_char(&text, nodes->only_read ? 'B' : 'O');
    wb_text_put_char(&text, (char)name.size);
    wb_text_put_bytes(&text, name.at, name.size);
    wb_text_put_bytes(&text, file.at, file.size);
    wb_arena_free(&arena);
    return write_all(nodes->now.in, text.at, text.size);
}

// ---- one input

// A node that is ready, and another on its way.
static struct wb_error *get_ready(struct nodes *nodes)
{
    char text[ANSWER_ROOM];
    if (nodes->now.pid > 0 && nodes->now.fed >= INPUTS_A_NODE)
        end(&nodes->now, false);
    if (nodes->now.pid <= 0) {
        if (nodes->next.pid <= 0)
            WB_TRY(start(nodes, &nodes->next));
        nodes->now = nodes->next;
        nodes->next.pid = 0;
    }
    if (!nodes->now.ready) {
        if (read_packet(&nodes->now, text, wb_now_seconds() + START_SECONDS) != WB_CAME ||
            text[0] != 'P') {
            end(&nodes->now, true);
            return wb_error_new(WB_E_STATE, "erl does not start: is it installed?");
        }
        nodes->now.ready = true;
    }
    return nodes->next.pid > 0 ? NULL : start(nodes, &nodes->next);
}

// What the node said when it died, without what differs from time to time.
static void read_log(const struct nodes *nodes, const struct node *node, char *said, size_t room)
{
    char path[PATH_ROOM];
    struct wb_bytes file wb_auto_unmap = {0};
    log_path(nodes, node->number, path);
    struct wb_error *err = wb_file_map(path, &file);
    size_t used = 0;
    for (size_t i = 0; err == NULL && i < file.size && used + 1 < room; i++)
        if (file.at[i] >= ' ' && file.at[i] < 127)
            said[used++] = (char)file.at[i];
        else if (used > 0 && said[used - 1] != ' ')
            said[used++] = ' ';
    said[used] = '\0';
    wb_error_free(err);
}

static void died(struct nodes *nodes, const char *doing, struct rw_result *ret)
{
    char said[160];
    struct node gone = nodes->now;
    int status = end(&nodes->now, false);
    nodes->now = (struct node){0};
    read_log(nodes, &gone, said, sizeof said);
    if (WIFSIGNALED(status))
        rw_result_say(ret, RW_END_CRASH, "the node dies of signal %d %s: %s", WTERMSIG(status),
                      doing, said);
    else if (said[0] != '\0')
        rw_result_say(ret, RW_END_CRASH, "the node ends with status %d %s: %s", WEXITSTATUS(status),
                      doing, said);
    else
        rw_result_say(ret, RW_END_LOADED, "it halted the node %s", doing);
}

static void late(struct nodes *nodes, const char *doing, struct rw_result *ret)
{
    end(&nodes->now, true);
    nodes->now = (struct node){0};
    rw_result_say(ret, RW_END_HANG, "the node does not come back %s", doing);
}

// "KEY\tTEXT"
static void raised(const char *text, struct rw_result *ret)
{
    char key[ANSWER_ROOM];
    const char *tab = strchr(text, '\t');
    rw_result_say(ret, RW_END_CRASH, "%s", tab != NULL ? tab + 1 : text);
    if (tab == NULL)
        return;
    snprintf(key, sizeof key, "%.*s", (int)(tab - text), text);
    ret->key = rw_key_of(key);
}

static void answered(struct nodes *nodes, const char *text, struct rw_result *ret)
{
    switch (text[0]) {
    case 'L':
        rw_result_say(ret, RW_END_LOADED, "%s", text + 1);
        break;
    case 'H':
        rw_result_say(ret, RW_END_HANG, "%s", text + 1);
        end(&nodes->now, true);
        nodes->now = (struct node){0};
        break;
    case 'E':
        raised(text + 1, ret);
        break;
    default:
        rw_result_say(ret, RW_END_REFUSED, "%s", text + 1);
        break;
    }
}

static void run(void *data, struct wb_bytes file, struct rw_result *ret)
{
    struct nodes *nodes = data;
    char text[ANSWER_ROOM], doing[ANSWER_ROOM] = "before it was fed";
    struct wb_error *err = get_ready(nodes);
    if (err != NULL) {
        rw_result_say(ret, RW_END_REFUSED, "%s", err->text);
        wb_error_free(err);
        return;
    }
    nodes->now.fed++;
    double until = wb_now_seconds() + nodes->seconds;
    enum wb_came came = send_file(nodes, file) ? WB_CAME : WB_CAME_END;
    while (came == WB_CAME) {
        came = read_packet(&nodes->now, text, until);
        if (came == WB_CAME && text[0] != 'P')
            break;
        if (came == WB_CAME)
            memcpy(doing, text + 1, sizeof doing - 1);
    }
    if (came == WB_CAME)
        answered(nodes, text, ret);
    else if (came == WB_CAME_LATE)
        late(nodes, doing, ret);
    else
        died(nodes, doing, ret);
}

static void close_nodes(void *data)
{
    struct nodes *nodes = data;
    char path[PATH_ROOM];
    end(&nodes->now, true);
    end(&nodes->next, true);
    for (int i = 0; i < 3; i++) {
        log_path(nodes, i, path);
        unlink(path);
    }
    free(nodes);
}

struct wb_error *rw_node_open(const struct rw_loader_options *options, struct rw_loader *ret)
{
    char path[PATH_ROOM];
    struct nodes *nodes = calloc(1, sizeof *nodes);
    if (nodes == NULL)
        wb_die_no_memory(sizeof *nodes);
    if (strlen(options->folder) >= sizeof nodes->folder) {
        free(nodes);
        return wb_error_new(WB_E_LIMIT, "the name of the folder is too long");
    }
    memcpy(nodes->folder, options->folder, strlen(options->folder) + 1);
    nodes->only_read = strcmp(options->name, "beam_lib") == 0;
    nodes->seconds = options->seconds > 0 ? options->seconds : USUAL_SECONDS;
    snprintf(path, sizeof path, "%s/cryo_feeder.beam", nodes->folder);
    struct wb_error *err = wb_file_write(path, rw_feeder);
    if (err == NULL)
        err = get_ready(nodes);
    if (err != NULL) {
        close_nodes(nodes);
        return err;
    }
    *ret = (struct rw_loader){.data = nodes, .isolated = true, .run = run, .close = close_nodes};
    return NULL;
}
