/* SPDX-License-Identifier: MIT */
/*
 * A child's spec on its way to a supervisor: a copy behind a resource, so that it lives until the
 * supervisor has read it, also when who asked is killed meanwhile.
 */
#ifndef OTP_BEHAVIOUR_SUPERVISOR_WIRE_H
#define OTP_BEHAVIOUR_SUPERVISOR_WIRE_H

#include <otp/supervisor.h>

#include "behaviour/wire.h"

/* The copy as a term; OTP_NONE when out of memory. */
otp_term otpi_supervisor_wire_term(const otp_child_spec *spec);
/* NULL when the term is no spec. Lives as long as the term. */
const otp_child_spec *otpi_supervisor_wire_spec(otp_term term);

#endif
