/* SPDX-License-Identifier: MIT */
/*
 * Tables of all kinds against a simple model: an array of rows in order of their insertion.
 */
#include <otp/table.h>

#include "base/prng.h"
#include "port/sanitizer.h"
#include "table/in_world.h"

#include <string.h>

enum { KEYS = 24, ROWS_MAX = 4000, STEPS = OTPI_TSAN || OTPI_ASAN ? 1500 : 5000, LARGE = 20000 };

static const otp_table_type types[] = {OTP_SET, OTP_ORDERED_SET, OTP_BAG, OTP_DUPLICATE_BAG};

/* ---- The model ---- */

typedef struct model_row {
    otp_term key; /* immediate or kept */
    int64_t value;
} model_row;

typedef struct model {
    otp_table table;
    otp_table_type type;
    model_row rows[ROWS_MAX];
    size_t n;
} model;

static bool is_bag(const model *m) {
    return m->type >= OTP_BAG;
}

static bool same_key(const model *m, otp_term a, otp_term b) {
    return m->type == OTP_ORDERED_SET ? otp_compare(a, b) == 0 : otp_equal(a, b);
}

/* Keys of every kind; of the numbers some are equal when == says so. */
static otp_term key_of(size_t i) {
    switch (i % 4) {
    case 0: return otp_int((int64_t)i / 8);
    case 1: return otp_float((double)(i / 8));
    case 2: return otp_tuple(otp_int((int64_t)i), OTP_ATOM(a));
    default: return otp_list(otp_int((int64_t)i), OTP_ATOM(b));
    }
}

static void model_remove(model *m, size_t i) {
    memmove(m->rows + i, m->rows + i + 1, (m->n - i - 1) * sizeof m->rows[0]);
    m->n--;
}

static size_t model_delete(model *m, otp_term key) {
    size_t before = m->n;
    for (size_t i = m->n; i-- > 0;) {
        if (same_key(m, m->rows[i].key, key)) {
            model_remove(m, i);
        }
    }
    return before - m->n;
}

static bool model_has(const model *m, otp_term key) {
    for (size_t i = 0; i < m->n; i++) {
        if (same_key(m, m->rows[i].key, key)) {
            return true;
        }
    }
    return false;
}

static void model_insert(model *m, otp_term key, int64_t value) {
    for (size_t i = 0; i < m->n; i++) {
        if (m->type == OTP_BAG && same_key(m, m->rows[i].key, key) && m->rows[i].value == value) {
            return;
        }
    }
    if (!is_bag(m)) {
        model_delete(m, key);
    }
    m->rows[m->n++] = (model_row){key, value};
}

/* The rows of a key as a list, in order of insertion. */
static otp_term model_rows(const model *m, otp_term key) {
    otp_term list = otp_nil();
    for (size_t i = m->n; i-- > 0;) {
        if (same_key(m, m->rows[i].key, key)) {
            list = otp_cons(otp_tuple(m->rows[i].key, otp_int(m->rows[i].value)), list);
        }
    }
    return list;
}

static otp_term model_values(const model *m, otp_term key) {
    otp_term list = otp_nil();
    for (size_t i = m->n; i-- > 0;) {
        if (same_key(m, m->rows[i].key, key)) {
            list = otp_cons(otp_int(m->rows[i].value), list);
        }
    }
    return list;
}

/* ---- Traversals ---- */

typedef struct visited {
    size_t rows;
    uint64_t sum; /* of hashes: tells the rows, not their order */
    int64_t stop_at;
} visited;

static bool note(void *context, otp_term row) {
    visited *v = context;
    v->rows++;
    v->sum += otp_hash(row);
    return v->stop_at == 0 || v->rows < (size_t)v->stop_at;
}

