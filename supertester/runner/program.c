/* SPDX-License-Identifier: MIT */
/*
 * A test program from its arguments to its exit code.
 */
#include "supertester/report/wording.h"
#include "supertester/runner/child.h"
#include "supertester/runner/debugger.h"
#include "supertester/runner/listing.h"
#include "supertester/runner/plan.h"
#include "supertester/runner/pool.h"
#include "supertester/runner/record.h"

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
                          "suite.name,\nsuite.name/case, each with * and ?, or tag:WORD. A test "
                          "chosen by its full name "
                          "runs in this\nprocess, for debuggers; -j 1 runs it in a child.\n\n");
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

/* ---- Running ---- */

static bool run_rounds(sti_plan *plan, bool inside, sti_report *report, otpi_text *error) {
    const sti_flags *flags = plan->flags;
    uint64_t rounds = flags->repeat > 0 ? flags->repeat : flags->until_fail ? UINT64_MAX : 1;
    bool worked = true, stopped = false;
    for (uint64_t round = 0; round < rounds && worked && !stopped; round++) {
        sti_plan_begin_round(plan, round);
        worked = inside ? sti_inline_run(plan, report, error) : sti_pool_run(plan, report, error);
        stopped = (flags->fail_fast && report->failed > 0) || plan->count == 0;
    }
    return worked;
}

/* What the run's fixture needs; in this OS process, which the children are forks of. */
typedef struct run_fixture {
    sti_fixture fixture;
    sti_stage stage;
    sti_desk *desk;
} run_fixture;

static bool open_fixture(run_fixture *run, const sti_plan *plan, otpi_text *error) {
    const st_suite *suite = sti_registry_suite(&plan->registry, NULL);
    *run = (run_fixture){.desk = NULL};
    if (!suite) {
        return true;
    }
    run->desk = otpi_calloc(1, sizeof *run->desk);
    if (!run->desk) {
        otpi_text_cstr(error, "out of memory");
        return false;
    }
    sti_child_watch_faults(run->desk);
    sti_fixture_open(&run->fixture, suite, &run->stage, &run->desk->context);
    sti_stage_close(&run->stage);
    return true;
}

/* false: error says how the teardown failed. */
static bool close_fixture(run_fixture *run, otpi_text *error) {
    if (!run->desk) {
        return true;
    }
    bool well = sti_fixture_close(&run->fixture, &run->stage, &run->desk->context);
    if (!well) {
        otpi_text_format(error, "the teardown of the run failed:\n%s", run->fixture.said);
    }
    sti_stage_close(&run->stage);
    sti_child_watch_faults(NULL);
    otpi_free(run->desk);
    return well;
}

/* The tests without what the run should have set up: the first one tells why. */
static bool report_unset(const sti_plan *plan, const sti_fixture *fixture, sti_report *report) {
    sti_result *result = otpi_calloc(1, sizeof *result);
    for (size_t i = 0; result && i < plan->count; i++) {
        sti_report_began(report, report->number + 1, plan->jobs[i].test, plan->jobs[i].mode);
        sti_job_prepare(plan, i, result);
        if (fixture->failed && i == 0) {
            result->status = STI_FAILED;
            result->runs_done = 1;
            sti_details_fail(result, "the setup of the run failed:\n%s", fixture->said);
            sti_record_command(plan, &plan->jobs[i], result);
        } else {
            result->status = STI_SKIPPED;
            snprintf(result->skip, sizeof result->skip, "%s",
                     fixture->failed ? "the setup of the run failed" : fixture->skip);
        }
        sti_report_result(report, result, "", 0);
    }
    otpi_free(result);
    return result != NULL;
}

static bool run_all(sti_plan *plan, const run_fixture *run, bool inside, sti_report *report,
                    otpi_text *error) {
    if (!run->fixture.failed && !run->fixture.skip[0]) {
        return run_rounds(plan, inside, report, error);
    }
    if (report_unset(plan, &run->fixture, report)) {
        return true;
    }
    otpi_text_cstr(error, "out of memory");
    return false;
}

static size_t count_planned(const sti_plan *plan) {
    const sti_flags *flags = plan->flags;
    if (flags->until_fail && flags->repeat == 0) {
        return SIZE_MAX;
    }
    return flags->repeat > 1 ? plan->count * flags->repeat : plan->count;
}

