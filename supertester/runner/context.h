/* SPDX-License-Identifier: MIT */
/*
 * What the test that runs has said so far: failures, notes, log. One per child process, in memory
 * shared with the parent, which reads it when the child has crashed. Checks reach it from every
 * process and thread of the test.
 */
#ifndef SUPERTESTER_RUNNER_CONTEXT_H
#define SUPERTESTER_RUNNER_CONTEXT_H

#include "supertester/report/result.h"
#include "supertester/runner/inject.h"

#include "port/thread.h"

#include <stdarg.h>

enum {
    STI_FAILURES_SIZE = 12 * 1024,
    STI_NOTES_SIZE = 4 * 1024,
    STI_TEXT_SIZE = 3000, /* of one failure */
    STI_LOG_LINES = 12,
    STI_LOG_LINE_SIZE = 320,
    STI_SERVERS_MAX = 64,
    STI_DEFERRED_MAX = 64,
    STI_TEMPORARIES_MAX = 32,
    STI_TEMPORARY_SIZE = 160,
};

/* What st_defer was given. */
typedef struct sti_deferred {
    void (*cleanup)(void *argument);
    void *argument;
} sti_deferred;

/* Text that more is appended to under the lock; what does not fit is left out. */
typedef struct sti_lines {
    uint32_t length;
    bool cut;
} sti_lines;

typedef struct sti_context {
    const st_test *test;
    otp_mode mode;
    uint64_t seed; /* of this run */
    bool long_form;
    otp_system *system;
    otp_pid main;            /* the test's own process */
    _Atomic bool main_alive; /* only it may be killed by a hard check of another process */
    void *data;              /* of the test's fixture */

    otpi_spin lock; /* of all that follows; nothing is called while it is held */
    _Atomic uint64_t checks;
    uint64_t failures;
    _Atomic bool hard; /* a hard check failed: how the processes ended is no news */
    sti_lines failure_lines, note_lines;
    char failure_text[STI_FAILURES_SIZE]; /* the details begin with it */
    uint32_t failure_count;               /* of those in failure_list */
    sti_failure failure_list[STI_FAILURES_MAX];
    char note_text[STI_NOTES_SIZE];
    uint64_t log_count; /* lines ever; the last STI_LOG_LINES are there */
    char log[STI_LOG_LINES][STI_LOG_LINE_SIZE];
    uint64_t refused;                 /* atomic: calls of the host that were refused, see host.c */
    uint64_t names;                   /* given by st_unique_name */
    otp_pid servers[STI_SERVERS_MAX]; /* set up by helpers: stopped at the end */
    uint32_t server_count;
    sti_deferred deferred[STI_DEFERRED_MAX];
    uint32_t deferred_count;
    char skip[STI_SKIP_SIZE]; /* what st_skip said; empty = nothing */
    char end_reason[512];     /* how the test's process exited, to be judged */
    uint32_t temporary_count;
    char temporaries[STI_TEMPORARIES_MAX][STI_TEMPORARY_SIZE]; /* files the run has made */
    sti_injection injection;
} sti_context;

/* The test that runs in this OS process; NULL when none does. */
extern sti_context *sti_context_now;

/* For a new run. */
void sti_context_begin(sti_context *context, const st_test *test, otp_mode mode, uint64_t seed);

/* A failure: "site: text" and further lines. site may be NULL. Counts, and shows what it can. */
void sti_fail(const char *site, const char *format, ...) OTP_PRINTF(2, 3);
void sti_fail_text(const char *site, const char *text);
/* sides: where in the text the two values stand. */
void sti_fail_sides(const char *site, const char *text, const sti_span sides[2]);
/* A helper can't do its work: fails the test and ends it. When a call has been made to fail
 * (sweep.h) that is what may come of it, and the run ends without a failure. */
OTP_MAY_SUSPEND void sti_give_up(const char *site, const char *format, ...) OTP_PRINTF(2, 3);
/* Lines without a failure. */
void sti_context_note(sti_context *context, const char *line);
void sti_context_log(sti_context *context, const char *line);
/* A temporary file or folder was made, and is to be gone at the end. */
void sti_context_temporary(const char *path);
/* Ends the test's process and the calling one, as a hard check does; returns outside of processes.
 */
void sti_end_test(sti_context *context);
/* Counts a check that was made. */
static inline void sti_checked(void) {
    if (sti_context_now) {
        atomic_fetch_add_explicit(&sti_context_now->checks, 1, memory_order_relaxed);
    }
}

/* Failures, draws (see record.h), notes and log as the details of a report. */
void sti_context_compose(const sti_context *context, const char *draws, otpi_text *out);
/* The same as the details of the result, with the counts and places of checks and failures. */
void sti_context_report(const sti_context *context, const char *draws, sti_result *result);

#endif
