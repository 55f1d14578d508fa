/* SPDX-License-Identifier: MIT */
/*
 * update_counter: an integer of a row is changed atomically.
 *
 * As long as the row is flat and the integer stays small, the word is changed in place under the
 * table's lock, for one position of the row only (row.h says why). Otherwise a changed copy is made
 * outside of the lock and put in place of the row if that has not changed meanwhile; if it has,
 * once more.
 */
#include "table/index.h"
#include "table/number.h"
#include "term/build.h"

/* What is asked for. */
typedef struct counter {
    otpi_table *table;
    otp_term key;
    uint64_t hash;
    size_t position;
    int64_t add;
    otp_term initial;
} counter;

/* What update_counter tells: the nearest that fits. */
static int64_t clamp(otp_term integer) {
    int64_t value;
    if (otp_get_int(integer, &value)) {
        return value;
    }
    return otpi_box_of(integer, OTPI_BOXED_BIG_NEGATIVE) ? INT64_MIN : INT64_MAX;
}

/* ---- Changing ---- */

/* In place, when that is possible: see row.h. Locked. */
static bool add_in_place(const counter *c, otpi_row *row, int64_t *sum) {
    if (!otpi_row_flat(row) || c->position > otpi_row_arity(row) ||
        (row->mark != 0 && row->mark != c->position)) {
        return false;
    }
    otp_term old = otpi_row_element(row, c->position);
    if (!otpi_is_small(old) || __builtin_add_overflow(otpi_small(old), c->add, sum) ||
        *sum > OTP_SMALL_MAX || *sum < OTP_SMALL_MIN) {
        return false;
    }
    row->mark = (uint32_t)c->position & OTPI_ROW_MARK_MASK;
    /* relaxed: the value is all a reader learns from it */
    __atomic_store_n(&row->data[c->position], otp_int(*sum).word, __ATOMIC_RELAXED);
    return true;
}

/* A copy of what was seen, or of initial with the key, in which the sum is. */
static otp_err row_changed(const counter *c, otp_term seen, otpi_row **out, int64_t *sum) {
    bool fresh = otp_is_none(seen);
    uint64_t limb;
    otpi_big value;
    otp_term base = fresh ? c->initial : seen;
    size_t arity = otp_arity(base);
    if (c->position > arity || arity < c->table->key ||
        !otpi_big_view(otp_element(base, c->position - 1), &limb, &value)) {
        return OTP_EBADARG;
    }
    otp_term add = otpi_make_int(c->add);
    otp_term total =
        otp_is_none(add) ? add : otpi_integer_add(otp_element(base, c->position - 1), add);
    if (otp_is_none(total)) {
        return OTP_ENOMEM;
    }
    const otpi_row_change changes[] = {{c->position, total}, {c->table->key, c->key}};
    *out = otpi_index_row_changed(c->table, base, changes, fresh ? 2 : 1);
    if (*out == NULL) {
        return OTP_ENOMEM;
    }
    if (otpi_row_flat(*out)) {
        (*out)->mark = (uint32_t)c->position & OTPI_ROW_MARK_MASK;
    }
    *sum = clamp(total);
    return OTP_OK;
}

/* One attempt. */
static otp_err counter_try(const counter *c, bool *done, int64_t *sum) {
    if (!otpi_table_lock(c->table)) {
        return OTP_ENOENT;
    }
    otpi_row *row = otpi_index_find(c->table, c->key, c->hash);
    *done = row != NULL && add_in_place(c, row, sum);
    otpi_table_unlock(c->table);
    if (*done) {
        return OTP_OK;
    }
    if (row == NULL && otp_is_none(c->initial)) {
        return OTP_ENOENT;
    }
    otp_scope mark = otpi_scope_mark();
    otp_term seen = OTP_NONE;
    otpi_row *made = NULL;
    otp_err err = row == NULL ? OTP_OK : otpi_row_look(row, &seen);
    err = err ? err : row_changed(c, seen, &made, sum);
    err = err ? err : otpi_index_swap(c->table, row, seen, made, done);
    otpi_scope_rollback(mark);
    return err;
}

otp_err otp_table_update_counter(otp_table handle, otp_term key, unsigned position, int64_t add,
                                 otp_term initial, int64_t *value) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "update_counter", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK) {
        return err;
    }
    if (position == 0 || position == table->key || otpi_table_is_bag(table)) {
        return OTP_EBADARG;
    }
    const counter c = {table, key, otpi_table_hash(table, key, OTP_WRITE), position, add, initial};
    bool done = false;
    int64_t sum = 0;
    while (err == OTP_OK && !done) {
        err = counter_try(&c, &done, &sum);
    }
    if (err == OTP_OK && value != NULL) {
        *value = sum;
    }
    return err;
}
