// Walks over whole tables: match, match_object, select and their kin are one walk with a match
// specification; match(Pattern) is [{Pattern, [], ['$$']}], match_object [{Pattern, [], ['$_']}].
#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_ets_priv.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/match_spec.h"
#include "core-vm/vm/stacktrace.h"

// A compiled specification is the specification itself, marked; it was found valid.
static vm_term spec_of(const struct vm_cpu *c, vm_term term)
{
    if (!vm_is_tuple_of(c->base, term, 2))
        return term;
    const vm_term *tuple = vm_boxed_at(c->base, term);
    return tuple[1] == VM_AM(dollar_compiled) ? tuple[2] : term;
}

// [{Pattern, [], [Result]}]
static vm_term spec_for(struct vm_cpu *c, vm_term pattern, vm_term result)
{
    vm_term body = vm_make_cons(c, result, VM_NIL);
    vm_term clause =
        body != VM_NONE ? vm_make_tuple(c, 3, (vm_term[]){pattern, VM_NIL, body}) : VM_NONE;
    return clause != VM_NONE ? vm_make_cons(c, clause, VM_NIL) : VM_NONE;
}

struct walk {
    struct vm_cpu *c;
    struct vm_ets *table;
    vm_term spec;
    bool backwards;  // ordered sets
    uint64_t seen;
};

static struct vm_ets_row *next_row(const struct walk *walk, const struct vm_ets_row *row)
{
    const struct vm *vm = walk->c->vm;
    if (walk->backwards)
        return row == NULL ? vm_ets_end(vm, walk->table) : vm_ets_before(vm, walk->table, row);
    return row == NULL ? vm_ets_begin(vm, walk->table) : vm_ets_after(vm, walk->table, row);
}

// When all heads are one tuple whose key is known, only rows with that key can match.
static bool has_key(const struct walk *walk, vm_term *key)
{
    const char *base = walk->c->base;
    if (!vm_is_list(walk->spec) || vm_tail(base, walk->spec) != VM_NIL)
        return false;
    vm_term head = vm_boxed_at(base, vm_head(base, walk->spec))[1];
    if (!vm_ets_is_object(base, walk->table, head))
        return false;
    *key = vm_ets_key(base, walk->table, head);
    // Maps as keys match by parts.
    return !vm_pattern_is_open(walk->c->vm, *key) && !vm_is_map(base, *key);
}

// Calls `take` for each row and what the specification gave for it, until it returns false.
// False: out of memory, or `take` failed: an exception is set.
typedef bool take_fn(struct walk *walk, struct vm_ets_row *row, vm_term result, void *data);

static bool visit(struct walk *walk, struct vm_ets_row *row, take_fn *take, void *data)
{
    vm_term result = vm_match_spec_run(walk->c, walk->spec, row->term);
    walk->seen++;
    if (result == VM_NONE)
        return walk->c->outcome == VM_OUTCOME_NONE;
    return take(walk, row, result, data);
}

static bool walk_all(struct walk *walk, take_fn *take, void *data)
{
    const struct vm *vm = walk->c->vm;
    vm_term key;
    bool fine = true;
    if (has_key(walk, &key)) {
        struct vm_ets_row *row = vm_ets_first_of(vm, walk->table, key);
        while (fine && row != NULL) {
            struct vm_ets_row *next = vm_ets_next_of(vm, walk->table, row);
            fine = visit(walk, row, take, data);
            row = next;
        }
    } else {
        struct vm_ets_row *row = next_row(walk, NULL);
        while (fine && row != NULL) {
            struct vm_ets_row *next = next_row(walk, row);
            fine = visit(walk, row, take, data);
            row = next;
        }
    }
    vm_ets_charge(walk->c, walk->seen);
    return fine;
}

static bool take_result(struct walk *walk, struct vm_ets_row *row, vm_term result, void *data)
{
    (void)row;
    vm_term *list = data;
    *list = vm_make_cons(walk->c, result, *list);
    return *list != VM_NONE;
}

static bool begin(struct vm_cpu *c, vm_term id, vm_term spec, enum vm_ets_want want,
                  struct walk *ret)
{
    *ret = (struct walk){.c = c, .table = vm_ets_use(c, id, want), .spec = spec_of(c, spec)};
    if (ret->table == NULL || spec == VM_NONE)
        return false;
    if (vm_match_spec_is_valid(c, ret->spec))
        return true;
    vm_badarg(c);
    return false;
}

