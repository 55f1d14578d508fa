/* SPDX-License-Identifier: MIT */
#include "till.h"

typedef struct till {
    int64_t total;
} till;

static otp_result till_init(void *state, otp_term args) {
    (void)state, (void)args;
    return otp_ok();
}

/* The server says what happened; who counts it, and how, is none of its business. */
static otp_result till_call(void *state, otp_term request, otp_from from) {
    static otp_event_site paid = OTP_EVENT("[till, paid]");
    till *t = state;
    int64_t cents;
    otp_term currency;
    (void)from;
    if (!otp_match(request, "{pay, ~i, ~a}", &cents, &currency)) {
        return otp_stop(otp_tuple(OTP_ATOM(bad_request), request));
    }
    t->total += cents;
    if (otp_event_on(&paid)) {
        otp_telemetry_execute(&paid, otp_map(OTP_ATOM(cents), otp_int(cents)),
                              otp_map(OTP_ATOM(currency), currency));
    }
    return otp_reply(otp_int(t->total));
}

const otp_gen_server till_server = {
    .name = "till", .state_size = sizeof(till), .init = till_init, .handle_call = till_call};

static const double sizes[] = {100, 1000, 10000};

const otp_metric till_metrics[TILL_METRICS] = {
    {.type = OTP_COUNTER,
     .event = "[till, paid]",
     .tags = "[currency]",
     .description = "Payments, by currency"},
    {.type = OTP_SUM,
     .event = "[till, paid]",
     .measurement = "cents",
     .tags = "[currency]",
     .description = "What was paid"},
    {.type = OTP_DISTRIBUTION,
     .event = "[till, paid]",
     .measurement = "cents",
     .name = "till_payment_size",
     .description = "How large payments are",
     .buckets = sizes,
     .bucket_count = 3},
};
