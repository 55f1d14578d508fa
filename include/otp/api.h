/* SPDX-License-Identifier: MIT */
/*
 * Marks of the public interface: what is exported, what must be checked, what may suspend.
 *
 * The headers are C (gnu17) and C++ (17): where a macro needs C's compound literals, _Generic or
 * statement expressions, C++ has templates, overloads and lambdas under the same name.
 * docs/reference/cplusplus.md says what is different there, and what does not exist.
 */
#ifndef OTP_API_H
#define OTP_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exported from the shared library; everything else is hidden. OTP_API is for functions, OTP_DATA
 * for objects. OTP_LITERAL is a value of a struct, its members in order; OTP_ZEROS initialises
 * one. */
#ifdef __cplusplus
#define OTP_API                extern "C" __attribute__((visibility("default")))
#define OTP_DATA               OTP_API
#define OTP_LITERAL(type, ...) (type{__VA_ARGS__})
#define OTP_ZEROS                                                                                  \
    {}
#else
#define OTP_API                __attribute__((visibility("default")))
#define OTP_DATA               OTP_API extern
#define OTP_LITERAL(type, ...) ((type){__VA_ARGS__})
#define OTP_ZEROS                                                                                  \
    { 0 }
#endif

/* The result says whether the operation took place: ignoring it is a warning. */
#define OTP_MUST_CHECK __attribute__((warn_unused_result))

/* The calling process may give up its thread here and continue later on the same thread. */
#define OTP_MAY_SUSPEND

#define OTP_NORETURN        __attribute__((noreturn))
#define OTP_PRINTF(fmt, at) __attribute__((format(printf, fmt, at)))

#define OTP_SITE_TEXT_(line) #line
#define OTP_SITE_TEXT(line)  OTP_SITE_TEXT_(line)
/* "file:line" of the place in the user's program, as exit reasons and reports name it. */
#define OTP_SITE __FILE__ ":" OTP_SITE_TEXT(__LINE__)

#endif
