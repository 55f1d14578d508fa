/* SPDX-License-Identifier: MIT */
/*
 * Savina's count: one actor sends 1,000,000 increments to another, then asks how many came.
 */
#include "bench/savina.h"

enum { INCREMENTS = 1000000 };

typedef struct counter {
    int64_t value;
} counter;

static otp_result counter_info(void *state, otp_term message) {
    counter *c = state;
    otp_pid from;
    if (!otp_get_pid(message, &from)) {
        c->value++;
        return otp_noreply();
    }
    otp_send(from, otp_int(c->value));
    return otp_stop(OTP_ATOM(normal));
}

static const otp_gen_server counter_server = {
    .name = "counter", .state_size = sizeof(counter), .handle_info = counter_info};

static void produce(otp_term arg) {
    otp_pid to, report;
    int64_t value;
    if (!otp_match(arg, "{~p, ~p}", &to, &report)) {
        return;
    }
    for (int64_t i = 0; i < INCREMENTS; i++) {
        otp_send(to, OTP_ATOM(increment));
    }
    otp_send(to, otp_from_pid(otp_self()));
    bench_must(otp_receive_match(OTP_INFINITY, "~i", &value), "the answer");
    savina_check(value == INCREMENTS, "increments are lost");
    otp_send(report, OTP_ATOM(done));
}

static void run(void) {
    otp_pid to = bench_server(&counter_server, otp_nil());
    otp_spawn(produce, otp_tuple(otp_from_pid(to), otp_from_pid(otp_self())));
    bench_await(1);
}

int main(int argc, char **argv) {
    return savina_main(argc, argv, "count", run);
}
