/* SPDX-License-Identifier: MIT */
/*
 * Scopes: bump allocation in chunks, ended as a whole.
 *
 * A nested scope is a mark in the current one. What was received before it began (scope->held) must
 * outlive it while what is received inside must not, so the outer chain is set aside in a fence,
 * two words built in the scope itself; a reset in the middle (a killed process) finds it there.
 */
#include "term/heap.h"

#include "port/memory.h"
#include "port/sanitizer.h"
#include "term/box.h"
#include "term/build.h"

#include <string.h>

struct otpi_chunk {
    otpi_chunk *next; /* older */
    size_t words;
    uint64_t data[];
};

enum {
    CHUNK_WORDS_MIN = 512,
    CHUNK_WORDS_MAX = 1 << 16, /* larger only for one large term */
    THREAD_FIRST_WORDS = 96,
    MARK_AT = 0,
    MARK_CHUNKS = 1,
    MARK_OFFHEAP = 2,
    MARK_FENCE = 3,
};

_Thread_local otpi_scope *otpi_scope_now;
static _Thread_local otpi_scope thread_scope;
static _Thread_local uint64_t thread_first[THREAD_FIRST_WORDS];
static uint64_t no_fence; /* marks a nested scope for whose fence there was no memory */

#if OTPI_DEBUG
void otpi_scope_poison(uint64_t *from, uint64_t *to) {
    size_t size = (size_t)(to - from) * sizeof *from;
    if (size > 0) {
        otpi_memory_unpoison(from, size);
        memset(from, 0xdb, size);
        otpi_memory_poison(from, size);
    }
}

void otpi_scope_unpoison(uint64_t *from, size_t n) {
    otpi_memory_unpoison(from, n * sizeof *from);
}
#endif

void otpi_scope_init(otpi_scope *scope, uint64_t *first, size_t words) {
    *scope =
        (otpi_scope){.at = first, .end = first + words, .first = first, .first_end = first + words};
}

void otpi_scope_fini(otpi_scope *scope) {
    otpi_scope_reset(scope);
    otpi_scope_unpoison(scope->first, (size_t)(scope->first_end - scope->first));
}

static otpi_scope *current_scope(void) {
    if (otpi_scope_now == NULL) {
        if (thread_scope.first == NULL) {
            otpi_scope_init(&thread_scope, thread_first, THREAD_FIRST_WORDS);
        }
        otpi_scope_now = &thread_scope;
    }
    return otpi_scope_now;
}

void otpi_scope_thread_end(void) {
    if (thread_scope.first != NULL) {
        otpi_scope_fini(&thread_scope);
    }
    if (otpi_scope_now == &thread_scope) {
        otpi_scope_now = NULL;
    }
}

/* ---- Chunks ---- */

static size_t words_of_scope(const otpi_scope *scope) {
    size_t words = (size_t)(scope->first_end - scope->first);
    for (const otpi_chunk *chunk = scope->chunks; chunk; chunk = chunk->next) {
        words += chunk->words;
    }
    return words;
}

static bool add_chunk(otpi_scope *scope, size_t n) {
    size_t words = scope->chunks ? scope->chunks->words * 2 : CHUNK_WORDS_MIN;
    words = words > CHUNK_WORDS_MAX ? CHUNK_WORDS_MAX : words;
    words = words < n ? n : words;
    if (scope->words_max != 0) {
        size_t used = words_of_scope(scope);
        size_t room = scope->words_max > used ? scope->words_max - used : 0;
        if (n > room) {
            return false;
        }
        words = words > room ? room : words;
    }
    if (words >= OTPI_WORDS_UNKNOWN) {
        return false;
    }
    otpi_chunk *chunk = otpi_alloc(sizeof *chunk + words * sizeof(uint64_t));
    if (chunk == NULL) {
        return false;
    }
    chunk->next = scope->chunks;
    chunk->words = words;
    scope->chunks = chunk;
    scope->at = chunk->data;
    scope->end = chunk->data + words;
    return true;
}

uint64_t *otpi_scope_try_slow(size_t n) {
    otpi_scope *scope = current_scope();
    if ((size_t)(scope->end - scope->at) < n && !add_chunk(scope, n)) {
        return NULL;
    }
    uint64_t *words = scope->at;
    scope->at += n;
    otpi_scope_unpoison(words, n);
    return words;
}

uint64_t *otpi_scope_words_slow(size_t n) {
    uint64_t *words = otpi_scope_try_slow(n);
    if (words == NULL) {
        otpi_terms.no_memory("building a term");
    }
    return words;
}

/* Frees the chunks newer than the mark. */
static void drop_chunks(otpi_scope *scope, const otpi_chunk *mark) {
    while (scope->chunks != mark) {
        OTPI_ASSERT("term-002", scope->chunks != NULL); /* scopes end in reverse order */
        otpi_chunk *chunk = scope->chunks;
        scope->chunks = chunk->next;
        otpi_free(chunk);
    }
    scope->end = mark ? scope->chunks->data + scope->chunks->words : scope->first_end;
}

