/* SPDX-License-Identifier: MIT */
#include "world/disk.h"

#include "base/prng.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

/* ---- Help ---- */

typedef struct chance {
    otpi_prng prng;
    int64_t fixed[8]; /* answers given first */
    size_t fixed_count, asked;
} chance;

static int64_t chance_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                           int64_t target, const char *label) {
    (void)lane, (void)kind, (void)target, (void)label;
    chance *c = context;
    size_t index = c->asked++;
    if (index < c->fixed_count) {
        return c->fixed[index] < hi ? c->fixed[index] : hi;
    }
    return lo + (int64_t)otpi_prng_below(&c->prng, (uint64_t)(hi - lo) + 1);
}

static otpi_disk *disk_with(chance *c) {
    otpi_disk *disk;
    otpi_disk_opts opts = {.seam = {.context = c, .draw = c ? chance_draw : NULL}};
    return otpi_disk_new(&opts, &disk) == OTP_OK ? disk : NULL;
}

enum { READ_WRITE = OTPI_FILE_READ | OTPI_FILE_WRITE, MAKE = READ_WRITE | OTPI_FILE_CREATE };

static otpi_file *open_file(otpi_disk *disk, const char *path, unsigned flags) {
    otpi_file *file = NULL;
    return otpi_file_open(otpi_disk_files(disk), path, flags, 0644, &file) == OTPI_IO_OK ? file
                                                                                         : NULL;
}

static bool exists(otpi_disk *disk, const char *path) {
    otpi_file_info info;
    return otpi_file_stat(otpi_disk_files(disk), path, &info) == OTPI_IO_OK;
}

/* Contents of a file as text; "-" when there is none. */
static const char *contents(otpi_disk *disk, const char *path) {
    static char text[64];
    otpi_file *file = open_file(disk, path, OTPI_FILE_READ);
    if (!file) {
        return "-";
    }
    size_t got;
    otpi_io_err err = otpi_file_read_at(file, text, sizeof text - 1, 0, &got);
    text[err == OTPI_IO_OK || err == OTPI_IO_SHORT ? got : 0] = '\0';
    (void)otpi_file_close(file);
    return text;
}

static void restart(otpi_disk *disk) {
    otpi_disk_power_off(disk);
    otpi_disk_power_on(disk);
}

/* A file with this text, its name and contents safe. */
static void store(otpi_disk *disk, const char *path, const char *text) {
    otpi_file *file = open_file(disk, path, MAKE | OTPI_FILE_TRUNCATE);
    if (CHECK(file != NULL)) {
        CHECK_EQ(otpi_file_write_at(file, text, strlen(text), 0), OTPI_IO_OK);
        CHECK_EQ(otpi_file_sync(file, false), OTPI_IO_OK);
        CHECK_EQ(otpi_file_close(file), OTPI_IO_OK);
        CHECK_EQ(otpi_file_sync_directory(otpi_disk_files(disk), "."), OTPI_IO_OK);
    }
}

/* ---- Files ---- */

UNIT("bytes are read back, gaps read as zeros, the end of the file is SHORT") {
    otpi_disk *disk = disk_with(NULL);
    REQUIRE(disk);
    otpi_file *file = open_file(disk, "a", MAKE);
    REQUIRE(file);
    char got[8] = "........";
    size_t n;
    CHECK_EQ(otpi_file_write_at(file, "xyz", 3, 2000), OTPI_IO_OK);
    CHECK_EQ(otpi_file_read_at(file, got, 4, 1998, &n), OTPI_IO_OK);
    CHECK(memcmp(got, "\0\0xy", 4) == 0);
    CHECK_EQ(otpi_file_read_at(file, got, 8, 2001, &n), OTPI_IO_SHORT);
    CHECK_EQ(n, 2);
    uint64_t size;
    CHECK_EQ(otpi_file_size(file, &size), OTPI_IO_OK);
    CHECK_EQ(size, 2003);
    CHECK_EQ(otpi_file_truncate(file, 2001), OTPI_IO_OK);
    CHECK_EQ(otpi_file_truncate(file, 2003), OTPI_IO_OK);
    CHECK_EQ(otpi_file_read_at(file, got, 3, 2000, &n), OTPI_IO_OK);
    CHECK(memcmp(got, "x\0\0", 3) == 0);
    CHECK_EQ(otpi_file_close(file), OTPI_IO_OK);
    otpi_disk_free(disk);
}

