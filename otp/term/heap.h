/* SPDX-License-Identifier: MIT */
/*
 * How terms lie in memory, and where they are built. For the rooms of the runtime only.
 *
 * A term is one 64-bit word. Its two low bits say what it is:
 *     01  list cell   pointer to two words: head, tail
 *     10  boxed       pointer to a header word and its data
 *     11  immediate   0011 pid: node slot (12 bits) | serial (20) | index (28) | 0011
 *                     0111 port, as a pid
 *                     001011 atom: index in the atom table << 6;  111011 nil
 *                     1111 integer of 60 bits
 *     00  never a term; the word 0 is OTP_NONE
 * Inside a pattern under construction, 011011 is a hole (term/pattern.h); it is never seen
 * elsewhere. A header word is  payload words << 8 | tag << 2 | 00  (see otpi_boxed_tag); headers
 * never occur as terms. Reference-counted boxes (large binaries, resources) have a fixed layout
 *     header, next, object, offset, size in bits
 * where next chains the boxes of one owner (a scope, a message, a pack): releasing the owner walks
 * the chain. All words are in native byte order.
 */
#ifndef OTP_TERM_HEAP_H
#define OTP_TERM_HEAP_H

#include <otp/term.h>

#include "base/assert.h"

enum {
    OTPI_PRIMARY_LIST = 1,
    OTPI_PRIMARY_BOXED = 2,
    OTPI_PRIMARY_IMMEDIATE = 3,

    OTPI_PID_INDEX_BITS = 28,
    OTPI_PID_SERIAL_BITS = 20,
    OTPI_PID_NODE_BITS = 12,
    OTPI_NODE_SLOTS = 4095, /* the last number, 4095, marks pids interned in the wide-pid table */

    OTPI_BINARY_INLINE_MAX = 64, /* bytes; larger binaries are shared and reference-counted */
};

typedef enum otpi_boxed_tag {
    OTPI_BOXED_TUPLE,
    OTPI_BOXED_MAP, /* n keys in order, then n values: payload = 2 n words */
    OTPI_BOXED_BIG_POSITIVE,
    OTPI_BOXED_BIG_NEGATIVE,
    OTPI_BOXED_FLOAT,
    OTPI_BOXED_REFERENCE, /* payload = the 3 words of otp_ref */
    OTPI_BOXED_BINARY,    /* size in bits, then the bytes */
    OTPI_BOXED_SHARED,    /* reference-counted bytes: next, object, offset, size in bits */
    OTPI_BOXED_RESOURCE,  /* next, object, 0, 0 */
    OTPI_BOXED_OPAQUE,    /* a fun from the wire: size in bits, then its encoding */
} otpi_boxed_tag;

/* ---- Pids ---- */

static inline otp_pid otpi_pid(uint32_t node, uint32_t serial, uint32_t index) {
    return (otp_pid){(uint64_t)node << 52 | (uint64_t)(serial & 0xfffff) << 32 |
                     (uint64_t)index << 4 | 3};
}
static inline uint32_t otpi_pid_node(otp_pid pid) {
    return (uint32_t)(pid.word >> 52);
}
static inline uint32_t otpi_pid_serial(otp_pid pid) {
    return (uint32_t)(pid.word >> 32) & 0xfffff;
}
static inline uint32_t otpi_pid_index(otp_pid pid) {
    return (uint32_t)(pid.word >> 4) & 0xfffffff;
}

/* A reference made here: node slot and a 64-bit number. word[2] carries the 3rd and 4th number of
 * longer foreign references; bits 16.. of word[0] their count and 5th number. */
static inline otp_ref otpi_ref(uint32_t node, uint64_t id) {
    return (otp_ref){{node, id, 0}};
}
static inline bool otpi_ref_same(otp_ref a, otp_ref b) {
    return a.word[1] == b.word[1] && a.word[0] == b.word[0] && a.word[2] == b.word[2];
}
/* The reference's words when the term is one, else NULL. No call: used on the hot path of receive.
 */
static inline const uint64_t *otpi_ref_words(otp_term term) {
    if ((term.word & 3) != OTPI_PRIMARY_BOXED) {
        return NULL;
    }
    const uint64_t *box = (const uint64_t *)(uintptr_t)(term.word - OTPI_PRIMARY_BOXED);
    return (box[0] >> 2 & 63) == OTPI_BOXED_REFERENCE ? box + 1 : NULL;
}

/* ---- Scopes ---- */

typedef struct otpi_chunk otpi_chunk;

/* Where terms are built: bump allocation in chunks. The first chunk belongs to whoever made the
 * scope (a stack has one), further ones are allocated when needed. */
typedef struct otpi_scope {
    uint64_t *at, *end; /* the free words of the newest chunk */
    otpi_chunk *chunks; /* further chunks, newest first */
    uint64_t *first, *first_end;
    uint64_t *offheap; /* chain of the reference-counted boxes built here */
    void *held;        /* chain of received messages that end with this scope: see otpi_term_seam */
    size_t words_max;  /* limit, 0 = none: beyond it an allocation fails */
    uint64_t *fences;  /* chain of {next fence, held} of the scopes around the nested one */
    size_t nested;     /* open otp_scope_begin: a top-level receive resets the scope only when 0 */
} otpi_scope;

/* The current scope of this thread. The scheduler sets it when it runs a process; NULL means the
 * thread's own scope, which is made at first use. */
extern _Thread_local otpi_scope *otpi_scope_now;

/* Hostile and debug builds: the words of ended scopes are overwritten with 0xdb, and poisoned for
 * the address sanitizer until they are handed out again. */
