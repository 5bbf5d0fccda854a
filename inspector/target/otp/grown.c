// What only grows in a node: code, literals, atoms. It is read while the node runs on.
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "inspector/target/otp/worth.h"

enum {
    PARTS_AT_ONCE = 512,
    MAX_PIECE = 1 << 28,
    MAX_ATOMS = 1 << 26,
    ATOMS_IN_SEGMENT = 1024,
    MOST_TEXT = 1024,  // bytes of an atom's text
    AREA_HEAD = 24,    // struct ErtsLiteralArea: off-heap list, end, first term (global.h)
    AREA_END = 8,
    RANGES_SIZE = 32,  // a record of the table of loaded code: array, count, allocated, middle
};

// Bytes at their address in the node; NULL: not read yet.
struct piece {
    otp_word at;
    uint64_t size;
    uint8_t *bytes;
};

struct growing {
    pid_t pid;
    struct otp_node *node;
    struct piece *piece;  // malloc'd; those from `read` on are asked for
    size_t count, capacity, read;
};

static void ask(struct growing *g, otp_word at, uint64_t size)
{
    if (at == 0 || size == 0 || size > MAX_PIECE || otp_has(&g->node->memory, at, size))
        return;
    if (g->count == g->capacity) {
        size_t capacity = g->capacity != 0 ? g->capacity * 2 : 1 << 12;
        struct piece *grown = realloc(g->piece, capacity * sizeof *grown);
        if (grown == NULL)
            wb_die_no_memory(capacity * sizeof *grown);
        g->piece = grown;
        g->capacity = capacity;
    }
    g->piece[g->count++] = (struct piece){.at = at, .size = size};
}

static int by_address(const void *a, const void *b)
{
    const struct piece *left = a, *right = b;
    return (left->at > right->at) - (left->at < right->at);
}

// Pieces that touch become one: the fewer, the faster.
static void merge(struct growing *g)
{
    size_t kept = g->read;
    if (g->count == kept)
        return;
    qsort(g->piece + g->read, g->count - g->read, sizeof *g->piece, by_address);
    for (size_t i = g->read; i < g->count; i++) {
        struct piece *last = kept > g->read ? &g->piece[kept - 1] : NULL;
        const struct piece piece = g->piece[i];
        if (last == NULL || piece.at > last->at + last->size)
            g->piece[kept++] = piece;
        else if (piece.at + piece.size > last->at + last->size)
            last->size = piece.at + piece.size - last->at;
    }
    g->count = kept;
}

static void read_pieces(struct growing *g, size_t first, size_t count)
{
    struct iovec here[PARTS_AT_ONCE], there[PARTS_AT_ONCE];
    uint64_t size = 0;
    for (size_t i = 0; i < count; i++) {
        struct piece *piece = &g->piece[first + i];
        piece->bytes = wb_push(&g->node->arena, piece->size, 8);
        here[i] = (struct iovec){piece->bytes, piece->size};
        there[i] = (struct iovec){(void *)(uintptr_t)piece->at, piece->size};
        size += piece->size;
    }
    if (process_vm_readv(g->pid, here, count, there, count, 0) == (ssize_t)size)
        return;
    for (size_t i = 0; i < count; i++)
        if (process_vm_readv(g->pid, &here[i], 1, &there[i], 1, 0) != (ssize_t)here[i].iov_len)
            g->piece[first + i].bytes = NULL;
}

// All that was read, in order of address, as the memory between.
static void lay_out(struct growing *g)
{
    otp_word reached = 0;
    qsort(g->piece, g->count, sizeof *g->piece, by_address);
    g->node->grown.count = 0;
    for (size_t i = 0; i < g->count; i++) {
        const struct piece *piece = &g->piece[i];
        otp_word start = piece->at > reached ? piece->at : reached;
        if (piece->bytes == NULL || start >= piece->at + piece->size)
            continue;
        reached = piece->at + piece->size;
        otp_memory_add(&g->node->grown,
                       (struct otp_segment){start, reached, piece->bytes + (start - piece->at)});
    }
}

static void fetch(struct growing *g)
{
    if (g->count == g->read)
        return;
    merge(g);
    for (size_t i = g->read; i < g->count; i += PARTS_AT_ONCE)
        read_pieces(g, i, g->count - i < PARTS_AT_ONCE ? g->count - i : PARTS_AT_ONCE);
    g->read = g->count;
    lay_out(g);
}

static bool is_loaded(const uint64_t *range, size_t count, const struct otp_range *which)
{
    for (size_t i = 0; i < count; i++)
        if (range[2 * i] == which->start && range[2 * i + 1] == which->end)
            return true;
    return false;
}

