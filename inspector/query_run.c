// query_run.c - trying conditions on rows, sorting and grouping, in slices.
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/compare.h"
#include "inspector/query_priv.h"

// What a row is sorted by first: a number, or where a text is in `texts`. `kept` is its number
// among those that the condition let through; the other keys stand in `more` in that order.
struct key {
    uint64_t number;
    size_t kept;
};

enum { REGEX_MAX = 8, SHORT = 16, KEY_SIZE = 200, FIRST_GROUPS = 256 };

struct compiled {
    const struct insp_test *test;
    regex_t regex;
};

struct insp_run {
    const struct insp_query *query;
    struct compiled regex[REGEX_MAX];
    unsigned regex_count;
    struct insp_rows *rows;
    struct insp_result result;
    size_t next, capacity;
    struct wb_arena scratch;  // of one row
    struct insp_bindings bindings;
    // Groups: open hashing, index + 1 into result.groups.
    struct wb_arena keys;
    uint32_t *buckets;
    size_t bucket_count, group_capacity;
    // Sorting. result.rows has the rows as they were kept until all is sorted.
    struct key *sort_keys, *merged;
    uint64_t *more;
    size_t key_capacity, more_capacity;
    struct wb_text texts;
    bool by_text[INSP_SORT_MAX];
    size_t width, at, left, right;  // of the merge under way
    size_t *ordered;                // then the rows, in the order of their keys, up to `at`
};

// Room for one more than `count`. `first`: how many there may be in all, where that is known: what
// is never touched takes no memory, and nothing large is moved in the middle of the work.
static void *grown(void *at, size_t count, size_t *capacity, size_t first, size_t size)
{
    if (count < *capacity)
        return at;
    *capacity = *capacity != 0 ? *capacity * 2 : first;
    void *more = realloc(at, *capacity * size);
    if (more == NULL)
        wb_die_no_memory(*capacity * size);
    return more;
}

static bool compare_holds(enum insp_compare compare, int order)
{
    switch (compare) {
    case INSP_EQ:
        return order == 0;
    case INSP_NE:
        return order != 0;
    case INSP_LT:
        return order < 0;
    case INSP_GT:
        return order > 0;
    case INSP_LE:
        return order <= 0;
    case INSP_GE:
        return order >= 0;
    }
    return false;
}

