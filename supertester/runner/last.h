/* SPDX-License-Identifier: MIT */
/*
 * What failed last time: a file in .supertester/ with a line for each test and world. A run changes
 * the lines of the tests that it ran and keeps the others.
 */
#ifndef SUPERTESTER_RUNNER_LAST_H
#define SUPERTESTER_RUNNER_LAST_H

#include <supertester/test.h>

#include "base/text.h"

typedef struct sti_last {
    char path[512];
    char *lines; /* as read; NULL = there is no file */
    size_t size;
} sti_last;

/* Of the program of this path. false: error says why the file can't be read. No file is fine. */
OTP_MUST_CHECK bool sti_last_load(sti_last *last, const char *program, otpi_text *error);
void sti_last_free(sti_last *last);
bool sti_last_failed(const sti_last *last, const st_test *test, otp_mode mode);

/* A line, for the file to come. */
void sti_last_line(otpi_text *out, const st_test *test, otp_mode mode);
/* Writes the file, if it says anything new: a file without lines is not made. */
OTP_MUST_CHECK bool sti_last_save(const sti_last *last, const otpi_text *lines, otpi_text *error);

#endif