static void check_keys(const model *m, bool backwards) {
    otp_term key;
    otp_term last = OTP_NONE;
    size_t rows = 0;
    otp_err err = backwards ? otp_table_last(m->table, &key) : otp_table_first(m->table, &key);
    while (err == OTP_OK) {
        rows += otp_length(model_rows(m, key));
        if (m->type == OTP_ORDERED_SET && !otp_is_none(last)) {
            int order = otp_compare(last, key);
            CHECK(backwards ? order > 0 : order < 0);
        }
        last = key;
        err =
            backwards ? otp_table_prev(m->table, last, &key) : otp_table_next(m->table, last, &key);
    }
    CHECK_EQ(err, OTP_ENOENT);
    CHECK_EQ(rows, m->n);
}

static void check_all(const model *m) {
    otp_term list;
    size_t size;
    visited expected = {0};
    visited got[3] = {{0}, {0}, {0}};
    for (size_t i = 0; i < m->n; i++) {
        note(&expected, otp_tuple(m->rows[i].key, otp_int(m->rows[i].value)));
    }
    CHECK_EQ(otp_table_size(m->table, &size), OTP_OK);
    CHECK_EQ(size, m->n);
    CHECK_EQ(otp_table_to_list(m->table, &list), OTP_OK);
    OTP_LIST_FOREACH (row, list) {
        note(&got[0], row);
    }
    CHECK_EQ(otp_table_foldl(m->table, note, &got[1]), OTP_OK);
    CHECK_EQ(otp_table_foldr(m->table, note, &got[2]), OTP_OK);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(got[i].rows, expected.rows);
        CHECK_EQ(got[i].sum, expected.sum);
    }
    check_keys(m, false);
    check_keys(m, true);
}

/* ---- Random operations ---- */

static void check_key(const model *m, otp_term key) {
    otp_term rows;
    otp_term row;
    otp_term values;
    bool there = false;
    otp_term expected = model_rows(m, key);
    bool none = otp_is_nil(expected);
    CHECK_EQ(otp_table_lookup_all(m->table, key, &rows), OTP_OK);
    CHECK(otp_equal(rows, expected));
    CHECK_EQ(otp_table_lookup(m->table, key, &row), none ? OTP_ENOENT : OTP_OK);
    CHECK(none || otp_equal(row, otp_head(expected)));
    CHECK_EQ(otp_table_member(m->table, key, &there), OTP_OK);
    CHECK_EQ(there, !none);
    CHECK_EQ(otp_table_lookup_element(m->table, key, 2, &values), none ? OTP_ENOENT : OTP_OK);
    if (!none) {
        CHECK_EQ(otp_table_lookup_element(m->table, key, 3, &rows), OTP_EBADARG);
        CHECK_EQ(otp_table_lookup_element(m->table, key, 0, &rows), OTP_EBADARG);
        CHECK(otp_equal(values, is_bag(m) ? model_values(m, key) : otp_head(model_values(m, key))));
    }
}

static void delete_row(model *m, otp_term key, int64_t value) {
    otp_term row = otp_tuple(key, otp_int(value));
    CHECK_EQ(otp_table_delete_row(m->table, row), OTP_OK);
    for (size_t i = m->n; i-- > 0;) {
        /* in an ordered_set the row must equal, not only its key */
        if (otp_equal(m->rows[i].key, key) && m->rows[i].value == value) {
            model_remove(m, i);
        }
    }
}

static void update(model *m, otp_term key, int64_t value) {
    otp_err expected = is_bag(m) ? OTP_EBADARG : model_has(m, key) ? OTP_OK : OTP_ENOENT;
    CHECK_EQ(otp_table_update_element(m->table, key, otp_tuple(otp_int(2), otp_int(value))),
             expected);
    int64_t sum = 0;
    CHECK_EQ(otp_table_update_counter(m->table, key, 2, 1, OTP_NONE, &sum), expected);
    for (size_t i = 0; expected == OTP_OK && i < m->n; i++) {
        if (same_key(m, m->rows[i].key, key)) {
            m->rows[i].value = value + 1;
        }
    }
    CHECK_EQ(sum, expected == OTP_OK ? value + 1 : 0);
}

static void take(model *m, otp_term key) {
    otp_term rows;
    otp_term expected = model_rows(m, key);
    CHECK_EQ(otp_table_take(m->table, key, &rows), OTP_OK);
    CHECK(otp_equal(rows, expected));
    model_delete(m, key);
}

