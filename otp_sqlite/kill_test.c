/* SPDX-License-Identifier: MIT */
/*
 * A supervised gen_server that keeps its rows in SQLite, killed at every point where a kill can
 * strike: at each choice of a simulated world, and while it is in otp_blocking in a parallel one.
 * What its client was told is in the file, once, and nothing leaks.
 */
#include <otp/otp.h>
#include <otp/sqlite.h>

#include "port/file.h"
#include "port/memory.h"
#include "port/random.h"
#include "port/thread.h"
#include "process/system.h"
#include "tests/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 8, CALL_MS = 1000, WARM = 5 /* runs until caches are filled */ };

/* ---- The store ---- */

/* How one test is set up; the context of its store. */
typedef struct setup {
    char path[80];
    otpi_park *hold; /* an insert waits for it before it begins, once; NULL = it does not */
    bool holds;      /* atomic: an insert waits */
    int64_t acknowledged;
    bool inserted; /* atomic: the held insert has returned */
} setup;

typedef struct store {
    setup *setup;
    sqlite3 *db;
    int64_t row;
} store;

static void store_close(void *argument) {
    store *s = argument;
    (void)sqlite3_close_v2(s->db);
}

static void *store_open(void *argument) {
    store *s = argument;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    bool fine = sqlite3_open_v2(s->setup->path, &s->db, flags, "otp") == SQLITE_OK &&
                sqlite3_exec(s->db,
                             "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;"
                             "CREATE TABLE IF NOT EXISTS rows (n INTEGER, times INTEGER DEFAULT 1);"
                             "CREATE UNIQUE INDEX IF NOT EXISTS one ON rows (n)",
                             NULL, NULL, NULL) == SQLITE_OK;
    return fine ? s : NULL;
}

/* A second insert of the same row would count it twice. */
static void *store_insert(void *argument) {
    store *s = argument;
    char sql[120];
    otpi_park *hold = s->setup->hold;
    if (hold) {
        s->setup->hold = NULL;
        __atomic_store_n(&s->setup->holds, true, __ATOMIC_SEQ_CST);
        (void)otpi_park_wait(hold, OTPI_NEVER);
    }
    (void)snprintf(sql, sizeof sql, "INSERT INTO rows (n) VALUES (%lld) ON CONFLICT DO NOTHING",
                   (long long)s->row);
    bool fine = sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
    if (hold) {
        __atomic_store_n(&s->setup->inserted, true, __ATOMIC_SEQ_CST);
    }
    return fine ? s : NULL;
}

static const otp_blocking_opts briefly = {.duration_ms_max = 2};

static otp_result store_init(void *state, otp_term args) {
    store *s = state;
    (void)args;
    s->setup = otp_context();
    otp_defer(store_close, s);
    return otp_blocking(store_open, s, &briefly) ? otp_ok() : otp_stop(OTP_ATOM(no_database));
}

static otp_result store_call(void *state, otp_term request, otp_from from) {
    store *s = state;
    (void)from;
    if (!otp_get_int(request, &s->row)) {
        return otp_reply(OTP_ATOM(bad_request));
    }
    return otp_blocking(store_insert, s, &briefly) ? otp_reply(OTP_ATOM(ok))
                                                   : otp_stop(OTP_ATOM(no_insert));
}

static const otp_gen_server store_server = {
    .name = "store", .state_size = sizeof(store), .init = store_init, .handle_call = store_call};

