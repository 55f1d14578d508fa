/* SPDX-License-Identifier: MIT */
/*
 * The simulated disk: its life, its power and its faults.
 */
#include "world/disk_image.h"

#include "port/memory.h"
#include "world/worker.h"

#include <errno.h>
#include <string.h>

enum { ACCESS_DISK = 3 }; /* to an observer all disks are one object */

otpi_io_err otpi_disk_error(otpi_io_err err) {
    static const int numbers[] = {
        [OTPI_IO_ENOENT] = ENOENT, [OTPI_IO_EEXIST] = EEXIST, [OTPI_IO_EIO] = EIO,
        [OTPI_IO_ENOSPC] = ENOSPC, [OTPI_IO_EACCES] = EACCES, [OTPI_IO_EBUSY] = EAGAIN,
        [OTPI_IO_SHORT] = 0,       [OTPI_IO_EINVAL] = EINVAL, [OTPI_IO_ENOMEM] = ENOMEM,
        [OTPI_IO_EDEAD] = ENODEV,  [OTPI_IO_OTHER] = EIO,
    };
    if (err != OTPI_IO_OK) {
        errno = numbers[err];
    }
    return err;
}

int64_t otpi_disk_draw(otpi_disk *disk, otp_choice kind, int64_t hi, int64_t target,
                       const char *label) {
    const otpi_disk_seam *seam = &disk->opts.seam;
    if (!seam->draw || hi <= 0) {
        return target;
    }
    return seam->draw(seam->context, OTP_LANE_FAULT, kind, 0, hi, target, label);
}

/* ---- Faults ---- */

/* A gap of 0, the simplest, means none among as many operations as the longest gap. */
static bool gap_ends(otpi_disk *disk, otpi_disk_gap *gap, unsigned max, const char *label) {
    if (max == 0) {
        return false;
    }
    if (gap->left == 0) {
        int64_t drawn = otpi_disk_draw(disk, OTP_CHOICE_DISK, max, 0, label);
        gap->strikes = drawn > 0;
        gap->left = gap->strikes ? (uint64_t)drawn : max;
    }
    return --gap->left == 0 && gap->strikes;
}

static bool count_down(uint64_t *left) {
    return *left > 0 && --*left == 0;
}

/* OTP_DISK_FAULTS = none strikes here. */
static otp_disk_fault fault_due(otpi_disk *disk) {
    if (count_down(&disk->plan_left)) {
        disk->plan_left = disk->plan_on ? 1 : 0;
        return disk->plan;
    }
    const otp_disk_gaps *gaps = &disk->opts.gaps;
    if (gap_ends(disk, &disk->power, gaps->power_gap_max, "operations until the next power loss")) {
        return OTP_DISK_POWER;
    }
    if (gap_ends(disk, &disk->fault, gaps->fault_gap_max, "operations until the next disk fault")) {
        return (otp_disk_fault)otpi_disk_draw(disk, OTP_CHOICE_DISK, OTP_DISK_SHORT, OTP_DISK_EIO,
                                              "which disk fault");
    }
    return OTP_DISK_FAULTS;
}

otpi_io_err otpi_disk_begin(otpi_disk *disk, const char *operation, const char *path,
                            bool takes_space) {
    if (disk->off) {
        return otpi_disk_error(OTPI_IO_EDEAD);
    }
    disk->stats.operations++;
    otpi_access(OTP_WRITE, ACCESS_DISK, 0);
    const otpi_disk_seam *seam = &disk->opts.seam;
    otpi_io_err asked = seam->io ? seam->io(seam->context, operation, path) : OTPI_IO_OK;
    if (asked != OTPI_IO_OK) {
        disk->stats.struck[asked == OTPI_IO_ENOSPC ? OTP_DISK_ENOSPC : OTP_DISK_EIO]++;
        return otpi_disk_error(asked);
    }
    otp_disk_fault fault = fault_due(disk);
    if (fault == OTP_DISK_FAULTS) {
        return OTPI_IO_OK;
    }
    if (fault == OTP_DISK_POWER) {
        disk->going = true;
        return OTPI_IO_OK;
    }
    if (!takes_space || (fault == OTP_DISK_SHORT && strcmp(operation, "write") != 0)) {
        fault = OTP_DISK_EIO;
    }
    disk->stats.struck[fault]++;
    static const otpi_io_err errors[] = {OTPI_IO_EIO, OTPI_IO_ENOSPC, OTPI_IO_SHORT};
    return otpi_disk_error(errors[fault]);
}

otpi_io_err otpi_disk_end(otpi_disk *disk, otpi_io_err err) {
    if (!disk->going) {
        return otpi_disk_error(err);
    }
    otpi_disk_power_off(disk);
    if (disk->opts.seam.power_lost) {
        disk->opts.seam.power_lost(disk->opts.seam.context);
    }
    return otpi_disk_error(OTPI_IO_EDEAD);
}

