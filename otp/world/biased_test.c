/* SPDX-License-Identifier: MIT */
#include "world/biased.h"

#include "tests/unit.h"

enum { VISITORS = 2, VISITS = 20000, VISITS_LONG = 1000000, TURNS_UNTIL_OWN = 1000 };

static otpi_biased lock;
static uint64_t guarded[2]; /* by lock: equal outside of it */
static uint64_t torn;       /* under lock: seen unequal */
static unsigned visiting;   /* atomic */

static void guarded_change(void) {
    torn += guarded[0] != guarded[1];
    guarded[0]++;
    otpi_barrier_light();
    guarded[1]++;
}

static void visitor_main(void *arg) {
    uint64_t *visits = arg;
    for (*visits = 0; *visits < (unit_long() ? VISITS_LONG : VISITS); (*visits)++) {
        otpi_biased_visit(&lock);
        guarded_change();
        otpi_biased_leave(&lock);
    }
    __atomic_fetch_sub(&visiting, 1, __ATOMIC_RELEASE);
}

static void owner_turn(void) {
    otpi_biased_enter(&lock);
    guarded_change();
    otpi_biased_exit(&lock);
}

UNIT("owner and visitors are in a biased lock one at a time") {
    otpi_thread threads[VISITORS];
    uint64_t visits[VISITORS], turns = 0;
    otpi_biased_init(&lock);
    visiting = VISITORS;
    for (unsigned i = 0; i < VISITORS; i++) {
        REQUIRE(otpi_thread_start(&threads[i], "visitor", visitor_main, &visits[i]));
    }
    while (__atomic_load_n(&visiting, __ATOMIC_ACQUIRE)) {
        owner_turn();
        turns++;
    }
    for (unsigned i = 0; i < VISITORS; i++) {
        otpi_thread_join(&threads[i]);
        turns += visits[i];
    }
    CHECK_EQ(torn, 0);
    CHECK_EQ(guarded[0], turns);
    CHECK_EQ(guarded[1], turns);
}

/* Is the owner inside without the spinlock? */
static bool owner_is_alone(void) {
    otpi_biased_enter(&lock);
    bool alone = otpi_spin_try_lock(&lock.spin);
    if (alone) {
        otpi_spin_unlock(&lock.spin);
    }
    otpi_biased_exit(&lock);
    return alone;
}

UNIT("a biased lock is its owner's alone until a visit, and some turns later again") {
    bool can_be = otpi_barrier_is_there();
    otpi_biased_init(&lock);
    CHECK_EQ(owner_is_alone(), can_be);
    otpi_biased_visit(&lock);
    otpi_biased_leave(&lock);
    for (unsigned turn = 0; turn < TURNS_UNTIL_OWN; turn++) {
        CHECK(!owner_is_alone());
    }
    CHECK_EQ(owner_is_alone(), can_be);
}
