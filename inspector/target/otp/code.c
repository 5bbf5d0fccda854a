// Code of an OTP node: which module, function and line an address belongs to.
//
// The runtime's tables are statics that a stripped binary does not name, so they are found by
// their shape: the ranges of all modules are three records {modules, count, allocated, middle}, one
// for each code index; the module table is a hash whose name is the string "module_code".
#include <stdlib.h>
#include <string.h>

#include "inspector/target/otp/node.h"

enum { MAX_MODULES = 200000, MAX_FUNCTIONS = 1000000, RANGES_SIZE = 32, CODE_INDEXES = 3 };

struct otp_data otp_writable_data(const struct otp_node *node)
{
    const struct otp_section *data = otp_elf_section(&node->elf, ".data");
    const struct otp_section *bss = otp_elf_section(&node->elf, ".bss");
    if (data == NULL || bss == NULL)
        return (struct otp_data){0};
    return (struct otp_data){data->at + node->bias, bss->at + bss->size + node->bias};
}

static bool is_empty_ranges(struct otp_node *node, otp_word at)
{
    for (unsigned i = 0; i < 4; i++)
        if (otp_u64(&node->memory, at + 8 * i) != 0)
            return false;
    return true;
}

// By the numbers of the record alone.
static bool may_be_ranges(struct otp_node *node, otp_word at)
{
    otp_word modules = otp_u64(&node->memory, at);
    uint64_t count = otp_u64(&node->memory, at + 8), allocated = otp_u64(&node->memory, at + 16);
    otp_word middle = otp_u64(&node->memory, at + 24);
    if (modules == 0 || count == 0 || count > MAX_MODULES || allocated < count ||
        allocated > 2 * MAX_MODULES || middle < modules || middle > modules + 16 * count)
        return false;
    return true;
}

// And by the array it leads to.
static bool is_ranges(struct otp_node *node, otp_word at)
{
    if (!may_be_ranges(node, at))
        return false;
    otp_word modules = otp_u64(&node->memory, at), count = otp_u64(&node->memory, at + 8);
    otp_word start = otp_u64(&node->memory, modules), end = otp_u64(&node->memory, modules + 8);
    return start != 0 && end > start && (count == 1 || otp_u64(&node->memory, modules + 16) >= end);
}

static otp_word find_ranges(struct otp_node *node)
{
    struct otp_data data = otp_writable_data(node);
    for (otp_word at = data.start; at + (otp_word)RANGES_SIZE * CODE_INDEXES <= data.end; at += 8) {
        unsigned full = 0, empty = 0;
        for (unsigned i = 0; i < CODE_INDEXES; i++) {
            full += is_ranges(node, at + RANGES_SIZE * i);
            empty += is_empty_ranges(node, at + RANGES_SIZE * i);
        }
        if (full > 0 && full + empty == CODE_INDEXES &&
            is_ranges(node, at + RANGES_SIZE * node->code_index))
            return at;
    }
    return 0;
}

void otp_list_code_records(struct otp_node *node, otp_record_fn *take, void *arg)
{
    struct otp_data data = otp_writable_data(node);
    for (otp_word at = data.start; at + (otp_word)RANGES_SIZE * CODE_INDEXES <= data.end; at += 8) {
        unsigned full = 0, empty = 0;
        for (unsigned i = 0; i < CODE_INDEXES; i++) {
            full += may_be_ranges(node, at + RANGES_SIZE * i);
            empty += is_empty_ranges(node, at + RANGES_SIZE * i);
        }
        for (unsigned i = 0; i < CODE_INDEXES && full > 0 && full + empty == CODE_INDEXES; i++)
            take(arg, at + RANGES_SIZE * i);
    }
}