/* Starts the service and adds the rows, each until it is acknowledged. */
static void client_main(otp_term argument) {
    (void)argument;
    setup *it = otp_context();
    otp_child_spec child = {.id = "store", .name = "store", .server = &store_server, .context = it};
    otp_supervisor_spec spec = {.intensity = 100, .children = &child, .child_count = 1};
    otp_pid supervisor;
    while (otp_supervisor_start_link(&spec, NULL, &supervisor) != OTP_OK) {
        /* killed in its very first init: that is the starter's to repeat */
    }
    for (int64_t n = 1; n <= ROWS; n++) {
        otp_term reply = OTP_NONE;
        while (otp_call(OTP_ATOM(store), otp_int(n), CALL_MS, &reply) != OTP_OK ||
               !otp_is(reply, "ok")) {
            (void)!otp_receive(1, &reply);
        }
        it->acknowledged = n;
    }
    OTP_ASSERT(otp_stop_server(otp_from_pid(supervisor), OTP_ATOM(normal), OTP_INFINITY) == OTP_OK);
}

static int64_t number(sqlite3 *db, const char *sql) {
    sqlite3_stmt *row = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        value = sqlite3_column_int64(row, 0);
    }
    (void)sqlite3_finalize(row);
    return value;
}

/* Every row is there, once. In a process of the system whose disk it is, or anywhere for a real
 * file. */
static bool rows_fine(const setup *it) {
    sqlite3 *db = NULL;
    bool fine = sqlite3_open_v2(it->path, &db, SQLITE_OPEN_READWRITE, "otp") == SQLITE_OK &&
                number(db, "SELECT count(*) FROM rows") == ROWS &&
                number(db, "SELECT sum(times) FROM rows") == ROWS &&
                number(db, "SELECT count(DISTINCT n) FROM rows") == ROWS;
    (void)sqlite3_close(db);
    return fine && it->acknowledged == ROWS;
}

static bool rows_were_fine;

static void judge_main(otp_term argument) {
    (void)argument;
    rows_were_fine = rows_fine(otp_context());
}

/* ---- A kill at each choice of a simulated world ---- */

/* The assassin waits to start; every other event goes before it until the k-th choice, none after.
 */
typedef struct fate {
    uint64_t k, asked;
    uint32_t assassin;
    bool struck;
} fate;

static uint32_t fate_choose(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)kind;
    fate *f = context;
    f->asked++;
    uint32_t at = 0;
    while (at < n && enabled[at].process != f->assassin) {
        at++;
    }
    if (at == n) {
        return 0;
    }
    if (f->asked >= f->k) {
        return at;
    }
    return at == 0 ? 1 : 0;
}

static int64_t fate_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                         int64_t target, const char *label) {
    (void)context, (void)lane, (void)lo, (void)label;
    return kind == OTP_CHOICE_DURATION ? hi : target;
}

static void assassin_main(otp_term argument) {
    (void)argument;
    fate *f = otp_context();
    otp_pid victim = otp_whereis(OTP_ATOM(store));
    if (f->asked >= f->k && victim.word != OTP_PID_NONE.word) {
        f->struck = true;
        otp_kill(victim);
    }
}

static bool assassin_start(otp_system *system, fate *f) {
    otp_pid pid;
    otp_spawn_opts opts = {.context = f};
    if (otp_system_spawn(system, assassin_main, otp_nil(), &opts, &pid) != OTP_OK) {
        return false;
    }
    f->assassin = otpi_pid_lookup(system, pid)->runnable.serial;
    return true;
}

/* One run with the kill at the k-th choice; false when it did not come to its end in order. */
static bool kill_at(otp_world *world, fate *f) {
    static otp_chooser chooser;
    chooser = (otp_chooser){.context = f, .choose = fate_choose, .draw = fate_draw};
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &chooser, .timers = OTP_TIMERS_RACE};
    setup it = {.path = "rows.db"};
    otp_system *system;
    otp_outcome outcome = {0};
    rows_were_fine = false;
    if (otp_world_reset(world, &opts) != OTP_OK ||
        otp_system_start(world, NULL, &system) != OTP_OK || !assassin_start(system, f)) {
        return false;
    }
    bool ran = otp_run_with(system, client_main, otp_nil(), &it, 60000, &outcome) == OTP_OK &&
               outcome.normal;
    bool judged = otp_run_with(system, judge_main, otp_nil(), &it, 60000, NULL) == OTP_OK;
    return ran && judged && rows_were_fine;
}

