/* SPDX-License-Identifier: MIT */
#include <supertester/check.h>
#include "supertester/property/case.h"
#include "supertester/property/tape.h"
#include "base/hash.h"
#include "tests/unit.h"

#include <otp/process.h>

#include <math.h>
#include <string.h>

/* Draws of every kind in an order that depends on what was drawn; a hash of all, and whether all
 * were within their bounds. */
typedef struct draws {
    uint64_t hash;
    bool wrong;
} draws;

static void took(draws *d, uint64_t value, bool fits) {
    d->hash = otpi_hash_mix(d->hash, value);
    d->wrong = d->wrong || !fits;
}

static void draw_one(draws *d, int depth) {
    ST_SPAN("one");
    char text[33];
    uint8_t bytes[16];
    int numbers[6] = {0, 1, 2, 3, 4, 5}, sum = 0;
    int64_t lo = st_int(-50, 50), hi = lo + st_length(0, 90), n;
    double x;
    switch (st_branch(4, 1, 1, 1, 1, 1, 1)) {
    case 0:
        n = st_int(lo, hi);
        took(d, (uint64_t)n, n >= lo && n <= hi);
        break;
    case 1:
        x = st_float((double)lo - 0.3, (double)hi);
        took(d, (uint64_t)(int64_t)(x * 1000), x >= (double)lo - 0.3 && x <= (double)hi);
        break;
    case 2:
        n = (int64_t)st_string(text, 2, 32);
        took(d, otpi_hash_bytes(text, (size_t)n, 0), n >= 2 && n == (int64_t)strlen(text));
        break;
    case 3:
        n = (int64_t)st_buffer(bytes, 0, 16);
        took(d, otpi_hash_bytes(bytes, (size_t)n, 0), n >= 0 && n <= 16);
        break;
    case 4:
        st_shuffle(numbers, 6);
        for (int i = 0; i < 6; i++) {
            sum |= 1 << numbers[i];
            took(d, (uint64_t)numbers[i], true);
        }
        took(d, 0, sum == 63);
        break;
    case 5: took(d, st_chance(0.2), true); break;
    default:
        n = 0;
        ST_LIST(e, 1, 4) {
            took(d, e.index, (int64_t)e.index == n++);
            if (depth > 0) {
                draw_one(d, depth - 1);
            } else if (st_bool()) {
                st_list_reject(e);
                n--;
            }
        }
    }
    took(d, (uint64_t)st_one_of(3, 5, 7), true);
}

static bool draw_all(void *context) {
    draws *d = context;
    *d = (draws){0};
    draw_one(d, 3);
    draw_one(d, 3);
    return !d->wrong;
}

UNIT("draws of every kind stay in their bounds") {
    draws d;
    st_check_result result;
    CHECK_EQ(st_check(draw_all,
                      &(st_check_opts){
                          .context = &d, .runs = 3000, .seed = unit_seed() | 1, .result = &result}),
             ST_HELD);
}

typedef struct bench {
    sti_case running;
    st_choices *first, *second;
    draws d;
} bench;

static bool bench_open(bench *b) {
    b->first = st_choices_new();
    b->second = st_choices_new();
    return sti_case_open(&b->running, draw_all, &b->d, 256 * 1024) && b->first && b->second;
}

static void bench_close(bench *b) {
    sti_case_close(&b->running);
    st_choices_free(b->first);
    st_choices_free(b->second);
}

UNIT("a replay draws the same values, asks for nothing more and leaves nothing") {
    bench b;
    REQUIRE(bench_open(&b));
    for (uint64_t run = 0; run < 300; run++) {
        st_choices_from_seed(b.first, unit_seed() + run);
        if (sti_case_run(&b.running, b.first).ending != STI_CASE_PASSED) {
            continue; /* too many rejected */
        }
        uint64_t hash = b.d.hash;
        st_choices_from_list(b.second, b.first);
        CHECK_EQ(sti_case_run(&b.running, b.second).ending, STI_CASE_PASSED);
        st_choices_fit fit = st_choices_fitness(b.second);
        CHECK_EQ(b.d.hash, hash);
        CHECK(fit.misfits == 0 && fit.beyond == 0 && fit.left == 0);
        CHECK_EQ(st_choices_count(b.second), st_choices_count(b.first));
    }
    bench_close(&b);
}

/* Deletes, repeats and changes entries, whatever they are. */
static void garble(sti_tape *tape, otpi_prng *prng) {
    for (int changes = 0; changes < 6 && tape->count > 2; changes++) {
        uint32_t at = (uint32_t)otpi_prng_below(prng, tape->count - 1);
        switch (otpi_prng_below(prng, 3)) {
        case 0:
            tape->entries[at] = tape->entries[tape->count - 1];
            tape->count--;
            break;
        case 1: tape->entries[at] = tape->entries[at + 1]; break;
        default: tape->entries[at].value = (int64_t)otpi_prng_next(prng);
        }
        if (sti_is_choice(&tape->entries[at])) {
            tape->entries[at].lo = INT64_MIN;
            tape->entries[at].hi = INT64_MAX;
        }
    }
}

