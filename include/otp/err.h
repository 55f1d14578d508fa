/* SPDX-License-Identifier: MIT */
/*
 * Errors. Functions that can fail return otp_err; 0 is OTP_OK. Results come by out-pointer, last.
 *
 *     otp_err e = otp_call(pid, request, 5000, &reply);
 *     if (e) {
 *         fprintf(stderr, "%s: %s; %s\n", otp_err_name(e), otp_err_text(e), otp_err_advice(e));
 *     }
 *
 * There are three ways for things to go wrong, and each has one form:
 * - An operation did not take place: an otp_err other than OTP_OK. Out-pointers are left alone, but
 *   where the description of the function says that they carry a reason.
 * - The caller misused a function: inside a process the exit {badarg, {Site, What}}, outside of one
 *   an otp_err, or OTP_NONE where terms are built.
 * - The runtime itself is broken: the OS process ends with a stable id ("term-002") and the place,
 * in release builds too. A failed allocation inside a process is the exit {enomem, Site} where a
 * term would be returned, and OTP_ENOMEM where an otp_err is.
 */
#ifndef OTP_ERR_H
#define OTP_ERR_H

#include <otp/api.h>

/* Every error of the runtime; the list with texts and advice is in otp/errors.def. */
typedef enum otp_err {
#define OTP_ERROR(name, text, advice) OTP_##name,
#include <otp/errors.def>
#undef OTP_ERROR
} otp_err;

/* The error's name, "OTP_ENOPROC". Static; never NULL, also for numbers that are no error. */
OTP_API const char *otp_err_name(otp_err err);

/* What happened, in a few words. Static; never NULL. */
OTP_API const char *otp_err_text(otp_err err);

/* What to try next. Static; never NULL, empty for OTP_OK. */
OTP_API const char *otp_err_advice(otp_err err);

/*
 * Differences from Erlang
 *
 * - Erlang's functions raise an exception, or return {error, Reason} with an atom. Here what a
 * caller is expected to handle is a number with a text; what it is not is an exit.
 * - There is no try and no catch: an exit ends the process, and whoever is linked or monitors sees
 * it.
 */

#endif
