/* SPDX-License-Identifier: MIT */
/*
 * Timers that send a message: otp_send_after, otp_start_timer.
 *
 * The record carries the message; when it fires, the shot that lies beside it becomes the signal.
 * Records live in their own pool and are never used for anything else, so that a handle can be
 * checked by its number under the wheel's lock. What a timer needs until it fires lies close
 * together: most are cancelled, and a million of them are as much memory as has to be looked at.
 */
#ifndef OTP_PROCESS_TIMER_H
#define OTP_PROCESS_TIMER_H

#include "process/signal.h"
#include "world/state.h"

typedef struct otpi_user_timer {
    otpi_alarm alarm;
    uint64_t number; /* atomic: 0 = not in use; set and cleared under the wheel's lock */
    otp_term dest;   /* pid or name */
    otp_system *system;
    union {
        otp_pid from;
        struct otpi_user_timer *next_free;
    };
    union {
        uint64_t message;                   /* an immediate term, or a pack's address */
        struct otpi_user_timer *next_batch; /* of the first record of a batch */
    };
} otpi_user_timer;

/* What a timer becomes when it fires. */
typedef struct otpi_timer_shot {
    otpi_signal signal;
    uint64_t words[8]; /* {timeout, Ref, Message} and Ref */
} otpi_timer_shot;

/* Drops the message of a timer that has fired. */
void otpi_timer_shot_free(otpi_signal *shot);
/* Ends every timer of a system that is stopping. */
void otpi_user_timers_end(otp_system *system);
/* A world ends: what its workers have at hand goes back to the pool. */
void otpi_user_timers_give_back(otp_world *world);

#endif
