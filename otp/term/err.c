/* SPDX-License-Identifier: MIT */
/*
 * Names and texts of the errors, from errors.def.
 */
#include <otp/err.h>

typedef struct error_row {
    const char *name, *text, *advice;
} error_row;

static const error_row rows[] = {
#define OTP_ERROR(name, text, advice) {"OTP_" #name, text, advice},
#include <otp/errors.def>
#undef OTP_ERROR
};
static const error_row unknown = {"OTP_E?", "unknown error",
                                  "this number is none of the runtime's"};

static const error_row *row_of(otp_err err) {
    return (size_t)err < sizeof rows / sizeof rows[0] ? &rows[err] : &unknown;
}

const char *otp_err_name(otp_err err) {
    return row_of(err)->name;
}

const char *otp_err_text(otp_err err) {
    return row_of(err)->text;
}

const char *otp_err_advice(otp_err err) {
    return row_of(err)->advice;
}
