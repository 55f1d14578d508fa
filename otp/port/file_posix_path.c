/* SPDX-License-Identifier: MIT */
#include "port/file_posix.h"

#include "base/arena.h"
#include "port/memory.h"
#include "port/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static otpi_io_err result_of(int returned) {
    return returned < 0 ? otpi_io_err_from(errno) : OTPI_IO_OK;
}

otpi_io_err otpi_posix_rename(void *ctx, const char *from, const char *to) {
    (void)ctx;
    return result_of(OTPI_HOST_OWN(rename(from, to)));
}

otpi_io_err otpi_posix_remove(void *ctx, const char *path) {
    (void)ctx;
    return result_of(OTPI_HOST_OWN(remove(path)));
}

otpi_io_err otpi_posix_mkdir(void *ctx, const char *path, unsigned mode) {
    (void)ctx;
    return result_of(OTPI_HOST_OWN(mkdir(path, (mode_t)mode)));
}

otpi_io_err otpi_posix_stat(void *ctx, const char *path, otpi_file_info *out) {
    (void)ctx;
    struct stat info;
    if (stat(path, &info) != 0) {
        return otpi_io_err_from(errno);
    }
    *out = (otpi_file_info){
        .size = (uint64_t)info.st_size,
        .modified_ns = (uint64_t)info.st_mtim.tv_sec * 1000000000 + (uint64_t)info.st_mtim.tv_nsec,
        .mode = info.st_mode & 07777,
        .is_directory = S_ISDIR(info.st_mode),
        .readable = access(path, R_OK) == 0,
        .writable = access(path, W_OK) == 0,
    };
    return OTPI_IO_OK;
}

otpi_io_err otpi_posix_sync_directory(void *ctx, const char *path) {
    (void)ctx;
    int fd = OTPI_HOST_OWN(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0) {
        return otpi_io_err_from(errno);
    }
    otpi_io_err err = result_of(fsync(fd));
    int cause = errno;
    close(fd);
    errno = cause;
    return err;
}

/* ---- Listing: all names first, as the order of the directory means nothing ---- */

typedef struct name {
    const char *text;
    bool is_directory;
} name;

typedef struct names {
    otpi_arena texts;
    name *all;
    size_t count, capacity;
} names;

static bool is_directory(DIR *directory, const struct dirent *entry) {
    struct stat info;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK) {
        return entry->d_type == DT_DIR;
    }
    return fstatat(dirfd(directory), entry->d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
}

static bool add_name(names *list, const char *text, bool directory) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 32;
        name *all = otpi_realloc(list->all, capacity * sizeof *all);
        if (!all) {
            return false;
        }
        list->all = all;
        list->capacity = capacity;
    }
    const char *copy = otpi_arena_copy(&list->texts, text, strlen(text));
    if (copy) {
        list->all[list->count++] = (name){copy, directory};
    }
    return copy != NULL;
}

static otpi_io_err read_names(DIR *directory, names *list) {
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry) {
            return otpi_io_err_from(errno);
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !add_name(list, entry->d_name, is_directory(directory, entry))) {
            errno = ENOMEM;
            return OTPI_IO_ENOMEM;
        }
    }
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const name *)a)->text, ((const name *)b)->text);
}

otpi_io_err otpi_posix_list(void *ctx, const char *path, otpi_file_visit *visit, void *arg) {
    (void)ctx;
    names list = {0};
    DIR *directory = OTPI_HOST_OWN(opendir(path));
    if (!directory) {
        return otpi_io_err_from(errno);
    }
    otpi_arena_init(&list.texts, &otpi_heap_allocator, 0);
    otpi_io_err err = read_names(directory, &list);
    int cause = errno;
    closedir(directory);
    if (err == OTPI_IO_OK && list.count > 0) {
        qsort(list.all, list.count, sizeof *list.all, compare_names);
        for (size_t i = 0; i < list.count && visit(arg, list.all[i].text, list.all[i].is_directory);
             i++) {}
    }
    otpi_arena_fini(&list.texts);
    otpi_free(list.all);
    errno = cause;
    return err;
}
