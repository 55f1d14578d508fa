/* SPDX-License-Identifier: MIT */
/*
 * A sqlite3_vfs over the file seam (port/file.h). Where files, time and randomness come from is
 * asked of a source at each use, so that one VFS serves every node.
 */
#ifndef OTP_SQLITE_VFS_H
#define OTP_SQLITE_VFS_H

#include <otp/err.h>

#include "port/file.h"

typedef struct otpi_sqlite_source {
    void *context;
    const otpi_file_ops *(*files)(void *context); /* NULL = out of memory */
    uint64_t (*wall_ms)(void *context);           /* since 1970 */
    uint64_t (*random)(void *context);
    /* Are random numbers the node's own? Then SQLite's generator starts anew with each database. */
    bool (*replays)(void *context);
    otp_err (*point)(void *context, const char *name); /* fault points; OTP_OK = go on */
} otpi_sqlite_source;

/* OTP_EEXIST, OTP_ENOMEM. name and source must outlive it. */
OTP_MUST_CHECK otp_err otpi_sqlite_vfs_add(const char *name, const otpi_sqlite_source *source,
                                           bool make_default);
/* OTP_ENOENT when the name is no VFS added here. */
OTP_MUST_CHECK otp_err otpi_sqlite_vfs_remove(const char *name);

#endif
