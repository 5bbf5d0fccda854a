// writer.h - writes an image (image.h): sections one after another, packed by several threads.
#ifndef IMAGE_WRITER_H
#define IMAGE_WRITER_H

#include "core-vm/base/write.h"
#include "inspector/target/image/image.h"
#include "inspector/target/target_types.h"

struct img_writer;

// `all`: bytes that will be put, for the watch, which may be NULL. Give it back with
// img_writer_free.
struct img_writer *img_writer_new(struct wb_write *file, enum img_kind kind, uint64_t all,
                                  const struct tgt_watch *watch);
// What is put from now on belongs to this section.
void img_writer_section(struct img_writer *writer, enum img_tag tag);
// STATE when the watch says to stop.
WB_MUST_CHECK struct wb_error *img_writer_put(struct img_writer *writer, struct wb_bytes bytes);
// After the last section.
WB_MUST_CHECK struct wb_error *img_writer_finish(struct img_writer *writer);
void img_writer_free(struct img_writer *writer);

#endif
