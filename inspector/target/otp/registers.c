#include "inspector/target/otp/registers.h"

struct otp_cpu otp_cpu_of(int tid, const struct user_regs_struct *kernels)
{
    return (struct otp_cpu){
        .tid = tid,
        .in_call = (int64_t)kernels->orig_rax >= 0,
        .fs_base = kernels->fs_base,
        .registers = {.at =
                          {
                              [OTP_RAX] = kernels->rax,
                              [OTP_RDX] = kernels->rdx,
                              [OTP_RCX] = kernels->rcx,
                              [OTP_RBX] = kernels->rbx,
                              [OTP_RSI] = kernels->rsi,
                              [OTP_RDI] = kernels->rdi,
                              [OTP_RBP] = kernels->rbp,
                              [OTP_RSP] = kernels->rsp,
                              [OTP_R8] = kernels->r8,
                              [OTP_R9] = kernels->r9,
                              [OTP_R10] = kernels->r10,
                              [OTP_R11] = kernels->r11,
                              [OTP_R12] = kernels->r12,
                              [OTP_R13] = kernels->r13,
                              [OTP_R14] = kernels->r14,
                              [OTP_R15] = kernels->r15,
                              [OTP_RIP] = kernels->rip,
                          },
                      .known = (1u << OTP_REGISTER_COUNT) - 1},
    };
}
