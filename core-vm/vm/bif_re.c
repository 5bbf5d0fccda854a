// The module re. A compiled pattern is {re_pattern, Groups, IsUnicode, UsesCrlf, Binary}; our
// binary is the pattern's options and text, so that whatever a program puts there is harmless.
#include <string.h>

#include "core-vm/base/text.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_binary_priv.h"
#include "core-vm/vm/iolist.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/regex.h"
#include "core-vm/vm/stacktrace.h"

enum { PATTERN_HEAD = 6 };  // bytes before the text: options, newline, bsr

enum capture {
    CAPTURE_ALL,
    CAPTURE_REST,
    CAPTURE_FIRST,
    CAPTURE_NONE,
    CAPTURE_NAMES,
    CAPTURE_LIST
};

// What a list of options says.
struct order {
    struct vm_regex_mode mode;
    struct vm_regex_run run;
    bool compiles;  // there are options that only compiling knows
    bool global, report;
    enum capture capture;
    vm_term type;    // index, list, binary
    vm_term groups;  // of CAPTURE_LIST
};

static vm_term bad_option(struct vm_cpu *c)
{
    return vm_error_because(c, VM_AM(badarg), VM_AM(badopt));
}

// Options.

static bool set_atom(const struct vm *vm, vm_term t, struct order *order)
{
    if (t == VM_AM(global))
        return order->global = true;
    if (t == VM_AM(report_errors))
        return order->report = true;
    struct wb_bytes name = vm_atom_text(vm, t);
    bool runs = vm_regex_run_option(name, &order->run.options);
    bool compiles = vm_regex_compile_option(name, &order->mode);
    order->compiles = order->compiles || (compiles && !runs);
    return runs || compiles;
}

static bool set_capture(const char *base, vm_term what, vm_term type, struct order *order)
{
    static const struct {
        vm_term atom;
        enum capture capture;
    } names[] = {{VM_AM(all), CAPTURE_ALL},
                 {VM_AM(all_but_first), CAPTURE_REST},
                 {VM_AM(first), CAPTURE_FIRST},
                 {VM_AM(none), CAPTURE_NONE},
                 {VM_AM(all_names), CAPTURE_NAMES}};
    if (type != VM_AM(index) && type != VM_AM(list) && type != VM_AM(binary))
        return false;
    order->type = type;
    if (what == VM_NIL || vm_is_list(what)) {
        order->capture = what == VM_NIL ? CAPTURE_NONE : CAPTURE_LIST;
        order->groups = what;
        return vm_list_length(base, what) >= 0;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].atom == what) {
            order->capture = names[i].capture;
            return true;
        }
    return false;
}

static bool set_number(vm_term key, vm_term value, struct order *order)
{
    if (!vm_is_small(value) || vm_small_value(value) < 0)
        return false;
    uint64_t n = (uint64_t)vm_small_value(value);
    uint32_t limit = n == 0 ? 1 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
    if (key == VM_AM(offset))
        order->run.offset = n;
    else if (key == VM_AM(match_limit))
        order->run.match_limit = limit;
    else if (key == VM_AM(match_limit_recursion))
        order->run.depth_limit = limit;
    else
        return false;
    return true;
}

static bool set_tuple(const struct vm *vm, vm_term t, struct order *order)
{
    const char *base = vm->image.base;
    const vm_term *at = vm_boxed_at(base, t);
    size_t size = vm_arity(at[0]);
    if (size == 3 && at[1] == VM_AM(capture))
        return set_capture(base, at[2], at[3], order);
    if (size != 2)
        return false;
    if (at[1] == VM_AM(capture))
        return set_capture(base, at[2], VM_AM(index), order);
    if (at[1] == VM_AM(newline))
        return vm_is_atom(at[2]) && vm_regex_newline(vm_atom_text(vm, at[2]), &order->mode);
    return set_number(at[1], at[2], order);
}

static bool read_options(const struct vm *vm, vm_term list, struct order *order)
{
    const char *base = vm->image.base;
    *order = (struct order){.type = VM_AM(index), .groups = VM_NIL};
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        vm_term option = vm_head(base, list);
        bool fine = vm_is_atom(option)          ? set_atom(vm, option, order)
                    : vm_is_tuple(base, option) ? set_tuple(vm, option, order)
                                                : false;
        if (!fine)
            return false;
    }
    return list == VM_NIL;
}

