/* SPDX-License-Identifier: MIT */
/*
 * A kill that arrives while its target stands at a visible operation: the target leaves there, as
 * from a suspension, unless it may not.
 */
#include <otp/otp.h>

#include "tests/unit.h"
#include "world/worker.h"

#include <stdio.h>

/* ---- A world in which the killer has its turn at each visible operation of the others ---- */

enum { KILLER = 1 }; /* the first process of the world */

static uint32_t killer_first(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)context;
    uint32_t at = 0;
    while (kind == OTP_CHOICE_CONTINUE && at < n && enabled[at].process != KILLER) {
        at++;
    }
    return at < n ? at : 0;
}

static int64_t simplest(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                        int64_t target, const char *label) {
    (void)context, (void)lane, (void)kind, (void)lo, (void)hi, (void)label;
    return target;
}

static const otp_chooser chooser = {.choose = killer_first, .draw = simplest};

/* What the victim does, and how far it came. */
typedef struct stage {
    void (*act)(struct stage *stage);
    otp_pid peer; /* somebody else, alive */
    otp_ref ref;  /* the victim's monitor of it */
    otp_timer timer;
    bool stands, went_on, cleaned, cleaned_whole, ran, discarded;
} stage;

static void clean(void *argument) {
    ((stage *)argument)->cleaned = true;
}

static void victim_main(otp_term arg) {
    stage *s = otp_context();
    (void)arg;
    otp_defer(clean, s);
    s->act(s);
    s->went_on = true;
}

static void peer_main(otp_term arg) {
    (void)arg;
    otp_err err = otp_receive_match(OTP_INFINITY, "never_sent");
    OTP_ASSERT(err == OTP_OK);
}

/* Starts the victim, waits until it says that it stands there, and kills it. */
static void killer_main(otp_term arg) {
    stage *s = otp_context();
    otp_pid victim;
    otp_ref ref;
    otp_term down;
    (void)arg;
    s->peer = otp_spawn(peer_main, otp_nil());
    otp_spawn_opts opts = {.monitor = true, .monitor_ref = &ref, .context = s};
    CHECK_EQ(otp_spawn_opt(victim_main, otp_nil(), &opts, &victim), OTP_OK);
    while (!s->stands) {
        otp_yield();
    }
    otp_kill(victim);
    CHECK_EQ(otp_receive_ref(ref, 1000, &down), OTP_OK);
    CHECK(otp_match(down, "{'DOWN', _, process, _, killed}"));
    otp_kill(s->peer);
}

static stage kill_in(void (*act)(stage *stage)) {
    stage s = {.act = act};
    otp_world *world;
    otp_system *system;
    otp_outcome outcome = {0};
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &chooser};
    if (CHECK(otp_world_start(&opts, &world) == OTP_OK) &&
        CHECK(otp_system_start(world, NULL, &system) == OTP_OK)) {
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        CHECK(otp_run_with(system, killer_main, otp_nil(), &s, 60000, &outcome) == OTP_OK);
        CHECK_STR(outcome.reason, "normal");
    }
    otp_world_stop(world);
    CHECK(s.cleaned);
    return s;
}

/* ---- Each visible operation of this room ---- */

static void act_call(stage *s) {
    s->stands = true;
    (void)!otp_call(s->peer, otp_nil(), 1000, NULL);
}

static void act_cancel_timer(stage *s) {
    s->timer = otp_send_after(1000, otp_from_pid(s->peer), otp_nil());
    s->stands = true;
    otp_cancel_timer(s->timer, NULL);
}

static void act_link(stage *s) {
    s->stands = true;
    otp_link(s->peer);
}

static void act_unlink(stage *s) {
    s->stands = true;
    otp_unlink(s->peer);
}

static void act_exit_signal(stage *s) {
    s->stands = true;
    otp_exit_signal(s->peer, OTP_ATOM(normal));
}

static void act_is_alive(stage *s) {
    s->stands = true;
    otp_is_alive(s->peer);
}

static void act_spawn(stage *s) {
    s->stands = true;
    otp_spawn(peer_main, otp_nil());
}

static void act_kill(stage *s) {
    s->stands = true;
    otp_kill(s->peer);
}

static void act_register(stage *s) {
    s->stands = true;
    (void)!otp_register(OTP_ATOM(victim), otp_self());
}

static void act_unregister(stage *s) {
    s->stands = true;
    (void)!otp_unregister(OTP_ATOM(victim));
}

static void act_whereis(stage *s) {
    s->stands = true;
    otp_whereis(OTP_ATOM(victim));
}

static void act_monitor(stage *s) {
    s->stands = true;
    otp_monitor(s->peer);
}

static void act_demonitor(stage *s) {
    s->stands = true;
    otp_demonitor(otp_make_ref(), false);
}

static void act_processes(stage *s) {
    s->stands = true;
    otp_processes();
}

UNIT("killed at a visible operation, a process leaves there and its cleanups run") {
    static void (*const acts[])(stage *) = {
        act_call,     act_cancel_timer, act_link,    act_unlink,   act_exit_signal,
        act_is_alive, act_spawn,        act_kill,    act_monitor,  act_demonitor,
        act_register, act_unregister,   act_whereis, act_processes};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        stage s = kill_in(acts[i]);
        if (!CHECK(!s.went_on)) {
            printf("# operation %zu\n", i);
        }
    }
}

/* ---- Where it may not leave ---- */

static void clean_visibly(void *argument) {
    stage *s = argument;
    s->stands = true;
    otp_whereis(OTP_ATOM(victim));
    s->cleaned_whole = true;
}

static void act_exit_with_cleanup(stage *s) {
    otp_defer(clean_visibly, s);
    otp_exit(OTP_ATOM(killed)); /* as the kill's reason: which comes first does not matter here */
}

UNIT("a cleanup of a process that exits is not cut short by a kill") {
    stage s = kill_in(act_exit_with_cleanup);
    CHECK(s.cleaned_whole);
}

static void act_undefer(stage *s) {
    otp_defer(clean_visibly, s);
    otp_undefer(s, true);
    CHECK(s->cleaned_whole);
    otp_whereis(OTP_ATOM(victim));
}

UNIT("a cleanup that otp_undefer runs is not cut short by a kill") {
    stage s = kill_in(act_undefer);
    CHECK(s.cleaned_whole);
    CHECK(!s.went_on);
}

static void *work(void *argument) {
    stage *s = argument;
    s->ran = true;
    return s;
}

static void discard(void *result) {
    ((stage *)result)->discarded = true;
}

static void act_blocking(stage *s) {
    s->stands = true;
    otp_blocking(work, s, &(otp_blocking_opts){.discard = discard});
}

UNIT("killed before otp_blocking has begun: the function runs, as it owns its argument") {
    stage s = kill_in(act_blocking);
    CHECK(s.ran);
    CHECK(s.discarded);
    CHECK(!s.went_on);
}
