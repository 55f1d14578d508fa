/* SPDX-License-Identifier: MIT */
#include <otp/process.h>
#include <otp/table.h>
#include <supertester/expect.h>
#include <supertester/explore.h>
#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

/* ---- Scenarios: the first process gives a table to others, and looks at it when all is still ----
 */

typedef struct program {
    otp_process_fn *worker; /* of {Table, I, N} */
    int64_t n;              /* workers: I = 0..n - 1 */
} program;

static void part_of(otp_term arg, otp_table *table, int64_t *i, int64_t *n) {
    OTP_ASSERT(otp_get_table(otp_element(arg, 0), table));
    OTP_ASSERT(otp_get_int(otp_element(arg, 1), i) && otp_get_int(otp_element(arg, 2), n));
}

static void quiesce(void) {
    otp_term none;
    ST_EXPECT_EQ(otp_receive(1, &none), OTP_ETIMEOUT);
}

static void plays(void *context) {
    const program *p = context;
    otp_table table;
    ST_ASSERT_OK(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &table));
    for (int64_t i = 0; i < p->n; i++) {
        otp_spawn(p->worker, otp_tuple(otp_from_table(table), otp_int(i), otp_int(p->n)));
    }
    quiesce();
}

static st_check_result result;

static st_verdict explore(st_scenario *scenario, st_explore_opts opts) {
    opts.check.quiet = true;
    opts.check.result = &result;
    opts.strategy = ST_EXHAUSTIVE;
    opts.simulation.timers_last = true;
    return st_explore(scenario, &opts);
}

/* In how many orders the workers can run. */
static uint64_t orders(otp_process_fn *worker, int64_t n) {
    program p = {worker, n};
    st_verdict verdict = explore(plays, (st_explore_opts){.check.context = &p});
    CHECK_STR(st_verdict_name(verdict), "proved");
    return result.runs;
}

static int64_t cell(otp_table table, int64_t key) {
    otp_term row;
    int64_t value = 0;
    if (otp_table_lookup(table, otp_int(key), &row) == OTP_OK) {
        OTP_ASSERT(otp_get_int(otp_element(row, 1), &value));
    }
    return value;
}

static void cell_set(otp_table table, int64_t key, int64_t value) {
    OTP_ASSERT(otp_table_insert(table, otp_tuple(otp_int(key), otp_int(value))) == OTP_OK);
}

static bool cell_take(otp_table table, int64_t key, int64_t value) {
    otp_err err = otp_table_insert_new(table, otp_tuple(otp_int(key), otp_int(value)));
    OTP_ASSERT(err == OTP_OK || err == OTP_EEXIST);
    return err == OTP_OK;
}

/* ---- Counts from the literature (Abdulla et al. 2014; Flanagan and Godefroid 2005) ---- */

static void reads_or_writes(otp_term arg) {
    otp_table table;
    int64_t i, n;
    part_of(arg, &table, &i, &n);
    if (i == 0) {
        cell_set(table, 1, 1);
    } else {
        (void)cell(table, 1);
    }
}

UNIT("n readers and a writer of one row: 2^n orders") {
    for (int64_t n = 1; n <= 8; n++) {
        CHECK_EQ(orders(reads_or_writes, n + 1), 1 << n);
    }
}

static void last_zero(otp_term arg) {
    otp_table table;
    int64_t i, n;
    part_of(arg, &table, &i, &n);
    if (i > 0) {
        cell_set(table, i, cell(table, i - 1) + 1);
        return;
    }
    for (int64_t k = n - 1; k > 0 && cell(table, k) != 0;) {
        k--;
    }
}

UNIT("last zero") {
    CHECK_EQ(orders(last_zero, 6), 64);
    if (unit_long()) {
        CHECK_EQ(orders(last_zero, 11), 3328);
    }
}

enum { INODES = 32, BLOCKS = 26 };

static void file_system(otp_term arg) {
    otp_table table;
    int64_t i, n;
    part_of(arg, &table, &i, &n);
    int64_t inode = i % INODES;
    if (cell(table, BLOCKS + inode) == 0) {
        int64_t block = 2 * inode % BLOCKS;
        while (!cell_take(table, block, 1)) {
            block = (block + 1) % BLOCKS;
        }
        cell_set(table, BLOCKS + inode, block + 1);
    }
}

