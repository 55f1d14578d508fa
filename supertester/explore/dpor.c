/* SPDX-License-Identifier: MIT */
/*
 * Dynamic partial order reduction; see dpor.h.
 */
#include "supertester/explore/dpor.h"

#include "port/memory.h"

#include <string.h>

enum { SLEEPERS_INITIAL = 256 };

static const char led_elsewhere[] =
    "the same choices led elsewhere: the scenario depends on more than them";
static const char too_deep[] = "a run takes more than 4,096 steps";

void sti_dpor_refuse(sti_dpor *d, const char *reason) {
    if (!d->refusal) {
        d->refusal = reason;
    }
    d->broken = true;
}

/* ---- Who sleeps ---- */

static bool sleeper_add(sti_dpor *d, uint8_t actor, sti_touched touched) {
    if (d->sleeper_count == d->sleeper_capacity) {
        uint32_t capacity = 2 * d->sleeper_capacity;
        sti_sleeper *grown = otpi_realloc(d->sleepers, capacity * sizeof *grown);
        if (!grown) {
            sti_dpor_refuse(d, "out of memory");
            return false;
        }
        d->sleepers = grown;
        d->sleeper_capacity = capacity;
    }
    d->sleepers[d->sleeper_count++] = (sti_sleeper){.touched = touched, .actor = actor};
    return true;
}

/* Those of the node before sleep on, but for whom its step has woken. */
static void sleep_inherit(sti_dpor *d, sti_dpor_node *node) {
    const sti_dpor_node *before = node - 1;
    const sti_step *step = &d->trace.steps[before - d->nodes];
    for (uint32_t i = 0; i < before->sleeper_count; i++) {
        sti_sleeper sleeper = d->sleepers[before->sleepers + i];
        bool wakes = sleeper.actor == step->actor ||
                     sti_trace_dependent(&d->trace, &sleeper.touched, &step->touched);
        if (!wakes && sleeper_add(d, sleeper.actor, sleeper.touched)) {
            node->asleep |= sti_actor_bit(sleeper.actor);
            node->sleeper_count++;
        }
    }
}

/* ---- Nodes ---- */

/* After its step these can't go on who could have: they are to be tried before it. */
static void want_lost(sti_dpor_node *node, uint64_t enabled) {
    node->wanted |= node->enabled & ~enabled & ~sti_actor_bit(node->actor);
}

static void node_open(sti_dpor *d, uint64_t enabled) {
    sti_dpor_node *node = &d->nodes[d->depth];
    *node = (sti_dpor_node){.enabled = enabled, .sleepers = d->sleeper_count};
    if (d->depth > 0) {
        want_lost(node - 1, enabled);
        sti_trace_wake(&d->trace, enabled);
        sleep_inherit(d, node);
    }
    node->tired = node->asleep;
    node->wanted = enabled & sti_actor_bit(STI_CLOCK);
    d->opened = d->depth + 1;
}

/* ---- In a run ---- */

/* The actor an event is of; STI_TRACE_ACTORS: none that can be told. */
static uint8_t actor_of(sti_dpor *d, const otp_event *event) {
    if (event->kind == OTP_CHOICE_TIMER) {
        return STI_CLOCK;
    }
    if (event->process == 0) {
        sti_dpor_refuse(d, "a network has a part in it");
        return STI_TRACE_ACTORS;
    }
    if (event->process >= STI_TRACE_ACTORS) {
        sti_dpor_refuse(d, "there are more than 63 processes");
        return STI_TRACE_ACTORS;
    }
    return (uint8_t)event->process;
}

static uint32_t rank_of(otp_enabled *enabled, uint32_t n, uint8_t actor) {
    for (uint32_t rank = 0; rank < n; rank++) {
        const otp_event *event = otp_enabled_event(enabled, rank);
        bool is_clock = event->kind == OTP_CHOICE_TIMER;
        if (actor == STI_CLOCK ? is_clock : !is_clock && event->process == actor) {
            return rank;
        }
    }
    return n;
}

/* Along the steps of the run before, and the new one at their end. */
static uint32_t pick_again(sti_dpor *d, otp_enabled *enabled, uint32_t n) {
    sti_dpor_node *node = &d->nodes[d->depth];
    if (!node->rank_known) {
        node->rank = rank_of(enabled, n, node->actor);
        node->rank_known = true;
    }
    if (node->rank >= n) {
        sti_dpor_refuse(d, led_elsewhere);
        return 0;
    }
    return node->rank;
}

/* The first one awake. */
static uint32_t pick_fresh(sti_dpor *d, otp_enabled *enabled, uint32_t n) {
    uint64_t all = 0;
    uint8_t actors[STI_TRACE_ACTORS];
    for (uint32_t rank = 0; rank < n; rank++) {
        uint8_t actor = actor_of(d, otp_enabled_event(enabled, rank));
        if (actor == STI_TRACE_ACTORS) {
            return 0;
        }
        actors[rank] = actor;
        all |= sti_actor_bit(actor);
    }
    node_open(d, all);
    sti_dpor_node *node = &d->nodes[d->depth];
    uint32_t rank = 0;
    while (rank < n && node->asleep & sti_actor_bit(actors[rank])) {
        rank++;
    }
    if (rank == n) {
        d->broken = true;
        return 0;
    }
    node->actor = actors[rank];
    node->rank = rank;
    node->rank_known = true;
    node->wanted |= sti_actor_bit(node->actor);
    return rank;
}

static uint32_t pick(void *context, otp_choice kind, otp_enabled *enabled, uint32_t n) {
    sti_dpor *d = context;
    (void)kind;
    d->asked++;
    if (d->broken) {
        return 0;
    }
    if (d->depth >= STI_TRACE_STEPS) {
        sti_dpor_refuse(d, too_deep);
        return 0;
    }
    return d->depth < d->opened ? pick_again(d, enabled, n) : pick_fresh(d, enabled, n);
}

