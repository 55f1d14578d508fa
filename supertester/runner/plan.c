/* SPDX-License-Identifier: MIT */
/*
 * From flags and registered tests to jobs.
 */
#include "supertester/runner/plan.h"
#include "supertester/runner/property.h"
#include "supertester/property/token.h"
#include "supertester/runner/filter.h"
#include "supertester/runner/listing.h"
#include "supertester/runner/outcome.h"

#include "base/hash.h"
#include "port/host.h"
#include "port/memory.h"
#include "port/sanitizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t runs_of_kind[] = {
    [ST_IS_TEST] = 1, [ST_IS_PROPERTY] = 100, [ST_IS_EXPLORATION] = 1000};

enum { SLOW_BUILD = 5, FIXTURE_MS = 60000 };

/* ---- Choosing tests ---- */

static bool picked(const sti_flags *flags, const st_test *test) {
    bool any = flags->filter_count == 0;
    for (size_t i = 0; i < flags->filter_count && !any; i++) {
        any = sti_filter_matches(flags->filters[i], test);
    }
    return any && sti_gtest_wanted(flags->gtest_filter, test);
}

static bool has_tag_of(const st_test *test, const char *const *tags, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (sti_filter_has_tag(test, tags[i])) {
            return true;
        }
    }
    return false;
}

static bool wanted(const sti_flags *flags, const st_test *test) {
    return picked(flags, test) &&
           (flags->only_count == 0 || has_tag_of(test, flags->only, flags->only_count)) &&
           !has_tag_of(test, flags->exclude, flags->exclude_count);
}

static bool check_filters(const sti_plan *plan, otpi_text *error) {
    const sti_flags *flags = plan->flags;
    for (size_t i = 0; i < flags->filter_count; i++) {
        if (sti_filter_count(&plan->registry, flags->filters[i]) == 0) {
            otpi_text_format(error, "no test matches \"%s\"", flags->filters[i]);
            sti_registry_suggest(&plan->registry, flags->filters[i], error);
            return false;
        }
    }
    return true;
}

static bool check_tags(const sti_plan *plan, const char *flag, const char *const *tags,
                       size_t count, otpi_text *error) {
    const sti_registry *registry = &plan->registry;
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t j = 0; j < registry->count && !known; j++) {
            known = sti_filter_has_tag(registry->tests[j], tags[i]);
        }
        if (!known) {
            otpi_text_format(error, "--%s: no test has the tag \"%s\"", flag, tags[i]);
            sti_registry_suggest_tag(registry, tags[i], error);
            return false;
        }
    }
    return true;
}

static bool check_choice(const sti_plan *plan, otpi_text *error) {
    const sti_flags *flags = plan->flags;
    return flags->if_any ||
           (check_filters(plan, error) &&
            check_tags(plan, "only", flags->only, flags->only_count, error) &&
            check_tags(plan, "exclude", flags->exclude, flags->exclude_count, error));
}

static bool check_tests(const sti_plan *plan, otpi_text *error) {
    if (plan->registry.count == 0) {
        otpi_text_cstr(error, "this program contains no tests; write one with ST_TEST");
        return false;
    }
    for (size_t i = 0; i < plan->registry.count; i++) {
        const st_test *test = plan->registry.tests[i];
        if (strlen(test->suite) + 1 + strlen(test->name) >= sizeof plan->about.test) {
            otpi_text_format(error, "%s.%s (%s:%d): a name has at most %zu letters", test->suite,
                             test->name, test->file, test->line, sizeof plan->about.test - 1);
            return false;
        }
        if (!sti_outcome_check(test, error)) {
            return false;
        }
    }
    return true;
}

/* ---- Options that contradict each other ---- */

static bool fails_by_flags(const sti_flags *flags) {
    return flags->fail[STI_ALLOCATIONS].how || flags->fail[STI_IO_CALLS].how;
}

static bool check_options(const sti_plan *plan, otpi_text *error) {
    if (plan->flags->runs > 0 && fails_by_flags(plan->flags)) {
        otpi_text_cstr(error, "--fail-alloc and --fail-io go through one run of each test: leave "
                              "out --runs; another --seed makes another run");
        return false;
    }
    for (size_t i = 0; i < plan->registry.count; i++) {
        const st_test *test = plan->registry.tests[i];
        if (test->leaks == ST_LEAKS_ALLOWED && !(test->leaks_reason && test->leaks_reason[0])) {
            otpi_text_format(error,
                             "%s.%s at %s:%d allows leaks and does not say why: add "
                             ".leaks_reason = \"...\"",
                             test->suite, test->name, test->file, test->line);
            return false;
        }
    }
    return true;
}

