/* SPDX-License-Identifier: MIT */
/*
 * A row: one block that holds a copied tuple. Published rows are immutable, with one exception: an
 * integer of a flat row (no element of which is boxed) may be changed in place, always at the same
 * position of that row, so that whoever copies it meanwhile gets the row before or after.
 */
#ifndef OTP_TABLE_ROW_H
#define OTP_TABLE_ROW_H

#include "term/box.h"
#include "world/worker.h"

/* Hostile builds make tables small and remake their arrays as often as they can. */
#ifndef OTPI_HOSTILE
#define OTPI_HOSTILE 0
#endif

enum {
    OTPI_ROW_MARK_BITS = 27,
    OTPI_ROW_MARK_MASK = (1 << OTPI_ROW_MARK_BITS) - 1,
    OTPI_ROW_LINKS_MAX = 31,
};

typedef struct otpi_row {
    uint64_t hash; /* of the key, with the table's seed */
    uint32_t words;
    uint32_t mark
        : OTPI_ROW_MARK_BITS; /* flat: the position changed in place, 0 = none yet; else
                                 1 + place of the newest reference-counted box, 0 = none */
    uint32_t links : 32 - OTPI_ROW_MARK_BITS; /* words behind the tuple: to other rows of a table
                                                 that is a bag or ordered */
    otpi_retired retired; /* not read by readers: links rows not yet in, or no longer in, a store */
    uint64_t data[];      /* the tuple: its header, its elements, what they point at */
} otpi_row;

/* An element that is replaced while a tuple is copied. */
typedef struct otpi_row_change {
    size_t position; /* from 1 */
    otp_term term;
} otpi_row_change;

/* A copy of the tuple with n elements changed and room for links, which are NULL; NULL when out of
 * memory. The hash is not set. */
otpi_row *otpi_row_new(otp_term tuple, const otpi_row_change *changes, size_t n, unsigned links);
void otpi_row_free(otpi_row *row);
/* Frees it when nobody can be reading it any more. */
void otpi_row_retire(otpi_row *row);
/* What it takes of memory. */
size_t otpi_row_bytes(const otpi_row *row);

static inline otp_term otpi_row_tuple(const otpi_row *row) {
    return otpi_box_term(row->data);
}
static inline size_t otpi_row_arity(const otpi_row *row) {
    return otpi_header_words(row->data[0]);
}
static inline bool otpi_row_flat(const otpi_row *row) {
    return row->words == otpi_row_arity(row) + 1;
}
/* An element that may be changed in place meanwhile. relaxed: nothing else hangs on its value. */
static inline otp_term otpi_row_element(const otpi_row *row, size_t position) {
    return (otp_term){__atomic_load_n(&row->data[position], __ATOMIC_RELAXED)};
}

/* A link to another row of the table. acquire: pairs with the release below; that row's contents
 * are behind it. */
static inline otpi_row *otpi_row_link(const otpi_row *row, size_t i) {
    return (otpi_row *)(uintptr_t)__atomic_load_n(&row->data[row->words + i], __ATOMIC_ACQUIRE);
}
static inline void otpi_row_link_set(otpi_row *row, size_t i, const otpi_row *to) {
    __atomic_store_n(&row->data[row->words + i], (uint64_t)(uintptr_t)to, __ATOMIC_RELEASE);
}

/* The rows linked from it by retired.next. */
static inline otpi_row *otpi_row_next(const otpi_row *row) {
    return row->retired.next ? OTPI_CONTAINER_OF(row->retired.next, otpi_row, retired) : NULL;
}
static inline void otpi_row_set_next(otpi_row *row, otpi_row *next) {
    row->retired.next = next ? &next->retired : NULL;
}

/* Copies the tuple to words that have room for it; shared parts are chained to the scope. */
static inline otp_term otpi_row_copy(const otpi_row *row, uint64_t *at) {
    if (OTPI_LIKELY(otpi_row_flat(row))) {
        for (size_t i = 0; i < row->words; i++) {
            at[i] = otpi_row_element(row, i).word;
        }
        return otpi_box_term(at);
    }
    return otpi_term_copy(otpi_row_tuple(row), &at, &otpi_scope_now->offheap);
}

/* A copy in the current scope. OTP_ENOMEM. */
static inline otp_err otpi_row_look(const otpi_row *row, otp_term *out) {
    uint64_t *at = otpi_scope_try(row->words);
    if (OTPI_UNLIKELY(at == NULL)) {
        return OTP_ENOMEM;
    }
    *out = otpi_row_copy(row, at);
    return OTP_OK;
}

#endif
