/* SPDX-License-Identifier: MIT */
/*
 * Rows {I, I} per second into a public table, and out of it again, by one process.
 */
#include "bench/rows.h"

static void body(otp_term unused) {
    (void)unused;
    int64_t rows = (int64_t)bench_count();
    otp_table table = bench_rows_table();
    uint64_t started = bench_now_ns();
    bench_rows_insert(table, 1, rows);
    bench_rate("table_insert", bench_count(), started);
    started = bench_now_ns();
    bench_rows_look_up(table, 1, rows);
    bench_rate("table_lookup", bench_count(), started);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 1000000});
}
