// Searching in binaries: binary:match, matches, split.
//
// One pattern is searched by memmem. Several are sorted by first byte, longest first, so that at
// each place only those are tried that can begin there: of all that match at the leftmost place the
// longest is taken.
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/arena.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_binary_priv.h"

struct vm_piece vm_piece_of(struct vm_bits bits)
{
    size_t size = (size_t)(bits.bits / 8);
    if (bits.start == 0)
        return (struct vm_piece){.at = bits.at, .size = size};
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL)
        wb_die_no_memory(size + 1);
    vm_bits_copy(copy, 0, bits.at, bits.start, bits.bits);
    return (struct vm_piece){.at = copy, .size = size, .owned = copy};
}

void vm_piece_done(struct vm_piece *piece)
{
    free(piece->owned);
}

struct search {
    struct vm_piece subject;
    struct vm_piece *pattern;
    size_t count, capacity;
    uint32_t first[257];  // patterns that begin with byte b: first[b] .. first[b + 1] - 1
    struct vm_part scope;
    bool global, trim, trim_all;
};

struct found {
    size_t at, size;
};

static void search_done(struct search *s)
{
    for (size_t i = 0; i < s->count; i++)
        vm_piece_done(&s->pattern[i]);
    free(s->pattern);
    vm_piece_done(&s->subject);
}

static bool add_pattern(struct search *s, const char *base, vm_term t)
{
    struct vm_bits bits;
    if (!vm_whole_binary(base, t, &bits) || bits.bits == 0)
        return false;
    if (s->count == s->capacity) {
        s->capacity = s->capacity == 0 ? 4 : s->capacity * 2;
        s->pattern = realloc(s->pattern, s->capacity * sizeof *s->pattern);
        if (s->pattern == NULL)
            wb_die_no_memory(s->capacity * sizeof *s->pattern);
    }
    s->pattern[s->count++] = vm_piece_of(bits);
    return true;
}

static bool add_patterns(struct search *s, const char *base, vm_term list)
{
    for (; vm_is_list(list); list = vm_tail(base, list))
        if (!add_pattern(s, base, vm_head(base, list)))
            return false;
    return list == VM_NIL && s->count > 0;
}

static int by_first_then_longest(const void *a, const void *b)
{
    const struct vm_piece *p = a, *q = b;
    if (p->at[0] != q->at[0])
        return p->at[0] < q->at[0] ? -1 : 1;
    return p->size == q->size ? 0 : p->size > q->size ? -1 : 1;
}

static void sort_patterns(struct search *s)
{
    qsort(s->pattern, s->count, sizeof *s->pattern, by_first_then_longest);
    size_t i = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        s->first[byte] = (uint32_t)i;
        while (i < s->count && s->pattern[i].at[0] == byte)
            i++;
    }
    s->first[256] = (uint32_t)s->count;
}

// A binary, a list of them, or what compile_pattern gave: {bm | ac, either}.
static bool set_patterns(struct search *s, const char *base, vm_term t)
{
    if (vm_is_tuple_of(base, t, 2)) {
        const vm_term *pair = vm_boxed_at(base, t);
        if (pair[1] != VM_AM(bm) && pair[1] != VM_AM(ac))
            return false;
        t = pair[2];
    }
    if (!(vm_is_list(t) ? add_patterns(s, base, t) : add_pattern(s, base, t)))
        return false;
    sort_patterns(s);
    return true;
}

static bool set_option(struct search *s, const char *base, vm_term t, bool split)
{
    if (split && t == VM_AM(global))
        s->global = true;
    else if (split && t == VM_AM(trim))
        s->trim = true;
    else if (split && t == VM_AM(trim_all))
        s->trim_all = true;
    else {
        if (!vm_is_tuple_of(base, t, 2))
            return false;
        const vm_term *pair = vm_boxed_at(base, t);
        if (pair[1] != VM_AM(scope) || !vm_is_tuple_of(base, pair[2], 2))
            return false;
        const vm_term *scope = vm_boxed_at(base, pair[2]);
        return vm_part_of(s->subject.size, scope[1], scope[2], &s->scope);
    }
    return true;
}

static bool set_options(struct search *s, const char *base, vm_term list, bool split)
{
    for (; vm_is_list(list); list = vm_tail(base, list))
        if (!set_option(s, base, vm_head(base, list), split))
            return false;
    return list == VM_NIL;
}

// From subject, pattern and options. False: badarg; nothing to give back.
static bool search_begin(struct search *s, const char *base, const vm_term *args, bool split)
{
    struct vm_bits subject;
    *s = (struct search){0};
    if (!vm_whole_binary(base, args[0], &subject))
        return false;
    s->subject = vm_piece_of(subject);
    s->scope.size = s->subject.size;
    // Where there is nothing to search, nobody looks at the pattern.
    if (set_options(s, base, args[2], split) &&
        (s->scope.size == 0 || set_patterns(s, base, args[1])))
        return true;
    search_done(s);
    return false;
}

static bool find_one(const struct search *s, size_t from, size_t end, struct found *ret)
{
    const uint8_t *hit =
        memmem(s->subject.at + from, end - from, s->pattern[0].at, s->pattern[0].size);
    if (hit == NULL)
        return false;
    *ret = (struct found){.at = (size_t)(hit - s->subject.at), .size = s->pattern[0].size};
    return true;
}

