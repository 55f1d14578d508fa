/* SPDX-License-Identifier: MIT */
/*
 * Floats as text; see float.h. The C library converts, but always without a decimal point (its
 * character depends on the locale): 1.25 is written and read as 125e-2.
 *
 * The choice between 0.001 and 1.0e-3 is that of Erlang's io_lib_format: the shorter one, decimal
 * when equal, and never decimal from 2^53 on, where digits would be made up.
 */
#include "term/float.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 17, SOURCE_MAX = 1100 };

/* The digits of a decimal fraction and where its point stands: 0.digits * 10^place. */
typedef struct decimal {
    char digits[DIGITS_MAX + 1];
    int count;
    int place;
} decimal;

static double value_of(const decimal *d) {
    char text[DIGITS_MAX + 16];
    snprintf(text, sizeof text, "%.*se%d", d->count, d->digits, d->place - d->count);
    return strtod(text, NULL);
}

static void round_to(double value, int count, decimal *d) {
    char text[DIGITS_MAX + 16];
    snprintf(text, sizeof text, "%.*e", count - 1, value);
    d->count = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') {
            d->digits[d->count++] = *at;
        }
    }
    d->place = (int)strtol(at + 1, NULL, 10) + 1;
    while (d->count > 1 && d->digits[d->count - 1] == '0') {
        d->count--;
    }
}

/* Any decimal of up to 15 digits survives the way through a normal double, so the shortest text is
 * found at 15 digits (less its zeros), or it has 16 or 17. Subnormals have fewer digits. */
static void shortest(double value, decimal *d) {
    int first = value < 2.2250738585072014e-308 ? 1 : 15;
    for (int count = first; count <= DIGITS_MAX; count++) {
        round_to(value, count, d);
        if (value_of(d) == value) {
            return;
        }
    }
}

static size_t put_exponent(const decimal *d, char *out) {
    int n = d->count == 1
                ? snprintf(out, OTPI_FLOAT_TEXT_MAX - 1, "%c.0e%d", d->digits[0], d->place - 1)
                : snprintf(out, OTPI_FLOAT_TEXT_MAX - 1, "%c.%.*se%d", d->digits[0], d->count - 1,
                           d->digits + 1, d->place - 1);
    return (size_t)n;
}

static size_t put_plain(const decimal *d, char *out) {
    static const char zeros[] = "00000000000000000000";
    int n;
    if (d->place <= 0) {
        n = snprintf(out, OTPI_FLOAT_TEXT_MAX - 1, "0.%.*s%.*s", -d->place, zeros, d->count,
                     d->digits);
    } else if (d->place >= d->count) {
        n = snprintf(out, OTPI_FLOAT_TEXT_MAX - 1, "%.*s%.*s.0", d->count, d->digits,
                     d->place - d->count, zeros);
    } else {
        n = snprintf(out, OTPI_FLOAT_TEXT_MAX - 1, "%.*s.%.*s", d->place, d->digits,
                     d->count - d->place, d->digits + d->place);
    }
    return (size_t)n;
}

static bool plain_is_better(const decimal *d, double value) {
    if (d->place > 0 && d->place < d->count) {
        return value < 0x1p53;
    }
    char exponent[16];
    int digits = snprintf(exponent, sizeof exponent, "%d", d->place - 1);
    int cost = digits + 1 + (d->count == 1 ? 2 : 1);
    int plain = d->place <= 0 ? 2 - d->place : d->place - d->count + 2;
    return plain <= cost && value < 0x1p53;
}

size_t otpi_float_print(double value, char out[OTPI_FLOAT_TEXT_MAX]) {
    size_t sign = signbit(value) ? 1 : 0;
    out[0] = '-';
    value = fabs(value);
    if (value == 0.0) {
        memcpy(out + sign, "0.0", 4);
        return sign + 3;
    }
    decimal d;
    shortest(value, &d);
    return sign +
           (plain_is_better(&d, value) ? put_plain(&d, out + sign) : put_exponent(&d, out + sign));
}

/* Digits without the point, in order; returns how many stood behind it. */
static size_t copy_digits(const char **at, const char *end, char *out, size_t *length) {
    size_t behind = 0;
    bool point = false;
    for (; *at < end && **at != 'e' && **at != 'E'; (*at)++) {
        if (**at == '.') {
            point = true;
        } else if (**at != '_') {
            out[(*length)++] = **at;
            behind += point;
        }
    }
    return behind;
}

bool otpi_float_parse(const char *text, size_t length, double *out) {
    char plain[SOURCE_MAX + 32];
    if (length > SOURCE_MAX) {
        return false;
    }
    const char *at = text;
    const char *end = text + length;
    size_t n = 0;
    long behind = (long)copy_digits(&at, end, plain, &n);
    long exponent = 0;
    if (at < end) {
        bool minus = at[1] == '-';
        for (at += at[1] == '-' || at[1] == '+' ? 2 : 1; at < end; at++) {
            exponent = *at == '_' || exponent > 100000 ? exponent : exponent * 10 + (*at - '0');
        }
        exponent = minus ? -exponent : exponent;
    }
    snprintf(plain + n, sizeof plain - n, "e%ld", exponent - behind);
    *out = strtod(plain, NULL);
    return isfinite(*out);
}
