/* SPDX-License-Identifier: MIT */
#include "supertester/scenario/test_runs.h"

static int64_t total(otp_term operations) {
    int64_t sum = 0, n;
    OTP_LIST_FOREACH (operation, operations) {
        sum += otp_match(operation, "{add, ~i}", &n) ? n : otp_is(operation, "increment");
    }
    return sum;
}

static otp_term draw_some(void) {
    return st_operation_sequence(
        &(st_operation_opts){.operations = ST_OPERATIONS({.term = OTP_ATOM(increment), .weight = 3},
                                                         {.draw = draw_add, .type = "add"}),
                             .min_length = 2,
                             .max_length = 9});
}

static bool sequences_are_valid(void *unused) {
    (void)unused;
    otp_term drawn = draw_some();
    size_t length = otp_length(drawn);
    bool valid = length >= 2 && length <= 9;
    OTP_LIST_FOREACH (each, drawn) {
        int64_t n = 0;
        valid &=
            otp_is(each, "increment") || (otp_match(each, "{add, ~i}", &n) && n >= 0 && n <= 1000);
    }
    return valid;
}

UNIT("sequences have the lengths and the operations asked for") {
    CHECK_EQ(check(sequences_are_valid, NULL, 1000), ST_HELD);
}

static bool default_lengths(void *unused) {
    (void)unused;
    size_t length = otp_length(st_operation_sequence(&(st_operation_opts){
        .operations = ST_OPERATIONS({.term = OTP_ATOM(a)}, {.term = OTP_ATOM(b)})}));
    st_cover(length > 20, 0.01, "long");
    return length >= 1 && length <= 50;
}

static bool may_be_empty(void *unused) {
    (void)unused;
    return otp_length(st_operation_sequence(&(st_operation_opts){
               .operations = ST_OPERATIONS({.term = OTP_ATOM(a)}), .min_length = ST_ZERO})) > 0;
}

UNIT("by default they have 1 to 50 operations; ST_ZERO allows none") {
    CHECK_EQ(check(default_lengths, NULL, 1000), ST_HELD);
    CHECK_EQ(check(may_be_empty, NULL, 100), ST_FALSIFIED);
}

static char last[200];

static bool stays_small(void *unused) {
    (void)unused;
    otp_term drawn = draw_some();
    if (total(drawn) >= 500) {
        otp_print(drawn, last, sizeof last);
        return false;
    }
    return true;
}

UNIT("both the length and the parameters shrink") {
    CHECK_EQ(check(stays_small, NULL, 1000), ST_FALSIFIED);
    /* One that adds what is missing, and the simplest one, as there are two at least. */
    CHECK(strcmp(last, "[increment,{add,499}]") == 0 || strcmp(last, "[{add,499},increment]") == 0);
}

static bool no_operations(void *unused) {
    (void)unused;
    st_operation_sequence(&(st_operation_opts){0});
    return true;
}

static bool no_atom(void *unused) {
    (void)unused;
    st_operation_sequence(&(st_operation_opts){.operations = ST_OPERATIONS({.term = otp_int(7)})});
    return true;
}

static bool lengths_crossed(void *unused) {
    (void)unused;
    st_operation_sequence(&(st_operation_opts){
        .operations = ST_OPERATIONS({.term = OTP_ATOM(a)}), .min_length = 5, .max_length = 4});
    return true;
}

static bool wrong_type(void *unused) {
    (void)unused;
    st_operation_sequence(
        &(st_operation_opts){.operations = ST_OPERATIONS({.draw = draw_add, .type = "put"})});
    return true;
}

static bool too_heavy(void *unused) {
    (void)unused;
    st_operation_sequence(&(st_operation_opts){
        .operations = ST_OPERATIONS({.term = OTP_ATOM(a), .weight = UINT32_MAX})});
    return true;
}

UNIT("options that make no sense are refused") {
    CHECK(refused(no_operations, NULL, "there are no operations"));
    CHECK(refused(no_atom, NULL, "operation 0 is no atom and no tuple: 7"));
    CHECK(refused(lengths_crossed, NULL, ".min_length, .max_length: 5 is above 4"));
    CHECK(refused(wrong_type, NULL, "what draws put has drawn {add,"));
    CHECK(refused(too_heavy, NULL, "at most 1000000"));
}

/* ---- On a server ---- */

static bool small_enough(otp_term state) {
    int64_t value;
    return otp_get_int(state, &value) && value < 600;
}

static void execute(void *verifies) {
    otp_pid pid;
    otp_term operations = draw_some();
    ST_ASSERT_OK(otp_start_link(&counter_server, otp_nil(), NULL, &pid));
    otp_term replies = st_execute_operation_sequence(pid, operations);
    ST_EXPECT_EQ(otp_length(replies), otp_length(operations));
    ST_EXPECT_EQ(st_get_state(pid), otp_int(total(operations)));
    if (*(bool *)verifies) {
        st_verify_genserver_invariants(pid, small_enough);
    }
}

UNIT("a server is given the operations, and its state is verified") {
    bool verifies = false;
    CHECK_EQ(explore(execute, &verifies, 200), ST_HELD);
    verifies = true;
    CHECK_EQ(explore(execute, &verifies, 200), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "the invariant small_enough does not hold") != NULL);
    CHECK(strstr(result.failures[0].text, "state 600") != NULL);
}

static void execute_no_list(void *unused) {
    (void)unused;
    st_execute_operation_sequence(OTP_ATOM(nobody), OTP_ATOM(no_list));
}

UNIT("what is no list of operations is refused") {
    CHECK_EQ(explore(execute_no_list, NULL, 1), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "no list of operations: no_list") != NULL);
}
