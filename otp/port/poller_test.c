/* SPDX-License-Identifier: MIT */
#include "port/poller.h"

#include "port/host.h"
#include "port/thread.h"
#include "tests/unit.h"

typedef struct seen {
    otpi_poller_watch watch;
    unsigned got, calls; /* atomic */
    otpi_park park;
} seen;

static void ready(otpi_poller_watch *watch, unsigned got) {
    seen *s = OTPI_CONTAINER_OF(watch, seen, watch);
    __atomic_store_n(&s->got, got, __ATOMIC_RELAXED);
    __atomic_add_fetch(&s->calls, 1, __ATOMIC_RELEASE);
    otpi_park_wake(&s->park);
}

static seen seen_of(int fd) {
    seen s = {.watch = {.ready = ready, .fd = fd}};
    otpi_park_init(&s.park);
    return s;
}

static int ends[2];
static size_t moved;

UNIT("a watch calls once for each time it is armed") {
    otpi_poller *poller = otpi_poller_new();
    REQUIRE(poller && otpi_pipe_open(ends) == OTPI_IO_OK);
    seen s = seen_of(ends[0]);
    REQUIRE(otpi_poller_add(poller, &s.watch, OTPI_POLL_READ, OTPI_NEVER) == OTPI_IO_OK);
    REQUIRE(otpi_pipe_write(ends[1], "xy", 2, &moved) == OTPI_IO_OK);
    CHECK(otpi_park_wait(&s.park, OTPI_NEVER));
    CHECK(s.got & OTPI_POLL_READ);
    otpi_poller_arm(poller, &s.watch, OTPI_POLL_READ); /* both bytes are still there */
    CHECK(otpi_park_wait(&s.park, OTPI_NEVER));
    CHECK_EQ(__atomic_load_n(&s.calls, __ATOMIC_ACQUIRE), 2);
    otpi_poller_remove(poller, &s.watch);
    otpi_poller_remove(poller, &s.watch);
    otpi_pipe_close(&ends[0]);
    otpi_pipe_close(&ends[1]);
    otpi_poller_free(poller);
}

UNIT("a deadline calls with nothing, also when it is earlier than those before it") {
    otpi_poller *poller = otpi_poller_new();
    REQUIRE(poller && otpi_pipe_open(ends) == OTPI_IO_OK);
    seen late = seen_of(ends[0]);
    seen early = seen_of(ends[0]);
    uint64_t now = otpi_clock_monotonic_ns();
    REQUIRE(otpi_poller_add(poller, &late.watch, 0, now + UINT64_C(3600000000000)) == OTPI_IO_OK);
    REQUIRE(otpi_poller_add(poller, &early.watch, 0, now + 2000000) == OTPI_IO_OK);
    CHECK(otpi_park_wait(&early.park, OTPI_NEVER));
    CHECK_EQ(early.got, 0);
    CHECK(otpi_clock_monotonic_ns() >= now + 2000000);
    otpi_poller_remove(poller, &early.watch);
    otpi_poller_remove(poller, &late.watch);
    CHECK_EQ(__atomic_load_n(&late.calls, __ATOMIC_ACQUIRE), 0);
    otpi_pipe_close(&ends[0]);
    otpi_pipe_close(&ends[1]);
    otpi_poller_free(poller);
}

UNIT("a watch that was removed never calls, whatever is ready; no descriptor is left") {
    uint32_t before = otpi_host_open_files(NULL, 0);
    otpi_poller *poller = otpi_poller_new();
    REQUIRE(poller != NULL);
    for (int i = 0; i < 2000; i++) {
        REQUIRE(otpi_pipe_open(ends) == OTPI_IO_OK);
        seen s = seen_of(ends[0]);
        REQUIRE(otpi_poller_add(poller, &s.watch, OTPI_POLL_READ, OTPI_NEVER) == OTPI_IO_OK);
        REQUIRE(otpi_pipe_write(ends[1], "x", 1, &moved) == OTPI_IO_OK);
        otpi_poller_remove(poller, &s.watch);
        unsigned calls = __atomic_load_n(&s.calls, __ATOMIC_ACQUIRE);
        CHECK(calls <= 1);
        otpi_pipe_close(&ends[0]);
        otpi_pipe_close(&ends[1]);
    }
    otpi_poller_free(poller);
    CHECK_EQ(otpi_host_open_files(NULL, 0), before);
}

UNIT("what can't be watched is refused and forgotten") {
    otpi_poller *poller = otpi_poller_new();
    REQUIRE(poller != NULL);
    seen s = seen_of(-1);
    CHECK(otpi_poller_add(poller, &s.watch, OTPI_POLL_READ, OTPI_NEVER) != OTPI_IO_OK);
    CHECK_EQ(s.watch.id, 0);
    otpi_poller_free(poller);
}
