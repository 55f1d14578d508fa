/* SPDX-License-Identifier: MIT */
/*
 * Random programs, run in all orders one by one and by partial order reduction: the same orders
 * must be met, each once, and the same outcomes.
 */
#include <otp/gen_server.h>
#include <otp/process.h>
#include <otp/table.h>
#include <supertester/expect.h>
#include "base/hash.h"
#include "base/prng.h"
#include "port/memory.h"
#include "supertester/explore/dpor.h"
#include "supertester/property/check.h"
#include "tests/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORKERS = 3,
    OPERATIONS = 3,
    KEYS = 2,
    CHOICES = 64,
    SEEDS = 60,
    SEEDS_LONG = 2000,
    RUNS_MAX = 5000
};

/* ---- Programs ---- */

typedef enum what {
    PUT,
    GET,
    TAKE,
    DELETE,
    SIZE,
    SEND,
    POLL,
    RECEIVE,
    WAIT,
    KILL,
    EXIT,
    ALIVE,
    MONITOR,
    LINK,
    UNLINK,
    TRAP,
    TELL,
    YIELD,
    REGISTER,
    WHEREIS,
    REGISTERED,
    PROCESSES,
    CALL,
    CHILD,
    WHATS,
} what;

static const char *const names[WHATS] = {
    "put",  "get",   "take",     "delete",  "size",       "send",      "poll",   "receive",
    "wait", "kill",  "exit",     "alive",   "monitor",    "link",      "unlink", "trap",
    "tell", "yield", "register", "whereis", "registered", "processes", "call",   "child"};

typedef struct operation {
    what what;
    int key, peer;
} operation;

typedef struct program {
    bool timers_last;
    bool calls; /* there is a server */
    int workers;
    int lengths[WORKERS];
    operation operations[WORKERS][OPERATIONS];
} program;

static program now; /* that runs */
static otp_table table;
static otp_pid pids[WORKERS];
static uint64_t logs[WORKERS];
static uint64_t outcome; /* what could be seen of the run */

/* Adds up what it is called with, so that the order can be told from the answers. */
static otp_result sum_call(void *state, otp_term request, otp_from from) {
    int64_t *sum = state;
    int64_t value = 0;
    (void)from;
    OTP_ASSERT(otp_get_int(request, &value));
    *sum = 3 * *sum + value;
    return otp_reply(otp_int(*sum));
}

static const otp_gen_server sum_server = {
    .name = "sum", .state_size = sizeof(int64_t), .handle_call = sum_call};
static otp_pid server;

static void seen(int64_t worker, uint64_t fact) {
    logs[worker] = otpi_hash_mix(logs[worker], fact + 1);
}

static void receive(int64_t worker, int64_t timeout_ms) {
    otp_term message;
    if (otp_receive(timeout_ms, &message) == OTP_OK) {
        int64_t number = 0;
        seen(worker, otp_get_int(message, &number)
                         ? (uint64_t)number
                         : otp_hash(otp_element(message, otp_arity(message) - 1)));
    } else {
        seen(worker, 1000);
    }
}

/* Or there is no table any more. */
static void put(int key, int64_t value) {
    otp_err err = otp_table_insert(table, otp_tuple(otp_int(key), otp_int(value)));
    ST_EXPECT(err == OTP_OK || err == OTP_ENOENT);
}

static void child(otp_term arg) {
    (void)arg;
    put(0, 99);
}

static void get(int64_t worker, int key) {
    otp_term row;
    otp_err err = otp_table_lookup(table, otp_int(key), &row);
    seen(worker, err ? 2000 : otp_hash(row));
}

static void size(int64_t worker) {
    size_t rows = 0;
    otp_err err = otp_table_size(table, &rows);
    seen(worker, err ? 4000 : rows);
}

static void call(int64_t worker, int64_t value, int64_t timeout_ms) {
    otp_term sum;
    int64_t number = 0;
    bool told = otp_call(server, otp_int(value), timeout_ms, &sum) == OTP_OK;
    seen(worker, told && otp_get_int(sum, &number) ? (uint64_t)number : 5000);
}