static bool note_name(void *arg, const char *name, bool is_directory) {
    char *names = arg; /* of 100 bytes */
    size_t used = strlen(names);
    snprintf(names + used, 100 - used, "%s%s ", name, is_directory ? "/" : "");
    return true;
}

UNIT("paths: directories, listing in order, rename replaces, remove, and what is refused") {
    otpi_disk *disk = disk_with(NULL);
    REQUIRE(disk);
    const otpi_file_ops *fs = otpi_disk_files(disk);
    CHECK_EQ(otpi_file_mkdir(fs, "/data", 0755), OTPI_IO_OK);
    CHECK_EQ(otpi_file_mkdir(fs, "data/", 0755), OTPI_IO_EEXIST);
    CHECK_EQ(otpi_file_mkdir(fs, "no/where", 0755), OTPI_IO_ENOENT);
    CHECK(open_file(disk, "no/file", MAKE) == NULL);
    CHECK(open_file(disk, "data/../b", MAKE) == NULL);
    CHECK(open_file(disk, "data", MAKE) == NULL);
    store(disk, "data/b", "b");
    store(disk, "data//./a", "a");
    store(disk, "a", "top");
    char names[100] = "";
    CHECK_EQ(otpi_file_list(fs, "data", note_name, names), OTPI_IO_OK);
    CHECK_STR(names, "a b ");
    names[0] = '\0';
    CHECK_EQ(otpi_file_list(fs, "", note_name, names), OTPI_IO_OK);
    CHECK_STR(names, "a data/ ");
    CHECK(open_file(disk, "a", MAKE | OTPI_FILE_EXCLUSIVE) == NULL);
    CHECK_EQ(otpi_file_remove(fs, "data"), OTPI_IO_EEXIST);
    CHECK_EQ(otpi_file_rename(fs, "data/a", "data/b"), OTPI_IO_OK);
    CHECK_STR(contents(disk, "data/b"), "a");
    CHECK_EQ(otpi_file_rename(fs, "data/a", "c"), OTPI_IO_ENOENT);
    CHECK_EQ(otpi_file_remove(fs, "data/b"), OTPI_IO_OK);
    CHECK_EQ(otpi_file_remove(fs, "data/b"), OTPI_IO_ENOENT);
    CHECK_EQ(otpi_file_remove(fs, "data"), OTPI_IO_OK);
    CHECK(otpi_disk_of(fs) == disk);
    CHECK(otpi_disk_of(&otpi_file_ops_posix) == NULL);
    otpi_disk_free(disk);
}

UNIT("a removed file lives on for those who have it open; APPEND writes at the end") {
    otpi_disk *disk = disk_with(NULL);
    REQUIRE(disk);
    store(disk, "log", "ab");
    otpi_file *file = open_file(disk, "log", READ_WRITE | OTPI_FILE_APPEND);
    REQUIRE(file);
    CHECK_EQ(otpi_file_write_at(file, "c", 1, 0), OTPI_IO_OK);
    CHECK_STR(contents(disk, "log"), "abc");
    CHECK_EQ(otpi_file_remove(otpi_disk_files(disk), "log"), OTPI_IO_OK);
    CHECK(!exists(disk, "log"));
    char got[3];
    size_t n;
    CHECK_EQ(otpi_file_read_at(file, got, 3, 0, &n), OTPI_IO_OK);
    CHECK_EQ(otpi_file_close(file), OTPI_IO_OK);
    otpi_disk_free(disk);
}

