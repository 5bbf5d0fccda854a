// A crash dump as an image: the dump itself, compressed. Opened it is a file again, without a name,
// so that one larger than memory is no more to the machine than it was before.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/file.h"
#include "inspector/target/image/writer.h"
#include "inspector/target/saved_priv.h"

enum { PIECE = 8 << 20, SMALL = 64 << 20 };

static struct wb_error *write_dump(const struct tgt_origin *origin, struct wb_bytes dump,
                                   struct img_writer *writer)
{
    struct wb_text facts wb_auto_text = {0};
    tgt_put_origin(origin, &facts);
    img_writer_section(writer, IMG_FACTS);
    WB_TRY(img_writer_put(writer, wb_text_bytes(&facts)));
    img_writer_section(writer, IMG_DUMP);
    for (size_t at = 0; at < dump.size; at += PIECE) {
        size_t left = dump.size - at;
        struct wb_bytes part = {dump.at + at, left < PIECE ? left : PIECE};
        WB_TRY(img_writer_put(writer, part));
        wb_file_forget(part);
    }
    return img_writer_finish(writer);
}

struct wb_error *tgt_save_dump(const struct tgt_origin *origin, struct wb_bytes dump,
                               struct wb_write *file, const struct tgt_watch *watch)
{
    struct img_writer *writer = img_writer_new(file, IMG_OF_DUMP, dump.size, watch);
    struct wb_error *err = write_dump(origin, dump, writer);
    img_writer_free(writer);
    return err;
}

// A file without a name: in memory when it is small, else where temporary files may be large.
static int nameless(uint64_t size)
{
    const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    if (size <= SMALL)
        return memfd_create("cryo", MFD_CLOEXEC);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        int fd = folders[i] != NULL ? open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
        if (fd >= 0)
            return fd;
    }
    return -1;
}

static struct wb_error *unpack(struct img *img, struct wb_bytes dump, struct wb_write *file)
{
    for (size_t at = 0; at < dump.size; at += PIECE) {
        size_t left = dump.size - at;
        struct wb_bytes part = {dump.at + at, left < PIECE ? left : PIECE};
        if (!img_need(img, part.at, part.size))
            return wb_error_new(WB_E_BAD_DATA, "the image is damaged in its section dump");
        WB_TRY(wb_write_put(file, part));
        img_forget(img, part.at, part.size);
    }
    return NULL;
}

struct wb_error *tgt_saved_dump(struct img *img, struct wb_arena *arena, struct tgt_origin *origin,
                                struct wb_bytes *ret)
{
    struct tgt_said said;
    struct img_section section;
    WB_TRY(tgt_saved_read(img, arena, &said));
    if (!img_find(img, IMG_DUMP, &section))
        return wb_error_new(WB_E_BAD_DATA, "the image is damaged: it has no section dump");
    int fd wb_auto_close = nameless(section.size);
    if (fd < 0)
        return wb_error_sys(errno, "making a temporary file for a dump of %zu bytes",
                            (size_t)section.size);
    struct wb_write file = {.path = "a temporary file", .fd = fd};
    WB_TRY(unpack(img, img_bytes(img, &section), &file));
    *origin = tgt_saved_origin(&said, arena);
    *ret = (struct wb_bytes){0};
    if (section.size == 0)
        return NULL;
    void *at = mmap(NULL, section.size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        return wb_error_sys(errno, "mapping a temporary file");
    *ret = (struct wb_bytes){at, section.size};
    return NULL;
}
