/* SPDX-License-Identifier: MIT */
/*
 * From a history that is not linearizable to the smallest part of it that is not: history.h says
 * what may be left out. Both steps are monotonic (what could not be left out stays so when more was
 * left out), so that one pass in halves is enough.
 */
#include "supertester/explore/counterexample.h"

#include "port/clock.h"
#include "port/memory.h"

#include <string.h>

typedef enum fate { SHOWN, MAYBE, GONE, TRIED } fate;

typedef struct shrinking {
    st_history *history;
    const st_spec *spec;
    st_history_opts opts;
    uint64_t deadline_ns;
    uint32_t *events; /* of the part, in order */
    size_t event_count;
    uint32_t *members; /* operations of the part that are not cut off, without the culprit */
    size_t member_count;
    fate *fates;     /* of each operation of the history */
    fate tried;      /* what TRIED stands for */
    bool *steady;    /* of each operation: it never changes anything */
    uint32_t *times; /* of each operation: the place of its call, then that of its return */
    uint32_t culprit;
    otp_err err;
} shrinking;

/* ---- Views ---- */

static fate fate_of(const shrinking *s, uint32_t operation) {
    return s->fates[operation] == TRIED ? s->tried : s->fates[operation];
}

static bool add_to_view(const shrinking *s, st_history *view, uint32_t operation) {
    st_operation op;
    sti_history_describe(s->history, operation, &op);
    op.invoked = s->times[2 * operation];
    op.returned = s->times[2 * operation + 1];
    if (fate_of(s, operation) == MAYBE || op.outcome != ST_RETURNED) {
        op.outcome = ST_PENDING;
        op.reply = OTP_NONE;
    }
    return st_history_add(view, &op) == OTP_OK;
}

/* What is shown, and what may be; NULL when out of memory. */
static st_history *view_of(const shrinking *s) {
    st_history *view = st_history_new();
    for (size_t i = 0; view && i < s->event_count; i++) {
        uint32_t operation = s->events[i] >> 1;
        if (!(s->events[i] & 1) && fate_of(s, operation) != GONE &&
            !add_to_view(s, view, operation)) {
            st_history_free(view);
            view = NULL;
        }
    }
    return view;
}

static st_history_verdict judge(shrinking *s) {
    st_history_result result = {.verdict = ST_UNKNOWN};
    uint64_t now_ns = otpi_clock_monotonic_ns();
    if (s->err != OTP_OK || now_ns >= s->deadline_ns) {
        return ST_UNKNOWN;
    }
    s->opts.timeout_ms = (s->deadline_ns - now_ns) / 1000000 + 1;
    st_history *view = view_of(s);
    s->err = view ? st_linearizable(view, s->spec, &s->opts, &result) : OTP_ENOMEM;
    st_history_free(view);
    return s->err == OTP_OK ? result.verdict : ST_UNKNOWN;
}

/* ---- The culprit ---- */

/* Cuts the part behind its event of that place. */
static void cut(shrinking *s, size_t last) {
    for (size_t i = 0; i < s->event_count; i++) {
        s->fates[s->events[i] >> 1] = GONE;
    }
    for (size_t i = 0; i <= last; i++) {
        uint32_t operation = s->events[i] >> 1;
        s->fates[operation] = s->events[i] & 1 ? SHOWN : MAYBE;
    }
}

/* Those that only look stand first: what they saw is to be left out before what was done. */
static void add_members(shrinking *s, size_t last, bool steady) {
    for (size_t i = 0; i <= last; i++) {
        uint32_t operation = s->events[i] >> 1;
        if (!(s->events[i] & 1) && operation != s->culprit && s->steady[operation] == steady) {
            s->members[s->member_count++] = operation;
        }
    }
}

/* The first return behind which the history is not linearizable any more. */
static void find_culprit(shrinking *s) {
    size_t lo = 0, hi = s->event_count - 1; /* behind hi it is not */
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        cut(s, middle);
        if (judge(s) == ST_VIOLATION) {
            hi = middle;
        } else {
            lo = middle + 1;
        }
    }
    cut(s, hi);
    s->culprit = s->events[hi] >> 1;
    add_members(s, hi, true);
    add_members(s, hi, false);
}

/* ---- Leaving out ---- */

static size_t count_fates(const shrinking *s, size_t from, size_t to, fate wanted) {
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        count += s->fates[s->members[i]] == wanted;
    }
    return count;
}

/* Is it a violation even when nobody knows of those that are tried? */
static bool is_violation(shrinking *s) {
    return judge(s) == ST_VIOLATION;
}

/* Without those that are tried, is all before the culprit explained? */
static bool is_explained(shrinking *s) {
    s->fates[s->culprit] = MAYBE;
    bool explained = judge(s) == ST_HOLDS;
    s->fates[s->culprit] = SHOWN;
    return explained;
}

/* Gives the members from..to that have one fate the next: all of them or, in halves, as many as is
 * allowed. */
static void weaken(shrinking *s, size_t from, size_t to, bool (*allowed)(shrinking *), fate old,
                   fate new) {
    if (count_fates(s, from, to, old) == 0 || s->err != OTP_OK) {
        return;
    }
    for (size_t i = from; i < to; i++) {
        fate *each = &s->fates[s->members[i]];
        *each = *each == old ? TRIED : *each;
    }
    s->tried = new;
    bool ok = allowed(s);
    for (size_t i = from; i < to; i++) {
        fate *each = &s->fates[s->members[i]];
        *each = *each == TRIED ? (ok ? new : old) : *each;
    }
    if (!ok && to - from > 1) {
        size_t middle = from + (to - from) / 2;
        weaken(s, from, middle, allowed, old, new);
        weaken(s, middle, to, allowed, old, new);
    }
}

