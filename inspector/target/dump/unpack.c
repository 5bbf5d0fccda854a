#include "inspector/target/dump/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/cleanup.h"
#include "core-vm/base/file.h"

static const char beginning[] = "=erl_crash_dump:";

static bool has_gzip_head(const char *path)
{
    uint8_t head[2] = {0};
    int fd wb_auto_close = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, head, sizeof head) == sizeof head && head[0] == 0x1f &&
           head[1] == 0x8b;
}

bool dump_is_packed(const char *path)
{
    char text[sizeof beginning - 1];
    if (!has_gzip_head(path))
        return false;
    gzFile packed = gzopen(path, "rbe");
    if (packed == NULL)
        return false;
    int got = gzread(packed, text, sizeof text);
    gzclose(packed);
    return got == sizeof text && memcmp(text, beginning, sizeof text) == 0;
}

static struct wb_error *write_piece(int fd, const uint8_t *at, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, at, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return wb_error_sys(errno, "unpacking a crash dump to $TMPDIR");
        at += done;
        size -= (size_t)done;
    }
    return NULL;
}

// Up to the end, or to where it is damaged.
static struct wb_error *unpack(gzFile packed, int fd)
{
    enum { PIECE = 1 << 18 };
    uint8_t *piece = malloc(PIECE);
    struct wb_error *err = NULL;
    int got;
    if (piece == NULL)
        wb_die_no_memory(PIECE);
    while (err == NULL && (got = gzread(packed, piece, PIECE)) > 0)
        err = write_piece(fd, piece, (size_t)got);
    free(piece);
    return err;
}

static struct wb_error *unpack_to(int fd, const char *path)
{
    gzFile packed = gzopen(path, "rbe");
    if (packed == NULL)
        return wb_error_sys(errno, "opening %s", path);
    struct wb_error *err = unpack(packed, fd);
    gzclose(packed);
    return err;
}

static struct wb_error *open_unnamed(int *ret)
{
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] == '\0')
        folder = "/var/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return wb_error_sys(errno, "making a file in %s for an unpacked crash dump", folder);
    *ret = fd;
    return NULL;
}

struct wb_error *dump_map(const char *path, struct wb_bytes *ret)
{
    enum { ROOM = 40 };
    char unpacked[ROOM];
    int fd wb_auto_close = -1;
    if (!dump_is_packed(path))
        return wb_file_map(path, ret);
    WB_TRY(open_unnamed(&fd));
    WB_TRY(unpack_to(fd, path));
    snprintf(unpacked, sizeof unpacked, "/proc/self/fd/%d", fd);
    return wb_file_map(unpacked, ret);
}
