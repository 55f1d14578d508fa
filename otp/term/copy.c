/* SPDX-License-Identifier: MIT */
/*
 * Copies of terms: how large they are, copying, packs, and the shared parts they hold.
 *
 * The copy is Cheney's: boxes are copied shallowly to the end of the destination while a scan
 * follows and copies what they point at (C. J. Cheney, "A Nonrecursive List Compacting Algorithm",
 * 1970). The source is immutable and may be read by others, so there are no forwarding words:
 * sharing inside a term is expanded, as when the BEAM copies a message.
 */
#include "port/memory.h"
#include "term/box.h"
#include "term/build.h"
#include "term/frames.h"
#include "term/shared.h"

/* ---- Size ---- */

/* Adds the words of boxes that hold no terms; true when the term must be descended into. */
static inline bool is_inner(otp_term term, size_t *words) {
    if (otpi_is_immediate(term)) {
        return false;
    }
    if (otpi_is_cell(term)) {
        return true;
    }
    uint64_t header = otpi_box(term)[0];
    *words += otpi_header_words(header) + 1;
    return otpi_tag_holds_terms(otpi_header_tag(header));
}

/* The next term to descend into among the n at p; n and p move behind it. */
static inline bool next_inner(const uint64_t **p, size_t *n, otp_term *inner, size_t *words) {
    while (*n > 0) {
        otp_term term = {*(*p)++};
        (*n)--;
        if (is_inner(term, words)) {
            *inner = term;
            return true;
        }
    }
    return false;
}

static size_t count_words(otp_term term, otpi_frames *frames) {
    size_t words = 0;
    if (!is_inner(term, &words)) {
        return words;
    }
    for (;;) {
        const uint64_t *p = otpi_is_cell(term) ? otpi_cell(term) : otpi_box(term) + 1;
        size_t n = otpi_is_cell(term) ? 2 : otpi_header_words(p[-1]);
        words += otpi_is_cell(term) ? 2 : 0;
        if (next_inner(&p, &n, &term, &words)) {
            if (n > 0 && !otpi_frames_push(frames, (otpi_frame){.a = p, .left = n})) {
                return OTPI_WORDS_UNKNOWN;
            }
            continue;
        }
        for (;;) {
            if (frames->count == 0) {
                return words;
            }
            otpi_frame *top = otpi_frames_top(frames);
            bool found = next_inner(&top->a, &top->left, &term, &words);
            frames->count -= top->left == 0;
            if (found) {
                break;
            }
        }
    }
}

static OTPI_NOINLINE size_t words_of_nested(otp_term term) {
    otpi_frames frames;
    otpi_frames_init(&frames);
    size_t words = count_words(term, &frames);
    otpi_frames_fini(&frames);
    return words;
}

size_t otpi_term_words_slow(otp_term term) {
    const uint64_t *tuple = otpi_box_of(term, OTPI_BOXED_TUPLE);
    if (OTPI_UNLIKELY(tuple == NULL)) {
        return words_of_nested(term);
    }
    size_t n = otpi_header_words(tuple[0]);
    uint64_t all = OTPI_PRIMARY_IMMEDIATE;
    for (size_t i = 1; i <= n; i++) {
        all &= tuple[i];
    }
    return OTPI_LIKELY(all == OTPI_PRIMARY_IMMEDIATE) ? n + 1 : words_of_nested(term);
}

/* ---- Copy ---- */

static inline otp_term copy_shallow(otp_term term, uint64_t **at, uint64_t **offheap) {
    uint64_t *to = *at;
    if (otpi_is_cell(term)) {
        const uint64_t *cell = otpi_cell(term);
        to[0] = cell[0];
        to[1] = cell[1];
        *at = to + 2;
        return otpi_cell_term(to);
    }
    const uint64_t *box = otpi_box(term);
    size_t n = otpi_header_words(box[0]) + 1;
    for (size_t i = 0; i < n; i++) {
        to[i] = box[i];
    }
    *at = to + n;
    if (OTPI_UNLIKELY(otpi_tag_is_shared(otpi_header_tag(box[0])))) {
        otpi_shared_acquire((otpi_shared *)(uintptr_t)box[OTPI_SHARED_OBJECT]);
        to[OTPI_SHARED_NEXT] = (uint64_t)(uintptr_t)*offheap;
        *offheap = to;
    }
    return otpi_box_term(to);
}

