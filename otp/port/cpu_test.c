/* SPDX-License-Identifier: MIT */
#include "port/thread.h"

#include "port/child.h"
#include "port/host.h"
#include "tests/unit.h"

#include <sched.h>

UNIT("there is at least one processor, and no more than the machine has") {
    CHECK(otpi_cpu_count() >= 1);
    CHECK(otpi_cpu_count() <= otpi_host_cores());
}

/* Keeps the first processor of those allowed. */
static int count_on_one(void *arg) {
    (void)arg;
    cpu_set_t allowed;
    cpu_set_t one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return 99;
    }
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++) {
        if (CPU_ISSET(cpu, &allowed)) {
            CPU_SET(cpu, &one);
        }
    }
    return sched_setaffinity(0, sizeof one, &one) == 0 ? (int)otpi_cpu_count() : 99;
}

UNIT("a process bound to one processor has one") {
    otpi_child child;
    REQUIRE(otpi_fork(&child, NULL, count_on_one, NULL) == OTPI_IO_OK);
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    CHECK_EQ(child.exit.code, 1);
    otpi_child_close(&child);
}