UNIT("a garbled record plays as something that stays in all bounds, and is recorded as it was "
     "played") {
    bench b;
    sti_tape tape = {0};
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    REQUIRE(bench_open(&b));
    for (uint64_t run = 0; run < 2000; run++) {
        st_choices_from_seed(b.first, unit_seed() + run);
        sti_case_run(&b.running, b.first);
        REQUIRE(sti_tape_read(&tape, b.first));
        garble(&tape, &prng);
        REQUIRE(sti_tape_write(&tape, b.first));
        st_choices_from_list(b.second, b.first);
        sti_outcome played = sti_case_run(&b.running, b.second);
        CHECK(played.ending == STI_CASE_PASSED || played.ending == STI_CASE_DISCARDED);
        uint64_t hash = b.d.hash;
        st_choices_from_list(b.first, b.second);
        CHECK_EQ(sti_case_run(&b.running, b.first).ending, played.ending);
        CHECK_EQ(b.d.hash, hash);
    }
    sti_tape_fini(&tape);
    bench_close(&b);
}

static bool prefers(void *context) {
    uint64_t *seen = context;
    int64_t a = st_int(0, INT32_MAX), b = st_int(0, INT32_MAX);
    seen[0] += a == b;
    seen[1] += a - b == 1;
    seen[2] += a == 0 || a == INT32_MAX;
    seen[3] += a > 1000000;
    return true;
}

UNIT("equal and neighbouring numbers come, and bounds, and large ones too") {
    uint64_t seen[4] = {0};
    st_check_opts opts = {.context = seen, .runs = 10000, .seed = unit_seed() | 1};
    CHECK_EQ(st_check(prefers, &opts), ST_HELD);
    CHECK(seen[0] > 200 && seen[1] > 20 && seen[2] > 100 && seen[3] > 5000);
}

static bool simplest(void *unused) {
    (void)unused;
    char text[8];
    return st_int(-5, 5) == 0 && st_int(3, 9) == 3 && st_int(-9, -3) == -3 &&
           st_int_near(0, 9, 7) == 7 && !st_bool() && st_alternative(4) == 0 &&
           st_float(-1, 1) == 0 && st_string(text, 1, 7) == 1 && text[0] == 'a';
}

UNIT("of several runs the first is the simplest one") {
    st_check_result result;
    CHECK_EQ(st_check(simplest, &(st_check_opts){.quiet = true, .result = &result}), ST_FALSIFIED);
    CHECK(result.runs > 1);
}

static bool terms(void *context) {
    draws *d = context;
    otp_term term = st_term(3);
    took(d, 0, !otp_is_none(term));
    took(d, 0, otp_equal(term, term) && otp_kind_of(st_bytes(0, 3)) == OTP_KIND_BINARY);
    return !d->wrong && otp_kind_of(term) != OTP_KIND_MAP;
}

UNIT("terms are drawn outside of processes, too, and shrink to the simplest of their kind") {
    draws d = {0};
    st_check_result result;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        st_check_opts opts = {.context = &d, .seed = seed, .quiet = true, .result = &result};
        CHECK_EQ(st_check(terms, &opts), ST_FALSIFIED);
        CHECK(!d.wrong);
        CHECK_EQ(result.failures[0].choices, 3); /* a map, no elements; no bytes */
    }
}

/* ---- In a running system ---- */

static draws in_system;

static void draw_in_process(otp_term unused) {
    (void)unused;
    in_system = (draws){0};
    draw_one(&in_system, 2);
    took(&in_system, otp_hash(st_term(2)), true);
}

static void misuse_in_process(otp_term unused) {
    (void)unused;
    st_int(7, 3);
}

static void discard_in_process(otp_term unused) {
    (void)unused;
    st_assume(st_int(0, 9) > 9);
}

static otp_outcome run_in(otp_world *world, const otp_chooser *chooser, otp_process_fn *body) {
    otp_outcome outcome = {0};
    otp_system *node;
    bool ok = otp_world_reset(
                  world, &(otp_world_opts){.mode = OTP_SIMULATED, .chooser = chooser}) == OTP_OK &&
              otp_system_start(world, NULL, &node) == OTP_OK &&
              otp_run(node, body, otp_nil(), OTP_INFINITY, &outcome) == OTP_OK;
    CHECK(ok);
    return outcome;
}

UNIT("in a running system the same draws go through the world's chooser, and replay") {
    otp_world *world = NULL;
    st_choices *list = st_choices_new(), *again = st_choices_new();
    REQUIRE(list && again);
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    uint64_t different = 0, before = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        st_choices_from_seed(list, unit_seed() + seed);
        run_in(world, st_choices_chooser(list), draw_in_process);
        CHECK(!in_system.wrong);
        uint64_t hash = in_system.hash;
        st_choices_from_list(again, list);
        run_in(world, st_choices_chooser(again), draw_in_process);
        CHECK_EQ(in_system.hash, hash);
        CHECK_EQ(st_choices_fitness(again).misfits, 0);
        different += hash != before;
        before = hash;
    }
    CHECK(different > 190);
    otp_world_stop(world);
    st_choices_free(list);
    st_choices_free(again);
}

UNIT("in a process misuse is an exit, and so is an assumption that does not hold: a normal one") {
    otp_world *world = NULL;
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    otp_outcome outcome = run_in(world, NULL, misuse_in_process);
    CHECK(strstr(outcome.reason, "badarg") != NULL &&
          strstr(outcome.reason, "lo is above hi") != NULL);
    outcome = run_in(world, NULL, discard_in_process);
    CHECK(outcome.normal);
    otp_world_stop(world);
}
