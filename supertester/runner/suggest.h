/* SPDX-License-Identifier: MIT */
/*
 * "Did you mean": names that are nearly the one that was written.
 */
#ifndef SUPERTESTER_RUNNER_SUGGEST_H
#define SUPERTESTER_RUNNER_SUGGEST_H

#include "base/text.h"

enum { STI_SUGGESTED_MAX = 3, STI_SUGGESTED_SIZE = 512 };

typedef struct sti_suggestions {
    const char *wrong;
    char names[STI_SUGGESTED_MAX][STI_SUGGESTED_SIZE];
    size_t count;
} sti_suggestions;

void sti_suggest_begin(sti_suggestions *s, const char *wrong);
/* Takes the name when it is like the wrong one, is new, and there is room. */
void sti_suggest(sti_suggestions *s, const char *name);
/* "; did you mean counter or counter.adds?", each with the prefix; nothing when there are none. */
void sti_suggest_show(const sti_suggestions *s, const char *prefix, otpi_text *out);

#endif
