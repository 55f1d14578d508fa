/* SPDX-License-Identifier: MIT */
/*
 * Calls per second of so many callers to one gen_server, each with a timeout of 5 s: what call_1
 * and call_100 share.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "bench/bench.h"

/* Makes bench_count() calls in all and tells the rate under that name. */
OTP_MAY_SUSPEND void calls_measure(const char *name, unsigned callers);

#endif
