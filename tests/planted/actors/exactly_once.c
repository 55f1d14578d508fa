/* SPDX-License-Identifier: MIT */
/*
 * A client on one node, an account on another, and a network that loses and doubles messages. A
 * request without an answer is sent again: the account may have carried it out already. The twin
 * knows the requests it has carried out. Checked: one deposit is booked at most once, and once when
 * it is confirmed.
 */
#include "tests/planted/parts.h"

enum { TRIES = 3 };

typedef struct account {
    int64_t balance, booked; /* the number of the last request */
} account;

static otp_pid account_pid;

static otp_result account_call(void *state, otp_term request, otp_from from) {
    account *a = state;
    int64_t id;
    (void)from;
    if (otp_match(request, "{deposit, ~i}", &id) && !(planted_correct && a->booked == id)) {
        a->balance++;
        a->booked = id;
    }
    return otp_reply(otp_int(a->balance));
}

static void account_boot(otp_term unused) {
    static const otp_gen_server server = {
        .name = "account", .state_size = sizeof(account), .handle_call = account_call};
    (void)unused;
    OTP_ASSERT(otp_start(&server, otp_nil(), NULL, &account_pid) == OTP_OK);
}

/* How the client sees it: no node, no process and no answer in time are the same. */
static bool try(otp_term request, int64_t *balance) {
    otp_term reply;
    for (int i = 0; i < TRIES; i++) {
        if (otp_call(account_pid, request, 100, &reply) == OTP_OK) {
            *balance = number(reply);
            return true;
        }
    }
    return false;
}

static void client(otp_term unused) {
    int64_t balance = 0;
    (void)unused;
    bool confirmed = try(PAIR(deposit, 1), &balance);
    if (try(OTP_ATOM(balance), &balance)) {
        ST_EXPECT_LE(balance, 1);
        ST_EXPECT_GE(balance, confirmed);
    }
    done();
}

PLANTED(exactly_once, .depth = 2, .minimum = 1,
        .simulation = {.node = "client@one", .network = OTP_NETWORK_LOSSY}) {
    otp_system *bank;
    otp_pid boot;
    OTP_ASSERT(otp_system_start(otp_world_here(), &(otp_system_opts){.name = "bank@two"}, &bank) ==
               OTP_OK);
    OTP_ASSERT(otp_system_spawn(bank, account_boot, otp_nil(), NULL, &boot) == OTP_OK);
    settle();
    start(client, 0);
    await_done(1);
}