/* ---- Jobs ---- */

static void push_job(sti_plan *plan, const st_test *test, otp_mode mode) {
    plan->jobs[plan->count] = (sti_job){.test = test, .mode = mode, .index = plan->count};
    plan->count++;
}

static void add_job(sti_plan *plan, const st_test *test, otp_mode mode) {
    if (!plan->flags->failed || sti_last_failed(&plan->last, test, mode)) {
        push_job(plan, test, mode);
    }
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

/* Every shards-th job, so that the parts are alike however tests are grouped. */
static void keep_shard(sti_plan *plan) {
    size_t kept = 0;
    for (size_t i = 0; plan->flags->shards > 0 && i < plan->count; i++) {
        if (i % plan->flags->shards == plan->flags->shard - 1) {
            plan->jobs[kept++] = plan->jobs[i];
        }
    }
    plan->count = plan->flags->shards > 0 ? kept : plan->count;
}

static bool check_left(const sti_plan *plan, otpi_text *error) {
    const sti_flags *flags = plan->flags;
    bool may_be_none = flags->if_any || flags->gtest_filter; /* no error to GoogleTest */
    if (plan->count == 0 && !may_be_none) {
        if (flags->failed) {
            otpi_text_format(error, "--failed: none of these tests failed last time (%s)",
                             plan->last.path);
        } else {
            otpi_text_cstr(error, "no test is left: filters and tags exclude each other");
        }
        return false;
    }
    if (flags->gdb &&
        (plan->count == 0 || plan->jobs[0].test != plan->jobs[plan->count - 1].test)) {
        otpi_text_cstr(error, "--gdb runs one test: choose it by its full name");
        return false;
    }
    return true;
}

static bool plan_tests(sti_plan *plan, otpi_text *error) {
    for (size_t i = 0; i < plan->registry.count; i++) {
        if (wanted(plan->flags, plan->registry.tests[i])) {
            add_jobs(plan, plan->registry.tests[i]);
        }
    }
    if (!check_left(plan, error)) {
        return false;
    }
    keep_shard(plan);
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
    push_job(plan, test, plan->flags->world_given ? plan->flags->world : plan->about.mode);
    return true;
}

/* A token tells the choices; of which test, the filter has to. */
static bool plan_token(sti_plan *plan, otpi_text *error) {
    char name[512];
    st_choices *list = st_choices_new();
    if (!list || !plan_tests(plan, error)) {
        st_choices_free(list);
        otpi_text_cstr(error, error->length > 0 ? "" : "out of memory");
        return false;
    }
    plan->recorded = list;
    if (plan->count != 1) {
        otpi_text_format(error, "--replay %s: a token needs one test to be chosen, by its name",
                         plan->flags->replay);
        return false;
    }
    const sti_job *job = &plan->jobs[0];
    sti_test_name(job->test, name, sizeof name);
    const char *problem = sti_token_read(plan->flags->replay, name, list);
    if (problem) {
        otpi_text_format(error, "--replay %s: %s", plan->flags->replay, problem);
        return false;
    }
    plan->recorded = NULL;
    plan->about = sti_plan_about(plan, job, 0);
    plan->recorded = list;
    plan->replay_path = plan->flags->replay;
    return true;
}

/* ---- Making it ---- */

static bool out_of_memory(int *code, otpi_text *error) {
    *code = STI_EXIT_INTERNAL;
    otpi_text_cstr(error, "out of memory");
    return false;
}

bool sti_plan_make(sti_plan *plan, const sti_flags *flags, int *code, otpi_text *error) {
    *plan = (sti_plan){.flags = flags, .patient = otpi_host_debugged()};
    *code = STI_EXIT_USAGE;
    if (!sti_registry_load(&plan->registry, error)) {
        return error->length > 0 ? false : out_of_memory(code, error);
    }
    if (!sti_registry_check(&plan->registry, error) || !check_tests(plan, error) ||
        !check_options(plan, error) || !check_choice(plan, error) ||
        !sti_last_load(&plan->last, flags->program, error)) {
        return false;
    }
    plan->jobs = otpi_calloc(2 * plan->registry.count, sizeof(sti_job));
    if (!plan->jobs) {
        return out_of_memory(code, error);
    }
    bool made = !flags->replay                ? plan_tests(plan, error)
                : sti_token_is(flags->replay) ? plan_token(plan, error)
                                              : plan_replay(plan, error);
    sti_plan_begin_round(plan, 0);
    return made;
}

void sti_plan_free(sti_plan *plan) {
    sti_registry_free(&plan->registry);
    sti_last_free(&plan->last);
    otpi_free(plan->jobs);
    st_choices_free((st_choices *)(uintptr_t)plan->recorded);
    *plan = (sti_plan){0};
}

/* ---- Order ---- */

/* Tests of a suite stay together: they may share a fixture. */
static int by_round(const void *a, const void *b) {
    const sti_job *x = a, *y = b;
    if (x->test->exclusive != y->test->exclusive) {
        return x->test->exclusive ? 1 : -1;
    }
    for (int i = 0; i < 2; i++) {
        if (x->key[i] != y->key[i]) {
            return x->key[i] < y->key[i] ? -1 : 1;
        }
    }
    return (x->index > y->index) - (x->index < y->index);
}

void sti_plan_begin_round(sti_plan *plan, uint64_t round) {
    uint64_t seed = otpi_hash_mix(plan->flags->shuffle_seed, round);
    plan->round = round;
    plan->shared_count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        sti_job *job = &plan->jobs[i];
        const char *suite = job->test->suite;
        plan->shared_count += !job->test->exclusive;
        job->key[0] = plan->flags->shuffle ? otpi_hash_bytes(suite, strlen(suite), seed) : 0;
        job->key[1] = plan->flags->shuffle ? otpi_hash_mix(seed, job->index) : 0;
    }
    if (plan->count > 0) {
        qsort(plan->jobs, plan->count, sizeof(sti_job), by_round);
    }
}

