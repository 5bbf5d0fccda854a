#include "inspector/target/otp/dwarf.h"

#include <stdlib.h>
#include <string.h>

#if HAVE_LIBDWARF

#include <libdwarf/dwarf.h>
#include <libdwarf/libdwarf.h>

enum { MAX_CHAIN = 32, MAX_NAME = 128 };

// A complete struct, union or typedef at the top level, by name.
struct named_type {
    char *name;
    Dwarf_Half tag;
    Dwarf_Off at;
};

struct otp_dwarf {
    Dwarf_Debug debug;
    Dwarf_Error error;        // of the call that failed last; freed by `fine`
    struct named_type *type;  // malloc'd; sorted by name
    size_t count, capacity;
};

static int by_name(const void *a, const void *b)
{
    const struct named_type *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    if (order != 0)
        return order;
    // Of a struct and a typedef with one name the struct comes first.
    return (left->tag == DW_TAG_typedef) - (right->tag == DW_TAG_typedef);
}

static void add_type(struct otp_dwarf *dwarf, const char *name, Dwarf_Half tag, Dwarf_Off at)
{
    if (dwarf->count == dwarf->capacity) {
        size_t capacity = dwarf->capacity != 0 ? dwarf->capacity * 2 : 1024;
        struct named_type *grown = realloc(dwarf->type, capacity * sizeof *grown);
        if (grown == NULL)
            wb_die_no_memory(capacity * sizeof *grown);
        dwarf->type = grown;
        dwarf->capacity = capacity;
    }
    char *copy = strdup(name);
    if (copy == NULL)
        wb_die_no_memory(strlen(name));
    dwarf->type[dwarf->count++] = (struct named_type){copy, tag, at};
}

// libdwarf aborts when an error has nowhere to go: every call hands in &dwarf->error.
static bool fine(struct otp_dwarf *dwarf, int status)
{
    if (status == DW_DLV_ERROR)
        dwarf_dealloc_error(dwarf->debug, dwarf->error);
    dwarf->error = NULL;
    return status == DW_DLV_OK;
}

static bool has_attribute(struct otp_dwarf *dwarf, Dwarf_Die die, Dwarf_Half which)
{
    Dwarf_Bool has = 0;
    return fine(dwarf, dwarf_hasattr(die, which, &has, &dwarf->error)) && has;
}

static void take_die(struct otp_dwarf *dwarf, Dwarf_Die die)
{
    Dwarf_Half tag;
    char *name;
    Dwarf_Off at;
    if (!fine(dwarf, dwarf_tag(die, &tag, &dwarf->error)) ||
        (tag != DW_TAG_structure_type && tag != DW_TAG_union_type && tag != DW_TAG_typedef) ||
        has_attribute(dwarf, die, DW_AT_declaration) ||
        !fine(dwarf, dwarf_diename(die, &name, &dwarf->error)))
        return;
    if (fine(dwarf, dwarf_dieoffset(die, &at, &dwarf->error)))
        add_type(dwarf, name, tag, at);
    dwarf_dealloc(dwarf->debug, name, DW_DLA_STRING);
}

// The die and those behind it on the same level.
static void take_level(struct otp_dwarf *dwarf, Dwarf_Die die)
{
    while (die != NULL) {
        Dwarf_Die next = NULL;
        take_die(dwarf, die);
        if (!fine(dwarf, dwarf_siblingof_b(dwarf->debug, die, 1, &next, &dwarf->error)))
            next = NULL;
        dwarf_dealloc(dwarf->debug, die, DW_DLA_DIE);
        die = next;
    }
}

