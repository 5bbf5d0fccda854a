#include "inspector/target/otp/cfi.h"

#include <stdlib.h>
#include <string.h>

#include "inspector/target/otp/cfi_priv.h"

uint64_t otp_take(struct wb_reader *r, unsigned size)
{
    struct wb_bytes bytes = wb_read_bytes(r, size);
    uint64_t number = 0;
    if (bytes.size == size && size > 0)
        memcpy(&number, bytes.at, size);
    return number;
}

uint64_t otp_take_uleb(struct wb_reader *r)
{
    uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = wb_read_u8(r);
        if (shift < 64)
            number |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return number;
    }
}

int64_t otp_take_sleb(struct wb_reader *r)
{
    uint64_t number = 0;
    for (unsigned shift = 0;;) {
        uint8_t byte = wb_read_u8(r);
        if (shift < 64)
            number |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
        if ((byte & 0x80) != 0)
            continue;
        if (shift < 64 && (byte & 0x40) != 0)
            number |= ~(uint64_t)0 << shift;
        return (int64_t)number;
    }
}

struct wb_bytes otp_take_block(struct wb_reader *r)
{
    uint64_t size = otp_take_uleb(r);
    if (size > r->rest.size) {
        r->bad = true;
        return (struct wb_bytes){0};
    }
    return wb_read_bytes(r, size);
}

// DW_EH_PE_*: the format in the low four bits, what it is relative to above.
uint64_t otp_take_pointer(struct wb_reader *r, uint8_t encoding, uint64_t where)
{
    enum { ULEB = 1, SLEB = 9, S2 = 10, S4 = 11, RELATIVE = 0x10, OMIT = 0xff };
    static const uint8_t sizes[16] = {
        [0] = 8, [2] = 2, [3] = 4, [4] = 8, [10] = 2, [11] = 4, [12] = 8};
    unsigned format = encoding & 15, relative = encoding & 0x70;
    uint64_t number = 0;
    if (encoding == OMIT)
        return 0;
    if (format == ULEB)
        number = otp_take_uleb(r);
    else if (format == SLEB)
        number = (uint64_t)otp_take_sleb(r);
    else if (sizes[format] != 0)
        number = otp_take(r, sizes[format]);
    else
        r->bad = true;
    if (format == S2)
        number = (uint64_t)(int16_t)number;
    if (format == S4)
        number = (uint64_t)(int32_t)number;
    if (relative == RELATIVE)
        return where + number;
    r->bad = r->bad || relative != 0;
    return number;
}

// An entry: a function, or what functions share.
struct entry {
    size_t at, next;  // in the section
    bool shared;
    size_t shared_at;  // where the entry is that this function's refers to
    size_t body;
    struct wb_reader rest;  // behind the head
};

static struct wb_reader reader_at(const struct otp_cfi *cfi, size_t at)
{
    return (struct wb_reader){{cfi->section.at + at, cfi->section.size - at}, false};
}

static size_t place_of(const struct otp_cfi *cfi, const struct wb_reader *r)
{
    return cfi->section.size - r->rest.size;
}

// False: there is none, or it is cut.
static bool read_entry(const struct otp_cfi *cfi, size_t at, struct entry *ret)
{
    static const uint64_t long_form = UINT32_MAX;
    if (at >= cfi->section.size)
        return false;
    struct wb_reader r = reader_at(cfi, at);
    uint64_t size = otp_take(&r, 4);
    bool is_long = size == long_form;
    if (is_long)
        size = otp_take(&r, 8);
    if (r.bad || size == 0 || size > r.rest.size)
        return false;
    size_t id_at = place_of(cfi, &r);
    r.rest.size = size;
    bool wide = is_long && !cfi->eh;
    uint64_t id = otp_take(&r, wide ? 8 : 4);
    uint64_t mark = cfi->eh ? 0 : wide ? UINT64_MAX : long_form;
    *ret = (struct entry){.at = at,
                          .next = id_at + size,
                          .shared = id == mark,
                          .shared_at = cfi->eh ? id_at - id : id,
                          .body = id_at + (wide ? 8 : 4),
                          .rest = r};
    return !r.bad;
}

