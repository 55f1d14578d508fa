/* SPDX-License-Identifier: MIT */
#include <otp/etf.h>
#include <otp/table.h>

#include "base/prng.h"
#include "table/in_world.h"
#include "table/registry.h"

#include <stdio.h>
#include <string.h>

static otp_table fresh(otp_protection protection) {
    otp_table table = {0};
    CHECK_EQ(otp_table_new(&(otp_table_opts){.protection = protection}, &table), OTP_OK);
    return table;
}

static bool shows(otp_term term, const char *text) {
    return CHECK_STR(otp_show(term), text);
}

/* ---- Single operations ---- */

static void rows_come_and_go(otp_term arg) {
    (void)arg;
    otp_table t = fresh(OTP_PROTECTED);
    otp_term row;
    bool there = true;
    size_t size = 9;
    CHECK_EQ(otp_table_lookup(t, otp_int(1), &row), OTP_ENOENT);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{1, a, [x, {y}], 2.5}")), OTP_OK);
    CHECK_EQ(otp_table_lookup(t, otp_int(1), &row), OTP_OK);
    shows(row, "{1,a,[x,{y}],2.5}");
    CHECK_EQ(otp_table_insert(t, otp_term_of("{1, b}")), OTP_OK);
    CHECK_EQ(otp_table_lookup(t, otp_int(1), &row), OTP_OK);
    shows(row, "{1,b}");
    CHECK_EQ(otp_table_insert_new(t, otp_term_of("{1, c}")), OTP_EEXIST);
    CHECK_EQ(otp_table_insert_new(t, otp_term_of("{2, c}")), OTP_OK);
    CHECK_EQ(otp_table_size(t, &size), OTP_OK);
    CHECK_EQ(size, 2);
    CHECK_EQ(otp_table_delete_key(t, otp_int(1)), OTP_OK);
    CHECK_EQ(otp_table_delete_key(t, otp_int(1)), OTP_OK);
    CHECK_EQ(otp_table_member(t, otp_int(1), &there), OTP_OK);
    CHECK(!there);
    CHECK_EQ(otp_table_member(t, otp_int(2), &there), OTP_OK);
    CHECK(there);
}

UNIT("rows are inserted, replaced, found and deleted") {
    in_both_worlds(rows_come_and_go);
}

static void misuse(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_term row;
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = otp_int(1)}, &t), OTP_EBADARG);
    CHECK_EQ(otp_table_new(&(otp_table_opts){.protection = (otp_protection)7}, &t), OTP_EBADARG);
    CHECK_EQ(otp_table_new(&(otp_table_opts){.key_position = 2}, &t), OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{1}")), OTP_EBADARG);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{}")), OTP_EBADARG);
    CHECK_EQ(otp_table_insert(t, OTP_ATOM(row)), OTP_EBADARG);
    CHECK_EQ(otp_table_insert(t, otp_term_of("#{}")), OTP_EBADARG);
    CHECK_EQ(otp_table_insert(t, otp_term_of("[{1, 2} | {3, 4}]")), OTP_EBADARG);
    CHECK_EQ(otp_table_insert(t, otp_term_of("[{1, 2}, x]")), OTP_EBADARG);
    CHECK_EQ(otp_table_insert(t, otp_nil()), OTP_OK);
    CHECK_EQ(otp_table_lookup(t, otp_int(2), &row), OTP_ENOENT);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{x, 2}")), OTP_OK);
    CHECK_EQ(otp_table_lookup(t, otp_int(2), &row), OTP_OK);
    shows(row, "{x,2}");
    CHECK_EQ(otp_table_lookup((otp_table){0}, otp_int(2), &row), OTP_ENOENT);
    CHECK_EQ(otp_table_lookup((otp_table){t.word ^ (1U << 20)}, otp_int(2), &row), OTP_ENOENT);
    CHECK_EQ(otp_table_lookup((otp_table){t.word + 17}, otp_int(2), &row), OTP_ENOENT);
    CHECK_EQ(otp_table_named(otp_int(3), &t), OTP_EBADARG);
}

