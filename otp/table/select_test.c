/* SPDX-License-Identifier: MIT */
/*
 * Selections against a plain loop over the rows, alone and while others write.
 */
#include <otp/select.h>

#include "base/prng.h"
#include "port/sanitizer.h"
#include "table/in_world.h"

static const otp_table_type types[] = {OTP_SET, OTP_ORDERED_SET, OTP_BAG, OTP_DUPLICATE_BAG};

/* ---- Call sites ---- */

static void bad_site(otp_term arg) {
    otp_table t;
    otp_term rows;
    CHECK_EQ(otp_table_new(NULL, &t), OTP_OK);
    if (otp_is(arg, "text")) {
        (void)!otp_table_select(t, "{'$1'} -> '$2'", &rows);
    } else if (otp_is(arg, "few")) {
        (void)!otp_table_select(t, "{~w, ~w} -> 1", &rows, otp_int(1));
    } else {
        int64_t n = 0;
        (void)!otp_table_select(t, "{~w} -> 1", &rows, &n);
    }
    CHECK_STR("came here", "an exit");
}

static void bad_sites(otp_term arg) {
    (void)arg;
    otp_term what = OTP_NONE;
    CHECK(otp_match(in_process(bad_site, OTP_ATOM(text)), "{badarg, {_, ~t}}", &what));
    CHECK_STR(otp_show(what), "<<\"clause 1, result 1: expected a variable that is in the head, "
                              "not '$2'\">>");
    CHECK(otp_match(in_process(bad_site, OTP_ATOM(few)), "{badarg, {_, ~t}}", &what));
    CHECK_STR(otp_show(what), "<<\"one otp_term for each ~w\">>");
    CHECK(otp_match(in_process(bad_site, OTP_ATOM(type)), "{badarg, {_, ~t}}", &what));
}

UNIT("a call site's misuse is an exit that says what and where") {
    in_both_worlds(bad_sites);
}

/* ---- Selections ---- */

static otp_table filled(otp_table_type type, int64_t n) {
    otp_table t = {0};
    otp_table_opts opts = {.type = type, .protection = OTP_PUBLIC};
    CHECK_EQ(otp_table_new(&opts, &t), OTP_OK);
    for (int64_t i = 0; i < n; i++) {
        otp_term map = otp_map(OTP_ATOM(n), otp_int(i % 7));
        CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(i), otp_int(i % 5), map)), OTP_OK);
        if (type >= OTP_BAG) {
            CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(i), otp_int(i % 5 + 5), map)), OTP_OK);
        }
    }
    return t;
}

static int64_t sum_of(otp_term list) {
    int64_t sum = 0;
    OTP_LIST_FOREACH (each, list) {
        int64_t n = 0;
        CHECK(otp_get_int(each, &n));
        sum += n;
    }
    return sum;
}

static void selects(otp_term arg) {
    (void)arg;
    for (size_t k = 0; k < 4; k++) {
        otp_table t = filled(types[k], 100);
        int64_t each = types[k] >= OTP_BAG ? 2 : 1;
        otp_term rows;
        size_t n = 0;
        CHECK_EQ(otp_table_select(t, "{'$1', _, _} -> '$1'", &rows), OTP_OK);
        CHECK_EQ(sum_of(rows), 4950 * each);
        CHECK_EQ(otp_table_select(t, "{'$1', _, _} when '$1' >= ~w, '$1' < ~w + 10 -> '$1'", &rows,
                                  otp_int(20), otp_int(20)),
                 OTP_OK);
        CHECK_EQ(sum_of(rows), 245 * each);
        CHECK_EQ(
            otp_table_select(t, "{~w, '$1', _} -> {'$1', ~w}", &rows, otp_int(8), OTP_ATOM(mark)),
            OTP_OK);
        CHECK_STR(otp_show(rows), each == 2 ? "[{3,mark},{8,mark}]" : "[{3,mark}]");
        CHECK_EQ(otp_table_match(t, "{8, '$2', #{n := '$1'}}", &rows), OTP_OK);
        CHECK_STR(otp_show(rows), each == 2 ? "[[1,3],[1,8]]" : "[[1,3]]");
        CHECK_EQ(otp_table_match_object(t, "{'_', 3, #{n := ~w}}", &rows, otp_int(1)), OTP_OK);
        CHECK_EQ(otp_length(rows), 3); /* 8, 43, 78 */
        CHECK_EQ(otp_table_select_count(t, "{'$1', _, _} -> '$1' rem 2 == 0", &n), OTP_OK);
        CHECK_EQ(n, 50 * each);
        CHECK_EQ(otp_table_match_delete(t, "{8, 3, _}", &n), OTP_OK);
        CHECK_EQ(n, 1);
        CHECK_EQ(otp_table_select_delete(t, "{'$1', _, _} -> '$1' rem 2 == 1", &n), OTP_OK);
        CHECK_EQ(n, 50 * each);
        CHECK_EQ(otp_table_size(t, &n), OTP_OK);
        CHECK_EQ(n, 50 * each - 1);
        CHECK_EQ(otp_table_match_delete(t, "'_'", &n), OTP_OK);
        CHECK_EQ(n, 50 * each - 1);
        CHECK_EQ(otp_table_select(t, "'_' -> 1", &rows), OTP_OK);
        CHECK(otp_is_nil(rows));
        CHECK_EQ(otp_table_delete(t), OTP_OK);
        CHECK_EQ(otp_table_select(t, "'_' -> 1", &rows), OTP_ENOENT);
    }
}