UNIT("locks: many readers, one writer, PENDING keeps new readers out") {
    otpi_disk *disk = disk_with(NULL);
    REQUIRE(disk);
    otpi_file *a = open_file(disk, "db", MAKE), *b = open_file(disk, "db", MAKE);
    otpi_file *c = open_file(disk, "db", MAKE);
    REQUIRE(a && b && c);
    bool reserved;
    CHECK_EQ(otpi_file_lock(a, OTPI_FILE_LOCK_RESERVED), OTPI_IO_EINVAL);
    CHECK_EQ(otpi_file_lock(a, OTPI_FILE_LOCK_SHARED), OTPI_IO_OK);
    CHECK_EQ(otpi_file_lock(b, OTPI_FILE_LOCK_SHARED), OTPI_IO_OK);
    CHECK_EQ(otpi_file_lock(a, OTPI_FILE_LOCK_RESERVED), OTPI_IO_OK);
    CHECK_EQ(otpi_file_check_reserved(b, &reserved), OTPI_IO_OK);
    CHECK(reserved);
    CHECK_EQ(otpi_file_lock(b, OTPI_FILE_LOCK_RESERVED), OTPI_IO_EBUSY);
    CHECK_EQ(otpi_file_lock(a, OTPI_FILE_LOCK_EXCLUSIVE), OTPI_IO_EBUSY);
    CHECK_EQ(otpi_file_lock(c, OTPI_FILE_LOCK_SHARED), OTPI_IO_EBUSY);
    CHECK_EQ(otpi_file_unlock(b, OTPI_FILE_LOCK_NONE), OTPI_IO_OK);
    CHECK_EQ(otpi_file_lock(a, OTPI_FILE_LOCK_EXCLUSIVE), OTPI_IO_OK);
    CHECK_EQ(otpi_file_unlock(a, OTPI_FILE_LOCK_SHARED), OTPI_IO_OK);
    CHECK_EQ(otpi_file_lock(c, OTPI_FILE_LOCK_SHARED), OTPI_IO_OK);
    CHECK_EQ(otpi_file_close(c), OTPI_IO_OK);
    CHECK_EQ(otpi_file_lock(a, OTPI_FILE_LOCK_EXCLUSIVE), OTPI_IO_OK);
    restart(disk);
    otpi_file *d = open_file(disk, "db", MAKE);
    REQUIRE(d);
    CHECK_EQ(otpi_file_lock(a, OTPI_FILE_LOCK_SHARED), OTPI_IO_EDEAD);
    CHECK_EQ(otpi_file_lock(d, OTPI_FILE_LOCK_SHARED), OTPI_IO_OK);
    CHECK_EQ(otpi_file_lock(d, OTPI_FILE_LOCK_EXCLUSIVE), OTPI_IO_OK);
    CHECK_EQ(otpi_file_close(a), OTPI_IO_EDEAD);
    CHECK_EQ(otpi_file_close(b), OTPI_IO_EDEAD);
    CHECK_EQ(otpi_file_close(d), OTPI_IO_OK);
    otpi_disk_free(disk);
}

/* ---- Power ---- */

