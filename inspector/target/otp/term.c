// Terms of an OTP node (words as erl_term.h has them since R9) become values.
#include <string.h>

#include "inspector/target/otp/node.h"

enum {
    MAX_DEPTH = 400,
    MAX_TUPLE = 1 << 24,
    MAX_BIG = 1 << 20,
    MAX_FORWARDS = 4,
    MAX_VALUES = 4 << 20
};

// Subtags of headers. Binaries and maps were renumbered in OTP 27.
enum subtag {
    TUPLE = 0,
    MATCH = 1,
    POS_BIG = 2,
    NEG_BIG = 3,
    REF = 4,
    FUN = 5,
    FLOAT = 6,
    EXPORT = 7,  // until OTP 24; records in OTP 29
    BINARY_8 = 8,
    BINARY_9 = 9,
    BINARY_10 = 10,
    MAP_27 = 11,
    EXTERNAL_PID = 12,
    EXTERNAL_PORT = 13,
    EXTERNAL_REF = 14,
    MAP_26 = 15,
};

// `left`: values that may still be made. Terms share their parts, so that few words can stand for
// more values than there is memory.
struct reader {
    struct otp_node *node;
    struct wb_arena *arena;
    size_t length, left;
};

static void read_term(struct reader *r, otp_word term, unsigned depth, struct beam_value *ret);

const void *otp_view(struct otp_node *node, otp_word at, uint64_t size, struct wb_arena *arena)
{
    const void *in_place = otp_in_place(&node->memory, at, size);
    if (in_place != NULL)
        return in_place;
    if (!otp_has(&node->memory, at, size))
        return NULL;
    void *copy = wb_push(arena, size, 8);
    return otp_read(&node->memory, at, copy, size) ? copy : NULL;
}

const uint64_t *otp_words(struct otp_node *node, otp_word at, uint64_t count,
                          struct wb_arena *arena)
{
    const void *bytes = count <= UINT64_MAX / 8 ? otp_view(node, at, 8 * count, arena) : NULL;
    if (bytes == NULL || (uintptr_t)bytes % alignof(uint64_t) == 0)
        return bytes;
    uint64_t *copy = wb_push_array(arena, uint64_t, count);
    memcpy(copy, bytes, 8 * count);
    return copy;
}

static void unreadable(otp_word term, struct beam_value *ret)
{
    *ret = (struct beam_value){.kind = BEAM_UNREADABLE, .bits = term};
}

// From OTP 29 an atom's text is a term: a binary in a literal area.
static otp_word text_of_binary(struct otp_node *node, otp_word term)
{
    otp_word at = term & ~(otp_word)7;
    otp_word header = otp_u64(&node->memory, at);
    if ((header >> 2 & 15) == BINARY_8)
        return at + (uint64_t)otp_at(node, OTP_hb_data);
    otp_word base = otp_member(node, at, OTP_sbits_base) & ~(otp_word)3;
    return base + otp_member(node, at, OTP_sbits_start) / 8;
}

struct wb_bytes otp_atom_text(struct otp_node *node, otp_word atom)
{
    uint64_t index = atom >> 6;
    if (!otp_is_atom(atom) || index >= node->atom_count)
        return (struct wb_bytes){0};
    otp_word segment = otp_u64(&node->memory, node->atoms + 8 * (index >> 10));
    otp_word at = otp_u64(&node->memory, segment + 8 * (index & 1023));
    if (segment == 0 || at == 0)
        return (struct wb_bytes){0};
    int16_t size = (int16_t)otp_u16(&node->memory, at + (uint64_t)otp_at(node, OTP_a_len));
    otp_word text = otp_member(node, at, OTP_a_name);
    if (node->release >= 29 && otp_is_boxed(text))
        text = text_of_binary(node, text);
    if (size <= 0 || size > 1020)
        return (struct wb_bytes){0};
    const void *bytes = otp_view(node, text, (uint64_t)size, &node->arena);
    return (struct wb_bytes){bytes, bytes != NULL ? (size_t)size : 0};
}

void otp_list_atoms(struct otp_node *node, struct wb_arena *arena, struct tgt_atoms *ret)
{
    enum { ATOM = 0x0B };
    struct tgt_atoms atoms = {.at = wb_push_array(arena, struct wb_bytes, node->atom_count),
                              .limit = node->atom_limit};
    while (atoms.count < node->atom_count) {
        atoms.at[atoms.count] = otp_atom_text(node, (otp_word)atoms.count << 6 | ATOM);
        atoms.count++;
    }
    *ret = atoms;
}

