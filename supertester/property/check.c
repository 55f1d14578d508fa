/* SPDX-License-Identifier: MIT */
/*
 * st_check: look for a failing case, shrink it, tell what was found.
 */
#include "supertester/property/check.h"

#include "base/hash.h"
#include "port/clock.h"
#include "port/memory.h"
#include "port/output.h"
#include "port/random.h"

#include <stdio.h>
#include <string.h>

enum {
    RUNS = 100,
    CHOICES_MAX = 100000,
    SHRINK_RUNS_MAX = 20000,
    SHRINK_MS_MAX = 10000,
    CONTAINED_MS_MAX = 5000,
    SHARED_WORDS = 1 << 20,
    STACK_SIZE = 1024 * 1024,
    STACK_SIZE_MIN = 64 * 1024,
};

#define MS_NS UINT64_C(1000000)

/* ---- Options ---- */

static st_check_opts with_defaults(const st_check_opts *given) {
    st_check_opts opts = given ? *given : (st_check_opts){0};
    opts.name = opts.name ? opts.name : "property";
    opts.runs = opts.runs ? opts.runs : RUNS;
    opts.choices_max = opts.choices_max ? opts.choices_max : CHOICES_MAX;
    opts.shrink_runs_max = opts.shrink_runs_max ? opts.shrink_runs_max : SHRINK_RUNS_MAX;
    opts.shrink_ms_max = opts.shrink_ms_max ? opts.shrink_ms_max : SHRINK_MS_MAX;
    opts.contained_ms_max = opts.contained_ms_max ? opts.contained_ms_max : CONTAINED_MS_MAX;
    opts.stack_size = opts.stack_size ? opts.stack_size : STACK_SIZE;
    opts.stack_size = opts.stack_size < STACK_SIZE_MIN ? STACK_SIZE_MIN : opts.stack_size;
    opts.seed = sti_check_seed(&opts);
    return opts;
}

uint64_t sti_check_seed(const st_check_opts *opts) {
    uint64_t seed = opts->seed;
    while (seed == 0) {
        seed = otpi_entropy64();
    }
    return seed;
}

/* ---- Running one case ---- */

static sti_outcome run_one(void *ctx, st_choices *record) {
    sti_checking *k = ctx;
    return sti_search_run_as(&k->search, record);
}

/* The tape once more, told into the text. */
sti_outcome sti_check_tell(sti_checking *k, const sti_tape *tape, otpi_text *story) {
    st_choices *list = k->search.list;
    if (!sti_tape_write(tape, k->search.candidate)) {
        return (sti_outcome){.ending = STI_CASE_MISUSED};
    }
    st_choices_from_list(list, k->search.candidate);
    k->search.running.story = story;
    k->opts.result->executions_after++;
    sti_outcome outcome = sti_search_run(&k->search);
    k->search.running.story = NULL;
    return outcome;
}

/* ---- Failures ---- */

static void keep_failure(sti_checking *k, const sti_tape *tape, uint64_t origin,
                         const sti_tape *found, uint64_t executions) {
    st_check_result *result = k->opts.result;
    if (result->failure_count == ST_FAILURES_MAX) {
        return;
    }
    st_check_failure *failure = &result->failures[result->failure_count++];
    *failure = (st_check_failure){.choices_before = found->choices,
                                  .choices = tape->choices,
                                  .deviations_before = found->deviations,
                                  .deviations = tape->deviations,
                                  .others_before = found->others,
                                  .others = tape->others,
                                  .executions = executions};
    otpi_text token;
    otpi_text_init_fixed(&token, failure->token, sizeof failure->token);
    sti_token_write(tape, k->opts.name, &token);
    if (token.failed) {
        failure->token[0] = '\0';
    }
    if (k->search.hooks.failed) {
        k->search.hooks.failed(k->search.hooks.ctx, k, failure, tape, origin);
    } else {
        sti_tell_failure(k, failure, tape, origin);
    }
}

