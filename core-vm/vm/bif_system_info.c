#include <stdio.h>
#include <sys/utsname.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/clock.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/register.h"
#include "core-vm/vm/stacktrace.h"

// The release whose behaviour this VM has.
#define OTP_RELEASE  "25"
#define ERTS_VERSION "13.1.5"

enum { MIN_HEAP = 233, MIN_BIN_VHEAP = 46422, ETS_LIMIT = 8192, PORT_LIMIT = 65536 };

static vm_term text(struct vm_cpu *c, const char *string)
{
    return vm_make_string(c, wb_bytes_of(string), VM_NIL);
}

static vm_term pair(struct vm_cpu *c, vm_term a, vm_term b)
{
    vm_term both[2] = {a, b};
    return b == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, both);
}

static vm_term number(struct vm_cpu *c, uint64_t n)
{
    return vm_make_unsigned(c, n);
}

static vm_term os_version(struct vm_cpu *c)
{
    struct utsname name = {0};
    unsigned part[3] = {0};
    if (uname(&name) == 0)
        sscanf(name.release, "%u.%u.%u", &part[0], &part[1], &part[2]);
    vm_term terms[3] = {vm_small(part[0]), vm_small(part[1]), vm_small(part[2])};
    return vm_make_tuple(c, 3, terms);
}

static vm_term collection(struct vm_cpu *c)
{
    const vm_term pairs[][2] = {{VM_AM(fullsweep_after), vm_small(VM_FULLSWEEP_AFTER)},
                                {VM_AM(min_heap_size), vm_small(MIN_HEAP)},
                                {VM_AM(min_bin_vheap_size), vm_small(MIN_BIN_VHEAP)},
                                {VM_AM(max_heap_size), vm_small(0)}};
    vm_term list = VM_NIL;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs && list != VM_NONE; i++) {
        vm_term item = pair(c, pairs[i][0], pairs[i][1]);
        list = item == VM_NONE ? VM_NONE : vm_make_cons(c, item, list);
    }
    return list;
}

static uint64_t pool_bytes(const struct vm *vm, enum vm_pool_name pool)
{
    return vm_root(vm)->image.pool[pool].used;
}

static vm_term counts(struct vm_cpu *c, uint32_t item)
{
    const struct vm_root *root = vm_root(c->vm);
    switch (item) {
    case VM_ATOM_process_count:
        return number(c, root->procs.alive);
    case VM_ATOM_process_limit:
        return number(c, root->limits.processes);
    case VM_ATOM_atom_count:
        return number(c, vm_atom_count(c->vm));
    case VM_ATOM_atom_limit:
        return number(c, root->limits.atoms);
    case VM_ATOM_ets_count:
        return number(c, root->ets.count);
    case VM_ATOM_ets_limit:
        return vm_small(ETS_LIMIT);
    case VM_ATOM_port_count:
    case VM_ATOM_dirty_cpu_schedulers:
    case VM_ATOM_dirty_cpu_schedulers_online:
    case VM_ATOM_dirty_io_schedulers:
    case VM_ATOM_trace_control_word:
    case VM_ATOM_creation:
        return vm_small(0);
    case VM_ATOM_port_limit:
        return vm_small(PORT_LIMIT);
    case VM_ATOM_schedulers:
    case VM_ATOM_schedulers_online:
    case VM_ATOM_scheduler_id:
    case VM_ATOM_logical_processors:
    case VM_ATOM_logical_processors_available:
    case VM_ATOM_logical_processors_online:
    case VM_ATOM_thread_pool_size:
        return vm_small(1);
    case VM_ATOM_compat_rel:
        return vm_small(25);
    case VM_ATOM_wordsize:
        return vm_small(sizeof(vm_term));
    case VM_ATOM_start_time:
        return vm_small(0);
    case VM_ATOM_end_time:
        return vm_make_integer(c, INT64_MAX);
    default:
        return VM_NONE;
    }
}

static vm_term texts(struct vm_cpu *c, uint32_t item)
{
    switch (item) {
    case VM_ATOM_otp_release:
        return text(c, OTP_RELEASE);
    case VM_ATOM_version:
        return text(c, ERTS_VERSION);
    case VM_ATOM_machine:
        return text(c, "BEAM");
    case VM_ATOM_nif_version:
        return text(c, "2.16");
    case VM_ATOM_driver_version:
        return text(c, "3.3");
    case VM_ATOM_system_architecture:
        return text(c, "x86_64-pc-linux-gnu");
    case VM_ATOM_system_version:
        return text(c, "Erlang/OTP " OTP_RELEASE " [erts-" ERTS_VERSION
                       "] [source] [64-bit] [cryo]\n");
    default:
        return VM_NONE;
    }
}

