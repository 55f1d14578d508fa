/* SPDX-License-Identifier: MIT */
/*
 * A register on three replicas with several writers (Attiya, Bar-Noy and Dolev, 1995; Lynch and
 * Shvartsman, 1997). A writer asks a majority for the highest timestamp and writes with the next
 * one, which another may have, too: the writer is not part of it. In the twin it is. Checked: when
 * all is written, the newest values are equal.
 */
#include "tests/planted/parts.h"

enum { REPLICAS = 3, MAJORITY = 2, WRITERS = 2 };

typedef struct version {
    int64_t time, writer;
} version;

static otp_pid replicas[REPLICAS];

static otp_result replica_call(void *state, otp_term request, otp_from from) {
    version *v = state, new;
    (void)from;
    if (otp_match(request, "{write, ~i, ~i}", &new.time, &new.writer)) {
        bool wins = planted_correct && new.time == v->time &&new.writer > v->writer;
        *v = new.time > v->time || wins ? new : *v;
        return otp_reply(OTP_ATOM(ok));
    }
    return otp_reply(TRIPLE(version, v->time, v->writer));
}

static version version_of(otp_pid replica) {
    version v;
    OTP_ASSERT(otp_match(ask(replica, OTP_ATOM(read)), "{version, ~i, ~i}", &v.time, &v.writer));
    return v;
}

/* The second writer goes through the replicas from the other end. */
static void writer(otp_term arg) {
    int64_t me = number(arg), highest = 0;
    pass(me);
    for (int i = 0; i < MAJORITY; i++) {
        int64_t time = version_of(replicas[me == 0 ? i : REPLICAS - 1 - i]).time;
        highest = time > highest ? time : highest;
    }
    for (int i = 0; i < REPLICAS; i++) {
        ask(replicas[me == 0 ? i : REPLICAS - 1 - i], TRIPLE(write, highest + 1, me));
    }
    done();
}

PLANTED(abd_ts_tie, .depth = 2, .minimum = 1) {
    static const otp_gen_server server = {
        .name = "replica", .state_size = sizeof(version), .handle_call = replica_call};
    for (int i = 0; i < REPLICAS; i++) {
        replicas[i] = serve(&server, otp_nil());
    }
    for (int i = 0; i < WRITERS; i++) {
        start(writer, i);
    }
    await_done(WRITERS);
    version first = version_of(replicas[0]);
    for (int i = 1; i < REPLICAS; i++) {
        version v = version_of(replicas[i]);
        ST_EXPECT(v.time != first.time || v.writer == first.writer);
    }
}
