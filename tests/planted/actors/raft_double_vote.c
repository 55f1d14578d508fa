/* SPDX-License-Identifier: MIT */
/*
 * Raft (Ongaro and Ousterhout, 2014): two candidates of one term, and a voter between them, which
 * its supervisor restarts after a crash. The voter has lost its vote by then, and gives it again.
 * The twin keeps it on disk. Checked: a term has one leader.
 */
#include "tests/planted/parts.h"

static int64_t disk, leaders; /* 0 = no vote yet */

static otp_result voter_init(void *state, otp_term unused) {
    int64_t *voted_for = state;
    (void)unused;
    *voted_for = planted_correct ? disk : 0;
    return otp_ok();
}

static otp_result voter_call(void *state, otp_term request, otp_from from) {
    int64_t *voted_for = state, candidate;
    (void)from;
    OTP_ASSERT(otp_match(request, "{vote, ~i}", &candidate));
    *voted_for = *voted_for == 0 ? candidate : *voted_for;
    disk = *voted_for;
    return otp_reply(otp_bool(*voted_for == candidate));
}

static const otp_gen_server voter = {
    .name = "voter", .state_size = sizeof(int64_t), .init = voter_init, .handle_call = voter_call};

/* Has its own vote; one more is a majority of three. */
static void candidate(otp_term arg) {
    int64_t me = number(arg);
    otp_term reply;
    work(me == 2 ? 6 : 0);
    otp_err err = otp_call(OTP_ATOM(voter), PAIR(vote, me), OTP_INFINITY, &reply);
    leaders += err == OTP_OK && otp_is(reply, "true");
    done();
}

static void crash(otp_term unused) {
    otp_pid pid = otp_whereis(OTP_ATOM(voter));
    (void)unused;
    pass(1);
    otp_kill(pid);
    done();
}

PLANTED(raft_double_vote, .depth = 3, .minimum = 1) {
    const otp_child_spec child = {.id = "voter", .server = &voter, .name = "voter"};
    otp_pid supervisor;
    disk = leaders = 0;
    OTP_ASSERT(otp_supervisor_start_link(
                   &(otp_supervisor_spec){.intensity = 3, .children = &child, .child_count = 1},
                   NULL, &supervisor) == OTP_OK);
    start(crash, 0);
    start(candidate, 1);
    start(candidate, 2);
    await_done(3);
    ST_EXPECT_LE(leaders, 1);
}
