/* SPDX-License-Identifier: MIT */
/*
 * Microseconds to start a system in a world that runs and to stop it again; resident bytes of each
 * system of many.
 */
#include "bench/bench.h"

#include <stdlib.h>

static void starts_and_stops(otp_world *world, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        otp_system *system;
        bench_must(otp_system_start(world, NULL, &system), "system");
        otp_system_stop(system);
    }
}

/* The first few pay for what all share. */
static void bytes_measure(otp_world *world, uint64_t n) {
    otp_system **systems = calloc(n, sizeof *systems);
    bench_must(systems ? OTP_OK : OTP_ENOMEM, "systems");
    double before = 0;
    for (uint64_t i = 0; i < n; i++) {
        before = i == n / 10 ? bench_resident_bytes() : before;
        bench_must(otp_system_start(world, NULL, &systems[i]), "system");
    }
    double grown = bench_resident_bytes() - before;
    bench_result("system_bytes", grown / (double)(n - n / 10), "B");
    for (uint64_t i = 0; i < n; i++) {
        otp_system_stop(systems[i]);
    }
    free(systems);
}

int main(int argc, char **argv) {
    bench_flags(argc, argv, 10000);
    otp_world_opts opts = {.mode = OTP_PARALLEL, .schedulers = bench_schedulers()};
    otp_world *world;
    bench_must(otp_world_start(&opts, &world), "world");
    bytes_measure(world, bench_count() / 10);
    uint64_t started = bench_now_ns();
    starts_and_stops(world, bench_count());
    double taken_us = (double)(bench_now_ns() - started) / 1e3;
    bench_result("system_start_stop_us", taken_us / (double)bench_count(), "us");
    otp_world_stop(world);
    return 0;
}
