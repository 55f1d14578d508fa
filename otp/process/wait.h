/* SPDX-License-Identifier: MIT */
/*
 * Waiting, in the frame of who waits.
 *
 * When a parked process goes on, the processor has forgotten its frames: each return up to where it
 * began to wait is mispredicted, at some 20 cycles. So what waits on the way of every message is
 * inlined: there are two returns between the switch and the caller of a receive.
 */
#ifndef OTP_PROCESS_WAIT_H
#define OTP_PROCESS_WAIT_H

#include "process/extra.h"
#include "process/life.h"
#include "process/system.h"

/* The alarm of a wait, on the stack of who waits. */
typedef struct otpi_wait_alarm {
    otpi_alarm alarm;
    otpi_process *process;
} otpi_wait_alarm;

void otpi_wait_over(otpi_alarm *alarm);
/* No stack can be had: exits. */
void otpi_park_refused(void);

static OTPI_INLINE void otpi_park_here(otpi_process *self) {
    OTPI_ASSERT("step-003", !(self->flags & OTPI_EXITING)); /* a cleanup suspends */
    OTPI_ASSERT("step-004", otpi_locks_held == 0); /* suspended while holding an otp_lock */
    /* pairwise: taken from the inbox, not seen yet */
    bool arrived = self->extra && self->extra->arrived;
    if (!arrived && otpi_inbox_idle(self)) {
        otpi_suspend();
    } else {
        otpi_suspend_cancel();
    }
}

/* otpi_process_wait. */
static OTPI_INLINE bool otpi_wait_here(otpi_process *self, const char *label,
                                       uint64_t deadline_ms) {
    if (OTPI_UNLIKELY(!otpi_suspend_prepare(label))) {
        otpi_park_refused(); /* before there is an alarm on this stack */
    }
    if (deadline_ms == UINT64_MAX) {
        otpi_park_here(self);
        return true;
    }
    otpi_wait_alarm wait;
    wait.process = self;
    __atomic_store_n(&self->timed_out, 0, __ATOMIC_RELAXED);
    otpi_wait_alarm_set(&wait.alarm, deadline_ms, otpi_wait_over,
                        self->runnable.flags & OTPI_RUNNABLE_PATIENT);
    otpi_park_here(self);
    otpi_wait_alarm_cancel(&wait.alarm);
    return !__atomic_load_n(&self->timed_out, __ATOMIC_SEQ_CST);
}

#endif
