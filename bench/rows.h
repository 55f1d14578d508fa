/* SPDX-License-Identifier: MIT */
/*
 * The work of the benchmarks on tables: rows {I, I}, put one by one and looked up one by one.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "bench/bench.h"

#include <otp/table.h>

/* A public set, owned by the caller. */
otp_table bench_rows_table(void);
/* The rows first, first + 1, ... last. Looking up a row that is not there ends the program. */
void bench_rows_insert(otp_table table, int64_t first, int64_t last);
void bench_rows_look_up(otp_table table, int64_t first, int64_t last);

#endif
