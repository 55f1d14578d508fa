/* SPDX-License-Identifier: MIT */
/*
 * Calls per second of 100 callers to one gen_server, with a timeout.
 */
#include "bench/calls.h"

static void body(otp_term unused) {
    (void)unused;
    calls_measure("call_100", 100);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 2000000});
}
