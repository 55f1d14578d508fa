/* SPDX-License-Identifier: MIT */
/*
 * Reports: what a test program says about its run. The runner tells a report what happens; the
 * report counts, and passes it on to its reporters, each of which writes one format to standard
 * output or to a file. A format is a file of this room with an sti_report_ops.
 *
 * Results come in the order of the plan, each whole. That a test has begun is told when it does, so
 * several may have begun before a result comes. What can't be written is remembered, the run goes
 * on, and the end says so.
 */
#ifndef SUPERTESTER_REPORT_REPORT_H
#define SUPERTESTER_REPORT_REPORT_H

#include "supertester/report/result.h"
#include "supertester/report/sink.h"

#include "base/text.h"

typedef struct sti_report sti_report;
typedef struct sti_reporter sti_reporter;

/* What a test wrote to standard output and error, or the part of it that was kept. */
typedef struct sti_printed {
    const char *bytes;
    size_t size;
} sti_printed;

typedef struct sti_report_ops {
    const char *name;
    const char *summary; /* for help and the manual */
    bool beside;         /* may share standard output with another */
    void (*begin)(sti_reporter *to);
    /* The job number id (from 1, in the order of the plan) has begun. NULL: not interested. */
    void (*began)(sti_reporter *to, size_t id, const st_test *test, otp_mode mode);
    void (*result)(sti_reporter *to, const sti_result *result, sti_printed printed);
    /* A line beside the results. NULL: there is no place for it. */
    void (*note)(sti_reporter *to, const char *line);
    void (*end)(sti_reporter *to);
} sti_report_ops;

/* One reporter at work. It composes in text, which is written and emptied after each call. */
struct sti_reporter {
    const sti_report_ops *ops;
    const sti_report *report;
    sti_sink sink;
    otpi_text text;
    bool colours, live; /* live: a line of progress is shown, and taken away again */
    /* Of formats that gather what belongs together before they write it. */
    const char *suite;   /* of the tests gathered; NULL = none */
    const st_test *last; /* the test gathered last */
    otp_mode last_mode;
    otpi_text gathered, whole; /* of the suite; of the document */
    size_t suites, tests, failures, errors, skips, passes, all_errors;
    uint64_t gathered_ns;
};

/* What is asked for on the command line. */
typedef struct sti_report_order {
    const sti_report_ops *ops;
    const char *file; /* NULL = standard output */
} sti_report_order;

enum { STI_REPORTERS_MAX = 8, STI_SLOWEST_MAX = 1000, STI_RERUN_NAMES_MAX = 8 };

typedef struct sti_slow {
    const st_test *test;
    otp_mode mode;
    uint64_t duration_ns;
} sti_slow;

struct sti_report {
    /* Set by who begins it. */
    const char *program, *version;
    /* The command that runs failures again: what stands before their names, and behind. */
    const char *again_before, *again_after;
    const char *again_apart;  /* behind all, of a single one that ended its process */
    const char *again_failed; /* in its place when they are too many to be named */
    uint64_t seed;
    size_t planned, at_a_time; /* planned: SIZE_MAX = nobody knows, until one fails; 0 at a time:
                                  in this process */
    size_t tests;              /* of one round */
    bool shuffled;
    uint64_t shuffle_seed;
    bool gathers; /* of several programs: planned grows, and what a run is like comes as notes */
    bool verbose; /* show notes and output of tests that passed, too */
    bool show_output;   /* their output only */
    bool colours, live; /* standard output takes colours; can take lines away again */
    bool plain_names;   /* the world is never part of a test's name */
    size_t slowest;     /* so many are named at the end */

    size_t passed, failed, skipped, number, running;
    uint64_t started_ns, duration_ns;
    sti_slow *slow; /* slowest first */
    size_t slow_count;
    otpi_text again; /* the first failures: words for the command that runs them again */
    size_t again_count;
    bool again_ended; /* one of them ended its process, or had to be ended */
    const st_test *again_tests[STI_RERUN_NAMES_MAX];
    sti_reporter reporters[STI_REPORTERS_MAX];
    size_t reporter_count;
};

/* ---- Formats ---- */

extern const sti_report_ops sti_report_human, sti_report_tap, sti_report_tap14, sti_report_junit,
    sti_report_jsonl, sti_report_github, sti_report_gtest;

/* NULL when there is no such format. */
const sti_report_ops *sti_report_find(const char *name);
/* All of them, in the order of the help; NULL behind the last. */
const sti_report_ops *sti_report_at(size_t index);
/* "NAME" or "NAME:FILE"; false: error says what is wrong. */
OTP_MUST_CHECK bool sti_report_order_read(sti_report_order *order, const char *word,
                                          otpi_text *error);

/* ---- For the runner ---- */

/* Opens the files and says that the run begins. When none of the orders that stand alone is for
 * standard output, usual reports there (NULL: nobody does). false: error says what can't be opened,
 * or that there is no memory; then nothing else may be called but sti_report_close. */
OTP_MUST_CHECK bool sti_report_begin(sti_report *report, const sti_report_order *orders,
                                     size_t count, const sti_report_ops *usual, otpi_text *error);
void sti_report_began(sti_report *report, size_t id, const st_test *test, otp_mode mode);
void sti_report_result(sti_report *report, const sti_result *result, const char *output,
                       size_t size);
void sti_report_note(sti_report *report, const char *line);
/* Results that were planned and have not come; 0 when nobody knows. */
size_t sti_report_left(const sti_report *report);
void sti_report_end(sti_report *report);
/* Closes the files. false: error says which report could not be written, and the counts. */
OTP_MUST_CHECK bool sti_report_close(sti_report *report, otpi_text *error);

#endif
