#include "inspector/target/otp/native.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_FRAMES = 256 };

void otp_natives_done(struct otp_natives *natives)
{
    for (size_t i = 0; i < natives->count; i++)
        otp_object_close(natives->object[i]);
    free(natives->object);
    wb_arena_free(&natives->arena);
    *natives = (struct otp_natives){0};
}

static bool is_vdso(const struct otp_map *map)
{
    return strcmp(map->path, "[vdso]") == 0;
}

// JIT code may lie in memory that has a name of its own, "/memfd:vmem (deleted)".
static bool is_file(const struct otp_map *map)
{
    return is_vdso(map) || (map->path[0] == '/' && strncmp(map->path, "/memfd:", 7) != 0);
}

static const struct otp_map *map_of(const struct otp_natives *natives, uint64_t at)
{
    for (size_t i = 0; i < natives->maps.count; i++) {
        const struct otp_map *map = &natives->maps.at[i];
        if (at >= map->start && at < map->end)
            return is_file(map) ? map : NULL;
    }
    return NULL;
}

bool otp_is_native(const struct otp_natives *natives, uint64_t at)
{
    return map_of(natives, at) != NULL;
}

// The kernel's own little library lies in memory only.
static void open_vdso(struct otp_natives *natives, struct otp_memory *memory,
                      const struct otp_map *map, struct otp_object *ret)
{
    enum { MAX_VDSO = 1 << 16 };
    uint64_t size = map->end - map->start;
    uint8_t *bytes = wb_push(&natives->arena, size <= MAX_VDSO ? size : 0, 1);
    if (size > MAX_VDSO || !otp_read(memory, map->start, bytes, size))
        size = 0;
    otp_object_of(map->path, (struct wb_bytes){bytes, size}, &natives->arena, ret);
}

static struct otp_object *add_object(struct otp_natives *natives, struct otp_memory *memory,
                                     const struct otp_map *map)
{
    struct otp_object *object =
        wb_push(&natives->arena, sizeof *object, alignof(struct otp_object));
    if (natives->count == natives->capacity) {
        size_t capacity = natives->capacity != 0 ? natives->capacity * 2 : 16;
        struct otp_object **grown = realloc(natives->object, capacity * sizeof *grown);
        if (grown == NULL)
            wb_die_no_memory(capacity * sizeof *grown);
        natives->object = grown;
        natives->capacity = capacity;
    }
    if (is_vdso(map))
        open_vdso(natives, memory, map, object);
    else
        otp_object_open(&(struct otp_file_name){natives->root, map->path, map->inode},
                        &natives->arena, object);
    natives->object[natives->count++] = object;
    return object;
}

static struct otp_object *object_of(struct otp_natives *natives, struct otp_memory *memory,
                                    const struct otp_map *map)
{
    for (size_t i = 0; i < natives->count; i++)
        if (strcmp(natives->object[i]->path, map->path) == 0)
            return natives->object[i];
    return add_object(natives, memory, map);
}

// An address in a file: which, and what the file calls it.
struct spot {
    struct otp_object *object;
    uint64_t at, offset;
};

static bool spot_of(struct otp_natives *natives, struct otp_memory *memory, uint64_t at,
                    struct spot *ret)
{
    const struct otp_map *map = map_of(natives, at);
    if (map == NULL)
        return false;
    struct otp_object *object = object_of(natives, memory, map);
    uint64_t offset = at - map->start + map->offset;
    *ret = (struct spot){object, otp_object_address(object, offset), offset};
    return true;
}

bool otp_native_read(struct otp_natives *natives, struct otp_memory *memory, uint64_t at, void *to,
                     size_t size)
{
    struct spot spot;
    const struct otp_map *map = map_of(natives, at);
    if (map == NULL || map->writable || size > map->end - at ||
        !spot_of(natives, memory, at, &spot))
        return false;
    struct wb_bytes file = spot.object->file;
    if (spot.offset > file.size || size > file.size - spot.offset)
        return false;
    memcpy(to, file.at + spot.offset, size);
    return true;
}

// What is called returns behind the call, which may be the end of the function: looked up is the
// byte before, but for the innermost frame and what a signal interrupted.
static bool step(struct otp_natives *natives, struct otp_memory *memory,
                 struct otp_registers *registers, bool *exact)
{
    uint64_t pc = registers->at[OTP_RIP] - !*exact;
    struct spot spot;
    if (!spot_of(natives, memory, pc, &spot) || spot.at == 0)
        return false;
    struct otp_registers before = *registers;
    bool interrupted = false;
    if (!otp_cfi_step(&spot.object->eh_frame, spot.at, memory, registers, &interrupted) &&
        !otp_cfi_step(&spot.object->debug_frame, spot.at, memory, registers, &interrupted))
        return false;
    *exact = interrupted;
    // Stacks grow down: a caller's is above, unless a signal was handled on a stack of its own.
    bool up = registers->at[OTP_RSP] > before.at[OTP_RSP] || interrupted;
    if (!up)
        *registers = before;
    return up;
}