UNIT("rows are selected, counted and deleted in tables of all kinds") {
    in_both_worlds(selects);
}

static void replaces(otp_term arg) {
    (void)arg;
    for (size_t k = 0; k < 4; k++) {
        for (int p = 0; p < 2; p++) {
            otp_table t;
            otp_term rows;
            size_t n = 77;
            otp_table_opts opts = {.type = types[k], .protection = p ? OTP_PRIVATE : OTP_PUBLIC};
            CHECK_EQ(otp_table_new(&opts, &t), OTP_OK);
            CHECK_EQ(otp_table_insert(t, otp_term_of("[{1, 10}, {2, 20}, {3, [x]}]")), OTP_OK);
            otp_err err = otp_table_select_replace(
                t, "{'$1', '$2'} when is_integer('$2') -> {'$1', '$2' + 1}", &n);
            CHECK_EQ(err, types[k] == OTP_BAG ? OTP_EBADARG : OTP_OK);
            CHECK_EQ(n, types[k] == OTP_BAG ? 77 : 2);
            if (types[k] == OTP_BAG) {
                continue;
            }
            CHECK_EQ(otp_table_select_replace(t, "{3, _} -> {3, [y, z]}", &n), OTP_OK);
            CHECK_EQ(otp_table_select_replace(t, "{2, _} -> '$_'", &n), OTP_OK);
            CHECK_EQ(otp_table_select_replace(t, "{~w, _} -> {~w, 1}", &n, otp_int(1), otp_int(1)),
                     OTP_EBADARG); /* two arguments: nobody knows that they are equal */
            CHECK_EQ(otp_table_select_replace(t, "{'$1', '$2'} -> {'$2', '$1'}", &n), OTP_EBADARG);
            CHECK_EQ(otp_table_select_replace(t, "{'$1', '$2'} -> '$2'", &n), OTP_EBADARG);
            CHECK_EQ(otp_table_select_replace(t, "{1, '$2'} -> {1.0, '$2'}", &n), OTP_EBADARG);
            CHECK_EQ(otp_table_select_replace(t, "'$1' -> '$1'", &n), OTP_OK);
            CHECK_EQ(n, 3);
            CHECK_EQ(otp_table_select(t, "{'$1', '$2'} when '$1' < 3 -> '$1' * 100 + '$2'", &rows),
                     OTP_OK);
            CHECK_EQ(sum_of(rows), 111 + 221);
            CHECK_EQ(otp_table_lookup(t, otp_int(3), &rows), OTP_OK);
            CHECK_STR(otp_show(rows), "{3,[y,z]}");
        }
    }
}

UNIT("rows are replaced by others with the same key, and nothing else") {
    in_both_worlds(replaces);
}

/* ---- In portions ---- */

static void portions(otp_term arg) {
    (void)arg;
    for (size_t k = 0; k < 4; k++) {
        for (int backwards = 0; backwards < 2; backwards++) {
            otp_table t = filled(types[k], 100);
            otp_table_cursor cursor = {.limit = 7, .backwards = backwards};
            otp_term rows;
            int64_t sum = 0;
            int64_t last = backwards ? 1000 : -1;
            int calls = 0;
            while (otp_table_select_some(t, "{'$1', '$2', _} when '$2' < 5 -> '$1'", &cursor,
                                         &rows) == OTP_OK) {
                size_t n = otp_length(rows);
                CHECK(n > 0 && n <= 7);
                sum += sum_of(rows);
                calls++;
                OTP_LIST_FOREACH (each, rows) {
                    int64_t key = 0;
                    CHECK(otp_get_int(each, &key));
                    CHECK(types[k] != OTP_ORDERED_SET || (backwards ? key < last : key > last));
                    last = key;
                }
                /* what comes and goes meanwhile does not matter to those that stay */
                CHECK_EQ(otp_table_delete_key(t, otp_head(rows)), OTP_OK);
                for (int64_t i = 0; i < 50; i++) {
                    CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(1000 + calls * 50 + i),
                                                           OTP_ATOM(new), otp_nil())),
                             OTP_OK);
                }
            }
            CHECK_EQ(sum, 4950);
            CHECK_EQ(calls, 15);
            CHECK(otp_is_nil(rows));
            cursor.limit = 0;
            CHECK_EQ(otp_table_select_some(t, "'_' -> 1", &cursor, &rows), OTP_EBADARG);
        }
    }
}

