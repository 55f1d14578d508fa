/* SPDX-License-Identifier: MIT */
/*
 * The result of a test in one world, as the runner leaves it and the reporters print it. It lies in
 * memory shared with the child process that runs the test: no pointers but to the program's static
 * data, which are the same in parent and child.
 */
#ifndef SUPERTESTER_REPORT_RESULT_H
#define SUPERTESTER_REPORT_RESULT_H

#include <supertester/check.h>

enum {
    STI_DETAILS_SIZE = 24 * 1024,
    STI_RERUN_SIZE = 2048,
    STI_SKIP_SIZE = 256,
    STI_PATH_SIZE = 1024,
    STI_FAILURES_MAX = 20, /* kept of a run; the others are counted */
};

/* A part of a text. */
typedef struct sti_span {
    uint32_t at, size;
} sti_span;

/* One failure, as parts of the details: "file:line: text", then lines that are set in. In a sweep a
 * line comes before it that says which call failed, and it is set in itself. */
typedef struct sti_failure {
    sti_span all;         /* without the last line's end */
    uint32_t head;        /* bytes before what failed: 0, or in a sweep */
    sti_span site;        /* "file:line"; empty when it is no check that failed */
    sti_span left, right; /* of a comparison: both values as shown; else empty */
} sti_failure;

typedef enum sti_status {
    STI_UNKNOWN, /* not run, or not to its end */
    STI_PASSED,
    STI_FAILED,
    STI_CRASHED, /* the OS process ended while the test ran */
    STI_HUNG,    /* its time was over and it had to be killed */
    STI_SKIPPED,
} sti_status;

/* What a sweep makes fail. */
typedef enum sti_site_kind { STI_ALLOCATIONS, STI_IO_CALLS, STI_SITE_KINDS } sti_site_kind;
/* Before what failed, in a sweep: */
#define STI_SWEEP_HEAD   "fails with "
#define STI_SWEEP_INDENT "    "

/* "allocation", "allocations", "I/O call", "I/O calls" */
const char *sti_site_word(sti_site_kind kind, uint64_t n);

/* How far a sweep over the sites of one kind has come, or what became of the one that failed. */
typedef struct sti_swept {
    bool counted;    /* sites is known */
    uint64_t sites;  /* calls of a run */
    uint64_t done;   /* of them, that failed in a run of their own */
    uint64_t missed; /* of those: runs in which the call was not made */
    uint64_t failed; /* of those: runs that failed */
    uint64_t only;   /* not a sweep: the one call that failed; 0 = a sweep */
} sti_swept;

/* What became of a property or an exploration. */
typedef struct sti_searched {
    bool is; /* it was one; else the rest is zeros */
    bool explores;
    st_strategy strategy;
    st_verdict verdict;
    bool shrunk;               /* as far as it goes */
    uint64_t discarded;        /* runs without a verdict */
    uint64_t executions_after; /* the first failure, whatever for */
    uint32_t failures;         /* distinct ones; what follows is of the first */
    uint64_t choices_before, choices;
    uint64_t deviations_before, deviations;
    uint64_t others_before, others; /* decisions besides data */
    sti_span minimal;               /* of the details: what was drawn */
    char token[512];
} sti_searched;

typedef struct sti_result {
    const st_test *test;
    otp_mode mode;
    sti_status status;
    uint64_t runs_asked, runs_done;  /* the last one done is the one that failed */
    uint64_t checks;                 /* of the last run */
    uint64_t duration_ns;            /* of all runs */
    uint64_t seed;                   /* the seed its runs are derived from */
    sti_swept swept[STI_SITE_KINDS]; /* zeros: not asked for, or not swept */
    bool not_swept;                  /* asked for, but the test ends its OS process */
    bool sweep_ended;                /* it can't go on, whatever is left */
    sti_site_kind struck_kind;       /* the saved run: which call failed, */
    uint64_t struck;                 /* from 1; 0 = none was made to */
    bool shrunk;                     /* of a second look: a crash, and it is told anew */
    bool saved;                      /* its choices are in a file */
    char choices[STI_PATH_SIZE];     /* that file, or the one that was replayed; "" = none */
    sti_searched searched;
    uint32_t failure_count; /* of those that are kept */
    sti_failure failures[STI_FAILURES_MAX];
    char details[STI_DETAILS_SIZE]; /* lines: what failed, values, draws, notes, log */
    char rerun[STI_RERUN_SIZE];     /* the command that runs it again */
    char skip[STI_SKIP_SIZE];       /* why it was skipped */
} sti_result;

static inline bool sti_failed(sti_status status) {
    return status != STI_PASSED && status != STI_SKIPPED;
}

#endif
