/* SPDX-License-Identifier: MIT */
#include "race.h"

#include "base/assert.h"
#include "base/prng.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHOICES_MAX = 4096, FIND_RUNS = 1000, CLEAN_RUNS = 10000 };

/* A list of ranks: recorded, replayed, edited. */
typedef struct rank_list {
    uint32_t at[CHOICES_MAX];
    uint32_t count;
    uint32_t cursor;
    bool replays;
    otpi_prng prng;
} rank_list;

static bool planted, violated;

bool race_planted(void) {
    return planted;
}

void race_violated(void) {
    violated = true;
}

/* ---- Choosing ---- */

static uint32_t ranks_choose(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)kind, (void)enabled;
    rank_list *r = context;
    uint32_t i = r->cursor++;
    if (r->replays) {
        return i < r->count ? (r->at[i] < n ? r->at[i] : n - 1) : 0;
    }
    uint32_t rank = (uint32_t)otpi_prng_below(&r->prng, n);
    if (i < CHOICES_MAX) {
        r->at[i] = rank;
        r->count = i + 1;
    }
    return rank;
}

static int64_t ranks_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                          int64_t target, const char *label) {
    (void)context, (void)lane, (void)kind, (void)lo, (void)hi, (void)label;
    return target;
}

/* ---- Running ---- */

static otp_world *world;
static uint64_t signature;

static bool run_once(const race_program *race, rank_list *ranks) {
    otp_chooser chooser = {.context = ranks, .choose = ranks_choose, .draw = ranks_draw};
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &chooser, .timers = race->timers};
    otp_err err = world ? otp_world_reset(world, &opts) : otp_world_start(&opts, &world);
    OTPI_ASSERT("race-001", err == OTP_OK);
    otp_system *system;
    err = otp_system_start(world, NULL, &system);
    OTPI_ASSERT("race-001", err == OTP_OK);
    ranks->cursor = 0;
    violated = false;
    otp_outcome outcome;
    err = otp_run(system, race->body, otp_nil(), OTP_INFINITY, &outcome);
    otp_err settled = otp_world_run(world, OTP_INFINITY, &outcome);
    OTPI_ASSERT("race-001", err == OTP_OK && settled == OTP_OK);
    signature = outcome.signature;
    otp_system_stop(system);
    return violated;
}

static bool run_random(const race_program *race, uint64_t seed, rank_list *ranks) {
    ranks->replays = false;
    ranks->count = 0;
    otpi_prng_seed(&ranks->prng, seed);
    return run_once(race, ranks);
}

static bool run_replay(const race_program *race, rank_list *ranks) {
    ranks->replays = true;
    return run_once(race, ranks);
}

/* ---- The shortest story ---- */

static unsigned deviations(const rank_list *ranks) {
    unsigned n = 0;
    for (uint32_t i = 0; i < ranks->count; i++) {
        n += ranks->at[i] != 0;
    }
    return n;
}

enum { FIRST_CHOICES = 64, FIRST_RANKS = 4 };

/* Every list with a single deviation among the first choices. */
static bool shortest(const race_program *race, rank_list *ranks) {
    for (uint32_t i = 0; i < FIRST_CHOICES; i++) {
        for (uint32_t rank = 1; rank < FIRST_RANKS; rank++) {
            memset(ranks->at, 0, sizeof ranks->at);
            ranks->count = i + 1;
            ranks->at[i] = rank;
            if (run_replay(race, ranks)) {
                return true;
            }
        }
    }
    return false;
}

/* Sets choices to 0, and lowers them, while the race still shows; ends when nothing more can be
 * taken away. */
static void reduce(const race_program *race, rank_list *ranks) {
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = ranks->count; i-- > 0;) {
            uint32_t before = ranks->at[i];
            for (uint32_t lower = 0; lower < before; lower++) {
                ranks->at[i] = lower;
                if (run_replay(race, ranks)) {
                    changed = true;
                    break;
                }
                ranks->at[i] = before;
            }
        }
        while (ranks->count && ranks->at[ranks->count - 1] == 0) {
            ranks->count--;
        }
    }
}

static rank_list list, single;

static int find(const race_program *race) {
    for (int seed = 1; seed <= FIND_RUNS; seed++) {
        if (run_random(race, (uint64_t)seed, &list)) {
            return seed;
        }
    }
    return 0;
}

void race_check(const race_program *race, unsigned deviations_max) {
    planted = true;
    int seed = find(race);
    REQUIRE(seed != 0);
    uint64_t found = signature;
    CHECK(run_replay(race, &list));
    CHECK(signature == found);
    unsigned before = deviations(&list);
    reduce(race, &list);
    if (deviations(&list) > 1 && shortest(race, &single)) {
        list = single;
    }
    CHECK(run_replay(race, &list));
    CHECK(deviations(&list) <= deviations_max);
    printf("# %s: found with seed %d, %u deviations reduced to %u of %u choices\n", race->name,
           seed, before, deviations(&list), list.count);
    planted = false;
    int dirty = 0;
    for (uint64_t clean = 1; clean <= CLEAN_RUNS; clean++) {
        dirty += run_random(race, clean, &list);
    }
    CHECK_EQ(dirty, 0);
}

/* ---- Equal runs ---- */

/* Allocates at random between two runs, so that no address is the same in both. */
static void perturb(otpi_prng *prng) {
    static void *held[64];
    for (int i = 0; i < 4; i++) {
        size_t at = (size_t)otpi_prng_below(prng, 64);
        free(held[at]);
        held[at] = malloc((size_t)otpi_prng_below(prng, 4000));
    }
}

UNIT("a run is the same when its choices are, wherever memory lies") {
    const race_program *const races[] = {&race_lost_update,     &race_stale_name,
                                         &race_send_to_name,    &race_late_monitor,
                                         &race_cancelled_timer, &race_sold_twice};
    long runs = unit_long() ? 1000000 : 20000;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    planted = true;
    long unequal = 0;
    for (long i = 0; i < runs / 2; i++) {
        const race_program *race = races[i % 6];
        uint64_t seed = otpi_prng_next(&prng);
        run_random(race, seed, &list);
        uint64_t first = signature;
        perturb(&prng);
        run_random(race, seed, &list);
        unequal += signature != first;
    }
    CHECK_EQ(unequal, 0);
    printf("# %ld runs compared two by two\n", runs);
}

UNIT("different schedules have different signatures") {
    planted = true;
    run_random(&race_lost_update, 1, &list);
    uint64_t first = signature;
    int different = 0;
    for (uint64_t seed = 2; seed < 20; seed++) {
        run_random(&race_lost_update, seed, &list);
        different += signature != first;
    }
    CHECK(different > 0);
}

__attribute__((destructor)) static void world_end(void) {
    otp_world_stop(world);
}