static vm_term names(struct vm_cpu *c, uint32_t item)
{
    const struct vm_proc *logger = NULL;
    switch (item) {
    case VM_ATOM_smp_support:
    case VM_ATOM_debug_compiled:
    case VM_ATOM_port_parallelism:
    case VM_ATOM_kernel_poll:
    case VM_ATOM_break_ignored:
    case VM_ATOM_dynamic_trace_probes:
        return VM_AM(false);
    case VM_ATOM_threads:
    case VM_ATOM_time_correction:
        return VM_AM(true);
    case VM_ATOM_heap_type:
        return VM_AM(private);
    case VM_ATOM_message_queue_data:
        return VM_AM(on_heap);
    case VM_ATOM_multi_scheduling:
        return VM_AM(disabled);
    case VM_ATOM_modified_timing_level:
        return VM_AM(undefined);
    case VM_ATOM_emu_type:
    case VM_ATOM_build_type:
        return VM_AM(opt);
    case VM_ATOM_emu_flavor:
        return VM_AM(emu);
    case VM_ATOM_endian:
        return VM_AM(little);
    case VM_ATOM_time_offset:
        return VM_AM(final);
    case VM_ATOM_time_warp_mode:
        return VM_AM(no_time_warp);
    case VM_ATOM_tolerant_timeofday:
        return VM_AM(enabled);
    case VM_ATOM_scheduler_bind_type:
        return VM_AM(unbound);
    case VM_ATOM_update_cpu_info:
        return VM_AM(unchanged);
    case VM_ATOM_dynamic_trace:
        return VM_AM(none);
    case VM_ATOM_cpu_topology:
        return VM_AM(undefined);
    case VM_ATOM_dist_ctrl:
        return VM_NIL;
    case VM_ATOM_system_logger:
        logger = vm_registered(c->vm, VM_AM(logger));
        return logger == NULL ? VM_AM(undefined) : logger->pid;
    default:
        return VM_NONE;
    }
}

static vm_term compounds(struct vm_cpu *c, uint32_t item)
{
    switch (item) {
    case VM_ATOM_os_type:
        return pair(c, VM_AM(unix), VM_AM(linux));
    case VM_ATOM_os_version:
        return os_version(c);
    case VM_ATOM_min_heap_size:
        return pair(c, VM_AM(min_heap_size), vm_small(MIN_HEAP));
    case VM_ATOM_min_bin_vheap_size:
        return pair(c, VM_AM(min_bin_vheap_size), vm_small(MIN_BIN_VHEAP));
    case VM_ATOM_fullsweep_after:
        return pair(c, VM_AM(fullsweep_after), vm_small(VM_FULLSWEEP_AFTER));
    case VM_ATOM_garbage_collection:
        return collection(c);
    case VM_ATOM_max_heap_size:
        return vm_max_heap_value(c, 0);
    default:
        return VM_NONE;
    }
}

vm_term vm_bif_system_info(struct vm_cpu *c, const vm_term *args)
{
    vm_term item = args[0], found = VM_NONE;
    if (vm_is_tuple_of(c->base, item, 2) && vm_boxed_at(c->base, item)[1] == VM_AM(wordsize))
        item = VM_AM(wordsize);
    if (!vm_is_atom(item))
        return vm_badarg(c);
    vm_term (*const subjects[])(struct vm_cpu *, uint32_t) = {counts, texts, names, compounds};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects && found == VM_NONE; i++)
        found = subjects[i](c, vm_atom_index(item));
    return found == VM_NONE ? vm_badarg(c) : found;
}

// Flags whose value nothing here depends on keep their default; those that are unknown are badarg.
vm_term vm_bif_system_flag(struct vm_cpu *c, const vm_term *args)
{
    switch (vm_is_atom(args[0]) ? vm_atom_index(args[0]) : 0) {
    case VM_ATOM_schedulers_online:
    case VM_ATOM_dirty_cpu_schedulers_online:
        return vm_small(1);
    case VM_ATOM_backtrace_depth:
        return vm_small(8);
    case VM_ATOM_fullsweep_after:
        return vm_small(VM_FULLSWEEP_AFTER);
    case VM_ATOM_min_heap_size:
        return vm_small(MIN_HEAP);
    case VM_ATOM_min_bin_vheap_size:
        return vm_small(MIN_BIN_VHEAP);
    case VM_ATOM_max_heap_size:
        return vm_max_heap_value(c, 0);
    case VM_ATOM_multi_scheduling:
        return VM_AM(disabled);
    case VM_ATOM_trace_control_word:
        return vm_small(0);
    case VM_ATOM_time_offset:
        return VM_AM(final);
    case VM_ATOM_system_logger:
        return vm_is_atom(args[1]) ? VM_AM(undefined) : vm_badarg(c);
    case VM_ATOM_scheduler_wall_time:
        return VM_AM(false);
    default:
        return vm_error_because(c, VM_AM(badarg), VM_AM(badopt));
    }
}

// ---- statistics

static vm_term since_last(struct vm_cpu *c, uint64_t now, uint64_t *last)
{
    vm_term total = number(c, now), since = number(c, now - *last);
    *last = now;
    return total == VM_NONE || since == VM_NONE ? VM_NONE : pair(c, total, since);
}

static uint64_t total_reductions(const struct vm_cpu *c)
{
    return vm_root(c->vm)->procs.reductions + (uint64_t)(c->slice - c->reds);
}

