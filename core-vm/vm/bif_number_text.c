#include <string.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/list_text.h"
#include "core-vm/vm/number_text.h"

// An integer from low to high, or no such thing.
static bool get_within(vm_term t, int64_t low, int64_t high, int64_t *ret)
{
    if (!vm_is_small(t))
        return false;
    *ret = vm_small_value(t);
    return *ret >= low && *ret <= high;
}

typedef vm_term made_fn(struct vm_cpu *c, struct wb_bytes text);

static vm_term as_list(struct vm_cpu *c, struct wb_bytes text)
{
    return vm_make_string(c, text, VM_NIL);
}

static vm_term as_binary(struct vm_cpu *c, struct wb_bytes text)
{
    return vm_make_binary(c, text.at, text.size);
}

static vm_term integer_to(struct vm_cpu *c, vm_term integer, vm_term base, made_fn *make)
{
    int64_t radix;
    if (!vm_is_integer(c->base, integer) || !get_within(base, 2, 36, &radix))
        return vm_badarg(c);
    struct wb_text text wb_auto_text = {0};
    vm_integer_text(c->base, integer, (unsigned)radix, &text);
    c->reds -= (int64_t)(text.size / 64);
    return make(c, wb_text_bytes(&text));
}

vm_term vm_bif_integer_to_list_1(struct vm_cpu *c, const vm_term *args)
{
    return integer_to(c, args[0], vm_small(10), as_list);
}

vm_term vm_bif_integer_to_list_2(struct vm_cpu *c, const vm_term *args)
{
    return integer_to(c, args[0], args[1], as_list);
}

vm_term vm_bif_integer_to_binary_1(struct vm_cpu *c, const vm_term *args)
{
    return integer_to(c, args[0], vm_small(10), as_binary);
}

vm_term vm_bif_integer_to_binary_2(struct vm_cpu *c, const vm_term *args)
{
    return integer_to(c, args[0], args[1], as_binary);
}

static vm_term list_to_integer(struct vm_cpu *c, vm_term list, vm_term base)
{
    int64_t radix;
    struct wb_text text wb_auto_text = {0};
    if (!get_within(base, 2, 36, &radix) || !vm_list_text(c->base, list, &text))
        return vm_badarg(c);
    return vm_integer_parse(c, wb_text_bytes(&text), (unsigned)radix);
}

vm_term vm_bif_list_to_integer_1(struct vm_cpu *c, const vm_term *args)
{
    return list_to_integer(c, args[0], vm_small(10));
}

vm_term vm_bif_list_to_integer_2(struct vm_cpu *c, const vm_term *args)
{
    return list_to_integer(c, args[0], args[1]);
}

static vm_term binary_to_integer(struct vm_cpu *c, vm_term binary, vm_term base)
{
    int64_t radix;
    struct wb_text text wb_auto_text = {0};
    if (!get_within(base, 2, 36, &radix) || !vm_binary_text(c->base, binary, &text))
        return vm_badarg(c);
    return vm_integer_parse(c, wb_text_bytes(&text), (unsigned)radix);
}

vm_term vm_bif_binary_to_integer_1(struct vm_cpu *c, const vm_term *args)
{
    return binary_to_integer(c, args[0], vm_small(10));
}

vm_term vm_bif_binary_to_integer_2(struct vm_cpu *c, const vm_term *args)
{
    return binary_to_integer(c, args[0], args[1]);
}

// One option; false: none that there is.
static bool read_option(const char *base, vm_term option, struct vm_float_format *format)
{
    int64_t digits;
    if (option == VM_AM(compact) || option == VM_AM(short)) {
        format->compact = format->compact || option == VM_AM(compact);
        format->style = option == VM_AM(short) ? VM_FLOAT_SHORT : format->style;
        return true;
    }
    if (!vm_is_tuple_of(base, option, 2))
        return false;
    const vm_term *words = vm_boxed_at(base, option);
    if (words[1] == VM_AM(decimals) && get_within(words[2], 0, 253, &digits))
        format->style = VM_FLOAT_DECIMALS;
    else if (words[1] == VM_AM(scientific) && get_within(words[2], 0, 249, &digits))
        format->style = VM_FLOAT_SCIENTIFIC;
    else
        return false;
    format->digits = (int)digits;
    return true;
}

