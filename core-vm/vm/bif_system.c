#include <string.h>
#include <unistd.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/clock.h"
#include "core-vm/vm/display.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/register.h"
#include "core-vm/vm/report.h"
#include "core-vm/vm/vm_impl.h"

enum { STANDARD_OUTPUT = 1, STANDARD_ERROR = 2, ABORTED = 134, ENVIRONMENT_LIMIT = 32767 };

// The characters of a list as UTF-8. False: it is no list of characters, or one is 0.
static bool list_text(const char *base, vm_term list, struct wb_text *text)
{
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        vm_term head = vm_head(base, list);
        if (!vm_is_small(head) || vm_small_value(head) <= 0 || vm_small_value(head) > 0x10FFFF ||
            text->size > ENVIRONMENT_LIMIT)
            return false;
        wb_text_put_utf8(text, (uint32_t)vm_small_value(head));
    }
    return vm_is_nil(list);
}

// ---- the end

static void halt_with(struct vm_cpu *c, int32_t status, const struct wb_text *slogan)
{
    struct vm_root *root = vm_root(c->vm);
    root->halt.requested = true;
    root->halt.status = status;
    root->halt.slogan = slogan->size == 0 ? 0 : vm_data_alloc(c->vm, slogan->size + 1);
    if (root->halt.slogan != 0)
        memcpy(vm_at(c->vm, root->halt.slogan), slogan->at, slogan->size + 1);
    // The scheduler sees the request before anybody runs again.
    c->outcome = VM_OUTCOME_WAIT;
}

static bool are_halt_options(const char *base, vm_term options)
{
    for (; vm_is_list(options); options = vm_tail(base, options)) {
        vm_term option = vm_head(base, options);
        if (!vm_is_tuple_of(base, option, 2) || vm_boxed_at(base, option)[1] != VM_AM(flush))
            return false;
    }
    return vm_is_nil(options);
}

vm_term vm_bif_halt(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text slogan wb_auto_text = {0};
    if (!are_halt_options(c->base, args[1]))
        return vm_badarg(c);
    if (vm_is_small(args[0]) && vm_small_value(args[0]) >= 0)
        halt_with(c, (int32_t)(vm_small_value(args[0]) & 0xFF), &slogan);
    else if (args[0] == VM_AM(abort))
        halt_with(c, ABORTED, &slogan);
    else if (list_text(c->base, args[0], &slogan))
        halt_with(c, 1, &slogan);
    else
        return vm_badarg(c);
    return VM_NONE;
}

// ---- the environment: what the program changed, else the world's

static vm_term variable_find(const struct vm *vm, const struct wb_text *name)
{
    const struct vm_root *root = vm_root(vm);
    const char *base = vm->image.base;
    vm_term list = root->environment == 0
                       ? VM_NIL
                       : ((const struct vm_box *)vm_at(vm, root->environment))->term;
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        const vm_term *pair = vm_boxed_at(base, vm_head(base, list));
        struct wb_text known wb_auto_text = {0};
        if (list_text(base, pair[1], &known) &&
            wb_bytes_equal(wb_text_bytes(&known), wb_text_bytes(name)))
            return pair[2];
    }
    return VM_NONE;
}

vm_term vm_bif_getenv(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text name wb_auto_text = {0};
    if (!list_text(c->base, args[0], &name))
        return vm_badarg(c);
    vm_term changed = variable_find(c->vm, &name);
    if (changed != VM_NONE)
        return changed == VM_AM(false) ? changed : vm_copy_in(c, changed);
    const char *value = c->vm->world.getenv == NULL
                            ? NULL
                            : c->vm->world.getenv(c->vm->world.data, wb_text_string(&name));
    return value == NULL ? VM_AM(false) : vm_make_utf8_string(c, wb_bytes_of(value), VM_NIL);
}