static const char *take_string(struct wb_reader *r)
{
    const uint8_t *text = r->rest.at;
    const uint8_t *end = r->rest.size > 0 ? memchr(text, 0, r->rest.size) : NULL;
    if (end == NULL) {
        r->bad = true;
        return "";
    }
    wb_read_bytes(r, (size_t)(end + 1 - text));
    return (const char *)text;
}

// "zPLR": what else there is, a letter each.
static void read_augmentation(struct wb_reader *r, const char *letters, struct otp_cie *ret)
{
    struct wb_reader more = {otp_take_block(r), false};
    ret->augmented = true;
    for (; *letters != '\0' && !more.bad; letters++) {
        if (*letters == 'R')
            ret->encoding = wb_read_u8(&more);
        else if (*letters == 'L')
            wb_read_u8(&more);
        else if (*letters == 'P')
            otp_take_pointer(&more, wb_read_u8(&more) & 15, 0);
        else if (*letters == 'S')
            ret->interrupted = true;
        else
            break;
    }
    r->bad = r->bad || more.bad;
}

static bool read_shared(const struct otp_cfi *cfi, size_t at, struct otp_cie *ret)
{
    struct entry entry;
    struct otp_cie cie = {0};
    if (at >= cfi->section.size || !read_entry(cfi, at, &entry) || !entry.shared)
        return false;
    struct wb_reader r = entry.rest;
    uint8_t version = wb_read_u8(&r);
    const char *letters = take_string(&r);
    if (version >= 4)
        wb_read_bytes(&r, 2);  // sizes of addresses and of segment selectors
    cie.code_factor = otp_take_uleb(&r);
    cie.data_factor = otp_take_sleb(&r);
    uint64_t return_register = version == 1 ? wb_read_u8(&r) : otp_take_uleb(&r);
    if (letters[0] == 'z')
        read_augmentation(&r, letters + 1, &cie);
    else if (letters[0] != '\0')
        return false;
    cie.program = r.rest;
    *ret = cie;
    return !r.bad && return_register == OTP_RIP;
}

