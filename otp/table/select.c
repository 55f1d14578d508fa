/* SPDX-License-Identifier: MIT */
/*
 * Selecting rows of a table by a match specification.
 *
 * Rows are looked at without a lock. One that is to be deleted or replaced is so only if it is
 * still as it was looked at; else it is looked at again. Flat rows, which may change in place, are
 * looked at in a copy.
 */
#include "table/index.h"
#include "table/spec.h"
#include "term/atom.h"
#include "term/build.h"

enum { FLAT_WORDS = 64 };

typedef struct selection selection;

struct selection {
    otp_table handle;
    const otp_spec *spec;
    const otp_match_arg *arguments;
    otpi_table *table;
    bool backwards;
    otp_term key; /* the only one to look at; OTP_NONE = all */
    uint64_t hash;
    /* Deals with a row whose result is there; *again: it has changed meanwhile. */
    otp_err (*take)(selection *s, otpi_row *row, otp_term seen, otp_term result, bool *again);
    size_t count;
    otp_term list;
    uint64_t *tail; /* where the list goes on; NULL = nothing in it yet */
};

/* ---- What is done with results ---- */

static otp_err take_result(selection *s, otpi_row *row, otp_term seen, otp_term result,
                           bool *again) {
    (void)row, (void)seen, (void)again;
    uint64_t *cell = otpi_scope_try(2);
    if (cell == NULL) {
        return OTP_ENOMEM;
    }
    cell[0] = result.word;
    cell[1] = otp_nil().word;
    if (s->tail == NULL) {
        s->list = otpi_cell_term(cell);
    } else {
        *s->tail = otpi_cell_term(cell).word;
    }
    s->tail = cell + 1;
    s->count++;
    return OTP_OK;
}

static otp_err take_count(selection *s, otpi_row *row, otp_term seen, otp_term result,
                          bool *again) {
    (void)row, (void)seen, (void)again;
    s->count += result.word == OTPI_AM_true;
    return OTP_OK;
}

static otp_err take_delete(selection *s, otpi_row *row, otp_term seen, otp_term result,
                           bool *again) {
    if (result.word != OTPI_AM_true) {
        return OTP_OK;
    }
    bool done = false;
    otp_err err = otpi_index_delete(s->table, row, seen, &done);
    *again = !done;
    s->count += done;
    return err;
}

static otp_err take_replace(selection *s, otpi_row *row, otp_term seen, otp_term result,
                            bool *again) {
    OTPI_ASSERT("table-005", otp_arity(result) >= s->table->key); /* otpi_clause_keeps_key */
    otpi_row *made = otpi_index_row(s->table, result);
    bool done = false;
    otp_err err = made ? otpi_index_swap(s->table, row, seen, made, &done) : OTP_ENOMEM;
    *again = !done;
    s->count += done;
    return err;
}

/* ---- Rows ---- */

/* The row to look at: itself, or a copy of a flat one. */
static otp_err look(const otpi_row *row, uint64_t *few, otp_term *seen) {
    if (!otpi_row_flat(row)) {
        *seen = otpi_row_tuple(row);
        return OTP_OK;
    }
    if (row->words > FLAT_WORDS) {
        return otpi_row_look(row, seen);
    }
    *seen = otpi_row_copy(row, few);
    return OTP_OK;
}

static otp_err visit_once(selection *s, otpi_row *row, bool *again) {
    uint64_t few[FLAT_WORDS];
    otp_term seen;
    otp_term result;
    otp_scope mark = otpi_scope_mark();
    const uint64_t *tail = s->tail;
    *again = false;
    otp_err err = look(row, few, &seen);
    if (err == OTP_OK) {
        otpi_spec_verdict verdict = otpi_spec_run(s->spec, s->arguments, seen, &result);
        err = verdict == OTPI_SPEC_NO_MEMORY ? OTP_ENOMEM : OTP_OK;
        err = verdict == OTPI_SPEC_YES ? s->take(s, row, seen, result, again) : err;
    }
    if (s->tail == tail) {
        otpi_scope_rollback(mark); /* nothing of it was kept */
    }
    return err;
}

/* A row that has changed is looked for again by its key; of a bag none ever comes back. */
static otp_err visit(selection *s, otpi_row *row) {
    bool again = false;
    otp_err err = visit_once(s, row, &again);
    while (err == OTP_OK && again && !otpi_table_is_bag(s->table)) {
        row = otpi_index_find(s->table, otpi_index_key(s->table, row), row->hash);
        again = false;
        err = row ? visit_once(s, row, &again) : OTP_OK;
    }
    return err;
}

