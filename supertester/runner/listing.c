/* SPDX-License-Identifier: MIT */
/*
 * Listing tests. A test that runs in both worlds is two jobs of the plan, beside each other, and
 * one line here.
 */
#include "supertester/runner/listing.h"
#include "supertester/report/wording.h"
#include "supertester/runner/filter.h"

#include "base/json.h"
#include "port/memory.h"

#include <string.h>

/* Is the job the second one of its test? */
static bool repeated(const sti_plan *plan, size_t index) {
    return index > 0 && plan->jobs[index - 1].test == plan->jobs[index].test;
}

static bool in_both(const sti_plan *plan, size_t index) {
    return index + 1 < plan->count && repeated(plan, index + 1);
}

/* Does a suite begin at this job? */
static bool begins_suite(const sti_plan *plan, size_t index) {
    return index == 0 ||
           strcmp(plan->jobs[index - 1].test->suite, plan->jobs[index].test->suite) != 0;
}

static size_t count_tests(const sti_plan *plan, size_t from, bool of_suite) {
    size_t n = 0;
    for (size_t i = from; i < plan->count && !(of_suite && i > from && begins_suite(plan, i));
         i++) {
        n += !repeated(plan, i);
    }
    return n;
}

/* ---- For people ---- */

static void list_plain(const sti_plan *plan, otpi_text *out) {
    for (size_t i = 0; i < plan->count; i++) {
        const st_test *test = plan->jobs[i].test;
        if (repeated(plan, i)) {
            continue;
        }
        sti_report_name(out, test);
        otpi_text_format(out, "  %s%s  %s:%d", sti_report_world(plan->jobs[i].mode),
                         in_both(plan, i) ? " parallel" : "", test->file, test->line);
        if (test->tags) {
            otpi_text_format(out, "  [%s]", test->tags);
        }
        otpi_text_format(out, "%s%s\n", test->skip ? "  skipped: " : "",
                         test->skip ? test->skip : "");
    }
}

/* ---- JSON ---- */

static void member(otpi_json *json, const char *key, const char *value) {
    otpi_json_key(json, key);
    otpi_json_string(json, value);
}

static void list_json_lines(const sti_plan *plan, otpi_text *out) {
    for (size_t i = 0; i < plan->count; i++) {
        const st_test *test = plan->jobs[i].test;
        otpi_json json;
        if (repeated(plan, i)) {
            continue;
        }
        otpi_json_init(&json, out, 0);
        otpi_json_object_begin(&json);
        member(&json, "event", "test");
        member(&json, "suite", test->suite);
        member(&json, "name", test->name);
        otpi_json_key(&json, "worlds");
        otpi_json_array_begin(&json);
        otpi_json_string(&json, sti_report_world(plan->jobs[i].mode));
        if (in_both(plan, i)) {
            otpi_json_string(&json, "parallel");
        }
        otpi_json_array_end(&json);
        member(&json, "file", test->file);
        otpi_json_key(&json, "line");
        otpi_json_int64(&json, test->line);
        member(&json, "tags", test->tags ? test->tags : "");
        member(&json, "skip", test->skip);
        otpi_json_object_end(&json);
        otpi_json_finish(&json);
        otpi_text_char(out, '\n');
    }
}

static void gtest_json_test(otpi_json *json, const st_test *test) {
    otpi_json_object_begin(json);
    member(json, "name", test->name);
    member(json, "file", test->file);
    otpi_json_key(json, "line");
    otpi_json_int64(json, test->line);
    otpi_json_object_end(json);
}

static void list_gtest_json(const sti_plan *plan, otpi_text *out) {
    otpi_json json;
    otpi_json_init(&json, out, 2);
    otpi_json_object_begin(&json);
    otpi_json_key(&json, "tests");
    otpi_json_uint64(&json, count_tests(plan, 0, false));
    member(&json, "name", "AllTests");
    otpi_json_key(&json, "testsuites");
    otpi_json_array_begin(&json);
    for (size_t i = 0; i < plan->count; i++) {
        if (begins_suite(plan, i)) {
            otpi_json_object_begin(&json);
            member(&json, "name", plan->jobs[i].test->suite);
            otpi_json_key(&json, "tests");
            otpi_json_uint64(&json, count_tests(plan, i, true));
            otpi_json_key(&json, "testsuite");
            otpi_json_array_begin(&json);
        }
        if (!repeated(plan, i)) {
            gtest_json_test(&json, plan->jobs[i].test);
        }
        if (i + 1 == plan->count || begins_suite(plan, i + 1)) {
            otpi_json_array_end(&json);
            otpi_json_object_end(&json);
        }
    }
    otpi_json_array_end(&json);
    otpi_json_object_end(&json);
    otpi_json_finish(&json);
    otpi_text_char(out, '\n');
}