// Of a function: its addresses, then its program.
static bool read_function(const struct otp_cfi *cfi, const struct entry *entry,
                          const struct otp_cie *cie, struct otp_fde *ret, struct wb_bytes *program)
{
    struct wb_reader r = entry->rest;
    uint64_t start = otp_take_pointer(&r, cie->encoding, cfi->at + entry->body);
    uint64_t size = otp_take_pointer(&r, cie->encoding & 15, 0);
    if (cie->augmented)
        otp_take_block(&r);
    if (r.bad || size == 0 || start > UINT64_MAX - size)
        return false;
    *ret = (struct otp_fde){start, start + size, (uint32_t)entry->at};
    *program = r.rest;
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct otp_fde *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

void otp_cfi_index(struct wb_bytes section, uint64_t at, bool eh, struct wb_arena *arena,
                   struct otp_cfi *ret)
{
    struct otp_cfi cfi = {.section = section, .at = at, .eh = eh};
    struct entry entry;
    size_t room = 0, shared_at = SIZE_MAX;
    struct otp_cie cie = {0};
    bool sound = false;
    if (section.size > UINT32_MAX)
        cfi.section.size = 0;
    for (size_t i = 0; read_entry(&cfi, i, &entry); i = entry.next)
        room += !entry.shared;
    cfi.fde = wb_push_array(arena, struct otp_fde, room);
    for (size_t i = 0; read_entry(&cfi, i, &entry); i = entry.next) {
        struct wb_bytes program;
        if (entry.shared)
            continue;
        if (entry.shared_at != shared_at)
            sound = read_shared(&cfi, entry.shared_at, &cie);
        shared_at = entry.shared_at;
        if (sound && read_function(&cfi, &entry, &cie, &cfi.fde[cfi.count], &program))
            cfi.count++;
    }
    if (cfi.count > 1)
        qsort(cfi.fde, cfi.count, sizeof *cfi.fde, by_start);
    *ret = cfi;
}

static const struct otp_fde *find_function(const struct otp_cfi *cfi, uint64_t pc)
{
    size_t low = 0, high = cfi->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cfi->fde[middle].start <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && pc < cfi->fde[low - 1].end ? &cfi->fde[low - 1] : NULL;
}

static bool is_known(const struct otp_registers *registers, uint32_t number)
{
    return number < OTP_REGISTER_COUNT && (registers->known >> number & 1) != 0;
}

static bool frame_address(const struct otp_row *row, struct otp_memory *memory,
                          const struct otp_registers *registers, uint64_t *ret)
{
    if (row->cfa.kind == OTP_RULE_IS_EXPRESSION)
        return otp_expression(row->cfa.expression, 0, memory, registers, ret);
    if (row->cfa.kind != OTP_RULE_REGISTER || !is_known(registers, row->cfa.reg))
        return false;
    *ret = registers->at[row->cfa.reg] + row->cfa.number;
    return true;
}

// The callee saves rbx, rbp and r12 to r15: not said means unchanged. Others are lost then.
static bool is_kept(unsigned reg)
{
    return reg == OTP_RBX || reg == OTP_RBP || reg >= OTP_R12;
}

// One register of the caller. False: it is lost.
static bool restore(const struct otp_rule *rule, unsigned reg, uint64_t cfa,
                    struct otp_memory *memory, const struct otp_registers *from, uint64_t *ret)
{
    uint64_t at = 0;
    switch (rule->kind) {
    case OTP_RULE_NONE:
        *ret = reg == OTP_RSP ? cfa : from->at[reg];
        return reg == OTP_RSP || (reg != OTP_RIP && is_kept(reg) && is_known(from, reg));
    case OTP_RULE_UNDEFINED:
        return false;
    case OTP_RULE_SAME:
        *ret = from->at[reg];
        return is_known(from, reg);
    case OTP_RULE_AT:
        return otp_read(memory, cfa + rule->number, ret, sizeof *ret);
    case OTP_RULE_IS:
        *ret = cfa + rule->number;
        return true;
    case OTP_RULE_REGISTER:
        if (!is_known(from, rule->reg))
            return false;
        *ret = from->at[rule->reg];
        return true;
    case OTP_RULE_AT_EXPRESSION:
        return otp_expression(rule->expression, cfa, memory, from, &at) &&
               otp_read(memory, at, ret, sizeof *ret);
    case OTP_RULE_IS_EXPRESSION:
        return otp_expression(rule->expression, cfa, memory, from, ret);
    }
    return false;
}

bool otp_cfi_step(const struct otp_cfi *cfi, uint64_t pc, struct otp_memory *memory,
                  struct otp_registers *registers, bool *interrupted)
{
    const struct otp_fde *fde = find_function(cfi, pc);
    struct entry entry;
    struct otp_cie cie;
    struct otp_fde again;
    struct wb_bytes program;
    struct otp_row row;
    uint64_t cfa;
    if (fde == NULL || !read_entry(cfi, fde->at, &entry) ||
        !read_shared(cfi, entry.shared_at, &cie) ||
        !read_function(cfi, &entry, &cie, &again, &program) ||
        !otp_row_at(&cie, program, fde->start, pc, &row) ||
        !frame_address(&row, memory, registers, &cfa))
        return false;
    struct otp_registers caller = {0};
    for (unsigned i = 0; i < OTP_REGISTER_COUNT; i++)
        if (restore(&row.reg[i], i, cfa, memory, registers, &caller.at[i]))
            caller.known |= 1u << i;
    if (!is_known(&caller, OTP_RIP) || !is_known(&caller, OTP_RSP))
        return false;
    *registers = caller;
    *interrupted = cie.interrupted;
    return true;
}
