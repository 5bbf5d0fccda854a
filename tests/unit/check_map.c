#include <stdlib.h>

#include "core-vm/vm/compare.h"
#include "core-vm/vm/hamt_node_priv.h"
#include "core-vm/vm/hash.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/scratch.h"
#include "core-vm/vm/vm_impl.h"
#include "tests/unit/main.h"

struct fixture {
    struct vm *vm;
    struct vm_cpu *c;
    struct vm_scratch scratch;
};

static void begin(struct fixture *f)
{
    ck_ok(vm_new(&(struct vm_options){.reserve = (uint64_t)4 << 30}, NULL, &f->vm));
    ck_ok(vm_scratch_begin(f->vm, &f->scratch));
    f->c = &vm_root(f->vm)->cpu;
}

static void end(struct fixture *f)
{
    vm_scratch_end(f->vm, &f->scratch);
    vm_free(f->vm);
}

static vm_term empty(struct fixture *f)
{
    return vm_map_of(f->c, NULL, 0);
}

static void check_equal(const struct fixture *f, vm_term a, vm_term b)
{
    ck_assert(vm_equal(f->vm, a, b));
    ck_assert_int_eq(vm_compare(f->vm, a, b), 0);
    ck_assert_uint_eq(vm_phash2(f->vm, a), vm_phash2(f->vm, b));
    ck_assert_uint_eq(vm_map_hash(f->vm, a, 0), vm_map_hash(f->vm, b, 0));
}

// Small integers whose hashes (of 32 bits) are the same: a few among a million.
enum { CANDIDATES = 1 << 20, FEW = 64 };

struct hashed {
    uint32_t hash;
    vm_term key;
};

static int by_hash(const void *a, const void *b)
{
    uint32_t x = ((const struct hashed *)a)->hash, y = ((const struct hashed *)b)->hash;
    return (x > y) - (x < y);
}

static size_t colliding_keys(const struct fixture *f, vm_term *keys, size_t most)
{
    struct hashed *all = malloc(CANDIDATES * sizeof *all);
    size_t count = 0;
    for (int i = 0; i < CANDIDATES; i++)
        all[i] = (struct hashed){vm_map_hash(f->vm, vm_small(i), 0), vm_small(i)};
    qsort(all, CANDIDATES, sizeof *all, by_hash);
    for (int i = 1; i < CANDIDATES && count + 2 <= most; i++)
        if (all[i].hash == all[i - 1].hash) {
            keys[count++] = all[i - 1].key;
            keys[count++] = all[i].key;
        }
    free(all);
    return count;
}

START_TEST(keys_with_the_same_hash_are_kept_apart)
{
    struct fixture f;
    begin(&f);
    vm_term keys[FEW], map = empty(&f);
    size_t count = colliding_keys(&f, keys, FEW);
    ck_assert_uint_gt(count, 40);
    for (size_t i = 0; i < count; i++)
        map = vm_map_put(f.c, map, keys[i], vm_small((int64_t)i));
    ck_assert_uint_eq(vm_map_size(f.c->base, map), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(vm_map_get(f.vm, map, keys[i]), vm_small((int64_t)i));
    for (size_t i = 0; i < count; i += 2) {
        map = vm_map_remove(f.c, map, keys[i]);
        ck_assert_uint_eq(vm_map_get(f.vm, map, keys[i]), VM_NONE);
        ck_assert_uint_eq(vm_map_get(f.vm, map, keys[i + 1]), vm_small((int64_t)i + 1));
    }
    ck_assert_uint_eq(vm_map_size(f.c->base, map), count / 2);
    end(&f);
}
END_TEST

static void shuffle(vm_term *at, size_t count, unsigned *seed)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)rand_r(seed) % i;
        vm_term held = at[i - 1];
        at[i - 1] = at[j];
        at[j] = held;
    }
}

static vm_term by_puts(struct fixture *f, const vm_term *keys, size_t count)
{
    vm_term map = empty(f);
    for (size_t i = 0; i < count; i++)
        map = vm_map_put(f->c, map, keys[i], keys[i]);
    return map;
}

static vm_term at_once(struct fixture *f, const vm_term *keys, size_t count)
{
    vm_term *pairs = malloc(2 * count * sizeof *pairs + 1);
    for (size_t i = 0; i < 2 * count; i++)
        pairs[i] = keys[i / 2];
    vm_term map = vm_map_of(f->c, pairs, count);
    free(pairs);
    return map;
}

// However a map came to be, what is in it decides what it is.
START_TEST(maps_of_the_same_pairs_are_the_same)
{
    struct fixture f;
    begin(&f);
    vm_term keys[600], colliding[FEW];
    size_t some = colliding_keys(&f, colliding, FEW);
    unsigned seed = 1;
    for (int round = 0; round < 120; round++) {
        size_t count = 0;
        for (size_t i = 0; i < some; i++)
            keys[count++] = colliding[i];
        for (int i = 0; i < round; i++)
            keys[count++] = vm_make_tuple(f.c, 2, (vm_term[]){vm_small(i), vm_small(round)});
        shuffle(keys, count, &seed);
        size_t kept = (size_t)rand_r(&seed) % count;
        vm_term map = by_puts(&f, keys, count);
        check_equal(&f, map, at_once(&f, keys, count));
        check_equal(
            &f, map,
            vm_map_merge(f.c, at_once(&f, keys + kept, count - kept), at_once(&f, keys, kept)));
        for (size_t i = kept; i < count; i++)
            map = vm_map_remove(f.c, map, keys[i]);
        shuffle(keys, kept, &seed);
        check_equal(&f, map, at_once(&f, keys, kept));
    }
    end(&f);
}
END_TEST