// The list grows at its head: an ordered set is walked from its end so that it comes out in order.
static vm_term select_all(struct vm_cpu *c, vm_term id, vm_term spec, bool reverse)
{
    struct walk walk;
    vm_term list = VM_NIL;
    if (!begin(c, id, spec, VM_ETS_READ, &walk))
        return VM_NONE;
    walk.backwards = walk.table->type == VM_ETS_ORDERED_SET && !reverse;
    return walk_all(&walk, take_result, &list) ? list : VM_NONE;
}

vm_term vm_bif_ets_select_2(struct vm_cpu *c, const vm_term *args)
{
    return select_all(c, args[0], args[1], false);
}

vm_term vm_bif_ets_select_reverse_2(struct vm_cpu *c, const vm_term *args)
{
    return select_all(c, args[0], args[1], true);
}

vm_term vm_bif_ets_match_2(struct vm_cpu *c, const vm_term *args)
{
    return select_all(c, args[0], spec_for(c, args[1], VM_AM(dollar_dollar)), false);
}

vm_term vm_bif_ets_match_object_2(struct vm_cpu *c, const vm_term *args)
{
    return select_all(c, args[0], spec_for(c, args[1], VM_AM(dollar_)), false);
}

// A walk in pieces. Between them it is {Table, Spec, Limit, Reverse, Place, Rest}: Place is the key
// of the last row (ordered sets) or the next bucket; Rest what was found and not yet given.
struct piece {
    struct walk walk;
    uint64_t limit, count;
    vm_term list;  // newest first
    vm_term place;
};

static bool take_in_piece(struct walk *walk, struct vm_ets_row *row, vm_term result, void *data)
{
    struct piece *piece = data;
    (void)row;
    piece->list = vm_make_cons(walk->c, result, piece->list);
    piece->count++;
    return piece->list != VM_NONE;
}

static bool walk_ordered(struct piece *piece)
{
    struct walk *walk = &piece->walk;
    const struct vm *vm = walk->c->vm;
    struct vm_ets_row *row = NULL;
    if (piece->place == VM_AM(end_of_table))
        row = next_row(walk, NULL);
    else
        row = walk->backwards ? vm_ets_below(vm, walk->table, vm_head(walk->c->base, piece->place))
                              : vm_ets_above(vm, walk->table, vm_head(walk->c->base, piece->place));
    struct vm_ets_row *last = NULL;
    for (; row != NULL && piece->count < piece->limit; row = next_row(walk, row)) {
        if (!row->deleted && !visit(walk, row, take_in_piece, piece))
            return false;
        last = row;
    }
    if (last == NULL || row == NULL) {
        piece->place = VM_NIL;
        return true;
    }
    vm_term key = vm_copy_in(walk->c, vm_ets_key(walk->c->base, walk->table, last->term));
    piece->place = key != VM_NONE ? vm_make_cons(walk->c, key, VM_NIL) : VM_NONE;
    return piece->place != VM_NONE;
}

static bool walk_buckets(struct piece *piece)
{
    struct walk *walk = &piece->walk;
    const struct vm *vm = walk->c->vm;
    uint64_t slot = vm_is_small(piece->place) ? (uint64_t)vm_small_value(piece->place) : 0;
    struct vm_ets_row *row = vm_ets_from_slot(vm, walk->table, slot);
    while (row != NULL) {
        uint64_t at = vm_ets_slot_of(walk->table, row);
        if (at != slot && piece->count >= piece->limit) {
            piece->place = vm_small((int64_t)at);
            return true;
        }
        slot = at;
        if (!visit(walk, row, take_in_piece, piece))
            return false;
        row = vm_ets_after(vm, walk->table, row);
    }
    piece->place = VM_NIL;
    return true;
}

// The first `limit` of what was found, and what is left.
static vm_term take_front(struct vm_cpu *c, vm_term found, uint64_t limit, vm_term *rest)
{
    vm_term turned = VM_NIL, front = VM_NIL;
    for (; vm_is_list(found) && limit > 0 && turned != VM_NONE; limit--) {
        turned = vm_make_cons(c, vm_head(c->base, found), turned);
        found = vm_tail(c->base, found);
    }
    for (; vm_is_list(turned) && front != VM_NONE; turned = vm_tail(c->base, turned))
        front = vm_make_cons(c, vm_head(c->base, turned), front);
    *rest = found;
    return turned != VM_NONE ? front : VM_NONE;
}

static vm_term reversed(struct vm_cpu *c, vm_term list)
{
    vm_term made = VM_NIL;
    for (; vm_is_list(list) && made != VM_NONE; list = vm_tail(c->base, list))
        made = vm_make_cons(c, vm_head(c->base, list), made);
    return made;
}

