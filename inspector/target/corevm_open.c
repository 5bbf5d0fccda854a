// corevm_open.c - making a core VM to look at: from a saved image, a .beam file or a module's name.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/format/module.h"
#include "core-vm/format/print.h"
#include "core-vm/vm/boot.h"
#include "inspector/target/corevm_priv.h"

#define IMAGE_MAGIC "cryoimg\n"

static bool begins(const struct tgt_sight *seen, const char *magic)
{
    size_t size = strlen(magic);
    return seen->head.size >= size && memcmp(seen->head.at, magic, size) == 0;
}

static bool is_image(const struct tgt_sight *seen)
{
    return begins(seen, IMAGE_MAGIC);
}

// Compressed .beam files are gzip's.
static bool is_beam(const struct tgt_sight *seen)
{
    return begins(seen, "FOR1") || begins(seen, "\x1f\x8b");
}

// A name that can be an atom without quotes, or an Elixir module's.
static bool is_module(const struct tgt_sight *seen)
{
    if (seen->is_file || !isalpha((unsigned char)seen->name[0]))
        return false;
    for (const char *c = seen->name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("_@.", *c) == NULL)
            return false;
    return true;
}

static const char *keep(struct wb_arena *arena, const char *text, size_t size)
{
    char *copy = wb_push(arena, size + 1, 1);
    memcpy(copy, text, size);
    return copy;
}

// The folder of a file, its paths, then the installed ones.
static struct wb_error *paths_of(struct corevm *c, const struct tgt_open *open, const char *folder,
                                 const char *const **ret, size_t *count)
{
    const char *const *otp = NULL;
    size_t otp_count = 0, at = 0;
    WB_TRY(vm_find_otp(&c->arena, &otp, &otp_count));
    const char **all = wb_push_array(&c->arena, const char *, open->path_count + otp_count + 2);
    if (folder != NULL)
        all[at++] = folder;
    for (size_t i = open->path_count; i-- > 0;)  // the last one given is searched first, as by erl
        all[at++] = keep(&c->arena, open->paths[i], strlen(open->paths[i]));
    all[at++] = ".";
    for (size_t i = 0; i < otp_count; i++)
        all[at++] = otp[i];
    *ret = all;
    *count = at;
    return NULL;
}

static struct corevm *shell(const char *kind, const char *name)
{
    struct corevm *c = calloc(1, sizeof *c);
    if (c == NULL)
        wb_die_no_memory(sizeof *c);
    c->base.ops = &corevm_ops;
    c->base.info = (struct tgt_info){
        .kind = kind,
        .name = keep(&c->arena, name, strlen(name)),
        .release = "OTP 25",
        .word_size = 8,
    };
    return c;
}

static struct wb_error *make_world(struct corevm *c, const struct tgt_open *open,
                                   const char *folder)
{
    WB_TRY(paths_of(c, open, folder, &c->paths, &c->path_count));
    c->system = vm_system_world_new(c->paths, c->path_count);
    c->outside = vm_system_world_of(c->system);
    return NULL;
}

// Give what was made so far back when err is one.
static struct wb_error *hand_over(struct corevm *c, struct wb_error *err, struct tgt **ret)
{
    if (err != NULL) {
        corevm_ops.close(&c->base);
        return err;
    }
    *ret = &c->base;
    return NULL;
}

static struct wb_error *open_saved(struct corevm *c, const struct tgt_open *open)
{
    struct wb_bytes file wb_auto_unmap = {0};
    WB_TRY(make_world(c, open, NULL));
    WB_TRY(wb_file_map(open->name, &file));
    struct vm_world world = corevm_world(c);
    return vm_open(file, &world, &c->vm);
}

static struct wb_error *open_image(const struct tgt_open *open, struct tgt **ret)
{
    struct corevm *c = shell("image", open->name);
    return hand_over(c, open_saved(c, open), ret);
}

