/* SPDX-License-Identifier: MIT */
/* Two buyers look at the stock in a public table, and take one if there is one. The twin takes with
 * update_counter, and puts back what was not there. */
#include "race.h"

static bool buy_checked(otp_table stock) {
    otp_term row;
    int64_t left = 0;
    otp_err err = otp_table_lookup(stock, OTP_ATOM(item), &row);
    if (err != OTP_OK || !otp_match(row, "{item, ~i}", &left) || left == 0) {
        return false;
    }
    err = otp_table_insert(stock, otp_tuple(OTP_ATOM(item), otp_int(left - 1)));
    return err == OTP_OK;
}

static bool buy_counted(otp_table stock) {
    int64_t left = 0;
    otp_err err = otp_table_update_counter(stock, OTP_ATOM(item), 2, -1, OTP_NONE, &left);
    return err == OTP_OK && left >= 0;
}

static void buyer(otp_term parent) {
    otp_table stock;
    otp_err err = otp_table_named(OTP_ATOM(stock), &stock);
    OTP_ASSERT(err == OTP_OK);
    bool bought = race_planted() ? buy_checked(stock) : buy_counted(stock);
    otp_send(parent, otp_tuple(OTP_ATOM(bought), otp_bool(bought)));
}

static void body(otp_term unused) {
    (void)unused;
    otp_table stock;
    otp_err err =
        otp_table_new(&(otp_table_opts){.name = OTP_ATOM(stock), .protection = OTP_PUBLIC}, &stock);
    OTP_ASSERT(err == OTP_OK);
    err = otp_table_insert(stock, otp_tuple(OTP_ATOM(item), otp_int(1)));
    OTP_ASSERT(err == OTP_OK);
    otp_spawn(buyer, otp_from_pid(otp_self()));
    otp_spawn(buyer, otp_from_pid(otp_self()));
    int sold = 0;
    for (int i = 0; i < 2; i++) {
        bool bought = false;
        err = otp_receive_match(OTP_INFINITY, "{bought, ~o}", &bought);
        OTP_ASSERT(err == OTP_OK);
        sold += bought;
    }
    if (sold > 1) {
        race_violated();
    }
}

const race_program race_sold_twice = {"sold twice", body, OTP_TIMERS_LAST};
