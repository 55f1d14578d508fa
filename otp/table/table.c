/* SPDX-License-Identifier: MIT */
/*
 * The operations on tables.
 *
 * Each is at most one visible operation, at its beginning. Memory is taken outside of the locks,
 * and nothing is changed before all of it is there. No builder that may exit the process runs under
 * a lock.
 */
#include "table/registry.h"

#include "port/memory.h"
#include "process/system.h"

/* ---- The way in ---- */

enum { ENTRIES_UNTIL_QUIET = 1024 };

/* A process may work on tables for long without suspending; what was taken out of them meanwhile,
 * by it and by others, could not be freed. The beginning of an operation is a place where no
 * pointer to shared records is held (otpi_visible relies on the same), so now and then the worker
 * says so there, unless the runtime itself is at work around it (telemetry, interceptors: they hold
 * locks). */
static OTPI_NOINLINE void be_quiet(void) {
    otpi_worker *worker = otpi_worker_here();
    if (otpi_locks_held == 0) {
        otpi_quiescent(worker);
    }
}

static inline void entered(otpi_process *self) {
    static _Thread_local uint32_t entries;
    self->reductions++;
    if (OTPI_UNLIKELY(++entries % ENTRIES_UNTIL_QUIET == 0)) {
        be_quiet();
    }
}

otp_err otpi_table_enter(otp_table handle, const char *label, otpi_table_need need,
                         otpi_table **out) {
    otpi_process *self = otpi_self();
    if (!otpi_table_is_private(handle.word)) {
        otpi_visible(label, otpi_table_object(handle.word));
    }
    entered(self);
    otpi_table *table = otpi_table_find(otpi_tables_of(self->system), handle.word);
    if (table == NULL) {
        return OTP_ENOENT;
    }
    otpi_table_need others = table->protection == OTP_PUBLIC      ? OTPI_TABLE_WRITES
                             : table->protection == OTP_PROTECTED ? OTPI_TABLE_READS
                                                                  : OTPI_TABLE_LOOKS;
    if (need > others && table->owner.word != self->pid.word) {
        return OTP_EACCESS;
    }
    *out = table;
    return OTP_OK;
}

/* Memory is taken outside of the lock, so the need may have changed when it is there: try again. */
otp_err otpi_table_lock_for(otpi_table *table, size_t n) {
    for (;;) {
        if (!otpi_table_lock(table)) {
            return OTP_ENOENT;
        }
        if (OTPI_LIKELY(otpi_store_has_room(&table->store, n))) {
            return OTP_OK;
        }
        size_t rows = table->store.rows;
        otpi_table_unlock(table);
        otpi_slots *slots = rows + n >= rows ? otpi_slots_new(rows + n) : NULL;
        if (slots == NULL) {
            return OTP_ENOMEM;
        }
        otpi_slots *old = NULL;
        bool locked = otpi_table_lock(table);
        bool adopted = locked && otpi_store_adopt(&table->store, slots, n, &old);
        if (locked && !adopted) {
            otpi_table_unlock(table);
        }
        if (!adopted) {
            otpi_slots_free(slots);
            continue;
        }
        otpi_slots_retire(old);
        return OTP_OK;
    }
}

/* ---- Inserting ---- */

static bool row_fits(const otpi_table *table, otp_term row) {
    const uint64_t *box = otpi_box_of(row, OTPI_BOXED_TUPLE);
    return box != NULL && otpi_header_words(box[0]) >= table->store.key;
}

static void rows_free(otpi_row *rows) {
    while (rows != NULL) {
        otpi_row *next = otpi_row_next(rows);
        otpi_row_free(rows);
        rows = next;
    }
}

/* Copies one row in front of the others. */
static otp_err row_add(const otpi_table *table, otp_term term, otpi_row **rows) {
    if (!row_fits(table, term)) {
        return OTP_EBADARG;
    }
    otpi_row *row = otpi_row_new(term, NULL, 0);
    if (row == NULL) {
        return OTP_ENOMEM;
    }
    row->hash = otpi_store_hash(&table->store, otpi_store_key(&table->store, row));
    otpi_row_set_next(row, *rows);
    *rows = row;
    return OTP_OK;
}

static otpi_row *rows_reverse(otpi_row *rows) {
    otpi_row *reversed = NULL;
    while (rows != NULL) {
        otpi_row *next = otpi_row_next(rows);
        otpi_row_set_next(rows, reversed);
        reversed = rows;
        rows = next;
    }
    return reversed;
}

/* Copies a row, or a list of rows in its order. */
static otp_err rows_copy(const otpi_table *table, otp_term term, otpi_row **rows, size_t *n) {
    *rows = NULL;
    *n = 1;
    if (OTPI_LIKELY(otpi_is_boxed(term))) {
        return row_add(table, term, rows);
    }
    *n = otp_length(term);
    if (*n == SIZE_MAX) {
        return OTP_EBADARG;
    }
    OTP_LIST_FOREACH (row, term) {
        otp_err err = row_add(table, row, rows);
        if (err != OTP_OK) {
            rows_free(*rows);
            return err;
        }
    }
    *rows = rows_reverse(*rows);
    return OTP_OK;
}