// Text of a pattern or subject: bytes, or UTF-8 when it is Unicode. False: it is none.
static bool read_text(struct vm_cpu *c, vm_term t, bool unicode, struct wb_text *text)
{
    struct vm_bits bits;
    if (unicode && !vm_is_bitstring(c->base, t))
        return vm_utf8_text(c, t, text);
    if (!vm_is_bitstring(c->base, t)) {
        t = vm_iolist_flatten(c, t, false);
        if (t == VM_NONE)
            return false;
    }
    if (!vm_whole_binary(c->base, t, &bits))
        return false;
    struct vm_piece bytes = vm_piece_of(bits);
    wb_text_put_bytes(text, bytes.at, bytes.size);
    vm_piece_done(&bytes);
    return true;
}

// Patterns.

static vm_term make_pattern(struct vm_cpu *c, const struct vm_regex *regex, struct wb_bytes text,
                            const struct vm_regex_mode *mode)
{
    struct wb_text head wb_auto_text = {0};
    wb_text_put_u32(&head, mode->options);
    wb_text_put_char(&head, (char)mode->newline);
    wb_text_put_char(&head, (char)mode->bsr);
    wb_text_put_bytes(&head, text.at, text.size);
    const vm_term parts[5] = {
        VM_AM(re_pattern),
        vm_small(vm_regex_groups(regex)),
        vm_small(vm_regex_is_unicode(mode)),
        vm_small(mode->newline == VM_NEWLINE_CRLF || mode->newline == VM_NEWLINE_ANY ||
                 mode->newline == VM_NEWLINE_ANYCRLF),
        vm_make_binary(c, (const uint8_t *)head.at, head.size),
    };
    return parts[4] == VM_NONE ? VM_NONE : vm_make_tuple(c, 5, parts);
}

static bool is_pattern(const char *base, vm_term t)
{
    return vm_is_tuple_of(base, t, 5) && vm_boxed_at(base, t)[1] == VM_AM(re_pattern);
}

// The regex of a compiled pattern, in the newline mode of `order` if that says one. NULL: it is
// no pattern of ours.
static struct vm_regex *regex_of_pattern(struct vm_cpu *c, vm_term t, struct order *order)
{
    struct vm_bits bits;
    struct vm_regex_fault fault;
    if (!is_pattern(c->base, t) || !vm_whole_binary(c->base, vm_boxed_at(c->base, t)[5], &bits) ||
        bits.bits / 8 < PATTERN_HEAD)
        return NULL;
    struct vm_piece bytes = vm_piece_of(bits);
    struct wb_reader r = {.rest = {bytes.at, bytes.size}};
    struct vm_regex_mode mode = {.options = wb_read_u32(&r)};
    mode.newline = wb_read_u8(&r);
    mode.bsr = wb_read_u8(&r);
    if (order->mode.newline != VM_NEWLINE_DEFAULT)
        mode.newline = order->mode.newline;
    order->mode = mode;
    struct vm_regex *regex =
        vm_regex_is_mode(&mode) ? vm_regex_of(c->vm, r.rest, &mode, &fault) : NULL;
    vm_piece_done(&bytes);
    return regex;
}

static vm_term pair_of(struct vm_cpu *c, vm_term a, vm_term b)
{
    return a == VM_NONE || b == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, (const vm_term[]){a, b});
}

static vm_term compile_error(struct vm_cpu *c, const struct vm_regex_fault *fault)
{
    vm_term message = vm_make_string(c, wb_bytes_of(fault->message), VM_NIL);
    return pair_of(c, VM_AM(error), pair_of(c, message, vm_small((int64_t)fault->offset)));
}

vm_term vm_bif_re_compile_2(struct vm_cpu *c, const vm_term *args)
{
    struct order order;
    struct wb_text text wb_auto_text = {0};
    struct vm_regex_fault fault;
    if (!read_options(c->vm, args[1], &order) || order.global || order.report)
        return bad_option(c);
    if (!read_text(c, args[0], vm_regex_is_unicode(&order.mode), &text))
        return vm_badarg(c);
    struct wb_bytes bytes = wb_text_bytes(&text);
    struct vm_regex *regex = vm_regex_of(c->vm, bytes, &order.mode, &fault);
    if (regex == NULL)
        return compile_error(c, &fault);
    return pair_of(c, VM_AM(ok), make_pattern(c, regex, bytes, &order.mode));
}

vm_term vm_bif_re_compile_1(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_re_compile_2(c, (const vm_term[]){args[0], VM_NIL});
}

// Results.

struct result {
    const struct vm_regex *regex;
    const struct order *order;
    vm_term subject;  // a binary: parts of it are given as such; VM_NONE: make new ones
};

