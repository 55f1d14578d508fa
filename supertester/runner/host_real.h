/* SPDX-License-Identifier: MIT */
/*
 * Functions under the C library's names, and the ones they stand before. They are linked into the
 * test program and so come first, for the program, for what is linked into it and for shared
 * libraries. The next in the order is a sanitizer's, where one intercepts the name, so that it
 * still sees each call; else the C library's. Types are those of the C library as far as the
 * calling convention goes: its headers, which rename some of the functions, are left out.
 */
#ifndef SUPERTESTER_RUNNER_HOST_REAL_H
#define SUPERTESTER_RUNNER_HOST_REAL_H

#include <supertester/api.h>

#include <dlfcn.h>
#include <string.h>

/* Declares sti_host_NAME, which the program calls NAME. */
#define STI_HOST_DECLARE(result, name, parameters)                                                 \
    ST_API result sti_host_##name parameters __asm__(#name);                                       \
    extern result sti_next_##name parameters __asm__("__interceptor_" #name) __attribute__((weak));

/* atomic: any thread finds the same */
static inline void *sti_host_find(void **known, const char *name) {
    void *real = __atomic_load_n(known, __ATOMIC_RELAXED);
    if (!real) {
        real = dlsym(RTLD_NEXT, name);
        __atomic_store_n(known, real, __ATOMIC_RELAXED);
    }
    return real;
}

/* Calls the function that ours stands before. */
#define STI_HOST_REAL(name, call)                                                                  \
    __extension__({                                                                                \
        static void *known_;                                                                       \
        __typeof__(&sti_host_##name) real_ = sti_next_##name;                                      \
        if (!real_) {                                                                              \
            void *found_ = sti_host_find(&known_, #name);                                          \
            memcpy(&real_, &found_, sizeof real_);                                                 \
        }                                                                                          \
        real_ call;                                                                                \
    })

#endif
