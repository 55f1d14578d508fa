/* SPDX-License-Identifier: MIT */
/*
 * The interpreter in C. Reads requests, one a line, and answers each with lines of which the last
 * one begins with "done":
 *     sim RUNS_MAX SEEDS SEED TIMERS PATH   all interleavings of a simulated world; when there are
 *                                           more than RUNS_MAX, SEEDS random ones. TIMERS: last,
 *                                           race, or file (what the scenario says)
 *     parallel SCALE PATH                   one run in a parallel world, SCALE ms a time unit
 * Answers: "outcome HEX TEXT" for each outcome (HEX: its external form), then
 * "done exhaustive|sampled|once RUNS"; or "wrong TEXT" and the end of the program.
 */
#include "base/assert.h"
#include "base/prng.h"
#include "enumerate.h"
#include "outcomes.h"
#include "script.h"

#include <otp/etf.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_BYTES = 4096, PARALLEL_TIME_MS = 4000, STEPS_MAX = 100000, PROBES = 300 };

/* What answers the questions of simulated runs. */
typedef struct decider {
    enumerate all;
    otp_chooser random;
    otpi_prng prng;
    double leaves; /* product of the numbers of possibilities on a random path */
} decider;

static decider chooser;
static run now;
static outcomes raw, told;
static uint8_t *bytes;
static size_t capacity;

/* ---- One run ---- */

static void record_end(otp_term what) {
    record_see(&now.record, now.main, what);
}

/* Starts main, and says how it ended when it did not come to its end. */
static void harness(otp_term unused) {
    (void)unused;
    otp_pid pid;
    otp_ref ref;
    otp_term down;
    otp_err err = otp_spawn_opt(
        script_process, otp_tuple(OTP_ATOM(main), otp_map_of(0, NULL)),
        &(otp_spawn_opts){.monitor = true, .monitor_ref = &ref, .context = &now}, &pid);
    OTPI_ASSERT("conformance-001", err == OTP_OK);
    now.main = pid;
    record_name(&now.record, pid, OTP_ATOM(main));
    if (otp_receive_ref(ref, OTP_INFINITY, &down) == OTP_OK && !now.record.sealed) {
        record_end(otp_tuple(OTP_ATOM(exit), otp_element(down, 4)));
    }
}

static void over(void *context) {
    (void)context;
    enumerate_stop(&chooser.all);
}

static void run_begin(const scenario *s, int64_t scale) {
    record_begin(&now.record);
    now.scenario = s;
    now.scale = scale;
    now.over = over;
    now.timer_count = now.spec_count = 0;
}

static void run_specs_free(void) {
    while (now.spec_count) {
        free(now.specs[--now.spec_count]);
    }
}

/* Runs the scenario in a new system; what has been shown is in raw. */
static void run_in(otp_world *world, const scenario *s, int64_t scale, int64_t timeout_ms) {
    otp_system *system;
    otp_outcome outcome;
    run_begin(s, scale);
    otp_err err = otp_system_start(world, NULL, &system);
    OTPI_ASSERT("conformance-002", err == OTP_OK);
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
    err = otp_run(system, harness, otp_nil(), timeout_ms, &outcome);
    otp_system_stop(system); /* before the record is looked at: nobody writes to it any more */
    if (err == OTP_ETIMEOUT && !now.record.sealed) {
        otp_scope scope = otp_scope_begin();
        record_end(outcome.end == OTP_RUN_STEPS ? OTP_ATOM(endless) : OTP_ATOM(stuck));
        otp_scope_end(scope);
    }
    size_t size = record_bytes(&now.record, &bytes, &capacity);
    outcomes_add(&raw, bytes, size);
    run_specs_free();
    if (now.record.failed) {
        script_wrong("size of the scenario", otp_int(RECORD_PROCESSES_MAX));
    }
}

/* ---- Simulated ---- */

static uint32_t random_choose(void *context, otp_choice kind, const otp_event *enabled,
                              uint32_t n) {
    (void)kind, (void)enabled;
    decider *d = context;
    d->leaves *= d->all.stopped ? 1 : n;
    return (uint32_t)otpi_prng_below(&d->prng, n);
}

static int64_t random_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                           int64_t target, const char *label) {
    (void)context, (void)lane, (void)kind, (void)lo, (void)hi, (void)label;
    return target;
}

/* How a scenario is simulated: pairwise, a receiver sees one sender's next signal at a time;
 * causal, all that has come, a message and the exit behind it, at once. Erlang may do either. */
typedef struct manner {
    otp_timers timers;
    otp_delivery delivery;
} manner;

static void run_simulated(const scenario *s, const otp_chooser *asked, manner how) {
    static otp_world *world;
    otp_world_opts opts = {.mode = OTP_SIMULATED,
                           .chooser = asked,
                           .timers = how.timers,
                           .delivery = how.delivery,
                           .steps_max = STEPS_MAX};
    otp_err err = world ? otp_world_reset(world, &opts) : otp_world_start(&opts, &world);
    OTPI_ASSERT("conformance-003", err == OTP_OK);
    run_in(world, s, 1, OTP_INFINITY);
}

