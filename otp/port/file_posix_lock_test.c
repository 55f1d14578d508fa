/* SPDX-License-Identifier: MIT */
/*
 * SQLite's locks (https://sqlite.org/lockingv3.html) between open files of this process, of others,
 * and with a model of the rules.
 */
#include "port/file.h"

#include "base/prng.h"
#include "port/child.h"
#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>

static const otpi_file_ops *fs = &otpi_file_ops_posix;
static char path[64];

enum { FILES = 3 };
static otpi_file *files[FILES];

__attribute__((constructor)) static void make_file(void) {
    snprintf(path, sizeof path, "/tmp/otp-lock-test-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0) {
        abort();
    }
    otpi_pipe_close(&fd);
}

__attribute__((destructor)) static void remove_file(void) {
    otpi_file_remove(fs, path);
}

static bool open_files(void) {
    for (int i = 0; i < FILES; i++) {
        if (otpi_file_open(fs, path, OTPI_FILE_READ | OTPI_FILE_WRITE, 0, &files[i]) !=
            OTPI_IO_OK) {
            return false;
        }
    }
    return true;
}

static void close_files(void) {
    for (int i = 0; i < FILES; i++) {
        otpi_file_close(files[i]);
    }
}

static otpi_io_err shared(int i) {
    return otpi_file_lock(files[i], OTPI_FILE_LOCK_SHARED);
}
static otpi_io_err reserved(int i) {
    return otpi_file_lock(files[i], OTPI_FILE_LOCK_RESERVED);
}
static otpi_io_err exclusive(int i) {
    return otpi_file_lock(files[i], OTPI_FILE_LOCK_EXCLUSIVE);
}

UNIT("a writer waits for readers to leave while new ones stay out") {
    bool taken = false;
    REQUIRE(open_files());
    CHECK_EQ(shared(0), OTPI_IO_OK);
    CHECK_EQ(shared(1), OTPI_IO_OK);
    CHECK_EQ(reserved(0), OTPI_IO_OK);
    CHECK_EQ(reserved(1), OTPI_IO_EBUSY);
    CHECK_EQ(otpi_file_check_reserved(files[2], &taken), OTPI_IO_OK);
    CHECK(taken);
    CHECK_EQ(exclusive(0), OTPI_IO_EBUSY); /* file 1 reads: pending now */
    CHECK_EQ(shared(2), OTPI_IO_EBUSY);
    CHECK_EQ(otpi_file_unlock(files[1], OTPI_FILE_LOCK_NONE), OTPI_IO_OK);
    CHECK_EQ(exclusive(0), OTPI_IO_OK);
    CHECK_EQ(shared(1), OTPI_IO_EBUSY);
    CHECK_EQ(otpi_file_unlock(files[0], OTPI_FILE_LOCK_SHARED), OTPI_IO_OK);
    CHECK_EQ(shared(1), OTPI_IO_OK);
    CHECK_EQ(otpi_file_check_reserved(files[1], &taken), OTPI_IO_OK);
    CHECK(!taken);
    close_files();
}

UNIT("closing a file gives up its locks") {
    REQUIRE(open_files());
    CHECK_EQ(shared(0), OTPI_IO_OK);
    CHECK_EQ(exclusive(0), OTPI_IO_OK);
    CHECK_EQ(shared(1), OTPI_IO_EBUSY);
    otpi_file_close(files[0]);
    CHECK_EQ(shared(1), OTPI_IO_OK);
    REQUIRE(otpi_file_open(fs, path, OTPI_FILE_READ, 0, &files[0]) == OTPI_IO_OK);
    close_files();
}

static int try_to_read(void *arg) {
    (void)arg;
    otpi_file *file;
    if (otpi_file_open(fs, path, OTPI_FILE_READ, 0, &file) != OTPI_IO_OK) {
        return 99;
    }
    return (int)otpi_file_lock(file, OTPI_FILE_LOCK_SHARED);
}

