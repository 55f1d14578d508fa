/* SPDX-License-Identifier: MIT */
/*
 * Reports: what a test program prints. A format is a file with an sti_report_ops; this one counts,
 * and keeps what the formats share. Everything goes to standard output, a whole result at a time.
 */
#ifndef SUPERTESTER_REPORT_REPORT_H
#define SUPERTESTER_REPORT_REPORT_H

#include "supertester/report/result.h"

#include "base/text.h"

typedef struct sti_report sti_report;

typedef struct sti_report_ops {
    const char *name;
    void (*begin)(sti_report *report);
    /* output: what the test wrote to standard output and error, may be empty. */
    void (*result)(sti_report *report, const sti_result *result, const char *output, size_t size);
    void (*end)(sti_report *report);
} sti_report_ops;

struct sti_report {
    const sti_report_ops *ops;
    uint64_t seed;
    size_t planned, at_a_time; /* planned: SIZE_MAX = nobody knows, until one fails */
    size_t tests;              /* of one round */
    bool shuffled;
    uint64_t shuffle_seed;
    bool verbose; /* show notes and output of tests that passed, too */
    size_t passed, failed, skipped, number;
    otpi_text text; /* what is being composed; written and emptied after each call */
};

extern const sti_report_ops sti_report_human;
extern const sti_report_ops sti_report_tap;

/* NULL when there is no such format. */
const sti_report_ops *sti_report_find(const char *name);

void sti_report_begin(sti_report *report);
void sti_report_result(sti_report *report, const sti_result *result, const char *output,
                       size_t size);
/* The counts, in the last line. */
void sti_report_end(sti_report *report);

/* ---- For the formats ---- */

/* Each line of the bytes behind the prefix; control characters but tabs are shown as \xNN. */
void sti_report_lines(otpi_text *text, const char *prefix, const char *bytes, size_t size);
/* "simulated", "parallel", with "run 17 of 1000" where there is more than one. */
void sti_report_mode(otpi_text *text, const sti_result *result);
/* "0.4 ms", "12 s" */
void sti_report_duration(otpi_text *text, uint64_t ns);
/* "seed 1", and ", shuffled with --shuffle=7" when they are. */
void sti_report_seeds(otpi_text *text, const sti_report *report);
/* "12 passed, 1 failed" and ", 2 skipped" when some are. */
void sti_report_counts(otpi_text *text, const sti_report *report);

#endif
