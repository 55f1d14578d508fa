/* SPDX-License-Identifier: MIT */
/*
 * Running a scenario in a world of its own, as part of a case; see simulate.h.
 *
 * The world lives as long as the case's stack and is reset for each run: that is what makes
 * thousands of runs a second possible. A process can't leave the case as a function does
 * (sti_case_leave): it ends itself and the scenario, so that the world's loop comes to its end.
 */
#include "supertester/property/happened.h"

#include <otp/process.h>
#include <supertester/simulate.h>
#include <stdio.h>
#include <string.h>

enum { STEPS_MAX = 20000 };

static const st_simulation simulation_defaults;

/* ---- Inside the world ---- */

static void scenario_main(otp_term arg) {
    sti_case *c = sti_case_now;
    (void)arg;
    otp_label("scenario");
    c->main = otp_self();
    c->scenario(c->scenario_context);
    c->main = OTP_PID_NONE;
}

/* A process can't jump out of its world: the world comes to its end when the scenario has. */
static void leave_world(sti_case *c) {
    c->left = true;
    if (c->main.word != OTP_PID_NONE.word && otp_self().word != c->main.word) {
        otp_kill(c->main);
    }
    otp_exit(otp_atom("supertester_check_failed"));
}

/* ---- Its end ---- */

static void fail(sti_case *c, const char *what) {
    if (c->outcome.ending == STI_CASE_PASSED) {
        sti_case_seam_now->fail(NULL, what);
    }
}

static void judge(sti_case *c, const otp_outcome *outcome, otp_err err) {
    char what[640];
    switch (outcome->end) {
    case OTP_RUN_DONE:
        if (!outcome->normal && !c->left) {
            snprintf(what, sizeof what, "the scenario exited: %s", outcome->reason);
            fail(c, what);
        }
        break;
    case OTP_RUN_DEADLOCK: fail(c, "deadlock: the scenario waits for what can never happen"); break;
    case OTP_RUN_STEPS:
        fail(c, "livelock: the scenario was not at its end after .steps_max");
        break;
    default:
        snprintf(what, sizeof what, "no process for the scenario: %s", otp_err_text(err));
        sti_case_misused(c, "st_simulate", what);
    }
}

/* ---- The world ---- */

static otp_err world_begin(sti_case *c, const st_simulation *simulation, otp_system **system) {
    otp_world_opts opts = {
        .mode = OTP_SIMULATED,
        .chooser = st_choices_chooser(c->list),
        .delivery = simulation->delivery,
        .network = simulation->network,
        .timers = simulation->timers_last ? OTP_TIMERS_LAST : OTP_TIMERS_RACE,
        .steps_max = simulation->steps_max ? simulation->steps_max : STEPS_MAX,
        .cut_gap_max = simulation->cut_gap_max,
        .lossy_gap_max = simulation->lossy_gap_max,
        .latency_ms_max = simulation->latency_ms_max,
    };
    otp_err err = c->world ? otp_world_reset(c->world, &opts) : otp_world_start(&opts, &c->world);
    return err ? err
               : otp_system_start(c->world, &(otp_system_opts){.name = simulation->node}, system);
}

void st_simulate(st_scenario *scenario, void *context, const st_simulation *given) {
    sti_case *c = sti_case_now;
    otp_system *system = NULL;
    otp_outcome outcome = {.end = OTP_RUN_FAILED};
    OTPI_ASSERT("simulate-001", c != NULL);
    if (otp_in_process()) {
        sti_case_misused(c, "st_simulate", "a process can't run another world");
    }
    otp_err err = world_begin(c, given ? given : &simulation_defaults, &system);
    if (err == OTP_OK) {
        sti_happened_watch(system);
        c->scenario = scenario;
        c->scenario_context = context;
        c->left = false;
        c->leave = leave_world;
        err = otp_run(system, scenario_main, otp_nil(), OTP_INFINITY, &outcome);
        c->leave = NULL;
    }
    judge(c, &outcome, err);
    if (c->outcome.ending != STI_CASE_PASSED && c->outcome.ending != STI_CASE_FAILED) {
        sti_case_leave(c, c->outcome.ending);
    }
}
