/* SPDX-License-Identifier: MIT */
/*
 * What the formats say in the same way: names, modes, durations, counts, and text that tests wrote.
 *
 * Text of tests may be any bytes; reports are UTF-8. What is no UTF-8, and what would move a
 * terminal's cursor or is not allowed in XML, is shown as \xNN, in every format alike.
 */
#ifndef SUPERTESTER_REPORT_WORDING_H
#define SUPERTESTER_REPORT_WORDING_H

#include "supertester/report/report.h"

/* Tabs and newlines stay. */
void sti_report_text(otpi_text *out, const char *bytes, size_t size);
/* The same on one line: newlines are shown, too. */
void sti_report_line(otpi_text *out, const char *string);
/* Each line of the bytes behind the prefix. */
void sti_report_lines(otpi_text *out, const char *prefix, const char *bytes, size_t size);
/* ' name="value"', escaped. */
void sti_report_xml_attribute(otpi_text *out, const char *name, const char *value);
/* As one word of a shell command. */
void sti_report_shell_word(otpi_text *out, const char *word);

/* "suite.name" */
void sti_report_name(otpi_text *out, const st_test *test);
/* "seed 1", and ", shuffled with --shuffle=7" when they are. */
void sti_report_seeds(otpi_text *out, const sti_report *report);
/* "seed 1, 12 tests, 2 at a time" */
void sti_report_plan(otpi_text *out, const sti_report *report);
/* "simulated" or "parallel" */
const char *sti_report_world(otp_mode mode);
/* The world, with "run 17 of 1000" where there is more than one. */
void sti_report_mode(otpi_text *out, const sti_result *result);
/* "0.4 ms", "12 s" */
void sti_report_duration(otpi_text *out, uint64_t ns);
/* "12 passed, 1 failed" and ", 2 skipped" when some are. */
void sti_report_counts(otpi_text *out, const sti_report *report);
/* "passed", "failed", "crashed", "hung", "skipped" */
const char *sti_report_outcome(sti_status status);
/* ", 120 allocations swept, 2 failed" or ", allocation 17 of 120 made to fail", and so on; nothing
 * when no call was made to fail. */
void sti_report_swept(otpi_text *out, const sti_result *result);
/* Why a sweep that was asked for was not made; NULL when it was, or was not asked for. */
const char *sti_report_not_swept(const sti_result *result);
/* What kind of failure: "check"; by the words a failure begins with "crash", "leak", "fixture",
 * ...; or "exit". failure: NULL = none is listed. */
const char *sti_report_kind(const sti_result *result, const sti_failure *failure);
/* Of a sweep, the call that failed: "allocation 3 of 7, malloc of 20 bytes in f+0x8". Else empty.
 */
sti_span sti_report_struck(const sti_result *result, const sti_failure *failure);
/* File and line of the failure, or the test's own when it is no check that failed. */
typedef struct sti_place {
    const char *file;
    size_t file_size;
    int line;
} sti_place;
sti_place sti_report_place(const sti_result *result, const sti_failure *failure);
/* The failure's text, without the place. */
sti_span sti_report_said(const sti_failure *failure);

#endif