static void step(otpi_prng *prng, model *m, const otp_term *keys) {
    otp_term key = keys[otpi_prng_below(prng, KEYS)];
    otp_term other = keys[otpi_prng_below(prng, KEYS)];
    int64_t value = (int64_t)otpi_prng_below(prng, 4);
    otp_term row = otp_tuple(key, otp_int(value));
    bool room = m->n + 2 < ROWS_MAX;
    switch (otpi_prng_below(prng, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        if (room) {
            CHECK_EQ(otp_table_insert(m->table, otp_list(row, otp_tuple(other, otp_int(9)))),
                     OTP_OK);
            model_insert(m, key, value);
            model_insert(m, other, 9);
        }
        break;
    case 4:
        CHECK_EQ(otp_table_insert_new(m->table, row), model_has(m, key) ? OTP_EEXIST : OTP_OK);
        if (!model_has(m, key)) {
            model_insert(m, key, value);
        }
        break;
    case 5:
        CHECK_EQ(otp_table_delete_key(m->table, key), OTP_OK);
        model_delete(m, key);
        break;
    case 6:
    case 7: delete_row(m, key, value); break;
    case 8: take(m, key); break;
    case 9: update(m, key, value); break;
    default: check_key(m, key);
    }
}

static void against_model(otp_term arg) {
    (void)arg;
    otp_term keys[KEYS];
    static model m;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (size_t i = 0; i < KEYS; i++) {
        keys[i] = key_of(i);
    }
    for (size_t run = 0; run < 8; run++) {
        m.n = 0;
        m.type = types[run / 2];
        otp_table_opts opts = {.type = m.type, .protection = run % 2 ? OTP_PRIVATE : OTP_PUBLIC};
        CHECK_EQ(otp_table_new(&opts, &m.table), OTP_OK);
        for (int i = 0; i < STEPS; i++) {
            otp_scope scope = otp_scope_begin();
            step(&prng, &m, keys);
            if (i % 250 == 0) {
                check_all(&m);
            }
            if (i % 1000 == 999) {
                CHECK_EQ(otp_table_delete_all(m.table), OTP_OK);
                m.n = 0;
            }
            otp_scope_end(scope);
        }
        check_all(&m);
    }
}

UNIT("tables of all kinds agree with an array of rows") {
    in_both_worlds(against_model);
}

/* ---- What the kinds are ---- */

static void numbers(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_term rows;
    CHECK_EQ(otp_table_new(&(otp_table_opts){.type = OTP_ORDERED_SET}, &t), OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("[{1, a}, {3, c}, {1.0, b}, {a, d}, {2.5, e}]")),
             OTP_OK);
    CHECK_EQ(otp_table_to_list(t, &rows), OTP_OK);
    CHECK_STR(otp_show(rows), "[{1.0,b},{2.5,e},{3,c},{a,d}]");
    CHECK_EQ(otp_table_lookup_all(t, otp_int(1), &rows), OTP_OK);
    CHECK_STR(otp_show(rows), "[{1.0,b}]");
    CHECK_EQ(otp_table_next(t, otp_int(2), &rows), OTP_OK);
    CHECK_STR(otp_show(rows), "2.5");
    CHECK_EQ(otp_table_prev(t, otp_int(2), &rows), OTP_OK);
    CHECK_STR(otp_show(rows), "1.0");
    CHECK_EQ(otp_table_prev(t, otp_int(0), &rows), OTP_ENOENT);
}

UNIT("an ordered_set has one row for 1 and 1.0, in Erlang's order") {
    in_both_worlds(numbers);
}

