// Breaking into lines as io_lib_pretty of OTP 25 does: the same decisions in the same order. A term
// that does not fit on its line is opened; what stands after a tag is indented by the tag's width,
// or everywhere by 4 or 1 when that would run too far to the right.
#include <string.h>

#include "core-vm/format/print_priv.h"

enum { NO_BOUND = -1, SHORT_INDENT = 4, LAST_RESORT = 1, LEAST_BINARY = 8 };

// Where something is put: column (1-based) of the line it is in, how many closing brackets follow,
// how many characters are on the line already.
struct place {
    long column, closing, used;
};

struct page {
    struct wb_text *out;
    const uint8_t *flat;
    long width;   // of a line
    long most;    // characters a line may have without its indentation
    long indent;  // at most, after a tag; NO_BOUND
};

static bool is_leaf(const struct node *node)
{
    return node->kind == NODE_LEAF;
}

static bool is_plain_pair(const struct node *pair)
{
    return is_leaf(&pair->part[0]) && is_leaf(&pair->part[1]);
}

// May a part stand on a line with others?
static bool is_small(const struct node *node)
{
    return node->kind == NODE_PAIR ? is_plain_pair(node) : is_leaf(node);
}

static bool fits(const struct page *page, const struct node *node, struct place at)
{
    long length = (long)node->length;
    return length < page->width - at.column - at.closing &&
           length + at.used + at.closing <= page->most;
}

// Brackets to keep room for behind part i.
static long closing_after(const struct node *node, size_t i, long closing)
{
    return i + 1 < node->count ? 0 : closing + 1;
}

// Does the next part fit behind what is on the line, with its comma?
static bool fits_behind(const struct page *page, const struct node *part, struct place at)
{
    long length = 1 + (long)part->length;
    long room = at.closing == 0 ? 1 : at.closing;
    long edge = at.closing == 0 ? length + 1 : length + at.closing;
    return is_small(part) && edge < page->width - at.column &&
           at.used + length + room <= page->most;
}

static bool tail_fits(const struct page *page, const struct node *tail, struct place at)
{
    long length = (long)tail->length + 1, closing = at.closing + 1;
    return length < page->width - at.column - closing && length + at.used + closing <= page->most &&
           is_leaf(tail);
}

// Finding the indentation: would everything stay inside? The same walk as printing's.

static bool try_node(const struct page *page, const struct node *node, struct place at);

static long value_indent(const struct page *page)
{
    return page->indent > 0 ? page->indent : SHORT_INDENT;
}

// Sets how many characters the part takes; a whole line when it must be opened or is no leaf.
static bool try_part(const struct page *page, const struct node *part, struct place at, long *taken)
{
    *taken = page->width;
    if (fits(page, part, at) && (part->kind == NODE_PAIR || is_leaf(part))) {
        if (is_small(part))
            *taken = (long)part->length;
        return true;
    }
    if (part->kind != NODE_PAIR)
        return try_node(page, part, at);
    if (!try_node(page, &part->part[0], at))
        return false;
    return try_node(page, &part->part[1],
                    (struct place){at.column + value_indent(page), at.closing, 0});
}

static bool try_tail(const struct page *page, const struct node *node, struct place at)
{
    if (node->tail == NULL || node->dots || tail_fits(page, node->tail, at))
        return true;
    return try_node(page, node->tail, (struct place){at.column, at.closing + 1, 0});
}

// Parts from `first` on; `at` is where they line up, `column` where the line stands now.
static bool try_rest(const struct page *page, const struct node *node, size_t first,
                     struct place at, long column)
{
    long used = at.used;
    for (size_t i = first; i < node->count; i++) {
        const struct node *part = &node->part[i];
        long closing = closing_after(node, i, at.closing), taken;
        if (fits_behind(page, part, (struct place){column, closing, used})) {
            column += 1 + (long)part->length;
            used += 1 + (long)part->length;
            continue;
        }
        if (!try_part(page, part, (struct place){at.column, closing, 0}, &taken))
            return false;
        column = at.column + taken;
        used = taken;
    }
    return try_tail(page, node, (struct place){column, at.closing, used});
}

