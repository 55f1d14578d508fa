/* SPDX-License-Identifier: MIT */
/*
 * Annotations for GitHub Actions (its documentation: "Workflow commands for GitHub Actions",
 * setting an error message): one line for each failure, which GitHub shows beside the line of the
 * source. They are picked out of any output, so this may stand beside another report.
 */
#include "supertester/report/wording.h"

#include <string.h>

/* The runner's own escapes; in a property colons and commas, too. */
static void escape(otpi_text *out, const char *bytes, size_t size, bool property) {
    otpi_text plain;
    otpi_text_init(&plain, out->allocator);
    sti_report_text(&plain, bytes, size);
    for (const char *c = plain.data; *c; c++) {
        if (*c == '%' || *c == '\n' || (property && (*c == ':' || *c == ','))) {
            otpi_text_format(out, "%%%02X", (unsigned char)*c);
        } else {
            otpi_text_char(out, *c);
        }
    }
    out->failed = out->failed || plain.failed;
    otpi_text_fini(&plain);
}

static void annotate(sti_reporter *to, const sti_result *result, const sti_failure *failure,
                     const char *words, size_t size) {
    otpi_text *out = &to->text;
    sti_place place = sti_report_place(result, failure);
    otpi_text_cstr(out, "::error file=");
    escape(out, place.file, place.file_size, true);
    otpi_text_format(out, ",line=%d,title=", place.line);
    escape(out, result->test->suite, strlen(result->test->suite), true);
    otpi_text_char(out, '.');
    escape(out, result->test->name, strlen(result->test->name), true);
    otpi_text_format(out, " (%s)::", sti_report_world(result->mode));
    escape(out, words, size, false);
    if (result->rerun[0]) {
        otpi_text_cstr(out, size > 0 && words[size - 1] == '\n' ? "" : "%0A");
        otpi_text_cstr(out, "rerun: ");
        escape(out, result->rerun, strlen(result->rerun), false);
    }
    otpi_text_char(out, '\n');
}

static void github_begin(sti_reporter *to) {
    (void)to; /* only failures are told */
}

static void github_result(sti_reporter *to, const sti_result *result, sti_printed printed) {
    (void)printed;
    if (!sti_failed(result->status)) {
        return;
    }
    for (uint32_t i = 0; i < result->failure_count; i++) {
        sti_span said = sti_report_said(&result->failures[i]);
        annotate(to, result, &result->failures[i], result->details + said.at, said.size);
    }
    if (result->failure_count == 0) {
        annotate(to, result, NULL, result->details, strlen(result->details));
    }
}

static void github_end(sti_reporter *to) {
    (void)to;
}

const sti_report_ops sti_report_github = {.name = "github",
                                          .summary =
                                              "annotations for GitHub Actions, beside another",
                                          .beside = true,
                                          .begin = github_begin,
                                          .result = github_result,
                                          .end = github_end};
