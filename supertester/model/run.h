/* SPDX-License-Identifier: MIT */
/*
 * One run of a model: its state, what was run so far, and how that is told.
 */
#ifndef SUPERTESTER_MODEL_RUN_H
#define SUPERTESTER_MODEL_RUN_H

#include "base/text.h"

#include <otp/process.h>
#include <stdatomic.h>
#include <supertester/model.h>

enum { STI_CLIENTS_MAX = 8, STI_COMMANDS_MAX = 64 };

/* A command that a client ran. Terms are kept by the process that runs the model. */
typedef struct sti_executed {
    uint32_t client; /* from 1; 0 = before or after all clients */
    uint32_t command;
    otp_term arguments, result;
    uint64_t began, ended; /* in the order of all beginnings and ends; ended 0 = never */
} sti_executed;

typedef struct sti_model_run {
    const st_model *model;
    void *system;
    st_model_opts opts;
    const char *site;
    void *state;
    uint32_t command_count;
    uint32_t weights[STI_COMMANDS_MAX];
    _Atomic uint64_t time; /* beginnings and ends so far */
    uint32_t executed_count;
    sti_executed executed[STI_COMMANDS_MAX];
} sti_model_run;

static inline uint64_t sti_model_tick(sti_model_run *run) {
    return atomic_fetch_add(&run->time, 1) + 1;
}

/* Draws which command, and its arguments. False when none is allowed. */
OTP_MUST_CHECK bool sti_model_draw(sti_model_run *run, uint32_t *command, otp_term *arguments);
OTP_MAY_SUSPEND otp_term sti_model_execute(sti_model_run *run, uint32_t command,
                                           otp_term arguments);
/* Is there somebody who reads what was run? Then a line of it. */
bool sti_model_is_told(void);
void sti_model_tell(const char *line);
/* "take(3) -> ok"; OTP_NONE: "take(3)". */
void sti_model_show(const sti_model_run *run, uint32_t command, otp_term arguments, otp_term result,
                    otpi_text *out);

bool sti_model_holds(const sti_model_run *run, const void *state, uint32_t command,
                     otp_term arguments, otp_term result);
void sti_model_next(const sti_model_run *run, void *state, uint32_t command, otp_term arguments,
                    otp_term result);
/* Ends the test unless the invariant holds in this state. */
OTP_MAY_SUSPEND void sti_model_check_invariant(sti_model_run *run, const void *state,
                                               const char *after);

/* ---- clients.c, order.c ---- */

/* Several clients at the same time, from the run's state on. */
OTP_MAY_SUSPEND void sti_model_run_clients(sti_model_run *run);

/* Is there an order of all that was executed which the model allows from the run's state on?
 * state: in one such order, the one behind the last. Out of memory counts as yes. */
OTP_MUST_CHECK bool sti_model_order(const sti_model_run *run, void *state);

/* ---- pool.c ---- */

void sti_pools_begin(void);
void sti_pools_end(void);

#endif
