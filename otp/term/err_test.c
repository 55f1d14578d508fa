/* SPDX-License-Identifier: MIT */
#include <otp/err.h>

#include "unit.h"

#include <string.h>

UNIT("every error has a name, a text and an advice") {
    for (int i = OTP_OK + 1; i <= OTP_EREPLAY; i++) {
        otp_err err = (otp_err)i;
        CHECK(strncmp(otp_err_name(err), "OTP_E", 5) == 0);
        CHECK(strlen(otp_err_text(err)) > 3);
        CHECK(strlen(otp_err_advice(err)) > 3);
    }
    CHECK_STR(otp_err_name(OTP_OK), "OTP_OK");
    CHECK_STR(otp_err_advice(OTP_OK), "");
    CHECK_STR(otp_err_name(OTP_ETIMEOUT), "OTP_ETIMEOUT");
}

UNIT("numbers that are no error have a text too") {
    CHECK(otp_err_name((otp_err)9999) != NULL);
    CHECK(strlen(otp_err_text((otp_err)-1)) > 0);
    CHECK(strlen(otp_err_advice((otp_err)9999)) > 0);
}