static void bags(otp_term arg) {
    (void)arg;
    for (int duplicate = 0; duplicate < 2; duplicate++) {
        otp_table t;
        otp_term rows;
        otp_table_opts opts = {.type = duplicate ? OTP_DUPLICATE_BAG : OTP_BAG};
        CHECK_EQ(otp_table_new(&opts, &t), OTP_OK);
        CHECK_EQ(otp_table_insert(t, otp_term_of("[{1, a}, {1, b}, {1, a}]")), OTP_OK);
        CHECK_EQ(otp_table_insert(t, otp_term_of("{1, 1}")), OTP_OK);
        CHECK_EQ(otp_table_insert(t, otp_term_of("{1, 1.0}")), OTP_OK);
        CHECK_EQ(otp_table_lookup_all(t, otp_int(1), &rows), OTP_OK);
        CHECK_STR(otp_show(rows),
                  duplicate ? "[{1,a},{1,b},{1,a},{1,1},{1,1.0}]" : "[{1,a},{1,b},{1,1},{1,1.0}]");
        CHECK_EQ(otp_table_insert_new(t, otp_term_of("{1, new}")), OTP_EEXIST);
        CHECK_EQ(otp_table_delete_row(t, otp_term_of("{1, a}")), OTP_OK);
        CHECK_EQ(otp_table_lookup_all(t, otp_int(1), &rows), OTP_OK);
        CHECK_STR(otp_show(rows), "[{1,b},{1,1},{1,1.0}]");
        CHECK_EQ(otp_table_update_counters(t, otp_int(1), otp_int(1), OTP_NONE, &rows),
                 OTP_EBADARG);
        CHECK_EQ(otp_table_delete_row(t, OTP_ATOM(row)), OTP_EBADARG);
    }
}

UNIT("a bag has different rows of a key, a duplicate_bag equal ones too") {
    in_both_worlds(bags);
}

/* ---- Fixation ---- */

static void fixes(otp_term arg) {
    (void)arg;
    for (size_t k = 0; k < 4; k++) {
        otp_table t;
        otp_term key;
        otp_term info;
        otp_err unfixed = types[k] == OTP_ORDERED_SET ? OTP_OK : OTP_EBADARG;
        CHECK_EQ(otp_table_new(&(otp_table_opts){.type = types[k]}, &t), OTP_OK);
        for (int64_t i = 0; i < 3000; i++) {
            CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(i))), OTP_OK);
        }
        CHECK_EQ(otp_table_fix(t, true), OTP_OK);
        CHECK_EQ(otp_table_fix(t, true), OTP_OK);
        CHECK_EQ(otp_table_info(t, &info), OTP_OK);
        CHECK_STR(otp_show(otp_map_get(info, OTP_ATOM(safe_fixed))),
                  otp_show(otp_list(otp_tuple(otp_from_pid(otp_self()), otp_int(2)))));
        size_t seen = 0;
        otp_err err = otp_table_first(t, &key);
        for (; err == OTP_OK; seen++) {
            CHECK_EQ(otp_table_delete_key(t, key), OTP_OK);
            err = otp_table_next(t, key, &key);
        }
        CHECK_EQ(err, OTP_ENOENT);
        CHECK_EQ(seen, 3000);
        CHECK_EQ(otp_table_fix(t, false), OTP_OK);
        CHECK_EQ(otp_table_next(t, otp_int(-1), &key), OTP_ENOENT);
        CHECK_EQ(otp_table_fix(t, false), OTP_OK);
        CHECK_EQ(otp_table_fix(t, false), OTP_OK); /* one too many does no harm */
        CHECK_EQ(otp_table_insert(t, otp_term_of("{5}")), OTP_OK);
        CHECK_EQ(otp_table_next(t, otp_int(-1), &key), unfixed);
        CHECK_EQ(otp_table_info(t, &info), OTP_OK);
        CHECK_STR(otp_show(otp_map_get(info, OTP_ATOM(fixed))), "false");
    }
}

UNIT("in a fixed table a traversal goes on from a deleted key") {
    in_both_worlds(fixes);
}

static void fix_and_die(otp_term arg) {
    otp_table t = {0};
    CHECK(otp_get_table(arg, &t));
    CHECK_EQ(otp_table_fix(t, true), OTP_OK);
    otp_exit(OTP_ATOM(crash));
}

