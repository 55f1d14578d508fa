/* SPDX-License-Identifier: MIT */
/* Cases, fixtures, cleanups and expected ends, where they do what they should. */
#include <supertester/supertester.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Cases ---- */

static const struct {
    const char *name;
    int64_t a, b, sum;
} sums[] = {{"zeros", 0, 0, 0}, {"debts", -3, 1, -2}, {"1.5e3+x", 1500, 7, 1507}};

ST_TEST(cases, come_from_a_table, .cases = ST_CASES(sums), .world = ST_BOTH) {
    const __typeof__(sums[0]) *row = st_case_data();
    ST_EXPECT_EQ(row->a + row->b, row->sum);
    ST_EXPECT_EQ(st_case_name(), row->name);
    ST_EXPECT(row == &sums[st_case_index()]);
}

static bool power(size_t index, st_case *out) {
    static const int64_t powers[] = {1, 2, 4, 8};
    if (index == 4) {
        return false;
    }
    snprintf(out->name, sizeof out->name, "2^%zu", index);
    out->data = &powers[index];
    return true;
}

ST_PROPERTY(cases, come_from_a_function, .cases = ST_CASES_FROM(power), .runs = 10) {
    const int64_t *n = st_case_data();
    ST_EXPECT_EQ(*n, INT64_C(1) << st_case_index());
    ST_EXPECT_LE(st_int(0, *n), *n);
}

ST_TEST(cases, are_none_in_other_tests) {
    ST_EXPECT(st_case_data() == NULL && st_case_index() == 0);
    ST_EXPECT_EQ(st_case_name(), "");
}

/* ---- The run and its suites ---- */

typedef struct numbers {
    int64_t answer, setups;
} numbers;

static void set_numbers(void *data) {
    numbers *n = data;
    ST_ASSERT_EQ(n->answer, 0);
    n->answer = 42;
    n->setups++;
}

static void expect_numbers(void *data) {
    const numbers *n = data;
    ST_EXPECT_EQ(n->answer, 42);
    ST_EXPECT_EQ(n->setups, 1);
}

ST_RUN(.size = sizeof(numbers), .setup = set_numbers, .teardown = expect_numbers);
ST_SUITE(suites, .size = sizeof(numbers), .setup = set_numbers, .teardown = expect_numbers);

ST_TEST(suites, are_set_up_once_for_their_tests, .cases = ST_CASES(sums), .runs = 3) {
    const numbers *n = st_suite_data();
    ST_ASSERT(n != NULL);
    ST_EXPECT_EQ(n->setups, 1);
}

ST_TEST(suites, see_the_data_of_the_run, .world = ST_BOTH) {
    const numbers *n = st_run_data();
    ST_ASSERT(n != NULL);
    ST_EXPECT_EQ(n->answer, 42);
    ST_EXPECT(n != st_suite_data());
}

ST_TEST(no_suite, has_no_data) {
    ST_EXPECT(st_suite_data() == NULL && st_data() == NULL);
}

/* ---- Fixtures of tests ---- */

static char story[64]; /* of one run */

static void tell(const char *word) {
    snprintf(story + strlen(story), sizeof story - strlen(story), "%s ", word);
}

static void begin_story(void *data) {
    int64_t *number = data;
    story[0] = '\0';
    ST_EXPECT_EQ(*number, 0);
    *number = 7;
    tell("fixture");
}

static void tell_of(void *word) {
    tell(word);
}

static void expect_story(const char *expected) {
    ST_EXPECT_EQ(story, expected);
}

static void end_story(void *data) {
    ST_EXPECT_EQ(*(int64_t *)data, 8);
    expect_story("fixture setup body last first teardown ");
}

static void set_up(void) {
    st_defer(tell_of, "first");
    tell("setup");
}

static void tear_down(void) {
    tell("teardown");
}

static const st_fixture with_story = {
    .size = sizeof(int64_t), .setup = begin_story, .teardown = end_story};

ST_TEST(fixtures, come_in_order, .fixture = &with_story, .setup = set_up, .teardown = tear_down,
        .world = ST_BOTH, .runs = 3) {
    int64_t *number = st_data();
    ST_ASSERT_EQ(*number, 7);
    *number = 8;
    st_defer(tell_of, "last");
    tell("body");
}

/* ---- Cleanups ---- */

static void begin_defers(void) {
    story[0] = '\0';
    st_defer(tell_of, "a");
    st_defer(tell_of, "b");
}

static void expect_both(void) {
    expect_story("b a ");
}

ST_TEST(cleanups, run_after_a_kill, .setup = begin_defers, .teardown = expect_both,
        .exits = "killed", .world = ST_BOTH) {
    otp_kill(otp_self());
}

