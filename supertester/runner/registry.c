/* SPDX-License-Identifier: MIT */
/*
 * Collecting tests: ST_TEST puts a pointer to each into the section st_tests, whose bounds the
 * linker defines, ST_SUITE and ST_RUN into st_suites. The order of a section is the compiler's (gcc
 * reverses it), so they are sorted. A test with cases is replaced by one test for each.
 */
#include "supertester/runner/registry.h"
#include "supertester/runner/cases.h"
#include "supertester/runner/filter.h"
#include "supertester/runner/suggest.h"

#include "port/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Weak: a program without tests has no such section. */
extern const st_test *const __start_st_tests[] __attribute__((weak, visibility("hidden")));
extern const st_test *const __stop_st_tests[] __attribute__((weak, visibility("hidden")));
extern const st_suite *const __start_st_suites[] __attribute__((weak, visibility("hidden")));
extern const st_suite *const __stop_st_suites[] __attribute__((weak, visibility("hidden")));

static int by_place(const void *a, const void *b) {
    const st_test *x = *(const st_test *const *)a;
    const st_test *y = *(const st_test *const *)b;
    int order = strcmp(x->file, y->file);
    order = order != 0 ? order : (x->line > y->line) - (x->line < y->line);
    return order != 0 ? order : (x->case_index > y->case_index) - (x->case_index < y->case_index);
}

static int by_name(const void *a, const void *b) {
    const st_test *x = *(const st_test *const *)a;
    const st_test *y = *(const st_test *const *)b;
    int order = strcmp(x->suite, y->suite);
    order = order != 0 ? order : strcmp(x->name, y->name);
    return order != 0 ? order : by_place(a, b);
}

static int by_suite_place(const void *a, const void *b) {
    const st_suite *x = *(const st_suite *const *)a;
    const st_suite *y = *(const st_suite *const *)b;
    int order = strcmp(x->file, y->file);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

/* ---- Loading ---- */

/* A sanitizer may pad the section with NULL. */
static size_t count_tests(void) {
    size_t n = 0;
    for (const st_test *const *at = __start_st_tests; at && at < __stop_st_tests; at++) {
        n += *at == NULL ? 0 : sti_cases_has(*at) ? sti_cases_count(*at) : 1;
    }
    return n;
}

static bool add_cases(sti_registry *registry, const st_test *test, otpi_text *error) {
    size_t n = sti_cases_count(test);
    if (n == 0) {
        otpi_text_format(error, "%s.%s (%s:%d) has no cases, or more than %d", test->suite,
                         test->name, test->file, test->line, STI_CASES_MAX);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!sti_cases_make(test, i, &registry->tests[registry->count], error)) {
            return false;
        }
        registry->count++;
    }
    return true;
}

static bool load_tests(sti_registry *registry, otpi_text *error) {
    size_t n = count_tests();
    registry->tests = otpi_calloc(n + 1, sizeof(st_test *));
    registry->by_name = otpi_calloc(n + 1, sizeof(st_test *));
    if (!registry->tests || !registry->by_name) {
        return false;
    }
    for (const st_test *const *at = __start_st_tests; at && at < __stop_st_tests; at++) {
        if (*at && sti_cases_has(*at)) {
            if (!add_cases(registry, *at, error)) {
                return false;
            }
        } else if (*at) {
            registry->tests[registry->count++] = *at;
        }
    }
    qsort(registry->tests, registry->count, sizeof(st_test *), by_place);
    memcpy(registry->by_name, registry->tests, registry->count * sizeof(st_test *));
    qsort(registry->by_name, registry->count, sizeof(st_test *), by_name);
    return true;
}

static bool load_suites(sti_registry *registry) {
    const st_suite *const *first = __start_st_suites, *const *end = __stop_st_suites;
    registry->suites = otpi_calloc((first ? (size_t)(end - first) : 0) + 1, sizeof(st_suite *));
    if (!registry->suites) {
        return false;
    }
    for (; first && first < end; first++) {
        if (*first) {
            registry->suites[registry->suite_count++] = *first;
        }
    }
    qsort(registry->suites, registry->suite_count, sizeof(st_suite *), by_suite_place);
    return true;
}

bool sti_registry_load(sti_registry *registry, otpi_text *error) {
    *registry = (sti_registry){0};
    return load_tests(registry, error) && load_suites(registry);
}

void sti_registry_free(sti_registry *registry) {
    for (size_t i = 0; i < registry->count; i++) {
        sti_cases_free(registry->tests[i]);
    }
    otpi_free(registry->tests);
    otpi_free(registry->by_name);
    otpi_free(registry->suites);
    *registry = (sti_registry){0};
}

