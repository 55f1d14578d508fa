/* SPDX-License-Identifier: MIT */
/*
 * Paxos (Lamport, "The Part-Time Parliament", 1998) for one value: three acceptors, a proposer, and
 * a second one with a higher ballot that takes over when it has not heard of a choice in time.
 *
 * paxos_own_value: a proposer does not look at the values that its promises carry, and proposes its
 * own. Checked: only one value is chosen.
 * paxos_learn_mixed: a learner counts acceptances of different ballots together. Checked: what it
 * learns was chosen.
 */
#include "tests/planted/parts.h"

enum { ACCEPTORS = 3, MAJORITY = 2, BALLOTS = 2 };

/* A proposer's value is its ballot; 0 = none. */
typedef struct acceptor {
    int64_t promised, ballot, value;
} acceptor;

static bool ignores_promises, mixes_ballots;
static otp_pid acceptors[ACCEPTORS], learner_pid;
static int64_t chosen[BALLOTS + 1], tally[BALLOTS + 1], tally_mixed, learned;

static otp_result acceptor_call(void *state, otp_term request, otp_from from) {
    acceptor *a = state;
    int64_t ballot, value;
    (void)from;
    if (otp_match(request, "{prepare, ~i}", &ballot) && ballot > a->promised) {
        a->promised = ballot;
        return otp_reply(TRIPLE(promise, a->ballot, a->value));
    }
    if (otp_match(request, "{accept, ~i, ~i}", &ballot, &value) && ballot >= a->promised) {
        *a = (acceptor){ballot, ballot, value};
        post(learner_pid, TRIPLE(accepted, ballot, value));
        return otp_reply(OTP_ATOM(accepted));
    }
    return otp_reply(OTP_ATOM(refused));
}

/* The second proposer goes through them from the other end. */
static otp_pid acceptor_of(int64_t ballot, int i) {
    return acceptors[ballot == 1 ? i : ACCEPTORS - 1 - i];
}

/* The value that a majority's promises oblige to, or the proposer's own; 0 when too few promise. */
static int64_t prepare(int64_t ballot) {
    int64_t promises = 0, highest = 0, value = ballot;
    for (int i = 0; i < ACCEPTORS && promises < MAJORITY; i++) {
        int64_t accepted, its_value;
        otp_term reply = ask(acceptor_of(ballot, i), PAIR(prepare, ballot));
        bool promised = otp_match(reply, "{promise, ~i, ~i}", &accepted, &its_value);
        promises += promised;
        if (promised && accepted > highest && !ignores_promises) {
            highest = accepted;
            value = its_value;
        }
    }
    return promises >= MAJORITY ? value : 0;
}

static void propose(int64_t ballot) {
    int64_t value = prepare(ballot), accepted = 0;
    for (int i = 0; i < ACCEPTORS && value != 0; i++) {
        accepted += otp_is(ask(acceptor_of(ballot, i), TRIPLE(accept, ballot, value)), "accepted");
    }
    if (accepted >= MAJORITY) {
        chosen[ballot] = value;
    }
}

static void leader(otp_term heir) {
    otp_pid pid;
    OTP_ASSERT(otp_get_pid(heir, &pid));
    propose(1);
    otp_send(pid, OTP_ATOM(chosen));
    done();
}

static void heir(otp_term unused) {
    (void)unused;
    if (otp_receive_match(10, "chosen") != OTP_OK) {
        propose(2);
    }
    done();
}

static void learner(otp_term unused) {
    int64_t ballot, value;
    (void)unused;
    while (otp_receive_match(OTP_INFINITY, "{accepted, ~i, ~i}", &ballot, &value) == OTP_OK) {
        tally[ballot]++;
        tally_mixed++;
        bool enough = (mixes_ballots ? tally_mixed : tally[ballot]) >= MAJORITY;
        learned = enough && learned == 0 ? value : learned;
    }
}

static void run(void) {
    static const otp_gen_server server = {
        .name = "acceptor", .state_size = sizeof(acceptor), .handle_call = acceptor_call};
    for (int i = 0; i <= BALLOTS; i++) {
        chosen[i] = tally[i] = 0;
    }
    tally_mixed = learned = 0;
    for (int i = 0; i < ACCEPTORS; i++) {
        acceptors[i] = serve(&server, otp_nil());
    }
    learner_pid = start(learner, 0);
    otp_spawn(leader, otp_from_pid(start(heir, 0)));
    await_done(2);
    settle();
}

PLANTED(paxos_own_value, .depth = 3, .minimum = 1) {
    ignores_promises = !planted_correct;
    mixes_ballots = false;
    run();
    ST_EXPECT(chosen[1] == 0 || chosen[2] == 0 || chosen[1] == chosen[2]);
}

PLANTED(paxos_learn_mixed, .depth = 4, .minimum = 3) {
    ignores_promises = false;
    mixes_ballots = !planted_correct;
    run();
    for (int i = 1; i <= BALLOTS; i++) {
        ST_EXPECT(chosen[i] == 0 || learned == chosen[i]);
    }
}
