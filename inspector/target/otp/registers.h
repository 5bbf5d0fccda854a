// registers.h - a thread of an x86-64 process where it stopped: its registers, numbered as DWARF
// numbers them (System V ABI, AMD64 supplement, figure 3.36).
#ifndef OTP_REGISTERS_H
#define OTP_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/user.h>

enum otp_register {
    OTP_RAX,
    OTP_RDX,
    OTP_RCX,
    OTP_RBX,
    OTP_RSI,
    OTP_RDI,
    OTP_RBP,
    OTP_RSP,
    OTP_R8,
    OTP_R9,
    OTP_R10,
    OTP_R11,
    OTP_R12,
    OTP_R13,
    OTP_R14,
    OTP_R15,
    OTP_RIP,
    OTP_REGISTER_COUNT
};

struct otp_registers {
    uint64_t at[OTP_REGISTER_COUNT];
    uint32_t known;  // set of 1 << register
};

struct otp_cpu {
    int tid;
    char name[16];  // as the operating system calls it; "": not known
    bool in_call;   // in a call of the operating system
    uint64_t fs_base;
    struct otp_registers registers;
    struct otp_followed *followed;  // native.h's
};

// What the kernel says of a stopped thread: by ptrace, or in a core file.
struct otp_cpu otp_cpu_of(int tid, const struct user_regs_struct *kernels);

#endif
