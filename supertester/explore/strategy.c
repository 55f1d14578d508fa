/* SPDX-License-Identifier: MIT */
/*
 * Strategies; see strategy.h.
 */
#include "supertester/explore/strategy.h"

#include "base/hash.h"

#include <string.h>

enum {
    STEPS_FIRST = 64, /* expected of the first run */
    FAIR_AFTER = 8,   /* times as long as expected, every event is as likely: nobody starves */
    TIMER_RARITY_MIN = 4,
    TIMER_RARITY_BITS = 4, /* 4 to 512 */
};

static uint64_t random_below(sti_strategy *s, uint64_t bound) {
    return otpi_prng_below(&s->prng, bound);
}

/* ---- Actors ---- */

static uint64_t actor_key(const otp_event *event) {
    return event->process ? event->process : otpi_hash_mix(event->object, event->kind);
}

/* Met for the first time in a run, an actor gets a priority, and what was seen of it before becomes
 * what is expected. */
static sti_actor *actor_of(sti_strategy *s, const otp_event *event) {
    sti_actor *actor = &s->actors[actor_key(event) % STI_ACTORS_MAX];
    if (OTPI_UNLIKELY(actor->run != s->run)) {
        actor->steps_before = actor->steps;
        actor->run = s->run;
        actor->steps = 0;
        actor->left = actor->steps_before;
        actor->event = 0;
        actor->priority = otpi_prng_next(&s->prng) >> 1 | UINT64_C(1) << 62;
    }
    return actor;
}

/* ---- Picking ---- */

static uint32_t pick_walk(sti_strategy *s, otp_enabled *enabled, uint32_t n) {
    (void)enabled;
    return (uint32_t)random_below(s, n);
}

/* The actor of the highest priority; at a change it gets a lower one than all before. */
static uint32_t pick_pct(sti_strategy *s, otp_enabled *enabled, uint32_t n) {
    uint32_t best = 0;
    sti_actor *chosen = NULL;
    for (uint32_t rank = 0; rank < n; rank++) {
        sti_actor *actor = actor_of(s, otp_enabled_event(enabled, rank));
        if (!chosen || actor->priority > chosen->priority) {
            chosen = actor;
            best = rank;
        }
    }
    if (s->change_next < s->change_count && s->step >= s->changes[s->change_next]) {
        s->change_next++;
        chosen->priority = s->change_count - s->change_next;
        return pick_pct(s, enabled, n);
    }
    return best;
}

/* Each event has a priority of its own, drawn when it is first seen. */
static uint32_t pick_pos(sti_strategy *s, otp_enabled *enabled, uint32_t n) {
    uint32_t best = 0;
    sti_actor *chosen = NULL;
    for (uint32_t rank = 0; rank < n; rank++) {
        sti_actor *actor = actor_of(s, otp_enabled_event(enabled, rank));
        if (actor->event != actor->steps + 1) {
            actor->event = actor->steps + 1;
            actor->priority = otpi_prng_next(&s->prng);
        }
        if (!chosen || actor->priority > chosen->priority) {
            chosen = actor;
            best = rank;
        }
    }
    chosen->steps++;
    return best;
}

/* An actor is as likely as it has steps left. */
static uint32_t pick_urw(sti_strategy *s, otp_enabled *enabled, uint32_t n) {
    uint64_t sum = 0;
    uint32_t best = 0;
    sti_actor *chosen = NULL;
    for (uint32_t rank = 0; rank < n; rank++) {
        sti_actor *actor = actor_of(s, otp_enabled_event(enabled, rank));
        uint64_t weight = actor->left > 0 ? actor->left : 1;
        sum += weight;
        if (random_below(s, sum) < weight) {
            chosen = actor;
            best = rank;
        }
    }
    chosen->steps++;
    chosen->left -= chosen->left > 0;
    return best;
}

static uint32_t pick_delays(sti_strategy *s, otp_enabled *enabled, uint32_t n) {
    (void)enabled;
    if (s->change_next < s->change_count && s->step >= s->changes[s->change_next]) {
        s->change_next++;
        return 1 + (uint32_t)random_below(s, n - 1);
    }
    return 0;
}

static uint32_t pick(void *context, otp_choice kind, otp_enabled *enabled, uint32_t n) {
    sti_strategy *s = context;
    (void)kind;
    s->step++;
    if (otp_enabled_event(enabled, n - 1)->kind == OTP_CHOICE_TIMER) {
        if (random_below(s, s->timer_rarity) == 0) {
            return n - 1;
        }
        if (--n == 1) {
            return 0;
        }
    }
    if (OTPI_UNLIKELY(s->step > FAIR_AFTER * s->steps_expected)) {
        return pick_walk(s, enabled, n);
    }
    switch (s->kind) {
    case ST_PCT: return pick_pct(s, enabled, n);
    case ST_POS: return pick_pos(s, enabled, n);
    case ST_URW: return pick_urw(s, enabled, n);
    case ST_DELAYS: return pick_delays(s, enabled, n);
    default: return pick_walk(s, enabled, n);
    }
}

/* ---- Runs ---- */

void sti_strategy_init(sti_strategy *s, uint64_t seed) {
    memset(s, 0, sizeof *s);
    s->picker = (sti_picker){.pick = pick, .context = s};
    s->steps_expected = STEPS_FIRST;
    otpi_prng_seed(&s->prng, seed);
}

/* Few places among the steps that are expected, in ascending order. */
static void draw_changes(sti_strategy *s, uint32_t count) {
    s->change_count = count < STI_CHANGES_MAX ? count : STI_CHANGES_MAX;
    s->change_next = 0;
    for (uint32_t i = 0; i < s->change_count; i++) {
        uint64_t at = 1 + random_below(s, s->steps_expected);
        uint32_t k = i;
        for (; k > 0 && s->changes[k - 1] > at; k--) {
            s->changes[k] = s->changes[k - 1];
        }
        s->changes[k] = at;
    }
}

void sti_strategy_begin(sti_strategy *s, st_strategy kind, unsigned depth) {
    if (s->step > 0) {
        s->steps_expected = (3 * s->steps_expected + s->step + 3) / 4;
    }
    s->kind = kind;
    s->run++;
    s->step = 0;
    s->timer_rarity = (uint32_t)(TIMER_RARITY_MIN << (2 * random_below(s, TIMER_RARITY_BITS)));
    /* d ordering constraints take d - 1 changes of priority. */
    draw_changes(s, kind == ST_PCT ? depth - 1 : depth);
}
