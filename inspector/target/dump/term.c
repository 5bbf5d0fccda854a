#include "inspector/target/dump/term.h"

#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/compare.h"
#include "core-vm/format/etf.h"

enum { MAX_DEPTH = 400, MAX_PARTS = 1 << 24, MAX_DIGITS = 1 << 20, MAX_ATOM = 255 * 4 };
// Terms, and units of BYTES_OF_WORK bytes of binaries, read in one go: in a damaged dump a term can
// be part of itself.
enum { MAX_WORK = 1 << 22, BYTES_OF_WORK = 64 };

struct reader {
    struct dump_terms *terms;
    struct wb_arena *arena;
    size_t length;
    size_t work;  // left
};

static void read_term(struct reader *r, struct wb_bytes *text, unsigned depth,
                      struct beam_value *ret);

static int by_address(const void *a, const void *b)
{
    const struct dump_object *left = a, *right = b;
    return (left->address > right->address) - (left->address < right->address);
}

static void open_heap(struct dump_heap *heap, const struct dump_index *index, enum dump_tag tag,
                      uint64_t pid)
{
    struct dump_section section;
    wb_arena_free(&heap->arena);
    *heap = (struct dump_heap){.is_open = true, .pid = pid};
    if (!dump_find(index, tag, pid, &section))
        return;
    struct wb_bytes rest = section.body, line;
    size_t count = 0;
    while (dump_next_line(&rest, &line))
        count++;
    heap->object = wb_push_array(&heap->arena, struct dump_object, count);
    rest = section.body;
    while (dump_next_line(&rest, &line)) {
        struct dump_object object = {.address = dump_hexadecimal(&line)};
        if (!dump_skip(&line, ":"))
            continue;
        object.at = line.at;
        heap->object[heap->count++] = object;
    }
    if (heap->count > 1)
        qsort(heap->object, heap->count, sizeof *heap->object, by_address);
}

void dump_terms_done(struct dump_terms *terms)
{
    wb_arena_free(&terms->heap.arena);
    wb_arena_free(&terms->literals.arena);
    dump_names_done(&terms->names);
}

static const struct dump_object *find_in(const struct dump_heap *heap, uint64_t address)
{
    struct dump_object key = {.address = address};
    if (heap->count == 0)
        return NULL;
    return bsearch(&key, heap->object, heap->count, sizeof key, by_address);
}

// The text from a place of the file to the end of its line.
static struct wb_bytes line_from(const struct dump_index *index, const uint8_t *at)
{
    struct wb_bytes rest = {at, (size_t)(index->file.at + index->file.size - at)}, line = {0};
    dump_next_line(&rest, &line);
    return line;
}

// Does a line begin an object, or a section?
static bool begins_anew(struct wb_bytes text)
{
    if (text.size == 0 || text.at[0] == '=')
        return true;
    (void)dump_hexadecimal(&text);
    return dump_skip(&text, ":");
}

// The text of an object: a line, and as many more as atoms in it have ends of lines.
static struct wb_bytes object_from(const struct dump_index *index, const uint8_t *at)
{
    enum { MOST_LINES = 10000 };
    struct wb_bytes text = line_from(index, at), line;
    struct wb_bytes rest = {at, (size_t)(index->file.at + index->file.size - at)};
    dump_next_line(&rest, &line);
    for (size_t i = 0; i < MOST_LINES && !begins_anew(rest) && dump_next_line(&rest, &line); i++)
        text.size = (size_t)(line.at - text.at) + line.size;
    return text;
}

// The text of the object at an address; size 0: the dump does not have it.
static struct wb_bytes object_at(struct reader *r, uint64_t address)
{
    const struct dump_object *object = find_in(&r->terms->heap, address);
    if (object == NULL)
        object = find_in(&r->terms->literals, address);
    return object != NULL ? object_from(r->terms->index, object->at) : (struct wb_bytes){0};
}

static uint64_t offset_of(const struct reader *r, const uint8_t *at)
{
    return at != NULL ? (uint64_t)(at - r->terms->index->file.at) : 0;
}

