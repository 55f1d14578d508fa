/* SPDX-License-Identifier: MIT */
/* Lesson 1: a counter under a supervisor, and a race in one of its clients. */
#ifndef EXAMPLES_COUNTER_H
#define EXAMPLES_COUNTER_H

#include <otp/otp.h>

typedef struct counter {
    int64_t value;
} counter;

extern const otp_gen_server counter_server;
extern const otp_supervisor_spec counter_supervisor; /* restarts the counter named "counter" */

/* Adds one, in one request. */
otp_err counter_increment(otp_term dest);
/* Adds one by reading, then writing: what another client wrote in between is lost. */
otp_err counter_increment_carelessly(otp_term dest);

#endif