UNIT("file system") {
    CHECK_EQ(orders(file_system, 13), 1);
    CHECK_EQ(orders(file_system, 14), 2);
    CHECK_EQ(orders(file_system, 16), 8);
    CHECK_EQ(orders(file_system, 18), 32);
}

enum { SLOTS = 128, WORDS = 4 };

static void indexer(otp_term arg) {
    otp_table table;
    int64_t i, n;
    part_of(arg, &table, &i, &n);
    for (int64_t m = 1; m <= WORDS; m++) {
        int64_t word = 11 * m + i;
        int64_t slot = 7 * word % SLOTS;
        while (!cell_take(table, slot, word)) {
            slot = (slot + 1) % SLOTS;
        }
    }
}

UNIT("indexer") {
    CHECK_EQ(orders(indexer, 11), 1);
    CHECK_EQ(orders(indexer, 12), 8);
    CHECK_EQ(orders(indexer, 13), 64);
    CHECK_EQ(orders(indexer, 14), 512);
    if (unit_long()) {
        CHECK_EQ(orders(indexer, 15), 4096);
    }
}

/* ---- Messages ---- */

static void sends_to_first(otp_term arg) {
    otp_table table;
    int64_t i, n;
    otp_term message;
    part_of(arg, &table, &i, &n);
    if (i > 0) {
        otp_send(otp_whereis(OTP_ATOM(first)), OTP_ATOM(hello));
        return;
    }
    for (int64_t k = 1; k < n; k++) {
        OTP_ASSERT(otp_receive(OTP_INFINITY, &message) == OTP_OK);
    }
}

/* The first worker has its name before the others are there. */
static void plays_named(void *context) {
    const program *p = context;
    otp_lock lock = {0};
    otp_lock_take(&lock);
    for (int64_t i = 0; i < p->n; i++) {
        otp_term arg = otp_tuple(otp_from_table((otp_table){0}), otp_int(i), otp_int(p->n));
        otp_spawn_opts opts = {.name = i == 0 ? OTP_ATOM(first) : OTP_NONE};
        otp_pid pid;
        ST_ASSERT_OK(otp_spawn_opt(p->worker, arg, &opts, &pid));
    }
    otp_lock_give(&lock);
    quiesce();
}

UNIT("messages to one receiver are in order with each other and with its looks for them") {
    /* One sender: before the receiver has looked, or after. With two, each of both orders of the
     * messages: none, one or both of them before its first look, and what came after that in one
     * look or two: 4. */
    const uint64_t expected[] = {2, 8};
    for (int64_t senders = 1; senders <= 2; senders++) {
        program p = {sends_to_first, senders + 1};
        CHECK_EQ(explore(plays_named, (st_explore_opts){.check.context = &p}), ST_PROVED);
        CHECK_EQ(result.runs, expected[senders - 1]);
    }
}

/* ---- The end of the scenario ---- */

static void looks_twice(otp_term arg) {
    otp_table table;
    int64_t i, n;
    part_of(arg, &table, &i, &n);
    (void)(cell(table, 1) + cell(table, 2));
}

static void ends_early(void *unused) {
    otp_table table;
    (void)unused;
    ST_ASSERT_OK(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &table));
    otp_spawn(looks_twice, otp_tuple(otp_from_table(table), otp_int(0), otp_int(1)));
    (void)cell(table, 3);
}

UNIT("the end of the scenario comes before or after each step of the others") {
    CHECK_EQ(explore(ends_early, (st_explore_opts){0}), ST_PROVED);
    CHECK_EQ(result.runs, 4); /* none of the three steps of the other, or one, two, all */
}

/* ---- Verdicts ---- */

static void adds_one(otp_term arg) {
    otp_table table;
    int64_t i, n;
    part_of(arg, &table, &i, &n);
    cell_set(table, 1, cell(table, 1) + 1);
}

static void adds(void *unused) {
    otp_table table;
    (void)unused;
    ST_ASSERT_OK(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &table));
    for (int64_t i = 0; i < 2; i++) {
        otp_spawn(adds_one, otp_tuple(otp_from_table(table), otp_int(i), otp_int(2)));
    }
    quiesce();
    ST_EXPECT_EQ(cell(table, 1), 2);
}

