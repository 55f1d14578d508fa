/* SPDX-License-Identifier: MIT */
/*
 * The simulated disk: changes, the log of those that are not safe yet, and what becomes of them.
 * The model of what a device may do to unsynced data follows SQLite's "Atomic Commit In SQLite",
 * section 2, and Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014).
 */
#include "world/disk_image.h"

#include "port/memory.h"

#include <string.h>

enum {
    CAPACITY_DEFAULT = 1 << 30,
    LOG_BYTES_MAX = 16 << 20, /* beyond it the oldest changes are written back, as a kernel does */
    STALE = 0xa5,             /* what lies in a grown file where data did not arrive */
    TORN_MASK_BITS = 24,
};

/* ---- Changes ---- */

void otpi_disk_node_drop(otpi_disk_node *node) {
    if (node && --node->references == 0) {
        otpi_free(node->now);
        otpi_free(node->safe);
        otpi_free(node);
    }
}

otpi_disk_node *otpi_disk_node_share(otpi_disk_node *node) {
    if (node) {
        node->references++;
    }
    return node;
}

void otpi_disk_set_now(otpi_disk_entry *entry, otpi_disk_node *node) {
    otpi_disk_node *former = entry->now;
    entry->now = otpi_disk_node_share(node);
    otpi_disk_node_drop(former);
}

static void set_safe(otpi_disk_entry *entry, otpi_disk_node *node) {
    otpi_disk_node *former = entry->safe;
    entry->safe = otpi_disk_node_share(node);
    otpi_disk_node_drop(former);
}

void otpi_disk_change_free(otpi_disk *disk, otpi_disk_change *change) {
    otpi_list_remove(&change->link);
    disk->log_bytes -= change->kind == OTPI_DISK_WRITE ? change->size : 0;
    otpi_disk_node_drop(change->node);
    otpi_free(change);
}

static void safe_fill(otpi_disk_node *node, uint64_t end, uint8_t byte) {
    if (end > node->safe_size) {
        memset(node->safe + node->safe_size, byte, end - node->safe_size);
        node->safe_size = end;
    }
}

static size_t change_sectors(const otpi_disk_change *change) {
    return change->kind == OTPI_DISK_WRITE
               ? (size_t)((change->size + OTPI_DISK_SECTOR - 1) / OTPI_DISK_SECTOR)
               : 1;
}

static void apply_sector(otpi_disk_change *change, size_t sector) {
    uint64_t at = (uint64_t)sector * OTPI_DISK_SECTOR;
    uint64_t size = change->size - at < OTPI_DISK_SECTOR ? change->size - at : OTPI_DISK_SECTOR;
    otpi_disk_node *node = change->node;
    safe_fill(node, change->offset + at, STALE);
    memcpy(node->safe + change->offset + at, change->bytes + at, size);
    if (node->safe_size < change->offset + at + size) {
        node->safe_size = change->offset + at + size;
    }
}

static void apply(otpi_disk_change *change) {
    switch (change->kind) {
    case OTPI_DISK_WRITE:
        for (size_t i = 0, n = change_sectors(change); i < n; i++) {
            apply_sector(change, i);
        }
        break;
    case OTPI_DISK_TRUNCATE:
        safe_fill(change->node, change->size, 0);
        change->node->safe_size = change->size;
        break;
    case OTPI_DISK_NAME:
        if (change->from) {
            set_safe(change->from, NULL);
        }
        set_safe(change->entry, change->node);
        break;
    }
}

static otpi_disk_change *log_first(otpi_disk *disk) {
    return OTPI_LIST_ENTRY(disk->log.next, otpi_disk_change, link);
}

static void log_add(otpi_disk *disk, otpi_disk_change *change) {
    otpi_list_push_back(&disk->log, &change->link);
    disk->log_bytes += change->kind == OTPI_DISK_WRITE ? change->size : 0;
    while (disk->log_bytes > LOG_BYTES_MAX) {
        otpi_disk_change *oldest = log_first(disk);
        apply(oldest);
        otpi_disk_change_free(disk, oldest);
    }
}

static otpi_disk_change *change_new(otpi_disk_change_kind kind, otpi_disk_node *node, size_t size) {
    otpi_disk_change *change = otpi_alloc(sizeof *change + size);
    if (change) {
        *change = (otpi_disk_change){.kind = kind, .node = otpi_disk_node_share(node)};
        otpi_list_init(&change->link);
    }
    return change;
}

