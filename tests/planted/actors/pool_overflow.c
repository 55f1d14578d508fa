/* SPDX-License-Identifier: MIT */
/*
 * A pool that starts one more worker under load, and ends it when it is given back. When that
 * worker dies by itself, on its own, while it is being given back, the pool counts it down twice.
 * The twin knows which workers it has. Checked: the count is never negative. After poolboy.
 */
#include "tests/planted/parts.h"

typedef struct pool {
    otp_pid worker; /* the one too many; OTP_PID_NONE = there is none */
    int64_t overflow;
} pool;

/* Is told to go, or goes by itself. */
static void worker(otp_term unused) {
    (void)unused;
    (void)otp_receive_match(1, "stop");
}

static void count_down(pool *p) {
    p->overflow--;
    p->worker = OTP_PID_NONE;
    ST_EXPECT_GE(p->overflow, 0);
}

static otp_result pool_call(void *state, otp_term request, otp_from from) {
    pool *p = state;
    (void)request, (void)from;
    p->worker = start(worker, 0);
    p->overflow++;
    otp_monitor(p->worker);
    return otp_reply(otp_from_pid(p->worker));
}

static otp_result pool_cast(void *state, otp_term request) {
    pool *p = state;
    otp_pid given;
    OTP_ASSERT(otp_match(request, "{checkin, ~p}", &given));
    if (!planted_correct || given.word == p->worker.word) {
        count_down(p);
        otp_send(given, OTP_ATOM(stop));
    }
    return otp_noreply();
}

static otp_result pool_info(void *state, otp_term message) {
    pool *p = state;
    otp_pid dead;
    OTP_ASSERT(otp_match(message, "{'DOWN', _, process, ~p, _}", &dead));
    if (dead.word == p->worker.word) {
        count_down(p);
    }
    return otp_noreply();
}

PLANTED(pool_overflow, .depth = 2, .minimum = 2) {
    static const otp_gen_server server = {.name = "pool",
                                          .state_size = sizeof(pool),
                                          .handle_call = pool_call,
                                          .handle_cast = pool_cast,
                                          .handle_info = pool_info};
    otp_pid pool_pid = serve(&server, otp_nil());
    otp_term mine = ask(pool_pid, OTP_ATOM(checkout));
    otp_cast(pool_pid, otp_tuple(OTP_ATOM(checkin), mine));
    settle();
}
