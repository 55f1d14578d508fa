/* SPDX-License-Identifier: MIT */
/* How children are ended: order, times, and children that do not behave: supervisor(3). */
#include "behaviour/test_family.h"

static otp_err stop(otp_pid sup) {
    return otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), OTP_INFINITY);
}

BOTH_WORLDS("a supervisor ends its children in reverse order of their start") {
    static const otp_child_spec five[] = {{.id = "a", .server = &trapping_member},
                                          {.id = "b", .server = &trapping_member},
                                          {.id = "c", .server = &trapping_member},
                                          {.id = "d", .server = &trapping_member},
                                          {.id = "e", .server = &trapping_member}};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, five, 5, 1);
    for (int i = 0; i < 5; i++) {
        CHECK_BORN(five[i].id);
    }
    CHECK_EQ(stop(sup), OTP_OK);
    for (int i = 4; i >= 0; i--) {
        CHECK_DEAD(five[i].id, "shutdown");
    }
    CHECK_SILENCE();
}

BOTH_WORLDS("the order of the start is kept over restarts, and for children added later") {
    static const otp_child_spec specs[] = {{.id = "a", .server = &trapping_member},
                                           {.id = "b", .server = &trapping_member}};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, specs, 2, 5);
    otp_pid a, c;
    CHECK_BORN("a");
    CHECK_BORN("b");
    otp_child_spec late = {.id = "c", .server = &trapping_member, .args = family_self()};
    CHECK_EQ(otp_supervisor_start_child(otp_from_pid(sup), &late, OTP_NONE, &c, NULL), OTP_OK);
    CHECK_BORN("c");
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "a", &a), OTP_OK);
    otp_kill(a);
    CHECK_BORN("a");
    CHECK_EQ(stop(sup), OTP_OK);
    CHECK_DEAD("c", "shutdown");
    CHECK_DEAD("b", "shutdown");
    CHECK_DEAD("a", "shutdown");
}

SIMULATED_WORLDS("a child that does not go in time is killed, when its time is over") {
    otp_child_spec spec = {.id = "s", .server = &stubborn_member, .shutdown_ms = 700};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, &spec, 1, 1);
    otp_pid pid = CHECK_BORN("s");
    otp_ref ref = otp_monitor(pid);
    uint64_t began = otp_now_ms();
    CHECK_EQ(stop(sup), OTP_OK);
    CHECK_EQ(otp_now_ms() - began, 700);
    CHECK_TERM(down_reason(ref), "killed");
}

SIMULATED_WORLDS("a worker has five seconds unless it is told otherwise") {
    static const otp_child_spec spec[] = {{.id = "s", .server = &stubborn_member}};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, spec, 1, 1);
    uint64_t began = otp_now_ms();
    CHECK_EQ(otp_supervisor_terminate_child(otp_from_pid(sup), "s"), OTP_OK);
    CHECK_EQ(otp_now_ms() - began, 5000);
}

SIMULATED_WORLDS("a supervisor has all the time it needs") {
    otp_child_spec stubborn = {
        .id = "s", .server = &stubborn_member, .args = family_self(), .shutdown_ms = 20000};
    otp_supervisor_spec inner = {.children = &stubborn, .child_count = 1};
    otp_child_spec outer = {.id = "inner", .supervisor = &inner};
    otp_pid top = family_start(OTP_ONE_FOR_ONE, &outer, 1, 1);
    uint64_t began = otp_now_ms();
    CHECK_EQ(stop(top), OTP_OK);
    CHECK_EQ(otp_now_ms() - began, 20000);
}

BOTH_WORLDS("brutal_kill does not ask") {
    static const otp_child_spec spec[] = {
        {.id = "t", .server = &trapping_member, .shutdown_ms = OTP_BRUTAL_KILL}};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, spec, 1, 1);
    otp_pid pid = CHECK_BORN("t");
    CHECK_EXIT(pid, "killed", CHECK_EQ(stop(sup), OTP_OK));
    CHECK_SILENCE();
}

BOTH_WORLDS("with infinity it waits until the child is done") {
    static const otp_child_spec spec[] = {
        {.id = "s", .server = &stubborn_member, .shutdown_ms = OTP_INFINITY}};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, spec, 1, 1);
    otp_pid pid = CHECK_BORN("s");
    CHECK_EQ(otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), 30), OTP_ETIMEOUT);
    otp_term why;
    otp_pid asked = told("asked", "s", &why);
    CHECK(asked.word == pid.word);
    CHECK_EXIT(sup, "normal", otp_kill(pid));
}

static otp_result unlink_init(void *state, otp_term watcher) {
    otp_pid parent;
    if (otp_match(watcher, "{_, ~p}", &parent)) {
        otp_unlink(parent);
    }
    return member_init(state, otp_element(watcher, 0));
}

static const otp_gen_server naughty_member = {
    .name = "naughty", .state_size = sizeof(member), .init = unlink_init};

static otp_err naughty_start(void *context, otp_term watcher, otp_pid *out) {
    otp_term args = otp_tuple(watcher, otp_from_pid(otp_self()));
    (void)context;
    return otp_start_link(&naughty_member, args, &(otp_start_opts){.label = "n"}, out);
}

BOTH_WORLDS("a child that unlinked itself is ended all the same, and hangs nobody") {
    static const otp_child_spec spec[] = {{.id = "n", .start = naughty_start}};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, spec, 1, 1);
    otp_pid pid = CHECK_BORN("n");
    CHECK_EXIT(pid, "shutdown", CHECK_EQ(stop(sup), OTP_OK));
    sup = family_start(OTP_ONE_FOR_ONE, spec, 1, 1);
    pid = CHECK_BORN("n");
    CHECK_EXIT(pid, "killed", otp_kill(pid)); /* unseen by the supervisor */
    CHECK_EQ(stop(sup), OTP_OK);
}

