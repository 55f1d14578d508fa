/* SPDX-License-Identifier: MIT */
/*
 * Tests that must fail, each in its own way: golden.sh runs this program and compares what it
 * reports with the transcripts beside it.
 */
#include <supertester/supertester.h>

#include "port/child.h"
#include "port/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Checks ---- */

ST_TEST(checks, soft_ones_go_on) {
    int apples = 3;
    ST_EXPECT_EQ(apples, 4);
    ST_EXPECT(apples > 5);
    ST_EXPECT_CONTAINS("an apple", "pear");
    ST_EXPECT_NEAR(1.0, 1.5, 0.25);
}

ST_TEST(checks, hard_ones_end_the_test) {
    ST_ASSERT_EQ(otp_node(), OTP_ATOM(somewhere));
    ST_FAIL("never said");
}

ST_TEST(checks, show_both_sides) {
    const char *nothing = NULL;
    ST_EXPECT_EQ("left\n", "right");
    ST_EXPECT_EQ(nothing, "text");
    ST_EXPECT_LT(UINT64_MAX, -1);
    ST_EXPECT_EQ(0.1, 0.2);
    ST_EXPECT_EQ(otp_atom("ok"), true);
    ST_EXPECT_EQ("1", 1);
    ST_EXPECT_NE(otp_int(1), otp_int(1));
}

ST_TEST(checks, show_where_terms_differ) {
    otp_term state = otp_term_of("#{users => [{anna, 3}, {ben, 4}], total => 7, open => true}");
    ST_EXPECT_TERM(state, "#{users => [{anna, 3}, {ben, 5}, {cleo, 1}], total => 9}");
    ST_EXPECT_EQ(otp_term_of("{ok, [1, 2.0]}"), otp_term_of("{ok, [1, 2]}"));
    ST_EXPECT_TERM(otp_nil(), "{not a term");
    int64_t n;
    ST_EXPECT_MATCH(state, "#{total := {~i}}", &n);
}

ST_TEST(checks, show_errors_and_advice) {
    ST_EXPECT_OK(otp_unregister(OTP_ATOM(nobody)));
    ST_EXPECT_ERR(OTP_OK, OTP_ENOENT);
}

static void fail_softly(otp_term arg) {
    ST_EXPECT_EQ(arg, otp_int(2));
}

static void fail_hard(otp_term arg) {
    ST_ASSERT_EQ(arg, otp_int(2));
}

ST_TEST(checks, count_in_other_processes) {
    otp_pid pid = otp_spawn(fail_softly, otp_int(1));
    ST_ASSERT_DEAD(pid);
}

ST_TEST(checks, hard_ones_in_other_processes_end_the_test) {
    otp_term nothing;
    otp_spawn(fail_hard, otp_int(1));
    ST_EXPECT_OK(otp_receive(OTP_INFINITY, &nothing));
}

ST_TEST(checks, many_are_counted) {
    for (int i = 0; i < 100; i++) {
        ST_EXPECT_EQ(i, -1);
    }
}

/* ---- Ends ---- */

ST_TEST(ends, abnormal_exit) {
    otp_exit(otp_term_of("{shutdown, too_hot}"));
}

static void crash(otp_term arg) {
    otp_exit(otp_tuple(OTP_ATOM(boom), arg));
}

ST_TEST(ends, killed_by_a_link) {
    otp_term nothing;
    otp_spawn_link(crash, otp_int(1));
    (void)!otp_receive(OTP_INFINITY, &nothing);
}

ST_TEST(ends, deadlock) {
    otp_term nothing;
    otp_label("waits for a message nobody sends");
    (void)!otp_receive(OTP_INFINITY, &nothing);
}

static void tick(otp_term arg) {
    otp_term message;
    (void)arg;
    for (;;) {
        otp_send_after(1, otp_from_pid(otp_self()), OTP_ATOM(tick));
        (void)!otp_receive(OTP_INFINITY, &message);
    }
}

ST_TEST(ends, never, .steps_max = 10000) {
    tick(otp_nil());
}

ST_TEST(ends, out_of_time_in_parallel, .world = ST_PARALLEL, .timeout_ms = 200) {
    otp_term nothing;
    (void)!otp_receive(OTP_INFINITY, &nothing);
}

static volatile bool forever = true;

ST_TEST(ends, hang, .timeout_ms = 200) {
    printf("about to hang\n");
    while (forever) {}
}

ST_TEST(ends, hang_in_parallel, .world = ST_PARALLEL, .timeout_ms = 200) {
    while (forever) {}
}

static void fail_setup(void) {
    ST_ABORT_TEST("no setup today");
}

