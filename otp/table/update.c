/* SPDX-License-Identifier: MIT */
/*
 * Several changes of a row in one step: update_counters, update_element.
 *
 * The changed row is made of a copy outside of the lock and put in the place of the one that was
 * looked at, if that is still there unchanged; else once more.
 */
#include "table/index.h"
#include "table/number.h"
#include "term/build.h"

/* What a row becomes. */
typedef struct update {
    otpi_table *table;
    otp_term key;
    uint64_t hash;
    otp_term operations;      /* a list */
    otpi_row_change *changes; /* n of them so far; as results, in the caller's scope */
    size_t n;
    otp_term *results; /* of counters, in order */
    size_t counted;
    otp_term values; /* the list of them */
} update;

/* The changes so far, in what follows. */
static otp_term element_now(const update *u, otp_term row, size_t position) {
    for (size_t i = u->n; i-- > 0;) {
        if (u->changes[i].position == position) {
            return u->changes[i].term;
        }
    }
    return otp_element(row, position - 1);
}

static void note(update *u, size_t position, otp_term term) {
    for (size_t i = 0; i < u->n; i++) {
        if (u->changes[i].position == position) {
            u->changes[i].term = term;
            return;
        }
    }
    u->changes[u->n++] = (otpi_row_change){position, term};
}

/* A position of the row that may be changed. */
static bool position_of(const update *u, otp_term term, otp_term row, size_t *position) {
    uint64_t value;
    if (!otp_get_uint(term, &value) || value == 0 || value > otp_arity(row) ||
        value == u->table->key) {
        return false;
    }
    *position = (size_t)value;
    return true;
}

/* ---- Counters ---- */

static bool is_integer(otp_term term) {
    uint64_t limb;
    otpi_big big;
    return !otp_is_none(term) && otpi_big_view(term, &limb, &big);
}

/* A sum beyond the threshold, in the direction of the increment, becomes the set value. */
static otp_term limited(otp_term sum, otp_term add, otp_term operation) {
    otp_term threshold = otp_element(operation, 2);
    bool down = otp_compare(add, otp_int(0)) < 0;
    int order = otp_compare(sum, threshold);
    return (down ? order < 0 : order > 0) ? otp_element(operation, 3) : sum;
}

static otp_err count(update *u, otp_term row, otp_term operation) {
    size_t position;
    size_t arity = otp_arity(operation);
    otp_term add = otp_element(operation, 1);
    if ((arity != 2 && arity != 4) || !position_of(u, otp_element(operation, 0), row, &position)) {
        return OTP_EBADARG;
    }
    otp_term old = element_now(u, row, position);
    bool limits = arity == 2 ||
                  (is_integer(otp_element(operation, 2)) && is_integer(otp_element(operation, 3)));
    if (!is_integer(old) || !is_integer(add) || !limits) {
        return OTP_EBADARG;
    }
    otp_term sum = otpi_integer_add(old, add);
    if (otp_is_none(sum)) {
        return OTP_ENOMEM;
    }
    sum = arity == 2 ? sum : limited(sum, add, operation);
    note(u, position, sum);
    u->results[u->counted++] = sum;
    return OTP_OK;
}

static otp_err replace(update *u, otp_term row, otp_term operation) {
    size_t position;
    if (otp_arity(operation) != 2 || !position_of(u, otp_element(operation, 0), row, &position)) {
        return OTP_EBADARG;
    }
    note(u, position, otp_element(operation, 1));
    return OTP_OK;
}

/* ---- One step ---- */

typedef otp_err operate(update *u, otp_term row, otp_term operation);

