/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unit_case *cases;
static int failures_of_case;
static uint64_t seed = 20261121;
static bool long_form;

void unit_register(unit_case *test) {
    unit_case **at = &cases;
    while (*at && ((*at)->line < test->line || strcmp((*at)->file, test->file) != 0)) {
        at = &(*at)->next;
    }
    test->next = *at;
    *at = test;
}

uint64_t unit_seed(void) {
    return seed;
}

bool unit_long(void) {
    return long_form;
}

bool unit_check(bool ok, const char *file, int line, const char *expression) {
    if (!ok) {
        failures_of_case++;
        printf("# %s:%d: failed: %s\n", file, line, expression);
    }
    return ok;
}

bool unit_check_int(int64_t a, int64_t b, const char *file, int line, const char *expression) {
    if (a != b) {
        printf("# left %" PRId64 ", right %" PRId64 "\n", a, b);
    }
    return unit_check(a == b, file, line, expression);
}

bool unit_check_str(const char *a, const char *b, const char *file, int line,
                    const char *expression) {
    bool same = a && b && strcmp(a, b) == 0;
    if (!same) {
        printf("# left  \"%s\"\n# right \"%s\"\n", a ? a : "(null)", b ? b : "(null)");
    }
    return unit_check(same, file, line, expression);
}

static int count_matching(const char *filter) {
    int n = 0;
    for (unit_case *c = cases; c; c = c->next) {
        n += strstr(c->sentence, filter) != NULL;
    }
    return n;
}

static int run_matching(const char *filter) {
    int number = 0;
    int failed = 0;
    for (unit_case *c = cases; c; c = c->next) {
        if (!strstr(c->sentence, filter)) {
            continue;
        }
        failures_of_case = 0;
        c->body();
        failed += failures_of_case != 0;
        printf("%sok %d - %s\n", failures_of_case ? "not " : "", ++number, c->sentence);
        fflush(stdout);
    }
    return failed;
}

int main(int argc, char **argv) {
    const char *filter = "";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            seed = strtoull(argv[++i], NULL, 0);
        } else if (strcmp(argv[i], "--long") == 0) {
            long_form = true;
        } else {
            filter = argv[i];
        }
    }
    int n = count_matching(filter);
    if (n == 0) {
        fprintf(stderr, "unit: no test's sentence contains \"%s\"\n", filter);
        return 2;
    }
    printf("TAP version 13\n# seed %" PRIu64 "\n1..%d\n", seed, n);
    return run_matching(filter) ? 1 : 0;
}
