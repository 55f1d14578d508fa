/* SPDX-License-Identifier: MIT */
/*
 * Links and monitors between two processes of two nodes that link, unlink, monitor and demonitor at
 * random while connections break: when all is quiet, both sides hold the same.
 */
#include "dist/test_nodes.h"

enum { SEEDS = 3000, OPERATIONS = 12 };

typedef struct side {
    otp_pid pid;
    int64_t links, monitors, monitored_by;
} side;

static side sides[2];
static otpi_prng plan;

static void operate(otp_pid peer, otp_ref *ref, bool *monitors) {
    switch (otpi_prng_below(&plan, 7)) {
    case 0:
    case 1: otp_link(peer); break;
    case 2: otp_unlink(peer); break;
    case 3:
        if (!*monitors) {
            *ref = otp_monitor(peer);
            *monitors = true;
        }
        break;
    case 4:
        if (*monitors) {
            otp_demonitor(*ref, true);
            *monitors = false;
        }
        break;
    case 5: otp_yield(); break;
    default: otp_send(peer, OTP_ATOM(hello)); break;
    }
}

static int64_t count_of(otp_term info, const char *key) {
    otp_term value = otp_map_get(info, otp_atom(key));
    int64_t count = (int64_t)otp_length(value);
    otp_get_int(value, &count);
    return count;
}

static void tier(otp_term number) {
    int64_t own = 0;
    otp_ref ref = {{0}};
    otp_term message;
    bool monitors = false;
    otp_get_int(number, &own);
    otp_trap_exit(true);
    CHECK(otp_receive_match(OTP_INFINITY, "go") == OTP_OK);
    for (int i = 0; i < OPERATIONS; i++) {
        operate(sides[!own].pid, &ref, &monitors);
        while (otp_receive(0, &message) == OTP_OK) {
            if (otp_is(otp_element(message, 0), "DOWN")) {
                monitors = false;
            }
        }
    }
    while (otp_receive(1000, &message) == OTP_OK) {} /* quiet on both sides */
    otp_term info;
    if (CHECK(otp_process_info(otp_self(), &info) == OTP_OK)) {
        sides[own].links = count_of(info, "links");
        sides[own].monitors = count_of(info, "monitors");
        sides[own].monitored_by = count_of(info, "monitored_by");
    }
    (void)!otp_receive_match(OTP_INFINITY, "end");
}

static void starter(otp_term pid) {
    otp_send_term(pid, OTP_ATOM(go));
}

static bool tiers_run(uint64_t seed) {
    otpi_prng_seed(&plan, seed);
    the_choices.calm = false;
    otpi_prng_seed(&the_choices.prng, seed + 1);
    sides[0].links = sides[1].links = -1;
    otp_world_opts opts = {.mode = OTP_SIMULATED,
                           .chooser = &the_chooser,
                           .delivery = seed % 4 ? OTP_DELIVERY_CAUSAL : OTP_DELIVERY_PAIRWISE,
                           .cut_gap_max = seed % 2 ? 20 : 0,
                           .latency_ms_max = seed % 3 ? 0 : 10};
    CHECK(otp_world_reset(world, &opts) == OTP_OK);
    if (!node_start("one@host", &one) || !node_start("two@host", &two)) {
        return false;
    }
    CHECK(otp_system_spawn(one, tier, otp_int(0), NULL, &sides[0].pid) == OTP_OK);
    CHECK(otp_system_spawn(two, tier, otp_int(1), NULL, &sides[1].pid) == OTP_OK);
    CHECK(otp_world_run(world, 100, NULL) == OTP_OK); /* both trap exits now */
    CHECK(otp_system_spawn(one, starter, otp_from_pid(sides[0].pid), NULL, NULL) == OTP_OK);
    CHECK(otp_system_spawn(two, starter, otp_from_pid(sides[1].pid), NULL, NULL) == OTP_OK);
    CHECK(otp_world_run(world, 60000, NULL) == OTP_OK);
    return CHECK_EQ(sides[0].links, sides[1].links) &&
           CHECK_EQ(sides[0].monitors, sides[1].monitored_by) &&
           CHECK_EQ(sides[1].monitors, sides[0].monitored_by) && CHECK(sides[0].links >= 0);
}

UNIT("whatever two processes do to their ties, both sides end with the same") {
    int64_t linked = 0, watched = 0;
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    for (uint64_t i = 0; i < SEEDS; i++) {
        if (!tiers_run(unit_seed() + i)) {
            printf("# seed %llu\n", (unsigned long long)(unit_seed() + i));
            break;
        }
        linked += sides[0].links;
        watched += sides[0].monitors + sides[1].monitors;
    }
    otp_world_stop(world);
    CHECK(linked > SEEDS / 10 && linked < SEEDS && watched > SEEDS / 10);
}
