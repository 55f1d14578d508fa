/* SPDX-License-Identifier: MIT */
/*
 * A test on the installed testing library: what an answer to a greeting looks like.
 */
#include <supertester/supertester.h>

static void echo(otp_term unused) {
    (void)unused;
    otp_pid from;
    otp_term name;
    if (otp_receive_match(5000, "{hello, ~p, ~t}", &from, &name) == OTP_OK) {
        otp_send(from, otp_tuple(OTP_ATOM(hello), name));
    }
}

ST_TEST(hello, is_answered, .world = ST_BOTH) {
    otp_term name;
    otp_pid pid = otp_spawn(echo, otp_nil());
    otp_send(pid, otp_tuple(OTP_ATOM(hello), otp_from_pid(otp_self()), OTP_ATOM(world)));
    ST_ASSERT_OK(otp_receive_match(5000, "{hello, ~t}", &name));
    ST_EXPECT_EQ(name, OTP_ATOM(world));
}