static void unreadable(struct reader *r, const uint8_t *at, struct beam_value *ret)
{
    *ret = (struct beam_value){.kind = BEAM_UNREADABLE, .bits = offset_of(r, at)};
}

// The work that so many bytes of base 64 make; false: it is more than is left.
static bool afford(struct reader *r, size_t bytes)
{
    size_t work = 1 + bytes / BYTES_OF_WORK;
    if (work > r->work)
        return false;
    r->work -= work;
    return true;
}

static size_t left_in_file(const struct reader *r, const uint8_t *at)
{
    return (size_t)(r->terms->index->file.at + r->terms->index->file.size - at);
}

// "A5:hello": length in hexadecimal, in bytes.
static void read_atom(struct reader *r, struct wb_bytes *text, struct beam_value *ret)
{
    const uint8_t *start = text->at;
    uint64_t size = dump_hexadecimal(text);
    if (!dump_skip(text, ":") || size > MAX_ATOM || size > left_in_file(r, text->at)) {
        unreadable(r, start, ret);
        return;
    }
    *ret = (struct beam_value){.kind = BEAM_ATOM, .text = {text->at, size}};
    // What follows an atom with an end of line is behind the next end of line.
    if (size > text->size)
        *text = line_from(r->terms->index, text->at + size);
    else
        *text = (struct wb_bytes){text->at + size, text->size - size};
}

static void read_small(struct wb_bytes *text, struct beam_value *ret)
{
    bool negative = dump_skip(text, "-");
    int64_t number = (int64_t)(dump_decimal(text) & INT64_MAX);
    *ret = (struct beam_value){.kind = BEAM_SMALL, .small = negative ? -number : number};
}

// "<0.1.2>", "<0.3>", "#Port<0.3>": numbers between dots; the first is the node's. An id that is an
// object is not of this node, in this life of it.
static void read_id(struct reader *r, enum beam_kind kind, bool is_object, struct wb_bytes *text,
                    struct beam_value *ret)
{
    const uint8_t *start = text->at;
    (void)dump_skip(text, "#Port");
    if (!dump_skip(text, "<")) {
        unreadable(r, start, ret);
        return;
    }
    struct beam_id *id = wb_push_array(r->arena, struct beam_id, 1);
    uint64_t node = dump_decimal(text);
    if (node != 0 || is_object) {
        struct dump_name name = dump_node_name(&r->terms->names, r->terms->index, node);
        id->node = name.node;
        id->creation = name.creation;
    }
    id->count = 2;
    if (dump_skip(text, ".")) {
        uint64_t number = dump_decimal(text);
        id->word[0] = (uint32_t)number;
        id->word[1] = kind == BEAM_PORT ? (uint32_t)(number >> 32) : 0;
    }
    if (kind == BEAM_PID && dump_skip(text, "."))
        id->word[1] = (uint32_t)dump_decimal(text);
    (void)dump_skip(text, ">");
    *ret = (struct beam_value){.kind = kind, .id = id};
}

static int sextet(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

// Base 64 (RFC 4648) up to the end of the text or what is none of it.
static struct wb_bytes from_base64(struct wb_bytes text, struct wb_arena *arena)
{
    uint8_t *bytes = wb_push(arena, text.size / 4 * 3 + 3, 1);
    size_t size = 0;
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.size && sextet(text.at[i]) >= 0; i++) {
        bits = bits << 6 | (uint32_t)sextet(text.at[i]);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[size++] = (uint8_t)(bits >> count);
        }
    }
    return (struct wb_bytes){bytes, size};
}

static void set_binary(struct wb_bytes bytes, struct beam_value *ret)
{
    *ret = (struct beam_value){.kind = BEAM_BINARY, .binary = {bytes.at, bytes.size * 8}};
}

// "SIZE:base64"
static bool sized_bytes(struct reader *r, struct wb_bytes text, struct wb_bytes *ret)
{
    struct wb_bytes line = {0};
    dump_next_line(&text, &line);
    (void)dump_hexadecimal(&line);
    if (!dump_skip(&line, ":") || !afford(r, line.size))
        return false;
    *ret = from_base64(line, r->arena);
    return true;
}