static bool read_live(const struct growing *g, otp_word at, void *to, size_t size)
{
    struct iovec here = {to, size}, there = {(void *)(uintptr_t)at, size};
    return process_vm_readv(g->pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

// Code was loaded or purged while we read: of modules that are not there any more, their place may
// hold another's code by now. What is not known is better than what is wrong.
static void forget_purged(struct growing *g)
{
    enum { MAX_RANGES = 1 << 18 };
    struct otp_node *node = g->node;
    uint32_t index = 0;
    uint64_t record[2] = {0};
    bool known = read_live(g, otp_symbol(node, "the_active_code_index"), &index, sizeof index);
    if (known && index == node->code_index)
        return;
    known = known && read_live(g, node->ranges_at + RANGES_SIZE * (uint64_t)(index % 3), record,
                               sizeof record);
    size_t count = known && record[1] <= MAX_RANGES ? record[1] : 0;
    uint64_t *range = wb_push_array(&node->arena, uint64_t, 2 * count + 1);
    if (count > 0 && !read_live(g, record[0], range, 16 * count))
        count = 0;
    size_t kept = 0;
    for (size_t i = 0; i < node->range_count; i++)
        if (is_loaded(range, count, &node->range[i]))
            node->range[kept++] = node->range[i];
    node->range_count = kept;
}

// Usually it was copied while the node stood still.
static void ask_array(void *arg, otp_word record)
{
    struct growing *g = arg;
    struct otp_memory *memory = &g->node->memory;
    ask(g, otp_u64(memory, record), 16 * otp_u64(memory, record + 8));
}

static void read_code(struct growing *g)
{
    struct otp_node *node = g->node;
    otp_list_code_records(node, ask_array, g);
    fetch(g);
    struct wb_error *err = otp_code_open(node);
    if (err != NULL) {  // opening the node says it again
        wb_error_free(err);
        return;
    }
    for (size_t i = 0; i < node->range_count; i++)
        ask(g, node->range[i].start, node->range[i].end - node->range[i].start);
    fetch(g);
    for (size_t i = 0; i < node->range_count; i++)
        ask(g, otp_member(node, node->range[i].start, OTP_bch_lit), AREA_HEAD);
    fetch(g);
    for (size_t i = 0; i < node->range_count; i++) {
        otp_word area = otp_member(node, node->range[i].start, OTP_bch_lit);
        otp_word end = area != 0 ? otp_u64(&node->memory, area + AREA_END) : 0;
        if (end > area)
            ask(g, area, end - area);
    }
    fetch(g);
    forget_purged(g);
}

static otp_word atom_at(struct otp_node *node, uint64_t table, uint64_t index)
{
    otp_word segment = otp_u64(&node->memory, table + 8 * (index / ATOMS_IN_SEGMENT));
    return segment != 0 ? otp_u64(&node->memory, segment + 8 * (index % ATOMS_IN_SEGMENT)) : 0;
}

// An atom's text: bytes, or from OTP 29 a binary term whose bytes lie behind two words.
static void ask_text(struct growing *g, otp_word atom)
{
    struct otp_node *node = g->node;
    int16_t size = (int16_t)otp_u16(&node->memory, atom + (uint64_t)otp_at(node, OTP_a_len));
    otp_word text = otp_member(node, atom, OTP_a_name);
    if (size <= 0 || size > MOST_TEXT)
        return;
    if (node->release >= 29 && otp_is_boxed(text))
        ask(g, text & ~(otp_word)7, (uint64_t)size + 16);
    else
        ask(g, text, (uint64_t)size);
}

static void read_atoms(struct growing *g)
{
    struct otp_node *node = g->node;
    otp_word table = otp_symbol(node, "erts_atom_table");
    uint64_t count = otp_member32(node, table, OTP_it_entries);
    otp_word segments = otp_member(node, table, OTP_it_seg);
    int32_t name = otp_at(node, OTP_a_name), length = otp_at(node, OTP_a_len);
    uint64_t size = (uint64_t)(name > length ? name : length) + 8;
    if (table == 0 || count > MAX_ATOMS)
        return;
    uint64_t segment_count = (count + ATOMS_IN_SEGMENT - 1) / ATOMS_IN_SEGMENT;
    ask(g, segments, 8 * segment_count);
    fetch(g);
    for (uint64_t i = 0; i < segment_count; i++)
        ask(g, otp_u64(&node->memory, segments + 8 * i), 8 * ATOMS_IN_SEGMENT);
    fetch(g);
    for (uint64_t i = 0; i < count; i++)
        ask(g, atom_at(node, segments, i), size);
    fetch(g);
    for (uint64_t i = 0; i < count; i++)
        if (atom_at(node, segments, i) != 0)
            ask_text(g, atom_at(node, segments, i));
    fetch(g);
}

// From now on part of the node's memory, where that has nothing of its own.
static void settle(struct otp_node *node)
{
    struct otp_memory *memory = &node->memory, merged = {0};
    size_t i = 0;
    for (size_t j = 0; j < node->grown.count; j++) {
        const struct otp_segment *more = &node->grown.segment[j];
        for (otp_word start = more->start; start < more->end;) {
            while (i < memory->count && memory->segment[i].end <= start)
                otp_memory_add(&merged, memory->segment[i++]);
            const struct otp_segment *next = i < memory->count ? &memory->segment[i] : NULL;
            otp_word end = next != NULL && next->start < more->end ? next->start : more->end;
            if (end > start)
                otp_memory_add(&merged,
                               (struct otp_segment){start, end, more->at + (start - more->start)});
            start = end > start ? end : next->end;
        }
    }
    while (i < memory->count)
        otp_memory_add(&merged, memory->segment[i++]);
    free(memory->segment);
    memory->segment = merged.segment;
    memory->count = merged.count;
    memory->capacity = merged.capacity;
    memory->hint = 0;
    node->grown.count = 0;
}

void otp_read_grown(pid_t pid, struct otp_node *node)
{
    struct growing g = {.pid = pid, .node = node};
    read_atoms(&g);
    read_code(&g);
    free(g.piece);
    settle(node);
}