static void operate(int64_t worker, int at) {
    const operation *o = &now.operations[worker][at];
    otp_pid peer = pids[o->peer];
    int64_t timeout_ms = INT64_C(1)
                         << (OPERATIONS * worker + at); /* no two timers are due at once */
    int64_t value = 10 * (worker + 1) + at;
    otp_term row = otp_tuple(otp_int(o->key), otp_int(value));
    switch (o->what) {
    case PUT: put(o->key, value); break;
    case GET: get(worker, o->key); break;
    case TAKE: seen(worker, (uint64_t)otp_table_insert_new(table, row)); break;
    case DELETE: seen(worker, (uint64_t)otp_table_delete_key(table, otp_int(o->key))); break;
    case SIZE: size(worker); break;
    case SEND: otp_send(peer, otp_int(value)); break;
    case POLL: receive(worker, 0); break;
    case RECEIVE: receive(worker, OTP_INFINITY); break;
    case WAIT: receive(worker, timeout_ms); break;
    case CALL: call(worker, value, timeout_ms); break;
    case KILL: otp_kill(peer); break;
    case EXIT: otp_exit_signal(peer, OTP_ATOM(shutdown)); break;
    case ALIVE: seen(worker, otp_is_alive(peer)); break;
    case MONITOR: otp_monitor(peer); break;
    case LINK: otp_link(peer); break;
    case UNLINK: otp_unlink(peer); break;
    case TRAP: otp_trap_exit(true); break;
    case TELL: seen(worker, (uint64_t)otp_try_send_term(OTP_ATOM(one), otp_int(value))); break;
    case YIELD: otp_yield(); break;
    case REGISTER: seen(worker, (uint64_t)otp_register(OTP_ATOM(one), otp_self())); break;
    case WHEREIS: seen(worker, otp_whereis(OTP_ATOM(one)).word); break;
    case REGISTERED: seen(worker, otp_length(otp_registered())); break;
    case PROCESSES: seen(worker, otp_length(otp_processes())); break;
    default: otp_spawn(child, otp_nil());
    }
}

static void works(otp_term arg) {
    int64_t worker = 0;
    OTP_ASSERT(otp_get_int(arg, &worker));
    for (int i = 0; i < now.lengths[worker]; i++) {
        operate(worker, i);
    }
    seen(worker, 3000);
}

/* All workers are there before the first one runs. */
static void plays(void *unused) {
    (void)unused;
    otp_lock lock = {0};
    otp_term rows;
    if (now.calls) {
        ST_ASSERT_OK(otp_start(&sum_server, otp_nil(), NULL, &server));
    }
    otp_lock_take(&lock);
    ST_ASSERT_OK(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &table));
    for (int i = 0; i < now.workers; i++) {
        pids[i] = otp_spawn(works, otp_int(i));
    }
    otp_lock_give(&lock);
    ST_EXPECT_EQ(otp_receive(1, &rows), OTP_ETIMEOUT);
    ST_EXPECT_OK(otp_table_to_list(table, &rows));
    OTP_LIST_FOREACH (row, rows) {
        outcome += otp_hash(row); /* in no order */
    }
}

static bool plays_once(void *unused) {
    (void)unused;
    memset(logs, 0, sizeof logs);
    outcome = 0;
    st_simulate(plays, NULL, &(st_simulation){.timers_last = now.timers_last});
    outcome += otpi_hash_bytes(logs, sizeof logs, 1);
    return true;
}

/* Few enough operations that all orders can be run. */
static program program_random(otpi_prng *prng) {
    program p = {.timers_last = otpi_prng_below(prng, 2) == 0,
                 .workers = 2 + (int)otpi_prng_below(prng, 2)};
    int left = p.workers == 2 ? 6 : 5;
    bool births = false;
    for (int w = 0; w < p.workers; w++) {
        int spare = left - (p.workers - 1 - w);
        int most = spare < OPERATIONS ? spare : OPERATIONS;
        p.lengths[w] = 1 + (int)otpi_prng_below(prng, (uint64_t)most);
        left -= p.lengths[w];
        for (int i = 0; i < p.lengths[w]; i++) {
            operation *o = &p.operations[w][i];
            do {
                o->what = (what)otpi_prng_below(prng, WHATS);
            } while (o->what == CHILD && births); /* children are known by their order of birth */
            births = births || o->what == CHILD;
            p.calls = p.calls || o->what == CALL;
            o->key = (int)otpi_prng_below(prng, KEYS);
            o->peer = (w + 1 + (int)otpi_prng_below(prng, (uint64_t)p.workers - 1)) % p.workers;
        }
    }
    return p;
}

