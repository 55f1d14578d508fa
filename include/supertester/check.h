/* SPDX-License-Identifier: MIT */
/*
 * Property-based testing from any program: no runner, no runtime.
 *
 *     static bool sorting_keeps_the_length(void *unused) {
 *         int64_t values[100];
 *         size_t n = 0;
 *         ST_LIST(e, 0, 100) { values[n++] = st_int(-1000, 1000); }
 *         return my_sort(values, n) == n;
 *     }
 *     int main(void) {
 *         return st_check(sorting_keeps_the_length, &(st_check_opts){.name = "sort"}) > ST_PROVED;
 *     }
 *
 * The function is run with different draws (property.h): first the simplest ones, then small ones,
 * then any. It fails by returning false, or by a check (expect.h); a hard check leaves it. What
 * fails is shrunk to the simplest case that fails in the same way at the same place, and printed
 * with what it drew, its seed and a token that replays it. Where there are so few cases that all
 * of them can be run, they are, and the property is proved.
 *
 * The same draws must lead to the same run. Memory that the function allocates before a hard check,
 * an unmet assumption or a draw too many is not freed: such a run is left, not unwound. So are runs
 * of the shrinker. The function runs on a stack of its own; it may call st_check, and may itself be
 * run in a process when it does not suspend.
 *
 * A crash ends the program, unless .contained asks for children, which cost some 0.3 ms a run; what
 * the function changes outside of its draws is lost with the child, and what it classifies, too.
 */
#ifndef SUPERTESTER_CHECK_H
#define SUPERTESTER_CHECK_H

#include <supertester/property.h>

typedef bool st_property(void *context);

typedef enum st_verdict {
    ST_HELD,
    ST_PROVED, /* in all cases there are */
    ST_FALSIFIED,
    ST_UNHEALTHY, /* too few runs to say: the report says why, and what to do */
    ST_MISUSED,   /* a draw or an option was misused, or memory was out */
} st_verdict;

/* Failures are distinct when they come from different places (checks), or are of different kinds.
 */
enum { ST_FAILURES_MAX = 8 };

typedef struct st_check_failure {
    char text[512];                   /* what failed, where */
    char token[512];                  /* replays it; "" when it is too long: then by the seed */
    uint64_t choices_before, choices; /* of data, as it was found and after shrinking */
    uint64_t deviations_before, deviations; /* from the default order, network and faults */
    uint64_t others_before, others;         /* decisions of that kind: how long the run is */
    uint64_t executions;                    /* of the function, for shrinking it */
} st_check_failure;

typedef struct st_check_result {
    st_verdict verdict;
    uint64_t seed;
    uint64_t runs;             /* with a verdict, up to the first failure; that one included */
    uint64_t discarded;        /* by assumptions, or too large */
    uint64_t executions_after; /* of the function, after the first failure, whatever for */
    uint32_t failure_count;
    bool shrunk; /* as far as it goes: the budget was enough */
    st_check_failure failures[ST_FAILURES_MAX];
} st_check_result;

/* What an option of zero means is said behind it. */
typedef struct st_check_opts {
    const char *name;   /* in the report: "property" */
    void *context;      /* passed to the function */
    uint64_t runs;      /* 100; a single one is random, of more the first is the simplest */
    uint64_t seed;      /* another one each time; the report tells it */
    const char *replay; /* a token: only that case is run, and not shrunk */
    const char *const *examples; /* tokens of cases that are run first; NULL at the end: none */
    uint64_t shrink_runs_max;    /* 20,000 */
    int64_t shrink_ms_max;       /* 10,000 */
    bool no_shrinking;
    bool contained;           /* each run in a child process: a crash, an exit or a hang fails the
                                 property like any other failure, and is shrunk */
    int64_t contained_ms_max; /* a contained run that takes longer hangs: 5,000 */
    uint64_t choices_max;     /* of one run: 100,000 */
    size_t stack_size;        /* of the function: 1 MiB */
    bool large_first;         /* no small runs before the others */
    bool no_proof;            /* small spaces are sampled, too */
    bool quiet;               /* nothing is printed: the result says all */
    void (*print)(void *context, const char *report); /* takes the report, in place of stderr */
    st_check_result *result;                          /* out; may be NULL */
} st_check_opts;

/* opts may be NULL. The report goes to standard error when something is wrong, or was proved, or
 * classified. */
ST_API st_verdict st_check(st_property *property, const st_check_opts *opts);
ST_API const char *st_verdict_name(st_verdict verdict);

#endif