// {Results, Continuation}, or '$end_of_table'.
static vm_term give_piece(struct piece *piece, vm_term rest)
{
    struct vm_cpu *c = piece->walk.c;
    bool ordered = piece->walk.table->type == VM_ETS_ORDERED_SET;
    vm_term found = ordered ? reversed(c, piece->list) : piece->list;
    if (rest != VM_NIL)
        found = rest;
    if (found == VM_NIL)
        return VM_AM(end_of_table);
    vm_term left = VM_NIL;
    vm_term front = found != VM_NONE ? take_front(c, found, piece->limit, &left) : VM_NONE;
    if (front == VM_NONE)
        return VM_NONE;
    vm_term next = VM_AM(end_of_table);
    if (left != VM_NIL || piece->place != VM_NIL) {
        vm_term id = vm_ets_id(c, piece->walk.table);
        vm_term limit = vm_make_unsigned(c, piece->limit);
        if (id == VM_NONE || limit == VM_NONE)
            return VM_NONE;
        next = vm_make_tuple(c, 6,
                             (vm_term[]){id, piece->walk.spec, limit,
                                         vm_bool(piece->walk.backwards), piece->place, left});
        if (next == VM_NONE)
            return VM_NONE;
    }
    return vm_make_tuple(c, 2, (vm_term[]){front, next});
}

static vm_term next_piece(struct piece *piece, vm_term rest)
{
    bool ordered = piece->walk.table->type == VM_ETS_ORDERED_SET;
    if (rest == VM_NIL && piece->place != VM_NIL &&
        !(ordered ? walk_ordered(piece) : walk_buckets(piece)))
        return VM_NONE;
    vm_ets_charge(piece->walk.c, piece->walk.seen);
    return give_piece(piece, rest);
}

static vm_term select_piece(struct vm_cpu *c, const vm_term *args, vm_term spec, bool reverse)
{
    struct piece piece = {.list = VM_NIL, .place = VM_AM(end_of_table)};
    if (!begin(c, args[0], spec, VM_ETS_READ, &piece.walk))
        return VM_NONE;
    if (!vm_get_uint64(c->base, args[2], &piece.limit) || piece.limit == 0)
        return vm_badarg(c);
    piece.walk.backwards = piece.walk.table->type == VM_ETS_ORDERED_SET && reverse;
    return next_piece(&piece, VM_NIL);
}

vm_term vm_bif_ets_select_3(struct vm_cpu *c, const vm_term *args)
{
    return select_piece(c, args, args[1], false);
}

vm_term vm_bif_ets_select_reverse_3(struct vm_cpu *c, const vm_term *args)
{
    return select_piece(c, args, args[1], true);
}

vm_term vm_bif_ets_match_3(struct vm_cpu *c, const vm_term *args)
{
    return select_piece(c, args, spec_for(c, args[1], VM_AM(dollar_dollar)), false);
}

vm_term vm_bif_ets_match_object_3(struct vm_cpu *c, const vm_term *args)
{
    return select_piece(c, args, spec_for(c, args[1], VM_AM(dollar_)), false);
}

vm_term vm_bif_ets_continue(struct vm_cpu *c, const vm_term *args)
{
    if (args[0] == VM_AM(end_of_table))
        return VM_AM(end_of_table);
    if (!vm_is_tuple_of(c->base, args[0], 6))
        return vm_badarg(c);
    const vm_term *part = vm_boxed_at(c->base, args[0]);
    struct piece piece = {.list = VM_NIL, .place = part[5]};
    if (!begin(c, part[1], part[2], VM_ETS_READ, &piece.walk))
        return VM_NONE;
    bool ordered = piece.walk.table->type == VM_ETS_ORDERED_SET;
    bool place = part[5] == VM_NIL || (ordered ? vm_is_list(part[5]) : vm_is_small(part[5]));
    if (!vm_get_uint64(c->base, part[3], &piece.limit) || piece.limit == 0 || !place ||
        vm_list_length(c->base, part[6]) < 0)
        return vm_badarg(c);
    piece.walk.backwards = ordered && part[4] == VM_AM(true);
    return next_piece(&piece, part[6]);
}

static bool count_true(struct walk *walk, struct vm_ets_row *row, vm_term result, void *data)
{
    (void)walk;
    (void)row;
    *(uint64_t *)data += result == VM_AM(true);
    return true;
}

vm_term vm_bif_ets_select_count(struct vm_cpu *c, const vm_term *args)
{
    struct walk walk;
    uint64_t count = 0;
    if (!begin(c, args[0], args[1], VM_ETS_READ, &walk) || !walk_all(&walk, count_true, &count))
        return VM_NONE;
    return vm_make_unsigned(c, count);
}

