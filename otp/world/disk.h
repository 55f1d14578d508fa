/* SPDX-License-Identifier: MIT */
/*
 * The simulated disk of one node: files in memory that forget, tear and fail as a real disk may.
 *
 * The world owns the disk, so it survives the node's crash. What the node's programs see is the
 * otpi_file_ops of otpi_disk_files; what a power loss leaves is what was synced, and of the rest
 * whatever the draws say: each unsynced write kept, lost or torn at sector boundaries, each new,
 * renamed or removed name kept or lost, in order or not. A failed sync decides the same for the
 * file's writes at once.
 *
 * Every operation but close and the locks is a fault point and is counted. When the power goes at
 * one, the image is frozen there: that operation and all later ones answer OTPI_IO_EDEAD and change
 * nothing, until otpi_disk_power_on. Directories can't be renamed. One thread at a time.
 */
#ifndef OTP_WORLD_DISK_H
#define OTP_WORLD_DISK_H

#include <otp/choose.h>

#include "port/file.h"

typedef struct otpi_disk otpi_disk;

enum { OTPI_DISK_SECTOR = 512 };

/* What the disk asks of its surroundings; every function may be NULL. */
typedef struct otpi_disk_seam {
    void *context;
    /* As otp_chooser.draw; asked only when lo < hi. NULL answers target. */
    int64_t (*draw)(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                    int64_t target, const char *label);
    uint64_t (*now_ns)(void *context); /* for time stamps; NULL = always 0 */
    /* A test's own faults, before the drawn ones: OK, EIO or ENOSPC. */
    otpi_io_err (*io)(void *context, const char *operation, const char *path);
    /* The power went at an operation: the node is to be crashed soon. Not after power_off. */
    void (*power_lost)(void *context);
} otpi_disk_seam;

typedef struct otpi_disk_opts {
    otpi_disk_seam seam;
    uint64_t capacity_bytes; /* of file contents; 0 = 1 GiB */
    otp_disk_gaps gaps;
} otpi_disk_opts;

/* An empty disk with its power on. opts may be NULL. OTP_ENOMEM. */
OTP_MUST_CHECK otp_err otpi_disk_new(const otpi_disk_opts *opts, otpi_disk **out);
/* Files still open on it answer EDEAD from now on; closing them is still due. NULL is fine. */
void otpi_disk_free(otpi_disk *disk);
/* As a new one with these options; costs nothing when nothing was written. */
void otpi_disk_reset(otpi_disk *disk, const otpi_disk_opts *opts);

/* The disk as a table of file operations; lives as long as the disk. */
const otpi_file_ops *otpi_disk_files(otpi_disk *disk);
/* The disk behind such a table; NULL when it is another kind of files. */
otpi_disk *otpi_disk_of(const otpi_file_ops *files);

/* Power loss: draws what is left and freezes it, releases all locks. Nothing when already off, or
 * NULL. */
void otpi_disk_power_off(otpi_disk *disk);
/* The frozen image can be used again, by files opened from now on. Nothing when already on, or
 * NULL. */
void otpi_disk_power_on(otpi_disk *disk);
bool otpi_disk_has_power(const otpi_disk *disk);

/* Replaces the gaps of the options, from here on, and ends all planned faults. */
void otpi_disk_faults(otpi_disk *disk, const otp_disk_gaps *gaps);
/* Plans a fault of the k-th counted operation from now (1 = the next), or of all from there on. */
void otpi_disk_fail_at(otpi_disk *disk, uint64_t k, otp_disk_fault fault, bool from_then_on);

otp_disk_stats otpi_disk_stats_read(const otpi_disk *disk);

#endif