static int result_in_child(void) {
    otpi_child child;
    if (otpi_fork(&child, NULL, try_to_read, NULL) != OTPI_IO_OK) {
        return -1;
    }
    otpi_child_wait(&child, OTPI_NEVER);
    otpi_child_close(&child);
    return child.exit.code;
}

UNIT("locks hold between OS processes") {
    REQUIRE(open_files());
    CHECK_EQ(result_in_child(), OTPI_IO_OK);
    CHECK_EQ(shared(0), OTPI_IO_OK);
    CHECK_EQ(result_in_child(), OTPI_IO_OK);
    CHECK_EQ(exclusive(0), OTPI_IO_OK);
    CHECK_EQ(result_in_child(), OTPI_IO_EBUSY);
    close_files();
}

/* ---- The rules as a model ---- */

static otpi_file_lock_level levels[FILES];
static bool has_reserved[FILES]; /* not those who went straight from SHARED to EXCLUSIVE */

static bool other_has_reserved(int self) {
    for (int i = 0; i < FILES; i++) {
        if (i != self && has_reserved[i]) {
            return true;
        }
    }
    return false;
}

static bool other_holds_from(int self, otpi_file_lock_level from) {
    for (int i = 0; i < FILES; i++) {
        if (i != self && levels[i] >= from) {
            return true;
        }
    }
    return false;
}

/* What lock(self, wanted) is to return; updates the level. */
static otpi_io_err model_lock(int self, otpi_file_lock_level wanted) {
    bool busy;
    if (levels[self] >= wanted) {
        return OTPI_IO_OK;
    }
    if (wanted == OTPI_FILE_LOCK_SHARED) {
        busy = other_holds_from(self, OTPI_FILE_LOCK_PENDING);
    } else if (wanted == OTPI_FILE_LOCK_RESERVED) {
        busy = other_has_reserved(self);
        has_reserved[self] = !busy;
    } else {
        if (levels[self] < OTPI_FILE_LOCK_PENDING &&
            other_holds_from(self, OTPI_FILE_LOCK_PENDING)) {
            return OTPI_IO_EBUSY;
        }
        levels[self] = OTPI_FILE_LOCK_PENDING;
        busy = other_holds_from(self, OTPI_FILE_LOCK_SHARED);
    }
    if (!busy) {
        levels[self] = wanted;
    }
    return busy ? OTPI_IO_EBUSY : OTPI_IO_OK;
}

/* The level a random step may ask for from here. */
static otpi_file_lock_level next_level(otpi_prng *prng, otpi_file_lock_level from) {
    if (from == OTPI_FILE_LOCK_NONE) {
        return OTPI_FILE_LOCK_SHARED;
    }
    return otpi_prng_below(prng, 2) ? OTPI_FILE_LOCK_RESERVED : OTPI_FILE_LOCK_EXCLUSIVE;
}

UNIT("any series of steps up and down follows the rules") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    REQUIRE(open_files());
    for (int step = 0; step < 5000; step++) {
        bool taken = false;
        int self = (int)otpi_prng_below(&prng, FILES);
        if (otpi_prng_below(&prng, 3)) {
            otpi_file_lock_level wanted = next_level(&prng, levels[self]);
            REQUIRE(otpi_file_lock(files[self], wanted) == model_lock(self, wanted));
        } else {
            otpi_file_lock_level down =
                otpi_prng_below(&prng, 2) ? OTPI_FILE_LOCK_SHARED : OTPI_FILE_LOCK_NONE;
            REQUIRE(otpi_file_unlock(files[self], down) == OTPI_IO_OK);
            levels[self] = levels[self] < down ? levels[self] : down;
            has_reserved[self] = false;
        }
        REQUIRE(otpi_file_check_reserved(files[self], &taken) == OTPI_IO_OK);
        REQUIRE(taken == (other_has_reserved(self) || levels[self] > OTPI_FILE_LOCK_SHARED));
    }
    close_files();
}