UNIT("what is no row, no name or no table is refused and changes nothing") {
    in_both_worlds(misuse);
}

static void lists_of_rows(otp_term arg) {
    (void)arg;
    otp_table t = fresh(OTP_PUBLIC);
    otp_term row;
    size_t size;
    CHECK_EQ(otp_table_insert(t, otp_term_of("[{1, a}, {2, b}, {1, c}]")), OTP_OK);
    CHECK_EQ(otp_table_lookup(t, otp_int(1), &row), OTP_OK);
    shows(row, "{1,c}"); /* the last one wins */
    CHECK_EQ(otp_table_insert_new(t, otp_term_of("[{3, a}, {2, x}]")), OTP_EEXIST);
    CHECK_EQ(otp_table_size(t, &size), OTP_OK);
    CHECK_EQ(size, 2);
    CHECK_EQ(otp_table_insert_new(t, otp_term_of("[{3, a}, {4, x}]")), OTP_OK);
    CHECK_EQ(otp_table_size(t, &size), OTP_OK);
    CHECK_EQ(size, 4);
}

UNIT("a list of rows goes in as a whole or not at all") {
    in_both_worlds(lists_of_rows);
}

static void names(otp_term arg) {
    (void)arg;
    otp_table a;
    otp_table b;
    otp_table found;
    otp_term row;
    CHECK_EQ(otp_table_named(OTP_ATOM(colours), &found), OTP_ENOENT);
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(colours)}, &a), OTP_OK);
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(colours)}, &b), OTP_EEXIST);
    CHECK_EQ(otp_table_named(OTP_ATOM(colours), &found), OTP_OK);
    CHECK_EQ(found.word, a.word);
    CHECK_EQ(otp_table_delete(a), OTP_OK);
    CHECK_EQ(otp_table_delete(a), OTP_ENOENT);
    CHECK_EQ(otp_table_lookup(a, otp_int(1), &row), OTP_ENOENT);
    CHECK_EQ(otp_table_named(OTP_ATOM(colours), &found), OTP_ENOENT);
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(colours)}, &b), OTP_OK);
    CHECK(b.word != a.word);
}

UNIT("a name leads to its table, and is free again after it") {
    in_both_worlds(names);
}

static void many_tables(otp_term arg) {
    (void)arg;
    otp_table tables[100];
    otp_term row;
    for (int i = 0; i < 100; i++) {
        tables[i] = fresh(i % 3 == 0 ? OTP_PRIVATE : OTP_PUBLIC);
        CHECK_EQ(otp_table_insert(tables[i], otp_tuple(otp_int(i), OTP_ATOM(x))), OTP_OK);
    }
    for (int i = 0; i < 100; i += 2) {
        CHECK_EQ(otp_table_delete(tables[i]), OTP_OK);
    }
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(otp_table_lookup(tables[i], otp_int(i), &row), i % 2 ? OTP_OK : OTP_ENOENT);
    }
}

UNIT("many tables at once, half of them deleted") {
    in_both_worlds(many_tables);
}

static void facts(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_term info;
    int64_t empty;
    int64_t full;
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(facts), .key_position = 2}, &t),
             OTP_OK);
    CHECK_EQ(otp_table_info(t, &info), OTP_OK);
    CHECK(otp_get_int(otp_map_get(info, OTP_ATOM(memory)), &empty));
    for (int64_t i = 0; i < 100; i++) {
        CHECK_EQ(otp_table_insert(t, otp_tuple(OTP_ATOM(x), otp_int(i))), OTP_OK);
    }
    CHECK_EQ(otp_table_info(t, &info), OTP_OK);
    CHECK(otp_get_int(otp_map_get(info, OTP_ATOM(memory)), &full));
    CHECK(full >= empty + 100 * 56);
    CHECK(otp_equal(otp_map_get(info, OTP_ATOM(id)), otp_from_table(t)));
    CHECK(otp_equal(otp_map_get(info, OTP_ATOM(owner)), otp_from_pid(otp_self())));
    info = otp_map_remove(otp_map_remove(otp_map_remove(info, OTP_ATOM(memory)), OTP_ATOM(id)),
                          OTP_ATOM(owner));
    shows(info, "#{fixed => false,heir => none,keypos => 2,name => facts,named_table => true,"
                "node => nonode@nohost,protection => protected,safe_fixed => [],size => 100,"
                "type => set}");
    CHECK_EQ(otp_table_info(fresh(OTP_PRIVATE), &info), OTP_OK);
    shows(otp_map_get(info, OTP_ATOM(name)), "undefined");
}