static bool find_any(const struct search *s, size_t from, size_t end, struct found *ret)
{
    for (; from < end; from++) {
        unsigned byte = s->subject.at[from];
        for (uint32_t i = s->first[byte]; i < s->first[byte + 1]; i++) {
            const struct vm_piece *p = &s->pattern[i];
            if (p->size <= end - from && memcmp(p->at, s->subject.at + from, p->size) == 0) {
                *ret = (struct found){.at = from, .size = p->size};
                return true;
            }
        }
    }
    return false;
}

// The first match at or behind `from`.
static bool find(const struct search *s, size_t from, struct found *ret)
{
    size_t end = (size_t)(s->scope.from + s->scope.size);
    if (from >= end)
        return false;
    return s->count == 1 ? find_one(s, from, end, ret) : find_any(s, from, end, ret);
}

static vm_term make_found(struct vm_cpu *c, struct found found)
{
    const vm_term pair[2] = {vm_small((int64_t)found.at), vm_small((int64_t)found.size)};
    return vm_make_tuple(c, 2, pair);
}

vm_term vm_bif_compile_pattern(struct vm_cpu *c, const vm_term *args)
{
    struct search s = {0};
    bool fine = set_patterns(&s, c->base, args[0]) && !vm_is_tuple(c->base, args[0]);
    vm_term kind = s.count > 1 ? VM_AM(ac) : VM_AM(bm);
    search_done(&s);
    return fine ? vm_make_tuple(c, 2, (const vm_term[]){kind, args[0]}) : vm_badarg(c);
}

// OTP does not look at the pattern when there is nothing to search.
static bool is_empty(const char *base, vm_term t)
{
    return vm_is_bitstring(base, t) && vm_bits_of(base, t).bits == 0;
}

vm_term vm_bif_binary_match_3(struct vm_cpu *c, const vm_term *args)
{
    struct search s;
    struct found found;
    if (is_empty(c->base, args[0]) && args[2] == VM_NIL)
        return VM_AM(nomatch);
    if (!search_begin(&s, c->base, args, false))
        return vm_badarg(c);
    bool any = find(&s, (size_t)s.scope.from, &found);
    search_done(&s);
    return any ? make_found(c, found) : VM_AM(nomatch);
}

vm_term vm_bif_binary_match_2(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_binary_match_3(c, (const vm_term[]){args[0], args[1], VM_NIL});
}

// A list that grows at its end.
struct list {
    vm_term first;
    vm_term *last;  // the cell's tail to fill; NULL: empty
};

static bool list_add(struct vm_cpu *c, struct list *list, vm_term t)
{
    vm_term *cell = t == VM_NONE ? NULL : vm_alloc(c, 2);
    if (cell == NULL)
        return false;
    cell[0] = t;
    cell[1] = VM_NIL;
    *(list->last == NULL ? &list->first : list->last) = vm_make_list(c->base, cell);
    list->last = &cell[1];
    return true;
}

vm_term vm_bif_binary_matches_3(struct vm_cpu *c, const vm_term *args)
{
    struct search s;
    struct found found;
    struct list list = {.first = VM_NIL};
    if (!search_begin(&s, c->base, args, false))
        return vm_badarg(c);
    size_t from = (size_t)s.scope.from;
    bool fine = true;
    while (fine && find(&s, from, &found)) {
        fine = list_add(c, &list, make_found(c, found));
        from = found.at + found.size;
    }
    search_done(&s);
    return fine ? list.first : VM_NONE;
}

vm_term vm_bif_binary_matches_2(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_binary_matches_3(c, (const vm_term[]){args[0], args[1], VM_NIL});
}

// Pieces between matches. With trim, empty ones at the end go; *kept is the list up to the last one
// that is not empty.
struct pieces {
    struct list all;
    vm_term *kept;
};

static bool add_piece(struct vm_cpu *c, const struct search *s, vm_term subject, struct found piece,
                      struct pieces *to)
{
    if (piece.size == 0 && s->trim_all)
        return true;
    if (!list_add(c, &to->all,
                  vm_make_sub_binary(c, subject, piece.at * 8, piece.size * UINT64_C(8))))
        return false;
    if (piece.size != 0)
        to->kept = to->all.last;
    return true;
}

static vm_term split(struct vm_cpu *c, const struct search *s, vm_term subject)
{
    struct pieces to = {.all = {.first = VM_NIL}};
    size_t begin = 0, from = (size_t)s->scope.from;
    struct found found;
    while (find(s, from, &found)) {
        struct found piece = {.at = begin, .size = found.at - begin};
        if (!add_piece(c, s, subject, piece, &to))
            return VM_NONE;
        begin = from = found.at + found.size;
        if (!s->global)
            break;
    }
    struct found rest = {.at = begin, .size = s->subject.size - begin};
    if (!add_piece(c, s, subject, rest, &to))
        return VM_NONE;
    if (s->trim && to.kept != NULL)
        *to.kept = VM_NIL;
    return s->trim && to.kept == NULL ? VM_NIL : to.all.first;
}

vm_term vm_bif_binary_split_3(struct vm_cpu *c, const vm_term *args)
{
    struct search s;
    if (is_empty(c->base, args[0]) && args[2] == VM_NIL)
        return vm_make_cons(c, args[0], VM_NIL);
    if (!search_begin(&s, c->base, args, true))
        return vm_badarg(c);
    vm_term list = split(c, &s, args[0]);
    search_done(&s);
    return list;
}

vm_term vm_bif_binary_split_2(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_binary_split_3(c, (const vm_term[]){args[0], args[1], VM_NIL});
}
