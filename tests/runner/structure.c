/* SPDX-License-Identifier: MIT */
/*
 * Cases, fixtures, skips and expected ends where they fail, for golden.sh. What the run's fixture
 * does, and which of two programs this is, the environment says.
 */
#include <supertester/supertester.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool asked_for(const char *what) {
    const char *asked = getenv("STRUCTURE");
    return asked && strcmp(asked, what) == 0;
}

/* ---- The run ---- */

static void set_up_run(void *data) {
    *(int *)data = 5;
    if (asked_for("run_fails")) {
        ST_ASSERT_EQ(*(int *)data, 6);
    }
    if (asked_for("run_skips")) {
        st_skip("no %s here", "network");
    }
}

static void tear_down_run(void *data) {
    if (asked_for("run_teardown_fails")) {
        ST_EXPECT_EQ(*(int *)data, 7);
    }
}

ST_RUN(.size = sizeof(int), .setup = set_up_run, .teardown = tear_down_run);

/* ---- Cases ---- */

static const struct {
    const char *name;
    int apples;
} rows[] = {{"none", 0}, {"three", 3}, {"-1", -1}};

ST_TEST(cases, are_named, .cases = ST_CASES(rows), .tags = "quick") {
    const __typeof__(rows[0]) *row = st_case_data();
    ST_EXPECT_GE(row->apples, 0);
}

static const struct {
    const char *name;
} bad_rows[] = {{"fine"}, {"not fine"}}, nameless_rows[] = {{NULL}}, twins[] = {{"a"}, {"a"}};

static bool by_wish(size_t index, st_case *out) {
    if (asked_for("bad_name") || asked_for("twins") || asked_for("nameless")) {
        const char *name = asked_for("bad_name") ? bad_rows[index % 2].name
                           : asked_for("twins")  ? twins[index % 2].name
                                                 : nameless_rows[0].name;
        snprintf(out->name, sizeof out->name, "%s", name ? name : "");
        return index < 2;
    }
    snprintf(out->name, sizeof out->name, "%zu", index);
    return asked_for("endless") || (index < 1 && !asked_for("no_cases"));
}

ST_TEST(cases, of_a_function, .cases = ST_CASES_FROM(by_wish), .tags = "quick numbers") {
}

/* ---- Suites ---- */

static void fail_suite(void *data) {
    (void)data;
    ST_FAIL("the suite has no luck");
}

ST_SUITE(unlucky, .setup = fail_suite);

ST_TEST(unlucky, first) {
}
ST_TEST(unlucky, second, .fails = true) {
}

static void skip_suite(void *data) {
    (void)data;
    st_skip("not on this machine");
}

ST_SUITE(absent, .setup = skip_suite);

ST_TEST(absent, first) {
}

ST_SUITE(messy, .size = 16, .teardown = fail_suite);

ST_TEST(messy, first) {
}
ST_TEST(messy, last) {
}

static void crash_suite(void *data) {
    (void)data;
    abort();
}

ST_SUITE(crashing, .setup = crash_suite);

ST_TEST(crashing, first) {
}

ST_SUITE(crashing_late, .teardown = crash_suite);

ST_TEST(crashing_late, first) {
}
ST_TEST(crashing_later, not_concerned) {
}

static volatile bool forever = true;

static void hang_suite(void *data) {
    (void)data;
    while (forever) {}
}

ST_SUITE(hanging, .setup = hang_suite);

ST_TEST(hanging, first) {
}

static void make_scratch(void *data) {
    (void)data;
    ST_ASSERT_EQ(mkdir("scratch", 0755), 0);
}

static void remove_scratch(void *data) {
    (void)data;
    ST_ASSERT_EQ(rmdir("scratch"), 0);
}

ST_SUITE(scratch, .setup = make_scratch, .teardown = remove_scratch);

ST_TEST(scratch, fails) {
    ST_FAIL("as it always does");
}

