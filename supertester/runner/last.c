/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing the file of failed tests: lines of "WORLD SUITE.NAME".
 */
#include "supertester/runner/last.h"

#include "port/file.h"
#include "port/memory.h"

#include <stdio.h>
#include <string.h>

enum { BYTES_MAX = 1 << 28 };

static bool refuse(const sti_last *last, const char *what, otpi_io_err err, otpi_text *error) {
    otpi_text_format(error, "%s can't be %s: %s", last->path, what, otpi_io_err_name(err));
    return false;
}

/* ---- Reading ---- */

static otpi_io_err read_all(sti_last *last, otpi_file *file) {
    uint64_t size;
    otpi_io_err err = otpi_file_size(file, &size);
    if (err != OTPI_IO_OK || size > BYTES_MAX) {
        return err != OTPI_IO_OK ? err : OTPI_IO_ENOMEM;
    }
    last->lines = otpi_calloc(1, (size_t)size + 1);
    if (!last->lines) {
        return OTPI_IO_ENOMEM;
    }
    err = otpi_file_read_at(file, last->lines, (size_t)size, 0, &last->size);
    return err == OTPI_IO_SHORT ? OTPI_IO_OK : err;
}

bool sti_last_load(sti_last *last, const char *program, otpi_text *error) {
    const char *slash = strrchr(program, '/');
    otpi_file *file;
    *last = (sti_last){.lines = NULL};
    snprintf(last->path, sizeof last->path, ".supertester/%s.failed", slash ? slash + 1 : program);
    otpi_io_err err = otpi_file_open(&otpi_file_ops_posix, last->path, OTPI_FILE_READ, 0, &file);
    if (err == OTPI_IO_OK) {
        err = read_all(last, file);
        otpi_io_err ignored = otpi_file_close(file); /* it was only read */
        (void)ignored;
    }
    return err == OTPI_IO_OK || err == OTPI_IO_ENOENT || refuse(last, "read", err, error);
}

void sti_last_free(sti_last *last) {
    otpi_free(last->lines);
    last->lines = NULL;
}

void sti_last_line(otpi_text *out, const st_test *test, otp_mode mode) {
    otpi_text_format(out, "%s %s.%s\n", mode == OTP_SIMULATED ? "simulated" : "parallel",
                     test->suite, test->name);
}

bool sti_last_failed(const sti_last *last, const st_test *test, otp_mode mode) {
    char memory[640];
    otpi_text line;
    otpi_text_init_fixed(&line, memory, sizeof memory);
    sti_last_line(&line, test, mode);
    const char *at = last->lines;
    while (at && (at = strstr(at, line.data))) {
        if (at == last->lines || at[-1] == '\n') {
            return true;
        }
        at++;
    }
    return false;
}

/* ---- Writing ---- */

/* Beside it first: a reader sees the old file or the new one. */
static otpi_io_err write_all(const char *path, const otpi_text *lines) {
    const otpi_file_ops *fs = &otpi_file_ops_posix;
    char beside[sizeof((sti_last *)0)->path + 8];
    snprintf(beside, sizeof beside, "%s.new", path);
    otpi_io_err ignored = otpi_file_mkdir(fs, ".supertester", 0755);
    (void)ignored; /* it may be there; if not, writing tells */
    otpi_io_err err = otpi_file_write_whole(fs, beside, lines->data, lines->length);
    return err != OTPI_IO_OK ? err : otpi_file_rename(fs, beside, path);
}

bool sti_last_save(const sti_last *last, const otpi_text *lines, otpi_text *error) {
    size_t known = last->lines ? last->size : 0;
    if (lines->failed) {
        return refuse(last, "written", OTPI_IO_ENOMEM, error);
    }
    if (known == lines->length && (known == 0 || memcmp(last->lines, lines->data, known) == 0)) {
        return true;
    }
    otpi_io_err err = write_all(last->path, lines);
    return err == OTPI_IO_OK || refuse(last, "written", err, error);
}
