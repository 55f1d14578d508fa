/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: a pattern from data, and behind a NUL a term to match it with. Compiling and
 * matching any text is safe; a pattern without holes and maps matches exactly what equals it.
 */
#include <otp/match.h>

#include "fuzz.h"

static void match_all(const otp_pattern *pattern, const char *text, const char *pattern_text) {
    otp_term term, self;
    bool has_term = otp_parse(text, &term, NULL) == OTP_OK;
    bool has_self = otp_parse(pattern_text, &self, NULL) == OTP_OK; /* no hole in it */
    (void)otp_pattern_match(pattern, otp_nil());
    if (has_self) {
        FUZZ_CHECK(otp_pattern_match(pattern, self));
    }
    if (has_term) {
        bool matches = otp_pattern_match(pattern, term);
        if (has_self && strstr(pattern_text, "#{") == NULL) {
            FUZZ_CHECK(matches == otp_equal(self, term));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    otp_pattern *pattern = NULL;
    otp_parse_error error = {0};
    fuzz_begin();
    const char *text = fuzz_text(data, size);
    size_t length = strlen(text);
    const char *second = length < size && length < FUZZ_SIZE_MAX ? text + length + 1 : "[a, 1]";
    if (otp_pattern_compile(text, &pattern, &error) == OTP_OK) {
        match_all(pattern, second, text);
    } else {
        FUZZ_CHECK(pattern == NULL && error.expected != NULL && error.offset <= length);
    }
    otp_pattern_free(pattern);
    return 0;
}
