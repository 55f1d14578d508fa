/* SPDX-License-Identifier: MIT */
/*
 * Looking at whole tables: size, all rows, facts.
 */
#include "table/registry.h"

#include "port/memory.h"
#include "term/atom.h"
#include "term/build.h"
#include "term/compare.h"

otp_err otp_table_size(otp_table handle, size_t *rows) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "size", OTPI_TABLE_LOOKS, &table);
    if (err == OTP_OK) {
        otpi_access(OTP_READ, otpi_table_object(handle.word), 0);
        *rows = otpi_store_rows(&table->store);
    }
    return err;
}

/* ---- All rows ---- */

static int row_compare(const otpi_store *store, const otpi_row *a, const otpi_row *b) {
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return otpi_compare_keys(otpi_store_key(store, a), otpi_store_key(store, b));
}

/* Adds a row to those in order of hash and key. They come nearly so: insertion is the quickest. A
 * row of the same key (it was deleted and put again while we looked) replaces the one seen before.
 */
static size_t row_place(const otpi_store *store, const otpi_row **rows, size_t n,
                        const otpi_row *row) {
    size_t i = n;
    while (i > 0) {
        int order = row_compare(store, rows[i - 1], row);
        if (order == 0) {
            rows[i - 1] = row;
            return n;
        }
        if (order < 0) {
            break;
        }
        i--;
    }
    for (size_t j = n; j > i; j--) {
        rows[j] = rows[j - 1];
    }
    rows[i] = row;
    return n + 1;
}

/* Collects the rows of one array, in order; words is what copies of them need. */
static size_t rows_collect(const otpi_store *store, const otpi_slots *slots, const otpi_row **rows,
                           size_t *words) {
    size_t n = 0;
    for (size_t i = 0; i < slots->capacity; i++) {
        const otpi_row *row = otpi_slot_row(otpi_slot_word(slots, i));
        if (row != NULL) {
            n = row_place(store, rows, n, row);
        }
    }
    *words = 0;
    for (size_t i = 0; i < n; i++) {
        *words += rows[i]->words;
    }
    return n;
}

/* One block of words: the cells, then the rows. */
static otp_term rows_copy_out(const otpi_row **rows, size_t n, size_t words) {
    uint64_t *cells = otpi_scope_try(2 * n + words);
    if (cells == NULL) {
        return OTP_NONE;
    }
    uint64_t *at = cells + 2 * n;
    otp_term list = otp_nil();
    for (size_t i = n; i-- > 0;) {
        cells[2 * i] = otpi_row_copy(rows[i], at).word;
        cells[2 * i + 1] = list.word;
        at += rows[i]->words;
        list = otpi_cell_term(cells + 2 * i);
    }
    return list;
}

otp_err otp_table_to_list(otp_table handle, otp_term *out) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "to_list", OTPI_TABLE_READS, &table);
    if (err != OTP_OK) {
        return err;
    }
    otpi_access(OTP_READ, otpi_table_object(handle.word), 0);
    const otpi_slots *slots = otpi_store_slots(&table->store);
    if (slots == NULL) {
        *out = otp_nil();
        return OTP_OK;
    }
    const otpi_row **rows = otpi_alloc(slots->capacity * sizeof *rows);
    if (rows == NULL) {
        return OTP_ENOMEM;
    }
    size_t words;
    size_t n = rows_collect(&table->store, slots, rows, &words);
    otp_term list = n == 0 ? otp_nil() : rows_copy_out(rows, n, words);
    otpi_free(rows);
    if (otp_is_none(list)) {
        return OTP_ENOMEM;
    }
    *out = list;
    return OTP_OK;
}

/* ---- Facts ---- */

otp_err otp_table_info(otp_table handle, otp_term *info) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "info", OTPI_TABLE_LOOKS, &table);
    if (err != OTP_OK) {
        return err;
    }
    otpi_access(OTP_READ, otpi_table_object(handle.word), 0);
    otp_term id = otpi_make_ref(otpi_table_ref(handle));
    if (otp_is_none(id)) {
        return OTP_ENOMEM;
    }
    bool named = !otp_is_none(table->name);
    size_t bytes = sizeof *table + otpi_store_bytes(&table->store);
    otp_term pairs[] = {OTP_ATOM(id),         id,
                        OTP_ATOM(name),       named ? table->name : otpi_am(undefined),
                        OTP_ATOM(owner),      otp_from_pid(table->owner),
                        OTP_ATOM(protection), otpi_protection_atom(table->protection),
                        OTP_ATOM(size),       otp_int((int64_t)otpi_store_rows(&table->store)),
                        OTP_ATOM(memory),     otp_int((int64_t)bytes),
                        OTP_ATOM(type),       OTP_ATOM(set),
                        OTP_ATOM(keypos),     otp_int((int64_t)table->store.key)};
    otp_term map = otpi_make_map(sizeof pairs / sizeof pairs[0] / 2, pairs);
    if (otp_is_none(map)) {
        return OTP_ENOMEM;
    }
    *info = map;
    return OTP_OK;
}
