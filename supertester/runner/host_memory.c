/* SPDX-License-Identifier: MIT */
/*
 * The C library's allocator as the program calls it: each call of the code under test is a site
 * that a sweep can make fail, and what is allocated and not freed is counted for leak checks.
 *
 * Design notes.
 * These functions run before the program has begun and in every thread, so they look at nothing but
 * thread-local words and the counters, carry no instrumentation, and find the real ones without the
 * dynamic linker, which allocates: a sanitizer's under its own name, else glibc's __libc_malloc and
 * kin. Counters are spread over cache lines, a thread keeps to one; only their sum means anything.
 */
#include "supertester/runner/host.h"
#include "supertester/runner/host_fails.h"
#include "supertester/runner/host_real.h"

#include "port/memory.h"
#include "port/sanitizer.h"

#include <errno.h>
#include <stdatomic.h>

#define BARE OTPI_UNINSTRUMENTED __attribute__((no_sanitize("address", "undefined")))

/* A sanitizer can't be asked for sizes before it is ready, and no one tells when that is:
 * until the first test the program's blocks count without their bytes. */
static bool sizes_known = !OTPI_ASAN && !OTPI_TSAN;

void sti_host_bring_memory(void) {
    sizes_known = true;
}

BARE static int64_t bytes_of(void *block) {
    return sizes_known ? (int64_t)otpi_block_bytes(block) : 0;
}

/* ---- The real ones ---- */

#define REAL(result, name, parameters, call)                                                       \
    STI_HOST_DECLARE(result, name, parameters)                                                     \
    extern result sti_libc_##name parameters __asm__("__libc_" #name);                             \
    BARE static result real_##name parameters {                                                    \
        return sti_next_##name ? sti_next_##name call : sti_libc_##name call;                      \
    }

REAL(void *, malloc, (size_t size), (size))
REAL(void *, calloc, (size_t count, size_t size), (count, size))
REAL(void *, realloc, (void *block, size_t size), (block, size))
REAL(void *, memalign, (size_t align, size_t size), (align, size))

STI_HOST_DECLARE(void, free, (void *block))
extern void sti_libc_free(void *block) __asm__("__libc_free");
BARE static void real_free(void *block) {
    if (sti_next_free) {
        sti_next_free(block);
    } else {
        sti_libc_free(block);
    }
}

/* ---- Counting ---- */

enum { LINES = 16 };

static struct {
    _Alignas(64) _Atomic int64_t blocks;
    _Atomic int64_t bytes;
} lines[LINES];
static _Atomic unsigned next_line;
static _Thread_local unsigned own_line; /* from 1; 0 = none yet */

BARE static void count(int64_t blocks, int64_t bytes) {
    if (OTPI_UNLIKELY(own_line == 0)) {
        own_line = atomic_fetch_add_explicit(&next_line, 1, memory_order_relaxed) % LINES + 1;
    }
    atomic_fetch_add_explicit(&lines[own_line - 1].blocks, blocks, memory_order_relaxed);
    atomic_fetch_add_explicit(&lines[own_line - 1].bytes, bytes, memory_order_relaxed);
}

BARE static void *counted(void *block) {
    if (block) {
        count(1, bytes_of(block));
    }
    return block;
}

BARE static void count_end(void *block) {
    if (block) {
        count(-1, -bytes_of(block));
    }
}

void sti_host_memory_live(int64_t *blocks, int64_t *bytes) {
    otpi_memory_stats own = otpi_memory_stats_read();
    *blocks = *bytes = 0;
    for (size_t i = 0; i < LINES; i++) {
        *blocks += atomic_load_explicit(&lines[i].blocks, memory_order_relaxed);
        *bytes += atomic_load_explicit(&lines[i].bytes, memory_order_relaxed);
    }
    *blocks -= own.live_blocks;
    *bytes -= own.live_bytes;
}

/* ---- Failing ---- */

