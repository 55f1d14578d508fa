/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: a match specification from data, and behind a NUL a term to run it on. Reading,
 * compiling and running any text is safe; so is a term that is taken for a specification.
 */
#include <otp/select.h>

#include "fuzz.h"

static void run(const otp_spec *spec, otp_term term) {
    bool matches = false;
    otp_term result = OTP_NONE;
    otp_err err = otp_spec_run(spec, term, &matches, &result);
    FUZZ_CHECK(err != OTP_OK || matches == !otp_is_none(result));
}

static void compile(const char *text, otp_term row) {
    otp_spec *spec = NULL;
    otp_spec_error error = {0};
    otp_term term;
    if (otp_parse(text, &term, NULL) != OTP_OK) {
        return;
    }
    if (otp_spec_compile(term, &spec, &error) == OTP_OK) {
        run(spec, row);
    } else {
        FUZZ_CHECK(spec == NULL && otp_spec_error_show(&error)[0] != '\0');
    }
    otp_spec_free(spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    otp_spec *spec = NULL;
    otp_spec_error error = {0};
    otp_term row = OTP_NONE;
    fuzz_begin();
    const char *text = fuzz_text(data, size);
    size_t length = strlen(text);
    const char *second = length < size && length < FUZZ_SIZE_MAX ? text + length + 1 : "{1, a, 2}";
    if (otp_parse(second, &row, NULL) != OTP_OK) {
        row = otp_nil();
    }
    if (otp_spec_parse(text, &spec, &error) == OTP_OK) {
        run(spec, row);
    } else {
        FUZZ_CHECK(spec == NULL && error.expected != NULL && error.offset <= length);
        FUZZ_CHECK(otp_spec_error_show(&error)[0] != '\0');
    }
    otp_spec_free(spec);
    compile(text, row);
    return 0;
}
