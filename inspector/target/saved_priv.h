// saved_priv.h - targets as images (image/image.h): what saving and opening them share.
#ifndef TARGET_SAVED_PRIV_H
#define TARGET_SAVED_PRIV_H

#include "inspector/target/image/image.h"
#include "inspector/target/target_impl.h"

// Where what is saved is from; an image that is saved again keeps it.
struct tgt_origin {
    const char *kind, *name;
    const char *date;  // NULL: it is no image yet
};

// The lines "name value" of a section FACTS, in order.
struct tgt_said {
    struct tgt_fact *at;
    size_t count;
};
WB_MUST_CHECK struct wb_error *tgt_saved_read(struct img *img, struct wb_arena *arena,
                                              struct tgt_said *ret);
// The value of the first line of that name; NULL: there is none.
const char *tgt_said_of(const struct tgt_said *said, const char *name);
// "kind", "name" and "saved" as they were written. All on arena.
struct tgt_origin tgt_saved_origin(const struct tgt_said *said, struct wb_arena *arena);
void tgt_put_origin(const struct tgt_origin *origin, struct wb_text *text);
// A line of FACTS; what would break it becomes a blank.
void tgt_put_fact(const char *name, const char *value, struct wb_text *text);
// "image (core file)"
const char *tgt_saved_kind(const struct tgt_origin *origin, struct wb_arena *arena);
// What it is an image of, behind the facts that *info has.
void tgt_saved_facts(const struct tgt_origin *origin, struct wb_arena *arena,
                     struct tgt_info *info);

// saved_node.c: takes the image and its file, whatever comes of it.
WB_MUST_CHECK struct wb_error *tgt_otp_open_saved(struct img *img, struct wb_bytes *file,
                                                  const struct tgt_open *open, struct tgt **ret);
// target_dump.c: the image stays the caller's.
WB_MUST_CHECK struct wb_error *tgt_dump_open_saved(struct img *img, const struct tgt_open *open,
                                                   struct tgt **ret);
// saved_dump.c
WB_MUST_CHECK struct wb_error *tgt_save_dump(const struct tgt_origin *origin, struct wb_bytes dump,
                                             struct wb_write *file, const struct tgt_watch *watch);
// The dump as a mapped file again, which wb_file_unmap gives back.
WB_MUST_CHECK struct wb_error *tgt_saved_dump(struct img *img, struct wb_arena *arena,
                                              struct tgt_origin *origin, struct wb_bytes *ret);

#endif
