#include "inspector/target/otp/lines.h"

#include <stdlib.h>
#include <string.h>

#if HAVE_LIBDWARF

#include <libdwarf/dwarf.h>
#include <libdwarf/libdwarf.h>

// A compilation unit's lines, read when an address of it was asked for.
struct unit {
    Dwarf_Off at;  // of its entry
    Dwarf_Line_Context context;
    Dwarf_Line *line;
    Dwarf_Signed count;
};

// Addresses of a unit.
struct range {
    uint64_t start, end;
    Dwarf_Off unit;
};

struct otp_lines {
    Dwarf_Debug debug;
    Dwarf_Error error;    // of the call that failed last; freed by `fine`
    struct range *range;  // malloc'd
    size_t range_count, range_room;
    struct unit *unit;  // malloc'd
    size_t unit_count, unit_room;
};

// libdwarf aborts when an error has nowhere to go: every call hands in &lines->error.
static bool fine(struct otp_lines *lines, int status)
{
    if (status == DW_DLV_ERROR)
        dwarf_dealloc_error(lines->debug, lines->error);
    lines->error = NULL;
    return status == DW_DLV_OK;
}

static void *grow(void *at, size_t *room, size_t size)
{
    *room = *room != 0 ? *room * 2 : 64;
    void *grown = realloc(at, *room * size);
    if (grown == NULL)
        wb_die_no_memory(*room * size);
    return grown;
}

static void add_range(struct otp_lines *lines, uint64_t start, uint64_t end, Dwarf_Off unit)
{
    if (start >= end)
        return;
    if (lines->range_count == lines->range_room)
        lines->range = grow(lines->range, &lines->range_room, sizeof *lines->range);
    lines->range[lines->range_count++] = (struct range){start, end, unit};
}

// .debug_aranges: which unit has which addresses.
static void take_aranges(struct otp_lines *lines)
{
    Dwarf_Arange *list = NULL;
    Dwarf_Signed count = 0;
    if (!fine(lines, dwarf_get_aranges(lines->debug, &list, &count, &lines->error)))
        return;
    for (Dwarf_Signed i = 0; i < count; i++) {
        Dwarf_Unsigned segment, entry_size, size;
        Dwarf_Addr start;
        Dwarf_Off unit;
        if (fine(lines, dwarf_get_arange_info_b(list[i], &segment, &entry_size, &start, &size,
                                                &unit, &lines->error)) &&
            size <= UINT64_MAX - start)
            add_range(lines, start, start + size, unit);
        dwarf_dealloc(lines->debug, list[i], DW_DLA_ARANGE);
    }
    dwarf_dealloc(lines->debug, list, DW_DLA_LIST);
}

static struct unit *read_unit(struct otp_lines *lines, Dwarf_Off at, Dwarf_Die die)
{
    Dwarf_Unsigned version;
    Dwarf_Small tables;
    struct unit unit = {.at = at};
    if (!fine(lines, dwarf_srclines_b(die, &version, &tables, &unit.context, &lines->error)))
        return NULL;
    if (!fine(lines, dwarf_srclines_from_linecontext(unit.context, &unit.line, &unit.count,
                                                     &lines->error))) {
        dwarf_srclines_dealloc_b(unit.context);
        return NULL;
    }
    if (lines->unit_count == lines->unit_room)
        lines->unit = grow(lines->unit, &lines->unit_room, sizeof *lines->unit);
    lines->unit[lines->unit_count++] = unit;
    return &lines->unit[lines->unit_count - 1];
}

static bool address_of(struct otp_lines *lines, Dwarf_Line line, uint64_t *ret)
{
    Dwarf_Addr at;
    if (!fine(lines, dwarf_lineaddr(line, &at, &lines->error)))
        return false;
    *ret = at;
    return true;
}

static bool ends_sequence(struct otp_lines *lines, Dwarf_Line line)
{
    Dwarf_Bool ends = 0;
    return fine(lines, dwarf_lineendsequence(line, &ends, &lines->error)) && ends;
}

// A unit whose compiler wrote no .debug_aranges: the ranges are those of the lines themselves.
static void take_sequences(struct otp_lines *lines, const struct unit *unit)
{
    uint64_t start = 0, at = 0;
    bool inside = false;
    for (Dwarf_Signed i = 0; i < unit->count; i++) {
        if (!address_of(lines, unit->line[i], &at))
            continue;
        if (!inside)
            start = at;
        inside = !ends_sequence(lines, unit->line[i]);
        if (!inside)
            add_range(lines, start, at, unit->at);
    }
}

static bool has_range(const struct otp_lines *lines, size_t count, Dwarf_Off unit)
{
    for (size_t i = 0; i < count; i++)
        if (lines->range[i].unit == unit)
            return true;
    return false;
}