static int order_of_bytes(struct wb_bytes a, struct wb_bytes b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size > 0 ? memcmp(a.at, b.at, size) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

// "gen_server" and "gen_server:loop" stand for all they begin.
static bool begins(struct wb_bytes text, struct wb_bytes with)
{
    return text.size > with.size && memcmp(text.at, with.at, with.size) == 0 &&
           (text.at[with.size] == ':' || text.at[with.size] == '/');
}

static bool compare_text(const struct insp_test *test, struct insp_rows *rows,
                         struct insp_cell cell)
{
    struct wb_text text wb_auto_text = {0};
    const struct insp_field *field = insp_field_at(rows->table, test->field);
    if (cell.kind == INSP_NAME)
        wb_text_put_bytes(&text, cell.text.at, cell.text.size);
    else
        insp_cell_print(rows->s, field, cell, 0, &text);
    struct wb_bytes have = wb_text_bytes(&text);
    bool part = (field->kind == INSP_MFA || field->kind == INSP_PLACE) && begins(have, test->text);
    int order = part ? 0 : order_of_bytes(have, test->text);
    return compare_holds(test->compare, order);
}

static bool compare_pid(const struct insp_test *test, struct insp_rows *rows, struct insp_cell cell)
{
    uint64_t id = cell.kind == INSP_PID ? cell.pid.id : 0;
    uint64_t want = test->pid.id;
    if (!test->is_pid && !wb_bytes_equal(test->text, wb_bytes_of("none"))) {
        const struct tgt_proc *named = insp_proc_named(rows->s, test->text);
        want = named != NULL ? named->pid.id : UINT64_MAX;
    }
    return compare_holds(test->compare, (id > want) - (id < want));
}

static bool test_compare(const struct insp_test *test, struct insp_rows *rows, size_t row)
{
    struct insp_cell cell = insp_cell(rows, row, test->field);
    if (test->is_number) {
        uint64_t have = cell.kind != INSP_NONE ? cell.number : 0;
        return compare_holds(test->compare, (have > test->number) - (have < test->number));
    }
    if (insp_field_at(rows->table, test->field)->kind == INSP_PID)
        return compare_pid(test, rows, cell);
    return compare_text(test, rows, cell);
}

static bool test_pattern(struct insp_run *run, const struct insp_test *test, size_t row)
{
    struct insp_cell cell = insp_cell(run->rows, row, test->field);
    struct beam_value *value = wb_push(&run->scratch, sizeof *value, alignof(struct beam_value));
    // Only the pattern that rows may be grouped by leaves its variables.
    struct insp_bindings *bindings = run->query->pattern == &test->pattern ? &run->bindings : NULL;
    if (cell.kind == INSP_VALUE)
        return insp_pattern_match(&test->pattern, cell.value, bindings) != test->negate;
    if (cell.kind != INSP_TERM)
        return test->negate;
    struct wb_error *err =
        tgt_read_term(run->rows->s->t, cell.term, test->pattern.limits, &run->scratch, value);
    bool matches = err == NULL && insp_pattern_match(&test->pattern, value, bindings);
    wb_error_free(err);
    return matches != test->negate;
}

// The test's expression, compiled once a run; NULL: too many of them.
static const regex_t *regex_of(struct insp_run *run, const struct insp_test *test)
{
    for (unsigned i = 0; i < run->regex_count; i++)
        if (run->regex[i].test == test)
            return &run->regex[i].regex;
    if (run->regex_count == REGEX_MAX)
        return NULL;
    struct compiled *compiled = &run->regex[run->regex_count];
    compiled->test = test;
    if (regcomp(&compiled->regex, test->regex, REG_EXTENDED | REG_NOSUB) != 0)
        return NULL;
    run->regex_count++;
    return &compiled->regex;
}

static bool test_regex(struct insp_run *run, const struct insp_test *test, size_t row)
{
    struct wb_text text wb_auto_text = {0};
    const regex_t *regex = regex_of(run, test);
    const struct insp_table *table = run->rows->table;
    bool any = test->field == INSP_FIELD_ANY;
    for (unsigned i = any ? 0 : test->field; i <= test->field; i++) {
        if (any && i == table->field_count)
            break;
        if (any && !insp_field_shown(table, i))
            continue;
        insp_cell_print(run->rows->s, insp_field_at(table, i), insp_cell(run->rows, row, i), 0,
                        &text);
        wb_text_put_char(&text, ' ');
    }
    if (text.size > 0)
        wb_text_cut(&text, text.size - 1);
    return regex != NULL && regexec(regex, wb_text_string(&text), 0, NULL, 0) == 0;
}

// A variable that its pattern did not bind compares with nothing.
static bool test_var(const struct insp_run *run, const struct insp_test *test)
{
    const struct beam_value *bound = run->bindings.at[test->var];
    return bound != NULL && compare_holds(test->compare, beam_compare(bound, &test->term, false));
}

// Depth is bounded by the parser.
static bool test_row(struct insp_run *run, const struct insp_test *test, size_t row)
{
    switch (test->kind) {
    case INSP_TEST_AND:
        return test_row(run, test->left, row) && test_row(run, test->right, row);
    case INSP_TEST_OR:
        return test_row(run, test->left, row) || test_row(run, test->right, row);
    case INSP_TEST_NOT:
        return !test_row(run, test->left, row);
    case INSP_TEST_FLAG: {
        struct insp_cell cell = insp_cell(run->rows, row, test->field);
        return cell.kind != INSP_NONE && cell.number != 0;
    }
    case INSP_TEST_COMPARE:
        return test_compare(test, run->rows, row);
    case INSP_TEST_REGEX:
        return test_regex(run, test, row);
    case INSP_TEST_PATTERN:
        return test_pattern(run, test, row);
    case INSP_TEST_VAR:
        return test_var(run, test);
    }
    return false;
}

static bool is_text(enum insp_kind kind)
{
    switch (kind) {
    case INSP_TEXT:
    case INSP_NAME:
    case INSP_TERM:
    case INSP_VALUE:
    case INSP_MFA:
    case INSP_PLACE:
        return true;
    case INSP_NONE:
    case INSP_NUMBER:
    case INSP_SIZE:
    case INSP_TIME:
    case INSP_FLAG:
    case INSP_PID:
        break;
    }
    return false;
}

struct insp_run *insp_run_new(const struct insp_query *query, struct insp_rows *rows)
{
    struct insp_run *run = calloc(1, sizeof *run);
    if (run == NULL)
        wb_die_no_memory(sizeof *run);
    run->query = query;
    run->rows = rows;
    run->result.total = rows->count;
    if (query->where == NULL && query->by_count == 0 && query->sort_count == 0) {
        uint64_t limit =
            query->limit != 0 && query->limit < rows->count ? query->limit : rows->count;
        run->result = (struct insp_result){
            .done = true, .identity = true, .scanned = limit, .total = limit, .count = limit};
    }
    for (unsigned i = 0; i < query->sort_count; i++)
        run->by_text[i] = is_text(insp_field_at(rows->table, query->sort[i].field)->kind);
    return run;
}

void insp_run_free(struct insp_run *run)
{
    if (run == NULL)
        return;
    for (unsigned i = 0; i < run->regex_count; i++)
        regfree(&run->regex[i].regex);
    free(run->result.rows);
    free(run->result.groups);
    free(run->sort_keys);
    free(run->merged);
    free(run->ordered);
    free(run->more);
    free(run->buckets);
    wb_text_free(&run->texts);
    wb_arena_free(&run->scratch);
    wb_arena_free(&run->keys);
    free(run);
}

const struct insp_result *insp_run_result(const struct insp_run *run)
{
    return &run->result;
}

size_t insp_result_row(const struct insp_result *result, size_t i)
{
    return result->identity ? i : result->rows[i];
}

static void print_key(struct insp_run *run, size_t row, struct wb_text *text)
{
    for (unsigned i = 0; i < run->query->by_count; i++) {
        const struct insp_by *by = &run->query->by[i];
        if (i > 0)
            wb_text_put(text, "  ");
        if (!by->is_var)
            insp_cell_print(run->rows->s, insp_field_at(run->rows->table, by->field),
                            insp_cell(run->rows, row, by->field), KEY_SIZE, text);
        else if (run->bindings.at[by->var] != NULL)
            beam_print(run->bindings.at[by->var], insp_print_how(run->rows->s, 0, 0), text);
    }
}

static uint64_t hash_of(struct wb_bytes key)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < key.size; i++)
        hash = (hash ^ key.at[i]) * UINT64_C(1099511628211);
    return hash;
}

