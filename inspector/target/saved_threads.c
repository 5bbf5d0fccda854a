// The threads of a node in an image: where each stood, and the frames of machine code that were
// found above it, so that the files they are in are not needed again.
//
// THREADS has for each thread: 4 its number  1 in a call of the system?  16 name  8 base of fs,
// registers, registers where following has ended, 4 number of frames; of each: 8 address  8 offset
// 4 line, symbol, object, file. Registers are 4 set of the known ones and 8 of each; a text is 4
// size and its bytes. FILES has for each mapped file: 8 start  8 end  8 offset, path.
#include <string.h>

#include "inspector/target/target_otp_priv.h"

enum { LEAST_FRAME = 8 + 8 + 4 + 3 * 4, LEAST_MAP = 3 * 8 + 4 };
#define NAME_SIZE sizeof((struct otp_cpu *)NULL)->name
#define LEAST_CPU (4 + 1 + NAME_SIZE + 8 + 2 * (4 + 8 * OTP_REGISTER_COUNT) + 4)

static void put_text(struct wb_text *text, struct wb_bytes bytes)
{
    wb_text_put_u32(text, (uint32_t)bytes.size);
    wb_text_put_bytes(text, bytes.at, bytes.size);
}

static void put_registers(struct wb_text *text, const struct otp_registers *registers)
{
    wb_text_put_u32(text, registers->known);
    for (size_t i = 0; i < OTP_REGISTER_COUNT; i++)
        wb_text_put_u64(text, registers->at[i]);
}

static void put_frame(struct wb_text *text, const struct tgt_native *frame)
{
    wb_text_put_u64(text, frame->ip.at);
    wb_text_put_u64(text, frame->offset);
    wb_text_put_u32(text, frame->line);
    put_text(text, frame->symbol);
    put_text(text, frame->object);
    put_text(text, frame->file);
}

void tgt_put_threads(struct otp_node *node, struct wb_text *text)
{
    for (size_t i = 0; i < node->cpu_count; i++) {
        struct otp_cpu *cpu = &node->cpu[i];
        const struct otp_followed *followed = otp_follow(&node->natives, &node->memory, cpu, true);
        wb_text_put_u32(text, (uint32_t)cpu->tid);
        wb_text_put_char(text, cpu->in_call ? 1 : 0);
        wb_text_put_bytes(text, cpu->name, sizeof cpu->name);
        wb_text_put_u64(text, cpu->fs_base);
        put_registers(text, &cpu->registers);
        put_registers(text, &followed->end);
        wb_text_put_u32(text, (uint32_t)followed->count);
        for (size_t k = 0; k < followed->count; k++)
            put_frame(text, &followed->frames[k]);
    }
}

void tgt_put_files(const struct otp_maps *maps, struct wb_text *text)
{
    for (size_t i = 0; i < maps->count; i++) {
        const struct otp_map *map = &maps->at[i];
        if (map->path[0] == '\0')
            continue;
        wb_text_put_u64(text, map->start);
        wb_text_put_u64(text, map->end);
        wb_text_put_u64(text, map->offset);
        put_text(text, wb_bytes_of(map->path));
    }
}

static void read_registers(struct wb_reader *r, struct otp_registers *ret)
{
    ret->known = wb_read_u32(r);
    for (size_t i = 0; i < OTP_REGISTER_COUNT; i++)
        ret->at[i] = wb_read_u64(r);
}

static struct wb_bytes read_text(struct wb_reader *r)
{
    return wb_read_bytes(r, wb_read_u32(r));
}

static void read_frames(struct wb_reader *r, struct wb_arena *arena, struct otp_followed *ret)
{
    ret->count = wb_read_u32(r);
    if (r->bad || ret->count > r->rest.size / LEAST_FRAME) {
        r->bad = true;
        ret->count = 0;
    }
    ret->frames = wb_push_array(arena, struct tgt_native, ret->count + 1);
    for (size_t i = 0; i < ret->count; i++) {
        struct tgt_native *frame = &ret->frames[i];
        frame->ip.at = wb_read_u64(r);
        frame->offset = wb_read_u64(r);
        frame->line = wb_read_u32(r);
        frame->symbol = read_text(r);
        frame->object = read_text(r);
        frame->file = read_text(r);
    }
}

static void read_thread(struct wb_reader *r, struct wb_arena *arena, struct otp_cpu *ret)
{
    ret->tid = (int)wb_read_u32(r);
    ret->in_call = wb_read_u8(r) != 0;
    struct wb_bytes name = wb_read_bytes(r, sizeof ret->name);
    if (!r->bad)
        memcpy(ret->name, name.at, sizeof ret->name - 1);  // ends with a zero whatever it says
    ret->fs_base = wb_read_u64(r);
    ret->followed = wb_push(arena, sizeof *ret->followed, alignof(struct otp_followed));
    read_registers(r, &ret->registers);
    read_registers(r, &ret->followed->end);
    read_frames(r, arena, ret->followed);
}

struct wb_error *tgt_read_threads(struct wb_bytes bytes, struct wb_arena *arena,
                                  struct otp_node *node)
{
    struct wb_reader r = {.rest = bytes};
    node->cpu = wb_push_array(arena, struct otp_cpu, bytes.size / LEAST_CPU + 1);
    while (r.rest.size > 0) {
        if (r.rest.size < LEAST_CPU)
            r.bad = true;
        if (!r.bad)
            read_thread(&r, arena, &node->cpu[node->cpu_count++]);
        if (r.bad)
            return wb_error_new(WB_E_BAD_DATA, "the image is damaged in its section threads");
    }
    return NULL;
}

struct wb_error *tgt_read_files(struct wb_bytes bytes, struct wb_arena *arena, struct otp_maps *ret)
{
    struct wb_reader r = {.rest = bytes};
    struct otp_maps maps = {.at = wb_push_array(arena, struct otp_map, bytes.size / LEAST_MAP + 1)};
    while (r.rest.size > 0) {
        struct otp_map *map = &maps.at[maps.count];
        map->start = wb_read_u64(&r);
        map->end = wb_read_u64(&r);
        map->offset = wb_read_u64(&r);
        struct wb_bytes path = read_text(&r);
        if (r.bad)
            return wb_error_new(WB_E_BAD_DATA, "the image is damaged in its section files");
        char *copy = wb_push(arena, path.size + 1, 1);
        memcpy(copy, path.at, path.size);
        map->path = copy;
        maps.count++;
    }
    *ret = maps;
    return NULL;
}