ST_TEST(ends, setup_fails, .setup = fail_setup) {
    ST_FAIL("never said");
}

ST_TEST(ends, teardown_fails, .teardown = fail_setup) {
    st_note("the body was here");
}

/* ---- Crashes of the OS process ---- */

static int *volatile nowhere = (int *)16;

ST_TEST(crashes, segmentation_fault) {
    ST_EXPECT_EQ(1, 2);
    st_note("said before the crash");
    printf("printed before the crash\n");
    *nowhere = 1;
}

ST_TEST(crashes, abort) {
    abort();
}

ST_TEST(crashes, exit) {
    _exit(3);
}

ST_TEST(crashes, exit_in_parallel, .world = ST_PARALLEL) {
    _exit(0);
}

ST_TEST(crashes, the_tests_after_it_are_run) {
}

/* ---- What is left behind ---- */

static void wait_for_ever(otp_term arg) {
    otp_term nothing;
    (void)arg;
    (void)!otp_receive(OTP_INFINITY, &nothing);
}

ST_TEST(leaks, processes_and_names, .isolation = ST_CONTAMINATION_DETECTION) {
    otp_pid pid = otp_spawn(wait_for_ever, otp_nil());
    ST_ASSERT_OK(otp_register(OTP_ATOM(left_over), pid));
}

ST_TEST(leaks, memory) {
    otp_pattern *pattern;
    ST_ASSERT_OK(otp_pattern_compile("{ok, _}", &pattern, NULL));
}

ST_TEST(leaks, open_files, .runs = 5) {
    int ends[2];
    ST_ASSERT_EQ(otpi_pipe_open(ends), OTPI_IO_OK);
    otpi_pipe_close(&ends[0]);
}

/* ---- Determinism ---- */

static int calls;

ST_TEST(determinism, static_variables, .runs = 10) {
    for (int i = 0; i <= calls % 3; i++) {
        otp_yield();
        otp_send(otp_self(), otp_int(i));
    }
    calls++;
}

static int runs_here;

ST_TEST(determinism, not_reproducible, .runs = 10) {
    ST_EXPECT_LT(runs_here++, 5);
}

/* ---- Exploration and properties ---- */

static void add_one(otp_term arg) {
    otp_pid cell, test;
    otp_term value, nothing;
    int64_t n = 0;
    ST_ASSERT_MATCH(arg, "{~p, ~p}", &cell, &test);
    ST_ASSERT_OK(otp_call(cell, OTP_ATOM(get), OTP_INFINITY, &value));
    ST_ASSERT(otp_get_int(value, &n));
    ST_ASSERT_OK(otp_call(cell, otp_tuple(OTP_ATOM(put), otp_int(n + 1)), OTP_INFINITY, &nothing));
    otp_send(test, OTP_ATOM(done));
}

static otp_result cell_call(void *state, otp_term request, otp_from from) {
    int64_t *cell = state;
    (void)from;
    otp_match(request, "{put, ~i}", cell);
    return otp_reply(otp_int(*cell));
}

static const otp_gen_server cell_server = {
    .name = "cell", .state_size = sizeof(int64_t), .handle_call = cell_call};

ST_TEST(exploration, finds_a_lost_update, .runs = 1000, .timers = ST_TIMERS_LAST) {
    otp_pid cell = st_setup_isolated_genserver(&cell_server, otp_nil());
    otp_term arg = otp_tuple(otp_from_pid(cell), otp_from_pid(otp_self()));
    otp_term message, value;
    otp_spawn(add_one, arg);
    otp_spawn(add_one, arg);
    ST_ASSERT_OK(otp_receive(OTP_INFINITY, &message));
    ST_ASSERT_OK(otp_receive(OTP_INFINITY, &message));
    ST_ASSERT_OK(otp_call(cell, OTP_ATOM(get), OTP_INFINITY, &value));
    ST_EXPECT_EQ(value, 2);
}

ST_PROPERTY(properties, shows_what_was_drawn, .runs = 1000) {
    int64_t price = st_int(0, 1000);
    bool member = st_bool();
    otp_term name = st_weighted((2, OTP_ATOM(anna)), (1, OTP_ATOM(ben)));
    st_note("%s pays %lld", otp_show(name), (long long)price);
    ST_EXPECT(price < 500 || !member);
}

/* ---- Helpers ---- */

static otp_result refuse_init(void *state, otp_term args) {
    (void)state;
    return otp_stop(otp_tuple(OTP_ATOM(bad_config), args));
}

static const otp_gen_server refusing_server = {.name = "refusing", .init = refuse_init};

ST_TEST(helpers, a_server_that_does_not_start) {
    st_setup_isolated_genserver(&refusing_server, otp_int(7));
    ST_FAIL("never said");
}

