/* SPDX-License-Identifier: MIT */
/*
 * A small SQLite store on the VFS: on the real disk, and on a simulated one of which every
 * operation fails, or is the last before a power loss.
 */
#include "otp_sqlite/vfs.h"

#include "base/prng.h"
#include "port/memory.h"
#include "port/random.h"
#include "tests/unit.h"
#include "world/disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* ---- A VFS over one disk ---- */

typedef struct bed {
    otpi_disk *disk; /* NULL = the real one */
    otpi_prng prng;
    otpi_sqlite_source source;
    const char *failing; /* the fault point that fails */
} bed;

static int64_t bed_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                        int64_t target, const char *label) {
    (void)lane, (void)kind, (void)target, (void)label;
    bed *b = context;
    return lo + (int64_t)otpi_prng_below(&b->prng, (uint64_t)(hi - lo) + 1);
}

static const otpi_file_ops *bed_files(void *context) {
    bed *b = context;
    return b->disk ? otpi_disk_files(b->disk) : &otpi_file_ops_posix;
}

static uint64_t bed_wall(void *context) {
    (void)context;
    return UINT64_C(951782400000); /* 2000-02-29 00:00:00 */
}

static uint64_t bed_random(void *context) {
    bed *b = context;
    return otpi_prng_next(&b->prng);
}

static bool bed_replays(void *context) {
    (void)context;
    return true;
}

static otp_err bed_point(void *context, const char *name) {
    bed *b = context;
    return b->failing && strcmp(b->failing, name) == 0 ? OTP_EIO : OTP_OK;
}

static bool bed_make(bed *b, bool simulated, uint64_t seed) {
    otpi_disk_opts opts = {.seam = {.context = b, .draw = bed_draw}};
    *b = (bed){.source = {b, bed_files, bed_wall, bed_random, bed_replays, bed_point}};
    otpi_prng_seed(&b->prng, seed);
    return (!simulated || CHECK(otpi_disk_new(&opts, &b->disk) == OTP_OK)) &&
           CHECK(otpi_sqlite_vfs_add("bed", &b->source, true) == OTP_OK);
}

static void bed_end(bed *b) {
    CHECK(otpi_sqlite_vfs_remove("bed") == OTP_OK);
    otpi_disk_free(b->disk);
}

/* ---- The store ---- */

enum { ROWS = 5 };

static int run(sqlite3 *db, const char *sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int64_t number(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    int64_t value = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        value = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return value;
}

static int store_open(const char *path, const char *settings, sqlite3 **db) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int rc = sqlite3_open_v2(path, db, flags, "bed");
    if (rc == SQLITE_OK) {
        rc = run(*db, settings);
    }
    if (rc == SQLITE_OK) {
        rc = run(*db, "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, filler BLOB)");
    }
    return rc;
}

/* Inserts rows n = had + 1, had + 2, ... each in a transaction; how many were committed. */
static int store_fill(sqlite3 *db, int had) {
    for (int n = had + 1; n <= had + ROWS; n++) {
        char sql[100];
        (void)snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%d, randomblob(1500))", n);
        if (run(db, sql) != SQLITE_OK) {
            return n - 1;
        }
    }
    return had + ROWS;
}

/* Fills the store as far as the disk lets it, through two connections one after the other. */
static int store_run(const char *settings, int *acknowledged) {
    int rc = SQLITE_OK;
    *acknowledged = 0;
    for (int i = 1; i <= 2 && rc == SQLITE_OK; i++) {
        sqlite3 *db = NULL;
        rc = store_open("store.db", settings, &db);
        if (rc == SQLITE_OK) {
            *acknowledged = store_fill(db, *acknowledged);
            rc = *acknowledged == i * ROWS ? SQLITE_OK : SQLITE_ERROR;
        }
        (void)sqlite3_close(db);
    }
    return rc;
}

static int note_line(void *context, int columns, char **values, char **names) {
    (void)names;
    char *lines = context;
    (void)snprintf(lines, 100, "%s", columns > 0 && values[0] ? values[0] : "");
    return 0;
}

/* Everything acknowledged is there, at most the row in flight besides. What is wrong, or NULL. */
static const char *store_judge(const char *settings, int acknowledged) {
    static char text[200];
    char integrity[100] = "";
    sqlite3 *db = NULL;
    int rc = store_open("store.db", settings, &db);
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(db, "PRAGMA integrity_check", note_line, integrity, NULL);
    }
    int64_t count = number(db, "SELECT count(*) FROM t");
    int64_t last = number(db, "SELECT coalesce(max(n), 0) FROM t");
    (void)sqlite3_close(db);
    bool fine = rc == SQLITE_OK && strcmp(integrity, "ok") == 0 && count == last &&
                (count == acknowledged || count == acknowledged + 1);
    (void)snprintf(text, sizeof text, "rc %d, integrity %s, %lld rows, last %lld, acknowledged %d",
                   rc, integrity, (long long)count, (long long)last, acknowledged);
    return fine ? NULL : text;
}