UNIT("info tells what a table is") {
    in_both_worlds(facts);
}

static void handles(otp_term arg) {
    (void)arg;
    otp_table tables[] = {fresh(OTP_PUBLIC), fresh(OTP_PRIVATE)};
    otp_table back;
    for (int i = 0; i < 2; i++) {
        otp_term term = otp_from_table(tables[i]);
        CHECK_EQ(otp_kind_of(term), OTP_KIND_REFERENCE);
        CHECK(otp_get_table(term, &back));
        CHECK_EQ(back.word, tables[i].word);
        uint8_t bytes[100];
        size_t size = sizeof bytes;
        CHECK_EQ(otp_etf_encode(term, bytes, &size), OTP_OK);
        CHECK_EQ(otp_etf_decode(bytes, size, NULL, &term, NULL, NULL), OTP_OK);
        CHECK(otp_get_table(term, &back));
        CHECK_EQ(back.word, tables[i].word);
    }
    CHECK(!otp_get_table(otp_from_ref(otp_make_ref()), &back));
    CHECK(!otp_get_table(OTP_ATOM(x), &back));
}

UNIT("a table goes through terms and their encoding") {
    in_both_worlds(handles);
}

/* ---- Rights and owners ---- */

static void stranger(otp_term arg) {
    otp_table t = {0};
    otp_term out;
    bool there;
    size_t size;
    bool read = false;
    bool write = false;
    otp_term table = OTP_NONE;
    CHECK(otp_match(arg, "{~t, ~o, ~o}", &table, &read, &write) && otp_get_table(table, &t));
    otp_err reads = read ? OTP_OK : OTP_EACCESS;
    otp_err writes = write ? OTP_OK : OTP_EACCESS;
    CHECK_EQ(otp_table_lookup(t, otp_int(1), &out), reads);
    CHECK_EQ(otp_table_member(t, otp_int(1), &there), reads);
    CHECK_EQ(otp_table_to_list(t, &out), reads);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{2, 2}")), writes);
    CHECK_EQ(otp_table_insert_new(t, otp_term_of("{3, 3}")), writes);
    CHECK_EQ(otp_table_update_counter(t, otp_int(1), 2, 1, OTP_NONE, NULL), writes);
    CHECK_EQ(otp_table_delete_key(t, otp_int(2)), writes);
    CHECK_EQ(otp_table_size(t, &size), OTP_OK);
    CHECK_EQ(size, write ? 2 : 1);
    CHECK_EQ(otp_table_info(t, &out), OTP_OK);
    CHECK_EQ(otp_table_delete(t), writes);
}

static void strangers(otp_term arg) {
    (void)arg;
    const otp_protection protections[] = {OTP_PROTECTED, OTP_PUBLIC, OTP_PRIVATE};
    for (int i = 0; i < 3; i++) {
        otp_protection p = protections[i];
        otp_table t = fresh(p);
        otp_term out;
        CHECK_EQ(otp_table_insert(t, otp_term_of("{1, 1}")), OTP_OK);
        in_process(stranger, otp_tuple(otp_from_table(t), otp_bool(p != OTP_PRIVATE),
                                       otp_bool(p == OTP_PUBLIC)));
        CHECK_EQ(otp_table_lookup(t, otp_int(1), &out), p == OTP_PUBLIC ? OTP_ENOENT : OTP_OK);
    }
    /* the one the stranger deleted is taken off the list now, not at the end */
    CHECK_EQ(otp_table_insert(fresh(OTP_PUBLIC), otp_term_of("{1, 1}")), OTP_OK);
}