UNIT("killed at each choice of a simulated world: every row is there, once, and nothing leaks") {
    static fate f;
    otp_world *world;
    int64_t before = 0;
    uint64_t struck = 0, wrong = 0, first = 0;
    REQUIRE(otp_sqlite_register(&(otp_sqlite_opts){.make_default = true}) == OTP_OK);
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    for (uint64_t k = 1; k < 20000; k++) {
        f = (fate){.k = k};
        bool fine = kill_at(world, &f);
        struck += f.struck;
        first = !fine && wrong == 0 ? k : first;
        wrong += !fine;
        CHECK_EQ(otp_world_reset(world, &(otp_world_opts){.mode = OTP_SIMULATED}), OTP_OK);
        before = k == WARM ? otpi_memory_stats_read().live_blocks : before;
        if (f.asked < k) {
            break;
        }
    }
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before);
    otp_world_stop(world);
    CHECK_EQ(first, 0);
    CHECK_EQ(wrong, 0);
    CHECK(struck > 50);
    CHECK(otp_sqlite_unregister(NULL) == OTP_OK);
}

/* ---- A kill during otp_blocking, parallel ---- */

typedef struct hold_test {
    setup setup;
    otpi_park park;
    bool early; /* the exit completed before the call had returned */
    bool down;
} hold_test;

static bool nothing(void *context, otp_term message) {
    (void)context, (void)message;
    return false;
}

static void killer_main(otp_term argument) {
    (void)argument;
    hold_test *test = otp_context();
    otp_term message;
    while (!__atomic_load_n(&test->setup.holds, __ATOMIC_SEQ_CST)) {
        (void)!otp_receive_where(nothing, NULL, 1, &message);
    }
    otp_pid victim = otp_whereis(OTP_ATOM(store));
    otp_ref ref = otp_monitor(victim);
    otp_kill(victim);
    test->early = otp_receive_ref(ref, 20, &message) == OTP_OK;
    otpi_park_wake(&test->park);
    test->down = otp_receive_ref(ref, 10000, &message) == OTP_OK &&
                 otp_match(message, "{'DOWN', _, process, _, killed}") &&
                 __atomic_load_n(&test->setup.inserted, __ATOMIC_SEQ_CST);
}

static void hold_run(void) {
    otp_world *world;
    otp_system *system;
    hold_test test = {0};
    otp_pid pid;
    REQUIRE(otp_sqlite_register(NULL) == OTP_OK);
    otpi_park_init(&test.park);
    test.setup.hold = &test.park;
    (void)snprintf(test.setup.path, sizeof test.setup.path, "/tmp/otp_sqlite_kill_%llx.db",
                   (unsigned long long)otpi_entropy64());
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL}, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
    otp_spawn_opts opts = {.context = &test};
    CHECK(otp_system_spawn(system, killer_main, otp_nil(), &opts, &pid) == OTP_OK);
    otp_outcome outcome = {0};
    CHECK(otp_run_with(system, client_main, otp_nil(), &test.setup, 20000, &outcome) == OTP_OK);
    CHECK(outcome.normal);
    otp_world_stop(world);
    CHECK(!test.early);
    CHECK(test.down);
    CHECK(rows_fine(&test.setup));
    char journal[100];
    (void)snprintf(journal, sizeof journal, "%s-journal", test.setup.path);
    CHECK_EQ(otpi_file_remove(&otpi_file_ops_posix, test.setup.path), OTPI_IO_OK);
    (void)!otpi_file_remove(&otpi_file_ops_posix, journal);
    CHECK(otp_sqlite_unregister(NULL) == OTP_OK);
}

UNIT("killed in otp_blocking: the exit waits for the call, the row is there once, nothing leaks") {
    hold_run();
    int64_t before = otpi_memory_stats_read().live_blocks;
    hold_run();
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before);
}
