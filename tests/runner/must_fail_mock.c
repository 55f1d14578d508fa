/* SPDX-License-Identifier: MIT */
/*
 * More of the program of tests that must fail: mocks whose expectations are not met.
 */
#include "mocked.h"

#include <supertester/supertester.h>

ST_MOCK(int, mocked_sum, (int a, const char *b), (a, b));

ST_TEST(mocks, other_arguments) {
    ST_MOCK_EXPECT(mocked_sum, 1, "two");
    ST_MOCK_EXPECT(mocked_sum, ST_ANY, "two");
    mocked_caller(1, "three");
    mocked_caller(7, "two");
}

ST_TEST(mocks, calls_that_do_not_come) {
    ST_MOCK_EXPECT(mocked_sum, 1, "two");
    ST_MOCK_EXPECT(mocked_sum, 2, ST_ANY);
    mocked_caller(1, "two");
}

ST_TEST(mocks, a_call_too_many) {
    ST_MOCK_EXPECT(mocked_sum, 1, "two");
    mocked_caller(1, "two");
    mocked_caller(1, "two");
}

ST_TEST(mocks, another_number_of_calls) {
    ST_MOCK_EXPECT_CALLS(mocked_sum, 3);
    mocked_caller(1, "two");
}

static void call_far_away(otp_term arg) {
    (void)arg;
    mocked_caller(1, "two");
}

ST_TEST(mocks, called_in_another_process) {
    ST_MOCK_EXPECT(mocked_sum, 2, "two");
    ST_ASSERT_DEAD(otp_spawn(call_far_away, otp_nil()));
}

ST_TEST(mocks, hard_checks_say_enough) {
    ST_MOCK_EXPECT(mocked_sum, 1, "two");
    ST_ABORT_TEST("before it came");
}

ST_TEST(mocks, too_much_is_asked) {
    for (int i = 0; i < ST_MOCK_QUEUE_MAX + 1; i++) {
        ST_MOCK_SEQUENCE(mocked_sum, i);
    }
}
