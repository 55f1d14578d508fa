/* SPDX-License-Identifier: MIT */
/*
 * Many processes on one table: nothing is lost, nothing is seen half done.
 */
#include <otp/table.h>

#include "base/prng.h"
#include "port/sanitizer.h"
#include "table/in_world.h"

enum { WORKERS = 6, ROUNDS = OTPI_TSAN || OTPI_ASAN ? 2000 : 10000, KEYS = 64 };

typedef struct job {
    otp_table table;
    uint64_t seed;
    int64_t rounds;
} job;

/* A simulated world does the same work in one thread: less will do. */
static int64_t rounds_here(void) {
    return otpi_simulated() ? ROUNDS / 10 : ROUNDS;
}

static otp_table public_table(void) {
    otp_table table = {0};
    CHECK_EQ(otp_table_new(&(otp_table_opts){.protection = OTP_PUBLIC}, &table), OTP_OK);
    return table;
}

static job job_of(otp_term arg) {
    job j = {0};
    otp_term table;
    CHECK(otp_match(arg, "{~t, ~u, ~i}", &table, &j.seed, &j.rounds));
    CHECK(otp_get_table(table, &j.table));
    return j;
}

/* Runs n processes of each function and waits for all of them. */
static void run_all(otp_table table, otp_process_fn *const *fns, size_t count, size_t n) {
    otp_scope scope = otp_scope_begin();
    for (size_t i = 0; i < n * count; i++) {
        otp_ref ref;
        otp_spawn_monitor(
            fns[i % count],
            otp_tuple(otp_from_table(table), otp_uint(unit_seed() + i), otp_int(rounds_here())),
            &ref);
    }
    for (size_t i = 0; i < n * count; i++) {
        otp_term reason = OTP_NONE;
        CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "{'DOWN', _, process, _, ~t}", &reason),
                 OTP_OK);
        CHECK(otp_is(reason, "normal"));
    }
    otp_scope_end(scope);
}

/* ---- Counters ---- */

static void counts(otp_term arg) {
    job j = job_of(arg);
    otpi_prng prng;
    otpi_prng_seed(&prng, j.seed);
    for (int64_t i = 0; i < j.rounds; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term key = otp_int((int64_t)otpi_prng_below(&prng, KEYS));
        CHECK_EQ(otp_table_update_counter(j.table, key, 2, 1, otp_term_of("{key, 0, 0}"), NULL),
                 OTP_OK);
        CHECK_EQ(otp_table_update_counter(j.table, key, 3, -1, OTP_NONE, NULL), OTP_OK);
        otp_scope_end(scope);
    }
}

static void counters_conserve(otp_term arg) {
    (void)arg;
    otp_table t = public_table();
    run_all(t, (otp_process_fn *const[]){counts}, 1, WORKERS);
    otp_term rows;
    int64_t up = 0;
    int64_t down = 0;
    CHECK_EQ(otp_table_to_list(t, &rows), OTP_OK);
    OTP_LIST_FOREACH (row, rows) {
        int64_t a;
        int64_t b;
        CHECK(otp_match(row, "{_, ~i, ~i}", &a, &b));
        up += a;
        down += b;
    }
    CHECK_EQ(up, WORKERS * rounds_here());
    CHECK_EQ(down, -WORKERS * rounds_here());
}

UNIT("counters of many processes lose no step") {
    in_both_worlds(counters_conserve);
}

/* ---- Rows are seen whole ---- */

/* Writes {Key, N, N, Text of N} over and over, deletes some, and never touches the keys below 0. */
static void writes(otp_term arg) {
    job j = job_of(arg);
    otpi_prng prng;
    otpi_prng_seed(&prng, j.seed);
    for (int64_t i = 0; i < j.rounds; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term key = otp_int((int64_t)otpi_prng_below(&prng, KEYS * 20));
        otp_term n = otp_int((int64_t)otpi_prng_next(&prng));
        if (i % 3 == 2) {
            CHECK_EQ(otp_table_delete_key(j.table, key), OTP_OK);
        } else {
            CHECK_EQ(otp_table_insert(j.table, otp_tuple(key, n, n, otp_tuple(n))), OTP_OK);
        }
        otp_scope_end(scope);
    }
}

static void row_check(otp_term row) {
    otp_term a = otp_element(row, 1);
    CHECK(otp_equal(a, otp_element(row, 2)));
    CHECK(otp_equal(a, otp_element(otp_element(row, 3), 0)));
}

