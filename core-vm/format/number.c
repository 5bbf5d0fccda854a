#include "core-vm/format/number_priv.h"

// Values of one byte, of two, and of a number of bytes that stands in the tag byte or behind it.
enum { IN_ONE = 1 << 4, IN_TWO = 1 << 11, LEAST_BYTES = 2, MOST_SHORT = 8, LEAST_LONG = 9 };
enum { MORE = 8, MANY = 16, LONG = 7 };

static struct beam_number bad_number(struct wb_reader *r)
{
    r->bad = true;
    return (struct beam_number){0};
}

// How many bytes the size of a long number takes, whose value has `size` bytes.
static size_t size_width(size_t size)
{
    return size - LEAST_LONG < IN_ONE ? 1 : 2;
}

static bool read_long_size(struct wb_reader *r, size_t *size)
{
    size_t before = r->rest.size;
    uint8_t first = wb_read_u8(r);
    size_t value = first >> 4;
    if ((first & 7) != 0 || (first & (MORE | MANY)) == (MORE | MANY))
        return false;
    if ((first & MORE) != 0)
        value = (size_t)(first >> 5) << 8 | wb_read_u8(r);
    *size = value + LEAST_LONG;
    return !r->bad && before - r->rest.size == size_width(*size);
}

static int64_t to_integer(struct wb_bytes bytes)
{
    uint64_t value = bytes.at[0] >= 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.size; i++)
        value = value << 8 | bytes.at[i];
    return (int64_t)value;
}

static bool fits(struct wb_bytes bytes)
{
    uint8_t sign = bytes.at[0] >= 0x80 ? 0xff : 0;
    while (bytes.size > MOST_SHORT && bytes.at[0] == sign) {
        bytes.at++;
        bytes.size--;
    }
    return bytes.size < MOST_SHORT ||
           (bytes.size == MOST_SHORT && ((bytes.at[0] ^ sign) & 0x80) == 0);
}

static size_t bytes_needed(int64_t value)
{
    size_t size = LEAST_BYTES;
    while (size < MOST_SHORT && value >> (8 * size - 1) != 0 && value >> (8 * size - 1) != -1)
        size++;
    return size;
}

static struct beam_number read_bytes(struct wb_reader *r, uint8_t first, size_t before)
{
    size_t size = (size_t)(first >> 5) + LEAST_BYTES;
    if (first >> 5 == LONG && !read_long_size(r, &size))
        return bad_number(r);
    struct beam_number number = {.tag = first & 7, .bytes = wb_read_bytes(r, size)};
    if (r->bad)
        return bad_number(r);
    size_t width = before - r->rest.size;
    if (!fits(number.bytes)) {
        number.big = true;
        return number.tag == 1 ? number : bad_number(r);
    }
    number.value = to_integer(number.bytes);
    if (width > UINT8_MAX || (number.value < 0 && number.tag != 1))
        return bad_number(r);
    bool shorter = number.value >= 0 && number.value < IN_TWO;
    if (shorter || size != bytes_needed(number.value))
        number.width = (uint8_t)width;
    return number;
}

// Nearly all numbers are of one byte.
struct beam_number beam_number_read(struct wb_reader *r)
{
    if (r->rest.size > 0 && (*r->rest.at & MORE) == 0) {
        uint8_t byte = *r->rest.at++;
        r->rest.size--;
        return (struct beam_number){.tag = byte & 7, .value = byte >> 4};
    }
    size_t before = r->rest.size;
    uint8_t first = wb_read_u8(r);
    if ((first & MANY) != 0)
        return read_bytes(r, first, before);
    int64_t value = (int64_t)(first >> 5) << 8 | wb_read_u8(r);
    return (struct beam_number){.tag = first & 7, .width = value < IN_ONE ? 2 : 0, .value = value};
}

static void put_head(struct wb_text *text, unsigned tag, size_t size)
{
    if (size <= MOST_SHORT) {
        wb_text_put_char(text, (char)((size - LEAST_BYTES) << 5 | MANY | MORE | tag));
        return;
    }
    size_t more = size - LEAST_LONG;
    wb_text_put_char(text, (char)(LONG << 5 | MANY | MORE | tag));
    if (more < IN_ONE) {
        wb_text_put_char(text, (char)(more << 4));
        return;
    }
    wb_text_put_char(text, (char)(more >> 8 << 5 | MORE));
    wb_text_put_char(text, (char)more);
}

void beam_number_write(struct wb_text *text, unsigned tag, int64_t value, unsigned width)
{
    if (width == 1 || (width == 0 && value >= 0 && value < IN_ONE)) {
        wb_text_put_char(text, (char)(value << 4 | tag));
        return;
    }
    if (width == 2 || (width == 0 && value >= 0 && value < IN_TWO)) {
        wb_text_put_char(text, (char)(value >> 8 << 5 | MORE | tag));
        wb_text_put_char(text, (char)value);
        return;
    }
    size_t size = bytes_needed(value);
    if (width > 0)
        size = width - 1 <= MOST_SHORT           ? width - 1
               : width - 2 < LEAST_LONG + IN_ONE ? width - 2
                                                 : width - 3;
    put_head(text, tag, size);
    for (size_t i = size; i > 0; i--)
        wb_text_put_char(text,
                         (char)(i > MOST_SHORT ? (value < 0 ? -1 : 0) : value >> 8 * (i - 1)));
}

void beam_number_write_big(struct wb_text *text, unsigned tag, struct wb_bytes bytes)
{
    put_head(text, tag, bytes.size);
    wb_text_put_bytes(text, bytes.at, bytes.size);
}
