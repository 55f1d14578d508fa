/* SPDX-License-Identifier: MIT */
#include <otp/process.h>
#include <supertester/expect.h>
#include <supertester/explore.h>
#include "tests/unit.h"

#include <string.h>

static st_check_result result;

static st_verdict explore(st_scenario *scenario, st_strategy strategy, uint64_t runs) {
    st_explore_opts opts = {.check = {.runs = runs,
                                      .quiet = true,
                                      .no_proof = true,
                                      .seed = unit_seed() | 1,
                                      .result = &result},
                            .strategy = strategy};
    return st_explore(scenario, &opts);
}

/* ---- A message that has to overtake several others ---- */

enum { HOPS = 6 };

/* Passes a message on, as often as it says. */
static void passes(otp_term arg) {
    otp_pid home;
    int64_t hops;
    OTP_ASSERT(otp_match(arg, "{~p, ~i}", &home, &hops));
    if (hops == 0) {
        otp_send(home, OTP_ATOM(slow));
        return;
    }
    otp_spawn(passes, otp_tuple(otp_from_pid(home), otp_int(hops - 1)));
}

static void one_comes_first(void *unused) {
    otp_term first;
    (void)unused;
    otp_pid home = otp_self();
    otp_spawn(passes, otp_tuple(otp_from_pid(home), otp_int(HOPS)));
    otp_spawn(passes, otp_tuple(otp_from_pid(home), otp_int(0)));
    ST_ASSERT_OK(otp_receive(OTP_INFINITY, &first));
}

static void is_never_late(void *unused) {
    otp_term first;
    (void)unused;
    otp_pid home = otp_self();
    otp_spawn(passes, otp_tuple(otp_from_pid(home), otp_int(HOPS)));
    otp_send(home, OTP_ATOM(quick));
    for (int i = 0; i < 2; i++) {
        ST_ASSERT_OK(otp_receive(OTP_INFINITY, &first));
    }
    ST_EXPECT_TERM(first, "slow");
}

UNIT("each strategy runs a scenario that holds as often as asked") {
    for (st_strategy strategy = ST_PORTFOLIO; strategy < ST_STRATEGIES; strategy++) {
        CHECK_EQ(explore(one_comes_first, strategy, 60), ST_HELD);
        CHECK_EQ(result.runs, 60);
        CHECK_EQ(explore(is_never_late, strategy, 60), ST_HELD);
        CHECK(strlen(st_strategy_name(strategy)) > 0);
    }
}

/* Fails when the long way is the quicker one: some process has to wait for all the others. */
static void short_one(otp_term home) {
    otp_pid pid;
    OTP_ASSERT(otp_get_pid(home, &pid));
    otp_send(pid, OTP_ATOM(quick));
}

static void quick_is_quicker(void *unused) {
    otp_term first;
    (void)unused;
    otp_pid home = otp_self();
    otp_spawn(short_one, otp_from_pid(home));
    otp_spawn(passes, otp_tuple(otp_from_pid(home), otp_int(HOPS)));
    ST_ASSERT_OK(otp_receive(OTP_INFINITY, &first));
    ST_EXPECT_TERM(first, "quick");
}

UNIT("priorities find at once what a walk hardly meets: one process waits for a chain of others") {
    CHECK_EQ(explore(quick_is_quicker, ST_PCT, 100), ST_FALSIFIED);
    CHECK_EQ(explore(quick_is_quicker, ST_PORTFOLIO, 300), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "quick") != NULL);
    CHECK(result.failures[0].deviations <= result.failures[0].deviations_before);
}

UNIT("equal seeds explore equally") {
    CHECK_EQ(explore(quick_is_quicker, ST_PORTFOLIO, 300), ST_FALSIFIED);
    uint64_t runs = result.runs;
    char token[512];
    memcpy(token, result.failures[0].token, sizeof token);
    CHECK_EQ(explore(quick_is_quicker, ST_PORTFOLIO, 300), ST_FALSIFIED);
    CHECK_EQ(result.runs, runs);
    CHECK_STR(result.failures[0].token, token);
}
