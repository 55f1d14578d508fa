/* SPDX-License-Identifier: MIT */
/*
 * Tables in a simulated world: each operation on a table that others see may be preceded by theirs,
 * what a step touched is told, and nothing of it changes from run to run.
 */
#include <otp/choose.h>
#include <otp/select.h>

#include "base/hash.h"
#include "base/prng.h"
#include "table/in_world.h"

#include <string.h>

enum { SEEDS = 200, ADDERS = 2 };

/* Chooses by seed; notes what it is shown in a hash. */
typedef struct random_chooser {
    otpi_prng prng;
    uint64_t seen;
    uint32_t switches; /* times another process was preferred at a visible operation */
    uint32_t reads, writes;
} random_chooser;

static uint32_t choose(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    random_chooser *c = context;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t who = (uint64_t)enabled[i].kind << 32 | enabled[i].process;
        c->seen = otpi_hash_mix(c->seen, who ^ enabled[i].object);
    }
    uint32_t rank = (uint32_t)otpi_prng_below(&c->prng, n);
    c->switches += kind == OTP_CHOICE_CONTINUE && rank != 0;
    return rank;
}

static int64_t draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                    int64_t target, const char *label) {
    (void)context, (void)lane, (void)kind, (void)lo, (void)hi, (void)label;
    return target;
}

static void observe(void *context, const otp_event *ran, const otp_access *accesses, uint32_t n) {
    random_chooser *c = context;
    (void)ran;
    for (uint32_t i = 0; i < n; i++) {
        c->seen = otpi_hash_mix(c->seen, otpi_hash_mix(accesses[i].object, accesses[i].key));
        c->reads += accesses[i].how == OTP_READ;
        c->writes += accesses[i].how == OTP_WRITE;
    }
}

static void run_with_seed(uint64_t seed, otp_process_fn *body, int64_t *result,
                          random_chooser *chooser) {
    *chooser = (random_chooser){.seen = 1};
    otpi_prng_seed(&chooser->prng, seed);
    const otp_chooser seam = {
        .context = chooser, .choose = choose, .draw = draw, .observe = observe};
    in_world_with(&(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &seam}, NULL, body, result);
}

static otp_table table_of(otp_term arg) {
    otp_table table = {0};
    CHECK(otp_get_table(arg, &table));
    return table;
}

static void adds_unsafely(otp_term arg) {
    otp_table t = table_of(arg);
    otp_term row;
    int64_t n = 0;
    CHECK_EQ(otp_table_lookup(t, OTP_ATOM(n), &row), OTP_OK);
    CHECK(otp_get_int(otp_element(row, 1), &n));
    CHECK_EQ(otp_table_insert(t, otp_tuple(OTP_ATOM(n), otp_int(n + 1))), OTP_OK);
}

static void adds_safely(otp_term arg) {
    CHECK_EQ(otp_table_update_counter(table_of(arg), OTP_ATOM(n), 2, 1, OTP_NONE, NULL), OTP_OK);
}

static void adds_by_select(otp_term arg) {
    size_t n = 0;
    CHECK_EQ(otp_table_select_replace(table_of(arg), "{'$1', '$2'} -> {'$1', '$2' + 1}", &n),
             OTP_OK);
    CHECK_EQ(n, 1);
}

static void sum(otp_process_fn *adder) {
    otp_table t;
    otp_term row;
    otp_ref refs[ADDERS];
    CHECK_EQ(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &t), OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{n, 0}")), OTP_OK);
    for (int i = 0; i < ADDERS; i++) {
        otp_spawn_monitor(adder, otp_from_table(t), &refs[i]);
    }
    for (int i = 0; i < ADDERS; i++) {
        otp_term down;
        CHECK_EQ(otp_receive_ref(refs[i], OTP_INFINITY, &down), OTP_OK);
    }
    CHECK_EQ(otp_table_lookup(t, OTP_ATOM(n), &row), OTP_OK);
    CHECK(otp_get_int(otp_element(row, 1), otp_context()));
}

static void sum_unsafely(otp_term arg) {
    (void)arg;
    sum(adds_unsafely);
}

static void sum_safely(otp_term arg) {
    (void)arg;
    sum(adds_safely);
}

static void sum_by_select(otp_term arg) {
    (void)arg;
    sum(adds_by_select);
}

UNIT("look, then insert loses an update under some schedule, a counter never does") {
    int lost = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        random_chooser c;
        int64_t n = 0;
        run_with_seed(seed, sum_unsafely, &n, &c);
        CHECK(n == 1 || n == ADDERS);
        lost += n == 1;
        run_with_seed(seed, sum_safely, &n, &c);
        CHECK_EQ(n, ADDERS);
        run_with_seed(seed, sum_by_select, &n, &c);
        CHECK_EQ(n, ADDERS);
    }
    CHECK(lost > 0 && lost < SEEDS);
}

UNIT("the same choices show the same events and accesses") {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        random_chooser a;
        random_chooser b;
        int64_t n;
        run_with_seed(seed, sum_unsafely, &n, &a);
        run_with_seed(seed, sum_unsafely, &n, &b);
        CHECK_EQ(a.seen, b.seen);
        CHECK(a.reads >= 3 && a.writes >= 4); /* lookups; the table's birth, inserts */
    }
}

/* What a selection touches: all of the table, or one key. */
static void selects_all(otp_term arg) {
    otp_term rows;
    CHECK_EQ(otp_table_select(table_of(arg), "{_, '$1'} -> '$1'", &rows), OTP_OK);
}

