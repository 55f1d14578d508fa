/* SPDX-License-Identifier: MIT */
/*
 * Two processes on one public table at the same time: how many times as many rows they put, or look
 * up, in a second as one does. 1 = they only wait for each other, 2 = they are not in each other's
 * way. Each puts one half of the rows; each looks all of them up.
 *
 * A worker keeps no stack while it waits, so the second one is free to move to the scheduler that
 * has nothing to do. Time counts from the first start to the last end, and a round in which one
 * ended before the other began is no measurement.
 */
#include "bench/rows.h"

enum { WORKERS = 2, ROUNDS = 3 };

typedef void work_fn(otp_table table, int64_t first, int64_t last);
static work_fn *const works[] = {bench_rows_insert, bench_rows_look_up};
enum { INSERT, LOOK_UP };

static otp_result worker_info(void *state, otp_term message) {
    (void)state;
    otp_pid report;
    otp_term handle;
    otp_table table;
    int64_t work;
    int64_t first;
    int64_t last;
    if (otp_match(message, "{~p, ~t, ~i, ~i, ~i}", &report, &handle, &work, &first, &last) &&
        otp_get_table(handle, &table)) {
        uint64_t started = bench_now_ns();
        works[work](table, first, last);
        otp_send(report, otp_tuple(otp_uint(started), otp_uint(bench_now_ns())));
    }
    return otp_noreply();
}

static const otp_gen_server worker_server = {.name = "worker", .handle_info = worker_info};

static void worker_begin(otp_pid worker, otp_table table, int work, int64_t first, int64_t last) {
    otp_scope scope = otp_scope_begin();
    otp_send(worker, otp_tuple(otp_from_pid(otp_self()), otp_from_table(table), otp_int(work),
                               otp_int(first), otp_int(last)));
    otp_scope_end(scope);
}

/* From the first start to the last end of n workers, which have begun, in seconds. */
static double workers_seconds(int n) {
    uint64_t first_start = UINT64_MAX;
    uint64_t last_start = 0;
    uint64_t first_end = UINT64_MAX;
    uint64_t last_end = 0;
    for (int i = 0; i < n; i++) {
        uint64_t start;
        uint64_t end;
        bench_must(otp_receive_match(OTP_INFINITY, "{~u, ~u}", &start, &end), "receive");
        first_start = start < first_start ? start : first_start;
        last_start = start > last_start ? start : last_start;
        first_end = end < first_end ? end : first_end;
        last_end = end > last_end ? end : last_end;
    }
    bench_must(last_start < first_end ? OTP_OK : OTP_ETIMEOUT, "both at the same time");
    return (double)(last_end - first_start) / 1e9;
}

/* Rows per second of n workers, put into the table and looked up. */
static void round_run(const otp_pid *workers, int n, double rates[2]) {
    int64_t rows = (int64_t)bench_count();
    otp_table table = bench_rows_table();
    for (int i = 0; i < n; i++) {
        worker_begin(workers[i], table, INSERT, 1 + rows * i / n, rows * (i + 1) / n);
    }
    rates[INSERT] += (double)rows / workers_seconds(n);
    for (int i = 0; i < n; i++) {
        worker_begin(workers[i], table, LOOK_UP, 1, rows);
    }
    rates[LOOK_UP] += (double)(rows * n) / workers_seconds(n);
    bench_must(otp_table_delete(table), "delete");
}

static void body(otp_term unused) {
    (void)unused;
    otp_pid workers[WORKERS];
    double rates[1 + WORKERS][2] = {0}; /* by number of workers; [0]: the first, to warm up */
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = bench_server(&worker_server, otp_nil());
    }
    round_run(workers, WORKERS, rates[0]);
    for (int round = 0; round < ROUNDS; round++) {
        round_run(workers, 1, rates[1]);
        round_run(workers, WORKERS, rates[WORKERS]);
    }
    bench_result("table_insert_2", rates[WORKERS][INSERT] / rates[1][INSERT], "times");
    bench_result("table_lookup_2", rates[WORKERS][LOOK_UP] / rates[1][LOOK_UP], "times");
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 1000000});
}
