/* SPDX-License-Identifier: MIT */
/*
 * Timers that send a message: otp_send_after, otp_start_timer.
 *
 * The record carries the message and becomes the signal. Records live in their own pool and are
 * never used for anything else, so that a handle can be checked by its number under the wheel's
 * lock.
 */
#ifndef OTP_PROCESS_TIMER_H
#define OTP_PROCESS_TIMER_H

#include "process/signal.h"
#include "world/state.h"

typedef struct otpi_user_timer {
    otpi_signal signal;
    otpi_alarm alarm;
    uint64_t number; /* atomic: 0 = not in use; read by cancel */
    otp_system *system;
    otp_term dest;      /* pid or name */
    otpi_pack *message; /* NULL when the message is an immediate: plain */
    otp_term plain;
    struct otpi_user_timer *next_free;
    uint64_t words[8]; /* {timeout, Ref, Message} and Ref */
    bool tells_ref;
} otpi_user_timer;

bool otpi_user_timer_arrives(otpi_process *self, otpi_user_timer *timer);
void otpi_user_timer_free(otpi_user_timer *timer);
/* Ends every timer of a system that is stopping. */
void otpi_user_timers_end(otp_system *system);

#endif
