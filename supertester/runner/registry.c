/* SPDX-License-Identifier: MIT */
/*
 * Collecting tests: ST_TEST puts a pointer to each into the section st_tests, whose bounds the
 * linker defines. The order of a section is the compiler's (gcc reverses it), so they are sorted.
 */
#include "supertester/runner/registry.h"

#include "port/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Weak: a program without tests has no such section. */
extern const st_test *const __start_st_tests[] __attribute__((weak, visibility("hidden")));
extern const st_test *const __stop_st_tests[] __attribute__((weak, visibility("hidden")));

static int by_place(const void *a, const void *b) {
    const st_test *x = *(const st_test *const *)a;
    const st_test *y = *(const st_test *const *)b;
    int order = strcmp(x->file, y->file);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

bool sti_registry_load(sti_registry *registry) {
    *registry = (sti_registry){0};
    const st_test *const *first = __start_st_tests;
    const st_test *const *end = __stop_st_tests;
    if (!first || first == end) {
        return true;
    }
    registry->tests = otpi_calloc((size_t)(end - first), sizeof(st_test *));
    if (!registry->tests) {
        return false;
    }
    for (; first < end; first++) {
        if (*first) { /* a sanitizer may pad the section */
            registry->tests[registry->count++] = *first;
        }
    }
    qsort(registry->tests, registry->count, sizeof(st_test *), by_place);
    return true;
}

void sti_registry_free(sti_registry *registry) {
    otpi_free(registry->tests);
    *registry = (sti_registry){0};
}

static bool same_name(const st_test *a, const st_test *b) {
    return strcmp(a->suite, b->suite) == 0 && strcmp(a->name, b->name) == 0;
}

const st_test *sti_registry_twin(const sti_registry *registry, const st_test **other) {
    for (size_t i = 0; i < registry->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same_name(registry->tests[i], registry->tests[j])) {
                *other = registry->tests[i];
                return registry->tests[j];
            }
        }
    }
    return NULL;
}

static void full_name(const st_test *test, char *out, size_t size) {
    snprintf(out, size, "%s.%s", test->suite, test->name);
}

const st_test *sti_registry_find(const sti_registry *registry, const char *name) {
    char full[512];
    for (size_t i = 0; i < registry->count; i++) {
        full_name(registry->tests[i], full, sizeof full);
        if (strcmp(full, name) == 0) {
            return registry->tests[i];
        }
    }
    return NULL;
}

/* ---- Filters ---- */

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

static bool has_tag(const char *tags, const char *tag) {
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

bool sti_filter_matches(const char *filter, const st_test *test) {
    char full[512];
    if (strncmp(filter, "tag:", 4) == 0) {
        return has_tag(test->tags, filter + 4);
    }
    full_name(test, full, sizeof full);
    return glob_matches(filter, test->suite) || glob_matches(filter, full);
}

bool sti_glob_matches(const char *glob, const st_test *test) {
    char full[512];
    full_name(test, full, sizeof full);
    return glob_matches(glob, full);
}

size_t sti_filter_count(const sti_registry *registry, const char *filter) {
    size_t n = 0;
    for (size_t i = 0; i < registry->count; i++) {
        n += sti_filter_matches(filter, registry->tests[i]);
    }
    return n;
}

/* ---- Suggestions ---- */

enum { COMPARED_MAX = 96, SUGGESTED_MAX = 3 };

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

typedef struct suggestions {
    char names[SUGGESTED_MAX][512];
    size_t count;
} suggestions;

static void suggest(suggestions *s, const char *wrong, const char *name) {
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->names[i], name) == 0) {
            return;
        }
    }
    if (s->count < SUGGESTED_MAX && is_like(wrong, name)) {
        snprintf(s->names[s->count++], sizeof s->names[0], "%s", name);
    }
}

void sti_registry_suggest(const sti_registry *registry, const char *wrong, otpi_text *out) {
    suggestions s = {.count = 0};
    char full[512];
    for (size_t i = 0; i < registry->count; i++) {
        suggest(&s, wrong, registry->tests[i]->suite);
    }
    for (size_t i = 0; i < registry->count; i++) {
        full_name(registry->tests[i], full, sizeof full);
        suggest(&s, wrong, full);
    }
    for (size_t i = 0; i < s.count; i++) {
        const char *before = i == 0 ? "; did you mean " : i + 1 == s.count ? " or " : ", ";
        otpi_text_format(out, "%s%s", before, s.names[i]);
    }
    otpi_text_cstr(out, s.count > 0 ? "?" : "");
}
