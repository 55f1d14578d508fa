/* SPDX-License-Identifier: MIT */
/*
 * Visits: running a function inside another process, in signal order.
 *
 * The record belongs to the visitor while it waits. If the visitor is killed it abandons the
 * record, and whoever has it last frees it: state says who.
 */
#ifndef OTP_PROCESS_VISIT_H
#define OTP_PROCESS_VISIT_H

#include "process/signal.h"

typedef enum otpi_visit_state {
    OTPI_VISIT_PENDING,
    OTPI_VISIT_RUNNING,
    OTPI_VISIT_DONE,
    OTPI_VISIT_NOPROC,
    OTPI_VISIT_ABANDONED,
} otpi_visit_state;

typedef struct otpi_visit {
    otpi_signal signal;
    uint32_t state; /* atomic */
    otp_pid visitor;
    otp_system *system; /* of the visitor */
    void (*look)(void *context, otpi_process *target);
    void *context;
} otpi_visit;

void otpi_visit_arrives(otpi_process *self, otpi_visit *visit);
void otpi_visit_bury(otpi_visit *visit);
/* It came back: true. */
bool otpi_visited_arrives(otpi_process *self, otpi_visit *visit);
void otpi_visited_bury(otpi_visit *visit);

#endif
