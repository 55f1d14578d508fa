/* SPDX-License-Identifier: MIT */
#include "term/atom.h"
#include "term/box.h"
#include "test_term.h"
#include "unit.h"

UNIT("every kind is told") {
    static const otp_resource_type type = {.name = "thing"};
    otp_scope scope = otp_scope_begin();
    CHECK_EQ(otp_kind_of(OTP_NONE), OTP_KIND_NONE);
    CHECK_EQ(otp_kind_of(otp_int(1)), OTP_KIND_INTEGER);
    CHECK_EQ(otp_kind_of(otp_int(INT64_MAX)), OTP_KIND_INTEGER);
    CHECK_EQ(otp_kind_of(otp_int(INT64_MIN)), OTP_KIND_INTEGER);
    CHECK_EQ(otp_kind_of(otp_float(1)), OTP_KIND_FLOAT);
    CHECK_EQ(otp_kind_of(OTP_ATOM(a)), OTP_KIND_ATOM);
    CHECK_EQ(otp_kind_of(test_term("#Ref<0.0.0.1>")), OTP_KIND_REFERENCE);
    CHECK_EQ(otp_kind_of(test_term("fun a:b/1")), OTP_KIND_FUN);
    CHECK_EQ(otp_kind_of(test_term("#Port<0.1>")), OTP_KIND_PORT);
    CHECK_EQ(otp_kind_of(test_term("<0.1.0>")), OTP_KIND_PID);
    CHECK_EQ(otp_kind_of(test_term("{}")), OTP_KIND_TUPLE);
    CHECK_EQ(otp_kind_of(test_term("#{}")), OTP_KIND_MAP);
    CHECK_EQ(otp_kind_of(otp_nil()), OTP_KIND_NIL);
    CHECK_EQ(otp_kind_of(test_term("[1]")), OTP_KIND_LIST);
    CHECK_EQ(otp_kind_of(otp_string("")), OTP_KIND_BINARY);
    CHECK_EQ(otp_kind_of(otp_resource(&type, NULL)), OTP_KIND_RESOURCE);
    otp_scope_end(scope);
}

UNIT("getters leave the result alone when the term is something else or out of range") {
    otp_scope scope = otp_scope_begin();
    int64_t i = 7;
    uint64_t u = 7;
    double f = 7;
    bool b = true;
    otp_pid pid = {7};
    otp_ref ref = {{7, 7, 7}};
    CHECK(!otp_get_int(otp_float(1), &i) && !otp_get_int(otp_uint(UINT64_MAX), &i));
    CHECK(!otp_get_int(test_term("-9223372036854775809"), &i));
    CHECK(!otp_get_uint(otp_int(-1), &u) && !otp_get_uint(otp_int(INT64_MIN), &u));
    CHECK(!otp_get_uint(test_term("18446744073709551616"), &u));
    CHECK(!otp_get_float(otp_int(1), &f));
    CHECK(!otp_get_bool(OTP_ATOM(yes), &b));
    CHECK(!otp_get_pid(OTP_ATOM(yes), &pid));
    CHECK(!otp_get_ref(test_term("{1,2,3}"), &ref));
    CHECK(i == 7 && u == 7 && f == 7.0 && b && pid.word == 7 && ref.word[2] == 7);
    CHECK(otp_get_int(test_term("-9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(otp_get_uint(test_term("18446744073709551615"), &u) && u == UINT64_MAX);
    CHECK(otp_get_bool(otp_bool(false), &b) && !b);
    CHECK(otp_get_pid(test_term("<0.5.1>"), &pid) && otpi_pid_index(pid) == 5);
    CHECK_EQ(otpi_pid_serial(pid), 1);
    CHECK(otp_get_ref(otp_from_ref(otpi_ref(0, 99)), &ref) && otpi_ref_same(ref, otpi_ref(0, 99)));
    otp_scope_end(scope);
}

UNIT("looking into what is no tuple or list finds nothing") {
    otp_scope scope = otp_scope_begin();
    CHECK_EQ(otp_arity(otp_int(1)), 0);
    CHECK(otp_is_none(otp_element(otp_nil(), 0)));
    CHECK(otp_is_none(otp_head(otp_nil())));
    CHECK(otp_is_none(otp_tail(test_term("{1}"))));
    CHECK_EQ(otp_map_size(otp_nil()), 0);
    CHECK(otp_is_none(otp_map_get(otp_nil(), otp_nil())));
    otp_scope_end(scope);
}