static uint64_t unscramble(const struct otp_id_shape *shape, uint64_t data)
{
    return (data & ~shape->mask) | (data >> shape->cl_shift & shape->cl_mask) |
           (data & shape->cli_mask) << shape->cli_shift;
}

struct tgt_pid otp_pid_of(const struct otp_node *node, otp_word pid)
{
    if (!otp_is_pid(pid))
        return (struct tgt_pid){0};
    if (node->wide_ids) {
        uint64_t data = unscramble(&node->pid_shape, pid >> 4);
        return tgt_pid_make((uint32_t)(data & 0xfffffff), (uint32_t)(data >> 28));
    }
    uint32_t data = (uint32_t)(pid >> 4) & 0xfffffff;
    return tgt_pid_make(data & 0x7fff, data >> 15);
}

uint64_t otp_port_number(const struct otp_node *node, otp_word port)
{
    return node->wide_ids ? unscramble(&node->port_shape, port >> 4) : (port >> 4 & 0xfffffff);
}

static struct beam_id *new_id(struct reader *r, enum beam_kind kind, struct beam_value *ret)
{
    struct beam_id *id = wb_push_array(r->arena, struct beam_id, 1);
    *ret = (struct beam_value){.kind = kind, .id = id};
    return id;
}

static void read_immediate(struct reader *r, otp_word term, struct beam_value *ret)
{
    if (otp_is_small(term)) {
        *ret = (struct beam_value){.kind = BEAM_SMALL, .small = (int64_t)term >> 4};
    } else if (otp_is_pid(term)) {
        struct tgt_pid pid = otp_pid_of(r->node, term);
        struct beam_id *id = new_id(r, BEAM_PID, ret);
        id->count = 2;
        id->word[0] = tgt_pid_number(pid);
        id->word[1] = tgt_pid_serial(pid);
    } else if (otp_is_port(term)) {
        uint64_t data = otp_port_number(r->node, term);
        struct beam_id *id = new_id(r, BEAM_PORT, ret);
        id->count = 2;
        id->word[0] = (uint32_t)data;
        id->word[1] = (uint32_t)(data >> 32);
    } else if (term == OTP_NIL) {
        *ret = (struct beam_value){.kind = BEAM_NIL};
    } else {
        struct wb_bytes text = otp_atom_text(r->node, term);
        bool empty_atom = otp_is_atom(term) && text.size == 0;
        if (text.size == 0 && !empty_atom)
            unreadable(term, ret);
        else
            *ret = (struct beam_value){.kind = BEAM_ATOM, .text = text};
    }
}

// A cell in the middle of a collection holds 0 and where it went.
static bool read_cell(struct otp_node *node, otp_word list, otp_word cell[2])
{
    otp_word at = list & ~(otp_word)7;
    for (int i = 0; i <= MAX_FORWARDS; i++) {
        if (!otp_read(&node->memory, at, cell, 2 * sizeof *cell))
            return false;
        if (cell[0] != 0 || !otp_is_list(cell[1]))
            return true;
        at = cell[1] & ~(otp_word)7;
    }
    return false;
}

// How many elements of a list will be shown.
static size_t count_cells(const struct reader *r, otp_word list)
{
    size_t count = 0;
    otp_word cell[2];
    while (otp_is_list(list) && count < r->length && count < r->left &&
           read_cell(r->node, list, cell)) {
        count++;
        list = cell[1];
    }
    return count;
}

static void read_list(struct reader *r, otp_word list, unsigned depth, struct beam_value *ret)
{
    size_t count = count_cells(r, list);
    if (count == 0 || depth == 0) {
        otp_word cell[2];
        if (!read_cell(r->node, list, cell))
            unreadable(list, ret);
        else
            *ret = (struct beam_value){.kind = BEAM_UNREAD, .bits = list};
        return;
    }
    struct beam_value *element = wb_push_array(r->arena, struct beam_value, count + 1);
    for (size_t i = 0; i < count; i++) {
        otp_word cell[2];
        read_cell(r->node, list, cell);
        read_term(r, cell[0], depth - 1, &element[i]);
        list = cell[1];
    }
    otp_word cell[2];
    if (!otp_is_list(list))
        read_term(r, list, depth - 1, &element[count]);
    else if (read_cell(r->node, list, cell))
        element[count] = (struct beam_value){.kind = BEAM_UNREAD, .bits = list};
    else
        unreadable(list, &element[count]);
    *ret = (struct beam_value){.kind = BEAM_CONS, .part = {element, count + 1}};
}

