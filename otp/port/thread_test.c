/* SPDX-License-Identifier: MIT */
#include "port/thread.h"

#include "tests/unit.h"

#include <string.h>

enum { THREADS = 4, ROUNDS = 20000 };

static otpi_thread threads[THREADS];

static bool start_all(otpi_thread_fn *fn) {
    for (intptr_t i = 0; i < THREADS; i++) {
        if (!otpi_thread_start(&threads[i], "worker", fn, (void *)i)) {
            return false;
        }
    }
    return true;
}

static void join_all(void) {
    for (int i = 0; i < THREADS; i++) {
        otpi_thread_join(&threads[i]);
    }
}

static char seen_name[16];
static uint64_t seen_id;

static void look_at_self(void *arg) {
    *(int *)arg = 7;
    otpi_thread_name(seen_name);
    seen_id = otpi_thread_id();
}

UNIT("a thread runs with its argument and its name, cut to 15 bytes") {
    int result = 0;
    REQUIRE(otpi_thread_start(&threads[0], "a-rather-long-name", look_at_self, &result));
    otpi_thread_join(&threads[0]);
    CHECK_EQ(result, 7);
    CHECK_STR(seen_name, "a-rather-long-n");
    CHECK(seen_id != 0 && seen_id != otpi_thread_id());
}

/* ---- Mutex and condition ---- */

static otpi_mutex mutex = OTPI_MUTEX_INIT;
static otpi_condition changed;
static long counter;

static void count_under_mutex(void *arg) {
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        otpi_mutex_lock(&mutex);
        counter++;
        otpi_mutex_unlock(&mutex);
    }
}

UNIT("a mutex lets one thread in at a time") {
    counter = 0;
    REQUIRE(start_all(count_under_mutex));
    join_all();
    CHECK_EQ(counter, THREADS * ROUNDS);
    CHECK(otpi_mutex_try_lock(&mutex));
    otpi_mutex_unlock(&mutex);
}

enum { LAPS = 500 };

/* Each thread waits for its turn, then gives it to the next. */
static void take_turns(void *arg) {
    long self = (long)(intptr_t)arg;
    for (int lap = 0; lap < LAPS; lap++) {
        otpi_mutex_lock(&mutex);
        while (counter % THREADS != self) {
            if (!otpi_condition_wait(&changed, &mutex, OTPI_NEVER)) {
                counter = -1000000; /* never passed */
            }
        }
        counter++;
        otpi_condition_broadcast(&changed);
        otpi_mutex_unlock(&mutex);
    }
}

UNIT("threads pass a turn around by a condition") {
    counter = 0;
    otpi_condition_init(&changed);
    REQUIRE(start_all(take_turns));
    join_all();
    CHECK_EQ(counter, THREADS * LAPS);
    otpi_condition_fini(&changed);
}

UNIT("a condition wait ends at its deadline, with the mutex held") {
    otpi_condition_init(&changed);
    otpi_mutex own;
    otpi_mutex_init(&own);
    otpi_mutex_lock(&own);
    uint64_t deadline = otpi_clock_deadline_ns(3000000);
    while (otpi_condition_wait(&changed, &own, deadline)) {}
    CHECK(otpi_clock_monotonic_ns() >= deadline);
    CHECK(!otpi_condition_wait(&changed, &own, 0));
    otpi_mutex_unlock(&own);
    otpi_mutex_fini(&own);
    otpi_condition_fini(&changed);
}

/* ---- CPU time ---- */

static _Atomic bool stop;

static void burn(void *arg) {
    (void)arg;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {}
}

UNIT("a watcher sees another thread's CPU time grow") {
    atomic_store(&stop, false);
    REQUIRE(otpi_thread_start(&threads[0], "hog", burn, NULL));
    uint64_t deadline = otpi_clock_deadline_ns(5000000000);
    while (otpi_thread_cpu_ns(&threads[0]) < 2000000 && otpi_clock_monotonic_ns() < deadline) {}
    CHECK(otpi_thread_cpu_ns(&threads[0]) >= 2000000);
    atomic_store(&stop, true);
    otpi_thread_join(&threads[0]);
}