static void shrink_all(sti_checking *k, sti_shrinker *s, const sti_tape *found, uint64_t origin) {
    uint64_t before = s->executions;
    s->executions_max = k->opts.no_shrinking ? 0 : k->opts.shrink_runs_max;
    s->deadline_ns = otpi_clock_monotonic_ns() + (uint64_t)k->opts.shrink_ms_max * MS_NS;
    sti_shrink(s, found, origin);
    k->opts.result->shrunk = !s->over;
    k->opts.result->executions_after += s->executions - before;
    keep_failure(k, &s->best, origin, found, s->executions - before);
    /* Others came up on the way: each once, with what is left of the budget. */
    for (uint32_t i = 0; i < s->other_count; i++) {
        sti_tape other = s->others[i].tape;
        s->others[i].tape = (sti_tape){0};
        before = s->executions;
        if (s->others[i].origin != origin) {
            sti_shrink(s, &other, s->others[i].origin);
            k->opts.result->executions_after += s->executions - before;
            keep_failure(k, &s->best, s->others[i].origin, &other, s->executions - before);
        }
        sti_tape_fini(&other);
    }
}

static void shrink(sti_checking *k) {
    sti_tape found = {0};
    sti_shrinker s;
    uint64_t origin = k->search.outcome.origin;
    bool ok = sti_shrinker_init(&s, (sti_runner){run_one, k}, k->opts.seed, k->opts.contained) &&
              sti_tape_read(&found, k->search.list);
    /* What classifies or counts is over. */
    k->search.running.statistics = NULL;
    if (ok) {
        shrink_all(k, &s, &found, origin);
    } else {
        k->opts.result->verdict = ST_MISUSED;
        sti_tell_trouble(k, "out of memory");
    }
    sti_tape_fini(&found);
    sti_shrinker_fini(&s);
}

/* ---- The whole ---- */

static void judge(sti_checking *k) {
    st_check_result *result = k->opts.result;
    const sti_search *search = &k->search;
    result->runs = search->runs;
    result->discarded = search->filtered + search->overruns;
    if (search->outcome.ending == STI_CASE_FAILED) {
        result->verdict = ST_FALSIFIED;
        sti_tell_found(k);
        if (search->hooks.found) {
            search->hooks.found(search->hooks.ctx);
        }
        shrink(k);
        sti_tell_end(k);
    } else if (search->outcome.ending == STI_CASE_MISUSED || search->out_of_memory) {
        result->verdict = ST_MISUSED;
        sti_tell_trouble(k, search->out_of_memory ? "out of memory" : search->running.text);
    } else if (search->health != STI_HEALTHY) {
        result->verdict = ST_UNHEALTHY;
        sti_tell_health(k);
    } else if (sti_statistics_missed(&search->statistics)) {
        result->verdict = ST_FALSIFIED;
        sti_tell_cover(k);
    } else {
        result->verdict = search->proved ? ST_PROVED : ST_HELD;
        sti_tell_held(k);
    }
}

/* ---- Cases that come first ---- */

/* Runs the candidate. True: it is no use to go on. */
static bool run_known(sti_checking *k, const st_choices *candidate) {
    st_choices_from_list(k->search.list, candidate);
    sti_ending ending = sti_search_run(&k->search).ending;
    k->search.runs += ending == STI_CASE_PASSED || ending == STI_CASE_FAILED;
    return ending == STI_CASE_FAILED || ending == STI_CASE_MISUSED;
}

/* True: one of them failed, or is none. */
static bool run_first(sti_checking *k) {
    const char *const *token = k->opts.examples;
    for (; token && *token; token++) {
        const char *problem = sti_token_read(*token, k->opts.name, k->search.candidate);
        if (problem) {
            snprintf(k->search.running.text, sizeof k->search.running.text, "the example %s: %s",
                     *token, problem);
            k->search.outcome.ending = STI_CASE_MISUSED;
            return true;
        }
        if (run_known(k, k->search.candidate)) {
            return true;
        }
    }
    return k->search.hooks.first && run_known(k, k->search.hooks.first);
}