/* Whoever reads another report than the one for people is no one at a debugger. */
static bool for_people(const sti_flags *flags) {
    for (size_t i = 0; i < flags->reporter_count; i++) {
        if (flags->reporters[i].ops != &sti_report_human || flags->reporters[i].file) {
            return false;
        }
    }
    return !flags->gtest;
}

/* What lets nothing of this process be left: the end of it, or calls that fail one by one. */
static bool wants_child(const sti_plan *plan, const sti_job *job) {
    bool sweeps = sti_plan_failing(plan, job, STI_ALLOCATIONS).how == STI_FAIL_SWEEP ||
                  sti_plan_failing(plan, job, STI_IO_CALLS).how == STI_FAIL_SWEEP;
    return sweeps || sti_outcome_ends_child(job->test) || sti_outcome_may_fail(job->test);
}

bool sti_plan_is_by_name(const sti_plan *plan) {
    const sti_flags *flags = plan->flags;
    bool plain = flags->jobs == 0 && !flags->if_any && flags->repeat == 0 && !flags->until_fail &&
                 for_people(flags);
    return plain && flags->filter_count == 1 && plan->count > 0 &&
           sti_registry_find(&plan->registry, flags->filters[0]) &&
           !wants_child(plan, &plan->jobs[0]);
}

/* ---- What failed ---- */

void sti_plan_note(const sti_plan *plan, size_t index, const sti_result *result) {
    sti_job *job = &plan->jobs[index];
    job->ran = job->ran || result->status != STI_SKIPPED;
    job->failed = job->failed || sti_failed(result->status);
}

static bool has_run(const sti_plan *plan, const st_test *test, otp_mode mode) {
    for (size_t i = 0; i < plan->count; i++) {
        const sti_job *job = &plan->jobs[i];
        if (job->test == test && job->mode == mode) {
            return job->ran;
        }
    }
    return false;
}

bool sti_plan_save(const sti_plan *plan, otpi_text *error) {
    otpi_text lines;
    if (plan->recorded) {
        return true; /* one run of many says nothing about its test */
    }
    otpi_text_init(&lines, &otpi_heap_allocator);
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->jobs[i].failed) {
            sti_last_line(&lines, plan->jobs[i].test, plan->jobs[i].mode);
        }
    }
    for (size_t i = 0; i < 2 * plan->registry.count; i++) {
        const st_test *test = plan->registry.tests[i / 2];
        otp_mode mode = i % 2 == 0 ? OTP_SIMULATED : OTP_PARALLEL;
        if (sti_last_failed(&plan->last, test, mode) && !has_run(plan, test, mode)) {
            sti_last_line(&lines, test, mode);
        }
    }
    bool saved = sti_last_save(&plan->last, &lines, error);
    otpi_text_fini(&lines);
    return saved;
}

/* ---- What a job is like ---- */

sti_fail_order sti_plan_failing(const sti_plan *plan, const sti_job *job, sti_site_kind kind) {
    if (fails_by_flags(plan->flags)) {
        return plan->flags->fail[kind];
    }
    st_failing own = kind == STI_ALLOCATIONS ? job->test->fail_alloc : job->test->fail_io;
    return (sti_fail_order){.how = own == ST_SWEEP ? STI_FAIL_SWEEP : STI_FAIL_NONE};
}

