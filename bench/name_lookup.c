/* SPDX-License-Identifier: MIT */
/*
 * Look-ups of registered names per second, over 100,000 names.
 */
#include "bench/bench.h"

#include <stdio.h>

enum { NAMES = 100000 };

static otp_term names[NAMES];

static const otp_gen_server named_server = {.name = "named", .state_size = sizeof(uint64_t)};

static void names_register(void) {
    for (int i = 0; i < NAMES; i++) {
        char text[16];
        snprintf(text, sizeof text, "n%d", i);
        names[i] = otp_atom(text);
        bench_must(otp_register(names[i], bench_server(&named_server, otp_nil())), "register");
    }
}

static void names_find(uint64_t lookups) {
    for (uint64_t i = 0; i < lookups; i++) {
        if (otp_whereis(names[i % NAMES]).word == 0) {
            otp_exit(OTP_ATOM(name_lost));
        }
    }
}

static void body(otp_term unused) {
    (void)unused;
    names_register();
    names_find(NAMES);
    uint64_t started = bench_now_ns();
    names_find(bench_count());
    bench_rate("name_lookup", bench_count(), started);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 20 * NAMES});
}
