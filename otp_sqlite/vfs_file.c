/* SPDX-License-Identifier: MIT */
/*
 * The sqlite3_io_methods, version 1: no shared memory and no mapping. The device promises nothing
 * (no atomic writes, no safe append, no power-safe overwrite) but sectors of 4 KiB, the largest of
 * today's disks, so that SQLite journals whatever shares a sector with what it writes.
 */
#include "otp_sqlite/vfs_file.h"

#include "base/assert.h"

#include <errno.h>
#include <string.h>

enum { SECTOR_SIZE = 4096 };

static otpi_sqlite_file *vfs_file(sqlite3_file *base) {
    return OTPI_CONTAINER_OF(base, otpi_sqlite_file, base);
}

/* The answer to SQLite for the seam's; failed: the code of this operation. */
static int answer(otpi_sqlite_file *file, otpi_io_err err, int failed) {
    if (err == OTPI_IO_OK) {
        return SQLITE_OK;
    }
    file->last_errno = errno;
    return err == OTPI_IO_ENOSPC   ? SQLITE_FULL
           : err == OTPI_IO_ENOMEM ? SQLITE_IOERR_NOMEM
                                   : failed;
}

static int file_close(sqlite3_file *base) {
    otpi_sqlite_file *file = vfs_file(base);
    if (file->flags & SQLITE_OPEN_DELETEONCLOSE && file->path) {
        (void)otpi_file_remove(file->fs, file->path);
    }
    return answer(file, otpi_file_close(file->file), SQLITE_IOERR_CLOSE);
}

static int file_read(sqlite3_file *base, void *buffer, int size, sqlite3_int64 offset) {
    otpi_sqlite_file *file = vfs_file(base);
    size_t got;
    int rc = otpi_sqlite_point(file->source, "sqlite/read", SQLITE_IOERR_READ);
    if (rc != SQLITE_OK) {
        return rc;
    }
    otpi_io_err err = otpi_file_read_at(file->file, buffer, (size_t)size, (uint64_t)offset, &got);
    if (err == OTPI_IO_SHORT) {
        memset((char *)buffer + got, 0, (size_t)size - got);
        return SQLITE_IOERR_SHORT_READ;
    }
    return answer(file, err, SQLITE_IOERR_READ);
}

static int file_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset) {
    otpi_sqlite_file *file = vfs_file(base);
    int rc = otpi_sqlite_point(file->source, "sqlite/write", SQLITE_IOERR_WRITE);
    if (rc != SQLITE_OK) {
        return rc;
    }
    otpi_io_err err = otpi_file_write_at(file->file, bytes, (size_t)size, (uint64_t)offset);
    return err == OTPI_IO_SHORT ? SQLITE_FULL : answer(file, err, SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    otpi_sqlite_file *file = vfs_file(base);
    int rc = otpi_sqlite_point(file->source, "sqlite/truncate", SQLITE_IOERR_TRUNCATE);
    if (rc != SQLITE_OK) {
        return rc;
    }
    return answer(file, otpi_file_truncate(file->file, (uint64_t)size), SQLITE_IOERR_TRUNCATE);
}

static int file_sync(sqlite3_file *base, int flags) {
    otpi_sqlite_file *file = vfs_file(base);
    int rc = otpi_sqlite_point(file->source, "sqlite/sync", SQLITE_IOERR_FSYNC);
    if (rc != SQLITE_OK) {
        return rc;
    }
    otpi_io_err err = otpi_file_sync(file->file, flags & SQLITE_SYNC_DATAONLY);
    if (err != OTPI_IO_OK) {
        return answer(file, err, SQLITE_IOERR_FSYNC);
    }
    if (file->is_new) {
        err = otpi_sqlite_sync_directory(file->fs, file->path);
        file->is_new = err != OTPI_IO_OK;
    }
    return answer(file, err, SQLITE_IOERR_DIR_FSYNC);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out) {
    otpi_sqlite_file *file = vfs_file(base);
    uint64_t size = 0;
    otpi_io_err err = otpi_file_size(file->file, &size);
    *out = (sqlite3_int64)size;
    return answer(file, err, SQLITE_IOERR_FSTAT);
}

/* ---- Locks ---- */

static int file_lock(sqlite3_file *base, int level) {
    otpi_sqlite_file *file = vfs_file(base);
    if ((int)file->level >= level) {
        return SQLITE_OK;
    }
    otpi_io_err err = otpi_file_lock(file->file, (otpi_file_lock_level)level);
    if (err == OTPI_IO_EBUSY) {
        return SQLITE_BUSY;
    }
    if (err == OTPI_IO_OK) {
        file->level = (otpi_file_lock_level)level;
    }
    return answer(file, err, SQLITE_IOERR_LOCK);
}

static int file_unlock(sqlite3_file *base, int level) {
    otpi_sqlite_file *file = vfs_file(base);
    /* Always passed on: a failed step to EXCLUSIVE leaves PENDING, which only the seam knows. */
    otpi_io_err err = otpi_file_unlock(file->file, (otpi_file_lock_level)level);
    file->level = (int)file->level > level ? (otpi_file_lock_level)level : file->level;
    return answer(file, err, SQLITE_IOERR_UNLOCK);
}

static int file_check_reserved(sqlite3_file *base, int *out) {
    otpi_sqlite_file *file = vfs_file(base);
    bool reserved = false;
    otpi_io_err err = otpi_file_check_reserved(file->file, &reserved);
    *out = reserved;
    return answer(file, err, SQLITE_IOERR_CHECKRESERVEDLOCK);
}

/* ---- What the device is ---- */

static int file_control(sqlite3_file *base, int operation, void *argument) {
    otpi_sqlite_file *file = vfs_file(base);
    switch (operation) {
    case SQLITE_FCNTL_LOCKSTATE: *(int *)argument = (int)file->level; return SQLITE_OK;
    case SQLITE_FCNTL_LAST_ERRNO: *(int *)argument = file->last_errno; return SQLITE_OK;
    default: return SQLITE_NOTFOUND;
    }
}

static int file_sector_size(sqlite3_file *base) {
    (void)base;
    return SECTOR_SIZE;
}

static int file_characteristics(sqlite3_file *base) {
    (void)base;
    return 0;
}

const sqlite3_io_methods otpi_sqlite_methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};