/* ---- Sweeps ---- */

typedef struct sweep {
    const char *settings;
    otp_disk_fault fault;
    bool from_then_on;
    int rounds;
} sweep;

typedef struct sweep_result {
    uint64_t runs, struck, failures;
    char first[300];
} sweep_result;

/* One run with the fault at the k-th operation; false when the work was done before it. */
static bool sweep_run(bed *b, const sweep *s, uint64_t k, sweep_result *result) {
    int acknowledged;
    otpi_disk_fail_at(b->disk, k, s->fault, s->from_then_on);
    int rc = store_run(s->settings, &acknowledged);
    otp_disk_stats stats = otpi_disk_stats_read(b->disk);
    uint64_t struck = 0;
    for (int i = 0; i < OTP_DISK_FAULTS; i++) {
        struck += stats.struck[i];
    }
    otpi_disk_faults(b->disk, &(otp_disk_gaps){0});
    otpi_disk_power_off(b->disk); /* what a failed operation left must survive a crash too */
    otpi_disk_power_on(b->disk);
    const char *wrong = store_judge(s->settings, acknowledged);
    result->runs++;
    result->struck += struck > 0;
    if (wrong && result->failures++ == 0) {
        (void)snprintf(result->first, sizeof result->first, "fault %d at %llu: %s (%s)",
                       (int)s->fault, (unsigned long long)k, wrong, s->settings);
    }
    (void)rc; /* SQLite may have overcome it */
    return struck > 0;
}

static sweep_result sweep_all(const sweep *s, uint64_t seed) {
    sweep_result result = {0};
    for (int round = 0; round < s->rounds; round++) {
        bool struck = true;
        for (uint64_t k = 1; struck && k < 5000; k++) {
            bed b;
            if (!bed_make(&b, true, seed + k * 1000 + (uint64_t)round)) {
                return result;
            }
            struck = sweep_run(&b, s, k, &result);
            bed_end(&b);
        }
    }
    return result;
}

#define TRUNCATE_FULL "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL"
#define PERSIST_FULL                                                                               \
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = PERSIST; PRAGMA synchronous = FULL"
#define DELETE_EXTRA "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA"
#define WAL_FULL                                                                                   \
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"
#define DELETE_FULL "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL"
#define DELETE_OFF  "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF"

static void sweep_check(const char *settings, otp_disk_fault fault, bool from_then_on, int rounds) {
    rounds *= unit_long() ? 10 : 1;
    sweep s = {settings, fault, from_then_on, rounds};
    sweep_result result = sweep_all(&s, unit_seed());
    CHECK_STR(result.first, "");
    CHECK_EQ(result.failures, 0);
    CHECK(result.struck > 50 * (uint64_t)rounds);
}

UNIT(
    "power loss at each operation: exactly the acknowledged rows, plus at most the one in flight") {
    static const char *const settings[] = {TRUNCATE_FULL, PERSIST_FULL, DELETE_EXTRA, WAL_FULL};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        sweep_check(settings[i], OTP_DISK_POWER, false, 2);
    }
}

UNIT("a device error at each operation, once: nothing acknowledged is lost") {
    sweep_check(TRUNCATE_FULL, OTP_DISK_EIO, false, 2);
    sweep_check(PERSIST_FULL, OTP_DISK_EIO, false, 2);
    sweep_check(DELETE_EXTRA, OTP_DISK_EIO, false, 2);
}

UNIT("a device that fails from an operation on, is full, or writes short: nothing is lost") {
    sweep_check(TRUNCATE_FULL, OTP_DISK_EIO, true, 1);
    sweep_check(TRUNCATE_FULL, OTP_DISK_ENOSPC, false, 1);
    sweep_check(PERSIST_FULL, OTP_DISK_ENOSPC, true, 1);
    sweep_check(PERSIST_FULL, OTP_DISK_SHORT, false, 1);
}

UNIT("a store that does not sync, or not the journal's removal, loses rows: the disk shows it") {
    static const char *const settings[] = {DELETE_OFF, DELETE_FULL};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        sweep s = {settings[i], OTP_DISK_POWER, false, 3};
        CHECK(sweep_all(&s, unit_seed()).failures > 0);
    }
}

/* ---- The rest of a VFS ---- */

UNIT("the same store on the real disk") {
    bed b;
    char path[100];
    REQUIRE(bed_make(&b, false, unit_seed()));
    (void)snprintf(path, sizeof path, "/tmp/otp_sqlite_test_%llx.db",
                   (unsigned long long)otpi_entropy64());
    for (int i = 0; i < 2; i++) {
        sqlite3 *db = NULL;
        CHECK_EQ(store_open(path, TRUNCATE_FULL, &db), SQLITE_OK);
        CHECK_EQ(store_fill(db, i * ROWS), (i + 1) * ROWS);
        CHECK_EQ(sqlite3_close(db), SQLITE_OK);
    }
    char journal[120];
    (void)snprintf(journal, sizeof journal, "%s-journal", path);
    CHECK_EQ(otpi_file_remove(&otpi_file_ops_posix, path), OTPI_IO_OK);
    (void)otpi_file_remove(&otpi_file_ops_posix, journal);
    bed_end(&b);
}