UNIT("protected, public and private say what others may do") {
    in_both_worlds(strangers);
}

static void make_named(otp_term arg) {
    otp_table t;
    otp_pid parent;
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(mine), .protection = OTP_PUBLIC}, &t),
             OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{1, <<\"some text\">>}")), OTP_OK);
    CHECK(otp_get_pid(arg, &parent));
    otp_send(parent, otp_from_table(t));
    otp_term wait;
    (void)!otp_receive(OTP_INFINITY, &wait);
}

static void owners_die(otp_term arg) {
    (void)arg;
    for (int kill = 0; kill < 2; kill++) {
        otp_ref ref;
        otp_term message;
        otp_table t;
        otp_pid owner = otp_spawn_monitor(make_named, otp_from_pid(otp_self()), &ref);
        CHECK_EQ(otp_receive(IN_WORLD_TIMEOUT_MS, &message), OTP_OK);
        CHECK(otp_get_table(message, &t));
        CHECK_EQ(otp_table_insert(t, otp_term_of("{2, 2}")), OTP_OK);
        if (kill) {
            otp_kill(owner);
        } else {
            otp_send(owner, OTP_ATOM(stop));
        }
        CHECK_EQ(otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &message), OTP_OK);
        CHECK_EQ(otp_table_insert(t, otp_term_of("{3, 3}")), OTP_ENOENT);
        CHECK_EQ(otp_table_named(OTP_ATOM(mine), &t), OTP_ENOENT);
    }
}

UNIT("a table goes with its owner, before others learn of its exit") {
    in_both_worlds(owners_die);
}

static void limited(otp_term arg) {
    (void)arg;
    otp_table t[4];
    CHECK_EQ(otp_table_new(NULL, &t[0]), OTP_OK);
    CHECK_EQ(otp_table_new(NULL, &t[1]), OTP_OK);
    CHECK_EQ(otp_table_new(NULL, &t[2]), OTP_OK);
    CHECK_EQ(otp_table_new(NULL, &t[3]), OTP_ELIMIT);
    CHECK_EQ(otp_table_delete(t[1]), OTP_OK);
    CHECK_EQ(otp_table_new(NULL, &t[3]), OTP_OK);
}

UNIT("the limit of tables is refused clearly and freed by deletion") {
    in_world_with(NULL, &(otp_system_opts){.limits.tables_max = 3}, limited, NULL);
}

/* ---- Against a model ---- */

enum { MODEL_KEYS = 60, MODEL_STEPS = 6000 };

/* Keys of every kind, some of them alike. */
static otp_term key_of(size_t i) {
    uint8_t bytes[100] = {(uint8_t)i};
    switch (i % 6) {
    case 0: return otp_int((int64_t)i);
    case 1: return otp_float((double)(i - 1));
    case 2: return otp_tuple(otp_int((int64_t)i), OTP_ATOM(a));
    case 3: return otp_binary(bytes, i % 4 ? sizeof bytes : 5);
    case 4: return otp_int(INT64_MAX - (int64_t)i);
    default: return otp_list(otp_int((int64_t)i), OTP_ATOM(b));
    }
}

static void model_check(otp_table t, const int64_t *model) {
    otp_term rows;
    size_t size;
    size_t expected = 0;
    for (size_t k = 0; k < MODEL_KEYS; k++) {
        otp_term row;
        otp_err err = otp_table_lookup(t, key_of(k), &row);
        CHECK_EQ(err, model[k] < 0 ? OTP_ENOENT : OTP_OK);
        if (err == OTP_OK) {
            CHECK(otp_equal(row, otp_tuple(key_of(k), otp_int(model[k]))));
        }
        expected += model[k] >= 0;
    }
    CHECK_EQ(otp_table_size(t, &size), OTP_OK);
    CHECK_EQ(size, expected);
    CHECK_EQ(otp_table_to_list(t, &rows), OTP_OK);
    CHECK_EQ(otp_length(rows), expected);
}