#if OTPI_DEBUG
void otpi_scope_poison(uint64_t *from, uint64_t *to);
void otpi_scope_unpoison(uint64_t *from, size_t n);
#else
static inline void otpi_scope_poison(uint64_t *from, uint64_t *to) {
    (void)from, (void)to;
}
static inline void otpi_scope_unpoison(uint64_t *from, size_t n) {
    (void)from, (void)n;
}
#endif

void otpi_scope_init(otpi_scope *scope, uint64_t *first, size_t words);
/* Resets the scope and makes its first words plain memory again: before they serve another purpose.
 */
void otpi_scope_fini(otpi_scope *scope);
/* Where the current scope is, and back there: for readers that fail half-way. Nothing is nested. */
otp_scope otpi_scope_mark(void);
void otpi_scope_rollback(otp_scope mark);
/* Ends the calling thread's own scope and frees its chunks: last thing of a foreign thread. */
void otpi_scope_thread_end(void);
/* Ends everything built in it: releases shared parts, held messages, further chunks. */
void otpi_scope_reset_slow(otpi_scope *scope);
static inline void otpi_scope_reset(otpi_scope *scope) {
    if (__builtin_expect(((uintptr_t)scope->chunks | (uintptr_t)scope->offheap |
                          (uintptr_t)scope->held | scope->nested) != 0,
                         0)) {
        otpi_scope_reset_slow(scope);
    }
    otpi_scope_poison(scope->first, scope->at);
    scope->at = scope->first;
}

/* n words in the current scope; NULL when out of memory. Never exits the process: for code that
 * holds something to release first. */
uint64_t *otpi_scope_try_slow(size_t n);
static inline uint64_t *otpi_scope_try(size_t n) {
    otpi_scope *scope = otpi_scope_now;
    if (__builtin_expect(scope != NULL && (size_t)(scope->end - scope->at) >= n, 1)) {
        uint64_t *words = scope->at;
        scope->at += n;
        otpi_scope_unpoison(words, n);
        return words;
    }
    return otpi_scope_try_slow(n);
}

/* n words in the current scope; NULL after the seam's no_memory returned (outside of a process). */
uint64_t *otpi_scope_words_slow(size_t n);
static inline uint64_t *otpi_scope_words(size_t n) {
    otpi_scope *scope = otpi_scope_now;
    if (__builtin_expect(scope != NULL && (size_t)(scope->end - scope->at) >= n, 1)) {
        uint64_t *words = scope->at;
        scope->at += n;
        otpi_scope_unpoison(words, n);
        return words;
    }
    return otpi_scope_words_slow(n);
}

/* ---- Copying ---- */

/* Words a copy needs; 0 for immediates. Never recurses deeply: any depth is fine. Terms nested some
 * 64 deep (other than to the right) need memory to count: OTPI_WORDS_UNKNOWN when there is none. It
 * is so large that no allocation of it can succeed, so callers need not check. */
#define OTPI_WORDS_UNKNOWN ((size_t)1 << 56)
size_t otpi_term_words_slow(otp_term term);
static inline size_t otpi_term_words(otp_term term) {
    return (term.word & 3) == OTPI_PRIMARY_IMMEDIATE ? 0 : otpi_term_words_slow(term);
}
/* Copies into memory at *at (advanced), of at least otpi_term_words; shared parts are referenced
 * again and chained at *offheap. Never fails, never allocates. */
otp_term otpi_term_copy_slow(otp_term term, uint64_t **at, uint64_t **offheap);
static inline otp_term otpi_term_copy(otp_term term, uint64_t **at, uint64_t **offheap) {
    return (term.word & 3) == OTPI_PRIMARY_IMMEDIATE ? term
                                                     : otpi_term_copy_slow(term, at, offheap);
}
/* Drops the shared parts of a chain (of a message, a pack, a scope). */
void otpi_offheap_release(uint64_t *offheap);

/* A term that lives by itself, reference-counted: kept state, exit reasons, timers' messages, rows.
 */
typedef struct otpi_pack {
    uint32_t refs; /* atomic; the last release pairs with all others' */
    uint32_t words;
    uint64_t *offheap;
    otp_term term;
    uint64_t data[];
} otpi_pack;

otpi_pack *otpi_pack_new(otp_term term); /* NULL when out of memory; never exits the process */
void otpi_pack_acquire(otpi_pack *pack);
void otpi_pack_release(otpi_pack *pack); /* NULL is fine */

/* ---- Seams: what the rooms above tell this one ---- */

typedef struct otpi_term_seam {
    /* Ends the calling process with {enomem, Site}; returns outside of a process. */
    void (*no_memory)(const char *site);
    /* Ends the calling process with {badarg, {Site, What}}; returns outside of a process. */
    void (*bad_argument)(const char *site, const char *what);
    /* Releases the messages chained at scope->held. */
    void (*release_held)(void *held);
    /* Node slot <-> name and creation, in the current world; name NULL when there is no such slot.
     * slot_of returns OTPI_NODE_SLOTS when it is not known and can't be added. */
    const char *(*node_name)(uint32_t slot, uint32_t *creation);
    uint32_t (*node_slot)(const char *name, size_t length, uint32_t creation);
    uint32_t (*node_here)(void); /* the slot of the calling process's own node, prints as <0.…> */
    /* May one more atom be made from data by the current system? Counts it. */
    bool (*atom_quota)(void);
    /* The next fresh reference of the current world: a resource's identity. */
    otp_ref (*fresh_ref)(void);
} otpi_term_seam;

/* Set once by the world room, before any thread starts; the defaults fit a program without
 * processes. */
extern otpi_term_seam otpi_terms;

#endif