static void run_seed(const scenario *s, manner how, uint64_t seed) {
    chooser.random =
        (otp_chooser){.context = &chooser, .choose = random_choose, .draw = random_draw};
    chooser.leaves = 1;
    chooser.all.stopped = false;
    otpi_prng_seed(&chooser.prng, seed);
    run_simulated(s, &chooser.random, how);
}

/* How many interleavings there are, estimated by random descents (Knuth, "Estimating the efficiency
 * of backtrack programs", 1975): to try to visit all of too many is lost time. */
static double estimate(const scenario *s, manner how, uint64_t seed) {
    double sum = 0;
    for (uint64_t i = 0; i < PROBES; i++) {
        run_seed(s, how, ~seed - i);
        sum += chooser.leaves;
    }
    return sum / PROBES;
}

/* True when all interleavings were visited. */
static bool run_all(const scenario *s, manner how, uint64_t runs_max, uint64_t *runs) {
    enumerate_init(&chooser.all);
    do {
        enumerate_begin(&chooser.all);
        run_simulated(s, &chooser.all.chooser, how);
        ++*runs;
        if (!enumerate_next(&chooser.all)) {
            return !chooser.all.too_deep;
        }
    } while (*runs < runs_max);
    return false;
}

static void run_random(const scenario *s, manner how, uint64_t seeds, uint64_t seed,
                       uint64_t *runs) {
    for (uint64_t i = 0; i < seeds; i++, ++*runs) {
        run_seed(s, how, seed + i);
    }
}

/* ---- Parallel ---- */

static void run_parallel(const scenario *s, int64_t scale) {
    static otp_world *world;
    if (!world) {
        otp_err err = otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL}, &world);
        OTPI_ASSERT("conformance-004", err == OTP_OK);
    }
    run_in(world, s, scale, PARALLEL_TIME_MS + 300 * scale);
}

/* ---- Requests ---- */

static void outcome_tell(const uint8_t *data, size_t size) {
    otp_scope scope = otp_scope_begin();
    otp_term outcome = record_outcome(data, size);
    size_t needed = 0;
    if (otp_etf_encode(outcome, NULL, &needed) == OTP_ESIZE && needed > capacity) {
        capacity = needed;
        bytes = realloc(bytes, capacity);
        OTPI_ASSERT("conformance-005", bytes);
    }
    otp_err err = otp_etf_encode(outcome, bytes, &needed);
    OTPI_ASSERT("conformance-006", err == OTP_OK);
    if (outcomes_add(&told, bytes, needed)) {
        fputs("outcome ", stdout);
        for (size_t i = 0; i < needed; i++) {
            printf("%02x", bytes[i]);
        }
        printf(" %s\n", otp_show(outcome));
    }
    otp_scope_end(scope);
}

static void tell(const char *how, uint64_t runs) {
    for (size_t i = 0; i < raw.count; i++) {
        outcome_tell(raw.all[i].data, raw.all[i].size);
    }
    printf("done %s %" PRIu64 "\n", how, runs);
    outcomes_clear(&raw);
    outcomes_clear(&told);
}

static void load(const char *path, scenario *s) {
    char why[512];
    if (!scenario_load(path, s, why, sizeof why)) {
        printf("wrong %s\n", why);
        exit(2);
    }
}

static bool answer(const char *line) {
    static char path[PATH_MAX_BYTES];
    char timers[8];
    scenario s;
    uint64_t runs_max, seeds, seed, runs = 0;
    int64_t scale;
    if (sscanf(line, "sim %" SCNu64 " %" SCNu64 " %" SCNu64 " %7s %4095[^\n]", &runs_max, &seeds,
               &seed, timers, path) == 5) {
        load(path, &s);
        otp_timers when = strcmp(timers, "race") == 0   ? OTP_TIMERS_RACE
                          : strcmp(timers, "last") == 0 ? OTP_TIMERS_LAST
                                                        : s.timers;
        manner pairwise = {when, OTP_DELIVERY_PAIRWISE}, causal = {when, OTP_DELIVERY_CAUSAL};
        bool few = estimate(&s, pairwise, seed) <= (double)runs_max;
        bool all = few && run_all(&s, pairwise, runs_max, &runs) &&
                   run_all(&s, causal, runs + runs_max, &runs);
        if (!all) {
            run_random(&s, pairwise, seeds, seed, &runs);
            run_random(&s, causal, seeds, seed, &runs);
        }
        tell(all ? "exhaustive" : "sampled", runs);
    } else if (sscanf(line, "parallel %" SCNd64 " %4095[^\n]", &scale, path) == 2) {
        load(path, &s);
        run_parallel(&s, scale);
        tell("once", 1);
    } else {
        return false;
    }
    scenario_unload(&s);
    return true;
}

int main(void) {
    static char line[PATH_MAX_BYTES + 256];
    while (fgets(line, sizeof line, stdin)) {
        if (!answer(line)) {
            printf("wrong request: %s", line);
            return 2;
        }
        fflush(stdout);
    }
    return 0;
}
