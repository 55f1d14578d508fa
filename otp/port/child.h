/* SPDX-License-Identifier: MIT */
/*
 * Child processes: other programs, and forks of this one that run a function (the test runner's
 * containers). A child is held by a pidfd, so that signals and waits can't hit a stranger who got
 * the same number.
 */
#ifndef OTP_PORT_CHILD_H
#define OTP_PORT_CHILD_H

#include "port/poll.h"

typedef enum otpi_child_stream {
    OTPI_CHILD_INHERIT,
    OTPI_CHILD_NULL,   /* /dev/null */
    OTPI_CHILD_PIPE,   /* our end is in otpi_child.in, .out or .err; it never blocks */
    OTPI_CHILD_OUTPUT, /* of err only: goes where out goes */
} otpi_child_stream;

/* What a program may use at most; 0 = as this program. */
typedef struct otpi_child_limits {
    uint64_t cpu_seconds;  /* then SIGXCPU, and SIGKILL a second later */
    uint64_t memory_bytes; /* of address space */
    uint64_t open_files;
    uint64_t core_bytes;
    bool no_core;
} otpi_child_limits;

typedef struct otpi_child_opts {
    const char *const *argv; /* argv[0] is looked up in PATH; NULL at the end */
    const char *program; /* what to run when argv[0] is only its name for itself; NULL = argv[0] */
    const char *const *environment;  /* "NAME=value" added or replaced, "NAME" taken away; NULL at
                                        the  end; NULL = none */
    const otpi_child_limits *limits; /* NULL = none */
    const char *directory;           /* working directory; NULL = ours */
    otpi_child_stream in, out, err;
    bool own_group; /* a process group of its own: terminal signals pass it by, ours reach all of it
                     */
    bool die_with_parent; /* forks only: killed when the thread that forked it ends */
} otpi_child_opts;

typedef struct otpi_child_exit {
    bool signalled; /* ended by a signal */
    int code;       /* exit code, or signal number */
    bool dumped;    /* left a core file */
} otpi_child_exit;

typedef struct otpi_child {
    int64_t pid;
    int pidfd;        /* readable when the child has ended: for otpi_poll */
    int in, out, err; /* our ends of the pipes, else -1 */
    bool own_group, ended;
    otpi_child_exit exit; /* once ended */
} otpi_child;

/* A program. It inherits descriptors 0, 1 and 2 as opts say, and no other, whatever their flags;
 * its signals are at their defaults. ENOENT when there is none of this name. */
OTP_MUST_CHECK otpi_io_err otpi_child_start(otpi_child *child, const otpi_child_opts *opts);

/* Replaces this program by another, which keeps the descriptors and the terminal; argv[0] is looked
 * up in PATH. Returns only when it can't. */
otpi_io_err otpi_exec(const char *const *argv);

/* A copy of this OS process that has only the calling thread; runs body(arg) and exits with what it
 * returns, without atexit handlers. argv, environment and directory are not used. opts may be NULL.
 */
OTP_MUST_CHECK otpi_io_err otpi_fork(otpi_child *child, const otpi_child_opts *opts,
                                     int (*body)(void *arg), void *arg);

/* OK when the child has ended (then and later child->exit tells how); EBUSY when the deadline
 * passed. */
otpi_io_err otpi_child_wait(otpi_child *child, uint64_t deadline_ns);
/* True when it has ended, and how; it is not reaped: its group can still be signalled safely. */
bool otpi_child_look(const otpi_child *child, otpi_child_exit *exit);
/* Sends a signal, to its whole group if it has its own; ENOENT when the child has ended. */
otpi_io_err otpi_child_signal(otpi_child *child, int signo);
/* Kills and reaps the child if it still runs, closes the pipes. */
void otpi_child_close(otpi_child *child);

#endif
