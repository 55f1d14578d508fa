/* SPDX-License-Identifier: MIT */
/*
 * How fast runs of simulated worlds are: a model with 50 commands on a gen_server, a property of
 * 100 such runs as a whole, and a server with three clients that call it five times each, in random
 * orders. All is recorded. There is one thread, whatever --schedulers says.
 */
#include "bench/bench.h"

#include <otp/gen_server.h>
#include <supertester/explore.h>
#include <supertester/model.h>

enum { COMMANDS = 50, RUNS_OF_PROPERTY = 100, CLIENTS = 3, CALLS = 5 };

/* ---- A counter ---- */

typedef struct counter {
    int64_t value;
} counter;

static otp_result counter_call(void *state, otp_term request, otp_from from) {
    counter *c = state;
    int64_t n;
    (void)from;
    if (otp_get_int(request, &n)) {
        c->value += n;
    }
    return otp_reply(otp_int(c->value));
}

static const otp_gen_server counter_server = {
    .name = "counter", .state_size = sizeof(counter), .handle_call = counter_call};

static otp_pid start_counter(void) {
    otp_pid pid;
    bench_must(otp_start_link(&counter_server, otp_nil(), NULL, &pid), "counter");
    return pid;
}

/* ---- Its model ---- */

static otp_term call(void *server, otp_term request) {
    otp_term reply = OTP_NONE;
    otp_err err = otp_call(*(otp_pid *)server, request, OTP_INFINITY, &reply);
    bench_must(err, "call");
    return reply;
}

static otp_term amount(const void *model) {
    (void)model;
    return otp_int(st_int(-100, 100));
}

static otp_term get(void *server, otp_term nothing) {
    (void)nothing;
    return call(server, OTP_ATOM(get));
}

static bool is_value(const void *model, otp_term nothing, otp_term reply) {
    int64_t value;
    (void)nothing;
    return otp_get_int(reply, &value) && value == ((const counter *)model)->value;
}

static bool is_sum(const void *model, otp_term n, otp_term reply) {
    int64_t value, added;
    return otp_get_int(reply, &value) && otp_get_int(n, &added) &&
           value == ((const counter *)model)->value + added;
}

static void sum(void *model, otp_term n, otp_term reply) {
    (void)n;
    (void)otp_get_int(reply, &((counter *)model)->value);
}

static const st_command commands[] = {
    {.name = "get", .run = get, .holds = is_value},
    {.name = "add", .draw = amount, .run = call, .holds = is_sum, .next = sum},
    {0},
};
static const st_model counter_model = {.size = sizeof(counter), .commands = commands};

static void model_scenario(void *unused) {
    (void)unused;
    otp_pid pid = start_counter();
    st_run_model(&counter_model, &pid,
                 &(st_model_opts){.commands_min = COMMANDS, .commands_max = COMMANDS});
}

/* ---- Clients ---- */

static void client(otp_term arg) {
    otp_pid pid, parent;
    bench_must(otp_match(arg, "{~p, ~p}", &pid, &parent) ? OTP_OK : OTP_EBADARG, "client");
    for (int i = 0; i < CALLS; i++) {
        call(&pid, OTP_ATOM(get));
    }
    otp_send(parent, OTP_ATOM(done));
}

static void clients_scenario(void *unused) {
    (void)unused;
    otp_pid pid = start_counter();
    otp_term message;
    for (int i = 0; i < CLIENTS; i++) {
        otp_spawn(client, otp_tuple(otp_from_pid(pid), otp_from_pid(otp_self())));
    }
    for (int i = 0; i < CLIENTS; i++) {
        bench_must(otp_receive(OTP_INFINITY, &message), "done");
    }
}

/* ---- Measuring ---- */

static void explore(const char *name, st_scenario *scenario, st_strategy strategy, uint64_t runs) {
    st_explore_opts opts = {.check = {.name = name, .runs = runs, .seed = 1, .no_proof = true},
                            .strategy = strategy};
    uint64_t started = bench_now_ns();
    bench_must(st_explore(scenario, &opts) == ST_HELD ? OTP_OK : OTP_EBADARG, name);
    bench_rate(name, runs, started);
}

static void property(void) {
    st_explore_opts opts = {.check = {.runs = RUNS_OF_PROPERTY, .seed = 1, .no_proof = true}};
    uint64_t started = bench_now_ns();
    bench_must(st_explore(model_scenario, &opts) == ST_HELD ? OTP_OK : OTP_EBADARG, "property");
    bench_result("property_100x50_ms", (double)(bench_now_ns() - started) / 1e6, "ms");
}

int main(int argc, char **argv) {
    bench_flags(argc, argv, 100000);
    property();
    explore("cases_model50", model_scenario, ST_RANDOM_WALK, bench_count());
    explore("explore_random", clients_scenario, ST_RANDOM_WALK, bench_count());
    explore("explore_pct", clients_scenario, ST_PCT, bench_count());
    return 0;
}
