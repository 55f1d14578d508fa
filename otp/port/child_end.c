/* SPDX-License-Identifier: MIT */
#include "port/child_end.h"

#include "base/assert.h"

#include <signal.h>

/* It has ended or is about to: as long as it is not reaped, its group's number is its own. */
static void ending_finish(otpi_child_ending *ending) {
    otpi_child_signal(&ending->child, SIGKILL);
    otpi_child_wait(&ending->child, OTPI_NEVER);
    otpi_child_close(&ending->child);
    ending->done(ending);
}

static void ending_ready(otpi_poller_watch *watch, unsigned got) {
    otpi_child_ending *ending = OTPI_CONTAINER_OF(watch, otpi_child_ending, watch);
    if (got == 0) {
        otpi_child_signal(&ending->child, SIGKILL); /* its end is told by the pidfd */
        return;
    }
    otpi_poller_remove(ending->poller, watch);
    ending_finish(ending);
}

void otpi_child_end(otpi_child_ending *ending, otpi_poller *poller, uint64_t grace_ns) {
    OTPI_ASSERT("port-102", ending->child.own_group && !ending->child.ended);
    ending->poller = poller;
    ending->watch = (otpi_poller_watch){.ready = ending_ready, .fd = ending->child.pidfd};
    otpi_child_signal(&ending->child, grace_ns ? SIGTERM : SIGKILL);
    otpi_child_signal(&ending->child, SIGCONT); /* a stopped program would never see the first */
    uint64_t deadline = grace_ns ? otpi_clock_deadline_ns(grace_ns) : OTPI_NEVER;
    if (otpi_poller_add(poller, &ending->watch, OTPI_POLL_READ, deadline) != OTPI_IO_OK) {
        ending_finish(ending); /* nobody can wait for it: then without grace */
    }
}
