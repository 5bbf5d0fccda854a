// Operations chain by jumps: each vm_op_* function of this executable is disassembled, and every
// way through it followed. It must leave by a jump, with the stack as it found it.
#include <capstone/capstone.h>
#include <check.h>
#include <elf.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/vm/op_priv.h"
#include "tests/unit/main.h"

#if VM_THREADED && defined(__x86_64__)

// These end the chain on purpose: the process waits, yields, has ended, or is stopped.
static const char *const may_return[] = {
    "handle_error", "leave", "loop_rec_end", "process_end", "send",
    "undefined",    "wait",  "wait_timeout", "watch",       "yield",
};

// One function being followed. depth[i]: bytes pushed before the instruction at offset i, or
// UNSEEN.
enum { UNSEEN = -1, LONGEST = 1 << 14 };
struct part {
    const uint8_t *code;
    uint64_t at, size;
    int depth[LONGEST];
};
struct walk {
    const char *name;
    struct part part[2];  // the function, and what the compiler put elsewhere because it is rare
    bool returns, jumps;
    char fault[400];
    uint64_t todo[LONGEST];
    size_t todo_count;
};

static bool is_operand(const cs_insn *i, unsigned k, x86_reg reg)
{
    const cs_x86 *x = &i->detail->x86;
    return k < x->op_count && x->operands[k].type == X86_OP_REG && x->operands[k].reg == reg;
}

static int64_t immediate(const cs_insn *i, unsigned k)
{
    const cs_x86 *x = &i->detail->x86;
    return k < x->op_count && x->operands[k].type == X86_OP_IMM ? x->operands[k].imm : 0;
}

static int pushed(const cs_insn *i)
{
    switch (i->id) {
    case X86_INS_PUSH:
        return 8;
    case X86_INS_POP:
        return -8;
    case X86_INS_SUB:
        return is_operand(i, 0, X86_REG_RSP) ? (int)immediate(i, 1) : 0;
    case X86_INS_ADD:
        return is_operand(i, 0, X86_REG_RSP) ? -(int)immediate(i, 1) : 0;
    default:
        return 0;
    }
}

static void fault(struct walk *w, const cs_insn *i, const char *what)
{
    if (w->fault[0] == '\0')
        snprintf(w->fault, sizeof w->fault, "%s+%#llx: %s %s: %s", w->name,
                 (unsigned long long)(i->address - w->part[0].at), i->mnemonic, i->op_str, what);
}

static struct part *part_of(struct walk *w, uint64_t address)
{
    for (unsigned k = 0; k < 2; k++)
        if (address - w->part[k].at < w->part[k].size)
            return &w->part[k];
    return NULL;
}

static void go_to(struct walk *w, const cs_insn *i, uint64_t to, int depth)
{
    struct part *part = part_of(w, to);
    if (part == NULL) {
        w->jumps = true;
        if (depth != 0)
            fault(w, i, "leaves with words on the stack");
        return;
    }
    if (part->depth[to - part->at] != UNSEEN)
        return;
    part->depth[to - part->at] = depth;
    w->todo[w->todo_count++] = to;
}

static bool is_jump(const cs_insn *i)
{
    for (unsigned g = 0; g < i->detail->groups_count; g++)
        if (i->detail->groups[g] == CS_GRP_JUMP)
            return true;
    return false;
}

static void step(struct walk *w, const cs_insn *i)
{
    const struct part *part = part_of(w, i->address);
    int depth = part->depth[i->address - part->at] + pushed(i);
    if (i->id == X86_INS_RET) {
        w->returns = true;
        return;
    }
    if (is_jump(i)) {
        bool direct = i->detail->x86.operands[0].type == X86_OP_IMM;
        go_to(w, i, direct ? (uint64_t)immediate(i, 0) : 0, depth);
        if (i->id == X86_INS_JMP)
            return;
    }
    go_to(w, i, i->address + i->size, depth);
}

static void follow(csh handle, struct walk *w)
{
    cs_insn *i = cs_malloc(handle);
    w->part[0].depth[0] = 0;
    w->todo[0] = w->part[0].at;
    w->todo_count = 1;
    while (w->todo_count > 0) {
        uint64_t address = w->todo[--w->todo_count];
        const struct part *part = part_of(w, address);
        const uint8_t *code = part->code + (address - part->at);
        size_t size = part->size - (address - part->at);
        ck_assert_msg(cs_disasm_iter(handle, &code, &size, &address, i), "%s: no instruction",
                      w->name);
        step(w, i);
    }
    cs_free(i, 1);
}