void otpi_disk_faults(otpi_disk *disk, const otp_disk_gaps *gaps) {
    disk->opts.gaps = *gaps;
    disk->plan_left = 0;
    disk->fault = disk->power = (otpi_disk_gap){0};
}

void otpi_disk_fail_at(otpi_disk *disk, uint64_t k, otp_disk_fault fault, bool from_then_on) {
    OTPI_ASSERT("world-disk-1", fault < OTP_DISK_FAULTS);
    disk->plan_left = k;
    disk->plan = fault;
    disk->plan_on = from_then_on;
}

/* ---- Power ---- */

static void files_detach(otpi_disk *disk) {
    otpi_list *link;
    while ((link = otpi_list_take_first(&disk->files))) {
        otpi_disk_file *file = OTPI_LIST_ENTRY(link, otpi_disk_file, link);
        otpi_disk_unlock(file, OTPI_FILE_LOCK_NONE);
        otpi_disk_node_drop(file->node);
        file->node = NULL;
        file->disk = NULL;
        file->path = "";
    }
}

static void entry_free(otpi_disk_entry *entry) {
    otpi_disk_node_drop(entry->now);
    otpi_disk_node_drop(entry->safe);
    otpi_free(entry->path);
    otpi_free(entry);
}

/* Is the directory of the path, among the first n entries, safe? */
static bool is_anchored(otpi_disk *disk, const char *path, size_t n) {
    const char *slash = strrchr(path, '/');
    if (!slash) {
        return true;
    }
    size_t length = (size_t)(slash - path);
    for (size_t i = 0; i < n; i++) {
        const otpi_disk_entry *entry = disk->entries[i];
        if (strncmp(entry->path, path, length) == 0 && entry->path[length] == '\0') {
            return true;
        }
    }
    return false;
}

/* What programs see becomes what is safe; names that mean nothing any more are forgotten. */
static void entries_revert(otpi_disk *disk) {
    size_t kept = 0;
    for (size_t i = 0; i < disk->entry_count; i++) {
        otpi_disk_entry *entry = disk->entries[i];
        if (!entry->safe || !is_anchored(disk, entry->path, kept)) {
            entry_free(entry);
            continue;
        }
        otpi_disk_node *node = otpi_disk_node_share(entry->safe);
        otpi_disk_node_drop(entry->now);
        entry->now = node;
        if (node->safe_size > 0) {
            memcpy(node->now, node->safe, node->safe_size);
        }
        node->now_size = node->safe_size;
        disk->entries[kept++] = entry;
    }
    disk->entry_count = kept;
}

void otpi_disk_power_off(otpi_disk *disk) {
    if (!disk || disk->off) {
        return;
    }
    disk->stats.struck[OTP_DISK_POWER]++;
    otpi_disk_decide(disk, NULL);
    files_detach(disk);
    entries_revert(disk);
    disk->off = true;
    disk->going = false;
    disk->power = (otpi_disk_gap){0};
    disk->plan_left = disk->plan == OTP_DISK_POWER ? 0 : disk->plan_left;
}

void otpi_disk_power_on(otpi_disk *disk) {
    if (disk && disk->off) {
        disk->off = false;
    }
}

bool otpi_disk_has_power(const otpi_disk *disk) {
    return !disk->off;
}

/* ---- Birth and death ---- */

static void disk_clear(otpi_disk *disk) {
    files_detach(disk);
    while (!otpi_list_empty(&disk->log)) {
        otpi_disk_change_free(disk, OTPI_LIST_ENTRY(disk->log.next, otpi_disk_change, link));
    }
    for (size_t i = 0; i < disk->entry_count; i++) {
        entry_free(disk->entries[i]);
    }
    disk->entry_count = 0;
}

void otpi_disk_reset(otpi_disk *disk, const otpi_disk_opts *opts) {
    disk_clear(disk);
    disk->opts = opts ? *opts : (otpi_disk_opts){0};
    disk->off = disk->going = false;
    disk->stats = (otp_disk_stats){0};
    otpi_disk_faults(disk, &disk->opts.gaps);
}

otp_err otpi_disk_new(const otpi_disk_opts *opts, otpi_disk **out) {
    otpi_disk *disk = otpi_calloc(1, sizeof *disk);
    if (!disk) {
        return OTP_ENOMEM;
    }
    otpi_list_init(&disk->log);
    otpi_list_init(&disk->files);
    disk->ops = otpi_disk_ops;
    disk->ops.ctx = disk;
    otpi_disk_reset(disk, opts);
    *out = disk;
    return OTP_OK;
}

void otpi_disk_free(otpi_disk *disk) {
    if (disk) {
        disk_clear(disk);
        otpi_free(disk->entries);
        otpi_free(disk);
    }
}

const otpi_file_ops *otpi_disk_files(otpi_disk *disk) {
    return &disk->ops;
}

otpi_disk *otpi_disk_of(const otpi_file_ops *files) {
    return files->open == otpi_disk_ops.open ? files->ctx : NULL;
}

otp_disk_stats otpi_disk_stats_read(const otpi_disk *disk) {
    return disk->stats;
}
