/* SPDX-License-Identifier: MIT */
#include "supertester/property/shrinker.h"
#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

/* A shrinker over a property, from the first failing seed, with all that was run checked. */
typedef struct trial {
    sti_case running;
    sti_shrinker shrinker;
    uint64_t hashes[4096];
    uint32_t runs, repeated;
} trial;

static uint64_t hash_of(const st_choices *list) {
    uint64_t hash = 1;
    size_t cursor = 0;
    st_choice choice;
    while (st_choices_next(list, &cursor, &choice)) {
        hash = otpi_hash_mix(hash, (uint64_t)choice.value);
    }
    return hash;
}

static sti_outcome run_watched(void *ctx, st_choices *record) {
    trial *t = ctx;
    sti_outcome outcome = sti_case_run(&t->running, record);
    uint64_t hash = hash_of(record);
    for (uint32_t i = 0; i < t->runs && !record->beyond_random; i++) {
        t->repeated += t->hashes[i] == hash;
    }
    if (t->runs < 4096) {
        t->hashes[t->runs++] = hash;
    }
    return outcome;
}

static bool trial_shrink(trial *t, st_property *property, void *context, uint64_t seed) {
    st_choices *list = st_choices_new();
    sti_tape found = {0};
    sti_outcome outcome = {0};
    bool ok = list && sti_case_open(&t->running, property, context, 256 * 1024) &&
              sti_shrinker_init(&t->shrinker, (sti_runner){run_watched, t}, seed, false);
    t->runs = t->repeated = 0;
    for (int tries = 0; ok && outcome.ending != STI_CASE_FAILED && tries < 100000; tries++) {
        st_choices_from_seed(list, seed++);
        outcome = sti_case_run(&t->running, list);
    }
    ok = ok && outcome.ending == STI_CASE_FAILED && sti_tape_read(&found, list);
    if (ok) {
        sti_shrink(&t->shrinker, &found, outcome.origin);
        CHECK(sti_tape_order(&t->shrinker.best, &found) <= 0);
    }
    sti_tape_fini(&found);
    st_choices_free(list);
    return ok;
}

static void trial_end(trial *t) {
    sti_shrinker_fini(&t->shrinker);
    sti_case_close(&t->running);
}

static trial t;

/* ---- Properties that a single pass, or two, must see through ---- */

static bool long_sum(void *unused) {
    (void)unused;
    int64_t sum = 0, n = 0;
    ST_LIST(e, 0, 30) {
        sum += st_int(0, 100);
        n++;
    }
    return sum < 250 || n < 4;
}

static bool told_length(void *unused) {
    (void)unused;
    int64_t n = st_length(0, 30), most = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t value = st_int(0, 1000);
        most = value > most ? value : most;
    }
    return most < 613;
}

static bool position(void *unused) {
    (void)unused;
    int64_t values[30], n = 0;
    ST_LIST(e, 1, 30) {
        values[n++] = st_int(0, 50);
    }
    int64_t at = st_int(0, 29);
    st_assume(at < n);
    return values[at] < 20;
}

static bool toggles(void *unused) {
    (void)unused;
    int64_t state = 0;
    ST_LIST(e, 0, 20) {
        state ^= INT64_C(1) << st_int(0, 3);
    }
    return state != 1 << 2;
}

static bool nested(void *unused) {
    (void)unused;
    int64_t most = 0;
    ST_LIST(outer, 0, 8) {
        int64_t inside = 0;
        ST_LIST(inner, 0, 8) {
            inside += st_bool();
        }
        most = inside > most ? inside : most;
    }
    return most < 3;
}

static bool swapped_pair(void *unused) {
    (void)unused;
    int64_t a = st_int(0, 100000), b = st_int(0, 100000);
    return a < 50 || a != b + 7;
}

/* The values of the best case's data, as text. */
static const char *best_values(const trial *of) {
    static char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < of->shrinker.best.count && used < 200; i++) {
        const sti_choice *entry = &of->shrinker.best.entries[i];
        if (sti_is_choice(entry) && entry->type != STI_MORE) {
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "%lld ", (long long)entry->value);
        }
    }
    return text;
}

static void shrinks_to(st_property *property, const char *values) {
    for (uint64_t seed = 1; seed <= 60; seed++) {
        bool shrunk = trial_shrink(&t, property, NULL, seed * 1000);
        if (CHECK(shrunk)) {
            CHECK_STR(best_values(&t), values);
            CHECK_EQ(t.repeated, 0);
        }
        trial_end(&t);
    }
}

UNIT("numbers of a sum are made as few and as simple as can be") {
    shrinks_to(long_sum, "0 50 100 100 ");
}

UNIT("a length that was drawn first goes down with what it counts") {
    shrinks_to(told_length, "1 613 ");
}

UNIT("a position follows the element that it points to") {
    shrinks_to(position, "20 0 ");
}

UNIT("what cancels is left out together") {
    shrinks_to(toggles, "2 ");
}

UNIT("lists in lists: one remains, with no more in it than must be") {
    shrinks_to(nested, "1 1 1 ");
}

UNIT("two numbers at a fixed distance go down together") {
    shrinks_to(swapped_pair, "50 43 ");
}

/* ---- Laws ---- */

static bool in_bounds(void *wrong) {
    int64_t n = 0, lo = st_int(-20, 20), total = 0;
    ST_LIST(e, 2, 9) {
        int64_t value = st_int_near(lo, lo + 30, lo + 4);
        *(bool *)wrong = *(bool *)wrong || value < lo || value > lo + 30;
        total += value;
        n++;
    }
    *(bool *)wrong = *(bool *)wrong || n < 2 || n > 9;
    return total % 5 != 3;
}

UNIT("whatever the shrinker tries, draws stay in their bounds") {
    bool wrong = false;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        CHECK(trial_shrink(&t, in_bounds, &wrong, seed * 1000));
        trial_end(&t);
    }
    CHECK(!wrong);
}

UNIT("the budget ends it at once, with what it has") {
    for (uint64_t most = 0; most < 30; most += 3) {
        st_choices *list = st_choices_new();
        sti_tape found = {0};
        REQUIRE(list && sti_case_open(&t.running, long_sum, NULL, 256 * 1024) &&
                sti_shrinker_init(&t.shrinker, (sti_runner){run_watched, &t}, 1, false));
        uint64_t seed = 1;
        do {
            st_choices_from_seed(list, seed++);
        } while (sti_case_run(&t.running, list).ending != STI_CASE_FAILED);
        uint64_t origin = t.running.outcome.origin;
        REQUIRE(sti_tape_read(&found, list));
        t.shrinker.executions_max = most;
        sti_shrink(&t.shrinker, &found, origin);
        CHECK(t.shrinker.executions <= most);
        CHECK(t.shrinker.over || t.shrinker.executions < most);
        sti_tape_fini(&found);
        st_choices_free(list);
        trial_end(&t);
    }
}

static bool down_to(sti_shrinker *s, void *ctx, uint64_t distance) {
    (void)s;
    uint64_t *asked = ctx;
    asked[1]++;
    return distance >= asked[0];
}

UNIT("a search finds the least that holds, with few questions") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    static sti_shrinker s;
    for (int i = 0; i < 5000; i++) {
        uint64_t from = 1 + otpi_prng_next(&prng) % (UINT64_C(1) << (1 + i % 62));
        uint64_t asked[2] = {otpi_prng_below(&prng, from + 1), 0};
        CHECK_EQ(sti_search_down(&s, down_to, asked, from), asked[0]);
        CHECK(asked[1] <= 80);
    }
}
