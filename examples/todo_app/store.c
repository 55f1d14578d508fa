/* SPDX-License-Identifier: MIT */
/*
 * The store: owns the database. Requests that arrive while a commit runs are gathered and committed
 * together; each is answered after the commit that holds it. On an error of the database the store
 * exits: whether the transaction is in the file or not is found out by the next one, when it opens
 * it.
 */
#include "todo.h"

#include <otp/otp.h>

#include <sqlite3.h>
#include <string.h>

enum { WRITE_BEHIND_MS = 2 }; /* of the planted mistake */

typedef struct todo {
    char id[TODO_ID_MAX + 1], title[TODO_TITLE_MAX + 1];
    otp_from from;
} todo;

typedef struct store {
    const todo_opts *opts;
    sqlite3 *db;
    sqlite3_stmt *begin, *insert, *commit, *find;
    bool flush_due; /* a flush message is on its way */
    size_t count;
    todo batch[TODO_BATCH_MAX];
} store;

/* TRUNCATE with FULL: a commit that has returned survives a power loss. EXCLUSIVE: nobody else
 * writes, so the file need not be looked at anew each time. */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA journal_mode = TRUNCATE;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA temp_store = MEMORY;";

/* The second table is written by the same transactions: both or neither.
 *
 * The starts are counted so that each start writes. A store before may have ended because a sync
 * failed: what this one reads then need not be on the disk (the end of a journal, say, whose return
 * after a power loss would take the last commit back), and a repeated request must not be
 * acknowledged on the strength of it. After a commit with good syncs all of it is. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS todos (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "                                  title TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
    "INSERT INTO totals VALUES ('todos', 0), ('starts', 0) ON CONFLICT DO NOTHING;"
    "UPDATE totals SET value = value + 1 WHERE name = 'starts';"
    "CREATE TRIGGER IF NOT EXISTS count_todos AFTER INSERT ON todos BEGIN"
    "  UPDATE totals SET value = value + 1 WHERE name = 'todos'; END;"
    "COMMIT;";

static const char insert_once[] =
    "INSERT INTO todos (id, title) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING";
/* The planted mistake: the id is made different by what was there before. */
static const char insert_again[] =
    "INSERT INTO todos (id, title) SELECT CASE WHEN EXISTS (SELECT 1 FROM todos WHERE id = ?1)"
    " THEN ?1 || '#' || (SELECT max(number) FROM todos) ELSE ?1 END, ?2";

/* ---- The database: these run beside the schedulers and do not call the runtime ---- */

static void close_database(void *argument) {
    store *s = argument;
    (void)sqlite3_finalize(s->begin);
    (void)sqlite3_finalize(s->insert);
    (void)sqlite3_finalize(s->commit);
    (void)sqlite3_finalize(s->find);
    (void)sqlite3_close(s->db);
    s->db = NULL;
}

static bool prepare(store *s, const char *sql, sqlite3_stmt **out) {
    return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK;
}

/* NULL, or static text of what failed. */
static void *open_database(void *argument) {
    store *s = argument;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(s->opts->path, &s->db, flags, "otp") != SQLITE_OK) {
        return "open";
    }
    if (sqlite3_exec(s->db, settings, NULL, NULL, NULL) != SQLITE_OK) {
        return "settings";
    }
    if (sqlite3_exec(s->db, schema, NULL, NULL, NULL) != SQLITE_OK) {
        return "schema";
    }
    bool doubled = s->opts->planted == TODO_DOUBLE;
    return prepare(s, "BEGIN IMMEDIATE", &s->begin) && prepare(s, "COMMIT", &s->commit) &&
                   prepare(s, doubled ? insert_again : insert_once, &s->insert) &&
                   prepare(s, "SELECT title FROM todos WHERE id = ?1", &s->find)
               ? NULL
               : "prepare";
}

static bool run(sqlite3_stmt *statement) {
    bool done = sqlite3_step(statement) == SQLITE_DONE;
    return sqlite3_reset(statement) == SQLITE_OK && done;
}

static bool insert(store *s, const todo *t) {
    return sqlite3_bind_text(s->insert, 1, t->id, -1, SQLITE_STATIC) == SQLITE_OK &&
           sqlite3_bind_text(s->insert, 2, t->title, -1, SQLITE_STATIC) == SQLITE_OK &&
           run(s->insert);
}

