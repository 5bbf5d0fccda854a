// When what is collected.
#include "core-vm/vm/collect_priv.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/watch.h"

// Bytes of binaries that grew old since the last major collection and call for one.
#define OLD_BINARIES ((uint64_t)64 << 20)

static enum collect_scope scope_of(const struct vm_proc *proc)
{
    if (proc->fullsweep_after == 0)
        return COLLECT_WHOLE;
    if ((proc->flags & VM_PROC_FULLSWEEP) != 0 || proc->collections >= proc->fullsweep_after ||
        proc->old_off_heap_bytes > OLD_BINARIES)
        return COLLECT_MAJOR;
    bool fits = proc->high_water - proc->heap <= proc->old_hend - proc->old_htop;
    return proc->old_heap != 0 && !fits ? COLLECT_MAJOR : COLLECT_MINOR;
}

static bool too_large(const struct vm_cpu *c, uint64_t limit)
{
    const struct vm_proc *proc = c->proc;
    return (proc->hend - proc->heap + proc->old_hend - proc->old_heap) / sizeof(vm_term) > limit;
}

static bool collect_running(struct vm_cpu *c, size_t need, unsigned live, enum collect_scope scope)
{
    struct collector g = {.vm = c->vm, .x = c->x, .live = live};
    if (!collector_collect(&g, c->proc, need, scope) ||
        too_large(c, vm_root(c->vm)->limits.process_words)) {
        vm_system_limit(c);
        return false;
    }
    if (c->proc->max_heap_words != 0 && too_large(c, c->proc->max_heap_words)) {
        vm_exit_self(c, VM_AM(killed));
        return false;
    }
    if (vm_watches(c->vm, VM_EVENT_GC))
        vm_report_of(c->vm, VM_EVENT_GC, VM_NONE, 0, 0);
    return true;
}

bool vm_collect(struct vm_cpu *c, size_t need, unsigned live)
{
    return collect_running(c, need, live, scope_of(c->proc));
}

bool vm_collect_all(struct vm_cpu *c, size_t need, unsigned live)
{
    return collect_running(c, need, live, COLLECT_WHOLE);
}

bool vm_collect_other(struct vm *vm, struct vm_proc *proc)
{
    struct collector g = {
        .vm = vm, .x = proc->x == 0 ? NULL : vm_at(vm, proc->x), .live = proc->live};
    return collector_collect(&g, proc, 0, COLLECT_WHOLE);
}
