/* SPDX-License-Identifier: MIT */
/*
 * An open file of the VFS: what vfs.c makes and vfs_file.c uses.
 */
#ifndef OTP_SQLITE_VFS_FILE_H
#define OTP_SQLITE_VFS_FILE_H

#include "otp_sqlite/vfs.h"

#include <sqlite3.h>

typedef struct otpi_sqlite_file {
    sqlite3_file base; /* first: what SQLite holds */
    otpi_file *file;
    const otpi_file_ops *fs;
    const otpi_sqlite_source *source;
    const char *path; /* SQLite's, as long as the file is open; NULL = a temporary file */
    int flags;        /* SQLITE_OPEN_... */
    bool is_new;      /* its directory is not synced since it was made */
    otpi_file_lock_level level;
    int last_errno;
} otpi_sqlite_file;

extern const sqlite3_io_methods otpi_sqlite_methods;

/* SQLITE_OK, or how the named fault point fails: SQLITE_FULL for ENOSPC, else failed. */
int otpi_sqlite_point(const otpi_sqlite_source *source, const char *name, int failed);
/* Of the directory that the path lies in. */
otpi_io_err otpi_sqlite_sync_directory(const otpi_file_ops *fs, const char *path);

#endif
