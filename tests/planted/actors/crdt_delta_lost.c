/* SPDX-License-Identifier: MIT */
/*
 * A replica confirms a change when it has it in a batch, which is applied a little later: a crash
 * in between loses what the sender does not keep any more. The twin confirms what it has applied.
 * The replica's supervisor restarts it, with what was applied. Checked: all that was confirmed is
 * there.
 */
#include "tests/planted/parts.h"

enum { BATCH_MS = 5, CRASH_MS = 10 };

static int64_t applied; /* on disk */

typedef struct replica {
    int64_t batch;
    otp_from from;
} replica;

static otp_result replica_call(void *state, otp_term request, otp_from from) {
    replica *r = state;
    OTP_ASSERT(otp_match(request, "{delta, ~i}", &r->batch));
    r->from = from;
    otp_send_after(BATCH_MS, otp_from_pid(otp_self()), OTP_ATOM(apply));
    return planted_correct ? otp_noreply() : otp_reply(OTP_ATOM(ok));
}

static otp_result replica_info(void *state, otp_term message) {
    replica *r = state;
    (void)message;
    applied = r->batch;
    if (planted_correct) {
        otp_answer(r->from, OTP_ATOM(ok));
    }
    return otp_noreply();
}

static const otp_gen_server replica_server = {.name = "replica",
                                              .state_size = sizeof(replica),
                                              .handle_call = replica_call,
                                              .handle_info = replica_info};

static void sender(otp_term unused) {
    (void)unused;
    while (otp_call(OTP_ATOM(replica), PAIR(delta, 1), OTP_INFINITY, NULL) != OTP_OK) {
        pass(1);
    }
    done();
}

static void crash(otp_term unused) {
    otp_pid pid = otp_whereis(OTP_ATOM(replica));
    (void)unused;
    pass(CRASH_MS);
    otp_kill(pid);
    done();
}

PLANTED(crdt_delta_lost, .depth = 2, .minimum = 1) {
    const otp_child_spec child = {.id = "replica", .server = &replica_server, .name = "replica"};
    otp_pid supervisor;
    applied = 0;
    OTP_ASSERT(otp_supervisor_start_link(
                   &(otp_supervisor_spec){.intensity = 3, .children = &child, .child_count = 1},
                   NULL, &supervisor) == OTP_OK);
    start(sender, 0);
    start(crash, 0);
    await_done(2);
    settle();
    ST_EXPECT_EQ(applied, 1);
}
