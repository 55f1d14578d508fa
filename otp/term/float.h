/* SPDX-License-Identifier: MIT */
/*
 * Floats as text, the same in every locale.
 */
#ifndef OTP_TERM_FLOAT_H
#define OTP_TERM_FLOAT_H

#include <stdbool.h>
#include <stddef.h>

enum { OTPI_FLOAT_TEXT_MAX = 32 };

/* The shortest text that reads back as the same value, written as Erlang writes it: 1.0e10, 0.001.
 * Returns its length. */
size_t otpi_float_print(double value, char out[OTPI_FLOAT_TEXT_MAX]);

/* Reads digits.digits with an optional exponent, already checked; '_' between digits is skipped.
 * false when the value is not finite or the text longer than any float needs. */
bool otpi_float_parse(const char *text, size_t length, double *out);

#endif
