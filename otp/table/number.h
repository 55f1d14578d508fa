/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic on integer terms of any size, as counters and match specifications need it. Results
 * are exact, lie in the current scope, and are OTP_NONE when out of memory or beyond
 * OTPI_BIG_LIMBS_MAX. The operands are integers.
 */
#ifndef OTP_TABLE_NUMBER_H
#define OTP_TABLE_NUMBER_H

#include "term/big.h"

otp_term otpi_integer_add(otp_term a, otp_term b);
otp_term otpi_integer_subtract(otp_term a, otp_term b);
otp_term otpi_integer_multiply(otp_term a, otp_term b);
/* Quotient, rounded towards zero, and remainder, which has a's sign. b is not 0. false as OTP_NONE.
 */
bool otpi_integer_divide(otp_term a, otp_term b, otp_term *quotient, otp_term *remainder);
/* Towards the left for n > 0, else towards the right, rounded down. */
otp_term otpi_integer_shift(otp_term a, int64_t n);
/* Bit by bit, of two's complement: operation is '&', '|' or '^'. */
otp_term otpi_integer_bits(otp_term a, otp_term b, char operation);
/* Nearest double; infinite when beyond. */
double otpi_integer_to_double(otp_term a);

#endif