static void fix_and_wait(otp_term arg) {
    otp_table t = {0};
    otp_pid parent = OTP_PID_NONE;
    otp_term table = OTP_NONE;
    otp_term message;
    CHECK(otp_match(arg, "{~t, ~p}", &table, &parent) && otp_get_table(table, &t));
    CHECK_EQ(otp_table_fix(t, true), OTP_OK);
    otp_send(parent, OTP_ATOM(fixed));
    (void)!otp_receive(OTP_INFINITY, &message);
}

static void fixes_end(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_table many[40];
    otp_term info;
    otp_ref ref;
    otp_term message;
    CHECK_EQ(otp_table_new(NULL, &t), OTP_OK);
    in_process(fix_and_die, otp_from_table(t));
    CHECK_EQ(otp_table_info(t, &info), OTP_OK);
    CHECK_STR(otp_show(otp_map_get(info, OTP_ATOM(fixed))), "false");
    otp_pid other = otp_spawn_monitor(fix_and_wait,
                                      otp_tuple(otp_from_table(t), otp_from_pid(otp_self())), &ref);
    CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "fixed"), OTP_OK);
    CHECK_EQ(otp_table_fix(t, true), OTP_OK);
    for (int i = 0; i < 40; i++) { /* the registry grows with ties in it */
        CHECK_EQ(otp_table_new(NULL, &many[i]), OTP_OK);
    }
    CHECK_EQ(otp_table_info(t, &info), OTP_OK);
    CHECK_EQ(otp_length(otp_map_get(info, OTP_ATOM(safe_fixed))), 2);
    CHECK_EQ(otp_table_delete(t), OTP_OK);
    otp_kill(other);
    CHECK_EQ(otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &message), OTP_OK);
}

UNIT("a fixation ends with its process, or with the table") {
    in_both_worlds(fixes_end);
}

/* ---- Folds ---- */

typedef struct eater {
    otp_table table;
    size_t rows;
} eater;

/* Deletes what it sees, inserts behind and before, and lets others run. */
static bool eat(void *context, otp_term row) {
    eater *e = context;
    int64_t key = 0;
    CHECK(otp_get_int(otp_element(row, 0), &key));
    CHECK_EQ(otp_table_delete_key(e->table, otp_int(key)), OTP_OK);
    otp_yield();
    CHECK(otp_equal(otp_element(row, 0), otp_int(key)));
    e->rows += key < 1000;
    return true;
}

static void folds(otp_term arg) {
    (void)arg;
    for (size_t k = 0; k < 4; k++) {
        eater e = {.rows = 0};
        visited few = {.stop_at = 5};
        size_t size;
        otp_table_opts opts = {.type = types[k], .protection = k % 2 ? OTP_PUBLIC : OTP_PRIVATE};
        CHECK_EQ(otp_table_new(&opts, &e.table), OTP_OK);
        for (int64_t i = 0; i < 100; i++) {
            CHECK_EQ(otp_table_insert(e.table, otp_tuple(otp_int(i), OTP_ATOM(x))), OTP_OK);
        }
        CHECK_EQ(otp_table_foldl(e.table, note, &few), OTP_OK);
        CHECK_EQ(few.rows, 5);
        CHECK_EQ(k % 2 ? otp_table_foldr(e.table, eat, &e) : otp_table_foldl(e.table, eat, &e),
                 OTP_OK);
        CHECK_EQ(e.rows, 100);
        CHECK_EQ(otp_table_size(e.table, &size), OTP_OK);
        CHECK_EQ(size, 0);
    }
}

UNIT("a fold may be stopped, and may change the table under it") {
    in_both_worlds(folds);
}

/* ---- Memory of a table that was large ---- */

static int64_t bytes_of(otp_table t) {
    otp_term info;
    int64_t bytes = 0;
    CHECK_EQ(otp_table_info(t, &info), OTP_OK);
    CHECK(otp_get_int(otp_map_get(info, OTP_ATOM(memory)), &bytes));
    return bytes;
}

