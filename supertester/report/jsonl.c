/* SPDX-License-Identifier: MIT */
/*
 * JSON lines: one object a line, one line an event, as docs/reference/jsonl.md describes them. A
 * change that would break a reader changes VERSION.
 */
#include "supertester/report/wording.h"

#include "base/json.h"

#include <string.h>
#include <supertester/explore.h>

enum { VERSION = 1 };

/* ---- Members ---- */

static void text_member(otpi_json *json, const char *key, const char *bytes, size_t size) {
    otpi_text plain;
    otpi_text_init(&plain, json->text->allocator);
    sti_report_text(&plain, bytes, size);
    otpi_json_key(json, key);
    otpi_json_string_bytes(json, plain.data, plain.length);
    json->text->failed = json->text->failed || plain.failed;
    otpi_text_fini(&plain);
}

static void member(otpi_json *json, const char *key, const char *value) {
    text_member(json, key, value, strlen(value));
}

/* null when the value is empty. */
static void optional(otpi_json *json, const char *key, const char *bytes, size_t size) {
    if (size > 0) {
        text_member(json, key, bytes, size);
    } else {
        otpi_json_key(json, key);
        otpi_json_null(json);
    }
}

static void number(otpi_json *json, const char *key, uint64_t value) {
    otpi_json_key(json, key);
    otpi_json_uint64(json, value);
}

static void number_or_null(otpi_json *json, const char *key, uint64_t value, bool known) {
    otpi_json_key(json, key);
    if (known) {
        otpi_json_uint64(json, value);
    } else {
        otpi_json_null(json);
    }
}

static void event(otpi_json *json, sti_reporter *to, const char *name) {
    otpi_json_init(json, &to->text, 0);
    otpi_json_object_begin(json);
    member(json, "event", name);
}

static void event_end(otpi_json *json) {
    otpi_json_object_end(json);
    otpi_json_finish(json);
    otpi_text_char(json->text, '\n');
}

static void identify(otpi_json *json, size_t id, const st_test *test, otp_mode mode) {
    number(json, "id", id);
    member(json, "suite", test->suite);
    member(json, "name", test->name);
    member(json, "world", sti_report_world(mode));
    member(json, "file", test->file);
    number(json, "line", (uint64_t)test->line);
    otpi_json_key(json, "in_both_worlds");
    otpi_json_bool(json, test->world == ST_BOTH);
}

/* ---- Events ---- */

static void jsonl_begin(sti_reporter *to) {
    otpi_json json;
    event(&json, to, "run_begin");
    number(&json, "version", VERSION);
    member(&json, "supertester", to->report->version ? to->report->version : "");
    member(&json, "program", to->report->program ? to->report->program : "");
    number(&json, "seed", to->report->seed);
    number(&json, "tests", to->report->tests);
    number_or_null(&json, "planned", to->report->planned, to->report->planned != SIZE_MAX);
    number_or_null(&json, "shuffle_seed", to->report->shuffle_seed, to->report->shuffled);
    number(&json, "at_a_time", to->report->at_a_time);
    event_end(&json);
}

static void jsonl_began(sti_reporter *to, size_t id, const st_test *test, otp_mode mode) {
    otpi_json json;
    event(&json, to, "test_begin");
    identify(&json, id, test, mode);
    event_end(&json);
}

static void jsonl_note(sti_reporter *to, const char *line) {
    otpi_json json;
    event(&json, to, "note");
    member(&json, "text", line);
    event_end(&json);
}

static void write_failure(sti_reporter *to, const sti_result *result, const sti_failure *failure) {
    otpi_json json;
    sti_place place = sti_report_place(result, failure);
    sti_span said = sti_report_said(failure);
    event(&json, to, "check_failure");
    number(&json, "id", to->report->number);
    member(&json, "kind", sti_report_kind(result, failure));
    text_member(&json, "file", place.file, place.file_size);
    number(&json, "line", (uint64_t)place.line);
    text_member(&json, "text", result->details + said.at, said.size);
    sti_span struck = sti_report_struck(result, failure);
    optional(&json, "struck", result->details + struck.at, struck.size);
    optional(&json, "left", result->details + failure->left.at, failure->left.size);
    optional(&json, "right", result->details + failure->right.at, failure->right.size);
    event_end(&json);
}

