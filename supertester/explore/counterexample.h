/* SPDX-License-Identifier: MIT */
/*
 * A counterexample: which operations of a history are shown, and how far one gets with them.
 */
#ifndef SUPERTESTER_EXPLORE_COUNTEREXAMPLE_H
#define SUPERTESTER_EXPLORE_COUNTEREXAMPLE_H

#include "supertester/explore/check.h"

enum { STI_ORDERS_MAX = 3 };

/* An order in which operations can have taken effect, up to where the culprit does not fit. */
typedef struct sti_order {
    uint32_t *shown; /* places among the operations shown */
    size_t count;
    otpi_text states; /* the states after each of them, each with a NUL behind it */
} sti_order;

typedef struct sti_shown {
    size_t operation; /* of the history */
    bool certain;
    uint32_t begin, end; /* its call and its return among the events shown; end 0 = none */
} sti_shown;

struct st_counterexample {
    const st_history *history;
    const st_spec *spec;
    sti_shown *shown; /* ordered by call */
    size_t count, event_count, left_out;
    size_t culprit; /* its place among those shown */
    sti_order orders[STI_ORDERS_MAX];
    size_t order_count;
};

/* Finds the longest orders of what is shown; view is the history of just that. */
OTP_MUST_CHECK otp_err sti_orders_find(st_counterexample *counterexample, st_history *view,
                                       const st_history_opts *opts);
/* "write 4 -> ok", "write 4 ?" when it is not certain. */
void sti_describe_operation(const st_history *history, size_t operation, bool certain,
                            otpi_text *out);

#endif
