/* SPDX-License-Identifier: MIT */
/*
 * Waits of the testing library: in a simulated world their deadlines never compete with the system
 * under test.
 */
#ifndef SUPERTESTER_AWAIT_PATIENT_H
#define SUPERTESTER_AWAIT_PATIENT_H

#include "world/worker.h"

/* From here to sti_patient_end the calling process waits patiently; the result says how it was. */
static inline bool sti_patient_begin(void) {
    otpi_runnable *self = otpi_simulated() ? otpi_runnable_here() : NULL;
    bool before = !self || (self->flags & OTPI_RUNNABLE_PATIENT) != 0;
    if (!before) {
        self->flags |= OTPI_RUNNABLE_PATIENT;
    }
    return before;
}

static inline void sti_patient_end(bool before) {
    otpi_runnable *self = before ? NULL : otpi_runnable_here();
    if (self) {
        self->flags = (uint16_t)(self->flags & ~OTPI_RUNNABLE_PATIENT);
    }
}

#endif
