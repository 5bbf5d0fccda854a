#include "core-vm/base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core-vm/base/arena.h"

// A new file, whoever has put something of that name there: what a run that was killed left is
// taken away, a link is not followed.
static int create(const char *path, unsigned mode)
{
    static const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = open(path, flags, mode);
    if (fd < 0 && errno == EEXIST && unlink(path) == 0)
        fd = open(path, flags, mode);
    return fd;
}

struct wb_error *wb_write_open(const char *path, unsigned mode, struct wb_write *ret)
{
    struct wb_write file = {.path = path};
    if (asprintf(&file.temporary, "%s.%d.tmp", path, (int)getpid()) < 0)
        wb_die_no_memory(0);
    file.fd = create(file.temporary, mode);
    if (file.fd < 0) {
        struct wb_error *err = wb_error_sys(errno, "creating %s", file.temporary);
        free(file.temporary);
        return err;
    }
    *ret = file;
    return NULL;
}

struct wb_error *wb_write_put(struct wb_write *file, struct wb_bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t done = write(file->fd, bytes.at, bytes.size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return wb_error_sys(errno, "writing %s", file->path);
        bytes.at += done;
        bytes.size -= (size_t)done;
    }
    return NULL;
}

struct wb_error *wb_write_over(struct wb_write *file, uint64_t offset, struct wb_bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t done = pwrite(file->fd, bytes.at, bytes.size, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return wb_error_sys(errno, "writing %s", file->path);
        bytes.at += done;
        bytes.size -= (size_t)done;
        offset += (uint64_t)done;
    }
    return NULL;
}

struct wb_error *wb_write_close(struct wb_write *file, struct wb_error *err)
{
    // A file system without fsync (EINVAL) keeps its own promises.
    if (err == NULL && fsync(file->fd) < 0 && errno != EINVAL)
        err = wb_error_sys(errno, "writing %s", file->path);
    if (close(file->fd) < 0 && err == NULL)
        err = wb_error_sys(errno, "writing %s", file->path);
    if (err == NULL && rename(file->temporary, file->path) < 0)
        err = wb_error_sys(errno, "renaming %s to %s", file->temporary, file->path);
    if (err != NULL)
        unlink(file->temporary);
    free(file->temporary);
    *file = (struct wb_write){.fd = -1};
    return err;
}
