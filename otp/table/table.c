/* SPDX-License-Identifier: MIT */
/*
 * The operations on tables.
 *
 * Each is at most one visible operation, at its beginning. Memory is taken outside of the locks,
 * and nothing is changed before all of it is there. No builder that may exit the process runs under
 * a lock.
 */
#include "table/index.h"

#include "port/memory.h"
#include "process/system.h"
#include "term/build.h"

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
        otpi_access(OTP_READ, otpi_table_object(handle.word), 0);
        return OTP_ENOENT;
    }
    otpi_table_need others = table->protection == OTP_PUBLIC      ? OTPI_TABLE_WRITES
                             : table->protection == OTP_PROTECTED ? OTPI_TABLE_READS
                                                                  : OTPI_TABLE_LOOKS;
    if (need > others && otpi_table_owner(table).word != self->pid.word) {
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
        if (OTPI_LIKELY(otpi_store_has_room(&table->store, n)) || otpi_table_is_ordered(table)) {
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
    return box != NULL && otpi_header_words(box[0]) >= table->key;
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
    otpi_row *row = otpi_index_row(table, term);
    if (row == NULL) {
        return OTP_ENOMEM;
    }
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

static bool any_is_there(const otpi_table *table, const otpi_row *rows) {
    for (const otpi_row *row = rows; row != NULL; row = otpi_row_next(row)) {
        if (otpi_index_find(table, otpi_index_key(table, row), row->hash) != NULL) {
            return true;
        }
    }
    return false;
}

/* Puts the rows; those that are to be dropped come back linked. */
static otpi_row *rows_put(otpi_table *table, otpi_row *rows) {
    otpi_row *replaced = NULL;
    while (rows != NULL) {
        otpi_row *next = otpi_row_next(rows);
        otpi_row *old = otpi_index_put(table, rows);
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
                    otpi_table_key_of(table, otpi_index_key(table, row)));
    }
}

static void rows_drop(const otpi_table *table, otpi_row *rows) {
    while (rows != NULL) {
        otpi_row *next = otpi_row_next(rows);
        otpi_table_drop(table, rows);
        rows = next;
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
    if (only_new && any_is_there(table, rows)) {
        otpi_table_unlock(table);
        rows_free(rows);
        return OTP_EEXIST;
    }
    otpi_row *replaced = rows_put(table, rows);
    otpi_table_unlock(table);
    rows_drop(table, replaced);
    return OTP_OK;
}

otp_err otp_table_insert(otp_table table, otp_term row) {
    return insert(table, row, "insert", false);
}

otp_err otp_table_insert_new(otp_table table, otp_term row) {
    return insert(table, row, "insert_new", true);
}

/* ---- Reading ---- */

static OTPI_NOINLINE const otpi_row *oldest(const otpi_table *table, const otpi_row *row) {
    for (const otpi_row *older; (older = otpi_index_older(table, row)) != NULL;) {
        row = older;
    }
    return row;
}

otp_err otp_table_lookup(otp_table handle, otp_term key, otp_term *out) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "lookup", OTPI_TABLE_READS, &table);
    if (err != OTP_OK) {
        return err;
    }
    uint64_t hash = otpi_table_hash(table, key, OTP_READ);
    const otpi_row *row = otpi_index_find(table, key, hash);
    if (row == NULL) {
        return OTP_ENOENT;
    }
    if (OTPI_UNLIKELY(otpi_table_is_bag(table))) {
        row = oldest(table, row);
    }
    return otpi_row_look(row, out);
}

otp_err otp_table_member(otp_table handle, otp_term key, bool *out) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "member", OTPI_TABLE_READS, &table);
    if (err == OTP_OK) {
        uint64_t hash = otpi_table_hash(table, key, OTP_READ);
        *out = otpi_index_find(table, key, hash) != NULL;
    }
    return err;
}

/* One element of a row, in the caller's scope. */
static otp_err element_copy(const otpi_row *row, size_t position, otp_term *out) {
    if (position == 0 || position > otpi_row_arity(row)) {
        return OTP_EBADARG;
    }
    *out = otpi_make_copy(otpi_row_element(row, position));
    return otp_is_none(*out) ? OTP_ENOMEM : OTP_OK;
}

otp_err otp_table_lookup_all(otp_table handle, otp_term key, otp_term *out) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "lookup_all", OTPI_TABLE_READS, &table);
    if (err != OTP_OK) {
        return err;
    }
    uint64_t hash = otpi_table_hash(table, key, OTP_READ);
    const otpi_row *row = otpi_index_find(table, key, hash);
    return otpi_index_list(table, row, out);
}