static void place_group(struct insp_run *run, size_t index)
{
    size_t at = hash_of(run->result.groups[index].key) & (run->bucket_count - 1);
    while (run->buckets[at] != 0)
        at = (at + 1) & (run->bucket_count - 1);
    run->buckets[at] = (uint32_t)index + 1;
}

static void rehash(struct insp_run *run)
{
    free(run->buckets);
    run->bucket_count = run->bucket_count != 0 ? run->bucket_count * 2 : 512;
    run->buckets = calloc(run->bucket_count, sizeof *run->buckets);
    if (run->buckets == NULL)
        wb_die_no_memory(run->bucket_count * sizeof *run->buckets);
    for (size_t i = 0; i < run->result.group_count; i++)
        place_group(run, i);
}

static struct insp_group *find_group(struct insp_run *run, struct wb_bytes key)
{
    size_t at = run->bucket_count != 0 ? hash_of(key) & (run->bucket_count - 1) : 0;
    while (run->bucket_count != 0 && run->buckets[at] != 0) {
        struct insp_group *group = &run->result.groups[run->buckets[at] - 1];
        if (wb_bytes_equal(group->key, key))
            return group;
        at = (at + 1) & (run->bucket_count - 1);
    }
    return NULL;
}

static void count_group(struct insp_run *run, size_t row)
{
    struct wb_text text wb_auto_text = {0};
    print_key(run, row, &text);
    struct insp_group *group = find_group(run, wb_text_bytes(&text));
    if (group != NULL) {
        group->count++;
        return;
    }
    struct insp_result *result = &run->result;
    result->groups = grown(result->groups, result->group_count, &run->group_capacity, FIRST_GROUPS,
                           sizeof *result->groups);
    uint8_t *key = wb_push(&run->keys, text.size + 1, 1);
    memcpy(key, wb_text_string(&text), text.size);
    result->groups[result->group_count++] =
        (struct insp_group){.key = {key, text.size}, .count = 1, .row = row};
    if (result->group_count * 2 > run->bucket_count)
        rehash(run);
    else
        place_group(run, result->group_count - 1);
}

