// Self-checks of ETS tables and their rows, and of the objects that heaps refer to outside of
// themselves: binaries, funs, other nodes' pids. Heaps are walked object by object.
#include "inspector/target/otp/check_priv.h"

static enum otp_verdict table_says_its_kind(struct otp_node *node, otp_word table)
{
    enum { KINDS = 4, FIRST_KIND = 4, CATREE = 1 << 8 };
    uint32_t type = otp_member32(node, table, OTP_t_type);
    uint32_t kinds = type >> FIRST_KIND & ((1 << KINDS) - 1);
    bool one = __builtin_popcount(kinds) == 1 || (type & CATREE) != 0;
    uint32_t key = otp_member32(node, table, OTP_t_keypos);
    return otp_sound_if(one && __builtin_popcount(type & 7) == 1 && key >= 1 && key <= 255 &&
                        otp_is_atom(otp_member(node, table, OTP_t_name)) &&
                        (otp_member32(node, table, OTP_t_compress) & 0xff) <= 1);
}

static enum otp_verdict owner_is_alive(struct otp_node *node, otp_word table)
{
    struct tgt_pid owner = otp_pid_of(node, otp_member(node, table, OTP_t_owner));
    return otp_sound_if(otp_process_find(node, owner) != NULL);
}

// Rows that are found are as many as the table says, and are tuples long enough to have a key.
static enum otp_verdict rows_counted(struct otp_node *node, otp_word table)
{
    enum { MOST = 2000 };
    struct wb_arena arena = {0};
    struct tgt_terms found;
    otp_word counters = otp_address(node, table, OTP_t_counters);
    uint64_t size = otp_member(node, counters, OTP_fx_u);
    uint32_t key = otp_member32(node, table, OTP_t_keypos);
    if (otp_member32(node, counters, OTP_fx_decent) == 1 || size > MOST)
        return OTP_NOT_ASKED;
    bool sound = otp_list_rows_most(node, table, MOST + 1, &arena, &found) && found.count == size;
    for (size_t i = 0; sound && i < found.count; i++) {
        otp_word header = otp_u64(&node->memory, found.at[i].bits & ~(otp_word)7);
        sound = (header & 63) == 0 && header >> 6 >= key;
    }
    wb_arena_free(&arena);
    return otp_sound_if(sound);
}

void otp_check_tables(struct otp_checking *c)
{
    enum { MOST = 100 };
    struct otp_node *node = c->node;
    struct otp_tally kinds = {.name = "kinds of tables", .needed = true};
    struct otp_tally owners = {.name = "owners of tables", .needed = true};
    struct otp_tally rows = {.name = "rows of tables", .needed = true};
    struct tgt_terms tables;
    otp_list_table_addresses(node, c->arena, &tables);
    for (size_t i = 0; i < tables.count; i += tables.count / MOST + 1) {
        otp_tally_add(&kinds, table_says_its_kind(node, tables.at[i].bits));
        otp_tally_add(&owners, owner_is_alive(node, tables.at[i].bits));
        otp_tally_add(&rows, rows_counted(node, tables.at[i].bits));
    }
    otp_check_tally(c, &kinds);
    otp_check_tally(c, &owners);
    otp_check_tally(c, &rows);
}

// Objects on heaps, by what they are.
enum object { FUNS, LONG_BINARIES, SHORT_BINARIES, PARTS, MAPS, FAR, OBJECTS };

static bool is_binary_header(otp_word header)
{
    return (header & 3) == 0 && (header >> 2 & 15) >= 8 && (header >> 2 & 15) <= 10;
}

static enum otp_verdict fun_fits(struct otp_node *node, otp_word at)
{
    otp_word entry = otp_member(node, at, OTP_ft_entry);
    if (otp_at(node, OTP_ft_creator) < 0 || otp_is_atom(otp_member(node, at, OTP_ft_creator)))
        return OTP_NOT_ASKED;
    uint64_t free_count = otp_u8(&node->memory, otp_address(node, at, OTP_ft_nfree));
    uint64_t arity = otp_u8(&node->memory, otp_address(node, at, OTP_ft_arity));
    return otp_sound_if(otp_is_atom(otp_member(node, entry, OTP_fe_module)) &&
                        otp_member32(node, entry, OTP_fe_index) < 10000 &&
                        otp_member32(node, entry, OTP_fe_index) ==
                            otp_member32(node, entry, OTP_fe_old_index) &&
                        (otp_member(node, entry, OTP_fe_arity) & 255) ==
                            arity + free_count * (node->release <= 24) &&
                        otp_is_pid(otp_member(node, at, OTP_ft_creator)));
}

static enum otp_verdict long_binary_fits(struct otp_node *node, otp_word at)
{
    if (otp_at(node, OTP_pb_size) < 0)
        return OTP_NOT_ASKED;
    otp_word binary = otp_member(node, at, OTP_pb_val);
    uint64_t size = otp_member(node, at, OTP_pb_size),
             room = otp_member(node, binary, OTP_bin_osize);
    otp_word bytes = otp_member(node, at, OTP_pb_bytes);
    return otp_sound_if(otp_has(&node->memory, binary, 24) && size <= room &&
                        bytes >= otp_address(node, binary, OTP_bin_bytes) &&
                        bytes + size <= otp_address(node, binary, OTP_bin_bytes) + room);
}

