/* SPDX-License-Identifier: MIT */
#include "conformance/enumerate.h"

#include "unit.h"

#include <otp/otp.h>

#include <stdio.h>
#include <string.h>

static enumerate e;

static uint32_t ask(uint32_t n) {
    return e.chooser.choose(e.chooser.context, OTP_CHOICE_RUN, NULL, n);
}

UNIT("every leaf of an uneven tree is visited once") {
    unsigned seen[3][4] = {{0}};
    unsigned runs = 0;
    enumerate_init(&e);
    do {
        enumerate_begin(&e);
        uint32_t first = ask(3);
        uint32_t second = first == 1 ? 0 : ask(first + 2); /* 2, none, 4 below */
        seen[first][second]++;
        runs++;
    } while (enumerate_next(&e));
    CHECK_EQ(runs, 2 + 1 + 4);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 4; k++) {
            unsigned wanted = i == 0 ? k < 2 : i == 1 ? k < 1 : 1;
            CHECK_EQ(seen[i][k], wanted);
        }
    }
}

UNIT("a run without choices is one run") {
    enumerate_init(&e);
    enumerate_begin(&e);
    CHECK(!enumerate_next(&e));
}

UNIT("what follows a stop is not varied") {
    unsigned runs = 0;
    enumerate_init(&e);
    do {
        enumerate_begin(&e);
        ask(2);
        enumerate_stop(&e);
        CHECK_EQ(ask(5), 0);
        runs++;
    } while (enumerate_next(&e));
    CHECK_EQ(runs, 2);
}

/* ---- A real world ---- */

static char order[8];

static void letter(otp_term which) {
    strncat(order, otp_atom_text(which), 1);
}

static void three_letters(otp_term unused) {
    (void)unused;
    const char *const letters[] = {"a", "b", "c"};
    otp_ref refs[3];
    otp_term down;
    for (int i = 0; i < 3; i++) {
        otp_spawn_monitor(letter, otp_atom(letters[i]), &refs[i]);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(otp_receive_ref(refs[i], OTP_INFINITY, &down) == OTP_OK);
    }
}

static unsigned index_of(const char *text) {
    static const char *const all[] = {"abc", "acb", "bac", "bca", "cab", "cba"};
    unsigned i = 0;
    while (i < 6 && strcmp(all[i], text) != 0) {
        i++;
    }
    return i;
}

UNIT("three processes run in each of their six orders") {
    otp_world *world = NULL;
    otp_system *system;
    unsigned seen[7] = {0};
    unsigned runs = 0;
    enumerate_init(&e);
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &e.chooser};
    do {
        enumerate_begin(&e);
        order[0] = 0;
        REQUIRE((world ? otp_world_reset(world, &opts) : otp_world_start(&opts, &world)) == OTP_OK);
        REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
        REQUIRE(otp_run(system, three_letters, otp_nil(), OTP_INFINITY, NULL) == OTP_OK);
        seen[index_of(order)]++;
        runs++;
    } while (enumerate_next(&e));
    otp_world_stop(world);
    CHECK(!e.too_deep);
    CHECK_EQ(seen[6], 0);
    for (unsigned i = 0; i < 6; i++) {
        CHECK(seen[i] > 0);
    }
    printf("# %u runs\n", runs);
}
