/* SPDX-License-Identifier: MIT */
#include "world/slot.h"

#include "tests/unit.h"
#include "world/worker.h"

#include <signal.h>
#include <stdio.h>
#include <ucontext.h>

enum { TOKENS = 3, THIEVES = 2, RAIDS = 20000, RAIDS_LONG = 1000000 };

/* A runnable that is in the slot, or free to be put there. */
typedef struct token {
    otpi_runnable runnable;
    bool waits; /* atomic */
} token;

static otpi_slot slot;
static token tokens[TOKENS];
static unsigned raiding; /* atomic: thieves at work */
static uint64_t taken, taken_twice;

/* What whoever takes a runnable does with it: it may be put again from here on. */
static void take(otpi_runnable *runnable) {
    token *own = OTPI_CONTAINER_OF(runnable, token, runnable);
    /* acq_rel: pairs with put's acquire */
    bool waited = __atomic_exchange_n(&own->waits, false, __ATOMIC_ACQ_REL);
    __atomic_fetch_add(waited ? &taken : &taken_twice, 1, __ATOMIC_RELAXED);
}

static bool put(token *own) {
    if (__atomic_load_n(&own->waits, __ATOMIC_ACQUIRE)) {
        return false;
    }
    __atomic_store_n(&own->waits, true, __ATOMIC_RELAXED);
    otpi_runnable *older = otpi_slot_swap(&slot, &own->runnable);
    if (older) {
        take(older);
    }
    return true;
}

static void thief_main(void *arg) {
    unsigned number = (unsigned)(uintptr_t)arg;
    for (unsigned n = unit_long() ? RAIDS_LONG : RAIDS; n; n--) {
        otpi_runnable *loot = otpi_slot_raid(&slot, number);
        if (loot) {
            take(loot);
        }
    }
    __atomic_fetch_sub(&raiding, 1, __ATOMIC_RELEASE);
}

static uint64_t put_until_thieves_are_done(void) {
    uint64_t puts = 0;
    for (unsigned i = 0; __atomic_load_n(&raiding, __ATOMIC_ACQUIRE); i = (i + 1) % TOKENS) {
        puts += put(&tokens[i]);
        if (i == TOKENS - 1 && otpi_slot_is_full(&slot)) {
            otpi_runnable *newest = otpi_slot_swap(&slot, NULL);
            if (newest) {
                take(newest);
            }
        }
    }
    otpi_runnable *left = otpi_slot_swap(&slot, NULL);
    if (left) {
        take(left);
    }
    return puts;
}

UNIT("what is put into a slot is taken once, by its worker or by one of the thieves") {
    otpi_thread thieves[THIEVES];
    raiding = THIEVES;
    for (uintptr_t i = 0; i < THIEVES; i++) {
        REQUIRE(otpi_thread_start(&thieves[i], "thief", thief_main, (void *)i));
    }
    uint64_t puts = put_until_thieves_are_done();
    for (unsigned i = 0; i < THIEVES; i++) {
        otpi_thread_join(&thieves[i]);
    }
    CHECK_EQ(taken_twice, 0);
    CHECK_EQ(taken, puts);
    CHECK(!otpi_slot_is_full(&slot));
}

UNIT("a raid takes the occupant, and the worker does not find it again") {
    token one = {0}, two = {0};
    CHECK(otpi_slot_swap(&slot, &one.runnable) == NULL);
    CHECK(otpi_slot_raid(&slot, 1) == &one.runnable);
    CHECK(otpi_slot_raid(&slot, 2) == NULL);
    CHECK(otpi_slot_swap(&slot, &two.runnable) == NULL);
    CHECK(otpi_slot_swap(&slot, &one.runnable) == &two.runnable);
    CHECK(otpi_slot_swap(&slot, NULL) == &one.runnable);
    CHECK(otpi_slot_raid(&slot, 1) == NULL);
}

#if defined(__x86_64__) && !OTPI_TSAN
/* The worker goes instruction by instruction (the processor's trap flag), and raids happen at one
 * of them, as if the kernel had taken the worker from its processor there. Other processors have
 * the threads above. */
enum { TRAP_FLAG = 0x100, INSTRUCTIONS_MAX = 100000 };

static unsigned until_raids;     /* instructions */
static otpi_runnable *looted[2]; /* by the raids there */

static void raid_here(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    if (until_raids && --until_raids == 0) {
        looted[0] = otpi_slot_raid(&slot, 1);
        looted[1] = otpi_slot_raid(&slot, 2);
    }
    if (until_raids == 0) {
        ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
    }
}

/* Over the red zone, where a leaf function may keep what it works on. */
static void trap_flag_on(void) {
    __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; orq %0, (%%rsp); popfq; lea 128(%%rsp), %%rsp"
                     :
                     : "i"(TRAP_FLAG)
                     : "memory", "cc");
}

static unsigned times_in(const otpi_runnable *runnable, otpi_runnable *const *list, size_t count) {
    unsigned times = 0;
    for (size_t i = 0; i < count; i++) {
        times += list[i] == runnable;
    }
    return times;
}

/* The occupant, raided before or not, and what comes in then (NULL: nothing) with raids after that
 * many instructions. Is each taken once? *reached: the swap was not over before. */
static bool each_is_taken_once(bool raided_before, bool comes_in, unsigned at, bool *reached) {
    otpi_runnable old = {0}, new = {0};
    looted[0] = looted[1] = NULL;
    otpi_runnable *takers[6] = {otpi_slot_swap(&slot, &old)};
    takers[1] = raided_before ? otpi_slot_raid(&slot, 1) : NULL;
    until_raids = at;
    trap_flag_on();
    takers[2] = otpi_slot_swap(&slot, comes_in ? &new : NULL);
    *reached = until_raids == 0;
    until_raids = 0;
    takers[3] = otpi_slot_swap(&slot, NULL);
    takers[4] = looted[0];
    takers[5] = looted[1];
    return times_in(&old, takers, 6) == 1 && times_in(&new, takers, 6) == comes_in;
}

UNIT("raids at any instruction of a change of the slot take what it holds once") {
    struct sigaction before,
        stepping = {.sa_sigaction = raid_here, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGTRAP, &stepping, &before);
    for (unsigned form = 0; form < 4; form++) {
        bool reached = true;
        unsigned at = 1;
        for (; reached && at < INSTRUCTIONS_MAX; at++) {
            if (!CHECK(each_is_taken_once(form & 1, form & 2, at, &reached))) {
                printf("# form %u, instruction %u\n", form, at);
            }
        }
        CHECK(at > 5 && !reached);
    }
    sigaction(SIGTRAP, &before, NULL);
}
#endif
