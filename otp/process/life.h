/* SPDX-License-Identifier: MIT */
/*
 * The end of a process.
 */
#ifndef OTP_PROCESS_LIFE_H
#define OTP_PROCESS_LIFE_H

#include "process/signal.h"

/* Ends self, which must be the running process. Never returns. */
OTP_NORETURN void otpi_process_die(otpi_process *self, otp_term reason);
/* The same for a reason that lies in a signal, which is freed. */
OTP_NORETURN void otpi_process_die_of_signal(otpi_process *self, otpi_signal *signal,
                                             otp_term reason);
/* The end of a process whose system ends while nothing runs (simulated worlds): false when it has a
 * stack, ties, messages or anything else of its own, so that it must run to its end. */
bool otpi_process_end_idle(otpi_process *process);
/* Kills from outside: never allocates. */
void otpi_process_kill(otpi_process *target);
/* Runs once when the world's seams are set. */
void otpi_process_room_open(void);

/* Steps of the world seam. */
otpi_step otpi_process_step(otpi_runnable *runnable);
otpi_step otpi_process_step_simulated(otpi_runnable *runnable);
bool otpi_process_settle(otpi_runnable *runnable);
void otpi_process_resumed(otpi_runnable *runnable);
void otpi_process_describe(otpi_runnable *runnable, otp_event *event);

/* Parks self until a signal comes or the deadline passes. Afterwards signals are to be taken.
 * label: static text. deadline_ms: of the world's clock, UINT64_MAX = never. False when the
 * deadline has passed. */
bool otpi_process_wait(otpi_process *self, const char *label, uint64_t deadline_ms);
/* Wakes a process that waits, without a signal. */
void otpi_process_nudge(otpi_process *target);
/* Absolute deadline of a timeout from now. */
uint64_t otpi_deadline_of(otpi_process *self, int64_t timeout_ms, const char *site);

/* Where a parked process waits; NULL for others and for the caller. */
const char *otpi_waits_in(const otpi_runnable *runnable, bool self);
/* The end of a top-level scope: what a receive begins with. */
void otpi_scope_turn(otpi_process *self);
/* Puts a taken message under the current scope and returns its term. */
otp_term otpi_message_hold(otpi_signal *message);

/* One process of the system is gone, or one that was only counted. It may be freed at once. */
void otpi_process_count_down(otp_system *system);

/* See hogged of otpi_world_seam. */
void otpi_process_hogs(const otpi_hog *hog, otpi_runnable *runnable);

#endif
