/* SPDX-License-Identifier: MIT */
/*
 * A register on two replicas; of two writes the one with the later time wins, times being counters
 * that never fall behind what was seen. Of equal times the one that arrives last wins. In the twin
 * it is that of the higher replica. Checked: when all has arrived, the replicas agree. Shapiro et
 * al., "A comprehensive study of Convergent and Commutative Replicated Data Types", 2011.
 */
#include "tests/planted/parts.h"

enum { REPLICAS = 2 };

typedef struct version {
    int64_t time, writer;
} version;

static otp_pid replicas[REPLICAS];
static version versions[REPLICAS];

static bool wins(version new, version old) {
    return new.time > old.time ||
           (new.time == old.time && (!planted_correct || new.writer > old.writer));
}

static void replica(otp_term arg) {
    int64_t me = number(arg);
    version *own = &versions[me], new;
    for (;;) {
        otp_term message = next_message();
        if (otp_is(message, "write")) {
            *own = (version){own->time + 1, me};
            otp_send(replicas[1 - me], TRIPLE(version, own->time, own->writer));
        } else if (otp_match(message, "{version, ~i, ~i}", &new.time, &new.writer)) {
            *own = wins(new, *own) ? new : *own;
        }
    }
}

static void user(otp_term which) {
    int64_t at = number(which);
    pass(at);
    otp_send(replicas[at], OTP_ATOM(write));
}

PLANTED(crdt_lww_tie, .depth = 2, .minimum = 2) {
    for (int i = 0; i < REPLICAS; i++) {
        versions[i] = (version){0, 0};
        replicas[i] = start(replica, i);
        start(user, i);
    }
    settle();
    ST_EXPECT_EQ(versions[0].writer, versions[1].writer);
}