UNIT("portions give every row that stays once, whatever happens between them") {
    in_both_worlds(portions);
}

/* ---- Random specifications against a loop ---- */

enum { ROUNDS = 400 };

/* A random specification: head, guard, and the same as C. */
static otp_term random_spec(otpi_prng *prng, int64_t *key, int64_t *least, int64_t *map) {
    *key = otpi_prng_below(prng, 3) == 0 ? (int64_t)otpi_prng_below(prng, 120) : -1;
    *map = otpi_prng_below(prng, 2) ? (int64_t)otpi_prng_below(prng, 7) : -1;
    *least = (int64_t)otpi_prng_below(prng, 8);
    otp_term head = otp_tuple(*key >= 0 ? otp_int(*key) : otp_atom("$3"), otp_atom("$1"),
                              *map >= 0 ? otp_map(OTP_ATOM(n), otp_int(*map)) : otp_atom("_"));
    otp_term guard = otp_tuple(otp_atom(">="), otp_atom("$1"), otp_int(*least));
    return otp_list(otp_tuple(head, otp_list(guard), otp_list(otp_atom("$_"))));
}

static size_t count_by_loop(otp_table t, int64_t key, int64_t least, int64_t map) {
    otp_term rows;
    size_t n = 0;
    CHECK_EQ(otp_table_to_list(t, &rows), OTP_OK);
    OTP_LIST_FOREACH (row, rows) {
        int64_t k = 0;
        int64_t v = 0;
        int64_t m = 0;
        CHECK(otp_match(row, "{~i, ~i, #{n := ~i}}", &k, &v, &m));
        n += (key < 0 || k == key) && v >= least && (map < 0 || m == map);
    }
    return n;
}

static void random_specs(otp_term arg) {
    (void)arg;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (size_t k = 0; k < 4; k++) {
        otp_table t = filled(types[k], 100);
        for (int i = 0; i < ROUNDS / 4; i++) {
            otp_scope scope = otp_scope_begin();
            int64_t key;
            int64_t least;
            int64_t map;
            otp_spec *spec;
            otp_term rows;
            size_t before;
            size_t after;
            size_t n;
            CHECK_EQ(otp_spec_compile(random_spec(&prng, &key, &least, &map), &spec, NULL), OTP_OK);
            size_t expected = count_by_loop(t, key, least, map);
            CHECK_EQ(otp_table_select_by(t, spec, NULL, &rows), OTP_OK);
            CHECK_EQ(otp_length(rows), expected);
            CHECK_EQ(otp_table_select_count_by(t, spec, &n), OTP_OK);
            CHECK_EQ(n, 0); /* its result is the row, not true */
            CHECK_EQ(otp_table_size(t, &before), OTP_OK);
            CHECK_EQ(otp_table_select_delete_by(t, spec, &n), OTP_OK);
            CHECK_EQ(n, 0);
            CHECK_EQ(otp_table_select_replace_by(t, spec, &n),
                     types[k] == OTP_BAG ? OTP_EBADARG : OTP_OK);
            CHECK(types[k] == OTP_BAG || n == expected);
            CHECK_EQ(otp_table_size(t, &after), OTP_OK);
            CHECK_EQ(after, before);
            CHECK_EQ(count_by_loop(t, key, least, map), expected);
            otp_spec_free(spec);
            otp_scope_end(scope);
        }
    }
}

UNIT("random specifications select what a loop over the rows selects") {
    in_both_worlds(random_specs);
}

/* ---- While others write ---- */

enum { WRITERS = 3, STAY = 60 };