// Put {Name, Value} (false: unset) before what was changed earlier, which it hides.
static vm_term change_variable(struct vm_cpu *c, vm_term name, vm_term value)
{
    struct wb_text text wb_auto_text = {0};
    struct vm_root *root = vm_root(c->vm);
    if (!list_text(c->base, name, &text) || text.size == 0 ||
        memchr(text.at, '=', text.size) != NULL)
        return vm_badarg(c);
    vm_term pair[2] = {name, value};
    vm_term entry = vm_make_tuple(c, 2, pair);
    vm_term before = root->environment == 0
                         ? VM_NIL
                         : ((const struct vm_box *)vm_at(c->vm, root->environment))->term;
    vm_term list = entry == VM_NONE ? VM_NONE : vm_make_cons(c, entry, before);
    uint64_t box = list == VM_NONE ? 0 : vm_box_new(c->vm, list);
    if (box == 0)
        return vm_system_limit(c);
    if (root->environment != 0)
        vm_box_free(c->vm, root->environment);
    root->environment = box;
    return VM_AM(true);
}

vm_term vm_bif_putenv(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text value wb_auto_text = {0};
    if (!list_text(c->base, args[1], &value))
        return vm_badarg(c);
    return change_variable(c, args[0], args[1]);
}

vm_term vm_bif_unsetenv(struct vm_cpu *c, const vm_term *args)
{
    return change_variable(c, args[0], VM_AM(false));
}

// "NAME=VALUE" as {Name, Value}, unless the program has changed it.
static vm_term add_variable(struct vm_cpu *c, const char *entry, vm_term list)
{
    const char *equals = strchr(entry, '=');
    struct wb_text name wb_auto_text = {0};
    if (equals == NULL || equals == entry)
        return list;
    wb_text_put_bytes(&name, entry, (size_t)(equals - entry));
    if (variable_find(c->vm, &name) != VM_NONE)
        return list;
    vm_term pair[2] = {vm_make_utf8_string(c, wb_text_bytes(&name), VM_NIL),
                       vm_make_utf8_string(c, wb_bytes_of(equals + 1), VM_NIL)};
    bool made = pair[0] != VM_NONE && pair[1] != VM_NONE;
    vm_term tuple = made ? vm_make_tuple(c, 2, pair) : VM_NONE;
    return tuple == VM_NONE ? VM_NONE : vm_make_cons(c, tuple, list);
}

// The newest entry of each name that was changed and not unset.
static vm_term add_changed(struct vm_cpu *c, vm_term list)
{
    const struct vm_root *root = vm_root(c->vm);
    vm_term at = root->environment == 0
                     ? VM_NIL
                     : ((const struct vm_box *)vm_at(c->vm, root->environment))->term;
    for (; vm_is_list(at) && list != VM_NONE; at = vm_tail(c->base, at)) {
        const vm_term *pair = vm_boxed_at(c->base, vm_head(c->base, at));
        struct wb_text name wb_auto_text = {0};
        bool newest = list_text(c->base, pair[1], &name) && variable_find(c->vm, &name) == pair[2];
        if (!newest || pair[2] == VM_AM(false))
            continue;
        vm_term entry = vm_copy_in(c, vm_head(c->base, at));
        list = entry == VM_NONE ? VM_NONE : vm_make_cons(c, entry, list);
    }
    return list;
}

vm_term vm_bif_env(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    vm_term list = add_changed(c, VM_NIL);
    const char *entry = NULL;
    for (size_t i = 0; list != VM_NONE && c->vm->world.environment != NULL; i++) {
        entry = c->vm->world.environment(c->vm->world.data, i);
        if (entry == NULL)
            break;
        list = add_variable(c, entry, list);
    }
    return list;
}

vm_term vm_bif_getpid(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    struct wb_text text wb_auto_text = {0};
    wb_text_printf(&text, "%d", vm_root(c->vm)->clock.is_virtual ? 1 : (int)getpid());
    return vm_make_string(c, wb_text_bytes(&text), VM_NIL);
}

vm_term vm_bif_set_signal(struct vm_cpu *c, const vm_term *args)
{
    return vm_is_atom(args[0]) && vm_is_atom(args[1]) ? VM_AM(ok) : vm_badarg(c);
}

// ---- nodes: there is this one, and it is not alive

vm_term vm_bif_node(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_AM(nonode);
}

vm_term vm_bif_node_of(struct vm_cpu *c, const vm_term *args)
{
    if (vm_is_kind(c->base, args[0], VM_EXTERNAL))
        return vm_boxed_at(c->base, args[0])[2];
    bool local = vm_is_local_pid(args[0]) || vm_is_local_port(args[0]) ||
                 vm_is_kind(c->base, args[0], VM_REF);
    return local ? VM_AM(nonode) : vm_badarg(c);
}

