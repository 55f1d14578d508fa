/* SPDX-License-Identifier: MIT */
/* The functions of supervisor(3): starting, asking, adding and removing children. */
#include "behaviour/test_family.h"

static const otp_child_spec three[] = {{.id = "a", .server = &plain_member},
                                       {.id = "b", .server = &plain_member},
                                       {.id = "c", .server = &plain_member}};

BOTH_WORLDS("children are started in order; the supervisor is ready when start_link returns") {
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, three, 3, 1);
    CHECK_BORN("a");
    CHECK_BORN("b");
    CHECK_BORN("c");
    CHECK(otp_is_alive(sup));
}

BOTH_WORLDS("which_children lists {Id, Pid, Type, Modules} in start order") {
    static const otp_supervisor_spec inner = {.name = "inner"};
    static const otp_child_spec mixed[] = {{.id = "w", .server = &plain_member},
                                           {.id = "s", .supervisor = &inner},
                                           {.id = "g", .server = &probe_server}};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, mixed, 3, 1);
    otp_term list;
    otp_pid w, s, g, pid;
    CHECK_EQ(otp_supervisor_which_children(otp_from_pid(sup), &list), OTP_OK);
    CHECK(otp_match(list,
                    "[{w, ~p, worker, [member]}, {s, ~p, supervisor, [supervisor]},"
                    " {g, ~p, worker, [probe]}]",
                    &w, &s, &g));
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "s", &pid), OTP_OK);
    CHECK(pid.word == s.word);
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "x", &pid), OTP_ENOENT);
    otp_child_counts counts;
    CHECK_EQ(otp_supervisor_count_children(otp_from_pid(sup), &counts), OTP_OK);
    CHECK(counts.specs == 3 && counts.active == 3 && counts.supervisors == 1 &&
          counts.workers == 2);
}

BOTH_WORLDS("a child that fails to start ends those before it, last one first") {
    static const otp_child_spec children[] = {{.id = "a", .server = &trapping_member},
                                              {.id = "b", .server = &trapping_member},
                                              {.id = "bad", .start = start_fails},
                                              {.id = "never", .server = &plain_member}};
    otp_term reason = OTP_NONE;
    otp_pid sup = OTP_PID_NONE;
    CHECK_EQ(family_try(OTP_ONE_FOR_ONE, children, 4, 1, &reason, &sup), OTP_EINIT);
    CHECK_TERM(reason, "{shutdown, {failed_to_start_child, bad, 'OTP_EIO'}}");
    CHECK_BORN("a");
    CHECK_BORN("b");
    CHECK_DEAD("b", "shutdown");
    CHECK_DEAD("a", "shutdown");
    CHECK_SILENCE();
}

BOTH_WORLDS("a server that fails in init gives its reason") {
    otp_child_spec child = {
        .id = "p", .server = &probe_server, .args = probe_args("{stop, {no, luck}}")};
    otp_term reason = OTP_NONE;
    otp_pid sup;
    CHECK_EQ(family_try(OTP_ONE_FOR_ONE, &child, 1, 1, &reason, &sup), OTP_EINIT);
    CHECK_TERM(reason, "{shutdown, {failed_to_start_child, p, {no, luck}}}");
}

BOTH_WORLDS("a child that ignores stays as undefined; a temporary one is forgotten") {
    otp_child_spec children[] = {
        {.id = "keep", .server = &probe_server, .args = probe_args("ignore")},
        {.id = "temp",
         .server = &probe_server,
         .args = probe_args("ignore"),
         .restart = OTP_TEMPORARY}};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, children, 2, 1);
    otp_term list;
    otp_pid pid;
    CHECK_EQ(otp_supervisor_which_children(otp_from_pid(sup), &list), OTP_OK);
    CHECK_TERM(list, "[{keep, undefined, worker, [probe]}]");
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "keep", &pid), OTP_ENOPROC);
    CHECK_EQ(otp_supervisor_restart_child(otp_from_pid(sup), "keep", &pid), OTP_EIGNORE);
}