static vm_term group_term(struct vm_cpu *c, const struct result *r, int group)
{
    size_t start = 0, size = 0;
    bool found = group >= 0 && vm_regex_group(r->regex, (uint32_t)group, &start, &size);
    if (r->order->type == VM_AM(index))
        return pair_of(c, vm_small(found ? (int64_t)start : -1), vm_small((int64_t)size));
    struct wb_bytes text = {r->order->run.subject.at + start, size};
    if (r->order->type == VM_AM(list))
        return vm_regex_is_unicode(&r->order->mode) ? vm_make_utf8_string(c, text, VM_NIL)
                                                    : vm_make_string(c, text, VM_NIL);
    if (r->subject != VM_NONE && found)
        return vm_make_sub_binary(c, r->subject, start * UINT64_C(8), size * UINT64_C(8));
    return vm_make_binary(c, text.at, size);
}

// The group that a program names by number or name; -1: there is none.
static int named_group(struct vm_cpu *c, const struct result *r, vm_term id)
{
    struct wb_text name wb_auto_text = {0};
    if (vm_is_small(id))
        return vm_small_value(id) < 0 || vm_small_value(id) > UINT16_MAX ? -1
                                                                         : (int)vm_small_value(id);
    if (vm_is_atom(id))
        return vm_regex_group_named(r->regex, vm_atom_text(c->vm, id));
    if (!read_text(c, id, false, &name))
        return -2;
    return vm_regex_group_named(r->regex, wb_text_bytes(&name));
}

// A list of results, made from its end.
static vm_term groups_between(struct vm_cpu *c, const struct result *r, int first, int end)
{
    vm_term list = VM_NIL;
    for (int i = end - 1; i >= first && list != VM_NONE; i--) {
        vm_term t = group_term(c, r, i);
        list = t == VM_NONE ? VM_NONE : vm_make_cons(c, t, list);
    }
    return list;
}

static vm_term reversed(struct vm_cpu *c, vm_term list)
{
    vm_term result = VM_NIL;
    for (; vm_is_list(list) && result != VM_NONE; list = vm_tail(c->base, list))
        result = vm_make_cons(c, vm_head(c->base, list), result);
    return result;
}

static vm_term listed_groups(struct vm_cpu *c, const struct result *r)
{
    vm_term list = VM_NIL;
    for (vm_term ids = r->order->groups; vm_is_list(ids); ids = vm_tail(c->base, ids)) {
        int group = named_group(c, r, vm_head(c->base, ids));
        if (group == -2)
            return vm_badarg(c);
        vm_term t = group_term(c, r, group);
        list = t == VM_NONE ? VM_NONE : vm_make_cons(c, t, list);
        if (list == VM_NONE)
            return VM_NONE;
    }
    return reversed(c, list);
}

static vm_term all_names(struct vm_cpu *c, const struct result *r)
{
    vm_term list = VM_NIL;
    struct wb_bytes name;
    for (uint32_t i = 0; vm_regex_name(r->regex, i, &name); i++) {
        vm_term t = group_term(c, r, vm_regex_group_named(r->regex, name));
        list = t == VM_NONE ? VM_NONE : vm_make_cons(c, t, list);
        if (list == VM_NONE)
            return VM_NONE;
    }
    return reversed(c, list);
}

static vm_term captured(struct vm_cpu *c, const struct result *r)
{
    struct wb_bytes name;
    int count = (int)vm_regex_group_count(r->regex);
    switch (r->order->capture) {
    case CAPTURE_ALL:
        return groups_between(c, r, 0, count);
    case CAPTURE_REST:
        return groups_between(c, r, 1, count);
    case CAPTURE_FIRST:
        return groups_between(c, r, 0, 1);
    case CAPTURE_LIST:
        return listed_groups(c, r);
    case CAPTURE_NAMES:
        return vm_regex_name(r->regex, 0, &name) ? all_names(c, r) : VM_AM(match);
    case CAPTURE_NONE:
        break;
    }
    return VM_AM(match);
}

static vm_term outcome_term(struct vm_cpu *c, enum vm_regex_outcome outcome, const struct result *r)
{
    vm_term list;
    switch (outcome) {
    case VM_REGEX_MATCH:
        list = captured(c, r);
        return list == VM_AM(match) ? list : pair_of(c, VM_AM(match), list);
    case VM_REGEX_MATCH_LIMIT:
    case VM_REGEX_DEPTH_LIMIT:
        if (!r->order->report)
            return VM_AM(nomatch);
        return pair_of(c, VM_AM(error),
                       outcome == VM_REGEX_MATCH_LIMIT ? VM_AM(match_limit)
                                                       : VM_AM(match_limit_recursion));
    case VM_REGEX_NONE:
        return VM_AM(nomatch);
    case VM_REGEX_BAD_SUBJECT:
        break;
    }
    return vm_badarg(c);
}