static void read_parts(struct reader *r, otp_word at, size_t count, unsigned depth,
                       struct beam_value *part)
{
    for (size_t i = 0; i < count; i++)
        read_term(r, otp_u64(&r->node->memory, at + 8 * i), depth - 1, &part[i]);
}

static bool words_are_there(struct reader *r, otp_word at, size_t count, size_t limit)
{
    return count <= limit && count <= r->left && otp_has(&r->node->memory, at, 8 * count);
}

static void read_tuple(struct reader *r, otp_word at, size_t size, unsigned depth,
                       struct beam_value *ret)
{
    if (!words_are_there(r, at + 8, size, MAX_TUPLE)) {
        unreadable(at | 2, ret);
        return;
    }
    size_t shown = size < r->length ? size : r->length;
    struct beam_value *part = wb_push_array(r->arena, struct beam_value, size);
    read_parts(r, at + 8, shown, depth, part);
    for (size_t i = shown; i < size; i++)
        part[i] = (struct beam_value){.kind = BEAM_UNREAD,
                                      .bits = otp_u64(&r->node->memory, at + 8 + 8 * i)};
    *ret = (struct beam_value){.kind = BEAM_TUPLE, .part = {part, size}};
}

static void read_big(struct reader *r, otp_word at, otp_word header, struct beam_value *ret)
{
    size_t count = header >> 6;
    bool negative = (header >> 2 & 15) == NEG_BIG;
    const uint64_t *limb = count <= MAX_BIG ? otp_words(r->node, at + 8, count, r->arena) : NULL;
    if (limb == NULL || count == 0) {
        unreadable(at | 2, ret);
        return;
    }
    while (count > 1 && limb[count - 1] == 0)
        count--;
    if (count == 1 && limb[0] <= INT64_MAX) {
        int64_t small = (int64_t)limb[0];
        *ret = (struct beam_value){.kind = BEAM_SMALL, .small = negative ? -small : small};
        return;
    }
    *ret = (struct beam_value){.kind = BEAM_BIG, .big = {negative, limb, count}};
}

static void read_float(struct reader *r, otp_word at, struct beam_value *ret)
{
    *ret = (struct beam_value){.kind = BEAM_FLOAT};
    if (!otp_read(&r->node->memory, at + 8, &ret->real, sizeof ret->real))
        unreadable(at | 2, ret);
}

void otp_reference_numbers(struct otp_node *node, otp_word at, uint32_t ret[3])
{
    otp_word from = at + 12;
    // A magic reference points to its binary, which has the numbers.
    if (otp_u32(&node->memory, at + 8) != UINT32_MAX && otp_u64(&node->memory, at) >> 6 <= 3)
        from = otp_u64(&node->memory, at + 8) + (uint64_t)otp_at(node, OTP_mb_refn);
    for (unsigned i = 0; i < 3; i++)
        ret[i] = otp_u32(&node->memory, from + 4 * i);
}

static void read_reference(struct reader *r, otp_word at, struct beam_value *ret)
{
    struct beam_id *id = new_id(r, BEAM_REF, ret);
    id->count = 3;
    otp_reference_numbers(r->node, at, id->word);
}

static void read_external(struct reader *r, otp_word at, enum subtag subtag, struct beam_value *ret)
{
    static const enum beam_kind kinds[] = {BEAM_PID, BEAM_PORT, BEAM_REF};
    struct otp_node *node = r->node;
    otp_word peer = otp_u64(&node->memory, at + 8);
    otp_word data = at + (uint64_t)otp_at(node, OTP_et_data);
    struct beam_id *id = new_id(r, kinds[subtag - EXTERNAL_PID], ret);
    id->node = otp_atom_text(node, otp_member(node, peer, OTP_nd_sysname));
    id->creation = otp_member32(node, peer, OTP_nd_creation);
    id->count = 2;
    if (subtag == EXTERNAL_REF) {
        uint32_t count = otp_u32(&node->memory, data);
        id->count = count <= 5 ? count : 5;
        data += 4;
    }
    for (unsigned i = 0; i < id->count; i++)
        id->word[i] = otp_u32(&node->memory, data + 4 * i);
}

