/* SPDX-License-Identifier: MIT */
/*
 * The bits of a term: which kind a word is, where its box lies, what a header says. Nothing here
 * allocates or calls; heap.h describes the layout.
 */
#ifndef OTP_TERM_BOX_H
#define OTP_TERM_BOX_H

#include "term/heap.h"

enum {
    OTPI_LOW_PID = 3,
    OTPI_LOW_PORT = 7,
    OTPI_LOW_INTEGER = 15,
    OTPI_LOW_ATOM = 0x0b, /* of six bits, as the two below */
    OTPI_LOW_HOLE = 0x1b,
    OTPI_LOW_NIL = 0x3b,
};

/* The fields of a reference-counted box. */
enum {
    OTPI_SHARED_NEXT = 1,
    OTPI_SHARED_OBJECT = 2,
    OTPI_SHARED_OFFSET = 3, /* in bytes */
    OTPI_SHARED_BITS = 4,
    OTPI_SHARED_WORDS = 5, /* header included */
};

static inline uint64_t otpi_header(otpi_boxed_tag tag, size_t payload_words) {
    return (uint64_t)payload_words << 8 | (uint64_t)tag << 2;
}
static inline otpi_boxed_tag otpi_header_tag(uint64_t header) {
    return (otpi_boxed_tag)(header >> 2 & 63);
}
static inline size_t otpi_header_words(uint64_t header) {
    return (size_t)(header >> 8);
}

static inline bool otpi_is_immediate(otp_term term) {
    return (term.word & 3) == OTPI_PRIMARY_IMMEDIATE;
}
static inline bool otpi_is_cell(otp_term term) {
    return (term.word & 3) == OTPI_PRIMARY_LIST;
}
static inline bool otpi_is_boxed(otp_term term) {
    return (term.word & 3) == OTPI_PRIMARY_BOXED;
}
static inline bool otpi_is_small(otp_term term) {
    return (term.word & 15) == OTPI_LOW_INTEGER;
}
static inline bool otpi_is_pid(otp_term term) {
    return (term.word & 15) == OTPI_LOW_PID;
}
static inline bool otpi_is_port(otp_term term) {
    return (term.word & 15) == OTPI_LOW_PORT;
}
static inline int64_t otpi_small(otp_term term) {
    return (int64_t)term.word >> 4;
}
static inline size_t otpi_atom_index(otp_term atom) {
    return (size_t)(atom.word >> 6);
}

static inline const uint64_t *otpi_cell(otp_term list) {
    return (const uint64_t *)(uintptr_t)(list.word - OTPI_PRIMARY_LIST);
}
static inline const uint64_t *otpi_box(otp_term boxed) {
    return (const uint64_t *)(uintptr_t)(boxed.word - OTPI_PRIMARY_BOXED);
}
static inline otp_term otpi_cell_term(const uint64_t *cell) {
    return (otp_term){(uint64_t)(uintptr_t)cell + OTPI_PRIMARY_LIST};
}
static inline otp_term otpi_box_term(const uint64_t *box) {
    return (otp_term){(uint64_t)(uintptr_t)box + OTPI_PRIMARY_BOXED};
}
/* The box when the term is boxed with that tag, else NULL. */
static inline const uint64_t *otpi_box_of(otp_term term, otpi_boxed_tag tag) {
    if (!otpi_is_boxed(term)) {
        return NULL;
    }
    const uint64_t *box = otpi_box(term);
    return otpi_header_tag(box[0]) == tag ? box : NULL;
}
/* Boxes whose payload is terms. */
static inline bool otpi_tag_holds_terms(otpi_boxed_tag tag) {
    return tag == OTPI_BOXED_TUPLE || tag == OTPI_BOXED_MAP;
}
static inline bool otpi_tag_is_shared(otpi_boxed_tag tag) {
    return tag == OTPI_BOXED_SHARED || tag == OTPI_BOXED_RESOURCE;
}
static inline size_t otpi_words_of_bytes(size_t bytes) {
    return bytes / 8 + (bytes % 8 != 0);
}

#endif
