/* SPDX-License-Identifier: MIT */
/*
 * Raft with five servers. The leader of term 1 has sent an entry to one follower, is succeeded, and
 * comes back in term 3. In between that follower has dropped the entry, but its old reply may be
 * still on its way, and is counted in term 3. The twin looks at the term of a reply. Checked: what
 * is committed is on three servers.
 */
#include "tests/planted/parts.h"

enum { FOLLOWERS = 2, NEEDED = 2 }; /* of those that can be reached; besides the leader */

static otp_pid leader_pid, followers[FOLLOWERS];
static bool has_entry[FOLLOWERS];

static otp_result follower_cast(void *state, otp_term request) {
    int64_t term, me;
    (void)state;
    if (otp_match(request, "{append, ~i, ~i}", &term, &me)) {
        has_entry[me] = true;
        post(leader_pid, TRIPLE(reply, term, me));
    }
    return otp_noreply();
}

/* The leader of term 2 has other entries. */
static otp_result follower_call(void *state, otp_term request, otp_from from) {
    (void)state, (void)request, (void)from;
    has_entry[0] = false;
    return otp_reply(OTP_ATOM(ok));
}

static void leader(otp_term unused) {
    bool matches[FOLLOWERS] = {false};
    int64_t term = 1, of, who;
    (void)unused;
    while (!matches[1] || !matches[0]) {
        otp_term message = next_message();
        if (otp_match(message, "{reply, ~i, ~i}", &of, &who)) {
            matches[who] = matches[who] || !planted_correct || of == term;
            continue;
        }
        matches[0] = matches[1] = false;
        term = 3;
        otp_cast(followers[1], TRIPLE(append, term, 1));
    }
    ST_EXPECT(has_entry[0] && has_entry[1]);
}

static void successor(otp_term unused) {
    (void)unused;
    pass(1);
    ask(followers[0], OTP_ATOM(overwrite));
    otp_send(leader_pid, OTP_ATOM(elected));
}

PLANTED(raft_stale_append_reply, .depth = 3, .minimum = 3) {
    static const otp_gen_server server = {
        .name = "follower", .handle_call = follower_call, .handle_cast = follower_cast};
    for (int i = 0; i < FOLLOWERS; i++) {
        has_entry[i] = false;
        followers[i] = serve(&server, otp_nil());
    }
    leader_pid = start(leader, 0);
    start(successor, 0);
    otp_cast(followers[0], TRIPLE(append, 1, 0));
    settle();
}