static int by_start(const void *a, const void *b)
{
    const struct otp_range *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

struct wb_error *otp_code_open(struct otp_node *node)
{
    otp_word index = otp_symbol(node, "the_active_code_index");
    node->code_index = otp_u32(&node->memory, index) % CODE_INDEXES;
    otp_word ranges = find_ranges(node);
    if (ranges == 0)
        return wb_error_new(WB_E_UNSUPPORTED, "the table of loaded code was not found");
    node->ranges_at = ranges;
    node->range_count = 0;
    otp_word active = ranges + RANGES_SIZE * node->code_index;
    otp_word modules = otp_u64(&node->memory, active);
    size_t count = otp_u64(&node->memory, active + 8);
    node->range = wb_push_array(&node->arena, struct otp_range, count);
    for (size_t i = 0; i < count; i++) {
        struct otp_range range = {.start = otp_u64(&node->memory, modules + 16 * i),
                                  .end = otp_u64(&node->memory, modules + 16 * i + 8)};
        if (range.start != 0 && range.end > range.start)
            node->range[node->range_count++] = range;
    }
    qsort(node->range, node->range_count, sizeof *node->range, by_start);
    return NULL;
}

static const struct otp_range *range_of(const struct otp_node *node, otp_word pc)
{
    size_t low = 0, high = node->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct otp_range *range = &node->range[middle];
        if (pc >= range->start && pc < range->end)
            return range;
        if (pc < range->start)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool otp_is_code(const struct otp_node *node, otp_word pc)
{
    return range_of(node, pc) != NULL;
}

struct tgt_mfa otp_mfa_at(struct otp_node *node, otp_word mfa)
{
    return (struct tgt_mfa){
        .module = otp_atom_text(node, otp_u64(&node->memory, mfa)),
        .function = otp_atom_text(node, otp_u64(&node->memory, mfa + 8)),
        .arity = (uint32_t)otp_u64(&node->memory, mfa + 16),
    };
}

// Index of the last of count + 1 rising words at `table` that is not above pc.
static bool search_words(struct otp_node *node, otp_word table, uint64_t count, otp_word pc,
                         uint64_t *ret)
{
    uint64_t low = 0, high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (pc < otp_u64(&node->memory, table + 8 * middle)) {
            high = middle;
        } else if (pc < otp_u64(&node->memory, table + 8 * (middle + 1))) {
            *ret = middle;
            return true;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

static bool find_function(struct otp_node *node, const struct otp_range *range, otp_word pc,
                          uint64_t *ret)
{
    uint64_t count = otp_member(node, range->start, OTP_bch_nfun);
    otp_word functions = range->start + (uint64_t)otp_at(node, OTP_bch_funs);
    return count <= MAX_FUNCTIONS && search_words(node, functions, count, pc, ret);
}

// A file's name is a list of characters in the module's literals.
static struct wb_bytes text_of_list(struct otp_node *node, otp_word list, struct wb_arena *arena)
{
    enum { MAX_NAME = 4096 };
    char *text = wb_push(arena, MAX_NAME, 1);
    size_t size = 0;
    while (otp_is_list(list) && size < MAX_NAME) {
        otp_word head = otp_u64(&node->memory, list & ~(otp_word)7);
        if (!otp_is_small(head) || head >> 4 > 0xff)
            break;
        text[size++] = (char)(head >> 4);
        list = otp_u64(&node->memory, (list & ~(otp_word)7) + 8);
    }
    return (struct wb_bytes){(const uint8_t *)text, size};
}

static void read_line(struct otp_node *node, const struct otp_range *range, uint64_t function,
                      otp_word pc, struct wb_arena *arena, struct tgt_place *ret)
{
    otp_word lines = otp_member(node, range->start, OTP_bch_line);
    if (lines == 0)
        return;
    otp_word functions = lines + (uint64_t)otp_at(node, OTP_lt_functab);
    otp_word base = otp_u64(&node->memory, functions);
    otp_word first = otp_u64(&node->memory, functions + 8 * function);
    otp_word end = otp_u64(&node->memory, functions + 8 * (function + 1));
    uint64_t item;
    if (first < base || end <= first || !search_words(node, first, (end - first) / 8, pc, &item))
        return;
    item += (first - base) / 8;
    otp_word table = otp_member(node, lines, OTP_lt_loctab);
    uint32_t location = otp_member32(node, lines, OTP_lt_locsize) == 2
                            ? otp_u16(&node->memory, table + 2 * item)
                            : otp_u32(&node->memory, table + 4 * item);
    if (location == 0)
        return;
    otp_word names = otp_member(node, lines, OTP_lt_fname);
    ret->line = location & 0xffffff;
    ret->file = text_of_list(node, otp_u64(&node->memory, names + 8 * (location >> 24)), arena);
}

bool otp_place_of(struct otp_node *node, otp_word pc, struct wb_arena *arena, struct tgt_place *ret)
{
    const struct otp_range *range = range_of(node, pc);
    uint64_t function;
    if (range == NULL || !find_function(node, range, pc, &function))
        return false;
    otp_word info =
        otp_u64(&node->memory, range->start + (uint64_t)otp_at(node, OTP_bch_funs) + 8 * function);
    *ret = (struct tgt_place){.mfa = otp_mfa_at(node, info + (uint64_t)otp_at(node, OTP_ci_mfa))};
    read_line(node, range, function, pc, arena, ret);
    return true;
}

otp_word otp_find_string(struct otp_node *node, const char *text)
{
    const struct otp_section *section = otp_elf_section(&node->elf, ".rodata");
    size_t size = strlen(text) + 1;
    if (section == NULL)
        return 0;
    for (size_t i = 1; i + size <= section->bytes.size; i++)
        if (section->bytes.at[i - 1] == 0 && memcmp(section->bytes.at + i, text, size) == 0)
            return section->at + i + node->bias;
    return 0;
}

// The first of the tables (one for each code index) with this name.
static otp_word find_hash(struct otp_node *node, const char *name)
{
    otp_word text = otp_find_string(node, name);
    struct otp_data data = otp_writable_data(node);
    for (otp_word at = data.start; text != 0 && at + 8 <= data.end; at += 8) {
        otp_word hash = at - (uint64_t)otp_at(node, OTP_h_name);
        if (otp_u64(&node->memory, at) == text && otp_member(node, hash, OTP_h_bucket) != 0)
            return hash;
    }
    return 0;
}

static void add_module(struct otp_node *node, otp_word module, bool old, struct tgt_modules *ret)
{
    otp_word instance = module + (uint64_t)otp_at(node, old ? OTP_mod_old : OTP_mod_curr);
    if (otp_member(node, instance, OTP_mi_hdr) == 0)
        return;
    otp_word name = (otp_word)otp_member32(node, module, OTP_mod_module) << 6 | 0x0B;
    ret->at[ret->count++] = (struct tgt_module){
        .name = otp_atom_text(node, name),
        .start.at = otp_member(node, instance, OTP_mi_hdr),
        .code_bytes = otp_member32(node, instance, OTP_mi_len),
        .old = old,
    };
}

otp_word otp_module_table(struct otp_node *node)
{
    otp_word first = find_hash(node, "module_code");
    return first != 0 ? first + (uint64_t)otp_at(node, OTP_it_sizeof) * node->code_index : 0;
}

struct wb_error *otp_list_modules(struct otp_node *node, struct wb_arena *arena,
                                  struct tgt_modules *ret)
{
    otp_word table = otp_module_table(node);
    if (table == 0)
        return wb_error_new(WB_E_UNSUPPORTED, "the table of modules was not found");
    uint32_t count = otp_member32(node, table, OTP_it_entries);
    otp_word segments = otp_member(node, table, OTP_it_seg);
    if (count > MAX_MODULES)
        return wb_error_new(WB_E_BAD_DATA, "the table of modules says it has %u", count);
    struct tgt_modules modules = {.at = wb_push_array(arena, struct tgt_module, 2 * (size_t)count)};
    for (uint64_t i = 0; i < count; i++) {
        otp_word segment = otp_u64(&node->memory, segments + 8 * (i >> 10));
        otp_word module = otp_u64(&node->memory, segment + 8 * (i & 1023));
        if (segment == 0 || module == 0)
            continue;
        add_module(node, module, false, &modules);
        add_module(node, module, true, &modules);
    }
    *ret = modules;
    return NULL;
}
