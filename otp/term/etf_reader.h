/* SPDX-License-Identifier: MIT */
/*
 * The state of decoding, and the terms without parts: etf_leaf.c reads them, etf_decode.c the rest.
 */
#ifndef OTP_TERM_ETF_READER_H
#define OTP_TERM_ETF_READER_H

#include "term/etf.h"
#include "term/frames.h"
#include "term/heap.h"

typedef struct otpi_etf_reader {
    const uint8_t *begin, *at, *end;
    otp_etf_limits limits;
    size_t words_left;
    size_t atoms_left;
    otpi_frames frames;
    const uint8_t *error_at;
    const char *expected; /* NULL until something failed */
} otpi_etf_reader;

/* Notes where and why; returns err. expected is static text. */
otp_err otpi_etf_fail(otpi_etf_reader *r, otp_err err, const char *expected);

static inline size_t otpi_etf_left(const otpi_etf_reader *r) {
    return (size_t)(r->end - r->at);
}
static inline otp_err otpi_etf_need(otpi_etf_reader *r, size_t size) {
    return OTPI_LIKELY(otpi_etf_left(r) >= size) ? OTP_OK
                                                 : otpi_etf_fail(r, OTP_ETRUNCATED, "more bytes");
}
/* A big-endian number of size bytes, which must be there. */
static inline uint64_t otpi_etf_get(otpi_etf_reader *r, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | *r->at++;
    }
    return value;
}
/* The same when it may not be there. */
static inline otp_err otpi_etf_number(otpi_etf_reader *r, size_t size, uint64_t *out) {
    otp_err err = otpi_etf_need(r, size);
    if (err == OTP_OK) {
        *out = otpi_etf_get(r, size);
    }
    return err;
}

/* Words of the term being built, against the limit; NULL with *err set. */
uint64_t *otpi_etf_words(otpi_etf_reader *r, size_t n, otp_err *err);
/* Counts n words that something else allocates. */
otp_err otpi_etf_spend(otpi_etf_reader *r, size_t n);
/* OTP_ENOMEM when the term could not be built. */
otp_err otpi_etf_built(otpi_etf_reader *r, otp_term term);

/* An atom where nothing else may stand. */
otp_err otpi_etf_atom(otpi_etf_reader *r, otp_term *out);
/* What follows that tag, when it is the tag of a leaf; else *leaf is false. */
otp_err otpi_etf_leaf(otpi_etf_reader *r, uint8_t tag, bool *leaf, otp_term *out);

#endif
