/* SPDX-License-Identifier: MIT */
/*
 * The tags of the external term format, and terms without the leading version byte, as they follow
 * a header of the distribution protocol.
 */
#ifndef OTP_TERM_ETF_H
#define OTP_TERM_ETF_H

#include <otp/etf.h>

enum {
    OTPI_ETF_VERSION = 131,
    OTPI_ETF_NEW_FLOAT = 70,
    OTPI_ETF_BIT_BINARY = 77,
    OTPI_ETF_COMPRESSED = 80,
    OTPI_ETF_NEW_PID = 88,
    OTPI_ETF_NEW_PORT = 89,
    OTPI_ETF_NEWER_REFERENCE = 90,
    OTPI_ETF_SMALL_INTEGER = 97,
    OTPI_ETF_INTEGER = 98,
    OTPI_ETF_FLOAT = 99,
    OTPI_ETF_ATOM = 100,
    OTPI_ETF_REFERENCE = 101,
    OTPI_ETF_PORT = 102,
    OTPI_ETF_PID = 103,
    OTPI_ETF_SMALL_TUPLE = 104,
    OTPI_ETF_LARGE_TUPLE = 105,
    OTPI_ETF_NIL = 106,
    OTPI_ETF_STRING = 107,
    OTPI_ETF_LIST = 108,
    OTPI_ETF_BINARY = 109,
    OTPI_ETF_SMALL_BIG = 110,
    OTPI_ETF_LARGE_BIG = 111,
    OTPI_ETF_NEW_FUN = 112,
    OTPI_ETF_EXPORT = 113,
    OTPI_ETF_NEW_REFERENCE = 114,
    OTPI_ETF_SMALL_ATOM = 115,
    OTPI_ETF_MAP = 116,
    OTPI_ETF_FUN = 117,
    OTPI_ETF_ATOM_UTF8 = 118,
    OTPI_ETF_SMALL_ATOM_UTF8 = 119,
    OTPI_ETF_V4_PORT = 120,
};

/* As otp_etf_encode and otp_etf_decode, without the version byte. */
OTP_MUST_CHECK otp_err otpi_etf_encode_bare(otp_term term, uint8_t *buffer, size_t *size);
OTP_MUST_CHECK otp_err otpi_etf_decode_bare(const uint8_t *bytes, size_t size,
                                            const otp_etf_limits *limits, otp_term *out,
                                            size_t *used, otp_parse_error *error);

#endif
