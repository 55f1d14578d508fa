/* SPDX-License-Identifier: MIT */
/*
 * The operating system's files, written against the table: the same tests hold for any
 * implementation.
 */
#include "port/file.h"

#include "port/host.h"
#include "port/memory.h"
#include "port/test_files.h"
#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool refuse_when_counted_down(void *ctx, size_t size, const char *site) {
    (void)size, (void)site;
    return --*(int *)ctx == 0;
}

UNIT("a listing for which memory is refused leaves nothing open") {
    uint32_t before = otpi_host_open_files(NULL, 0);
    int64_t blocks = otpi_memory_stats_read().live_blocks;
    otpi_file_close(open_fresh(path_a));
    for (int nth = 1; nth <= 2; nth++) {
        int left = nth;
        listing found = {.limit = 100};
        otpi_alloc_fault_set(refuse_when_counted_down, &left);
        CHECK_EQ(otpi_file_list(fs, directory, note_name, &found), OTPI_IO_ENOMEM);
        otpi_alloc_fault_set(NULL, NULL);
        CHECK_STR(found.names, "");
    }
    CHECK_EQ(otpi_host_open_files(NULL, 0), before);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, blocks);
}