static void model_step(otpi_prng *prng, otp_table t, int64_t *model, int64_t step) {
    size_t k = (size_t)otpi_prng_below(prng, MODEL_KEYS);
    otp_term row = otp_tuple(key_of(k), otp_int(step));
    bool there;
    int64_t value;
    switch (otpi_prng_below(prng, 5)) {
    case 0:
        CHECK_EQ(otp_table_insert(t, row), OTP_OK);
        model[k] = step;
        break;
    case 1:
        CHECK_EQ(otp_table_insert_new(t, row), model[k] < 0 ? OTP_OK : OTP_EEXIST);
        model[k] = model[k] < 0 ? step : model[k];
        break;
    case 2:
        CHECK_EQ(otp_table_delete_key(t, key_of(k)), OTP_OK);
        model[k] = -1;
        break;
    case 3:
        CHECK_EQ(otp_table_update_counter(t, key_of(k), 2, 3, row, &value), OTP_OK);
        model[k] = model[k] < 0 ? step + 3 : model[k] + 3;
        CHECK_EQ(value, model[k]);
        break;
    default:
        CHECK_EQ(otp_table_member(t, key_of(k), &there), OTP_OK);
        CHECK_EQ(there, model[k] >= 0);
    }
}

static void against_model(otp_term arg) {
    (void)arg;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int p = 0; p < 2; p++) {
        otp_table t = fresh(p ? OTP_PRIVATE : OTP_PUBLIC);
        int64_t model[MODEL_KEYS];
        memset(model, 0xff, sizeof model);
        for (int64_t step = 0; step < MODEL_STEPS; step++) {
            otp_scope scope = otp_scope_begin();
            model_step(&prng, t, model, step);
            if (step % 500 == 0) {
                model_check(t, model);
            }
            otp_scope_end(scope);
        }
        model_check(t, model);
        CHECK_EQ(otp_table_delete(t), OTP_OK);
    }
}

UNIT("random operations agree with an array of values") {
    in_both_worlds(against_model);
}

/* ---- Order ---- */

static char order_seen[3][4000];

static void order(otp_term arg) {
    (void)arg;
    char(*seen)[4000] = otp_context();
    otp_table t = fresh(OTP_PUBLIC);
    otp_term rows;
    /* the second time with another history: backwards, and after growth and decay */
    for (int64_t i = 0; i < 1000; i++) {
        CHECK_EQ(otp_table_insert(t, otp_tuple(otp_int(i + 7000), OTP_ATOM(gone))), OTP_OK);
    }
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        CHECK_EQ(otp_table_insert(t, otp_tuple(key_of(MODEL_KEYS - 1 - i))), OTP_OK);
    }
    for (int64_t i = 0; i < 1000; i++) {
        CHECK_EQ(otp_table_delete_key(t, otp_int(i + 7000)), OTP_OK);
    }
    CHECK_EQ(otp_table_to_list(t, &rows), OTP_OK);
    otp_print(rows, *seen, sizeof *seen);
    otp_table other = fresh(OTP_PRIVATE);
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        CHECK_EQ(otp_table_insert(other, otp_tuple(key_of(i))), OTP_OK);
    }
    CHECK_EQ(otp_table_to_list(other, &rows), OTP_OK);
    CHECK_STR(otp_show(rows), *seen);
}

UNIT("the order of rows depends on the rows and the world's seed alone") {
    const uint64_t seeds[] = {1, 1, 2};
    for (int i = 0; i < 3; i++) {
        in_world_with(&(otp_world_opts){.mode = OTP_SIMULATED, .seed = seeds[i]}, NULL, order,
                      order_seen[i]);
    }
    CHECK_STR(order_seen[0], order_seen[1]);
    CHECK(strcmp(order_seen[0], order_seen[2]) != 0);
}

/* ---- Out of memory ---- */