static void shrink(shrinking *s) {
    find_culprit(s);
    weaken(s, 0, s->member_count, is_violation, SHOWN, MAYBE);
    weaken(s, 0, s->member_count, is_explained, MAYBE, GONE);
}

/* ---- The result ---- */

static otp_err show(shrinking *s, st_counterexample *c) {
    c->shown = otpi_calloc(s->member_count + 1, sizeof *c->shown);
    uint32_t *place_of = otpi_calloc(s->history->count + 1, sizeof *place_of);
    if (!c->shown || !place_of) {
        otpi_free(place_of);
        return OTP_ENOMEM;
    }
    for (size_t i = 0; i < s->event_count; i++) {
        uint32_t operation = s->events[i] >> 1;
        bool is_return = s->events[i] & 1;
        if (s->fates[operation] == GONE || (is_return && s->fates[operation] == MAYBE)) {
            continue;
        }
        if (is_return) {
            c->shown[place_of[operation]].end = (uint32_t)c->event_count++;
            continue;
        }
        place_of[operation] = (uint32_t)c->count;
        c->culprit = operation == s->culprit ? c->count : c->culprit;
        c->shown[c->count++] =
            (sti_shown){operation, s->fates[operation] == SHOWN, (uint32_t)c->event_count++, 0};
    }
    c->left_out = st_history_count(s->history) - c->count;
    otpi_free(place_of);
    st_history *view = view_of(s);
    otp_err err = view ? sti_orders_find(c, view, &s->opts) : OTP_ENOMEM;
    st_history_free(view);
    return err;
}

/* The events of the part that is not linearizable; *found says whether there is one. */
static otp_err find_part(shrinking *s, const st_history_opts *opts, st_history_verdict *verdict) {
    otp_err err;
    uint32_t part = 0;
    st_history_result result;
    sti_search search;
    sti_budget budget = sti_history_budget(opts, otpi_clock_monotonic_ns());
    sti_machine *machine = sti_history_begin(s->history, s->spec, opts, &result, &err);
    if (!machine) {
        return err;
    }
    err = sti_search_init(&search, machine, &budget);
    if (err == OTP_OK) {
        err = sti_history_parts(&search, verdict, &part);
        sti_search_fini(&search);
    }
    for (size_t i = 0; i < s->history->event_count; i++) {
        uint32_t event = s->history->events[i];
        const sti_call *call = &machine->calls[event >> 1];
        s->steady[event >> 1] = call->steady;
        if (call->part == part && !call->skip) {
            s->times[event] = (uint32_t)s->event_count;
            s->events[s->event_count++] = event;
        }
    }
    sti_machine_free(machine);
    return err;
}

static otp_err find(shrinking *s, st_counterexample *c, const st_history_opts *opts) {
    size_t count = s->history->count;
    st_history_verdict verdict = ST_UNKNOWN;
    s->events = otpi_alloc((s->history->event_count + 1) * sizeof *s->events);
    s->members = otpi_alloc((count + 1) * sizeof *s->members);
    s->fates = otpi_calloc(count + 1, sizeof *s->fates);
    s->times = otpi_calloc(2 * count + 1, sizeof *s->times);
    otp_err err = OTP_ENOMEM;
    s->steady = otpi_calloc(count + 1, sizeof *s->steady);
    if (s->events && s->members && s->fates && s->times && s->steady &&
        sti_history_sort(s->history)) {
        err = find_part(s, opts, &verdict);
    }
    if (err == OTP_OK && verdict == ST_HOLDS) {
        err = OTP_ENOENT;
    } else if (err == OTP_OK) {
        shrink(s);
        err = s->err == OTP_OK ? show(s, c) : s->err;
    }
    otpi_free(s->events);
    otpi_free(s->members);
    otpi_free(s->fates);
    otpi_free(s->times);
    otpi_free(s->steady);
    return err;
}

otp_err st_counterexample_find(st_history *history, const st_spec *spec,
                               const st_history_opts *opts, st_counterexample **out) {
    st_counterexample *c = otpi_calloc(1, sizeof *c);
    st_history_opts all = sti_history_opts(opts);
    if (!c) {
        return OTP_ENOMEM;
    }
    c->history = history;
    c->spec = spec;
    shrinking s = {.history = history, .spec = spec, .opts = all};
    s.deadline_ns = sti_history_budget(&all, otpi_clock_monotonic_ns()).deadline_ns;
    otp_err err = find(&s, c, &all);
    if (err == OTP_OK) {
        *out = c;
    } else {
        st_counterexample_free(c);
    }
    return err;
}

void st_counterexample_free(st_counterexample *c) {
    for (size_t i = 0; c && i < c->order_count; i++) {
        otpi_free(c->orders[i].shown);
        otpi_text_fini(&c->orders[i].states);
    }
    if (c) {
        otpi_free(c->shown);
        otpi_free(c);
    }
}

size_t st_counterexample_count(const st_counterexample *c) {
    return c->count;
}

bool st_counterexample_at(const st_counterexample *c, size_t i, size_t *operation, bool *certain) {
    if (i >= c->count) {
        return false;
    }
    *operation = c->shown[i].operation;
    *certain = c->shown[i].certain;
    return true;
}

size_t st_counterexample_culprit(const st_counterexample *c) {
    return c->shown[c->culprit].operation;
}
