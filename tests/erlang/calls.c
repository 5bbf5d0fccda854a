// Calls BIFs with the arguments of a file that tests/erlang/calls.escript wrote, and compares what
// comes out with what OTP said.
//   calls FILE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/scratch.h"
#include "core-vm/vm/vm_impl.h"

struct call {
    vm_term module, function, args, outcome;
};

static const struct vm_bif *find(struct wb_bytes module, struct wb_bytes name, int64_t arity)
{
    for (uint32_t i = 1; i <= vm_bif_count(); i++) {
        const struct vm_bif *bif = vm_bif_at(i);
        if (wb_bytes_equal(wb_bytes_of(bif->module), module) &&
            wb_bytes_equal(wb_bytes_of(bif->name), name) && bif->arity == arity)
            return bif;
    }
    return NULL;
}

static vm_term run(struct vm_cpu *c, const struct vm_bif *bif, const vm_term *args)
{
    c->outcome = VM_OUTCOME_NONE;
    return bif->run(c, args);
}

static vm_term read_term(struct vm_cpu *c, struct wb_bytes external)
{
    const struct vm_bif *bif = find(wb_bytes_of("erlang"), wb_bytes_of("binary_to_term"), 1);
    vm_term binary = vm_make_binary(c, external.at, external.size);
    vm_term term = bif == NULL ? VM_NONE : run(c, bif, &binary);
    if (term == VM_NONE) {
        fprintf(stderr, "a record cannot be read\n");
        exit(2);
    }
    return term;
}

static void print_atom(const struct vm *vm, vm_term atom)
{
    struct wb_bytes text = vm_atom_text(vm, atom);
    printf("%.*s", (int)text.size, (const char *)text.at);
}

// A term as hexadecimal external format would be unreadable: OTP's own printer says what it was.
static void print_record(struct vm *vm, const struct call *call, struct wb_bytes record,
                         const char *what)
{
    printf("%s: ", what);
    print_atom(vm, call->module);
    printf(":");
    print_atom(vm, call->function);
    printf(" binary_to_term(<<");
    for (size_t i = 0; i < record.size && i < 4000; i++)
        printf("%s%u", i == 0 ? "" : ",", record.at[i]);
    printf(">>)\n");
}

static bool same_float_bits(const char *base, vm_term a, vm_term b)
{
    if (!vm_is_float(base, a) || !vm_is_float(base, b))
        return true;
    return vm_boxed_at(base, a)[1] == vm_boxed_at(base, b)[1];
}

// True: the same. The record's outcome is {ok, Result} or {error, Reason}.
static bool check(struct vm *vm, struct wb_bytes record)
{
    struct vm_cpu *c = &vm_root(vm)->cpu;
    vm_term term = read_term(c, record);
    struct call call;
    memcpy(&call, vm_boxed_at(c->base, term) + 1, sizeof call);
    vm_term args[8];
    int64_t arity = vm_list_length(c->base, call.args);
    vm_term list = call.args;
    for (int64_t i = 0; i < arity; i++, list = vm_tail(c->base, list))
        args[i] = vm_head(c->base, list);
    const struct vm_bif *bif =
        find(vm_atom_text(vm, call.module), vm_atom_text(vm, call.function), arity);
    if (bif == NULL) {
        print_record(vm, &call, record, "not there");
        return false;
    }
    vm_term result = run(c, bif, args);
    const vm_term *outcome = vm_boxed_at(c->base, call.outcome);
    bool is_error = outcome[1] == VM_AM(error);
    vm_term got = result == VM_NONE ? c->proc->exception.reason : result;
    if ((result == VM_NONE) == is_error && vm_equal(vm, got, outcome[2]) &&
        same_float_bits(c->base, got, outcome[2]))
        return true;
    print_record(vm, &call, record, "differs");
    return false;
}

static bool check_alone(struct vm *vm, struct wb_bytes record)
{
    struct vm_scratch scratch;
    struct wb_error *err = vm_scratch_begin(vm, &scratch);
    if (err != NULL) {
        fprintf(stderr, "%s\n", err->text);
        exit(2);
    }
    bool same = check(vm, record);
    vm_scratch_end(vm, &scratch);
    return same;
}

int main(int argc, char **argv)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct vm *vm;
    struct wb_error *err = argc == 2 ? wb_file_map(argv[1], &file) : NULL;
    if (argc != 2 || err != NULL)
        return 2;
    const struct vm_options options = {.reserve = UINT64_C(1) << 32};
    const struct vm_world world = {0};
    if ((err = vm_new(&options, &world, &vm)) != NULL) {
        fprintf(stderr, "%s\n", err->text);
        return 2;
    }
    struct wb_reader r = {.rest = file};
    unsigned long count = 0, wrong = 0;
    for (; r.rest.size > 0 && !r.bad; count++) {
        uint32_t size = wb_read_u32(&r);
        wrong += !check_alone(vm, wb_read_bytes(&r, size));
    }
    printf("%lu calls, %lu differ\n", count, wrong);
    vm_free(vm);
    return wrong > 0 || r.bad;
}
