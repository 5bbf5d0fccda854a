// What an OTP node's memory is used for: its allocators' own statistics.
//
// Every allocator has an instance for each scheduler and one for all other threads. Each counts the
// blocks in its carriers by the allocator they belong to (carriers migrate), apart for carriers of
// one block, of many, and those that wait in a pool to be taken over.
#include <stdio.h>
#include <string.h>

#include "inspector/target/otp/node.h"

enum { INFO_SIZE = 24, STAT_SIZE = 16, BLOCKS_SIZE = 48, MAX_INSTANCES = 4096 };
enum { TEMPORARY = 2 };

static unsigned count_types(const struct otp_node *node)
{
    const struct otp_symbol *symbol = otp_elf_symbol(&node->elf, "erts_allctrs_info");
    uint64_t count = symbol != NULL ? symbol->size / INFO_SIZE : 0;
    return count > 0 && count <= OTP_MAX_ALLOCATORS ? (unsigned)count - 1 : 0;
}

struct otp_instances otp_allocator_instances(struct otp_node *node, unsigned type)
{
    otp_word of_threads = otp_symbol(node, "erts_allctr_thr_spec") + (otp_word)INFO_SIZE * type;
    otp_word info = otp_symbol(node, "erts_allctrs_info") + (otp_word)INFO_SIZE * type;
    uint32_t count = otp_u32(&node->memory, of_threads + 12);
    bool enabled = otp_u32(&node->memory, info) != 0 && otp_u32(&node->memory, info + 4) != 0;
    struct otp_instances ret = {0};
    if (enabled && otp_u32(&node->memory, of_threads) != 0 && count <= MAX_INSTANCES)
        ret = (struct otp_instances){.at = otp_u64(&node->memory, of_threads + 16), .count = count};
    else if (enabled)
        ret = (struct otp_instances){.at = info + 16, .count = 1};
    return ret;
}

// Carriers from the system's allocator and from mmap are counted apart.
struct otp_carriers otp_carriers_at(struct otp_node *node, otp_word stats)
{
    struct otp_carriers ret = {0};
    for (otp_word kind = 0; kind < 2; kind++) {
        ret.count += otp_u64(&node->memory, stats + STAT_SIZE * kind);
        ret.bytes += otp_u64(&node->memory, stats + STAT_SIZE * kind + 8);
    }
    unsigned types = count_types(node);
    for (unsigned i = 0; i < types; i++) {
        otp_word blocks = otp_address(node, stats, OTP_cs_blocks) + (otp_word)BLOCKS_SIZE * i;
        ret.blocks[i] = otp_u64(&node->memory, blocks);
        ret.block_bytes[i] = otp_u64(&node->memory, blocks + 8);
    }
    return ret;
}

static struct otp_carriers pool_of(struct otp_node *node, otp_word instance)
{
    otp_word pool = otp_address(node, instance, OTP_al_pool);
    unsigned types = count_types(node);
    struct otp_carriers ret = {
        .bytes = otp_u64(&node->memory, pool + 16 * (otp_word)types),
        .count = otp_u64(&node->memory, pool + 16 * (otp_word)types + 8),
    };
    for (unsigned i = 0; i < types; i++) {
        ret.block_bytes[i] = otp_u64(&node->memory, pool + 8 * (otp_word)i);
        ret.blocks[i] = otp_u64(&node->memory, pool + 8 * ((otp_word)types + i));
    }
    return ret;
}

// Rows by type of allocator, from 0.
struct sums {
    struct tgt_use use[OTP_MAX_ALLOCATORS];
    unsigned types;
};

static void add_carriers(struct sums *sums, unsigned owner, const struct otp_carriers *carriers)
{
    sums->use[owner].carriers += carriers->count;
    sums->use[owner].carrier_bytes += carriers->bytes;
    for (unsigned i = 0; i < sums->types; i++) {
        sums->use[i].blocks += carriers->blocks[i];
        sums->use[i].bytes += carriers->block_bytes[i];
    }
}

