/* SPDX-License-Identifier: MIT */
/*
 * Asserts and the few compiler words every room uses.
 *
 * OTPI_ASSERT is on in every build: a broken invariant of our own ends the OS process with a stable
 * id ("term-041") that can be searched for and quoted in a bug report. OTPI_DEBUG_ASSERT is for
 * checks that cost too much for the hot path; without OTPI_DEBUG it is compiled, never evaluated.
 */
#ifndef OTP_BASE_ASSERT_H
#define OTP_BASE_ASSERT_H

#include <otp/api.h>

#ifndef OTPI_DEBUG
#define OTPI_DEBUG 0
#endif

#define OTPI_LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define OTPI_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define OTPI_NOINLINE            __attribute__((noinline))
#define OTPI_INLINE              inline __attribute__((always_inline))
#define OTPI_COLD                __attribute__((cold))

/* The object whose member ptr points at; the types are compared at compile time. */
#define OTPI_CONTAINER_OF(ptr, type, member)                                                       \
    ((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

/* "file:line" of this place in our own source. */
#define OTPI_SITE OTP_SITE

/* Reports to the hook, then to stderr, then aborts. what: the condition, or what happened. */
OTP_NORETURN OTPI_COLD void otpi_panic(const char *id, const char *file, int line,
                                       const char *what);

/* Called first by otpi_panic, once even when it panics itself; NULL = none. Set from above to write
 * a crash report. It may run on any thread, on a small stack, with any lock held. */
typedef void otpi_panic_fn(const char *id, const char *file, int line, const char *what);
extern otpi_panic_fn *otpi_panic_hook;

#define OTPI_ASSERT(id, condition)                                                                 \
    (OTPI_LIKELY(condition) ? (void)0 : otpi_panic("" id, __FILE__, __LINE__, #condition))

#define OTPI_DEBUG_ASSERT(id, condition)                                                           \
    (OTPI_LIKELY(!OTPI_DEBUG || (condition)) ? (void)0                                             \
                                             : otpi_panic("" id, __FILE__, __LINE__, #condition))

#endif
