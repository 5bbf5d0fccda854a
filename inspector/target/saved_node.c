// An OTP node's memory as an image: all that its decoder needs, so that neither the node nor its
// program has to be there when it is opened.
//
// FACTS has, besides where it is from, "receipt", "layout" (its name), "partial" where not all was
// copied, and, in hexadecimal, "bias" of the program and "clock": the system's monotonic clock when
// the node was stopped, 0: not known.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "inspector/target/image/writer.h"
#include "inspector/target/target_otp_priv.h"

static struct target_otp *self(struct tgt *t)
{
    return (struct target_otp *)(void *)t;
}

// ---- saving

static void put_facts(struct target_otp *target, struct wb_text *text)
{
    const struct otp_node *node = &target->node;
    tgt_put_origin(&target->origin, text);
    if (target->base.info.receipt != NULL)
        tgt_put_fact("receipt", target->base.info.receipt, text);
    if (node->partial)
        tgt_put_fact("partial", "yes", text);
    tgt_put_fact("layout", node->layout.name, text);
    wb_text_printf(text, "bias %" PRIx64 "\n", node->bias);
    wb_text_printf(text, "clock %" PRIx64 "\n", node->system_time);
}

static struct wb_error *put_section(struct img_writer *writer, enum img_tag tag,
                                    struct wb_bytes bytes)
{
    img_writer_section(writer, tag);
    return img_writer_put(writer, bytes);
}

static struct wb_error *put_memory(struct otp_memory *memory, struct img_writer *writer)
{
    img_writer_section(writer, IMG_MEMORY);
    for (size_t i = 0; i < memory->count; i++) {
        const struct otp_segment *segment = &memory->segment[i];
        struct wb_bytes bytes = {segment->at, segment->end - segment->start};
        if (memory->fetch != NULL && !memory->fetch(memory->fetch_data, bytes.at, bytes.size))
            return wb_error_new(WB_E_BAD_DATA, "the image is damaged in its section memory");
        WB_TRY(img_writer_put(writer, bytes));
    }
    return NULL;
}

static struct wb_error *write_node(struct target_otp *target, struct img_writer *writer)
{
    const struct otp_memory *memory = &target->node.memory;
    struct wb_text facts wb_auto_text = {0}, layout wb_auto_text = {0}, runs wb_auto_text = {0};
    struct wb_text threads wb_auto_text = {0}, files wb_auto_text = {0};
    put_facts(target, &facts);
    otp_layout_write(&target->node.layout, &layout);
    tgt_put_threads(&target->node, &threads);
    tgt_put_files(&target->node.natives.maps, &files);
    for (size_t i = 0; i < memory->count; i++) {
        wb_text_put_u64(&runs, memory->segment[i].start);
        wb_text_put_u64(&runs, memory->segment[i].end - memory->segment[i].start);
    }
    // First, so that words lie where words can be read.
    WB_TRY(put_memory(&target->node.memory, writer));
    WB_TRY(put_section(writer, IMG_FACTS, wb_text_bytes(&facts)));
    WB_TRY(put_section(writer, IMG_LAYOUT, wb_text_bytes(&layout)));
    WB_TRY(put_section(writer, IMG_PROGRAM, target->program));
    WB_TRY(put_section(writer, IMG_RUNS, wb_text_bytes(&runs)));
    WB_TRY(put_section(writer, IMG_THREADS, wb_text_bytes(&threads)));
    WB_TRY(put_section(writer, IMG_FILES, wb_text_bytes(&files)));
    return img_writer_finish(writer);
}

struct wb_error *tgt_otp_save(struct tgt *t, struct wb_write *file, const struct tgt_watch *watch)
{
    struct target_otp *target = self(t);
    const struct otp_memory *memory = &target->node.memory;
    uint64_t all = target->program.size;
    for (size_t i = 0; i < memory->count; i++)
        all += memory->segment[i].end - memory->segment[i].start;
    struct img_writer *writer = img_writer_new(file, IMG_OF_NODE, all, watch);
    struct wb_error *err = write_node(target, writer);
    img_writer_free(writer);
    return err;
}

