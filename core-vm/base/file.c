#include "core-vm/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/write.h"

struct wb_error *wb_file_map(const char *path, struct wb_bytes *ret)
{
    int fd wb_auto_close = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return wb_error_sys(errno, "opening %s", path);
    struct stat info;
    if (fstat(fd, &info) < 0)
        return wb_error_sys(errno, "looking at %s", path);
    if (S_ISDIR(info.st_mode))
        return wb_error_sys(EISDIR, "opening %s", path);
    if (info.st_size == 0) {
        *ret = (struct wb_bytes){0};
        return NULL;
    }
    void *at = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        return wb_error_sys(errno, "mapping %s", path);
    *ret = (struct wb_bytes){at, (size_t)info.st_size};
    return NULL;
}

void wb_file_unmap(struct wb_bytes *bytes)
{
    if (bytes->at != NULL)
        munmap((void *)(uintptr_t)bytes->at, bytes->size);
    *bytes = (struct wb_bytes){0};
}

static void advise(struct wb_bytes part, int advice)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)part.at & ~(page - 1);
    if (part.size > 0)
        (void)madvise((void *)at, (uintptr_t)part.at + part.size - at, advice);
}

void wb_file_expect(struct wb_bytes part)
{
#ifdef MADV_POPULATE_READ
    advise(part, MADV_POPULATE_READ);
#else
    advise(part, MADV_WILLNEED);
#endif
}

void wb_file_forget(struct wb_bytes part)
{
    advise(part, MADV_DONTNEED);
}

struct wb_error *wb_file_write(const char *path, struct wb_bytes bytes)
{
    struct wb_write file;
    WB_TRY(wb_write_open(path, 0666, &file));
    return wb_write_close(&file, wb_write_put(&file, bytes));
}