BOTH_WORLDS("a child's registered name is there before it runs; a taken one is already_started") {
    otp_child_spec child = {.id = "n", .server = &plain_member, .name = "family_named"};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, &child, 1, 1);
    otp_pid pid, other;
    CHECK_BORN("n");
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "n", &pid), OTP_OK);
    CHECK(otp_whereis(OTP_ATOM(family_named)).word == pid.word);
    child.id = "m";
    otp_term reason;
    CHECK_EQ(otp_supervisor_start_child(otp_from_pid(sup), &child, OTP_NONE, &other, &reason),
             OTP_EALREADY);
    CHECK(other.word == pid.word);
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "m", &other), OTP_ENOENT);
}

/* ---- Adding and removing ---- */

BOTH_WORLDS("start_child adds a child; a second one of that id is refused") {
    otp_term sup = otp_from_pid(family_start(OTP_ONE_FOR_ONE, three, 2, 1));
    otp_pid c, again;
    otp_term reason;
    otp_child_spec spec = three[2];
    spec.args = family_self();
    CHECK_EQ(otp_supervisor_start_child(sup, &spec, OTP_NONE, &c, &reason), OTP_OK);
    CHECK(otp_is_alive(c));
    CHECK_EQ(otp_supervisor_start_child(sup, &spec, OTP_NONE, &again, &reason), OTP_EALREADY);
    CHECK(again.word == c.word);
    CHECK_EQ(otp_supervisor_terminate_child(sup, "c"), OTP_OK);
    CHECK_EQ(otp_supervisor_start_child(sup, &spec, OTP_NONE, &again, &reason), OTP_EEXIST);
    CHECK_TERM(reason, "already_present");
}

BOTH_WORLDS("a child that does not start is not added") {
    otp_term sup = otp_from_pid(family_start(OTP_ONE_FOR_ONE, three, 1, 1));
    otp_child_spec spec = {
        .id = "p", .server = &probe_server, .args = probe_args("{exit, {sorry, 1}}")};
    otp_pid pid;
    otp_term reason = OTP_NONE;
    CHECK_EQ(otp_supervisor_start_child(sup, &spec, OTP_NONE, &pid, &reason), OTP_EINIT);
    CHECK_TERM(reason, "{sorry, 1}");
    CHECK_EQ(otp_supervisor_delete_child(sup, "p"), OTP_ENOENT);
}

BOTH_WORLDS("terminate, restart and delete follow the life of a child") {
    otp_term sup = otp_from_pid(family_start(OTP_ONE_FOR_ONE, three, 3, 1));
    otp_pid before, after;
    CHECK_EQ(otp_supervisor_child(sup, "b", &before), OTP_OK);
    CHECK_EQ(otp_supervisor_restart_child(sup, "b", &after), OTP_EBUSY);
    CHECK_EQ(otp_supervisor_delete_child(sup, "b"), OTP_EBUSY);
    CHECK_EQ(otp_supervisor_terminate_child(sup, "b"), OTP_OK);
    CHECK(!otp_is_alive(before));
    CHECK_EQ(otp_supervisor_child(sup, "b", &after), OTP_ENOPROC);
    CHECK_EQ(otp_supervisor_terminate_child(sup, "b"), OTP_OK);
    CHECK_EQ(otp_supervisor_restart_child(sup, "b", &after), OTP_OK);
    CHECK(after.word != before.word && otp_is_alive(after));
    CHECK_EQ(otp_supervisor_terminate_child(sup, "b"), OTP_OK);
    CHECK_EQ(otp_supervisor_delete_child(sup, "b"), OTP_OK);
    CHECK_EQ(otp_supervisor_delete_child(sup, "b"), OTP_ENOENT);
    CHECK_EQ(otp_supervisor_restart_child(sup, "b", &after), OTP_ENOENT);
    CHECK_EQ(otp_supervisor_terminate_child(sup, "b"), OTP_ENOENT);
    CHECK_EQ(otp_supervisor_terminate_child(sup, NULL), OTP_EBADARG);
    otp_child_counts counts;
    CHECK_EQ(otp_supervisor_count_children(sup, &counts), OTP_OK);
    CHECK_EQ(counts.specs, 2);
}

