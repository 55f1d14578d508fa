/* SPDX-License-Identifier: MIT */
/*
 * An order: rows by key in Erlang's order of terms, where 1 and 1.0 are the same key. A skip list
 * (Pugh, CACM 1990) whose links lie in the rows themselves.
 *
 * Design notes.
 * One writer at a time, any number of readers, which take no lock and write nothing: a row is
 * entered, replaced and taken out by one store at the lowest level, which holds all rows; the
 * levels above are only short cuts. What was taken out keeps its links and is freed after
 * quiescence, so a reader that stands on it finds its way on, and passes every row that stays. Why
 * not a tree: a search tree that readers may walk without a lock must copy the path of every change
 * (one to two kilobytes for each row put), and its memory would have to be taken under the lock.
 * Here a row brings all its links along, from outside of it. How many links a row has is drawn from
 * its hash, so that the shape depends on the rows and the world's seed alone.
 */
#ifndef OTP_TABLE_ORDER_H
#define OTP_TABLE_ORDER_H

#include "table/row.h"

enum { OTPI_ORDER_LEVELS = 16 }; /* each has a quarter of the rows of the one below */

typedef struct otpi_order {
    otpi_row *first[OTPI_ORDER_LEVELS]; /* atomic */
    size_t key;                         /* position of the key, from 1 */
    size_t rows; /* atomic: written by the writer, read by all; as row_bytes */
    size_t row_bytes;
} otpi_order;

void otpi_order_init(otpi_order *order, size_t key);

/* How many links a row with that hash needs. */
static inline unsigned otpi_order_links(uint64_t hash) {
    return 1 + (unsigned)__builtin_ctzll(hash | UINT64_C(1) << (2 * (OTPI_ORDER_LEVELS - 1))) / 2;
}

/* The row of that key; the first behind it; the last before it. NULL when there is none. They live
 * until the next visible operation or suspension. */
otpi_row *otpi_order_find(const otpi_order *order, otp_term key);
otpi_row *otpi_order_after(const otpi_order *order, otp_term key);
otpi_row *otpi_order_before(const otpi_order *order, otp_term key);
otpi_row *otpi_order_first(const otpi_order *order);
otpi_row *otpi_order_last(const otpi_order *order);

/* ---- Writing: one at a time ---- */

/* Puts a row that has its hash and links; the one it replaced is returned, or NULL. */
otpi_row *otpi_order_put(otpi_order *order, otpi_row *row);
/* Takes the row of the key out; NULL when there is none. */
otpi_row *otpi_order_remove(otpi_order *order, otp_term key);
/* Empties the order: rows are freed when nobody can be reading them, or at once. */
void otpi_order_retire_all(otpi_order *order);
void otpi_order_free_all(otpi_order *order);

#endif
