#include "inspector/target/otp/elf.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SECTIONS = 4096, MAX_SYMBOLS = 4 << 20, MAX_NOTES = 1 << 20 };

// A struct of the file at an offset, copied out; zeros where the file does not reach.
#define FETCH(file, offset, ret) fetch((file), (offset), (ret), sizeof *(ret))
static bool fetch(struct wb_bytes file, uint64_t offset, void *ret, size_t size)
{
    if (offset > file.size || file.size - offset < size) {
        memset(ret, 0, size);
        return false;
    }
    memcpy(ret, file.at + offset, size);
    return true;
}

// Bytes [offset, offset + size) of the file, fewer where it is cut.
static struct wb_bytes part_of(struct wb_bytes file, uint64_t offset, uint64_t size)
{
    if (offset >= file.size)
        return (struct wb_bytes){0};
    uint64_t room = file.size - offset;
    return (struct wb_bytes){file.at + offset, size < room ? size : room};
}

static const char *string_at(struct wb_bytes table, uint64_t offset)
{
    if (offset >= table.size || memchr(table.at + offset, 0, table.size - offset) == NULL)
        return "";
    return (const char *)table.at + offset;
}

static int by_name(const void *a, const void *b)
{
    const struct otp_symbol *left = a, *right = b;
    return strcmp(left->name, right->name);
}

// Hand-written code may have no type, but has a size then.
static bool is_code(const Elf64_Sym *symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return type == STT_FUNC || type == STT_GNU_IFUNC || (type == STT_NOTYPE && symbol->st_size > 0);
}

static void read_symbols(struct wb_bytes file, const Elf64_Shdr *table, struct wb_bytes names,
                         struct wb_arena *arena, struct otp_elf *elf)
{
    struct wb_bytes bytes = part_of(file, table->sh_offset, table->sh_size);
    size_t count = bytes.size / sizeof(Elf64_Sym);
    if (count == 0 || count > MAX_SYMBOLS)
        return;
    elf->symbol = wb_push_array(arena, struct otp_symbol, count);
    elf->symbol_count = 0;
    for (size_t i = 0; i < count; i++) {
        Elf64_Sym symbol;
        FETCH(bytes, i * sizeof symbol, &symbol);
        const char *name = string_at(names, symbol.st_name);
        if (symbol.st_shndx == SHN_UNDEF || name[0] == '\0')
            continue;
        elf->symbol[elf->symbol_count++] =
            (struct otp_symbol){name, symbol.st_value, symbol.st_size, is_code(&symbol)};
    }
    qsort(elf->symbol, elf->symbol_count, sizeof *elf->symbol, by_name);
}

// The full table where the file has one, else the dynamic one.
static void find_symbols(struct wb_bytes file, const Elf64_Shdr *sections, size_t count,
                         struct wb_arena *arena, struct otp_elf *elf)
{
    const Elf64_Shdr *best = NULL;
    for (size_t i = 0; i < count; i++)
        if (sections[i].sh_type == SHT_SYMTAB ||
            (sections[i].sh_type == SHT_DYNSYM && (best == NULL || best->sh_type != SHT_SYMTAB)))
            best = &sections[i];
    if (best == NULL || best->sh_link >= count)
        return;
    const Elf64_Shdr *names = &sections[best->sh_link];
    read_symbols(file, best, part_of(file, names->sh_offset, names->sh_size), arena, elf);
}

static void read_sections(struct wb_bytes file, const Elf64_Ehdr *header, struct wb_arena *arena,
                          struct otp_elf *elf)
{
    size_t count = header->e_shnum;
    if (count == 0 || count > MAX_SECTIONS || header->e_shentsize != sizeof(Elf64_Shdr))
        return;
    Elf64_Shdr *headers = wb_push_array(arena, Elf64_Shdr, count);
    for (size_t i = 0; i < count; i++)
        if (!FETCH(file, header->e_shoff + i * sizeof *headers, &headers[i]))
            return;
    struct wb_bytes names = {0};
    if (header->e_shstrndx < count)
        names = part_of(file, headers[header->e_shstrndx].sh_offset,
                        headers[header->e_shstrndx].sh_size);
    elf->section = wb_push_array(arena, struct otp_section, count);
    elf->section_count = count;
    for (size_t i = 0; i < count; i++) {
        bool empty = headers[i].sh_type == SHT_NOBITS || headers[i].sh_type == SHT_NULL;
        elf->section[i] = (struct otp_section){
            .name = string_at(names, headers[i].sh_name),
            .at = headers[i].sh_addr,
            .size = headers[i].sh_size,
            .bytes = empty ? (struct wb_bytes){0}
                           : part_of(file, headers[i].sh_offset, headers[i].sh_size),
        };
    }
    find_symbols(file, headers, count, arena, elf);
}

