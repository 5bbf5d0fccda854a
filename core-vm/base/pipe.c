#include "core-vm/base/pipe.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "core-vm/base/clock.h"

enum wb_came wb_read_by(int fd, void *to, size_t size, double until)
{
    for (char *at = to; size > 0;) {
        double left = until - wb_now_seconds();
        struct pollfd in = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&in, 1, (int)(left * 1000) + 1) == 0)
            return WB_CAME_LATE;
        ssize_t got = read(fd, at, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return WB_CAME_END;
        at += got;
        size -= (size_t)got;
    }
    return WB_CAME;
}