static bool off_heap_bytes(struct reader *r, uint64_t address, struct wb_bytes *ret)
{
    struct dump_section section;
    return dump_find(r->terms->index, DUMP_BINARY, address, &section) &&
           sized_bytes(r, section.body, ret);
}

static bool part_of_binary(struct reader *r, struct wb_bytes text, bool off_heap,
                           struct wb_bytes *ret);

// What a part may be a part of: "Yc..." or "YhSIZE:base64".
static bool whole_binary(struct reader *r, struct wb_bytes text, struct wb_bytes *ret)
{
    if (dump_skip(&text, "Yc"))
        return part_of_binary(r, text, true, ret);
    return dump_skip(&text, "Yh") && sized_bytes(r, text, ret);
}

// "ADDRESS:OFFSET:SIZE": of the bytes off the heap, or of another object.
static bool part_of_binary(struct reader *r, struct wb_bytes text, bool off_heap,
                           struct wb_bytes *ret)
{
    uint64_t address = dump_hexadecimal(&text);
    uint64_t offset = dump_skip(&text, ":") ? dump_hexadecimal(&text) : 0;
    uint64_t size = dump_skip(&text, ":") ? dump_hexadecimal(&text) : 0;
    struct wb_bytes whole;
    // A part of a binary that was written down already names that one's line, else the bytes.
    struct wb_bytes base = off_heap ? (struct wb_bytes){0} : object_at(r, address);
    if (base.size > 0 ? !whole_binary(r, base, &whole) : !off_heap_bytes(r, address, &whole))
        return false;
    if (offset > whole.size)
        return false;
    // A cut binary shows what there is of it.
    uint64_t room = whole.size - offset;
    *ret = (struct wb_bytes){whole.at + offset, size < room ? size : room};
    return true;
}

static void read_binary(struct reader *r, struct wb_bytes text, struct beam_value *ret)
{
    struct wb_bytes bytes;
    bool fine = false;
    if (dump_skip(&text, "h"))
        fine = sized_bytes(r, text, &bytes);
    else if (dump_skip(&text, "c"))
        fine = part_of_binary(r, text, true, &bytes);
    else if (dump_skip(&text, "s"))
        fine = part_of_binary(r, text, false, &bytes);
    if (fine)
        set_binary(bytes, ret);
    else
        unreadable(r, text.at, ret);
}

// In the external format ids of the node that died bear its name. Which life of it they are of is
// not told; but that one without a name has none.
static const struct beam_id *local_id(struct reader *r, const struct beam_id *id)
{
    struct wb_bytes self = dump_node_name(&r->terms->names, r->terms->index, 0).node;
    bool nameless = wb_bytes_equal(self, wb_bytes_of("nonode@nohost"));
    if (nameless || !wb_bytes_equal(id->node, self))
        return id;
    struct beam_id *local = wb_push_array(r->arena, struct beam_id, 1);
    *local = *id;
    local->node = (struct wb_bytes){0};
    return local;
}

static void make_local(struct reader *r, struct beam_value *value)
{
    if (value->kind == BEAM_REF || value->kind == BEAM_PID || value->kind == BEAM_PORT)
        value->id = local_id(r, value->id);
}

// "24:base64" of the external term format (references, funs, exports).
static void read_external(struct reader *r, struct wb_bytes text, struct beam_value *ret)
{
    struct wb_bytes bytes = {0};
    struct wb_error *err = NULL;
    bool fine = sized_bytes(r, text, &bytes) && bytes.size > 0;
    if (fine) {
        err = beam_etf_read(bytes, r->arena, NULL, ret);
        fine = err == NULL;
        wb_error_free(err);
        if (fine)
            make_local(r, ret);
    }
    if (!fine)
        unreadable(r, text.at, ret);
}