/* The rows of a bag's key, the oldest first. */
static otp_err visit_bag(selection *s, otpi_row *newest) {
    size_t n = 0;
    for (otpi_row *row = newest; row != NULL; row = otpi_index_older(s->table, row)) {
        n++;
    }
    uint64_t *rows = otpi_scope_try(n);
    if (rows == NULL) {
        return OTP_ENOMEM;
    }
    size_t first = n;
    for (otpi_row *row = newest; row != NULL && first > 0; row = otpi_index_older(s->table, row)) {
        rows[--first] = (uint64_t)(uintptr_t)row;
    }
    otp_err err = OTP_OK;
    for (size_t i = first; i < n && err == OTP_OK; i++) {
        err = visit(s, (otpi_row *)(uintptr_t)rows[i]);
    }
    return err;
}

static otpi_row *seek(const selection *s, otp_term place) {
    const otpi_table *table = s->table;
    if (!otp_is_none(s->key)) {
        return otp_is_none(place) ? otpi_index_find(table, s->key, s->hash) : NULL;
    }
    if (otp_is_none(place)) {
        return s->backwards ? otpi_index_last(table) : otpi_index_first(table);
    }
    uint64_t hash = otpi_store_hash(&table->store, place);
    return s->backwards ? otpi_index_before(table, place, hash)
                        : otpi_index_after(table, place, hash);
}

static otpi_row *next(const selection *s, const otpi_row *row) {
    if (!otp_is_none(s->key)) {
        return NULL;
    }
    return s->backwards ? otpi_index_before(s->table, otpi_index_key(s->table, row), row->hash)
                        : otpi_index_next(s->table, row);
}

/* Visits from a place on until there are limit results; *last is the last row visited, NULL when
 * there was none. */
static otp_err walk(selection *s, otp_term place, size_t limit, const otpi_row **last) {
    otp_err err = OTP_OK;
    otpi_row *row = seek(s, place);
    *last = NULL;
    while (row != NULL && err == OTP_OK && s->count < limit) {
        otpi_row *following = next(s, row); /* a deleted row of a private table is gone at once */
        err = otpi_table_is_bag(s->table) ? visit_bag(s, row) : visit(s, row);
        *last = row;
        row = following;
    }
    return err;
}

/* ---- The way in ---- */

/* The one key that all clauses ask for. */
static otp_term only_key(const selection *s) {
    otp_term only = OTP_NONE;
    for (size_t i = 0; i < s->spec->clause_count; i++) {
        otp_term key = otpi_clause_key(&s->spec->clauses[i], s->table->key);
        if (otpi_is_pattern_hole(key)) {
            key = s->arguments[otpi_pattern_hole_index(key)].in;
        }
        if (otp_is_none(key) || (i > 0 && !otp_equal(key, only))) {
            return OTP_NONE;
        }
        only = key;
    }
    return only;
}

static otp_err enter(selection *s, const char *label, otpi_table_need need) {
    otp_err err = otpi_table_enter(s->handle, label, need, &s->table);
    if (err != OTP_OK) {
        return err;
    }
    otp_access_how how = need == OTPI_TABLE_READS ? OTP_READ : OTP_WRITE;
    s->list = otp_nil();
    s->key = only_key(s);
    if (otp_is_none(s->key)) {
        otpi_table_touch(s->table, how);
    } else {
        s->hash = otpi_table_hash(s->table, s->key, how);
    }
    return OTP_OK;
}

static otp_err count_all(selection *s, const char *label, otpi_table_need need, size_t *n) {
    const otpi_row *last;
    otp_err err = enter(s, label, need);
    err = err ? err : walk(s, OTP_NONE, SIZE_MAX, &last);
    if (err == OTP_OK && need == OTPI_TABLE_WRITES) {
        otpi_index_shrink(s->table);
    }
    if (err == OTP_OK) {
        *n = s->count;
    }
    return err;
}

static otp_err select_some(selection *s, otp_table_cursor *cursor, otp_term *rows) {
    const otpi_row *last;
    if (cursor->limit == 0) {
        return OTP_EBADARG;
    }
    s->backwards = cursor->backwards;
    otp_err err = enter(s, "select", OTPI_TABLE_READS);
    err = err ? err : walk(s, cursor->at, cursor->limit, &last);
    if (err != OTP_OK) {
        return err;
    }
    if (last != NULL) {
        otp_term at = otpi_make_copy(otpi_index_key(s->table, last));
        if (otp_is_none(at)) {
            return OTP_ENOMEM;
        }
        cursor->at = at;
    }
    *rows = s->list;
    return otp_is_nil(s->list) ? OTP_ENOENT : OTP_OK;
}

static otp_err select_all(selection *s, otp_term *rows) {
    const otpi_row *last;
    otp_err err = enter(s, "select", OTPI_TABLE_READS);
    err = err ? err : walk(s, OTP_NONE, SIZE_MAX, &last);
    if (err == OTP_OK) {
        *rows = s->list;
    }
    return err;
}

static otp_err select_run(selection *s, otp_table_cursor *cursor, otp_term *rows) {
    s->take = take_result;
    return cursor ? select_some(s, cursor, rows) : select_all(s, rows);
}

