/* SPDX-License-Identifier: MIT */
/*
 * The public list of choices on a world of one's own: the example of choices.h, over many seeds.
 * Replays must go the same way, which their signatures tell.
 */
#include <supertester/choices.h>

#include <otp/process.h>

#include "tests/unit.h"

enum { SENDERS = 4, MESSAGES = 3 };

static int64_t order; /* the senders in the order in which their messages came */

static void sender(otp_term to) {
    otp_pid pid;
    if (otp_get_pid(otp_element(to, 0), &pid)) {
        for (int i = 0; i < MESSAGES; i++) {
            otp_send(pid, otp_element(to, 1));
        }
    }
}

static void collect(otp_term arg) {
    int64_t drawn = otp_draw(OTP_LANE_DATA, OTP_CHOICE_USER, 0, 1000000, 0, "drawn");
    int64_t from;
    otp_term message;
    (void)arg;
    for (int64_t i = 1; i <= SENDERS; i++) {
        otp_spawn(sender, otp_tuple(otp_from_pid(otp_self()), otp_int(i)));
    }
    order = drawn;
    for (int i = 0; i < SENDERS * MESSAGES; i++) {
        if (otp_receive(OTP_INFINITY, &message) == OTP_OK && otp_get_int(message, &from)) {
            order = order * (SENDERS + 1) + from;
        }
    }
}

/* The signature of one run with this chooser. */
static uint64_t run(otp_world *world, const otp_chooser *chooser) {
    otp_outcome outcome = {0};
    otp_system *node;
    if (otp_world_reset(world, &(otp_world_opts){.mode = OTP_SIMULATED, .chooser = chooser}) ||
        otp_system_start(world, NULL, &node) ||
        otp_run(node, collect, otp_nil(), OTP_INFINITY, &outcome)) {
        return 0;
    }
    return outcome.signature;
}

UNIT("a run is its list: replays go the same way, other seeds other ways") {
    otp_world *world = NULL;
    st_choices *list = st_choices_new(), *again = st_choices_new();
    REQUIRE(list && again);
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    int same_as_before = 0;
    uint64_t before = 0;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        st_choices_from_seed(list, unit_seed() + seed);
        uint64_t signature = run(world, st_choices_chooser(list));
        int64_t first_order = order;
        CHECK(signature != 0);
        st_choices_from_list(again, list);
        CHECK(run(world, st_choices_chooser(again)) == signature);
        CHECK_EQ(order, first_order);
        st_choices_fit fit = st_choices_fitness(again);
        CHECK(fit.misfits == 0 && fit.beyond == 0 && fit.left == 0);
        same_as_before += signature == before;
        before = signature;
    }
    CHECK(same_as_before < 500); /* 24 orders of 4 senders: some 80 repeat */
    otp_world_stop(world);
    st_choices_free(again);
    st_choices_free(list);
}

UNIT("the simplest run has no deviation: each sender in the order of birth") {
    otp_world *world = NULL;
    st_choices *list = st_choices_new();
    REQUIRE(list);
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    run(world, st_choices_chooser(list));
    int64_t in_order = 0;
    for (int64_t i = 1; i <= SENDERS; i++) {
        for (int j = 0; j < MESSAGES; j++) {
            in_order = in_order * (SENDERS + 1) + i;
        }
    }
    CHECK_EQ(order, in_order);
    size_t cursor = 0;
    st_choice choice;
    while (st_choices_next(list, &cursor, &choice)) {
        CHECK_EQ(choice.value, 0);
    }
    otp_world_stop(world);
    st_choices_free(list);
}