/* ---- Finding ---- */

static bool same_name(const st_test *a, const st_test *b) {
    return strcmp(a->suite, b->suite) == 0 && strcmp(a->name, b->name) == 0;
}

const st_test *sti_registry_twin(const sti_registry *registry, const st_test **other) {
    for (size_t i = 1; i < registry->count; i++) {
        if (same_name(registry->by_name[i - 1], registry->by_name[i])) {
            *other = registry->by_name[i];
            return registry->by_name[i - 1];
        }
    }
    return NULL;
}

void sti_test_name(const st_test *test, char *out, size_t size) {
    snprintf(out, size, "%s.%s", test->suite, test->name);
}

const st_test *sti_registry_find(const sti_registry *registry, const char *name) {
    char full[512];
    for (size_t i = 0; i < registry->count; i++) {
        sti_test_name(registry->tests[i], full, sizeof full);
        if (strcmp(full, name) == 0) {
            return registry->tests[i];
        }
    }
    return NULL;
}

const st_suite *sti_registry_suite(const sti_registry *registry, const char *name) {
    for (size_t i = 0; i < registry->suite_count; i++) {
        const st_suite *suite = registry->suites[i];
        if (name ? suite->name && strcmp(suite->name, name) == 0 : !suite->name) {
            return suite;
        }
    }
    return NULL;
}

static bool has_tests(const sti_registry *registry, const st_suite *suite) {
    for (size_t i = 0; i < registry->count; i++) {
        if (strcmp(registry->tests[i]->suite, suite->name) == 0) {
            return true;
        }
    }
    return false;
}

bool sti_registry_check(const sti_registry *registry, otpi_text *error) {
    const st_test *other, *one = sti_registry_twin(registry, &other);
    if (one) {
        otpi_text_format(error, "two tests are named %s.%s: at %s:%d and at %s:%d", one->suite,
                         one->name, one->file, one->line, other->file, other->line);
        return false;
    }
    for (size_t i = 0; i < registry->suite_count; i++) {
        const st_suite *suite = registry->suites[i];
        const st_suite *first = sti_registry_suite(registry, suite->name);
        if (first != suite) {
            otpi_text_format(error, "%s%s has two fixtures: at %s:%d and at %s:%d",
                             suite->name ? "the suite " : "the run", suite->name ? suite->name : "",
                             first->file, first->line, suite->file, suite->line);
            return false;
        }
        if (suite->name && !has_tests(registry, suite)) {
            otpi_text_format(error, "the suite %s has a fixture (%s:%d), but no tests", suite->name,
                             suite->file, suite->line);
            return false;
        }
    }
    return true;
}

/* ---- Filters and tags ---- */

size_t sti_filter_count(const sti_registry *registry, const char *filter) {
    size_t n = 0;
    for (size_t i = 0; i < registry->count; i++) {
        n += sti_filter_matches(filter, registry->tests[i]);
    }
    return n;
}

static void suggest_suites(const sti_registry *registry, sti_suggestions *s) {
    for (size_t i = 0; i < registry->count; i++) {
        sti_suggest(s, registry->tests[i]->suite);
    }
}

void sti_registry_suggest(const sti_registry *registry, const char *wrong, otpi_text *out) {
    sti_suggestions s;
    char full[512];
    sti_suggest_begin(&s, wrong);
    suggest_suites(registry, &s);
    for (size_t i = 0; i < registry->count; i++) {
        sti_test_name(registry->tests[i], full, sizeof full);
        sti_suggest(&s, full);
    }
    if (s.count == 0 && strchr(wrong, '.')) { /* the suite at least */
        snprintf(full, sizeof full, "%.*s", (int)strcspn(wrong, "."), wrong);
        sti_suggest_begin(&s, full);
        suggest_suites(registry, &s);
    }
    sti_suggest_show(&s, "", out);
}

void sti_registry_suggest_tag(const sti_registry *registry, const char *wrong, otpi_text *out) {
    sti_suggestions s;
    char word[128];
    sti_suggest_begin(&s, wrong);
    for (size_t i = 0; i < registry->count; i++) {
        const char *tags = registry->tests[i]->tags;
        while (tags && *tags) {
            size_t size = strcspn(tags, " ");
            snprintf(word, sizeof word, "%.*s", (int)size, tags);
            sti_suggest(&s, word);
            tags += size + strspn(tags + size, " ");
        }
    }
    sti_suggest_show(&s, "", out);
}