static const struct beam_fun *export_fun(struct reader *r, otp_word export)
{
    struct beam_fun *fun = wb_push_array(r->arena, struct beam_fun, 1);
    struct tgt_mfa mfa = otp_mfa_at(r->node, export + (uint64_t)otp_at(r->node, OTP_ex_mfa));
    *fun = (struct beam_fun){.module = mfa.module, .function = mfa.function, .arity = mfa.arity};
    return fun;
}

// What a fun object says of itself differs by release.
struct fun_shape {
    bool external;
    uint32_t arity, free_count;
};
static struct fun_shape shape_of_fun(struct otp_node *node, otp_word at, otp_word header)
{
    if (node->release >= 29)
        return (struct fun_shape){(header >> 24 & 1) != 0, (uint32_t)(header >> 8) & 255,
                                  (uint32_t)(header >> 16) & 255};
    if (node->release >= 27) {
        uint32_t size = (uint32_t)(header >> 16);
        return (struct fun_shape){size == 0, (uint32_t)(header >> 8) & 255,
                                  size != 0 ? size - 1 : 0};
    }
    otp_word creator = otp_member(node, at, OTP_ft_creator);
    return (struct fun_shape){
        .external = node->release >= 25 && otp_is_atom(creator),
        .arity = otp_u8(&node->memory, at + (uint64_t)otp_at(node, OTP_ft_arity)),
        .free_count = otp_u8(&node->memory, at + (uint64_t)otp_at(node, OTP_ft_nfree)),
    };
}

// Who made it: kept until OTP 26.
static const struct beam_value *creator_of(struct reader *r, otp_word at)
{
    if (otp_at(r->node, OTP_ft_creator) < 0)
        return NULL;
    struct beam_value *creator = wb_push_array(r->arena, struct beam_value, 1);
    read_term(r, otp_member(r->node, at, OTP_ft_creator), 1, creator);
    return creator->kind == BEAM_PID ? creator : NULL;
}

static void read_fun(struct reader *r, otp_word at, unsigned depth, struct beam_value *ret)
{
    struct otp_node *node = r->node;
    struct fun_shape shape = shape_of_fun(node, at, otp_u64(&node->memory, at));
    otp_word entry = otp_member(node, at, OTP_ft_entry);
    if (shape.external) {
        *ret = (struct beam_value){.kind = BEAM_EXPORT, .fun = export_fun(r, entry)};
        return;
    }
    struct beam_fun *fun = wb_push_array(r->arena, struct beam_fun, 1);
    *fun = (struct beam_fun){
        .module = otp_atom_text(node, otp_member(node, entry, OTP_fe_module)),
        .arity = shape.arity,
        .index = otp_member32(node, entry, OTP_fe_index),
        .old_uniq = otp_member32(node, entry, OTP_fe_old_uniq),
        .creator = creator_of(r, at),
    };
    otp_read(&node->memory, entry + (uint64_t)otp_at(node, OTP_fe_uniq), fun->uniq,
             sizeof fun->uniq);
    otp_word environment = at + (uint64_t)otp_at(node, OTP_ft_env);
    if (words_are_there(r, environment, shape.free_count, 256)) {
        fun->count = shape.free_count;
        fun->free = wb_push_array(r->arena, struct beam_value, fun->count);
        read_parts(r, environment, fun->count, depth, fun->free);
    }
    *ret = (struct beam_value){.kind = BEAM_FUN, .fun = fun};
}

// Bits [start, start + bits) from an address: in place when they begin at a byte.
static void read_bits(struct reader *r, otp_word at, uint64_t start, uint64_t bits,
                      struct beam_value *ret)
{
    at += start / 8;
    unsigned shift = start % 8;
    uint64_t span = (shift + bits + 7) / 8;
    const uint8_t *from = bits <= UINT64_C(1) << 40 ? otp_view(r->node, at, span, r->arena) : NULL;
    if (bits == 0)
        from = (const uint8_t *)"";
    if (from == NULL) {
        unreadable(at, ret);
        return;
    }
    if (shift != 0 && bits > 0) {
        uint64_t size = (bits + 7) / 8;
        uint8_t *copy = wb_push(r->arena, size, 1);
        for (uint64_t i = 0; i < size; i++)
            copy[i] = (uint8_t)(from[i] << shift | (i + 1 < span ? from[i + 1] >> (8 - shift) : 0));
        from = copy;
    }
    *ret = (struct beam_value){.kind = BEAM_BINARY, .binary = {from, bits}};
}

