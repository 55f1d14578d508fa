/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any text given to otp_parse. What it reads must print to a text that reads back as
 * an equal term with the same print; what it refuses must say where, inside the text, and why.
 */
#include <otp/term.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    otp_term term, back;
    otp_parse_error error = {0};
    fuzz_begin();
    const char *text = fuzz_text(data, size);
    if (otp_parse(text, &term, &error) == OTP_OK) {
        const char *printed = otp_show(term);
        FUZZ_CHECK(otp_parse(printed, &back, &error) == OTP_OK);
        FUZZ_CHECK(otp_equal(term, back) && otp_compare(term, back) == 0);
        FUZZ_CHECK(otp_hash(term) == otp_hash(back));
        FUZZ_CHECK(strcmp(otp_show(back), printed) == 0);
    } else {
        FUZZ_CHECK(error.expected != NULL && error.offset <= strlen(text) && error.line >= 1);
    }
    return 0;
}
