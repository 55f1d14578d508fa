/* SPDX-License-Identifier: MIT */
/*
 * Processes per second, from spawn to the end of the last one. The spawner gives way now and then,
 * as a BEAM process does when its reductions are used up.
 */
#include "bench/bench.h"

enum { SPAWNS_BETWEEN_YIELDS = 256 };

static void noop(otp_term unused) {
    (void)unused;
}

static void spawn_all(uint64_t processes) {
    size_t before = otp_system_process_count(otp_system_here());
    for (uint64_t i = 1; i <= processes; i++) {
        otp_spawn(noop, otp_nil());
        if (i % SPAWNS_BETWEEN_YIELDS == 0) {
            otp_yield();
        }
    }
    while (otp_system_process_count(otp_system_here()) > before) {
        otp_yield();
    }
}

static void body(otp_term unused) {
    (void)unused;
    spawn_all(bench_count() / 10);
    uint64_t started = bench_now_ns();
    spawn_all(bench_count());
    bench_rate("spawn_exit", bench_count(), started);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 1000000});
}
