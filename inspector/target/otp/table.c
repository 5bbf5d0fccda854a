// ETS tables of an OTP node: each scheduler keeps a circular list of those made on it.
#include "inspector/target/otp/list.h"
#include "inspector/target/otp/node.h"

enum {
    MAX_TABLES = 1 << 20,
    MAX_ROWS = 1 << 28,
    MAX_TREE = 128,
    SEGMENT_SHIFT = 11,
    FIRST_SEGMENT = 256
};

// Bits of a table's `type` (DB_*).
enum table_type {
    TABLE_PRIVATE = 1 << 0,
    TABLE_PROTECTED = 1 << 1,
    TABLE_PUBLIC = 1 << 2,
    TABLE_SET = 1 << 4,
    TABLE_BAG = 1 << 5,
    TABLE_DUPLICATE_BAG = 1 << 6,
    TABLE_ORDERED_SET = 1 << 7,
    TABLE_CATREE = 1 << 8,
};

static const char *type_name(uint32_t type)
{
    if ((type & (TABLE_ORDERED_SET | TABLE_CATREE)) != 0)
        return "ordered_set";
    if ((type & TABLE_BAG) != 0)
        return "bag";
    return (type & TABLE_DUPLICATE_BAG) != 0 ? "duplicate_bag" : "set";
}

static const char *access_name(uint32_t type)
{
    if ((type & TABLE_PUBLIC) != 0)
        return "public";
    return (type & TABLE_PRIVATE) != 0 ? "private" : "protected";
}

// Rows that were found; most: 0: MAX_ROWS.
struct rows {
    struct otp_list list;
    size_t most;
};
static bool is_full(const struct rows *rows)
{
    return rows->list.count >= (rows->most != 0 ? rows->most : MAX_ROWS);
}

static bool is_deleted(struct otp_node *node, otp_word row)
{
    if (node->release >= 27)
        return otp_member(node, row, OTP_hd_pseudo) >> 63 != 0;
    return otp_member32(node, row, OTP_hd_pseudo) != 0;
}

static void bucket_rows(struct otp_node *node, otp_word row, struct rows *rows)
{
    while (row != 0 && (row & 7) == 0 && !is_full(rows)) {
        if (!otp_has(&node->memory, row, 8))
            return;
        if (!is_deleted(node, row))
            otp_list_add(&rows->list, (row + (uint64_t)otp_at(node, OTP_hd_tpl)) | 2);
        row = otp_member(node, row, OTP_hd_next);
    }
}

// Buckets lie in segments: the first is smaller than the rest.
static void hash_rows(struct otp_node *node, otp_word table, struct rows *rows)
{
    uint64_t active = otp_member(node, table, OTP_th_nactive);
    otp_word segments = otp_member(node, table, OTP_th_segtab);
    for (uint64_t i = 0; i < active && i < MAX_ROWS && !is_full(rows); i++) {
        uint64_t index = (i + (1 << SEGMENT_SHIFT) - FIRST_SEGMENT) >> SEGMENT_SHIFT;
        otp_word segment = otp_u64(&node->memory, segments + 8 * index);
        otp_word bucket = segment + 8 * (i & ((1 << SEGMENT_SHIFT) - 1));
        if (!otp_has(&node->memory, bucket, 8))
            return;
        bucket_rows(node, otp_u64(&node->memory, bucket), rows);
    }
}

static void tree_rows(struct otp_node *node, otp_word root, struct rows *rows)
{
    otp_word path[MAX_TREE];
    unsigned depth = 0;
    otp_word at = root;
    while ((depth > 0 || at != 0) && !is_full(rows)) {
        while (at != 0 && depth < MAX_TREE && otp_has(&node->memory, at, 16)) {
            path[depth++] = at;
            at = otp_member(node, at, OTP_td_left);
        }
        if (depth == 0)
            return;
        at = path[--depth];
        otp_list_add(&rows->list, (at + (uint64_t)otp_at(node, OTP_td_tpl)) | 2);
        at = otp_member(node, at, OTP_td_right);
    }
}

