#include "tests/unit/vm_case.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/main.h"

static void keep_output(void *data, int fd, struct wb_bytes bytes)
{
    struct vm_case *c = data;
    for (size_t i = 0; fd == 1 && i < bytes.size; i++)
        if (bytes.at[i] != '\r')
            wb_text_put_char(&c->output, (char)bytes.at[i]);
}

static struct wb_error *find_module(void *data, const char *name, struct wb_bytes *ret,
                                    const char **path)
{
    struct vm_case *c = data;
    struct vm_world system = vm_system_world_of(c->system);
    return system.find_module(system.data, name, ret, path);
}

static uint64_t monotonic(void *data)
{
    struct vm_case *c = data;
    struct vm_world system = vm_system_world_of(c->system);
    return system.monotonic(system.data);
}

// Real time does not pass: a VM that would sleep comes back, interrupted.
static void do_not_sleep(void *data, uint64_t ns)
{
    struct vm_case *c = data;
    (void)ns;
    vm_interrupt(c->vm);
}

static void make_world(struct vm_case *c)
{
    const char *const *otp = NULL;
    size_t count = 0;
    ck_ok(vm_find_otp(&c->arena, &otp, &count));
    const char **paths = wb_push_array(&c->arena, const char *, count + 1);
    paths[0] = CASES_FOLDER;
    memcpy(paths + 1, otp, count * sizeof *paths);
    c->system = vm_system_world_new(paths, count + 1);
    c->world = (struct vm_world){.data = c,
                                 .write = keep_output,
                                 .find_module = find_module,
                                 .monotonic = monotonic,
                                 .sleep = do_not_sleep};
}

struct vm_case *vm_case_new(const struct vm_options *options)
{
    struct vm_case *c = calloc(1, sizeof *c);
    ck_assert_ptr_nonnull(c);
    make_world(c);
    ck_ok(vm_new(options != NULL ? options : &(struct vm_options){.virtual_time = true}, &c->world,
                 &c->vm));
    return c;
}

void vm_case_free(struct vm_case *c)
{
    vm_free(c->vm);
    vm_system_world_free(c->system);
    wb_text_free(&c->output);
    wb_arena_free(&c->arena);
    free(c);
}

void vm_case_reopen(struct vm_case *c)
{
    struct wb_text image wb_auto_text = {0};
    ck_ok(vm_save(c->vm, &image));
    vm_free(c->vm);
    c->vm = NULL;
    ck_ok(vm_open(wb_text_bytes(&image), &c->world, &c->vm));
}

uint64_t vm_case_start(struct vm_case *c, const char *function)
{
    uint64_t pid = 0;
    ck_ok(vm_spawn(c->vm, "cases", function, NULL, 0, &pid));
    return pid;
}

void vm_case_prints(const char *function, const char *expected)
{
    struct vm_case *c = vm_case_new(NULL);
    vm_case_start(c, function);
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
    ck_assert_str_eq(wb_text_string(&c->output), expected);
    vm_case_free(c);
}