static uint64_t sort_key(struct insp_run *run, size_t row, unsigned number)
{
    unsigned field = run->query->sort[number].field;
    struct insp_cell cell = insp_cell(run->rows, row, field);
    if (!run->by_text[number]) {
        if (cell.kind == INSP_PID)  // number before serial, as people read them
            return (uint64_t)tgt_pid_number(cell.pid) << 31 | tgt_pid_serial(cell.pid);
        return cell.kind == INSP_NONE ? 0 : cell.number;
    }
    uint64_t offset = run->texts.size;
    insp_cell_print(run->rows->s, insp_field_at(run->rows->table, field), cell, 64, &run->texts);
    wb_text_put_char(&run->texts, '\0');
    return offset;
}

static void keep_keys(struct insp_run *run, size_t row, size_t kept)
{
    unsigned count = run->query->sort_count;
    size_t all = run->rows->count;
    run->sort_keys = grown(run->sort_keys, kept, &run->key_capacity, all, sizeof *run->sort_keys);
    run->sort_keys[kept] = (struct key){sort_key(run, row, 0), kept};
    for (unsigned i = 1; i < count; i++) {
        size_t at = kept * (count - 1) + i - 1;
        run->more = grown(run->more, at, &run->more_capacity, all * (count - 1), sizeof *run->more);
        run->more[at] = sort_key(run, row, i);
    }
}

static void keep_row(struct insp_run *run, size_t row)
{
    struct insp_result *result = &run->result;
    if (run->query->by_count > 0) {
        count_group(run, row);
        return;
    }
    if (run->query->sort_count > 0)
        keep_keys(run, row, result->count);
    result->rows =
        grown(result->rows, result->count, &run->capacity, run->rows->count, sizeof *result->rows);
    result->rows[result->count++] = row;
}

static bool scan(struct insp_run *run, uint64_t rows)
{
    const struct insp_query *query = run->query;
    struct insp_result *result = &run->result;
    bool early = query->sort_count == 0 && query->by_count == 0 && query->limit != 0;
    size_t end =
        rows != 0 && run->rows->count - run->next > rows ? run->next + rows : run->rows->count;
    for (; run->next < end; run->next++) {
        if (early && result->count >= query->limit)
            run->next = end = run->rows->count;
        if (run->next >= end)
            break;
        struct wb_mark mark = wb_arena_mark(&run->scratch);
        memset(run->bindings.at, 0, sizeof run->bindings.at);
        if (query->where == NULL || test_row(run, query->where, run->next))
            keep_row(run, run->next);
        wb_arena_rewind(&run->scratch, mark);
    }
    result->scanned = run->next;
    return run->next >= run->rows->count;
}

static int order_of(const struct insp_run *run, unsigned number, uint64_t a, uint64_t b)
{
    int order =
        run->by_text[number] ? strcmp(run->texts.at + a, run->texts.at + b) : (a > b) - (a < b);
    return run->query->sort[number].descending ? -order : order;
}

static int order_of_keys(const struct insp_run *run, const struct key *a, const struct key *b)
{
    unsigned count = run->query->sort_count;
    int order = order_of(run, 0, a->number, b->number);
    for (unsigned i = 1; order == 0 && i < count; i++)
        order = order_of(run, i, run->more[a->kept * (count - 1) + i - 1],
                         run->more[b->kept * (count - 1) + i - 1]);
    return order;
}

