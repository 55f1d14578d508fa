/* SPDX-License-Identifier: MIT */
/*
 * JUnit's XML as Jenkins and GitLab read it (the schema of jenkinsci/xunit-plugin): one testsuite
 * for each run of tests of a suite, one testcase for each test in a world. The document is written
 * at the end, for its head has the totals.
 *
 * A check that failed is a <failure>, a crash or a hang an <error>; their type says the kind of the
 * first failure. Text is escaped; what XML can't hold is shown as wording.h says.
 */
#include "supertester/report/wording.h"

#include <inttypes.h>
#include <string.h>

/* ---- XML ---- */

static const char *entity_of(char c) {
    switch (c) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    case '\n': return "&#10;"; /* an attribute would lose it */
    case '\t': return "&#9;";
    default: return NULL;
    }
}

/* Bytes of a test as XML text; newlines and tabs as they are, or for an attribute. */
static void escape(otpi_text *out, const char *bytes, size_t size, bool attribute) {
    otpi_text plain;
    otpi_text_init(&plain, out->allocator);
    sti_report_text(&plain, bytes, size);
    for (const char *c = plain.data; *c; c++) {
        const char *entity = entity_of(*c);
        if (entity && (attribute || (*c != '\n' && *c != '\t'))) {
            otpi_text_cstr(out, entity);
        } else {
            otpi_text_char(out, *c);
        }
    }
    out->failed = out->failed || plain.failed;
    otpi_text_fini(&plain);
}

static void attribute_bytes(otpi_text *out, const char *name, const char *bytes, size_t size) {
    otpi_text_format(out, " %s=\"", name);
    escape(out, bytes, size, true);
    otpi_text_char(out, '"');
}

void sti_report_xml_attribute(otpi_text *out, const char *name, const char *value) {
    attribute_bytes(out, name, value, strlen(value));
}

static void seconds(otpi_text *out, uint64_t ns) {
    uint64_t us = ns / 1000;
    otpi_text_format(out, " time=\"%" PRIu64 ".%06" PRIu64 "\"", us / 1000000, us % 1000000);
}

/* ---- Tests ---- */

static void write_name(otpi_text *out, const sti_report *report, const sti_result *result) {
    bool both = result->test->world == ST_BOTH && !report->plain_names;
    otpi_text_cstr(out, " name=\"");
    escape(out, result->test->name, strlen(result->test->name), true);
    otpi_text_format(out, "%s%s%s\"", both ? " (" : "", both ? sti_report_world(result->mode) : "",
                     both ? ")" : "");
}

/* "3 allocations swept, 1 failed", or why not. */
static void write_sweep(otpi_text *out, const sti_result *result) {
    otpi_text swept;
    otpi_text_init(&swept, out->allocator);
    sti_report_swept(&swept, result);
    if (result->not_swept) {
        otpi_text_format(&swept, ", no: %s", sti_report_not_swept(result));
    }
    if (swept.length > 0) {
        otpi_text_cstr(out, "        <property name=\"sweep\"");
        sti_report_xml_attribute(out, "value", swept.data + strlen(", "));
        otpi_text_cstr(out, "/>\n");
    }
    out->failed = out->failed || swept.failed;
    otpi_text_fini(&swept);
}

static void write_properties(otpi_text *out, const sti_result *result) {
    otpi_text_format(out,
                     "      <properties>\n"
                     "        <property name=\"world\" value=\"%s\"/>\n"
                     "        <property name=\"seed\" value=\"%" PRIu64 "\"/>\n",
                     sti_report_world(result->mode), result->seed);
    if (result->choices[0]) {
        otpi_text_cstr(out, "        <property name=\"choices\"");
        sti_report_xml_attribute(out, "value", result->choices);
        otpi_text_cstr(out, "/>\n");
    }
    write_sweep(out, result);
    otpi_text_cstr(out, "      </properties>\n");
}

static bool is_error(const sti_result *result) {
    return result->status == STI_CRASHED || result->status == STI_HUNG;
}

