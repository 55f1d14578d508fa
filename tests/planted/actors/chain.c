/* SPDX-License-Identifier: MIT */
/*
 * Chain replication (van Renesse and Schneider, 2004): head, middle and tail; writes go down the
 * chain, the tail answers reads.
 *
 * chain_ack_early: the head confirms a write before the tail has it. Checked: who wrote reads it.
 * chain_read_middle: the middle answers reads, too, of what the tail does not have yet. Checked: a
 * reader that has seen a value does not see an older one later.
 */
#include "tests/planted/parts.h"

enum { MIDDLE = 1, TAIL = 2, CHAIN = 3 };

static bool acks_early;
static otp_pid chain[CHAIN];

typedef struct link {
    int64_t place, value;
} link;

static otp_result link_init(void *state, otp_term place) {
    return otp_get_int(place, &((link *)state)->place) ? otp_ok() : otp_stop(OTP_ATOM(badarg));
}

static otp_result link_call(void *state, otp_term request, otp_from from) {
    (void)request, (void)from;
    return otp_reply(otp_int(((link *)state)->value));
}

static otp_result link_cast(void *state, otp_term request) {
    link *l = state;
    otp_pid client;
    OTP_ASSERT(otp_match(request, "{write, ~i, ~p}", &l->value, &client));
    if (l->place < TAIL) {
        otp_cast(chain[l->place + 1], request);
    }
    if (l->place == (acks_early ? 0 : TAIL)) {
        otp_send(client, OTP_ATOM(written));
    }
    return otp_noreply();
}

static void chain_start(void) {
    static const otp_gen_server server = {.name = "link",
                                          .state_size = sizeof(link),
                                          .init = link_init,
                                          .handle_call = link_call,
                                          .handle_cast = link_cast};
    for (int i = 0; i < CHAIN; i++) {
        chain[i] = serve(&server, otp_int(i));
    }
}

static void chain_write(int64_t value) {
    otp_cast(chain[0], otp_tuple(OTP_ATOM(write), otp_int(value), otp_from_pid(otp_self())));
    OTP_ASSERT(otp_receive_match(OTP_INFINITY, "written") == OTP_OK);
}

PLANTED(chain_ack_early, .depth = 2, .minimum = 1) {
    acks_early = !planted_correct;
    chain_start();
    chain_write(1);
    ST_EXPECT_EQ(ask_int(chain[TAIL], OTP_ATOM(read)), 1);
}

static void reader(otp_term unused) {
    (void)unused;
    work(1);
    int64_t seen = ask_int(chain[planted_correct ? TAIL : MIDDLE], OTP_ATOM(read));
    ST_EXPECT_GE(ask_int(chain[TAIL], OTP_ATOM(read)), seen);
    done();
}

static void writer(otp_term unused) {
    (void)unused;
    chain_write(1);
    done();
}

/* Messages of different senders may overtake one another. */
PLANTED(chain_read_middle, .depth = 3, .minimum = 4,
        .simulation = {.delivery = OTP_DELIVERY_PAIRWISE}) {
    acks_early = false;
    chain_start();
    start(writer, 0);
    start(reader, 0);
    await_done(2);
}