static enum otp_verdict short_binary_fits(struct otp_node *node, otp_word at)
{
    uint64_t size = otp_member(node, at, OTP_hb_size), arity = otp_u64(&node->memory, at) >> 6;
    uint64_t bytes = node->release >= 27 ? (size + 7) / 8 : size;
    otp_word end = otp_address(node, at, OTP_hb_data) + (bytes + 7) / 8 * 8;
    return otp_sound_if(bytes <= 64 && end == at + 8 * (arity + 1));
}

static enum otp_verdict part_fits(struct otp_node *node, otp_word at)
{
    if (otp_at(node, OTP_sb_orig) < 0 || node->release >= 27)
        return OTP_NOT_ASKED;
    otp_word whole = otp_member(node, at, OTP_sb_orig);
    otp_word header = otp_u64(&node->memory, whole & ~(otp_word)7);
    uint64_t room = otp_member(node, whole & ~(otp_word)7, OTP_hb_size);
    uint64_t from = otp_member(node, at, OTP_sb_offs), size = otp_member(node, at, OTP_sb_size);
    return otp_sound_if(otp_is_boxed(whole) && is_binary_header(header) && from <= room &&
                        size <= room - from &&
                        otp_u8(&node->memory, otp_address(node, at, OTP_sb_bitsize)) < 8 &&
                        otp_u8(&node->memory, otp_address(node, at, OTP_sb_bitoffs)) < 8);
}

static enum otp_verdict map_fits(struct otp_node *node, otp_word at)
{
    otp_word header = otp_u64(&node->memory, at);
    if ((header >> 6 & 3) != 0)
        return OTP_NOT_ASKED;
    otp_word keys = otp_member(node, at, OTP_fm_keys);
    otp_word of_keys = otp_u64(&node->memory, keys & ~(otp_word)7);
    uint64_t size = otp_member(node, at, OTP_fm_size);
    return otp_sound_if(size <= 1024 && otp_is_boxed(keys) && of_keys == size << 6);
}

static enum otp_verdict far_fits(struct otp_node *node, otp_word at)
{
    otp_word peer = otp_u64(&node->memory, at + 8);
    return otp_sound_if(otp_is_atom(otp_member(node, peer, OTP_nd_sysname)) &&
                        otp_at(node, OTP_et_data) >= 24);
}

static const struct {
    const char *name;
    enum otp_verdict (*judge)(struct otp_node *node, otp_word at);
} rows[OBJECTS] = {
    [FUNS] = {"funs", fun_fits},
    [LONG_BINARIES] = {"long binaries", long_binary_fits},
    [SHORT_BINARIES] = {"short binaries", short_binary_fits},
    [PARTS] = {"parts of binaries", part_fits},
    [MAPS] = {"maps", map_fits},
    [FAR] = {"pids and references of other nodes", far_fits},
};

static enum object object_of(const struct otp_node *node, unsigned subtag)
{
    bool new = node->release >= 27;
    switch (subtag) {
    case 5:
        return FUNS;
    case 8:
        return new ? SHORT_BINARIES : LONG_BINARIES;
    case 9:
        return new ? OBJECTS : SHORT_BINARIES;
    case 10:
        return new ? OBJECTS : PARTS;
    case 11:
        return new ? MAPS : OBJECTS;
    case 12:
    case 13:
    case 14:
        return FAR;
    case 15:
        return new ? OBJECTS : MAPS;
    default:
        return OBJECTS;
    }
}

// A map's header does not say how long it is. What follows its size (and the keys of a flat one)
// are words anyway; so are the branches of a large one's inner node, of which there may be only
// one.
static otp_word map_skip(otp_word header)
{
    bool flat = (header >> 6 & 3) == 0;
    return flat ? 24 : 16;
}

// Words from heap to top are objects, one behind the other: a header and what it says follows, or a
// word of a list.
static void walk_heap(struct otp_node *node, otp_word heap, otp_word top, struct otp_tally tally[])
{
    enum { MOST = 4000 };
    otp_word at = heap;
    for (unsigned i = 0; at < top && i < MOST; i++) {
        otp_word header = otp_u64(&node->memory, at);
        unsigned subtag = header >> 2 & 15;
        enum object object = object_of(node, subtag);
        if ((header & 3) != 0 || subtag == 0) {
            at += 8;
            continue;
        }
        if (object != OBJECTS)
            otp_tally_add(&tally[object], rows[object].judge(node, at));
        at += object == MAPS ? map_skip(header) : 8 * ((header >> 6) + 1);
    }
}

void otp_check_terms(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    struct otp_tally tally[OBJECTS] = {0};
    for (size_t k = 0; k < OBJECTS; k++)
        tally[k].name = rows[k].name;
    for (size_t i = 0; i < node->process_count; i = otp_check_after(node, i)) {
        otp_word at = node->process[i].at;
        if (!otp_check_waits(node, at))
            continue;
        walk_heap(node, otp_member(node, at, OTP_p_heap), otp_member(node, at, OTP_p_htop), tally);
        walk_heap(node, otp_member(node, at, OTP_p_old_heap), otp_member(node, at, OTP_p_old_htop),
                  tally);
    }
    for (size_t k = 0; k < OBJECTS; k++)
        if (rows[k].name != NULL)
            otp_check_tally(c, &tally[k]);
}
