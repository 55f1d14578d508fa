/* SPDX-License-Identifier: MIT */
/*
 * update_counter: an integer of a row is changed atomically.
 *
 * As long as the row is flat and the integer stays small, the word is changed in place under the
 * table's lock, for one position of the row only (row.h says why). Otherwise a changed copy is made
 * outside of the lock and put in place of the row if that has not changed meanwhile; if it has,
 * once more.
 */
#include "table/registry.h"

#include "port/memory.h"
#include "term/big.h"

#include <string.h>

/* What is asked for. */
typedef struct counter {
    otpi_table *table;
    otp_term key;
    uint64_t hash;
    size_t position;
    int64_t add;
    otp_term initial;
} counter;

enum { SUM_WORDS = 4 }; /* header and limbs of a sum of two 64-bit integers, with room to spare */

/* ---- Sums of any size ---- */

/* Magnitudes: limb[n] += word; the highest limb has room for the carry. */
static void limbs_add(uint64_t *limb, size_t n, uint64_t word) {
    bool carry = false;
    for (size_t i = 0; i < n && (word != 0 || carry); i++) {
        uint64_t sum = limb[i] + word + carry;
        carry = carry ? sum <= limb[i] : sum < limb[i];
        limb[i] = sum;
        word = 0;
    }
}

/* limb[n] -= word; true when that is less than nothing. */
static bool limbs_subtract(uint64_t *limb, size_t n, uint64_t word) {
    for (size_t i = 0; i < n && word != 0; i++) {
        bool borrow = limb[i] < word;
        limb[i] -= word;
        word = borrow;
    }
    return word != 0;
}

/* The term of a sign and magnitude whose limbs lie at box + 1: an immediate when it fits. */
static otp_term integer_at(uint64_t *box, size_t n, bool negative) {
    while (n > 0 && box[n] == 0) {
        n--;
    }
    uint64_t limit = (uint64_t)OTP_SMALL_MAX + negative;
    if (n == 0 || (n == 1 && box[1] <= limit)) {
        int64_t value = n == 0 ? 0 : (int64_t)box[1];
        return otp_int(negative ? -value : value);
    }
    box[0] = otpi_header(negative ? OTPI_BOXED_BIG_NEGATIVE : OTPI_BOXED_BIG_POSITIVE, n);
    return otpi_box_term(box);
}

/* value + add; a large one is built in box, which has two words more than value has limbs. */
static otp_term sum_at(uint64_t *box, otpi_big value, int64_t add) {
    uint64_t word = add < 0 ? 0 - (uint64_t)add : (uint64_t)add;
    bool negative = value.negative;
    size_t n = value.n;
    memcpy(box + 1, value.limb, n * sizeof *box);
    if (n == 0 || negative == (add < 0)) {
        box[++n] = 0;
        limbs_add(box + 1, n, word);
        return integer_at(box, n, add < 0);
    }
    if (limbs_subtract(box + 1, n, word)) { /* then n is 1, and what is there is the negative */
        box[1] = 0 - box[1];
        negative = !negative;
    }
    return integer_at(box, n, negative);
}

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
    row->mark = (uint32_t)c->position;
    /* relaxed: the value is all a reader learns from it */
    __atomic_store_n(&row->data[c->position], otp_int(*sum).word, __ATOMIC_RELAXED);
    return true;
}

/* A copy of the row, or of initial with the key, in which old has become the sum. */
static otp_err row_changed(const counter *c, const otpi_row *row, otp_term old, otpi_row **out,
                           int64_t *sum) {
    uint64_t limb;
    uint64_t few[SUM_WORDS];
    otpi_big value;
    if (!otpi_big_view(old, &limb, &value)) {
        return OTP_EBADARG;
    }
    uint64_t *box = value.n + 2 <= SUM_WORDS ? few : otpi_alloc((value.n + 2) * sizeof *box);
    if (box == NULL) {
        return OTP_ENOMEM;
    }
    otp_term total = sum_at(box, value, c->add);
    const otpi_row_change changes[] = {{c->position, total}, {c->table->store.key, c->key}};
    *out = otpi_row_new(row ? otpi_row_tuple(row) : c->initial, changes, row ? 1 : 2);
    if (*out != NULL) {
        (*out)->hash = c->hash;
        (*out)->mark = otpi_row_flat(*out) ? (uint32_t)c->position : (*out)->mark;
        *sum = clamp(total);
    }
    if (box != few) {
        otpi_free(box);
    }
    return *out ? OTP_OK : OTP_ENOMEM;
}

/* Is the row still what the copy was made of? Only words of flat rows ever change. Locked. */
static bool row_same(const otpi_row *row, const otpi_row *copy, size_t position, otp_term old) {
    if (!otpi_row_flat(row)) {
        return true;
    }
    for (size_t i = 1; i <= otpi_row_arity(row); i++) {
        if (row->data[i] != (i == position ? old.word : copy->data[i])) {
            return false;
        }
    }
    return true;
}

/* Replaces what was found by the changed copy. False: something else has happened to it. */
static otp_err counter_put(const counter *c, const otpi_row *found, otpi_row *made, otp_term old,
                           bool *done) {
    otpi_store *store = &c->table->store;
    otp_err err = otpi_table_lock_for(c->table, 1);
    if (err != OTP_OK) {
        otpi_row_free(made);
        return err;
    }
    const otpi_row *now = otpi_store_find(store, c->key, c->hash);
    *done = now == found && (found == NULL || row_same(found, made, c->position, old));
    otpi_row *replaced = *done ? otpi_store_put(store, made) : NULL;
    otpi_table_unlock(c->table);
    otpi_table_drop(c->table, replaced);
    if (!*done) {
        otpi_row_free(made);
    }
    return OTP_OK;
}

/* One attempt. */
static otp_err counter_try(const counter *c, bool *done, int64_t *sum) {
    if (!otpi_table_lock(c->table)) {
        return OTP_ENOENT;
    }
    otpi_row *row = otpi_store_find(&c->table->store, c->key, c->hash);
    *done = row != NULL && add_in_place(c, row, sum);
    otpi_table_unlock(c->table);
    if (*done) {
        return OTP_OK;
    }
    if (row == NULL && otp_is_none(c->initial)) {
        return OTP_ENOENT;
    }
    size_t arity = row ? otpi_row_arity(row) : otp_arity(c->initial);
    if (c->position > arity || arity < c->table->store.key) {
        return OTP_EBADARG;
    }
    otp_term old =
        row ? otpi_row_element(row, c->position) : otp_element(c->initial, c->position - 1);
    otpi_row *made = NULL;
    otp_err err = row_changed(c, row, old, &made, sum);
    return err == OTP_OK ? counter_put(c, row, made, old, done) : err;
}

otp_err otp_table_update_counter(otp_table handle, otp_term key, unsigned position, int64_t add,
                                 otp_term initial, int64_t *value) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "update_counter", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK) {
        return err;
    }
    if (position == 0 || position == table->store.key) {
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
