/* SPDX-License-Identifier: MIT */
/*
 * Drawing what is made of several numbers: floats, bytes, strings, permutations, terms. Each is a
 * span of the list, told as one value.
 */
#include "supertester/property/draw.h"

#include "port/memory.h"

#include <inttypes.h>
#include <math.h>
#include <otp/process.h>
#include <stdio.h>
#include <string.h>

enum { BYTES_SMALL = 4096, FRACTION_BITS = 10 };

/* ---- Floats ---- */

#define WHOLE_MAX 9007199254740992.0 /* 2^53: whole numbers are exact up to here */

static int64_t whole(double bound) {
    return (int64_t)fmax(-WHOLE_MAX, fmin(WHOLE_MAX, bound));
}

static double float_within(double value, double lo, double hi) {
    return value < lo ? lo : value > hi ? hi : value;
}

/* Whole numbers are the simplest, then halves, quarters, ...; then any at all, by its place between
 * the bounds. */
static double float_draw(double lo, double hi) {
    int64_t first = whole(ceil(lo)), last = whole(floor(hi));
    static const uint32_t ways[] = {2, 1, 2}, no_whole[] = {0, 1, 2};
    size_t way = st_draw_branch(first <= last ? ways : no_whole, 3, "float");
    if (way == 0) {
        return (double)st_draw_int(first, last, "whole");
    }
    if (way == 2) {
        const int64_t parts = INT64_C(1) << 53;
        double part = (double)st_draw_int(0, parts, "part") / (double)parts;
        return float_within(lo * (1 - part) + hi * part, lo, hi);
    }
    double scale = ldexp(1, (int)st_draw_int(1, FRACTION_BITS, "bits"));
    return float_within(
        (double)st_draw_int(whole(ceil(lo * scale)), whole(floor(hi * scale)), "parts") / scale, lo,
        hi);
}

double st_draw_float(double lo, double hi, const char *label) {
    if (!(lo <= hi) || isinf(lo) || isinf(hi)) {
        sti_draw_refuse(label, "bounds are finite, and lo is not above hi");
        return lo;
    }
    if (lo == hi) {
        return lo;
    }
    sti_draw_compose_begin(label);
    double value = float_draw(lo, hi);
    sti_draw_compose_end();
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%.17g", value);
    }
    return value;
}

/* ---- Bytes and strings ---- */

/* The elements of a buffer: each answers a byte. */
static size_t draw_units(uint8_t *out, int64_t lo, int64_t hi, sti_type type, int64_t most,
                         const char *label) {
    size_t n = 0;
    sti_draw_compose_begin(label);
    ST_LIST(e, lo, hi) {
        st_choices *list = sti_draws_now;
        int64_t picked =
            sti_draw_is_random(list)
                ? (int64_t)otpi_prng_below(&list->prng[OTP_LANE_DATA], (uint64_t)most + 1)
                : 0;
        out[n++] = (uint8_t)sti_draw_typed(type, 0, most, 0, picked, label);
    }
    sti_draw_compose_end();
    return n;
}

size_t st_draw_buffer(void *memory, int64_t lo, int64_t hi, const char *label) {
    if (lo < 0 || lo > hi) {
        sti_draw_refuse(label, lo < 0 ? "a length can't be negative" : "lo is above hi");
        return 0;
    }
    size_t n = draw_units(memory, lo, hi, STI_BYTE, 255, label);
    if (sti_draw_told()) {
        char hex[64] = "";
        for (size_t i = 0; i < n && i < 20; i++) {
            snprintf(hex + 3 * i, sizeof hex - 3 * i, "%02x ", ((uint8_t *)memory)[i]);
        }
        sti_case_tell(sti_case_now, label, "%zu bytes: %s%s", n, hex, n > 20 ? "..." : "");
    }
    return n;
}

size_t st_draw_string(char *memory, int64_t lo, int64_t hi, const char *label) {
    static const char simple_first[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        " .,;:!?'\"()[]{}<>+-*/=%&|^~_#$@\\`";
    if (lo < 0 || lo > hi) {
        sti_draw_refuse(label, lo < 0 ? "a length can't be negative" : "lo is above hi");
        memory[0] = '\0';
        return 0;
    }
    size_t n = draw_units((uint8_t *)memory, lo, hi, STI_CHAR, sizeof simple_first - 2, label);
    for (size_t i = 0; i < n; i++) {
        memory[i] = simple_first[(uint8_t)memory[i]];
    }
    memory[n] = '\0';
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "\"%.400s\"", memory);
    }
    return n;
}

otp_term st_draw_bytes(int64_t lo, int64_t hi, const char *label) {
    uint8_t small[BYTES_SMALL];
    int64_t most = hi < 0 ? 0 : hi;
    uint8_t *bytes = most <= BYTES_SMALL ? small : otpi_alloc((size_t)most);
    OTP_ASSERT(bytes != NULL);
    sti_case_use_terms();
    size_t size = st_draw_buffer(bytes, lo < 0 ? 0 : lo, most, label);
    otp_term binary = otp_binary(bytes, size);
    if (bytes != small) {
        otpi_free(bytes);
    }
    return binary;
}

/* ---- Permutations ---- */

static void swap(char *a, char *b, size_t size) {
    while (size-- > 0) {
        char kept = a[size];
        a[size] = b[size];
        b[size] = kept;
    }
}

/* Fisher and Yates; each choice is how far the element at this place comes from, so that zeros are
 * the order that was. */
void st_draw_shuffle(void *array, size_t n, size_t size, const char *label) {
    sti_draw_compose_begin(label);
    for (size_t i = 0; i + 1 < n; i++) {
        size_t from = i + (size_t)st_draw_int(0, (int64_t)(n - 1 - i), label);
        if (from != i) {
            swap((char *)array + i * size, (char *)array + from * size, size);
        }
    }
    sti_draw_compose_end();
}
