#include "inspector/target/otp/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "core-vm/base/file.h"

enum { PATH_ROOM = 4096 };

const char *otp_find_file(const struct otp_file_name *name, struct wb_arena *arena)
{
    const char *const roots[] = {name->root, ""};
    for (size_t i = 0; i < 2; i++) {
        char path[PATH_ROOM];
        struct stat status;
        int size = snprintf(path, sizeof path, "%s%s", roots[i], name->path);
        if (size < 0 || size >= PATH_ROOM || stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
            (name->inode != 0 && status.st_ino != name->inode))
            continue;
        char *copy = wb_push(arena, (size_t)size + 1, 1);
        memcpy(copy, path, (size_t)size + 1);
        return copy;
    }
    return NULL;
}

// *elf is empty where the file could not be read.
static bool map_elf(const char *path, struct wb_arena *arena, struct wb_bytes *file,
                    struct otp_elf *elf)
{
    struct wb_error *err = wb_file_map(path, file);
    if (err == NULL)
        err = otp_elf_read(*file, arena, elf);
    if (err == NULL)
        return true;
    wb_error_free(err);
    wb_file_unmap(file);
    *elf = (struct otp_elf){0};
    return false;
}

// /usr/lib/debug/.build-id/ab/cdef....debug
static bool by_build_id(const struct otp_elf *elf, char path[PATH_ROOM])
{
    struct wb_bytes id = elf->build_id;
    if (id.size < 2 || id.size > 64)
        return false;
    int size = snprintf(path, PATH_ROOM, "/usr/lib/debug/.build-id/%02x/", id.at[0]);
    for (size_t i = 1; i < id.size; i++)
        size += snprintf(path + size, (size_t)(PATH_ROOM - size), "%02x", id.at[i]);
    snprintf(path + size, (size_t)(PATH_ROOM - size), ".debug");
    return true;
}

// What .gnu_debuglink names: a file's name, zeros up to four bytes, its checksum.
static const char *debug_link(const struct otp_elf *elf, uint32_t *checksum)
{
    const struct otp_section *section = otp_elf_section(elf, ".gnu_debuglink");
    if (section == NULL || section->bytes.size < 8)
        return NULL;
    size_t size = strnlen((const char *)section->bytes.at, section->bytes.size);
    size_t at = (size + 4) / 4 * 4;
    if (size == 0 || at + 4 > section->bytes.size)
        return NULL;
    memcpy(checksum, section->bytes.at + at, 4);
    return (const char *)section->bytes.at;
}

static bool same_build(const struct otp_elf *a, const struct otp_elf *b)
{
    return a->build_id.size > 0 && wb_bytes_equal(a->build_id, b->build_id);
}

// Is the file at path what belongs to elf?
static bool fits(const char *path, const struct otp_elf *elf, const uint32_t *checksum)
{
    struct wb_arena arena = {0};
    struct wb_bytes file wb_auto_unmap = {0};
    struct otp_elf debug;
    bool fitting = path != NULL && map_elf(path, &arena, &file, &debug);
    if (fitting && !same_build(elf, &debug))
        fitting = checksum != NULL && file.size <= UINT32_MAX &&
                  crc32(0, file.at, (uInt)file.size) == *checksum;
    wb_arena_free(&arena);
    return fitting;
}

// The folder of a path, with its slash.
static int folder_size(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (int)(slash + 1 - path) : 0;
}

// NULL: there is none.
static const char *separate_file(const struct otp_file_name *name, const struct otp_elf *elf,
                                 struct wb_arena *arena)
{
    static const char *const places[][2] = {{"", ""}, {"", ".debug/"}, {"/usr/lib/debug", ""}};
    char path[PATH_ROOM];
    struct otp_file_name debug = {.root = name->root, .path = path};
    uint32_t checksum = 0;
    if (by_build_id(elf, path)) {
        const char *found = otp_find_file(&debug, arena);
        if (fits(found, elf, NULL))
            return found;
    }
    const char *link = debug_link(elf, &checksum);
    if (link == NULL || strchr(link, '/') != NULL)
        return NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int size = snprintf(path, sizeof path, "%s%.*s%s%s", places[i][0], folder_size(name->path),
                            name->path, places[i][1], link);
        if (size < 0 || size >= PATH_ROOM)
            continue;
        const char *found = otp_find_file(&debug, arena);
        if (fits(found, elf, &checksum))
            return found;
    }
    return NULL;
}

// Aliases of one function: the one with the fewest underscores before it.
static int by_address(const void *a, const void *b)
{
    const struct otp_symbol *const *left = a, *const *right = b;
    const struct otp_symbol *x = *left, *y = *right;
    if (x->at != y->at)
        return (x->at > y->at) - (x->at < y->at);
    size_t under_x = strspn(x->name, "_"), under_y = strspn(y->name, "_");
    if (under_x != under_y)
        return (under_x < under_y) - (under_x > under_y);
    return strcmp(y->name, x->name);
}