static chance fixed_chance(size_t n, const int64_t *answers) {
    chance c = {.fixed_count = n};
    otpi_prng_seed(&c.prng, 1);
    memcpy(c.fixed, answers, n * sizeof *answers);
    return c;
}
#define FIXED(...)                                                                                 \
    fixed_chance(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

enum { ALL_KEPT, ALL_LOST, IN_ORDER, EACH };

UNIT("without draws a power loss keeps everything; old files are dead, but close") {
    otpi_disk *disk = disk_with(NULL);
    REQUIRE(disk);
    otpi_file *file = open_file(disk, "a", MAKE);
    REQUIRE(file);
    CHECK_EQ(otpi_file_write_at(file, "abc", 3, 0), OTPI_IO_OK);
    otpi_disk_power_off(disk);
    CHECK(!otpi_disk_has_power(disk));
    CHECK_EQ(otpi_file_write_at(file, "x", 1, 0), OTPI_IO_EDEAD);
    CHECK(open_file(disk, "a", READ_WRITE) == NULL);
    otpi_disk_power_on(disk);
    CHECK_EQ(otpi_file_write_at(file, "x", 1, 0), OTPI_IO_EDEAD);
    CHECK_EQ(otpi_file_close(file), OTPI_IO_EDEAD);
    CHECK_STR(contents(disk, "a"), "abc");
    otpi_disk_free(disk);
}

UNIT("what was not synced can be lost: contents, sizes and names, each by its own sync") {
    chance c = FIXED(ALL_LOST, ALL_LOST);
    otpi_disk *disk = disk_with(&c);
    REQUIRE(disk);
    store(disk, "a", "old");
    otpi_file *a = open_file(disk, "a", READ_WRITE), *b = open_file(disk, "b", MAKE);
    REQUIRE(a && b);
    CHECK_EQ(otpi_file_write_at(a, "newer", 5, 0), OTPI_IO_OK);
    CHECK_EQ(otpi_file_write_at(b, "bbb", 3, 0), OTPI_IO_OK);
    CHECK_EQ(otpi_file_sync(b, true), OTPI_IO_OK); /* but not its directory */
    restart(disk);
    CHECK_STR(contents(disk, "a"), "old");
    CHECK_STR(contents(disk, "b"), "-");
    CHECK_EQ(otpi_file_remove(otpi_disk_files(disk), "a"), OTPI_IO_OK);
    restart(disk);
    CHECK_STR(contents(disk, "a"), "old");
    CHECK_EQ(otpi_file_rename(otpi_disk_files(disk), "a", "c"), OTPI_IO_OK);
    CHECK_EQ(otpi_file_sync_directory(otpi_disk_files(disk), ""), OTPI_IO_OK);
    restart(disk);
    CHECK_STR(contents(disk, "a"), "-");
    CHECK_STR(contents(disk, "c"), "old");
    CHECK_EQ(otpi_disk_stats_read(disk).writes_lost, 1);
    CHECK_EQ(otpi_disk_stats_read(disk).names_lost, 2);
    (void)otpi_file_close(a);
    (void)otpi_file_close(b);
    otpi_disk_free(disk);
}

UNIT("a write is torn at sector boundaries; where it grew the file, stale bytes show") {
    chance c = FIXED(EACH, 2 /* torn */, 2 /* mask: the second sector is lost */);
    otpi_disk *disk = disk_with(&c);
    REQUIRE(disk);
    static char bytes[3 * OTPI_DISK_SECTOR], got[3 * OTPI_DISK_SECTOR];
    store(disk, "a", "1");
    memset(bytes, 'n', sizeof bytes);
    otpi_file *file = open_file(disk, "a", READ_WRITE);
    REQUIRE(file);
    CHECK_EQ(otpi_file_write_at(file, bytes, sizeof bytes, 0), OTPI_IO_OK);
    restart(disk);
    (void)otpi_file_close(file);
    file = open_file(disk, "a", OTPI_FILE_READ);
    REQUIRE(file);
    size_t n;
    CHECK_EQ(otpi_file_read_at(file, got, sizeof got, 0, &n), OTPI_IO_OK);
    CHECK(got[0] == 'n' && got[511] == 'n' && got[1024] == 'n' && got[1535] == 'n');
    CHECK(got[512] != 'n' && got[1023] != 'n');
    CHECK_EQ(otpi_disk_stats_read(disk).writes_torn, 1);
    CHECK_EQ(otpi_file_close(file), OTPI_IO_OK);
    otpi_disk_free(disk);
}

UNIT("in order: a prefix of the changes survives") {
    for (int64_t kept = 0; kept <= 3; kept++) {
        chance c = FIXED(IN_ORDER, kept);
        otpi_disk *disk = disk_with(&c);
        REQUIRE(disk);
        store(disk, "a", "0");
        otpi_file *file = open_file(disk, "a", READ_WRITE);
        REQUIRE(file);
        for (int i = 1; i <= 3; i++) {
            char digit = (char)('0' + i);
            CHECK_EQ(otpi_file_write_at(file, &digit, 1, 0), OTPI_IO_OK);
        }
        restart(disk);
        CHECK_EQ(contents(disk, "a")[0], '0' + kept);
        (void)otpi_file_close(file);
        otpi_disk_free(disk);
    }
}

/* The model: every sector's versions since the last sync; after a power loss it must be one of
 * them. */
enum { SECTORS = 6, VERSIONS = 40 };
typedef struct model {
    uint8_t versions[SECTORS][VERSIONS][OTPI_DISK_SECTOR];
    int count[SECTORS];
} model;

static void model_write(model *m, const uint8_t *bytes, size_t size, size_t offset) {
    for (size_t s = offset / OTPI_DISK_SECTOR; s * OTPI_DISK_SECTOR < offset + size; s++) {
        uint8_t *next = m->versions[s][m->count[s]];
        memcpy(next, m->versions[s][m->count[s] - 1], OTPI_DISK_SECTOR);
        for (size_t i = 0; i < OTPI_DISK_SECTOR; i++) {
            size_t at = s * OTPI_DISK_SECTOR + i;
            if (at >= offset && at < offset + size) {
                next[i] = bytes[at - offset];
            }
        }
        m->count[s]++;
    }
}

static void model_sync(model *m) {
    for (int s = 0; s < SECTORS; s++) {
        memmove(m->versions[s][0], m->versions[s][m->count[s] - 1], OTPI_DISK_SECTOR);
        m->count[s] = 1;
    }
}

static bool model_allows(const model *m, const uint8_t *got, int *older) {
    for (int s = 0; s < SECTORS; s++) {
        int v = m->count[s] - 1;
        while (v >= 0 && memcmp(m->versions[s][v], got + s * OTPI_DISK_SECTOR, OTPI_DISK_SECTOR)) {
            v--;
        }
        if (v < 0) {
            return false;
        }
        *older += v < m->count[s] - 1;
    }
    return true;
}

static void model_round(otpi_prng *prng, model *m, int *older) {
    static uint8_t bytes[SECTORS * OTPI_DISK_SECTOR];
    chance c = {.prng = *prng};
    memset(m, 0, sizeof *m);
    for (int s = 0; s < SECTORS; s++) {
        m->count[s] = 1;
    }
    otpi_disk *disk = disk_with(&c);
    REQUIRE(disk);
    store(disk, "a", "");
    otpi_file *file = open_file(disk, "a", READ_WRITE);
    REQUIRE(file);
    CHECK_EQ(otpi_file_truncate(file, sizeof bytes), OTPI_IO_OK);
    CHECK_EQ(otpi_file_sync(file, false), OTPI_IO_OK);
    for (uint64_t left = otpi_prng_below(prng, VERSIONS - 1); left > 0; left--) {
        if (otpi_prng_below(prng, 8) == 0) {
            CHECK_EQ(otpi_file_sync(file, true), OTPI_IO_OK);
            model_sync(m);
            continue;
        }
        size_t offset = (size_t)otpi_prng_below(prng, sizeof bytes);
        size_t size = 1 + (size_t)otpi_prng_below(prng, sizeof bytes - offset);
        memset(bytes, (int)otpi_prng_below(prng, 256), size);
        CHECK_EQ(otpi_file_write_at(file, bytes, size, offset), OTPI_IO_OK);
        model_write(m, bytes, size, offset);
    }
    restart(disk);
    (void)otpi_file_close(file);
    file = open_file(disk, "a", OTPI_FILE_READ);
    REQUIRE(file);
    size_t n;
    CHECK_EQ(otpi_file_read_at(file, bytes, sizeof bytes, 0, &n), OTPI_IO_OK);
    CHECK(model_allows(m, bytes, older));
    CHECK_EQ(otpi_file_close(file), OTPI_IO_OK);
    otpi_disk_free(disk);
}

UNIT("after a power loss each sector is one of its versions since the last sync") {
    static model m;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    int older = 0;
    for (int round = 0; round < 500; round++) {
        (void)otpi_prng_next(&prng);
        model_round(&prng, &m, &older);
    }
    CHECK(older > 100); /* data was really lost */
}

/* ---- Faults ---- */

UNIT("a planned fault strikes the k-th operation, once or from then on") {
    otpi_disk *disk = disk_with(NULL);
    REQUIRE(disk);
    otpi_file *file = open_file(disk, "a", MAKE);
    REQUIRE(file);
    otpi_disk_fail_at(disk, 2, OTP_DISK_ENOSPC, false);
    CHECK_EQ(otpi_file_write_at(file, "abcd", 4, 0), OTPI_IO_OK);
    CHECK_EQ(otpi_file_write_at(file, "abcd", 4, 0), OTPI_IO_ENOSPC);
    CHECK_EQ(otpi_file_write_at(file, "abcd", 4, 0), OTPI_IO_OK);
    otpi_disk_fail_at(disk, 1, OTP_DISK_EIO, true);
    char got[4];
    size_t n;
    CHECK_EQ(otpi_file_read_at(file, got, 4, 0, &n), OTPI_IO_EIO);
    CHECK_EQ(otpi_file_sync(file, false), OTPI_IO_EIO);
    otpi_disk_faults(disk, &(otp_disk_gaps){0});
    CHECK_EQ(otpi_file_read_at(file, got, 4, 0, &n), OTPI_IO_OK);
    otpi_disk_fail_at(disk, 1, OTP_DISK_SHORT, false);
    CHECK_EQ(otpi_file_write_at(file, "efgh", 4, 0), OTPI_IO_SHORT);
    CHECK_EQ(otpi_disk_stats_read(disk).struck[OTP_DISK_EIO], 2);
    CHECK_EQ(otpi_disk_stats_read(disk).struck[OTP_DISK_SHORT], 1);
    CHECK_EQ(otpi_file_close(file), OTPI_IO_OK);
    otpi_disk_free(disk);
}

UNIT("after a failed sync the lost data is read as before, and a good sync does not save it") {
    chance c = FIXED(ALL_LOST, ALL_LOST);
    otpi_disk *disk = disk_with(&c);
    REQUIRE(disk);
    store(disk, "a", "old");
    otpi_file *file = open_file(disk, "a", READ_WRITE);
    REQUIRE(file);
    CHECK_EQ(otpi_file_write_at(file, "new", 3, 0), OTPI_IO_OK);
    otpi_disk_fail_at(disk, 1, OTP_DISK_EIO, false);
    CHECK_EQ(otpi_file_sync(file, false), OTPI_IO_EIO);
    CHECK_STR(contents(disk, "a"), "new");
    CHECK_EQ(otpi_file_sync(file, false), OTPI_IO_OK);
    restart(disk);
    CHECK_STR(contents(disk, "a"), "old");
    (void)otpi_file_close(file);
    otpi_disk_free(disk);
}

UNIT("drawn gaps: 0 is none for a while, k strikes the k-th operation; power loss may be drawn "
     "too") {
    chance c = FIXED(4 /* power gap */, 2 /* fault gap */, 0 /* EIO */, 0 /* none of the next */,
                     ALL_LOST);
    otpi_disk *disk;
    otpi_disk_opts opts = {.seam = {.context = &c, .draw = chance_draw},
                           .gaps = {.fault_gap_max = 10, .power_gap_max = 10}};
    REQUIRE(otpi_disk_new(&opts, &disk) == OTP_OK);
    const otpi_file_ops *fs = otpi_disk_files(disk);
    CHECK_EQ(otpi_file_mkdir(fs, "a", 0755), OTPI_IO_OK);
    CHECK_EQ(otpi_file_mkdir(fs, "b", 0755), OTPI_IO_EIO);
    CHECK_EQ(otpi_file_mkdir(fs, "c", 0755), OTPI_IO_OK);
    CHECK_EQ(otpi_file_mkdir(fs, "d", 0755), OTPI_IO_EDEAD);
    CHECK(!otpi_disk_has_power(disk));
    otpi_disk_faults(disk, &(otp_disk_gaps){0});
    otpi_disk_power_on(disk);
    CHECK(!exists(disk, "a"));
    CHECK_EQ(otpi_disk_stats_read(disk).struck[OTP_DISK_POWER], 1);
    otpi_disk_free(disk);
}

UNIT("a full disk refuses to grow, and reset makes it new") {
    otpi_disk *disk;
    otpi_disk_opts opts = {.capacity_bytes = 1000};
    REQUIRE(otpi_disk_new(&opts, &disk) == OTP_OK);
    static char bytes[1001];
    otpi_file *file = open_file(disk, "a", MAKE), *other = open_file(disk, "b", MAKE);
    REQUIRE(file && other);
    CHECK_EQ(otpi_file_write_at(other, bytes, 600, 0), OTPI_IO_OK);
    CHECK_EQ(otpi_file_write_at(file, bytes, 401, 0), OTPI_IO_ENOSPC);
    CHECK_EQ(otpi_file_write_at(file, bytes, 400, 0), OTPI_IO_OK);
    CHECK_EQ(otpi_file_truncate(file, 401), OTPI_IO_ENOSPC);
    otpi_disk_reset(disk, NULL);
    CHECK_EQ(otpi_file_close(file), OTPI_IO_EDEAD);
    CHECK(!exists(disk, "a"));
    otpi_disk_free(disk);
    CHECK_EQ(otpi_file_close(other), OTPI_IO_EDEAD);
}

static bool fail_nth(void *ctx, size_t size, const char *site) {
    (void)size, (void)site;
    int *left = ctx;
    return --*left == 0;
}

static bool scenario(void) {
    otpi_disk *disk;
    bool fine = false;
    if (otpi_disk_new(NULL, &disk) != OTP_OK) {
        return false;
    }
    const otpi_file_ops *fs = otpi_disk_files(disk);
    otpi_file *file;
    if (otpi_file_mkdir(fs, "d", 0755) == OTPI_IO_OK &&
        otpi_file_open(fs, "d/a", MAKE, 0644, &file) == OTPI_IO_OK) {
        fine = otpi_file_write_at(file, "abc", 3, 0) == OTPI_IO_OK &&
               otpi_file_truncate(file, 2) == OTPI_IO_OK &&
               otpi_file_rename(fs, "d/a", "d/b") == OTPI_IO_OK &&
               otpi_file_sync(file, false) == OTPI_IO_OK &&
               otpi_file_sync_directory(fs, "d") == OTPI_IO_OK;
        (void)otpi_file_close(file);
    }
    if (fine) {
        restart(disk);
        fine = strcmp(contents(disk, "d/b"), "ab") == 0;
    }
    otpi_disk_free(disk);
    return fine;
}

UNIT("out of memory at each allocation is a clean error without a leak") {
    int64_t before = otpi_memory_stats_read().live_blocks;
    int sites = 0;
    for (bool done = false; !done && sites < 1000;) {
        int left = ++sites;
        otpi_alloc_fault_set(fail_nth, &left);
        done = scenario() && left > 0;
        otpi_alloc_fault_set(NULL, NULL);
        CHECK_EQ(otpi_memory_stats_read().live_blocks, before);
    }
    CHECK(sites > 10 && sites < 1000);
}