// The name in a mangled one of C++: "_Z4namePv", "_ZN5space4nameEv"; others as they are.
static struct wb_bytes plain_name(struct otp_natives *natives, const char *mangled)
{
    if (mangled[0] != '_' || mangled[1] != 'Z')
        return wb_bytes_of(mangled);
    const char *at = mangled + 2 + strspn(mangled + 2, "NLKV");
    uint8_t *name = wb_push(&natives->arena, 2 * strlen(mangled) + 1, 1);
    size_t size = 0;
    while (*at >= '1' && *at <= '9') {
        char *end;
        size_t part = strtoul(at, &end, 10);
        if (part > strlen(end))
            return wb_bytes_of(mangled);
        if (size > 0)
            name[size++] = ':', name[size++] = ':';
        memcpy(name + size, end, part);
        size += part;
        at = end + part;
    }
    return size > 0 ? (struct wb_bytes){name, size} : wb_bytes_of(mangled);
}

static const struct otp_symbol *symbol_of(const struct spot *spot)
{
    return spot->at != 0 ? otp_object_symbol(spot->object, spot->at) : NULL;
}

static void name_frame(struct otp_natives *natives, struct otp_memory *memory, bool exact,
                       struct tgt_native *ret)
{
    struct spot spot;
    struct otp_line line;
    if (!spot_of(natives, memory, ret->ip.at - !exact, &spot))
        return;
    ret->object = wb_bytes_of(spot.object->path);
    ret->offset = spot.offset + !exact;
    const struct otp_symbol *symbol = symbol_of(&spot);
    if (symbol != NULL) {
        ret->symbol = plain_name(natives, symbol->name);
        ret->offset = spot.at + !exact - symbol->at;
    }
    if (spot.at != 0 && otp_object_line(spot.object, spot.at, &natives->arena, &line)) {
        ret->file = line.file;
        ret->line = line.line;
    }
}

// pcs, frames: room for MAX_FRAMES; frames NULL: their names are not wanted.
static size_t unwind(struct otp_natives *natives, struct otp_memory *memory,
                     struct otp_registers *registers, uint64_t *pcs, struct tgt_native *frames)
{
    bool exact = true, more = true;
    size_t count = 0;
    while (more && count < MAX_FRAMES && otp_is_native(natives, registers->at[OTP_RIP])) {
        pcs[count] = registers->at[OTP_RIP] - !exact;
        if (frames != NULL) {
            frames[count] = (struct tgt_native){.ip = {registers->at[OTP_RIP]}};
            name_frame(natives, memory, exact, &frames[count]);
        }
        count++;
        more = step(natives, memory, registers, &exact);
    }
    return count;
}

const struct otp_followed *otp_follow(struct otp_natives *natives, struct otp_memory *memory,
                                      struct otp_cpu *cpu, bool frames)
{
    struct otp_followed *followed = cpu->followed;
    if (followed != NULL && (followed->frames != NULL || !frames))
        return followed;
    if (followed == NULL)
        followed = wb_push(&natives->arena, sizeof *followed, alignof(struct otp_followed));
    struct tgt_native found[MAX_FRAMES];
    uint64_t pcs[MAX_FRAMES];
    followed->end = cpu->registers;
    followed->count = unwind(natives, memory, &followed->end, pcs, frames ? found : NULL);
    uint64_t *pc = wb_push_array(&natives->arena, uint64_t, followed->count + 1);
    memcpy(pc, pcs, followed->count * sizeof *pc);
    followed->pc = pc;
    if (frames) {
        followed->frames = wb_push_array(&natives->arena, struct tgt_native, followed->count + 1);
        memcpy(followed->frames, found, followed->count * sizeof *found);
    }
    cpu->followed = followed;
    return followed;
}

// The function that has this address; size 0: not known.
static struct wb_bytes name_at(struct otp_natives *natives, struct otp_memory *memory, uint64_t at)
{
    struct spot spot;
    const struct otp_symbol *symbol = spot_of(natives, memory, at, &spot) ? symbol_of(&spot) : NULL;
    return symbol != NULL ? wb_bytes_of(symbol->name) : (struct wb_bytes){0};
}

bool otp_is_inside(struct otp_natives *natives, struct otp_memory *memory, struct otp_cpu *cpu,
                   const char *name)
{
    const struct otp_followed *followed = otp_follow(natives, memory, cpu, false);
    bool inside = false;
    for (size_t i = 0; i < followed->count && !inside; i++)
        inside =
            wb_bytes_equal(followed->frames != NULL ? followed->frames[i].symbol
                                                    : name_at(natives, memory, followed->pc[i]),
                           wb_bytes_of(name));
    return inside;
}
