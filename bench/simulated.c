/* SPDX-License-Identifier: MIT */
/*
 * A simulated world with random choices, all of them recorded: casts per second, and the time to
 * set it back for the next run.
 *
 * Eight gen_servers stand in a ring; four casts go around it at the same time, so that almost every
 * step is a choice among several events.
 */
#include "bench/bench.h"

#include <supertester/choices.h>

enum { SERVERS = 8, TOKENS = 4, CASTS_OF_A_RUN = 100000, RESETS = 10000 };

typedef struct node {
    otp_pid next;
} node;

static otp_result node_cast(void *state, otp_term request) {
    node *n = state;
    int64_t left;
    if (!otp_get_int(request, &left)) {
        (void)otp_get_pid(request, &n->next);
    } else if (left > 0) {
        otp_cast(n->next, otp_int(left - 1));
    }
    return otp_noreply();
}

static const otp_gen_server node_server = {
    .name = "node", .state_size = sizeof(node), .handle_cast = node_cast};

/* Sets the servers up and gives each token so many hops. */
static void ring_begin(otp_term hops) {
    otp_pid servers[SERVERS];
    for (int i = 0; i < SERVERS; i++) {
        servers[i] = bench_server(&node_server, otp_nil());
    }
    for (int i = 0; i < SERVERS; i++) {
        otp_cast(servers[i], otp_from_pid(servers[(i + 1) % SERVERS]));
    }
    for (int i = 0; i < TOKENS; i++) {
        otp_cast(servers[i * SERVERS / TOKENS], hops);
    }
}

/* One run: the ring until nothing moves any more. */
static void ring_run(otp_world *world, uint64_t casts) {
    otp_system *system;
    bench_must(otp_system_start(world, NULL, &system), "system");
    otp_term hops = otp_int((int64_t)casts / TOKENS - 1);
    bench_must(otp_run(system, ring_begin, hops, OTP_INFINITY, NULL), "run");
    bench_must(otp_world_run(world, OTP_INFINITY, NULL), "world run");
}

static void events_measure(otp_world *world, const otp_world_opts *opts, st_choices *choices) {
    uint64_t runs = (bench_count() + CASTS_OF_A_RUN - 1) / CASTS_OF_A_RUN;
    uint64_t started = bench_now_ns();
    for (uint64_t run = 0; run < runs; run++) {
        st_choices_from_seed(choices, run + 1);
        bench_must(otp_world_reset(world, opts), "reset");
        ring_run(world, CASTS_OF_A_RUN);
        if (!st_choices_complete(choices) || st_choices_count(choices) < CASTS_OF_A_RUN / 2) {
            bench_must(OTP_ELIMIT, "the record of choices");
        }
    }
    bench_rate("simulated_events", runs * CASTS_OF_A_RUN, started);
}

/* Only the time inside of the resets counts. */
static void reset_measure(otp_world *world, const otp_world_opts *opts, st_choices *choices) {
    uint64_t in_resets = 0;
    uint64_t started = bench_now_ns();
    for (uint64_t i = 0; i < RESETS; i++) {
        st_choices_from_seed(choices, i + 1);
        ring_run(world, TOKENS);
        uint64_t before = bench_now_ns();
        bench_must(otp_world_reset(world, opts), "reset");
        in_resets += bench_now_ns() - before;
    }
    double all = (double)(bench_now_ns() - started);
    bench_result("simulated_reset_us", (double)in_resets / 1e3 / RESETS, "us");
    bench_result("simulated_short_run_us", all / 1e3 / RESETS, "us");
}

int main(int argc, char **argv) {
    bench_flags(argc, argv, 5000000);
    st_choices *choices = st_choices_new();
    bench_must(choices ? OTP_OK : OTP_ENOMEM, "choices");
    st_choices_from_seed(choices, 1);
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = st_choices_chooser(choices)};
    otp_world *world;
    bench_must(otp_world_start(&opts, &world), "world");
    events_measure(world, &opts, choices);
    bench_must(otp_world_reset(world, &opts), "reset");
    reset_measure(world, &opts, choices);
    otp_world_stop(world);
    st_choices_free(choices);
    return 0;
}
