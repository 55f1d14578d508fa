/* SPDX-License-Identifier: MIT */
/*
 * The stack switch for x86-64 (System V ABI): see context.h.
 *
 * A suspended stack holds, from sp upwards: r15 r14 r13 r12 rbx rbp, return address. The call frame
 * information describes exactly this at every instruction, before and after rsp changes, so that
 * debuggers, profilers and backtraces see the right stack at any point.
 *
 * There is no note that this file keeps indirect-branch tracking or shadow stacks: the jump back into
 * the caller does not.
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

/* void otpi_context_swap(void **save rdi, void *to rsi) */
function otpi_context_swap
    keep rbp
    keep rbx
    keep r12
    keep r13
    keep r14
    keep r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    continue_suspended
finish otpi_context_swap

/* void otpi_context_load(void *to rdi): the frame described is the one continued */
function otpi_context_load
    mov %rdi, %rsp
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

/* The first frame of every stack: rbx = entry, r12 = arg, rsp a multiple of 16. Its return address is
 * undefined: backtraces end here. */
function otpi_context_start
    .cfi_undefined %rip
    xor %ebp, %ebp
    mov %r12, %rdi
    call *%rbx
    ud2
finish otpi_context_start

/* void *otpi_context_prepare(void *top rdi, otpi_context_fn *entry rsi, void *arg rdx): a stack that
 * looks as if suspended just before otpi_context_start */
function otpi_context_prepare
    and $-16, %rdi
    lea -72(%rdi), %rax
    xor %ecx, %ecx
    mov %rcx, (%rax)
    mov %rcx, 8(%rax)
    mov %rcx, 16(%rax)
    mov %rdx, 24(%rax)
    mov %rsi, 32(%rax)
    mov %rcx, 40(%rax)
    lea otpi_context_start(%rip), %rdx
    mov %rdx, 48(%rax)
    mov %rcx, 56(%rax)
    mov %rcx, 64(%rax)
    ret
finish otpi_context_prepare

#endif

    .section .note.GNU-stack, "", %progbits
