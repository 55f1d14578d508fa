/* SPDX-License-Identifier: MIT */
/*
 * The stack switch by ucontext, for processors without an assembler version (or with
 * -DOTPI_CONTEXT_UCONTEXT). Some 100 times slower: it saves the signal mask by a system call.
 * "sp" is the address of a ucontext_t: of a suspended stack's own local variable, or at the top of
 * a fresh stack.
 */
#include "port/context.h"

#if defined(OTPI_CONTEXT_UCONTEXT) || (!defined(__x86_64__) && !defined(__aarch64__))

#include <ucontext.h>

/* makecontext passes ints only: a pointer travels as two. */
static void start(unsigned entry_high, unsigned entry_low, unsigned arg_high, unsigned arg_low) {
    uint64_t entry = (uint64_t)entry_high << 32 | entry_low;
    uint64_t arg = (uint64_t)arg_high << 32 | arg_low;
    ((otpi_context_fn *)(uintptr_t)entry)((void *)(uintptr_t)arg);
    otpi_panic("port-010", __FILE__, __LINE__, "a context's entry function returned");
}

/* makecontext writes at the top of [low, low + size); *made may not lie there. */
static void make(ucontext_t *made, char *low, size_t size, otpi_context_fn *entry, void *arg) {
    uint64_t entry_word = (uint64_t)(uintptr_t)entry;
    uint64_t arg_word = (uint64_t)(uintptr_t)arg;
    OTPI_ASSERT("port-011", getcontext(made) == 0);
    made->uc_stack.ss_sp = low;
    made->uc_stack.ss_size = size;
    made->uc_link = NULL;
    makecontext(made, (void (*)(void))start, 4, (unsigned)(entry_word >> 32), (unsigned)entry_word,
                (unsigned)(arg_word >> 32), (unsigned)arg_word);
}

enum { TOP_BYTES = 4096 }; /* makecontext needs to know of a bit of stack only */

void otpi_context_prepare(otpi_context *context, void *top, otpi_context_fn *entry, void *arg) {
    uintptr_t end = ((uintptr_t)top - sizeof(ucontext_t)) & ~(uintptr_t)63;
    ucontext_t *made = (ucontext_t *)end;
    make(made, (char *)end - TOP_BYTES, TOP_BYTES, entry, arg);
    context->sp = made;
}

void otpi_context_swap(otpi_context *save, const otpi_context *to) {
    ucontext_t here;
    save->sp = &here;
    OTPI_ASSERT("port-012", swapcontext(&here, to->sp) == 0);
}

void otpi_context_load(const otpi_context *to) {
    setcontext(to->sp);
    otpi_panic("port-013", __FILE__, __LINE__, "setcontext returned");
}

void otpi_context_launch(void *top, otpi_context_fn *entry, void *arg) {
    static _Thread_local ucontext_t made; /* the present frame may lie where the new one will */
    uintptr_t end = (uintptr_t)top & ~(uintptr_t)63;
    make(&made, (char *)end - TOP_BYTES, TOP_BYTES, entry, arg);
    otpi_context_load(&(otpi_context){.sp = &made});
}

#endif
