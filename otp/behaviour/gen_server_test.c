/* SPDX-License-Identifier: MIT */
/* What a server does with the results of its callbacks: gen_server(3). */
#include "behaviour/test_probe.h"

/* ---- Stopping ---- */

BOTH_WORLDS("a stop result runs terminate, then exits with the reason") {
    otp_pid pid = probe_start("ok");
    CHECK_EXIT(pid, "{because, 1}", otp_cast(pid, otp_term_of("{do, {stop, {because, 1}}}")));
    CHECK_TOLD("{terminate, ~w, {because, 1}}", otp_from_pid(pid));
    pid = probe_start("ok");
    CHECK_EXIT(pid, "shutdown", otp_send(pid, otp_term_of("{do, {stop, shutdown}}")));
    CHECK_TOLD("{terminate, ~w, shutdown}", otp_from_pid(pid));
}

BOTH_WORLDS("a stop with a reply answers after terminate and before the exit") {
    otp_pid pid = probe_start("ok");
    otp_ref ref = otp_monitor(pid);
    otp_term reply, first, down;
    CHECK_EQ(otp_call(pid, otp_term_of("{do, {stop_reply, normal, bye}}"), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "bye");
    CHECK_EQ(otp_receive(0, &first), OTP_OK);
    CHECK(otp_match(first, "{terminate, _, normal}"));
    CHECK_EQ(otp_receive_ref(ref, 5000, &down), OTP_OK);
    CHECK(otp_match(down, "{'DOWN', _, process, _, normal}"));
}

BOTH_WORLDS("terminate does not run after init has failed, nor after a kill") {
    otp_pid pid;
    CHECK_EQ(otp_start(&probe_server, probe_args("{stop, early}"), NULL, &pid), OTP_EINIT);
    pid = probe_start("ok");
    CHECK_EXIT(pid, "killed", otp_kill(pid));
    CHECK_SILENCE();
}

BOTH_WORLDS("an exit signal ends a server that does not trap, without terminate") {
    otp_pid pid = probe_start("ok");
    CHECK_EXIT(pid, "away", otp_exit_signal(pid, OTP_ATOM(away)));
    CHECK_SILENCE();
}

/* ---- The parent ---- */

static void parent_of_trapping(otp_term watcher) {
    otp_pid pid;
    otp_term args = otp_tuple(watcher, OTP_ATOM(trap));
    CHECK_EQ(otp_start_link(&probe_server, args, NULL, &pid), OTP_OK);
    otp_pid to;
    otp_get_pid(watcher, &to);
    otp_send(to, otp_tuple(OTP_ATOM(started), otp_from_pid(pid)));
    otp_term why;
    if (otp_receive_match(OTP_INFINITY, "{exit, ~t}", &why) == OTP_OK) {
        otp_exit(why);
    }
}

BOTH_WORLDS("a trapping server follows its parent's exit, through terminate") {
    otp_pid parent = otp_spawn(parent_of_trapping, otp_from_pid(otp_self()));
    otp_pid pid;
    CHECK_TOLD("{started, ~p}", &pid);
    otp_ref ref = otp_monitor(pid);
    otp_send(parent, otp_term_of("{exit, {house, fell}}"));
    CHECK_TOLD("{terminate, ~w, {house, fell}}", otp_from_pid(pid));
    CHECK_TOLD("{'DOWN', ~w, process, _, {house, fell}}", otp_from_ref(ref));
}

BOTH_WORLDS("other exits are infos to a trapping server, also of a starter that did not link") {
    otp_pid pid = probe_start("trap");
    otp_exit_signal(pid, OTP_ATOM(hello));
    CHECK_TOLD("{info, ~w, {'EXIT', ~w, hello}}", otp_from_pid(pid), otp_from_pid(otp_self()));
    CHECK(otp_is_alive(pid));
}

/* ---- Missing callbacks ---- */

static const otp_gen_server bare_server = {.name = "bare"};

BOTH_WORLDS("a missing handle_call exits with {bad_call, Request}") {
    otp_pid pid;
    otp_term reply;
    CHECK_EQ(otp_start(&bare_server, otp_nil(), NULL, &pid), OTP_OK);
    CHECK_EQ(otp_call(pid, otp_term_of("{what, 1}"), 5000, &reply), OTP_EDOWN);
    CHECK_TERM(reply, "{bad_call, {what, 1}}");
}

BOTH_WORLDS("a missing handle_cast exits with {bad_cast, Request}") {
    otp_pid pid;
    CHECK_EQ(otp_start(&bare_server, otp_nil(), NULL, &pid), OTP_OK);
    otp_ref ref = otp_monitor(pid);
    otp_cast(pid, otp_term_of("[what]"));
    CHECK_TOLD("{'DOWN', ~w, process, _, {bad_cast, [what]}}", otp_from_ref(ref));
}

BOTH_WORLDS("a missing handle_info drops the message") {
    otp_pid pid;
    otp_term reply;
    CHECK_EQ(otp_start(&bare_server, otp_nil(), NULL, &pid), OTP_OK);
    otp_send(pid, otp_term_of("{any, thing}"));
    CHECK_EQ(otp_call(pid, OTP_ATOM(x), 5000, &reply), OTP_EDOWN);
    CHECK_TERM(reply, "{bad_call, x}");
}

static otp_result then_cast(void *state, otp_term request) {
    (void)state;
    return otp_then(otp_noreply(), request);
}

BOTH_WORLDS("a missing handle_continue exits with {bad_continue, Next}") {
    static const otp_gen_server server = {.name = "no continue", .handle_cast = then_cast};
    otp_pid pid;
    CHECK_EQ(otp_start(&server, otp_nil(), NULL, &pid), OTP_OK);
    otp_ref ref = otp_monitor(pid);
    otp_cast(pid, otp_term_of("{step, 2}"));
    CHECK_TOLD("{'DOWN', ~w, process, _, {bad_continue, {step, 2}}}", otp_from_ref(ref));
}

/* ---- Bad results ---- */

static void check_bad(bool call, const char *action, const char *reason_text) {
    otp_pid pid = probe_start("ok");
    otp_ref ref = otp_monitor(pid);
    otp_term request = otp_term_of("{do, ~w}", otp_term_of(action));
    otp_term reply = OTP_NONE, reason;
    if (call) {
        CHECK_EQ(otp_call(pid, request, 5000, &reply), OTP_EDOWN);
        CHECK_TERM(reply, reason_text);
    } else {
        otp_cast(pid, request);
    }
    CHECK_TOLD("{terminate, ~w, ~t}", otp_from_pid(pid), &reason);
    CHECK_TERM(reason, reason_text);
    CHECK_TOLD("{'DOWN', ~w, process, _, ~t}", otp_from_ref(ref), &reason);
    CHECK_TERM(reason, reason_text);
}

BOTH_WORLDS("a bad result exits with {bad_return_value, _}, through terminate") {
    check_bad(true, "bad", "{bad_return_value, {handle_call, 77}}");
    check_bad(true, "ignore", "{bad_return_value, {handle_call, ignore}}");
    check_bad(true, "{within, -7}", "{bad_return_value, {handle_call, {reply, timeout, -7}}}");
    check_bad(false, "bad", "{bad_return_value, {handle_cast, 77}}");
    check_bad(false, "{reply, x}", "{bad_return_value, {handle_cast, reply}}");
    check_bad(false, "{stop_reply, x, y}", "{bad_return_value, {handle_cast, stop_reply}}");
    CHECK_SILENCE();
}

/* ---- handle_continue ---- */

BOTH_WORLDS("handle_continue after init comes before any message") {
    otp_start_opts opts = {.name = OTP_ATOM(gen_test_continue)};
    otp_pid pid;
    CHECK_EQ(otp_start(&probe_server, probe_args("{then, 3}"), &opts, &pid), OTP_OK);
    otp_send(pid, OTP_ATOM(message));
    CHECK_TOLD("{continue, ~w, 3}", otp_from_pid(pid));
    for (int64_t n = 2; n >= 0; n--) {
        otp_term m;
        CHECK_EQ(otp_receive(5000, &m), OTP_OK);
        CHECK(otp_match(m, "{continue, _, ~w}", otp_int(n)));
    }
    CHECK_TOLD("{info, _, message}");
}

BOTH_WORLDS("handle_continue after a call comes after the answer and before the next message") {
    otp_pid pid = probe_start("ok");
    otp_term reply, m;
    otp_cast(pid, otp_term_of("{do, {then, cast}}"));
    CHECK_EQ(otp_call(pid, otp_term_of("{do, {then, call}}"), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "done");
    otp_send(pid, otp_term_of("{do, {then, info}}"));
    otp_send(pid, OTP_ATOM(last));
    static const char *const expected[] = {"cast", "call", "info"};
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(otp_receive(5000, &m), OTP_OK);
        CHECK(otp_match(m, "{continue, _, ~w}", otp_atom(expected[i])));
    }
    CHECK_TOLD("{info, _, last}");
}

BOTH_WORLDS("handle_continue may stop the server") {
    otp_pid pid = probe_start("ok");
    CHECK_EXIT(pid, "continued", otp_cast(pid, otp_term_of("{do, {then, stop}}")));
    CHECK_TOLD("{terminate, ~w, continued}", otp_from_pid(pid));
}

/* ---- Idle timeouts ---- */

SIMULATED_WORLDS("an idle timeout comes as info timeout, after the time and not before") {
    uint64_t began = otp_now_ms();
    otp_pid pid = probe_start("{within, 500}");
    CHECK_TOLD("{info, ~w, timeout}", otp_from_pid(pid));
    CHECK_EQ(otp_now_ms() - began, 500);
    CHECK_EQ(otp_receive_match(5000, "_"), OTP_ETIMEOUT); /* once */
}

SIMULATED_WORLDS("any message cancels the idle timeout") {
    otp_pid pid = probe_start("ok");
    otp_cast(pid, otp_term_of("{do, {within, 500}}"));
    CHECK_EQ(otp_receive_match(400, "_"), OTP_ETIMEOUT);
    otp_cast(pid, otp_term_of("{add, 1}"));
    CHECK_EQ(otp_receive_match(5000, "_"), OTP_ETIMEOUT);
}

SIMULATED_WORLDS("a new result sets a new idle timeout") {
    otp_pid pid = probe_start("{within, 500}");
    CHECK_EQ(otp_receive_match(400, "_"), OTP_ETIMEOUT);
    uint64_t began = otp_now_ms();
    otp_term reply;
    CHECK_EQ(otp_call(pid, otp_term_of("{do, {within, 700}}"), 5000, &reply), OTP_OK);
    CHECK_TOLD("{info, _, timeout}");
    CHECK_EQ(otp_now_ms() - began, 700);
}

SIMULATED_WORLDS("a system message lets the idle time run anew, as in OTP") {
    otp_pid pid = probe_start("{within, 500}");
    CHECK_EQ(otp_receive_match(400, "_"), OTP_ETIMEOUT);
    uint64_t began = otp_now_ms();
    otp_term state;
    CHECK_EQ(otp_sys_get_state(otp_from_pid(pid), 5000, &state), OTP_OK);
    CHECK_TOLD("{info, _, timeout}");
    CHECK_EQ(otp_now_ms() - began, 500);
}

SIMULATED_WORLDS("an infinite idle timeout never comes") {
    probe_start("{within, -1}");
    CHECK_EQ(otp_receive_match(30000, "_"), OTP_ETIMEOUT);
}

BOTH_WORLDS("a timeout whose message lost the race is not delivered") {
    otp_pid pid = probe_start("ok");
    otp_term reply;
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(otp_call(pid, otp_term_of("{do, {within, 1}}"), 5000, &reply), OTP_OK);
        CHECK_EQ(otp_call(pid, otp_term_of("{add, 1}"), 5000, &reply), OTP_OK);
    }
    int64_t timeouts = 0;
    while (otp_receive_match(20, "{info, _, timeout}") == OTP_OK) {
        timeouts++;
    }
    CHECK(timeouts <= 100);
    CHECK_SILENCE();
}
