/* SPDX-License-Identifier: MIT */
/* Lesson 5: a server that keeps a program of the operating system for its work. */
#ifndef EXAMPLES_ADDER_H
#define EXAMPLES_ADDER_H

#include <otp/otp.h>

extern const otp_gen_server adder_server;
extern const otp_supervisor_spec adder_supervisor; /* restarts the server named "adder" */

/* The sum, as the program finds it. OTP_EDOWN when that, and with it the server, died meanwhile. */
otp_err adder_add(otp_term dest, int64_t a, int64_t b, int64_t *sum);

#endif