static bool try_parts(const struct page *page, const struct node *node, size_t first,
                      struct place at)
{
    long taken;
    if (first >= node->count)
        return node->dots || first > 0 || try_tail(page, node, at);
    struct place place = {at.column, closing_after(node, first, at.closing), at.used};
    if (!try_part(page, &node->part[first], place, &taken))
        return false;
    at.used += taken;
    return try_rest(page, node, first + 1, at, at.column + taken);
}

static bool try_tagged(const struct page *page, const struct node *node, struct place at)
{
    if (node->count == 0)
        return true;
    long tag = (long)node->part[0].length, indent = tag + 2;
    long behind = at.column + indent;
    if (page->indent > 0 && indent > page->indent) {
        long column = at.column + page->indent;
        if (page->most + column > page->width && column > page->width / 2)
            return false;
        return try_rest(page, node, 1, (struct place){column, at.closing, at.used + tag}, behind);
    }
    if (page->most + behind >= page->width && behind >= page->width / 2)
        return false;
    return try_parts(page, node, 1, (struct place){behind, at.closing, at.used + tag + 1});
}

static bool try_node(const struct page *page, const struct node *node, struct place at)
{
    if (fits(page, node, at))
        return true;
    switch (node->kind) {
    case NODE_TAGGED:
        return try_tagged(page, node, (struct place){at.column, at.closing, at.used + 1});
    case NODE_MAP:
        return try_parts(page, node, 0, (struct place){at.column + 2, at.closing, at.used + 2});
    case NODE_LIST:
    case NODE_TUPLE:
        return try_parts(page, node, 0, (struct place){at.column + 1, at.closing, at.used + 1});
    case NODE_LEAF:
    case NODE_BINARY:
    case NODE_PAIR:
        return true;
    }
    return true;
}

// Printing.

static void put_node(const struct page *page, const struct node *node, struct place at);

static void put_flat(const struct page *page, const struct node *node)
{
    wb_text_put_bytes(page->out, page->flat + node->at, node->size);
}

static void new_line(const struct page *page, long column)
{
    wb_text_put_char(page->out, '\n');
    for (long i = 1; i < column; i++)
        wb_text_put_char(page->out, ' ');
}

// Returns how many characters it took, as try_part.
static long put_part(const struct page *page, const struct node *part, struct place at)
{
    if (fits(page, part, at) && (part->kind == NODE_PAIR || is_leaf(part))) {
        put_flat(page, part);
        return is_small(part) ? (long)part->length : page->width;
    }
    if (part->kind != NODE_PAIR) {
        put_node(page, part, at);
        return page->width;
    }
    put_node(page, &part->part[0], at);
    wb_text_put(page->out, " =>");
    long column = at.column + value_indent(page);
    new_line(page, column);
    put_node(page, &part->part[1], (struct place){column, at.closing, 0});
    return page->width;
}

static void put_tail(const struct page *page, const struct node *node, struct place at, long column)
{
    if (node->tail == NULL)
        return;
    if (node->count > 0)
        wb_text_put_char(page->out, node->kind == NODE_LIST ? '|' : ',');
    if (node->dots || tail_fits(page, node->tail, at)) {
        put_flat(page, node->tail);
        return;
    }
    new_line(page, column);
    put_node(page, node->tail, (struct place){column, at.closing + 1, 0});
}

static void put_rest(const struct page *page, const struct node *node, size_t first,
                     struct place at, long column)
{
    long used = at.used;
    for (size_t i = first; i < node->count; i++) {
        const struct node *part = &node->part[i];
        long closing = closing_after(node, i, at.closing);
        wb_text_put_char(page->out, ',');
        if (fits_behind(page, part, (struct place){column, closing, used})) {
            put_flat(page, part);
            column += 1 + (long)part->length;
            used += 1 + (long)part->length;
            continue;
        }
        new_line(page, at.column);
        used = put_part(page, part, (struct place){at.column, closing, 0});
        column = at.column + used;
    }
    put_tail(page, node, (struct place){column, at.closing, used}, at.column);
}

