/* SPDX-License-Identifier: MIT */
/*
 * Threads, and the three ways in which they wait for each other: a mutex with conditions, a
 * spinlock for sections of some 100 ns, and a park (one thread sleeps, anybody wakes it). Every
 * wait takes an absolute deadline on the monotonic clock; OTPI_NEVER waits for ever.
 */
#ifndef OTP_PORT_THREAD_H
#define OTP_PORT_THREAD_H

#include "base/assert.h"
#include "port/clock.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- Threads ---- */

typedef void otpi_thread_fn(void *arg);

typedef struct otpi_thread {
    pthread_t handle;
    otpi_thread_fn *fn;
    void *arg;
    char name[16];
} otpi_thread;

/* *thread must stay in place until joined. name: at most 15 bytes are kept. false when the system
 * refuses one more thread (errno says why). */
OTP_MUST_CHECK bool otpi_thread_start(otpi_thread *thread, const char *name, otpi_thread_fn *fn,
                                      void *arg);
void otpi_thread_join(otpi_thread *thread);
/* CPU time a running thread has used: how a watchdog sees a hog. */
uint64_t otpi_thread_cpu_ns(const otpi_thread *thread);

/* The address of the code that a running thread is at; false when it did not say in time, or when
 * it can't be asked (thread_where.c). It is interrupted for that, once. */
bool otpi_thread_where(const otpi_thread *thread, uint64_t deadline_ns, uintptr_t *address);
/* "function (module+0x1f00)" or "module+0x1f00": what addr2line takes. */
void otpi_code_describe(uintptr_t address, char *text, size_t size);

/* The kernel's number of the calling thread. */
uint64_t otpi_thread_id(void);
void otpi_thread_set_name(const char *name);
/* Lets other threads run: between two looks at what is held for some 100 ns only. */
void otpi_thread_yield(void);
/* The kernel's name of the calling thread, NUL-terminated. */
void otpi_thread_name(char name[16]);

/* ---- Mutex and condition ---- */

typedef struct otpi_mutex {
    pthread_mutex_t handle;
} otpi_mutex;

#define OTPI_MUTEX_INIT                                                                            \
    { PTHREAD_MUTEX_INITIALIZER }

void otpi_mutex_init(otpi_mutex *mutex);
void otpi_mutex_fini(otpi_mutex *mutex);
void otpi_mutex_lock(otpi_mutex *mutex);
bool otpi_mutex_try_lock(otpi_mutex *mutex);
void otpi_mutex_unlock(otpi_mutex *mutex);

typedef struct otpi_condition {
    pthread_cond_t handle;
} otpi_condition;

void otpi_condition_init(otpi_condition *condition);
void otpi_condition_fini(otpi_condition *condition);
/* Wakes without a cause are possible: wait in a loop that looks at what is waited for. false when
 * the deadline has passed. */
bool otpi_condition_wait(otpi_condition *condition, otpi_mutex *mutex, uint64_t deadline_ns);
void otpi_condition_signal(otpi_condition *condition);
void otpi_condition_broadcast(otpi_condition *condition);

/* ---- Spinlock ---- */

/* Zero is unlocked. Never suspend, allocate or call the kernel while holding it. */
typedef struct otpi_spin {
    _Atomic uint32_t held;
} otpi_spin;

void otpi_spin_lock_slow(otpi_spin *spin);

static inline void otpi_spin_init(otpi_spin *spin) {
    atomic_init(&spin->held, 0);
}
static inline bool otpi_spin_try_lock(otpi_spin *spin) {
    /* acquire: pairs with the release in otpi_spin_unlock of the previous holder */
    return atomic_exchange_explicit(&spin->held, 1, memory_order_acquire) == 0;
}
static inline void otpi_spin_lock(otpi_spin *spin) {
    if (OTPI_UNLIKELY(!otpi_spin_try_lock(spin))) {
        otpi_spin_lock_slow(spin);
    }
}
static inline void otpi_spin_unlock(otpi_spin *spin) {
    /* release: pairs with the acquire of the next holder */
    atomic_store_explicit(&spin->held, 0, memory_order_release);
}

/* ---- Park ---- */

/* One owner waits, anybody wakes. A wake that comes before the wait is kept (one token, not a
 * count), so none is lost. What was written before the wake is seen after the wait that it ends. */
typedef struct otpi_park {
    _Atomic uint32_t state;
} otpi_park;

void otpi_park_init(otpi_park *park);
/* Takes the token, waiting for it if need be; false when the deadline passed without one. */
bool otpi_park_wait(otpi_park *park, uint64_t deadline_ns);
/* May be called when the owner is long gone from the wait, as long as *park exists. */
void otpi_park_wake(otpi_park *park);

/* ---- Asymmetric barrier ---- */

/* A pair of full barriers: the light one is free and stands on a path taken often, the heavy one
 * costs a kernel call and makes every running thread of the OS process pass one (membarrier(2)).
 * false when the kernel has none: then nothing has been ordered. */
bool otpi_barrier_heavy(void);
bool otpi_barrier_is_there(void);
static inline void otpi_barrier_light(void) {
    atomic_signal_fence(memory_order_seq_cst);
}

/* ---- Processors ---- */

/* How many threads can run at once: by affinity mask and by the control group's CPU quota. >= 1. */
uint32_t otpi_cpu_count(void);

/* Tells the processor that this is a spinning loop. */
static inline void otpi_cpu_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#else
    atomic_signal_fence(memory_order_seq_cst);
#endif
}

#endif
