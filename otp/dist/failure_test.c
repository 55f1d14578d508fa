/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of a run with links, monitors, messages, calls and a cut between two nodes fails
 * once; then all from there on. Nothing breaks and nothing is left.
 */
#include "dist/test_nodes.h"

#include "port/memory.h"

enum { ORDERS = 6 };

typedef struct failing {
    int64_t left;   /* allocations until the one that fails */
    bool from_then; /* and all after it */
    int64_t asked;
} failing;

static bool fails(void *context, size_t size, const char *site) {
    failing *f = context;
    (void)size, (void)site;
    f->asked++;
    f->left--;
    return f->left == 0 || (f->from_then && f->left < 0);
}

static void partner(otp_term arg) {
    otp_pid peer;
    otp_term message;
    otp_ref ref;
    if (!otp_get_pid(otp_element(arg, 0), &peer)) {
        return;
    }
    otp_trap_exit(true);
    otp_link(peer);
    ref = otp_monitor(peer);
    otp_monitor_node(otp_atom("one@host"), true);
    otp_send(peer, otp_tuple(OTP_ATOM(from), otp_from_pid(otp_self())));
    while (otp_receive(500, &message) == OTP_OK) {
        otp_ref alias;
        if (otp_get_ref(message, &alias)) {
            otp_send(alias, OTP_ATOM(through_alias));
        }
        if (otp_is(message, "unlink")) {
            otp_unlink(peer);
            otp_demonitor(ref, true);
        }
        if (otp_is(message, "die")) {
            otp_exit(otp_tuple(OTP_ATOM(died), otp_string("of this")));
        }
    }
}

static void everything(otp_term arg) {
    (void)arg;
    otp_pid pid = OTP_PID_NONE;
    otp_term message;
    otp_spawn_opts named = {.name = OTP_ATOM(partner)};
    otp_trap_exit(true);
    if (otp_system_spawn(two, partner, otp_tuple(otp_from_pid(otp_self())), &named, &pid)) {
        return;
    }
    otp_link(pid);
    otp_monitor(pid);
    otp_monitor(name_on("partner", "two@host"));
    otp_monitor_node(otp_atom("two@host"), true);
    otp_send(pid, otp_from_ref(otp_alias(OTP_ALIAS_REPLY)));
    otp_send(pid, otp_string("a text that is not short, so that its packet is not either"));
    (void)!otp_call(name_on("partner", "two@host"), OTP_ATOM(question), 50, NULL);
    otp_send(pid, OTP_ATOM(unlink));
    otp_unlink(pid);
    otp_link(pid);
    while (otp_receive(100, &message) == OTP_OK) {}
    (void)!otp_network_cut(world, "one@host", "two@host");
    while (otp_receive(100, &message) == OTP_OK) {}
    (void)!otp_network_heal(world, "one@host", "two@host");
    otp_link(pid);
    otp_monitor(pid);
    otp_exit_signal(pid, OTP_ATOM(because));
    otp_send_term(name_on("partner", "two@host"), OTP_ATOM(die));
    while (otp_receive(100, &message) == OTP_OK) {}
}

/* false when the run did not come to the allocation that was to fail. */
static bool run_failing(failing *f, uint64_t seed) {
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &the_chooser};
    otp_outcome outcome;
    the_choices.calm = true;
    otpi_prng_seed(&the_choices.prng, seed);
    CHECK(otp_world_reset(world, &opts) == OTP_OK);
    CHECK(node_start("one@host", &one) && node_start("two@host", &two));
    otpi_alloc_fault_set(fails, f);
    otp_err err = otp_run(one, everything, otp_nil(), 60000, &outcome);
    otpi_alloc_fault_set(NULL, NULL);
    CHECK(err == OTP_OK || err == OTP_ENOMEM);
    return f->left <= 0;
}

static void sweep(bool from_then, uint64_t seed) {
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    failing calm = {0};
    run_failing(&calm, seed);
    CHECK(otp_world_reset(world, &(otp_world_opts){.mode = OTP_SIMULATED}) == OTP_OK);
    live before = live_now();
    int64_t n = 0;
    for (bool reached = true; reached; n++) {
        reached = run_failing(&(failing){.left = n + 1, .from_then = from_then}, seed);
        CHECK(otp_world_reset(world, &(otp_world_opts){.mode = OTP_SIMULATED}) == OTP_OK);
        live after = live_now();
        if (!CHECK(after.blocks == before.blocks && after.allocs == before.allocs)) {
            printf("# allocation %d: %d blocks more\n", (int)n,
                   (int)(after.allocs - before.allocs));
        }
    }
    printf("# %d allocations failed, one a run\n", (int)n - 1);
    otp_world_stop(world);
}

UNIT("each allocation fails once: no crash, no leak") {
    for (uint64_t order = 0; order < ORDERS; order++) {
        sweep(false, unit_seed() + order);
    }
}

UNIT("all allocations fail from one on: no crash, no leak") {
    for (uint64_t order = 0; order < ORDERS; order++) {
        sweep(true, unit_seed() + order);
    }
}