static void put_parts(const struct page *page, const struct node *node, size_t first,
                      struct place at)
{
    if (first >= node->count) {
        if (node->dots)
            put_flat(page, node->tail);
        return;
    }
    struct place place = {at.column, closing_after(node, first, at.closing), at.used};
    long taken = put_part(page, &node->part[first], place);
    if (node->kind != NODE_MAP)
        at.used += taken;
    else
        at.used = taken;
    put_rest(page, node, first + 1, at, at.column + taken);
}

static void put_tagged(const struct page *page, const struct node *node, struct place at)
{
    if (node->count == 0) {
        put_parts(page, node, 0, at);
        return;
    }
    long tag = (long)node->part[0].length, indent = tag + 2;
    long behind = at.column + indent;
    put_flat(page, &node->part[0]);
    if (page->indent > 0 && indent > page->indent) {
        put_rest(page, node, 1, (struct place){at.column + page->indent, at.closing, at.used + tag},
                 behind);
        return;
    }
    wb_text_put_char(page->out, ',');
    put_parts(page, node, 1, (struct place){behind, at.closing, at.used + tag + 1});
}

// Pieces between commas are kept whole; the piece of a bit string's end has a colon.
static void put_binary(const struct page *page, const struct node *node, struct place at)
{
    long room = page->width - at.column, bound = page->most - 4 - at.used;
    room = (bound < room ? bound : room) - at.closing;
    if (room < LEAST_BINARY)
        room = LEAST_BINARY;
    const uint8_t *c = page->flat + node->at + 2, *end = page->flat + node->at + node->size - 2;
    long left = room;
    wb_text_put(page->out, "<<");
    while (c < end) {
        const uint8_t *comma = memchr(c, ',', (size_t)(end - c));
        const uint8_t *stop = comma != NULL ? comma + 1 : end;
        if (stop - c > left) {
            new_line(page, at.column);
            left = room;
        }
        wb_text_put_bytes(page->out, c, (size_t)(stop - c));
        left -= stop - c;
        c = stop;
    }
    wb_text_put(page->out, ">>");
}

static void put_node(const struct page *page, const struct node *node, struct place at)
{
    if (fits(page, node, at)) {
        put_flat(page, node);
        return;
    }
    struct place inside = {at.column + 1, at.closing, at.used + 1};
    switch (node->kind) {
    case NODE_LIST:
        wb_text_put_char(page->out, '[');
        put_parts(page, node, 0, inside);
        wb_text_put_char(page->out, ']');
        break;
    case NODE_TUPLE:
        wb_text_put_char(page->out, '{');
        put_parts(page, node, 0, inside);
        wb_text_put_char(page->out, '}');
        break;
    case NODE_TAGGED:
        wb_text_put_char(page->out, '{');
        put_tagged(page, node, (struct place){at.column, at.closing, at.used + 1});
        wb_text_put_char(page->out, '}');
        break;
    case NODE_MAP:
        wb_text_put(page->out, "#{");
        put_parts(page, node, 0, (struct place){at.column + 2, at.closing, at.used + 1});
        wb_text_put_char(page->out, '}');
        break;
    case NODE_BINARY:
        put_binary(page, node, (struct place){at.column + 2, at.closing, at.used});
        break;
    case NODE_LEAF:
    case NODE_PAIR:
        put_flat(page, node);
        break;
    }
}

void print_pretty(const struct node *root, struct wb_bytes flat, struct beam_print how,
                  struct wb_text *out)
{
    struct page page = {.out = out, .flat = flat.at, .width = how.width};
    struct place at = {(long)how.column + 1, 0, 0};
    page.most = (long)root->length;
    if ((long)root->length < page.width - at.column) {
        put_flat(&page, root);
        return;
    }
    static const long indents[] = {NO_BOUND, SHORT_INDENT, LAST_RESORT};
    for (size_t i = 0; i < sizeof indents / sizeof *indents; i++) {
        page.indent = indents[i];
        if (page.indent == LAST_RESORT || try_node(&page, root, at))
            break;
    }
    put_node(&page, root, at);
}