static void shrinks(otp_term arg) {
    (void)arg;
    for (size_t k = 0; k < 4; k++) {
        otp_table t;
        otp_term key;
        CHECK_EQ(otp_table_new(&(otp_table_opts){.type = types[k]}, &t), OTP_OK);
        int64_t empty = bytes_of(t);
        for (int64_t i = 0; i < LARGE; i++) {
            otp_scope scope = otp_scope_begin();
            CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(i))), OTP_OK);
            otp_scope_end(scope);
        }
        CHECK(bytes_of(t) > empty + LARGE * 40);
        for (otp_err err = OTP_OK; err == OTP_OK;) { /* a queue: quick although it empties */
            otp_scope scope = otp_scope_begin();
            err = otp_table_first(t, &key);
            if (err == OTP_OK) {
                CHECK_EQ(otp_table_delete_key(t, key), OTP_OK);
            }
            otp_scope_end(scope);
        }
        CHECK(bytes_of(t) < empty + 40000);
    }
}

UNIT("a table that was large gives its memory back") {
    in_both_worlds(shrinks);
}

/* ---- Several changes at once ---- */

static void changes(otp_term arg) {
    (void)arg;
    for (int k = 0; k < 2; k++) {
        otp_table t;
        otp_term v = OTP_NONE;
        CHECK_EQ(otp_table_new(&(otp_table_opts){.type = types[k]}, &t), OTP_OK);
        CHECK_EQ(otp_table_insert(t, otp_term_of("{c, 5, 6, [x]}")), OTP_OK);
        CHECK_EQ(otp_table_update_counters(t, OTP_ATOM(c),
                                           otp_term_of("[{2, 3, 7, 0}, {2, -3, -1, 9}, {3, 1}]"),
                                           OTP_NONE, &v),
                 OTP_OK);
        CHECK_STR(otp_show(v), "[0,9,7]");
        CHECK_EQ(otp_table_update_counters(t, OTP_ATOM(c), otp_int(4), OTP_NONE, &v), OTP_OK);
        CHECK_STR(otp_show(v), "13");
        CHECK_EQ(otp_table_update_counters(t, OTP_ATOM(c),
                                           otp_term_of("{2, 100000000000000000000}"), OTP_NONE, &v),
                 OTP_OK);
        CHECK_STR(otp_show(v), "100000000000000000013");
        CHECK_EQ(otp_table_update_counters(t, OTP_ATOM(c), otp_nil(), OTP_NONE, &v), OTP_OK);
        CHECK_STR(otp_show(v), "[]");
        CHECK_EQ(otp_table_update_counters(t, OTP_ATOM(d), otp_term_of("{2, 1}"),
                                           otp_term_of("{x, 1}"), &v),
                 OTP_OK);
        CHECK_STR(otp_show(v), "2");
        CHECK_EQ(otp_table_lookup(t, OTP_ATOM(d), &v), OTP_OK);
        CHECK_STR(otp_show(v), "{d,2}");
        static const char *const bad[] = {"a",
                                          "{2}",
                                          "{1, 1}",
                                          "{9, 1}",
                                          "{4, 1}",
                                          "{2, a}",
                                          "[{2, 1}, {2, 1.0}]",
                                          "{2, 1, 2}",
                                          "{2, 1, a, 2}",
                                          "[{2, 1} | {2, 1}]",
                                          "{0, 1}"};
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            CHECK_EQ(otp_table_update_counters(t, OTP_ATOM(c), otp_term_of(bad[i]), OTP_NONE, &v),
                     OTP_EBADARG);
        }
        CHECK_EQ(otp_table_update_counters(t, OTP_ATOM(e), otp_int(1), OTP_NONE, &v), OTP_ENOENT);
        CHECK_EQ(otp_table_update_counters(t, OTP_ATOM(e), otp_int(1), otp_int(1), &v),
                 OTP_EBADARG);
        CHECK_EQ(otp_table_update_element(t, OTP_ATOM(c), otp_term_of("[{2, a}, {3, q}, {2, b}]")),
                 OTP_OK);
        CHECK_EQ(otp_table_update_element(t, OTP_ATOM(c), otp_term_of("{1, a}")), OTP_EBADARG);
        CHECK_EQ(otp_table_update_element(t, OTP_ATOM(c), otp_term_of("{2}")), OTP_EBADARG);
        CHECK_EQ(otp_table_update_element(t, OTP_ATOM(c), otp_term_of("[{2, z}, {7, a}]")),
                 OTP_EBADARG);
        CHECK_EQ(otp_table_update_element(t, OTP_ATOM(e), otp_term_of("{2, a}")), OTP_ENOENT);
        CHECK_EQ(otp_table_lookup(t, OTP_ATOM(c), &v), OTP_OK);
        CHECK_STR(otp_show(v), "{c,b,q,[x]}");
    }
}

