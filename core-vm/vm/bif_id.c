#include <stdio.h>
#include <string.h>

#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/list_text.h"

static vm_term string_of(struct vm_cpu *c, const struct wb_text *text)
{
    return vm_make_string(c, wb_text_bytes(text), VM_NIL);
}

// Where the text of something of another node has a number for the node: the atom's own.
static unsigned node_number(const vm_term *words)
{
    return vm_atom_index(words[2]);
}

static const vm_term *external_of(const char *base, vm_term t, enum vm_external kind)
{
    if (!vm_is_kind(base, t, VM_EXTERNAL) || vm_boxed_at(base, t)[1] != kind)
        return NULL;
    return vm_boxed_at(base, t);
}

enum { PID_NUMBER_BITS = 28 };

vm_term vm_bif_pid_to_list(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    const vm_term *words = external_of(c->base, args[0], VM_EXTERNAL_PID);
    uint64_t number = vm_pid_number(args[0]);
    if (words != NULL)
        wb_text_printf(&text, "<%u.%u.%u>", node_number(words),
                       (unsigned)words[VM_EXTERNAL_NUMBERS],
                       (unsigned)words[VM_EXTERNAL_NUMBERS + 1]);
    else if (vm_is_local_pid(args[0]))
        wb_text_printf(&text, "<0.%u.%u>", (unsigned)(number & ((1u << PID_NUMBER_BITS) - 1)),
                       (unsigned)(number >> PID_NUMBER_BITS));
    else
        return vm_badarg(c);
    return string_of(c, &text);
}

vm_term vm_bif_port_to_list(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    const vm_term *words = external_of(c->base, args[0], VM_EXTERNAL_PORT);
    if (words != NULL)
        wb_text_printf(&text, "#Port<%u.%u>", node_number(words),
                       (unsigned)words[VM_EXTERNAL_NUMBERS]);
    else if (vm_is_local_port(args[0]))
        wb_text_printf(&text, "#Port<0.%llu>", (unsigned long long)(args[0] >> 4));
    else
        return vm_badarg(c);
    return string_of(c, &text);
}

// A reference's numbers, the most significant first.
static void put_numbers(struct wb_text *text, unsigned node, const uint32_t *word, unsigned count)
{
    wb_text_printf(text, "#Ref<%u", node);
    while (count-- > 0)
        wb_text_printf(text, ".%u", word[count]);
    wb_text_put_char(text, '>');
}

vm_term vm_bif_ref_to_list(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    uint32_t word[VM_REFERENCE_WORDS];
    const vm_term *words = external_of(c->base, args[0], VM_EXTERNAL_REF);
    if (words != NULL) {
        unsigned count = (unsigned)vm_arity(*words) + 1 - VM_EXTERNAL_NUMBERS;
        for (unsigned i = 0; i < count && i < VM_REFERENCE_WORDS; i++)
            word[i] = (uint32_t)words[VM_EXTERNAL_NUMBERS + i];
        put_numbers(&text, node_number(words), word, count);
    } else if (vm_is_kind(c->base, args[0], VM_REF)) {
        unsigned count = vm_reference_words(c->base, args[0], word);
        put_numbers(&text, 0, word, count);
    } else {
        return vm_badarg(c);
    }
    return string_of(c, &text);
}

// The decimal numbers between `prefix` and '>', separated by points; how many, 0: malformed.
static unsigned read_numbers(const struct wb_text *text, const char *prefix, uint64_t *to,
                             unsigned most)
{
    const char *at = wb_text_string(text);
    unsigned count = 0;
    if (strncmp(at, prefix, strlen(prefix)) != 0 || strlen(at) != text->size)
        return 0;
    at += strlen(prefix);
    for (;; at++) {
        if (count == most || *at < '0' || *at > '9')
            return 0;
        for (to[count] = 0; *at >= '0' && *at <= '9'; at++)
            if ((to[count] = to[count] * 10 + (uint64_t)(*at - '0')) > UINT32_MAX)
                return 0;
        count++;
        if (*at == '>')
            return at[1] == '\0' ? count : 0;
        if (*at != '.')
            return 0;
    }
}

// Numbers of a text in args[0]; the first is the node's and must be 0, this one. 0: badarg.
static unsigned read_local(struct vm_cpu *c, vm_term list, const char *prefix, uint64_t *to,
                           unsigned most)
{
    struct wb_text text wb_auto_text = {0};
    if (!vm_list_text(c->base, list, &text))
        return 0;
    unsigned count = read_numbers(&text, prefix, to, most);
    return count > 0 && to[0] == 0 ? count : 0;
}

vm_term vm_bif_list_to_pid(struct vm_cpu *c, const vm_term *args)
{
    uint64_t n[3];
    if (read_local(c, args[0], "<", n, 3) != 3 || n[1] >> PID_NUMBER_BITS != 0)
        return vm_badarg(c);
    return vm_pid(n[1] | n[2] << PID_NUMBER_BITS);
}

vm_term vm_bif_list_to_port(struct vm_cpu *c, const vm_term *args)
{
    uint64_t n[2];
    if (read_local(c, args[0], "#Port<", n, 2) != 2)
        return vm_badarg(c);
    return n[1] << 4 | VM_PORT_TAG;
}

vm_term vm_bif_list_to_ref(struct vm_cpu *c, const vm_term *args)
{
    uint64_t n[1 + VM_REFERENCE_WORDS];
    uint32_t word[VM_REFERENCE_WORDS];
    unsigned count = read_local(c, args[0], "#Ref<", n, 1 + VM_REFERENCE_WORDS);
    if (count < 4)
        return vm_badarg(c);
    for (unsigned i = 1; i < count; i++)
        word[count - 1 - i] = (uint32_t)n[i];
    return vm_make_reference_of(c, word, count - 1);
}