static void take_all(struct otp_dwarf *dwarf)
{
    Dwarf_Unsigned size, abbreviations, type_offset, next;
    Dwarf_Half version, address, length, extension, kind;
    Dwarf_Sig8 signature;
    while (fine(dwarf, dwarf_next_cu_header_d(dwarf->debug, 1, &size, &version, &abbreviations,
                                              &address, &length, &extension, &signature,
                                              &type_offset, &next, &kind, &dwarf->error))) {
        Dwarf_Die unit = NULL, child = NULL;
        if (!fine(dwarf, dwarf_siblingof_b(dwarf->debug, NULL, 1, &unit, &dwarf->error)))
            continue;
        if (fine(dwarf, dwarf_child(unit, &child, &dwarf->error)))
            take_level(dwarf, child);
        dwarf_dealloc(dwarf->debug, unit, DW_DLA_DIE);
    }
    if (dwarf->count > 0)
        qsort(dwarf->type, dwarf->count, sizeof *dwarf->type, by_name);
}

struct wb_error *otp_dwarf_open(const char *path, struct otp_dwarf **ret)
{
    struct otp_dwarf *dwarf = calloc(1, sizeof *dwarf);
    if (dwarf == NULL)
        wb_die_no_memory(sizeof *dwarf);
    int status = dwarf_init_path(path, NULL, 0, DW_DLC_READ, DW_GROUPNUMBER_ANY, NULL, NULL,
                                 &dwarf->debug, NULL, 0, NULL, &dwarf->error);
    if (fine(dwarf, status))
        take_all(dwarf);
    if (dwarf->count == 0) {
        otp_dwarf_close(dwarf);
        return wb_error_new(WB_E_UNSUPPORTED, "%s has no debug information", path);
    }
    *ret = dwarf;
    return NULL;
}

void otp_dwarf_close(struct otp_dwarf *dwarf)
{
    if (dwarf == NULL)
        return;
    for (size_t i = 0; i < dwarf->count; i++)
        free(dwarf->type[i].name);
    free(dwarf->type);
    if (dwarf->debug != NULL)
        dwarf_finish(dwarf->debug, &dwarf->error);
    free(dwarf);
}

static Dwarf_Die die_at(struct otp_dwarf *dwarf, Dwarf_Off at)
{
    Dwarf_Die die = NULL;
    return fine(dwarf, dwarf_offdie_b(dwarf->debug, at, 1, &die, &dwarf->error)) ? die : NULL;
}

// What DW_AT_type of a die refers to; the die is given up. NULL: nothing.
static Dwarf_Die type_of(struct otp_dwarf *dwarf, Dwarf_Die die)
{
    Dwarf_Attribute attribute;
    Dwarf_Off at;
    Dwarf_Die type = NULL;
    if (fine(dwarf, dwarf_attr(die, DW_AT_type, &attribute, &dwarf->error))) {
        if (fine(dwarf, dwarf_global_formref(attribute, &at, &dwarf->error)))
            type = die_at(dwarf, at);
        dwarf_dealloc(dwarf->debug, attribute, DW_DLA_ATTR);
    }
    dwarf_dealloc(dwarf->debug, die, DW_DLA_DIE);
    return type;
}

static Dwarf_Half tag_of(struct otp_dwarf *dwarf, Dwarf_Die die)
{
    Dwarf_Half tag = 0;
    return fine(dwarf, dwarf_tag(die, &tag, &dwarf->error)) ? tag : 0;
}

// Through typedefs and qualifiers; the die given in is given up.
static Dwarf_Die strip(struct otp_dwarf *dwarf, Dwarf_Die die)
{
    for (int i = 0; die != NULL && i < MAX_CHAIN; i++) {
        Dwarf_Half tag = tag_of(dwarf, die);
        if (tag != DW_TAG_typedef && tag != DW_TAG_const_type && tag != DW_TAG_volatile_type &&
            tag != DW_TAG_atomic_type)
            break;
        die = type_of(dwarf, die);
    }
    return die;
}

