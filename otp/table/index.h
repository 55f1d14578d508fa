/* SPDX-License-Identifier: MIT */
/*
 * The rows of a table, whatever its kind: a store (set, bag, duplicate_bag) or an order
 * (ordered_set). Here the kinds differ, above they do not.
 *
 * A table's rows come by keys, in the table's order. For each key there is a row, in a bag the
 * newest of several: otpi_index_older leads to the others. Rows live until the next visible
 * operation or suspension.
 */
#ifndef OTP_TABLE_INDEX_H
#define OTP_TABLE_INDEX_H

#include "table/registry.h"

static inline bool otpi_table_is_ordered(const otpi_table *table) {
    return table->type == OTP_ORDERED_SET;
}
static inline bool otpi_table_is_bag(const otpi_table *table) {
    return table->type >= OTP_BAG;
}

static inline otp_term otpi_index_key(const otpi_table *table, const otpi_row *row) {
    return (otp_term){row->data[table->key]};
}

/* How many links a row with that hash has. Hashes of consecutive integers differ in few bits: for
 * an order they are mixed again. */
static inline unsigned otpi_index_links(const otpi_table *table, uint64_t hash) {
    return table->type == OTP_SET           ? 0
           : table->type == OTP_ORDERED_SET ? otpi_order_links(otpi_hash_u64(hash))
                                            : 1;
}

static inline otpi_row *otpi_index_find(const otpi_table *table, otp_term key, uint64_t hash) {
    return otpi_table_is_ordered(table) ? otpi_order_find(&table->order, key)
                                        : otpi_store_find(&table->store, key, hash);
}
/* The next older row of the same key of a bag. */
static inline otpi_row *otpi_index_older(const otpi_table *table, const otpi_row *row) {
    return otpi_table_is_bag(table) ? otpi_row_link(row, 0) : NULL;
}

/* The row of the first key, the last, the next, the one before; NULL when there is none. Only an
 * ordered_set has a backwards: elsewhere last and before are first and after. The key may be gone.
 */
static inline otpi_row *otpi_index_first(const otpi_table *table) {
    return otpi_table_is_ordered(table) ? otpi_order_first(&table->order)
                                        : otpi_store_after(&table->store, OTP_NONE, 0);
}
static inline otpi_row *otpi_index_last(const otpi_table *table) {
    return otpi_table_is_ordered(table) ? otpi_order_last(&table->order) : otpi_index_first(table);
}
static inline otpi_row *otpi_index_after(const otpi_table *table, otp_term key, uint64_t hash) {
    return otpi_table_is_ordered(table) ? otpi_order_after(&table->order, key)
                                        : otpi_store_after(&table->store, key, hash);
}
static inline otpi_row *otpi_index_before(const otpi_table *table, otp_term key, uint64_t hash) {
    return otpi_table_is_ordered(table) ? otpi_order_before(&table->order, key)
                                        : otpi_store_after(&table->store, key, hash);
}
/* The next key's row; row may have been taken out meanwhile. */
static inline otpi_row *otpi_index_next(const otpi_table *table, const otpi_row *row) {
    return otpi_table_is_ordered(table)
               ? otpi_row_link(row, 0)
               : otpi_store_after(&table->store, otpi_index_key(table, row), row->hash);
}

static inline size_t otpi_index_rows(const otpi_table *table) {
    return otpi_table_is_ordered(table) ? __atomic_load_n(&table->order.rows, __ATOMIC_RELAXED)
                                        : otpi_store_rows(&table->store);
}
size_t otpi_index_bytes(const otpi_table *table);

/* The rows of a key (row: the newest, or NULL) as a list in the current scope that begins with the
 * oldest. In one pass: older ones may be replaced by longer ones meanwhile. OTP_ENOMEM. */
otp_err otpi_index_list(const otpi_table *table, const otpi_row *row, otp_term *out);
/* How many words it needs, which holds while locked; the same of rows that have been taken out, in
 * such words. */
size_t otpi_index_list_words(const otpi_table *table, const otpi_row *row);
otp_term otpi_index_list_taken(const otpi_table *table, const otpi_row *row, uint64_t *at);

/* ---- Writing: locked, with room ---- */

/* A row of the table made of a tuple of enough elements; NULL when out of memory. Not locked. */
static inline otpi_row *otpi_index_row(const otpi_table *table, otp_term tuple) {
    otp_term key = {otpi_box(tuple)[table->key]};
    uint64_t hash = otpi_store_hash(&table->store, key);
    otpi_store_foresee(&table->store, key, hash);
    otpi_row *row = otpi_row_new(tuple, NULL, 0, otpi_index_links(table, hash));
    if (OTPI_LIKELY(row != NULL)) {
        row->hash = hash;
    }
    return row;
}
/* The same with n elements changed. */
otpi_row *otpi_index_row_changed(const otpi_table *table, otp_term tuple,
                                 const otpi_row_change *changes, size_t n);
/* Puts a row; the one it replaced, to be dropped, or NULL. A bag gives the row itself back when it
 * has an equal one. */
otpi_row *otpi_index_put_slow(otpi_table *table, otpi_row *row);
static inline otpi_row *otpi_index_put(otpi_table *table, otpi_row *row) {
    return OTPI_LIKELY(table->type == OTP_SET) ? otpi_store_put(&table->store, row)
                                               : otpi_index_put_slow(table, row);
}
/* Takes all rows of a key out; the others of a bag hang on it by otpi_index_older. */
otpi_row *otpi_index_remove(otpi_table *table, otp_term key, uint64_t hash);
/* Takes one row out. */
void otpi_index_unlink(otpi_table *table, otpi_row *row);
/* Puts made in the place of found, if that is still there as it was seen (a copy of it); found
 * NULL: if there is no row of its key. Done or not, made is taken. Not locked. OTP_ENOENT,
 * OTP_ENOMEM. */
otp_err otpi_index_swap(otpi_table *table, otpi_row *found, otp_term seen, otpi_row *made,
                        bool *done);
/* Takes a row out if it is still there as it was seen. Not locked. OTP_ENOENT. */
otp_err otpi_index_delete(otpi_table *table, otpi_row *found, otp_term seen, bool *done);
/* All of them, freed when nobody can be reading them. */
void otpi_index_retire_all(otpi_table *table);

/* Gives memory back after rows have been taken out. Not locked. */
void otpi_index_shrink(otpi_table *table);
/* Drops a row that otpi_index_remove took out, and the others on it. Not locked. */
void otpi_index_drop_all(const otpi_table *table, otpi_row *row);

#endif