BOTH_WORLDS("terminating a temporary child removes it") {
    static const otp_child_spec temp[] = {
        {.id = "t", .server = &plain_member, .restart = OTP_TEMPORARY}};
    otp_term sup = otp_from_pid(family_start(OTP_ONE_FOR_ONE, temp, 1, 1));
    CHECK_EQ(otp_supervisor_terminate_child(sup, "t"), OTP_OK);
    CHECK_EQ(otp_supervisor_terminate_child(sup, "t"), OTP_ENOENT);
}

BOTH_WORLDS("a terminated child is not restarted and does not count into the intensity") {
    otp_term sup = otp_from_pid(family_start(OTP_ONE_FOR_ONE, three, 3, OTP_INTENSITY_ZERO));
    for (int i = 0; i < 3; i++) {
        CHECK_BORN(three[i].id);
    }
    CHECK_EQ(otp_supervisor_terminate_child(sup, "a"), OTP_OK);
    CHECK_SILENCE();
    otp_child_counts counts;
    CHECK_EQ(otp_supervisor_count_children(sup, &counts), OTP_OK);
    CHECK(counts.specs == 3 && counts.active == 2);
}

BOTH_WORLDS("asking a supervisor that is gone is an error like any call") {
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, three, 1, 1);
    otp_unlink(sup);
    otp_kill(sup);
    wait_exit(sup);
    otp_term list;
    otp_pid pid;
    CHECK_EQ(otp_supervisor_which_children(otp_from_pid(sup), &list), OTP_ENOPROC);
    CHECK_EQ(otp_supervisor_child(OTP_ATOM(family_nobody), "a", &pid), OTP_ENOPROC);
}

static void exit_at(otp_term to) {
    otp_pid pid;
    if (otp_get_pid(to, &pid)) {
        otp_exit_signal(pid, OTP_ATOM(boo));
    }
}

BOTH_WORLDS("a supervisor passes over messages and casts it does not know") {
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, three, 1, 1);
    otp_term reply;
    otp_send(sup, OTP_ATOM(boo));
    otp_cast(sup, OTP_ATOM(boo));
    otp_spawn(exit_at, otp_from_pid(sup)); /* an exit of no child */
    CHECK_EQ(otp_call(sup, OTP_ATOM(boo), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "{error, {unknown_request, boo}}");
    CHECK(otp_is_alive(sup));
}

BOTH_WORLDS("sys shows what a supervisor has") {
    otp_pid sup = family_start(OTP_REST_FOR_ONE, three, 2, 4);
    otp_term state;
    CHECK_EQ(otp_sys_get_state(otp_from_pid(sup), 5000, &state), OTP_OK);
    CHECK(otp_match(state, "#{strategy := rest_for_one, intensity := 4, period := 5, restarts := 0,"
                           " children := [{a, _, worker, _}, {b, _, worker, _}]}"));
    CHECK_EQ(otp_sys_replace_state(otp_from_pid(sup), state, 5000), OTP_EUNSUPPORTED);
    CHECK_EQ(otp_sys_get_status(otp_from_pid(sup), 5000, &state), OTP_OK);
    CHECK(otp_match(state, "#{behaviour := supervisor, status := running}"));
}

/* ---- simple_one_for_one ---- */

static const otp_child_spec template_spec[] = {{.process = member_counting}};

static otp_pid dynamic(otp_term sup, otp_term extra) {
    otp_pid pid = OTP_PID_NONE;
    CHECK_EQ(otp_supervisor_start_child(sup, NULL, extra, &pid, NULL), OTP_OK);
    return pid;
}

