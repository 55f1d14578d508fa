/* SPDX-License-Identifier: MIT */
/*
 * Milliseconds from the first exit signal to the last init, when one process kills all the children
 * of a supervisor: 100,000 of them, then as many as asked for (1,000,000), which shows whether the
 * time grows with their number alone. The intensity is raised so that none is refused.
 */
#include "bench/bench.h"

#include <otp/supervisor.h>

#include <stdatomic.h>
#include <stdlib.h>

enum { CHILDREN_FEW = 100000 };

typedef struct storm {
    _Atomic uint64_t started; /* inits that have run since it was set to 0 */
    uint64_t children;
    otp_pid report; /* hears of the last one */
    otp_pid *pids;
} storm;

static otp_result child_init(void *state, otp_term args) {
    storm *s = otp_context();
    (void)state, (void)args;
    if (atomic_fetch_add(&s->started, 1) + 1 == s->children) {
        otp_send(s->report, OTP_ATOM(all_up));
    }
    return otp_ok();
}

static const otp_gen_server child_server = {.name = "child", .init = child_init};

static void children_start(storm *s, otp_pid sup) {
    for (uint64_t i = 0; i < s->children; i++) {
        otp_scope scope = otp_scope_begin();
        bench_must(otp_supervisor_start_child(otp_from_pid(sup), NULL, OTP_NONE, &s->pids[i], NULL),
                   "child");
        otp_scope_end(scope);
    }
    bench_await(1);
}

static double kill_all_ms(storm *s) {
    atomic_store(&s->started, 0);
    uint64_t began = bench_now_ns();
    for (uint64_t i = 0; i < s->children; i++) {
        otp_kill(s->pids[i]);
    }
    bench_await(1);
    return (double)(bench_now_ns() - began) / 1e6;
}

static void measure(const char *name, uint64_t children) {
    storm s = {.children = children, .report = otp_self()};
    s.pids = calloc(children, sizeof *s.pids);
    bench_must(s.pids ? OTP_OK : OTP_ENOMEM, "pids");
    otp_child_spec child = {
        .id = "child", .server = &child_server, .context = &s, .shutdown_ms = OTP_BRUTAL_KILL};
    otp_supervisor_spec spec = {.strategy = OTP_SIMPLE_ONE_FOR_ONE,
                                .intensity = (uint32_t)children,
                                .period_s = 60,
                                .children = &child,
                                .child_count = 1};
    otp_pid sup;
    bench_must(otp_supervisor_start_link(&spec, NULL, &sup), "supervisor");
    children_start(&s, sup);
    bench_result(name, kill_all_ms(&s), "ms");
    bench_must(otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), OTP_INFINITY), "stop");
    free(s.pids);
}

static void body(otp_term unused) {
    (void)unused;
    measure("restart_100k_ms", CHILDREN_FEW);
    measure("restart_1m_ms", bench_count());
}

int main(int argc, char **argv) {
    return bench_run(
        argc, argv,
        &(bench_plan){.body = body, .count = 1000000, .processes_most = UINT64_C(1) << 22});
}
