/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENT = 1, ACKNOWLEDGED = 2, SEEN = 4 };

bool ledger_init(ledger *l, unsigned clients, unsigned per_client) {
    *l = (ledger){.clients = clients, .per_client = per_client};
    l->marks = calloc((size_t)clients * per_client, sizeof *l->marks);
    return l->marks != NULL;
}

void ledger_fini(ledger *l) {
    free(l->marks);
}

void ledger_clear(ledger *l) {
    for (size_t i = 0; i < (size_t)l->clients * l->per_client; i++) {
        atomic_store_explicit(&l->marks[i], 0, memory_order_relaxed);
    }
    atomic_store(&l->acknowledged, 0);
}

void ledger_id(unsigned client, unsigned n, char out[TODO_ID_MAX + 1]) {
    (void)snprintf(out, TODO_ID_MAX + 1, "c%03u-%06u", client, n);
}

void ledger_title(unsigned client, unsigned n, char out[TODO_TITLE_MAX + 1]) {
    static const char *const verbs[] = {"buy", "call", "mend", "write to", "look for"};
    static const char *const things[] = {"bread", "grandmother", "the roof", "a lamp"};
    (void)snprintf(out, TODO_TITLE_MAX + 1, "%s %s (%u of %u)", verbs[n % 5], things[client % 4], n,
                   client);
}

static _Atomic uint8_t *mark_of(ledger *l, unsigned client, unsigned n) {
    return &l->marks[(size_t)client * l->per_client + n];
}

void ledger_sent(ledger *l, unsigned client, unsigned n) {
    atomic_fetch_or_explicit(mark_of(l, client, n), SENT, memory_order_relaxed);
}

uint64_t ledger_acknowledge(ledger *l, unsigned client, unsigned n) {
    atomic_fetch_or_explicit(mark_of(l, client, n), ACKNOWLEDGED, memory_order_relaxed);
    return atomic_fetch_add(&l->acknowledged, 1) + 1;
}

/* ---- Comparing ---- */

static void wrong(ledger_verdict *v, const char *format, ...) OTP_PRINTF(2, 3);
static void wrong(ledger_verdict *v, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (v->first[0] == '\0') {
        (void)vsnprintf(v->first, sizeof v->first, format, arguments);
    }
    va_end(arguments);
}

/* Client and number of an id that has the form of one; whatever follows is a mark of doubling. */
static bool id_parse(const ledger *l, const char *id, unsigned *client, unsigned *n) {
    int length = 0;
    return sscanf(id, "c%3u-%6u%n", client, n, &length) == 2 && length == 11 &&
           *client < l->clients && *n < l->per_client;
}

static void compare_row(ledger *l, const char *id, const char *title, ledger_verdict *v) {
    unsigned client, n;
    char expected_id[TODO_ID_MAX + 1], expected_title[TODO_TITLE_MAX + 1];
    v->rows++;
    if (!id_parse(l, id, &client, &n)) {
        v->strangers++;
        wrong(v, "a todo nobody sent: id \"%s\"", id);
        return;
    }
    ledger_id(client, n, expected_id);
    ledger_title(client, n, expected_title);
    uint8_t marks = atomic_fetch_or_explicit(mark_of(l, client, n), SEEN, memory_order_relaxed);
    if (marks & SEEN || strcmp(id, expected_id) != 0) {
        v->doubled++;
        wrong(v, "todo %s is there twice", expected_id);
    } else if (!(marks & SENT) || strcmp(title, expected_title) != 0) {
        v->strangers++;
        wrong(v, "todo %s is not as it was sent: \"%s\"", id, title);
    }
}

static void compare_marks(ledger *l, ledger_verdict *v) {
    for (unsigned c = 0; c < l->clients; c++) {
        for (unsigned n = 0; n < l->per_client; n++) {
            uint8_t marks =
                atomic_fetch_and_explicit(mark_of(l, c, n), (uint8_t)~SEEN, memory_order_relaxed);
            if (marks & ACKNOWLEDGED && !(marks & SEEN)) {
                char id[TODO_ID_MAX + 1];
                ledger_id(c, n, id);
                v->lost++;
                wrong(v, "todo %s was acknowledged and is lost", id);
            }
        }
    }
}

static bool read_rows(sqlite3 *db, ledger *l, ledger_verdict *v) {
    sqlite3_stmt *rows = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT id, title FROM todos ORDER BY number", -1, &rows, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(rows);
        if (rc == SQLITE_ROW) {
            compare_row(l, (const char *)sqlite3_column_text(rows, 0),
                        (const char *)sqlite3_column_text(rows, 1), v);
        }
    }
    (void)sqlite3_finalize(rows);
    return rc == SQLITE_DONE;
}

/* The one value of a query, as a number and as text. */
static bool read_value(sqlite3 *db, const char *sql, int64_t *number, char *text, size_t size) {
    sqlite3_stmt *row = NULL;
    bool there =
        sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW;
    if (there) {
        *number = sqlite3_column_int64(row, 0);
        (void)snprintf(text, size, "%s", (const char *)sqlite3_column_text(row, 0));
    }
    (void)sqlite3_finalize(row);
    return there;
}

void ledger_compare(ledger *l, const char *path, ledger_verdict *out) {
    *out = (ledger_verdict){0};
    sqlite3 *db = NULL;
    char text[100] = "";
    int64_t number, tables = 0;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "otp");
    out->read =
        rc == SQLITE_OK && read_value(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'",
                                      &tables, text, sizeof text);
    if (out->read && tables > 0) { /* a kill can come before there is a table */
        out->read =
            read_rows(db, l, out) && read_value(db, "SELECT value FROM totals WHERE name = 'todos'",
                                                &out->total, text, sizeof text);
    }
    out->intact = read_value(db, "PRAGMA integrity_check", &number, text, sizeof text) &&
                  strcmp(text, "ok") == 0;
    if (!out->read) {
        wrong(out, "the database can't be read: %s", sqlite3_errmsg(db));
    }
    compare_marks(l, out);
    if (!out->intact) {
        wrong(out, "integrity_check says: %s", text);
    }
    if (out->total != (int64_t)out->rows) {
        wrong(out, "the database has counted %" PRId64 " todos and holds %" PRIu64, out->total,
              out->rows);
    }
    (void)sqlite3_close(db);
}

bool ledger_judge(proof *p, const ledger_verdict *v, const char *where) {
    bool durable =
        proof_check(p, PROOF_DURABILITY, v->read && v->lost == 0,
                    "%s: %" PRIu64 " acknowledged todos lost; %s", where, v->lost, v->first);
    bool unique = proof_check(p, PROOF_UNIQUENESS, v->doubled == 0 && v->strangers == 0,
                              "%s: %" PRIu64 " todos doubled, %" PRIu64 " that nobody sent; %s",
                              where, v->doubled, v->strangers, v->first);
    bool intact = proof_check(p, PROOF_INTEGRITY, v->intact && v->total == (int64_t)v->rows,
                              "%s: %s", where, v->first);
    return durable && unique && intact;
}
