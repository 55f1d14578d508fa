/* SPDX-License-Identifier: MIT */
/*
 * Running one case; see case.h.
 */
#include "supertester/property/case.h"
#include "supertester/property/statistics.h"

#include "base/hash.h"
#include "port/memory.h"

#include <otp/process.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Thread_local sti_case *sti_case_now;

/* ---- The seam of checks and notes ---- */

static uint64_t origin_of(const char *site) {
    return otpi_hash_bytes(site, strlen(site), 1);
}

/* The first failure of a case is the one that counts. */
static void case_fail(const char *site, const char *text) {
    sti_case *c = sti_case_now;
    if (c->outcome.ending == STI_CASE_FAILED) {
        return;
    }
    c->outcome.ending = STI_CASE_FAILED;
    c->outcome.origin = origin_of(site ? site : text);
    snprintf(c->text, sizeof c->text, "%s%s%s", site ? site : "", site ? ": " : "", text);
}

static void case_note(const char *line) {
    sti_case *c = sti_case_now;
    if (c->story) {
        otpi_text_format(c->story, "%s\n", line);
    }
}

static void case_end(void) {
    sti_case *c = sti_case_now;
    sti_case_leave(c, c->outcome.ending == STI_CASE_FAILED ? STI_CASE_FAILED : STI_CASE_DISCARDED);
}

static const sti_case_seam case_seam = {.fail = case_fail, .note = case_note, .end = case_end};

/* ---- Inside ---- */

static void case_stop(st_choices *list) {
    (void)list;
    sti_case_leave(sti_case_now, STI_CASE_OVERRUN);
}

OTPI_NOINLINE static void case_play(sti_case *c) {
    if (OTPI_UNLIKELY(!c->property(c->context)) && c->outcome.ending == STI_CASE_PASSED) {
        case_fail(NULL, "the property returned false");
    }
}

OTPI_UNINSTRUMENTED static void case_body(void *arg) {
    sti_case *c = arg;
    for (;;) {
        case_play(c);
        otpi_fiber_switch_ordered(c->fiber_outside);
        otpi_context_switch(&c->inside, &c->outside);
    }
}

OTPI_UNINSTRUMENTED void sti_case_leave(sti_case *c, sti_ending ending) {
    c->outcome.ending = ending;
    if (c->leave) {
        c->leave(c);
    }
    c->fresh = true;
    otpi_fiber_switch_ordered(c->fiber_outside);
    otpi_context_jump(&c->outside);
}

void sti_case_misused(sti_case *c, const char *label, const char *what) {
    snprintf(c->text, sizeof c->text, "%s: %s", label, what);
    sti_case_leave(c, STI_CASE_MISUSED);
}

void sti_case_use_terms(void) {
    sti_case *c = sti_case_now;
    if (c && !c->scoped && !otp_in_process()) {
        c->scope = otp_scope_begin();
        c->scoped = true;
    }
}

/* Did it make no difference what was drawn since the last line? */
static bool told_freely(sti_case *c) {
    bool any = false, all = true;
    for (; c->told < c->list->count; c->told++) {
        any = true;
        all = all && c->told < c->free_count && c->free_choices[c->told];
    }
    return c->free_choices && any && all;
}

void sti_case_tell(sti_case *c, const char *label, const char *format, ...) {
    char value[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    const char *at = strstr(label, " at ");
    int what = at ? (int)(at - label) : (int)strlen(label);
    int indent = c->list->depth < 16 ? (int)(2 * c->list->depth) : 32;
    bool freely = told_freely(c);
    if (value[0]) {
        otpi_text_format(c->story, "    %*s%-*.*s  %s%s\n", indent, "", 40 - indent, what, label,
                         value, freely ? "   (others fail, too)" : "");
    } else {
        otpi_text_format(c->story, "    %*s%.*s\n", indent, "", what, label);
    }
}

/* ---- What a case says of itself ---- */

void st_classify(bool is, const char *label) {
    if (sti_case_now && sti_case_now->statistics) {
        sti_statistics_classify(sti_case_now->statistics, label, is, 0);
    }
}

void st_cover(bool is, double share, const char *label) {
    if (sti_case_now && sti_case_now->statistics) {
        sti_statistics_classify(sti_case_now->statistics, label, is, share);
    }
}

void st_collect(const char *format, ...) {
    char label[STI_CLASS_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(label, sizeof label, format, arguments);
    va_end(arguments);
    st_classify(true, label);
}

void st_target(double score, const char *label) {
    sti_case *c = sti_case_now;
    if (c && c->target_count < STI_TARGETS_MAX) {
        c->targets[c->target_count++] = (sti_target_score){.label = label, .score = score};
    }
}

/* ---- Outside ---- */

bool sti_case_open(sti_case *c, st_property *property, void *context, size_t stack_size) {
    *c = (sti_case){.property = property, .context = context, .stack_size = stack_size};
    c->stack = otpi_stack_map(stack_size, true);
    c->fresh = true;
    return c->stack != NULL;
}

void sti_case_close(sti_case *c) {
    otp_world_stop(c->world);
    c->world = NULL;
    otpi_fiber_free(c->fiber);
    if (c->stack) {
        otpi_stack_unpoison(c->stack, c->stack_size);
        otpi_stack_unmap(c->stack, c->stack_size);
    }
    c->stack = NULL;
}

static void case_enter(sti_case *c, st_choices *list) {
    c->seam_before = sti_case_seam_now;
    c->draws_before = sti_draws_now;
    c->case_before = sti_case_now;
    sti_case_seam_now = &case_seam;
    sti_draws_now = list;
    sti_case_now = c;
    c->list = list;
    c->outcome = (sti_outcome){.ending = STI_CASE_PASSED};
    c->target_count = 0;
    c->quiet = 0;
    c->told = 0;
    c->happened_lines = 0;
    c->happened_at = 0;
    list->stop = case_stop;
}

/* The stack begins anew: nothing on it is alive. */
static void case_refresh(sti_case *c) {
    otpi_stack_unpoison(c->stack, c->stack_size);
    otpi_context_init(&c->inside, c->stack, c->stack_size, case_body, c);
    otpi_fiber_free(c->fiber);
    c->fiber = otpi_fiber_new();
    c->fiber_outside = otpi_fiber_current();
    c->fresh = false;
}

OTPI_UNINSTRUMENTED static void case_switch(sti_case *c) {
    otpi_fiber_switch_ordered(c->fiber);
    otpi_context_switch(&c->outside, &c->inside);
}

sti_outcome sti_case_run(sti_case *c, st_choices *list) {
    case_enter(c, list);
    if (OTPI_UNLIKELY(c->fresh)) {
        case_refresh(c);
    }
    case_switch(c);
    if (OTPI_UNLIKELY(c->scoped)) {
        otp_scope_end(c->scope);
        c->scoped = false;
    }
    sti_case_seam_now = c->seam_before;
    sti_draws_now = c->draws_before;
    sti_case_now = c->case_before;
    if (OTPI_UNLIKELY(list->overflow && c->outcome.ending != STI_CASE_MISUSED)) {
        c->outcome.ending = STI_CASE_OVERRUN;
    }
    return c->outcome;
}