UNIT("a lost update is found, shrunk and replayed") {
    char token[sizeof result.failures[0].token];
    CHECK_EQ(explore(adds, (st_explore_opts){0}), ST_FALSIFIED);
    CHECK_EQ(result.failure_count, 1);
    CHECK(result.shrunk);
    CHECK_EQ(result.failures[0].deviations, 1);
    CHECK(strstr(result.failures[0].text, "cell(table, 1) == 2") != NULL);
    memcpy(token, result.failures[0].token, sizeof token);
    CHECK_EQ(explore(adds, (st_explore_opts){.check.replay = token}), ST_FALSIFIED);
    CHECK_EQ(result.runs, 1);
}

static char report[1024];

static void keep(void *context, const char *text) {
    (void)context;
    snprintf(report, sizeof report, "%s", text);
}

static st_verdict told(st_scenario *scenario, st_explore_opts opts) {
    report[0] = '\0';
    opts.check.print = keep;
    opts.check.result = &result;
    opts.check.name = "it";
    opts.strategy = ST_EXHAUSTIVE;
    return st_explore(scenario, &opts);
}

static void plays_readers(void *unused) {
    (void)unused;
    plays(&(program){reads_or_writes, 4});
}

UNIT("the report tells how many orders there were, and whether there are more") {
    CHECK_EQ(told(plays_readers, (st_explore_opts){.simulation.timers_last = true}), ST_PROVED);
    CHECK_STR(report, "it: proved, in all 8 interleavings\n");
    CHECK_EQ(told(plays_readers, (st_explore_opts){.check.runs = 8}), ST_PROVED);
    CHECK_EQ(told(plays_readers, (st_explore_opts){.check.runs = 5}), ST_HELD);
    CHECK_EQ(result.runs, 5);
    CHECK_STR(report, "it: held in 5 interleavings; there are more\n");
}

/* ---- What can't be told ---- */

static void draws(void *unused) {
    (void)unused;
    (void)st_int(0, 3);
}

static void waits(otp_term arg) {
    otp_term none;
    (void)arg;
    otp_err err = otp_receive(5, &none);
    OTP_ASSERT(err == OTP_OK || err == OTP_ETIMEOUT);
}

static void spawns_waiting(void *unused) {
    (void)unused;
    for (int i = 0; i < 2; i++) {
        otp_spawn(waits, otp_nil());
    }
    quiesce();
    waits(otp_nil());
}

static void spawns_many(void *unused) {
    (void)unused;
    for (int i = 0; i < 64; i++) {
        otp_spawn(waits, otp_nil());
    }
}

static void touches_much(void *unused) {
    (void)unused;
    otp_table table;
    otp_term rows = otp_nil();
    for (int64_t i = 0; i < 80; i++) {
        rows = otp_cons(otp_tuple(otp_int(i), otp_int(i)), rows);
    }
    ST_ASSERT_OK(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &table));
    ST_EXPECT_OK(otp_table_insert(table, rows));
}

static void goes_on(void *unused) {
    (void)unused;
    for (int i = 0; i < 5000; i++) {
        (void)otp_whereis(OTP_ATOM(nobody));
    }
}

static int lives; /* of the next one */

static void depends_on_lives(void *unused) {
    (void)unused;
    for (int i = 0; i < 1 + lives % 3; i++) {
        otp_spawn(waits, otp_nil());
    }
    lives++;
    (void)otp_whereis(OTP_ATOM(nobody));
    (void)otp_whereis(OTP_ATOM(nobody));
}

UNIT("where orders can't be told there is no verdict, and the reason") {
    const struct {
        st_scenario *scenario;
        st_simulation simulation;
        const char *reason;
    } cases[] = {
        {draws, {0}, "draws data"},
        {spawns_waiting, {.timers_last = true}, "timers due at the same time"},
        {plays_readers, {.delivery = OTP_DELIVERY_PAIRWISE}, "pairwise"},
        {spawns_many, {0}, "more than 63 processes"},
        {touches_much, {0}, "more than 63 accesses"},
        {goes_on, {0}, "more than 4,096 steps"},
        {depends_on_lives, {0}, "depends on more"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        st_verdict verdict =
            told(cases[i].scenario, (st_explore_opts){.simulation = cases[i].simulation});
        CHECK_STR(st_verdict_name(verdict), "unhealthy");
        if (!CHECK(strstr(report, cases[i].reason) != NULL)) {
            printf("# %s: %s\n", cases[i].reason, report);
        }
    }
}