/* A tuple of immediates needs no scan; NULL when the term is something else. */
static inline const uint64_t *copy_flat(otp_term term, uint64_t **at) {
    const uint64_t *tuple = otpi_box_of(term, OTPI_BOXED_TUPLE);
    if (OTPI_UNLIKELY(tuple == NULL)) {
        return NULL;
    }
    uint64_t *to = *at;
    size_t n = otpi_header_words(tuple[0]);
    uint64_t all = OTPI_PRIMARY_IMMEDIATE;
    to[0] = tuple[0];
    for (size_t i = 1; i <= n; i++) {
        to[i] = tuple[i];
        all &= tuple[i];
    }
    if (OTPI_UNLIKELY(all != OTPI_PRIMARY_IMMEDIATE)) {
        return NULL;
    }
    *at = to + n + 1;
    return to;
}

static OTPI_NOINLINE otp_term copy_nested(otp_term term, uint64_t **at, uint64_t **offheap) {
    uint64_t *scan = *at;
    otp_term root = copy_shallow(term, at, offheap);
    while (scan < *at) {
        uint64_t word = *scan;
        if (OTPI_LIKELY((word & 3) == OTPI_PRIMARY_IMMEDIATE)) {
            scan++;
        } else if ((word & 3) != 0) {
            *scan++ = copy_shallow((otp_term){word}, at, offheap).word;
        } else if (otpi_tag_holds_terms(otpi_header_tag(word))) {
            scan++;
        } else {
            scan += otpi_header_words(word) + 1;
        }
    }
    return root;
}

otp_term otpi_term_copy_slow(otp_term term, uint64_t **at, uint64_t **offheap) {
    const uint64_t *flat = copy_flat(term, at);
    return OTPI_LIKELY(flat != NULL) ? otpi_box_term(flat) : copy_nested(term, at, offheap);
}

otp_term otpi_make_copy(otp_term term) {
    if (otpi_is_immediate(term) || otp_is_none(term)) {
        return term;
    }
    uint64_t *at = otpi_scope_try(otpi_term_words(term));
    return at ? otpi_term_copy(term, &at, &otpi_scope_now->offheap) : OTP_NONE;
}

/* ---- Shared parts ---- */

otpi_shared_bytes *otpi_shared_bytes_new(size_t size) {
    if (size >= OTPI_WORDS_UNKNOWN) {
        return NULL;
    }
    otpi_shared_bytes *bytes = otpi_alloc(sizeof *bytes + size);
    if (bytes != NULL) {
        bytes->shared = (otpi_shared){.refs = 1};
        bytes->size = size;
    }
    return bytes;
}

void otpi_shared_release(otpi_shared *shared) {
    /* release: what this holder read or wrote is done; acquire: the last one sees that of all */
    if (__atomic_fetch_sub(&shared->refs, 1, __ATOMIC_ACQ_REL) == 1) {
        if (shared->resource) {
            otpi_resource_destroy((otpi_resource_object *)(void *)shared);
        } else {
            otpi_free(shared);
        }
    }
}

void otpi_offheap_release(uint64_t *offheap) {
    while (offheap != NULL) {
        otpi_shared *shared = (otpi_shared *)(uintptr_t)offheap[OTPI_SHARED_OBJECT];
        offheap = (uint64_t *)(uintptr_t)offheap[OTPI_SHARED_NEXT];
        otpi_shared_release(shared);
    }
}

/* ---- Packs ---- */

otpi_pack *otpi_pack_new(otp_term term) {
    size_t words = otpi_term_words(term);
    if (words > UINT32_MAX) {
        return NULL;
    }
    otpi_pack *pack = otpi_alloc(sizeof *pack + words * sizeof(uint64_t));
    if (pack == NULL) {
        return NULL;
    }
    uint64_t *at = pack->data;
    pack->refs = 1;
    pack->words = (uint32_t)words;
    pack->offheap = NULL;
    pack->term = otpi_term_copy(term, &at, &pack->offheap);
    return pack;
}

void otpi_pack_acquire(otpi_pack *pack) {
    __atomic_fetch_add(&pack->refs, 1, __ATOMIC_RELAXED);
}

void otpi_pack_release(otpi_pack *pack) {
    /* acq_rel: the last release happens after everything done with the pack before */
    if (pack != NULL && __atomic_fetch_sub(&pack->refs, 1, __ATOMIC_ACQ_REL) == 1) {
        otpi_offheap_release(pack->offheap);
        otpi_free(pack);
    }
}