/* A member of both kinds: null, or how far the sweep came. */
static void write_sweep(otpi_json *json, const sti_result *result, sti_site_kind kind) {
    const sti_swept *swept = &result->swept[kind];
    otpi_json_key(json, kind == STI_ALLOCATIONS ? "allocations" : "io_calls");
    if (!swept->counted) {
        otpi_json_null(json);
        return;
    }
    otpi_json_object_begin(json);
    number(json, "made", swept->sites);
    number(json, "swept", swept->done);
    number(json, "missed", swept->missed);
    number(json, "failed", swept->failed);
    number_or_null(json, "only", swept->only, swept->only > 0);
    otpi_json_object_end(json);
}

/* null, or what the search of a property found. */
static void write_searched(otpi_json *json, const sti_result *result) {
    const sti_searched *s = &result->searched;
    otpi_json_key(json, "property");
    if (!s->is) {
        otpi_json_null(json);
        return;
    }
    otpi_json_object_begin(json);
    member(json, "verdict", st_verdict_name(s->verdict));
    const char *strategy = s->explores ? st_strategy_name(s->strategy) : "";
    optional(json, "strategy", strategy, strlen(strategy));
    number(json, "discarded", s->discarded);
    number(json, "failures", s->failures);
    bool failed = s->failures > 0;
    number_or_null(json, "executions_to_failure", result->runs_done + s->discarded, failed);
    number_or_null(json, "executions_after", s->executions_after, failed);
    number_or_null(json, "choices_before", s->choices_before, failed);
    number_or_null(json, "choices", s->choices, failed);
    number_or_null(json, "deviations_before", s->deviations_before, failed);
    number_or_null(json, "deviations", s->deviations, failed);
    number_or_null(json, "decisions_before", s->others_before, failed);
    number_or_null(json, "decisions", s->others, failed);
    otpi_json_key(json, "shrunk");
    otpi_json_bool(json, s->shrunk);
    optional(json, "minimal", result->details + s->minimal.at, s->minimal.size);
    optional(json, "token", s->token, strlen(s->token));
    otpi_json_object_end(json);
}

static void jsonl_result(sti_reporter *to, const sti_result *result, sti_printed printed) {
    otpi_json json;
    bool skipped = result->status == STI_SKIPPED;
    for (uint32_t i = 0; i < result->failure_count && sti_failed(result->status); i++) {
        write_failure(to, result, &result->failures[i]);
    }
    event(&json, to, "test_end");
    identify(&json, to->report->number, result->test, result->mode);
    member(&json, "outcome", sti_report_outcome(result->status));
    optional(&json, "reason", skipped ? result->skip : "", skipped ? strlen(result->skip) : 0);
    number(&json, "duration_ns", skipped ? 0 : result->duration_ns);
    number(&json, "runs", result->runs_done);
    number(&json, "runs_asked", result->runs_asked);
    number(&json, "checks", result->checks);
    write_sweep(&json, result, STI_ALLOCATIONS);
    write_sweep(&json, result, STI_IO_CALLS);
    const char *not_swept = sti_report_not_swept(result);
    optional(&json, "not_swept", not_swept, not_swept ? strlen(not_swept) : 0);
    write_searched(&json, result);
    number(&json, "seed", result->seed);
    optional(&json, "choices", result->choices, strlen(result->choices));
    optional(&json, "rerun", result->rerun, strlen(result->rerun));
    optional(&json, "details", result->details, strlen(result->details));
    optional(&json, "output", printed.bytes, printed.size);
    event_end(&json);
}

static void jsonl_end(sti_reporter *to) {
    otpi_json json;
    const sti_report *report = to->report;
    event(&json, to, "run_end");
    number(&json, "passed", report->passed);
    number(&json, "failed", report->failed);
    number(&json, "skipped", report->skipped);
    number(&json, "not_run", sti_report_left(report));
    number(&json, "duration_ns", report->duration_ns);
    event_end(&json);
}

const sti_report_ops sti_report_jsonl = {.name = "jsonl",
                                         .summary = "JSON lines, one event a line",
                                         .begin = jsonl_begin,
                                         .began = jsonl_began,
                                         .result = jsonl_result,
                                         .note = jsonl_note,
                                         .end = jsonl_end};
