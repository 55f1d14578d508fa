/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any bytes given to otp_etf_decode. What it reads must encode to bytes that decode to
 * an equal term and encode to themselves; what it refuses must say where.
 */
#include <otp/etf.h>

#include "fuzz.h"

enum { ENCODED_MAX = 1 << 17 };

static uint8_t first[ENCODED_MAX], second[ENCODED_MAX];

static void check_round_trip(otp_term term) {
    size_t first_size = sizeof first;
    size_t second_size = sizeof second;
    size_t used = 0;
    otp_term back;
    otp_err err = otp_etf_encode(term, first, &first_size);
    FUZZ_CHECK(err == OTP_OK || err == OTP_ESIZE);
    if (err == OTP_OK) {
        FUZZ_CHECK(otp_etf_decode(first, first_size, NULL, &back, &used, NULL) == OTP_OK);
        FUZZ_CHECK(used == first_size && otp_equal(term, back));
        FUZZ_CHECK(otp_hash(term) == otp_hash(back));
        FUZZ_CHECK(otp_etf_encode(back, second, &second_size) == OTP_OK);
        FUZZ_CHECK(first_size == second_size && memcmp(first, second, first_size) == 0);
    }
    (void)otp_print(term, (char *)second, sizeof second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    otp_term term;
    otp_parse_error error = {0};
    size_t used = 0;
    size = size < FUZZ_SIZE_MAX ? size : FUZZ_SIZE_MAX;
    fuzz_begin();
    if (otp_etf_decode(data, size, NULL, &term, &used, &error) == OTP_OK) {
        FUZZ_CHECK(used <= size);
        check_round_trip(term);
    } else {
        FUZZ_CHECK(error.offset <= size && error.expected != NULL);
    }
    return 0;
}
