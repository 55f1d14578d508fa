/* SPDX-License-Identifier: MIT */
/*
 * Matching filters and tags.
 */
#include "supertester/runner/filter.h"
#include "supertester/runner/registry.h"

#include <stdio.h>
#include <string.h>

/* Whole-text match with * and ?, without recursion: on a mismatch the last * takes one more. */
static bool glob_matches(const char *glob, const char *text) {
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*glob == '*') {
            star = glob++;
            resume = text;
        } else if (*glob == *text || *glob == '?') {
            glob++;
            text++;
        } else if (star) {
            glob = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*glob == '*') {
        glob++;
    }
    return *glob == '\0';
}

bool sti_filter_has_tag(const st_test *test, const char *tag) {
    const char *tags = test->tags;
    size_t size = strlen(tag);
    while (tags && *tags && size > 0) {
        size_t word = strcspn(tags, " ");
        if (word == size && memcmp(tags, tag, size) == 0) {
            return true;
        }
        tags += word + strspn(tags + word, " ");
    }
    return false;
}

bool sti_glob_matches(const char *glob, const st_test *test) {
    char full[512];
    sti_test_name(test, full, sizeof full);
    return glob_matches(glob, full);
}

bool sti_filter_matches(const char *filter, const st_test *test) {
    char full[512];
    if (strncmp(filter, "tag:", 4) == 0) {
        return sti_filter_has_tag(test, filter + 4);
    }
    if (glob_matches(filter, test->suite)) {
        return true;
    }
    if (sti_glob_matches(filter, test)) {
        return true;
    }
    sti_test_name(test, full, sizeof full);
    full[strcspn(full, "/")] = '\0'; /* without the case */
    return glob_matches(filter, full);
}
