/* SPDX-License-Identifier: MIT */
/*
 * Mocks where all goes well; must_fail_mock.c has what they find.
 */
#include "mocked.h"

#include <supertester/supertester.h>

#include <errno.h>

ST_MOCK(int, mocked_sum, (int a, const char *b), (a, b));
ST_MOCK(int, mocked_none, (void), ());
ST_MOCK_VOID(mocked_void, (int *count), (count));
ST_MOCK(int, mocked_eight, (int a, int b, int c, int d, int e, int f, int g, int h),
        (a, b, c, d, e, f, g, h));

ST_TEST(mock, calls_through_when_nothing_is_said, .world = ST_BOTH) {
    int count = 0;
    ST_EXPECT_EQ(mocked_caller(1, "four"), 5);
    ST_EXPECT_EQ(mocked_call_none(), 7);
    ST_EXPECT_EQ(mocked_call_eight(1), 36);
    mocked_call_void(&count);
    ST_EXPECT_EQ(count, 1);
    ST_EXPECT_EQ(ST_MOCK_CALLS(mocked_sum), 1);
}

/* Runs of one test, and tests in one process, begin with nothing said. */
ST_TEST(mock, forgets_what_the_run_before_said, .runs = 3) {
    ST_EXPECT_EQ(ST_MOCK_CALLS(mocked_sum), 0);
    ST_EXPECT_EQ(mocked_caller(1, "four"), 5);
    ST_MOCK_RETURN(mocked_sum, 100);
    ST_MOCK_SEQUENCE(mocked_none, 1, 2);
    ST_EXPECT_EQ(mocked_caller(1, "four"), 100);
}

ST_TEST(mock, answers_a_sequence_then_what_was_said) {
    ST_MOCK_SEQUENCE(mocked_none, 1, 2);
    ST_MOCK_RETURN(mocked_none, 9);
    ST_MOCK_SEQUENCE(mocked_none, 3);
    for (int i = 1; i <= 3; i++) {
        ST_EXPECT_EQ(mocked_call_none(), i);
    }
    ST_EXPECT_EQ(mocked_call_none(), 9);
    ST_MOCK_REAL(mocked_none);
    ST_EXPECT_EQ(mocked_call_none(), 7);
}

ST_TEST(mock, a_sequence_may_be_longer_than_what_is_kept_at_a_time) {
    for (int i = 0; i < 3 * ST_MOCK_QUEUE_MAX; i++) {
        ST_MOCK_SEQUENCE(mocked_none, i, -i);
        ST_EXPECT_EQ(mocked_call_none(), i);
        ST_EXPECT_EQ(mocked_call_none(), -i);
    }
}

ST_TEST(mock, sets_errno_when_asked) {
    errno = 0;
    ST_MOCK_RETURN(mocked_sum, -1);
    ST_EXPECT_EQ(mocked_caller(1, ""), -1);
    ST_EXPECT_EQ(errno, 0);
    ST_MOCK_RETURN_ERRNO(mocked_sum, -1, EIO);
    ST_EXPECT_EQ(mocked_caller(1, ""), -1);
    ST_EXPECT_EQ(errno, EIO);
}

static void twice(int *count) {
    ST_MOCK_CALL_REAL(mocked_void)(count);
    ST_MOCK_CALL_REAL(mocked_void)(count);
}

ST_TEST(mock, calls_another_function_instead) {
    int count = 0;
    ST_MOCK_INSTEAD(mocked_void, twice);
    mocked_call_void(&count);
    ST_EXPECT_EQ(count, 2);
    ST_MOCK_REAL(mocked_void);
    mocked_call_void(&count);
    ST_EXPECT_EQ(count, 3);
}

ST_TEST(mock, meets_expectations_in_their_order) {
    char three[] = {'t', 'h', 'r', 'e', 'e', '\0'}; /* the same text at another address */
    ST_MOCK_EXPECT(mocked_sum, 1, "two");
    ST_MOCK_EXPECT(mocked_sum, 2, "three");
    ST_MOCK_EXPECT(mocked_sum, ST_ANY, ST_ANY);
    ST_MOCK_EXPECT(mocked_none);
    ST_MOCK_EXPECT(mocked_eight, 1, 2, 3, 4, 5, 6, 7, ST_ANY);
    mocked_caller(1, "two");
    mocked_caller(2, three);
    mocked_caller(99, "whatever");
    mocked_call_none();
    mocked_call_eight(1);
    ST_MOCK_EXPECT_CALLS(mocked_sum, 3);
}

static void call_once(otp_term arg) {
    (void)arg;
    mocked_call_none();
}

ST_TEST(mock, counts_the_calls_of_all_processes, .world = ST_BOTH, .runs = 5) {
    otp_pid pids[8];
    for (int i = 0; i < 8; i++) {
        pids[i] = otp_spawn(call_once, otp_nil());
    }
    for (int i = 0; i < 8; i++) {
        ST_ASSERT_DEAD(pids[i]);
    }
    ST_EXPECT_EQ(ST_MOCK_CALLS(mocked_none), 8);
}
