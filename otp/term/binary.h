/* SPDX-License-Identifier: MIT */
/*
 * Binaries and bitstrings: up to 64 bytes inside their box, larger ones shared and counted.
 */
#ifndef OTP_TERM_BINARY_H
#define OTP_TERM_BINARY_H

#include "term/shared.h"

/* The bytes and the size in bits of any binary or bitstring; false for other terms. Bits of the
 * last byte beyond the size are zero. */
bool otpi_bits_of(otp_term term, const uint8_t **bytes, size_t *bits);
/* The encoding of a fun from the wire; false for other terms. */
bool otpi_opaque_of(otp_term term, const uint8_t **encoding, size_t *size);

/* Order of two such encodings (fun.c): Erlang's, but for two funs of one place in the code with
 * different free variables, which order by their bytes. Negative, 0 or positive. */
int otpi_compare_funs(const uint8_t *a, size_t size_a, const uint8_t *b, size_t size_b);

static inline size_t otpi_bytes_of_bits(size_t bits) {
    return bits / 8 + (bits % 8 != 0);
}

#endif
