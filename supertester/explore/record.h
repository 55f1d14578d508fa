/* SPDX-License-Identifier: MIT */
/*
 * What a history holds. Invariant: events are in the order of their times, a call before returns of
 * the same time, unless sorted is false (sti_history_sort restores it). An event is the number of
 * an operation twice, plus 1 when it is the return; operations that did not return have none.
 */
#ifndef SUPERTESTER_EXPLORE_RECORD_H
#define SUPERTESTER_EXPLORE_RECORD_H

#include "supertester/explore/values.h"

#include "base/map64.h"
#include "port/thread.h"

#include <supertester/history.h>

enum { STI_ARGUMENTS_MAX = 3 };

/* Values that every history has, with these numbers: first those that say "there is none". */
enum {
    STI_NIL,
    STI_UNDEFINED,
    STI_EMPTY,
    STI_OK,
    STI_TRUE,
    STI_FALSE,
    STI_FAIL,
    STI_ERROR,
    STI_EMPTY_BINARY,
};

typedef struct sti_operation {
    uint32_t function;                     /* its place among the history's functions */
    uint32_t arguments[STI_ARGUMENTS_MAX]; /* values; STI_NO_VALUE behind the last */
    uint32_t argument_count;               /* may be more than fit */
    uint32_t reply;                        /* a value; STI_NO_VALUE = not known */
    uint32_t request;                      /* a value: the whole of it */
    uint32_t line;                         /* of a log; 0 = from none */
    st_outcome outcome;
    int64_t client, invoked, returned;
} sti_operation;

struct st_history {
    otpi_mutex mutex;
    sti_values values;
    sti_operation *operations;
    uint32_t *events;
    uint32_t *functions;    /* values: the atom of each function */
    size_t pending, failed; /* of the operations */
    size_t count, capacity, event_count, event_capacity, function_count, function_capacity;
    otpi_map64 open; /* client -> its operation */
    int64_t now;     /* the latest time */
    bool sorted;
};

/* Puts the events in order. */
OTP_MUST_CHECK bool sti_history_sort(st_history *history);
void sti_history_describe(const st_history *history, size_t i, st_operation *out);

#endif
