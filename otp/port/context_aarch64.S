/* SPDX-License-Identifier: MIT */
/*
 * The stack switch for aarch64 (AAPCS64): see context.h.
 *
 * A suspended stack holds, from sp upwards: x19 .. x28, x29, x30 (where to continue), d8 .. d15.
 */
#if defined(__aarch64__) && !defined(OTPI_CONTEXT_UCONTEXT)

    .macro function name
    .globl \name
    .hidden \name
    .type \name, %function
    .balign 16
\name:
    .cfi_startproc
    hint #34 /* bti c */
    .endm

    .macro finish name
    .cfi_endproc
    .size \name, . - \name
    .endm

    .macro frame_is_at_sp
    .cfi_def_cfa sp, 160
    .cfi_offset x19, -160
    .cfi_offset x20, -152
    .cfi_offset x21, -144
    .cfi_offset x22, -136
    .cfi_offset x23, -128
    .cfi_offset x24, -120
    .cfi_offset x25, -112
    .cfi_offset x26, -104
    .cfi_offset x27, -96
    .cfi_offset x28, -88
    .cfi_offset x29, -80
    .cfi_offset x30, -72
    .cfi_offset d8, -64
    .cfi_offset d9, -56
    .cfi_offset d10, -48
    .cfi_offset d11, -40
    .cfi_offset d12, -32
    .cfi_offset d13, -24
    .cfi_offset d14, -16
    .cfi_offset d15, -8
    .endm

    .macro continue_suspended
    ldp d14, d15, [sp, #144]
    ldp d12, d13, [sp, #128]
    ldp d10, d11, [sp, #112]
    ldp d8, d9, [sp, #96]
    ldp x29, x30, [sp, #80]
    ldp x27, x28, [sp, #64]
    ldp x25, x26, [sp, #48]
    ldp x23, x24, [sp, #32]
    ldp x21, x22, [sp, #16]
    ldp x19, x20, [sp], #160
    .cfi_def_cfa_offset 0
    br x30
    .endm

    .text

/* void otpi_context_swap(otpi_context *save x0, const otpi_context *to x1): sp comes first */
function otpi_context_swap
    sub sp, sp, #160
    .cfi_adjust_cfa_offset 160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    frame_is_at_sp
    mov x2, sp
    str x2, [x0]
    ldr x2, [x1]
    mov sp, x2
    continue_suspended
finish otpi_context_swap

/* void otpi_context_load(const otpi_context *to x0): the frame described is the one continued */
function otpi_context_load
    ldr x2, [x0]
    mov sp, x2
    frame_is_at_sp
    continue_suspended
finish otpi_context_load

/* void otpi_context_launch(void *top x0, otpi_context_fn *entry x1, void *arg x2) */
function otpi_context_launch
    .cfi_undefined x30
    and x0, x0, #-16
    mov sp, x0
    mov x19, x1
    mov x20, x2
    b otpi_context_start
finish otpi_context_launch

/* The first frame of every stack: x19 = entry, x20 = arg. Its return address is undefined:
 * backtraces end here. */
function otpi_context_start
    .cfi_undefined x30
    mov x29, xzr
    mov x30, xzr
    mov x0, x20
    blr x19
    brk #1
finish otpi_context_start

/* void otpi_context_prepare(otpi_context *context x0, void *top x1, otpi_context_fn *entry x2,
 * void *arg x3): a stack that looks as if suspended just before otpi_context_start */
function otpi_context_prepare
    and x1, x1, #-16
    sub x1, x1, #160
    str x1, [x0]
    adr x4, otpi_context_start
    stp x2, x3, [x1, #0]
    stp xzr, xzr, [x1, #16]
    stp xzr, xzr, [x1, #32]
    stp xzr, xzr, [x1, #48]
    stp xzr, xzr, [x1, #64]
    stp xzr, x4, [x1, #80]
    stp xzr, xzr, [x1, #96]
    stp xzr, xzr, [x1, #112]
    stp xzr, xzr, [x1, #128]
    stp xzr, xzr, [x1, #144]
    ret
finish otpi_context_prepare

#endif

    .section .note.GNU-stack, "", %progbits
