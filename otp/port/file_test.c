/* SPDX-License-Identifier: MIT */
/*
 * The operating system's files, written against the table: the same tests hold for any
 * implementation.
 */
#include "port/file.h"

#include "base/prng.h"
#include "port/host.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const otpi_file_ops *fs = &otpi_file_ops_posix;
static char directory[64];
static char path_a[128];
static char path_b[128];

__attribute__((constructor)) static void make_directory(void) {
    snprintf(directory, sizeof directory, "/tmp/otp-file-test-XXXXXX");
    if (!mkdtemp(directory)) {
        abort();
    }
    snprintf(path_a, sizeof path_a, "%s/a", directory);
    snprintf(path_b, sizeof path_b, "%s/b", directory);
}

__attribute__((destructor)) static void remove_directory(void) {
    otpi_file_remove(fs, path_a);
    otpi_file_remove(fs, path_b);
    otpi_file_remove(fs, directory);
}

enum { READ_WRITE = OTPI_FILE_READ | OTPI_FILE_WRITE };

static otpi_file *open_fresh(const char *path) {
    otpi_file *file = NULL;
    otpi_file_open(fs, path, READ_WRITE | OTPI_FILE_CREATE | OTPI_FILE_TRUNCATE, 0600, &file);
    return file;
}

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

UNIT("names are renamed over others, described and removed") {
    otpi_file_info info;
    otpi_file_close(open_fresh(path_a));
    otpi_file_remove(fs, path_b);
    otpi_file *file = open_fresh(path_b);
    REQUIRE(file && otpi_file_write_at(file, "12345", 5, 0) == OTPI_IO_OK);
    otpi_file_close(file);
    CHECK_EQ(otpi_file_rename(fs, path_b, path_a), OTPI_IO_OK);
    CHECK_EQ(otpi_file_sync_directory(fs, directory), OTPI_IO_OK);
    CHECK_EQ(otpi_file_stat(fs, path_b, &info), OTPI_IO_ENOENT);
    REQUIRE(otpi_file_stat(fs, path_a, &info) == OTPI_IO_OK);
    CHECK_EQ(info.size, 5);
    CHECK_EQ(info.mode, 0600);
    CHECK(!info.is_directory && info.readable && info.writable);
    CHECK(info.modified_ns > UINT64_C(1500000000) * 1000000000);
    CHECK_EQ(otpi_file_remove(fs, path_a), OTPI_IO_OK);
    CHECK_EQ(otpi_file_remove(fs, path_a), OTPI_IO_ENOENT);
    CHECK_EQ(otpi_file_sync_directory(fs, path_a), OTPI_IO_ENOENT);
}

typedef struct listing {
    char names[200];
    int directories, limit;
} listing;

static bool note_name(void *arg, const char *name, bool is_directory) {
    listing *found = arg;
    strcat(strcat(found->names, name), " ");
    found->directories += is_directory;
    return --found->limit > 0;
}

UNIT("directories are made, listed in byte order and removed when empty") {
    char inner[100];
    char path[200];
    snprintf(inner, sizeof inner, "%s/inner", directory);
    REQUIRE(otpi_file_mkdir(fs, inner, 0700) == OTPI_IO_OK);
    CHECK_EQ(otpi_file_mkdir(fs, inner, 0700), OTPI_IO_EEXIST);
    static const char *const names[] = {"zeta", "Beta", "alpha", ".dot"};
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", inner, names[i]);
        otpi_file_close(open_fresh(path));
    }
    snprintf(path, sizeof path, "%s/deep", inner);
    REQUIRE(otpi_file_mkdir(fs, path, 0700) == OTPI_IO_OK);
    listing found = {.limit = 100};
    CHECK_EQ(otpi_file_list(fs, inner, note_name, &found), OTPI_IO_OK);
    CHECK_STR(found.names, ".dot Beta alpha deep zeta ");
    CHECK_EQ(found.directories, 1);
    found = (listing){.limit = 2};
    CHECK_EQ(otpi_file_list(fs, inner, note_name, &found), OTPI_IO_OK);
    CHECK_STR(found.names, ".dot Beta ");
    CHECK_EQ(otpi_file_remove(fs, inner), OTPI_IO_EEXIST);
    CHECK_EQ(otpi_file_remove(fs, path), OTPI_IO_OK);
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", inner, names[i]);
        CHECK_EQ(otpi_file_remove(fs, path), OTPI_IO_OK);
    }
    CHECK_EQ(otpi_file_remove(fs, inner), OTPI_IO_OK);
    CHECK_EQ(otpi_file_list(fs, inner, note_name, &found), OTPI_IO_ENOENT);
}

static bool refuse(void *ctx, size_t size, const char *site) {
    (void)size, (void)site;
    return --*(int *)ctx == 0;
}

UNIT("refused memory is an error that leaves nothing open") {
    uint32_t before = otpi_host_open_files();
    int64_t blocks = otpi_memory_stats_read().live_blocks;
    otpi_file_close(open_fresh(path_a));
    for (int nth = 1; nth <= 3; nth++) {
        int left = nth;
        otpi_file *file = NULL;
        listing found = {.limit = 100};
        otpi_alloc_fault_set(refuse, &left);
        otpi_io_err opened = otpi_file_open(fs, path_a, READ_WRITE, 0, &file);
        otpi_io_err listed = otpi_file_list(fs, directory, note_name, &found);
        otpi_alloc_fault_set(NULL, NULL);
        CHECK((opened == OTPI_IO_ENOMEM) == (nth == 1));
        CHECK((listed == OTPI_IO_ENOMEM) == (nth > 1));
        if (file) {
            otpi_file_close(file);
        }
    }
    CHECK_EQ(otpi_host_open_files(), before);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, blocks);
}
