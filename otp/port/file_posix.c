/* SPDX-License-Identifier: MIT */
#include "port/file_posix.h"

#include "port/memory.h"
#include "port/host.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static otpi_posix_file *posix_of(otpi_file *file) {
    return OTPI_CONTAINER_OF(file, otpi_posix_file, file);
}

static otpi_io_err result_of(int returned) {
    return returned < 0 ? otpi_io_err_from(errno) : OTPI_IO_OK;
}

static int system_flags(unsigned flags) {
    static const struct {
        unsigned ours;
        int theirs;
    } table[] = {{OTPI_FILE_CREATE, O_CREAT},
                 {OTPI_FILE_EXCLUSIVE, O_EXCL},
                 {OTPI_FILE_TRUNCATE, O_TRUNC},
                 {OTPI_FILE_APPEND, O_APPEND},
                 {OTPI_FILE_DIRECTORY, O_DIRECTORY}};
    unsigned access = flags & (OTPI_FILE_READ | OTPI_FILE_WRITE);
    int result = O_CLOEXEC | (access == OTPI_FILE_READ    ? O_RDONLY
                              : access == OTPI_FILE_WRITE ? O_WRONLY
                                                          : O_RDWR);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        result |= flags & table[i].ours ? table[i].theirs : 0;
    }
    return result;
}

static otpi_io_err posix_open(void *ctx, const char *path, unsigned flags, unsigned mode,
                              otpi_file **out) {
    (void)ctx;
    if (!(flags & (OTPI_FILE_READ | OTPI_FILE_WRITE))) {
        errno = EINVAL;
        return OTPI_IO_EINVAL;
    }
    otpi_posix_file *posix = otpi_alloc(sizeof *posix);
    if (!posix) {
        errno = ENOMEM;
        return OTPI_IO_ENOMEM;
    }
    *posix = (otpi_posix_file){.file = {&otpi_file_ops_posix}};
    do {
        posix->fd = OTPI_HOST_OWN(open(path, system_flags(flags), (mode_t)mode));
    } while (posix->fd < 0 && errno == EINTR);
    otpi_io_err err = result_of(posix->fd);
    if (err == OTPI_IO_OK) {
        *out = &posix->file;
    } else {
        otpi_free(posix);
    }
    return err;
}

static otpi_io_err posix_close(otpi_file *file) {
    otpi_posix_file *posix = posix_of(file);
    /* The lock belongs to the open file description, which a forked child may still hold. */
    otpi_posix_unlock(file, OTPI_FILE_LOCK_NONE);
    int closed = close(posix->fd);
    otpi_io_err err = closed < 0 && errno == EINTR ? OTPI_IO_OK : result_of(closed);
    otpi_free(posix);
    return err;
}

static otpi_io_err posix_read_at(otpi_file *file, void *buffer, size_t size, uint64_t offset,
                                 size_t *got) {
    *got = 0;
    while (*got < size) {
        ssize_t n =
            pread(posix_of(file)->fd, (char *)buffer + *got, size - *got, (off_t)(offset + *got));
        if (n == 0) {
            errno = 0;
            return OTPI_IO_SHORT;
        }
        if (n > 0) {
            *got += (size_t)n;
        } else if (errno != EINTR) {
            return otpi_io_err_from(errno);
        }
    }
    return OTPI_IO_OK;
}

static otpi_io_err posix_write_at(otpi_file *file, const void *bytes, size_t size,
                                  uint64_t offset) {
    size_t put = 0;
    while (put < size) {
        ssize_t n = pwrite(posix_of(file)->fd, (const char *)bytes + put, size - put,
                           (off_t)(offset + put));
        if (n == 0) {
            errno = 0;
            return OTPI_IO_SHORT;
        }
        if (n > 0) {
            put += (size_t)n;
        } else if (errno != EINTR) {
            return otpi_io_err_from(errno);
        }
    }
    return OTPI_IO_OK;
}

static otpi_io_err posix_size(otpi_file *file, uint64_t *out) {
    struct stat info;
    otpi_io_err err = result_of(fstat(posix_of(file)->fd, &info));
    if (err == OTPI_IO_OK) {
        *out = (uint64_t)info.st_size;
    }
    return err;
}

static otpi_io_err posix_truncate(otpi_file *file, uint64_t size) {
    int returned;
    do {
        returned = ftruncate(posix_of(file)->fd, (off_t)size);
    } while (returned < 0 && errno == EINTR);
    return result_of(returned);
}

static otpi_io_err posix_sync(otpi_file *file, bool data_only) {
    int fd = posix_of(file)->fd;
    return result_of(data_only ? fdatasync(fd) : fsync(fd));
}

const otpi_file_ops otpi_file_ops_posix = {
    .open = posix_open,
    .close = posix_close,
    .read_at = posix_read_at,
    .write_at = posix_write_at,
    .size = posix_size,
    .truncate = posix_truncate,
    .sync = posix_sync,
    .lock = otpi_posix_lock,
    .unlock = otpi_posix_unlock,
    .check_reserved = otpi_posix_check_reserved,
    .rename = otpi_posix_rename,
    .remove = otpi_posix_remove,
    .stat = otpi_posix_stat,
    .mkdir = otpi_posix_mkdir,
    .list = otpi_posix_list,
    .sync_directory = otpi_posix_sync_directory,
};
