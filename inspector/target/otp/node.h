// node.h - an OTP node's memory as an OTP node: terms, atoms, code, processes, queues, tables.
//
// Works on any memory.h: a copy of a living node, or a core file. All that is read may be torn,
// wrong or gone: what cannot be read is said to be unreadable in its place, and everything else is
// shown.
#ifndef OTP_NODE_H
#define OTP_NODE_H

#include "inspector/target/otp/elf.h"
#include "inspector/target/otp/layout.h"
#include "inspector/target/otp/memory.h"
#include "inspector/target/otp/native.h"
#include "inspector/target/places.h"
#include "inspector/target/target.h"

// A word of the node, or the address of something in it.
typedef uint64_t otp_word;

// How 60-bit pids and ports hide their numbers (OTP 26 and later).
struct otp_id_shape {
    uint64_t mask, cl_mask, cli_mask;
    uint32_t cl_shift, cli_shift;
};

// A module's code in memory.
struct otp_range {
    otp_word start, end;
    bool old;
};

// A scheduler and what it is doing.
enum otp_sched_kind { OTP_NORMAL, OTP_DIRTY_CPU, OTP_DIRTY_IO };
struct otp_scheduler {
    enum otp_sched_kind kind;
    uint32_t number;
    otp_word data, process, port;  // addresses; 0: none
    uint64_t reductions;
    struct otp_cpu *cpu;  // NULL: not known
};

struct otp_process {
    struct tgt_pid pid;
    otp_word at;
    const struct otp_scheduler *on;  // NULL: does not run
};

// What a node holds besides processes, code and tables. A layout may lack one of them.
enum otp_matter { OTP_WHOLE, OTP_TIMERS, OTP_PORTS, OTP_CHANNELS, OTP_MEMORY, OTP_MATTERS };

struct otp_node {
    struct wb_arena arena;     // everything below that is made
    struct otp_memory memory;  // under it: the executable's own bytes
    struct otp_memory program;
    struct otp_memory grown;  // between the two while a node that goes on is read
    bool partial;             // not all that the node had was copied
    struct otp_elf elf;
    uint64_t bias;
    char build_id[48];  // hexadecimal
    unsigned release;
    const char *version;  // "13.1.5"
    bool jit, wide_ids;
    bool torn;                     // the memory changes while it is read
    bool unproven;                 // shown even where its layout does not fit
    struct otp_file_name runtime;  // the file of the program
    struct otp_layout layout;
    struct otp_id_shape pid_shape, port_shape;
    uint64_t atoms, atom_count;  // address of the segment table
    uint64_t atom_limit;
    bool two_word_frames;       // stack frames keep a frame pointer as well
    otp_word trace_returns[4];  // return addresses that are not code of a module
    otp_word ranges_at;         // records of the table of loaded code, one for each code index
    struct otp_range *range;    // sorted by start
    size_t range_count;
    uint32_t code_index;
    struct otp_cpu *cpu;
    size_t cpu_count;
    struct otp_natives natives;
    struct otp_scheduler *scheduler;
    size_t scheduler_count;
    struct otp_process *process;  // sorted by pid
    size_t process_count;
    uint64_t system_time;              // ns of CLOCK_MONOTONIC when it was stopped; 0: not known
    uint64_t now;                      // of its own clock; 0: was not looked for
    const char *refused[OTP_MATTERS];  // why the layout does not fit that; NULL: it does
    size_t slot_count;                 // of the process table that are in use
};

// What release it is and which layout it has, from the program alone. `table`: a layout to use
// instead of the shipped ones, NULL: none.
WB_MUST_CHECK struct wb_error *otp_node_identify(struct otp_node *node,
                                                 const struct otp_layout *table);
// Fill *node in from its memory, elf, bias and cpus: release, layout (unless that was done),
// tables. UNSUPPORTED with the reason when the layout does not fit.
WB_MUST_CHECK struct wb_error *otp_node_open(struct otp_node *node, const struct otp_layout *table);
void otp_node_done(struct otp_node *node);

// The address of a global symbol, 0: none.
otp_word otp_symbol(const struct otp_node *node, const char *name);
// Offset or size of a field in this build.
static inline int32_t otp_at(const struct otp_node *node, enum otp_field field)
{
    return node->layout.at[field];
}
// Where a member of the struct at `at` is, and the word there.
static inline otp_word otp_address(const struct otp_node *node, otp_word at, enum otp_field field)
{
    return at + (uint64_t)(int64_t)otp_at(node, field);
}
static inline otp_word otp_member(struct otp_node *node, otp_word at, enum otp_field field)
{
    return otp_u64(&node->memory, otp_address(node, at, field));
}
static inline uint32_t otp_member32(struct otp_node *node, otp_word at, enum otp_field field)
{
    return otp_u32(&node->memory, otp_address(node, at, field));
}
// `size` bytes at an address: in place, or copied to arena where they lie in several segments.
// NULL: not all there.
const void *otp_view(struct otp_node *node, otp_word at, uint64_t size, struct wb_arena *arena);
// The same of words, which a damaged file may have where no words can be read in place.
const uint64_t *otp_words(struct otp_node *node, otp_word at, uint64_t count,
                          struct wb_arena *arena);

