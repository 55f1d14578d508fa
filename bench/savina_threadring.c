/* SPDX-License-Identifier: MIT */
/*
 * Savina's threadring: a token makes 100,000 hops around a ring of 100 actors; then each tells the
 * next to end.
 */
#include "bench/savina.h"

enum { ACTORS = 100, HOPS = 100000 };

typedef struct node {
    otp_pid next, report;
} node;

static otp_result node_info(void *state, otp_term message) {
    node *n = state;
    int64_t left;
    if (!otp_get_int(message, &left)) {
        otp_match(message, "{~p, ~p}", &n->next, &n->report);
        return otp_noreply();
    }
    if (left > 0) {
        otp_send(n->next, otp_int(left - 1));
        return otp_noreply();
    }
    /* 0 and below: the end, and how many have been told. */
    otp_send(left > 1 - ACTORS ? n->next : n->report, otp_int(left - 1));
    return otp_stop(OTP_ATOM(normal));
}

static const otp_gen_server node_server = {
    .name = "node", .state_size = sizeof(node), .handle_info = node_info};

static void run(void) {
    otp_pid nodes[ACTORS];
    for (int i = 0; i < ACTORS; i++) {
        nodes[i] = bench_server(&node_server, otp_nil());
    }
    for (int i = 0; i < ACTORS; i++) {
        otp_send(nodes[i],
                 otp_tuple(otp_from_pid(nodes[(i + 1) % ACTORS]), otp_from_pid(otp_self())));
    }
    otp_send(nodes[0], otp_int(HOPS));
    bench_await(1);
}

int main(int argc, char **argv) {
    return savina_main(argc, argv, "threadring", run);
}