BARE static OTPI_NOINLINE bool strikes(const char *name, size_t size, const void *caller) {
    bool fails = sti_injection_strikes(STI_ALLOCATIONS,
                                       &(sti_call){.what = name, .size = size, .caller = caller});
    if (fails) {
        errno = ENOMEM;
    }
    return fails;
}

/* As sti_host_counts, without its instrumentation. */
BARE static bool counts(void) {
    sti_context *context = sti_context_now;
    return OTPI_UNLIKELY(context != NULL) && context->injection.armed &&
           context->injection.plan.kind == STI_ALLOCATIONS && !otpi_host_own;
}

#define FAILS(name, size) (counts() && strikes((name), (size), __builtin_return_address(0)))

/* ---- The C library's names ---- */

/* The leak sanitizer forgives the dynamic linker, which it tells by who called the allocator: where
 * it is in the program, these jump to it, having counted what it will do if all goes well. */
#if defined(__clang__)
#define JUMPS BARE
#define JUMP  __attribute__((musttail)) return
#else
#define JUMPS BARE __attribute__((optimize("optimize-sibling-calls")))
#define JUMP  return
#endif

JUMPS void *sti_host_malloc(size_t size) {
    if (FAILS("malloc", size)) {
        return NULL;
    }
    if (OTPI_ASAN) {
        count(1, (int64_t)size);
        JUMP sti_next_malloc(size);
    }
    return counted(real_malloc(size));
}

JUMPS void *sti_host_calloc(size_t n, size_t size) {
    if (FAILS("calloc", n * size)) {
        return NULL;
    }
    if (OTPI_ASAN) {
        count(1, (int64_t)(n * size));
        JUMP sti_next_calloc(n, size);
    }
    return counted(real_calloc(n, size));
}

JUMPS void *sti_host_memalign(size_t align, size_t size) {
    if (FAILS("memalign", size)) {
        return NULL;
    }
    if (OTPI_ASAN) {
        count(1, (int64_t)size);
        JUMP sti_next_memalign(align, size);
    }
    return counted(real_memalign(align, size));
}

BARE static void *resize(void *block, size_t size) {
    int64_t before = block ? bytes_of(block) : 0;
    void *moved = real_realloc(block, size);
    if (block && (moved || size == 0)) {
        count(-1, -before);
    }
    return counted(moved);
}

JUMPS void *sti_host_realloc(void *block, size_t size) {
    if (FAILS("realloc", size)) {
        return NULL;
    }
    if (OTPI_ASAN) {
        bool begins = !block, ends = block && size == 0;
        count(begins - ends, (int64_t)size - (block ? bytes_of(block) : 0));
        JUMP sti_next_realloc(block, size);
    }
    return resize(block, size);
}

STI_HOST_DECLARE(void *, reallocarray, (void *block, size_t n, size_t size))
BARE void *sti_host_reallocarray(void *block, size_t n, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return FAILS("reallocarray", bytes) ? NULL : resize(block, bytes);
}

BARE void sti_host_free(void *block) {
    count_end(block);
    real_free(block);
}

STI_HOST_DECLARE(void *, aligned_alloc, (size_t align, size_t size))
BARE void *sti_host_aligned_alloc(size_t align, size_t size) {
    return FAILS("aligned_alloc", size) ? NULL : counted(real_memalign(align, size));
}

STI_HOST_DECLARE(int, posix_memalign, (void **out, size_t align, size_t size))
BARE int sti_host_posix_memalign(void **out, size_t align, size_t size) {
    if (align == 0 || align % sizeof(void *) != 0 || (align & (align - 1)) != 0) {
        return EINVAL;
    }
    void *block = FAILS("posix_memalign", size) ? NULL : counted(real_memalign(align, size));
    if (block) {
        *out = block;
    }
    return block ? 0 : ENOMEM;
}

STI_HOST_DECLARE(void *, valloc, (size_t size))
BARE void *sti_host_valloc(size_t size) {
    return FAILS("valloc", size) ? NULL : counted(real_memalign(otpi_page_size(), size));
}