// term.c
static inline bool otp_is_list(otp_word t)
{
    return (t & 3) == 1;
}
static inline bool otp_is_boxed(otp_word t)
{
    return (t & 3) == 2;
}
static inline bool otp_is_atom(otp_word t)
{
    return (t & 63) == 0x0B;
}
static inline bool otp_is_pid(otp_word t)
{
    return (t & 15) == 3;
}
static inline bool otp_is_port(otp_word t)
{
    return (t & 15) == 7;
}
static inline bool otp_is_small(otp_word t)
{
    return (t & 15) == 15;
}
#define OTP_NIL ((otp_word)0x3B)
// Size 0: not an atom of this node.
struct wb_bytes otp_atom_text(struct otp_node *node, otp_word atom);
struct tgt_pid otp_pid_of(const struct otp_node *node, otp_word pid);
void otp_list_atoms(struct otp_node *node, struct wb_arena *arena, struct tgt_atoms *ret);
// N of #Port<0.N>.
uint64_t otp_port_number(const struct otp_node *node, otp_word port);
void otp_read_term(struct otp_node *node, otp_word term, struct tgt_limits limits,
                   struct wb_arena *arena, struct beam_value *ret);
// The numbers of a local reference.
void otp_reference_numbers(struct otp_node *node, otp_word at, uint32_t ret[3]);

// code.c
WB_MUST_CHECK struct wb_error *otp_code_open(struct otp_node *node);
// .data to the end of .bss, where the program is loaded; empty: it has none.
struct otp_data {
    otp_word start, end;
};
struct otp_data otp_writable_data(const struct otp_node *node);
// The records that by their numbers may be those of the table of loaded code: address of an array,
// count of its elements (16 bytes each). The arrays have to be there before otp_code_open.
typedef void otp_record_fn(void *arg, otp_word at);
void otp_list_code_records(struct otp_node *node, otp_record_fn *take, void *arg);
// Function and line of an address in a module's code. False: none is there.
bool otp_place_of(struct otp_node *node, otp_word pc, struct wb_arena *arena,
                  struct tgt_place *ret);
struct tgt_mfa otp_mfa_at(struct otp_node *node, otp_word mfa);
bool otp_is_code(const struct otp_node *node, otp_word pc);
// The address of a string in the program's constants; 0: it is not there.
otp_word otp_find_string(struct otp_node *node, const char *text);
// The table of modules that is in use; 0: not found.
otp_word otp_module_table(struct otp_node *node);
WB_MUST_CHECK struct wb_error *otp_list_modules(struct otp_node *node, struct wb_arena *arena,
                                                struct tgt_modules *ret);

// process.c
WB_MUST_CHECK struct wb_error *otp_processes_open(struct otp_node *node);
const struct otp_process *otp_process_find(const struct otp_node *node, struct tgt_pid pid);
// What the process itself says: no links.
void otp_read_outline(struct otp_node *node, const struct otp_process *process,
                      struct tgt_places *places, struct wb_arena *arena, struct tgt_proc *ret);
void otp_read_process(struct otp_node *node, const struct otp_process *process,
                      struct tgt_places *places, struct wb_arena *arena, struct tgt_proc *ret);
// stack.c
void otp_list_frames(struct otp_node *node, const struct otp_process *process,
                     struct wb_arena *arena, struct tgt_frames *ret);
struct otp_stack {
    otp_word heap, htop, stop, hend, pc;
    bool from_registers;
    bool sound;  // heap <= htop <= stop <= hend, and of the size the process says
};
struct otp_stack otp_stack_of(struct otp_node *node, const struct otp_process *process);
// queue.c
void otp_list_messages(struct otp_node *node, const struct otp_process *process,
                       struct tgt_range range, struct wb_arena *arena, struct tgt_messages *ret);
uint64_t otp_count_messages(struct otp_node *node, const struct otp_process *process);
// Was all of its queue copied?
bool otp_queue_is_whole(struct otp_node *node, const struct otp_process *process);
// relation.c
void otp_list_links(struct otp_node *node, const struct otp_process *process,
                    struct wb_arena *arena, struct tgt_proc *ret);
