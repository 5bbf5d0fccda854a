#include <string.h>

#include "core-vm/base/planted.h"
#include "core-vm/format/etf.h"
#include "core-vm/format/inflate_priv.h"
#include "core-vm/format/module_priv.h"
#include "core-vm/format/number_priv.h"

enum { TYPE_V1_SIZE = 18, TYPE_LEAST_SIZE = 2, LITERAL_LEAST_SIZE = 5, TAG_I = 1, TAG_A = 2 };

static struct wb_error *read_literal(struct wb_reader *r, struct wb_arena *arena, uint32_t index,
                                     struct beam_literal *ret)
{
    uint32_t size = wb_read_u32(r);
    ret->etf = wb_read_bytes(r, size);
    if (r->bad)
        return wb_error_new(WB_E_BAD_DATA, "literal %u is cut short", index);
    struct beam_value *value = wb_push_array(arena, struct beam_value, 1);
    struct wb_error *err = beam_etf_read(ret->etf, arena, NULL, value);
    ret->value = value;
    return err != NULL ? wb_error_while(err, "literal %u", index) : NULL;
}

struct wb_error *beam_read_literals(struct wb_bytes data, struct wb_arena *arena,
                                    struct beam_module *module)
{
    struct wb_reader r = {.rest = data};
    uint32_t size = wb_read_u32(&r);
    size_t used;
    module->literals.packed = size != 0;
    module->literals.raw = r.rest;
    if (r.bad)
        return wb_error_new(WB_E_BAD_DATA, "the literal table is cut short");
    if (size != 0)
        WB_TRY(beam_inflate(r.rest, size, arena, &used, &module->literals.raw));
    r.rest = module->literals.raw;
    uint32_t count = wb_read_u32(&r);
    if (r.bad || (count > r.rest.size / LITERAL_LEAST_SIZE && !wb_is_planted("literal-count")))
        return wb_error_new(WB_E_BAD_DATA, "%u literals do not fit in their table", count);
    module->literals.at = wb_push_array(arena, struct beam_literal, count);
    module->literals.count = count;
    for (uint32_t i = 0; i < count; i++)
        WB_TRY(read_literal(&r, arena, i, &module->literals.at[i]));
    return NULL;
}

// Items: a file (tag a) for the lines behind it, or a line (tag i).
static struct wb_error *read_line_items(struct wb_reader *r, uint32_t count,
                                        struct beam_module *module)
{
    uint32_t file = 0;
    for (uint32_t i = 1; i <= count;) {
        struct beam_number item = beam_number_read(r);
        if (r->bad || item.big || item.value < 0 || item.value > UINT32_MAX)
            return wb_error_new(WB_E_BAD_DATA, "line %u is damaged", i);
        if (item.tag == TAG_A)
            file = (uint32_t)item.value;
        else if (item.tag == TAG_I)
            module->lines.at[i++] = (struct beam_line){file, (uint32_t)item.value};
        else
            return wb_error_new(WB_E_BAD_DATA, "line %u has the tag of something else", i);
        if (file >= module->lines.file_count && !wb_is_planted("line-file"))
            return wb_error_new(WB_E_BAD_DATA, "line %u is in file %u of %u", i, file,
                                module->lines.file_count);
    }
    return NULL;
}

// Where the lines have no file, it is the module's name and ".erl".
static struct wb_bytes own_file(const struct beam_module *module, struct wb_arena *arena)
{
    static const char ending[] = ".erl";
    size_t size = module->name.size;
    uint8_t *at = wb_push_array(arena, uint8_t, size + sizeof ending);
    memcpy(at, module->name.at, size);
    memcpy(at + size, ending, sizeof ending);
    return (struct wb_bytes){at, size + sizeof ending - 1};
}

struct wb_error *beam_read_lines(struct wb_bytes data, struct wb_arena *arena,
                                 struct beam_module *module)
{
    struct wb_reader r = {.rest = data};
    if (wb_read_u32(&r) != 0)
        return NULL;  // a version we do not know: as if there were none
    module->lines.flags = wb_read_u32(&r);
    module->lines.instructions = wb_read_u32(&r);
    uint32_t count = wb_read_u32(&r), files = wb_read_u32(&r);
    if (r.bad || count > r.rest.size || files > r.rest.size / 2)
        return wb_error_new(WB_E_BAD_DATA, "%u lines and %u files do not fit in their table", count,
                            files);
    module->lines.at = wb_push_array(arena, struct beam_line, (size_t)count + 1);
    module->lines.files = wb_push_array(arena, struct wb_bytes, (size_t)files + 1);
    module->lines.count = count + 1;
    module->lines.file_count = files + 1;
    module->lines.files[0] = own_file(module, arena);
    WB_TRY(read_line_items(&r, count, module));
    for (uint32_t i = 1; i <= files; i++)
        module->lines.files[i] = wb_read_bytes(&r, wb_read_u16(&r));
    if (r.bad)
        return wb_error_new(WB_E_BAD_DATA, "the names of files in the line table are cut short");
    return NULL;
}

// Version 1 has both bounds always (no integer: min > max); later ones say in three bits, from bit
// `flags_at` on, which of min, max and unit follow.
static struct beam_type read_type(struct wb_reader *r, uint32_t version, unsigned flags_at)
{
    struct beam_type type = {.bits = wb_read_u16(r)};
    unsigned flags = type.bits >> flags_at;
    type.has_min = version == 1 || (flags & 1) != 0;
    type.has_max = version == 1 || (flags & 2) != 0;
    type.has_unit = version > 1 && (flags & 4) != 0;
    if (type.has_min)
        type.min = (int64_t)wb_read_u64(r);
    if (type.has_max)
        type.max = (int64_t)wb_read_u64(r);
    if (type.has_unit)
        type.unit = wb_read_u8(r);
    if (version == 1 && type.min > type.max)
        type.has_min = type.has_max = false;
    return type;
}

static bool read_entries(struct wb_reader r, struct beam_module *module, unsigned flags_at)
{
    for (uint32_t i = 0; i < module->types.count; i++)
        module->types.at[i] = read_type(&r, module->types.version, flags_at);
    return !r.bad && r.rest.size == 0;
}

// The number of type bits, and so where the flags are, is not the same in all versions: the place
// that uses up the chunk is right. Entries that cannot be understood are "any": nobody relies on
// them.
struct wb_error *beam_read_types(struct wb_bytes data, struct wb_arena *arena,
                                 struct beam_module *module)
{
    struct wb_reader r = {.rest = data};
    uint32_t version = wb_read_u32(&r), count = wb_read_u32(&r);
    size_t least = version == 1 ? TYPE_V1_SIZE : TYPE_LEAST_SIZE;
    if (r.bad || count > r.rest.size / least)
        return wb_error_new(WB_E_BAD_DATA, "%u types do not fit in their table", count);
    module->types.version = version;
    module->types.count = count;
    module->types.at = wb_push_array(arena, struct beam_type, count);
    if (version < 1 || version > 4)
        return NULL;
    module->types.understood = read_entries(r, module, 13) || read_entries(r, module, 12);
    for (uint32_t i = 0; !module->types.understood && i < count; i++)
        module->types.at[i] = (struct beam_type){.bits = UINT16_MAX};
    return NULL;
}