// All 64 bits of two hashes never are the same for keys that one could find: put together by hand.
START_TEST(colliding_leaves_lie_in_the_order_of_their_keys)
{
    struct fixture f;
    begin(&f);
    vm_term leaf[3];
    for (int i = 0; i < 3; i++)
        leaf[i] = vm_hamt_leaf(f.c, vm_small(i), vm_small(10 * i));
    vm_term node = vm_hamt_fork(f.c, VM_HAMT_LEVELS, leaf[2], leaf[0]);
    const vm_term *words = vm_boxed_at(f.c->base, node);
    size_t index;
    ck_assert(!vm_hamt_find_collision(f.vm, words, vm_small(1), &index));
    ck_assert_uint_eq(index, 1);
    node = vm_hamt_with(f.c, node, index, leaf[1], 0);
    words = vm_boxed_at(f.c->base, node);
    ck_assert_uint_eq(vm_hamt_bitmap(words), VM_HAMT_COLLISION);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(vm_hamt_find_collision(f.vm, words, vm_small((int64_t)i), &index));
        ck_assert_uint_eq(index, i);
        ck_assert_uint_eq(vm_hamt_children(words)[i], leaf[i]);
    }
    end(&f);
}
END_TEST

START_TEST(both_directions_meet_every_pair_once)
{
    struct fixture f;
    begin(&f);
    vm_term keys[1000];
    for (int i = 0; i < 1000; i++)
        keys[i] = vm_small(i);
    vm_term map = at_once(&f, keys, 1000), key, value, seen[1000];
    struct vm_map_walk back = {.map = map}, forth = {.map = map, .forward = true};
    for (int i = 0; i < 1000; i++) {
        ck_assert(vm_map_next(f.c->base, &back, &key, &value));
        ck_assert_uint_eq(key, value);
        seen[i] = key;
    }
    ck_assert(!vm_map_next(f.c->base, &back, &key, &value));
    for (int i = 999; i >= 0; i--) {
        ck_assert(vm_map_next(f.c->base, &forth, &key, &value));
        ck_assert_uint_eq(seen[i], key);
    }
    ck_assert(!vm_map_next(f.c->base, &forth, &key, &value));
    end(&f);
}
END_TEST

enum { DEEP = 200000 };

typedef vm_term wrap_fn(struct fixture *f, vm_term t);

static vm_term in_list(struct fixture *f, vm_term t)
{
    return vm_make_cons(f->c, t, VM_NIL);
}

static vm_term in_tuple(struct fixture *f, vm_term t)
{
    return vm_make_tuple(f->c, 2, (vm_term[]){t, vm_small(1)});
}

static vm_term as_key(struct fixture *f, vm_term t)
{
    return vm_map_of(f->c, (vm_term[]){t, vm_small(1)}, 1);
}

static vm_term as_value(struct fixture *f, vm_term t)
{
    return vm_map_of(f->c, (vm_term[]){vm_small(1), t}, 1);
}

static vm_term nested(struct fixture *f, wrap_fn *wrap, vm_term innermost)
{
    for (int i = 0; i < DEEP; i++)
        innermost = wrap(f, innermost);
    return innermost;
}

START_TEST(deep_terms_are_compared_and_hashed)
{
    wrap_fn *const wraps[] = {in_list, in_tuple, as_key, as_value};
    for (size_t i = 0; i < sizeof wraps / sizeof *wraps; i++) {
        struct fixture f;
        begin(&f);
        vm_term a = nested(&f, wraps[i], VM_NIL), b = nested(&f, wraps[i], VM_NIL);
        vm_term c = nested(&f, wraps[i], vm_small(7));
        check_equal(&f, a, b);
        ck_assert_uint_eq(vm_phash(f.vm, a), vm_phash(f.vm, b));
        ck_assert(!vm_equal(f.vm, a, c));
        ck_assert_int_gt(vm_compare(f.vm, a, c), 0);
        ck_assert_int_lt(vm_compare(f.vm, c, a), 0);
        end(&f);
    }
}
END_TEST

// 33 keys, one of them such a map again: hashed maps whose keys must be compared to compare them.
static vm_term in_large_map(struct fixture *f, vm_term t)
{
    vm_term pairs[66];
    for (int i = 0; i < 66; i++)
        pairs[i] = i == 64 ? t : vm_small(i / 2);
    return vm_map_of(f->c, pairs, 33);
}

START_TEST(deep_hashed_maps_are_compared_by_their_smallest_different_key)
{
    struct fixture f;
    begin(&f);
    vm_term a = VM_NIL, b = vm_make_tuple(f.c, 0, NULL);
    for (int i = 0; i < 200; i++) {
        a = in_large_map(&f, a);
        b = in_large_map(&f, b);
    }
    ck_assert_int_gt(vm_compare(f.vm, a, b), 0);
    ck_assert_int_lt(vm_compare_exact(f.vm, b, a), 0);
    end(&f);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("map");
    TCase *tcase = tcase_create("map");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, keys_with_the_same_hash_are_kept_apart);
    tcase_add_test(tcase, maps_of_the_same_pairs_are_the_same);
    tcase_add_test(tcase, colliding_leaves_lie_in_the_order_of_their_keys);
    tcase_add_test(tcase, both_directions_meet_every_pair_once);
    tcase_add_test(tcase, deep_terms_are_compared_and_hashed);
    tcase_add_test(tcase, deep_hashed_maps_are_compared_by_their_smallest_different_key);
    suite_add_tcase(suite, tcase);
    return suite;
}
