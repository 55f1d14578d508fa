/* SPDX-License-Identifier: MIT */
/*
 * Milliseconds to start a million timers and to cancel them all, the memory for them being there
 * already: the second round counts.
 */
#include "bench/bench.h"

#include <stdlib.h>

static double round_ms(otp_timer *timers, uint64_t n) {
    otp_term self = otp_from_pid(otp_self());
    uint64_t started = bench_now_ns();
    for (uint64_t i = 0; i < n; i++) {
        int64_t after_ms = (int64_t)(60000 + i * 7919 % 600000);
        timers[i] = otp_start_timer(after_ms, self, OTP_ATOM(late));
    }
    for (uint64_t i = 0; i < n; i++) {
        if (!otp_cancel_timer(timers[i], NULL)) {
            otp_exit(OTP_ATOM(timer_lost));
        }
    }
    return (double)(bench_now_ns() - started) / 1e6;
}

static void body(otp_term unused) {
    (void)unused;
    otp_timer *timers = calloc(bench_count(), sizeof *timers);
    bench_must(timers ? OTP_OK : OTP_ENOMEM, "timers");
    round_ms(timers, bench_count());
    bench_result("timers_1m_ms", round_ms(timers, bench_count()), "ms");
    free(timers);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 1000000});
}
