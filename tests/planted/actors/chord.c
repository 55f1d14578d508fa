/* SPDX-License-Identifier: MIT */
/*
 * A ring of three nodes, each knowing its successor (Stoica et al., "Chord", 2001). A fourth joins
 * behind the second, while the second leaves: it tells its predecessor who comes next, and ends.
 * Joins and lookups that reach it after that are never answered. The twin hands them on.
 * Checked: the new node is found by a lookup.
 */
#include "tests/planted/parts.h"

enum { NODES = 3, LEAVES = 1, JOINS = 3 };

static otp_pid nodes[NODES + 1];

static void hand_on(otp_pid to) {
    for (;;) {
        otp_send(to, next_message());
    }
}

/* A member of the ring, until it leaves. */
static void member(int64_t id, otp_pid successor) {
    for (;;) {
        otp_term message = next_message();
        otp_pid who;
        int64_t key;
        if (otp_match(message, "{successor, ~p}", &who)) {
            successor = who;
        } else if (otp_match(message, "{join, ~p}", &who)) {
            otp_send(who, otp_tuple(OTP_ATOM(joined), otp_from_pid(successor)));
            successor = who;
        } else if (otp_match(message, "{lookup, ~i, ~p}", &key, &who)) {
            otp_send(key == id ? who : successor, key == id ? OTP_ATOM(done) : message);
        } else { /* leave */
            otp_send(nodes[id - 1], otp_tuple(OTP_ATOM(successor), otp_from_pid(successor)));
            if (planted_correct) {
                hand_on(nodes[id - 1]);
            }
            return;
        }
    }
}

static void node(otp_term arg) {
    int64_t id = number(arg);
    OTP_ASSERT(otp_receive_match(OTP_INFINITY, "go") == OTP_OK);
    member(id, nodes[(id + 1) % NODES]);
}

static void joiner(otp_term unused) {
    otp_pid successor;
    (void)unused;
    otp_send(nodes[LEAVES], otp_tuple(OTP_ATOM(join), otp_from_pid(otp_self())));
    OTP_ASSERT(otp_receive_match(OTP_INFINITY, "{joined, ~p}", &successor) == OTP_OK);
    otp_send(nodes[0], otp_tuple(OTP_ATOM(lookup), otp_int(JOINS), otp_from_pid(planted_main)));
    member(JOINS, successor);
}

static void leaver(otp_term unused) {
    (void)unused;
    pass(1);
    otp_send(nodes[LEAVES], OTP_ATOM(leave));
}

PLANTED(chord, .depth = 2, .minimum = 1, .simulation = {.steps_max = 1000}) {
    for (int i = 0; i < NODES; i++) {
        nodes[i] = start(node, i);
    }
    for (int i = 0; i < NODES; i++) {
        otp_send(nodes[i], OTP_ATOM(go));
    }
    start(joiner, 0);
    start(leaver, 0);
    await_done(1);
}
