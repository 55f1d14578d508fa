/* SPDX-License-Identifier: MIT */
#include "counter.h"

#include <supertester/supertester.h>

ST_TEST(counter, adds, .world = ST_BOTH) {
    otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(40));
    otp_term reply;
    ST_ASSERT_OK(otp_call(c, otp_tuple(OTP_ATOM(add), otp_int(2)), 1000, &reply));
    ST_EXPECT_EQ(reply, otp_int(42));
    st_cast_and_sync(c, OTP_ATOM(increment));
    ST_ASSERT_STATE(c, "#{value := 43}");
}

ST_TEST(counter, comes_back_after_a_kill, .world = ST_BOTH) {
    st_setup_isolated_supervisor(&counter_supervisor);
    otp_pid old = st_wait_for_name(OTP_ATOM(counter), 1000);
    otp_kill(old);
    ST_ASSERT_DEAD(old);
    otp_pid now = st_wait_for_name(OTP_ATOM(counter), 1000);
    ST_ASSERT_STATE_THAT(now, counter, s->value == 0);
}

ST_PROPERTY(counter, never_negative, .runs = 200) {
    otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(0));
    for (int64_t n = st_length(0, 100); n > 0; n--) {
        otp_term add = otp_tuple(OTP_ATOM(add), otp_int(st_int(0, 9)));
        st_run_operation(c, st_weighted((3, OTP_ATOM(get)), (1, add)));
    }
    ST_ASSERT_STATE_THAT(c, counter, s->value >= 0);
}

static void careful(otp_term dest) {
    otp_err err = counter_increment(dest);
    OTP_ASSERT(err == OTP_OK);
}

static void careless(otp_term dest) {
    otp_err err = counter_increment_carelessly(dest);
    OTP_ASSERT(err == OTP_OK);
}

/* Two clients add one each; both are done when their monitors say so. */
static void two_clients(otp_process_fn *client) {
    otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(0));
    otp_ref first, second;
    otp_spawn_monitor(client, otp_from_pid(c), &first);
    otp_spawn_monitor(client, otp_from_pid(c), &second);
    otp_term down;
    ST_ASSERT_OK(otp_receive_ref(first, 5000, &down));
    ST_ASSERT_OK(otp_receive_ref(second, 5000, &down));
    ST_ASSERT_STATE(c, "#{value := 2}");
}

ST_TEST(counter, two_clients_count_to_two, .runs = 2000) {
    two_clients(careful);
}

/* The planted race: some order of the four calls loses an update, and is found. The report of the
 * failure ends with the command that replays it. */
ST_TEST(counter, careless_clients_lose_an_update, .runs = 2000, .must_fail = "value := 2") {
    two_clients(careless);
}
