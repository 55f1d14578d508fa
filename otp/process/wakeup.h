/* SPDX-License-Identifier: MIT */
/*
 * Waking a process from outside of its world's workers: a thread that waits for the kernel raises
 * bits, and the process gets one message, the atom wakeup, however often that happens until it has
 * handled it. Nothing is allocated on the way.
 *
 * References: one of who made it, one of the raise that is under way (as a job, then as a signal,
 * until it is handled).
 */
#ifndef OTP_PROCESS_WAKEUP_H
#define OTP_PROCESS_WAKEUP_H

#include "process/signal.h"
#include "world/state.h"

typedef struct otpi_wakeup {
    otpi_signal signal; /* first */
    otpi_job job;
    otp_system *system;
    otp_pid pid;                                 /* who is woken; set before the first raise */
    uint32_t refs;                               /* atomic */
    uint32_t bits;                               /* atomic: raised and not taken */
    uint32_t moves;                              /* atomic: 1 while a raise is under way */
    void (*release)(struct otpi_wakeup *wakeup); /* when the last reference has gone; any thread */
} otpi_wakeup;

/* With one reference, the caller's. */
void otpi_wakeup_init(otpi_wakeup *wakeup, otp_system *system,
                      void (*release)(otpi_wakeup *wakeup));
void otpi_wakeup_release(otpi_wakeup *wakeup);
/* From any thread, as long as the caller has a reference (or keeps the holder from releasing his).
 */
void otpi_wakeup_raise(otpi_wakeup *wakeup, uint32_t bits);
/* What was raised since the last time; the woken process asks. */
uint32_t otpi_wakeup_take(otpi_wakeup *wakeup);
/* The message has been handled or dropped. */
void otpi_wakeup_handled(otpi_wakeup *wakeup);

#endif
