/* SPDX-License-Identifier: MIT */
/*
 * From flags and registered tests to jobs.
 */
#include "supertester/runner/plan.h"
#include "supertester/runner/listing.h"

#include "base/hash.h"
#include "port/host.h"
#include "port/memory.h"
#include "port/sanitizer.h"

#include <stdio.h>
#include <string.h>

enum { RUNS_OF_PROPERTY = 100, SLOW_BUILD = 5 };

/* ---- Filters ---- */

static bool wanted(const sti_flags *flags, const st_test *test) {
    bool any = flags->filter_count == 0;
    for (size_t i = 0; i < flags->filter_count && !any; i++) {
        any = sti_filter_matches(flags->filters[i], test);
    }
    return any && sti_gtest_wanted(flags->gtest_filter, test);
}

static bool check_filters(const sti_plan *plan, otpi_text *error) {
    const sti_flags *flags = plan->flags;
    for (size_t i = 0; i < flags->filter_count && !flags->if_any; i++) {
        if (sti_filter_count(&plan->registry, flags->filters[i]) == 0) {
            otpi_text_format(error, "no test matches \"%s\"", flags->filters[i]);
            sti_registry_suggest(&plan->registry, flags->filters[i], error);
            return false;
        }
    }
    return true;
}

/* ---- Jobs ---- */

static void add_job(sti_plan *plan, const st_test *test, otp_mode mode) {
    plan->jobs[plan->count++] = (sti_job){test, mode};
}

static void add_jobs(sti_plan *plan, const st_test *test) {
    const sti_flags *flags = plan->flags;
    if (flags->world_given) {
        add_job(plan, test, flags->world);
        return;
    }
    if (test->world != ST_PARALLEL) {
        add_job(plan, test, OTP_SIMULATED);
    }
    if (test->world != ST_SIMULATED) {
        add_job(plan, test, OTP_PARALLEL);
    }
}

static bool check_registry(const sti_plan *plan, otpi_text *error) {
    const st_test *other, *one = sti_registry_twin(&plan->registry, &other);
    if (one) {
        otpi_text_format(error, "two tests are named %s.%s: at %s:%d and at %s:%d", one->suite,
                         one->name, one->file, one->line, other->file, other->line);
        return false;
    }
    if (plan->registry.count == 0) {
        otpi_text_cstr(error, "this program contains no tests; write one with ST_TEST");
        return false;
    }
    return true;
}

/* ---- Replay ---- */

static bool refuse_replay(const sti_plan *plan, const st_choices_error *why, otpi_text *error) {
    otpi_text_format(error, "--replay: %s", plan->replay_path);
    if (why->line > 0) {
        otpi_text_format(error, ":%zu:%zu", why->line, why->column);
    }
    otpi_text_format(error, ": %s", why->text);
    return false;
}

static bool plan_replay(sti_plan *plan, otpi_text *error) {
    st_choices_error why = {0};
    st_choices *list = st_choices_new();
    plan->recorded = list;
    plan->replay_path = plan->flags->replay;
    if (!list) {
        otpi_text_cstr(error, "out of memory");
        return false;
    }
    if (st_choices_load(list, plan->replay_path, &plan->about, &why) != OTP_OK) {
        return refuse_replay(plan, &why, error);
    }
    const st_test *test = sti_registry_find(&plan->registry, plan->about.test);
    if (!test) {
        otpi_text_format(error, "--replay: %s is of the test %s, which this program does not have",
                         plan->replay_path, plan->about.test);
        sti_registry_suggest(&plan->registry, plan->about.test, error);
        return false;
    }
    if (!wanted(plan->flags, test)) {
        otpi_text_format(error, "--replay: %s is of the test %s, which the filter leaves out",
                         plan->replay_path, plan->about.test);
        return false;
    }
    add_job(plan, test, plan->flags->world_given ? plan->flags->world : plan->about.mode);
    return true;
}

