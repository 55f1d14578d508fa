/* SPDX-License-Identifier: MIT */
/*
 * Drawing data. Everything is a draw of a bounded integer from the world's chooser, so that the
 * recorded list is all there is to a test's data.
 */
#include <supertester/property.h>

#include "port/memory.h"

#include <otp/process.h>

enum { BYTES_SMALL = 4096 };

/* The simplest number in the bounds: the one nearest to 0. */
static int64_t nearest_to_zero(int64_t lo, int64_t hi) {
    return lo > 0 ? lo : hi < 0 ? hi : 0;
}

int64_t st_draw_int(int64_t lo, int64_t hi, const char *label) {
    if (lo >= hi) {
        return lo;
    }
    return otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, lo, hi, nearest_to_zero(lo, hi), label);
}

int64_t st_draw_length(int64_t lo, int64_t hi, const char *label) {
    if (lo >= hi) {
        return lo;
    }
    return otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, lo, hi, lo, label);
}

otp_term st_draw_bytes(int64_t lo, int64_t hi, const char *label) {
    uint8_t small[BYTES_SMALL];
    int64_t size = st_draw_length(lo < 0 ? 0 : lo, hi, label);
    uint8_t *bytes = size <= BYTES_SMALL ? small : otpi_alloc((size_t)size);
    OTP_ASSERT(bytes != NULL);
    for (int64_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, 0, 255, 0, "byte");
    }
    otp_term binary = otp_binary(bytes, (size_t)size);
    if (bytes != small) {
        otpi_free(bytes);
    }
    return binary;
}

otp_term st_pick_weighted(const st_weight *weights, size_t n, const char *label) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += weights[i].weight;
    }
    OTP_ASSERT(sum > 0);
    int64_t at = sum > 1 ? otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, 0, sum - 1, 0, label) : 0;
    size_t i = 0;
    while (at >= weights[i].weight) {
        at -= weights[i++].weight;
    }
    return weights[i].value;
}
