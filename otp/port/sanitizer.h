/* SPDX-License-Identifier: MIT */
/*
 * What the sanitizers must be told, as functions that do nothing in other builds. The one place
 * that knows which sanitizer is on: OTPI_ASAN, OTPI_TSAN are 0 or 1.
 *
 * Fibers: ThreadSanitizer follows one fiber per process. The scheduler calls otpi_fiber_switch just
 * before each context switch (no synchronisation is implied: the scheduler's own must do). Fibers
 * are always inlined: an instrumented frame must not begin on one fiber and end on another.
 */
#ifndef OTP_PORT_SANITIZER_H
#define OTP_PORT_SANITIZER_H

#include <malloc.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define OTPI_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OTPI_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define OTPI_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OTPI_TSAN 1
#endif
#endif

#define OTPI_SANITIZER_INLINE static inline __attribute__((always_inline))

/* A function whose frame is abandoned, or begins on one fiber and ends on another: the race
 * detector may not even note its entry and exit. It must leave locks and atomics to functions that
 * are not inlined into it. */
#if defined(__clang__)
#define OTPI_UNINSTRUMENTED __attribute__((disable_sanitizer_instrumentation))
#else
#define OTPI_UNINSTRUMENTED
#endif

#if defined(OTPI_ASAN) || defined(OTPI_TSAN)
#include <sanitizer/common_interface_defs.h>

/* To this descriptor. */
OTPI_SANITIZER_INLINE void otpi_sanitizer_report_to(int fd) {
    __sanitizer_set_report_fd((void *)(intptr_t)fd);
}
/* Calls it before a report ends the process. */
OTPI_SANITIZER_INLINE void otpi_sanitizer_at_death(void (*call)(void)) {
    __sanitizer_set_death_callback(call);
}
#else
OTPI_SANITIZER_INLINE void otpi_sanitizer_report_to(int fd) {
    (void)fd;
}
OTPI_SANITIZER_INLINE void otpi_sanitizer_at_death(void (*call)(void)) {
    (void)call;
}
#endif

#ifdef OTPI_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>

/* Reading or writing the bytes is reported from now on / is fine again. */
OTPI_SANITIZER_INLINE void otpi_memory_poison(const void *address, size_t size) {
    __asan_poison_memory_region(address, size);
}
OTPI_SANITIZER_INLINE void otpi_memory_unpoison(const void *address, size_t size) {
    __asan_unpoison_memory_region(address, size);
}
/* Pointers in this region keep blocks alive: for memory that does not come from otpi_alloc. */
OTPI_SANITIZER_INLINE void otpi_leak_root_add(const void *address, size_t size) {
    __lsan_register_root_region(address, size);
}
OTPI_SANITIZER_INLINE void otpi_leak_root_remove(const void *address, size_t size) {
    __lsan_unregister_root_region(address, size);
}
/* Of allocator_interface.h, which gcc does not bring along. */
int __sanitizer_get_ownership(const volatile void *block);
size_t __sanitizer_get_allocated_size(const volatile void *block);
/* The size of a block from the C library's allocator, or the sanitizer's in its place; 0 for what
 * was allocated before the sanitizer was ready. */
OTPI_SANITIZER_INLINE size_t otpi_block_bytes(void *block) {
    return __sanitizer_get_ownership(block) ? __sanitizer_get_allocated_size(block) : 0;
}
/* Reports leaks now; true when there are any. */
OTPI_SANITIZER_INLINE int otpi_leak_check(void) {
    return __lsan_do_recoverable_leak_check() != 0;
}
#else
#define OTPI_ASAN 0
OTPI_SANITIZER_INLINE void otpi_memory_poison(const void *address, size_t size) {
    (void)address, (void)size;
}
OTPI_SANITIZER_INLINE void otpi_memory_unpoison(const void *address, size_t size) {
    (void)address, (void)size;
}
OTPI_SANITIZER_INLINE void otpi_leak_root_add(const void *address, size_t size) {
    (void)address, (void)size;
}
OTPI_SANITIZER_INLINE void otpi_leak_root_remove(const void *address, size_t size) {
    (void)address, (void)size;
}
OTPI_SANITIZER_INLINE size_t otpi_block_bytes(void *block) {
    return malloc_usable_size(block);
}
OTPI_SANITIZER_INLINE int otpi_leak_check(void) {
    return 0;
}
#endif

#ifdef OTPI_TSAN
#include <sanitizer/tsan_interface.h>

OTPI_SANITIZER_INLINE void *otpi_fiber_new(void) {
    return __tsan_create_fiber(0);
}
/* Not of the fiber that runs. NULL is fine. */
OTPI_SANITIZER_INLINE void otpi_fiber_free(void *fiber) {
    if (fiber) {
        __tsan_destroy_fiber(fiber);
    }
}
OTPI_SANITIZER_INLINE void *otpi_fiber_current(void) {
    return __tsan_get_current_fiber();
}
OTPI_SANITIZER_INLINE void otpi_fiber_switch(void *fiber) {
    __tsan_switch_to_fiber(fiber, __tsan_switch_to_fiber_no_sync);
}
OTPI_SANITIZER_INLINE void otpi_fiber_switch_ordered(void *fiber) {
    __tsan_switch_to_fiber(fiber, 0);
}
#else
#define OTPI_TSAN 0
OTPI_SANITIZER_INLINE void *otpi_fiber_new(void) {
    return NULL;
}
OTPI_SANITIZER_INLINE void otpi_fiber_free(void *fiber) {
    (void)fiber;
}
OTPI_SANITIZER_INLINE void *otpi_fiber_current(void) {
    return NULL;
}
OTPI_SANITIZER_INLINE void otpi_fiber_switch(void *fiber) {
    (void)fiber;
}
OTPI_SANITIZER_INLINE void otpi_fiber_switch_ordered(void *fiber) {
    (void)fiber;
}
#endif

#endif