// "COUNT:atoms E24:base64": a message of another node that nobody has decoded. Its atoms are
// numbers of the table before it, which only its own reader can put back.
static void read_distributed(struct reader *r, struct wb_bytes *text, struct beam_value *ret)
{
    const uint8_t *start = text->at;
    uint64_t atoms = dump_hexadecimal(text);
    if (dump_skip(text, ":") && atoms == 0 && dump_skip(text, "E"))
        read_external(r, *text, ret);
    else
        unreadable(r, start, ret);
}

// "F16:1.50000e+00"
static void read_float(struct reader *r, struct wb_bytes text, struct beam_value *ret)
{
    enum { ROOM = 64 };
    char number[ROOM], *end;
    const uint8_t *start = text.at;
    (void)dump_hexadecimal(&text);
    bool fits = dump_skip(&text, ":") && text.size > 0 && text.size < ROOM;
    if (fits) {
        memcpy(number, text.at, text.size);
        number[text.size] = '\0';
        *ret = (struct beam_value){.kind = BEAM_FLOAT, .real = strtod(number, &end)};
        fits = *end == '\0';
    }
    if (!fits)
        unreadable(r, start, ret);
}

static bool fits_in_small(const mp_limb_t *limb, size_t count, bool negative)
{
    return count == 1 && limb[0] <= (uint64_t)INT64_MAX + negative;
}

static void read_big(struct reader *r, struct wb_bytes text, struct beam_value *ret)
{
    bool negative = dump_skip(&text, "-");
    size_t size = 0;
    while (size < text.size && text.at[size] >= '0' && text.at[size] <= '9')
        size++;
    if (size == 0 || size > MAX_DIGITS) {
        unreadable(r, text.at, ret);
        return;
    }
    uint8_t *digits = wb_push(r->arena, size, 1);
    for (size_t i = 0; i < size; i++)
        digits[i] = (uint8_t)(text.at[i] - '0');
    mp_limb_t *limb = wb_push_array(r->arena, mp_limb_t, size / 19 + 2);
    size_t count = (size_t)mpn_set_str(limb, digits, size, 10);
    if (fits_in_small(limb, count, negative))
        *ret = (struct beam_value){.kind = BEAM_SMALL,
                                   .small = (int64_t)(negative ? 0 - limb[0] : limb[0])};
    else
        *ret = (struct beam_value){.kind = BEAM_BIG, .big = {negative, limb, count}};
}

// Elements of a list: cells "lHEAD|TAIL", each tail an address.
static void read_list(struct reader *r, struct wb_bytes cell, unsigned depth,
                      struct beam_value *ret)
{
    size_t capacity = 8, count = 0;
    struct beam_value *element = wb_push_array(r->arena, struct beam_value, capacity + 1);
    struct wb_bytes tail = {0};
    while (count < r->length && dump_skip(&cell, "l")) {
        if (count == capacity) {
            struct beam_value *grown = wb_push_array(r->arena, struct beam_value, capacity * 2 + 1);
            memcpy(grown, element, count * sizeof *grown);
            element = grown;
            capacity *= 2;
        }
        read_term(r, &cell, depth - 1, &element[count++]);
        tail = (struct wb_bytes){0};
        if (!dump_skip(&cell, "|"))
            break;
        tail = cell;
        if (!dump_skip(&cell, "H"))
            break;
        struct wb_bytes next = object_at(r, dump_hexadecimal(&cell));
        if (next.size == 0 || next.at[0] != 'l')
            break;
        cell = next;
    }
    if (count >= r->length && tail.size > 0 && tail.at[0] == 'H')
        element[count] = (struct beam_value){.kind = BEAM_UNREAD, .bits = offset_of(r, tail.at)};
    else
        read_term(r, &tail, depth - 1, &element[count]);
    *ret = (struct beam_value){.kind = BEAM_CONS, .part = {element, count + 1}};
}

// COUNT in hexadecimal, ":", then terms between commas.
static bool read_parts(struct reader *r, struct wb_bytes *text, size_t count, unsigned depth,
                       struct beam_value *part)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && !dump_skip(text, ","))
            return false;
        read_term(r, text, depth - 1, &part[i]);
    }
    return true;
}

