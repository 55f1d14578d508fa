/* SPDX-License-Identifier: MIT */
#include "port/shm.h"

#include "port/child.h"
#include "tests/unit.h"

static int write_and_abort(void *arg) {
    int *shared = arg;
    shared[0] = 11;
    shared[1000] = 22;
    __builtin_trap();
}

UNIT("what a child wrote to shared memory survives its crash") {
    int *shared = otpi_shm_map(2000 * sizeof *shared);
    REQUIRE(shared != NULL);
    CHECK_EQ(shared[0], 0);
    otpi_child child;
    REQUIRE(otpi_fork(&child, &(otpi_child_opts){.err = OTPI_CHILD_NULL}, write_and_abort,
                      shared) == OTPI_IO_OK);
    CHECK_EQ(otpi_child_wait(&child, OTPI_NEVER), OTPI_IO_OK);
    CHECK(child.exit.signalled || child.exit.code != 0);
    otpi_child_close(&child);
    CHECK_EQ(shared[0], 11);
    CHECK_EQ(shared[1000], 22);
    otpi_shm_unmap(shared, 2000 * sizeof *shared);
}