/* The elements at that position of a bag's rows, of the oldest first. */
static otp_err elements_copy(const otpi_table *table, const otpi_row *row, size_t position,
                             otp_term *out) {
    otp_term list = otp_nil();
    for (; row != NULL; row = otpi_index_older(table, row)) {
        otp_term each;
        otp_err err = element_copy(row, position, &each);
        if (err != OTP_OK) {
            return err;
        }
        list = otpi_make_list(1, &each, list);
        if (otp_is_none(list)) {
            return OTP_ENOMEM;
        }
    }
    *out = list;
    return OTP_OK;
}

otp_err otp_table_lookup_element(otp_table handle, otp_term key, unsigned position, otp_term *out) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "lookup_element", OTPI_TABLE_READS, &table);
    if (err != OTP_OK) {
        return err;
    }
    uint64_t hash = otpi_table_hash(table, key, OTP_READ);
    const otpi_row *row = otpi_index_find(table, key, hash);
    if (row == NULL || position == 0) {
        return row ? OTP_EBADARG : OTP_ENOENT;
    }
    return otpi_table_is_bag(table) ? elements_copy(table, row, position, out)
                                    : element_copy(row, position, out);
}

/* ---- Deleting ---- */

/* Takes the rows of a key out: to be dropped. */
static otp_err take_out(otpi_table *table, otp_term key, uint64_t hash, otpi_row **rows) {
    if (!otpi_table_lock(table)) {
        return OTP_ENOENT;
    }
    *rows = otpi_index_remove(table, key, hash);
    otpi_table_unlock(table);
    otpi_index_shrink(table);
    return OTP_OK;
}

otp_err otp_table_delete_key(otp_table handle, otp_term key) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "delete_key", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK) {
        return err;
    }
    uint64_t hash = otpi_table_hash(table, key, OTP_WRITE);
    otpi_row *rows = NULL;
    err = take_out(table, key, hash, &rows);
    otpi_index_drop_all(table, rows);
    return err;
}

otp_err otp_table_take(otp_table handle, otp_term key, otp_term *out) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "take", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK) {
        return err;
    }
    uint64_t hash = otpi_table_hash(table, key, OTP_WRITE);
    otpi_row *rows = NULL;
    uint64_t *at;
    for (bool enough = false; !enough;) {
        size_t words = otpi_index_list_words(table, otpi_index_find(table, key, hash));
        at = otpi_scope_try(words);
        if (at == NULL) {
            return OTP_ENOMEM;
        }
        if (!otpi_table_lock(table)) {
            return OTP_ENOENT;
        }
        enough = otpi_index_list_words(table, otpi_index_find(table, key, hash)) <= words;
        rows = enough ? otpi_index_remove(table, key, hash) : NULL;
        otpi_table_unlock(table);
    }
    *out = otpi_index_list_taken(table, rows, at);
    otpi_index_drop_all(table, rows);
    otpi_index_shrink(table);
    return OTP_OK;
}

/* Takes every row that equals this one out; they come back linked. Locked. */
static otpi_row *remove_equal(otpi_table *table, otp_term row, otp_term key, uint64_t hash) {
    otpi_row *taken = NULL;
    otpi_row *older;
    for (otpi_row *at = otpi_index_find(table, key, hash); at != NULL; at = older) {
        older = otpi_index_older(table, at);
        if (otp_equal(otpi_row_tuple(at), row)) {
            otpi_index_unlink(table, at);
            otpi_row_set_next(at, taken);
            taken = at;
        }
    }
    return taken;
}

otp_err otp_table_delete_row(otp_table handle, otp_term row) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "delete_row", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK) {
        return err;
    }
    if (!row_fits(table, row)) {
        return OTP_EBADARG;
    }
    otp_term key = otp_element(row, table->key - 1);
    uint64_t hash = otpi_table_hash(table, key, OTP_WRITE);
    if (!otpi_table_lock(table)) {
        return OTP_ENOENT;
    }
    otpi_row *taken = remove_equal(table, row, key, hash);
    otpi_table_unlock(table);
    rows_drop(table, taken);
    otpi_index_shrink(table);
    return OTP_OK;
}

otp_err otp_table_delete_all(otp_table handle) {
    otpi_table *table;
    otp_err err = otpi_table_enter(handle, "delete_all", OTPI_TABLE_WRITES, &table);
    if (err != OTP_OK) {
        return err;
    }
    otpi_table_touch(table, OTP_WRITE);
    if (!otpi_table_lock(table)) {
        return OTP_ENOENT;
    }
    otpi_index_retire_all(table);
    otpi_table_unlock(table);
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
