/* SPDX-License-Identifier: MIT */
/*
 * Calls per second of one caller to one gen_server, with a timeout.
 */
#include "bench/calls.h"

static void body(otp_term unused) {
    (void)unused;
    calls_measure("call_1", 1);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 2000000});
}
