/* SPDX-License-Identifier: MIT */
/*
 * Microseconds from the kill of a supervised server to the message by which its successor says that
 * its init is done, one after another: median and 99th percentile.
 */
#include "bench/bench.h"

#include <otp/supervisor.h>

#include <stdlib.h>

enum { WARM_UP = 1000 };

/* Tells who waits for it, whose pid is its context. */
static otp_result child_init(void *state, otp_term args) {
    const otp_pid *report = otp_context();
    (void)state, (void)args;
    otp_send(*report, otp_from_pid(otp_self()));
    return otp_ok();
}

static const otp_gen_server child_server = {.name = "child", .init = child_init};

static otp_pid child_await(void) {
    otp_pid pid;
    bench_must(otp_receive_match(OTP_INFINITY, "~p", &pid), "the new one");
    return pid;
}

static int by_value(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static otp_pid kills(otp_pid child, uint64_t *taken_ns, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        uint64_t began = bench_now_ns();
        otp_kill(child);
        child = child_await();
        taken_ns[i] = bench_now_ns() - began;
    }
    return child;
}

static void body(otp_term unused) {
    (void)unused;
    uint64_t n = bench_count();
    uint64_t *taken_ns = calloc(n > WARM_UP ? n : WARM_UP, sizeof *taken_ns);
    bench_must(taken_ns ? OTP_OK : OTP_ENOMEM, "times");
    otp_pid self = otp_self();
    otp_child_spec child = {.id = "child", .server = &child_server, .context = &self};
    otp_supervisor_spec spec = {.strategy = OTP_ONE_FOR_ONE,
                                .intensity = (uint32_t)(n + WARM_UP),
                                .period_s = 60,
                                .children = &child,
                                .child_count = 1};
    otp_pid sup;
    bench_must(otp_supervisor_start_link(&spec, NULL, &sup), "supervisor");
    otp_pid last = kills(child_await(), taken_ns, WARM_UP);
    kills(last, taken_ns, n);
    qsort(taken_ns, n, sizeof *taken_ns, by_value);
    bench_result("kill_to_new_p50_us", (double)taken_ns[n / 2] / 1e3, "us");
    bench_result("kill_to_new_p99_us", (double)taken_ns[n - 1 - n / 100] / 1e3, "us");
    bench_must(otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), OTP_INFINITY), "stop");
    free(taken_ns);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 20000});
}
