/* SPDX-License-Identifier: MIT */
#include <supertester/check.h>
#include <supertester/expect.h>
#include "tests/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static st_check_result result;

static st_verdict check(st_property *property, st_check_opts opts) {
    opts.quiet = true;
    opts.contained = true;
    opts.seed = unit_seed() | 1;
    opts.result = &result;
    return st_check(property, &opts);
}

static bool holds(void *runs) {
    (*(int *)runs)++;
    return st_int(0, 1000000) >= 0;
}

UNIT("what holds holds in children, too, and what they change is lost") {
    int runs = 0;
    CHECK_EQ(check(holds, (st_check_opts){.context = &runs, .runs = 20}), ST_HELD);
    CHECK_EQ(result.runs, 20);
    CHECK_EQ(runs, 0);
}

static void end(int64_t how) {
    if (how == 0) {
        raise(SIGSEGV);
    } else if (how == 1) {
        abort();
    } else {
        _exit(3); /* no leak check at the exit */
    }
}

static bool ends_at_large_values(void *how) {
    int64_t a = st_int(0, 1000), b = st_int(0, 1000);
    if (a >= 500 && b >= 3) {
        end(*(const int64_t *)how);
    }
    return true;
}

UNIT("a crash, an abort and an exit are shrunk as any failure is") {
    static const char *const texts[] = {"crash: SIGSEGV", "crash: SIGABRT",
                                        "crash: the process exited with code 3"};
    for (int64_t how = 0; how < 3; how++) {
        CHECK_EQ(check(ends_at_large_values, (st_check_opts){.context = &how, .runs = 200}),
                 ST_FALSIFIED);
        CHECK_EQ(result.failure_count, 1);
        CHECK(strncmp(result.failures[0].text, texts[how], strlen(texts[how])) == 0);
        CHECK_EQ(result.failures[0].choices, 2);
        char token[512];
        memcpy(token, result.failures[0].token, sizeof token);
        CHECK_EQ(check(ends_at_large_values, (st_check_opts){.context = &how, .replay = token}),
                 ST_FALSIFIED);
    }
}

static char report[4096];
static void keep_report(void *context, const char *text) {
    (void)context;
    strncpy(report, text, sizeof report - 1);
}

UNIT("the report tells what was drawn before the crash") {
    int64_t how = 1;
    st_check_opts opts = {.context = &how,
                          .contained = true,
                          .seed = unit_seed() | 1,
                          .runs = 200,
                          .print = keep_report};
    CHECK_EQ(st_check(ends_at_large_values, &opts), ST_FALSIFIED);
    CHECK(strstr(report, "crash: SIGABRT") != NULL);
    CHECK(strstr(report, "500") != NULL);
}

static bool never_ends(void *unused) {
    (void)unused;
    volatile bool on = st_int(0, 9) == 7;
    while (on) {}
    return true;
}

UNIT("what does not come to its end is a hang") {
    CHECK_EQ(check(never_ends, (st_check_opts){.contained_ms_max = 100}), ST_FALSIFIED);
    CHECK(strncmp(result.failures[0].text, "hang:", 5) == 0);
}

static bool crashes_in_two_ways(void *unused) {
    (void)unused;
    int64_t a = st_int(0, 1000);
    if (a >= 900) {
        abort();
    }
    if (a >= 300) {
        raise(SIGFPE);
    }
    return true;
}

UNIT("two crashes are told apart") {
    CHECK_EQ(check(crashes_in_two_ways, (st_check_opts){.runs = 1000, .large_first = true}),
             ST_FALSIFIED);
    CHECK(result.failure_count >= 1);
    for (uint32_t i = 0; i < result.failure_count; i++) {
        CHECK(strcmp(result.failures[i].text, "crash: SIGABRT") == 0 ||
              strcmp(result.failures[i].text, "crash: SIGFPE") == 0);
    }
}
