/* SPDX-License-Identifier: MIT */
/*
 * Rows put and looked up: see rows.h.
 */
#include "bench/rows.h"

otp_table bench_rows_table(void) {
    otp_table table;
    bench_must(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &table), "table");
    return table;
}

void bench_rows_insert(otp_table table, int64_t first, int64_t last) {
    for (int64_t i = first; i <= last; i++) {
        otp_scope scope = otp_scope_begin();
        bench_must(otp_table_insert(table, otp_tuple(otp_int(i), otp_int(i))), "insert");
        otp_scope_end(scope);
    }
}

void bench_rows_look_up(otp_table table, int64_t first, int64_t last) {
    for (int64_t i = first; i <= last; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term row;
        bench_must(otp_table_lookup(table, otp_int(i), &row), "lookup");
        otp_scope_end(scope);
    }
}
