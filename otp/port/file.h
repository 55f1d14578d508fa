/* SPDX-License-Identifier: MIT */
/*
 * The file seam. Everything that keeps data on a disk does it through an otpi_file_ops;
 * otpi_file_ops_posix is the real one, the simulated disk of the world room is another.
 *
 *     otpi_file *file;
 *     otpi_io_err err = otpi_file_open(fs, "data/log", OTPI_FILE_WRITE | OTPI_FILE_CREATE, 0644,
 * &file); if (err == OTPI_IO_OK) { err = otpi_file_write_at(file, bytes, size, 0); … }
 *
 * Contract for whoever implements the table
 * - Every function may be called from any thread, but not two on the same otpi_file at once.
 * - An implementation's file begins with an otpi_file, whose ops it sets in open.
 * - Durability is POSIX's, taken literally: bytes are safe after sync(file); a new, renamed or
 * removed name is safe after sync_directory of its directory; without them a power loss may keep,
 * lose or tear (by sector) any of it, in any order.
 * - After a failed sync the unsynced data is lost, not retried: a later sync that succeeds says
 * nothing about it.
 * - After a power loss every call returns OTPI_IO_EDEAD and changes nothing; close still frees.
 * - Paths are UTF-8, '/' separates. Relative ones are relative to the working directory (posix) or
 * the root (simulated).
 */
#ifndef OTP_PORT_FILE_H
#define OTP_PORT_FILE_H

#include "port/io.h"

typedef struct otpi_file_ops otpi_file_ops;

typedef struct otpi_file {
    const otpi_file_ops *ops;
} otpi_file;

typedef enum otpi_file_flags {
    OTPI_FILE_READ = 1,
    OTPI_FILE_WRITE = 2,
    OTPI_FILE_CREATE = 4,     /* make it when it is not there, with the given mode */
    OTPI_FILE_EXCLUSIVE = 8,  /* with CREATE: EEXIST when it is there */
    OTPI_FILE_TRUNCATE = 16,  /* empty it */
    OTPI_FILE_APPEND = 32,    /* every write goes to the end, atomically; offsets are ignored */
    OTPI_FILE_DIRECTORY = 64, /* must be a directory: nothing but close works on it */
} otpi_file_flags;

/* Advisory locks as SQLite needs them (https://sqlite.org/lockingv3.html), on the same bytes of the
 * file, so that they agree with SQLite's own. Many may hold SHARED; one may also hold RESERVED (it
 * will write soon); PENDING keeps new readers out; EXCLUSIVE is alone. Locks belong to the
 * otpi_file: two files opened by one process exclude each other too. */
typedef enum otpi_file_lock_level {
    OTPI_FILE_LOCK_NONE,
    OTPI_FILE_LOCK_SHARED,
    OTPI_FILE_LOCK_RESERVED,
    OTPI_FILE_LOCK_PENDING, /* never asked for: what a failed step to EXCLUSIVE leaves */
    OTPI_FILE_LOCK_EXCLUSIVE,
} otpi_file_lock_level;

typedef struct otpi_file_info {
    uint64_t size;
    uint64_t modified_ns; /* since 1970 */
    uint32_t mode;        /* permission bits */
    bool is_directory;
    bool readable, writable; /* for this user */
} otpi_file_info;

/* Called once per name, in byte order, without "." and ".."; false ends the listing. */
typedef bool otpi_file_visit(void *arg, const char *name, bool is_directory);

struct otpi_file_ops {
    void *ctx; /* first argument of the functions that take a path */

    /* READ or WRITE or both, with the other flags. *out is set only on success. */
    otpi_io_err (*open)(void *ctx, const char *path, unsigned flags, unsigned mode,
                        otpi_file **out);
    /* Releases its locks and frees it, whatever it returns; says nothing about durability. */
    otpi_io_err (*close)(otpi_file *file);

    /* Fills the buffer from the offset. SHORT when the file ends first: *got bytes were read, the
     * rest of the buffer is untouched. *got is always set. */
    otpi_io_err (*read_at)(otpi_file *file, void *buffer, size_t size, uint64_t offset,
                           size_t *got);
    /* Writes all bytes, growing the file as needed (a gap reads as zeros). On an error, SHORT
     * included, any prefix may have been written. */
    otpi_io_err (*write_at)(otpi_file *file, const void *bytes, size_t size, uint64_t offset);
    otpi_io_err (*size)(otpi_file *file, uint64_t *out);
    /* Cuts or extends (with zeros) to this size. */
    otpi_io_err (*truncate)(otpi_file *file, uint64_t size);
    /* Makes all earlier writes durable; data_only may leave time stamps, never the size. */
    otpi_io_err (*sync)(otpi_file *file, bool data_only);

