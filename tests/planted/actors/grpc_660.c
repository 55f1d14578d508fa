/* SPDX-License-Identifier: MIT */
/*
 * A benchmark's client starts a request, which tells its end by a channel, and waits for that end
 * or for the stop of the benchmark. After the stop nobody takes what the request tells: it stays
 * for ever. In the twin the channel has room for it. Checked: all requests come to their end. After
 * grpc-go's issue 660, from GoBench's GoKer.
 */
#include "tests/planted/parts.h"

enum { REQUESTS = 3 };

static otp_pid stopped, ends[REQUESTS];
static int open_requests;

static void request(otp_term arg) {
    work(1);
    channel_put(ends[number(arg)], 1);
    open_requests--;
}

static void client(otp_term unused) {
    int64_t ok;
    (void)unused;
    for (int i = 0; i < REQUESTS; i++) {
        open_requests++;
        start(request, i);
        if (cell_get(stopped)) {
            return;
        }
        channel_get(ends[i], OTP_INFINITY, &ok);
    }
}

static void stopper(otp_term unused) {
    (void)unused;
    pass(1);
    cell_set(stopped, 1);
}

PLANTED(grpc_660, .depth = 2, .minimum = 1) {
    open_requests = 0;
    stopped = cell_start(0);
    for (int i = 0; i < REQUESTS; i++) {
        ends[i] = channel_start(planted_correct ? 1 : 0);
    }
    start(client, 0);
    start(stopper, 0);
    settle();
    ST_EXPECT_EQ(open_requests, 0);
}
