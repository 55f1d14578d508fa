/* SPDX-License-Identifier: MIT */
#include "till.h"

#include <supertester/supertester.h>

#include <string.h>

static void pay(otp_pid till, int64_t cents, otp_term currency) {
    otp_term total;
    ST_ASSERT_OK(otp_call(till, otp_tuple(OTP_ATOM(pay), otp_int(cents), currency), 1000, &total));
}

ST_TEST(till, tells_what_was_paid_to_prometheus, .world = ST_BOTH) {
    static const char expected[] = "# HELP till_paid_total Payments, by currency\n"
                                   "# TYPE till_paid_total counter\n"
                                   "till_paid_total{currency=\"eur\"} 2\n"
                                   "till_paid_total{currency=\"sek\"} 1\n"
                                   "# HELP till_paid_cents_total What was paid\n"
                                   "# TYPE till_paid_cents_total counter\n"
                                   "till_paid_cents_total{currency=\"eur\"} 12250\n"
                                   "till_paid_cents_total{currency=\"sek\"} 99\n"
                                   "# HELP till_payment_size How large payments are\n"
                                   "# TYPE till_payment_size histogram\n"
                                   "till_payment_size_bucket{le=\"100\"} 1\n"
                                   "till_payment_size_bucket{le=\"1000\"} 2\n"
                                   "till_payment_size_bucket{le=\"10000\"} 2\n"
                                   "till_payment_size_bucket{le=\"+Inf\"} 3\n"
                                   "till_payment_size_sum 12349\n"
                                   "till_payment_size_count 3\n";
    otp_metrics *metrics;
    char text[2000];
    size_t length;
    otp_pid till = st_setup_isolated_genserver(&till_server, otp_nil());
    ST_ASSERT_OK(
        otp_metrics_start(otp_system_here(), "till", till_metrics, TILL_METRICS, &metrics));
    pay(till, 250, OTP_ATOM(eur));
    pay(till, 99, OTP_ATOM(sek));
    pay(till, 12000, OTP_ATOM(eur));
    ST_ASSERT_OK(otp_metrics_text(metrics, text, sizeof text, &length));
    otp_metrics_stop(metrics);
    ST_ASSERT_EQ(length, strlen(expected));
    ST_ASSERT(strcmp(text, expected) == 0);
}
