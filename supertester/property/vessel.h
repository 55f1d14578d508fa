/* SPDX-License-Identifier: MIT */
/*
 * A case in a child process: what crashes, hangs or exits there is a failure like any other, told
 * apart by its signal and the innermost frames. The vessel lies in memory shared with the child; so
 * must the list that records, which then holds what was drawn up to the crash.
 *
 * A case's statistics stay in the child: they are counted only where cases are not contained.
 */
#ifndef SUPERTESTER_PROPERTY_VESSEL_H
#define SUPERTESTER_PROPERTY_VESSEL_H

#include "supertester/property/case.h"

enum { STI_VESSEL_STORY = 64 * 1024 };

typedef struct sti_vessel {
    _Atomic bool over; /* the case came to its end: what follows holds */
    sti_outcome outcome;
    char text[STI_CASE_TEXT];
    const char *discarded_at;
    uint32_t target_count;
    sti_target_score targets[STI_TARGETS_MAX];
    _Atomic int signal;      /* that struck; a sanitizer may turn it into an exit. 0 = none did */
    _Atomic uint64_t frames; /* hash of the innermost frames there */
    otpi_text story;         /* in the memory below */
    char story_memory[STI_VESSEL_STORY];
    /* Set by the parent. */
    sti_case *c;
    st_choices *list;
    uint64_t timeout_ns;
    bool watches; /* for fatal signals: nobody else does */
} sti_vessel;

/* NULL when there is no memory. */
OTP_MUST_CHECK sti_vessel *sti_vessel_new(uint64_t timeout_ns, bool watches);
void sti_vessel_free(sti_vessel *vessel); /* NULL is fine */

/* Runs the case once in a child. */
sti_outcome sti_vessel_run(sti_vessel *vessel, sti_case *c, st_choices *list);

/* From the reporter of a fatal signal, in a child: which one, and where. Async-signal-safe. */
void sti_vessel_struck(int signo);

#endif