static vm_term float_to(struct vm_cpu *c, vm_term number, vm_term options, made_fn *make)
{
    struct vm_float_format format = {.style = VM_FLOAT_SCIENTIFIC, .digits = 20};
    for (; vm_is_list(options); options = vm_tail(c->base, options))
        if (!read_option(c->base, vm_head(c->base, options), &format))
            return vm_badarg(c);
    double d;
    if (options != VM_NIL || !vm_is_float(c->base, number) || !vm_get_double(c->base, number, &d))
        return vm_badarg(c);
    char text[VM_FLOAT_TEXT_SIZE];
    size_t size = vm_float_text(d, format, text);
    return size == 0 ? vm_badarg(c) : make(c, (struct wb_bytes){(uint8_t *)text, size});
}

vm_term vm_bif_float_to_list_1(struct vm_cpu *c, const vm_term *args)
{
    return float_to(c, args[0], VM_NIL, as_list);
}

vm_term vm_bif_float_to_list_2(struct vm_cpu *c, const vm_term *args)
{
    return float_to(c, args[0], args[1], as_list);
}

vm_term vm_bif_float_to_binary_1(struct vm_cpu *c, const vm_term *args)
{
    return float_to(c, args[0], VM_NIL, as_binary);
}

vm_term vm_bif_float_to_binary_2(struct vm_cpu *c, const vm_term *args)
{
    return float_to(c, args[0], args[1], as_binary);
}

static vm_term to_float(struct vm_cpu *c, struct wb_bytes text)
{
    double d;
    if (text.size == 0 || vm_float_parse(text, &d) != text.size)
        return vm_badarg(c);
    return vm_make_float(c, d);
}

vm_term vm_bif_list_to_float(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    if (!vm_list_text(c->base, args[0], &text))
        return vm_badarg(c);
    return to_float(c, wb_text_bytes(&text));
}

vm_term vm_bif_binary_to_float(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    if (!vm_binary_text(c->base, args[0], &text))
        return vm_badarg(c);
    return to_float(c, wb_text_bytes(&text));
}

static vm_term pair(struct vm_cpu *c, vm_term a, vm_term b)
{
    vm_term both[2] = {a, b};
    return a == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, both);
}

// The characters that can be part of a number at a list's start; `rest` is where they end.
static void take_number(const char *base, vm_term list, const char *allowed, struct wb_text *text)
{
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        vm_term head = vm_head(base, list);
        bool fits = vm_is_small(head) && vm_small_value(head) > 0 && vm_small_value(head) < 128;
        if (!fits || strchr(allowed, (int)vm_small_value(head)) == NULL)
            return;
        wb_text_put_char(text, (char)vm_small_value(head));
    }
}

static vm_term drop(const char *base, vm_term list, size_t count)
{
    while (count-- > 0)
        list = vm_tail(base, list);
    return list;
}

static size_t integer_size(struct wb_bytes text)
{
    size_t start = text.size > 0 && (text.at[0] == '+' || text.at[0] == '-'), at = start;
    while (at < text.size && text.at[at] >= '0' && text.at[at] <= '9')
        at++;
    return at == start ? 0 : at;
}

vm_term vm_bif_string_to_integer(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_list(args[0]) && args[0] != VM_NIL)
        return pair(c, VM_AM(error), VM_AM(not_a_list));
    struct wb_text text wb_auto_text = {0};
    take_number(c->base, args[0], "+-0123456789", &text);
    size_t size = integer_size(wb_text_bytes(&text));
    if (size == 0)
        return pair(c, VM_AM(error), VM_AM(no_integer));
    vm_term integer = vm_integer_parse(c, (struct wb_bytes){(uint8_t *)text.at, size}, 10);
    return pair(c, integer, drop(c->base, args[0], size));
}

vm_term vm_bif_string_to_float(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_list(args[0]) && args[0] != VM_NIL)
        return pair(c, VM_AM(error), VM_AM(not_a_list));
    struct wb_text text wb_auto_text = {0};
    take_number(c->base, args[0], "+-0123456789.,eE", &text);
    double d = 0;
    size_t size = vm_float_parse(wb_text_bytes(&text), &d);
    if (size == 0)
        return pair(c, VM_AM(error), VM_AM(no_float));
    return pair(c, vm_make_float(c, d), drop(c->base, args[0], size));
}
