/* SPDX-License-Identifier: MIT */
/*
 * Savina's banking: a teller orders 50,000 transfers between 1,000 accounts at once; each account
 * that gives calls the one that gets, and waits for its answer before it does anything else. Money
 * moves to accounts of higher numbers only, so that no two wait for each other.
 */
#include "bench/savina.h"

enum { ACCOUNTS = 1000, TRANSFERS = 50000, BALANCE = 1000000, AMOUNT_MAX = 1000 };

typedef struct account {
    int64_t balance;
} account;

static otp_result account_call(void *state, otp_term request, otp_from from) {
    account *a = state;
    int64_t amount;
    (void)from;
    if (otp_match(request, "{debit, ~i}", &amount)) {
        a->balance += amount;
    }
    return otp_reply(otp_int(a->balance));
}

static otp_result account_cast(void *state, otp_term request) {
    account *a = state;
    otp_pid teller, to;
    int64_t amount;
    otp_term reply;
    if (!otp_match(request, "{credit, ~p, ~p, ~i}", &teller, &to, &amount)) {
        return otp_stop(OTP_ATOM(normal));
    }
    a->balance -= amount;
    bench_must(otp_call(to, otp_tuple(OTP_ATOM(debit), otp_int(amount)), OTP_INFINITY, &reply),
               "debit");
    otp_send(teller, OTP_ATOM(transferred));
    return otp_noreply();
}

static otp_result account_init(void *state, otp_term args) {
    (void)args;
    ((account *)state)->balance = BALANCE;
    return otp_ok();
}

static const otp_gen_server account_server = {.name = "account",
                                              .state_size = sizeof(account),
                                              .init = account_init,
                                              .handle_call = account_call,
                                              .handle_cast = account_cast};

static void order(const otp_pid *accounts, uint64_t *seed) {
    int64_t from = savina_below(seed, ACCOUNTS / 10) * 8;
    int64_t to = from + 1 + savina_below(seed, ACCOUNTS - from - 1);
    int64_t amount = savina_below(seed, AMOUNT_MAX);
    otp_cast(accounts[from], otp_tuple(OTP_ATOM(credit), otp_from_pid(otp_self()),
                                       otp_from_pid(accounts[to]), otp_int(amount)));
}

/* What all accounts have together; they end. */
static int64_t close_all(const otp_pid *accounts) {
    int64_t sum = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        otp_term reply;
        int64_t balance = 0;
        bench_must(otp_call(accounts[i], OTP_ATOM(balance), OTP_INFINITY, &reply), "balance");
        otp_get_int(reply, &balance);
        sum += balance;
        otp_cast(accounts[i], OTP_ATOM(close));
    }
    return sum;
}

static void run(void) {
    otp_pid accounts[ACCOUNTS];
    uint64_t seed = 1;
    otp_scope scope = otp_scope_begin();
    for (int i = 0; i < ACCOUNTS; i++) {
        accounts[i] = bench_server(&account_server, otp_nil());
    }
    for (int i = 0; i < TRANSFERS; i++) {
        order(accounts, &seed);
    }
    bench_await(TRANSFERS);
    savina_check(close_all(accounts) == (int64_t)ACCOUNTS * BALANCE, "money is lost");
    otp_scope_end(scope);
}

int main(int argc, char **argv) {
    return savina_main(argc, argv, "banking", run);
}