static void read_tuple(struct reader *r, struct wb_bytes text, unsigned depth,
                       struct beam_value *ret)
{
    const uint8_t *start = text.at;
    uint64_t count = dump_hexadecimal(&text);
    if (!dump_skip(&text, ":") || count > MAX_PARTS || count > text.size + 1) {
        unreadable(r, start, ret);
        return;
    }
    struct beam_value *part = wb_push_array(r->arena, struct beam_value, count);
    for (size_t i = 0; i < count; i++)
        unreadable(r, start, &part[i]);
    (void)read_parts(r, &text, count, depth, part);
    *ret = (struct beam_value){.kind = BEAM_TUPLE, .part = {part, count}};
}

static int order_pairs(const void *a, const void *b)
{
    return beam_compare(a, b, true);
}

// The runtime's order of keys is its own.
static void sort_pairs(struct beam_value *part, size_t count)
{
    if (count > 1)
        qsort(part, count, 2 * sizeof *part, order_pairs);
}

// "f SIZE:KEYS:values": a flat map, its keys a tuple.
static void read_flat_map(struct reader *r, struct wb_bytes text, unsigned depth,
                          struct beam_value *ret)
{
    const uint8_t *start = text.at;
    uint64_t count = dump_hexadecimal(&text);
    struct beam_value keys = {0};
    if (!dump_skip(&text, ":") || count > text.size) {
        unreadable(r, start, ret);
        return;
    }
    read_term(r, &text, depth, &keys);
    struct beam_value *values = wb_push_array(r->arena, struct beam_value, count);
    if (!dump_skip(&text, ":") || keys.kind != BEAM_TUPLE || keys.part.count != count ||
        !read_parts(r, &text, count, depth, values)) {
        unreadable(r, start, ret);
        return;
    }
    struct beam_value *part = wb_push_array(r->arena, struct beam_value, 2 * count);
    for (size_t i = 0; i < count; i++) {
        part[2 * i] = keys.part.at[i];
        part[2 * i + 1] = values[i];
    }
    sort_pairs(part, count);
    *ret = (struct beam_value){.kind = BEAM_MAP, .part = {part, 2 * count}};
}

struct pairs {
    struct beam_value *at;
    size_t count, room;
};

// Children of a node of a hashed map, "COUNT:H..,H..": nodes, or cells key|value.
static void read_children(struct reader *r, struct wb_bytes text, unsigned depth, unsigned level,
                          struct pairs *pairs)
{
    enum { MAX_LEVEL = 40 };
    uint64_t count = dump_hexadecimal(&text);
    if (!dump_skip(&text, ":") || level > MAX_LEVEL)
        return;
    for (uint64_t i = 0; i < count && pairs->count < pairs->room && afford(r, 0); i++) {
        if ((i > 0 && !dump_skip(&text, ",")) || !dump_skip(&text, "H"))
            return;
        struct wb_bytes child = object_at(r, dump_hexadecimal(&text));
        if (dump_skip(&child, "Mn")) {
            read_children(r, child, depth, level + 1, pairs);
        } else if (dump_skip(&child, "l")) {
            read_term(r, &child, depth - 1, &pairs->at[2 * pairs->count]);
            if (!dump_skip(&child, "|"))
                return;
            read_term(r, &child, depth - 1, &pairs->at[2 * pairs->count + 1]);
            pairs->count++;
        }
    }
}

static void read_hashed_map(struct reader *r, struct wb_bytes text, unsigned depth,
                            struct beam_value *ret)
{
    const uint8_t *start = text.at;
    uint64_t size = dump_hexadecimal(&text);
    if (!dump_skip(&text, ":")) {
        unreadable(r, start, ret);
        return;
    }
    struct pairs pairs = {.room = size < r->length ? size : r->length};
    pairs.at = wb_push_array(r->arena, struct beam_value, 2 * pairs.room + 2);
    read_children(r, text, depth, 0, &pairs);
    sort_pairs(pairs.at, pairs.count);
    if (pairs.count < size) {
        struct beam_value rest = {.kind = BEAM_UNREAD, .bits = offset_of(r, start)};
        pairs.at[2 * pairs.count] = pairs.at[2 * pairs.count + 1] = rest;
        pairs.count++;
    }
    *ret = (struct beam_value){.kind = BEAM_MAP, .part = {pairs.at, 2 * pairs.count}};
}

