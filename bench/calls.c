/* SPDX-License-Identifier: MIT */
#include "bench/calls.h"

enum { TIMEOUT_MS = 5000, WARM_UP = 10000 };

typedef struct counter {
    int64_t value;
} counter;

static otp_result counter_call(void *state, otp_term request, otp_from from) {
    counter *c = state;
    (void)request;
    (void)from;
    return otp_reply(otp_int(c->value++));
}

static const otp_gen_server counter_server = {
    .name = "counter", .state_size = sizeof(counter), .handle_call = counter_call};

static void calls_make(otp_pid server, int64_t calls) {
    for (; calls > 0; calls--) {
        otp_scope scope = otp_scope_begin();
        otp_term reply;
        bench_must(otp_call(server, OTP_ATOM(get), TIMEOUT_MS, &reply), "call");
        otp_scope_end(scope);
    }
}

static void caller(otp_term arg) {
    otp_pid server;
    otp_pid report;
    int64_t calls;
    if (otp_match(arg, "{~p, ~p, ~i}", &server, &report, &calls)) {
        bench_await(1);
        calls_make(server, calls);
        otp_send(report, OTP_ATOM(done));
    }
}

void calls_measure(const char *name, unsigned callers) {
    otp_pid server = bench_server(&counter_server, otp_nil());
    calls_make(server, WARM_UP);
    uint64_t each = bench_count() / callers;
    otp_term pids = otp_nil();
    for (unsigned i = 0; i < callers; i++) {
        otp_term arg =
            otp_tuple(otp_from_pid(server), otp_from_pid(otp_self()), otp_int((int64_t)each));
        pids = otp_cons(otp_from_pid(otp_spawn(caller, arg)), pids);
    }
    pids = otp_keep(pids);
    uint64_t started = bench_now_ns();
    OTP_LIST_FOREACH (pid, pids) {
        otp_send(pid, OTP_ATOM(go));
    }
    bench_await(callers);
    bench_rate(name, each * callers, started);
    otp_drop(pids);
}