/* What is there all the time is found all the time, in lookups and in lists. */
static void reads(otp_term arg) {
    job j = job_of(arg);
    otpi_prng prng;
    otpi_prng_seed(&prng, j.seed);
    for (int64_t i = 0; i < j.rounds; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term row;
        bool there = false;
        if (otp_table_lookup(j.table, otp_int((int64_t)otpi_prng_below(&prng, KEYS * 20)), &row) ==
            OTP_OK) {
            row_check(row);
        }
        otp_term key = otp_int(-1 - (int64_t)otpi_prng_below(&prng, KEYS));
        CHECK_EQ(otp_table_member(j.table, key, &there), OTP_OK);
        CHECK(there);
        if (i % 200 == 0) {
            otp_term rows;
            int64_t lasting = 0;
            CHECK_EQ(otp_table_to_list(j.table, &rows), OTP_OK);
            OTP_LIST_FOREACH (each, rows) {
                int64_t k = 0;
                CHECK(otp_get_int(otp_element(each, 0), &k));
                lasting += k < 0;
                row_check(each);
            }
            CHECK_EQ(lasting, KEYS);
        }
        otp_scope_end(scope);
    }
}

static void rows_are_whole(otp_term arg) {
    (void)arg;
    otp_table t = public_table();
    for (int64_t k = 1; k <= KEYS; k++) {
        otp_term n = otp_int(k);
        CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(-k), n, n, otp_tuple(n))), OTP_OK);
    }
    run_all(t, (otp_process_fn *const[]){writes, reads}, 2, WORKERS / 2);
}

UNIT("readers see whole rows, and all that stay, while others write and the table grows") {
    in_both_worlds(rows_are_whole);
}

/* ---- Traversals ---- */

/* Keys from 0 on come and go by the thousand: the table grows and shrinks. */
static void grows_and_shrinks(otp_term arg) {
    job j = job_of(arg);
    for (int64_t round = 0; round < j.rounds / 500; round++) {
        for (int64_t i = 0; i < 4000; i++) {
            otp_scope scope = otp_scope_begin();
            otp_term key = otp_int(i % 2000);
            CHECK_EQ(i < 2000 ? otp_table_insert(j.table, otp_tuple(key, otp_int(i)))
                              : otp_table_delete_key(j.table, key),
                     OTP_OK);
            otp_scope_end(scope);
        }
    }
}

static bool counts_lasting(void *context, otp_term row) {
    int64_t key;
    int *seen = context;
    CHECK(otp_get_int(otp_element(row, 0), &key));
    if (key < 0) {
        seen[-1 - key]++;
    }
    return true;
}

static void folds(otp_term arg) {
    job j = job_of(arg);
    for (int64_t round = 0; round < j.rounds / 500; round++) {
        int seen[KEYS] = {0};
        CHECK_EQ(otp_table_foldl(j.table, counts_lasting, seen), OTP_OK);
        for (size_t i = 0; i < KEYS; i++) {
            CHECK_EQ(seen[i], 1);
        }
        otp_yield();
    }
}

static void folds_meet_what_stays(otp_term arg) {
    (void)arg;
    otp_table t = public_table();
    for (int64_t k = 1; k <= KEYS; k++) {
        CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(-k), otp_int(k))), OTP_OK);
    }
    run_all(t, (otp_process_fn *const[]){grows_and_shrinks, folds}, 2, 1);
}

UNIT("a fold meets each row that stays once while the table grows and shrinks") {
    in_both_worlds(folds_meet_what_stays);
}

/* ---- Memory of long work ---- */

static void replaces_for_long(otp_term arg) {
    (void)arg;
    otp_table t = public_table();
    int64_t blocks[2];
    int64_t bytes;
    otpi_block_live(&blocks[0], &bytes);
    for (int64_t i = 0; i < 50000; i++) {
        otp_scope scope = otp_scope_begin();
        CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(i % 10), otp_int(i))), OTP_OK);
        otp_scope_end(scope);
    }
    otpi_block_live(&blocks[1], &bytes);
    CHECK(blocks[1] - blocks[0] < 10000);
}

UNIT("rows replaced in a long loop are freed while it runs") {
    in_both_worlds(replaces_for_long);
}

/* ---- The end of a table under use ---- */

static void uses_until_gone(otp_term arg) {
    job j = job_of(arg);
    otp_err err = OTP_OK;
    for (int64_t i = 0; err != OTP_ENOENT; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term row;
        err = otp_table_insert(j.table, otp_tuple(otp_int(i % 1000), otp_int(i)));
        CHECK(err == OTP_OK || err == OTP_ENOENT);
        if (err == OTP_OK) {
            err = otp_table_lookup(j.table, otp_int(i % 1000), &row);
            CHECK(err == OTP_OK || err == OTP_ENOENT);
        }
        otp_yield();
        otp_scope_end(scope);
    }
}

static void deletes_when_filled(otp_term arg) {
    job j = job_of(arg);
    size_t size = 0;
    otp_err err = OTP_OK;
    while (err == OTP_OK && size < 500) {
        err = otp_table_size(j.table, &size);
        otp_yield();
    }
    err = otp_table_delete(j.table);
    CHECK(err == OTP_OK || err == OTP_ENOENT);
}

static void tables_end_in_use(otp_term arg) {
    (void)arg;
    for (int i = 0; i < 5; i++) {
        run_all(public_table(), (otp_process_fn *const[]){uses_until_gone, deletes_when_filled}, 2,
                2);
    }
}

UNIT("a table may be deleted while others use it") {
    in_both_worlds(tables_end_in_use);
}
