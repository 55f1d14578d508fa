/* SPDX-License-Identifier: MIT */
/*
 * The operating system's files, written against the table: the same tests hold for any
 * implementation.
 */
#include "port/file.h"

#include "base/prng.h"
#include "port/host.h"
#include "port/memory.h"
#include "port/test_files.h"
#include "tests/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

UNIT("what is written can be read, with gaps as zeros") {
    otpi_file *file = open_fresh(path_a);
    REQUIRE(file != NULL);
    char buffer[16] = "xxxxxxxxxxxxxxx";
    size_t got = 99;
    uint64_t size = 99;
    CHECK_EQ(otpi_file_read_at(file, buffer, 4, 0, &got), OTPI_IO_SHORT);
    CHECK_EQ(got, 0);
    CHECK_EQ(otpi_file_write_at(file, "later", 5, 7), OTPI_IO_OK);
    CHECK_EQ(otpi_file_write_at(file, "ab", 2, 0), OTPI_IO_OK);
    CHECK_EQ(otpi_file_read_at(file, buffer, 16, 0, &got), OTPI_IO_SHORT);
    CHECK_EQ(got, 12);
    CHECK(memcmp(buffer, "ab\0\0\0\0\0laterxxx", 15) == 0);
    CHECK_EQ(otpi_file_read_at(file, buffer, 3, 8, &got), OTPI_IO_OK);
    CHECK(memcmp(buffer, "ate", 3) == 0);
    CHECK_EQ(otpi_file_size(file, &size), OTPI_IO_OK);
    CHECK_EQ(size, 12);
    CHECK_EQ(otpi_file_truncate(file, 3), OTPI_IO_OK);
    CHECK_EQ(otpi_file_truncate(file, 5), OTPI_IO_OK);
    CHECK_EQ(otpi_file_read_at(file, buffer, 5, 0, &got), OTPI_IO_OK);
    CHECK(memcmp(buffer, "ab\0\0\0", 5) == 0);
    CHECK_EQ(otpi_file_sync(file, false), OTPI_IO_OK);
    CHECK_EQ(otpi_file_sync(file, true), OTPI_IO_OK);
    CHECK_EQ(otpi_file_close(file), OTPI_IO_OK);
}

UNIT("any series of writes, cuts and reads agrees with an array of bytes") {
    enum { SIZE = 3000 };
    static unsigned char model[SIZE];
    static unsigned char buffer[SIZE];
    uint64_t length = 0;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otpi_file *file = open_fresh(path_a);
    REQUIRE(file != NULL);
    memset(model, 0, sizeof model);
    for (int step = 0; step < 2000; step++) {
        uint64_t at = otpi_prng_below(&prng, SIZE);
        size_t n = (size_t)otpi_prng_below(&prng, SIZE - at + 1);
        size_t got = 0;
        switch (otpi_prng_below(&prng, 3)) {
        case 0:
            for (size_t i = 0; i < n; i++) {
                model[at + i] = (unsigned char)otpi_prng_next(&prng);
            }
            REQUIRE(otpi_file_write_at(file, model + at, n, at) == OTPI_IO_OK);
            length = n > 0 && at + n > length ? at + n : length;
            break;
        case 1:
            REQUIRE(otpi_file_truncate(file, at) == OTPI_IO_OK);
            memset(model + at, 0, SIZE - at);
            length = at;
            break;
        default: {
            size_t there = at >= length ? 0 : at + n > length ? (size_t)(length - at) : n;
            otpi_io_err expected = there < n ? OTPI_IO_SHORT : OTPI_IO_OK;
            REQUIRE(otpi_file_read_at(file, buffer, n, at, &got) == expected);
            REQUIRE(got == there && memcmp(buffer, model + at, there) == 0);
        }
        }
    }
    otpi_file_close(file);
}

UNIT("flags are kept: existing, exclusive, appending, reading only") {
    otpi_file *file = NULL;
    uint64_t size = 0;
    otpi_file_remove(fs, path_b);
    CHECK_EQ(otpi_file_open(fs, path_b, READ_WRITE, 0600, &file), OTPI_IO_ENOENT);
    CHECK_EQ(errno, ENOENT);
    CHECK(file == NULL);
    CHECK_EQ(otpi_file_open(fs, path_b, 0, 0600, &file), OTPI_IO_EINVAL);
    unsigned flags = OTPI_FILE_WRITE | OTPI_FILE_CREATE | OTPI_FILE_EXCLUSIVE | OTPI_FILE_APPEND;
    REQUIRE(otpi_file_open(fs, path_b, flags, 0640, &file) == OTPI_IO_OK);
    CHECK_EQ(otpi_file_write_at(file, "one", 3, 0), OTPI_IO_OK);
    CHECK_EQ(otpi_file_write_at(file, "two", 3, 0), OTPI_IO_OK);
    CHECK_EQ(otpi_file_size(file, &size), OTPI_IO_OK);
    CHECK_EQ(size, 6);
    otpi_file_close(file);
    CHECK_EQ(otpi_file_open(fs, path_b, flags, 0640, &file), OTPI_IO_EEXIST);
    REQUIRE(otpi_file_open(fs, path_b, OTPI_FILE_READ, 0, &file) == OTPI_IO_OK);
    CHECK_EQ(otpi_file_write_at(file, "x", 1, 0), OTPI_IO_EINVAL);
    otpi_file_close(file);
    CHECK_EQ(otpi_file_open(fs, path_b, OTPI_FILE_READ | OTPI_FILE_DIRECTORY, 0, &file),
             OTPI_IO_EINVAL);
}

static bool refuse(void *ctx, size_t size, const char *site) {
    (void)ctx, (void)size, (void)site;
    return true;
}

UNIT("refused memory is an error that leaves nothing open") {
    uint32_t before = otpi_host_open_files(NULL, 0);
    otpi_file *file = NULL;
    otpi_alloc_fault_set(refuse, NULL);
    CHECK_EQ(otpi_file_open(fs, path_a, READ_WRITE | OTPI_FILE_CREATE, 0600, &file),
             OTPI_IO_ENOMEM);
    otpi_alloc_fault_set(NULL, NULL);
    CHECK(file == NULL);
    CHECK_EQ(otpi_host_open_files(NULL, 0), before);
}
