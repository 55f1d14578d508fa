/* SPDX-License-Identifier: MIT */
#include "port/fault.h"

#include "base/assert.h"
#include "port/memory.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { SIGNAL_STACK_BYTES = 64 << 10, FRAMES_MAX = 64 };

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { FATAL_COUNT = sizeof fatal / sizeof *fatal };

static struct sigaction former[FATAL_COUNT];
static _Atomic(otpi_fault_fn *) reporter_now;
static bool installed;
static _Atomic pid_t reporting; /* the thread that reports; 0 = none */
static _Thread_local void *own_stack;

/* The signal takes its former way: a fault happens again when the handler returns, a signal that
 * was sent (by abort, kill) is sent again and comes when the handler returns. */
static void pass_on(int signo, const siginfo_t *info) {
    for (size_t i = 0; i < FATAL_COUNT; i++) {
        if (fatal[i] == signo) {
            sigaction(signo, &former[i], NULL);
        }
    }
    if (info->si_code <= 0) {
        tgkill(getpid(), gettid(), signo);
    }
}

static void on_fault(int signo, siginfo_t *info, void *ucontext) {
    int err = errno;
    pid_t self = gettid();
    pid_t other = 0;
    /* Relaxed: this only chooses one thread; the reporter reads what that thread wrote. */
    if (atomic_compare_exchange_strong_explicit(&reporting, &other, self, memory_order_relaxed,
                                                memory_order_relaxed)) {
        otpi_fault_fn *reporter = atomic_load_explicit(&reporter_now, memory_order_acquire);
        if (reporter) {
            reporter(signo, info->si_addr, ucontext);
        }
    } else if (other != self) {
        for (;;) {
            pause(); /* the first one ends the process */
        }
    }
    pass_on(signo, info);
    errno = err;
}

void otpi_fault_install(otpi_fault_fn *reporter) {
    /* release: pairs with the acquire in on_fault */
    atomic_store_explicit(&reporter_now, reporter, memory_order_release);
    otpi_fault_thread_enter();
    if (installed) {
        return;
    }
    void *frames[2];
    (void)backtrace(frames, 2); /* loads the unwinder now: later it must not allocate */
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < FATAL_COUNT; i++) {
        OTPI_ASSERT("port-100", sigaction(fatal[i], &action, &former[i]) == 0);
    }
    installed = true;
}

void otpi_fault_uninstall(void) {
    for (size_t i = 0; installed && i < FATAL_COUNT; i++) {
        OTPI_ASSERT("port-101", sigaction(fatal[i], &former[i], NULL) == 0);
    }
    installed = false;
    atomic_store_explicit(&reporter_now, NULL, memory_order_release);
}

/* A stack that is there already (a sanitizer's) is as good. */
void otpi_fault_thread_enter(void) {
    stack_t before;
    if (own_stack || sigaltstack(NULL, &before) != 0 || !(before.ss_flags & SS_DISABLE)) {
        return;
    }
    own_stack = otpi_pages_map(SIGNAL_STACK_BYTES);
    if (own_stack) {
        stack_t stack = {.ss_sp = own_stack, .ss_size = SIGNAL_STACK_BYTES};
        OTPI_ASSERT("port-102", sigaltstack(&stack, NULL) == 0);
    }
}

void otpi_fault_thread_leave(void) {
    if (own_stack) {
        OTPI_ASSERT("port-103", sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL) == 0);
        otpi_pages_unmap(own_stack, SIGNAL_STACK_BYTES);
        own_stack = NULL;
    }
}

const char *otpi_fault_signal_name(int signo) {
    static const char *const names[FATAL_COUNT] = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL",
                                                   "SIGABRT"};
    for (size_t i = 0; i < FATAL_COUNT; i++) {
        if (fatal[i] == signo) {
            return names[i];
        }
    }
    return "a signal";
}

size_t otpi_backtrace_take(void **frames, size_t max) {
    int count = backtrace(frames, (int)max);
    return count > 0 ? (size_t)count : 0;
}

void otpi_backtrace_write(int fd) {
    void *frames[FRAMES_MAX];
    int count = backtrace(frames, FRAMES_MAX);
    backtrace_symbols_fd(frames, count, fd);
}
