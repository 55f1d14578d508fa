/* SPDX-License-Identifier: MIT */
/*
 * What the programs of the Savina suite share (S. Imam, V. Sarkar: Savina, an actor benchmark
 * suite, AGERE 2014), with its default sizes: a run goes from the first process to the last
 * answer, is done bench_count() times, and the median of their times is the result, in
 * milliseconds. The same programs in Erlang are in peers/savina.erl.
 */
#ifndef BENCH_SAVINA_H
#define BENCH_SAVINA_H

#include "bench/bench.h"

typedef OTP_MAY_SUSPEND void savina_run(void);

/* main of such a program: tells the result as savina_NAME. */
int savina_main(int argc, char **argv, const char *name, savina_run *run);

/* Ends the program unless what a run has shown is right. */
void savina_check(bool right, const char *what);

/* A sequence of numbers below n, the same in each run and in Erlang; *seed starts at 1. */
int64_t savina_below(uint64_t *seed, int64_t n);

#endif
