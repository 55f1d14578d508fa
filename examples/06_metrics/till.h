/* SPDX-License-Identifier: MIT */
/* Lesson 6: metrics. A till counts what it takes and tells it as events; metrics of those events
 * are printed as Prometheus reads them. */
#ifndef EXAMPLES_TILL_H
#define EXAMPLES_TILL_H

#include <otp/otp.h>

extern const otp_gen_server till_server; /* {pay, Cents, Currency} -> the total */
extern const otp_metric till_metrics[];
enum { TILL_METRICS = 3 };

#endif