/* The whole batch in one transaction. */
static void *commit_batch(void *argument) {
    store *s = argument;
    if (!run(s->begin)) {
        return "begin";
    }
    for (size_t i = 0; i < s->count; i++) {
        if (!insert(s, &s->batch[i])) {
            return "insert";
        }
    }
    return run(s->commit) ? NULL : "commit";
}

/* ---- The server ---- */

static otp_term failure(const store *s, const char *where) {
    return otp_tuple(OTP_ATOM(database), otp_atom(where), otp_string(sqlite3_errmsg(s->db)));
}

static const char *blocking(store *s, void *(*fn)(void *argument)) {
    return otp_blocking(fn, s, &(otp_blocking_opts){.duration_ms_max = s->opts->commit_ms_max});
}

static otp_result store_init(void *state, otp_term args) {
    store *s = state;
    (void)args;
    s->opts = otp_context();
    otp_defer(close_database, s);
    const char *failed = blocking(s, open_database);
    return failed ? otp_stop(failure(s, failed)) : otp_ok();
}

static void flush(store *s) {
    const char *failed = s->count > 0 ? blocking(s, commit_batch) : NULL;
    if (failed) {
        otp_exit(failure(s, failed));
    }
    for (size_t i = 0; i < s->count && s->opts->planted != TODO_EARLY_ACK; i++) {
        otp_answer(s->batch[i].from, OTP_ATOM(ok));
    }
    s->count = 0;
}

static void copy_text(char *out, size_t max, otp_bytes text) {
    size_t size = text.size < max ? text.size : max;
    memcpy(out, text.data, size);
    out[size] = '\0';
}

static void flush_request(const store *s) {
    if (s->opts->planted == TODO_EARLY_ACK) {
        (void)otp_send_after(WRITE_BEHIND_MS, otp_from_pid(otp_self()), OTP_ATOM(flush));
    } else { /* it comes after all requests that are in the mailbox now */
        otp_send(otp_self(), OTP_ATOM(flush));
    }
}

static otp_result add(store *s, otp_bytes id, otp_bytes title, otp_from from) {
    todo *t = &s->batch[s->count++];
    copy_text(t->id, TODO_ID_MAX, id);
    copy_text(t->title, TODO_TITLE_MAX, title);
    t->from = from;
    if (!s->flush_due) {
        s->flush_due = true;
        flush_request(s);
    }
    if (s->count == TODO_BATCH_MAX) {
        flush(s);
    }
    return s->opts->planted == TODO_EARLY_ACK ? otp_reply(OTP_ATOM(ok)) : otp_noreply();
}

/* A read of one row that is most likely in the cache. */
static otp_result find(store *s, otp_bytes id) {
    otp_term reply = OTP_ATOM(not_found);
    bool bound = sqlite3_bind_text(s->find, 1, (const char *)id.data, (int)id.size,
                                   SQLITE_STATIC) == SQLITE_OK;
    if (bound && sqlite3_step(s->find) == SQLITE_ROW) {
        reply = otp_tuple(OTP_ATOM(ok), otp_string((const char *)sqlite3_column_text(s->find, 0)));
    }
    if (sqlite3_reset(s->find) != SQLITE_OK) {
        otp_exit(failure(s, "find"));
    }
    return otp_reply(reply);
}

static otp_result store_call(void *state, otp_term request, otp_from from) {
    otp_bytes id, title;
    if (otp_match(request, "{add, ~b, ~b}", &id, &title)) {
        return add(state, id, title, from);
    }
    if (otp_match(request, "{find, ~b}", &id)) {
        return find(state, id);
    }
    return otp_reply(otp_tuple(OTP_ATOM(error), OTP_ATOM(bad_request)));
}

static otp_result store_info(void *state, otp_term message) {
    store *s = state;
    if (otp_is(message, "flush")) {
        s->flush_due = false;
        flush(s);
    }
    return otp_noreply();
}

static otp_term store_describe(const void *state) {
    const store *s = state;
    return otp_map(OTP_ATOM(path), otp_string(s->opts->path), OTP_ATOM(waiting),
                   otp_uint(s->count));
}

const otp_gen_server todo_store_server = {.name = "todo_store",
                                          .state_size = sizeof(store),
                                          .init = store_init,
                                          .handle_call = store_call,
                                          .handle_info = store_info,
                                          .describe = store_describe};