bool sti_plan_sweeps(const sti_plan *plan, const sti_job *job) {
    return sti_plan_failing(plan, job, STI_ALLOCATIONS).how ||
           sti_plan_failing(plan, job, STI_IO_CALLS).how;
}

uint64_t sti_plan_runs(const sti_plan *plan, const sti_job *job) {
    const st_test *test = job->test;
    if (plan->recorded || sti_plan_sweeps(plan, job) || sti_outcome_ends_child(test)) {
        return 1;
    }
    if (plan->flags->runs > 0) {
        return plan->flags->runs;
    }
    if (plan->flags->long_form && test->runs_long > 0) {
        return test->runs_long;
    }
    st_strategy strategy;
    uint64_t least =
        runs_of_kind[sti_plan_explores(plan, job, &strategy) ? ST_IS_EXPLORATION : test->kind];
    return test->runs > 0 && (test->runs > least || !plan->flags->explore) ? test->runs : least;
}

bool sti_plan_explores(const sti_plan *plan, const sti_job *job, st_strategy *strategy) {
    *strategy = plan->flags->explore ? plan->flags->strategy : job->test->strategy;
    return job->mode == OTP_SIMULATED &&
           (plan->flags->explore || job->test->kind == ST_IS_EXPLORATION);
}

static int64_t scaled(const sti_plan *plan, int64_t ms) {
    ms = OTPI_ASAN || OTPI_TSAN ? ms * SLOW_BUILD : ms;
    ms = ms * (int64_t)plan->flags->timeout_scale / 1000;
    return ms > 0 ? ms : 1;
}

int64_t sti_plan_timeout_ms(const sti_plan *plan, const sti_job *job) {
    if (plan->flags->timeout_ms > 0) {
        return (int64_t)plan->flags->timeout_ms;
    }
    int64_t own = job->test->timeout_ms;
    return scaled(plan, own > 0 ? own : STI_TIMEOUT_MS_DEFAULT);
}

int64_t sti_plan_fixture_ms(const sti_plan *plan) {
    return scaled(plan, FIXTURE_MS);
}

uint64_t sti_plan_base_seed(const sti_plan *plan, const sti_job *job) {
    bool own = !plan->flags->seed_given && job->test->seed != 0;
    uint64_t seed = own ? job->test->seed : plan->flags->seed;
    return plan->recorded ? plan->about.seed
           : plan->round > 0
               ? otpi_hash_mix(seed, plan->round) >> 1 /* as drawn ones, see flags.c */
               : seed;
}

static otp_timers timers_of(const sti_plan *plan, const sti_job *job) {
    st_strategy unused;
    switch (job->test->timers) {
    case ST_RACE: return OTP_TIMERS_RACE;
    case ST_TIMERS_LAST: return OTP_TIMERS_LAST;
    default: break;
    }
    bool many = sti_plan_runs(plan, job) > 1 && job->test->kind != ST_IS_PROPERTY;
    return many || sti_plan_explores(plan, job, &unused) ? OTP_TIMERS_RACE : OTP_TIMERS_LAST;
}

/* Of one test, from the seed of all; cheap, for it is asked for every run. */
static uint64_t seed_of(const st_test *test, uint64_t base) {
    uint64_t suite = otpi_hash_bytes(test->suite, strlen(test->suite), base);
    return otpi_hash_bytes(test->name, strlen(test->name), suite);
}

/* The runs of a search differ in their choices alone: found, shrunk and repeated in one setting. */
static uint64_t run_of_setting(const sti_plan *plan, const sti_job *job, uint64_t run) {
    return plan->recorded ? plan->about.run : sti_property_is(plan, job) ? 0 : run;
}

sti_setting sti_plan_setting(const sti_plan *plan, const sti_job *job, uint64_t run) {
    const st_choices_about *about = plan->recorded ? &plan->about : NULL;
    bool unlimited = plan->patient && plan->flags->timeout_ms == 0;
    uint64_t of_test = seed_of(job->test, sti_plan_base_seed(plan, job));
    return (sti_setting){.test = job->test,
                         .mode = job->mode,
                         .seed = otpi_hash_mix(of_test, run_of_setting(plan, job, run)),
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
                              .run = run_of_setting(plan, job, run),
                              .timers = setting.timers,
                              .delivery = setting.delivery,
                              .network = setting.network};
    sti_test_name(job->test, about.test, sizeof about.test);
    return about;
}
