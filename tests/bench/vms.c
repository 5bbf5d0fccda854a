// vms.c - what a VM costs from nothing to nothing: made, a module loaded, its main/0 run, thrown
// away.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core-vm/base/file.h"
#include "core-vm/vm/vm.h"

enum { VMS = 2000 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static struct wb_error *run_in(struct vm *vm, struct wb_bytes file, const char *module)
{
    uint64_t pid;
    WB_TRY(vm_load(vm, file, module));
    WB_TRY(vm_spawn(vm, module, "main", NULL, 0, &pid));
    vm_run(vm, 0);
    return NULL;
}

static struct wb_error *live_and_die(struct wb_bytes file, const char *module)
{
    struct vm *vm;
    WB_TRY(vm_new(NULL, NULL, &vm));
    struct wb_error *err = run_in(vm, file, module);
    vm_free(vm);
    return err;
}

static struct wb_error *measure(const char *path, const char *module)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_error *err = wb_file_map(path, &file);
    double start = seconds();
    for (int i = 0; i < VMS && err == NULL; i++)
        err = live_and_die(file, module);
    if (err == NULL)
        printf("new VM, load %s, run, free: %.1f us\n", module, (seconds() - start) * 1e6 / VMS);
    return err;
}

int main(int count, char **args)
{
    if (count != 3) {
        fprintf(stderr, "usage: vms FILE.beam MODULE\n");
        return 2;
    }
    struct wb_error *err = measure(args[1], args[2]);
    if (err == NULL)
        return EXIT_SUCCESS;
    fprintf(stderr, "vms: %s\n", err->text);
    wb_error_free(err);
    return EXIT_FAILURE;
}
