/* SPDX-License-Identifier: MIT */
/*
 * A child process that ended while it ran a job: what the parent makes of it.
 */
#ifndef SUPERTESTER_RUNNER_DEATH_H
#define SUPERTESTER_RUNNER_DEATH_H

#include "supertester/runner/job.h"

#include "port/child.h"

typedef struct sti_death {
    const sti_plan *plan;
    uint32_t index; /* of the job */
    const otpi_child_exit *exit;
    sti_desk *desk; /* as the child left it */
    st_choices *list;
    uint64_t struck;  /* of a repetition: the call that failed; 0 = none did */
    bool second_look; /* nothing is recorded of a repetition */
} sti_death;

/* Completes the job's result from what the child had written. */
void sti_death_complete(const sti_death *death, sti_result *result);

#endif
