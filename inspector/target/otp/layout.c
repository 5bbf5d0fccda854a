#include "inspector/target/otp/layout.h"
#include "inspector/target/otp/layout_priv.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const field_names[] = {
#define OTP_FIELD(name, kind, where) [OTP_##name] = #name,
#include "inspector/target/otp/fields.def"
#undef OTP_FIELD
};

const char *otp_field_name(enum otp_field field)
{
    return field_names[field];
}

const char *otp_layout_shipped(size_t index)
{
    return index < otp_shipped_count ? otp_shipped[index].name : NULL;
}

enum { NO_VALUE = INT32_MIN, MAX_OFFSET = 1 << 24 };

static bool set_field(struct otp_layout *layout, const char *name, long value)
{
    for (size_t i = 0; i < OTP_FIELD_COUNT; i++)
        if (strcmp(field_names[i], name) == 0) {
            layout->at[i] = (int32_t)value;
            return true;
        }
    return false;
}

// "key value": both inside line, which is cut in two.
static struct wb_error *parse_line(char *line, const char *table, struct otp_layout *layout)
{
    char *value = strchr(line, ' ');
    if (value == NULL)
        return wb_error_new(WB_E_BAD_DATA, "layout %s: no value in \"%s\"", table, line);
    *value++ = '\0';
    if (strcmp(line, "build-id") == 0) {
        layout->build_id = value;
        return NULL;
    }
    char *end;
    long number = strtol(value, &end, 10);
    if (*end != '\0' || end == value || number < -1 || number > MAX_OFFSET)
        return wb_error_new(WB_E_BAD_DATA, "layout %s: \"%s\" is no offset", table, value);
    if (strcmp(line, "release") == 0)
        layout->release = (unsigned)number;
    else if (!set_field(layout, line, number))
        return wb_error_new(WB_E_BAD_DATA, "layout %s: unknown field \"%s\"", table, line);
    return NULL;
}

struct wb_error *otp_layout_parse(const char *name, struct wb_bytes text, struct wb_arena *arena,
                                  struct otp_layout *ret)
{
    struct otp_layout layout = {.name = name, .build_id = ""};
    for (size_t i = 0; i < OTP_FIELD_COUNT; i++)
        layout.at[i] = NO_VALUE;
    char *copy = wb_push(arena, text.size + 1, 1);
    if (text.size > 0)
        memcpy(copy, text.at, text.size);
    char *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (line[0] != '#')
            WB_TRY(parse_line(line, name, &layout));
    for (size_t i = 0; i < OTP_FIELD_COUNT; i++)
        if (layout.at[i] == NO_VALUE)
            return wb_error_new(WB_E_BAD_DATA, "layout %s: %s is missing", name, field_names[i]);
    *ret = layout;
    return NULL;
}

static struct wb_error *parse_shipped(size_t index, struct wb_arena *arena, struct otp_layout *ret)
{
    const struct otp_shipped *table = &otp_shipped[index];
    return otp_layout_parse(table->name, wb_bytes_of(table->text), arena, ret);
}

struct wb_error *otp_layout_find(const char *build_id, unsigned release, struct wb_arena *arena,
                                 struct otp_layout *ret)
{
    struct otp_layout best = {0};
    for (size_t i = 0; i < otp_shipped_count; i++) {
        struct otp_layout layout;
        WB_TRY(parse_shipped(i, arena, &layout));
        if (build_id[0] != '\0' && strcmp(layout.build_id, build_id) == 0) {
            *ret = layout;
            return NULL;
        }
        if (layout.release <= release && layout.release > best.release)
            best = layout;
    }
    if (best.name == NULL)
        return wb_error_new(WB_E_UNSUPPORTED,
                            "no layout for OTP %u: make one with cryo doctor --extract-layout "
                            "from a beam.smp with debug information",
                            release);
    *ret = best;
    return NULL;
}
