/* SPDX-License-Identifier: MIT */
/*
 * The sqlite3_vfs: opening, deleting, time, randomness. See https://sqlite.org/vfs.html and, for
 * what SQLite relies on, https://sqlite.org/atomiccommit.html. Open files are in vfs_file.c.
 */
#include "otp_sqlite/vfs_file.h"

#include "port/memory.h"

#include <stdio.h>
#include <string.h>

enum {
    PATH_SIZE = 512,
    /* SQLite counts milliseconds from noon of 24 November 4714 BC. */
    DAYS_TO_1970_HALVES = 4881175,
    MS_PER_HALF_DAY = 43200000,
};

typedef struct vfs {
    sqlite3_vfs base; /* first: what SQLite holds */
    const otpi_sqlite_source *source;
    uint64_t temporaries; /* atomic: names given to temporary files */
} vfs;

static const otpi_sqlite_source *source_of(sqlite3_vfs *base) {
    return OTPI_CONTAINER_OF(base, vfs, base)->source;
}

static const otpi_file_ops *files_of(sqlite3_vfs *base) {
    const otpi_sqlite_source *source = source_of(base);
    return source->files(source->context);
}

int otpi_sqlite_point(const otpi_sqlite_source *source, const char *name, int failed) {
    otp_err err = source->point(source->context, name);
    return err == OTP_OK ? SQLITE_OK : err == OTP_ENOSPC ? SQLITE_FULL : failed;
}

/* ---- Opening ---- */

/* A file that SQLite keeps to itself; gone when it is closed. */
static void temporary_name(sqlite3_vfs *base, const otpi_file_ops *fs, char out[PATH_SIZE]) {
    const otpi_sqlite_source *source = source_of(base);
    vfs *self = OTPI_CONTAINER_OF(base, vfs, base);
    bool real = fs == &otpi_file_ops_posix;
    uint64_t number = __atomic_add_fetch(&self->temporaries, 1, __ATOMIC_RELAXED);
    (void)snprintf(out, PATH_SIZE, "%setilqs_%016llx_%llx", real ? "/tmp/" : "",
                   (unsigned long long)source->random(source->context),
                   real ? (unsigned long long)number : 0ULL);
}

static unsigned seam_flags(int flags) {
    unsigned out = OTPI_FILE_READ;
    out |= flags & SQLITE_OPEN_READWRITE ? OTPI_FILE_WRITE : 0;
    out |= flags & SQLITE_OPEN_CREATE ? OTPI_FILE_CREATE : 0;
    out |= flags & SQLITE_OPEN_EXCLUSIVE ? OTPI_FILE_EXCLUSIVE : 0;
    return out;
}

/* A new database or journal is only there after a power loss when its directory is synced too. */
static bool is_new(const otpi_file_ops *fs, const char *path, int flags) {
    int durable = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL |
                  SQLITE_OPEN_WAL;
    otpi_file_info info;
    return flags & durable && flags & SQLITE_OPEN_CREATE &&
           otpi_file_stat(fs, path, &info) == OTPI_IO_ENOENT;
}

static int open_failed(otpi_io_err err) {
    return err == OTPI_IO_ENOMEM   ? SQLITE_NOMEM
           : err == OTPI_IO_ENOSPC ? SQLITE_FULL
                                   : SQLITE_CANTOPEN;
}

static int vfs_open(sqlite3_vfs *base, const char *name, sqlite3_file *out, int flags,
                    int *out_flags) {
    otpi_sqlite_file *file = OTPI_CONTAINER_OF(out, otpi_sqlite_file, base);
    const otpi_sqlite_source *source = source_of(base);
    const otpi_file_ops *fs = files_of(base);
    char temporary[PATH_SIZE];
    if (!fs) {
        return SQLITE_NOMEM;
    }
    *file = (otpi_sqlite_file){.fs = fs, .source = source, .flags = flags, .path = name};
    int rc = otpi_sqlite_point(source, "sqlite/open", SQLITE_CANTOPEN);
    if (rc != SQLITE_OK) {
        return rc;
    }
    if (flags & SQLITE_OPEN_MAIN_DB && source->replays(source->context)) {
        sqlite3_randomness(0, NULL); /* forgets its state: it asks this VFS for a new seed */
    }
    if (!name) {
        temporary_name(base, fs, temporary);
    }
    const char *path = name ? name : temporary;
    file->is_new = is_new(fs, path, flags);
    otpi_io_err err = otpi_file_open(fs, path, seam_flags(flags), 0644, &file->file);
    if (err == OTPI_IO_EACCES && flags & SQLITE_OPEN_READWRITE) {
        flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        flags |= SQLITE_OPEN_READONLY;
        err = otpi_file_open(fs, path, seam_flags(flags), 0644, &file->file);
    }
    if (err != OTPI_IO_OK) {
        return open_failed(err);
    }
    if (!name) { /* as Unix allows: it lives on without a name */
        (void)otpi_file_remove(fs, path);
        file->flags &= ~SQLITE_OPEN_DELETEONCLOSE;
    }
    file->base.pMethods = &otpi_sqlite_methods;
    if (out_flags) {
        *out_flags = flags;
    }
    return SQLITE_OK;
}

/* ---- Names ---- */

otpi_io_err otpi_sqlite_sync_directory(const otpi_file_ops *fs, const char *path) {
    char directory[PATH_SIZE];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (length >= sizeof directory) {
        return OTPI_IO_EINVAL;
    }
    memcpy(directory, path, length);
    directory[length] = '\0';
    return otpi_file_sync_directory(fs, length ? directory : slash ? "/" : ".");
}