// ---- opening

static bool fetch(void *data, const void *at, size_t size)
{
    return img_need(data, at, size);
}

// Runs rise, do not overlap, and are as long as what there is of them.
static struct wb_error *add_runs(struct img *img, struct otp_memory *memory)
{
    struct wb_bytes runs;
    struct img_section section;
    WB_TRY(img_read(img, IMG_RUNS, &runs));
    if (!img_find(img, IMG_MEMORY, &section))
        return wb_error_new(WB_E_BAD_DATA, "the image is damaged: it has no section memory");
    struct wb_bytes bytes = img_bytes(img, &section);
    struct wb_reader r = {.rest = runs};
    uint64_t reached = 0, used = 0;
    while (r.rest.size > 0) {
        uint64_t start = wb_read_u64(&r), size = wb_read_u64(&r);
        if (r.bad || start < reached || size > UINT64_MAX - start || size > bytes.size - used)
            return wb_error_new(WB_E_BAD_DATA, "the image is damaged: its runs of memory");
        reached = start + size;
        if (size > 0)
            otp_memory_add(memory, (struct otp_segment){start, reached, bytes.at + used});
        used += size;
    }
    if (used != bytes.size)
        return wb_error_new(WB_E_BAD_DATA, "the image is damaged: it has more memory than runs");
    return NULL;
}

static struct wb_error *open_node(struct target_otp *target, const struct tgt_said *said)
{
    struct otp_node *node = &target->node;
    struct img *img = &target->image;
    struct wb_bytes layout, threads, files;
    struct otp_layout table;
    const char *bias = tgt_said_of(said, "bias"), *name = tgt_said_of(said, "layout");
    const char *clock = tgt_said_of(said, "clock");
    WB_TRY(img_read(img, IMG_LAYOUT, &layout));
    WB_TRY(otp_layout_parse(name != NULL ? name : "saved", layout, &target->arena, &table));
    WB_TRY(img_read(img, IMG_PROGRAM, &target->program));
    WB_TRY(otp_elf_read(target->program, &node->arena, &node->elf));
    node->bias = bias != NULL ? strtoull(bias, NULL, 16) : 0;
    node->system_time = clock != NULL ? strtoull(clock, NULL, 16) : 0;
    WB_TRY(img_read(img, IMG_THREADS, &threads));
    WB_TRY(tgt_read_threads(threads, &target->arena, node));
    WB_TRY(img_read(img, IMG_FILES, &files));
    WB_TRY(tgt_read_files(files, &target->arena, &node->natives.maps));
    node->natives.root = "";
    WB_TRY(add_runs(img, &node->memory));
    node->memory.fetch = fetch;
    node->memory.fetch_data = img;
    node->partial = tgt_said_of(said, "partial") != NULL;
    tgt_otp_map_program(target);
    return tgt_otp_open(target, &table);
}

struct wb_error *tgt_otp_open_saved(struct img *img, struct wb_bytes *file,
                                    const struct tgt_open *open, struct tgt **ret)
{
    struct target_otp *target = tgt_otp_new();
    struct tgt_said said = {0};
    target->image = *img;
    target->saved = *file;
    struct wb_error *err = tgt_saved_read(&target->image, &target->arena, &said);
    if (err == NULL)
        err = open_node(target, &said);
    struct tgt_origin origin = tgt_saved_origin(&said, &target->arena);
    const char *kind = tgt_saved_kind(&origin, &target->arena);
    WB_TRY(tgt_otp_finish(target, err, kind, open, ret));
    target->origin = origin;
    target->base.info.receipt = tgt_said_of(&said, "receipt");
    tgt_saved_facts(&origin, &target->arena, &target->base.info);
    return NULL;
}