static const char *name_of(struct otp_node *node, otp_word instance, struct wb_arena *arena)
{
    struct wb_bytes prefix = otp_c_string(node, otp_member(node, instance, OTP_al_name), arena);
    size_t room = prefix.size + sizeof "alloc";
    char *name = wb_push(arena, room, 1);
    snprintf(name, room, "%.*salloc", (int)prefix.size, (const char *)prefix.at);
    return name;
}

static void sum_allocators(struct otp_node *node, struct wb_arena *arena, struct sums *ret)
{
    struct sums sums = {.types = count_types(node)};
    for (unsigned i = 0; i < sums.types; i++) {
        struct otp_instances instances = otp_allocator_instances(node, i + 1);
        sums.use[i].group = "allocator";
        for (uint32_t k = 0; k < instances.count; k++) {
            otp_word at = otp_u64(&node->memory, instances.at + 8 * (otp_word)k);
            if (at == 0)
                continue;
            struct otp_carriers single = otp_carriers_at(node, otp_address(node, at, OTP_al_sbcs));
            struct otp_carriers many = otp_carriers_at(node, otp_address(node, at, OTP_al_mbcs));
            struct otp_carriers pool = pool_of(node, at);
            add_carriers(&sums, i, &single);
            add_carriers(&sums, i, &many);
            add_carriers(&sums, i, &pool);
            if (sums.use[i].name == NULL)
                sums.use[i].name = name_of(node, at, arena);
        }
    }
    *ret = sums;
}

static uint64_t word_of(struct otp_node *node, const char *symbol)
{
    otp_word at = otp_symbol(node, symbol);
    return at != 0 ? otp_u64(&node->memory, at) : 0;
}

static void add(struct tgt_uses *uses, const char *name, uint64_t bytes)
{
    uses->at[uses->count++] = (struct tgt_use){.group = "memory", .name = name, .bytes = bytes};
}

static uint64_t bytes_of(const struct sums *sums, const char *allocator)
{
    for (unsigned i = 0; i < sums->types; i++)
        if (sums->use[i].name != NULL && strcmp(sums->use[i].name, allocator) == 0)
            return sums->use[i].bytes;
    return 0;
}

// What the texts of atoms and the tables of processes and ports take lies in other parts: these are
// named by what they are, and only where that is the node's own number.
static void add_memory(struct otp_node *node, const struct sums *sums, struct tgt_uses *uses)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < sums->types; i++)
        all += i + 1 != TEMPORARY ? sums->use[i].bytes : 0;
    uint64_t heaps = bytes_of(sums, "eheap_alloc"), binary = bytes_of(sums, "binary_alloc");
    uint64_t ets = bytes_of(sums, "ets_alloc"), literals = bytes_of(sums, "literal_alloc");
    add(uses, "process heaps", heaps);
    add(uses, "binary", binary);
    add(uses, "ets", ets + word_of(node, "erts_ets_misc_mem_size"));
    add(uses, "literals", literals);
    if (all >= heaps + binary + ets + literals)
        add(uses, "other", all - heaps - binary - ets - literals);
    uses->at[uses->count++] = (struct tgt_use){
        .group = "code", .name = "loaded code", .bytes = word_of(node, "erts_total_code_size")};
}

struct wb_error *otp_list_uses(struct otp_node *node, struct wb_arena *arena, struct tgt_uses *ret)
{
    enum { MEMORY_ROWS = 6 };
    struct sums sums;
    WB_TRY(otp_matter_ready(node, OTP_MEMORY));
    sum_allocators(node, arena, &sums);
    struct tgt_uses uses = {.at = wb_push_array(arena, struct tgt_use, sums.types + MEMORY_ROWS)};
    add_memory(node, &sums, &uses);
    for (unsigned i = 0; i < sums.types; i++)
        if (sums.use[i].name != NULL)
            uses.at[uses.count++] = sums.use[i];
    *ret = uses;
    return NULL;
}
