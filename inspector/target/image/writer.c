#include "inspector/target/image/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/text.h"
#include "inspector/target/image/block.h"

enum { BLOCK = 64 << 10, BATCH = 64, MOST_WORKERS = 8 };

// Blocks that are packed at once, by as many workers as there are processors.
struct batch {
    uint8_t *raw, *packed;  // BATCH blocks each
    size_t size;            // bytes in raw
    size_t packed_size[BATCH];
    uint32_t sum[BATCH];
    atomic_size_t next;  // block that nobody has taken yet
};

struct worker {
    struct batch *batch;
    struct img_packer *packer;
};

struct img_writer {
    struct wb_write *file;
    enum img_kind kind;
    const struct tgt_watch *watch;
    uint64_t all, space, at;  // at: in the file
    struct img_section section[IMG_MOST_SECTIONS];
    size_t section_count;
    struct wb_text blocks;  // their entries of the index
    struct batch batch;
    struct worker worker[MOST_WORKERS];
    size_t worker_count;
};

static void *get(size_t size)
{
    void *at = malloc(size);
    if (at == NULL)
        wb_die_no_memory(size);
    return at;
}

struct img_writer *img_writer_new(struct wb_write *file, enum img_kind kind, uint64_t all,
                                  const struct tgt_watch *watch)
{
    struct img_writer *writer = get(sizeof *writer);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *writer = (struct img_writer){.file = file, .kind = kind, .watch = watch, .all = all};
    writer->batch.raw = get((size_t)BATCH * BLOCK);
    writer->batch.packed = get((size_t)BATCH * BLOCK);
    writer->worker_count = processors < 1              ? 1
                           : processors > MOST_WORKERS ? MOST_WORKERS
                                                       : (size_t)processors;
    for (size_t i = 0; i < writer->worker_count; i++)
        writer->worker[i] = (struct worker){&writer->batch, img_packer_new()};
    return writer;
}

void img_writer_free(struct img_writer *writer)
{
    if (writer == NULL)
        return;
    for (size_t i = 0; i < writer->worker_count; i++)
        img_packer_free(writer->worker[i].packer);
    free(writer->batch.raw);
    free(writer->batch.packed);
    wb_text_free(&writer->blocks);
    free(writer);
}

static void *work(void *data)
{
    struct worker *worker = data;
    struct batch *batch = worker->batch;
    size_t count = (batch->size + BLOCK - 1) / BLOCK;
    for (size_t i; (i = atomic_fetch_add(&batch->next, 1)) < count;) {
        size_t at = i * BLOCK, left = batch->size - at;
        struct wb_bytes raw = {batch->raw + at, left < BLOCK ? left : BLOCK};
        batch->packed_size[i] = img_pack(worker->packer, raw, batch->packed + at);
        batch->sum[i] = img_sum((struct wb_bytes){batch->packed + at, batch->packed_size[i]});
    }
    return NULL;
}

// A thread that cannot be had leaves more to the others; we are one of them.
static void pack(struct img_writer *writer)
{
    pthread_t thread[MOST_WORKERS];
    size_t count = 0;
    atomic_store(&writer->batch.next, 0);
    for (size_t i = 1; i < writer->worker_count && writer->batch.size > BLOCK; i++)
        count += pthread_create(&thread[count], NULL, work, &writer->worker[i]) == 0;
    work(&writer->worker[0]);
    for (size_t i = 0; i < count; i++)
        pthread_join(thread[i], NULL);
}

static struct wb_error *put_head(struct img_writer *writer, uint64_t index_at, uint32_t index_sum)
{
    struct wb_text head wb_auto_text = {0};
    wb_text_put_bytes(&head, IMG_MAGIC, 8);
    wb_text_put_u32(&head, IMG_VERSION);
    wb_text_put_u32(&head, writer->kind);
    wb_text_put_u32(&head, BLOCK);
    wb_text_put_u32(&head, (uint32_t)writer->section_count);
    wb_text_put_u64(&head, writer->space);
    wb_text_put_u64(&head, index_at);
    wb_text_put_u64(&head, writer->at);
    wb_text_put_u32(&head, index_sum);
    wb_text_put_u32(&head, img_sum(wb_text_bytes(&head)));
    if (writer->at > 0)
        return wb_write_over(writer->file, 0, wb_text_bytes(&head));
    writer->at = head.size;
    return wb_write_put(writer->file, wb_text_bytes(&head));
}

static struct wb_error *flush(struct img_writer *writer)
{
    struct batch *batch = &writer->batch;
    if (writer->at == 0)
        WB_TRY(put_head(writer, 0, 0));  // its place: what it says is known at the end
    pack(writer);
    for (size_t i = 0; i * BLOCK < batch->size; i++) {
        struct wb_bytes block = {batch->packed + i * BLOCK, batch->packed_size[i]};
        WB_TRY(wb_write_put(writer->file, block));
        wb_text_put_u32(&writer->blocks, (uint32_t)block.size);
        wb_text_put_u32(&writer->blocks, batch->sum[i]);
        writer->at += block.size;
    }
    batch->size = 0;
    const struct tgt_watch *watch = writer->watch;
    if (watch != NULL && !watch->go_on(watch->data, writer->space, writer->all))
        return wb_error_new(WB_E_STATE, "interrupted: nothing was saved");
    return NULL;
}

void img_writer_section(struct img_writer *writer, enum img_tag tag)
{
    if (writer->section_count < IMG_MOST_SECTIONS)
        writer->section[writer->section_count++] = (struct img_section){.tag = (uint32_t)tag};
}

struct wb_error *img_writer_put(struct img_writer *writer, struct wb_bytes bytes)
{
    enum { ROOM = BATCH * BLOCK };
    struct batch *batch = &writer->batch;
    while (bytes.size > 0) {
        size_t part = ROOM - batch->size < bytes.size ? ROOM - batch->size : bytes.size;
        memcpy(batch->raw + batch->size, bytes.at, part);
        batch->size += part;
        writer->space += part;
        writer->section[writer->section_count - 1].size += part;
        bytes.at += part;
        bytes.size -= part;
        if (batch->size == ROOM)
            WB_TRY(flush(writer));
    }
    return NULL;
}

struct wb_error *img_writer_finish(struct img_writer *writer)
{
    WB_TRY(flush(writer));
    struct wb_text index wb_auto_text = {0};
    for (size_t i = 0; i < writer->section_count; i++) {
        wb_text_put_u32(&index, writer->section[i].tag);
        wb_text_put_u64(&index, writer->section[i].size);
    }
    wb_text_put_bytes(&index, writer->blocks.at, writer->blocks.size);
    uint64_t index_at = writer->at;
    writer->at += index.size;
    WB_TRY(wb_write_put(writer->file, wb_text_bytes(&index)));
    return put_head(writer, index_at, img_sum(wb_text_bytes(&index)));
}
