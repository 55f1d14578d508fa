/* SPDX-License-Identifier: MIT */
/*
 * A driver counts the requests under way, and is stopped when there are none. A request looks
 * whether the driver is being stopped before it is counted: the driver may be gone when it goes on.
 * The twin is counted first. Checked: no request uses a driver that is stopped. From SCTBench's
 * bluetooth_driver (Qadeer and Wu, "KISS", 2004).
 */
#include "tests/planted/parts.h"

static otp_pid pending, stopping, stopped, stopper;

/* One who is counted, the stopper among them, goes. */
static void leave(void) {
    if (cell_add(pending, -1) == 0) {
        otp_send(stopper, OTP_ATOM(unused));
    }
}

static void request(otp_term unused) {
    (void)unused;
    bool refused = !planted_correct && cell_get(stopping);
    if (!refused) {
        cell_add(pending, 1);
        refused = planted_correct && cell_get(stopping);
        if (!refused) {
            ST_EXPECT_EQ(cell_get(stopped), 0);
        }
        leave();
    }
    done();
}

static void stop(otp_term unused) {
    (void)unused;
    pass(1);
    cell_set(stopping, 1);
    leave();
    OTP_ASSERT(otp_receive_match(OTP_INFINITY, "unused") == OTP_OK);
    cell_set(stopped, 1);
    done();
}

PLANTED(bluetooth_driver, .depth = 2, .minimum = 3) {
    pending = cell_start(1);
    stopping = cell_start(0);
    stopped = cell_start(0);
    stopper = start(stop, 0);
    start(request, 0);
    await_done(2);
}