static void churns(otp_term arg) {
    otp_table t = {0};
    otpi_prng prng;
    int64_t rounds = 0;
    uint64_t seed = 0;
    otp_term table = OTP_NONE;
    CHECK(otp_match(arg, "{~t, ~u, ~i}", &table, &seed, &rounds) && otp_get_table(table, &t));
    otpi_prng_seed(&prng, seed);
    for (int64_t i = 0; i < rounds; i++) {
        otp_scope scope = otp_scope_begin();
        int64_t k = STAY + (int64_t)otpi_prng_below(&prng, 300);
        otp_err err = OTP_OK;
        size_t n;
        switch (otpi_prng_below(&prng, 5)) {
        case 0: err = otp_table_delete_key(t, otp_int(k)); break;
        case 1:
            err = otp_table_select_delete(t, "{'$1', _, '_'} -> '$1' == ~w", &n, otp_int(k));
            break;
        case 2:
            err =
                otp_table_select_replace(t, "{'$1', '$2', '$3'} -> {'$1', '$2' + 1, '$3' - 1}", &n);
            CHECK(err == OTP_OK || err == OTP_EBADARG);
            err = OTP_OK;
            break;
        case 3:
            /* 0 is a row of a counter in place */
            err = otp_table_update_counter(t, otp_int(k % STAY), 2, 0, OTP_NONE, NULL);
            err = err == OTP_EBADARG ? OTP_OK : err;
            break;
        default: err = otp_table_insert(t, otp_tuple(otp_int(k), otp_int(k), otp_int(-k)));
        }
        CHECK_EQ(err, OTP_OK);
        otp_scope_end(scope);
    }
}

static void watches(otp_table t) {
    otp_term rows;
    int64_t stays = 0;
    CHECK_EQ(otp_table_select(t, "{'$1', '$2', '$3'} -> {'$1', '$2' + '$3'}", &rows), OTP_OK);
    OTP_LIST_FOREACH (row, rows) {
        int64_t k = 0;
        int64_t sum = 1;
        CHECK(otp_match(row, "{~i, ~i}", &k, &sum));
        CHECK_EQ(sum, 0);
        stays += k < STAY;
    }
    CHECK_EQ(stays, STAY);
}

static void under_churn(otp_term arg) {
    (void)arg;
    int64_t rounds = otpi_simulated() ? 60 : 400;
    for (size_t k = 0; k < 4; k++) {
        otp_table t;
        otp_ref refs[WRITERS];
        otp_term down;
        otp_table_opts opts = {.type = types[k], .protection = OTP_PUBLIC};
        CHECK_EQ(otp_table_new(&opts, &t), OTP_OK);
        for (int64_t i = 0; i < STAY; i++) {
            CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(i), otp_int(i), otp_int(-i))), OTP_OK);
        }
        otp_scope scope = otp_scope_begin();
        for (uint64_t i = 0; i < WRITERS; i++) {
            otp_spawn_monitor(
                churns, otp_tuple(otp_from_table(t), otp_uint(unit_seed() + i), otp_int(rounds)),
                &refs[i]);
        }
        for (int64_t i = 0; i < rounds / 2; i++) {
            otp_scope inner = otp_scope_begin();
            watches(t);
            otp_yield();
            otp_scope_end(inner);
        }
        for (int i = 0; i < WRITERS; i++) {
            CHECK_EQ(otp_receive_ref(refs[i], IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
            CHECK_STR(otp_show(otp_element(down, 4)), "normal");
        }
        watches(t);
        otp_scope_end(scope);
    }
}

UNIT("selections see whole rows, and all that stay, while others write") {
    in_both_worlds(under_churn);
}

/* ---- In its place ---- */

enum { COPIES = 5, REPLACEMENTS = OTPI_TSAN || OTPI_ASAN ? 3000 : 20000 };

static int64_t replacements_here(void) {
    return otpi_simulated() ? REPLACEMENTS / 10 : REPLACEMENTS;
}

/* In a parallel world they run at the same time, as long as nobody moves to the other's thread. */
static void let_others(void) {
    if (otpi_simulated()) {
        otp_yield();
    }
}

/* Rows of a bag's key become longer and shorter again, all of them and one in their middle. */
static void replaces_copies(otp_term arg) {
    otp_table t = {0};
    CHECK(otp_get_table(arg, &t));
    for (int64_t i = 0; i < replacements_here(); i++) {
        otp_scope scope = otp_scope_begin();
        size_t n = 0;
        CHECK_EQ(otp_table_select_replace(t, "{k, '$1'} -> {k, '$1', x, x, x, [x]}", &n), OTP_OK);
        CHECK_EQ(n, COPIES);
        CHECK_EQ(otp_table_select_replace(t, "{k, 2, _, _, _, _} -> {k, 2}", &n), OTP_OK);
        CHECK_EQ(n, 1);
        let_others();
        CHECK_EQ(otp_table_select_replace(t, "{k, '$1', _, _, _, _} -> {k, '$1'}", &n), OTP_OK);
        CHECK_EQ(n, COPIES - 1);
        otp_scope_end(scope);
    }
}

