#include "inspector/target/dump/stack.h"

#include "inspector/target/dump/proc.h"

static struct tgt_frame *new_frame(struct tgt_frames *frames, size_t room)
{
    if (frames->count == room)
        return NULL;
    struct tgt_frame *frame = &frames->at[frames->count++];
    *frame = (struct tgt_frame){.ins = UINT32_MAX};
    return frame;
}

// "y1:TERM", "y1:SCatch 0x... (...)"; in the innermost frame, where there is no return address
// before them, some releases write addresses instead: "0x00007f...:TERM". Those are counted.
static bool read_slot(const struct dump_index *index, struct wb_bytes line, size_t before,
                      struct tgt_slot *ret)
{
    struct tgt_slot slot = {.kind = 'y', .number = (uint32_t)before};
    if (dump_skip(&line, "y"))
        slot.number = (uint32_t)dump_decimal(&line);
    else
        (void)dump_hexadecimal(&line);
    if (!dump_skip(&line, ":") || dump_skip(&(struct wb_bytes){line.at, line.size}, "SReturn"))
        return false;
    slot.catch_tag = dump_skip(&line, "SCatch");
    slot.term.bits = (uint64_t)(line.at - index->file.at);
    *ret = slot;
    return true;
}

static void read_stack(const struct dump_index *index, struct wb_bytes body, struct wb_arena *arena,
                       size_t room, struct tgt_frames *frames)
{
    struct tgt_slot *slots = wb_push_array(arena, struct tgt_slot, room);
    size_t used = 0;
    struct wb_bytes line;
    while (dump_next_line(&body, &line)) {
        struct tgt_frame *frame = frames->count > 0 ? &frames->at[frames->count - 1] : NULL;
        if (frame != NULL && read_slot(index, line, frame->slot_count, &slots[used])) {
            if (frame->slot_count++ == 0)
                frame->slots = &slots[used];
            used++;
            continue;
        }
        (void)dump_hexadecimal(&line);
        if (!dump_skip(&line, ":SReturn addr "))
            continue;
        uint64_t ip;
        struct tgt_mfa mfa = dump_mfa_at(line, &ip);
        if (mfa.module.size == 0 || (frame = new_frame(frames, room + 1)) == NULL)
            continue;
        frame->place.mfa = mfa;
        frame->ip.at = ip;
    }
}

void dump_list_frames(const struct dump_index *index, const struct dump_section *proc,
                      struct wb_arena *arena, struct tgt_frames *ret)
{
    struct dump_section stack;
    bool has_stack = dump_find(index, DUMP_PROC_STACK, proc->key, &stack);
    size_t room = has_stack ? dump_count_lines(stack.body) : 0;
    struct tgt_frames frames = {.at = wb_push_array(arena, struct tgt_frame, room + 1)};
    struct tgt_frame *top = new_frame(&frames, room + 1);
    top->place.mfa = dump_mfa_at(dump_field(proc->body, "Program counter"), &top->ip.at);
    if (has_stack)
        read_stack(index, stack.body, arena, room, &frames);
    *ret = frames;
}
