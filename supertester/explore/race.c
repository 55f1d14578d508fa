/* SPDX-License-Identifier: MIT */
/*
 * What a race asks for: who else is to be tried at the node of its first step. See dpor.h.
 */
#include "supertester/explore/dpor.h"

#include "port/memory.h"

enum { DOUBTS_INITIAL = 64 };

/* Who can begin a run that is like this one, with the last step before that of the race: actors
 * whose first step behind it, among those that do not come after it, comes after none of them. */
typedef struct beginners {
    uint64_t others; /* but for the actor of the last step */
    bool last;
} beginners;

static bool begins(const sti_step *step, uint64_t seen, const uint16_t *first) {
    for (uint64_t left = seen; left; left &= left - 1) {
        uint8_t actor = (uint8_t)__builtin_ctzll(left);
        if (step->clock[actor] >= first[actor]) {
            return false;
        }
    }
    return true;
}

static beginners beginners_of(const sti_trace *trace, uint32_t race) {
    const sti_step *passed = &trace->steps[race];
    const sti_step *last = &trace->steps[trace->count - 1];
    uint16_t first[STI_TRACE_ACTORS];
    uint64_t seen = 0;
    beginners found = {0};
    for (const sti_step *at = passed + 1; at < last; at++) {
        uint64_t bit = sti_actor_bit(at->actor);
        if ((seen & bit) || sti_trace_before(passed, at)) {
            continue;
        }
        found.others |= begins(at, seen, first) ? bit : 0;
        seen |= bit;
        first[at->actor] = at->own;
    }
    found.last = begins(last, seen, first);
    return found;
}

static void want_all(sti_dpor_node *node) {
    node->wanted |= node->enabled;
}

static const sti_touched *touched_asleep(const sti_dpor *d, const sti_dpor_node *node,
                                         uint8_t actor) {
    uint32_t i = node->sleepers;
    while (d->sleepers[i].actor != actor) {
        i++;
    }
    return &d->sleepers[i].touched;
}

static void doubt_add(sti_dpor *d, uint32_t first, uint32_t last) {
    if (d->doubt_count == d->doubt_capacity) {
        uint32_t capacity = 2 * d->doubt_capacity + DOUBTS_INITIAL;
        sti_doubt *grown = otpi_realloc(d->doubts, capacity * sizeof *grown);
        if (!grown) {
            sti_dpor_refuse(d, "out of memory");
            return;
        }
        d->doubts = grown;
        d->doubt_capacity = capacity;
    }
    d->doubts[d->doubt_count++] = (sti_doubt){(uint16_t)first, (uint16_t)last};
}

/* The actor of the last step is to begin. Where it was tried at this node, or will be, its races
 * tell what else is. But when it sleeps since before, and touched other things there than here, it
 * may be in an order with steps with which it is in no order here: see doubt_settle. */
static void want_last(sti_dpor *d, uint32_t race) {
    sti_dpor_node *node = &d->nodes[race];
    const sti_step *last = &d->trace.steps[d->trace.count - 1];
    uint64_t bit = sti_actor_bit(last->actor);
    if (!(node->tired & bit)) {
        node->wanted |= bit;
    } else if (touched_asleep(d, node, last->actor)->hash != last->touched.hash) {
        doubt_add(d, race, d->trace.count - 1);
    }
}

/* The run is over. Has it met such a step, one that may come before the sleeper's as well? A run
 * that was broken off does not tell. */
static void doubt_settle(sti_dpor *d, sti_doubt doubt) {
    const sti_step *steps = d->trace.steps;
    sti_dpor_node *node = &d->nodes[doubt.first];
    uint8_t actor = steps[doubt.last].actor;
    const sti_touched *asleep = touched_asleep(d, node, actor);
    bool meets = d->broken;
    for (uint32_t i = doubt.first + 1U; i < d->trace.count && !meets; i++) {
        meets = steps[i].actor != actor && !sti_trace_before(&steps[doubt.first], &steps[i]) &&
                sti_trace_dependent(&d->trace, asleep, &steps[i].touched);
    }
    if (meets) {
        want_all(node);
    }
}

void sti_doubts_settle(sti_dpor *d) {
    for (uint32_t i = 0; i < d->doubt_count; i++) {
        doubt_settle(d, d->doubts[i]);
    }
}

void sti_doubts_cut(sti_dpor *d, uint32_t count) {
    while (d->doubt_count > 0 && d->doubts[d->doubt_count - 1].last >= count) {
        d->doubt_count--;
    }
}

void sti_race_reverse(sti_dpor *d, uint32_t race) {
    sti_dpor_node *node = &d->nodes[race];
    const sti_step *last = &d->trace.steps[d->trace.count - 1];
    beginners found = beginners_of(&d->trace, race);
    if (found.others & (node->wanted | node->asleep)) {
        return;
    }
    if (found.last && last->actor == STI_CLOCK) {
        return; /* it is wanted wherever it is enabled */
    }
    if (found.last && node->enabled & sti_actor_bit(last->actor)) {
        want_last(d, race);
    } else if (found.others & node->enabled) {
        node->wanted |= sti_actor_bit((uint8_t)__builtin_ctzll(found.others & node->enabled));
    } else {
        want_all(node);
    }
}
