/* SPDX-License-Identifier: MIT */
/*
 * Going through a table, key by key or at once.
 *
 * A place in a table is a key, not an address: what follows it is looked for anew, so a traversal
 * stays valid whatever happens to rows and arrays in between.
 */
#include "table/index.h"

#include "term/build.h"

/* ---- Step by step ---- */

static otp_err key_out(const otpi_table *table, const otpi_row *row, otp_term *key) {
    if (row == NULL) {
        return OTP_ENOENT;
    }
    otp_term copy = otpi_make_copy(otpi_index_key(table, row));
    if (otp_is_none(copy)) {
        return OTP_ENOMEM;
    }
    *key = copy;
    return OTP_OK;
}

/* The way in of all that looks at more than one key. */
static otp_err enter(otp_table handle, const char *label, otpi_table **table) {
    otp_err err = otpi_table_enter(handle, label, OTPI_TABLE_READS, table);
    if (err == OTP_OK) {
        otpi_table_touch(*table, OTP_READ);
    }
    return err;
}

otp_err otp_table_first(otp_table handle, otp_term *key) {
    otpi_table *table;
    otp_err err = enter(handle, "first", &table);
    return err ? err : key_out(table, otpi_index_first(table), key);
}

otp_err otp_table_last(otp_table handle, otp_term *key) {
    otpi_table *table;
    otp_err err = enter(handle, "last", &table);
    return err ? err : key_out(table, otpi_index_last(table), key);
}

/* May one go on from this key? */
static bool stands(const otpi_table *table, otp_term key, uint64_t hash) {
    return otpi_table_is_ordered(table) || __atomic_load_n(&table->fixed, __ATOMIC_RELAXED) != 0 ||
           otpi_index_find(table, key, hash) != NULL;
}

otp_err otp_table_next(otp_table handle, otp_term key, otp_term *next) {
    otpi_table *table;
    otp_err err = enter(handle, "next", &table);
    if (err != OTP_OK) {
        return err;
    }
    uint64_t hash = otpi_store_hash(&table->store, key);
    return stands(table, key, hash) ? key_out(table, otpi_index_after(table, key, hash), next)
                                    : OTP_EBADARG;
}

otp_err otp_table_prev(otp_table handle, otp_term key, otp_term *previous) {
    otpi_table *table;
    otp_err err = enter(handle, "prev", &table);
    if (err != OTP_OK) {
        return err;
    }
    uint64_t hash = otpi_store_hash(&table->store, key);
    return stands(table, key, hash) ? key_out(table, otpi_index_before(table, key, hash), previous)
                                    : OTP_EBADARG;
}

/* ---- Folds ---- */

typedef struct fold {
    otp_table handle;
    bool backwards;
    bool (*each)(void *context, otp_term row);
    void *context;
    otp_term place; /* kept: the key that has been visited; OTP_NONE before the first */
} fold;

static void place_drop(otp_term place) {
    if (!otp_is_none(place)) {
        otp_drop(place);
    }
}

static const otpi_row *fold_seek(const fold *f, const otpi_table *table) {
    if (otp_is_none(f->place)) {
        return f->backwards ? otpi_index_last(table) : otpi_index_first(table);
    }
    uint64_t hash = otpi_store_hash(&table->store, f->place);
    return f->backwards ? otpi_index_before(table, f->place, hash)
                        : otpi_index_after(table, f->place, hash);
}

/* The rows of the next key as a list, and the place behind it. OTP_ENOENT at the end. */
static otp_err fold_next(fold *f, otp_term *rows) {
    otpi_table *table;
    otp_err err = enter(f->handle, f->backwards ? "foldr" : "foldl", &table);
    if (err != OTP_OK) {
        return err;
    }
    const otpi_row *row = fold_seek(f, table);
    if (row == NULL) {
        *rows = otp_nil();
        return OTP_OK;
    }
    err = otpi_index_list(table, row, rows);
    if (err != OTP_OK) {
        return err;
    }
    otp_term before = f->place;
    f->place = otp_keep(otp_element(otp_head(*rows), table->key - 1));
    place_drop(before);
    return OTP_OK;
}

/* The visits of one key; false when it was the last. */
static otp_err fold_key(fold *f, bool *more) {
    otp_scope scope = otp_scope_begin();
    otp_term rows;
    otp_err err = fold_next(f, &rows);
    *more = err == OTP_OK && !otp_is_nil(rows);
    for (; *more && !otp_is_nil(rows); rows = otp_tail(rows)) {
        *more = f->each(f->context, otp_head(rows));
    }
    otp_scope_end(scope);
    return err;
}

static otp_err fold_all(fold f) {
    otp_err err = OTP_OK;
    for (bool more = true; more && err == OTP_OK;) {
        err = fold_key(&f, &more);
    }
    place_drop(f.place);
    return err;
}

otp_err otp_table_foldl(otp_table table, bool (*each)(void *context, otp_term row), void *context) {
    return fold_all((fold){.handle = table, .each = each, .context = context});
}

otp_err otp_table_foldr(otp_table table, bool (*each)(void *context, otp_term row), void *context) {
    return fold_all((fold){.handle = table, .backwards = true, .each = each, .context = context});
}

/* ---- At once ---- */

/* Appends the rows of a key to the list whose last tail is at *tail. */
static bool append(const otpi_table *table, const otpi_row *row, uint64_t **tail, otp_term *list) {
    otp_term rows;
    if (otpi_index_list(table, row, &rows) != OTP_OK) {
        return false;
    }
    if (*tail == NULL) {
        *list = rows;
    } else {
        **tail = rows.word;
    }
    while (!otp_is_nil(rows)) {
        *tail = (uint64_t *)(uintptr_t)otpi_cell(rows) + 1;
        rows.word = **tail;
    }
    return true;
}

otp_err otp_table_to_list(otp_table handle, otp_term *out) {
    otpi_table *table;
    otp_err err = enter(handle, "to_list", &table);
    if (err != OTP_OK) {
        return err;
    }
    otp_scope mark = otpi_scope_mark();
    otp_term list = otp_nil();
    uint64_t *tail = NULL;
    for (const otpi_row *row = otpi_index_first(table); row != NULL;
         row = otpi_index_next(table, row)) {
        if (!append(table, row, &tail, &list)) {
            otpi_scope_rollback(mark);
            return OTP_ENOMEM;
        }
    }
    *out = list;
    return OTP_OK;
}
