/* SPDX-License-Identifier: MIT */
#include "supertester/scenario/test_runs.h"

#include <stdio.h>

static otp_term draw_connect(void *unused) {
    (void)unused;
    return otp_tuple(OTP_ATOM(connect), st_bytes(0, 4));
}

static otp_term draw_authenticate(void *unused) {
    (void)unused;
    return otp_tuple(OTP_ATOM(authenticate), st_bytes(0, 4));
}

static otp_term draw_send(void *unused) {
    (void)unused;
    return otp_tuple(OTP_ATOM(send), st_bytes(0, 4));
}

static otp_term draw_protocol(void) {
    return st_message_sequence(&(st_message_opts){
        .messages =
            ST_OPERATIONS({.draw = draw_connect, .type = "connect"},
                          {.draw = draw_authenticate, .type = "authenticate"},
                          {.draw = draw_send, .type = "send"}, {.term = OTP_ATOM(disconnect)},
                          {.term = OTP_ATOM(ping)}, {.term = OTP_ATOM(quiet)}),
        .constraints =
            otp_term_of("[{requires, send, connect}, {requires, send, authenticate}, "
                        "{terminal, disconnect}, {once, connect}, {excludes, ping, quiet}]")});
}

enum { CONNECT, AUTHENTICATE, SEND, DISCONNECT, PING, QUIET, TYPES };

/* The constraints, told another way: by how often each type has come. */
static bool keeps_to_protocol(otp_term drawn, size_t *seen) {
    static const char *const types[] = {"connect",    "authenticate", "send",
                                        "disconnect", "ping",         "quiet"};
    OTP_LIST_FOREACH (message, drawn) {
        otp_term name = otp_arity(message) > 0 ? otp_element(message, 0) : message;
        size_t type = 0;
        while (type < TYPES && !otp_is(name, types[type])) {
            type++;
        }
        if (type == TYPES || seen[DISCONNECT] > 0 ||
            (type == SEND && (seen[CONNECT] == 0 || seen[AUTHENTICATE] == 0))) {
            return false;
        }
        seen[type]++;
    }
    return seen[CONNECT] <= 1 && (seen[PING] == 0 || seen[QUIET] == 0) && otp_length(drawn) <= 20;
}

static bool sequences_are_valid(void *unused) {
    (void)unused;
    size_t seen[TYPES] = {0};
    bool keeps = keeps_to_protocol(draw_protocol(), seen);
    st_cover(seen[SEND] > 0, 0.05, "sends");
    st_cover(seen[DISCONNECT] > 0, 0.05, "disconnects");
    return keeps;
}

UNIT("sequences keep all constraints and reach what is behind them") {
    CHECK_EQ(check(sequences_are_valid, NULL, 1000), ST_HELD);
}

static char last[300];
static bool all_kept;

/* Fails when the wanted types are there; each candidate of the shrinker is looked at, too. */
static bool never_all(void *wanted) {
    size_t seen[TYPES] = {0};
    otp_term drawn = draw_protocol();
    all_kept &= keeps_to_protocol(drawn, seen);
    for (const int *type = wanted; *type < TYPES; type++) {
        if (seen[*type] == 0) {
            return true;
        }
    }
    otp_print(drawn, last, sizeof last);
    return false;
}

UNIT("the shortest sequence that fails is found, and each on the way keeps the constraints") {
    int disconnect[] = {DISCONNECT, TYPES}, send[] = {SEND, TYPES};
    all_kept = true;
    CHECK_EQ(check(never_all, disconnect, 1000), ST_FALSIFIED);
    CHECK_STR(last, "[disconnect]");
    CHECK_EQ(check(never_all, send, 1000), ST_FALSIFIED);
    CHECK(strcmp(last, "[{connect,<<>>},{authenticate,<<>>},{send,<<>>}]") == 0 ||
          strcmp(last, "[{authenticate,<<>>},{connect,<<>>},{send,<<>>}]") == 0);
    CHECK(all_kept);
}

static bool ends_early(void *unused) {
    (void)unused;
    otp_term drawn = st_message_sequence(
        &(st_message_opts){.messages = ST_OPERATIONS({.term = OTP_ATOM(a)}, {.term = OTP_ATOM(b)}),
                           .constraints = otp_term_of("[{once, a}, {once, b}]")});
    return otp_length(drawn) <= 2;
}

UNIT("a sequence ends where nothing may come") {
    CHECK_EQ(check(ends_early, NULL, 200), ST_HELD);
}

/* ---- Misuse ---- */

static bool with_constraints(void *text) {
    st_message_sequence(
        &(st_message_opts){.messages = ST_OPERATIONS({.term = OTP_ATOM(a)}, {.term = OTP_ATOM(b)},
                                                     {.term = OTP_ATOM(c)}),
                           .constraints = otp_term_of(text)});
    return true;
}

UNIT("constraints that contradict one another are refused") {
    static const char *const cases[][2] = {
        {"[{requires, a, a}]", "a requires itself"},
        {"[{requires, a, b}, {requires, b, c}, {requires, c, a}]", "a requires itself"},
        {"[{requires, a, b}, {terminal, b}]", "a requires b, which is terminal"},
        {"[{requires, a, b}, {excludes, a, b}]", "which exclude each other"},
        {"[{requires, a, b}, {requires, a, c}, {excludes, c, b}]", "which exclude each other"},
        {"[{requires, a, b}, {requires, b, c}, {excludes, c, a}]", "which exclude each other"},
        {"[{once, other}]", "{once,other}: there is no message of a type it names"},
        {"[{requires, a, other}]", "there is no message of a type it names"},
        {"[{twice, a}]", "no constraint: {twice,a}"},
        {"[{once, a, b}]", "no constraint: {once,a,b}"},
        {"{once, a}", ".constraints is no list"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool as_said = refused(with_constraints, (void *)(uintptr_t)cases[i][0], cases[i][1]);
        if (!CHECK(as_said)) {
            printf("# %s: %s\n", cases[i][0], result.failures[0].text);
        }
    }
}

static bool without_type(void *unused) {
    (void)unused;
    st_message_sequence(&(st_message_opts){.messages = ST_OPERATIONS({.draw = draw_send})});
    return true;
}

static bool negative_length(void *unused) {
    (void)unused;
    st_message_sequence(
        &(st_message_opts){.messages = ST_OPERATIONS({.term = OTP_ATOM(a)}), .max_length = -1});
    return true;
}

UNIT("messages without a type, and lengths that are none, are refused") {
    CHECK(refused(without_type, NULL, "give it a .type"));
    CHECK(refused(negative_length, NULL, ".max_length: 0 is above -1"));
}