/* Between the reports' opening and closing; returns the exit code. */
static int run_reported(sti_plan *plan, sti_report *report, run_fixture *fixture,
                        otpi_text *error) {
    const sti_flags *flags = plan->flags;
    const sti_report_ops *usual = flags->gtest ? &sti_report_gtest : &sti_report_human;
    if (!sti_report_begin(report, flags->reporters, flags->reporter_count, usual, error)) {
        return STI_EXIT_USAGE;
    }
    bool inside = report->at_a_time == 0;
    bool worked =
        open_fixture(fixture, plan, error) && run_all(plan, fixture, inside, report, error);
    sti_report_end(report);
    return !worked ? STI_EXIT_INTERNAL : report->failed > 0 ? STI_EXIT_FAILED : STI_EXIT_OK;
}

/* The commands that run failures again. */
typedef struct again_commands {
    otpi_text before, after, failed;
} again_commands;

static void again_init(again_commands *a, const sti_flags *flags) {
    otpi_text_init(&a->before, &otpi_heap_allocator);
    otpi_text_init(&a->after, &otpi_heap_allocator);
    otpi_text_init(&a->failed, &otpi_heap_allocator);
    sti_report_shell_word(&a->before, flags->program);
    sti_flags_again(flags, &a->after);
    otpi_text_format(&a->failed, "%s --failed", a->before.data);
    sti_flags_chosen(flags, &a->failed);
    otpi_text_cstr(&a->failed, a->after.data);
    for (size_t i = 0; i < flags->filter_count; i++) {
        otpi_text_char(&a->failed, ' ');
        sti_report_shell_word(&a->failed, flags->filters[i]);
    }
}

static void again_fini(again_commands *a) {
    otpi_text_fini(&a->before);
    otpi_text_fini(&a->after);
    otpi_text_fini(&a->failed);
}

static sti_report report_of(const sti_plan *plan, const again_commands *again) {
    const sti_flags *flags = plan->flags;
    bool inside = flags->no_fork || plan->patient || sti_plan_is_by_name(plan);
    return (sti_report){.program = flags->program,
                        .version = STI_VERSION,
                        .again_before = again->before.data,
                        .again_after = again->after.data,
                        .again_apart = " -j 1", /* a test chosen by its name runs in this process */
                        .again_failed = again->failed.data,
                        .seed = plan->recorded ? plan->about.seed : flags->seed,
                        .planned = count_planned(plan),
                        .tests = plan->count,
                        .shuffled = flags->shuffle,
                        .shuffle_seed = flags->shuffle_seed,
                        .at_a_time = inside ? 0 : at_a_time(plan),
                        .verbose = flags->verbose,
                        .show_output = flags->show_output,
                        .colours = sti_flags_colours(flags),
                        .live = sti_flags_live(),
                        .plain_names = flags->gtest,
                        .slowest = flags->slowest};
}

/* What remains when the run is over and told; returns the exit code. */
static int finish(const sti_plan *plan, run_fixture *fixture, int code, otpi_text *error) {
    otpi_text_clear(error);
    if (!close_fixture(fixture, error)) {
        code = refuse(plan->flags, error,
                      code == STI_EXIT_INTERNAL ? STI_EXIT_INTERNAL : STI_EXIT_FAILED);
    }
    otpi_text_clear(error);
    if (!sti_plan_save(plan, error)) {
        code = refuse(plan->flags, error, code);
    }
    return code;
}

static int run(sti_plan *plan, otpi_text *error) {
    again_commands again;
    otpi_text unwritten;
    run_fixture fixture = {.desk = NULL};
    again_init(&again, plan->flags);
    otpi_text_init(&unwritten, &otpi_heap_allocator);
    sti_report report = report_of(plan, &again);
    int code = run_reported(plan, &report, &fixture, error);
    bool begun = code != STI_EXIT_USAGE;
    bool written = sti_report_close(&report, &unwritten);
    if (!begun || code == STI_EXIT_INTERNAL) {
        code = refuse(plan->flags, error, code);
    } else if (!written) {
        code = refuse(plan->flags, &unwritten, STI_EXIT_INTERNAL);
    }
    if (begun) {
        code = finish(plan, &fixture, code, error);
    }
    otpi_text_fini(&unwritten);
    again_fini(&again);
    return code;
}

static int run_plan(sti_plan *plan, otpi_text *error) {
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
    } else if (flags->gdb && !flags->list && !flags->gtest_list) {
        sti_debugger_start(flags, error);
        code = refuse(flags, error, STI_EXIT_INTERNAL);
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
