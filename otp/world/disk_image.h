/* SPDX-License-Identifier: MIT */
/*
 * Inside the simulated disk: what disk.c (power, faults), disk_log.c (changes
 * that are not safe yet) and disk_files.c (the table of file operations) share.
 *
 * Design notes. A file's contents exist twice: "now", what programs read, and "safe", what is
 * surely on the medium; both buffers have the same capacity, so that a power loss needs no memory.
 * The log holds, oldest first, every change that is not safe yet. A write is logged as the sectors
 * it touched, whole, as they were after it: a sector reaches the medium as one of its versions,
 * whatever else happens, and a later version holds the bytes of earlier ones. Syncing a file
 * applies its writes to safe; syncing a directory its names. Memory for that is taken when the
 * change is made, never later.
 */
#ifndef OTP_WORLD_DISK_IMAGE_H
#define OTP_WORLD_DISK_IMAGE_H

#include "base/list.h"
#include "world/disk.h"

typedef struct otpi_disk_file otpi_disk_file;

typedef struct otpi_disk_node { /* a file or directory, whatever its names */
    uint32_t references;        /* of entries, log and open files */
    uint32_t mode;
    bool is_directory;
    uint64_t modified_ns;
    uint8_t *now, *safe;
    uint64_t now_size, safe_size, capacity;
    uint32_t shared;                    /* how many hold SHARED or more */
    otpi_disk_file *reserved, *pending; /* pending: PENDING or EXCLUSIVE */
} otpi_disk_node;

typedef struct otpi_disk_entry { /* a path, and what it names; sorted by path, kept when it names
                                    nothing */
    char *path;
    otpi_disk_node *now, *safe;
} otpi_disk_entry;

typedef enum otpi_disk_change_kind {
    OTPI_DISK_WRITE,
    OTPI_DISK_TRUNCATE,
    OTPI_DISK_NAME
} otpi_disk_change_kind;

typedef struct otpi_disk_change {
    otpi_list link;
    otpi_disk_change_kind kind;
    otpi_disk_node *node;   /* whose contents, or what the name now means; NULL = removed */
    otpi_disk_entry *entry; /* OTPI_DISK_NAME: the name */
    otpi_disk_entry *from;  /* OTPI_DISK_NAME: the former name of a renamed file, else NULL */
    uint64_t offset, size;  /* OTPI_DISK_WRITE: from a sector's start; OTPI_DISK_TRUNCATE: size */
    uint8_t bytes[];
} otpi_disk_change;

/* Operations until the drawn fault; a gap without one ends too, and the next is drawn. */
typedef struct otpi_disk_gap {
    uint64_t left; /* 0 = it is to be drawn */
    bool strikes;
} otpi_disk_gap;

struct otpi_disk {
    otpi_file_ops ops; /* ctx = the disk */
    otpi_disk_opts opts;
    otpi_disk_entry **entries;
    size_t entry_count, entry_capacity;
    otpi_list log, files;
    uint64_t log_bytes;
    bool off;
    bool going; /* the power goes at the end of the operation that runs */
    otpi_disk_gap fault, power;
    uint64_t plan_left; /* until the planned one; 0 = none */
    otp_disk_fault plan;
    bool plan_on;
    otp_disk_stats stats;
};

struct otpi_disk_file {
    otpi_file file; /* first: what programs hold */
    otpi_list link; /* of the disk's files */
    otpi_disk *disk;
    otpi_disk_node *node; /* NULL = the power went, or the disk is gone */
    unsigned flags;
    otpi_file_lock_level level;
    const char *path; /* of the entry it was opened by, for fault hooks */
};

extern const otpi_file_ops otpi_disk_ops; /* disk_files.c; without ctx */

/* The error, with errno set to fit. */
otpi_io_err otpi_disk_error(otpi_io_err err);
/* Begins a counted operation: OK, or the fault that strikes it, or EDEAD. */
otpi_io_err otpi_disk_begin(otpi_disk *disk, const char *operation, const char *path,
                            bool takes_space);
/* Ends it: a power loss that was due at this operation happens now. */
otpi_io_err otpi_disk_end(otpi_disk *disk, otpi_io_err err);
/* From the fault lane; target without a chooser. */
int64_t otpi_disk_draw(otpi_disk *disk, otp_choice kind, int64_t hi, int64_t target,
                       const char *label);

otpi_disk_node *otpi_disk_node_share(otpi_disk_node *node);
void otpi_disk_node_drop(otpi_disk_node *node);
void otpi_disk_change_free(otpi_disk *disk, otpi_disk_change *change); /* takes it off the log */
void otpi_disk_set_now(otpi_disk_entry *entry, otpi_disk_node *node);
void otpi_disk_unlock(otpi_disk_file *file, otpi_file_lock_level level);

/* Changes of what programs see, logged; ENOSPC, ENOMEM leave all as it was. */
otpi_io_err otpi_disk_change_bytes(otpi_disk *disk, otpi_disk_node *node, const void *bytes,
                                   size_t size, uint64_t offset);
otpi_io_err otpi_disk_change_size(otpi_disk *disk, otpi_disk_node *node, uint64_t size);
otpi_io_err otpi_disk_change_name(otpi_disk *disk, otpi_disk_entry *entry, otpi_disk_node *node,
                                  otpi_disk_entry *from);
/* What is logged of a file's contents, or of the names in a directory, is safe now. */
void otpi_disk_settle_contents(otpi_disk *disk, otpi_disk_node *node);
void otpi_disk_settle_names(otpi_disk *disk, const char *directory);
/* Draws what of the unsynced changes reaches the medium, and ends them: of one file's contents (its
 * sync failed), or of everything (node NULL: the power went). That all do is the simplest. */
void otpi_disk_decide(otpi_disk *disk, const otpi_disk_node *node);

#endif