static void selects_one(otp_term arg) {
    otp_term rows;
    CHECK_EQ(otp_table_select(table_of(arg), "{n, '$1'} -> '$1'", &rows), OTP_OK);
}

static uint64_t key_read; /* of the last read */

static void observe_key(void *context, const otp_event *ran, const otp_access *accesses,
                        uint32_t n) {
    observe(context, ran, accesses, n);
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(ran->label, "select") == 0 && accesses[i].how == OTP_READ) {
            key_read = accesses[i].key;
        }
    }
}

static void selects_in_process(otp_term arg) {
    (void)arg;
    otp_table t;
    CHECK_EQ(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &t), OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{n, 0}")), OTP_OK);
    in_process(otp_context() ? selects_one : selects_all, otp_from_table(t));
}

UNIT("a selection by key touches that key, another the whole table") {
    for (int one = 0; one < 2; one++) {
        random_chooser c = {.seen = 1};
        otpi_prng_seed(&c.prng, 3);
        const otp_chooser seam = {
            .context = &c, .choose = choose, .draw = draw, .observe = observe_key};
        key_read = 1;
        in_world_with(&(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &seam}, NULL,
                      selects_in_process, one ? &c : NULL);
        CHECK_EQ(key_read, one ? otp_hash(OTP_ATOM(n)) : 0);
    }
}

static void uses_private(otp_term arg) {
    otp_table t;
    otp_pid parent;
    otp_term row;
    CHECK(otp_get_pid(arg, &parent));
    CHECK_EQ(otp_table_new(&(otp_table_opts){.protection = OTP_PRIVATE}, &t), OTP_OK);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(otp_table_insert(t, otp_term_of("{a, 1}")), OTP_OK);
        CHECK_EQ(otp_table_lookup(t, OTP_ATOM(a), &row), OTP_OK);
    }
}

static void two_private(otp_term arg) {
    (void)arg;
    otp_ref refs[2];
    otp_term down;
    for (int i = 0; i < 2; i++) {
        otp_spawn_monitor(uses_private, otp_from_pid(otp_self()), &refs[i]);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(otp_receive_ref(refs[i], OTP_INFINITY, &down), OTP_OK);
    }
    *(int64_t *)otp_context() = 1;
}

UNIT("private tables are nobody else's business") {
    random_chooser c;
    int64_t done = 0;
    run_with_seed(7, two_private, &done, &c);
    CHECK_EQ(done, 1);
    CHECK(c.switches <= 2); /* at the spawns, not at the 80 operations */
}

/* ---- A kill that arrives while its target stands at an operation ---- */

enum { KILLER = 1 }; /* the first process of the world */

static uint32_t killer_first(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)context;
    uint32_t at = 0;
    while (kind == OTP_CHOICE_CONTINUE && at < n && enabled[at].process != KILLER) {
        at++;
    }
    return at < n ? at : 0;
}

typedef struct victim {
    int operation;
    bool stands;
} victim;

enum { OPERATIONS = 12 };

static otp_err operate(int operation, otp_table t) {
    otp_term out;
    bool member;
    size_t rows;
    switch (operation) {
    case 0: return otp_table_insert(t, otp_term_of("[{a, 1}, {b, 2}]"));
    case 1: return otp_table_insert_new(t, otp_term_of("{c, 1}"));
    case 2: return otp_table_lookup(t, OTP_ATOM(n), &out);
    case 3: return otp_table_member(t, OTP_ATOM(n), &member);
    case 4: return otp_table_delete_key(t, OTP_ATOM(n));
    case 5: return otp_table_update_counter(t, OTP_ATOM(n), 2, 1, OTP_NONE, NULL);
    case 6: return otp_table_size(t, &rows);
    case 7: return otp_table_to_list(t, &out);
    case 8: return otp_table_info(t, &out);
    case 9: return otp_table_named(OTP_ATOM(rows), &t);
    case 10: return otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &t);
    default: return otp_table_delete(t);
    }
}

static void victim_main(otp_term arg) {
    otp_table t = table_of(arg);
    victim *v = otp_context();
    v->stands = true;
    CHECK_EQ(operate(v->operation, t), OTP_OK);
    CHECK(!"it goes on");
}

static void kills_at_operations(otp_term arg) {
    (void)arg;
    for (int operation = 0; operation < OPERATIONS; operation++) {
        victim v = {.operation = operation};
        otp_table t;
        otp_pid pid;
        otp_ref ref;
        otp_term down;
        otp_table_opts opts = {.protection = OTP_PUBLIC, .name = OTP_ATOM(rows)};
        otp_spawn_opts spawn = {.monitor = true, .monitor_ref = &ref, .context = &v};
        CHECK_EQ(otp_table_new(&opts, &t), OTP_OK);
        CHECK_EQ(otp_table_insert(t, otp_term_of("{n, 0}")), OTP_OK);
        CHECK_EQ(otp_spawn_opt(victim_main, otp_from_table(t), &spawn, &pid), OTP_OK);
        while (!v.stands) {
            otp_yield();
        }
        otp_kill(pid);
        CHECK_EQ(otp_receive_ref(ref, 1000, &down), OTP_OK);
        CHECK(otp_match(down, "{'DOWN', _, process, _, killed}"));
        CHECK_EQ(otp_table_delete(t), OTP_OK);
    }
}

UNIT("killed while it stands at an operation, a process leaves there") {
    const otp_chooser chooser = {.choose = killer_first, .draw = draw};
    in_world_with(&(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &chooser}, NULL,
                  kills_at_operations, NULL);
}
