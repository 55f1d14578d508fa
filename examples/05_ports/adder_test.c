/* SPDX-License-Identifier: MIT */
/* With the real shell in a parallel world; in a simulated one with a function that stands in for
 * it, and sometimes dies.
 */
#include "adder.h"

#include <supertester/supertester.h>

#include <stdio.h>

static int shell(void *context) {
    otp_term line;
    (void)context;
    while (otp_stand_in_read_packet(&line) == OTP_OK) {
        char answer[32];
        otp_bytes text;
        long long a = 0;
        long long b = 0;
        if (otp_match(line, "~b", &text)) {
            snprintf(answer, sizeof answer, "%.*s", (int)text.size, (const char *)text.data);
            sscanf(answer, "%lld %lld", &a, &b);
        }
        snprintf(answer, sizeof answer, "%lld", a + b);
        if (otp_stand_in_write_packet(otp_string(answer)) != OTP_OK) {
            return 1;
        }
    }
    return 0;
}

ST_TEST(adder, adds, .world = ST_BOTH) {
    int64_t sum;
    ST_ASSERT_OK(otp_port_stand_in(otp_system_here(), "sh", shell, NULL, NULL));
    otp_pid pid = st_setup_isolated_genserver(&adder_server, otp_nil());
    ST_ASSERT_OK(adder_add(otp_from_pid(pid), 40, 2, &sum));
    ST_EXPECT_EQ(otp_int(sum), otp_int(42));
}

/* The program may die at any of its reads and writes: an answer, when one comes, is right, and the
 * next server has a new program. */
ST_TEST(adder, survives_its_program, .runs = 300) {
    const otp_stand_in_faults faults = {.crash_gap_max = 6, .partial_gap_max = 2};
    ST_ASSERT_OK(otp_port_stand_in(otp_system_here(), "sh", shell, NULL, &faults));
    st_setup_isolated_supervisor(&adder_supervisor);
    int right = 0;
    for (int64_t i = 0; right < 5; i++) {
        int64_t sum;
        otp_pid pid = st_wait_for_name(OTP_ATOM(adder), 1000);
        if (adder_add(otp_from_pid(pid), i, 1000, &sum) == OTP_OK) {
            ST_ASSERT_EQ(otp_int(sum), otp_int(i + 1000));
            right++;
        } else {
            ST_ASSERT_DEAD(pid);
        }
    }
}
