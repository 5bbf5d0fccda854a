// cmd_run.c - cryo run: a program on the core VM, as `erl -noshell -s` runs it.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core-vm/base/file.h"
#include "core-vm/format/module.h"
#include "core-vm/vm/boot.h"
#include "core-vm/vm/world.h"
#include "tui/verb.h"

enum { MOST_FOLDERS = 128 };

struct command {
    const char *target, *function;
    const char *const *args;
    size_t arg_count;
    const char *folders[MOST_FOLDERS];  // of -pa, in the order given
    size_t folder_count;
};

// Takes the -pa options; the index of what follows them, negative: exit status of a usage error.
static int parse_folders(struct command *command, int count, char **args)
{
    int i = 1;
    for (; i < count && args[i][0] == '-'; i += 2) {
        if (strcmp(args[i], "-pa") != 0)
            return -ui_usage("run", "there is no option '%s'", args[i]);
        if (i + 1 >= count)
            return -ui_usage("run", "-pa wants a folder");
        if (command->folder_count == MOST_FOLDERS)
            return -ui_usage("run", "at most %d folders", MOST_FOLDERS);
        command->folders[command->folder_count++] = args[i + 1];
    }
    return i < count ? i : -ui_usage("run", "say which file or module to run");
}

// The world with folders of code as `erl` searches them: of -pa the last first, then the current
// one, then OTP's.
static struct wb_error *open_world(const struct command *command, struct wb_arena *arena,
                                   struct vm_system_world **ret)
{
    const char *const *otp;
    size_t otp_count, n = 0;
    WB_TRY(vm_find_otp(arena, &otp, &otp_count));
    const char **all = wb_push_array(arena, const char *, command->folder_count + otp_count + 1);
    for (size_t i = command->folder_count; i > 0; i--)
        all[n++] = command->folders[i - 1];
    all[n++] = ".";
    for (size_t i = 0; i < otp_count; i++)
        all[n++] = otp[i];
    *ret = vm_system_world_new(all, n);
    return NULL;
}

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

// Load the target when it is a file; boot->module becomes its module's name.
static struct wb_error *load_target(struct vm *vm, const char *path, struct wb_arena *arena,
                                    struct vm_boot *boot)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct beam_module module;
    WB_TRY(wb_file_map(path, &file));
    struct wb_error *err = beam_module_read(file, arena, &module);
    if (err == NULL)
        err = vm_load(vm, file, path);
    if (err != NULL)
        return wb_error_while(err, "%s", path);
    char *name = wb_push_array(arena, char, module.name.size + 1);
    memcpy(name, module.name.at, module.name.size);
    boot->module = name;
    return NULL;
}

// Other modules of a program lie beside the file that was named.
static void add_folder_of(struct command *command, struct wb_arena *arena)
{
    const char *slash = strrchr(command->target, '/');
    if (slash == NULL || command->folder_count == MOST_FOLDERS)
        return;
    size_t size = (size_t)(slash - command->target) + 1;
    char *folder = wb_push_array(arena, char, size + 1);
    memcpy(folder, command->target, size);
    memmove(command->folders + 1, command->folders,
            command->folder_count * sizeof *command->folders);
    command->folders[0] = folder;
    command->folder_count++;
}

static struct wb_error *run(struct vm *vm, struct command *command, struct wb_arena *arena,
                            struct vm_boot *boot)
{
    if (is_file(command->target))
        WB_TRY(load_target(vm, command->target, arena, boot));
    WB_TRY(vm_boot(vm, boot));
    if (vm_run(vm, 0) == VM_STOP_HALTED)
        return NULL;
    return wb_error_new(WB_E_STATE,
                        "the program waits for ever: %llu processes, and no message or timer on "
                        "its way",
                        (unsigned long long)vm_alive(vm));
}

// Make a VM and run the program. What it wrote is out before the end of this is told.
static struct wb_error *run_in_new_vm(struct command *command, struct wb_arena *arena,
                                      struct wb_text *slogan, int *status)
{
    struct vm_boot boot = {.module = command->target,
                           .function = command->function,
                           .args = command->args,
                           .arg_count = command->arg_count};
    if (is_file(command->target))
        add_folder_of(command, arena);
    struct vm_system_world *system;
    WB_TRY(open_world(command, arena, &system));
    struct vm_world world = vm_system_world_of(system);
    struct vm *vm = NULL;
    struct wb_error *err = vm_new(NULL, &world, &vm);
    if (err == NULL)
        err = run(vm, command, arena, &boot);
    if (err == NULL) {
        *status = vm_halt_status(vm);
        wb_text_put(slogan, vm_halt_slogan(vm));
    }
    vm_free(vm);
    vm_system_world_free(system);
    return err;
}

int ui_cmd_run(int count, char **args)
{
    if (count > 1 && ui_wants_help("run", args[1]))
        return UI_EXIT_FINE;
    struct command command = {0};
    int at = parse_folders(&command, count, args);
    if (at < 0)
        return -at;
    command.target = args[at];
    command.function = at + 1 < count ? args[at + 1] : NULL;
    command.args = (const char *const *)(args + at + 2);
    command.arg_count = at + 2 < count ? (size_t)(count - at - 2) : 0;
    struct wb_arena arena = {0};
    struct wb_text slogan wb_auto_text = {0};
    int status = UI_EXIT_FINE;
    struct wb_error *err = run_in_new_vm(&command, &arena, &slogan, &status);
    wb_arena_free(&arena);
    if (err != NULL)
        return ui_fail("run", err);
    if (slogan.size > 0)
        fprintf(stderr, "%s\r\n", slogan.at);
    return status;
}
