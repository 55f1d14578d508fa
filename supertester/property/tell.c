/* SPDX-License-Identifier: MIT */
/*
 * The report of st_check: what a person reads.
 */
#include "supertester/property/check.h"

#include "port/memory.h"
#include "port/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void sti_tell_found(sti_checking *k) {
    otpi_text_format(&k->report, "%s: falsified in run %" PRIu64 "\n", k->opts.name,
                     k->search.runs);
}

/* ---- One failure ---- */

/* With the messages that were sent, if that does not change what happens: to be watched, messages
 * go another way. */
static sti_outcome tell_run(sti_checking *k, const sti_tape *tape, uint64_t origin,
                            otpi_text *story) {
    otpi_text happened;
    sti_case *running = &k->search.running;
    size_t begin = story ? story->length : 0;
    if (!story || tape->others == 0 || k->search.vessel) {
        return sti_check_tell(k, tape, story);
    }
    otpi_text_init(&happened, &otpi_heap_allocator);
    running->happened = &happened;
    sti_outcome outcome = sti_check_tell(k, tape, story);
    running->happened = NULL;
    if (outcome.ending != STI_CASE_FAILED || outcome.origin != origin) {
        otpi_text_truncate(story, begin);
        outcome = sti_check_tell(k, tape, story);
    } else if (happened.length > 0) {
        const char *star = tape->deviations > 0 ? ", * where not the oldest event came first" : "";
        bool set_in = k->search.hooks.failed == NULL; /* the report is its own */
        otpi_text_format(story, "%smessages%s%s\n", set_in ? "  " : "", star, set_in ? "" : ":");
        otpi_text_cstr(story, happened.data);
    }
    otpi_text_fini(&happened);
    return outcome;
}

void sti_tell_again(sti_checking *k, st_check_failure *failure, const sti_tape *tape,
                    uint64_t origin, otpi_text *story) {
    sti_case *running = &k->search.running;
    bool explains = story && !k->opts.no_shrinking;
    uint8_t *free_choices = explains ? otpi_calloc(tape->choices + 1, 1) : NULL;
    if (free_choices && sti_explain(k, tape, origin, free_choices)) {
        running->free_choices = free_choices;
        running->free_count = tape->choices;
    }
    sti_outcome outcome = tell_run(k, tape, origin, story);
    running->free_choices = NULL;
    otpi_free(free_choices);
    snprintf(failure->text, sizeof failure->text, "%.*s", (int)sizeof failure->text - 1,
             k->search.running.text);
    if (outcome.ending != STI_CASE_FAILED || outcome.origin != origin) {
        snprintf(failure->text, sizeof failure->text,
                 "the same choices no longer fail: the property depends on more than its draws");
    }
}

static void tell_deviations(sti_checking *k, const st_check_failure *failure) {
    if (failure->others_before > 0) {
        otpi_text_format(&k->report,
                         "  %" PRIu64 " deviation%s from the default order of events (%" PRIu64
                         " when found), in %" PRIu64 " decisions\n",
                         failure->deviations, failure->deviations == 1 ? "" : "s",
                         failure->deviations_before, failure->others);
    }
}

void sti_tell_failure(sti_checking *k, st_check_failure *failure, const sti_tape *tape,
                      uint64_t origin) {
    otpi_text story;
    otpi_text_init(&story, &otpi_heap_allocator);
    sti_tell_again(k, failure, tape, origin, k->opts.quiet ? NULL : &story);
    otpi_text_format(&k->report, "  %s\n", failure->text);
    otpi_text_cstr(&k->report, tape->choices == 0 ? "  drew nothing\n" : "  drew\n");
    otpi_text_cstr(&k->report, story.length > 0 ? story.data : "");
    otpi_text_fini(&story);
    tell_deviations(k, failure);
    if (!k->opts.no_shrinking) {
        otpi_text_format(&k->report,
                         "  from %" PRIu64 " choices to %" PRIu64 ", with %" PRIu64 " runs\n",
                         failure->choices_before, failure->choices, failure->executions);
    }
    if (failure->token[0]) {
        otpi_text_format(&k->report, "  again: .replay = \"%s\"\n", failure->token);
    }
}