/* ---- GoogleTest's text and XML ---- */

static void list_gtest(const sti_plan *plan, otpi_text *out) {
    for (size_t i = 0; i < plan->count; i++) {
        if (begins_suite(plan, i)) {
            sti_report_line(out, plan->jobs[i].test->suite);
            otpi_text_cstr(out, ".\n");
        }
        if (!repeated(plan, i)) {
            otpi_text_cstr(out, "  ");
            sti_report_line(out, plan->jobs[i].test->name);
            otpi_text_char(out, '\n');
        }
    }
}

static void list_gtest_xml(const sti_plan *plan, otpi_text *out) {
    otpi_text_format(out,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<testsuites tests=\"%zu\" name=\"AllTests\">\n",
                     count_tests(plan, 0, false));
    for (size_t i = 0; i < plan->count; i++) {
        const st_test *test = plan->jobs[i].test;
        if (begins_suite(plan, i)) {
            otpi_text_cstr(out, "  <testsuite");
            sti_report_xml_attribute(out, "name", test->suite);
            otpi_text_format(out, " tests=\"%zu\">\n", count_tests(plan, i, true));
        }
        if (!repeated(plan, i)) {
            otpi_text_cstr(out, "    <testcase");
            sti_report_xml_attribute(out, "name", test->name);
            sti_report_xml_attribute(out, "file", test->file);
            otpi_text_format(out, " line=\"%d\"/>\n", test->line);
        }
        if (i + 1 == plan->count || begins_suite(plan, i + 1)) {
            otpi_text_cstr(out, "  </testsuite>\n");
        }
    }
    otpi_text_cstr(out, "</testsuites>\n");
}

/* ---- Which, and where ---- */

static bool put(const otpi_text *text, const char *file, otpi_text *error) {
    sti_sink sink;
    if (sti_sink_open(&sink, file) == OTPI_IO_OK) {
        if (text->failed) {
            sti_sink_fail(&sink, OTPI_IO_ENOMEM);
        }
        sti_sink_write(&sink, text->data, text->length);
        sti_sink_close(&sink);
    }
    if (sink.err != OTPI_IO_OK) {
        otpi_text_cstr(error, "the list of tests could not be written ");
        sti_sink_describe(&sink, error);
    }
    return sink.err == OTPI_IO_OK;
}

typedef void lister(const sti_plan *plan, otpi_text *out);

static bool list_to(const sti_plan *plan, lister *list, const char *file, otpi_text *error) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    list(plan, &text);
    bool written = put(&text, file, error);
    otpi_text_fini(&text);
    return written;
}

int sti_list(const sti_plan *plan, otpi_text *error) {
    const sti_flags *flags = plan->flags;
    bool written = true, plain = true;
    if (flags->gtest_list) {
        plain = false;
        written = list_to(plan, list_gtest, NULL, error);
        if (written && flags->gtest_output) {
            written = list_to(plan, flags->gtest_json ? list_gtest_json : list_gtest_xml,
                              flags->gtest_output, error);
        }
    }
    for (size_t i = 0; i < flags->reporter_count && written; i++) {
        if (flags->reporters[i].ops == &sti_report_jsonl) {
            plain = plain && flags->reporters[i].file;
            written = list_to(plan, list_json_lines, flags->reporters[i].file, error);
        }
    }
    if (plain && written) {
        written = list_to(plan, list_plain, NULL, error);
    }
    return written ? STI_EXIT_OK : STI_EXIT_INTERNAL;
}

/* ---- GoogleTest's filter ---- */

/* Does one of the globs up to end match? */
static bool any_matches(const char *globs, const char *end, const st_test *test) {
    char glob[512];
    while (globs < end) {
        size_t size = strcspn(globs, ":");
        size = globs + size < end ? size : (size_t)(end - globs);
        if (size < sizeof glob) {
            memcpy(glob, globs, size);
            glob[size] = '\0';
            if (sti_glob_matches(glob, test)) {
                return true;
            }
        }
        globs += size + 1;
    }
    return false;
}

bool sti_gtest_wanted(const char *filter, const st_test *test) {
    if (!filter) {
        return true;
    }
    const char *end = filter + strlen(filter), *dash = strchr(filter, '-');
    const char *positive_end = dash ? dash : end;
    bool wanted = positive_end == filter || any_matches(filter, positive_end, test);
    return wanted && !(dash && any_matches(dash + 1, end, test));
}