static vm_term list_of_three(struct vm_cpu *c, uint64_t first)
{
    vm_term parts[3] = {number(c, first), vm_small(0), vm_small(0)};
    return parts[0] == VM_NONE ? VM_NONE : vm_make_list_of(c, parts, 3, VM_NIL);
}

static vm_term io_bytes(struct vm_cpu *c)
{
    return pair(c, pair(c, VM_AM(input), vm_small(0)), pair(c, VM_AM(output), vm_small(0)));
}

vm_term vm_bif_statistics(struct vm_cpu *c, const vm_term *args)
{
    struct vm_root *root = vm_root(c->vm);
    uint64_t ms = (vm_now(c->vm) - root->clock.began) / 1000000;
    vm_term collected[3] = {VM_NONE, vm_small(0), vm_small(0)};
    switch (vm_is_atom(args[0]) ? vm_atom_index(args[0]) : 0) {
    case VM_ATOM_runtime:
        return since_last(c, ms, &root->statistics.runtime);
    case VM_ATOM_wall_clock:
        return since_last(c, ms, &root->statistics.wall_clock);
    case VM_ATOM_reductions:
        return since_last(c, total_reductions(c), &root->statistics.reductions);
    case VM_ATOM_exact_reductions:
        return since_last(c, total_reductions(c), &root->statistics.exact_reductions);
    case VM_ATOM_run_queue:
    case VM_ATOM_total_run_queue_lengths:
    case VM_ATOM_total_run_queue_lengths_all:
        return number(c, root->procs.queued);
    case VM_ATOM_total_active_tasks:
    case VM_ATOM_total_active_tasks_all:
        return number(c, root->procs.queued + 1);
    case VM_ATOM_run_queue_lengths:
    case VM_ATOM_run_queue_lengths_all:
        return list_of_three(c, root->procs.queued);
    case VM_ATOM_active_tasks:
    case VM_ATOM_active_tasks_all:
        return list_of_three(c, root->procs.queued + 1);
    case VM_ATOM_context_switches:
        return pair(c, number(c, root->procs.switches), vm_small(0));
    case VM_ATOM_garbage_collection:
        collected[0] = number(c, root->statistics.collections);
        return collected[0] == VM_NONE ? VM_NONE : vm_make_tuple(c, 3, collected);
    case VM_ATOM_io:
        return io_bytes(c);
    case VM_ATOM_scheduler_wall_time:
    case VM_ATOM_scheduler_wall_time_all:
        return VM_AM(undefined);
    default:
        return vm_badarg(c);
    }
}

// ---- memory

static uint64_t memory_of(const struct vm *vm, uint32_t item, bool *known)
{
    uint64_t code = pool_bytes(vm, VM_POOL_CODE), data = pool_bytes(vm, VM_POOL_DATA);
    *known = true;
    switch (item) {
    case VM_ATOM_total:
        return code + data;
    case VM_ATOM_processes:
    case VM_ATOM_processes_used:
        return data;
    case VM_ATOM_system:
    case VM_ATOM_code:
        return code;
    case VM_ATOM_atom:
    case VM_ATOM_atom_used:
        return (uint64_t)vm_atom_count(vm) * 2 * sizeof(vm_term);
    case VM_ATOM_binary:
    case VM_ATOM_ets:
        return 0;
    default:
        *known = false;
        return 0;
    }
}

static vm_term memory_list(struct vm_cpu *c, const vm_term *items, size_t count, bool pairs)
{
    vm_term list = VM_NIL;
    while (count-- > 0 && list != VM_NONE) {
        bool known = vm_is_atom(items[count]);
        uint64_t bytes = known ? memory_of(c->vm, vm_atom_index(items[count]), &known) : 0;
        vm_term value = known ? number(c, bytes) : vm_badarg(c);
        vm_term item = pairs ? pair(c, items[count], value) : value;
        list = item == VM_NONE ? VM_NONE : vm_make_cons(c, item, list);
    }
    return list;
}

vm_term vm_bif_memory(struct vm_cpu *c, const vm_term *args)
{
    static const vm_term all[] = {VM_AM(total),  VM_AM(processes), VM_AM(processes_used),
                                  VM_AM(system), VM_AM(atom),      VM_AM(atom_used),
                                  VM_AM(binary), VM_AM(code),      VM_AM(ets)};
    (void)args;
    return memory_list(c, all, sizeof all / sizeof *all, true);
}

vm_term vm_bif_memory_of(struct vm_cpu *c, const vm_term *args)
{
    if (vm_is_atom(args[0])) {
        vm_term list = memory_list(c, args, 1, false);
        return list == VM_NONE ? VM_NONE : vm_head(c->base, list);
    }
    vm_term items[16];
    size_t count = 0;
    vm_term list = args[0];
    for (; vm_is_list(list) && count < sizeof items / sizeof *items; list = vm_tail(c->base, list))
        items[count++] = vm_head(c->base, list);
    return vm_is_nil(list) ? memory_list(c, items, count, true) : vm_badarg(c);
}
