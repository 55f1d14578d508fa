/* SPDX-License-Identifier: MIT */
/*
 * The external term format (Erlang/OTP, ERTS User's Guide, chapter "External Term Format"),
 * version 131, both ways. Reading is safe on any bytes.
 */
#ifndef OTP_ETF_H
#define OTP_ETF_H

#include <otp/term.h>

/* What reading accepts; zero means the default. */
typedef struct otp_etf_limits {
    size_t depth_max; /* default 1,000 */
    size_t words_max; /* of the term that is built; default 64 Mi words */
    size_t atoms_max; /* new atoms that may be made; default 10,000; SIZE_MAX - 1 = unlimited */
    bool known_atoms_only; /* as binary_to_term's safe: no new atom at all */
} otp_etf_limits;

/* Encodes into a buffer of the caller; *size is its capacity, then the length. OTP_ESIZE with the
 * needed length in *size when it does not fit (buffer may be NULL to ask). */
OTP_API OTP_MUST_CHECK otp_err otp_etf_encode(otp_term term, uint8_t *buffer, size_t *size);

/* Decodes one term into the current scope. *used (may be NULL) tells how many bytes it took;
 * error->offset says where reading stopped. limits and error may be NULL. */
OTP_API OTP_MUST_CHECK otp_err otp_etf_decode(const uint8_t *bytes, size_t size,
                                              const otp_etf_limits *limits, otp_term *out,
                                              size_t *used, otp_parse_error *error);

#endif