static void index_symbols(const struct otp_elf *elf, struct wb_arena *arena, struct otp_object *ret)
{
    ret->symbol = wb_push_array(arena, const struct otp_symbol *, elf->symbol_count);
    for (size_t i = 0; i < elf->symbol_count; i++)
        if (elf->symbol[i].is_code)
            ret->symbol[ret->symbol_count++] = &elf->symbol[i];
    if (ret->symbol_count > 1)
        qsort(ret->symbol, ret->symbol_count, sizeof *ret->symbol, by_address);
}

static void index_frames(const struct otp_elf *elf, const char *name, struct wb_arena *arena,
                         struct otp_cfi *ret)
{
    const struct otp_section *section = otp_elf_section(elf, name);
    if (section != NULL && section->bytes.size > 0 && ret->count == 0)
        otp_cfi_index(section->bytes, section->at, strcmp(name, ".eh_frame") == 0, arena, ret);
}

static bool has_lines(const struct otp_elf *elf)
{
    const struct otp_section *lines = otp_elf_section(elf, ".debug_line");
    return lines != NULL && lines->bytes.size == lines->size && lines->size > 0;
}

static void take(const struct otp_elf *debug, struct wb_arena *arena, struct otp_object *object)
{
    bool apart = debug != NULL && debug->symbol_count > 0;
    index_symbols(apart ? debug : &object->elf, arena, object);
    index_frames(&object->elf, ".eh_frame", arena, &object->eh_frame);
    index_frames(&object->elf, ".debug_frame", arena, &object->debug_frame);
    if (debug != NULL)
        index_frames(debug, ".debug_frame", arena, &object->debug_frame);
}

void otp_object_open(const struct otp_file_name *name, struct wb_arena *arena,
                     struct otp_object *ret)
{
    struct otp_object object = {.path = name->path};
    struct otp_elf debug;
    const char *path = otp_find_file(name, arena);
    if (path != NULL && map_elf(path, arena, &object.file, &object.elf)) {
        const char *apart = has_lines(&object.elf) ? NULL : separate_file(name, &object.elf, arena);
        bool has_apart = apart != NULL && map_elf(apart, arena, &object.debug, &debug);
        take(has_apart ? &debug : NULL, arena, &object);
        if (has_lines(&object.elf))
            object.lines_path = path;
        else if (has_apart && has_lines(&debug))
            object.lines_path = apart;
    }
    *ret = object;
}

void otp_object_of(const char *path, struct wb_bytes bytes, struct wb_arena *arena,
                   struct otp_object *ret)
{
    struct otp_object object = {.path = path, .file = bytes, .borrowed = true};
    struct wb_error *err = otp_elf_read(bytes, arena, &object.elf);
    if (err == NULL)
        take(NULL, arena, &object);
    wb_error_free(err);
    *ret = object;
}

void otp_object_close(struct otp_object *object)
{
    otp_lines_close(object->lines);
    if (!object->borrowed)
        wb_file_unmap(&object->file);
    wb_file_unmap(&object->debug);
    *object = (struct otp_object){0};
}

uint64_t otp_object_address(const struct otp_object *object, uint64_t offset)
{
    for (size_t i = 0; i < object->elf.load_count; i++) {
        const struct otp_load *load = &object->elf.load[i];
        if (!load->executable || load->bytes.size == 0)
            continue;
        uint64_t start = (uint64_t)(load->bytes.at - object->file.at);
        if (offset >= start && offset - start < load->bytes.size)
            return load->at + (offset - start);
    }
    return 0;
}

const struct otp_symbol *otp_object_symbol(const struct otp_object *object, uint64_t at)
{
    size_t low = 0, high = object->symbol_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (object->symbol[middle]->at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct otp_symbol *symbol = object->symbol[low - 1];
    return symbol->size == 0 || at - symbol->at < symbol->size ? symbol : NULL;
}

bool otp_object_line(struct otp_object *object, uint64_t at, struct wb_arena *arena,
                     struct otp_line *ret)
{
    if (!object->lines_tried && object->lines_path != NULL)
        object->lines = otp_lines_open(object->lines_path);
    object->lines_tried = true;
    return object->lines != NULL && otp_lines_find(object->lines, at, arena, ret);
}

const char *otp_debug_file(const struct otp_file_name *name, struct wb_arena *arena)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct otp_elf elf;
    const char *path = otp_find_file(name, arena);
    if (path == NULL || !map_elf(path, arena, &file, &elf))
        return NULL;
    const struct otp_section *own = otp_elf_section(&elf, ".debug_info");
    if (own != NULL && own->bytes.size > 0)
        return path;
    return separate_file(name, &elf, arena);
}
