/* SPDX-License-Identifier: MIT */
/*
 * A test program from its arguments to its exit code.
 */
#include "supertester/runner/listing.h"
#include "supertester/runner/pool.h"
#include "supertester/report/wording.h"

#include "port/memory.h"
#include "port/output.h"
#include "port/thread.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { AT_A_TIME_MAX = 63 };

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
    otpi_io_err ignored = otpi_output_write(OTPI_OUTPUT_STDERR, text.data, text.length);
    (void)ignored; /* nobody is there to read it */
    otpi_text_fini(&text);
    return code;
}

/* To standard output; returns the exit code. */
static int put(const sti_flags *flags, const otpi_text *text) {
    sti_sink sink;
    otpi_text why;
    int code = STI_EXIT_OK;
    otpi_text_init(&why, &otpi_heap_allocator);
    if (sti_sink_open(&sink, NULL) == OTPI_IO_OK) {
        sti_sink_write(&sink, text->data, text->length);
    }
    if (sink.err != OTPI_IO_OK || text->failed) {
        otpi_text_cstr(&why, "can't write ");
        sti_sink_describe(&sink, &why);
        code = refuse(flags, &why, STI_EXIT_INTERNAL);
    }
    otpi_text_fini(&why);
    return code;
}

static int help(const sti_flags *flags) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "usage: %s [FLAG...] [FILTER...]\n\n", base_name(flags->program));
    otpi_text_cstr(&text, "Runs the tests of this program, or those that a filter picks: a suite, "
                          "suite.name,\neither with * and ?, or tag:WORD.\n\n");
    sti_flags_help(&text);
    otpi_text_cstr(&text, "\nReporters:\n");
    sti_flags_help_reporters(&text);
    /* The words by which IDEs know a program that has GoogleTest's flags, on one line. */
    otpi_text_cstr(&text, "\nThis program contains tests written using Supertester. IDEs may use "
                          "--gtest_list_tests: List the names of all tests instead of running "
                          "them.\n");
    otpi_text_cstr(&text, "\nExit codes: 0 all passed, 1 some failed, 2 usage or unreadable input, "
                          "70 internal.\n");
    int code = put(flags, &text);
    otpi_text_fini(&text);
    return code;
}

static int version(const sti_flags *flags) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "supertester %s\n", STI_VERSION);
    int code = put(flags, &text);
    otpi_text_fini(&text);
    return code;
}

static size_t at_a_time(const sti_plan *plan) {
    size_t n = plan->flags->jobs > 0 ? plan->flags->jobs : otpi_cpu_count();
    n = n < plan->count ? n : plan->count;
    return n < 1 ? 1 : n < AT_A_TIME_MAX ? n : AT_A_TIME_MAX;
}

/* Between the reports' opening and closing; returns the exit code. */
static int run_reported(const sti_plan *plan, sti_report *report, otpi_text *error) {
    const sti_flags *flags = plan->flags;
    const sti_report_ops *usual = flags->gtest ? &sti_report_gtest : &sti_report_human;
    if (!sti_report_begin(report, flags->reporters, flags->reporter_count, usual, error)) {
        return STI_EXIT_USAGE;
    }
    bool worked = report->at_a_time == 0 ? sti_inline_run(plan, report, error)
                                         : sti_pool_run(plan, report, error);
    sti_report_end(report);
    return !worked ? STI_EXIT_INTERNAL : report->failed > 0 ? STI_EXIT_FAILED : STI_EXIT_OK;
}

static int run(const sti_plan *plan, otpi_text *error) {
    const sti_flags *flags = plan->flags;
    otpi_text program, again, unwritten;
    otpi_text_init(&program, &otpi_heap_allocator);
    sti_report_shell_word(&program, flags->program);
    otpi_text_init(&again, &otpi_heap_allocator);
    otpi_text_init(&unwritten, &otpi_heap_allocator);
    sti_flags_again(flags, &again);
    sti_report report = {.program = flags->program,
                         .version = STI_VERSION,
                         .again_before = program.data,
                         .again_after = again.data,
                         .seed = plan->recorded ? plan->about.seed : flags->seed,
                         .planned = plan->count,
                         .at_a_time = flags->no_fork || plan->patient ? 0 : at_a_time(plan),
                         .verbose = flags->verbose,
                         .show_output = flags->show_output,
                         .colours = sti_flags_colours(flags),
                         .live = sti_flags_live(),
                         .plain_names = flags->gtest,
                         .slowest = flags->slowest};
    int code = run_reported(plan, &report, error);
    bool written = sti_report_close(&report, &unwritten);
    if (code == STI_EXIT_USAGE || code == STI_EXIT_INTERNAL) {
        code = refuse(flags, error, code);
    } else if (!written) {
        code = refuse(flags, &unwritten, STI_EXIT_INTERNAL);
    }
    otpi_text_fini(&unwritten);
    otpi_text_fini(&again);
    otpi_text_fini(&program);
    return code;
}

static int run_plan(const sti_plan *plan, otpi_text *error) {
    if (!plan->flags->list && !plan->flags->gtest_list) {
        return run(plan, error);
    }
    int code = sti_list(plan, error);
    return code == STI_EXIT_OK ? code : refuse(plan->flags, error, code);
}

static int main_with(const sti_flags *flags, otpi_text *error) {
    sti_plan plan;
    int code;
    if (flags->help) {
        return help(flags);
    }
    if (flags->version) {
        return version(flags);
    }
    if (!sti_plan_make(&plan, flags, &code, error)) {
        code = refuse(flags, error, code);
    } else {
        code = run_plan(&plan, error);
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
