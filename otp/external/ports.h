/* SPDX-License-Identifier: MIT */
/*
 * What a system keeps for its ports: how many programs it has, which functions stand in for
 * programs. A system that stops waits here until its programs have ended.
 */
#ifndef OTP_EXTERNAL_PORTS_H
#define OTP_EXTERNAL_PORTS_H

#include "external/program.h"
#include "process/system.h"

typedef struct otpi_stand_in {
    struct otpi_stand_in *next;
    otp_stand_in_fn *fn;
    void *context;
    otp_stand_in_faults faults;
    char program[];
} otpi_stand_in;

typedef struct otpi_ports {
    uint64_t programs; /* under the room's mutex, as is wakeups */
    uint64_t wakeups;
    otpi_stand_in *stand_ins; /* simulated worlds only: one thread */
} otpi_ports;

otpi_ports *otpi_ports_of(otp_system *system);

/* A place for one more program; OTP_ELIMIT. Given back when the program has ended, by any thread.
 */
otp_err otpi_ports_enter(otp_system *system);
void otpi_ports_leave(otp_system *system);

/* A wakeup for a port of the system; NULL when out of memory. The system outlives it. */
otpi_wakeup *otpi_ports_wakeup_new(otp_system *system);

/* NULL when nothing stands in for it. */
const otpi_stand_in *otpi_stand_in_find(otp_system *system, const char *program);

#endif
