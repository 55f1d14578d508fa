/* SPDX-License-Identifier: MIT */
/*
 * Where another thread computes: it is sent a signal whose handler notes the interrupted program
 * counter. SIGURG is taken for this, as it is ignored by default and few programs use it; one that
 * has a handler of its own keeps it, and then nothing is known.
 */
#include "port/thread.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

static otpi_mutex asking = OTPI_MUTEX_INIT; /* one question at a time; of what follows */
static int question;                        /* its number: a late answer is none */
static otpi_park answered;
static _Atomic int answer;
static _Atomic uintptr_t address_seen;

static uintptr_t program_counter(void *ucontext) {
    const ucontext_t *context = ucontext;
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

static void on_question(int signo, siginfo_t *info, void *ucontext) {
    (void)signo;
    if (info->si_code == SI_QUEUE && info->si_pid == getpid()) {
        atomic_store_explicit(&address_seen, program_counter(ucontext), memory_order_relaxed);
        /* release: pairs with the acquire of who asked */
        atomic_store_explicit(&answer, info->si_value.sival_int, memory_order_release);
        otpi_park_wake(&answered);
    }
}

/* False when the program has its own handler. */
static bool handler_install(void) {
    struct sigaction before;
    if (sigaction(SIGURG, NULL, &before) != 0) {
        return false;
    }
    if ((before.sa_flags & SA_SIGINFO) && before.sa_sigaction == on_question) {
        return true;
    }
    if ((before.sa_flags & SA_SIGINFO) ||
        (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)) {
        return false;
    }
    struct sigaction action = {.sa_sigaction = on_question,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigfillset(&action.sa_mask);
    otpi_park_init(&answered);
    return sigaction(SIGURG, &action, NULL) == 0;
}

/* Waits for the answer to the newest question. */
static bool answer_wait(uint64_t deadline_ns) {
    while (atomic_load_explicit(&answer, memory_order_acquire) != question) {
        if (!otpi_park_wait(&answered, deadline_ns)) {
            return false;
        }
    }
    return true;
}

bool otpi_thread_where(const otpi_thread *thread, uint64_t deadline_ns, uintptr_t *address) {
    otpi_mutex_lock(&asking);
    union sigval number = {.sival_int = ++question};
    bool known = handler_install() && pthread_sigqueue(thread->handle, SIGURG, number) == 0 &&
                 answer_wait(deadline_ns);
    if (known) {
        *address = atomic_load_explicit(&address_seen, memory_order_relaxed);
        known = *address != 0;
    }
    otpi_mutex_unlock(&asking);
    return known;
}

void otpi_code_describe(uintptr_t address, char *text, size_t size) {
    Dl_info info;
    if (dladdr((void *)address, &info) == 0 || !info.dli_fname) {
        snprintf(text, size, "0x%zx", (size_t)address);
        return;
    }
    const char *slash = strrchr(info.dli_fname, '/');
    const char *module = slash ? slash + 1 : info.dli_fname;
    size_t offset = (size_t)(address - (uintptr_t)info.dli_fbase);
    if (info.dli_sname) {
        snprintf(text, size, "%s (%s+0x%zx)", info.dli_sname, module, offset);
    } else {
        snprintf(text, size, "%s+0x%zx", module, offset);
    }
}
