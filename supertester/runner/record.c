/* SPDX-License-Identifier: MIT */
/*
 * Saving failures and composing rerun commands.
 */
#include "supertester/runner/record.h"
#include "supertester/runner/property.h"
#include "supertester/report/wording.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DRAWS_MAX = 40, TOKEN_MAX = 100 };

/* Returns where the line begins. */
static size_t add_line(sti_result *result, const char *format, va_list arguments) {
    size_t used = strnlen(result->details, sizeof result->details - 1);
    vsnprintf(result->details + used, sizeof result->details - used, format, arguments);
    size_t length = strlen(result->details);
    if (length + 1 < sizeof result->details) {
        result->details[length] = '\n';
        result->details[length + 1] = '\0';
    }
    return used;
}

void sti_details_add(sti_result *result, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add_line(result, format, arguments);
    va_end(arguments);
}

void sti_details_fail(sti_result *result, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t at = add_line(result, format, arguments), end = strlen(result->details);
    va_end(arguments);
    if (end > at) {
        sti_details_list(result, (sti_failure){.all = {(uint32_t)at, (uint32_t)(end - at - 1)}});
    }
}

/* Empty when it ends behind the details. */
static sti_span within(sti_span span, size_t length) {
    return span.at + span.size <= length ? span : (sti_span){0, 0};
}

void sti_details_list(sti_result *result, sti_failure failure) {
    uint32_t length = (uint32_t)strlen(result->details), at = failure.all.at;
    if (result->failure_count == STI_FAILURES_MAX || at + failure.head >= length) {
        return;
    }
    if (at + failure.all.size > length) {
        failure.all.size = length - at;
    }
    failure.site = within(failure.site, length);
    failure.left = within(failure.left, length);
    failure.right = within(failure.right, length);
    result->failures[result->failure_count++] = failure;
}

/* The file's name is the test's; what may not stand in one, or separates parts of it, is %XX. */
void sti_record_path(const sti_job *job, char *out, size_t size) {
    otpi_text text;
    const char *name = job->test->name;
    size_t stem = strcspn(name, "/");
    otpi_text_init_fixed(&text, out, size);
    otpi_text_format(&text, ".supertester/%s.%.*s", job->test->suite, (int)stem, name);
    otpi_text_cstr(&text, name[stem] ? "." : "");
    for (const char *c = name + stem + (name[stem] ? 1 : 0); *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || *c == '_' || *c == '-';
        if (plain) {
            otpi_text_char(&text, *c);
        } else {
            otpi_text_format(&text, "%%%02x", (unsigned char)*c);
        }
    }
    otpi_text_cstr(&text, job->mode == OTP_PARALLEL ? ".parallel.choices" : ".choices");
}

static void write_command(const sti_plan *plan, const sti_job *job, uint64_t run, const char *path,
                          sti_result *result) {
    otpi_text out;
    otpi_text_init_fixed(&out, result->rerun, sizeof result->rerun);
    char name[512];
    sti_test_name(job->test, name, sizeof name);
    sti_report_shell_word(&out, plan->flags->program);
    otpi_text_char(&out, ' ');
    sti_report_shell_word(&out, name);
    const char *token = result->searched.token; /* says all by itself, unless it is too long */
    if (path) {
        otpi_text_cstr(&out, " --replay ");
        sti_report_shell_word(&out, token[0] && strlen(token) <= TOKEN_MAX ? token : path);
    } else {
        otpi_text_format(&out, " --seed %" PRIu64, sti_plan_base_seed(plan, job));
        if (sti_plan_runs(plan, job) > 1 &&
            !sti_property_is(plan, job)) { /* at least 2: timers race only then */
            otpi_text_format(&out, " --runs %" PRIu64, run > 0 ? run + 1 : 2);
        }
    }
    if (!path && (plan->flags->world_given || job->test->world == ST_BOTH)) {
        otpi_text_format(&out, " --world %s",
                         job->mode == OTP_SIMULATED ? "simulated" : "parallel");
    }
    if (plan->flags->timeout_ms > 0) {
        otpi_text_format(&out, " --timeout %" PRIu64, plan->flags->timeout_ms);
    }
    if (result->struck > 0) {
        bool on = plan->flags->fail[result->struck_kind].how == STI_FAIL_FROM;
        otpi_text_format(&out, " --fail-%s %" PRIu64 "%s",
                         result->struck_kind == STI_ALLOCATIONS ? "alloc" : "io", result->struck,
                         on ? "+" : "");
    }
    otpi_text_cstr(&out, plan->flags->long_form ? " --long" : "");
    if (result->status == STI_CRASHED || result->status == STI_HUNG) {
        otpi_text_cstr(&out, " -j 1"); /* by its name alone it would end the program */
    }
}

void sti_record_command(const sti_plan *plan, const sti_job *job, sti_result *result) {
    write_command(plan, job, 0, plan->recorded ? plan->replay_path : NULL, result);
}

void sti_record_failure(const sti_plan *plan, const sti_job *job, uint64_t run,
                        const st_choices *list, sti_result *result) {
    char path[1024];
    st_choices_about about = sti_plan_about(plan, job, run);
    st_choices_error error = {0};
    if (plan->recorded) {
        snprintf(result->choices, sizeof result->choices, "%s", plan->replay_path);
        write_command(plan, job, run, plan->replay_path, result);
        return;
    }
    sti_record_path(job, path, sizeof path);
    if (!st_choices_complete(list)) {
        sti_details_add(result, "more choices than are recorded: it repeats by its seed");
    } else if (st_choices_save(list, path, &about, &error) != OTP_OK) {
        sti_details_add(result, "its choices were not saved: %s", error.text);
    } else {
        result->saved = true;
        snprintf(result->choices, sizeof result->choices, "%s", path);
    }
    write_command(plan, job, run, result->saved ? path : NULL, result);
}

void sti_record_draws(const st_choices *list, otpi_text *out) {
    size_t cursor = 0, shown = 0, more = 0;
    st_choice choice;
    while (st_choices_next(list, &cursor, &choice)) {
        bool drawn = choice.lane == OTP_LANE_DATA && choice.kind == OTP_CHOICE_USER;
        if (!drawn || strcmp(choice.label, "byte") == 0) {
            continue; /* the bytes of an st_bytes are too many to read */
        }
        if (shown == DRAWS_MAX) {
            more++;
            continue;
        }
        otpi_text_cstr(out, shown++ == 0 ? "drew:\n" : "");
        otpi_text_format(out, "    %-6" PRId64 " %s\n", choice.value, choice.label);
    }
    if (more > 0) {
        otpi_text_format(out, "    and %zu more\n", more);
    }
}
