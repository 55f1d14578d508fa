/* SPDX-License-Identifier: MIT */
/*
 * The common wording of reports.
 */
#include "supertester/report/wording.h"

#include "term/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Text of tests ---- */

/* Bytes at text that may be shown as they are; 0 = the first one must be escaped. */
static size_t plain_size(const char *text, size_t size) {
    uint32_t code;
    size_t n = otpi_utf8_read((const uint8_t *)text, size, &code);
    bool control = n > 0 && (code < 0x20 || (code >= 0x7f && code < 0xa0));
    bool allowed = code == '\t' || code == '\n' || (!control && (code & 0xfffe) != 0xfffe);
    return n > 0 && allowed ? n : 0;
}

void sti_report_text(otpi_text *out, const char *bytes, size_t size) {
    for (size_t at = 0; at < size;) {
        size_t n = plain_size(bytes + at, size - at);
        if (n > 0) {
            otpi_text_bytes(out, bytes + at, n);
        } else {
            otpi_text_format(out, "\\x%02x", (unsigned char)bytes[at]);
        }
        at += n > 0 ? n : 1;
    }
}

void sti_report_line(otpi_text *out, const char *string) {
    for (;;) {
        size_t size = strcspn(string, "\n");
        sti_report_text(out, string, size);
        if (string[size] == '\0') {
            return;
        }
        otpi_text_cstr(out, "\\x0a");
        string += size + 1;
    }
}

void sti_report_lines(otpi_text *out, const char *prefix, const char *bytes, size_t size) {
    const char *end = bytes + size;
    while (bytes < end) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        const char *line_end = newline ? newline : end;
        otpi_text_cstr(out, prefix);
        sti_report_text(out, bytes, (size_t)(line_end - bytes));
        otpi_text_char(out, '\n');
        bytes = line_end + 1;
    }
}

void sti_report_shell_word(otpi_text *out, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,+@%";
    if (*word && word[strspn(word, plain)] == '\0') {
        otpi_text_cstr(out, word);
        return;
    }
    otpi_text_char(out, '\'');
    for (; *word; word++) {
        otpi_text_cstr(out, *word == '\'' ? "'\\'" : "");
        otpi_text_char(out, *word);
    }
    otpi_text_char(out, '\'');
}

/* ---- Tests and results ---- */

void sti_report_name(otpi_text *out, const st_test *test) {
    sti_report_line(out, test->suite);
    otpi_text_char(out, '.');
    sti_report_line(out, test->name);
}

void sti_report_seeds(otpi_text *out, const sti_report *report) {
    otpi_text_format(out, "seed %" PRIu64, report->seed);
    if (report->shuffled) {
        otpi_text_format(out, ", shuffled with --shuffle=%" PRIu64, report->shuffle_seed);
    }
}

void sti_report_plan(otpi_text *out, const sti_report *report) {
    sti_report_seeds(out, report);
    otpi_text_format(out, ", %zu test%s", report->tests, report->tests == 1 ? "" : "s");
    if (report->planned == SIZE_MAX) {
        otpi_text_cstr(out, " until one fails");
    } else if (report->tests > 0 && report->planned != report->tests) {
        otpi_text_format(out, " %zu times", report->planned / report->tests);
    }
    if (report->at_a_time > 0) {
        otpi_text_format(out, ", %zu at a time", report->at_a_time);
    } else {
        otpi_text_cstr(out, ", in this process");
    }
}

const char *sti_report_world(otp_mode mode) {
    return mode == OTP_SIMULATED ? "simulated" : "parallel";
}

const char *sti_site_word(sti_site_kind kind, uint64_t n) {
    static const char *const words[STI_SITE_KINDS][2] = {{"allocation", "allocations"},
                                                         {"I/O call", "I/O calls"}};
    return words[kind][n != 1];
}

/* ", 120 allocations swept, 2 failed" or ", allocation 17 of 120 made to fail" */
static void write_swept(otpi_text *text, sti_site_kind kind, const sti_swept *swept) {
    if (!swept->counted) {
        return;
    }
    if (swept->only > 0) {
        otpi_text_format(text, ", %s %" PRIu64 " of %" PRIu64 " %s", sti_site_word(kind, 1),
                         swept->only, swept->sites,
                         swept->missed > 0 ? "was not made" : "made to fail");
        return;
    }
    otpi_text_cstr(text, ", ");
    if (swept->done < swept->sites) {
        otpi_text_format(text, "%" PRIu64 " of ", swept->done);
    }
    otpi_text_format(text, "%" PRIu64 " %s swept", swept->sites, sti_site_word(kind, swept->sites));
    if (swept->missed > 0) {
        otpi_text_format(text, ", %" PRIu64 " not made", swept->missed);
    }
    if (swept->failed > 0) {
        otpi_text_format(text, ", %" PRIu64 " failed", swept->failed);
    }
}

