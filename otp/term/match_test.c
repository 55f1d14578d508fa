/* SPDX-License-Identifier: MIT */
#include <otp/match.h>

#include "port/memory.h"
#include "port/thread.h"
#include "term/pattern.h"
#include "test_term.h"
#include "unit.h"

#include <setjmp.h>
#include <string.h>

UNIT("each kind of hole fills its variable") {
    otp_scope scope = otp_scope_begin();
    otp_term term = test_term("{-5, 18446744073709551615, 1.5, atom, <0.7.0>, #Ref<0.1.2.3>, "
                              "<<\"bytes\">>, [1,2], #{k => v}, true, {x}}");
    int64_t i = 0;
    uint64_t u = 0;
    double f = 0;
    otp_term a, l, m, t;
    otp_pid p = OTP_PID_NONE;
    otp_ref r;
    otp_bytes b = {NULL, 0};
    bool o = false;
    REQUIRE(otp_match(term, "{~i,~u,~f,~a,~p,~r,~b,~l,~m,~o,~t}", &i, &u, &f, &a, &p, &r, &b, &l,
                      &m, &o, &t));
    CHECK_EQ(i, -5);
    CHECK_EQ(u, UINT64_MAX);
    CHECK(f == 1.5);
    CHECK(otp_is(a, "atom"));
    CHECK_STR(otp_show(otp_from_pid(p)), "<0.7.0>");
    CHECK_STR(otp_show(otp_from_ref(r)), "#Ref<0.1.2.3>");
    CHECK(b.size == 5 && memcmp(b.data, "bytes", 5) == 0);
    CHECK_EQ(otp_length(l), 2);
    CHECK_EQ(otp_map_size(m), 1);
    CHECK(o);
    CHECK_EQ(otp_arity(t), 1);
    otp_scope_end(scope);
}

UNIT("nothing is written unless the whole pattern matches") {
    otp_scope scope = otp_scope_begin();
    int64_t a = 1;
    int64_t b = 2;
    CHECK(!otp_match(test_term("{5,6,x}"), "{~i,~i,y}", &a, &b));
    CHECK(a == 1 && b == 2);
    CHECK(otp_match(test_term("{5,6,y}"), "{~i,~i,y}", &a, &b));
    CHECK(a == 5 && b == 6);
    CHECK(!otp_match(OTP_NONE, "~i", &a));
    otp_scope_end(scope);
}

UNIT("~w must equal the argument; as a key it is looked up") {
    otp_scope scope = otp_scope_begin();
    otp_term reply = test_term("{#Ref<0.0.0.9>,{ok,1}}");
    otp_term ref = otp_element(reply, 0);
    otp_term result = OTP_NONE;
    CHECK(otp_match(reply, "{~w,~t}", ref, &result));
    CHECK_STR(otp_show(result), "{ok,1}");
    CHECK(!otp_match(reply, "{~w,~t}", OTP_ATOM(other), &result));
    int64_t value = 0;
    CHECK(otp_match(test_term("#{{k} => 3}"), "#{~w := ~i}", test_term("{k}"), &value));
    CHECK_EQ(value, 3);
    CHECK(!otp_match(test_term("#{{k} => 3}"), "#{~w := ~i}", OTP_NONE, &value));
    otp_scope_end(scope);
}

UNIT("~f takes integers that a double can hold") {
    otp_scope scope = otp_scope_begin();
    double f = 0;
    CHECK(otp_match(otp_int(3), "~f", &f) && f == 3.0);
    char huge[400];
    memset(huge, '9', 399);
    huge[399] = '\0';
    CHECK(!otp_match(test_term(huge), "~f", &f));
    otp_scope_end(scope);
}

/* ---- Misuse ---- */

static jmp_buf left;
static const char *complaint;

static void leave_process(const char *site, const char *what) {
    (void)site;
    complaint = what;
    longjmp(left, 1);
}

static void misuse(int how) {
    int64_t i;
    double f;
    complaint = NULL;
    if (setjmp(left) == 0) {
        switch (how) {
        case 0: (void)otp_match(otp_int(1), "~i", &f); break;
        case 1: (void)otp_match(otp_int(1), "~i"); break;
        case 2: (void)otp_match(otp_int(1), "_", &i); break;
        case 3: (void)otp_match(otp_int(1), "{~i", &i); break;
        default: (void)otp_match(otp_int(1), "~t", otp_int(1)); break;
        }
    }
}

UNIT("wrong types, numbers of arguments and patterns are the process's bad argument") {
    void (*seam)(const char *, const char *) = otpi_terms.bad_argument;
    otpi_terms.bad_argument = leave_process;
    misuse(0);
    CHECK_STR(complaint, "arguments of the types that the pattern's holes have");
    misuse(1);
    CHECK_STR(complaint, "as many arguments as the pattern has holes");
    misuse(2);
    CHECK_STR(complaint, "as many arguments as the pattern has holes");
    misuse(3);
    CHECK_STR(complaint, ", or }");
    misuse(4);
    CHECK_STR(complaint, "arguments of the types that the pattern's holes have");
    otpi_terms.bad_argument = seam;
}

/* ---- Threads ---- */

static otp_match_site shared_site = {0, "{shared, ~i, [~t | _]}", "match_test.c"};
static _Atomic int failures;

static void match_often(void *argument) {
    (void)argument;
    otp_scope scope = otp_scope_begin();
    otp_term term = otp_term_of("{shared, 7, [a, b]}");
    for (int k = 0; k < 1000; k++) {
        int64_t i = 0;
        otp_term t = OTP_NONE;
        otp_match_arg args[] = {{'i', &i, OTP_NONE}, {'t', &t, OTP_NONE}};
        if (!otp_match_at(&shared_site, term, 2, args) || i != 7 || !otp_is(t, "a")) {
            failures++;
        }
    }
    otp_scope_end(scope);
    otpi_scope_thread_end();
}

UNIT("threads may meet at a fresh call site") {
    otpi_thread threads[4];
    for (int i = 0; i < 4; i++) {
        REQUIRE(otpi_thread_start(&threads[i], "match", match_often, NULL));
    }
    for (int i = 0; i < 4; i++) {
        otpi_thread_join(&threads[i]);
    }
    CHECK_EQ(failures, 0);
}

static bool match_fresh(bool failing) {
    (void)failing;
    otp_match_site site = {0, "{fresh, ~i}", "match_test.c"};
    otp_scope scope = otp_scope_begin();
    int64_t i = 0;
    otp_match_arg arg = {'i', &i, OTP_NONE};
    bool matched = otp_match_at(&site, otp_tuple(OTP_ATOM(fresh), otp_int(1)), 1, &arg);
    otp_scope_end(scope);
    otp_pattern_free(site.compiled);
    return matched;
}

UNIT("without memory the first match of a site is no match, and the next one works") {
    CHECK(test_fail_each(match_fresh, 10) >= 2);
}
