#include "core-vm/vm/dictionary.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/vm_impl.h"

static void free_fragments(struct vm *vm, struct vm_proc *proc)
{
    uint64_t at = proc->fragments;
    while (at != 0) {
        const struct vm_fragment *fragment = vm_at(vm, at);
        uint64_t next = fragment->next;
        vm_off_heap_drop(vm, fragment->off_heap);
        vm_data_release(vm, at);
        at = next;
    }
    proc->fragments = proc->fragment_words = 0;
}

void vm_heap_done(struct vm *vm, struct vm_proc *proc)
{
    vm_mailbox_free(vm, proc);
    vm_dictionary_free(vm, proc);
    vm_off_heap_drop(vm, proc->off_heap);
    vm_off_heap_drop(vm, proc->old_off_heap);
    free_fragments(vm, proc);
    vm_data_release(vm, proc->heap);
    vm_data_release(vm, proc->old_heap);
    proc->heap = proc->htop = proc->high_water = proc->sp = proc->hend = 0;
    proc->old_heap = proc->old_htop = proc->old_hend = 0;
    proc->off_heap = proc->old_off_heap = 0;
}
