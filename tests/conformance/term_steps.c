/* SPDX-License-Identifier: MIT */
/*
 * Steps: order, equality, text and external form of terms. None of them can be told from outside.
 */
#include <otp/etf.h>

#include "script.h"

#include <stdlib.h>

enum { SORTED_MAX = 256, BYTES_MAX = 65536 };

static otp_term step_compare(actor *self, otp_term step) {
    int order = otp_compare(script_arg(self, step, 1), script_arg(self, step, 2));
    return order < 0 ? OTP_ATOM(less) : order > 0 ? OTP_ATOM(greater) : OTP_ATOM(equal);
}

static otp_term step_exactly_equal(actor *self, otp_term step) {
    return otp_bool(otp_equal(script_arg(self, step, 1), script_arg(self, step, 2)));
}

static int by_order(const void *a, const void *b) {
    return otp_compare(*(const otp_term *)a, *(const otp_term *)b);
}

otp_term script_sorted(otp_term list) {
    otp_term all[SORTED_MAX];
    size_t n = 0;
    OTP_LIST_FOREACH (element, list) {
        if (n == SORTED_MAX) {
            script_wrong("length of a list to sort", otp_int(SORTED_MAX));
        }
        all[n++] = element;
    }
    qsort(all, n, sizeof *all, by_order);
    return otp_list_of(n, all);
}

static otp_term step_sort(actor *self, otp_term step) {
    return script_sorted(script_arg(self, step, 1));
}

static otp_term step_print(actor *self, otp_term step) {
    return otp_string(otp_show(script_arg(self, step, 1)));
}

static otp_term step_encode(actor *self, otp_term step) {
    static _Thread_local uint8_t bytes[BYTES_MAX];
    size_t size = sizeof bytes;
    otp_err err = otp_etf_encode(script_arg(self, step, 1), bytes, &size);
    return err ? OTP_ATOM(badarg) : otp_binary(bytes, size);
}

static otp_term step_decode(actor *self, otp_term step) {
    const uint8_t *bytes;
    size_t size, used;
    otp_term term;
    if (!otp_get_binary(script_arg(self, step, 1), &bytes, &size) ||
        otp_etf_decode(bytes, size, NULL, &term, &used, NULL) != OTP_OK) {
        return OTP_ATOM(badarg);
    }
    return term;
}

/* The value of a key, or nothing when there is none. */
static otp_term step_map_get(actor *self, otp_term step) {
    otp_term value = otp_map_get(script_arg(self, step, 2), script_arg(self, step, 1));
    return otp_is_none(value) ? OTP_ATOM(nothing) : value;
}

const step_entry term_steps[] = {
    {"compare", step_compare, STEP_PURE}, {"exactly_equal", step_exactly_equal, STEP_PURE},
    {"sort", step_sort, STEP_PURE},       {"print", step_print, STEP_PURE},
    {"encode", step_encode, STEP_PURE},   {"decode", step_decode, STEP_PURE},
    {"map_get", step_map_get, STEP_PURE}, {0},
};
