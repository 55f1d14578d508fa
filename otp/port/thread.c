/* SPDX-License-Identifier: MIT */
/*
 * Threads, mutexes and conditions: POSIX threads with a monotonic clock and with errors asserted,
 * as each of them would be a bug of the caller. Spinlock and park are in park.c, processors in
 * cpu.c.
 */
#include "port/thread.h"

#include "port/fault.h"
#include "port/host.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void *run_thread(void *arg) {
    otpi_thread *thread = arg;
    otpi_thread_set_name(thread->name);
    otpi_fault_thread_enter();
    thread->fn(thread->arg);
    otpi_fault_thread_leave();
    return NULL;
}

static void keep_name(char kept[16], const char *name) {
    size_t length = strnlen(name, 15);
    memcpy(kept, name, length);
    kept[length] = '\0';
}

bool otpi_thread_start(otpi_thread *thread, const char *name, otpi_thread_fn *fn, void *arg) {
    *thread = (otpi_thread){.fn = fn, .arg = arg};
    keep_name(thread->name, name);
    errno = pthread_create(&thread->handle, NULL, run_thread, thread);
    return errno == 0;
}

void otpi_thread_join(otpi_thread *thread) {
    OTPI_ASSERT("port-030", pthread_join(thread->handle, NULL) == 0);
}

uint64_t otpi_thread_cpu_ns(const otpi_thread *thread) {
    clockid_t clock;
    struct timespec used;
    if (pthread_getcpuclockid(thread->handle, &clock) != 0 ||
        OTPI_HOST_OWN(clock_gettime(clock, &used)) != 0) {
        return 0; /* it has ended */
    }
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

uint64_t otpi_thread_id(void) {
    return (uint64_t)gettid();
}

void otpi_thread_set_name(const char *name) {
    char kept[16];
    keep_name(kept, name);
    (void)pthread_setname_np(pthread_self(), kept); /* for people only: may fail */
}

void otpi_thread_name(char name[16]) {
    if (pthread_getname_np(pthread_self(), name, 16) != 0) {
        name[0] = '\0';
    }
}

void otpi_mutex_init(otpi_mutex *mutex) {
    OTPI_ASSERT("port-031", pthread_mutex_init(&mutex->handle, NULL) == 0);
}

void otpi_mutex_fini(otpi_mutex *mutex) {
    OTPI_ASSERT("port-032", pthread_mutex_destroy(&mutex->handle) == 0);
}

void otpi_mutex_lock(otpi_mutex *mutex) {
    OTPI_ASSERT("port-033", pthread_mutex_lock(&mutex->handle) == 0);
}

bool otpi_mutex_try_lock(otpi_mutex *mutex) {
    return pthread_mutex_trylock(&mutex->handle) == 0;
}

void otpi_mutex_unlock(otpi_mutex *mutex) {
    OTPI_ASSERT("port-034", pthread_mutex_unlock(&mutex->handle) == 0);
}

void otpi_condition_init(otpi_condition *condition) {
    pthread_condattr_t attributes;
    OTPI_ASSERT("port-035", pthread_condattr_init(&attributes) == 0);
    OTPI_ASSERT("port-036", pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    OTPI_ASSERT("port-037", pthread_cond_init(&condition->handle, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

void otpi_condition_fini(otpi_condition *condition) {
    OTPI_ASSERT("port-038", pthread_cond_destroy(&condition->handle) == 0);
}

bool otpi_condition_wait(otpi_condition *condition, otpi_mutex *mutex, uint64_t deadline_ns) {
    if (deadline_ns == OTPI_NEVER) {
        OTPI_ASSERT("port-039", pthread_cond_wait(&condition->handle, &mutex->handle) == 0);
        return true;
    }
    struct timespec deadline = {(time_t)(deadline_ns / 1000000000),
                                (long)(deadline_ns % 1000000000)};
    int err = pthread_cond_timedwait(&condition->handle, &mutex->handle, &deadline);
    OTPI_ASSERT("port-040", err == 0 || err == ETIMEDOUT);
    return err == 0;
}

void otpi_condition_signal(otpi_condition *condition) {
    OTPI_ASSERT("port-041", pthread_cond_signal(&condition->handle) == 0);
}

void otpi_condition_broadcast(otpi_condition *condition) {
    OTPI_ASSERT("port-042", pthread_cond_broadcast(&condition->handle) == 0);
}
