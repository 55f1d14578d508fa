/* SPDX-License-Identifier: MIT */
/*
 * The stack switch for x86-64 (System V ABI): see context.h.
 *
 * A suspended stack holds, from sp upwards: r15 r14 r13 r12 rbx rbp, return address. The call frame
 * information describes exactly this at every instruction, before and after rsp changes, so that
 * debuggers, profilers and backtraces see the right stack at any point.
 *
 * There is no note that this file keeps indirect-branch tracking or shadow stacks: the jump back
 * into the caller does not.
 */
#if defined(__x86_64__) && !defined(OTPI_CONTEXT_UCONTEXT)

    .macro function name
    .globl \name
    .hidden \name
    .type \name, @function
    .balign 16
\name:
    .cfi_startproc
    endbr64
    .endm

    .macro finish name
    .cfi_endproc
    .size \name, . - \name
    .endm

    .macro keep register
    push %\register
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %\register, 0
    .endm

    .macro fetch register
    pop %\register
    .cfi_adjust_cfa_offset -8
    .cfi_restore %\register
    .endm

    .macro continue_suspended
    fetch r15
    fetch r14
    fetch r13
    fetch r12
    fetch rbx
    fetch rbp
    pop %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rcx
    jmp *%rcx
    .endm

    .text

/* void otpi_context_swap(otpi_context *save rdi, const otpi_context *to rsi): sp comes first */
function otpi_context_swap
    keep rbp
    keep rbx
    keep r12
    keep r13
    keep r14
    keep r15
    mov %rsp, (%rdi)
    mov (%rsi), %rsp
    continue_suspended
finish otpi_context_swap

/* void otpi_context_load(const otpi_context *to rdi): the frame described is the one continued */
function otpi_context_load
    mov (%rdi), %rsp
    .cfi_def_cfa %rsp, 56
    .cfi_offset %rip, -8
    .cfi_offset %rbp, -16
    .cfi_offset %rbx, -24
    .cfi_offset %r12, -32
    .cfi_offset %r13, -40
    .cfi_offset %r14, -48
    .cfi_offset %r15, -56
    continue_suspended
finish otpi_context_load

/* void otpi_context_launch(void *top rdi, otpi_context_fn *entry rsi, void *arg rdx) */
function otpi_context_launch
    and $-16, %rdi
    lea -16(%rdi), %rsp
    .cfi_undefined %rip
    mov %rsi, %rbx
    mov %rdx, %r12
    jmp otpi_context_start
finish otpi_context_launch

/* The first frame of every stack: rbx = entry, r12 = arg, rsp a multiple of 16. Its return address
 * is undefined: backtraces end here. */
function otpi_context_start
    .cfi_undefined %rip
    xor %ebp, %ebp
    mov %r12, %rdi
    call *%rbx
    ud2
finish otpi_context_start

/* void otpi_context_prepare(otpi_context *context rdi, void *top rsi, otpi_context_fn *entry rdx,
 * void *arg rcx): a stack that looks as if suspended just before otpi_context_start */
function otpi_context_prepare
    and $-16, %rsi
    sub $72, %rsi
    mov %rsi, (%rdi)
    lea otpi_context_start(%rip), %r8
    xor %eax, %eax
    mov %rax, (%rsi)
    mov %rax, 8(%rsi)
    mov %rax, 16(%rsi)
    mov %rcx, 24(%rsi)
    mov %rdx, 32(%rsi)
    mov %rax, 40(%rsi)
    mov %r8, 48(%rsi)
    mov %rax, 56(%rsi)
    mov %rax, 64(%rsi)
    ret
finish otpi_context_prepare

#endif

    .section .note.GNU-stack, "", %progbits
