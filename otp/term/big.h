/* SPDX-License-Identifier: MIT */
/*
 * Integers of any size: sign and magnitude, limbs of 64 bits, least significant first. A boxed
 * integer has no leading zero limb and never fits an immediate, so equal integers have equal words.
 */
#ifndef OTP_TERM_BIG_H
#define OTP_TERM_BIG_H

#include "term/box.h"

enum { OTPI_BIG_LIMBS_MAX = 4096 }; /* 262,144 bits: printing such a one takes some 50 ms */

typedef struct otpi_big {
    const uint64_t *limb;
    size_t n; /* 0 for zero */
    bool negative;
} otpi_big;

/* A view of an integer term; *room holds the limb of a small one. false for other terms. */
bool otpi_big_view(otp_term integer, uint64_t *room, otpi_big *out);

/* The integer with that sign and magnitude (leading zeros allowed), OTP_NONE when out of memory. */
otp_term otpi_make_big(bool negative, const uint64_t *limb, size_t n);
/* From bytes, least significant first. */
otp_term otpi_make_big_from_bytes(bool negative, const uint8_t *bytes, size_t size);
/* From digits of a base 2 to 36, already checked; '_' between them is skipped. OTP_ESIZE beyond
 * OTPI_BIG_LIMBS_MAX. */
OTP_MUST_CHECK otp_err otpi_make_big_from_digits(bool negative, const char *digits, size_t length,
                                                 unsigned base, otp_term *out);

int otpi_big_compare(otpi_big a, otpi_big b);
/* Exactly: the double is not rounded to an integer, nor the integer to a double. */
int otpi_big_compare_double(otpi_big a, double b);
int otpi_int_compare_double(int64_t a, double b);
/* Nearest double, ties to even; infinite when beyond. */
double otpi_big_to_double(otpi_big a);
/* A float or an integer as a double; false when it is neither, or an integer beyond all doubles. */
bool otpi_get_number(otp_term term, double *out);
/* Bytes of the magnitude without leading zeros. */
size_t otpi_big_bytes(otpi_big a);

/* Writes the magnitude in decimal through put; without memory for the division it is written as
 * 16#..., which reads back as the same. */
void otpi_big_print(otpi_big a, void (*put)(void *context, const char *text, size_t size),
                    void *context);

#endif