/* Sweeps that a crash leaves to another process, where the suite can't be set up again. */
static void set_up_once(void *data) {
    (void)data;
    if (mkdir("once", 0755) == 0) {
        return;
    }
    if (asked_for("once_skips")) {
        st_skip("not twice");
    }
    if (asked_for("once_crashes")) {
        abort();
    }
    ST_FAIL("it is set up already");
}

ST_SUITE(once, .setup = set_up_once);

/* Without a block it crashes, at an address that no sanitizer looks for first. */
ST_TEST(once, crashes_in_a_sweep, .fail_alloc = ST_SWEEP) {
    static char *volatile blocks[2], *volatile nowhere = (char *)16;
    for (int i = 0; i < 2; i++) {
        blocks[i] = malloc(10);
        *(blocks[i] ? blocks[i] : nowhere) = 'x';
        free(blocks[i]);
    }
}

/* ---- Skips ---- */

ST_TEST(skips, at_run_time) {
    st_skip("there are %d processors", 0);
    ST_FAIL("never said");
}

static void skip_in_process(otp_term arg) {
    (void)arg;
    st_skip("said by another process");
}

ST_TEST(skips, from_another_process, .world = ST_BOTH) {
    otp_term nothing;
    otp_spawn(skip_in_process, otp_nil());
    (void)!otp_receive(OTP_INFINITY, &nothing);
}

ST_TEST(skips, after_a_failure) {
    ST_EXPECT_EQ(1, 2);
    st_skip("too late");
}

/* ---- Cleanups ---- */

static void fail_cleanup(void *what) {
    ST_ASSERT_EQ((const char *)what, "clean");
}

ST_TEST(cleanups, that_fail) {
    st_defer(fail_cleanup, "dirty");
    st_defer(fail_cleanup, "dusty");
}

ST_TEST(cleanups, run_when_time_is_over, .world = ST_PARALLEL, .timeout_ms = 100) {
    otp_term nothing;
    st_defer(fail_cleanup, "late");
    (void)!otp_receive(OTP_INFINITY, &nothing);
}

/* ---- Ends ---- */

ST_TEST(ends, with_another_reason, .exits = "{shutdown, _}") {
    otp_exit(OTP_ATOM(tired));
}

ST_TEST(ends, without_the_reason, .exits = "{shutdown, _}") {
}

ST_TEST(ends, without_the_signal, .signal = SIGSEGV) {
}

ST_TEST(ends, by_another_signal, .signal = SIGSEGV) {
    abort();
}

ST_TEST(ends, with_another_code, .exit_code = 3) {
    _exit(4);
}

ST_TEST(ends, without_the_code, .exit_code = ST_EXIT_ZERO) {
}

ST_TEST(ends, after_a_failed_check, .exit_code = 3) {
    ST_EXPECT_EQ(1, 2);
    _exit(3);
}

ST_TEST(ends, as_it_should, .signal = SIGABRT) {
    abort();
}

ST_TEST(ends, without_the_bug, .fails = true) {
}

/* ---- Alone: no two of these at once, whatever runs beside the others ---- */

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Makes a folder of its own and looks for the other's until the time is over. */
static void expect_alone(const char *mine, const char *other) {
    uint64_t end = now_ms() + 150;
    struct stat info;
    ST_ASSERT_EQ(mkdir(mine, 0755), 0);
    while (now_ms() < end) {
        if (stat(other, &info) == 0) {
            ST_FAIL("%s ran beside %s", other, mine);
            break;
        }
    }
    ST_EXPECT_EQ(rmdir(mine), 0);
}

ST_TEST(alone, one, .exclusive = true, .allow_host = true) {
    expect_alone("one", "two");
}
ST_TEST(alone, two, .exclusive = true, .allow_host = true) {
    expect_alone("two", "one");
}
ST_TEST(alone, beside_others, .allow_host = true) {
    expect_alone("beside", "one");
}

/* ---- What --failed, --until-fail and --gdb are tried with ---- */

ST_TEST(luck, comes_and_goes, .allow_host = true) {
    ST_EXPECT(!asked_for("no_luck"));
}

ST_TEST(luck, leaves) {
    ST_EXPECT_LT(st_int(0, 999), 900);
}

ST_TEST(luck, lasts) {
}