static bool returns_on_purpose(const char *name)
{
    for (size_t i = 0; i < sizeof may_return / sizeof *may_return; i++)
        if (strcmp(name + strlen("vm_op_"), may_return[i]) == 0)
            return true;
    return false;
}

// The executable this is, and its symbols.
struct image {
    const uint8_t *at;
    const Elf64_Shdr *section;
    const Elf64_Sym *symbol;
    size_t count;
    const char *names;
};

static void image_open(struct wb_bytes file, struct image *ret)
{
    const Elf64_Ehdr *head = (const void *)file.at;
    ret->at = file.at;
    ret->section = (const void *)(file.at + head->e_shoff);
    for (unsigned i = 0; i < head->e_shnum; i++) {
        const Elf64_Shdr *s = &ret->section[i];
        if (s->sh_type != SHT_SYMTAB)
            continue;
        ret->symbol = (const void *)(file.at + s->sh_offset);
        ret->count = s->sh_size / sizeof *ret->symbol;
        ret->names = (const char *)file.at + ret->section[s->sh_link].sh_offset;
    }
}

static void part_set(const struct image *image, const Elf64_Sym *s, struct part *ret)
{
    const Elf64_Shdr *text = &image->section[s->st_shndx];
    ck_assert_uint_lt(s->st_size, LONGEST);
    ret->code = image->at + (s->st_value - text->sh_addr + text->sh_offset);
    ret->at = s->st_value;
    ret->size = s->st_size;
}

// The part of function `name` that stands elsewhere; NULL: none.
static const Elf64_Sym *cold_part(const struct image *image, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < image->count; i++) {
        const char *other = image->names + image->symbol[i].st_name;
        if (strncmp(other, name, length) == 0 && strcmp(other + length, ".cold") == 0)
            return &image->symbol[i];
    }
    return NULL;
}

static struct walk walk;

static void check_function(csh handle, const struct image *image, const Elf64_Sym *symbol)
{
    const char *name = image->names + symbol->st_name;
    const Elf64_Sym *cold = cold_part(image, name);
    memset(&walk, 0, sizeof walk);
    memset(walk.part[0].depth, 0xFF, sizeof walk.part[0].depth);
    memset(walk.part[1].depth, 0xFF, sizeof walk.part[1].depth);
    walk.name = name;
    part_set(image, symbol, &walk.part[0]);
    if (cold != NULL)
        part_set(image, cold, &walk.part[1]);
    follow(handle, &walk);
    ck_assert_msg(walk.fault[0] == '\0', "%s", walk.fault);
    ck_assert_msg(!walk.returns || returns_on_purpose(name), "%s returns", name);
    ck_assert_msg(walk.jumps || returns_on_purpose(name), "%s never jumps", name);
}

static bool is_operation(const struct image *image, const Elf64_Sym *s)
{
    const char *name = image->names + s->st_name;
    return strncmp(name, "vm_op_", 6) == 0 && ELF64_ST_TYPE(s->st_info) == STT_FUNC &&
           strchr(name, '.') == NULL && s->st_size > 0;
}

START_TEST(every_operation_ends_in_a_jump)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct image image = {0};
    ck_ok(wb_file_map("/proc/self/exe", &file));
    image_open(file, &image);
    csh handle;
    ck_assert_int_eq(cs_open(CS_ARCH_X86, CS_MODE_64, &handle), CS_ERR_OK);
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    unsigned seen = 0;
    for (size_t i = 0; i < image.count; i++) {
        if (is_operation(&image, &image.symbol[i])) {
            check_function(handle, &image, &image.symbol[i]);
            seen++;
        }
    }
    cs_close(&handle);
    ck_assert_uint_ge(seen, VM_OP_COUNT);
}
END_TEST

#else

START_TEST(every_operation_ends_in_a_jump)
{
    // Builds without tail calls go through the loop in run.c.
    ck_assert_int_eq(VM_THREADED + 0, VM_THREADED);
}
END_TEST

#endif

// The tables are what the test is about: without a use they would not be linked.
START_TEST(both_tables_are_complete)
{
    for (unsigned i = 0; i < VM_OP_COUNT; i++) {
        ck_assert_ptr_nonnull((const void *)(uintptr_t)vm_plain_table[i].run);
        ck_assert_ptr_eq((const void *)(uintptr_t)vm_watched_table[i].run,
                         (const void *)(uintptr_t)vm_op_watch);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *s = suite_create("tailcalls");
    TCase *t = tcase_create("tailcalls");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, every_operation_ends_in_a_jump);
    tcase_add_test(t, both_tables_are_complete);
    suite_add_tcase(s, t);
    return s;
}