static int vfs_delete(sqlite3_vfs *base, const char *name, int sync_directory) {
    const otpi_file_ops *fs = files_of(base);
    int rc = otpi_sqlite_point(source_of(base), "sqlite/delete", SQLITE_IOERR_DELETE);
    if (rc != SQLITE_OK || !fs) {
        return fs ? rc : SQLITE_IOERR_NOMEM;
    }
    otpi_io_err err = otpi_file_remove(fs, name);
    if (err == OTPI_IO_ENOENT) {
        return SQLITE_IOERR_DELETE_NOENT;
    }
    if (err != OTPI_IO_OK) {
        return SQLITE_IOERR_DELETE;
    }
    if (sync_directory && otpi_sqlite_sync_directory(fs, name) != OTPI_IO_OK) {
        return SQLITE_IOERR_DIR_FSYNC;
    }
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *base, const char *name, int wanted, int *out) {
    otpi_file_info info;
    const otpi_file_ops *fs = files_of(base);
    otpi_io_err err = fs ? otpi_file_stat(fs, name, &info) : OTPI_IO_ENOMEM;
    if (err != OTPI_IO_OK && err != OTPI_IO_ENOENT) {
        return SQLITE_IOERR_ACCESS;
    }
    bool there = err == OTPI_IO_OK;
    if (wanted == SQLITE_ACCESS_EXISTS) {
        *out = there && (info.is_directory || info.size > 0);
    } else {
        *out = there && info.readable && (wanted == SQLITE_ACCESS_READ || info.writable);
    }
    return SQLITE_OK;
}

/* Names stay as they are given: the seam says what they are relative to. */
static int vfs_full_path(sqlite3_vfs *base, const char *name, int size, char *out) {
    (void)base;
    size_t length = strlen(name);
    if (length >= (size_t)size) {
        return SQLITE_CANTOPEN_FULLPATH;
    }
    memcpy(out, name, length + 1);
    return SQLITE_OK;
}

/* ---- Extensions from shared libraries: none ---- */

static void *vfs_dl_open(sqlite3_vfs *base, const char *name) {
    (void)base, (void)name;
    return NULL;
}
static void vfs_dl_error(sqlite3_vfs *base, int size, char *message) {
    (void)base;
    sqlite3_snprintf(size, message, "this VFS loads no extensions");
}
static void (*vfs_dl_symbol(sqlite3_vfs *base, void *handle, const char *symbol))(void) {
    (void)base, (void)handle, (void)symbol;
    return NULL;
}
static void vfs_dl_close(sqlite3_vfs *base, void *handle) {
    (void)base, (void)handle;
}

/* ---- Randomness and time ---- */

static int vfs_randomness(sqlite3_vfs *base, int size, char *out) {
    const otpi_sqlite_source *source = source_of(base);
    for (int at = 0; at < size; at += (int)sizeof(uint64_t)) {
        uint64_t word = source->random(source->context);
        size_t part = (size_t)(size - at) < sizeof word ? (size_t)(size - at) : sizeof word;
        memcpy(out + at, &word, part);
    }
    return size;
}

static int vfs_sleep(sqlite3_vfs *base, int microseconds) {
    (void)base, (void)microseconds;
    return 0;
}

static int vfs_time_ms(sqlite3_vfs *base, sqlite3_int64 *out) {
    const otpi_sqlite_source *source = source_of(base);
    *out = (sqlite3_int64)DAYS_TO_1970_HALVES * MS_PER_HALF_DAY +
           (sqlite3_int64)source->wall_ms(source->context);
    return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *base, double *out) {
    sqlite3_int64 ms;
    int rc = vfs_time_ms(base, &ms);
    *out = (double)ms / (2.0 * MS_PER_HALF_DAY);
    return rc;
}

static int vfs_last_error(sqlite3_vfs *base, int size, char *message) {
    (void)base, (void)size, (void)message;
    return 0; /* each file keeps its own: see SQLITE_FCNTL_LAST_ERRNO */
}

/* ---- Registration ---- */

otp_err otpi_sqlite_vfs_add(const char *name, const otpi_sqlite_source *source, bool make_default) {
    if (sqlite3_initialize() != SQLITE_OK) {
        return OTP_ENOMEM;
    }
    if (sqlite3_vfs_find(name)) {
        return OTP_EEXIST;
    }
    vfs *self = otpi_calloc(1, sizeof *self);
    if (!self) {
        return OTP_ENOMEM;
    }
    self->source = source;
    self->base = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(otpi_sqlite_file),
        .mxPathname = PATH_SIZE,
        .zName = name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xDlOpen = vfs_dl_open,
        .xDlError = vfs_dl_error,
        .xDlSym = vfs_dl_symbol,
        .xDlClose = vfs_dl_close,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time_ms,
    };
    sqlite3_vfs_register(&self->base, make_default);
    return OTP_OK;
}

otp_err otpi_sqlite_vfs_remove(const char *name) {
    sqlite3_vfs *base = sqlite3_vfs_find(name);
    if (!base || base->xOpen != vfs_open) {
        return OTP_ENOENT;
    }
    sqlite3_vfs_unregister(base);
    otpi_free(OTPI_CONTAINER_OF(base, vfs, base));
    return OTP_OK;
}
