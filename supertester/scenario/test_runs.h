/* SPDX-License-Identifier: MIT */
/*
 * Running properties and explorations of scenarios in unit tests, and counters to run them on.
 */
#ifndef SUPERTESTER_SCENARIO_TEST_RUNS_H
#define SUPERTESTER_SCENARIO_TEST_RUNS_H

#include "tests/unit.h"

#include <otp/gen_server.h>
#include <string.h>
#include <supertester/explore.h>
#include <supertester/scenario.h>

static st_check_result result;

static inline st_check_opts run_opts(void *context, uint64_t runs) {
    return (st_check_opts){.context = context,
                           .runs = runs,
                           .quiet = true,
                           .no_proof = true,
                           .seed = unit_seed() | 1,
                           .result = &result};
}

static inline st_verdict check(st_property *property, void *context, uint64_t runs) {
    st_check_opts opts = run_opts(context, runs);
    return st_check(property, &opts);
}

static inline st_verdict explore(st_scenario *scenario, void *context, uint64_t runs) {
    st_explore_opts opts = {.check = run_opts(context, runs)};
    return st_explore(scenario, &opts);
}

/* The property is refused, with that text. */
static inline bool refused(st_property *property, void *context, const char *text) {
    return check(property, context, 1) == ST_FALSIFIED &&
           strstr(result.failures[0].text, text) != NULL;
}

/* A counter: increment, {add, N}, crash. Crash ends it without an answer. */
typedef struct counter {
    int64_t value;
} counter;

static inline otp_result counter_call(void *state, otp_term request, otp_from from) {
    counter *c = state;
    int64_t n = 1;
    (void)from;
    if (otp_is(request, "crash")) {
        return otp_stop(OTP_ATOM(crashed));
    }
    if (otp_is(request, "increment") || otp_match(request, "{add, ~i}", &n)) {
        c->value += n;
    }
    return otp_reply(otp_int(c->value));
}

static inline otp_result counter_cast(void *state, otp_term request) {
    (void)request;
    ((counter *)state)->value++;
    return otp_noreply();
}

static inline otp_term counter_describe(const void *state) {
    return otp_int(((const counter *)state)->value);
}

static const otp_gen_server counter_server = {.name = "counter",
                                              .state_size = sizeof(counter),
                                              .handle_call = counter_call,
                                              .handle_cast = counter_cast,
                                              .describe = counter_describe};

static inline otp_term draw_add(void *unused) {
    (void)unused;
    return otp_tuple(OTP_ATOM(add), otp_int(st_int(0, 1000)));
}

#endif
