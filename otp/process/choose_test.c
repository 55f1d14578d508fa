/* SPDX-License-Identifier: MIT */
/*
 * The two ways in which a chooser may be asked, choose and choose_rank, show the same events in the
 * same order and lead to the same run. And the array of enabled runnables against a simple model.
 */
#include <otp/otp.h>

#include "base/prng.h"
#include "tests/unit.h"
#include "world/enabled.h"
#include "world/stack.h"

#include <string.h>

/* ---- Two ways of asking ---- */

enum { SEEDS = 100, WORKERS = 6, ROUNDS = 4 };

/* Chooses by seed; notes in a hash what it is shown and what it is told. */
typedef struct witness {
    otpi_prng prng;
    uint64_t seen;
    uint32_t asked, timers, resumed, widest;
} witness;

static void witness_event(witness *w, const otp_event *event) {
    w->seen = otpi_hash_mix(w->seen, (uint64_t)event->kind << 32 | event->process);
    w->seen = otpi_hash_mix(w->seen ^ event->object,
                            otpi_hash_bytes(event->label, strlen(event->label), 0));
    w->timers += event->kind == OTP_CHOICE_TIMER;
    w->resumed += event->kind == OTP_CHOICE_RESUME;
}

static uint32_t witness_rank(witness *w, uint32_t n) {
    w->asked++;
    w->widest = n > w->widest ? n : w->widest;
    return (uint32_t)otpi_prng_below(&w->prng, n);
}

static uint32_t choose(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)kind;
    for (uint32_t i = 0; i < n; i++) {
        witness_event(context, &enabled[i]);
    }
    return witness_rank(context, n);
}

static uint32_t choose_rank(void *context, otp_choice kind, otp_enabled *enabled, uint32_t n) {
    (void)kind;
    for (uint32_t i = 0; i < n; i++) {
        witness_event(context, otp_enabled_event(enabled, i));
    }
    return witness_rank(context, n);
}

static void observe(void *context, const otp_event *ran, const otp_access *accesses, uint32_t n) {
    witness *w = context;
    witness_event(w, ran);
    for (uint32_t i = 0; i < n; i++) {
        w->seen = otpi_hash_mix(w->seen ^ accesses[i].object, accesses[i].key);
    }
}

/* Meets every kind of event: starts, messages, timeouts, visible operations, freezes. */
static void works(otp_term boss) {
    otp_pid pid = OTP_PID_NONE;
    otp_get_pid(boss, &pid);
    for (int i = 0; i < ROUNDS; i++) {
        (void)otp_whereis(OTP_ATOM(nobody));
        otp_send(pid, otp_tuple(OTP_ATOM(done), otp_int(i)));
        (void)otp_receive_match(i + 1, "never");
    }
}

static void bosses(otp_term unused) {
    (void)unused;
    otp_pid workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = otp_spawn(works, otp_from_pid(otp_self()));
    }
    otp_err frozen = otp_freeze(workers[0], 2);
    OTP_ASSERT(frozen == OTP_OK || frozen == OTP_ENOPROC);
    for (int i = 0; i < WORKERS * ROUNDS; i++) {
        otp_term message;
        OTP_ASSERT(otp_receive(OTP_INFINITY, &message) == OTP_OK);
    }
}

static otp_outcome run(const otp_world_opts *opts) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome = {0};
    CHECK_EQ(otp_world_start(opts, &world), OTP_OK);
    CHECK_EQ(otp_system_start(world, NULL, &system), OTP_OK);
    CHECK_EQ(otp_run(system, bosses, otp_nil(), OTP_INFINITY, &outcome), OTP_OK);
    CHECK(outcome.normal);
    otp_world_stop(world);
    return outcome;
}

static void compare(uint64_t seed, bool observed, otp_timers timers, witness *described) {
    witness on_demand = {.seen = seed};
    *described = (witness){.seen = seed};
    otpi_prng_seed(&on_demand.prng, seed);
    otpi_prng_seed(&described->prng, seed);
    otp_chooser all = {
        .context = described, .choose = choose, .observe = observed ? observe : NULL};
    otp_chooser few = all;
    few.context = &on_demand;
    few.choose_rank = choose_rank;
    otp_world_opts opts = {.mode = OTP_SIMULATED, .timers = timers, .chooser = &all};
    otp_outcome a = run(&opts);
    opts.chooser = &few;
    otp_outcome b = run(&opts);
    CHECK_EQ(a.signature, b.signature);
    CHECK_EQ(a.steps, b.steps);
    CHECK_EQ(described->seen, on_demand.seen);
    CHECK_EQ(described->asked, on_demand.asked);
}

UNIT("events described on demand are those described beforehand") {
    uint32_t timers = 0;
    uint32_t resumed = 0;
    uint32_t widest = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        witness w;
        compare(otpi_hash_mix(unit_seed(), seed), seed % 2, seed % 4 < 2 ? OTP_TIMERS_RACE : 0, &w);
        timers += w.timers;
        resumed += w.resumed;
        widest = w.widest > widest ? w.widest : widest;
    }
    CHECK(timers > 0 && resumed > 0 && widest > WORKERS);
}

/* ---- What the observer is told ---- */

enum { STEPS = 8 };

typedef struct told {
    uint32_t steps;
    const char *labels[STEPS];
    uint64_t pid; /* of the one process */
    bool sent, looked, named, exited;
} told;

static bool is_access(const otp_access *a, otp_access_how how, uint64_t object, uint64_t key) {
    return a->how == how && a->object == object && a->key == key;
}

