/* SPDX-License-Identifier: MIT */
/*
 * Exhaustive exploration: N readers and a writer of one row of a table, in all 2^N orders.
 * dpor_interleavings: how many a second, of explorations of eight readers, one after the other.
 * dpor_readers11: how long all 2,048 of eleven take. There is one thread.
 */
#include "bench/bench.h"

#include <otp/table.h>
#include <supertester/explore.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXPLORATIONS = 200, READERS_FEW = 8, READERS_MANY = 11 };

static void writes(otp_term arg) {
    otp_table table;
    if (otp_get_table(arg, &table)) {
        bench_must(otp_table_insert(table, otp_tuple(otp_int(1), otp_int(1))), "insert");
    }
}

static void reads(otp_term arg) {
    otp_table table;
    bool there;
    if (otp_get_table(arg, &table)) {
        bench_must(otp_table_member(table, otp_int(1), &there), "member");
    }
}

static void readers(void *context) {
    const int *count = context;
    otp_table table;
    otp_term none;
    bench_must(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &table), "table");
    otp_spawn(writes, otp_from_table(table));
    for (int i = 0; i < *count; i++) {
        otp_spawn(reads, otp_from_table(table));
    }
    if (otp_receive(1, &none) != OTP_ETIMEOUT) { /* until all others have ended */
        exit(1);
    }
}

static void explore(int count) {
    st_check_result result;
    st_explore_opts opts = {
        .check = {.name = "readers", .context = &count, .quiet = true, .result = &result},
        .simulation = {.timers_last = true},
        .strategy = ST_EXHAUSTIVE};
    st_verdict verdict = st_explore(readers, &opts);
    if (verdict != ST_PROVED || result.runs != UINT64_C(1) << count) {
        fprintf(stderr, "dpor: %s, %" PRIu64 " interleavings\n", st_verdict_name(verdict),
                result.runs);
        exit(1);
    }
}

int main(int argc, char **argv) {
    bench_flags(argc, argv, EXPLORATIONS);
    uint64_t started = bench_now_ns();
    for (uint64_t i = 0; i < bench_count(); i++) {
        explore(READERS_FEW);
    }
    bench_rate("dpor_interleavings", bench_count() << READERS_FEW, started);
    started = bench_now_ns();
    explore(READERS_MANY);
    bench_result("dpor_readers11", (double)(bench_now_ns() - started) / 1e6, "ms");
    return 0;
}
