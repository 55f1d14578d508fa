/* SPDX-License-Identifier: MIT */
#include "supertester/scenario/test_runs.h"

static otp_term draw_clients(bool synchronized) {
    return st_concurrent_scenario(&(st_concurrent_opts){
        .operations = ST_OPERATIONS({.term = OTP_ATOM(increment)}, {.draw = draw_add},
                                    {.term = otp_term_of("{cast, increment}")}),
        .processes = {2, 4},
        .operations_per_process = {0, 3},
        .synchronized_start = synchronized,
        .delay_ms = synchronized ? (st_range){0, 20} : (st_range){0, 0}});
}

static bool scenario_fits(otp_term drawn, bool synchronized) {
    otp_term lists, timing, delays;
    int64_t n, ms;
    bool at_once;
    if (!otp_match(drawn, "#{num_processes := ~i, operations := ~l, timing := ~t}", &n, &lists,
                   &timing) ||
        n < 2 || n > 4 || otp_length(lists) != (size_t)n) {
        return false;
    }
    OTP_LIST_FOREACH (list, lists) {
        if (otp_length(list) > 3) {
            return false;
        }
    }
    if (!synchronized) {
        return otp_is(timing, "nil");
    }
    if (!otp_match(timing, "#{synchronized_start := ~o, delays_ms := ~l}", &at_once, &delays) ||
        !at_once || otp_length(delays) != (size_t)n) {
        return false;
    }
    OTP_LIST_FOREACH (delay, delays) {
        if (!otp_get_int(delay, &ms) || ms < 0 || ms > 20) {
            return false;
        }
    }
    return true;
}

static bool scenarios_are_valid(void *synchronized) {
    bool at_once = *(bool *)synchronized;
    return scenario_fits(draw_clients(at_once), at_once);
}

UNIT("scenarios have the processes, operations and timing asked for") {
    bool at_once = false;
    CHECK_EQ(check(scenarios_are_valid, &at_once, 1000), ST_HELD);
    at_once = true;
    CHECK_EQ(check(scenarios_are_valid, &at_once, 1000), ST_HELD);
}

static otp_term step(otp_term state, otp_term operation) {
    int64_t value = 0, n = 1;
    OTP_ASSERT(otp_get_int(state, &value));
    (void)otp_match(operation, "{add, ~i}", &n);
    return otp_int(value + n);
}

static char last[300];

static bool stays_small(void *unused) {
    (void)unused;
    int64_t sum = 0;
    otp_term drawn = draw_clients(true);
    OTP_ASSERT(otp_get_int(st_calculate_expected_state(drawn, otp_int(0), step), &sum));
    if (sum >= 500) {
        otp_print(drawn, last, sizeof last);
    }
    return sum < 500;
}

UNIT("processes, operations, parameters and delays shrink") {
    CHECK_EQ(check(stays_small, NULL, 1000), ST_FALSIFIED);
    CHECK(strstr(last, "num_processes => 2") != NULL);
    CHECK(strstr(last, "[[],[{add,500}]]") != NULL || strstr(last, "[[{add,500}],[]]") != NULL);
    CHECK(strstr(last, "delays_ms => [0,0]") != NULL);
}

static void execute(void *synchronized) {
    otp_pid pid;
    otp_term drawn = draw_clients(*(bool *)synchronized), lists, ok;
    ST_ASSERT_OK(otp_start_link(&counter_server, otp_nil(), NULL, &pid));
    otp_term results = st_execute_concurrent_scenario(pid, drawn);
    ST_ASSERT(otp_match(drawn, "#{operations := ~l}", &lists));
    ST_ASSERT_EQ(otp_length(results), otp_length(lists));
    OTP_LIST_FOREACH (each, results) {
        ST_ASSERT(otp_match(each, "{ok, ~l}", &ok));
        ST_EXPECT_EQ(otp_length(ok), otp_length(otp_head(lists)));
        lists = otp_tail(lists);
    }
    ST_EXPECT_EQ(st_get_state(pid), st_calculate_expected_state(drawn, otp_int(0), step));
}

UNIT("a server is given all operations, in any order of the processes") {
    bool at_once = false;
    CHECK_EQ(explore(execute, &at_once, 200), ST_HELD);
    at_once = true;
    CHECK_EQ(explore(execute, &at_once, 200), ST_HELD);
}

static void execute_crash(void *unused) {
    (void)unused;
    otp_pid pid;
    ST_ASSERT_OK(otp_start(&counter_server, otp_nil(), NULL, &pid));
    otp_term drawn = otp_term_of(
        "#{num_processes => 2, timing => nil, operations => [[increment, crash, increment], []]}");
    otp_term results = st_execute_concurrent_scenario(pid, drawn);
    ST_EXPECT_TERM(results, "[{error, crashed}, {ok, []}]");
    results = st_execute_concurrent_scenario(pid, drawn);
    ST_EXPECT_TERM(results, "[{error, noproc}, {ok, []}]");
}

UNIT("the process whose operation got no answer says why") {
    CHECK_EQ(explore(execute_crash, NULL, 100), ST_HELD);
}

static void execute_none(void *text) {
    st_execute_concurrent_scenario(OTP_ATOM(nobody), otp_term_of(text));
}

UNIT("what is no scenario is refused") {
    static const char *const texts[] = {
        "nothing",
        "#{num_processes => 2, operations => [[a]], timing => nil}",
        "#{num_processes => 1, operations => [a], timing => nil}",
        "#{num_processes => 1, operations => [[a]], timing => soon}",
        "#{num_processes => 1, operations => [[a]], timing => #{delays_ms => [1, 2]}}",
        ("#{num_processes => 1, operations => [[a]], "
         "timing => #{synchronized_start => true, delays_ms => [1, 2]}}"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK_EQ(explore(execute_none, (void *)(uintptr_t)texts[i], 1), ST_FALSIFIED);
        CHECK(strstr(result.failures[0].text, "no concurrent scenario") != NULL);
    }
}

static bool with_range(void *processes) {
    st_concurrent_scenario(&(st_concurrent_opts){.operations = ST_OPERATIONS({.term = OTP_ATOM(a)}),
                                                 .processes = *(st_range *)processes});
    return true;
}

UNIT("ranges that make no sense are refused") {
    CHECK(refused(with_range, &(st_range){3, 2}, ".processes: 3 is above 2"));
    CHECK(refused(with_range, &(st_range){0, 2}, ".processes: 0..2 is not within 1..1000"));
}
