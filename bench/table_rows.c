/* SPDX-License-Identifier: MIT */
/*
 * Rows {I, I} per second into a public table, and out of it again, by one process.
 */
#include "bench/bench.h"

#include <otp/table.h>

static void rows_insert(otp_table table, int64_t rows) {
    for (int64_t i = 1; i <= rows; i++) {
        otp_scope scope = otp_scope_begin();
        bench_must(otp_table_insert(table, otp_tuple(otp_int(i), otp_int(i))), "insert");
        otp_scope_end(scope);
    }
}

static void rows_look_up(otp_table table, int64_t rows) {
    for (int64_t i = 1; i <= rows; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term row;
        bench_must(otp_table_lookup(table, otp_int(i), &row), "lookup");
        otp_scope_end(scope);
    }
}

static void body(otp_term unused) {
    (void)unused;
    int64_t rows = (int64_t)bench_count();
    otp_table table;
    bench_must(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &table), "table");
    uint64_t started = bench_now_ns();
    rows_insert(table, rows);
    bench_rate("table_insert", bench_count(), started);
    started = bench_now_ns();
    rows_look_up(table, rows);
    bench_rate("table_lookup", bench_count(), started);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 1000000});
}
