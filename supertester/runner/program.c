/* SPDX-License-Identifier: MIT */
/*
 * A test program from its arguments to its exit code.
 */
#include "supertester/runner/plan.h"
#include "supertester/runner/pool.h"

#include "port/memory.h"
#include "port/output.h"
#include "port/thread.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { AT_A_TIME_MAX = 63 };

static void print(int fd, const otpi_text *text) {
    otpi_io_err ignored = otpi_output_write(fd, text->data, text->length);
    (void)ignored; /* nobody is there to read it */
}

static const char *base_name(const char *program) {
    const char *slash = strrchr(program, '/');
    return slash ? slash + 1 : program;
}

/* "counter_test: unknown flag --sede" and where to look; returns the code. */
static int refuse(const sti_flags *flags, const otpi_text *error, int code) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "%s: %s\n", base_name(flags->program), error->data);
    if (code == STI_EXIT_USAGE) {
        otpi_text_format(&text, "try: %s --help, or --list for its tests\n", flags->program);
    }
    print(OTPI_OUTPUT_STDERR, &text);
    otpi_text_fini(&text);
    return code;
}

static int help(const sti_flags *flags) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "usage: %s [FLAG...] [FILTER...]\n\n", base_name(flags->program));
    otpi_text_cstr(&text, "Runs the tests of this program, or those that a filter picks: a suite, "
                          "suite.name,\neither with * and ?, or tag:WORD.\n\n");
    sti_flags_help(&text);
    otpi_text_cstr(&text, "\nExit codes: 0 all passed, 1 some failed, 2 usage or unreadable input, "
                          "70 internal.\n");
    print(OTPI_OUTPUT_STDOUT, &text);
    otpi_text_fini(&text);
    return STI_EXIT_OK;
}

static int version(void) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "supertester %s\n", STI_VERSION);
    print(OTPI_OUTPUT_STDOUT, &text);
    otpi_text_fini(&text);
    return STI_EXIT_OK;
}

static int list(const sti_plan *plan) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    for (size_t i = 0; i < plan->count; i++) {
        const st_test *test = plan->jobs[i].test;
        bool both = i + 1 < plan->count && plan->jobs[i + 1].test == test;
        const char *world = plan->jobs[i].mode == OTP_SIMULATED ? "simulated" : "parallel";
        otpi_text_format(&text, "%s.%s  %s%s  %s:%d", test->suite, test->name, world,
                         both ? " parallel" : "", test->file, test->line);
        if (test->tags) {
            otpi_text_format(&text, "  [%s]", test->tags);
        }
        otpi_text_format(&text, "%s%s\n", test->skip ? "  skipped: " : "",
                         test->skip ? test->skip : "");
        i += both;
    }
    print(OTPI_OUTPUT_STDOUT, &text);
    otpi_text_fini(&text);
    return STI_EXIT_OK;
}

static size_t at_a_time(const sti_plan *plan) {
    size_t n = plan->flags->jobs > 0 ? plan->flags->jobs : otpi_cpu_count();
    n = n < plan->count ? n : plan->count;
    return n < 1 ? 1 : n < AT_A_TIME_MAX ? n : AT_A_TIME_MAX;
}

static int run(const sti_plan *plan, otpi_text *error) {
    const sti_flags *flags = plan->flags;
    bool inside = flags->no_fork || plan->patient;
    sti_report report = {.ops = flags->format,
                         .seed = plan->recorded ? plan->about.seed : flags->seed,
                         .planned = plan->count,
                         .at_a_time = inside ? 0 : at_a_time(plan),
                         .verbose = flags->verbose};
    sti_report_begin(&report);
    bool worked =
        inside ? sti_inline_run(plan, &report, error) : sti_pool_run(plan, &report, error);
    size_t failed = report.failed;
    sti_report_end(&report);
    if (!worked) {
        return refuse(flags, error, STI_EXIT_INTERNAL);
    }
    return failed > 0 ? STI_EXIT_FAILED : STI_EXIT_OK;
}

static int main_with(const sti_flags *flags, otpi_text *error) {
    sti_plan plan;
    int code;
    if (flags->help) {
        return help(flags);
    }
    if (flags->version) {
        return version();
    }
    if (!sti_plan_make(&plan, flags, &code, error)) {
        code = refuse(flags, error, code);
    } else {
        code = flags->list ? list(&plan) : run(&plan, error);
    }
    sti_plan_free(&plan);
    return code;
}

int st_main(int argc, char **argv) {
    sti_flags flags;
    otpi_text error;
    otpi_text_init(&error, &otpi_heap_allocator);
    bool parsed = sti_flags_parse(&flags, argc, argv, &error);
    int code = parsed ? main_with(&flags, &error) : refuse(&flags, &error, STI_EXIT_USAGE);
    sti_flags_free(&flags);
    otpi_text_fini(&error);
    return code;
}