static void read_object(struct reader *r, struct wb_bytes text, unsigned depth,
                        struct beam_value *ret)
{
    const uint8_t *start = text.at;
    if (text.size > 0 && text.at[0] == 'l')
        read_list(r, text, depth, ret);
    else if (dump_skip(&text, "t"))
        read_tuple(r, text, depth, ret);
    else if (dump_skip(&text, "Y"))
        read_binary(r, text, ret);
    else if (dump_skip(&text, "Mf"))
        read_flat_map(r, text, depth, ret);
    else if (dump_skip(&text, "Mh"))
        read_hashed_map(r, text, depth, ret);
    else if (dump_skip(&text, "E"))
        read_external(r, text, ret);
    else if (dump_skip(&text, "F"))
        read_float(r, text, ret);
    else if (dump_skip(&text, "B"))
        read_big(r, text, ret);
    else if (dump_skip(&text, "P"))
        read_id(r, BEAM_PID, true, &text, ret);
    else if (dump_skip(&text, "p"))
        read_id(r, BEAM_PORT, true, &text, ret);
    else
        unreadable(r, start, ret);
}

static void read_pointer(struct reader *r, struct wb_bytes *text, unsigned depth,
                         struct beam_value *ret)
{
    const uint8_t *start = text->at - 1;
    struct wb_bytes object = object_at(r, dump_hexadecimal(text));
    if (object.size == 0)
        unreadable(r, start, ret);
    else if (depth == 0)
        *ret = (struct beam_value){.kind = BEAM_UNREAD, .bits = offset_of(r, start)};
    else
        read_object(r, object, depth, ret);
}

static void read_term(struct reader *r, struct wb_bytes *text, unsigned depth,
                      struct beam_value *ret)
{
    if (!afford(r, 0))
        *ret = (struct beam_value){.kind = BEAM_UNREAD, .bits = offset_of(r, text->at)};
    else if (dump_skip(text, "H"))
        read_pointer(r, text, depth, ret);
    else if (dump_skip(text, "I"))
        read_small(text, ret);
    else if (dump_skip(text, "A"))
        read_atom(r, text, ret);
    else if (dump_skip(text, "N"))
        *ret = (struct beam_value){.kind = BEAM_NIL};
    else if (dump_skip(text, "P"))
        read_id(r, BEAM_PID, false, text, ret);
    else if (dump_skip(text, "p"))
        read_id(r, BEAM_PORT, false, text, ret);
    else if (dump_skip(text, "D"))
        read_distributed(r, text, ret);
    else
        unreadable(r, text->at, ret);
}

void dump_read_term(struct dump_terms *terms, uint64_t offset, uint64_t pid,
                    struct tgt_limits limits, struct wb_arena *arena, struct beam_value *ret)
{
    const struct dump_index *index = terms->index;
    if (!terms->literals.is_open)
        open_heap(&terms->literals, index, DUMP_LITERALS, 0);
    if (!terms->heap.is_open || terms->heap.pid != pid)
        open_heap(&terms->heap, index, DUMP_PROC_HEAP, pid);
    struct reader r = {.terms = terms, .arena = arena, .length = limits.length, .work = MAX_WORK};
    struct beam_value value = {.kind = BEAM_UNREADABLE, .bits = offset};
    if (offset < index->file.size) {
        struct wb_bytes text = line_from(index, index->file.at + offset);
        read_term(&r, &text, limits.depth < MAX_DEPTH ? limits.depth : MAX_DEPTH, &value);
    }
    *ret = value;
}
