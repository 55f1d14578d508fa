/* SPDX-License-Identifier: MIT */
/*
 * What every benchmark shares: its flags, a world to run in, and the line that tells the result.
 *
 *     static void body(otp_term unused) {
 *         uint64_t started = bench_now_ns();
 *         ... bench_count() of something ...
 *         bench_rate("name", bench_count(), started);
 *     }
 *     int main(int argc, char **argv) {
 *         return bench_run(argc, argv, &(bench_plan){.body = body, .count = 1000000});
 *     }
 *
 * Flags of every program: --schedulers N, --count N. A result is one line "RES name value unit".
 * What cannot be measured ends the program with exit code 1.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <otp/gen_server.h>

typedef struct bench_plan {
    otp_process_fn *body;    /* the first process of the system */
    uint64_t count;          /* how much work, unless --count says otherwise */
    uint64_t processes_most; /* alive at once; 0 = the system's default limit */
} bench_plan;

/* Reads the flags and runs the body in a parallel world. The exit code of the program. */
int bench_run(int argc, char **argv, const bench_plan *plan);
/* Only reads the flags, for a program that makes its worlds itself. */
void bench_flags(int argc, char **argv, uint64_t count);

unsigned bench_schedulers(void);
uint64_t bench_count(void);

uint64_t bench_now_ns(void);
double bench_resident_bytes(void); /* of this OS process */
/* Ends the program when the machine does not have so much memory left. */
void bench_memory_needed(uint64_t bytes);

void bench_result(const char *name, double value, const char *unit);
/* count things since started, as things per second. */
void bench_rate(const char *name, uint64_t count, uint64_t started_ns);

/* Ends the program when the error is one. */
void bench_must(otp_err err, const char *what);
/* Receives that many messages, whatever they are. */
OTP_MAY_SUSPEND void bench_await(uint64_t messages);
/* A gen_server that nobody is linked to. */
OTP_MAY_SUSPEND otp_pid bench_server(const otp_gen_server *server, otp_term args);

#endif