BOTH_WORLDS("simple_one_for_one starts children of its template, with args of their own") {
    otp_term sup = otp_from_pid(family_start(OTP_SIMPLE_ONE_FOR_ONE, template_spec, 1, 1));
    otp_pid a = dynamic(sup, OTP_NONE);
    otp_pid b = dynamic(sup, otp_tuple(family_self(), OTP_ATOM(extra)));
    otp_pid born;
    CHECK_TOLD("{args, ~w, ~w}", otp_from_pid(a), family_self());
    CHECK_TOLD("{args, ~w, {~p, extra}}", otp_from_pid(b), &born);
    otp_term list;
    CHECK_EQ(otp_supervisor_which_children(sup, &list), OTP_OK);
    CHECK(otp_match(list, "[{undefined, ~w, worker, []}, {undefined, ~w, worker, []}]",
                    otp_from_pid(a), otp_from_pid(b)) ||
          otp_match(list, "[{undefined, ~w, worker, []}, {undefined, ~w, worker, []}]",
                    otp_from_pid(b), otp_from_pid(a)));
    otp_child_counts counts;
    CHECK_EQ(otp_supervisor_count_children(sup, &counts), OTP_OK);
    CHECK(counts.specs == 1 && counts.active == 2 && counts.workers == 2);
}

BOTH_WORLDS("dynamic children are terminated by pid and never by id") {
    otp_term sup = otp_from_pid(family_start(OTP_SIMPLE_ONE_FOR_ONE, template_spec, 1, 1));
    otp_pid a = dynamic(sup, OTP_NONE);
    otp_pid b = dynamic(sup, OTP_NONE);
    otp_pid pid;
    CHECK_EQ(otp_supervisor_terminate_pid(sup, a), OTP_OK);
    CHECK(!otp_is_alive(a) && otp_is_alive(b));
    CHECK_EQ(otp_supervisor_terminate_pid(sup, a), OTP_OK); /* dead: as OTP */
    CHECK_EQ(otp_supervisor_terminate_pid(sup, otp_self()), OTP_ENOENT);
    CHECK_EQ(otp_supervisor_terminate_child(sup, "a"), OTP_EUNSUPPORTED);
    CHECK_EQ(otp_supervisor_restart_child(sup, "a", &pid), OTP_EUNSUPPORTED);
    CHECK_EQ(otp_supervisor_delete_child(sup, "a"), OTP_EUNSUPPORTED);
    otp_child_spec spec = {.id = "x", .server = &plain_member};
    CHECK_EQ(otp_supervisor_start_child(sup, &spec, OTP_NONE, &pid, NULL), OTP_EBADARG);
}

BOTH_WORLDS("a dynamic child is restarted with the args it was started with") {
    otp_term sup = otp_from_pid(family_start(OTP_SIMPLE_ONE_FOR_ONE, template_spec, 1, 5));
    otp_pid a = dynamic(sup, otp_tuple(family_self(), otp_int(7)));
    CHECK_TOLD("{args, _, {_, 7}}");
    otp_kill(a);
    otp_pid again;
    CHECK_TOLD("{args, ~p, {_, 7}}", &again);
    CHECK(again.word != a.word);
}

BOTH_WORLDS("a dynamic child that fails to start is not added; one that ignores neither") {
    static const otp_child_spec probes[] = {{.server = &probe_server}};
    otp_term sup = otp_from_pid(family_start(OTP_SIMPLE_ONE_FOR_ONE, probes, 1, 1));
    otp_pid pid;
    otp_term reason;
    CHECK_EQ(otp_supervisor_start_child(sup, NULL, probe_args("{stop, no}"), &pid, &reason),
             OTP_EINIT);
    CHECK_TERM(reason, "no");
    CHECK_EQ(otp_supervisor_start_child(sup, NULL, probe_args("ignore"), &pid, &reason),
             OTP_EIGNORE);
    otp_child_counts counts;
    CHECK_EQ(otp_supervisor_count_children(sup, &counts), OTP_OK);
    CHECK(counts.active == 0 && counts.workers == 0);
}
