/* SPDX-License-Identifier: MIT */
/*
 * Raft: a follower cuts its log behind the last entry of each append it gets. Appends may overtake
 * one another: a shorter one that comes late cuts off what was acknowledged, and is committed. The
 * twin only cuts what contradicts. Checked: what was acknowledged stays.
 */
#include "tests/planted/parts.h"

enum { ENTRIES = 2 };

static int64_t acknowledged;

static otp_result follower_cast(void *state, otp_term request) {
    int64_t *log = state, upto;
    OTP_ASSERT(otp_match(request, "{append, ~i}", &upto));
    if (!planted_correct || upto > *log) {
        *log = upto;
    }
    acknowledged = upto > acknowledged ? upto : acknowledged;
    return otp_noreply();
}

static otp_result follower_call(void *state, otp_term request, otp_from from) {
    (void)request, (void)from;
    return otp_reply(otp_int(*(int64_t *)state));
}

/* One append on its way. */
static void carry(otp_term arg) {
    otp_pid to;
    int64_t upto;
    OTP_ASSERT(otp_match(arg, "{~p, ~i}", &to, &upto));
    otp_cast(to, PAIR(append, upto));
}

PLANTED(raft_truncate_on_stale_append, .depth = 2, .minimum = 1) {
    static const otp_gen_server server = {.name = "follower",
                                          .state_size = sizeof(int64_t),
                                          .handle_call = follower_call,
                                          .handle_cast = follower_cast};
    otp_pid follower = serve(&server, otp_nil());
    acknowledged = 0;
    for (int64_t upto = 1; upto <= ENTRIES; upto++) {
        otp_spawn(carry, otp_tuple(otp_from_pid(follower), otp_int(upto)));
    }
    settle();
    ST_EXPECT_EQ(ask_int(follower, OTP_ATOM(length)), acknowledged);
}
