/* SPDX-License-Identifier: MIT */
/*
 * The result of a test in one world, as the runner leaves it and the reporters print it. It lies in
 * memory shared with the child process that runs the test: no pointers but to the program's static
 * data, which are the same in parent and child.
 */
#ifndef SUPERTESTER_REPORT_RESULT_H
#define SUPERTESTER_REPORT_RESULT_H

#include <supertester/test.h>

enum { STI_DETAILS_SIZE = 24 * 1024, STI_RERUN_SIZE = 2048, STI_SKIP_SIZE = 256 };

typedef enum sti_status {
    STI_UNKNOWN, /* not run, or not to its end */
    STI_PASSED,
    STI_FAILED,
    STI_CRASHED, /* the OS process ended while the test ran */
    STI_HUNG,    /* its time was over and it had to be killed */
    STI_SKIPPED,
} sti_status;

typedef struct sti_result {
    const st_test *test;
    otp_mode mode;
    sti_status status;
    uint64_t runs_asked, runs_done; /* the last one done is the one that failed */
    uint64_t checks;                /* of the last run */
    uint64_t duration_ns;           /* of all runs */
    bool saved;                     /* its choices are in a file */
    char details[STI_DETAILS_SIZE]; /* lines: what failed, values, draws, notes, log */
    char rerun[STI_RERUN_SIZE];     /* the command that runs it again */
    char skip[STI_SKIP_SIZE];       /* why it was skipped */
} sti_result;

static inline bool sti_failed(sti_status status) {
    return status != STI_PASSED && status != STI_SKIPPED;
}

#endif
