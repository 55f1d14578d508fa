/* SPDX-License-Identifier: MIT */
/*
 * One run of a test: a world, a system, the body as a process in it, and its end.
 */
#ifndef SUPERTESTER_RUNNER_EXECUTE_H
#define SUPERTESTER_RUNNER_EXECUTE_H

#include "supertester/runner/context.h"

#include <supertester/choices.h>

/* What a run is to be like. */
typedef struct sti_setting {
    const st_test *test;
    otp_mode mode;
    uint64_t seed;
    otp_timers timers;
    otp_delivery delivery;
    otp_network network;
    int64_t timeout_ms;
    st_choices *list;       /* answers and records; its source is set. NULL = the simplest */
    sti_strike_plan strike; /* zeros: nothing is counted and nothing fails */
} sti_setting;

/* What is kept from run to run: the simulated world, which is reset, not started anew. */
typedef struct sti_stage {
    otp_world *simulated;
} sti_stage;

/* Runs the test once; what fails is reported in the context. Returns the signature of the run, 0 in
 * a parallel world. After a simulated run its world still holds what the test left:
 * sti_stage_clear. */
uint64_t sti_execute(sti_stage *stage, sti_context *context, const sti_setting *setting);
/* Reports how a process of the runner's own ended, unless it was as it should be. who: "test". */
void sti_execute_judge(sti_context *context, const char *who, otp_err err,
                       const otp_outcome *outcome);
/* Ends what the last run left. */
void sti_stage_clear(sti_stage *stage);
void sti_stage_close(sti_stage *stage);

#endif
