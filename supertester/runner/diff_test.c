/* SPDX-License-Identifier: MIT */
#include "supertester/runner/value.h"
#include "tests/unit.h"

#include <string.h>

static void differ(const char *is, const char *expected, const char *says) {
    otp_term a, b;
    char memory[2048];
    otpi_text text;
    REQUIRE(otp_parse(is, &a, NULL) == OTP_OK && otp_parse(expected, &b, NULL) == OTP_OK);
    otpi_text_init_fixed(&text, memory, sizeof memory);
    sti_term_diff(&text, a, b);
    CHECK_STR(text.data, says);
}

UNIT("a difference is shown by its path") {
    otp_scope scope = otp_scope_begin();
    differ("{a,1}", "{a,1}", "");
    differ("1", "2", "");
    differ("{a,1}", "{a,2}", "\n    at element 2: 1 is not 2");
    differ("{a,[1,{x,3}]}", "{a,[1,{x,4}]}",
           "\n    at element 2, position 2, element 2: 3 is not 4");
    differ("[1,2]", "[1,2,3]", "\n    at position 3: the list ends, expected 3");
    differ("[1,2,3]", "[1,2]", "\n    at position 3: 3 is one too many");
    differ("[1|2]", "[1|3]", "\n    at position 2: 2 is not 3");
    differ("#{a => 1, b => 2}", "#{b => 3, c => 4}",
           "\n    at key b: 2 is not 3\n    at key c: missing, expected 4"
           "\n    at key a: 1 is not expected");
    differ("{1,1.0}", "{1,1}", "\n    at element 2: 1.0 is not 1");
    differ("{a,b}", "{a,b,c}", "");
    otp_scope_end(scope);
}

UNIT("only the first differences are shown") {
    otp_scope scope = otp_scope_begin();
    differ("[1,2,3,4,5,6,7]", "[0,0,0,0,0,0,0]",
           "\n    at position 1: 1 is not 0\n    at position 2: 2 is not 0"
           "\n    at position 3: 3 is not 0\n    at position 4: 4 is not 0"
           "\n    at position 5: 5 is not 0\n    and more differences");
    otp_scope_end(scope);
}

static int order_of(st_value a, st_value b) {
    int order;
    bool equal;
    if (!sti_value_compare(a, b, &order, &equal)) {
        return 99;
    }
    return equal != (order == 0) ? 50 : order < 0 ? -1 : order > 0;
}

#define ORDER(a, b) order_of(ST_VALUE_(a), ST_VALUE_(b))

UNIT("sides compare by value, whatever their types") {
    otp_scope scope = otp_scope_begin();
    const char *null = NULL;
    CHECK_EQ(ORDER(1, 1L), 0);
    CHECK_EQ(ORDER(-1, UINT64_MAX), -1);
    CHECK_EQ(ORDER(INT64_MIN, INT64_MAX), -1);
    CHECK_EQ(ORDER(UINT64_MAX, INT64_MAX), 1);
    CHECK_EQ(ORDER((unsigned char)200, (signed char)-56), 1);
    CHECK_EQ(ORDER(true, 1), 0);
    CHECK_EQ(ORDER(1, 1.5), -1);
    CHECK_EQ(ORDER("a", "b"), -1);
    CHECK_EQ(ORDER(null, "a"), -1);
    CHECK_EQ(ORDER(null, null), 0);
    CHECK_EQ(ORDER(otp_int(3), 3), 0);
    CHECK_EQ(ORDER(3, otp_int(4)), -1);
    CHECK_EQ(ORDER(otp_float(1.0), otp_int(1)), 50); /* equal in order, not =:= */
    CHECK_EQ(ORDER(otp_string("x"), "x"), 0);
    CHECK_EQ(ORDER(OTP_ATOM(true), true), 0);
    CHECK_EQ(ORDER("a", 1), 99);
    CHECK_EQ(ORDER((void *)&scope, 1), 99);
    CHECK_EQ(ORDER((void *)&scope, (void *)&scope), 0);
    CHECK_EQ(ORDER(0.0 / 0.0, 0.0 / 0.0), 50); /* a NaN is equal to nothing */
    otp_scope_end(scope);
}