ST_TEST(helpers, a_state_that_is_not_described) {
    otp_pid cell = st_setup_isolated_genserver(&cell_server, otp_nil());
    ST_EXPECT_STATE_THAT(cell, int64_t, *s == 1);
    ST_ASSERT_STATE(cell, "1");
}

ST_TEST(helpers, dead_and_alive) {
    otp_pid pid = otp_spawn(wait_for_ever, otp_nil());
    otp_pid gone = otp_spawn(fail_softly, otp_int(2));
    ST_ASSERT_DEAD(gone);
    ST_EXPECT_ALIVE(gone);
    ST_EXPECT_DEAD(pid);
}

ST_TEST(helpers, in_vain) {
    ST_EXPECT_EVENTUALLY(calls < 0, 100);
    st_wait_for_name(OTP_ATOM(godot), 1000);
}

ST_TEST(helpers, a_cast_that_crashes_the_server) {
    otp_pid cell = st_setup_isolated_genserver(&cell_server, otp_nil());
    st_cast_and_sync(cell, OTP_ATOM(unknown));
}

/* ---- Tests that must fail and say so ---- */

ST_TEST(must_fail, as_it_says, .must_fail = "expected 1 == 2") {
    ST_EXPECT_EQ(1, 2);
}

ST_TEST(must_fail, by_a_crash, .must_fail = "crash: ") {
    abort();
}

ST_TEST(must_fail, but_passes, .must_fail = "anything") {
}

ST_TEST(must_fail, but_says_something_else, .must_fail = "three") {
    ST_EXPECT_EQ(1, 2);
}

ST_TEST(skips, with_a_reason, .skip = "not today") {
    ST_FAIL("never run");
}

/* ---- What tests print ---- */

static void print_from_everywhere(void) {
    printf("to standard output <&\"]]>\n");
    fprintf(stderr, "to standard error\n");
    fflush(stdout);
    ST_ASSERT_EQ(system("echo from a child process"), 0);
}

ST_TEST(output, is_hidden_when_it_passes, .world = ST_PARALLEL) {
    print_from_everywhere();
}

ST_TEST(output, is_shown_when_it_fails, .world = ST_PARALLEL) {
    print_from_everywhere();
    ST_FAIL("100%% of it: the end");
}

/* No UTF-8, an escape sequence, a character that XML does not have, a character of two bytes. */
ST_TEST(output, of_any_bytes) {
    printf("\xff\xc3(\x1b[31m\xef\xbf\xbe\xc3\xa9\n");
    ST_EXPECT_EQ("\xff", "\xc3\xa9");
}

ST_TEST(output, in_both_worlds, .world = ST_BOTH) {
    printf("in the %s world\n", st_mode() == OTP_PARALLEL ? "parallel" : "simulated");
    ST_EXPECT(st_mode() == OTP_SIMULATED);
}

ST_TEST(output, that_reads_like_the_runners_marks) {
    for (int job = 0; job < 10; job++) {
        printf("\x1e"
               "e%d\n\x1e"
               "b%d\n",
               job, job);
    }
    printf("and goes on\n");
    ST_FAIL("is reported all the same");
}

/* ---- Searches ---- */

ST_PROPERTY(properties, shrinks_a_crash) {
    int64_t sum = 0;
    ST_LIST(e, 0, 50) {
        sum += st_int(0, 50);
    }
    if (sum > 60) {
        abort();
    }
}

ST_PROPERTY(properties, discards_nearly_all) {
    st_assume(st_int(0, 1000000) == 4711);
}

ST_PROPERTY(properties, is_proved) {
    ST_EXPECT_LT(st_int(0, 9), 10);
}

/* The second client begins when the first one may be done. */
ST_EXPLORE(orders, shows_the_order_that_fails, .runs = 500) {
    otp_pid cell = st_setup_isolated_genserver(&cell_server, otp_nil());
    otp_term arg = otp_tuple(otp_from_pid(cell), otp_from_pid(otp_self()));
    otp_term message, value;
    otp_spawn(add_one, arg);
    for (int i = 0; i < 3; i++) {
        ST_ASSERT_OK(otp_call(cell, OTP_ATOM(get), OTP_INFINITY, &value));
    }
    otp_spawn(add_one, arg);
    ST_ASSERT_OK(otp_receive(OTP_INFINITY, &message));
    ST_ASSERT_OK(otp_receive(OTP_INFINITY, &message));
    ST_ASSERT_OK(otp_call(cell, OTP_ATOM(get), OTP_INFINITY, &value));
    ST_EXPECT_EQ(value, 2);
}