static otp_err count_run(selection *s, size_t *n) {
    s->take = take_count;
    return count_all(s, "select_count", OTPI_TABLE_READS, n);
}

static otp_err delete_run(selection *s, size_t *n) {
    s->take = take_delete;
    return count_all(s, "select_delete", OTPI_TABLE_WRITES, n);
}

static otp_err replace_run(selection *s, size_t *n) {
    /* what the rows of a table are is its own for ever: it may be asked before the way in */
    const otpi_table *table = otpi_table_find(otpi_tables_of(otpi_self()->system), s->handle.word);
    for (size_t i = 0; table != NULL && i < s->spec->clause_count; i++) {
        if (table->type == OTP_BAG || !otpi_clause_keeps_key(&s->spec->clauses[i], table->key)) {
            return OTP_EBADARG;
        }
    }
    s->take = take_replace;
    return count_all(s, "select_replace", OTPI_TABLE_WRITES, n);
}

/* ---- By specification ---- */

otp_err otp_table_select_by(otp_table table, const otp_spec *spec, otp_table_cursor *cursor,
                            otp_term *rows) {
    selection s = {.handle = table, .spec = spec};
    return select_run(&s, cursor, rows);
}

otp_err otp_table_select_count_by(otp_table table, const otp_spec *spec, size_t *n) {
    selection s = {.handle = table, .spec = spec};
    return count_run(&s, n);
}

otp_err otp_table_select_delete_by(otp_table table, const otp_spec *spec, size_t *n) {
    selection s = {.handle = table, .spec = spec};
    return delete_run(&s, n);
}

otp_err otp_table_select_replace_by(otp_table table, const otp_spec *spec, size_t *n) {
    selection s = {.handle = table, .spec = spec};
    return replace_run(&s, n);
}

/* ---- By text ---- */

static OTPI_COLD otp_err site_compile(otp_match_site *site, otp_spec **out) {
    otp_spec_error error = {0};
    otp_term term;
    size_t arguments = 0;
    otp_scope mark = otpi_scope_mark();
    otp_err err = otpi_spec_read(site->pattern, true, &term, &arguments, &error);
    err = err ? err : otpi_spec_new(term, arguments, out, &error);
    if (err != OTP_OK && err != OTP_ENOMEM) {
        otpi_badarg(site->site, otp_spec_error_show(&error));
    }
    otpi_scope_rollback(mark);
    return err;
}

/* The specification of a call site, with its arguments. OTP_ENOMEM; misuse is an exit. */
static otp_err site_selection(otp_table table, otp_match_site *site, size_t n,
                              const otp_match_arg *args, selection *s) {
    /* acquire: pairs with the release below; what it points to is behind it */
    otp_spec *spec = __atomic_load_n(&site->compiled, __ATOMIC_ACQUIRE);
    if (OTPI_UNLIKELY(spec == NULL)) {
        void *expected = NULL;
        otp_err err = site_compile(site, &spec);
        if (err != OTP_OK) {
            return err;
        }
        if (!__atomic_compare_exchange_n(&site->compiled, &expected, spec, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE)) {
            otp_spec_free(spec); /* another thread was faster */
            spec = expected;
        }
    }
    bool fit = n == spec->argument_count;
    for (size_t i = 0; fit && i < n; i++) {
        fit = args[i].type == 'w' && !otp_is_none(args[i].in);
    }
    if (!fit) {
        otpi_badarg(site->site, "one otp_term for each ~w");
    }
    *s = (selection){.handle = table, .spec = spec, .arguments = args};
    return OTP_OK;
}

otp_err otp_table_select_at(otp_table table, otp_match_site *site, size_t n,
                            const otp_match_arg *args, otp_term *rows) {
    selection s;
    otp_err err = site_selection(table, site, n, args, &s);
    return err ? err : select_run(&s, NULL, rows);
}

otp_err otp_table_select_some_at(otp_table table, otp_match_site *site, size_t n,
                                 const otp_match_arg *args, otp_table_cursor *cursor,
                                 otp_term *rows) {
    selection s;
    otp_err err = site_selection(table, site, n, args, &s);
    return err ? err : select_run(&s, cursor, rows);
}

otp_err otp_table_select_count_at(otp_table table, otp_match_site *site, size_t n,
                                  const otp_match_arg *args, size_t *count) {
    selection s;
    otp_err err = site_selection(table, site, n, args, &s);
    return err ? err : count_run(&s, count);
}

otp_err otp_table_select_delete_at(otp_table table, otp_match_site *site, size_t n,
                                   const otp_match_arg *args, size_t *count) {
    selection s;
    otp_err err = site_selection(table, site, n, args, &s);
    return err ? err : delete_run(&s, count);
}

otp_err otp_table_select_replace_at(otp_table table, otp_match_site *site, size_t n,
                                    const otp_match_arg *args, size_t *count) {
    selection s;
    otp_err err = site_selection(table, site, n, args, &s);
    return err ? err : replace_run(&s, count);
}
