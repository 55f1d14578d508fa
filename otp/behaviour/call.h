/* SPDX-License-Identifier: MIT */
/*
 * A request and its answer, as gen:call does it: monitor and alias are one reference, the request
 * goes out under it, and what comes back under it is the answer or 'DOWN'.
 */
#ifndef OTP_BEHAVIOUR_CALL_H
#define OTP_BEHAVIOUR_CALL_H

#include "process/process.h"

/* Where a request goes: a name of this system is looked up first, as in OTP. OTP_ENOPROC: nobody
 * has the name; OTP_EBADARG: no destination, or the caller itself. */
OTP_MUST_CHECK otp_err otpi_call_dest(otp_term dest, otp_term *out);

/* Sends {label, From, request}; *ref is what the answer will carry. dest: from otpi_call_dest.
 * Waits at a full mailbox that blocks; OTP_EFULL at one that refuses, OTP_ETIMEOUT. */
OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otpi_call_begin(otp_term dest, otp_term label,
                                                       otp_term request, int64_t timeout_ms,
                                                       otp_ref *ref);
/* The answer. On OTP_ETIMEOUT the request is still open: wait again, or end it. reply may be NULL.
 */
OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otpi_call_wait(otp_ref ref, int64_t timeout_ms,
                                                      otp_term *reply);
/* No answer is wanted any more; one that is there already is returned as otpi_call_wait does. */
OTP_MUST_CHECK otp_err otpi_call_end(otp_ref ref, otp_term *reply);

/* All of it. */
OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otpi_call(otp_term dest, otp_term label, otp_term request,
                                                 int64_t timeout_ms, otp_term *reply);

/* The error that an exit reason in a 'DOWN' means to a caller. */
otp_err otpi_call_down(otp_term reason);

#endif
