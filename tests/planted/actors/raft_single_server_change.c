/* SPDX-License-Identifier: MIT */
/*
 * Raft, changes of one server at a time (Ongaro, "bug in single-server membership changes", 2015).
 * Server 1 has, of term 1 and only on itself and 5, the configuration {1,2,3,4,5}. Server 2 is
 * elected in term 2 by {1,2,3,4} and commits {2,3,4} on 3 alone, before any entry of its own term.
 * Server 1, when it hears nothing, may then be elected in term 3 by 4 and 5. The twin commits an
 * empty entry first. Checked: who is elected has the committed configuration.
 */
#include "tests/planted/parts.h"

typedef struct server {
    int64_t term, last; /* the term of the last entry */
} server;

static otp_pid third, fourth, fifth, first;
static bool is_committed, is_elected;

static otp_result server_init(void *state, otp_term last) {
    return otp_get_int(last, &((server *)state)->last) ? otp_ok() : otp_stop(OTP_ATOM(badarg));
}

static otp_result server_call(void *state, otp_term request, otp_from from) {
    server *s = state;
    int64_t term, last;
    (void)from;
    if (otp_match(request, "{append, ~i}", &term) && term >= s->term) {
        *s = (server){term, term};
        return otp_reply(otp_bool(true));
    }
    if (otp_match(request, "{vote, ~i, ~i}", &term, &last) && term > s->term) {
        s->term = term;
        return otp_reply(otp_bool(last >= s->last));
    }
    return otp_reply(otp_bool(false));
}

/* Server 2 votes for itself, as do all who stand; three of the four elect. */
static void second_server(otp_term unused) {
    (void)unused;
    bool leads = ask_bool(third, TRIPLE(vote, 2, 0)) && ask_bool(fourth, TRIPLE(vote, 2, 0));
    if (planted_correct) {
        leads = leads && ask_bool(third, PAIR(append, 2)) && ask_bool(fourth, PAIR(append, 2));
    }
    is_committed = leads && ask_bool(third, PAIR(append, 2));
    ask_bool(fourth, PAIR(append, 2));
    otp_send(first, OTP_ATOM(follow));
    done();
}

static void first_server(otp_term unused) {
    (void)unused;
    is_elected = otp_receive_match(10, "follow") != OTP_OK &&
                 ask_bool(fourth, TRIPLE(vote, 3, 1)) && ask_bool(fifth, TRIPLE(vote, 3, 1));
    done();
}

PLANTED(raft_single_server_change, .depth = 3, .minimum = 1) {
    static const otp_gen_server raft = {.name = "server",
                                        .state_size = sizeof(server),
                                        .init = server_init,
                                        .handle_call = server_call};
    is_committed = is_elected = false;
    third = serve(&raft, otp_int(0));
    fourth = serve(&raft, otp_int(0));
    fifth = serve(&raft, otp_int(1));
    first = start(first_server, 0);
    start(second_server, 0);
    await_done(2);
    ST_EXPECT(!(is_committed && is_elected));
}
