/* SPDX-License-Identifier: MIT */
/*
 * A thread that waits for many file descriptors and deadlines, and calls back when one is ready.
 * It is started by the first watch.
 *
 * A watch calls once; then it is silent until it is armed again. Callbacks run on the poller's
 * thread under its lock, one after another: they are short and may arm and remove watches. When
 * remove has returned, no callback of that watch runs or will.
 */
#ifndef OTP_PORT_POLLER_H
#define OTP_PORT_POLLER_H

#include "port/poll.h"

typedef struct otpi_poller otpi_poller;

typedef struct otpi_poller_watch {
    /* got: OTPI_POLL_ bits; 0 when the deadline has passed. */
    void (*ready)(struct otpi_poller_watch *watch, unsigned got);
    int fd;
    uint64_t id; /* the poller's; 0 = not watched */
    size_t position;
} otpi_poller_watch;

/* NULL when out of memory or descriptors. */
otpi_poller *otpi_poller_new(void);
/* Joins the thread. No watch may be left. NULL is fine. */
void otpi_poller_free(otpi_poller *poller);

/* Adds a watch, whose ready and fd are set, armed for want (OTPI_POLL_READ, _WRITE; hang-ups and
 * errors come with either); want 0 = not armed. deadline_ns: OTPI_NEVER = none. */
OTP_MUST_CHECK otpi_io_err otpi_poller_add(otpi_poller *poller, otpi_poller_watch *watch,
                                           unsigned want, uint64_t deadline_ns);
/* What is ready already calls at once. */
void otpi_poller_arm(otpi_poller *poller, otpi_poller_watch *watch, unsigned want);
/* Does nothing to a watch that is not added. Its fd is still the caller's to close. */
void otpi_poller_remove(otpi_poller *poller, otpi_poller_watch *watch);

#endif
