/* SPDX-License-Identifier: MIT */
/*
 * Which names are like another: one contains the other, or few edits lead from one to the other.
 */
#include "supertester/runner/suggest.h"

#include <stdio.h>
#include <string.h>

enum { COMPARED_MAX = 96 };

static size_t least(size_t a, size_t b, size_t c) {
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Edits (insert, delete, replace) that turn a into b; long texts are compared at their beginning.
 */
static size_t distance(const char *a, const char *b) {
    size_t row[COMPARED_MAX + 1];
    size_t n = strnlen(a, COMPARED_MAX), m = strnlen(b, COMPARED_MAX);
    for (size_t j = 0; j <= m; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[m];
}

static bool is_like(const char *wrong, const char *name) {
    size_t size = strlen(wrong);
    return (size > 2 && strstr(name, wrong)) || distance(wrong, name) <= 1 + size / 4;
}

void sti_suggest_begin(sti_suggestions *s, const char *wrong) {
    s->wrong = wrong;
    s->count = 0;
}

void sti_suggest(sti_suggestions *s, const char *name) {
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->names[i], name) == 0) {
            return;
        }
    }
    if (s->count < STI_SUGGESTED_MAX && is_like(s->wrong, name)) {
        snprintf(s->names[s->count++], sizeof s->names[0], "%s", name);
    }
}

void sti_suggest_show(const sti_suggestions *s, const char *prefix, otpi_text *out) {
    for (size_t i = 0; i < s->count; i++) {
        const char *before = i == 0 ? "; did you mean " : i + 1 == s->count ? " or " : ", ";
        otpi_text_format(out, "%s%s%s", before, prefix, s->names[i]);
    }
    otpi_text_cstr(out, s->count > 0 ? "?" : "");
}
