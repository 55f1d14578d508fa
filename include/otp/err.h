/* SPDX-License-Identifier: MIT */
/*
 * Errors. Functions that can fail return otp_err; 0 is OTP_OK. Results come by out-pointer, last.
 */
#ifndef OTP_ERR_H
#define OTP_ERR_H

#include <otp/api.h>

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

#endif