static otp_word follow(struct otp_node *node, otp_word boxed, otp_word *header);

static void read_sub_binary(struct reader *r, otp_word at, struct beam_value *ret)
{
    struct otp_node *node = r->node;
    otp_word header;
    otp_word base = follow(node, otp_member(node, at, OTP_sb_orig), &header);
    otp_word bytes = (header >> 2 & 15) == BINARY_8 ? otp_member(node, base, OTP_pb_bytes)
                                                    : base + (uint64_t)otp_at(node, OTP_hb_data);
    uint64_t start = otp_member(node, at, OTP_sb_offs) * 8 +
                     otp_u8(&node->memory, at + (uint64_t)otp_at(node, OTP_sb_bitoffs));
    uint64_t bits = otp_member(node, at, OTP_sb_size) * 8 +
                    otp_u8(&node->memory, at + (uint64_t)otp_at(node, OTP_sb_bitsize));
    read_bits(r, bytes, start, bits, ret);
}

static void read_binary(struct reader *r, otp_word at, enum subtag subtag, struct beam_value *ret)
{
    struct otp_node *node = r->node;
    bool new = node->release >= 27;
    if (new ? subtag == BINARY_8 : subtag == BINARY_9) {
        uint64_t size = otp_member(node, at, OTP_hb_size);
        read_bits(r, at + (uint64_t)otp_at(node, OTP_hb_data), 0, new ? size : size * 8, ret);
    } else if (subtag == BINARY_8) {
        read_bits(r, otp_member(node, at, OTP_pb_bytes), 0, otp_member(node, at, OTP_pb_size) * 8,
                  ret);
    } else if (subtag == BINARY_9) {
        uint64_t start = otp_member(node, at, OTP_sbits_start);
        uint64_t end = otp_member(node, at, OTP_sbits_end);
        read_bits(r, otp_member(node, at, OTP_sbits_base) & ~(otp_word)3, start,
                  end >= start ? end - start : 0, ret);
    } else if (!new) {
        read_sub_binary(r, at, ret);
    } else {
        unreadable(at | 2, ret);
    }
}

// A hashed map being collected into one array of pairs.
struct pairs {
    struct beam_value *at;
    size_t count, room;
};

static void read_node(struct reader *r, otp_word term, unsigned depth, unsigned level,
                      struct pairs *pairs)
{
    enum { MAX_LEVEL = 40 };
    if (level > MAX_LEVEL || pairs->count >= pairs->room)
        return;
    otp_word cell[2];
    if (otp_is_list(term) && read_cell(r->node, term, cell)) {
        read_term(r, cell[0], depth - 1, &pairs->at[2 * pairs->count]);
        read_term(r, cell[1], depth - 1, &pairs->at[2 * pairs->count + 1]);
        pairs->count++;
    }
    if (!otp_is_boxed(term))
        return;
    otp_word header;
    otp_word at = follow(r->node, term, &header);
    unsigned type = header >> 6 & 3;
    size_t children = (size_t)__builtin_popcountll(header >> 16 & 0xffff);
    if ((header >> 2 & 15) == TUPLE)  // keys whose hashes are all equal
        children = header >> 6 < 100000 ? header >> 6 : 0;
    else if (type >= 2)  // a root has the size behind its header
        at += 8;
    if (type == 2 && (header >> 2 & 15) != TUPLE)
        children = 16;
    for (size_t i = 0; i < children; i++)
        read_node(r, otp_u64(&r->node->memory, at + 8 + 8 * i), depth, level + 1, pairs);
}

static void read_hashed_map(struct reader *r, otp_word at, unsigned depth, struct beam_value *ret)
{
    uint64_t size = otp_u64(&r->node->memory, at + 8);
    struct pairs pairs = {.room = size < r->length ? size : r->length};
    if (pairs.room > r->left)
        pairs.room = r->left;
    pairs.at = wb_push_array(r->arena, struct beam_value, 2 * pairs.room + 2);
    read_node(r, at | 2, depth, 0, &pairs);
    if (pairs.count < size) {  // the rest is said to be unread, as a pair
        for (int i = 0; i < 2; i++)
            pairs.at[2 * pairs.count + i] =
                (struct beam_value){.kind = BEAM_UNREAD, .bits = at | 2};
        pairs.count++;
    }
    *ret = (struct beam_value){.kind = BEAM_MAP, .part = {pairs.at, 2 * pairs.count}};
}