/* Room for this size in both images; a failure leaves them as they were. */
static bool node_reserve(otpi_disk_node *node, uint64_t size) {
    if (size <= node->capacity) {
        return true;
    }
    uint64_t capacity = node->capacity * 2 > size ? node->capacity * 2 : size;
    uint8_t *now = otpi_realloc(node->now, capacity);
    node->now = now ? now : node->now;
    uint8_t *safe = now ? otpi_realloc(node->safe, capacity) : NULL;
    node->safe = safe ? safe : node->safe;
    node->capacity = safe ? capacity : node->capacity;
    return safe != NULL;
}

static bool has_space(const otpi_disk *disk, const otpi_disk_node *node, uint64_t size) {
    uint64_t end = disk->opts.capacity_bytes ? disk->opts.capacity_bytes : CAPACITY_DEFAULT;
    uint64_t used = 0;
    if (size <= node->now_size) {
        return true;
    }
    for (size_t i = 0; i < disk->entry_count; i++) {
        const otpi_disk_node *other = disk->entries[i]->now;
        used += other && other != node ? other->now_size : 0;
    }
    return used <= end && size <= end - used;
}

static void now_fill(otpi_disk_node *node, uint64_t size) {
    if (size > node->now_size) {
        memset(node->now + node->now_size, 0, size - node->now_size);
        node->now_size = size;
    }
}

otpi_io_err otpi_disk_change_bytes(otpi_disk *disk, otpi_disk_node *node, const void *bytes,
                                   size_t size, uint64_t offset) {
    if (size == 0) {
        return OTPI_IO_OK;
    }
    uint64_t end = offset + size;
    if (end < offset || !has_space(disk, node, end)) {
        return OTPI_IO_ENOSPC;
    }
    /* A hole that the write leaves is part of it: its zeros arrive or not, as the data. */
    uint64_t from = offset < node->now_size ? offset : node->now_size;
    from -= from % OTPI_DISK_SECTOR;
    uint64_t to = (end + OTPI_DISK_SECTOR - 1) / OTPI_DISK_SECTOR * OTPI_DISK_SECTOR;
    uint64_t size_then = end > node->now_size ? end : node->now_size;
    to = to < size_then ? to : size_then;
    if (!node_reserve(node, end)) {
        return OTPI_IO_ENOMEM;
    }
    otpi_disk_change *change = change_new(OTPI_DISK_WRITE, node, to - from);
    if (!change) {
        return OTPI_IO_ENOMEM;
    }
    now_fill(node, end);
    memcpy(node->now + offset, bytes, size);
    memcpy(change->bytes, node->now + from, to - from);
    change->offset = from;
    change->size = to - from;
    log_add(disk, change);
    return OTPI_IO_OK;
}

otpi_io_err otpi_disk_change_size(otpi_disk *disk, otpi_disk_node *node, uint64_t size) {
    if (size == node->now_size) {
        return OTPI_IO_OK;
    }
    if (!has_space(disk, node, size)) {
        return OTPI_IO_ENOSPC;
    }
    if (!node_reserve(node, size)) {
        return OTPI_IO_ENOMEM;
    }
    otpi_disk_change *change = change_new(OTPI_DISK_TRUNCATE, node, 0);
    if (!change) {
        return OTPI_IO_ENOMEM;
    }
    now_fill(node, size);
    node->now_size = size;
    change->size = size;
    log_add(disk, change);
    return OTPI_IO_OK;
}

otpi_io_err otpi_disk_change_name(otpi_disk *disk, otpi_disk_entry *entry, otpi_disk_node *node,
                                  otpi_disk_entry *from) {
    otpi_disk_change *change = change_new(OTPI_DISK_NAME, node, 0);
    if (!change) {
        return OTPI_IO_ENOMEM;
    }
    change->entry = entry;
    change->from = from;
    otpi_disk_set_now(entry, node);
    if (from) {
        otpi_disk_set_now(from, NULL);
    }
    log_add(disk, change);
    return OTPI_IO_OK;
}

/* ---- What becomes safe, what survives ---- */

