// Links, monitors and dictionaries of an OTP node's processes.
#include <string.h>

#include "inspector/target/otp/tree.h"

enum { MAX_NODES = 1 << 20, MAX_DICTIONARY = 1 << 24 };
enum { FLAG_TARGET = 1 };
// Types of monitors: those that a program made are below PROGRAM_TYPES; others watch nodes, are the
// places of aliases, or keep a suspended process so.
enum { PROGRAM_TYPES = 5, TYPE_SUSPEND = 8 };

// Nodes of a tree (left, right) in order, or of a circular list. `take` gets each node's address.
struct visitor {
    struct otp_node *node;
    void (*take)(struct visitor *v, otp_word at);
    void *data;
    uint64_t left;  // nodes still allowed: a torn tree may loop
};

static void visit_tree(struct visitor *v, otp_word root)
{
    otp_word path[OTP_TREE_DEPTH], at;
    struct otp_tree tree = {.node = v->node,
                            .left = OTP_ml_left,
                            .right = OTP_ml_right,
                            .at = root,
                            .path = path,
                            .most = v->left};
    while (otp_tree_next(&tree, &at))
        v->take(v, at);
    v->left = tree.most;
}

static void visit_list(struct visitor *v, otp_word first)
{
    otp_word at = first;
    while (at != 0 && (at & 7) == 0 && v->left-- > 0) {
        v->take(v, at);
        at = otp_member(v->node, at, OTP_ml_list_next);
        if (at == first)
            return;
    }
}

static uint32_t type_of(struct otp_node *node, otp_word at)
{
    if (node->release >= 28)
        return otp_member32(node, at, OTP_ml_flags) & 31;
    return otp_u16(&node->memory, at + (uint64_t)otp_at(node, OTP_ml_type));
}

static uint32_t flags_of(struct otp_node *node, otp_word at)
{
    if (node->release >= 28)
        return otp_member32(node, at, OTP_ml_flags) >> 7;
    return otp_u16(&node->memory, at + (uint64_t)otp_at(node, OTP_ml_flags));
}

// A list on an arena that grows.
struct growing {
    struct wb_arena *arena;
    void *at;
    size_t count, capacity, size;
};
static void *add(struct growing *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity != 0 ? list->capacity * 2 : 8;
        void *grown = wb_push_many(list->arena, capacity, list->size, 8);
        if (list->count > 0)
            memcpy(grown, list->at, list->count * list->size);
        list->at = grown;
        list->capacity = capacity;
    }
    return (char *)list->at + list->count++ * list->size;
}

static void take_link(struct visitor *v, otp_word at)
{
    struct tgt_pid pid = otp_pid_of(v->node, otp_member(v->node, at, OTP_ml_other));
    if (pid.id != 0)
        *(struct tgt_pid *)add(v->data) = pid;
}

void otp_list_links_at(struct otp_node *node, otp_word at, struct wb_arena *arena,
                       struct tgt_pid **ret, size_t *count)
{
    struct growing links = {.arena = arena, .size = sizeof(struct tgt_pid)};
    struct visitor v = {node, take_link, &links, MAX_NODES};
    visit_tree(&v, otp_member(node, at, OTP_c_links));
    *ret = links.at;
    *count = links.count;
}

void otp_list_links(struct otp_node *node, const struct otp_process *process,
                    struct wb_arena *arena, struct tgt_proc *ret)
{
    otp_list_links_at(node, process->at, arena, &ret->links, &ret->link_count);
}

static void take_monitor(struct visitor *v, otp_word at)
{
    struct otp_node *node = v->node;
    uint32_t type = type_of(node, at);
    if (type >= PROGRAM_TYPES && type != TYPE_SUSPEND)
        return;
    otp_word data = at - otp_u16(&node->memory, at + (uint64_t)otp_at(node, OTP_ml_offset));
    *(struct tgt_monitor *)add(v->data) = (struct tgt_monitor){
        .ref.bits = type != TYPE_SUSPEND ? otp_member(node, data, OTP_md_ref) : 0,
        .pid = otp_pid_of(node, otp_member(node, at, OTP_ml_other)),
        .monitored_by = (flags_of(node, at) & FLAG_TARGET) != 0,
        .suspends = type == TYPE_SUSPEND,
    };
}

void otp_list_monitors(struct otp_node *node, const struct otp_process *process,
                       struct wb_arena *arena, struct tgt_monitors *ret)
{
    struct growing monitors = {.arena = arena, .size = sizeof(struct tgt_monitor)};
    struct visitor v = {node, take_monitor, &monitors, MAX_NODES};
    visit_tree(&v, otp_member(node, process->at, OTP_c_mon));
    visit_list(&v, otp_member(node, process->at, OTP_c_lt_mon));
    *ret = (struct tgt_monitors){monitors.at, monitors.count};
}

// A slot holds [], a pair, or a list of pairs whose keys fell into it.
static void take_slot(struct otp_node *node, otp_word slot, struct growing *pairs)
{
    while (otp_is_list(slot) && pairs->count < MAX_DICTIONARY) {
        otp_word cell = slot & ~(otp_word)7;
        *(otp_word *)add(pairs) = otp_u64(&node->memory, cell);
        slot = otp_u64(&node->memory, cell + 8);
    }
    if (otp_is_boxed(slot))
        *(otp_word *)add(pairs) = slot;
}

void otp_read_dictionary(struct otp_node *node, const struct otp_process *process,
                         struct tgt_limits limits, struct wb_arena *arena, struct beam_value *ret)
{
    struct growing pairs = {.arena = arena, .size = sizeof(otp_word)};
    otp_word dictionary = otp_member(node, process->at, OTP_p_dict);
    uint32_t used = dictionary != 0 ? otp_member32(node, dictionary, OTP_pd_used) : 0;
    otp_word slots = dictionary + (uint64_t)otp_at(node, OTP_pd_data);
    if (used > MAX_DICTIONARY || !otp_has(&node->memory, slots, 8 * (uint64_t)used))
        used = 0;
    for (uint32_t i = 0; i < used; i++)
        take_slot(node, otp_u64(&node->memory, slots + 8 * (uint64_t)i), &pairs);
    struct beam_value *part = wb_push_array(arena, struct beam_value, pairs.count + 1);
    for (size_t i = 0; i < pairs.count; i++)
        otp_read_term(node, ((otp_word *)pairs.at)[i], limits, arena, &part[i]);
    part[pairs.count] = (struct beam_value){.kind = BEAM_NIL};
    *ret = pairs.count == 0
               ? part[0]
               : (struct beam_value){.kind = BEAM_CONS, .part = {part, pairs.count + 1}};
}
