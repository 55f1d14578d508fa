/* SPDX-License-Identifier: MIT */
#include "binding.h"

#include "base/assert.h"

#include <ctype.h>

enum { ARITY_MAX = 32 };

static bool is_variable(otp_term term) {
    if (!otp_is_atom(term)) {
        return false;
    }
    const char *text = otp_atom_text(term);
    if (!isupper((unsigned char)*text)) {
        return false;
    }
    while (isdigit((unsigned char)*++text)) {}
    return *text == 0;
}

/* ---- Filling in ---- */

static otp_term fill_tuple(otp_term env, otp_term tuple) {
    otp_term elements[ARITY_MAX];
    size_t n = otp_arity(tuple);
    OTPI_ASSERT("binding-001", n <= ARITY_MAX);
    for (size_t i = 0; i < n; i++) {
        elements[i] = binding_fill(env, otp_element(tuple, i));
    }
    return otp_tuple_of(n, elements);
}

static otp_term fill_map(otp_term env, otp_term map) {
    otp_term filled = map;
    otp_term key, value;
    for (size_t i = 0; otp_map_at(map, i, &key, &value); i++) {
        filled = otp_map_put(filled, key, binding_fill(env, value));
    }
    return filled;
}

otp_term binding_fill(otp_term env, otp_term term) {
    switch (otp_kind_of(term)) {
    case OTP_KIND_ATOM: {
        otp_term value = is_variable(term) ? otp_map_get(env, term) : OTP_NONE;
        return otp_is_none(value) ? term : value;
    }
    case OTP_KIND_TUPLE: return fill_tuple(env, term);
    case OTP_KIND_LIST:
        return otp_cons(binding_fill(env, otp_head(term)), binding_fill(env, otp_tail(term)));
    case OTP_KIND_MAP: return fill_map(env, term);
    default: return term;
    }
}

/* ---- Matching ---- */

static bool match(otp_term *env, otp_term pattern, otp_term value);

static bool match_atom(otp_term *env, otp_term pattern, otp_term value) {
    if (otp_is(pattern, "_")) {
        return true;
    }
    if (!is_variable(pattern)) {
        return otp_equal(pattern, value);
    }
    otp_term bound = otp_map_get(*env, pattern);
    if (!otp_is_none(bound)) {
        return otp_equal(bound, value);
    }
    *env = otp_map_put(*env, pattern, value);
    return true;
}

static bool match_tuple(otp_term *env, otp_term pattern, otp_term value) {
    size_t n = otp_arity(pattern);
    if (otp_kind_of(value) != OTP_KIND_TUPLE || otp_arity(value) != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!match(env, otp_element(pattern, i), otp_element(value, i))) {
            return false;
        }
    }
    return true;
}

static bool match_map(otp_term *env, otp_term pattern, otp_term value) {
    otp_term key, wanted;
    for (size_t i = 0; otp_map_at(pattern, i, &key, &wanted); i++) {
        otp_term there = otp_map_get(value, key);
        if (otp_is_none(there) || !match(env, wanted, there)) {
            return false;
        }
    }
    return otp_kind_of(value) == OTP_KIND_MAP;
}

static bool match(otp_term *env, otp_term pattern, otp_term value) {
    switch (otp_kind_of(pattern)) {
    case OTP_KIND_ATOM: return match_atom(env, pattern, value);
    case OTP_KIND_TUPLE: return match_tuple(env, pattern, value);
    case OTP_KIND_MAP: return match_map(env, pattern, value);
    case OTP_KIND_LIST:
        return otp_kind_of(value) == OTP_KIND_LIST &&
               match(env, otp_head(pattern), otp_head(value)) &&
               match(env, otp_tail(pattern), otp_tail(value));
    default: return otp_equal(pattern, value);
    }
}

bool binding_match(otp_term *env, otp_term pattern, otp_term value) {
    otp_term before = *env;
    if (match(env, pattern, value)) {
        return true;
    }
    *env = before;
    return false;
}
