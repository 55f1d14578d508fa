/* SPDX-License-Identifier: MIT */
/*
 * The simulator: one worker, a virtual clock, and a chooser that is asked what happens next.
 *
 * Design notes.
 * Enabled events are kept oldest first; a chooser's rank counts from there. A process at a visible
 * operation is put before all others, so that rank 0 is "goes on". The next timer is one more
 * event, last, when timers race. When nothing is enabled the clock moves to the earliest deadline.
 * Patient timers (of the testing library's own waits) never compete: they fire only when nothing
 * else is enabled.
 */
#ifndef OTP_WORLD_SIMULATOR_H
#define OTP_WORLD_SIMULATOR_H

#include "world/state.h"

/* A runnable that is no process: a connection of the simulated network. Its step delivers one
 * signal. */
typedef struct otpi_service {
    otpi_runnable runnable; /* flags has OTPI_RUNNABLE_SERVICE */
    otpi_step (*step)(struct otpi_service *service);
    void (*describe)(struct otpi_service *service, otp_event *event);
} otpi_service;

enum { OTPI_RUNNABLE_SERVICE = 64 };

otpi_simulator *otpi_simulator_new(otp_world *world);
void otpi_simulator_free(otpi_simulator *simulator);
void otpi_simulator_reset(otpi_simulator *simulator);

otpi_timers *otpi_simulator_timers(otpi_simulator *simulator, bool patient);
uint64_t otpi_simulator_now_ns(const otpi_simulator *simulator);
void otpi_simulator_ready(otpi_simulator *simulator, otpi_runnable *runnable);
/* Takes a runnable out of the enabled ones; false when it was not among them. */
bool otpi_simulator_remove(otpi_simulator *simulator, otpi_runnable *runnable);

/* What ends a run besides quiescence: *done becoming true (may be NULL), virtual time, steps. */
typedef struct otpi_run_limits {
    const bool *done;
    uint64_t until_ms; /* UINT64_MAX = never */
} otpi_run_limits;
otp_run_end otpi_simulator_run(otpi_simulator *simulator, const otpi_run_limits *limits);

/* The run under way, or the next, ends when the step that runs has come to its end. */
void otpi_simulator_interrupt(otpi_simulator *simulator);
/* Was it interrupted? Afterwards it is not. */
bool otpi_simulator_interrupted(otpi_simulator *simulator);

/* Runs enabled runnables that match, oldest first and unasked, until none is left: how a system
 * ends. */
void otpi_simulator_drain(otpi_simulator *simulator,
                          bool (*matches)(otpi_runnable *runnable, void *context), void *context);

/* The worker of the world, as the thread's current one, for work of the host between runs; restores
 * the one before. */
otpi_worker *otpi_simulator_enter(otp_world *world);
void otpi_simulator_exit(otpi_worker *before);

/* Folds a fact into the signature of the run. */
void otpi_simulator_note(otpi_simulator *simulator, uint64_t fact);
uint64_t otpi_simulator_steps(const otpi_simulator *simulator);
/* So many steps more from here, also when all were used up: for cleaning up after such a run. */
void otpi_simulator_grant(otpi_simulator *simulator, uint64_t steps);
uint64_t otpi_simulator_signature(const otpi_simulator *simulator);

/* Draws and choices of the world; the defaults without a chooser. */
int64_t otpi_simulator_draw(otpi_simulator *simulator, otp_lane lane, otp_choice kind, int64_t lo,
                            int64_t hi, int64_t target, const char *label);
uint32_t otpi_simulator_choose(otpi_simulator *simulator, otp_choice kind, const otp_event *events,
                               uint32_t n);

#endif
