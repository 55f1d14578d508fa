/* SPDX-License-Identifier: MIT */
/*
 * What the proof found: a summary for the terminal, reliability.md for people, reliability.json for
 * programs.
 */
#include "proof.h"

#include "base/json.h"
#include "port/file.h"
#include "port/host.h"
#include "port/memory.h"
#include "port/thread.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *verdict(const proof *p) {
    switch (proof_exit_code(p)) {
    case 0: return "passed";
    case 1: return "failed";
    case 4: return "proves too little";
    default: return "broken";
    }
}

static double ms(uint64_t ns) {
    return (double)ns * 1e-6;
}

static double ms_at(const otpi_histogram *h, double percent) {
    return ms(otpi_histogram_percentile(h, percent));
}

static void began_text(const proof *p, char *out, size_t size) {
    time_t seconds = (time_t)(p->began_wall_ns / 1000000000);
    struct tm utc;
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static proof_checks checks_sum(const proof *p) {
    proof_checks sum = {0};
    for (int i = 0; i < PROOF_CATEGORIES; i++) {
        sum.passed += p->checks[i].passed;
        sum.failed += p->checks[i].failed;
        sum.skipped += p->checks[i].skipped;
    }
    return sum;
}

static double todos_per_second(const proof_phase *phase) {
    return phase->seconds > 0 ? (double)phase->todos / phase->seconds : 0;
}

static uint64_t failures_told(const proof *p) {
    return p->failure_count < PROOF_FAILURES_MAX ? p->failure_count : PROOF_FAILURES_MAX;
}

typedef struct host {
    char name[100], os[200], cpu[200];
} host;

static void host_read(host *out) {
    otpi_host_name(out->name, sizeof out->name);
    otpi_host_os(out->os, sizeof out->os);
    otpi_host_cpu_model(out->cpu, sizeof out->cpu);
}

/* ---- Text: markdown, also good to read in a terminal ---- */

static void text_counts(const proof *p, otpi_text *t, bool faults) {
    for (size_t i = 0; i < p->count_count; i++) {
        const proof_count *c = &p->counts[i];
        if (c->is_fault == faults) {
            otpi_text_format(t, "| %s | %s | %" PRIu64 " | %" PRIu64 " |\n", c->phase, c->name,
                             c->count, c->floor);
        }
    }
}

static void text_performance(const proof *p, otpi_text *t) {
    otpi_text_cstr(
        t, "| phase | todos/s | requests | ms to acknowledgement: p50 | p99 | max | clock |\n"
           "|---|---:|---:|---:|---:|---:|---|\n");
    for (int i = 0; i < PROOF_PHASES; i++) {
        const proof_phase *phase = &p->phases[i];
        const otpi_histogram *h = &phase->latency_ns;
        if (phase->ran) {
            otpi_text_format(t, "| %s | %.0f | %" PRIu64 " | %.2f | %.2f | %.2f | %s |\n",
                             phase->name, todos_per_second(phase), phase->requests, ms_at(h, 50),
                             ms_at(h, 99), ms(otpi_histogram_max(h)),
                             phase->is_virtual ? "simulated" : "real");
        }
    }
}

static void text_recovery(const proof *p, otpi_text *t) {
    otpi_text_cstr(
        t, "| phase | recoveries | ms from fault to next acknowledgement: p50 | p90 | p99 | max |\n"
           "|---|---:|---:|---:|---:|---:|\n");
    for (int i = 0; i < PROOF_PHASES; i++) {
        const otpi_histogram *h = &p->phases[i].recovery_ns;
        if (p->phases[i].ran) {
            otpi_text_format(t, "| %s | %" PRIu64 " | %.2f | %.2f | %.2f | %.2f |\n",
                             p->phases[i].name, otpi_histogram_count(h), ms_at(h, 50), ms_at(h, 90),
                             ms_at(h, 99), ms(otpi_histogram_max(h)));
        }
    }
}

static void text_checks(const proof *p, otpi_text *t) {
    proof_checks sum = checks_sum(p);
    otpi_text_cstr(t, "| category | passed | failed | skipped |\n|---|---:|---:|---:|\n");
    for (int i = 0; i < PROOF_CATEGORIES; i++) {
        const proof_checks *c = &p->checks[i];
        otpi_text_format(t, "| %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n",
                         proof_category_name((proof_category)i), c->passed, c->failed, c->skipped);
    }
    otpi_text_format(t, "| all | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n", sum.passed,
                     sum.failed, sum.skipped);
}

static void text_failures(const proof *p, otpi_text *t) {
    if (p->failure_count == 0) {
        return;
    }
    otpi_text_cstr(t, "\n## What went wrong\n\n");
    for (uint64_t i = 0; i < failures_told(p); i++) {
        otpi_text_format(t, "- %s\n", p->failures[i]);
    }
    if (p->failure_count > failures_told(p)) {
        otpi_text_format(t, "- and %" PRIu64 " more\n", p->failure_count - failures_told(p));
    }
}

static void text_environment(const proof *p, otpi_text *t) {
    host machine;
    char began[40];
    host_read(&machine);
    began_text(p, began, sizeof began);
    otpi_text_format(t, "- %s, %s\n- %s, %u processors, %u usable, %.1f GiB\n", machine.name,
                     machine.os, machine.cpu, otpi_host_cores(), otpi_cpu_count(),
                     (double)otpi_host_memory_bytes() / 1073741824.0);
    otpi_text_format(t, "- compiler %s\n- began %s, took %.1f s\n", __VERSION__, began, p->seconds);
}

static void markdown(const proof *p, otpi_text *t) {
    char rerun[500];
    proof_rerun(p, rerun, sizeof rerun);
    otpi_text_format(
        t,
        "# Reliability of todo_app: %s\n\nEvery acknowledged todo is in the database, and none "
        "is there twice: checked after kills of its processes, after kill -9 of the whole, "
        "and in simulated worlds with network and disk faults.\n\n"
        "Seed %" PRIu64 "; again: `%s`\n",
        verdict(p), p->options.seed, rerun);
    text_failures(p, t);
    otpi_text_cstr(t, "\n## Checks\n\n");
    text_checks(p, t);
    otpi_text_cstr(
        t, "\n## Faults that struck\n\n| phase | fault | struck | floor |\n|---|---|---:|---:|\n");
    text_counts(p, t, true);
    otpi_text_cstr(t, "\n## Work done\n\n| phase | what | count | floor |\n|---|---|---:|---:|\n");
    text_counts(p, t, false);
    otpi_text_cstr(t, "\n## Recovery\n\n");
    text_recovery(p, t);
    otpi_text_cstr(t, "\n## Performance\n\n");
    text_performance(p, t);
    otpi_text_cstr(t, "\n## Environment\n\n");
    text_environment(p, t);
}

/* ---- JSON ---- */

static void key_uint(otpi_json *j, const char *key, uint64_t value) {
    otpi_json_key(j, key);
    otpi_json_uint64(j, value);
}

static void key_double(otpi_json *j, const char *key, double value) {
    otpi_json_key(j, key);
    otpi_json_double(j, value);
}

static void key_text(otpi_json *j, const char *key, const char *value) {
    otpi_json_key(j, key);
    otpi_json_string(j, value);
}

static void json_times(otpi_json *j, const char *key, const otpi_histogram *h) {
    otpi_json_key(j, key);
    otpi_json_object_begin(j);
    key_uint(j, "count", otpi_histogram_count(h));
    key_double(j, "mean", otpi_histogram_mean(h) * 1e-6);
    key_double(j, "p50", ms_at(h, 50));
    key_double(j, "p90", ms_at(h, 90));
    key_double(j, "p99", ms_at(h, 99));
    key_double(j, "max", ms(otpi_histogram_max(h)));
    otpi_json_object_end(j);
}

static void json_checks_of(otpi_json *j, const char *key, const proof_checks *c) {
    otpi_json_key(j, key);
    otpi_json_object_begin(j);
    key_uint(j, "passed", c->passed);
    key_uint(j, "failed", c->failed);
    key_uint(j, "skipped", c->skipped);
    otpi_json_object_end(j);
}

static void json_checks(const proof *p, otpi_json *j) {
    proof_checks sum = checks_sum(p);
    otpi_json_key(j, "checks");
    otpi_json_object_begin(j);
    json_checks_of(j, "all", &sum);
    for (int i = 0; i < PROOF_CATEGORIES; i++) {
        json_checks_of(j, proof_category_name((proof_category)i), &p->checks[i]);
    }
    otpi_json_object_end(j);
}

static void json_counts(const proof *p, otpi_json *j, const char *key, bool faults) {
    otpi_json_key(j, key);
    otpi_json_array_begin(j);
    for (size_t i = 0; i < p->count_count; i++) {
        const proof_count *c = &p->counts[i];
        if (c->is_fault == faults) {
            otpi_json_object_begin(j);
            key_text(j, "phase", c->phase);
            key_text(j, "name", c->name);
            key_uint(j, "count", c->count);
            key_uint(j, "floor", c->floor);
            otpi_json_object_end(j);
        }
    }
    otpi_json_array_end(j);
}

static void json_phases(const proof *p, otpi_json *j) {
    otpi_json_key(j, "phases");
    otpi_json_array_begin(j);
    for (int i = 0; i < PROOF_PHASES; i++) {
        const proof_phase *phase = &p->phases[i];
        otpi_json_object_begin(j);
        key_text(j, "name", phase->name);
        key_text(j, "title", phase->title);
        otpi_json_key(j, "ran");
        otpi_json_bool(j, phase->ran);
        if (phase->ran) {
            key_text(j, "clock", phase->is_virtual ? "simulated" : "real");
            key_double(j, "seconds", phase->seconds);
            key_uint(j, "todos_acknowledged", phase->todos);
            key_uint(j, "requests", phase->requests);
            key_double(j, "todos_per_second", todos_per_second(phase));
            json_times(j, "latency_ms", &phase->latency_ns);
            json_times(j, "recovery_ms", &phase->recovery_ns);
        }
        otpi_json_object_end(j);
    }
    otpi_json_array_end(j);
}

static void json_environment(otpi_json *j) {
    host machine;
    host_read(&machine);
    otpi_json_key(j, "environment");
    otpi_json_object_begin(j);
    key_text(j, "host", machine.name);
    key_text(j, "os", machine.os);
    key_text(j, "cpu", machine.cpu);
    key_uint(j, "cores", otpi_host_cores());
    key_uint(j, "cores_usable", otpi_cpu_count());
    key_uint(j, "memory_bytes", otpi_host_memory_bytes());
    key_text(j, "compiler", __VERSION__);
    otpi_json_object_end(j);
}

static void json(const proof *p, otpi_text *t) {
    otpi_json j;
    char rerun[500], began[40];
    proof_rerun(p, rerun, sizeof rerun);
    began_text(p, began, sizeof began);
    otpi_json_init(&j, t, 2);
    otpi_json_object_begin(&j);
    key_text(&j, "system", "todo_app");
    key_text(&j, "verdict", verdict(p));
    key_uint(&j, "seed", p->options.seed);
    key_text(&j, "rerun", rerun);
    key_text(&j, "began", began);
    key_double(&j, "duration_seconds", p->seconds);
    json_environment(&j);
    json_checks(p, &j);
    json_phases(p, &j);
    json_counts(p, &j, "faults", true);
    json_counts(p, &j, "work", false);
    key_uint(&j, "failure_count", p->failure_count);
    otpi_json_key(&j, "failures");
    otpi_json_array_begin(&j);
    for (uint64_t i = 0; i < failures_told(p); i++) {
        otpi_json_string(&j, p->failures[i]);
    }
    otpi_json_array_end(&j);
    otpi_json_object_end(&j);
    otpi_json_finish(&j);
    otpi_text_char(t, '\n');
}

/* ---- Files and summary ---- */

static bool file_write(const char *folder, const char *name, const otpi_text *t) {
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    otpi_io_err err = otpi_file_write_whole(&otpi_file_ops_posix, path, t->data, t->length);
    if (err != OTPI_IO_OK) {
        (void)fprintf(stderr, "todo_app_proof: can't write %s: %s\n", path, otpi_io_err_name(err));
    }
    return err == OTPI_IO_OK && !t->failed;
}

static bool report_file(const proof *p, const char *name,
                        void (*fill)(const proof *, otpi_text *)) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    fill(p, &text);
    bool ok = file_write(p->options.report, name, &text);
    otpi_text_fini(&text);
    return ok;
}