/* All operations on one look at the row. initial: made of it when there is none. */
static otp_err attempt(update *u, operate *each, otp_term initial, bool *done) {
    otpi_row *row = otpi_index_find(u->table, u->key, u->hash);
    otp_term seen = initial;
    otp_err err = row != NULL ? otpi_row_look(row, &seen) : OTP_OK;
    if (err != OTP_OK || otp_is_none(seen)) {
        return err ? err : OTP_ENOENT;
    }
    if (otp_arity(seen) < u->table->key) {
        return OTP_EBADARG;
    }
    u->n = u->counted = 0;
    OTP_LIST_FOREACH (operation, u->operations) {
        err = err ? err : each(u, seen, operation);
    }
    if (err != OTP_OK) {
        return err;
    }
    if (row == NULL) {
        note(u, u->table->key, u->key);
    }
    /* before the row is put: after that nothing may fail */
    u->values = otpi_make_list(u->counted, u->results, otp_nil());
    otpi_row *made =
        otp_is_none(u->values) ? NULL : otpi_index_row_changed(u->table, seen, u->changes, u->n);
    return made ? otpi_index_swap(u->table, row, seen, made, done) : OTP_ENOMEM;
}

enum { CHANGE_WORDS = sizeof(otpi_row_change) / sizeof(uint64_t) };

static otp_err run(otp_table handle, const char *label, update *u, operate *each,
                   otp_term initial) {
    otp_err err = otpi_table_enter(handle, label, OTPI_TABLE_WRITES, &u->table);
    if (err != OTP_OK) {
        return err;
    }
    size_t n = otp_length(u->operations);
    if (n == SIZE_MAX || otpi_table_is_bag(u->table)) {
        return OTP_EBADARG;
    }
    u->hash = otpi_table_hash(u->table, u->key, OTP_WRITE);
    uint64_t *room = otpi_scope_try((n + 1) * CHANGE_WORDS + n);
    if (room == NULL) {
        return OTP_ENOMEM;
    }
    u->changes = (otpi_row_change *)(void *)room;
    u->results = (otp_term *)(void *)(room + (n + 1) * CHANGE_WORDS);
    for (bool done = false; err == OTP_OK && !done;) {
        err = attempt(u, each, initial, &done);
    }
    return err;
}

/* One operation as a list of it; an increment alone is of the element behind the key. */
static otp_term as_list(otp_term operations, size_t key) {
    if (is_integer(operations)) {
        const otp_term pair[] = {otp_int((int64_t)key + 1), operations};
        operations = otpi_make_tuple(2, pair);
    }
    if (otpi_box_of(operations, OTPI_BOXED_TUPLE) == NULL) {
        return operations;
    }
    return otpi_make_list(1, &operations, otp_nil());
}

/* The position of the key is a table's for ever: looking it up is no operation. */
static size_t key_position(otp_table handle) {
    const otpi_table *table = otpi_table_find(otpi_tables_of(otpi_self()->system), handle.word);
    return table ? table->key : 1;
}

otp_err otp_table_update_counters(otp_table handle, otp_term key, otp_term operations,
                                  otp_term initial, otp_term *values) {
    bool many = otpi_is_cell(operations) || otp_is_nil(operations);
    otp_term list = as_list(operations, key_position(handle));
    if (otp_is_none(list) ||
        (!otp_is_none(initial) && otpi_box_of(initial, OTPI_BOXED_TUPLE) == NULL)) {
        return otp_is_none(list) ? OTP_ENOMEM : OTP_EBADARG;
    }
    update u = {.key = key, .operations = list};
    otp_err err = run(handle, "update_counters", &u, count, initial);
    if (err == OTP_OK && values != NULL) {
        *values = many ? u.values : otp_head(u.values);
    }
    return err;
}

otp_err otp_table_update_element(otp_table handle, otp_term key, otp_term changes) {
    otp_term list =
        otpi_box_of(changes, OTPI_BOXED_TUPLE) ? otpi_make_list(1, &changes, otp_nil()) : changes;
    if (otp_is_none(list)) {
        return OTP_ENOMEM;
    }
    update u = {.key = key, .operations = list};
    return run(handle, "update_element", &u, replace, OTP_NONE);
}