void sti_report_swept(otpi_text *out, const sti_result *result) {
    for (sti_site_kind kind = 0; kind < STI_SITE_KINDS; kind++) {
        write_swept(out, kind, &result->swept[kind]);
    }
}

const char *sti_report_not_swept(const sti_result *result) {
    return result->not_swept ? "it ends its OS process" : NULL;
}

void sti_report_mode(otpi_text *out, const sti_result *result) {
    otpi_text_cstr(out, sti_report_world(result->mode));
    if (result->runs_asked > 1 && sti_failed(result->status)) {
        otpi_text_format(out, ", run %" PRIu64 " of %" PRIu64, result->runs_done,
                         result->runs_asked);
    } else if (result->searched.is && result->searched.verdict == ST_PROVED) {
        otpi_text_format(out, ", all %" PRIu64 " runs there are", result->runs_done);
    } else if (result->runs_asked > 1) {
        otpi_text_format(out, ", %" PRIu64 " runs", result->runs_done);
    }
    sti_report_swept(out, result);
    if (result->not_swept) {
        otpi_text_format(out, ", not swept: %s", sti_report_not_swept(result));
    }
}

void sti_report_duration(otpi_text *out, uint64_t ns) {
    if (ns < 10000000) {
        otpi_text_format(out, "%.1f ms", (double)ns / 1e6);
    } else if (ns < UINT64_C(10000000000)) {
        otpi_text_format(out, "%" PRIu64 " ms", ns / 1000000);
    } else {
        otpi_text_format(out, "%" PRIu64 " s", ns / 1000000000);
    }
}

void sti_report_counts(otpi_text *out, const sti_report *report) {
    otpi_text_format(out, "%zu passed, %zu failed", report->passed, report->failed);
    if (report->skipped > 0) {
        otpi_text_format(out, ", %zu skipped", report->skipped);
    }
}

const char *sti_report_outcome(sti_status status) {
    switch (status) {
    case STI_PASSED: return "passed";
    case STI_CRASHED: return "crashed";
    case STI_HUNG: return "hung";
    case STI_SKIPPED: return "skipped";
    default: return "failed";
    }
}

/* ---- Failures ---- */

/* By the words a failure begins with. */
static const struct {
    const char *words, *kind;
} kinds[] = {{"crash:", "crash"},
             {"hang:", "hang"},
             {"leak:", "leak"},
             {"deadlock:", "deadlock"},
             {"contamination:", "contamination"},
             {"not deterministic:", "not deterministic"},
             {"sweep:", "sweep"},
             {"the setup of the ", "fixture"},
             {"the teardown of the ", "fixture"},
             {"it must fail, ", "must_fail"},
             {"it failed, as it must, ", "must_fail"},
             {"it passed, but is marked .fails", "must_fail"}};

const char *sti_report_kind(const sti_result *result, const sti_failure *failure) {
    if (failure && failure->site.size > 0) {
        return "check";
    }
    const char *text = result->details + (failure ? failure->all.at + failure->head : 0);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncmp(text, kinds[i].words, strlen(kinds[i].words)) == 0) {
            return kinds[i].kind;
        }
    }
    return "exit";
}

sti_span sti_report_struck(const sti_result *result, const sti_failure *failure) {
    size_t before = strlen(STI_SWEEP_HEAD), after = strlen("\n" STI_SWEEP_INDENT);
    bool struck = failure->head > before + after &&
                  strncmp(result->details + failure->all.at, STI_SWEEP_HEAD, before) == 0;
    return struck ? (sti_span){failure->all.at + (uint32_t)before,
                               failure->head - (uint32_t)(before + after)}
                  : (sti_span){0, 0};
}

sti_place sti_report_place(const sti_result *result, const sti_failure *failure) {
    const char *site = failure ? result->details + failure->site.at : "";
    size_t size = failure ? failure->site.size : 0;
    size_t colon = size;
    while (colon > 0 && site[colon - 1] != ':') {
        colon--;
    }
    if (colon > 1) {
        return (sti_place){site, colon - 1, atoi(site + colon)};
    }
    return (sti_place){result->test->file, strlen(result->test->file), result->test->line};
}

sti_span sti_report_said(const sti_failure *failure) {
    bool first = failure->site.size > 0 && failure->head == 0; /* in a sweep, the call is */
    uint32_t skipped = first ? failure->site.size + 2 : 0;
    return (sti_span){failure->all.at + skipped, failure->all.size - skipped};
}