/* Nobody was asked: nobody else could go on. */
static void open_unasked(sti_dpor *d, uint8_t actor) {
    node_open(d, sti_actor_bit(actor));
    sti_dpor_node *node = &d->nodes[d->depth];
    node->actor = actor;
    node->wanted |= sti_actor_bit(actor);
    d->broken = d->broken || (node->asleep & sti_actor_bit(actor)) != 0;
}

static void step_add(sti_dpor *d, const otp_event *ran, const otp_access *accesses, uint32_t n) {
    sti_dpor_node *node = &d->nodes[d->depth];
    if (n >= STI_TRACE_ACCESSES) {
        sti_dpor_refuse(d, "a step has more than 63 accesses");
        return;
    }
    if (!sti_trace_add(&d->trace, node->actor, node->enabled, accesses, n)) {
        sti_dpor_refuse(d, "out of memory");
        return;
    }
    if (node->actor == STI_CLOCK && (d->timers_last || strcmp(ran->label, "patient timer") == 0)) {
        sti_trace_settle(&d->trace);
    }
    uint32_t races = sti_trace_order(&d->trace, d->races);
    for (uint32_t i = 0; i < races; i++) {
        sti_race_reverse(d, d->races[i]);
    }
}

static void observe(void *context, const otp_event *ran, const otp_access *accesses, uint32_t n) {
    sti_dpor *d = context;
    if (d->broken) {
        return;
    }
    uint8_t actor = actor_of(d, ran);
    if (actor == STI_TRACE_ACTORS || d->depth >= STI_TRACE_STEPS) {
        sti_dpor_refuse(d, too_deep);
        return;
    }
    if (d->depth >= d->opened) {
        open_unasked(d, actor);
    } else if (d->nodes[d->depth].actor != actor) {
        sti_dpor_refuse(d, led_elsewhere);
    }
    if (!d->broken && d->depth >= d->branch) {
        step_add(d, ran, accesses, n);
    }
    d->depth++;
}

/* ---- Runs ---- */

sti_dpor *sti_dpor_new(const st_simulation *simulation) {
    sti_dpor *d = otpi_calloc(1, sizeof *d);
    if (!d) {
        return NULL;
    }
    d->picker = (sti_picker){.pick = pick, .observe = observe, .context = d};
    d->timers_last = simulation->timers_last;
    if (simulation->delivery != OTP_DELIVERY_CAUSAL) {
        d->refusal = "delivery is pairwise";
    }
    d->nodes = otpi_alloc((STI_TRACE_STEPS + 1) * sizeof *d->nodes);
    d->sleepers = otpi_alloc(SLEEPERS_INITIAL * sizeof *d->sleepers);
    d->sleeper_capacity = SLEEPERS_INITIAL;
    if (!sti_trace_init(&d->trace) || !d->nodes || !d->sleepers) {
        sti_dpor_free(d);
        return NULL;
    }
    return d;
}

void sti_dpor_free(sti_dpor *d) {
    if (d) {
        sti_trace_fini(&d->trace);
        otpi_free(d->nodes);
        otpi_free(d->sleepers);
        otpi_free(d->doubts);
        otpi_free(d);
    }
}

void sti_dpor_begin(sti_dpor *d) {
    d->depth = 0;
    d->asked = 0;
    d->broken = d->refusal != NULL;
}

/* The step from the last node but those cut off was tried: its actor sleeps from now on. */
static void step_end(sti_dpor *d) {
    uint32_t at = d->trace.count - 1;
    sti_touched touched = d->trace.steps[at].touched;
    sti_dpor_node *node = &d->nodes[at];
    sti_trace_cut(&d->trace, at, touched.first + touched.count);
    d->sleeper_count = node->sleepers + node->sleeper_count;
    if (sleeper_add(d, node->actor, touched)) {
        node->asleep |= sti_actor_bit(node->actor);
        node->sleeper_count++;
    }
}

/* Goes back to the last node where somebody is left to be tried; false when there is none. */
static bool backtrack(sti_dpor *d) {
    while (d->trace.count > 0) {
        step_end(d);
        sti_dpor_node *node = &d->nodes[d->trace.count];
        uint64_t left = node->wanted & node->enabled & ~node->asleep;
        if (left) {
            node->actor = (uint8_t)__builtin_ctzll(left);
            node->rank_known = false;
            d->branch = d->trace.count;
            sti_doubts_cut(d, d->branch);
            d->opened = d->branch + 1;
            return true;
        }
    }
    return false;
}

/* More was chosen than the order of events. */
static const char *other_choices(const sti_dpor *d, const st_choices *list) {
    if (list->count > 0) {
        return "the scenario draws data: draw it outside, or explore with another strategy";
    }
    return list->others == d->asked
               ? NULL
               : "there are other choices than which event is next: faults, durations, a network, "
                 "pairwise delivery, or timers due at the same time";
}

sti_steering sti_dpor_end(sti_dpor *d, const st_choices *list) {
    const char *other = other_choices(d, list);
    if (other || d->depth <= d->branch) { /* the run has not come to what is new in it */
        sti_dpor_refuse(d, other ? other : led_elsewhere);
    }
    if (d->refusal) {
        return STI_STEERING_REFUSED;
    }
    bool broken = d->broken;
    sti_doubts_settle(d);
    if (!broken && d->trace.count > 0) {
        want_lost(&d->nodes[d->trace.count - 1], 0);
    }
    if (backtrack(d)) {
        return broken ? STI_STEERING_BROKEN : STI_STEERING_NEXT;
    }
    return broken ? STI_STEERING_BROKEN_LAST : STI_STEERING_LAST;
}
