/* SPDX-License-Identifier: MIT */
/*
 * Messages per second from 100 senders to one gen_server. A sender gives way now and then, as a
 * BEAM process does when its reductions are used up.
 */
#include "bench/bench.h"

enum { SENDERS = 100, SENDS_BETWEEN_YIELDS = 1000 };

typedef struct sink {
    otp_pid report;
    int64_t left;
} sink;

static otp_result sink_info(void *state, otp_term message) {
    sink *s = state;
    if (!otp_is_atom(message)) {
        (void)otp_match(message, "{~p, ~i}", &s->report, &s->left);
    } else if (--s->left == 0) {
        otp_send(s->report, message);
    }
    return otp_noreply();
}

static const otp_gen_server sink_server = {
    .name = "sink", .state_size = sizeof(sink), .handle_info = sink_info};

static void sender(otp_term arg) {
    otp_pid to;
    int64_t messages;
    if (!otp_match(arg, "{~p, ~i}", &to, &messages)) {
        return;
    }
    bench_await(1);
    for (int64_t i = 1; i <= messages; i++) {
        otp_send(to, OTP_ATOM(message));
        if (i % SENDS_BETWEEN_YIELDS == 0) {
            otp_yield();
        }
    }
}

static void round_run(const char *name, uint64_t messages) {
    uint64_t each = messages / SENDERS;
    otp_pid to = bench_server(&sink_server, otp_nil());
    otp_send(to, otp_tuple(otp_from_pid(otp_self()), otp_int((int64_t)(each * SENDERS))));
    otp_pid senders[SENDERS];
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = otp_spawn(sender, otp_tuple(otp_from_pid(to), otp_int((int64_t)each)));
    }
    uint64_t started = bench_now_ns();
    for (int i = 0; i < SENDERS; i++) {
        otp_send(senders[i], OTP_ATOM(go));
    }
    bench_await(1);
    if (name) {
        bench_rate(name, each * SENDERS, started);
    }
}

static void body(otp_term unused) {
    (void)unused;
    round_run(NULL, bench_count() / 10);
    round_run("fanin", bench_count());
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 5000000});
}
