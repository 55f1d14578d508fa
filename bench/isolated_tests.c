/* SPDX-License-Identifier: MIT */
/*
 * Seconds for 10,000 isolated tests through the runner, start of the program's children and reports
 * included: each has a simulated system of its own, starts a server in it, calls it and checks the
 * answer. One reads from address 0: it costs itself, and no other test.
 */
#include "bench/bench.h"

#include <supertester/supertester.h>

#include <stdio.h>

static otp_result adder_call(void *state, otp_term request, otp_from from) {
    int64_t *sum = state;
    int64_t n = 0;
    (void)from;
    otp_get_int(request, &n);
    *sum += n;
    return otp_reply(otp_int(*sum));
}

static const otp_gen_server adder_server = {
    .name = "adder", .state_size = sizeof(int64_t), .handle_call = adder_call};

static void adds(int64_t n) {
    otp_pid adder = st_setup_isolated_genserver(&adder_server, otp_nil());
    otp_term sum;
    ST_ASSERT_OK(otp_call(adder, otp_int(n), 1000, &sum));
    ST_ASSERT_OK(otp_call(adder, otp_int(1), 1000, &sum));
    ST_EXPECT_EQ(sum, otp_int(n + 1));
}

ST_TEST(faulty, reads_from_nowhere, .must_fail = "SIGSEGV") {
    volatile int *nowhere = NULL;
    ST_EXPECT_EQ(*nowhere, 0);
}

#define TEST_1(n)                                                                                  \
    ST_TEST(isolated, test_##n) {                                                                  \
        adds(1##n);                                                                                \
    }
#define TEST_10(n)                                                                                 \
    TEST_1(n##0)                                                                                   \
    TEST_1(n##1)                                                                                   \
    TEST_1(n##2)                                                                                   \
    TEST_1(n##3)                                                                                   \
    TEST_1(n##4)                                                                                   \
    TEST_1(n##5)                                                                                   \
    TEST_1(n##6)                                                                                   \
    TEST_1(n##7)                                                                                   \
    TEST_1(n##8)                                                                                   \
    TEST_1(n##9)
#define TEST_100(n)                                                                                \
    TEST_10(n##0)                                                                                  \
    TEST_10(n##1)                                                                                  \
    TEST_10(n##2)                                                                                  \
    TEST_10(n##3)                                                                                  \
    TEST_10(n##4)                                                                                  \
    TEST_10(n##5)                                                                                  \
    TEST_10(n##6)                                                                                  \
    TEST_10(n##7)                                                                                  \
    TEST_10(n##8)                                                                                  \
    TEST_10(n##9)
#define TEST_1000(n)                                                                               \
    TEST_100(n##0)                                                                                 \
    TEST_100(n##1)                                                                                 \
    TEST_100(n##2)                                                                                 \
    TEST_100(n##3)                                                                                 \
    TEST_100(n##4)                                                                                 \
    TEST_100(n##5)                                                                                 \
    TEST_100(n##6)                                                                                 \
    TEST_100(n##7)                                                                                 \
    TEST_100(n##8)                                                                                 \
    TEST_100(n##9)

TEST_1000(0)
TEST_1000(1)
TEST_1000(2)
TEST_1000(3)
TEST_1000(4)
TEST_1000(5)
TEST_1000(6)
TEST_1000(7)
TEST_1000(8)
TEST_1000(9)

int main(int argc, char **argv) {
    bench_flags(argc, argv, 1);
    char jobs[16];
    snprintf(jobs, sizeof jobs, "%u", bench_schedulers());
    char *arguments[] = {argv[0], "--jobs", jobs, NULL};
    uint64_t started = bench_now_ns();
    int code = st_main(3, arguments);
    double taken_s = (double)(bench_now_ns() - started) / 1e9;
    if (code == 0) {
        bench_result("isolated_tests_10k_s", taken_s, "s");
    }
    return code;
}