static struct wb_error *new_vm(struct corevm *c, const struct tgt_open *open)
{
    struct vm_options options = {.virtual_time = !open->real_time, .keep_beam = true};
    struct vm_world world = corevm_world(c);
    return vm_new(&options, &world, &c->vm);
}

// "start" or "main" with so many arguments, whichever is exported; NULL: neither.
static const char *entry_of(const struct beam_module *module, uint32_t arity)
{
    static const char *const names[] = {"start", "main"};
    for (size_t n = 0; n < 2; n++)
        for (uint32_t i = 0; i < module->exports.count; i++)
            if (module->exports.at[i].arity == arity &&
                wb_bytes_equal(beam_module_atom(module, module->exports.at[i].function),
                               wb_bytes_of(names[n])))
                return names[n];
    return NULL;
}

// Where the program begins, for info.entry.
static void keep_entry(struct corevm *c, const char *module, const char *function, uint32_t arity)
{
    struct wb_text text wb_auto_text = {0};
    beam_print_atom(wb_bytes_of(module), &text);
    wb_text_put_char(&text, ':');
    beam_print_atom(wb_bytes_of(function), &text);
    wb_text_printf(&text, "/%u", arity);
    c->base.info.entry = keep(&c->arena, wb_text_string(&text), text.size);
}

static struct wb_error *boot(struct corevm *c, const struct tgt_open *open,
                             const struct beam_module *module)
{
    uint32_t arity = open->arg_count > 0 ? 1 : 0;
    const char *name = keep(&c->arena, (const char *)module->name.at, module->name.size);
    struct vm_boot boot = {
        .module = name,
        .function = open->function != NULL ? open->function : entry_of(module, arity),
        .args = open->args,
        .arg_count = open->arg_count,
    };
    if (boot.function == NULL)
        return wb_error_new(WB_E_NOT_FOUND,
                            "%s exports neither start/%u nor main/%u: say which function to start",
                            name, arity, arity);
    keep_entry(c, name, boot.function, arity);
    return vm_boot(c->vm, &boot);
}

// A program that was found: its file is looked at for where it begins.
static struct wb_error *start(struct corevm *c, const struct tgt_open *open, struct wb_bytes file)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct wb_error *err = beam_module_read(file, &arena, &module);
    if (err == NULL)
        err = boot(c, open, &module);
    wb_arena_free(&arena);
    return err;
}

static struct wb_error *open_file(struct corevm *c, const struct tgt_open *open)
{
    struct wb_bytes file wb_auto_unmap = {0};
    const char *slash = strrchr(open->name, '/');
    const char *folder =
        slash != NULL ? keep(&c->arena, open->name, (size_t)(slash - open->name)) : ".";
    WB_TRY(make_world(c, open, folder));
    WB_TRY(wb_file_map(open->name, &file));
    WB_TRY(new_vm(c, open));
    WB_TRY(vm_load(c->vm, file, open->name));
    return start(c, open, file);
}

static struct wb_error *open_beam_file(const struct tgt_open *open, struct tgt **ret)
{
    struct corevm *c = shell("core VM", open->name);
    return hand_over(c, open_file(c, open), ret);
}

static struct wb_error *open_named(struct corevm *c, const struct tgt_open *open)
{
    struct wb_bytes file;
    const char *path = NULL;
    WB_TRY(make_world(c, open, NULL));
    struct wb_error *err = c->outside.find_module(c->outside.data, open->name, &file, &path);
    if (err != NULL)
        return wb_error_while(err, "%s is neither a file nor a module that can be found",
                              open->name);
    WB_TRY(new_vm(c, open));
    return start(c, open, file);
}

static struct wb_error *open_module(const struct tgt_open *open, struct tgt **ret)
{
    struct corevm *c = shell("core VM", open->name);
    return hand_over(c, open_named(c, open), ret);
}

const struct tgt_opener tgt_opener_image = {"image", is_image, open_image};
const struct tgt_opener tgt_opener_beam_file = {".beam file", is_beam, open_beam_file};
const struct tgt_opener tgt_opener_module = {"module", is_module, open_module};
