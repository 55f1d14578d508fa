/* SPDX-License-Identifier: MIT */
/*
 * Growth of resident memory for each live, idle gen_server, everything included: its record, its
 * place in the pid table, its state of one word.
 */
#include "bench/bench.h"

static const otp_gen_server idle_server = {.name = "idle", .state_size = sizeof(uint64_t)};

static void body(otp_term unused) {
    (void)unused;
    bench_server(&idle_server, otp_nil());
    double before = bench_resident_bytes();
    for (uint64_t i = 0; i < bench_count(); i++) {
        bench_server(&idle_server, otp_nil());
    }
    double grown = bench_resident_bytes() - before;
    bench_result("idle_bytes", grown / (double)bench_count(), "B");
}

int main(int argc, char **argv) {
    return bench_run(
        argc, argv,
        &(bench_plan){.body = body, .count = 1000000, .processes_most = UINT64_C(1) << 21});
}