static bool any_is_there(const otpi_store *store, const otpi_row *rows) {
    for (const otpi_row *row = rows; row != NULL; row = otpi_row_next(row)) {
        if (otpi_store_find(store, otpi_store_key(store, row), row->hash) != NULL) {
            return true;
        }
    }
    return false;
}

/* Puts the rows; those they replaced come back linked. */
static otpi_row *rows_put(otpi_store *store, otpi_row *rows) {
    otpi_row *replaced = NULL;
    while (rows != NULL) {
        otpi_row *next = otpi_row_next(rows);
        otpi_row *old = otpi_store_put(store, rows);
        if (old != NULL) {
            otpi_row_set_next(old, replaced);
            replaced = old;
        }
        rows = next;
    }
    return replaced;
}

static void access_rows(const otpi_table *table, const otpi_row *rows) {
    for (const otpi_row *row = rows; otpi_visible_on && row != NULL; row = otpi_row_next(row)) {
        otpi_access(OTP_WRITE, otpi_table_object(table->word),
                    otp_hash(otpi_store_key(&table->store, row)));
    }
}

static otp_err insert(otp_table handle, otp_term term, const char *label, bool only_new) {
    otpi_table *table;
    otpi_row *rows;
    size_t n;
    otp_err err = otpi_table_enter(handle, label, OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK || (err = rows_copy(table, term, &rows, &n)) != OTP_OK || rows == NULL) {
        return err;
    }
    access_rows(table, rows);
    err = otpi_table_lock_for(table, n);
    if (err != OTP_OK) {
        rows_free(rows);
        return err;
    }
    if (only_new && any_is_there(&table->store, rows)) {
        otpi_table_unlock(table);
        rows_free(rows);
        return OTP_EEXIST;
    }
    otpi_row *replaced = rows_put(&table->store, rows);
    otpi_table_unlock(table);
    while (replaced != NULL) {
        otpi_row *next = otpi_row_next(replaced);
        otpi_table_drop(table, replaced);
        replaced = next;
    }
    return OTP_OK;
}

otp_err otp_table_insert(otp_table table, otp_term row) {
    return insert(table, row, "insert", false);
}

otp_err otp_table_insert_new(otp_table table, otp_term row) {
    return insert(table, row, "insert_new", true);
}

/* ---- Reading and deleting ---- */

otp_err otp_table_lookup(otp_table handle, otp_term key, otp_term *out) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "lookup", OTPI_TABLE_READS, &table);
    if (err != OTP_OK) {
        return err;
    }
    uint64_t hash = otpi_table_hash(table, key, OTP_READ);
    const otpi_row *row = otpi_store_find(&table->store, key, hash);
    if (row == NULL) {
        return OTP_ENOENT;
    }
    uint64_t *at = otpi_scope_try(row->words);
    if (at == NULL) {
        return OTP_ENOMEM;
    }
    *out = otpi_row_copy(row, at);
    return OTP_OK;
}

otp_err otp_table_member(otp_table handle, otp_term key, bool *out) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "member", OTPI_TABLE_READS, &table);
    if (err == OTP_OK) {
        uint64_t hash = otpi_table_hash(table, key, OTP_READ);
        *out = otpi_store_find(&table->store, key, hash) != NULL;
    }
    return err;
}

otp_err otp_table_delete_key(otp_table handle, otp_term key) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "delete_key", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK) {
        return err;
    }
    uint64_t hash = otpi_table_hash(table, key, OTP_WRITE);
    if (!otpi_table_lock(table)) {
        return OTP_ENOENT;
    }
    otpi_row *row = otpi_store_remove(&table->store, key, hash);
    otpi_table_unlock(table);
    otpi_table_drop(table, row);
    return OTP_OK;
}

/* ---- Handles as terms ---- */

/* A reference of the node's whose number has the top bit set, which no other reference made here
 * has. */
#define TABLE_MARK (UINT64_C(1) << 63)
#define HANDLE_LOW ((UINT64_C(1) << OTPI_TABLE_NODE_SHIFT) - 1)

otp_ref otpi_table_ref(otp_table table) {
    uint32_t node = (uint32_t)(table.word >> OTPI_TABLE_NODE_SHIFT);
    return otpi_ref(node, TABLE_MARK | (table.word & HANDLE_LOW));
}

otp_term otp_from_table(otp_table table) {
    return otp_from_ref(otpi_table_ref(table));
}

bool otp_get_table(otp_term term, otp_table *out) {
    otp_ref ref;
    if (!otp_get_ref(term, &ref) || ref.word[0] >= OTPI_NODE_SLOTS || ref.word[2] != 0 ||
        (ref.word[1] & ~HANDLE_LOW) != TABLE_MARK) {
        return false;
    }
    *out = (otp_table){ref.word[0] << OTPI_TABLE_NODE_SHIFT | (ref.word[1] & HANDLE_LOW)};
    return true;
}
