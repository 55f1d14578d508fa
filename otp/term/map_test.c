/* SPDX-License-Identifier: MIT */
#include "term/build.h"
#include "term/compare.h"
#include "test_term.h"
#include "unit.h"

UNIT("a map is the same however it was built") {
    otp_scope scope = otp_scope_begin();
    otp_term a = otp_map(OTP_ATOM(b), otp_int(2), OTP_ATOM(a), otp_int(1));
    otp_term b = otp_map_put(otp_map_put(otp_map_of(0, NULL), OTP_ATOM(a), otp_int(1)), OTP_ATOM(b),
                             otp_int(2));
    CHECK(otp_equal(a, b));
    CHECK_EQ(otp_hash(a), otp_hash(b));
    CHECK_STR(otp_show(a), "#{a => 1,b => 2}");
    otp_scope_end(scope);
}

UNIT("1 and 1.0 are two keys, all integers come before all floats") {
    otp_scope scope = otp_scope_begin();
    otp_term map =
        otp_map(otp_float(1), OTP_ATOM(f), otp_int(1), OTP_ATOM(i), otp_int(2), OTP_ATOM(two));
    CHECK_STR(otp_show(map), "#{1 => i,2 => two,1.0 => f}");
    CHECK(otp_is(otp_map_get(map, otp_float(1)), "f"));
    CHECK(otp_is(otp_map_get(map, otp_float(-0.0)), "f") == false);
    otp_scope_end(scope);
}

UNIT("a later equal key wins") {
    otp_scope scope = otp_scope_begin();
    CHECK_STR(
        otp_show(otp_map(otp_int(1), otp_int(1), otp_int(2), otp_int(2), otp_int(1), otp_int(3))),
        "#{1 => 3,2 => 2}");
    otp_term pairs[200];
    for (int i = 0; i < 100; i++) {
        pairs[2 * i] = otp_int(i * 7 % 50);
        pairs[2 * i + 1] = otp_int(i);
    }
    otp_term map = otp_map_of(100, pairs);
    CHECK_EQ(otp_map_size(map), 50);
    for (int i = 50; i < 100; i++) {
        CHECK_EQ(otp_map_get(map, otp_int(i * 7 % 50)).word, otp_int(i).word);
    }
    otp_scope_end(scope);
}

enum { KEYS = 40, STEPS = 400 };

/* The model: values by key number, -1 = absent. */
static void check_against(const int *model, otp_term map, const otp_term *keys) {
    size_t size = 0;
    for (int i = 0; i < KEYS; i++) {
        otp_term found = otp_map_get(map, keys[i]);
        CHECK_EQ(found.word, model[i] < 0 ? 0 : otp_int(model[i]).word);
        size += model[i] >= 0;
    }
    CHECK_EQ(otp_map_size(map), size);
    otp_term previous = OTP_NONE;
    otp_term key, value;
    for (size_t i = 0; otp_map_at(map, i, &key, &value); i++) {
        CHECK(i == 0 || otpi_compare_keys(previous, key) < 0);
        previous = key;
    }
}

UNIT("puts and removes agree with a model, whatever the keys are") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int round = 0; round < 10; round++) {
        otp_scope scope = otp_scope_begin();
        otp_term keys[KEYS];
        int model[KEYS];
        for (int i = 0; i < KEYS; i++) { /* the index makes them differ */
            keys[i] = round == 0 ? otp_int(i) : otp_tuple(test_term_random(&prng, 2), otp_int(i));
            model[i] = -1;
        }
        otp_term map = otp_map_of(0, NULL);
        for (int step = 0; step < STEPS; step++) {
            size_t i = otpi_prng_below(&prng, KEYS);
            if (otpi_prng_below(&prng, 3) == 0) {
                map = otp_map_remove(map, keys[i]);
                model[i] = -1;
            } else {
                map = otp_map_put(map, keys[i], otp_int(step));
                model[i] = step;
            }
        }
        check_against(model, map, keys);
        otp_scope_end(scope);
    }
}

UNIT("putting into what is no map is refused") {
    otp_scope scope = otp_scope_begin();
    CHECK(otp_is_none(otp_map_put(otp_int(1), otp_int(1), otp_int(1))));
    CHECK(otp_is_none(otp_map_remove(otp_nil(), otp_int(1))));
    otp_scope_end(scope);
}
