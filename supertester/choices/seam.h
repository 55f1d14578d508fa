/* SPDX-License-Identifier: MIT */
/*
 * Where checks and notes go while a property's case runs: the seam between the checks and what runs
 * cases. Set for the calling thread from above; NULL: no case runs on it.
 */
#ifndef SUPERTESTER_CHOICES_SEAM_H
#define SUPERTESTER_CHOICES_SEAM_H

typedef struct sti_case_seam {
    void (*fail)(const char *site, const char *text); /* a check failed; site may be NULL */
    void (*note)(const char *line);
    void (*end)(void); /* leaves the case; does not return */
} sti_case_seam;

extern _Thread_local const sti_case_seam *sti_case_seam_now;

#endif
