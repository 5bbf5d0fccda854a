#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core-vm/base/cleanup.h"
#include "inspector/target/target_impl.h"

enum { HEAD_SIZE = 64 };

static const struct tgt_opener *const openers[] = {
#define TGT_BACKEND(name) &tgt_opener_##name,
#include "inspector/target/backends.def"
#undef TGT_BACKEND
};

// What there is to see of `name`; the head is read into room.
static void look(const char *name, uint8_t room[HEAD_SIZE], struct tgt_sight *seen)
{
    struct stat st;
    *seen = (struct tgt_sight){.name = name};
    if (stat(name, &st) != 0)
        return;
    seen->exists = true;
    seen->is_file = S_ISREG(st.st_mode);
    seen->size = (uint64_t)st.st_size;
    if (!seen->is_file)
        return;
    wb_auto_close int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, room, HEAD_SIZE) : -1;
    seen->head = (struct wb_bytes){room, got > 0 ? (size_t)got : 0};
}

static struct wb_error *nobody(const struct tgt_sight *seen)
{
    if (seen->exists && !seen->is_file)
        return wb_error_new(WB_E_UNSUPPORTED, "%s is not a file", seen->name);
    if (seen->exists)
        return wb_error_new(WB_E_UNSUPPORTED, "%s is no .beam file, image, core file or crash dump",
                            seen->name);
    return wb_error_new(WB_E_NOT_FOUND, "%s is neither a file nor the name of a module",
                        seen->name);
}

struct wb_error *tgt_open(const struct tgt_open *open, struct tgt **ret)
{
    uint8_t room[HEAD_SIZE];
    struct tgt_sight seen;
    look(open->name, room, &seen);
    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++)
        if (openers[i]->claims(&seen))
            return openers[i]->open(open, ret);
    return nobody(&seen);
}
