/* SPDX-License-Identifier: MIT */
/*
 * The stack switch with AddressSanitizer, which must know the bounds of the running stack and keeps
 * a "fake stack" per context. It tells the bounds of a thread's own stack only when that is left:
 * so a context learns its bounds from whoever arrives next on the thread.
 */
#include "port/context.h"

#if OTPI_ASAN

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

/* No redzones of their own: their frames are left in the middle. */
#define UNCHECKED __attribute__((noinline, no_sanitize_address))

typedef struct launch {
    otpi_context_fn *entry;
    void *arg;
} launch;

static _Thread_local otpi_context *leaving; /* who was suspended by the switch under way */

UNCHECKED static void arrive(void *fake_stack) {
    const void *low;
    size_t size;
    __sanitizer_finish_switch_fiber(fake_stack, &low, &size);
    if (leaving) {
        leaving->stack_low = low;
        leaving->stack_size = size;
    }
}

UNCHECKED static void first_entry(void *arg) {
    launch *start = arg;
    arrive(NULL);
    start->entry(start->arg);
}

UNCHECKED void otpi_context_init(otpi_context *context, void *stack_low, size_t stack_size,
                                 otpi_context_fn *entry, void *arg) {
    otpi_memory_unpoison(stack_low, stack_size);
    uintptr_t top = (uintptr_t)stack_low + stack_size - sizeof(launch);
    launch *start = (launch *)(top & ~(uintptr_t)15);
    *start = (launch){entry, arg};
    otpi_context_prepare(context, start, first_entry, start);
    context->stack_low = stack_low;
    context->stack_size = stack_size;
    context->fake_stack = NULL;
}

UNCHECKED void otpi_context_switch(otpi_context *save, otpi_context *to) {
    __sanitizer_start_switch_fiber(&save->fake_stack, to->stack_low, to->stack_size);
    leaving = save;
    otpi_context_swap(save, to);
    arrive(save->fake_stack);
}

UNCHECKED void otpi_context_jump(otpi_context *to) {
    __sanitizer_start_switch_fiber(NULL, to->stack_low, to->stack_size);
    leaving = NULL;
    otpi_context_load(to);
}

UNCHECKED void otpi_context_restart(void *stack_low, size_t stack_size, otpi_context_fn *entry,
                                    void *arg) {
    __asan_handle_no_return();
    otpi_memory_unpoison(stack_low, stack_size);
    otpi_context_launch((char *)stack_low + stack_size, entry, arg);
}

#endif
