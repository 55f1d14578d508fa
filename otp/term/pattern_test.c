/* SPDX-License-Identifier: MIT */
#include "term/pattern.h"
#include "port/memory.h"
#include "test_term.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static bool fits(const char *pattern, const char *term) {
    otp_pattern *compiled = NULL;
    otp_parse_error error = {0};
    otp_err err = otp_pattern_compile(pattern, &compiled, &error);
    if (err != OTP_OK) {
        printf("# %s at %zu: %s\n", pattern, error.offset, error.expected);
        TEST_FAIL("the pattern compiles");
        return false;
    }
    otp_scope scope = otp_scope_begin();
    bool matches = otp_pattern_match(compiled, test_term(term));
    otp_scope_end(scope);
    otp_pattern_free(compiled);
    return matches;
}

UNIT("patterns from data match what they say") {
    static const struct {
        const char *pattern, *yes, *no;
    } cases[] = {
        {"a", "a", "b"},
        {"_", "{1,2}", NULL},
        {"1", "1", "1.0"},
        {"{a,_,c}", "{a,{},c}", "{a,b,c,d}"},
        {"{a,{b,[~i]}}", "{a,{b,[5]}}", "{a,{b,[x]}}"},
        {"[]", "[]", "{}"},
        {"[a|_]", "[a,b]", "[]"},
        {"[a,b|~l]", "[a,b]", "[a,b|c]"},
        {"[~i,2,3]", "[1,2,3]", "[1,2,3,4]"},
        {"[1,_,3,4]", "[1,9,3,4]", "[1,9,3,5]"},
        {"\"abc\"", "\"abc\"", "\"abd\""},
        {"<<\"bin\">>", "<<\"bin\">>", "<<\"bix\">>"},
        {"{<<\"bin\">>,_}", "{<<\"bin\">>,1}", "{bin,1}"},
        {"#{}", "#{a => 1}", "{}"},
        {"#{a := 1}", "#{a => 1,b => 2}", "#{b => 1}"},
        {"#{a => #{b := ~i}}", "#{a => #{b => 3}}", "#{a => #{b => x}}"},
        {"#{{k,1} := _, [2] := x}", "#{{k,1} => z,[2] => x}", "#{{k,1} => z,[2] => y}"},
        {"#{1 := a}", "#{1 => a}", "#{1.0 => a}"},
        {"{#{},#{x := []}}", "{#{q => 1},#{x => []}}", "{#{q => 1},#{x => [1]}}"},
        {"~t", "anything", NULL},
        {"~i", "-9223372036854775808", "9223372036854775808"},
        {"~u", "18446744073709551615", "-1"},
        {"~f", "1.5", "a"},
        {"~f", "18446744073709551616", "<<1>>"},
        {"~a", "atom", "\"string\""},
        {"~p", "<0.1.0>", "#Ref<0.0.0.1>"},
        {"~r", "#Ref<0.0.0.1>", "<0.1.0>"},
        {"~b", "<<1,2>>", "<<1:3>>"},
        {"~l", "[a|b]", "{}"},
        {"~l", "[]", "a"},
        {"~m", "#{}", "[]"},
        {"~o", "true", "yes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!CHECK(fits(cases[i].pattern, cases[i].yes))) {
            printf("# %s should match %s\n", cases[i].pattern, cases[i].yes);
        }
        if (cases[i].no && !CHECK(!fits(cases[i].pattern, cases[i].no))) {
            printf("# %s should not match %s\n", cases[i].pattern, cases[i].no);
        }
    }
}