UNIT("several counters or elements change at once, or none") {
    in_both_worlds(changes);
}

/* ---- Out of memory ---- */

typedef otp_err operation(otp_table table, otp_term operand);

static otp_err do_take(otp_table t, otp_term key) {
    otp_term rows;
    return otp_table_take(t, key, &rows);
}
static otp_err do_counters(otp_table t, otp_term operations) {
    otp_term values;
    return otp_table_update_counters(t, otp_int(1), operations, OTP_NONE, &values);
}
static otp_err do_elements(otp_table t, otp_term changes_of) {
    return otp_table_update_element(t, otp_int(1), changes_of);
}
static otp_err do_list(otp_table t, otp_term unused) {
    (void)unused;
    otp_term rows;
    return otp_table_to_list(t, &rows);
}
static otp_err do_lookup(otp_table t, otp_term key) {
    otp_term rows;
    return otp_table_lookup_all(t, key, &rows);
}
static otp_err do_fix(otp_table t, otp_term unused) {
    (void)unused;
    return otp_table_fix(t, true);
}

/* Uses up what the scope has, so that the next term needs an allocation. */
static void fill_scope(void) {
    while (otpi_scope_now->end - otpi_scope_now->at > 0) {
        otp_tuple_of(0, NULL);
    }
}

static int fail_each(otp_table t, operation *op, const char *operand) {
    for (int n = 1;; n++) {
        otp_scope scope = otp_scope_begin();
        otp_term before;
        otp_term after;
        otp_term term = otp_term_of(operand);
        CHECK_EQ(otp_table_to_list(t, &before), OTP_OK);
        fill_scope();
        int left = n;
        otpi_alloc_fault_set(in_world_fail, &left);
        otp_err err = op(t, term);
        otpi_alloc_fault_set(NULL, NULL);
        CHECK_EQ(otp_table_to_list(t, &after), OTP_OK);
        bool same = otp_equal(before, after);
        otp_scope_end(scope);
        if (err == OTP_OK) {
            return n - 1;
        }
        CHECK_EQ(err, OTP_ENOMEM);
        if (!CHECK(same && n < 100)) {
            return n;
        }
    }
}

static void out_of_memory(otp_term arg) {
    (void)arg;
    for (size_t run = 0; run < 8; run++) {
        otp_table t;
        otp_table_opts opts = {.type = types[run / 2],
                               .protection = run % 2 ? OTP_PRIVATE : OTP_PUBLIC};
        CHECK_EQ(otp_table_new(&opts, &t), OTP_OK);
        CHECK(fail_each(t, otp_table_insert, "[{1, 1, [a]}, {2, 2, [b]}, {3, 3}, {4, 4}]") >= 4);
        CHECK(fail_each(t, otp_table_insert, "{1, 10, [a]}") >= 1);
        CHECK(fail_each(t, do_list, "1") >= 1);
        CHECK(fail_each(t, do_lookup, "1") >= 1);
        CHECK(fail_each(t, do_fix, "1") >= 1);
        if (opts.type < OTP_BAG) {
            CHECK(fail_each(t, do_counters, "[{2, 1}, {2, 100000000000000000000}]") >= 2);
            CHECK(fail_each(t, do_elements, "[{2, a}, {3, [b]}]") >= 2);
        }
        CHECK(fail_each(t, do_take, "1") >= 1);
    }
}

UNIT("without memory nothing happens to a table of any kind") {
    in_both_worlds(out_of_memory);
}
