/* SPDX-License-Identifier: MIT */
/*
 * The child's side of running tests in child processes, and the same work inside this process.
 *
 * Children take jobs from a queue in shared memory. Between the lines a test prints, the child
 * writes marks into the same stream, so that the parent knows which job the lines belong to and
 * when it has ended: the byte STI_MARK, 'b' (begins) or 'e' (has ended), the job's index, a dot,
 * the child's secret, a newline. Without the secret a test can't print what reads like a mark.
 */
#ifndef SUPERTESTER_RUNNER_CHILD_H
#define SUPERTESTER_RUNNER_CHILD_H

#include "supertester/runner/job.h"

enum { STI_MARK = 0x1e };

/* In memory shared with the children. */
typedef struct sti_queue {
    _Atomic uint32_t next; /* index of the next job to take */
    uint32_t end;          /* of those that may be taken now; changed when no child runs */
    _Atomic bool stopped;  /* nobody takes another one */
} sti_queue;

/* What a child is given; everything but plan lies in shared memory. */
typedef struct sti_orders {
    const sti_plan *plan;
    sti_queue *queue; /* NULL: only the job below, once */
    uint32_t only;
    uint64_t secret; /* of the marks */
    sti_desk *desk;
    st_choices *list;
    sti_result *results;       /* by job; for a single job its result */
    const char *replay;        /* of a single job: repeat this file; NULL = as the first time */
    sti_site_kind struck_kind; /* of a repetition: the call that failed, */
    uint64_t struck;           /* 0 = none did */
    bool shrinks;              /* a single job: its run that crashed is made simpler */
    bool resumes;              /* a single job: its sweep goes on where the result says */
} sti_orders;

/* Body of a child process: sti_orders. Returns its exit code. */
int sti_child_main(void *orders);

/* Installs the reporter of fatal signals, which says what the desk's test was doing. */
void sti_child_watch_faults(sti_desk *desk);

#endif