// Inner nodes route to smaller trees.
static void catree_rows(struct otp_node *node, otp_word at, unsigned depth, struct rows *rows)
{
    if (depth > MAX_TREE || !otp_has(&node->memory, at, 8) || is_full(rows))
        return;
    if ((otp_member32(node, at, OTP_cn_isbase) & 1) != 0) {
        tree_rows(node, otp_member(node, at, OTP_cn_base_root), rows);
        return;
    }
    catree_rows(node, otp_member(node, at, OTP_cn_left), depth + 1, rows);
    catree_rows(node, otp_member(node, at, OTP_cn_right), depth + 1, rows);
}

static void rows_of(struct otp_node *node, otp_word table, struct rows *rows)
{
    uint32_t type = otp_member32(node, table, OTP_t_type);
    if ((type & TABLE_CATREE) != 0)
        catree_rows(node, otp_member(node, table, OTP_tc_root), 0, rows);
    else if ((type & TABLE_ORDERED_SET) != 0)
        tree_rows(node, otp_member(node, table, OTP_tt_root), rows);
    else
        hash_rows(node, table, rows);
}

// The number of rows, or UINT64_MAX when it is spread over schedulers and must be counted.
static uint64_t size_of(struct otp_node *node, otp_word table, struct wb_arena *arena)
{
    otp_word counters = table + (uint64_t)otp_at(node, OTP_t_counters);
    if (otp_member32(node, counters, OTP_fx_decent) == 0)
        return otp_member(node, counters, OTP_fx_u);
    struct rows rows = {.list.arena = arena};
    rows_of(node, table, &rows);
    return rows.list.count;
}

static void add_tables(struct otp_node *node, struct otp_list *ret)
{
    for (size_t i = 0; i < node->scheduler_count; i++) {
        if (node->scheduler[i].kind != OTP_NORMAL)
            continue;
        otp_word first = otp_member(node, node->scheduler[i].data, OTP_sd_ets);
        otp_word at = first;
        while (at != 0 && otp_has(&node->memory, at, 8) && ret->count < MAX_TABLES) {
            otp_list_add(ret, at);
            at = otp_member(node, at, OTP_t_all_next);
            if (at == first)
                break;
        }
    }
}

void otp_list_tables(struct otp_node *node, struct wb_arena *arena, struct tgt_tables *ret)
{
    struct otp_list found = {.arena = arena};
    add_tables(node, &found);
    struct tgt_tables tables = {.at = wb_push_array(arena, struct tgt_table, found.count)};
    for (size_t i = 0; i < found.count; i++) {
        otp_word at = found.at[i].bits;
        uint32_t type = otp_member32(node, at, OTP_t_type);
        tables.at[tables.count++] = (struct tgt_table){
            .id = at,
            .name = otp_atom_text(node, otp_member(node, at, OTP_t_name)),
            .type = type_name(type),
            .access = access_name(type),
            .owner = otp_pid_of(node, otp_member(node, at, OTP_t_owner)),
            .size = size_of(node, at, arena),
            .key = otp_member32(node, at, OTP_t_keypos),
        };
    }
    *ret = tables;
}

void otp_list_table_addresses(struct otp_node *node, struct wb_arena *arena, struct tgt_terms *ret)
{
    struct otp_list found = {.arena = arena};
    add_tables(node, &found);
    *ret = otp_list_terms(&found);
}

bool otp_list_rows_most(struct otp_node *node, otp_word table, uint64_t most,
                        struct wb_arena *arena, struct tgt_terms *ret)
{
    struct rows rows = {.list.arena = arena, .most = most};
    if (!otp_has(&node->memory, table, 8))
        return false;
    rows_of(node, table, &rows);
    *ret = otp_list_terms(&rows.list);
    return true;
}

struct wb_error *otp_list_rows(struct otp_node *node, uint64_t table, struct wb_arena *arena,
                               struct tgt_terms *ret)
{
    struct otp_list found = {.arena = arena};
    struct rows rows = {.list.arena = arena};
    add_tables(node, &found);
    bool known = false;
    for (size_t i = 0; i < found.count; i++)
        known = known || found.at[i].bits == table;
    if (!known)
        return wb_error_new(WB_E_NOT_FOUND, "no such table");
    if ((otp_member32(node, table, OTP_t_compress) & 0xff) != 0)
        return wb_error_new(WB_E_UNSUPPORTED, "the rows of a compressed table cannot be read");
    rows_of(node, table, &rows);
    *ret = otp_list_terms(&rows.list);
    return NULL;
}