/* ---- Ending ---- */

/* Releases what was chained since the mark. Destructors may build terms meanwhile, hence the loop.
 */
static void drop_offheap(otpi_scope *scope, uint64_t *mark) {
    while (scope->offheap != mark) {
        uint64_t *chain = scope->offheap;
        scope->offheap = mark;
        uint64_t *last = chain;
        while ((uint64_t *)(uintptr_t)last[OTPI_SHARED_NEXT] != mark) {
            last = (uint64_t *)(uintptr_t)last[OTPI_SHARED_NEXT];
            OTPI_ASSERT("term-003", last != NULL); /* scopes end in reverse order */
        }
        last[OTPI_SHARED_NEXT] = 0;
        otpi_offheap_release(chain);
    }
}

static void drop_held(void **held) {
    if (*held != NULL) {
        void *chain = *held;
        *held = NULL;
        otpi_terms.release_held(chain);
    }
}

void otpi_scope_reset_slow(otpi_scope *scope) {
    drop_offheap(scope, NULL);
    drop_held(&scope->held);
    for (uint64_t *fence = scope->fences; fence; fence = (uint64_t *)(uintptr_t)fence[0]) {
        void *held = (void *)(uintptr_t)fence[1];
        drop_held(&held);
    }
    scope->fences = NULL;
    scope->nested = 0;
    if (scope->chunks != NULL) {
        scope->at = scope->first_end;
        drop_chunks(scope, NULL);
    }
}

/* Everything built since the mark. */
static void drop_built(otpi_scope *scope, const otp_scope *mark) {
    drop_offheap(scope, mark->mark[MARK_OFFHEAP]);
    uint64_t *used_to = scope->chunks == mark->mark[MARK_CHUNKS] ? scope->at : NULL;
    drop_chunks(scope, mark->mark[MARK_CHUNKS]);
    scope->at = mark->mark[MARK_AT];
    otpi_scope_poison(scope->at, used_to ? used_to : scope->end);
}

otp_scope otpi_scope_mark(void) {
    otpi_scope *scope = current_scope();
    return (otp_scope){{scope->at, scope->chunks, scope->offheap, NULL}};
}

void otpi_scope_rollback(otp_scope mark) {
    drop_built(current_scope(), &mark);
}

otp_scope otp_scope_begin(void) {
    otpi_scope *scope = current_scope();
    otp_scope mark = {{scope->at, scope->chunks, scope->offheap, NULL}}; /* the fence is inside */
    uint64_t *fence = scope->held ? otpi_scope_words(2) : NULL;
    mark.mark[MARK_FENCE] = scope->held && fence == NULL ? &no_fence : fence;
    if (fence != NULL) {
        fence[0] = (uint64_t)(uintptr_t)scope->fences;
        fence[1] = (uint64_t)(uintptr_t)scope->held;
        scope->fences = fence;
        scope->held = NULL;
    }
    scope->nested++;
    return mark;
}

void otp_scope_end(otp_scope mark) {
    otpi_scope *scope = current_scope();
    uint64_t *fence = mark.mark[MARK_FENCE];
    OTPI_ASSERT("term-004", scope->nested > 0);
    scope->nested--;
    if (fence == &no_fence) {
        /* what is held stays until the outer scope ends */
    } else if (fence != NULL) {
        OTPI_ASSERT("term-005", scope->fences == fence);
        drop_held(&scope->held);
        scope->held = (void *)(uintptr_t)fence[1];
        scope->fences = (uint64_t *)(uintptr_t)fence[0];
    } else {
        drop_held(&scope->held);
    }
    drop_built(scope, &mark);
}

enum { CARRIED_WORDS = 128 };

/* The term crosses over in a buffer of its own: its place in the outer scope is where it lies now.
 */
otp_term otp_scope_end_with(otp_scope mark, otp_term result) {
    if (otpi_is_immediate(result) || otp_is_none(result)) {
        otp_scope_end(mark);
        return result;
    }
    uint64_t near[CARRIED_WORDS];
    size_t words = otpi_term_words(result);
    uint64_t *buffer = near;
    if (words > CARRIED_WORDS) {
        buffer = words < OTPI_WORDS_UNKNOWN ? otpi_alloc(words * sizeof *buffer) : NULL;
    }
    if (buffer == NULL) {
        otp_scope_end(mark);
        otpi_terms.no_memory("otp_scope_end_with");
        return OTP_NONE;
    }
    uint64_t *at = buffer;
    uint64_t *offheap = NULL;
    otp_term carried = otpi_term_copy(result, &at, &offheap);
    otp_scope_end(mark);
    otp_term copy = otpi_make_copy(carried);
    otpi_offheap_release(offheap);
    if (buffer != near) {
        otpi_free(buffer);
    }
    return otpi_made(copy, "otp_scope_end_with");
}