void otpi_disk_settle_contents(otpi_disk *disk, otpi_disk_node *node) {
    OTPI_LIST_EACH_SAFE (link, next, &disk->log) {
        otpi_disk_change *change = OTPI_LIST_ENTRY(link, otpi_disk_change, link);
        if (change->kind != OTPI_DISK_NAME && change->node == node) {
            apply(change);
            otpi_disk_change_free(disk, change);
        }
    }
}

static bool lies_in(const otpi_disk_entry *entry, const char *directory) {
    size_t length = strlen(directory);
    const char *name = entry->path + (length > 0 ? length + 1 : 0);
    return strncmp(entry->path, directory, length) == 0 &&
           (length == 0 || entry->path[length] == '/') && !strchr(name, '/');
}

void otpi_disk_settle_names(otpi_disk *disk, const char *directory) {
    OTPI_LIST_EACH_SAFE (link, next, &disk->log) {
        otpi_disk_change *change = OTPI_LIST_ENTRY(link, otpi_disk_change, link);
        if (change->kind == OTPI_DISK_NAME &&
            (lies_in(change->entry, directory) ||
             (change->from && lies_in(change->from, directory)))) {
            apply(change);
            otpi_disk_change_free(disk, change);
        }
    }
}

typedef enum fate { KEPT, LOST, TORN } fate;

static void tear(otpi_disk *disk, otpi_disk_change *change) {
    size_t sectors = change_sectors(change);
    int bits = sectors < TORN_MASK_BITS ? (int)sectors : TORN_MASK_BITS;
    int64_t mask =
        otpi_disk_draw(disk, OTP_CHOICE_TEAR, (INT64_C(1) << bits) - 1, 0, "sectors lost");
    for (size_t i = 0; i < sectors; i++) {
        if (!(mask >> (i % TORN_MASK_BITS) & 1)) {
            apply_sector(change, i);
        }
    }
}

static void meet(otpi_disk *disk, otpi_disk_change *change, fate met) {
    if (change->kind == OTPI_DISK_NAME) {
        *(met == KEPT ? &disk->stats.names_kept : &disk->stats.names_lost) += 1;
    } else {
        uint64_t *counts[] = {&disk->stats.writes_kept, &disk->stats.writes_lost,
                              &disk->stats.writes_torn};
        *counts[met] += 1;
    }
    if (met == KEPT) {
        apply(change);
    } else if (met == TORN) {
        tear(disk, change);
    }
    otpi_disk_change_free(disk, change);
}

static bool concerns(const otpi_disk_change *change, const otpi_disk_node *node) {
    return !node || (change->kind != OTPI_DISK_NAME && change->node == node);
}

static int64_t count_changes(otpi_disk *disk, const otpi_disk_node *node) {
    int64_t count = 0;
    OTPI_LIST_EACH (link, &disk->log) {
        count += concerns(OTPI_LIST_ENTRY(link, otpi_disk_change, link), node);
    }
    return count;
}

void otpi_disk_decide(otpi_disk *disk, const otpi_disk_node *node) {
    enum { ALL_KEPT, ALL_LOST, IN_ORDER, EACH };
    int64_t count = count_changes(disk, node);
    if (count == 0) {
        return;
    }
    int64_t how =
        otpi_disk_draw(disk, OTP_CHOICE_TEAR, EACH, ALL_KEPT, "what is left of unsynced changes");
    int64_t kept = how == ALL_KEPT ? count : 0;
    if (how == IN_ORDER) {
        kept = otpi_disk_draw(disk, OTP_CHOICE_TEAR, count, count, "changes kept");
    }
    int64_t index = 0;
    OTPI_LIST_EACH_SAFE (link, next, &disk->log) {
        otpi_disk_change *change = OTPI_LIST_ENTRY(link, otpi_disk_change, link);
        if (!concerns(change, node)) {
            continue;
        }
        fate tearing = change_sectors(change) > 1 ? TORN : LOST;
        fate met = index < kept ? KEPT : LOST;
        if (how == EACH) {
            met = (uint32_t)otpi_disk_draw(disk, OTP_CHOICE_TEAR, tearing, KEPT,
                                           "kept, lost or torn");
        } else if (how == IN_ORDER && index == kept) {
            met = tearing;
        }
        index++;
        meet(disk, change, met);
    }
}
