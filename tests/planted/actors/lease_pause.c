/* SPDX-License-Identifier: MIT */
/*
 * A lock that is lent for 10 ms. Its first holder is slow, and may still be about to write when the
 * lease is over and another holder has written. In the twin the storage knows the token of each
 * lease and refuses older ones. Checked: writes come in the order of the leases. After Kleppmann,
 * "How to do distributed locking", 2016.
 */
#include "tests/planted/parts.h"

enum { LEASE_MS = 10 };

typedef struct lender {
    int64_t token, until_ms;
} lender;

static otp_pid lender_pid, storage_pid;

static otp_result lender_call(void *state, otp_term request, otp_from from) {
    lender *l = state;
    int64_t now_ms = (int64_t)otp_now_ms();
    (void)request, (void)from;
    if (now_ms < l->until_ms) {
        return otp_reply(otp_int(0));
    }
    *l = (lender){l->token + 1, now_ms + LEASE_MS};
    return otp_reply(otp_int(l->token));
}

static otp_result storage_call(void *state, otp_term request, otp_from from) {
    int64_t *last = state, token;
    (void)from;
    OTP_ASSERT(otp_match(request, "{write, ~i}", &token));
    if (planted_correct && token < *last) {
        return otp_reply(OTP_ATOM(refused));
    }
    ST_EXPECT_GE(token, *last);
    *last = token;
    return otp_reply(OTP_ATOM(ok));
}

static void holder(otp_term arg) {
    int64_t ms = number(arg);
    pass(ms);
    int64_t token = ask_int(lender_pid, OTP_ATOM(acquire));
    if (token != 0) {
        work(ms == 0 ? 6 : 0);
        ask(storage_pid, PAIR(write, token));
    }
    done();
}

PLANTED(lease_pause, .depth = 2, .minimum = 1) {
    static const otp_gen_server lender_server = {
        .name = "lender", .state_size = sizeof(lender), .handle_call = lender_call};
    static const otp_gen_server storage_server = {
        .name = "storage", .state_size = sizeof(int64_t), .handle_call = storage_call};
    lender_pid = serve(&lender_server, otp_nil());
    storage_pid = serve(&storage_server, otp_nil());
    start(holder, 0);
    start(holder, LEASE_MS + 1);
    await_done(2);
}