bool proof_report(const proof *p) {
    bool people = report_file(p, "reliability.md", markdown);
    bool programs = report_file(p, "reliability.json", json);
    return people && programs;
}

static void summary_faults(const proof *p) {
    for (size_t i = 0; i < p->count_count; i++) {
        const proof_count *c = &p->counts[i];
        (void)printf("  %-10s %8" PRIu64 " %s\n", c->phase, c->count, c->name);
    }
}

static void summary_times(const proof *p) {
    for (int i = 0; i < PROOF_PHASES; i++) {
        const proof_phase *phase = &p->phases[i];
        if (phase->ran) {
            (void)printf(
                "  %-10s %6.0f todos/s; ms to acknowledgement p50 %.1f p99 %.1f; ms to recover p50 "
                "%.1f p99 %.1f max %.1f%s\n",
                phase->name, todos_per_second(phase), ms_at(&phase->latency_ns, 50),
                ms_at(&phase->latency_ns, 99), ms_at(&phase->recovery_ns, 50),
                ms_at(&phase->recovery_ns, 99), ms(otpi_histogram_max(&phase->recovery_ns)),
                phase->is_virtual ? " (simulated time)" : "");
        }
    }
}

void proof_summary(const proof *p) {
    proof_checks sum = checks_sum(p);
    char rerun[500];
    proof_rerun(p, rerun, sizeof rerun);
    (void)printf("\n");
    summary_faults(p);
    summary_times(p);
    for (uint64_t i = 0; i < failures_told(p); i++) {
        (void)printf("  wrong: %s\n", p->failures[i]);
    }
    (void)printf("%s: %" PRIu64 " checks passed, %" PRIu64 " failed, %" PRIu64 " skipped; %.1f s\n",
                 verdict(p), sum.passed, sum.failed, sum.skipped, p->seconds);
    if (p->options.report) {
        (void)printf("report: %s/reliability.md, %s/reliability.json\n", p->options.report,
                     p->options.report);
    }
    (void)printf("again: %s\n", rerun);
}
