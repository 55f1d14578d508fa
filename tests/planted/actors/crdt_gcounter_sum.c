/* SPDX-License-Identifier: MIT */
/*
 * A counter that only grows, on two nodes: each tells the other how far it has counted. What is
 * told is added to what was known, in place of the larger of the two: a message that the network
 * doubles is counted twice. Checked: nothing is counted that did not happen.
 */
#include "tests/planted/parts.h"

enum { ADDITIONS = 2 };

static int64_t known; /* of the other node's additions */

static void replica(otp_term unused) {
    int64_t told;
    (void)unused;
    while (otp_receive_match(OTP_INFINITY, "{count, ~i}", &told) == OTP_OK) {
        known = planted_correct ? (told > known ? told : known) : known + told;
        ST_EXPECT_LE(known, ADDITIONS);
    }
}

PLANTED(crdt_gcounter_sum, .depth = 1, .minimum = 2,
        .simulation = {.node = "a@one", .network = OTP_NETWORK_LOSSY}) {
    otp_system *other;
    otp_pid pid;
    known = 0;
    OTP_ASSERT(otp_system_start(otp_world_here(), &(otp_system_opts){.name = "b@two"}, &other) ==
               OTP_OK);
    OTP_ASSERT(otp_system_spawn(other, replica, otp_nil(), NULL, &pid) == OTP_OK);
    otp_send(pid, PAIR(count, ADDITIONS));
    settle();
}
