/* SPDX-License-Identifier: MIT */
/*
 * A consumer takes jobs as long as there are any, and looks for a stop only then. The producer's
 * next job depends on the consumer's answer, and under load it is there in time: the stop is not
 * seen. The twin looks for the stop first. Checked: few jobs are done after the stop was sent.
 */
#include "tests/planted/parts.h"

enum { JOBS = 8, LATE_MAX = 2 };

static otp_pid consumer_pid;
static bool stop_sent;

/* The next job; false: the stop. In the order that the form has. */
static bool job_or_stop(otp_pid *from) {
    if (planted_correct && otp_receive_match(0, "stop") == OTP_OK) {
        return false;
    }
    return otp_receive_match(0, "{job, ~p}", from) == OTP_OK ||
           otp_match(next_message(), "{job, ~p}", from);
}

static void consumer(otp_term unused) {
    otp_pid from;
    int late = 0;
    (void)unused;
    while (job_or_stop(&from)) {
        late += stop_sent;
        otp_send(from, OTP_ATOM(answer));
        otp_yield();
    }
    ST_EXPECT_LE(late, LATE_MAX);
    done();
}

static void producer(otp_term unused) {
    (void)unused;
    for (int i = 0; i < JOBS; i++) {
        otp_send(consumer_pid, otp_tuple(OTP_ATOM(job), otp_from_pid(otp_self())));
        if (otp_receive_match(1, "answer") != OTP_OK) {
            return;
        }
        work(1);
    }
}

PLANTED(stop_starved, .depth = 3, .minimum = 3) {
    stop_sent = false;
    consumer_pid = start(consumer, 0);
    start(producer, 0);
    work(2);
    stop_sent = true;
    otp_send(consumer_pid, OTP_ATOM(stop));
    await_done(1);
}
