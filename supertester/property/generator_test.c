/* SPDX-License-Identifier: MIT */
#include <supertester/check.h>
#include <supertester/generator.h>
#include <otp/match.h>
#include "tests/unit.h"

#include <stdio.h>

static otp_term doubled(otp_term drawn) {
    int64_t n = 0;
    (void)!otp_get_int(drawn, &n);
    return otp_int(2 * n);
}

static bool is_odd(otp_term drawn) {
    int64_t n = 0;
    return otp_get_int(drawn, &n) && n % 2 != 0;
}

static otp_term as_many(otp_term drawn) {
    int64_t n = 0;
    (void)!otp_get_int(drawn, &n);
    return st_draw(st_list_of(st_booleans(), n, n));
}

static otp_term of_size(int size) {
    return otp_int(st_int(0, size));
}

static const st_generator *const records =
    st_list_of(st_tuple_of(st_atom_of("user"), st_integers(1, 99), st_strings(0, 5)), 0, 6);
static const st_generator *const all[] = {
    st_integers(-5, 5),
    st_mapped(st_integers(0, 50), doubled),
    st_filter(st_integers(0, 50), is_odd),
    st_bind(st_integers(0, 5), as_many),
    st_unique_list_of(st_integers(0, 20), 2, 5),
    st_map_of(st_integers(0, 9), st_booleans(), 1, 4),
    st_any_of(st_floats(0, 1), st_binaries(1, 3)),
    st_frequency(st_weights(0, 1), st_integers(0, 1), st_atom_of("only")),
    st_sized(of_size),
    st_any_terms(2),
};

static bool unique(otp_term list) {
    for (; !otp_is_nil(list); list = otp_tail(list)) {
        for (otp_term rest = otp_tail(list); !otp_is_nil(rest); rest = otp_tail(rest)) {
            if (otp_equal(otp_head(list), otp_head(rest))) {
                return false;
            }
        }
    }
    return true;
}

static bool fits(size_t which, otp_term term) {
    int64_t n = 0;
    bool is_int = otp_get_int(term, &n);
    switch (which) {
    case 0: return is_int && n >= -5 && n <= 5;
    case 1: return is_int && n % 2 == 0 && n <= 100;
    case 2: return is_int && n % 2 == 1;
    case 3: return otp_length(term) <= 5;
    case 4: return otp_length(term) >= 2 && otp_length(term) <= 5 && unique(term);
    case 5: return otp_map_size(term) >= 1 && otp_map_size(term) <= 4;
    case 6: return otp_kind_of(term) == OTP_KIND_FLOAT || otp_kind_of(term) == OTP_KIND_BINARY;
    case 7: return otp_equal(term, otp_atom("only"));
    case 8: return is_int && n >= 0 && n <= 100;
    default: return !otp_is_none(term);
    }
}

static bool each_fits(void *context) {
    size_t which = *(size_t *)context;
    return fits(which, st_draw(all[which]));
}

UNIT("every generator yields what it says") {
    for (size_t which = 0; which < sizeof all / sizeof all[0]; which++) {
        st_check_opts opts = {.context = &which, .runs = 300, .seed = unit_seed() | 1};
        st_verdict verdict = st_check(each_fits, &opts);
        CHECK(verdict == ST_HELD || verdict == ST_PROVED);
    }
}

static bool few_users(void *shown) {
    otp_term drawn = st_draw(records);
    snprintf(shown, 128, "%s", otp_show(drawn));
    return otp_length(drawn) < 2;
}

UNIT("what is generated shrinks to the simplest that fails") {
    char shown[128];
    for (uint64_t seed = 1; seed <= 30; seed++) {
        st_check_opts opts = {.context = shown, .seed = seed, .quiet = true};
        CHECK_EQ(st_check(few_users, &opts), ST_FALSIFIED);
        CHECK_STR(shown, "[{user,1,<<>>},{user,1,<<>>}]");
    }
}

static bool misuses(void *which) {
    switch (*(int *)which) {
    case 0: st_draw(st_list_of(st_booleans(), 3, 1)); break;
    case 1: st_draw(st_frequency(st_weights(0, 0), st_booleans(), st_booleans())); break;
    case 2: st_draw(st_integers(2, 1)); break;
    default: st_draw(st_strings(0, 5000));
    }
    return true;
}

UNIT("generators that make no sense are misuse") {
    for (int which = 0; which < 4; which++) {
        CHECK_EQ(st_check(misuses, &(st_check_opts){.context = &which, .quiet = true}), ST_MISUSED);
    }
}
