/* SPDX-License-Identifier: MIT */
/*
 * Cases: one body, run once for each row of a table.
 *
 *     static const struct { const char *name; int64_t add, total; } sums[] = {
 *         {"nothing", 0, 5}, {"a_debt", -7, -2},
 *     };
 *
 *     ST_TEST(counter, adds, .cases = ST_CASES(sums)) {
 *         const __typeof__(sums[0]) *row = st_case_data();
 *         ST_EXPECT_EQ(5 + row->add, row->total);
 *     }
 *
 * These are two tests, counter.adds/nothing and counter.adds/a_debt: listed, filtered, run and
 * reported as if each had been written alone. The filter counter.adds picks both. A name is made of
 * ASCII letters, digits and signs, at most 95, without blanks, quotes, / * ? and \; it is used once
 * in its table.
 */
#ifndef SUPERTESTER_CASES_H
#define SUPERTESTER_CASES_H

#include <supertester/api.h>

/* A case that a function makes. */
typedef struct st_case {
    char name[96];
    const void *data; /* for st_case_data: lives as long as the program */
} st_case;

/* Fills in case number index, from 0; false when there are no more. Called when the program starts,
 * outside of all worlds, and more than once for each index: it answers the same each time. */
typedef bool st_case_fn(size_t index, st_case *out);

/* The value of .cases: by the macros. */
typedef struct st_cases {
    const void *table;
    size_t count, row_size, name_at;
    st_case_fn *make;
} st_cases;

/* Each row of the array is a case; the row's member "name", a string, is its name. */
#define ST_CASES(rows)                                                                             \
    {                                                                                              \
        (rows), sizeof(rows) / sizeof((rows)[0]), sizeof((rows)[0]),                               \
            __builtin_offsetof(__typeof__((rows)[0]), name), 0                                     \
    }
/* As many cases as the function has, at most 10,000. */
#define ST_CASES_FROM(function)                                                                    \
    { 0, 0, 0, 0, (function) }

/* ---- Inside a test with cases ---- */

/* The row, or what the function gave; NULL in a test without cases. */
ST_API const void *st_case_data(void);
/* The name of the case; "" in a test without cases. */
ST_API const char *st_case_name(void);
/* Its number, from 0. */
ST_API size_t st_case_index(void);

#endif
