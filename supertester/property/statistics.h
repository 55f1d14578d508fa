/* SPDX-License-Identifier: MIT */
/*
 * What the cases of a property were like: counts by label, and whether a demanded share was
 * reached. A shortfall counts only when chance is no explanation: Wilson's score interval with one
 * false alarm in 10^9, as QuickCheck's checkCoverage does it (Claessen).
 */
#ifndef SUPERTESTER_PROPERTY_STATISTICS_H
#define SUPERTESTER_PROPERTY_STATISTICS_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { STI_CLASSES_MAX = 64, STI_CLASS_TEXT = 64 };

typedef struct sti_class {
    char label[STI_CLASS_TEXT];
    uint64_t count;     /* cases, not calls */
    uint64_t last_case; /* that was counted */
    double wanted;      /* share from 0 to 1; 0 = none is demanded */
} sti_class;

typedef struct sti_statistics {
    uint64_t cases; /* that were not discarded; the one that runs is number cases + 1 */
    uint32_t count, pending;
    bool full; /* there were more labels than there is room for */
    sti_class classes[STI_CLASSES_MAX];
    uint32_t seen[STI_CLASSES_MAX]; /* by the case that runs: counted when it is not discarded */
} sti_statistics;

/* A case began, or ended and counts. */
void sti_statistics_begin(sti_statistics *s);
void sti_statistics_keep(sti_statistics *s);

/* The running case is of this class (or could have been: is == false). */
void sti_statistics_classify(sti_statistics *s, const char *label, bool is, double wanted);

/* NULL, or the first class whose share is too small to be chance. */
const sti_class *sti_statistics_missed(const sti_statistics *s);
/* A table, largest first; nothing when there are no classes. */
void sti_statistics_print(const sti_statistics *s, otpi_text *out);

#endif
