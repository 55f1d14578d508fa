/* SPDX-License-Identifier: MIT */
/*
 * otp_hibernate: a process that will wait for long gives back what it does not need meanwhile.
 */
#include "port/memory.h"
#include "process/extra.h"
#include "process/life.h"
#include "world/state.h"

/* What the functions that park the caller need of its stack, and some to spare. */
enum { STACK_KEPT = 4096 };

/* The pages below the caller's frames were touched by calls that have returned. The lowest page of
 * an unguarded stack holds its canary and stays. Not inlined: its own frame is below the caller's.
 */
static OTPI_NOINLINE void stack_shrink(void) {
    const otpi_stack *stack = otpi_worker_here()->stack;
    uintptr_t page = otpi_page_size();
    uintptr_t low = ((uintptr_t)stack->low + page - 1) & ~(page - 1);
    uintptr_t high = ((uintptr_t)__builtin_frame_address(0) - STACK_KEPT) & ~(page - 1);
    if (high > low && high <= (uintptr_t)stack->low + stack->size) {
        otpi_pages_discard((void *)low, high - low);
    }
}

void otp_hibernate(void) {
    otpi_process *self = otpi_self();
    otpi_scope_turn(self);
    otpi_extra_trim(self);
    if (!self->mailbox && !otpi_signals_take(self)) {
        stack_shrink();
    }
    while (!self->mailbox) {
        if (!otpi_signals_take(self)) {
            otpi_process_wait(self, "hibernate", UINT64_MAX);
        }
    }
}
