// Layout tables from a runtime's debug information.
#include <string.h>

#include "inspector/target/otp/dwarf.h"
#include "inspector/target/otp/layout.h"

enum kind { OFFSET, SIZE, WIDTH };

static const struct {
    enum kind kind;
    const char *where;
} fields[] = {
#define OTP_FIELD(name, kind, where) [OTP_##name] = {kind, where},
#include "inspector/target/otp/fields.def"
#undef OTP_FIELD
};

enum { ROOM = 128 };

// One way to call a field: "type.member.member" or "type".
static int64_t value_of(struct otp_dwarf *dwarf, enum kind kind, const char *where)
{
    if (kind == SIZE)
        return otp_dwarf_size(dwarf, where);
    char type[ROOM];
    const char *dot = strchr(where, '.');
    if (dot == NULL || (size_t)(dot - where) >= sizeof type)
        return -1;
    memcpy(type, where, (size_t)(dot - where));
    type[dot - where] = '\0';
    struct otp_member_place place = otp_dwarf_member(dwarf, type, dot + 1);
    return kind == WIDTH ? place.size : place.offset;
}

// The first of the names between commas that this release has.
static int64_t field_of(struct otp_dwarf *dwarf, enum otp_field field)
{
    const char *rest = fields[field].where;
    int64_t value = -1;
    while (value < 0 && *rest != '\0') {
        char where[ROOM];
        size_t size = strcspn(rest, ",");
        if (size < sizeof where) {
            memcpy(where, rest, size);
            where[size] = '\0';
            value = value_of(dwarf, fields[field].kind, where);
        }
        rest += size;
        rest += strspn(rest, ", ");
    }
    return value;
}

struct wb_error *otp_layout_from_dwarf(const char *path, struct otp_layout *ret)
{
    struct otp_dwarf *dwarf;
    struct otp_layout layout = {.name = path, .build_id = ""};
    WB_TRY(otp_dwarf_open(path, &dwarf));
    bool any = false;
    for (size_t i = 0; i < OTP_FIELD_COUNT; i++) {
        int64_t value = field_of(dwarf, (enum otp_field)i);
        layout.at[i] = value <= INT32_MAX ? (int32_t)value : -1;
        any = any || value >= 0;
    }
    otp_dwarf_close(dwarf);
    if (!any)
        return wb_error_new(WB_E_UNSUPPORTED, "%s is not an Erlang/OTP runtime", path);
    *ret = layout;
    return NULL;
}

void otp_layout_write(const struct otp_layout *layout, struct wb_text *text)
{
    wb_text_printf(text, "release %u\n", layout->release);
    if (layout->build_id[0] != '\0')
        wb_text_printf(text, "build-id %s\n", layout->build_id);
    for (size_t i = 0; i < OTP_FIELD_COUNT; i++)
        wb_text_printf(text, "%s %d\n", otp_field_name((enum otp_field)i), layout->at[i]);
}
