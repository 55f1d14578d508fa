/* SPDX-License-Identifier: MIT */
/*
 * Raft: the leader of term 1 has an entry; with the first follower's copy of it, it is committed.
 * The second follower stands in term 2 when it hears nothing, and the first one votes for it
 * without a look at its log: the new leader may lack what is committed. The twin looks. Checked: a
 * leader has all that is committed.
 */
#include "tests/planted/parts.h"

typedef struct follower {
    int64_t term, log; /* how many entries */
} follower;

static otp_pid first, second;
static bool is_committed, lacks_it;

static otp_result follower_call(void *state, otp_term request, otp_from from) {
    follower *f = state;
    int64_t term, log;
    (void)from;
    if (otp_match(request, "{append, ~i, ~i}", &term, &log) && term >= f->term) {
        *f = (follower){term, log};
        return otp_reply(otp_bool(true));
    }
    if (otp_match(request, "{vote, ~i, ~i}", &term, &log) && term > f->term) {
        f->term = term;
        return otp_reply(otp_bool(!planted_correct || log >= f->log));
    }
    return otp_reply(otp_bool(false));
}

static void leader(otp_term unused) {
    (void)unused;
    is_committed = ask_bool(first, TRIPLE(append, 1, 1));
    otp_send(second, OTP_ATOM(append));
    done();
}

/* Stands with an empty log, unless the entry comes in time. */
static void second_follower(otp_term unused) {
    (void)unused;
    lacks_it = otp_receive_match(10, "append") != OTP_OK && ask_bool(first, TRIPLE(vote, 2, 0));
    done();
}

PLANTED(raft_no_uptodate_check, .depth = 2, .minimum = 1) {
    static const otp_gen_server server = {
        .name = "follower", .state_size = sizeof(follower), .handle_call = follower_call};
    is_committed = lacks_it = false;
    first = serve(&server, otp_nil());
    second = start(second_follower, 0);
    start(leader, 0);
    await_done(2);
    ST_EXPECT(!(is_committed && lacks_it));
}
