/* SPDX-License-Identifier: MIT */
/*
 * Expanding tests with cases. Everything after this sees plain tests with longer names: filters,
 * reports, files of choices, rerun commands.
 */
#include "supertester/runner/cases.h"

#include "port/memory.h"

#include <stdio.h>
#include <string.h>

/* A test that was made here, with its name. */
typedef struct made {
    st_test test;
    char name[];
} made;

bool sti_cases_has(const st_test *test) {
    return test->cases.table || test->cases.make;
}

/* The function's case is only good until the next call. */
static bool ask(const st_test *test, size_t index, st_case *out) {
    *out = (st_case){.name = ""};
    return test->cases.make(index, out);
}

size_t sti_cases_count(const st_test *test) {
    st_case ignored;
    size_t n = 0;
    if (!test->cases.make) {
        return test->cases.count;
    }
    while (ask(test, n, &ignored)) {
        if (++n > STI_CASES_MAX) {
            return 0;
        }
    }
    return n;
}

static bool read_row(const st_test *test, size_t index, st_case *out, otpi_text *error) {
    const char *row = (const char *)test->cases.table + index * test->cases.row_size;
    const char *name;
    memcpy(&name, row + test->cases.name_at, sizeof name);
    *out = (st_case){.data = row};
    if (name && strlen(name) < sizeof out->name) {
        memcpy(out->name, name, strlen(name) + 1);
        return true;
    }
    otpi_text_format(error, "case %zu of %s.%s (%s:%d) has %s", index, test->suite, test->name,
                     test->file, test->line, name ? "a name that is too long" : "no name");
    return false;
}

static bool ask_again(const st_test *test, size_t index, st_case *out, otpi_text *error) {
    if (ask(test, index, out)) {
        return true;
    }
    otpi_text_format(error, "case %zu of %s.%s (%s:%d) was there when its function was asked first",
                     index, test->suite, test->name, test->file, test->line);
    return false;
}

static bool usable(const char *name) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "_-+.:,=@%<>()[]{}#!~^&|";
    return *name && name[strspn(name, letters)] == '\0';
}

bool sti_cases_make(const st_test *test, size_t index, const st_test **out, otpi_text *error) {
    st_case found;
    if (!(test->cases.make ? ask_again(test, index, &found, error)
                           : read_row(test, index, &found, error))) {
        return false;
    }
    found.name[sizeof found.name - 1] = '\0';
    if (!usable(found.name)) {
        otpi_text_format(error,
                         "case %zu of %s.%s (%s:%d) is named \"%s\": names of cases are made of "
                         "letters, digits and signs, without blanks, quotes, / * ? and \\",
                         index, test->suite, test->name, test->file, test->line, found.name);
        return false;
    }
    size_t stem = strlen(test->name), size = stem + 1 + strlen(found.name) + 1;
    made *one = otpi_alloc(sizeof *one + size);
    if (!one) {
        return false;
    }
    one->test = *test;
    snprintf(one->name, size, "%s/%s", test->name, found.name);
    one->test.name = one->name;
    one->test.case_name = one->name + stem + 1;
    one->test.case_data = found.data;
    one->test.case_index = index;
    *out = &one->test;
    return true;
}

void sti_cases_free(const st_test *test) {
    if (test->case_name) {
        otpi_free((void *)(uintptr_t)test);
    }
}