static void write_failure(otpi_text *out, const sti_result *result) {
    const char *element = is_error(result) ? "error" : "failure";
    const sti_failure *first = result->failure_count > 0 ? &result->failures[0] : NULL;
    const char *message = result->details;
    size_t size = strcspn(message, "\n");
    if (first) {
        sti_span said = sti_report_said(first);
        message = result->details + said.at;
        size = said.size;
    }
    otpi_text_format(out, "      <%s", element);
    attribute_bytes(out, "message", message, size);
    const char *type = !is_error(result)            ? sti_report_kind(result, first)
                       : result->status == STI_HUNG ? "hang"
                                                    : "crash";
    sti_report_xml_attribute(out, "type", type);
    otpi_text_char(out, '>');
    escape(out, result->details, strlen(result->details), false);
    if (result->rerun[0]) {
        otpi_text_cstr(out, "rerun: ");
        escape(out, result->rerun, strlen(result->rerun), false);
        otpi_text_char(out, '\n');
    }
    otpi_text_format(out, "</%s>\n", element);
}

static void write_case(otpi_text *out, const sti_report *report, const sti_result *result,
                       sti_printed printed) {
    otpi_text_cstr(out, "    <testcase");
    write_name(out, report, result);
    sti_report_xml_attribute(out, "classname", result->test->suite);
    sti_report_xml_attribute(out, "file", result->test->file);
    otpi_text_format(out, " line=\"%d\"", result->test->line);
    seconds(out, result->duration_ns);
    otpi_text_cstr(out, ">\n");
    write_properties(out, result);
    if (result->status == STI_SKIPPED) {
        otpi_text_cstr(out, "      <skipped");
        sti_report_xml_attribute(out, "message", result->skip);
        otpi_text_cstr(out, "/>\n");
    } else if (sti_failed(result->status)) {
        write_failure(out, result);
    }
    if (printed.size > 0) {
        otpi_text_cstr(out, "      <system-out>");
        escape(out, printed.bytes, printed.size, false);
        otpi_text_cstr(out, "</system-out>\n");
    }
    otpi_text_cstr(out, "    </testcase>\n");
}

/* ---- Suites ---- */

static void counts(otpi_text *out, size_t tests, size_t failures, size_t errors, size_t skips) {
    otpi_text_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", tests,
                     failures, errors, skips);
}

static void end_suite(sti_reporter *to) {
    if (to->suite) {
        otpi_text_cstr(&to->whole, "  <testsuite");
        sti_report_xml_attribute(&to->whole, "name", to->suite);
        counts(&to->whole, to->tests, to->failures, to->errors, to->skips);
        seconds(&to->whole, to->gathered_ns);
        otpi_text_cstr(&to->whole, ">\n");
        otpi_text_bytes(&to->whole, to->gathered.data, to->gathered.length);
        otpi_text_cstr(&to->whole, "  </testsuite>\n");
    }
    to->whole.failed = to->whole.failed || to->gathered.failed;
    otpi_text_clear(&to->gathered);
    to->suite = NULL;
    to->tests = to->failures = to->errors = to->skips = 0;
    to->gathered_ns = 0;
}

static void junit_begin(sti_reporter *to) {
    (void)to; /* its head is written at the end */
}

static void junit_result(sti_reporter *to, const sti_result *result, sti_printed printed) {
    if (!to->suite || strcmp(to->suite, result->test->suite) != 0) {
        end_suite(to);
        to->suite = result->test->suite;
    }
    bool failed = sti_failed(result->status), error = is_error(result);
    to->tests++;
    to->errors += error;
    to->failures += failed && !error;
    to->skips += result->status == STI_SKIPPED;
    to->all_errors += error;
    to->gathered_ns += result->duration_ns;
    write_case(&to->gathered, to->report, result, printed);
}

static void junit_end(sti_reporter *to) {
    const sti_report *report = to->report;
    end_suite(to);
    otpi_text_cstr(&to->text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    sti_report_xml_attribute(&to->text, "name", report->program ? report->program : "supertester");
    counts(&to->text, report->number, report->failed - to->all_errors, to->all_errors,
           report->skipped);
    seconds(&to->text, report->duration_ns);
    otpi_text_cstr(&to->text, ">\n");
    otpi_text_bytes(&to->text, to->whole.data, to->whole.length);
    otpi_text_cstr(&to->text, "</testsuites>\n");
}

const sti_report_ops sti_report_junit = {.name = "junit",
                                         .summary = "JUnit XML, as Jenkins and GitLab read it",
                                         .begin = junit_begin,
                                         .result = junit_result,
                                         .end = junit_end};
