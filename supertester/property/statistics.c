/* SPDX-License-Identifier: MIT */
/*
 * Counting what cases were like; see statistics.h.
 */
#include "supertester/property/statistics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of the normal distribution: one in 10^9 lies further out on one side. */
#define CERTAINTY_Z 5.9978

void sti_statistics_begin(sti_statistics *s) {
    for (uint32_t i = 0; i < s->pending; i++) {
        s->classes[s->seen[i]].last_case = 0; /* of a discarded case */
    }
    s->pending = 0;
}

void sti_statistics_keep(sti_statistics *s) {
    s->cases++;
    for (uint32_t i = 0; i < s->pending; i++) {
        s->classes[s->seen[i]].count++;
    }
    s->pending = 0;
}

static sti_class *find(sti_statistics *s, const char *label) {
    for (uint32_t i = 0; i < s->count; i++) {
        if (strncmp(s->classes[i].label, label, STI_CLASS_TEXT - 1) == 0) {
            return &s->classes[i];
        }
    }
    if (s->count == STI_CLASSES_MAX) {
        s->full = true;
        return NULL;
    }
    sti_class *made = &s->classes[s->count++];
    *made = (sti_class){0};
    snprintf(made->label, sizeof made->label, "%s", label);
    return made;
}

void sti_statistics_classify(sti_statistics *s, const char *label, bool is, double wanted) {
    sti_class *class = find(s, label);
    if (!class) {
        return;
    }
    class->wanted = wanted;
    bool seen = class->last_case == s->cases + 1;
    if (!is || seen || s->pending == STI_CLASSES_MAX) {
        return;
    }
    class->last_case = s->cases + 1;
    s->seen[s->pending++] = (uint32_t)(class - s->classes);
}

/* Wilson: the largest share that is still believable. */
static double upper_bound(double share, double n) {
    double z2 = CERTAINTY_Z * CERTAINTY_Z;
    double middle = share + z2 / (2 * n);
    double spread = CERTAINTY_Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n));
    return (middle + spread) / (1 + z2 / n);
}

const sti_class *sti_statistics_missed(const sti_statistics *s) {
    for (uint32_t i = 0; i < s->count && s->cases > 0; i++) {
        const sti_class *class = &s->classes[i];
        double n = (double)s->cases;
        if (class->wanted > 0 && upper_bound((double)class->count / n, n) < class->wanted) {
            return class;
        }
    }
    return NULL;
}

void sti_statistics_print(const sti_statistics *s, otpi_text *out) {
    bool shown[STI_CLASSES_MAX] = {false};
    for (uint32_t n = 0; n < s->count; n++) {
        uint32_t most = UINT32_MAX;
        for (uint32_t i = 0; i < s->count; i++) {
            bool better = most == UINT32_MAX || s->classes[i].count > s->classes[most].count;
            most = !shown[i] && better ? i : most;
        }
        shown[most] = true;
        const sti_class *class = &s->classes[most];
        otpi_text_format(out, "    %5.1f %%  %s", 100.0 * (double)class->count / (double)s->cases,
                         class->label);
        if (class->wanted > 0) {
            otpi_text_format(out, " (%.1f %% wanted)", 100.0 * class->wanted);
        }
        otpi_text_char(out, '\n');
    }
    if (s->full) {
        otpi_text_format(out, "    and more labels than %d\n", STI_CLASSES_MAX);
    }
}
