// Follows this very program's stack, through its own code and through a signal; then looks at files
// of code that were cut or damaged everywhere.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "core-vm/base/file.h"
#include "inspector/target/otp/native.h"
#include "tests/unit/main.h"

enum { MAX_STACK = 1 << 20, SELF_LINES = 400 };

static struct otp_natives natives;
static struct otp_memory memory;
static struct otp_cpu cpu;

static void setup(void)
{
    static struct wb_arena arena;
    natives = (struct otp_natives){.root = ""};
    cpu = (struct otp_cpu){0};
    ck_ok(otp_maps_read(getpid(), &arena, &natives.maps));
    for (size_t i = 0; i < natives.maps.count; i++) {
        const struct otp_map *map = &natives.maps.at[i];
        if (map->readable && strncmp(map->path, "[vv", 3) != 0)
            otp_memory_add(&memory, (struct otp_segment){map->start, map->end,
                                                         (const uint8_t *)(uintptr_t)map->start});
    }
}

static void teardown(void)
{
    otp_natives_done(&natives);
    otp_memory_done(&memory);
}

static void take(const ucontext_t *context)
{
    static const int order[OTP_REGISTER_COUNT] = {
        REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
        REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    for (unsigned i = 0; i < OTP_REGISTER_COUNT; i++)
        cpu.registers.at[i] = (uint64_t)context->uc_mcontext.gregs[order[i]];
    cpu.registers.known = (1u << OTP_REGISTER_COUNT) - 1;
}

// A function of its own, whatever the compiler thinks of that.
#ifdef __clang__
#define KEPT __attribute__((noinline, used))
#else
#define KEPT __attribute__((noinline, noclone, used))
#endif

static volatile int after;

// The frames are good as long as this function has not returned.
static KEPT void innermost_of_all(void)
{
    ucontext_t context;
    // That a handler calls these is the test: the signal is raised here, so nothing is interrupted.
    // NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c)
    getcontext(&context);
    take(&context);
    // NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c)
    (void)otp_follow(&natives, &memory, &cpu, true);
    after++;
}

static KEPT void in_the_middle(void)
{
    innermost_of_all();
    after++;
}

static KEPT void outermost_of_them(void)
{
    in_the_middle();
    after++;
}

static bool is_named(const struct tgt_native *frame, const char *name)
{
    return wb_bytes_equal(frame->symbol, wb_bytes_of(name));
}

// Are these functions among the frames, in this order? Sanitizers may put theirs in between.
static bool in_order(const struct otp_followed *followed, const char *const *names, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < followed->count && found < count; i++)
        found += is_named(&followed->frames[i], names[found]);
    return found == count;
}

START_TEST(callers_are_found_by_name)
{
    static const char *const names[] = {"innermost_of_all", "in_the_middle", "outermost_of_them",
                                        "main"};
    outermost_of_them();
    ck_assert_ptr_nonnull(cpu.followed);
    ck_assert(in_order(cpu.followed, names, 4));
    ck_assert(is_named(&cpu.followed->frames[0], "innermost_of_all"));
}
END_TEST

START_TEST(frames_say_their_file_and_line)
{
    outermost_of_them();
    for (size_t i = 0; i < 3; i++) {
        const struct tgt_native *frame = &cpu.followed->frames[i];
        const char *name = strrchr((const char *)frame->object.at, '/');
        ck_assert_str_eq(name, "/check_unwind");
        ck_assert(frame->offset > 0);
        if (!CHECK_LINES)
            continue;
        ck_assert(frame->file.size > strlen("check_unwind.c"));
        ck_assert_str_eq((const char *)frame->file.at + frame->file.size - strlen("check_unwind.c"),
                         "check_unwind.c");
        ck_assert(frame->line > 0 && frame->line < SELF_LINES);
    }
}
END_TEST

static KEPT void on_signal(int number)
{
    (void)number;
    innermost_of_all();
    after++;
}

static KEPT void interrupts_itself(void)
{
    raise(SIGUSR1);
    after++;
}

START_TEST(what_a_signal_interrupted_is_found_through_it)
{
    static const char *const names[] = {"innermost_of_all", "on_signal", "interrupts_itself",
                                        "main"};
    signal(SIGUSR1, on_signal);
    interrupts_itself();
    ck_assert(in_order(cpu.followed, names, 4));
}
END_TEST

START_TEST(code_of_no_file_ends_it)
{
    cpu.registers.known = (1u << OTP_REGISTER_COUNT) - 1;
    cpu.registers.at[OTP_RIP] = (uint64_t)(uintptr_t)&memory;  // data, of a file
    cpu.registers.at[OTP_RSP] = 8;
    ck_assert_uint_le(otp_follow(&natives, &memory, &cpu, true)->count, 1);
    struct otp_cpu other = cpu;
    other.followed = NULL;
    other.registers.at[OTP_RIP] = 8;
    ck_assert_uint_eq(otp_follow(&natives, &memory, &other, true)->count, 0);
}
END_TEST