// Of anything with the head that processes and ports share.
void otp_list_links_at(struct otp_node *node, otp_word at, struct wb_arena *arena,
                       struct tgt_pid **ret, size_t *count);
void otp_list_monitors(struct otp_node *node, const struct otp_process *process,
                       struct wb_arena *arena, struct tgt_monitors *ret);
void otp_read_dictionary(struct otp_node *node, const struct otp_process *process,
                         struct tgt_limits limits, struct wb_arena *arena, struct beam_value *ret);
// table.c
void otp_list_tables(struct otp_node *node, struct wb_arena *arena, struct tgt_tables *ret);
WB_MUST_CHECK struct wb_error *otp_list_rows(struct otp_node *node, uint64_t table,
                                             struct wb_arena *arena, struct tgt_terms *ret);
// The addresses of all tables.
void otp_list_table_addresses(struct otp_node *node, struct wb_arena *arena, struct tgt_terms *ret);
// Up to `most` rows of a table as they lie, compressed or not. False: it is no table.
bool otp_list_rows_most(struct otp_node *node, otp_word table, uint64_t most,
                        struct wb_arena *arena, struct tgt_terms *ret);
// matter.c
// Does the layout say where this is?
bool otp_matter_known(const struct otp_node *node, enum otp_matter matter);
// UNSUPPORTED: it does not, or what it says does not fit.
WB_MUST_CHECK struct wb_error *otp_matter_ready(const struct otp_node *node,
                                                enum otp_matter matter);
// clock.c
WB_MUST_CHECK struct wb_error *otp_read_clock(struct otp_node *node, uint64_t *ret);
// timer.c
struct otp_timer {
    uint32_t scheduler;                       // number of its scheduler
    bool sends, by_name, of_process, paused;  // paused: ticks are what is left
    uint32_t state;                           // of one that sends; 0: armed
    otp_word receiver;                        // an atom, or the address of a process
    uint64_t ticks;                           // ms of the node's clock when it fires
};
struct otp_timer otp_timer_at(struct otp_node *node, otp_word at);
// The reference of one that sends, which it alone may have: a timer's address stands for it as
// tgt_timer.ref. False: there is no timer at this address.
bool otp_timer_reference(struct otp_node *node, otp_word at, uint32_t ret[3]);
// Addresses of the timers that send, in order of their references.
void otp_list_sending_timers(struct otp_node *node, const struct otp_scheduler *scheduler,
                             struct wb_arena *arena, struct tgt_terms *ret);
// When the `receive after` of a process ends; 0: it has none.
uint64_t otp_wake_time(struct otp_node *node, otp_word process);
WB_MUST_CHECK struct wb_error *otp_list_timers(struct otp_node *node, struct wb_arena *arena,
                                               struct tgt_timers *ret);
// port.c
void otp_list_port_addresses(struct otp_node *node, struct wb_arena *arena, struct tgt_terms *ret);
// Text that ends with a 0, up to some length; size 0: none is there.
struct wb_bytes otp_c_string(struct otp_node *node, otp_word at, struct wb_arena *arena);
WB_MUST_CHECK struct wb_error *otp_list_ports(struct otp_node *node, struct wb_arena *arena,
                                              struct tgt_ports *ret);
// channel.c
enum otp_channel_list {
    OTP_VISIBLE,
    OTP_HIDDEN,
    OTP_PENDING,
    OTP_NOT_CONNECTED,
    OTP_CHANNEL_LISTS
};
// Returns how many there are as the node counts them.
uint64_t otp_list_channel_addresses(struct otp_node *node, enum otp_channel_list which,
                                    struct wb_arena *arena, struct tgt_terms *ret);
WB_MUST_CHECK struct wb_error *otp_list_channels(struct otp_node *node, struct wb_arena *arena,
                                                 struct tgt_channels *ret);
// use.c
enum { OTP_MAX_ALLOCATORS = 32 };
// Carriers, and the blocks in them by the type of allocator they belong to.
struct otp_carriers {
    uint64_t count, bytes;
    uint64_t blocks[OTP_MAX_ALLOCATORS], block_bytes[OTP_MAX_ALLOCATORS];
};
// Where the addresses of an allocator's instances are; some may be 0.
struct otp_instances {
    otp_word at;
    uint32_t count;
};
// Types count from 1.
struct otp_instances otp_allocator_instances(struct otp_node *node, unsigned type);
struct otp_carriers otp_carriers_at(struct otp_node *node, otp_word stats);
WB_MUST_CHECK struct wb_error *otp_list_uses(struct otp_node *node, struct wb_arena *arena,
                                             struct tgt_uses *ret);

// check.c: does the layout fit? One row a check, for people and for refusing.
void otp_check_layout(struct otp_node *node, struct wb_arena *arena, struct tgt_checks *ret);

#endif
