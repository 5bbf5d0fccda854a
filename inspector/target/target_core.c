// A core file of an OTP node: its memory lies in the file, over the program it was made of.
#include <elf.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/user.h>

#include "core-vm/base/file.h"
#include "inspector/target/target_otp_priv.h"

static void add_cpu(const struct otp_note *note, struct otp_node *node)
{
    prstatus_t status;
    struct user_regs_struct r;
    if (note->type != NT_PRSTATUS || note->bytes.size < sizeof status)
        return;
    memcpy(&status, note->bytes.at, sizeof status);
    memcpy(&r, &status.pr_reg, sizeof r);
    node->cpu[node->cpu_count++] = otp_cpu_of(status.pr_pid, &r);
}

static void add_cpus(const struct otp_elf *core, struct otp_node *node)
{
    node->cpu = wb_push_array(&node->arena, struct otp_cpu, core->note_count);
    for (size_t i = 0; i < core->note_count; i++)
        if (strcmp(core->note[i].owner, "CORE") == 0)
            add_cpu(&core->note[i], node);
}

static uint64_t number(struct wb_bytes bytes, size_t index)
{
    uint64_t ret = 0;
    if (index < bytes.size / 8)
        memcpy(&ret, bytes.at + 8 * index, 8);
    return ret;
}

// NT_FILE: count, page size, count x (start, end, page offset), then count names.
static void add_files(struct wb_bytes note, struct wb_arena *arena, struct otp_maps *maps)
{
    uint64_t count = number(note, 0), page = number(note, 1);
    if (count > note.size / 24)
        return;
    size_t name = 16 + 24 * count;
    maps->at = wb_push_array(arena, struct otp_map, count + 1);
    for (size_t i = 0; i < count && name < note.size; i++) {
        if (memchr(note.at + name, 0, note.size - name) == NULL)
            return;
        maps->at[maps->count++] = (struct otp_map){.start = number(note, 2 + 3 * i),
                                                   .end = number(note, 3 + 3 * i),
                                                   .offset = number(note, 4 + 3 * i) * page,
                                                   .path = (const char *)note.at + name};
        name += strlen((const char *)note.at + name) + 1;
    }
}

// NT_AUXV: pairs; one says where the kernel's own library is. Added last: add_files leaves room.
static void add_vdso(struct wb_bytes note, struct otp_memory *memory, struct otp_maps *maps)
{
    for (size_t i = 0; i + 1 < note.size / 8; i += 2) {
        const struct otp_segment *segment = otp_segment_of(memory, number(note, i + 1));
        if (number(note, i) != AT_SYSINFO_EHDR || segment == NULL || maps->at == NULL)
            continue;
        maps->at[maps->count++] =
            (struct otp_map){.start = segment->start, .end = segment->end, .path = "[vdso]"};
        return;
    }
}

static struct wb_bytes note_of(const struct otp_elf *core, uint32_t type)
{
    for (size_t i = 0; i < core->note_count; i++)
        if (core->note[i].type == type && strcmp(core->note[i].owner, "CORE") == 0)
            return core->note[i].bytes;
    return (struct wb_bytes){0};
}

// Is this file the runtime? Then it is our program.
static bool is_runtime(struct target_otp *target, const struct otp_map *file)
{
    struct otp_node *node = &target->node;
    struct wb_error *err = wb_file_map(file->path, &target->program);
    if (err == NULL)
        err = otp_elf_read(target->program, &node->arena, &node->elf);
    if (err == NULL && otp_elf_symbol(&node->elf, "etp_otp_release") != NULL) {
        node->bias = node->elf.is_relocatable ? file->start : 0;
        node->runtime = (struct otp_file_name){.root = "", .path = file->path};
        return true;
    }
    wb_error_free(err);
    wb_file_unmap(&target->program);
    return false;
}

static struct wb_error *find_program(struct target_otp *target)
{
    const struct otp_maps *maps = &target->node.natives.maps;
    const char *first = NULL;
    for (size_t i = 0; i < maps->count; i++) {
        if (maps->at[i].offset != 0)
            continue;
        if (first == NULL)
            first = maps->at[i].path;
        if (is_runtime(target, &maps->at[i]))
            return NULL;
    }
    if (first == NULL)
        return wb_error_new(WB_E_BAD_DATA, "the core file does not say which program it is of");
    return wb_error_new(WB_E_NOT_FOUND,
                        "the Erlang runtime this core was made of is not here (its first mapped "
                        "file was %s)",
                        first);
}

static struct wb_error *open_core(struct target_otp *target, const char *path)
{
    struct otp_elf core;
    WB_TRY(wb_file_map(path, &target->core));
    WB_TRY(otp_elf_read(target->core, &target->arena, &core));
    struct otp_natives *natives = &target->node.natives;
    natives->root = "";
    add_files(note_of(&core, NT_FILE), &target->arena, &natives->maps);
    WB_TRY(find_program(target));
    tgt_otp_add_loads(&core, 0, &target->node.memory);
    add_vdso(note_of(&core, NT_AUXV), &target->node.memory, &natives->maps);
    add_cpus(&core, &target->node);
    tgt_otp_map_program(target);
    return tgt_otp_open(target, NULL);
}

static struct wb_error *open_target(const struct tgt_open *open, struct tgt **ret)
{
    struct target_otp *target = tgt_otp_new();
    target->node.unproven = open->unproven;
    return tgt_otp_finish(target, open_core(target, open->name), "core file", open, ret);
}

static bool claims(const struct tgt_sight *seen)
{
    Elf64_Ehdr header;
    if (!seen->is_file || seen->head.size < sizeof header)
        return false;
    memcpy(&header, seen->head.at, sizeof header);
    return memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_type == ET_CORE;
}

const struct tgt_opener tgt_opener_core = {"core file", claims, open_target};
