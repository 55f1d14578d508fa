/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any bytes read as a log. What is refused names a line of it and says why; what is
 * read can be checked as every kind of object, with few steps, without a verdict that the
 * counterexample does not bear out.
 */
#include <supertester/history.h>

#include "fuzz.h"

static void check(st_history *history, const st_spec *spec) {
    const st_history_opts opts = {.steps_max = 2000};
    st_history_result result;
    st_counterexample *c = NULL;
    otp_err err = st_linearizable(history, spec, &opts, &result);
    if (err != OTP_OK) {
        FUZZ_CHECK(err == OTP_EBADARG && result.bad < st_history_count(history) && *result.text);
        return;
    }
    err = st_counterexample_find(history, spec, &opts, &c);
    FUZZ_CHECK((err == OTP_ENOENT) == (result.verdict == ST_HOLDS));
    FUZZ_CHECK((err == OTP_OK) == (result.verdict == ST_VIOLATION));
    if (err == OTP_OK) {
        FUZZ_CHECK(st_counterexample_print(c, NULL, 0) > 0 && st_counterexample_count(c) > 0);
    }
    st_counterexample_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    st_history_error error;
    fuzz_begin();
    size = size < 4 * FUZZ_SIZE_MAX ? size : 4 * FUZZ_SIZE_MAX;
    st_history *history = st_history_new();
    FUZZ_CHECK(history != NULL);
    if (st_history_read(history, (const char *)data, size, &error) == OTP_OK) {
        for (size_t i = 0; st_spec_at(i); i++) {
            check(history, st_spec_at(i));
        }
    } else {
        FUZZ_CHECK(error.line > 0 && error.text[0] != '\0');
    }
    st_history_free(history);
    return 0;
}