BOTH_WORLDS("children that are dead already do not stop it") {
    static const otp_child_spec three[] = {{.id = "a", .server = &plain_member},
                                           {.id = "b", .server = &plain_member},
                                           {.id = "c", .server = &plain_member}};
    for (int round = 0; round < 20; round++) {
        otp_pid sup = family_start(OTP_ONE_FOR_ALL, three, 3, 10);
        otp_pid a = CHECK_BORN("a"), b = CHECK_BORN("b"), c = CHECK_BORN("c");
        otp_kill(b);
        otp_kill(a);
        otp_kill(c);
        CHECK_EQ(stop(sup), OTP_OK);
        while (otp_receive_match(0, "{born, _, _, _}") == OTP_OK) {}
    }
}

/* ---- Its own end ---- */

static void owner(otp_term watcher) {
    static const otp_child_spec specs[] = {{.id = "a", .server = &trapping_member},
                                           {.id = "b", .server = &plain_member}};
    otp_child_spec copies[] = {specs[0], specs[1]};
    otp_pid sup, to;
    otp_term why;
    copies[0].args = copies[1].args = watcher;
    CHECK_EQ(otp_supervisor_start_link(&(otp_supervisor_spec){.children = copies, .child_count = 2},
                                       NULL, &sup),
             OTP_OK);
    CHECK(otp_get_pid(watcher, &to));
    otp_send(to, otp_tuple(OTP_ATOM(sup), otp_from_pid(sup)));
    if (otp_receive_match(OTP_INFINITY, "{exit, ~t}", &why) == OTP_OK) {
        otp_exit(why);
    }
}

BOTH_WORLDS("the exit of its parent ends the children, and it exits for the same reason") {
    otp_pid parent = otp_spawn(owner, otp_from_pid(otp_self()));
    otp_pid sup;
    CHECK_BORN("a");
    otp_pid b = CHECK_BORN("b");
    CHECK_TOLD("{sup, ~p}", &sup);
    otp_ref ref = otp_monitor(sup), down_b = otp_monitor(b);
    otp_send(parent, otp_term_of("{exit, {top, fell}}"));
    CHECK_DEAD("a", "shutdown");
    CHECK_TERM(down_reason(ref), "{top, fell}");
    CHECK_TERM(down_reason(down_b), "shutdown");
}

BOTH_WORLDS("a supervisor that is killed takes its children with it through their links") {
    otp_pid parent = otp_spawn(owner, otp_from_pid(otp_self()));
    otp_pid sup;
    CHECK_BORN("a");
    otp_pid b = CHECK_BORN("b");
    CHECK_TOLD("{sup, ~p}", &sup);
    otp_ref ref = otp_monitor(b), down_parent = otp_monitor(parent);
    otp_kill(sup);
    CHECK_DEAD("a", "killed");
    CHECK_TERM(down_reason(ref), "killed");
    CHECK_TERM(down_reason(down_parent), "killed");
}

/* ---- Dynamic children ---- */

static otp_pid dynamic_family(const otp_gen_server *server, int64_t shutdown_ms, int n) {
    otp_child_spec spec = {.server = server, .shutdown_ms = shutdown_ms, .args = family_self()};
    otp_pid sup = family_start(OTP_SIMPLE_ONE_FOR_ONE, &spec, 1, 1);
    for (int i = 0; i < n; i++) {
        otp_pid pid;
        CHECK_EQ(otp_supervisor_start_child(otp_from_pid(sup), NULL, OTP_NONE, &pid, NULL), OTP_OK);
        CHECK_TOLD("{born, _, ~w, up}", otp_from_pid(pid));
    }
    return sup;
}

SIMULATED_WORLDS("dynamic children are ended all at once, in the time of one") {
    otp_pid sup = dynamic_family(&stubborn_member, 300, 20);
    uint64_t began = otp_now_ms();
    CHECK_EQ(stop(sup), OTP_OK);
    CHECK_EQ(otp_now_ms() - began, 300);
    for (int i = 0; i < 20; i++) {
        CHECK_TOLD("{asked, _, _, _}");
    }
}

BOTH_WORLDS("dynamic children that go in order are all waited for") {
    otp_pid sup = dynamic_family(&trapping_member, 5000, 20);
    CHECK_EQ(stop(sup), OTP_OK);
    for (int i = 0; i < 20; i++) {
        CHECK_TOLD("{dead, _, _, shutdown}");
    }
    CHECK_SILENCE();
}

BOTH_WORLDS("dynamic children with brutal_kill are killed") {
    otp_pid sup = dynamic_family(&trapping_member, OTP_BRUTAL_KILL, 20);
    CHECK_EQ(stop(sup), OTP_OK);
    CHECK_SILENCE();
}

BOTH_WORLDS("dynamic children killed just before do not confuse the end") {
    otp_pid sup = dynamic_family(&trapping_member, 5000, 20);
    otp_term list;
    CHECK_EQ(otp_supervisor_which_children(otp_from_pid(sup), &list), OTP_OK);
    int i = 0;
    OTP_LIST_FOREACH (child, list) {
        otp_pid pid;
        if (i++ % 2 && CHECK(otp_get_pid(otp_element(child, 1), &pid))) {
            otp_kill(pid);
        }
    }
    otp_unlink(sup); /* more kills than its intensity: it may end before it is asked */
    otp_err err = stop(sup);
    CHECK(err == OTP_OK || err == OTP_EDOWN || err == OTP_ENOPROC);
}
