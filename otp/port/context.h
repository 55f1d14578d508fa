/* SPDX-License-Identifier: MIT */
/*
 * Switching between stacks of one thread: a few lines of assembler (x86-64, aarch64) that save the
 * callee-saved general registers, with ucontext elsewhere.
 *
 * Design notes. Floating-point control words are not saved: a context that changes the rounding
 * mode must change it back before it switches (saving them costs up to 90 ns when flags differ).
 * The aarch64 ABI makes the low halves of v8-v15 callee-saved; those are saved. The switch returns
 * by an indirect jump, because a `ret` to another stack is always mispredicted. Contexts never move
 * between threads: the compiler may cache thread-local addresses (errno too) over a switch.
 *
 * AddressSanitizer is told of each switch in here; for ThreadSanitizer the scheduler calls
 * otpi_fiber_switch (port/sanitizer.h) just before. After otpi_context_restart or _jump the
 * abandoned frames stay on that fiber's shadow stack: give the fiber back soon.
 */
#ifndef OTP_PORT_CONTEXT_H
#define OTP_PORT_CONTEXT_H

#include "base/assert.h"
#include "port/sanitizer.h"

typedef struct otpi_context {
    void *sp; /* first: where the registers lie on the suspended stack */
#if OTPI_ASAN
    const void *stack_low;
    size_t stack_size;
    void *fake_stack;
#endif
} otpi_context;

typedef void otpi_context_fn(void *arg); /* never returns */

#if OTPI_ASAN
#define OTPI_CONTEXT_CALL
#else
/* Their frames begin on one fiber and end on another, or not at all. */
#define OTPI_CONTEXT_CALL OTPI_UNINSTRUMENTED static inline
#endif

/* Makes a context that will run entry(arg) on the stack [stack_low, stack_low + stack_size) when it
 * is first switched to. Writes only at the top of the stack; forgets what was on it. */
OTPI_CONTEXT_CALL void otpi_context_init(otpi_context *context, void *stack_low, size_t stack_size,
                                         otpi_context_fn *entry, void *arg);

/* Suspends here into *save and continues *to. Returns when somebody switches to *save. */
OTPI_CONTEXT_CALL void otpi_context_switch(otpi_context *save, otpi_context *to);

/* Continues *to and abandons the current frames for ever: their stack may be used again at once. */
OTP_NORETURN OTPI_CONTEXT_CALL void otpi_context_jump(otpi_context *to);

/* Abandons all frames of the current stack, which is [stack_low, stack_low + stack_size), and runs
 * entry(arg) from its top: the way out of any depth. arg may not lie on this stack. */
OTP_NORETURN OTPI_CONTEXT_CALL void otpi_context_restart(void *stack_low, size_t stack_size,
                                                         otpi_context_fn *entry, void *arg);

/* Where the stack's contents end while the context is suspended: for high-water checks. */
static inline const void *otpi_context_depth(const otpi_context *context) {
    return context->sp;
}

/* A stack that was abandoned may be used for something else. Nothing without AddressSanitizer. */
static inline void otpi_stack_unpoison(void *stack_low, size_t stack_size) {
    otpi_memory_unpoison(stack_low, stack_size);
}

/* ---- Below the interface: context_x86_64.S, context_aarch64.S or context_ucontext.c ---- */

/* Contexts are read and written in assembler only: ThreadSanitizer, which sees no order between
 * fibers, takes no offence. */
void otpi_context_prepare(otpi_context *context, void *top, otpi_context_fn *entry, void *arg);
void otpi_context_swap(otpi_context *save, const otpi_context *to);
OTP_NORETURN void otpi_context_load(const otpi_context *to);
OTP_NORETURN void otpi_context_launch(void *top, otpi_context_fn *entry, void *arg);

#if !OTPI_ASAN
static inline void otpi_context_init(otpi_context *context, void *stack_low, size_t stack_size,
                                     otpi_context_fn *entry, void *arg) {
    otpi_context_prepare(context, (char *)stack_low + stack_size, entry, arg);
}
static inline void otpi_context_switch(otpi_context *save, otpi_context *to) {
    otpi_context_swap(save, to);
}
static inline void otpi_context_jump(otpi_context *to) {
    otpi_context_load(to);
}
static inline void otpi_context_restart(void *stack_low, size_t stack_size, otpi_context_fn *entry,
                                        void *arg) {
    otpi_context_launch((char *)stack_low + stack_size, entry, arg);
}
#endif

#endif
