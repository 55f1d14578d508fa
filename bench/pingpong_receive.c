/* SPDX-License-Identifier: MIT */
/*
 * Round trips per second between two processes that receive in a loop, each on a stack of its own.
 */
#include "bench/bench.h"

static void pong(otp_term arg) {
    otp_pid peer;
    if (!otp_get_pid(arg, &peer)) {
        return;
    }
    otp_term message;
    while (otp_receive(OTP_INFINITY, &message) == OTP_OK) {
        otp_send(peer, message);
    }
}

static void play(otp_pid peer, uint64_t round_trips) {
    for (; round_trips > 0; round_trips--) {
        otp_send(peer, OTP_ATOM(ball));
        bench_await(1);
    }
}

static void body(otp_term unused) {
    (void)unused;
    otp_pid peer = otp_spawn(pong, otp_from_pid(otp_self()));
    play(peer, 10000);
    uint64_t started = bench_now_ns();
    play(peer, bench_count());
    bench_rate("pingpong_receive", bench_count(), started);
    otp_kill(peer);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 5000000});
}
