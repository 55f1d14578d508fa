/* SPDX-License-Identifier: MIT */
/*
 * SQLite's five lock levels on three byte ranges beyond the first GiB
 * (https://sqlite.org/lockingv3.html, and "POSIX Advisory Locks" in SQLite's os_unix.c for the
 * places). Open-file-description locks: they end with the open file, not with the process's first
 * close of any descriptor of it, so that no table of all open files is needed.
 */
#include "port/file_posix.h"

#include "base/assert.h"

#include <errno.h>
#include <fcntl.h>

enum {
    PENDING_BYTE = 0x40000000,
    RESERVED_BYTE = PENDING_BYTE + 1,
    SHARED_FIRST = PENDING_BYTE + 2,
    SHARED_SIZE = 510,
};

static otpi_io_err set(const otpi_posix_file *posix, short type, off_t start, off_t length) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(posix->fd, F_OFD_SETLK, &lock) == 0) {
        return OTPI_IO_OK;
    }
    return errno == EACCES ? OTPI_IO_EBUSY : otpi_io_err_from(errno);
}

/* Readers pass through the pending byte, so that a waiting writer can keep new ones out. */
static otpi_io_err to_shared(otpi_posix_file *posix) {
    otpi_io_err err = set(posix, F_RDLCK, PENDING_BYTE, 1);
    if (err != OTPI_IO_OK) {
        return err;
    }
    err = set(posix, F_RDLCK, SHARED_FIRST, SHARED_SIZE);
    int cause = errno;
    otpi_io_err left = set(posix, F_UNLCK, PENDING_BYTE, 1);
    if (err == OTPI_IO_OK) {
        posix->level = OTPI_FILE_LOCK_SHARED;
        return left;
    }
    errno = cause;
    return err;
}

static otpi_io_err to_reserved(otpi_posix_file *posix) {
    otpi_io_err err = set(posix, F_WRLCK, RESERVED_BYTE, 1);
    if (err == OTPI_IO_OK) {
        posix->level = OTPI_FILE_LOCK_RESERVED;
    }
    return err;
}

static otpi_io_err to_exclusive(otpi_posix_file *posix) {
    if (posix->level < OTPI_FILE_LOCK_PENDING) {
        otpi_io_err err = set(posix, F_WRLCK, PENDING_BYTE, 1);
        if (err != OTPI_IO_OK) {
            return err;
        }
        posix->level = OTPI_FILE_LOCK_PENDING;
    }
    otpi_io_err err = set(posix, F_WRLCK, SHARED_FIRST, SHARED_SIZE);
    if (err == OTPI_IO_OK) {
        posix->level = OTPI_FILE_LOCK_EXCLUSIVE;
    }
    return err;
}

otpi_io_err otpi_posix_lock(otpi_file *file, otpi_file_lock_level level) {
    otpi_posix_file *posix = OTPI_CONTAINER_OF(file, otpi_posix_file, file);
    if (posix->level >= level) {
        return OTPI_IO_OK;
    }
    OTPI_ASSERT("port-080", level != OTPI_FILE_LOCK_PENDING);
    if (level == OTPI_FILE_LOCK_SHARED) {
        return to_shared(posix);
    }
    OTPI_ASSERT("port-081", posix->level >= OTPI_FILE_LOCK_SHARED);
    return level == OTPI_FILE_LOCK_RESERVED ? to_reserved(posix) : to_exclusive(posix);
}

otpi_io_err otpi_posix_unlock(otpi_file *file, otpi_file_lock_level level) {
    otpi_posix_file *posix = OTPI_CONTAINER_OF(file, otpi_posix_file, file);
    OTPI_ASSERT("port-082", level <= OTPI_FILE_LOCK_SHARED);
    if (posix->level <= level) {
        return OTPI_IO_OK;
    }
    otpi_io_err err;
    if (level == OTPI_FILE_LOCK_NONE) {
        err = set(posix, F_UNLCK, 0, 0);
    } else {
        /* Back to reading before the others are let in. */
        err = set(posix, F_RDLCK, SHARED_FIRST, SHARED_SIZE);
        if (err == OTPI_IO_OK) {
            err = set(posix, F_UNLCK, PENDING_BYTE, 2);
        }
    }
    if (err == OTPI_IO_OK) {
        posix->level = level;
    }
    return err;
}

otpi_io_err otpi_posix_check_reserved(otpi_file *file, bool *out) {
    otpi_posix_file *posix = OTPI_CONTAINER_OF(file, otpi_posix_file, file);
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = RESERVED_BYTE, .l_len = 1};
    if (posix->level > OTPI_FILE_LOCK_SHARED) {
        *out = true;
        return OTPI_IO_OK;
    }
    if (fcntl(posix->fd, F_OFD_GETLK, &lock) != 0) {
        return otpi_io_err_from(errno);
    }
    *out = lock.l_type != F_UNLCK;
    return OTPI_IO_OK;
}
