/* SPDX-License-Identifier: MIT */
#include "supertester/property/statistics.h"
#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

static sti_statistics s;

static void cases(uint64_t n, uint64_t of, double wanted) {
    s = (sti_statistics){0};
    for (uint64_t i = 0; i < of; i++) {
        sti_statistics_begin(&s);
        sti_statistics_classify(&s, "it", i < n, wanted);
        sti_statistics_classify(&s, "it", i < n, wanted); /* a case counts once */
        sti_statistics_keep(&s);
    }
}

UNIT("a share is missed only when chance is no explanation") {
    cases(0, 10, 0.5);
    CHECK(sti_statistics_missed(&s) == NULL);
    cases(400, 1000, 0.5);
    CHECK(sti_statistics_missed(&s) != NULL);
    cases(470, 1000, 0.5);
    CHECK(sti_statistics_missed(&s) == NULL);
    cases(1000, 1000, 1.0);
    CHECK(sti_statistics_missed(&s) == NULL);
    CHECK_EQ(s.classes[0].count, 1000);
}

UNIT("what a discarded case was counts for nothing, and the next one counts again") {
    s = (sti_statistics){0};
    sti_statistics_begin(&s);
    sti_statistics_classify(&s, "it", true, 0);
    sti_statistics_begin(&s);
    sti_statistics_classify(&s, "other", true, 0);
    sti_statistics_classify(&s, "it", true, 0);
    sti_statistics_keep(&s);
    CHECK_EQ(s.classes[0].count, 1);
    CHECK_EQ(s.classes[1].count, 1);
    CHECK_EQ(s.cases, 1);
}

UNIT("more labels than there is room for are told of") {
    char memory[8192];
    otpi_text text;
    s = (sti_statistics){0};
    for (int i = 0; i < STI_CLASSES_MAX + 10; i++) {
        char label[32];
        snprintf(label, sizeof label, "label %d", i);
        sti_statistics_begin(&s);
        sti_statistics_classify(&s, label, true, 0);
        sti_statistics_keep(&s);
    }
    otpi_text_init_fixed(&text, memory, sizeof memory);
    sti_statistics_print(&s, &text);
    CHECK(strstr(text.data, "label 3\n") != NULL);
    CHECK(strstr(text.data, "and more labels") != NULL);
}
