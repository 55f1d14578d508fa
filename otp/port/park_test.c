/* SPDX-License-Identifier: MIT */
#include "port/thread.h"

#include "tests/unit.h"

#include <stdio.h>

/* ---- Spinlock ---- */

enum { SPINNERS = 4, SPINS = 20000 };

static otpi_spin spin;
static long plain_counter; /* under the spinlock */

static void count_under_spin(void *arg) {
    (void)arg;
    for (int i = 0; i < SPINS; i++) {
        otpi_spin_lock(&spin);
        plain_counter++;
        otpi_spin_unlock(&spin);
    }
}

UNIT("a spinlock lets one thread in at a time") {
    otpi_thread threads[SPINNERS];
    plain_counter = 0;
    otpi_spin_init(&spin);
    for (int i = 0; i < SPINNERS; i++) {
        REQUIRE(otpi_thread_start(&threads[i], "spin", count_under_spin, NULL));
    }
    for (int i = 0; i < SPINNERS; i++) {
        otpi_thread_join(&threads[i]);
    }
    CHECK_EQ(plain_counter, SPINNERS * SPINS);
}

UNIT("a held spinlock can't be taken again") {
    otpi_spin_lock(&spin);
    CHECK(!otpi_spin_try_lock(&spin));
    otpi_spin_unlock(&spin);
    CHECK(otpi_spin_try_lock(&spin));
    otpi_spin_unlock(&spin);
}

/* ---- Park ---- */

UNIT("a wake before the wait is kept, two are one") {
    otpi_park park;
    otpi_park_init(&park);
    otpi_park_wake(&park);
    otpi_park_wake(&park);
    CHECK(otpi_park_wait(&park, OTPI_NEVER));
    CHECK(!otpi_park_wait(&park, 0));
}

UNIT("a wait without a wake ends at its deadline and leaves the park usable") {
    otpi_park park;
    otpi_park_init(&park);
    uint64_t deadline = otpi_clock_deadline_ns(2000000);
    CHECK(!otpi_park_wait(&park, deadline));
    CHECK(otpi_clock_monotonic_ns() >= deadline);
    otpi_park_wake(&park);
    CHECK(otpi_park_wait(&park, deadline));
}

enum { PINGS = 3000 };

static otpi_park ping;
static otpi_park pong;
static long ball; /* ordered by the parks alone: ThreadSanitizer checks that they do */
static long lost;

static void return_the_ball(void *arg) {
    (void)arg;
    for (int i = 0; i < PINGS; i++) {
        lost += !otpi_park_wait(&ping, otpi_clock_deadline_ns(20000000000));
        ball++;
        otpi_park_wake(&pong);
    }
}

UNIT("two threads pass a ball by parking, none is lost") {
    otpi_thread thread;
    ball = lost = 0;
    otpi_park_init(&ping);
    otpi_park_init(&pong);
    REQUIRE(otpi_thread_start(&thread, "pong", return_the_ball, NULL));
    uint64_t start = otpi_clock_monotonic_ns();
    for (int i = 0; i < PINGS; i++) {
        ball++;
        otpi_park_wake(&ping);
        lost += !otpi_park_wait(&pong, otpi_clock_deadline_ns(20000000000));
        REQUIRE(ball == 2 * (i + 1));
    }
    printf("# %.1f us per round trip\n",
           (double)(otpi_clock_monotonic_ns() - start) / PINGS / 1000);
    otpi_thread_join(&thread);
    CHECK_EQ(lost, 0);
}

enum { WAKERS = 3, WAKES = 2000 };

static _Atomic long wanted; /* what the wakers have asked for */
static otpi_park worker;

static void ask(void *arg) {
    (void)arg;
    for (int i = 0; i < WAKES; i++) {
        atomic_fetch_add(&wanted, 1);
        otpi_park_wake(&worker);
    }
}

/* Short deadlines make the wakes meet the worker in every state: about to sleep, asleep, timing
 * out. */
UNIT("after many wakes from many threads nothing that was asked for is overlooked") {
    otpi_thread threads[WAKERS];
    long done = 0;
    atomic_store(&wanted, 0);
    otpi_park_init(&worker);
    for (int i = 0; i < WAKERS; i++) {
        REQUIRE(otpi_thread_start(&threads[i], "waker", ask, NULL));
    }
    for (int round = 0; done < (long)WAKERS * WAKES; round++) {
        bool short_wait = round % 2;
        uint64_t timeout = short_wait ? 20000 : 20000000000;
        bool woken = otpi_park_wait(&worker, otpi_clock_deadline_ns(timeout));
        REQUIRE(woken || short_wait);
        done = atomic_load(&wanted);
    }
    for (int i = 0; i < WAKERS; i++) {
        otpi_thread_join(&threads[i]);
    }
    CHECK_EQ(done, WAKERS * WAKES);
}