// Insertion into a sorted run; stable.
static void sort_short(struct insp_run *run, struct key *at, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct key key = at[i];
        size_t to = i;
        for (; to > 0 && order_of_keys(run, &at[to - 1], &key) > 0; to--)
            at[to] = at[to - 1];
        at[to] = key;
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// A bottom-up merge sort that can stop anywhere: `at` is how far the pass over all keys has come.
static void begin_sort(struct insp_run *run)
{
    run->merged = calloc(run->result.count + 1, sizeof *run->merged);
    if (run->merged == NULL)
        wb_die_no_memory(run->result.count * sizeof *run->merged);
    run->width = 1;
}

// The first pass sorts short pieces in place.
static void sort_shorts(struct insp_run *run, size_t most)
{
    size_t count = run->result.count, end = least(count, run->at + most);
    for (; run->at < end; run->at += SHORT)
        sort_short(run, run->sort_keys + run->at, least(SHORT, count - run->at));
    if (run->at < count)
        return;
    run->width = SHORT;
    run->at = 0;
}

// Go on merging neighbours of `width` keys: `left` and `right` are the next of each.
static void merge_some(struct insp_run *run, size_t most)
{
    size_t count = run->result.count, stop = least(count, run->at + most);
    const struct key *from = run->sort_keys;
    while (run->at < stop) {
        size_t first = run->at / (2 * run->width) * (2 * run->width);
        size_t middle = least(first + run->width, count);
        size_t end = least(first + 2 * run->width, count);
        if (run->at == first) {
            run->left = first;
            run->right = middle;
        }
        for (; run->at < least(end, stop); run->at++) {
            bool left =
                run->right >= end || (run->left < middle &&
                                      order_of_keys(run, &from[run->left], &from[run->right]) <= 0);
            run->merged[run->at] = left ? from[run->left++] : from[run->right++];
        }
    }
    if (run->at < count)
        return;
    struct key *swap = run->sort_keys;
    run->sort_keys = run->merged;
    run->merged = swap;
    run->width *= 2;
    run->at = 0;
}

// True: all is sorted. most: about how many keys to look at; 0: all.
static bool sort_some(struct insp_run *run, uint64_t most)
{
    size_t count = run->result.count;
    if (run->width == 0)
        begin_sort(run);
    for (bool again = true; again; again = most == 0) {
        if (run->width >= count)
            return true;
        size_t part = most != 0 ? (size_t)most : count;
        if (run->width == 1)
            sort_shorts(run, part);
        else
            merge_some(run, part);
    }
    return run->width >= count;
}

// True: all rows are in order.
static bool order_some(struct insp_run *run, uint64_t most)
{
    struct insp_result *result = &run->result;
    size_t end = most != 0 ? least(result->count, run->at + (size_t)most) : result->count;
    if (run->ordered == NULL)
        run->ordered = calloc(result->count + 1, sizeof *run->ordered);
    if (run->ordered == NULL)
        wb_die_no_memory(result->count * sizeof *run->ordered);
    for (; run->at < end; run->at++)
        run->ordered[run->at] = result->rows[run->sort_keys[run->at].kept];
    if (run->at < result->count)
        return false;
    free(result->rows);
    result->rows = run->ordered;
    run->ordered = NULL;
    return true;
}

static int by_count(const void *a, const void *b)
{
    const struct insp_group *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static void finish(struct insp_run *run)
{
    struct insp_result *result = &run->result;
    uint64_t limit = run->query->limit;
    if (run->query->by_count > 0) {
        if (result->group_count > 1)
            qsort(result->groups, result->group_count, sizeof *result->groups, by_count);
        if (limit != 0 && result->group_count > limit)
            result->group_count = limit;
    }
    if (limit != 0 && result->count > limit)
        result->count = limit;
    result->done = true;
}

bool insp_run_step(struct insp_run *run, uint64_t rows)
{
    if (run->result.done)
        return true;
    if (run->next < run->rows->count && !scan(run, rows))
        return false;
    if (run->query->sort_count > 0 && run->query->by_count == 0) {
        if (!sort_some(run, rows * 8) || !order_some(run, rows * 8))
            return false;
    }
    finish(run);
    return true;
}