typedef otp_err operation(otp_table table, otp_term operand);

static otp_err do_count(otp_table t, otp_term add) {
    (void)add;
    return otp_table_update_counter(t, otp_int(1), 2, INT64_MAX, OTP_NONE, NULL);
}
static otp_err do_count_new(otp_table t, otp_term initial) {
    return otp_table_update_counter(t, otp_int(77), 2, 1, initial, NULL);
}

/* Fails the first, the second, ... allocation until the operation needs no more; how many that
 * were. */
static int fail_each(otp_table t, operation *op, const char *operand) {
    for (int n = 1;; n++) {
        otp_scope scope = otp_scope_begin();
        otp_term before;
        otp_term after;
        otp_term term = otp_term_of(operand);
        CHECK_EQ(otp_table_to_list(t, &before), OTP_OK);
        int left = n;
        otpi_alloc_fault_set(in_world_fail, &left);
        otp_err err = op(t, term);
        otpi_alloc_fault_set(NULL, NULL);
        CHECK_EQ(otp_table_to_list(t, &after), OTP_OK);
        bool same = otp_equal(before, after);
        otp_scope_end(scope);
        if (err == OTP_OK) {
            CHECK(left > 0 && !same);
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
    for (int p = 0; p < 2; p++) {
        otp_table t = fresh(p ? OTP_PRIVATE : OTP_PUBLIC);
        CHECK(fail_each(t, otp_table_insert, "{new, \"row\", {with, parts}}") >= 2);
        CHECK_EQ(otp_table_insert(t, otp_term_of("{1, 1}")), OTP_OK);
        CHECK(fail_each(t, otp_table_insert, "[{a, 1}, {b, 2}, {c, 3}, {d, 4}, {e, 5}]") >= 6);
        CHECK(fail_each(t, do_count, "{}") >= 1);
        CHECK(fail_each(t, do_count_new, "{x, 1}") >= 1);
        CHECK(fail_each(t, otp_table_insert, "{1, replaced}") >= 1);
        CHECK(fail_each(t, otp_table_insert_new, "{9, fresh}") >= 1);
    }
}

UNIT("without memory an operation fails and leaves the table as it was") {
    in_both_worlds(out_of_memory);
}

static void no_memory_for_table(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_err err = OTP_ENOMEM;
    int n = 0;
    while (err != OTP_OK) {
        int left = ++n;
        otpi_alloc_fault_set(in_world_fail, &left);
        err = otp_table_new(&(otp_table_opts){.name = OTP_ATOM(scarce)}, &t);
        otpi_alloc_fault_set(NULL, NULL);
        otp_table found;
        CHECK_EQ(otp_table_named(OTP_ATOM(scarce), &found), err == OTP_OK ? OTP_OK : OTP_ENOENT);
        if (!CHECK(err == OTP_OK || err == OTP_ENOMEM) || n > 100) {
            return;
        }
    }
    CHECK(n >= 4);
}

UNIT("without memory no table comes to be, nor its name") {
    in_both_worlds(no_memory_for_table);
}

/* ---- Snapshots ---- */

static char walked[1000];

static void walk_visit(void *context, const char *kind, otp_term what) {
    char *at = context;
    size_t length = strlen(at);
    length += (size_t)snprintf(at + length, sizeof walked - length, "%s ", kind);
    what = otp_map_remove(what, OTP_ATOM(owner));
    otp_print(what, at + length, sizeof walked - length);
}

static void walk(otp_term arg) {
    (void)arg;
    otp_table t;
    walked[0] = '\0';
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(one)}, &t), OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{1}")), OTP_OK);
    fresh(OTP_PRIVATE);
    otp_system *system = otp_system_here();
    otpi_tables_part.walk(system, otpi_tables_of(system), walk_visit, walked);
    CHECK_STR(walked, "table #{name => one,protection => protected,size => 1}"
                      "table #{name => undefined,protection => private,size => 0}");
}

UNIT("a walk of the system shows each table") {
    in_both_worlds(walk);
}
