/* SPDX-License-Identifier: MIT */
/*
 * Changing the rows of tables of all kinds; see index.h.
 */
#include "table/index.h"

#include "term/build.h"

#include <string.h>

size_t otpi_index_bytes(const otpi_table *table) {
    return otpi_table_is_ordered(table) ? __atomic_load_n(&table->order.row_bytes, __ATOMIC_RELAXED)
                                        : otpi_store_bytes(&table->store);
}

size_t otpi_index_list_words(const otpi_table *table, const otpi_row *row) {
    size_t words = 0;
    for (; row != NULL; row = otpi_index_older(table, row)) {
        words += 2 + row->words;
    }
    return words;
}

/* A row in front of a list. */
static otp_term list_with(const otpi_row *row, uint64_t *cell, otp_term list) {
    cell[0] = otpi_row_copy(row, cell + 2).word;
    cell[1] = list.word;
    return otpi_cell_term(cell);
}

otp_term otpi_index_list_taken(const otpi_table *table, const otpi_row *row, uint64_t *at) {
    otp_term list = otp_nil();
    for (; row != NULL; row = otpi_index_older(table, row)) {
        list = list_with(row, at, list);
        at += 2 + row->words;
    }
    return list;
}

otp_err otpi_index_list(const otpi_table *table, const otpi_row *row, otp_term *out) {
    otp_scope mark = otpi_scope_mark();
    otp_term list = otp_nil();
    for (; row != NULL; row = otpi_index_older(table, row)) {
        uint64_t *cell = otpi_scope_try(2 + (size_t)row->words);
        if (cell == NULL) {
            otpi_scope_rollback(mark);
            return OTP_ENOMEM;
        }
        list = list_with(row, cell, list);
    }
    *out = list;
    return OTP_OK;
}

static otp_term key_of(const otpi_table *table, otp_term tuple, const otpi_row_change *changes,
                       size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (changes[i].position == table->key) {
            return changes[i].term;
        }
    }
    return (otp_term){otpi_box(tuple)[table->key]};
}

otpi_row *otpi_index_row_changed(const otpi_table *table, otp_term tuple,
                                 const otpi_row_change *changes, size_t n) {
    uint64_t hash = otpi_store_hash(&table->store, key_of(table, tuple, changes, n));
    otpi_row *row = otpi_row_new(tuple, changes, n, otpi_index_links(table, hash));
    if (row != NULL) {
        row->hash = hash;
    }
    return row;
}

/* A row of the bag that equals this one. */
static otpi_row *equal_row(const otpi_table *table, const otpi_row *row) {
    otpi_row *at = otpi_store_find(&table->store, otpi_index_key(table, row), row->hash);
    while (at != NULL && !otp_equal(otpi_row_tuple(at), otpi_row_tuple(row))) {
        at = otpi_store_older(at);
    }
    return at;
}

otpi_row *otpi_index_put_slow(otpi_table *table, otpi_row *row) {
    if (table->type == OTP_ORDERED_SET) {
        return otpi_order_put(&table->order, row);
    }
    if (table->type == OTP_BAG && equal_row(table, row) != NULL) {
        return row;
    }
    otpi_store_push(&table->store, row);
    return NULL;
}

otpi_row *otpi_index_remove(otpi_table *table, otp_term key, uint64_t hash) {
    return otpi_table_is_ordered(table) ? otpi_order_remove(&table->order, key)
                                        : otpi_store_remove(&table->store, key, hash);
}

void otpi_index_unlink(otpi_table *table, otpi_row *row) {
    if (otpi_table_is_bag(table)) {
        otpi_store_unlink(&table->store, row);
    } else {
        otpi_index_remove(table, otpi_index_key(table, row), row->hash);
    }
}

/* Is the row there, and as it was seen? Only words of flat rows ever change. Locked. */
static bool is_there(const otpi_table *table, const otpi_row *row, otp_term seen) {
    const otpi_row *at = otpi_index_find(table, otpi_index_key(table, row), row->hash);
    while (at != NULL && at != row) {
        at = otpi_index_older(table, at);
    }
    return at != NULL && (!otpi_row_flat(row) ||
                          memcmp(row->data, otpi_box(seen), row->words * sizeof *row->data) == 0);
}

/* Locked, with room for one. */
static otpi_row *replace(otpi_table *table, otpi_row *found, otpi_row *made) {
    if (found == NULL || !otpi_table_is_bag(table)) {
        return otpi_index_put(table, made);
    }
    otpi_store_replace(&table->store, found, made);
    return found;
}

otp_err otpi_index_swap(otpi_table *table, otpi_row *found, otp_term seen, otpi_row *made,
                        bool *done) {
    otp_err err = otpi_table_lock_for(table, 1);
    if (err != OTP_OK) {
        otpi_row_free(made);
        return err;
    }
    *done = found == NULL ? otpi_index_find(table, otpi_index_key(table, made), made->hash) == NULL
                          : is_there(table, found, seen);
    otpi_row *replaced = *done ? replace(table, found, made) : NULL;
    otpi_table_unlock(table);
    otpi_table_drop(table, replaced);
    if (!*done) {
        otpi_row_free(made);
    }
    return OTP_OK;
}

otp_err otpi_index_delete(otpi_table *table, otpi_row *found, otp_term seen, bool *done) {
    if (!otpi_table_lock(table)) {
        return OTP_ENOENT;
    }
    *done = is_there(table, found, seen);
    if (*done) {
        otpi_index_unlink(table, found);
    }
    otpi_table_unlock(table);
    if (*done) {
        otpi_table_drop(table, found);
    }
    return OTP_OK;
}

void otpi_index_retire_all(otpi_table *table) {
    if (otpi_table_is_ordered(table)) {
        otpi_order_retire_all(&table->order);
    } else {
        otpi_store_retire_all(&table->store);
    }
}

void otpi_index_shrink(otpi_table *table) {
    if (OTPI_LIKELY(!otpi_store_sparse(&table->store))) {
        return;
    }
    otpi_slots *slots = otpi_slots_new(otpi_store_rows(&table->store) + 1);
    otpi_slots *old = NULL;
    if (slots == NULL || !otpi_table_lock(table)) {
        otpi_slots_free(slots); /* without memory it stays as large as it is */
        return;
    }
    bool adopted =
        otpi_store_sparse(&table->store) && otpi_store_adopt(&table->store, slots, 1, &old);
    otpi_table_unlock(table);
    if (adopted) {
        otpi_slots_retire(old);
    } else {
        otpi_slots_free(slots);
    }
}

void otpi_index_drop_all(const otpi_table *table, otpi_row *row) {
    while (row != NULL) {
        otpi_row *older = otpi_index_older(table, row);
        otpi_table_drop(table, row);
        row = older;
    }
}

/* Keys that are one when == says so need one number: numbers by value, and what may contain numbers
 * by its kind alone. */
uint64_t otpi_table_key_of(const otpi_table *table, otp_term key) {
    double value;
    if (!otpi_table_is_ordered(table)) {
        return otp_hash(key);
    }
    if (otp_get_float(key, &value) && value > -1e18 && value < 1e18 &&
        (double)(int64_t)value == value) {
        return otp_hash(otpi_make_int((int64_t)value));
    }
    switch (otp_kind_of(key)) {
    case OTP_KIND_TUPLE:
    case OTP_KIND_LIST:
    case OTP_KIND_MAP: return 1;
    default: return otp_hash(key);
    }
}
