/* SPDX-License-Identifier: MIT */
/*
 * A fresh directory for the tests of files, removed at exit.
 */
#ifndef OTP_PORT_TEST_FILES_H
#define OTP_PORT_TEST_FILES_H

#include "port/file.h"

#include <stdio.h>
#include <stdlib.h>

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

static inline otpi_file *open_fresh(const char *path) {
    otpi_file *file = NULL;
    otpi_file_open(fs, path, READ_WRITE | OTPI_FILE_CREATE | OTPI_FILE_TRUNCATE, 0600, &file);
    return file;
}

#endif
