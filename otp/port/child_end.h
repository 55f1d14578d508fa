/* SPDX-License-Identifier: MIT */
/*
 * Ending a program in the background: SIGTERM to its group, SIGKILL when the time of grace is over,
 * reaped when it has ended. What is left of its group then is killed.
 */
#ifndef OTP_PORT_CHILD_END_H
#define OTP_PORT_CHILD_END_H

#include "port/child.h"
#include "port/poller.h"

typedef struct otpi_child_ending {
    otpi_child
        child; /* its pipes are closed when it is reaped: close them earlier if they matter */
    otpi_poller *poller;
    otpi_poller_watch watch;
    void (*done)(
        struct otpi_child_ending *ending); /* last, on the poller's thread or the caller's */
} otpi_child_ending;

/* grace_ns 0: SIGKILL at once. A child of its own group only. child and done are set; *ending must
 * stay in place until done is called. */
void otpi_child_end(otpi_child_ending *ending, otpi_poller *poller, uint64_t grace_ns);

#endif
