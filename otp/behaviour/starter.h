/* SPDX-License-Identifier: MIT */
/*
 * Who spawned the calling process with a monitor, as the process itself can know: its oldest
 * monitor is the one it was born with. A message that carries that monitor's reference reaches the
 * spawner's wait without a search.
 */
#ifndef OTP_BEHAVIOUR_STARTER_H
#define OTP_BEHAVIOUR_STARTER_H

#include "behaviour/wire.h"
#include "process/signal.h"

/* Number of the reference; 0 when the spawner is gone, or did not monitor. At the first step. */
static inline uint64_t otpi_starter_number(const otpi_process *self) {
    const otpi_monitor *monitor = self->monitored_by;
    return monitor && monitor->watcher.word == self->parent.word ? monitor->ref.word[1] : 0;
}

/* Sends {Ref, what}; also OTP_OK when nobody waits for it any more. */
static inline otp_err otpi_starter_tell(const otpi_process *self, uint64_t number, otp_term what) {
    if (number == 0) {
        return OTP_OK;
    }
    otp_term ref = otpi_wire_ref(otpi_ref(otpi_pid_node(self->pid), number));
    otp_err err = otp_try_send_term(otp_from_pid(self->parent), otpi_wire_pair(ref, what));
    return err == OTP_ENOPROC ? OTP_OK : err;
}

#endif
