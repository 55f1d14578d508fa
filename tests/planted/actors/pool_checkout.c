/* SPDX-License-Identifier: MIT */
/*
 * A pool of one worker. A client that waits too long for it leaves and says so; the pool may have
 * given it the worker just before, and then only looks among those who wait. The twin takes the
 * worker back. Checked: at rest all workers are idle. After poolboy's cancelled checkouts.
 */
#include "tests/planted/parts.h"

enum { SIZE = 1, CLIENTS = 2 };

typedef struct pool {
    int64_t idle;
    bool waits[CLIENTS], has[CLIENTS];
    otp_from from[CLIENTS];
} pool;

static otp_pid the_pool;

static otp_result pool_init(void *state, otp_term unused) {
    (void)unused;
    ((pool *)state)->idle = SIZE;
    return otp_ok();
}

static otp_result pool_call(void *state, otp_term request, otp_from from) {
    pool *p = state;
    int64_t who;
    if (!otp_match(request, "{checkout, ~i}", &who)) {
        return otp_reply(otp_int(p->idle));
    }
    if (p->idle == 0) {
        p->waits[who] = true;
        p->from[who] = from;
        return otp_noreply();
    }
    p->idle--;
    p->has[who] = true;
    return otp_reply(OTP_ATOM(worker));
}

static void checkin(pool *p, int64_t who) {
    p->has[who] = false;
    for (int64_t i = 0; i < CLIENTS; i++) {
        if (p->waits[i]) {
            p->waits[i] = false;
            p->has[i] = true;
            otp_answer(p->from[i], OTP_ATOM(worker));
            return;
        }
    }
    p->idle++;
}

static otp_result pool_cast(void *state, otp_term request) {
    pool *p = state;
    int64_t who;
    if (otp_match(request, "{checkin, ~i}", &who)) {
        checkin(p, who);
    } else if (otp_match(request, "{cancel, ~i}", &who)) {
        p->waits[who] = false;
        if (planted_correct && p->has[who]) {
            checkin(p, who);
        }
    }
    return otp_noreply();
}

static void client(otp_term arg) {
    int64_t who = number(arg);
    if (otp_call(the_pool, PAIR(checkout, who), 10, NULL) == OTP_OK) {
        pass(1);
        otp_cast(the_pool, PAIR(checkin, who));
    } else {
        otp_cast(the_pool, PAIR(cancel, who));
    }
}

PLANTED(pool_checkout, .depth = 3, .minimum = 1) {
    static const otp_gen_server server = {.name = "pool",
                                          .state_size = sizeof(pool),
                                          .init = pool_init,
                                          .handle_call = pool_call,
                                          .handle_cast = pool_cast};
    the_pool = serve(&server, otp_nil());
    for (int64_t i = 0; i < CLIENTS; i++) {
        start(client, i);
    }
    settle();
    ST_EXPECT_EQ(ask_int(the_pool, OTP_ATOM(idle)), SIZE);
}
