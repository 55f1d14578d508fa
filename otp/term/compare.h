/* SPDX-License-Identifier: MIT */
/*
 * The order of map keys: Erlang's order of terms, but every integer is less than every float (also
 * inside the keys). 0 exactly when otp_equal.
 */
#ifndef OTP_TERM_COMPARE_H
#define OTP_TERM_COMPARE_H

#include "term/box.h"

int otpi_compare_slow(otp_term a, otp_term b, bool keys);

static inline int otpi_compare_keys(otp_term a, otp_term b) {
    if (a.word == b.word) {
        return 0;
    }
    if (otpi_is_small(a) && otpi_is_small(b)) {
        return (int64_t)a.word < (int64_t)b.word ? -1 : 1;
    }
    return otpi_compare_slow(a, b, true);
}

#endif
