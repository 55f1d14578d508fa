/* SPDX-License-Identifier: MIT */
/*
 * More of the program of tests that must fail: calls of the host in a simulated world.
 */
#include <supertester/supertester.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

ST_TEST(host, clocks_are_refused) {
    struct timespec now;
    struct timeval then;
    for (int i = 0; i < 3; i++) { /* said once */
        clock_gettime(CLOCK_MONOTONIC, &now);
    }
    gettimeofday(&then, NULL);
    ST_EXPECT_GT(time(NULL), 0);
}

ST_TEST(host, sleeping_is_refused_and_not_done, .timeout_ms = 5000) {
    struct timespec long_time = {.tv_sec = 1000};
    struct pollfd nothing = {.fd = -1};
    nanosleep(&long_time, NULL);
    usleep(900000000);
    sleep(1000);
    poll(&nothing, 1, 1000000);
    ST_EXPECT_EQ(poll(&nothing, 1, 0), 0); /* a look is none */
}

static void rolls_dice(otp_term arg) {
    (void)arg;
    rand();
}

ST_TEST(host, random_numbers_are_refused_in_every_process) {
    char bytes[8];
    otp_pid pid = otp_spawn(rolls_dice, otp_nil());
    ST_EXPECT_DEAD(pid);
    random();
    ST_EXPECT_EQ(getrandom(bytes, sizeof bytes, 0), (int64_t)sizeof bytes);
}

ST_TEST(host, files_are_refused_and_not_touched) {
    ST_EXPECT_EQ(open("must_fail_made_this", O_RDWR | O_CREAT, 0600), -1);
    ST_EXPECT_EQ(errno, EPERM);
    ST_EXPECT_EQ((void *)fopen("must_fail_made_this", "w"), NULL);
    ST_EXPECT_EQ(access("must_fail_made_this", F_OK), -1);
}

ST_TEST(host, is_let_through_when_asked, .allow_host = true) {
    FILE *file = fopen("/dev/null", "r");
    ST_ASSERT(file != NULL);
    fclose(file);
    ST_EXPECT_GT(time(NULL), rand() * 0);
}

ST_TEST(host, is_real_in_a_parallel_world, .world = ST_PARALLEL) {
    ST_EXPECT_GT(time(NULL), 0);
}