bool sti_plan_make(sti_plan *plan, const sti_flags *flags, int *code, otpi_text *error) {
    *plan = (sti_plan){.flags = flags, .patient = otpi_host_debugged()};
    *code = STI_EXIT_INTERNAL;
    if (!sti_registry_load(&plan->registry)) {
        otpi_text_cstr(error, "out of memory");
        return false;
    }
    *code = STI_EXIT_USAGE;
    if (!check_registry(plan, error) || !check_filters(plan, error)) {
        return false;
    }
    plan->jobs = otpi_calloc(2 * plan->registry.count, sizeof(sti_job));
    if (!plan->jobs) {
        *code = STI_EXIT_INTERNAL;
        otpi_text_cstr(error, "out of memory");
        return false;
    }
    if (flags->replay) {
        return plan_replay(plan, error);
    }
    for (size_t i = 0; i < plan->registry.count; i++) {
        if (wanted(flags, plan->registry.tests[i])) {
            add_jobs(plan, plan->registry.tests[i]);
        }
    }
    return true;
}

void sti_plan_free(sti_plan *plan) {
    sti_registry_free(&plan->registry);
    otpi_free(plan->jobs);
    st_choices_free((st_choices *)(uintptr_t)plan->recorded);
    *plan = (sti_plan){0};
}

/* ---- What a job is like ---- */

uint64_t sti_plan_runs(const sti_plan *plan, const sti_job *job) {
    const st_test *test = job->test;
    if (plan->recorded) {
        return 1;
    }
    if (plan->flags->runs > 0) {
        return plan->flags->runs;
    }
    if (plan->flags->long_form && test->runs_long > 0) {
        return test->runs_long;
    }
    return test->runs > 0 ? test->runs : test->property ? RUNS_OF_PROPERTY : 1;
}

int64_t sti_plan_timeout_ms(const sti_plan *plan, const sti_job *job) {
    if (plan->flags->timeout_ms > 0) {
        return (int64_t)plan->flags->timeout_ms;
    }
    int64_t own = job->test->timeout_ms > 0 ? job->test->timeout_ms : STI_TIMEOUT_MS_DEFAULT;
    return OTPI_ASAN || OTPI_TSAN ? own * SLOW_BUILD : own;
}

uint64_t sti_plan_base_seed(const sti_plan *plan, const sti_job *job) {
    bool own = !plan->flags->seed_given && job->test->seed != 0;
    return plan->recorded ? plan->about.seed : own ? job->test->seed : plan->flags->seed;
}

static otp_timers timers_of(const sti_plan *plan, const sti_job *job) {
    switch (job->test->timers) {
    case ST_RACE: return OTP_TIMERS_RACE;
    case ST_TIMERS_LAST: return OTP_TIMERS_LAST;
    default:
        return sti_plan_runs(plan, job) > 1 && !job->test->property ? OTP_TIMERS_RACE
                                                                    : OTP_TIMERS_LAST;
    }
}

/* Of one test, from the seed of all; cheap, for it is asked for every run. */
static uint64_t seed_of(const st_test *test, uint64_t base) {
    uint64_t suite = otpi_hash_bytes(test->suite, strlen(test->suite), base);
    return otpi_hash_bytes(test->name, strlen(test->name), suite);
}

sti_setting sti_plan_setting(const sti_plan *plan, const sti_job *job, uint64_t run) {
    const st_choices_about *about = plan->recorded ? &plan->about : NULL;
    bool unlimited = plan->patient && plan->flags->timeout_ms == 0;
    uint64_t of_test = seed_of(job->test, sti_plan_base_seed(plan, job));
    return (sti_setting){.test = job->test,
                         .mode = job->mode,
                         .seed = otpi_hash_mix(of_test, about ? about->run : run),
                         .timers = about ? about->timers : timers_of(plan, job),
                         .delivery = about ? about->delivery : job->test->delivery,
                         .network = about ? about->network : job->test->network,
                         .timeout_ms = unlimited ? OTP_INFINITY : sti_plan_timeout_ms(plan, job)};
}

st_choices_about sti_plan_about(const sti_plan *plan, const sti_job *job, uint64_t run) {
    if (plan->recorded) {
        return plan->about;
    }
    sti_setting setting = sti_plan_setting(plan, job, run);
    st_choices_about about = {.mode = job->mode,
                              .seed = sti_plan_base_seed(plan, job),
                              .run = run,
                              .timers = setting.timers,
                              .delivery = setting.delivery,
                              .network = setting.network};
    snprintf(about.test, sizeof about.test, "%s.%s", job->test->suite, job->test->name);
    return about;
}
