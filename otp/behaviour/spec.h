/* SPDX-License-Identifier: MIT */
/*
 * Specifications of supervisors and children: what is wrong with one, in OTP's words, and copies.
 */
#ifndef OTP_BEHAVIOUR_SPEC_H
#define OTP_BEHAVIOUR_SPEC_H

#include <otp/supervisor.h>

/* OTP_NONE when all is well; else {supervisor_data, What} or {start_spec, What}. */
otp_term otpi_spec_fault(const otp_supervisor_spec *spec);
/* The same for one child: {What, Id}, What when it has no id, or OTP_NONE. */
otp_term otpi_spec_child_fault(const otp_child_spec *child, otp_strategy strategy,
                               otp_auto_shutdown auto_shutdown);

/* A copy with its children, in one block for otpi_free; NULL when out of memory. */
otp_supervisor_spec *otpi_spec_copy(const otp_supervisor_spec *spec);

/* Defaults filled in. The time is OTP_INFINITY, OTP_BRUTAL_KILL or in ms. */
int64_t otpi_spec_shutdown_ms(const otp_child_spec *child);
otp_child_type otpi_spec_type(const otp_child_spec *child);
uint32_t otpi_spec_intensity(const otp_supervisor_spec *spec);
uint64_t otpi_spec_period_ms(const otp_supervisor_spec *spec);

/* OTP's words for the values. */
otp_term otpi_spec_restart_word(const otp_child_spec *child);
otp_term otpi_spec_shutdown_word(const otp_child_spec *child);
otp_term otpi_spec_type_word(const otp_child_spec *child);

#endif