static void read_notes(struct wb_bytes bytes, struct wb_arena *arena, struct otp_elf *elf)
{
    size_t room = elf->note_count + bytes.size / sizeof(Elf64_Nhdr);
    if (room > MAX_NOTES)
        return;
    struct otp_note *notes = wb_push_array(arena, struct otp_note, room);
    if (elf->note_count > 0)
        memcpy(notes, elf->note, elf->note_count * sizeof *notes);
    elf->note = notes;
    uint64_t offset = 0;
    Elf64_Nhdr note;
    while (elf->note_count < room && FETCH(bytes, offset, &note)) {
        uint64_t name = offset + sizeof note;
        uint64_t content = name + ((uint64_t)note.n_namesz + 3) / 4 * 4;
        notes[elf->note_count++] = (struct otp_note){
            .owner = string_at(part_of(bytes, name, note.n_namesz), 0),
            .type = note.n_type,
            .bytes = part_of(bytes, content, note.n_descsz),
        };
        offset = content + ((uint64_t)note.n_descsz + 3) / 4 * 4;
    }
}

static void read_segments(struct wb_bytes file, const Elf64_Ehdr *header, struct wb_arena *arena,
                          struct otp_elf *elf)
{
    uint64_t count = header->e_phnum;
    if (count == PN_XNUM) {  // more than fit: the first section header says how many
        Elf64_Shdr first;
        FETCH(file, header->e_shoff, &first);
        count = first.sh_info;
    }
    if (header->e_phentsize != sizeof(Elf64_Phdr) || count > file.size / sizeof(Elf64_Phdr))
        return;
    elf->load = wb_push_array(arena, struct otp_load, count);
    for (uint64_t i = 0; i < count; i++) {
        Elf64_Phdr segment;
        if (!FETCH(file, header->e_phoff + i * sizeof segment, &segment))
            return;
        if (segment.p_type == PT_NOTE)
            read_notes(part_of(file, segment.p_offset, segment.p_filesz), arena, elf);
        if (segment.p_type != PT_LOAD)
            continue;
        elf->load[elf->load_count++] = (struct otp_load){
            .at = segment.p_vaddr,
            .memory_size = segment.p_memsz,
            .bytes = part_of(file, segment.p_offset, segment.p_filesz),
            .executable = (segment.p_flags & PF_X) != 0,
            .writable = (segment.p_flags & PF_W) != 0,
        };
    }
}

struct wb_error *otp_elf_read(struct wb_bytes file, struct wb_arena *arena, struct otp_elf *ret)
{
    Elf64_Ehdr header;
    if (!FETCH(file, 0, &header) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return wb_error_new(WB_E_BAD_DATA, "not an ELF file");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != EM_X86_64)
        return wb_error_new(WB_E_UNSUPPORTED, "an ELF file for another machine than x86-64");
    struct otp_elf elf = {
        .is_core = header.e_type == ET_CORE,
        .is_relocatable = header.e_type == ET_DYN,
    };
    read_segments(file, &header, arena, &elf);
    read_sections(file, &header, arena, &elf);
    for (size_t i = 0; i < elf.note_count && !elf.is_core; i++)
        if (elf.note[i].type == NT_GNU_BUILD_ID && strcmp(elf.note[i].owner, "GNU") == 0)
            elf.build_id = elf.note[i].bytes;
    *ret = elf;
    return NULL;
}

const struct otp_symbol *otp_elf_symbol(const struct otp_elf *elf, const char *name)
{
    struct otp_symbol key = {.name = name};
    if (elf->symbol_count == 0)
        return NULL;
    return bsearch(&key, elf->symbol, elf->symbol_count, sizeof key, by_name);
}

const struct otp_section *otp_elf_section(const struct otp_elf *elf, const char *name)
{
    for (size_t i = 0; i < elf->section_count; i++)
        if (strcmp(elf->section[i].name, name) == 0)
            return &elf->section[i];
    return NULL;
}