// Running.

// The regex to run, compiled if it is text. NULL: it is none, badarg is set.
static struct vm_regex *regex_to_run(struct vm_cpu *c, vm_term t, struct order *order)
{
    struct wb_text text wb_auto_text = {0};
    struct vm_regex_fault fault;
    struct vm_regex *regex = NULL;
    if (vm_is_tuple(c->base, t))
        regex = order->compiles ? NULL : regex_of_pattern(c, t, order);
    else if (read_text(c, t, vm_regex_is_unicode(&order->mode), &text))
        regex = vm_regex_of(c->vm, wb_text_bytes(&text), &order->mode, &fault);
    if (regex == NULL)
        vm_badarg(c);
    return regex;
}

// With `global`, Erlang code in re loops: grun(Subject, Pattern, {Options, NeedClean, Text}).
static vm_term run_global(struct vm_cpu *c, const vm_term *args, const struct vm_regex *regex,
                          const struct order *order)
{
    vm_term how, pattern = args[1];
    if (vm_is_tuple(c->base, args[1])) {
        how = pair_of(c, args[2], VM_AM(false));
    } else {
        struct wb_text text wb_auto_text = {0};
        if (!read_text(c, args[1], vm_regex_is_unicode(&order->mode), &text))
            return vm_badarg(c);
        pattern = make_pattern(c, regex, wb_text_bytes(&text), &order->mode);
        how = vm_make_tuple(c, 3, (const vm_term[]){args[2], vm_bool(order->compiles), args[1]});
    }
    if (how == VM_NONE || pattern == VM_NONE)
        return VM_NONE;
    return vm_trap(c, "re", "grun", (const vm_term[]){args[0], pattern, how}, 3);
}

static vm_term run(struct vm_cpu *c, const vm_term *args, bool loop)
{
    struct order order;
    struct wb_text text wb_auto_text = {0};
    if (!read_options(c->vm, args[2], &order))
        return bad_option(c);
    struct vm_regex *regex = regex_to_run(c, args[1], &order);
    if (regex == NULL)
        return VM_NONE;
    if (order.global && loop)
        return run_global(c, args, regex, &order);
    if (!read_text(c, args[0], vm_regex_is_unicode(&order.mode), &text) ||
        order.run.offset > text.size)
        return vm_badarg(c);
    order.run.subject = wb_text_bytes(&text);
    struct result result = {.regex = regex,
                            .order = &order,
                            .subject = vm_is_bitstring(c->base, args[0]) ? args[0] : VM_NONE};
    return outcome_term(c, vm_regex_match(regex, &order.run), &result);
}

vm_term vm_bif_re_run_3(struct vm_cpu *c, const vm_term *args)
{
    return run(c, args, true);
}

vm_term vm_bif_re_run_2(struct vm_cpu *c, const vm_term *args)
{
    return run(c, (const vm_term[]){args[0], args[1], VM_NIL}, true);
}

vm_term vm_bif_re_internal_run(struct vm_cpu *c, const vm_term *args)
{
    return run(c, args, false);
}

vm_term vm_bif_re_inspect(struct vm_cpu *c, const vm_term *args)
{
    struct order order = {0};
    struct vm_regex *regex =
        args[1] == VM_AM(namelist) ? regex_of_pattern(c, args[0], &order) : NULL;
    if (regex == NULL)
        return vm_badarg(c);
    vm_term list = VM_NIL;
    struct wb_bytes name;
    for (uint32_t i = 0; vm_regex_name(regex, i, &name); i++) {
        vm_term t = vm_make_binary(c, name.at, name.size);
        list = t == VM_NONE ? VM_NONE : vm_make_cons(c, t, list);
        if (list == VM_NONE)
            return VM_NONE;
    }
    return pair_of(c, VM_AM(namelist), reversed(c, list));
}

// What OTP 25 says of its library; ours accepts more.
vm_term vm_bif_re_version(struct vm_cpu *c, const vm_term *args)
{
    // Not OTP's: who keeps patterns compiled by the library of another version compiles them anew.
    struct wb_text version wb_auto_text = {0};
    (void)args;
    vm_regex_version(&version);
    return vm_make_binary(c, (const uint8_t *)version.at, version.size);
}