// Units that .debug_aranges is silent about, as it is if another compiler made them.
static void take_units(struct otp_lines *lines)
{
    size_t told = lines->range_count;
    Dwarf_Unsigned size, abbreviations, type_offset, next;
    Dwarf_Half version, address, length, extension, kind;
    Dwarf_Sig8 signature;
    while (fine(lines, dwarf_next_cu_header_d(lines->debug, 1, &size, &version, &abbreviations,
                                              &address, &length, &extension, &signature,
                                              &type_offset, &next, &kind, &lines->error))) {
        Dwarf_Die die = NULL;
        Dwarf_Off at;
        if (!fine(lines, dwarf_siblingof_b(lines->debug, NULL, 1, &die, &lines->error)))
            continue;
        if (fine(lines, dwarf_dieoffset(die, &at, &lines->error)) && !has_range(lines, told, at)) {
            const struct unit *unit = read_unit(lines, at, die);
            if (unit != NULL)
                take_sequences(lines, unit);
        }
        dwarf_dealloc(lines->debug, die, DW_DLA_DIE);
    }
}

struct otp_lines *otp_lines_open(const char *path)
{
    struct otp_lines *lines = calloc(1, sizeof *lines);
    if (lines == NULL)
        wb_die_no_memory(sizeof *lines);
    int status = dwarf_init_path(path, NULL, 0, DW_DLC_READ, DW_GROUPNUMBER_ANY, NULL, NULL,
                                 &lines->debug, NULL, 0, NULL, &lines->error);
    if (fine(lines, status)) {
        take_aranges(lines);
        take_units(lines);
    }
    if (lines->range_count > 0)
        return lines;
    otp_lines_close(lines);
    return NULL;
}

void otp_lines_close(struct otp_lines *lines)
{
    if (lines == NULL)
        return;
    for (size_t i = 0; i < lines->unit_count; i++)
        dwarf_srclines_dealloc_b(lines->unit[i].context);
    free(lines->unit);
    free(lines->range);
    if (lines->debug != NULL)
        dwarf_finish(lines->debug, &lines->error);
    free(lines);
}

static struct unit *unit_at(struct otp_lines *lines, Dwarf_Off at)
{
    Dwarf_Die die = NULL;
    for (size_t i = 0; i < lines->unit_count; i++)
        if (lines->unit[i].at == at)
            return &lines->unit[i];
    if (!fine(lines, dwarf_offdie_b(lines->debug, at, 1, &die, &lines->error)))
        return NULL;
    struct unit *unit = read_unit(lines, at, die);
    dwarf_dealloc(lines->debug, die, DW_DLA_DIE);
    return unit;
}

static uint32_t number_of(struct otp_lines *lines, Dwarf_Line row)
{
    Dwarf_Unsigned number = 0;
    return fine(lines, dwarf_lineno(row, &number, &lines->error)) ? (uint32_t)number : 0;
}

// The row that is in force at an address: rows of a sequence rise, sequences stand in any order.
// What a compiler made up has line 0: it is told as the line before it.
static Dwarf_Line row_at(struct otp_lines *lines, const struct unit *unit, uint64_t at)
{
    uint64_t last = 0, next = 0;
    Dwarf_Line named = NULL;
    for (Dwarf_Signed i = 0; i < unit->count; i++) {
        Dwarf_Line row = unit->line[i];
        if (!address_of(lines, row, &next))
            continue;
        if (named != NULL && at >= last && at < next)
            return named;
        if (ends_sequence(lines, row))
            named = NULL;
        else if (number_of(lines, row) != 0)
            named = row;
        last = next;
    }
    return NULL;
}

static bool describe(struct otp_lines *lines, Dwarf_Line row, struct wb_arena *arena,
                     struct otp_line *ret)
{
    char *name;
    if (!fine(lines, dwarf_linesrc(row, &name, &lines->error)))
        return false;
    size_t size = strlen(name);
    uint8_t *copy = wb_push(arena, size + 1, 1);
    memcpy(copy, name, size);
    dwarf_dealloc(lines->debug, name, DW_DLA_STRING);
    *ret = (struct otp_line){{copy, size}, number_of(lines, row)};
    return true;
}

bool otp_lines_find(struct otp_lines *lines, uint64_t at, struct wb_arena *arena,
                    struct otp_line *ret)
{
    for (size_t i = 0; i < lines->range_count; i++) {
        const struct range *range = &lines->range[i];
        if (at < range->start || at >= range->end)
            continue;
        const struct unit *unit = unit_at(lines, range->unit);
        Dwarf_Line row = unit != NULL ? row_at(lines, unit, at) : NULL;
        if (row != NULL && describe(lines, row, arena, ret))
            return true;
    }
    return false;
}

#else

struct otp_lines *otp_lines_open(const char *path)
{
    (void)path;
    return NULL;
}

void otp_lines_close(struct otp_lines *lines)
{
    (void)lines;
}

bool otp_lines_find(struct otp_lines *lines, uint64_t at, struct wb_arena *arena,
                    struct otp_line *ret)
{
    (void)lines;
    (void)at;
    (void)arena;
    (void)ret;
    return false;
}

#endif