void sti_tell_end(sti_checking *k) {
    const st_check_result *result = k->opts.result;
    if (result->failure_count > 1) {
        otpi_text_format(&k->report, "  %" PRIu32 " distinct failures\n", result->failure_count);
    }
    if (!result->shrunk && !k->opts.no_shrinking) {
        otpi_text_cstr(&k->report, "  not as small as can be: the budget for shrinking was used "
                                   "up (.shrink_runs_max, .shrink_ms_max)\n");
    }
    if (!k->opts.replay) {
        otpi_text_format(&k->report, "  from the start: .seed = %" PRIu64 "\n", k->opts.seed);
    }
}

/* ---- Without a failing case ---- */

void sti_tell_health(sti_checking *k) {
    const sti_search *search = &k->search;
    otpi_text_format(&k->report, "%s: no verdict after %" PRIu64 " runs: ", k->opts.name,
                     search->runs);
    switch (search->health) {
    case STI_FILTERED:
        otpi_text_format(&k->report,
                         "%" PRIu64 " more were discarded, the last by %s\n  draw values that "
                         "fit, rather than discard those that don't\n",
                         search->filtered,
                         search->running.discarded_at ? search->running.discarded_at : "a check");
        break;
    case STI_TOO_LARGE:
        otpi_text_format(&k->report,
                         "%" PRIu64 " more took over %zu choices\n  draw shorter lists, let "
                         "recursion end sooner, or raise .choices_max\n",
                         search->overruns, search->choices_max);
        break;
    case STI_REFUSED:
        otpi_text_format(&k->report, "not every order can be told\n  %s\n", search->refusal);
        break;
    default:
        otpi_text_format(&k->report,
                         "%" PRIu64 " of them would take minutes\n  draw less in a run, do less "
                         "with it, or lower .runs\n",
                         search->runs_max);
    }
    if (!search->hooks.failed) {
        otpi_text_format(&k->report, "  again: .seed = %" PRIu64 "\n", k->opts.seed);
    }
}

void sti_tell_cover(sti_checking *k) {
    const sti_class *missed = sti_statistics_missed(&k->search.statistics);
    otpi_text_format(&k->report,
                     "%s: \"%s\" were %.2f %% of %" PRIu64
                     " runs, %.2f %% are wanted: that is no chance\n",
                     k->opts.name, missed->label,
                     100.0 * (double)missed->count / (double)k->search.statistics.cases,
                     k->search.statistics.cases, 100.0 * missed->wanted);
    sti_statistics_print(&k->search.statistics, &k->report);
}

static void tell_steered(sti_checking *k) {
    const sti_search *search = &k->search;
    otpi_text_format(&k->report,
                     search->proved ? "%s: proved, in all %" PRIu64 " interleavings\n"
                                    : "%s: held in %" PRIu64 " interleavings; there are more\n",
                     k->opts.name, search->runs);
    if (search->broken > 0) {
        otpi_text_format(&k->report, "  %" PRIu64 " runs more led to nothing new\n",
                         search->broken);
    }
}

void sti_tell_held(sti_checking *k) {
    const sti_search *search = &k->search;
    if (search->hooks.run_ended) {
        tell_steered(k);
    } else if (search->proved) {
        otpi_text_format(&k->report, "%s: proved, in all %" PRIu64 " cases\n", k->opts.name,
                         search->runs);
    } else if (search->statistics.count > 0) {
        otpi_text_format(&k->report, "%s: held in %" PRIu64 " runs\n", k->opts.name, search->runs);
    }
    sti_statistics_print(&search->statistics, &k->report);
}

void sti_tell_trouble(sti_checking *k, const char *what) {
    otpi_text_format(&k->report, "%s: %s\n", k->opts.name, what);
}

void sti_tell_print(sti_checking *k) {
    if (k->opts.quiet || k->report.length == 0) {
        return;
    }
    if (k->opts.print) {
        k->opts.print(k->opts.context, k->report.data);
    } else {
        otpi_io_err ignored =
            otpi_output_write(OTPI_OUTPUT_STDERR, k->report.data, k->report.length);
        (void)ignored;
    }
}