static struct named_type *first_named(struct otp_dwarf *dwarf, const char *name)
{
    size_t low = 0, high = dwarf->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(dwarf->type[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < dwarf->count && strcmp(dwarf->type[low].name, name) == 0;
    return found ? &dwarf->type[low] : NULL;
}

// "struct x" or "x": the first complete one. A typedef of an incomplete struct leads to a
// declaration: then the struct is looked for by its own name.
static Dwarf_Die find_type(struct otp_dwarf *dwarf, const char *name)
{
    const char *plain = strncmp(name, "struct ", 7) == 0 ? name + 7 : name;
    const struct named_type *end = dwarf->type + dwarf->count;
    for (const struct named_type *type = first_named(dwarf, plain);
         type != NULL && type < end && strcmp(type->name, plain) == 0; type++) {
        if (plain != name && type->tag == DW_TAG_typedef)
            continue;
        Dwarf_Die die = strip(dwarf, die_at(dwarf, type->at));
        if (die == NULL)
            continue;
        if (!has_attribute(dwarf, die, DW_AT_declaration))
            return die;
        char *own = NULL;
        Dwarf_Die complete = NULL;
        if (fine(dwarf, dwarf_diename(die, &own, &dwarf->error)) && strcmp(own, plain) != 0) {
            const struct named_type *other = first_named(dwarf, own);
            if (other != NULL && other->tag != DW_TAG_typedef)
                complete = die_at(dwarf, other->at);
        }
        dwarf_dealloc(dwarf->debug, die, DW_DLA_DIE);
        if (complete != NULL)
            return complete;
    }
    return NULL;
}

static int64_t number_of(struct otp_dwarf *dwarf, Dwarf_Die die, Dwarf_Half which)
{
    Dwarf_Attribute attribute;
    Dwarf_Unsigned number = 0;
    Dwarf_Signed signed_number = 0;
    int64_t ret = -1;
    if (!fine(dwarf, dwarf_attr(die, which, &attribute, &dwarf->error)))
        return -1;
    if (fine(dwarf, dwarf_formudata(attribute, &number, &dwarf->error)))
        ret = (int64_t)number;
    else if (fine(dwarf, dwarf_formsdata(attribute, &signed_number, &dwarf->error)))
        ret = signed_number;
    dwarf_dealloc(dwarf->debug, attribute, DW_DLA_ATTR);
    return ret;
}

// A pointer is as large as addresses are, and compilers may leave that unsaid.
static int64_t address_size(struct otp_dwarf *dwarf, Dwarf_Die die)
{
    Dwarf_Half size;
    return fine(dwarf, dwarf_get_die_address_size(die, &size, &dwarf->error)) ? size : -1;
}

// Bytes of a stripped type, given up: arrays are counted.
static int64_t size_of(struct otp_dwarf *dwarf, Dwarf_Die die)
{
    if (die == NULL)
        return -1;
    int64_t size = number_of(dwarf, die, DW_AT_byte_size);
    if (size < 0 && tag_of(dwarf, die) == DW_TAG_pointer_type)
        size = address_size(dwarf, die);
    bool array = tag_of(dwarf, die) == DW_TAG_array_type && size < 0;
    Dwarf_Die child = NULL;
    int64_t count = -1;
    if (array && fine(dwarf, dwarf_child(die, &child, &dwarf->error))) {
        count = number_of(dwarf, child, DW_AT_count);
        if (count < 0)
            count = number_of(dwarf, child, DW_AT_upper_bound) + 1;
        dwarf_dealloc(dwarf->debug, child, DW_DLA_DIE);
    }
    if (!array) {
        dwarf_dealloc(dwarf->debug, die, DW_DLA_DIE);
        return size;
    }
    return count * size_of(dwarf, strip(dwarf, type_of(dwarf, die)));
}

int64_t otp_dwarf_size(struct otp_dwarf *dwarf, const char *type)
{
    return size_of(dwarf, find_type(dwarf, type));
}

static bool is_called(struct otp_dwarf *dwarf, Dwarf_Die die, const char *name)
{
    char *text;
    if (!fine(dwarf, dwarf_diename(die, &text, &dwarf->error)))
        return false;
    bool same = strcmp(text, name) == 0;
    dwarf_dealloc(dwarf->debug, text, DW_DLA_STRING);
    return same;
}

// The member's own type (stripped) in *type. The die of the struct is given up.
static bool find_member(struct otp_dwarf *dwarf, Dwarf_Die die, const char *name, unsigned depth,
                        int64_t *offset, Dwarf_Die *type);

static bool in_member(struct otp_dwarf *dwarf, Dwarf_Die member, const char *name, unsigned depth,
                      int64_t *offset, Dwarf_Die *type)
{
    char *text;
    int64_t place = number_of(dwarf, member, DW_AT_data_member_location);
    *offset = place > 0 ? place : 0;  // members of unions have none
    if (is_called(dwarf, member, name)) {
        *type = strip(dwarf, type_of(dwarf, member));
        return true;
    }
    bool anonymous = !fine(dwarf, dwarf_diename(member, &text, &dwarf->error));
    int64_t inner;
    if (!anonymous) {
        dwarf_dealloc(dwarf->debug, text, DW_DLA_STRING);
        dwarf_dealloc(dwarf->debug, member, DW_DLA_DIE);
        return false;
    }
    Dwarf_Die inside = strip(dwarf, type_of(dwarf, member));
    if (inside == NULL || depth == 0 || !find_member(dwarf, inside, name, depth - 1, &inner, type))
        return false;
    *offset += inner;
    return true;
}

static bool find_member(struct otp_dwarf *dwarf, Dwarf_Die die, const char *name, unsigned depth,
                        int64_t *offset, Dwarf_Die *type)
{
    Dwarf_Die member = NULL;
    if (!fine(dwarf, dwarf_child(die, &member, &dwarf->error)))
        member = NULL;
    dwarf_dealloc(dwarf->debug, die, DW_DLA_DIE);
    bool found = false;
    while (member != NULL && !found) {
        Dwarf_Die next = NULL;
        if (!fine(dwarf, dwarf_siblingof_b(dwarf->debug, member, 1, &next, &dwarf->error)))
            next = NULL;
        if (tag_of(dwarf, member) == DW_TAG_member)
            found = in_member(dwarf, member, name, depth, offset, type);
        else
            dwarf_dealloc(dwarf->debug, member, DW_DLA_DIE);
        if (found && next != NULL)
            dwarf_dealloc(dwarf->debug, next, DW_DLA_DIE);
        member = next;
    }
    return found;
}

struct otp_member_place otp_dwarf_member(struct otp_dwarf *dwarf, const char *type,
                                         const char *path)
{
    static const struct otp_member_place none = {-1, -1};
    Dwarf_Die die = find_type(dwarf, type);
    int64_t total = 0;
    while (die != NULL && *path != '\0') {
        char name[MAX_NAME];
        size_t size = strcspn(path, ".");
        int64_t offset;
        Dwarf_Die inside = NULL;
        if (size >= sizeof name) {
            dwarf_dealloc(dwarf->debug, die, DW_DLA_DIE);
            return none;
        }
        memcpy(name, path, size);
        name[size] = '\0';
        if (!find_member(dwarf, die, name, MAX_CHAIN, &offset, &inside))
            return none;
        total += offset;
        die = inside;
        path += path[size] == '.' ? size + 1 : size;
    }
    if (die == NULL)
        return none;
    return (struct otp_member_place){total, size_of(dwarf, die)};
}

#else

struct otp_dwarf {
    int none;
};

struct wb_error *otp_dwarf_open(const char *path, struct otp_dwarf **ret)
{
    *ret = NULL;
    return wb_error_new(WB_E_UNSUPPORTED,
                        "cannot read debug information of %s: built without libdwarf", path);
}

void otp_dwarf_close(struct otp_dwarf *dwarf)
{
    (void)dwarf;
}

int64_t otp_dwarf_size(struct otp_dwarf *dwarf, const char *type)
{
    (void)dwarf;
    (void)type;
    return -1;
}

struct otp_member_place otp_dwarf_member(struct otp_dwarf *dwarf, const char *type,
                                         const char *path)
{
    (void)dwarf;
    (void)type;
    (void)path;
    return (struct otp_member_place){-1, -1};
}

#endif
