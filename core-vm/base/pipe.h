// pipe.h - bytes that another process sends.
#ifndef BASE_PIPE_H
#define BASE_PIPE_H

#include <stddef.h>

// END: it sends no more.
enum wb_came { WB_CAME, WB_CAME_LATE, WB_CAME_END };

// Read all of `size` bytes from a pipe or socket, until a moment of wb_now_seconds().
enum wb_came wb_read_by(int fd, void *to, size_t size, double until);

#endif