static void read_map(struct reader *r, otp_word at, otp_word header, unsigned depth,
                     struct beam_value *ret)
{
    struct otp_node *node = r->node;
    if ((header >> 6 & 3) != 0) {
        read_hashed_map(r, at, depth, ret);
        return;
    }
    uint64_t size = otp_member(node, at, OTP_fm_size);
    otp_word keys_header;
    otp_word keys = follow(node, otp_member(node, at, OTP_fm_keys), &keys_header);
    if (size > 1024 || keys_header >> 6 != size || !otp_has(&node->memory, at, 24 + 8 * size)) {
        unreadable(at | 2, ret);
        return;
    }
    struct beam_value *part = wb_push_array(r->arena, struct beam_value, 2 * size);
    for (size_t i = 0; i < size; i++) {
        read_term(r, otp_u64(&node->memory, keys + 8 + 8 * i), depth - 1, &part[2 * i]);
        read_term(r, otp_u64(&node->memory, at + 24 + 8 * i), depth - 1, &part[2 * i + 1]);
    }
    *ret = (struct beam_value){.kind = BEAM_MAP, .part = {part, 2 * size}};
}

// Where a boxed term's object is, and its header: through the forwarding words of a collection.
static otp_word follow(struct otp_node *node, otp_word boxed, otp_word *header)
{
    otp_word at = boxed & ~(otp_word)7;
    *header = otp_u64(&node->memory, at);
    for (int i = 0; i < MAX_FORWARDS && otp_is_boxed(*header); i++) {
        at = *header & ~(otp_word)7;
        *header = otp_u64(&node->memory, at);
    }
    return at;
}

static void read_boxed(struct reader *r, otp_word term, unsigned depth, struct beam_value *ret)
{
    struct otp_node *node = r->node;
    otp_word header;
    otp_word at = follow(node, term, &header);
    enum subtag subtag = (enum subtag)(header >> 2 & 15);
    if (!otp_has(&node->memory, at, 16) && !(header == 0 && otp_has(&node->memory, at, 8)))
        unreadable(term, ret);
    else if ((header & 3) != 0)
        unreadable(term, ret);
    else if (depth == 0)
        *ret = (struct beam_value){.kind = BEAM_UNREAD, .bits = term};
    else if (subtag == TUPLE)
        read_tuple(r, at, header >> 6, depth, ret);
    else if (subtag == POS_BIG || subtag == NEG_BIG)
        read_big(r, at, header, ret);
    else if (subtag == FLOAT)
        read_float(r, at, ret);
    else if (subtag == REF)
        read_reference(r, at, ret);
    else if (subtag == FUN)
        read_fun(r, at, depth, ret);
    else if (subtag == EXPORT && node->release <= 24)
        *ret = (struct beam_value){.kind = BEAM_EXPORT,
                                   .fun = export_fun(r, otp_u64(&node->memory, at + 8))};
    else if (subtag == (node->release >= 27 ? MAP_27 : MAP_26))
        read_map(r, at, header, depth, ret);
    else if (subtag >= BINARY_8 && subtag <= BINARY_10)
        read_binary(r, at, subtag, ret);
    else if (subtag >= EXTERNAL_PID && subtag <= EXTERNAL_REF)
        read_external(r, at, subtag, ret);
    else
        unreadable(term, ret);
}

static void read_term(struct reader *r, otp_word term, unsigned depth, struct beam_value *ret)
{
    if (r->left == 0) {
        *ret = (struct beam_value){.kind = BEAM_UNREAD, .bits = term};
        return;
    }
    r->left--;
    switch (term & 3) {
    case 1:
        read_list(r, term, depth, ret);
        return;
    case 2:
        read_boxed(r, term, depth, ret);
        return;
    case 3:
        read_immediate(r, term, ret);
        return;
    default:
        unreadable(term, ret);
    }
}

void otp_read_term(struct otp_node *node, otp_word term, struct tgt_limits limits,
                   struct wb_arena *arena, struct beam_value *ret)
{
    struct reader r = {.node = node, .arena = arena, .length = limits.length, .left = MAX_VALUES};
    struct beam_value value;
    read_term(&r, term, limits.depth < MAX_DEPTH ? limits.depth : MAX_DEPTH, &value);
    *ret = value;
}
