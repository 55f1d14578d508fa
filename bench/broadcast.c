/* SPDX-License-Identifier: MIT */
/*
 * Deliveries per second of {event, N} from one publisher to 1,000 gen_servers. The publisher gives
 * way after each event.
 */
#include "bench/bench.h"

enum { SUBSCRIBERS = 1000 };

typedef struct subscriber {
    otp_pid report;
    int64_t left;
} subscriber;

static otp_result subscriber_init(void *state, otp_term args) {
    subscriber *s = state;
    return otp_match(args, "{~p, ~i}", &s->report, &s->left) ? otp_ok()
                                                             : otp_stop(OTP_ATOM(badarg));
}

static otp_result subscriber_info(void *state, otp_term message) {
    subscriber *s = state;
    (void)message;
    if (--s->left == 0) {
        otp_send(s->report, OTP_ATOM(done));
    }
    return otp_noreply();
}

static const otp_gen_server subscriber_server = {.name = "subscriber",
                                                 .state_size = sizeof(subscriber),
                                                 .init = subscriber_init,
                                                 .handle_info = subscriber_info};

static void round_run(const char *name, uint64_t events) {
    otp_pid subscribers[SUBSCRIBERS];
    otp_term args = otp_tuple(otp_from_pid(otp_self()), otp_int((int64_t)events));
    for (int i = 0; i < SUBSCRIBERS; i++) {
        subscribers[i] = bench_server(&subscriber_server, args);
    }
    uint64_t started = bench_now_ns();
    for (uint64_t e = 0; e < events; e++) {
        otp_scope scope = otp_scope_begin();
        otp_term event = otp_tuple(OTP_ATOM(event), otp_int((int64_t)e));
        for (int i = 0; i < SUBSCRIBERS; i++) {
            otp_send(subscribers[i], event);
        }
        otp_scope_end(scope);
        otp_yield();
    }
    bench_await(SUBSCRIBERS);
    if (name) {
        bench_rate(name, SUBSCRIBERS * events, started);
    }
    for (int i = 0; i < SUBSCRIBERS; i++) {
        otp_kill(subscribers[i]);
    }
}

static void body(otp_term unused) {
    (void)unused;
    round_run(NULL, 10);
    round_run("broadcast", bench_count());
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 1000});
}
