/* SPDX-License-Identifier: MIT */
/*
 * Hops per second of one message around a ring of 503 gen_servers. The message is a number, which
 * counts down.
 */
#include "bench/bench.h"

enum { RING = 503 };

typedef struct node {
    otp_pid next;
    otp_pid report;
} node;

static otp_result node_init(void *state, otp_term args) {
    node *n = state;
    return otp_get_pid(args, &n->report) ? otp_ok() : otp_stop(OTP_ATOM(badarg));
}

static otp_result node_info(void *state, otp_term message) {
    node *n = state;
    int64_t left;
    if (!otp_get_int(message, &left)) {
        (void)otp_get_pid(message, &n->next);
    } else if (left == 0) {
        otp_send(n->report, message);
    } else {
        otp_send(n->next, otp_int(left - 1));
    }
    return otp_noreply();
}

static const otp_gen_server node_server = {
    .name = "node", .state_size = sizeof(node), .init = node_init, .handle_info = node_info};

static void body(otp_term unused) {
    (void)unused;
    otp_pid first = bench_server(&node_server, otp_from_pid(otp_self()));
    otp_pid last = first;
    for (int i = 1; i < RING; i++) {
        otp_pid next = bench_server(&node_server, otp_from_pid(otp_self()));
        otp_send(last, otp_from_pid(next));
        last = next;
    }
    otp_send(last, otp_from_pid(first));
    otp_send(first, otp_int(10 * RING));
    bench_await(1);
    uint64_t started = bench_now_ns();
    otp_send(first, otp_int((int64_t)bench_count() - 1));
    bench_await(1);
    bench_rate("ring", bench_count(), started);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 10000000});
}
