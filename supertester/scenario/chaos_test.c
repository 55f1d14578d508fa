/* SPDX-License-Identifier: MIT */
#include "supertester/scenario/test_runs.h"

static otp_term draw_all(const char *intensity) {
    return st_chaos_scenario(&(st_chaos_opts){
        .events = otp_term_of("[crash_process, delay_messages, drop_messages, partition_network, "
                              "exhaust_resource]"),
        .intensity = intensity ? otp_atom(intensity) : OTP_NONE,
        .duration_ms = {500, 3000},
        .targets = otp_term_of("[worker_1, worker_2]"),
        .nodes = otp_term_of("[a@host, b@host, c@host]")});
}

static bool event_fits(otp_term event) {
    otp_term what;
    int64_t ms;
    double chance;
    return (otp_match(event, "{crash_process, ~a}", &what) &&
            (otp_is(what, "worker_1") || otp_is(what, "worker_2"))) ||
           (otp_match(event, "{delay_messages, ~i}", &ms) && ms >= 1 && ms <= 10) ||
           (otp_match(event, "{drop_messages, ~f}", &chance) && chance > 0 && chance <= 0.05) ||
           (otp_match(event, "{partition_network, ~l}", &what) && otp_length(what) >= 1 &&
            otp_length(what) <= 3) ||
           otp_match(event, "{exhaust_resource, ~a}", &what);
}

static bool scenarios_are_valid(void *unused) {
    (void)unused;
    otp_term events;
    int64_t ms;
    if (!otp_match(draw_all("low"), "#{duration_ms := ~i, events := ~l, intensity := low}", &ms,
                   &events)) {
        return false;
    }
    int64_t count = (int64_t)otp_length(events);
    bool valid =
        ms >= 500 && ms <= 3000 && count >= 1 && count * 1000 <= ms * 10 && count * 1000 >= ms;
    OTP_LIST_FOREACH (event, events) {
        valid &= event_fits(event);
    }
    return valid;
}

UNIT("scenarios have the events, the rate and the duration asked for") {
    CHECK_EQ(check(scenarios_are_valid, NULL, 1000), ST_HELD);
}

static char last[600];

static bool never_partitioned(void *unused) {
    (void)unused;
    otp_term drawn = draw_all(NULL);
    char text[4000];
    otp_print(drawn, text, sizeof text);
    if (strstr(text, "partition_network")) {
        memcpy(last, text, sizeof last - 1);
        return false;
    }
    return true;
}

UNIT("the simplest scenario that fails is found") {
    CHECK_EQ(check(never_partitioned, NULL, 1000), ST_FALSIFIED);
    CHECK_STR(last, "#{duration_ms => 500,events => [{partition_network,[a@host]}],"
                    "intensity => medium}");
}

static bool without_targets(void *unused) {
    (void)unused;
    otp_term drawn = st_chaos_scenario(
        &(st_chaos_opts){.events = otp_list(OTP_ATOM(crash_process), OTP_ATOM(partition_network)),
                         .intensity = OTP_ATOM(high)});
    OTP_LIST_FOREACH (event, otp_map_get(drawn, OTP_ATOM(events))) {
        if (!otp_match(event, "{crash_process, any}") &&
            !otp_match(event, "{partition_network, [any]}")) {
            return false;
        }
    }
    return otp_is(otp_map_get(drawn, OTP_ATOM(intensity)), "high");
}

UNIT("targets and nodes that are not given are any") {
    CHECK_EQ(check(without_targets, NULL, 200), ST_HELD);
}

static bool with_options(void *opts) {
    st_chaos_scenario(opts);
    return true;
}

UNIT("options that make no sense are refused") {
    otp_term crash = otp_list(OTP_ATOM(crash_process));
    CHECK(refused(with_options, &(st_chaos_opts){0}, ".events is not a list with elements"));
    CHECK(refused(with_options, &(st_chaos_opts){.events = otp_list(OTP_ATOM(flood))},
                  ".events: flood is none of them"));
    CHECK(refused(with_options, &(st_chaos_opts){.events = crash, .intensity = OTP_ATOM(extreme)},
                  ".intensity: extreme is none of them"));
    CHECK(refused(with_options, &(st_chaos_opts){.events = crash, .duration_ms = {9, 8}},
                  ".duration_ms: 9 is above 8"));
    CHECK(refused(with_options, &(st_chaos_opts){.events = crash, .event_rate = {5, 10000}},
                  "more than 10000 events"));
    CHECK(refused(with_options, &(st_chaos_opts){.events = crash, .targets = otp_list(otp_int(1))},
                  ".targets: 1 is no pid and no name"));
    CHECK(refused(with_options, &(st_chaos_opts){.events = crash, .nodes = otp_list(otp_int(1))},
                  ".nodes: 1 is no atom"));
}