vm_term vm_bif_nodes(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_NIL;
}

static bool is_node_kind(vm_term kind)
{
    return kind == VM_AM(visible) || kind == VM_AM(hidden) || kind == VM_AM(connected) ||
           kind == VM_AM(this) || kind == VM_AM(known);
}

vm_term vm_bif_nodes_of(struct vm_cpu *c, const vm_term *args)
{
    vm_term kinds = args[0];
    bool self = kinds == VM_AM(this) || kinds == VM_AM(known);
    bool bad = vm_is_atom(kinds) ? !is_node_kind(kinds) : vm_list_length(c->base, kinds) < 0;
    for (; !bad && vm_is_list(kinds); kinds = vm_tail(c->base, kinds)) {
        vm_term kind = vm_head(c->base, kinds);
        bad |= !is_node_kind(kind);
        self |= kind == VM_AM(this) || kind == VM_AM(known);
    }
    if (bad)
        return vm_badarg(c);
    return self ? vm_make_cons(c, VM_AM(nonode), VM_NIL) : VM_NIL;
}

vm_term vm_bif_monitor_node(struct vm_cpu *c, const vm_term *args)
{
    if (vm_is_atom(args[0]) && args[0] != VM_AM(nonode))
        return vm_error(c, VM_AM(notalive));
    bool fine = args[0] == VM_AM(nonode) && (args[1] == VM_AM(true) || args[1] == VM_AM(false));
    return fine ? VM_AM(true) : vm_badarg(c);
}

// ---- printing past every process

vm_term vm_bif_display(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    vm_display(c->vm, args[0], &text);
    wb_text_put(&text, "\r\n");  // as the emulator ends it, for terminals without post-processing
    vm_write(c->vm, STANDARD_OUTPUT, &text);
    return VM_AM(true);
}

vm_term vm_bif_display_string(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    struct wb_text lines wb_auto_text = {0};
    if (!vm_is_nil(args[0]) && !list_text(c->base, args[0], &text))
        return vm_badarg(c);
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '\n')
            wb_text_put_char(&lines, '\r');
        wb_text_put_char(&lines, text.at[i]);
    }
    vm_write(c->vm, STANDARD_ERROR, &lines);
    return VM_AM(true);
}

vm_term vm_bif_display_nl(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    struct wb_text text wb_auto_text = {0};
    wb_text_put(&text, "\r\n");
    vm_write(c->vm, STANDARD_ERROR, &text);
    return VM_AM(true);
}

// ---- what there is none of: ports, tracing, NIFs

vm_term vm_bif_not_supported(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return vm_error(c, VM_AM(notsup));
}

vm_term vm_bif_bad_argument(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return vm_badarg(c);
}

vm_term vm_bif_nil(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_NIL;
}

vm_term vm_bif_true(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_AM(true);
}

vm_term vm_bif_false(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_AM(false);
}

vm_term vm_bif_undefined(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return VM_AM(undefined);
}

vm_term vm_bif_zero(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    (void)args;
    return vm_small(0);
}

// Functions of modules whose NIFs are BIFs here need no library: their names have no path.
vm_term vm_bif_load_nif(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text path wb_auto_text = {0}, text wb_auto_text = {0};
    if (!list_text(c->base, args[0], &path))
        return vm_badarg(c);
    if (strchr(wb_text_string(&path), '/') == NULL)
        return VM_AM(ok);
    wb_text_printf(&text, "Failed to load NIF library: '%s.so: not supported'",
                   wb_text_string(&path));
    vm_term why[2] = {VM_AM(load_failed), vm_make_utf8_string(c, wb_text_bytes(&text), VM_NIL)};
    vm_term error[2] = {VM_AM(error), why[1] == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, why)};
    return error[1] == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, error);
}

vm_term vm_bif_seq_trace_info(struct vm_cpu *c, const vm_term *args)
{
    vm_term pair[2] = {args[0], VM_NIL};
    return vm_make_tuple(c, 2, pair);
}