ST_TEST(cleanups, run_after_a_failure, .setup = begin_defers, .teardown = expect_both,
        .must_fail = "1 == 2") {
    ST_ASSERT_EQ(1, 2);
}

static void wait_for_ever(otp_term arg) {
    otp_term nothing;
    (void)arg;
    (void)!otp_receive(OTP_INFINITY, &nothing);
}

ST_TEST(cleanups, run_after_a_deadlock, .setup = begin_defers, .teardown = expect_both,
        .must_fail = "deadlock") {
    wait_for_ever(otp_nil());
}

ST_TEST(cleanups, run_when_all_steps_are_used, .setup = begin_defers, .teardown = expect_both,
        .must_fail = "1000 steps", .steps_max = 1000) {
    for (;;) {
        otp_yield();
    }
}

static void exit_in_cleanup(void *reason) {
    tell("exit");
    otp_exit(otp_atom(reason));
}

static void begin_bad_defers(void) {
    begin_defers();
    st_defer(exit_in_cleanup, "oops");
}

static void expect_all_three(void) {
    expect_story("exit b a ");
}

ST_TEST(cleanups, that_fail_do_not_keep_the_others, .setup = begin_bad_defers,
        .teardown = expect_all_three, .must_fail = "the cleanup process exited: oops") {
}

static void call_gone(void *server) {
    otp_term reply;
    ST_EXPECT_OK(otp_call(*(otp_pid *)server, OTP_ATOM(get), 1000, &reply));
    tell("called");
}

static otp_result answer(void *state, otp_term request, otp_from from) {
    (void)state, (void)from;
    return otp_reply(request);
}

static const otp_gen_server echo = {.name = "echo", .handle_call = answer};

static void expect_called(void) {
    expect_story("called ");
}

ST_TEST(cleanups, may_suspend, .teardown = expect_called, .world = ST_BOTH) {
    static otp_pid server;
    story[0] = '\0';
    server = st_setup_isolated_genserver(&echo, otp_nil());
    st_defer(call_gone, &server);
}

static otp_pid helper;

static void kill_helper(void *pid) {
    otp_kill(*(otp_pid *)pid);
}

ST_TEST(cleanups, come_before_contamination_is_looked_for,
        .isolation = ST_CONTAMINATION_DETECTION) {
    helper = otp_spawn(wait_for_ever, otp_nil());
    st_defer(kill_helper, &helper);
}

static void defer_here(otp_term arg) {
    (void)arg;
    st_defer(tell_of, "other");
}

static void expect_other(void) {
    expect_story("other ");
}

ST_TEST(cleanups, come_from_every_process, .teardown = expect_other, .world = ST_BOTH) {
    story[0] = '\0';
    otp_pid pid = otp_spawn(defer_here, otp_nil());
    ST_ASSERT_DEAD(pid);
}

static void nothing(void *arg) {
    (void)arg;
}

ST_TEST(cleanups, are_at_most_64, .must_fail = "more than 64 cleanups") {
    for (int i = 0; i < 65; i++) {
        st_defer(nothing, NULL);
    }
}

/* ---- Expected ends ---- */

ST_TEST(ends, by_a_reason, .exits = "{shutdown, {_, ~i}}", .world = ST_BOTH) {
    otp_exit(otp_term_of("{shutdown, {too_hot, 99}}"));
}

static void crash(otp_term arg) {
    otp_exit(arg);
}

ST_TEST(ends, by_a_link, .exits = "boom", .world = ST_BOTH) {
    otp_spawn_link(crash, OTP_ATOM(boom));
    wait_for_ever(otp_nil());
}

ST_TEST(ends, by_a_reason_with_a_pid, .exits = "{noproc, ~p}") {
    otp_exit(otp_tuple(OTP_ATOM(noproc), otp_from_pid(otp_self())));
}

static int *volatile nowhere = (int *)16;

ST_TEST(ends, by_a_memory_fault, .signal = SIGSEGV, .world = ST_BOTH) {
    *nowhere = 1;
}

ST_TEST(ends, by_abort, .signal = SIGABRT) {
    abort();
}

ST_TEST(ends, by_kill, .signal = SIGKILL, .allow_host = true) {
    raise(SIGKILL);
}

ST_TEST(ends, by_exit, .exit_code = 3) {
    _exit(3);
}

ST_TEST(ends, by_exit_0, .exit_code = ST_EXIT_ZERO, .world = ST_BOTH) {
    _exit(0);
}

ST_TEST(ends, by_a_known_bug, .fails = true) {
    ST_EXPECT_EQ(1, 2);
}

ST_TEST(ends, by_a_known_crash, .fails = true) {
    abort();
}

ST_TEST(ends, of_others_do_not_matter, .exclusive = true) {
    ST_EXPECT_EQ(((const numbers *)st_run_data())->answer, 42);
}
