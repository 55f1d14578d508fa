/* SPDX-License-Identifier: MIT */
/*
 * Terms built in memory the caller provides: for signals that may not allocate.
 */
#ifndef OTP_PROCESS_WORDS_H
#define OTP_PROCESS_WORDS_H

#include "term/atom.h"
#include "term/heap.h"

static inline uint64_t otpi_words_header(otpi_boxed_tag tag, size_t payload) {
    return (uint64_t)payload << 8 | (uint64_t)tag << 2;
}
static inline otp_term otpi_words_boxed(uint64_t *words) {
    return (otp_term){(uint64_t)(uintptr_t)words | OTPI_PRIMARY_BOXED};
}

/* words: 3 to 6 of them. */
static inline otp_term otpi_words_tuple2(uint64_t *words, otp_term a, otp_term b) {
    words[0] = otpi_words_header(OTPI_BOXED_TUPLE, 2);
    words[1] = a.word;
    words[2] = b.word;
    return otpi_words_boxed(words);
}
static inline otp_term otpi_words_tuple3(uint64_t *words, otp_term a, otp_term b, otp_term c) {
    words[0] = otpi_words_header(OTPI_BOXED_TUPLE, 3);
    words[1] = a.word;
    words[2] = b.word;
    words[3] = c.word;
    return otpi_words_boxed(words);
}
static inline otp_term otpi_words_tuple4(uint64_t *words, otp_term a, otp_term b, otp_term c,
                                         otp_term d) {
    words[0] = otpi_words_header(OTPI_BOXED_TUPLE, 4);
    words[1] = a.word;
    words[2] = b.word;
    words[3] = c.word;
    words[4] = d.word;
    return otpi_words_boxed(words);
}
static inline otp_term otpi_words_tuple5(uint64_t *words, otp_term a, otp_term b, otp_term c,
                                         otp_term d, otp_term e) {
    words[0] = otpi_words_header(OTPI_BOXED_TUPLE, 5);
    words[1] = a.word;
    words[2] = b.word;
    words[3] = c.word;
    words[4] = d.word;
    words[5] = e.word;
    return otpi_words_boxed(words);
}
/* 4 words. */
static inline otp_term otpi_words_ref(uint64_t *words, otp_ref ref) {
    words[0] = otpi_words_header(OTPI_BOXED_REFERENCE, 3);
    words[1] = ref.word[0];
    words[2] = ref.word[1];
    words[3] = ref.word[2];
    return otpi_words_boxed(words);
}
/* [alias | Ref] */
enum { OTPI_WORDS_TAG = 2 + 4 };
static inline otp_term otpi_words_tag(uint64_t *words, otp_ref ref) {
    words[0] = OTPI_AM_alias;
    words[1] = otpi_words_ref(words + 2, ref).word;
    return (otp_term){(uint64_t)(uintptr_t)words | OTPI_PRIMARY_LIST};
}
/* The elements of a tuple of that arity, else NULL. */
static inline const otp_term *otpi_words_tuple(otp_term term, size_t arity) {
    if ((term.word & 3) != OTPI_PRIMARY_BOXED) {
        return NULL;
    }
    const uint64_t *box = (const uint64_t *)(uintptr_t)(term.word - OTPI_PRIMARY_BOXED);
    return box[0] == otpi_words_header(OTPI_BOXED_TUPLE, arity) ? (const otp_term *)(box + 1)
                                                                : NULL;
}
static inline const otp_term *otpi_words_cell(otp_term term) {
    return (term.word & 3) == OTPI_PRIMARY_LIST
               ? (const otp_term *)(uintptr_t)(term.word - OTPI_PRIMARY_LIST)
               : NULL;
}

#endif
