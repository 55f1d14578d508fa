/* SPDX-License-Identifier: MIT */
/*
 * Viewstamped Replication (Liskov and Cowling, 2012): the primary of view 2 takes over the best log
 * of a majority, its own among them. The old primary of view 0 has two operations that no other
 * replica has; view 1 has one, which is committed. Here the longest log wins. In the twin it is
 * that of the latest view, then the longest. Checked: what is committed is taken over.
 */
#include "tests/planted/parts.h"

typedef struct replica_log {
    int64_t view, length; /* the last view in which the replica was normal */
} replica_log;

/* A replica tells the new primary what it has. */
static void replica(otp_term arg) {
    int64_t view = number(arg);
    otp_send(planted_main, TRIPLE(do_view_change, view, view == 0 ? 2 : 1));
}

static bool is_better(replica_log a, replica_log b) {
    return planted_correct && a.view != b.view ? a.view > b.view : a.length > b.length;
}

PLANTED(vr_view_change, .depth = 2, .minimum = 1) {
    replica_log best = {.view = 1, .length = 1}, other;
    start(replica, 1);
    start(replica, 0);
    OTP_ASSERT(otp_receive_match(OTP_INFINITY, "{do_view_change, ~i, ~i}", &other.view,
                                 &other.length) == OTP_OK);
    best = is_better(other, best) ? other : best;
    ST_EXPECT_EQ(best.view, 1);
}
