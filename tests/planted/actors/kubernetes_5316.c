/* SPDX-License-Identifier: MIT */
/*
 * A request's work is done by a process of its own, which puts the result into a channel; who waits
 * for it gives up after a while. Then nobody takes the result, and the worker stays for ever. In
 * the twin the channel has room for it. Checked: the worker comes to its end. After Kubernetes'
 * issue 5316, from GoBench's GoKer.
 */
#include "tests/planted/parts.h"

static otp_pid result_channel;
static bool worker_ended;

static void worker(otp_term unused) {
    (void)unused;
    work(2);
    channel_put(result_channel, 1);
    worker_ended = true;
}

static void finish_request(otp_term unused) {
    int64_t result;
    (void)unused;
    start(worker, 0);
    channel_get(result_channel, 10, &result);
}

PLANTED(kubernetes_5316, .depth = 2, .minimum = 1) {
    worker_ended = false;
    result_channel = channel_start(planted_correct ? 1 : 0);
    start(finish_request, 0);
    settle();
    ST_EXPECT(worker_ended);
}
