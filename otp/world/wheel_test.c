/* SPDX-License-Identifier: MIT */
#include "world/wheel.h"

#include "base/prng.h"
#include "tests/unit.h"

#include <string.h>

enum { TIMERS = 400 };

typedef struct model_timer {
    otpi_wheel_timer timer;
    uint64_t deadline, order;
    bool set;
} model_timer;

static model_timer timers[TIMERS];
static uint64_t orders;

static otpi_wheel_timer *model_first(uint64_t limit) {
    model_timer *first = NULL;
    for (int i = 0; i < TIMERS; i++) {
        model_timer *t = &timers[i];
        if (t->set && t->deadline <= limit &&
            (!first || t->deadline < first->deadline ||
             (t->deadline == first->deadline && t->order < first->order))) {
            first = t;
        }
    }
    return first ? &first->timer : NULL;
}

static uint64_t model_next(void) {
    uint64_t next = UINT64_MAX;
    for (int i = 0; i < TIMERS; i++) {
        next = timers[i].set && timers[i].deadline < next ? timers[i].deadline : next;
    }
    return next;
}

static void random_set(otpi_wheel *wheel, otpi_prng *prng, model_timer *t) {
    unsigned magnitude = (unsigned)otpi_prng_below(prng, 30);
    t->deadline = wheel->now + otpi_prng_below(prng, (uint64_t)1 << magnitude);
    t->order = ++orders;
    t->set = true;
    otpi_wheel_set(wheel, &t->timer, t->deadline);
}

static void advance(otpi_wheel *wheel, uint64_t limit) {
    for (;;) {
        otpi_wheel_timer *expected = model_first(limit);
        otpi_wheel_timer *taken = otpi_wheel_take(wheel, limit);
        REQUIRE(taken == expected);
        if (!taken) {
            break;
        }
        OTPI_CONTAINER_OF(taken, model_timer, timer)->set = false;
        CHECK(!otpi_wheel_is_set(taken));
    }
    CHECK_EQ(wheel->now, limit);
}

UNIT("random sets, cancels and advances are as in a list sorted by deadline and age") {
    static otpi_wheel wheel;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otpi_wheel_init(&wheel, 12345);
    for (int i = 0; i < 20000; i++) {
        model_timer *t = &timers[otpi_prng_below(&prng, TIMERS)];
        uint64_t what = otpi_prng_below(&prng, 10);
        if (what == 0) {
            advance(&wheel,
                    wheel.now + otpi_prng_below(&prng, (uint64_t)1 << otpi_prng_below(&prng, 24)));
        } else if (!t->set) {
            random_set(&wheel, &prng, t);
        } else if (what < 5) {
            otpi_wheel_cancel(&wheel, &t->timer);
            t->set = false;
        }
        CHECK(otpi_wheel_next(&wheel) == model_next());
    }
}

UNIT("timers of one deadline leave in the order they came, however early they were set") {
    static otpi_wheel wheel;
    otpi_wheel_init(&wheel, 0);
    otpi_wheel_timer early;
    otpi_wheel_timer late;
    otpi_wheel_set(&wheel, &early, 5000);
    CHECK(otpi_wheel_take(&wheel, 4999) == NULL);
    otpi_wheel_set(&wheel, &late, 5000);
    CHECK(otpi_wheel_take(&wheel, 5000) == &early);
    CHECK(otpi_wheel_take(&wheel, 5000) == &late);
    CHECK_EQ(wheel.count, 0);
}

UNIT("of timers of one deadline any may be taken") {
    static otpi_wheel wheel;
    otpi_wheel_init(&wheel, 0);
    otpi_wheel_timer tied[3];
    otpi_wheel_timer later;
    for (int i = 0; i < 3; i++) {
        otpi_wheel_set(&wheel, &tied[i], 5000);
    }
    otpi_wheel_set(&wheel, &later, 5001);
    CHECK_EQ(otpi_wheel_reach(&wheel, otpi_wheel_next(&wheel)), 3);
    CHECK(otpi_wheel_take_tied(&wheel, 1) == &tied[1]);
    CHECK_EQ(otpi_wheel_reach(&wheel, otpi_wheel_next(&wheel)), 2);
    CHECK(otpi_wheel_take_tied(&wheel, 1) == &tied[2]);
    CHECK(otpi_wheel_take_tied(&wheel, 0) == &tied[0]);
    CHECK_EQ(otpi_wheel_reach(&wheel, otpi_wheel_next(&wheel)), 1);
    CHECK(otpi_wheel_take_tied(&wheel, 0) == &later);
    CHECK_EQ(otpi_wheel_reach(&wheel, 10000), 0);
    CHECK_EQ(wheel.now, 10000);
}

UNIT("a deadline that has passed is due at once, one beyond the end of time stays") {
    static otpi_wheel wheel;
    otpi_wheel_init(&wheel, 1000);
    otpi_wheel_timer past;
    otpi_wheel_timer never;
    otpi_wheel_set(&wheel, &past, 5);
    otpi_wheel_set(&wheel, &never, UINT64_MAX);
    CHECK(otpi_wheel_take(&wheel, 1000) == &past);
    CHECK(otpi_wheel_take(&wheel, UINT64_C(1) << 50) == NULL);
    otpi_wheel_cancel(&wheel, &never);
    CHECK(otpi_wheel_next(&wheel) == UINT64_MAX);
}