UNIT("a second writer is told SQLITE_BUSY at once") {
    bed b;
    sqlite3 *one = NULL, *two = NULL;
    REQUIRE(bed_make(&b, true, unit_seed()));
    REQUIRE(store_open("store.db", TRUNCATE_FULL, &one) == SQLITE_OK);
    REQUIRE(store_open("store.db", TRUNCATE_FULL, &two) == SQLITE_OK);
    (void)sqlite3_busy_timeout(two, 5);
    CHECK_EQ(run(one, "BEGIN IMMEDIATE"), SQLITE_OK);
    CHECK_EQ(run(two, "BEGIN IMMEDIATE"), SQLITE_BUSY);
    CHECK_EQ(run(one, "INSERT INTO t VALUES (1, NULL)"), SQLITE_OK);
    CHECK_EQ(run(two, "BEGIN; SELECT * FROM t"), SQLITE_OK);
    CHECK_EQ(run(one, "COMMIT"), SQLITE_BUSY); /* two reads: PENDING */
    CHECK_EQ(run(two, "COMMIT"), SQLITE_OK);
    CHECK_EQ(run(one, "COMMIT"), SQLITE_OK);
    CHECK_EQ(number(two, "SELECT count(*) FROM t"), 1);
    CHECK_EQ(sqlite3_close(one), SQLITE_OK);
    CHECK_EQ(sqlite3_close(two), SQLITE_OK);
    bed_end(&b);
}

static bool count_name(void *arg, const char *name, bool is_directory) {
    (void)name, (void)is_directory;
    *(int *)arg += 1;
    return true;
}

UNIT("temporary files leave nothing behind; big sorts work") {
    bed b;
    sqlite3 *db = NULL;
    REQUIRE(bed_make(&b, true, unit_seed()));
    REQUIRE(store_open("store.db",
                       TRUNCATE_FULL "; PRAGMA temp_store = FILE; PRAGMA temp.cache_size = 5",
                       &db) == SQLITE_OK);
    CHECK_EQ(run(db,
                 "CREATE TEMP TABLE big AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 "
                 "FROM c WHERE x < 3000) SELECT x, randomblob(100) AS b FROM c"),
             SQLITE_OK);
    CHECK_EQ(number(db, "SELECT count(*) FROM (SELECT * FROM big ORDER BY b)"), 3000);
    CHECK_EQ(sqlite3_close(db), SQLITE_OK);
    CHECK(otpi_disk_stats_read(b.disk).operations > 100);
    int names = 0;
    CHECK_EQ(otpi_file_list(otpi_disk_files(b.disk), "", count_name, &names), OTPI_IO_OK);
    CHECK_EQ(names, 2); /* the database and its journal */
    CHECK(store_judge(TRUNCATE_FULL, 0) == NULL);
    bed_end(&b);
}

UNIT("time and randomness come from the source: two runs write the same bytes") {
    char blobs[2][100] = {"", ""};
    for (int i = 0; i < 2; i++) {
        bed b;
        sqlite3 *db = NULL;
        REQUIRE(bed_make(&b, true, 7));
        REQUIRE(store_open("store.db", TRUNCATE_FULL, &db) == SQLITE_OK);
        CHECK_EQ(sqlite3_exec(db, "SELECT hex(randomblob(16))", note_line, blobs[i], NULL),
                 SQLITE_OK);
        char now[100] = "";
        CHECK_EQ(sqlite3_exec(db, "SELECT datetime('now')", note_line, now, NULL), SQLITE_OK);
        CHECK_STR(now, "2000-02-29 00:00:00");
        CHECK_EQ(sqlite3_close(db), SQLITE_OK);
        bed_end(&b);
    }
    CHECK_STR(blobs[0], blobs[1]);
}

UNIT("a named fault point fails its operation") {
    static const char *const points[] = {"sqlite/open", "sqlite/write", "sqlite/sync"};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        bed b;
        int acknowledged;
        REQUIRE(bed_make(&b, true, unit_seed()));
        b.failing = points[i];
        CHECK(store_run(TRUNCATE_FULL, &acknowledged) != SQLITE_OK);
        CHECK_EQ(acknowledged, 0);
        b.failing = NULL;
        bed_end(&b);
    }
}

UNIT("names: taken ones are refused, unknown ones not found") {
    bed b;
    REQUIRE(bed_make(&b, true, 1));
    CHECK_EQ(otpi_sqlite_vfs_add("bed", &b.source, false), OTP_EEXIST);
    CHECK_EQ(otpi_sqlite_vfs_remove("unix"), OTP_ENOENT);
    CHECK_EQ(otpi_sqlite_vfs_remove("nobody"), OTP_ENOENT);
    bed_end(&b);
}