static void tell(void *context, const otp_event *ran, const otp_access *accesses, uint32_t n) {
    told *t = context;
    if (t->steps < STEPS) {
        t->labels[t->steps] = ran->label;
    }
    t->steps++;
    for (uint32_t i = 0; i < n; i++) {
        t->pid = accesses[i].how == OTP_SPAWN ? accesses[i].object : t->pid;
        t->sent |= t->steps == 2 && is_access(&accesses[i], OTP_SEND, t->pid, OTP_KEY_MESSAGES);
        t->looked |= t->steps == 2 && is_access(&accesses[i], OTP_READ, t->pid, OTP_KEY_MESSAGES);
        t->named |= t->steps == 3 && accesses[i].how == OTP_READ &&
                    accesses[i].key == otp_hash(OTP_ATOM(nobody));
        t->exited |= t->steps == 3 && is_access(&accesses[i], OTP_WRITE, t->pid, OTP_KEY_ALL);
    }
}

static void looks_around(otp_term unused) {
    (void)unused;
    otp_term message;
    (void)otp_whereis(OTP_ATOM(somebody));
    otp_send(otp_self(), OTP_ATOM(hello));
    OTP_ASSERT(otp_receive(0, &message) == OTP_OK);
    (void)otp_whereis(OTP_ATOM(nobody));
}

UNIT("a visible operation begins a step to the observer, also when nobody else could go on") {
    told t = {0};
    otp_chooser chooser = {.context = &t, .choose = choose, .observe = tell};
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &chooser};
    REQUIRE(otp_world_start(&opts, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    CHECK_EQ(otp_run(system, looks_around, otp_nil(), OTP_INFINITY, &outcome), OTP_OK);
    CHECK_EQ(outcome.steps, 1);
    CHECK_EQ(t.steps, 3);
    CHECK_STR(t.labels[0], "start");
    CHECK_STR(t.labels[1], "whereis");
    CHECK_STR(t.labels[2], "whereis");
    CHECK(t.sent && t.looked && t.named && t.exited);
    otp_world_stop(world);
}

/* ---- The array ---- */

enum { OPERATIONS = 20000, RUNNABLES = 700 };

static otpi_runnable runnables[RUNNABLES];

typedef struct model {
    otpi_runnable *at[RUNNABLES];
    bool in[RUNNABLES];
    uint32_t n, next;
} model;

/* One that is not in. */
static otpi_runnable *model_fresh(model *m) {
    do {
        m->next = (m->next + 1) % RUNNABLES;
    } while (m->in[m->next]);
    return &runnables[m->next];
}

static void model_put(model *m, uint32_t rank, otpi_runnable *runnable) {
    memmove(&m->at[rank + 1], &m->at[rank], (m->n - rank) * sizeof m->at[0]);
    m->at[rank] = runnable;
    m->in[runnable - runnables] = true;
    m->n++;
}

static otpi_runnable *model_take(model *m, uint32_t rank) {
    otpi_runnable *runnable = m->at[rank];
    m->in[runnable - runnables] = false;
    m->n--;
    memmove(&m->at[rank], &m->at[rank + 1], (m->n - rank) * sizeof m->at[0]);
    return runnable;
}

/* grows: of 8 operations so many put something in. */
static void operate(otpi_enabled *enabled, model *m, otpi_prng *prng, uint64_t grows) {
    if (otpi_prng_below(prng, 8) < grows && m->n < RUNNABLES) {
        otpi_runnable *runnable = model_fresh(m);
        bool front = otpi_prng_below(prng, 4) == 0;
        (front ? otpi_enabled_push_front : otpi_enabled_push)(enabled, runnable);
        model_put(m, front ? 0 : m->n, runnable);
    } else if (m->n > 0) {
        uint32_t rank = (uint32_t)otpi_prng_below(prng, m->n);
        if (otpi_prng_below(prng, 4) == 0) {
            CHECK(otpi_enabled_remove(enabled, m->at[rank]));
            model_take(m, rank);
        } else {
            CHECK(otpi_enabled_take(enabled, rank) == model_take(m, rank));
        }
    }
}

static void compare_all(const otpi_enabled *enabled, const model *m) {
    CHECK_EQ(otpi_enabled_count(enabled), m->n);
    for (uint32_t rank = 0; rank < m->n; rank++) {
        CHECK(otpi_enabled_at(enabled, rank) == m->at[rank]);
        if (enabled->described) {
            CHECK_EQ(enabled->events[enabled->first + rank].process, m->at[rank]->serial);
        }
    }
}

/* Parked at a visible operation: such events are told by the stack alone. */
static otp_event own_events[RUNNABLES];
static otpi_stack stacks[RUNNABLES];

static void enabled_against_model(bool described) {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (uint32_t i = 0; i < RUNNABLES; i++) {
        own_events[i] = (otp_event){OTP_CHOICE_RESUME, i + 1, i, "test"};
        stacks[i] = (otpi_stack){.event = &own_events[i]};
        runnables[i] = (otpi_runnable){.serial = i + 1, .stack = &stacks[i]};
    }
    otpi_enabled enabled;
    REQUIRE(otpi_enabled_init(&enabled));
    otpi_enabled_clear(&enabled, described);
    static model m;
    memset(&m, 0, sizeof m);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        operate(&enabled, &m, &prng, i % 4000 < 2000 ? 5 : 3);
        if (i % 64 == 0) {
            compare_all(&enabled, &m);
        }
    }
    compare_all(&enabled, &m);
    otpi_enabled_fini(&enabled);
}

UNIT("the enabled ones are as in a plain array") {
    enabled_against_model(false);
}

UNIT("the enabled ones are as in a plain array, each described") {
    enabled_against_model(true);
}
