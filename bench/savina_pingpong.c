/* SPDX-License-Identifier: MIT */
/*
 * Savina's pingpong: 40,000 round trips between two actors.
 */
#include "bench/savina.h"

enum { ROUND_TRIPS = 40000 };

typedef struct pinger {
    otp_pid ponger, report;
    int64_t left;
} pinger;

static otp_result ping(pinger *p) {
    otp_send(p->ponger, otp_tuple(OTP_ATOM(ping), otp_from_pid(otp_self())));
    return otp_noreply();
}

static otp_result pinger_info(void *state, otp_term message) {
    pinger *p = state;
    if (otp_match(message, "{start, ~p, ~p}", &p->ponger, &p->report)) {
        p->left = ROUND_TRIPS;
        return ping(p);
    }
    if (--p->left > 0) {
        return ping(p);
    }
    otp_send(p->ponger, OTP_ATOM(stop));
    otp_send(p->report, OTP_ATOM(done));
    return otp_stop(OTP_ATOM(normal));
}

static otp_result ponger_info(void *state, otp_term message) {
    (void)state;
    otp_pid from;
    if (!otp_match(message, "{ping, ~p}", &from)) {
        return otp_stop(OTP_ATOM(normal));
    }
    otp_send(from, OTP_ATOM(pong));
    return otp_noreply();
}

static const otp_gen_server pinger_server = {
    .name = "pinger", .state_size = sizeof(pinger), .handle_info = pinger_info};
static const otp_gen_server ponger_server = {.name = "ponger", .handle_info = ponger_info};

static void run(void) {
    otp_pid ponger = bench_server(&ponger_server, otp_nil());
    otp_pid first = bench_server(&pinger_server, otp_nil());
    otp_send(first, otp_tuple(OTP_ATOM(start), otp_from_pid(ponger), otp_from_pid(otp_self())));
    bench_await(1);
}

int main(int argc, char **argv) {
    return savina_main(argc, argv, "pingpong", run);
}