static void program_print(const program *p) {
    printf("# timers %s\n", p->timers_last ? "last" : "race");
    for (int w = 0; w < p->workers; w++) {
        printf("# worker %d:", w);
        for (int i = 0; i < p->lengths[w]; i++) {
            const operation *o = &p->operations[w][i];
            printf(" %s(key %d, peer %d)", names[o->what], o->key, o->peer);
        }
        printf("\n");
    }
}

/* ---- Sets ---- */

typedef struct set {
    uint64_t *at;
    size_t n, capacity;
} set;

static void set_put(set *s, uint64_t value) {
    if (s->n == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 64;
        s->at = otpi_realloc(s->at, s->capacity * sizeof *s->at);
    }
    s->at[s->n++] = value;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts it, each value once. */
static void set_close(set *s) {
    size_t n = 0;
    if (s->n > 0) {
        qsort(s->at, s->n, sizeof *s->at, compare);
    }
    for (size_t i = 0; i < s->n; i++) {
        if (n == 0 || s->at[n - 1] != s->at[i]) {
            s->at[n++] = s->at[i];
        }
    }
    s->n = n;
}

static bool set_same(const set *a, const set *b) {
    return a->n == b->n && (a->n == 0 || memcmp(a->at, b->at, a->n * sizeof *a->at) == 0);
}

/* ---- All orders, one by one ---- */

typedef struct met {
    uint64_t programs; /* that were compared */
    uint64_t runs, broken;
    set orders, outcomes;
} met;

typedef struct odometer {
    sti_picker picker;
    sti_trace trace;
    uint64_t enabled; /* of the state under way; 0 = nobody asked */
    uint32_t at, count;
    uint32_t ranks[CHOICES], widths[CHOICES];
    uint16_t races[STI_TRACE_STEPS];
    met *met;
} odometer;

static uint32_t pick(void *context, otp_choice kind, otp_enabled *enabled, uint32_t n) {
    odometer *o = context;
    (void)kind;
    o->enabled = 0;
    for (uint32_t rank = 0; rank < n; rank++) {
        o->enabled |= UINT64_C(1) << otp_enabled_event(enabled, rank)->process;
    }
    OTPI_ASSERT("all-orders-test-001", o->at < CHOICES);
    if (o->at == o->count) {
        o->ranks[o->count] = 0;
        o->widths[o->count++] = n;
    }
    return o->ranks[o->at++];
}

static void observe(void *context, const otp_event *ran, const otp_access *accesses, uint32_t n) {
    odometer *o = context;
    uint8_t actor = (uint8_t)ran->process;
    uint64_t enabled = o->enabled ? o->enabled : UINT64_C(1) << actor;
    o->enabled = 0;
    sti_trace_wake(&o->trace, enabled);
    bool ok = sti_trace_add(&o->trace, actor, enabled, accesses, n);
    OTPI_ASSERT("all-orders-test-002", ok);
    if (actor == 0 && (now.timers_last || strcmp(ran->label, "patient timer") == 0)) {
        sti_trace_settle(&o->trace);
    }
    sti_trace_order(&o->trace, o->races);
}

static void odometer_begins(void *context, st_choices *list, uint64_t turn) {
    odometer *o = context;
    (void)turn;
    o->at = 0;
    o->enabled = 0;
    sti_trace_cut(&o->trace, 0, 0);
    list->picker = &o->picker;
}

static void met_run(met *m, const sti_trace *trace) {
    m->runs++;
    set_put(&m->orders, sti_trace_hash(trace));
    set_put(&m->outcomes, outcome);
}

static sti_steering odometer_ended(void *context, const st_choices *list, const char **refusal) {
    odometer *o = context;
    (void)list, (void)refusal;
    met_run(o->met, &o->trace);
    while (o->count > 0 && ++o->ranks[o->count - 1] == o->widths[o->count - 1]) {
        o->count--;
    }
    return o->count > 0 ? STI_STEERING_NEXT : STI_STEERING_LAST;
}

static st_verdict check(const sti_check_hooks *hooks, met *m) {
    st_check_opts opts = {.quiet = true, .runs = RUNS_MAX, .seed = 1};
    st_verdict verdict = sti_check(plays_once, &opts, hooks);
    set_close(&m->orders);
    set_close(&m->outcomes);
    return verdict;
}

/* ST_HELD: there are more than are run. */
static st_verdict run_all(met *m) {
    static odometer o;
    o = (odometer){.picker = {.pick = pick, .observe = observe, .context = &o}, .met = m};
    CHECK(sti_trace_init(&o.trace));
    st_verdict verdict = check(
        &(sti_check_hooks){.run_begins = odometer_begins, .run_ended = odometer_ended, .ctx = &o},
        m);
    sti_trace_fini(&o.trace);
    return verdict;
}

/* ---- The same, reduced ---- */

typedef struct reduced {
    sti_dpor *dpor;
    met *met;
} reduced;

static void reduced_begins(void *context, st_choices *list, uint64_t turn) {
    reduced *r = context;
    (void)turn;
    sti_dpor_begin(r->dpor);
    list->picker = &r->dpor->picker;
}

static sti_steering reduced_ended(void *context, const st_choices *list, const char **refusal) {
    reduced *r = context;
    if (r->dpor->broken) {
        r->met->broken++;
    } else {
        met_run(r->met, &r->dpor->trace);
    }
    sti_steering steering = sti_dpor_end(r->dpor, list);
    *refusal = r->dpor->refusal;
    return steering;
}

static bool run_reduced(met *m) {
    reduced r = {.dpor = sti_dpor_new(&(st_simulation){.timers_last = now.timers_last}), .met = m};
    CHECK(r.dpor != NULL);
    st_verdict verdict = check(
        &(sti_check_hooks){.run_begins = reduced_begins, .run_ended = reduced_ended, .ctx = &r}, m);
    bool ok = CHECK_STR(st_verdict_name(verdict), "proved");
    if (r.dpor->refusal) {
        printf("# refused: %s\n", r.dpor->refusal);
    }
    sti_dpor_free(r.dpor);
    return ok;
}

/* ---- Both ---- */

static void met_free(met *m) {
    otpi_free(m->orders.at);
    otpi_free(m->outcomes.at);
}

static bool agree(const program *p, met *sum) {
    met all = {0}, few = {0};
    now = *p;
    if (run_all(&all) == ST_HELD) {
        met_free(&all);
        return true;
    }
    bool ok = run_reduced(&few);
    ok = ok && CHECK(set_same(&all.outcomes, &few.outcomes));
    ok = ok && CHECK_EQ(few.orders.n, all.orders.n);
    ok = ok && CHECK(set_same(&all.orders, &few.orders)) && CHECK_EQ(few.runs, few.orders.n);
    if (!ok) {
        printf("# %" PRIu64 " runs, %zu orders, %zu outcomes; reduced: %" PRIu64
               " runs and %" PRIu64 " broken off, %zu orders, %zu outcomes\n",
               all.runs, all.orders.n, all.outcomes.n, few.runs, few.broken, few.orders.n,
               few.outcomes.n);
        program_print(p);
    }
    sum->runs += few.runs;
    sum->broken += few.broken;
    sum->programs++;
    met_free(&all);
    met_free(&few);
    return ok;
}

UNIT("all orders of random programs are met, each once") {
    met sum = {0};
    uint64_t seeds = unit_long() ? SEEDS_LONG : SEEDS;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        otpi_prng prng;
        otpi_prng_seed(&prng, otpi_hash_mix(unit_seed(), seed));
        program p = program_random(&prng);
        if (!agree(&p, &sum)) {
            break;
        }
    }
    CHECK(sum.programs > seeds / 2);
    CHECK(sum.broken < sum.runs);
    printf("# %" PRIu64 " programs, %" PRIu64 " orders, and %" PRIu64 " runs broken off\n",
           sum.programs, sum.runs, sum.broken);
}
