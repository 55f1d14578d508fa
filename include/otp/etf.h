/* SPDX-License-Identifier: MIT */
/*
 * The external term format (Erlang/OTP, ERTS User's Guide, chapter "External Term Format"),
 * version 131, both ways: what Erlang's term_to_binary and binary_to_term speak, and every BEAM
 * node.
 *
 *     uint8_t bytes[1000];
 *     size_t size = sizeof bytes;
 *     otp_err e = otp_etf_encode(term, bytes, &size);
 *
 *     otp_parse_error error;
 *     otp_etf_limits limits = {.known_atoms_only = true};
 *     e = otp_etf_decode(bytes, size, &limits, &term, NULL, &error);
 *
 * Reading is safe on any bytes: sizes are compared with what is there before anything is allocated,
 * depth costs no stack, new atoms are limited. Every form that a node has written since Erlang/OTP
 * R8 is read; written are the forms of Erlang/OTP 26 (which 24 and later read).
 */
#ifndef OTP_ETF_H
#define OTP_ETF_H

#include <otp/term.h>

/* What reading accepts; zero means the default. */
typedef struct otp_etf_limits {
    size_t depth_max;      /* nested containers; default 1,000 */
    size_t words_max;      /* of the term that is built; default 64 Mi words */
    size_t atoms_max;      /* new atoms that may be made; default 10,000; SIZE_MAX = unlimited */
    bool known_atoms_only; /* as binary_to_term's safe: no new atom at all */
} otp_etf_limits;

/* Encodes into a buffer of the caller; *size is its capacity, then the length. OTP_ESIZE with the
 * needed length in *size when it does not fit (buffer may be NULL to ask), or when a part is larger
 * than the format can say; OTP_ENOMEM for terms nested some 32 deep when there is no memory for the
 * way; OTP_EBADARG for OTP_NONE. */
OTP_API OTP_MUST_CHECK otp_err otp_etf_encode(otp_term term, uint8_t *buffer, size_t *size);

/* Decodes one term into the current scope. *used (may be NULL) tells how many bytes it took; what
 * follows is not looked at. limits and error may be NULL.
 * Errors leave *out alone and nothing in the scope; error->offset and error->expected say where and
 * why: OTP_ETRUNCATED, OTP_EFORMAT, OTP_EDEPTH, OTP_ESIZE, OTP_EATOMS, OTP_ELIMIT (nodes, or pids
 * of unusual width), OTP_EUNSUPPORTED, OTP_ENOMEM. */
OTP_API OTP_MUST_CHECK otp_err otp_etf_decode(const uint8_t *bytes, size_t size,
                                              const otp_etf_limits *limits, otp_term *out,
                                              size_t *used, otp_parse_error *error);

/*
 * Differences from Erlang
 *
 * - Compressed terms (term_to_binary with compressed) are OTP_EUNSUPPORTED: libotp has no zlib.
 *   Erlang compresses only when asked to, never between nodes.
 * - A map with one key twice is OTP_EFORMAT, as in Erlang; the chapter does not say so.
 * - Integers have at most 262,144 bits (Erlang: some 4 million): longer ones are OTP_ESIZE.
 * - Funs are kept as the bytes they came in; before that they are read once, so that what is sent
 *   on is well-formed. Funs of Erlang/OTP R7 and before are OTP_EUNSUPPORTED.
 * - Maps are written in key order, also large ones; the BEAM's order of large maps is its own.
 * - A resource is written as its reference.
 */

#endif