static bool delete_true(struct walk *walk, struct vm_ets_row *row, vm_term result, void *data)
{
    if (result != VM_AM(true))
        return true;
    vm_ets_delete_row(walk->c->vm, walk->table, row);
    ++*(uint64_t *)data;
    return true;
}

vm_term vm_bif_ets_internal_select_delete(struct vm_cpu *c, const vm_term *args)
{
    struct walk walk;
    uint64_t count = 0;
    if (!begin(c, args[0], args[1], VM_ETS_WRITE, &walk))
        return VM_NONE;
    // Buckets must stay where they are while rows go.
    if (!vm_ets_fix(c->vm, walk.table, c->proc->pid))
        return vm_system_limit(c);
    bool fine = walk_all(&walk, delete_true, &count);
    vm_ets_unfix(c->vm, walk.table, c->proc->pid);
    vm_ets_written(c, args[0]);
    return fine ? vm_make_unsigned(c, count) : VM_NONE;
}

static bool replace_row(struct walk *walk, struct vm_ets_row *row, vm_term result, void *data)
{
    struct vm_cpu *c = walk->c;
    const struct vm *vm = c->vm;
    bool fine = vm_ets_is_object(c->base, walk->table, result) &&
                vm_ets_same_key(vm, walk->table, vm_ets_key(c->base, walk->table, result),
                                vm_ets_key(c->base, walk->table, row->term));
    if (!fine) {
        vm_badarg(c);
        return false;
    }
    ++*(uint64_t *)data;
    if (vm_ets_replace(c->vm, walk->table, row, result))
        return true;
    vm_system_limit(c);
    return false;
}

vm_term vm_bif_ets_select_replace(struct vm_cpu *c, const vm_term *args)
{
    struct walk walk;
    uint64_t count = 0;
    if (!begin(c, args[0], args[1], VM_ETS_WRITE, &walk))
        return VM_NONE;
    if (walk.table->type == VM_ETS_BAG)
        return vm_badarg(c);
    bool fine = walk_all(&walk, replace_row, &count);
    vm_ets_written(c, args[0]);
    return fine ? vm_make_unsigned(c, count) : VM_NONE;
}

vm_term vm_bif_ets_match_spec_compile(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_match_spec_is_valid(c, args[0]))
        return vm_badarg(c);
    return vm_make_tuple(c, 2, (vm_term[]){VM_AM(dollar_compiled), args[0]});
}

vm_term vm_bif_ets_is_compiled_ms(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(spec_of(c, args[0]) != args[0] &&
                   vm_match_spec_is_valid(c, spec_of(c, args[0])));
}

vm_term vm_bif_ets_match_spec_run_r(struct vm_cpu *c, const vm_term *args)
{
    vm_term spec = spec_of(c, args[1]), list = args[2];
    if (spec == args[1] || !vm_match_spec_is_valid(c, spec) || vm_list_length(c->base, args[0]) < 0)
        return vm_badarg(c);
    for (vm_term rest = args[0]; vm_is_list(rest); rest = vm_tail(c->base, rest), c->reds--) {
        vm_term result = vm_match_spec_run(c, spec, vm_head(c->base, rest));
        if (result == VM_NONE && c->outcome != VM_OUTCOME_NONE)
            return VM_NONE;
        if (result != VM_NONE && (list = vm_make_cons(c, result, list)) == VM_NONE)
            return VM_NONE;
    }
    return list;
}

// {ok, Result, Flags, Messages}; {error, [{error, Text}]}. Only specifications for tables are
// known.
vm_term vm_bif_match_spec_test(struct vm_cpu *c, const vm_term *args)
{
    if (args[2] != VM_AM(table) || (!vm_is_tuple(c->base, args[0])))
        return vm_badarg(c);
    if (!vm_match_spec_is_valid(c, args[1])) {
        vm_term text =
            vm_make_string(c, wb_bytes_of("the match specification is not valid"), VM_NIL);
        vm_term one =
            text != VM_NONE ? vm_make_tuple(c, 2, (vm_term[]){VM_AM(error), text}) : VM_NONE;
        vm_term list = one != VM_NONE ? vm_make_cons(c, one, VM_NIL) : VM_NONE;
        return list != VM_NONE ? vm_make_tuple(c, 2, (vm_term[]){VM_AM(error), list}) : VM_NONE;
    }
    vm_term result = vm_match_spec_run(c, args[1], args[0]);
    if (result == VM_NONE && c->outcome != VM_OUTCOME_NONE)
        return VM_NONE;
    if (result == VM_NONE)
        result = VM_AM(false);
    return vm_make_tuple(c, 4, (vm_term[]){VM_AM(ok), result, VM_NIL, VM_NIL});
}
