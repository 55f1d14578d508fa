/* SPDX-License-Identifier: MIT */
/*
 * Where the operations of a counterexample stand in a drawing: a lane for each client (two when an
 * operation of it is still open at its next call), and for each event a column, far enough from the
 * one before for the operation's label.
 */
#ifndef SUPERTESTER_EXPLORE_LANES_H
#define SUPERTESTER_EXPLORE_LANES_H

#include "supertester/explore/counterexample.h"

typedef struct sti_lanes {
    uint32_t *lane_of;  /* of each operation shown */
    int64_t *client_of; /* of each lane */
    uint32_t *columns;  /* of each event; one more behind the last */
    char **labels;      /* of each operation shown */
    size_t lane_count, label_count;
} sti_lanes;

/* gap: columns between two events, and around a label. */
OTP_MUST_CHECK bool sti_lanes_init(sti_lanes *lanes, const st_counterexample *counterexample,
                                   uint32_t gap);
void sti_lanes_fini(sti_lanes *lanes);

/* The event behind the operation: its return, or the end of the drawing. */
static inline size_t sti_lanes_end(const st_counterexample *c, size_t i) {
    return c->shown[i].end ? c->shown[i].end : c->event_count;
}

#endif
