/* SPDX-License-Identifier: MIT */
/* Lesson 3: restarts. A cache needs the store started before it, so they stand under rest_for_one:
 * when the store dies, both begin anew. Too many deaths in a period, and the supervisor gives up.
 */
#include <otp/otp.h>

#include <stdio.h>

static otp_result part_init(void *state, otp_term args) {
    (void)state;
    printf("  %s starts\n", otp_show(args));
    return otp_ok();
}

static const otp_gen_server part = {.name = "part", .init = part_init};

/* Kills a child by its id and waits until the supervisor has dealt with it. */
static void strike(otp_term sup, const char *id) {
    otp_pid pid;
    otp_term down;
    otp_child_counts counts;
    if (otp_supervisor_child(sup, id, &pid) == OTP_OK) {
        printf("the %s is killed\n", id);
        otp_ref ref = otp_monitor(pid);
        otp_kill(pid);
        (void)!otp_receive_ref(ref, OTP_INFINITY, &down);
        (void)!otp_supervisor_count_children(sup, &counts); /* answered after the restart */
    }
}

static void lesson(otp_term arg) {
    otp_child_spec children[] = {{.id = "store", .server = &part, .args = OTP_ATOM(store)},
                                 {.id = "cache", .server = &part, .args = OTP_ATOM(cache)}};
    otp_supervisor_spec spec = {.strategy = OTP_REST_FOR_ONE,
                                .intensity = 2,
                                .period_s = 10,
                                .children = children,
                                .child_count = 2};
    otp_pid sup;
    otp_term message;
    (void)arg;
    otp_trap_exit(true); /* the supervisor's end comes as a message */
    OTP_ASSERT(otp_supervisor_start_link(&spec, NULL, &sup) == OTP_OK);
    strike(otp_from_pid(sup), "cache");
    strike(otp_from_pid(sup), "store");
    strike(otp_from_pid(sup), "cache"); /* the third within ten seconds */
    if (otp_receive(1000, &message) == OTP_OK) {
        printf("the supervisor gave up: %s\n", otp_show(message));
    }
}

int main(void) {
    otp_world *world = NULL;
    otp_system *system;
    otp_err err = otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world);
    err = err ? err : otp_system_start(world, NULL, &system);
    err = err ? err : otp_run(system, lesson, otp_nil(), OTP_INFINITY, NULL);
    otp_world_stop(world);
    return err != OTP_OK;
}
