/* SPDX-License-Identifier: MIT */
/*
 * One case of a property: the function runs once, on a stack of its own, with its draws answered
 * by a list. The stack is what lets a failed assertion, an unmet assumption or a draw too many
 * leave the function at any depth: its frames are abandoned.
 *
 * A process of a world that the case runs (simulate.c) leaves by ending itself and the scenario.
 *
 * Invariant: between two cases the thread's seams (sti_draws_now, sti_case_seam_now) are as they
 * were before. A case is used by the thread that opened it.
 */
#ifndef SUPERTESTER_PROPERTY_CASE_H
#define SUPERTESTER_PROPERTY_CASE_H

#include "supertester/choices/draw.h"
#include "supertester/choices/seam.h"

#include "base/text.h"
#include "port/context.h"

#include <supertester/simulate.h>

enum { STI_CASE_TEXT = 2048, STI_TARGETS_MAX = 8 };

typedef enum sti_ending {
    STI_CASE_PASSED,
    STI_CASE_FAILED,
    STI_CASE_DISCARDED, /* an assumption did not hold */
    STI_CASE_OVERRUN,   /* more choices than it may take */
    STI_CASE_MISUSED,   /* the property misused the library: no verdict */
} sti_ending;

/* How a case ended. Failures are told apart by origin: where, and how. */
typedef struct sti_outcome {
    sti_ending ending;
    uint64_t origin;
} sti_outcome;

typedef struct sti_statistics sti_statistics;

typedef struct sti_target_score {
    const char *label;
    double score;
} sti_target_score;

typedef struct sti_case {
    st_property *property;
    void *context;
    otpi_context outside, inside;
    void *fiber, *fiber_outside; /* what the race detector knows the stacks by */
    void *stack;
    size_t stack_size;
    bool fresh; /* inside begins at the top of the stack */
    const sti_case_seam *seam_before;
    st_choices *draws_before;
    struct sti_case *case_before;

    st_choices *list; /* answers and records */
    sti_outcome outcome;
    char text[STI_CASE_TEXT]; /* what failed, or was misused */
    const char *discarded_at; /* the assumption that did not hold */
    uint32_t target_count;
    sti_target_score targets[STI_TARGETS_MAX];
    sti_statistics *statistics; /* where classifications are counted; NULL = nowhere */
    otpi_text *story;           /* where draws and notes are told; NULL = nowhere */
    otp_scope scope;            /* of the terms that a case builds outside of processes */
    bool scoped;
    otp_world *world;      /* of st_simulate; reset for each run. NULL = none yet */
    st_scenario *scenario; /* that runs in it */
    void *scenario_context;
    otp_pid main; /* the scenario's process, while it runs */
    bool left;    /* a process has ended the case */
    /* How a process ends the case, while one runs; does not return. NULL: none does. */
    void (*leave)(struct sti_case *c);
    otpi_text *happened;         /* where messages are told; NULL = nowhere */
    uint32_t happened_lines;     /* of it */
    size_t happened_at;          /* in the list: so far deviations have been told */
    uint32_t quiet;              /* > 0: a draw made of draws tells its own */
    const uint8_t *free_choices; /* for the story, see check.h; NULL = not known */
    size_t free_count, told;     /* choices told so far */
} sti_case;

/* The case that runs on this thread; NULL when none does. */
extern _Thread_local sti_case *sti_case_now;

/* False when out of memory. */
OTP_MUST_CHECK bool sti_case_open(sti_case *c, st_property *property, void *context,
                                  size_t stack_size);
void sti_case_close(sti_case *c);

/* Runs it once; the list must have been given its source. */
sti_outcome sti_case_run(sti_case *c, st_choices *list);

/* ---- From inside ---- */

OTP_NORETURN void sti_case_leave(sti_case *c, sti_ending ending);
/* The property misused a function: nothing that it says counts. */
OTP_NORETURN void sti_case_misused(sti_case *c, const char *label, const char *what);
/* Terms are about to be built: they live until the case ends. */
void sti_case_use_terms(void);
/* A line of the story: what was drawn, and its value. */
void sti_case_tell(sti_case *c, const char *label, const char *format, ...) OTP_PRINTF(3, 4);

#endif
