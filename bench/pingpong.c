/* SPDX-License-Identifier: MIT */
/*
 * Round trips per second between two gen_servers, each of which answers from its handle_info.
 */
#include "bench/bench.h"

typedef struct player {
    otp_pid peer;
    otp_pid report; /* who hears of the end; only the first player has one */
    int64_t left;
} player;

/* {Peer, Report, RoundTrips} begins a game of the first player, Peer makes somebody the second. */
static otp_result player_info(void *state, otp_term message) {
    player *p = state;
    if (otp_is_atom(message)) {
        if (p->report.word != 0 && --p->left == 0) {
            otp_send(p->report, message);
        } else {
            otp_send(p->peer, message);
        }
    } else if (!otp_get_pid(message, &p->peer) &&
               otp_match(message, "{~p, ~p, ~i}", &p->peer, &p->report, &p->left)) {
        otp_send(p->peer, OTP_ATOM(ball));
    }
    return otp_noreply();
}

static const otp_gen_server player_server = {
    .name = "player", .state_size = sizeof(player), .handle_info = player_info};

static void play(otp_pid first, otp_pid second, uint64_t round_trips) {
    otp_send(first, otp_tuple(otp_from_pid(second), otp_from_pid(otp_self()),
                              otp_int((int64_t)round_trips)));
    bench_await(1);
}

static void body(otp_term unused) {
    (void)unused;
    otp_pid first = bench_server(&player_server, otp_nil());
    otp_pid second = bench_server(&player_server, otp_nil());
    otp_send(second, otp_from_pid(first));
    play(first, second, 10000);
    uint64_t started = bench_now_ns();
    play(first, second, bench_count());
    bench_rate("pingpong", bench_count(), started);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 5000000});
}