// What damaged rules may read: not our own memory, of which sanitizers watch over much.
static struct otp_memory *other_memory(void)
{
    enum { ROOM = 1 << 14 };
    static uint64_t words[ROOM / 8];
    static struct otp_memory other;
    uint64_t stack = cpu.registers.at[OTP_RSP];
    for (size_t i = 0; i < ROOM / 8; i++)
        words[i] = stack + 8 * i;
    otp_memory_done(&other);
    otp_memory_add(
        &other, (struct otp_segment){stack - ROOM / 2, stack + ROOM / 2, (const uint8_t *)words});
    return &other;
}

// Everything that is asked of a file of code, of an address every few bytes.
static uint64_t look(struct wb_bytes bytes)
{
    struct wb_arena arena = {0};
    struct otp_object object;
    uint64_t found = 0;
    struct otp_memory *other = other_memory();
    otp_object_of("damaged", bytes, &arena, &object);
    for (uint64_t offset = 0; offset < bytes.size; offset += 61) {
        uint64_t at = otp_object_address(&object, offset);
        struct otp_registers registers = cpu.registers;
        bool interrupted;
        const struct otp_symbol *symbol = otp_object_symbol(&object, at);
        found += symbol != NULL && symbol->name[0] != '\0';
        found += otp_cfi_step(&object.eh_frame, at, other, &registers, &interrupted);
    }
    otp_object_close(&object);
    wb_arena_free(&arena);
    return found;
}

// glibc's own smallest library, which every program of this kind of system can open.
static struct wb_bytes small_file(void)
{
    static const char *const paths[] = {"/lib/x86_64-linux-gnu/libdl.so.2", "/lib64/libdl.so.2",
                                        "/usr/lib/libdl.so.2"};
    struct wb_bytes file = {0};
    for (size_t i = 0; i < 3 && file.size == 0; i++)
        wb_error_free(wb_file_map(paths[i], &file));
    return file;
}

START_TEST(every_cut_of_a_file_is_survived)
{
    struct wb_bytes file wb_auto_unmap = small_file();
    outermost_of_them();
    uint64_t whole = look(file), most = 0;
    for (size_t size = 0; size < file.size; size += size < 2048 ? 1 : 37) {
        // A copy of its own, so that sanitizers see who reads behind its end.
        uint8_t *copy = malloc(size + 1);
        memcpy(copy, file.at, size);
        uint64_t found = look((struct wb_bytes){copy, size});
        most = found > most ? found : most;
        free(copy);
    }
    ck_assert(file.size == 0 || (whole > 0 && most <= whole));
}
END_TEST

START_TEST(every_damage_of_a_file_is_survived)
{
    struct wb_bytes file wb_auto_unmap = small_file();
    unsigned seed = 1;
    outermost_of_them();
    uint8_t *copy = malloc(file.size + 1);
    for (size_t i = 0; i < 2000 && file.size > 0; i++) {
        memcpy(copy, file.at, file.size);
        for (unsigned k = 0; k < 1 + i % 8; k++)
            copy[(size_t)rand_r(&seed) % file.size] = (uint8_t)rand_r(&seed);
        look((struct wb_bytes){copy, file.size});
    }
    free(copy);
}
END_TEST

// Damage where it hurts: the frames of this program, byte by byte.
START_TEST(damaged_frames_are_survived)
{
    struct wb_arena arena = {0};
    struct wb_bytes file wb_auto_unmap = {0};
    struct otp_elf elf;
    ck_ok(wb_file_map("/proc/self/exe", &file));
    ck_ok(otp_elf_read(file, &arena, &elf));
    outermost_of_them();
    const struct otp_section *frames = otp_elf_section(&elf, ".eh_frame");
    ck_assert_ptr_nonnull(frames);
    struct otp_memory *other = other_memory();
    size_t size = frames->bytes.size < 4096 ? frames->bytes.size : 4096;
    uint8_t *copy = malloc(size);
    for (size_t i = 0; i < 4 * size; i++) {
        struct wb_arena own = {0};
        struct otp_cfi cfi;
        memcpy(copy, frames->bytes.at, size);
        copy[i / 4] ^= (uint8_t)(0x11 << i % 4);
        otp_cfi_index((struct wb_bytes){copy, size}, frames->at, true, &own, &cfi);
        for (size_t k = 0; k < cfi.count; k++) {
            struct otp_registers registers = cpu.registers;
            bool interrupted;
            (void)otp_cfi_step(&cfi, cfi.fde[k].start + 5, other, &registers, &interrupted);
        }
        wb_arena_free(&own);
    }
    free(copy);
    wb_arena_free(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("unwind");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 120);
    tcase_add_checked_fixture(core, setup, teardown);
    tcase_add_test(core, callers_are_found_by_name);
    tcase_add_test(core, frames_say_their_file_and_line);
    tcase_add_test(core, what_a_signal_interrupted_is_found_through_it);
    tcase_add_test(core, code_of_no_file_ends_it);
    tcase_add_test(core, every_cut_of_a_file_is_survived);
    tcase_add_test(core, every_damage_of_a_file_is_survived);
    tcase_add_test(core, damaged_frames_are_survived);
    suite_add_tcase(suite, core);
    return suite;
}