static void replay(sti_checking *k) {
    const char *problem = sti_token_read(k->opts.replay, k->opts.name, k->search.candidate);
    if (problem) {
        k->opts.result->verdict = ST_MISUSED;
        sti_tell_trouble(k, problem);
        return;
    }
    st_choices_from_list(k->search.list, k->search.candidate);
    sti_search_run(&k->search);
    k->search.runs = 1;
    k->opts.no_shrinking = true;
    judge(k);
}

static bool checking_open(sti_checking *k, st_property *property, const sti_check_hooks *hooks) {
    sti_search *search = &k->search;
    *search = (sti_search){.hooks = *hooks,
                           .list = hooks->list         ? hooks->list
                                   : k->opts.contained ? sti_choices_new_shared(SHARED_WORDS)
                                                       : st_choices_new(),
                           .candidate = st_choices_new(),
                           .runs_max = k->opts.runs,
                           .seed = k->opts.seed,
                           .large_first = k->opts.large_first,
                           .no_proof = k->opts.no_proof,
                           .choices_max = k->opts.choices_max};
    otpi_prng_seed(&search->prng, otpi_hash_mix(search->seed, 1));
    if (k->opts.contained) {
        search->vessel = sti_vessel_new((uint64_t)k->opts.contained_ms_max * MS_NS, !hooks->list);
    }
    return search->list && search->candidate && (search->vessel || !k->opts.contained) &&
           sti_case_open(&search->running, property, k->opts.context, k->opts.stack_size);
}

static void checking_close(sti_checking *k) {
    sti_search *search = &k->search;
    sti_vessel_free(search->vessel);
    sti_case_close(&search->running);
    sti_tape_fini(&search->model);
    sti_tape_fini(&search->draft);
    for (uint32_t i = 0; i < search->peak_count; i++) {
        sti_tape_fini(&search->peaks[i].tape);
    }
    if (!search->hooks.list) {
        st_choices_free(search->list);
    }
    st_choices_free(search->candidate);
    otpi_text_fini(&k->report);
}

st_verdict st_check(st_property *property, const st_check_opts *given) {
    static const sti_check_hooks none;
    return sti_check(property, given, &none);
}

st_verdict sti_check(st_property *property, const st_check_opts *given,
                     const sti_check_hooks *hooks) {
    st_check_result unwanted;
    sti_checking *k = otpi_calloc(1, sizeof *k);
    if (!k) {
        return ST_MISUSED;
    }
    k->opts = with_defaults(given);
    k->opts.result = k->opts.result ? k->opts.result : &unwanted;
    *k->opts.result = (st_check_result){.seed = k->opts.seed};
    otpi_text_init(&k->report, &otpi_heap_allocator);
    if (!checking_open(k, property, hooks)) {
        k->opts.result->verdict = ST_MISUSED;
        sti_tell_trouble(k, "out of memory");
    } else if (k->opts.replay) {
        replay(k);
    } else if (hooks->failing) {
        st_choices_from_list(k->search.list, hooks->failing);
        sti_search_run(&k->search);
        k->search.runs = 1;
        judge(k);
    } else {
        if (!run_first(k)) {
            k->search.running.statistics = &k->search.statistics;
            sti_search_failing(&k->search);
        }
        judge(k);
    }
    sti_tell_print(k);
    st_verdict verdict = k->opts.result->verdict;
    checking_close(k);
    otpi_free(k);
    return verdict;
}

const char *st_verdict_name(st_verdict verdict) {
    static const char *const names[] = {"held", "proved", "falsified", "unhealthy", "misused"};
    return (unsigned)verdict < sizeof names / sizeof names[0] ? names[verdict] : "unknown";
}