UNIT("bad patterns are refused with a reason") {
    static const struct {
        const char *pattern;
        otp_err err;
        const char *expected;
    } cases[] = {
        {"{a", OTP_ESYNTAX, ", or }"},
        {"~z", OTP_ESYNTAX, "one of the holes ~t ~i ~u ~f ~a ~p ~r ~b ~l ~m ~o ~w"},
        {"~w", OTP_ESYNTAX, "a pattern without ~w: it has no arguments"},
        {"#{a => 1, a => _}", OTP_ESYNTAX, "keys that differ"},
        {"#{~i => 1}", OTP_ESYNTAX, "keys without holes, or ~w alone"},
        {"#{{a,_} => 1}", OTP_ESYNTAX, "keys without holes, or ~w alone"},
        {"X", OTP_ESYNTAX, "a term; a variable is none"},
        {"{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{a}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}", OTP_EDEPTH,
         "less nesting"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        otp_pattern *compiled = NULL;
        otp_parse_error error = {0};
        CHECK_EQ(otp_pattern_compile(cases[i].pattern, &compiled, &error), cases[i].err);
        CHECK_STR(error.expected, cases[i].expected);
        CHECK(compiled == NULL);
    }
    char many[65 * 3 + 3] = "[";
    for (int i = 0; i < 65; i++) {
        memcpy(many + 1 + 3 * i, i < 64 ? "~i," : "~i]", 4);
    }
    otp_pattern *compiled = NULL;
    CHECK_EQ(otp_pattern_compile(many, &compiled, NULL), OTP_ELIMIT);
}

UNIT("a random term without maps matches itself, and what differs does not") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    int compiled_count = 0;
    for (int i = 0; i < 2000; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term term = test_term_random(&prng, 3);
        otp_term other = test_term_random(&prng, 3);
        otp_pattern *pattern = NULL;
        if (CHECK_EQ(otp_pattern_compile(otp_show(term), &pattern, NULL), OTP_OK)) {
            CHECK(otp_pattern_match(pattern, term));
            bool has_map = strstr(otp_show(term), "#{") != NULL;
            CHECK(has_map || otp_pattern_match(pattern, other) == otp_equal(term, other));
            compiled_count++;
        }
        otp_pattern_free(pattern);
        otp_scope_end(scope);
    }
    CHECK_EQ(compiled_count, 2000);
}

UNIT("changed patterns and noise never do harm") {
    static const char *const texts[] = {"{add, ~i, [~t|_], #{k := ~b, {x} => 1}}",
                                        "[~a,\"abc\",~u|~l]", "#{#{a => 1} => {_,[_,<<1,2:3>>]}}"};
    static const char marks[] = "{}[]|,#=>:<\"'$~_%.0i-tbw \\a\n\xff";
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    int compiled_count = 0;
    for (int i = 0; i < 20000; i++) {
        char text[80];
        size_t length = otpi_prng_below(&prng, 60);
        if (i % 4 != 0) {
            memcpy(text, texts[i % 3], strlen(texts[i % 3]) + 1);
            length = strlen(text);
        }
        for (size_t n = i % 4 ? 1 + otpi_prng_below(&prng, 3) : length; n > 0; n--) {
            text[i % 4 ? otpi_prng_below(&prng, length) : n - 1] =
                marks[otpi_prng_below(&prng, sizeof marks - 1)];
        }
        text[length] = '\0';
        otp_scope scope = otp_scope_begin();
        otp_pattern *pattern = NULL;
        if (otp_pattern_compile(text, &pattern, NULL) == OTP_OK) {
            (void)otp_pattern_match(pattern, test_term_random(&prng, 3));
            compiled_count++;
        }
        otp_pattern_free(pattern);
        otp_scope_end(scope);
    }
    CHECK(compiled_count > 100);
}

static bool compile_swept(bool failing) {
    otp_pattern *pattern = NULL;
    otp_err err =
        otp_pattern_compile("{a, [~i, {b, \"text\"}|~t], #{k := <<\"v\">>}}", &pattern, NULL);
    CHECK(err == OTP_OK || (failing && err == OTP_ENOMEM));
    otp_pattern_free(pattern);
    return err == OTP_OK;
}

UNIT("without memory compiling fails cleanly") {
    CHECK(test_fail_each(compile_swept, 20) >= 2);
    otp_pattern_free(NULL);
}
