/* SPDX-License-Identifier: MIT */
#include "supertester/scenario/test_runs.h"

static otp_term draw_config(void) {
    return st_supervisor_config(
        &(st_supervisor_opts){.children = {2, 5}, .max_restarts = {ST_ZERO, 3}});
}

static bool configs_are_valid(void *unused) {
    (void)unused;
    otp_term strategy, specs, restart;
    int64_t n, intensity, period;
    bool valid = otp_match(draw_config(),
                           "#{strategy := ~a, num_children := ~i, max_restarts := ~i, "
                           "max_seconds := ~i, child_specs := ~l}",
                           &strategy, &n, &intensity, &period, &specs);
    if (!valid) {
        return false;
    }
    OTP_LIST_FOREACH (spec, specs) {
        valid &= otp_match(spec, "#{id := _, restart := ~a}", &restart) &&
                 (otp_is(restart, "permanent") || otp_is(restart, "temporary") ||
                  otp_is(restart, "transient"));
    }
    st_cover(otp_is(strategy, "rest_for_one"), 0.1, "rest_for_one");
    st_cover(intensity == 0, 0.05, "no restarts");
    return valid && n >= 2 && n <= 5 && otp_length(specs) == (size_t)n && intensity >= 0 &&
           intensity <= 3 && period >= 1 && period <= 10;
}

UNIT("configurations are valid, and of all kinds") {
    CHECK_EQ(check(configs_are_valid, NULL, 1000), ST_HELD);
}

static char last[600];

static bool without_transient(void *unused) {
    (void)unused;
    otp_term drawn = st_supervisor_config(NULL);
    otp_print(drawn, last, sizeof last);
    return strstr(last, "transient") == NULL;
}

UNIT("the simplest configuration that fails is found") {
    CHECK_EQ(check(without_transient, NULL, 1000), ST_FALSIFIED);
    CHECK_STR(last, "#{child_specs => [#{id => child_1,restart => transient}],max_restarts => 1,"
                    "max_seconds => 1,num_children => 1,strategy => one_for_one}");
}

static bool with_strategies(void *text) {
    st_supervisor_config(&(st_supervisor_opts){.strategies = otp_term_of(text)});
    return true;
}

static bool with_children(void *range) {
    st_supervisor_config(&(st_supervisor_opts){.children = *(st_range *)range});
    return true;
}

UNIT("options that make no sense are refused") {
    CHECK(refused(with_strategies, "[one_for_none]", ".strategies: one_for_none is none of them"));
    CHECK(refused(with_strategies, "[]", ".strategies is not a list with elements"));
    CHECK(refused(with_children, &(st_range){4, 3}, ".children: 4 is above 3"));
    CHECK(refused(with_children, &(st_range){1, 65}, "not within 1..64"));
}

/* ---- Started ---- */

static otp_pid a_child_of(otp_pid supervisor, size_t number) {
    otp_term children, child;
    otp_pid pid = OTP_PID_NONE;
    ST_ASSERT_OK(otp_supervisor_which_children(otp_from_pid(supervisor), &children));
    while (number-- > 0) {
        children = otp_tail(children);
    }
    child = otp_head(children);
    ST_ASSERT(otp_get_pid(otp_element(child, 1), &pid));
    return pid;
}

static void kill_a_child(void *unused) {
    (void)unused;
    otp_term config = st_supervisor_config(NULL);
    size_t n = otp_length(otp_map_get(config, OTP_ATOM(child_specs)));
    otp_pid supervisor = st_start_supervisor_config(config, NULL);
    ST_ASSERT(st_verify_supervisor_state(supervisor, config));
    otp_kill(a_child_of(supervisor, st_index(n)));
    st_verify_supervisor_state(supervisor, config);
}

UNIT("a supervisor recovers from the death of any child, whatever its configuration") {
    CHECK_EQ(explore(kill_a_child, NULL, 300), ST_HELD);
}

static void another_config(void *text) {
    otp_term config = otp_term_of("#{strategy => one_for_one, num_children => 2, max_restarts => 1,"
                                  " max_seconds => 5, child_specs => [#{id => child_1, restart => "
                                  "permanent}, #{id => child_2, restart => temporary}]}");
    otp_pid supervisor = st_start_supervisor_config(config, NULL);
    st_verify_supervisor_state(supervisor, otp_term_of(text));
}

UNIT("a supervisor that is not as configured is told, with the difference") {
    CHECK_EQ(explore(another_config,
                     "#{strategy => one_for_one, num_children => 1, max_restarts => 1, max_seconds "
                     "=> 5, child_specs => [#{id => child_1, restart => permanent}]}",
                     1),
             ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "child_2 is no child of the configuration") != NULL);
    CHECK_EQ(explore(another_config,
                     "#{strategy => one_for_one, num_children => 1, max_restarts => 1, max_seconds "
                     "=> 5, child_specs => [#{id => child_9, restart => permanent}]}",
                     1),
             ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "child_9 is not there") != NULL);
    CHECK_EQ(explore(another_config, "nothing", 1), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "no configuration of a supervisor: nothing") != NULL);
}

static void gives_up(void *unused) {
    (void)unused;
    otp_term config = st_supervisor_config(&(st_supervisor_opts){
        .max_restarts = {ST_ZERO, ST_ZERO}, .child_restart_types = otp_list(OTP_ATOM(permanent))});
    otp_pid supervisor = st_start_supervisor_config(config, NULL);
    otp_kill(a_child_of(supervisor, 0));
    st_verify_supervisor_state(supervisor, config);
}

UNIT("a supervisor that has given up is not as configured") {
    CHECK_EQ(explore(gives_up, NULL, 20), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "it does not answer") != NULL);
}