static void numbers_check(otp_term rows, bool whole) {
    int64_t expected = 0;
    OTP_LIST_FOREACH (row, rows) {
        int64_t number = -1;
        CHECK(otp_get_int(whole ? otp_element(row, 1) : row, &number));
        CHECK_EQ(number, expected);
        expected++;
    }
    CHECK_EQ(expected, COPIES);
}

static void reads_copies(otp_term arg) {
    otp_table t = {0};
    CHECK(otp_get_table(arg, &t));
    for (int64_t i = 0; i < replacements_here(); i++) {
        otp_scope scope = otp_scope_begin();
        otp_term rows;
        CHECK_EQ(otp_table_lookup_all(t, OTP_ATOM(k), &rows), OTP_OK);
        numbers_check(rows, true);
        CHECK_EQ(otp_table_lookup_element(t, OTP_ATOM(k), 2, &rows), OTP_OK);
        numbers_check(rows, false);
        CHECK_EQ(otp_table_to_list(t, &rows), OTP_OK);
        numbers_check(rows, true);
        CHECK_EQ(otp_table_match_object(t, "'_'", &rows), OTP_OK);
        numbers_check(rows, true);
        otp_scope_end(scope);
        let_others();
    }
}

static void each_copy_once(otp_term arg) {
    (void)arg;
    otp_process_fn *const fns[] = {replaces_copies, reads_copies, reads_copies};
    otp_table t;
    otp_ref refs[3];
    otp_term down;
    otp_table_opts opts = {.type = OTP_DUPLICATE_BAG, .protection = OTP_PUBLIC};
    CHECK_EQ(otp_table_new(&opts, &t), OTP_OK);
    for (int64_t i = 0; i < COPIES; i++) {
        CHECK_EQ(otp_table_insert(t, otp_tuple(OTP_ATOM(k), otp_int(i))), OTP_OK);
    }
    for (size_t i = 0; i < 3; i++) {
        otp_spawn_monitor(fns[i], otp_from_table(t), &refs[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(otp_receive_ref(refs[i], IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
        CHECK_STR(otp_show(otp_element(down, 4)), "normal");
    }
}

UNIT("rows of a bag are replaced in their places: who reads meanwhile sees each once, in order") {
    in_both_worlds(each_copy_once);
}

/* ---- Without memory ---- */

static otp_err do_compile(otp_table t) {
    (void)t;
    otp_spec *spec;
    otp_err err = otp_spec_parse("{'$1', #{k := ['$2', a]}} when '$1' > 1 -> {'$1', <<\"text\">>}",
                                 &spec, NULL);
    if (err == OTP_OK) {
        otp_spec_free(spec);
    }
    return err;
}
static otp_err do_select(otp_table t) {
    otp_term rows;
    return otp_table_select(t, "{'$1', '$2', _} when {'$2'} > {0} -> ['$1', '$_', '$$']", &rows);
}
static otp_err do_delete(otp_table t) {
    size_t n;
    return otp_table_select_delete(t, "{'$1', _, _} when ['$1'] == [3] -> true", &n);
}
static otp_err do_some(otp_table t) {
    otp_term rows;
    otp_table_cursor cursor = {.limit = 2};
    return otp_table_select_some(t, "'$1' -> '$1'", &cursor, &rows);
}

static void scarce(otp_term arg) {
    (void)arg;
    otp_err (*const all[])(otp_table) = {do_compile, do_select, do_delete, do_some};
    otp_table t = filled(OTP_SET, 5);
    for (size_t i = 0; i < 4; i++) {
        otp_err err = OTP_ENOMEM;
        for (int n = 1; err != OTP_OK; n++) {
            otp_scope scope = otp_scope_begin();
            while (otpi_scope_now->end - otpi_scope_now->at > 0) {
                otp_tuple_of(0, NULL);
            }
            int left = n;
            otpi_alloc_fault_set(in_world_fail, &left);
            err = all[i](t);
            otpi_alloc_fault_set(NULL, NULL);
            otp_scope_end(scope);
            CHECK(n > 1 || err == OTP_ENOMEM);
            if (!CHECK(n < 100 && (err == OTP_OK || err == OTP_ENOMEM))) {
                return;
            }
        }
    }
}

UNIT("without memory there is neither a specification nor a selection") {
    in_both_worlds(scarce);
}
