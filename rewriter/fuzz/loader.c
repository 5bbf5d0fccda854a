#include "rewriter/fuzz/loader.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rewriter/fuzz/loader_priv.h"

const char *rw_end_name(enum rw_end end)
{
    static const char *const names[] = {[RW_END_REFUSED] = "refused",
                                        [RW_END_LOADED] = "loaded",
                                        [RW_END_CRASH] = "crash",
                                        [RW_END_HANG] = "hang",
                                        [RW_END_DISPUTE] = "dispute"};
    return names[end];
}

// FNV-1a; a run of digits is one digit.
uint64_t rw_key_of(const char *text)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    for (; *text != '\0'; text++) {
        bool digit = isdigit((unsigned char)*text) != 0;
        if (digit && isdigit((unsigned char)text[1]))
            continue;
        h = (h ^ (digit ? '0' : (uint8_t)*text)) * UINT64_C(0x100000001B3);
    }
    return h;
}

void rw_result_say(struct rw_result *result, enum rw_end end, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(result->text, sizeof result->text, fmt, args);
    va_end(args);
    result->end = end;
    result->stack[0] = '\0';
    result->key = rw_key_of(result->text) + (uint64_t)end;
}

struct wb_error *rw_loader_open(const struct rw_loader_options *options, struct rw_loader *ret)
{
    if (strcmp(options->name, "core") == 0)
        return rw_core_open(options, ret);
    if (strcmp(options->name, "otp") == 0 || strcmp(options->name, "beam_lib") == 0)
        return rw_node_open(options, ret);
    if (strncmp(options->name, "cmd:", 4) == 0 && options->name[4] != '\0')
        return rw_cmd_open(options, ret);
    return wb_error_new(WB_E_NOT_FOUND,
                        "there is no loader '%s': core, otp, beam_lib, or cmd:PROGRAM",
                        options->name);
}

void rw_loader_close(struct rw_loader *loader)
{
    if (loader->close != NULL)
        loader->close(loader->data);
    *loader = (struct rw_loader){0};
}
