/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include <supertester/supertester.h>

static otp_pid lock_start(void) {
    otp_pid pid;
    ST_ASSERT_OK(otp_statem_start_link(&lock_machine, otp_term_of("[1, 2, 3]"), NULL, &pid));
    return pid;
}

static void press(otp_pid lock, const char *digits) {
    for (; *digits; digits++) {
        otp_cast(lock, otp_tuple(OTP_ATOM(button), otp_int(*digits - '0')));
    }
}

ST_TEST(door_lock, opens_at_the_right_buttons, .world = ST_BOTH) {
    otp_pid lock = lock_start();
    press(lock, "1312"); /* after the wrong one it begins anew */
    ST_ASSERT_STATE(lock, "{locked, _}");
    press(lock, "3");
    ST_ASSERT_STATE(lock, "{open, _}");
}

static void visitor(otp_term lock) {
    otp_term reply;
    OTP_ASSERT(otp_call(lock, OTP_ATOM(walk_in), 5000, &reply) == OTP_OK);
    otp_exit(reply);
}

ST_TEST(door_lock, lets_in_who_waits_when_it_opens, .world = ST_BOTH) {
    otp_pid lock = lock_start();
    otp_ref early; /* made with the process: a monitor that comes later may find it gone */
    otp_term down;
    otp_spawn_monitor(visitor, otp_from_pid(lock), &early);
    press(lock, "123");
    ST_ASSERT_OK(otp_receive_ref(early, 5000, &down));
    ST_EXPECT_MATCH(down, "{'DOWN', _, process, _, welcome}");
}

/* Ten seconds of virtual time cost nothing. */
ST_TEST(door_lock, locks_again_after_its_time) {
    otp_pid lock = lock_start();
    otp_term message;
    press(lock, "123");
    ST_EXPECT_ERR(otp_receive(LOCK_OPEN_MS - 1, &message), OTP_ETIMEOUT);
    ST_ASSERT_STATE(lock, "{open, _}");
    ST_EXPECT_ERR(otp_receive(1, &message), OTP_ETIMEOUT);
    ST_ASSERT_STATE(lock, "{locked, _}");
}

ST_TEST(door_lock, forgets_what_was_begun) {
    otp_pid lock = lock_start();
    otp_term message;
    press(lock, "12");
    ST_EXPECT_ERR(otp_receive(LOCK_FORGETS_MS, &message), OTP_ETIMEOUT);
    press(lock, "3");
    ST_ASSERT_STATE(lock, "{locked, _}");
}
