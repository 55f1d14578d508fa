/* SPDX-License-Identifier: MIT */
#include "port/child_end.h"

#include "port/host.h"
#include "port/test_child.h"
#include "port/thread.h"
#include "tests/unit.h"

#include <signal.h>

typedef struct ended {
    otpi_child_ending ending;
    otpi_child_exit exit;
    otpi_park park;
} ended;

static void done(otpi_child_ending *ending) {
    ended *e = OTPI_CONTAINER_OF(ending, ended, ending);
    e->exit = ending->child.exit;
    otpi_park_wake(&e->park);
}

/* Starts the script, waits for its first word, ends it; how it ended. */
static otpi_child_exit end_script(const char *script, uint64_t grace_ns) {
    uint32_t before = otpi_host_open_files(NULL, 0);
    otpi_poller *poller = otpi_poller_new();
    ended e = {.ending = {.done = done}};
    otpi_park_init(&e.park);
    otpi_child_opts opts = {.in = OTPI_CHILD_PIPE, .out = OTPI_CHILD_PIPE, .own_group = true};
    if (CHECK(poller && test_start(&e.ending.child, opts, script) == OTPI_IO_OK)) {
        otpi_poll_item item = {.fd = e.ending.child.out, .want = OTPI_POLL_READ};
        otpi_poll(&item, 1, OTPI_NEVER);
        otpi_child_end(&e.ending, poller, grace_ns);
        otpi_park_wait(&e.park, OTPI_NEVER);
    }
    otpi_poller_free(poller);
    CHECK_EQ(otpi_host_open_files(NULL, 0), before);
    return e.exit;
}

UNIT("a program that heeds SIGTERM ends by it, long before its grace is over") {
    otpi_child_exit end = end_script("echo up; read never", UINT64_C(3600000000000));
    CHECK(end.signalled && end.code == SIGTERM);
}

UNIT("a program that stands still is told to go on, so that it sees the signal") {
    otpi_child_exit end = end_script("echo up; kill -STOP $$", UINT64_C(3600000000000));
    CHECK(end.signalled && end.code == SIGTERM);
}

UNIT("a program that ignores SIGTERM is killed after its grace") {
    otpi_child_exit end = end_script("trap '' TERM; echo up; while :; do read x; done", 5000000);
    CHECK(end.signalled && end.code == SIGKILL);
}

UNIT("without grace it is killed at once") {
    otpi_child_exit end = end_script("trap '' TERM; echo up; while :; do read x; done", 0);
    CHECK(end.signalled && end.code == SIGKILL);
}

UNIT("a program that cleans up in its grace does so") {
    otpi_child_exit end = end_script("trap 'exit 5' TERM; echo up; while :; do read x; done",
                                     UINT64_C(3600000000000));
    CHECK(!end.signalled && end.code == 5);
}
