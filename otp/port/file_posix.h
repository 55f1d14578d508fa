/* SPDX-License-Identifier: MIT */
/*
 * The operating system's files, in three parts: file_posix.c (open files), file_posix_lock.c
 * (locks) and file_posix_path.c (names).
 */
#ifndef OTP_PORT_FILE_POSIX_H
#define OTP_PORT_FILE_POSIX_H

#include "port/file.h"

typedef struct otpi_posix_file {
    otpi_file file; /* first */
    int fd;
    otpi_file_lock_level level;
} otpi_posix_file;

otpi_io_err otpi_posix_lock(otpi_file *file, otpi_file_lock_level level);
otpi_io_err otpi_posix_unlock(otpi_file *file, otpi_file_lock_level level);
otpi_io_err otpi_posix_check_reserved(otpi_file *file, bool *out);

otpi_io_err otpi_posix_rename(void *ctx, const char *from, const char *to);
otpi_io_err otpi_posix_remove(void *ctx, const char *path);
otpi_io_err otpi_posix_stat(void *ctx, const char *path, otpi_file_info *out);
otpi_io_err otpi_posix_mkdir(void *ctx, const char *path, unsigned mode);
otpi_io_err otpi_posix_list(void *ctx, const char *path, otpi_file_visit *visit, void *arg);
otpi_io_err otpi_posix_sync_directory(void *ctx, const char *path);

#endif
