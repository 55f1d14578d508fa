/* SPDX-License-Identifier: MIT */
/*
 * SQLite on the files of a world: the same store runs on the real disk in a parallel world and on
 * the simulated disk of its node in a simulated one, where writes that were not synced are lost or
 * torn and operations fail when the world's chooser says so.
 *
 *     otp_err e = otp_sqlite_register(&(otp_sqlite_opts){.make_default = true});
 *     sqlite3 *db;                        // in a process, or anywhere for the real disk
 *     int rc = sqlite3_open_v2("todo.db", &db, flags, "otp");
 *
 * Inside a process of a simulated world file names, time and random numbers are the node's own;
 * elsewhere they are the operating system's. There is no shared memory (WAL only with locking_mode
 * = EXCLUSIVE) and no mmap. A busy database answers SQLITE_BUSY at once: nothing sleeps, so a busy
 * timeout only repeats the attempt. Every file operation is a fault point "sqlite/read",
 * "sqlite/write", "sqlite/sync", "sqlite/truncate", "sqlite/open", "sqlite/delete"; the simulated
 * disk has faults of its own (otp_disk_faults in otp/choose.h).
 *
 * What is durable is what SQLite promises on an honest device: with journal_mode = DELETE a commit
 * is certain to survive a power loss only with synchronous = EXTRA; TRUNCATE and PERSIST need FULL.
 *
 * A connection belongs to its process: close it in an otp_defer, which runs on kill too. On SQLite
 * calls in otp_blocking: the process exits only when the call has returned.
 */
#ifndef OTP_SQLITE_H
#define OTP_SQLITE_H

#include <otp/err.h>

typedef struct otp_sqlite_opts {
    const char *name;  /* of the sqlite3_vfs; NULL = "otp"; must outlive the registration */
    bool make_default; /* for connections that name none. Also makes SQLite's own random numbers
                          (journals, randomblob()) the node's: simulated runs replay exactly */
} otp_sqlite_opts;

/* Registers the VFS for the OS process. opts may be NULL. OTP_EEXIST: the name is taken;
 * OTP_ENOMEM. */
OTP_API OTP_MUST_CHECK otp_err otp_sqlite_register(const otp_sqlite_opts *opts);
/* No connection may use it any more. OTP_ENOENT: not registered here. name NULL = "otp". */
OTP_API OTP_MUST_CHECK otp_err otp_sqlite_unregister(const char *name);

#endif