    /* One step up: NONE -> SHARED -> RESERVED -> EXCLUSIVE, or SHARED -> EXCLUSIVE (to roll back a
     * hot journal: then RESERVED is not taken on the way, on purpose). A level held already is OK.
     * EBUSY when others are in the way (then SHARED stays SHARED, or becomes PENDING on the way to
     * EXCLUSIVE); never waits. */
    otpi_io_err (*lock)(otpi_file *file, otpi_file_lock_level level);
    /* Down to SHARED or NONE. */
    otpi_io_err (*unlock)(otpi_file *file, otpi_file_lock_level level);
    /* Does another hold RESERVED, or this file anything above SHARED? */
    otpi_io_err (*check_reserved)(otpi_file *file, bool *out);

    /* Replaces an existing target atomically. */
    otpi_io_err (*rename)(void *ctx, const char *from, const char *to);
    /* A file or an empty directory. */
    otpi_io_err (*remove)(void *ctx, const char *path);
    /* ENOENT when it does not exist. */
    otpi_io_err (*stat)(void *ctx, const char *path, otpi_file_info *out);
    otpi_io_err (*mkdir)(void *ctx, const char *path, unsigned mode);
    otpi_io_err (*list)(void *ctx, const char *path, otpi_file_visit *visit, void *arg);
    otpi_io_err (*sync_directory)(void *ctx, const char *path);
};

/* The operating system's files. */
extern const otpi_file_ops otpi_file_ops_posix;

/* ---- The table as calls ---- */

static inline otpi_io_err otpi_file_open(const otpi_file_ops *fs, const char *path, unsigned flags,
                                         unsigned mode, otpi_file **out) {
    return fs->open(fs->ctx, path, flags, mode, out);
}
static inline otpi_io_err otpi_file_close(otpi_file *file) {
    return file->ops->close(file);
}
static inline otpi_io_err otpi_file_read_at(otpi_file *file, void *buffer, size_t size,
                                            uint64_t offset, size_t *got) {
    return file->ops->read_at(file, buffer, size, offset, got);
}
static inline otpi_io_err otpi_file_write_at(otpi_file *file, const void *bytes, size_t size,
                                             uint64_t offset) {
    return file->ops->write_at(file, bytes, size, offset);
}
static inline otpi_io_err otpi_file_size(otpi_file *file, uint64_t *out) {
    return file->ops->size(file, out);
}
static inline otpi_io_err otpi_file_truncate(otpi_file *file, uint64_t size) {
    return file->ops->truncate(file, size);
}
static inline otpi_io_err otpi_file_sync(otpi_file *file, bool data_only) {
    return file->ops->sync(file, data_only);
}
static inline otpi_io_err otpi_file_lock(otpi_file *file, otpi_file_lock_level level) {
    return file->ops->lock(file, level);
}
static inline otpi_io_err otpi_file_unlock(otpi_file *file, otpi_file_lock_level level) {
    return file->ops->unlock(file, level);
}
static inline otpi_io_err otpi_file_check_reserved(otpi_file *file, bool *out) {
    return file->ops->check_reserved(file, out);
}
static inline otpi_io_err otpi_file_rename(const otpi_file_ops *fs, const char *from,
                                           const char *to) {
    return fs->rename(fs->ctx, from, to);
}
static inline otpi_io_err otpi_file_remove(const otpi_file_ops *fs, const char *path) {
    return fs->remove(fs->ctx, path);
}
static inline otpi_io_err otpi_file_stat(const otpi_file_ops *fs, const char *path,
                                         otpi_file_info *out) {
    return fs->stat(fs->ctx, path, out);
}
static inline otpi_io_err otpi_file_mkdir(const otpi_file_ops *fs, const char *path,
                                          unsigned mode) {
    return fs->mkdir(fs->ctx, path, mode);
}
static inline otpi_io_err otpi_file_list(const otpi_file_ops *fs, const char *path,
                                         otpi_file_visit *visit, void *arg) {
    return fs->list(fs->ctx, path, visit, arg);
}
/* A whole file, made or replaced. Not durable. */
static inline otpi_io_err otpi_file_write_whole(const otpi_file_ops *fs, const char *path,
                                                const void *bytes, size_t size) {
    const unsigned flags = OTPI_FILE_WRITE | OTPI_FILE_CREATE | OTPI_FILE_TRUNCATE;
    otpi_file *file;
    otpi_io_err err = otpi_file_open(fs, path, flags, 0644, &file);
    if (err != OTPI_IO_OK) {
        return err;
    }
    err = otpi_file_write_at(file, bytes, size, 0);
    otpi_io_err closed = otpi_file_close(file);
    return err != OTPI_IO_OK ? err : closed;
}
static inline otpi_io_err otpi_file_sync_directory(const otpi_file_ops *fs, const char *path) {
    return fs->sync_directory(fs->ctx, path);
}

#endif
