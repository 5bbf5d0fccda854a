// target_impl.h - what a backend fills in. Included by backends and target.c, nobody else.
//
// To add a backend:
// 1. write inspector/target/target_NAME.c with a struct whose first member is `struct tgt`, a const
//    struct tgt_ops, and a struct tgt_opener: `claims` looks at what the user named and says
//    whether it is yours, `open` makes the target;
// 2. add the file to meson.build, and the opener to backends.def: earlier rows are asked first;
// 3. run tests/contract on it: the same questions are put to every backend.
#ifndef TARGET_TARGET_IMPL_H
#define TARGET_TARGET_IMPL_H

#include "core-vm/base/write.h"
#include "inspector/target/target.h"

struct tgt_run_ops {
    struct wb_error *(*run)(struct tgt *t, const struct tgt_run *run, struct tgt_stop *ret);
    void (*interrupt)(struct tgt *t);
    uint64_t (*line_key)(const struct tgt *t, struct tgt_addr ip);
    uint64_t (*depth_mark)(const struct tgt *t, struct tgt_pid pid);
    int (*depth_compare)(const struct tgt *t, struct tgt_pid pid, uint64_t mark);
    struct tgt_addr (*ip_of)(const struct tgt *t, struct tgt_pid pid);
    struct wb_bytes (*take_output)(struct tgt *t);
};

struct tgt_edit_ops {
    struct wb_error *(*inject)(struct tgt *t, struct tgt_pid to, const struct beam_value *term);
    struct wb_error *(*drop)(struct tgt *t, struct tgt_pid pid, uint64_t message);
    struct wb_error *(*move)(struct tgt *t, struct tgt_pid pid, uint64_t message, uint64_t before);
    struct wb_error *(*kill)(struct tgt *t, struct tgt_pid pid);
};

struct tgt_living_ops {
    struct wb_error *(*look_again)(struct tgt *t, bool hold);
    void (*let_go)(struct tgt *t);
    struct tgt_hold (*held)(const struct tgt *t);
};

// Each as its tgt_ namesake in target.h says.
struct tgt_ops {
    // All of these.
    uint64_t (*epoch)(const struct tgt *t);
    struct wb_error *(*list_procs)(struct tgt *t, struct wb_arena *arena, struct tgt_procs *ret);
    struct wb_error *(*read_proc)(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                  struct tgt_proc *ret);
    struct wb_error *(*list_frames)(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                    struct tgt_frames *ret);
    struct wb_error *(*list_messages)(struct tgt *t, struct tgt_pid pid, struct tgt_range range,
                                      struct wb_arena *arena, struct tgt_messages *ret);
    struct wb_error *(*list_modules)(struct tgt *t, struct wb_arena *arena,
                                     struct tgt_modules *ret);
    struct wb_error *(*read_term)(struct tgt *t, struct tgt_term term, struct tgt_limits limits,
                                  struct wb_arena *arena, struct beam_value *ret);
    void (*close)(struct tgt *t);
    // NULL where the target cannot.
    struct wb_error *(*list_monitors)(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                      struct tgt_monitors *ret);
    struct wb_error *(*read_dictionary)(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                        struct beam_value *ret);
    struct wb_error *(*list_timers)(struct tgt *t, struct wb_arena *arena, struct tgt_timers *ret);
    struct wb_error *(*list_ports)(struct tgt *t, struct wb_arena *arena, struct tgt_ports *ret);
    struct wb_error *(*list_threads)(struct tgt *t, struct wb_arena *arena,
                                     struct tgt_threads *ret);
    struct wb_error *(*list_channels)(struct tgt *t, struct wb_arena *arena,
                                      struct tgt_channels *ret);
    struct wb_error *(*list_uses)(struct tgt *t, struct wb_arena *arena, struct tgt_uses *ret);
    struct wb_error *(*list_atoms)(struct tgt *t, struct wb_arena *arena, struct tgt_atoms *ret);
    struct wb_error *(*list_checks)(struct tgt *t, struct wb_arena *arena, struct tgt_checks *ret);
    struct wb_error *(*list_tables)(struct tgt *t, struct wb_arena *arena, struct tgt_tables *ret);
    struct wb_error *(*list_rows)(struct tgt *t, uint64_t table, struct wb_arena *arena,
                                  struct tgt_terms *ret);
    struct wb_error *(*read_memory)(struct tgt *t, struct tgt_addr from, void *to, size_t size);
    struct wb_error *(*find_code)(struct tgt *t, const struct tgt_find *find,
                                  struct wb_arena *arena, struct tgt_addrs *ret);
    struct wb_error *(*read_place)(struct tgt *t, struct tgt_addr ip, struct wb_arena *arena,
                                   struct tgt_place *ret);
    struct wb_error *(*read_clock)(struct tgt *t, uint64_t *ret);
    struct wb_error *(*load_code)(struct tgt *t, struct wb_bytes beam_file, const char *source);
    struct wb_error *(*purge_code)(struct tgt *t, struct wb_bytes module, bool kill,
                                   uint64_t *users);
    struct wb_error *(*save)(struct tgt *t, struct wb_write *file, const struct tgt_watch *watch);
    const struct tgt_living_ops *living;
    const struct tgt_run_ops *run;
    const struct tgt_edit_ops *edit;
};

// First member of every backend's own struct.
struct tgt {
    const struct tgt_ops *ops;
    struct tgt_info info;
};

// What the user named, as far as it could be looked at.
struct tgt_sight {
    const char *name;
    bool exists, is_file;
    struct wb_bytes head;  // a file's first bytes, up to 64
    uint64_t size;
};

struct tgt_opener {
    const char *kind;  // "core VM image": for messages
    bool (*claims)(const struct tgt_sight *seen);
    struct wb_error *(*open)(const struct tgt_open *open, struct tgt **ret);
};
#define TGT_BACKEND(name) extern const struct tgt_opener tgt_opener_##name;
#include "inspector/target/backends.def"
#undef TGT_BACKEND

#endif
