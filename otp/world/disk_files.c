/* SPDX-License-Identifier: MIT */
/*
 * The file operations of the simulated disk: paths, open files, locks.
 */
#include "world/disk_image.h"

#include "port/memory.h"

#include <string.h>

enum { PATH_SIZE = 1024 };

/* ---- Paths ---- */

/* "/a//./b/" is "a/b"; the root is "". false for ".." and for what is too long. */
static bool path_normalise(const char *path, char out[PATH_SIZE]) {
    size_t length = 0;
    for (const char *at = path; *at;) {
        size_t part = strcspn(at, "/");
        if (part == 2 && at[0] == '.' && at[1] == '.') {
            return false;
        }
        if (part > 0 && !(part == 1 && at[0] == '.')) {
            if (length + part + 2 > PATH_SIZE) {
                return false;
            }
            if (length > 0) {
                out[length++] = '/';
            }
            memcpy(out + length, at, part);
            length += part;
        }
        at += part + (at[part] == '/');
    }
    out[length] = '\0';
    return true;
}

/* Where the path is, or belongs. */
static size_t entry_index(const otpi_disk *disk, const char *path) {
    size_t low = 0, high = disk->entry_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(disk->entries[middle]->path, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static otpi_disk_entry *entry_find(const otpi_disk *disk, const char *path) {
    size_t index = entry_index(disk, path);
    bool found = index < disk->entry_count && strcmp(disk->entries[index]->path, path) == 0;
    return found ? disk->entries[index] : NULL;
}

static otpi_disk_node *node_find(const otpi_disk *disk, const char *path) {
    otpi_disk_entry *entry = entry_find(disk, path);
    return entry ? entry->now : NULL;
}

static bool entries_reserve(otpi_disk *disk) {
    if (disk->entry_count < disk->entry_capacity) {
        return true;
    }
    size_t capacity = disk->entry_capacity ? disk->entry_capacity * 2 : 8;
    otpi_disk_entry **entries = otpi_realloc(disk->entries, capacity * sizeof(otpi_disk_entry *));
    if (!entries) {
        return false;
    }
    disk->entries = entries;
    disk->entry_capacity = capacity;
    return true;
}

/* The entry of the path, made when there is none (it names nothing then). NULL = out of memory. */
static otpi_disk_entry *entry_obtain(otpi_disk *disk, const char *path) {
    otpi_disk_entry *entry = entry_find(disk, path);
    if (entry || !entries_reserve(disk)) {
        return entry;
    }
    size_t size = strlen(path) + 1;
    entry = otpi_calloc(1, sizeof *entry);
    char *copy = entry ? otpi_alloc(size) : NULL;
    if (!copy) {
        otpi_free(entry);
        return NULL;
    }
    memcpy(copy, path, size);
    entry->path = copy;
    size_t index = entry_index(disk, path);
    memmove(disk->entries + index + 1, disk->entries + index,
            (disk->entry_count - index) * sizeof(otpi_disk_entry *));
    disk->entries[index] = entry;
    disk->entry_count++;
    return entry;
}

static void directory_of(const char *path, char out[PATH_SIZE]) {
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    memcpy(out, path, length);
    out[length] = '\0';
}

static bool directory_exists(const otpi_disk *disk, const char *path) {
    otpi_disk_node *node = node_find(disk, path);
    return path[0] == '\0' || (node && node->is_directory);
}

static bool parent_exists(const otpi_disk *disk, const char *path) {
    char directory[PATH_SIZE];
    directory_of(path, directory);
    return directory_exists(disk, directory);
}

/* The child's name when the path lies directly in the directory, else NULL. */
static const char *child_name(const char *path, const char *directory) {
    size_t length = strlen(directory);
    if (length > 0 && (strncmp(path, directory, length) != 0 || path[length] != '/')) {
        return NULL;
    }
    const char *name = path + (length > 0 ? length + 1 : 0);
    return strchr(name, '/') ? NULL : name;
}

static bool directory_empty(const otpi_disk *disk, const char *path) {
    for (size_t i = 0; i < disk->entry_count; i++) {
        if (disk->entries[i]->now && child_name(disk->entries[i]->path, path)) {
            return false;
        }
    }
    return true;
}

/* A new file or directory under this path, or what is wrong. */
static otpi_io_err node_create(otpi_disk *disk, const char *path, unsigned mode, bool is_directory,
                               otpi_disk_node **out) {
    if (!parent_exists(disk, path)) {
        return OTPI_IO_ENOENT;
    }
    otpi_disk_entry *entry = entry_obtain(disk, path);
    otpi_disk_node *node = entry ? otpi_calloc(1, sizeof *node) : NULL;
    if (!node) {
        return OTPI_IO_ENOMEM;
    }
    node->references = 1;
    node->mode = mode & 07777;
    node->is_directory = is_directory;
    otpi_io_err err = otpi_disk_change_name(disk, entry, node, NULL);
    *out = node;
    otpi_disk_node_drop(node);
    return err;
}

static void node_touch(otpi_disk *disk, otpi_disk_node *node) {
    const otpi_disk_seam *seam = &disk->opts.seam;
    node->modified_ns = seam->now_ns ? seam->now_ns(seam->context) : 0;
}

/* ---- Open files ---- */

static otpi_io_err open_node(otpi_disk *disk, const char *path, unsigned flags, unsigned mode,
                             otpi_disk_node **out) {
    otpi_disk_node *node = node_find(disk, path);
    bool wants_directory = flags & OTPI_FILE_DIRECTORY;
    if (path[0] == '\0') {
        return OTPI_IO_EINVAL;
    }
    if (!node && flags & OTPI_FILE_CREATE && !wants_directory) {
        return node_create(disk, path, mode, false, out);
    }
    if (!node) {
        return OTPI_IO_ENOENT;
    }
    if (flags & OTPI_FILE_CREATE && flags & OTPI_FILE_EXCLUSIVE) {
        return OTPI_IO_EEXIST;
    }
    if (node->is_directory != wants_directory) {
        return OTPI_IO_EINVAL;
    }
    *out = node;
    return flags & OTPI_FILE_TRUNCATE ? otpi_disk_change_size(disk, node, 0) : OTPI_IO_OK;
}

static otpi_io_err disk_open(void *ctx, const char *path, unsigned flags, unsigned mode,
                             otpi_file **out) {
    otpi_disk *disk = ctx;
    char normal[PATH_SIZE];
    otpi_io_err err = otpi_disk_begin(disk, "open", path, flags & OTPI_FILE_CREATE);
    if (err != OTPI_IO_OK) {
        return err;
    }
    otpi_disk_file *file = otpi_calloc(1, sizeof *file);
    otpi_disk_node *node = NULL;
    if (!file) {
        err = OTPI_IO_ENOMEM;
    } else if (!path_normalise(path, normal)) {
        err = OTPI_IO_EINVAL;
    } else {
        err = open_node(disk, normal, flags, mode, &node);
    }
    err = otpi_disk_end(disk, err);
    if (err != OTPI_IO_OK) {
        otpi_free(file);
        return err;
    }
    *file = (otpi_disk_file){.file = {&otpi_disk_ops},
                             .disk = disk,
                             .node = node,
                             .flags = flags,
                             .path = entry_find(disk, normal)->path};
    node->references++;
    otpi_list_push_back(&disk->files, &file->link);
    *out = &file->file;
    return OTPI_IO_OK;
}

static otpi_disk_file *disk_file(otpi_file *file) {
    return OTPI_CONTAINER_OF(file, otpi_disk_file, file);
}

static otpi_io_err disk_close(otpi_file *handle) {
    otpi_disk_file *file = disk_file(handle);
    bool dead = !file->node;
    if (!dead) {
        otpi_disk_unlock(file, OTPI_FILE_LOCK_NONE);
        otpi_list_remove(&file->link);
        otpi_disk_node_drop(file->node);
    }
    otpi_free(file);
    return otpi_disk_error(dead ? OTPI_IO_EDEAD : OTPI_IO_OK);
}

/* Begins an operation on the contents: need is the flag it must have been opened with, 0 = any. */
static otpi_io_err contents_begin(otpi_disk_file *file, const char *operation, unsigned need) {
    if (!file->node) {
        return otpi_disk_error(OTPI_IO_EDEAD);
    }
    if (file->node->is_directory || (need && !(file->flags & need))) {
        return otpi_disk_error(OTPI_IO_EINVAL);
    }
    return otpi_disk_begin(file->disk, operation, file->path, need == OTPI_FILE_WRITE);
}

static otpi_io_err disk_read_at(otpi_file *handle, void *buffer, size_t size, uint64_t offset,
                                size_t *got) {
    otpi_disk_file *file = disk_file(handle);
    *got = 0;
    otpi_io_err err = contents_begin(file, "read", OTPI_FILE_READ);
    if (err != OTPI_IO_OK) {
        return err;
    }
    uint64_t end = file->node->now_size;
    uint64_t there = offset < end ? end - offset : 0;
    size_t taken = there < size ? (size_t)there : size;
    err = otpi_disk_end(file->disk, taken == size ? OTPI_IO_OK : OTPI_IO_SHORT);
    if (err != OTPI_IO_EDEAD && taken > 0) {
        memcpy(buffer, file->node->now + offset, taken);
        *got = taken;
    }
    return err;
}

static otpi_io_err disk_write_at(otpi_file *handle, const void *bytes, size_t size,
                                 uint64_t offset) {
    otpi_disk_file *file = disk_file(handle);
    otpi_io_err fault = contents_begin(file, "write", OTPI_FILE_WRITE);
    bool partly = fault == OTPI_IO_SHORT || fault == OTPI_IO_EIO;
    if (fault != OTPI_IO_OK && !partly) {
        return fault;
    }
    otpi_disk *disk = file->disk;
    if (partly && size > 0) { /* all of it lost is the simplest case */
        size = (size_t)otpi_disk_draw(disk, OTP_CHOICE_TEAR, (int64_t)size - 1, 0, "bytes written");
    }
    otpi_disk_node *node = file->node;
    uint64_t at = file->flags & OTPI_FILE_APPEND ? node->now_size : offset;
    otpi_io_err err = otpi_disk_change_bytes(disk, node, bytes, size, at);
    node_touch(disk, node);
    return otpi_disk_end(disk, partly ? fault : err);
}

static otpi_io_err disk_size(otpi_file *handle, uint64_t *out) {
    otpi_disk_file *file = disk_file(handle);
    otpi_io_err err = contents_begin(file, "size", 0);
    if (err == OTPI_IO_OK) {
        *out = file->node->now_size;
        err = otpi_disk_end(file->disk, OTPI_IO_OK);
    }
    return err;
}

static otpi_io_err disk_truncate(otpi_file *handle, uint64_t size) {
    otpi_disk_file *file = disk_file(handle);
    otpi_io_err err = contents_begin(file, "truncate", OTPI_FILE_WRITE);
    if (err != OTPI_IO_OK) {
        return err;
    }
    node_touch(file->disk, file->node);
    return otpi_disk_end(file->disk, otpi_disk_change_size(file->disk, file->node, size));
}

static otpi_io_err disk_sync(otpi_file *handle, bool data_only) {
    (void)data_only; /* time stamps are safe at once here */
    otpi_disk_file *file = disk_file(handle);
    otpi_io_err err = contents_begin(file, "sync", 0);
    if (err == OTPI_IO_EIO) {
        otpi_disk_decide(file->disk, file->node);
    }
    if (err != OTPI_IO_OK) {
        return otpi_disk_error(err);
    }
    if (!file->disk->going) { /* else the power goes in the middle of it: nothing is promised */
        otpi_disk_settle_contents(file->disk, file->node);
    }
    return otpi_disk_end(file->disk, OTPI_IO_OK);
}

/* ---- Locks ---- */

void otpi_disk_unlock(otpi_disk_file *file, otpi_file_lock_level level) {
    otpi_disk_node *node = file->node;
    if (level >= file->level) {
        return;
    }
    node->reserved = node->reserved == file ? NULL : node->reserved;
    node->pending = node->pending == file ? NULL : node->pending;
    node->shared -= level == OTPI_FILE_LOCK_NONE;
    file->level = level;
}

static otpi_io_err lock_shared(otpi_disk_file *file) {
    if (file->node->pending) {
        return OTPI_IO_EBUSY;
    }
    file->node->shared++;
    file->level = OTPI_FILE_LOCK_SHARED;
    return OTPI_IO_OK;
}

static otpi_io_err lock_reserved(otpi_disk_file *file) {
    otpi_disk_node *node = file->node;
    if (node->reserved || node->pending) {
        return OTPI_IO_EBUSY;
    }
    node->reserved = file;
    file->level = OTPI_FILE_LOCK_RESERVED;
    return OTPI_IO_OK;
}

static otpi_io_err lock_exclusive(otpi_disk_file *file) {
    otpi_disk_node *node = file->node;
    if ((node->pending && node->pending != file) || (node->reserved && node->reserved != file)) {
        return OTPI_IO_EBUSY;
    }
    node->pending = file;
    file->level = node->shared > 1 ? OTPI_FILE_LOCK_PENDING : OTPI_FILE_LOCK_EXCLUSIVE;
    return node->shared > 1 ? OTPI_IO_EBUSY : OTPI_IO_OK;
}

static otpi_io_err disk_lock(otpi_file *handle, otpi_file_lock_level level) {
    otpi_disk_file *file = disk_file(handle);
    if (!file->node) {
        return otpi_disk_error(OTPI_IO_EDEAD);
    }
    if (level <= file->level) {
        return OTPI_IO_OK;
    }
    if (level == OTPI_FILE_LOCK_PENDING ||
        (level > OTPI_FILE_LOCK_SHARED && file->level == OTPI_FILE_LOCK_NONE)) {
        return otpi_disk_error(OTPI_IO_EINVAL);
    }
    otpi_io_err err = level == OTPI_FILE_LOCK_SHARED     ? lock_shared(file)
                      : level == OTPI_FILE_LOCK_RESERVED ? lock_reserved(file)
                                                         : lock_exclusive(file);
    return otpi_disk_error(err);
}

static otpi_io_err disk_unlock(otpi_file *handle, otpi_file_lock_level level) {
    otpi_disk_file *file = disk_file(handle);
    if (!file->node || level > OTPI_FILE_LOCK_SHARED) {
        return otpi_disk_error(file->node ? OTPI_IO_EINVAL : OTPI_IO_EDEAD);
    }
    otpi_disk_unlock(file, level);
    return OTPI_IO_OK;
}

static otpi_io_err disk_check_reserved(otpi_file *handle, bool *out) {
    otpi_disk_file *file = disk_file(handle);
    if (!file->node) {
        return otpi_disk_error(OTPI_IO_EDEAD);
    }
    *out = file->node->reserved || file->node->pending;
    return OTPI_IO_OK;
}

/* ---- Names ---- */

static otpi_io_err rename_entry(otpi_disk *disk, const char *from, const char *to) {
    otpi_disk_entry *source = entry_find(disk, from);
    otpi_disk_node *target = node_find(disk, to);
    if (!source || !source->now || !parent_exists(disk, to)) {
        return OTPI_IO_ENOENT;
    }
    if (to[0] == '\0' || source->now->is_directory || (target && target->is_directory)) {
        return OTPI_IO_EINVAL;
    }
    otpi_disk_entry *entry = entry_obtain(disk, to);
    if (!entry || entry == source) {
        return entry ? OTPI_IO_OK : OTPI_IO_ENOMEM;
    }
    return otpi_disk_change_name(disk, entry, source->now, source);
}

static otpi_io_err disk_rename(void *ctx, const char *from, const char *to) {
    otpi_disk *disk = ctx;
    char old_path[PATH_SIZE], new_path[PATH_SIZE];
    otpi_io_err err = otpi_disk_begin(disk, "rename", from, true);
    if (err != OTPI_IO_OK) {
        return err;
    }
    bool fine = path_normalise(from, old_path) && path_normalise(to, new_path);
    return otpi_disk_end(disk, fine ? rename_entry(disk, old_path, new_path) : OTPI_IO_EINVAL);
}

static otpi_io_err remove_entry(otpi_disk *disk, const char *path) {
    otpi_disk_entry *entry = entry_find(disk, path);
    if (!entry || !entry->now) {
        return OTPI_IO_ENOENT;
    }
    if (entry->now->is_directory && !directory_empty(disk, path)) {
        return OTPI_IO_EEXIST;
    }
    return otpi_disk_change_name(disk, entry, NULL, NULL);
}

static otpi_io_err disk_remove(void *ctx, const char *path) {
    otpi_disk *disk = ctx;
    char normal[PATH_SIZE];
    otpi_io_err err = otpi_disk_begin(disk, "remove", path, false);
    if (err != OTPI_IO_OK) {
        return err;
    }
    bool fine = path_normalise(path, normal);
    return otpi_disk_end(disk, fine ? remove_entry(disk, normal) : OTPI_IO_EINVAL);
}

static otpi_io_err disk_stat(void *ctx, const char *path, otpi_file_info *out) {
    otpi_disk *disk = ctx;
    char normal[PATH_SIZE];
    otpi_io_err err = otpi_disk_begin(disk, "stat", path, false);
    if (err != OTPI_IO_OK) {
        return err;
    }
    bool fine = path_normalise(path, normal);
    const otpi_disk_node *node = fine ? node_find(disk, normal) : NULL;
    bool root = fine && normal[0] == '\0';
    err = otpi_disk_end(disk, !fine ? OTPI_IO_EINVAL : node || root ? OTPI_IO_OK : OTPI_IO_ENOENT);
    if (err == OTPI_IO_OK) {
        *out = (otpi_file_info){.size = node ? node->now_size : 0,
                                .modified_ns = node ? node->modified_ns : 0,
                                .mode = node ? node->mode : 0755,
                                .is_directory = !node || node->is_directory,
                                .readable = true,
                                .writable = true};
    }
    return err;
}

static otpi_io_err disk_mkdir(void *ctx, const char *path, unsigned mode) {
    otpi_disk *disk = ctx;
    char normal[PATH_SIZE];
    otpi_disk_node *node;
    otpi_io_err err = otpi_disk_begin(disk, "mkdir", path, true);
    if (err != OTPI_IO_OK) {
        return err;
    }
    if (!path_normalise(path, normal)) {
        err = OTPI_IO_EINVAL;
    } else if (normal[0] == '\0' || node_find(disk, normal)) {
        err = OTPI_IO_EEXIST;
    } else {
        err = node_create(disk, normal, mode, true, &node);
    }
    return otpi_disk_end(disk, err);
}

static otpi_io_err disk_list(void *ctx, const char *path, otpi_file_visit *visit, void *arg) {
    otpi_disk *disk = ctx;
    char normal[PATH_SIZE];
    otpi_io_err err = otpi_disk_begin(disk, "list", path, false);
    if (err != OTPI_IO_OK) {
        return err;
    }
    bool fine = path_normalise(path, normal);
    bool there = fine && directory_exists(disk, normal);
    err = otpi_disk_end(disk, !fine ? OTPI_IO_EINVAL : there ? OTPI_IO_OK : OTPI_IO_ENOENT);
    for (size_t i = 0; err == OTPI_IO_OK && i < disk->entry_count; i++) {
        const otpi_disk_entry *entry = disk->entries[i];
        const char *name = entry->now ? child_name(entry->path, normal) : NULL;
        if (name && !visit(arg, name, entry->now->is_directory)) {
            break;
        }
    }
    return err;
}

static otpi_io_err disk_sync_directory(void *ctx, const char *path) {
    otpi_disk *disk = ctx;
    char normal[PATH_SIZE];
    otpi_io_err err = otpi_disk_begin(disk, "sync_directory", path, false);
    if (err != OTPI_IO_OK) {
        return err;
    }
    bool fine = path_normalise(path, normal);
    bool there = fine && directory_exists(disk, normal);
    if (there && !disk->going) {
        otpi_disk_settle_names(disk, normal);
    }
    return otpi_disk_end(disk, !fine ? OTPI_IO_EINVAL : there ? OTPI_IO_OK : OTPI_IO_ENOENT);
}

const otpi_file_ops otpi_disk_ops = {
    .open = disk_open,
    .close = disk_close,
    .read_at = disk_read_at,
    .write_at = disk_write_at,
    .size = disk_size,
    .truncate = disk_truncate,
    .sync = disk_sync,
    .lock = disk_lock,
    .unlock = disk_unlock,
    .check_reserved = disk_check_reserved,
    .rename = disk_rename,
    .remove = disk_remove,
    .stat = disk_stat,
    .mkdir = disk_mkdir,
    .list = disk_list,
    .sync_directory = disk_sync_directory,
};
