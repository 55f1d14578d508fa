/* SPDX-License-Identifier: MIT */
/* Looking into and holding a running server: sys(3). */
#include "behaviour/test_probe.h"

#include <otp/sys.h>

BOTH_WORLDS("get_state and replace_state go through describe and undescribe") {
    otp_term pid = otp_from_pid(probe_start("ok"));
    otp_term state;
    CHECK_EQ(otp_sys_get_state(pid, 5000, &state), OTP_OK);
    CHECK_TERM(state, "{probe, 0}");
    CHECK_EQ(otp_sys_replace_state(pid, otp_term_of("{probe, 41}"), 5000), OTP_OK);
    CHECK_EQ(otp_call(pid, otp_term_of("{add, 1}"), 5000, &state), OTP_OK);
    CHECK_TERM(state, "42");
    CHECK_EQ(otp_sys_replace_state(pid, otp_term_of("{other, 1}"), 5000), OTP_EBADARG);
    CHECK_SILENCE();
}

BOTH_WORLDS("a server without describe or undescribe says so") {
    static const otp_gen_server bare = {.name = "bare"};
    otp_pid pid;
    otp_term state;
    CHECK_EQ(otp_start(&bare, otp_nil(), NULL, &pid), OTP_OK);
    CHECK_EQ(otp_sys_get_state(otp_from_pid(pid), 5000, &state), OTP_EUNSUPPORTED);
    CHECK_EQ(otp_sys_replace_state(otp_from_pid(pid), otp_nil(), 5000), OTP_EUNSUPPORTED);
    CHECK_EQ(otp_sys_get_state(OTP_ATOM(sys_test_nobody), 5000, &state), OTP_ENOPROC);
}

BOTH_WORLDS("a suspended server handles system messages only; the others wait in order") {
    otp_term pid = otp_from_pid(probe_start("ok"));
    otp_term reply;
    CHECK_EQ(otp_sys_suspend(pid, 5000), OTP_OK);
    otp_send(pid, OTP_ATOM(one));
    otp_cast(pid, otp_term_of("{add, 5}"));
    otp_send(pid, OTP_ATOM(two));
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 10, &reply), OTP_ETIMEOUT);
    CHECK_SILENCE();
    CHECK_EQ(otp_sys_get_state(pid, 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "{probe, 0}");
    CHECK_EQ(otp_sys_resume(pid, 5000), OTP_OK);
    otp_send(pid, OTP_ATOM(three));
    for (int i = 0; i < 3; i++) {
        static const char *const expected[] = {"one", "two", "three"};
        otp_term m;
        CHECK_EQ(otp_receive(5000, &m), OTP_OK);
        CHECK(otp_match(m, "{info, _, ~w}", otp_atom(expected[i])));
    }
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "5");
    CHECK_EQ(otp_sys_resume(pid, 5000), OTP_OK);
}

SIMULATED_WORLDS("the idle time stands still while a server is suspended") {
    otp_term pid = otp_from_pid(probe_start("{within, 500}"));
    CHECK_EQ(otp_sys_suspend(pid, 5000), OTP_OK);
    CHECK_EQ(otp_receive_match(5000, "_"), OTP_ETIMEOUT);
    uint64_t began = otp_now_ms();
    CHECK_EQ(otp_sys_resume(pid, 5000), OTP_OK);
    CHECK_TOLD("{info, _, timeout}");
    CHECK_EQ(otp_now_ms() - began, 500);
}

static void parent_of_suspended(otp_term watcher) {
    otp_pid pid, to;
    otp_term args = otp_tuple(watcher, OTP_ATOM(trap));
    CHECK_EQ(otp_start_link(&probe_server, args, NULL, &pid), OTP_OK);
    CHECK_EQ(otp_sys_suspend(otp_from_pid(pid), 5000), OTP_OK);
    CHECK(otp_get_pid(watcher, &to));
    otp_send(to, otp_tuple(OTP_ATOM(suspended), otp_from_pid(pid)));
    otp_exit(OTP_ATOM(gone));
}

BOTH_WORLDS("a suspended server still follows its parent") {
    otp_pid pid;
    otp_spawn(parent_of_suspended, otp_from_pid(otp_self()));
    CHECK_TOLD("{suspended, ~p}", &pid);
    CHECK_TOLD("{terminate, ~w, gone}", otp_from_pid(pid));
}

BOTH_WORLDS("get_status is a map of the facts, and has OTP's shape on the wire") {
    otp_start_opts opts = {.name = OTP_ATOM(sys_test_status)};
    otp_pid pid;
    otp_term status, reply;
    CHECK_EQ(otp_start_link(&probe_server, probe_args("ok"), &opts, &pid), OTP_OK);
    CHECK_EQ(otp_call(pid, otp_term_of("{add, 7}"), 5000, &reply), OTP_OK);
    otp_cast(pid, OTP_ATOM(nothing));
    CHECK_EQ(otp_sys_get_status(opts.name, 5000, &status), OTP_OK);
    CHECK(otp_match(status,
                    "#{pid := ~w, behaviour := gen_server, name := <<\"probe\">>,"
                    " status := running, parent := ~w, state := {probe, 7}, messages_in := 2,"
                    " messages_out := 1, message_queue_len := 0}",
                    otp_from_pid(pid), otp_from_pid(otp_self())));
    otp_ref ref = otp_make_ref();
    otp_send(pid, otp_term_of("{system, {~w, ~w}, get_status}", otp_from_pid(otp_self()),
                              otp_from_ref(ref)));
    CHECK_TOLD("{~w, {status, ~w, {module, gen_server}, [_, running, ~w, _, [_ | _]]}}",
               otp_from_ref(ref), otp_from_pid(pid), otp_from_pid(otp_self()));
    CHECK_EQ(otp_sys_suspend(opts.name, 5000), OTP_OK);
    CHECK_EQ(otp_sys_get_status(opts.name, 5000, &status), OTP_OK);
    CHECK(otp_match(status, "#{status := suspended}"));
}

BOTH_WORLDS("system messages and their answers have OTP's shapes") {
    otp_pid pid = probe_start("ok");
    otp_term self = otp_from_pid(otp_self());
    static const char *const requests[] = {"get_state", "suspend", "resume", "bogus"};
    static const char *const answers[] = {"{ok, {probe, 0}}", "ok", "ok",
                                          "{error, {unknown_system_msg, bogus}}"};
    for (int i = 0; i < 4; i++) {
        otp_term ref = otp_from_ref(otp_make_ref());
        otp_term answer = OTP_NONE;
        otp_send(pid, otp_term_of("{system, {~w, ~w}, ~w}", self, ref, otp_atom(requests[i])));
        CHECK_TOLD("{~w, ~t}", ref, &answer);
        CHECK_TERM(answer, answers[i]);
    }
    otp_term ref = otp_from_ref(otp_make_ref());
    otp_ref down = otp_monitor(pid);
    otp_send(pid, otp_term_of("{system, {~w, ~w}, {terminate, over}}", self, ref));
    CHECK_TOLD("{~w, ok}", ref);
    CHECK_TOLD("{terminate, ~w, over}", otp_from_pid(pid));
    CHECK_TOLD("{'DOWN', ~w, process, _, over}", otp_from_ref(down));
}

static void read_number(void *context, void *state) {
    *(int64_t *)context = ((probe *)state)->number++;
}

BOTH_WORLDS("a look sees the C state, between two messages") {
    otp_pid pid = probe_start("ok");
    otp_term dest = otp_from_pid(pid);
    int64_t seen = -1;
    otp_term reply;
    otp_cast(pid, otp_term_of("{add, 9}"));
    CHECK_EQ(otp_sys_look(dest, read_number, &seen, 5000), OTP_OK);
    CHECK_EQ(seen, 9);
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "10");
    CHECK_EQ(otp_sys_look(otp_from_pid(otp_self()), read_number, &seen, 5000), OTP_EBADARG);
}

BOTH_WORLDS("a look that timed out never happens") {
    otp_pid pid = probe_start("ok");
    otp_cast(pid, otp_term_of("{do, hang}"));
    int64_t seen = -1;
    CHECK_EQ(otp_sys_look(otp_from_pid(pid), read_number, &seen, 10), OTP_ETIMEOUT);
    otp_kill(pid);
    wait_exit(pid);
    CHECK_EQ(seen, -1);
    CHECK_EQ(otp_sys_look(otp_from_pid(pid), read_number, &seen, 10), OTP_ENOPROC);
}

/* ---- Interceptors ---- */

typedef struct seen {
    int in, out;
} seen;

/* Drops the atom drop, replaces the atom old by new. */
static otp_verdict watch(void *context, otp_direction direction, otp_pid peer, otp_term *message) {
    seen *s = context;
    (void)peer;
    s->in += direction == OTP_IN;
    s->out += direction == OTP_OUT;
    if (otp_is(*message, "drop")) {
        return OTP_DROP;
    }
    if (otp_is(*message, "old")) {
        *message = OTP_ATOM(new);
        return OTP_REPLACE;
    }
    return OTP_PASS;
}

BOTH_WORLDS("an interceptor sees, drops and replaces what a process gets, until it is removed") {
    seen s = {0, 0};
    otp_interceptor interceptor = {.see = watch, .context = &s};
    otp_pid pid = probe_start("ok");
    otp_term dest = otp_from_pid(pid);
    CHECK_EQ(otp_sys_install(dest, &interceptor, 5000), OTP_OK);
    CHECK_EQ(otp_sys_install(dest, &interceptor, 5000), OTP_EEXIST);
    otp_send(pid, OTP_ATOM(drop));
    otp_send(pid, OTP_ATOM(old));
    otp_send(pid, OTP_ATOM(same));
    CHECK_TOLD("{info, _, new}");
    CHECK_TOLD("{info, _, same}");
    CHECK_EQ(otp_sys_remove(dest, 5000), OTP_OK);
    otp_send(pid, OTP_ATOM(drop));
    CHECK_TOLD("{info, _, drop}");
    CHECK_EQ(s.in, 3);
    CHECK_EQ(s.out, 2);
    CHECK_SILENCE();
}

static void echo(otp_term arg) {
    otp_pid from;
    otp_term what;
    (void)arg;
    while (otp_receive_match(OTP_INFINITY, "{~p, ~t}", &from, &what) == OTP_OK) {
        otp_send(from, what);
    }
}

BOTH_WORLDS("a process that is no behaviour can have an interceptor, on what it sends too") {
    seen s = {0, 0};
    otp_interceptor interceptor = {.see = watch, .context = &s};
    otp_pid pid = otp_spawn(echo, otp_nil());
    otp_term self = otp_from_pid(otp_self());
    CHECK_EQ(otp_sys_install(otp_from_pid(pid), &interceptor, 5000), OTP_OK);
    otp_send(pid, otp_tuple(self, OTP_ATOM(drop)));
    otp_send(pid, otp_tuple(self, OTP_ATOM(old)));
    otp_send(pid, otp_tuple(self, OTP_ATOM(same)));
    CHECK_TOLD("new");
    CHECK_TOLD("same");
    CHECK_SILENCE();
}

BOTH_WORLDS("an interceptor sees calls and their answers, at the server and at the caller") {
    seen server = {0, 0};
    seen caller = {0, 0};
    otp_interceptor at_server = {.see = watch, .context = &server};
    otp_interceptor at_caller = {.see = watch, .context = &caller};
    otp_pid pid = probe_start("ok");
    otp_term reply;
    CHECK_EQ(otp_sys_install(otp_from_pid(pid), &at_server, 5000), OTP_OK);
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_OK);
    CHECK_EQ(server.in, 1);
    CHECK_EQ(server.out, 1);
    CHECK_EQ(otp_sys_remove(otp_from_pid(pid), 5000), OTP_OK);
    CHECK_EQ(otp_sys_install(otp_from_pid(otp_self()), &at_caller, 5000), OTP_OK);
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_OK);
    CHECK_EQ(caller.in, 1);
    CHECK_EQ(caller.out, 1);
    CHECK_EQ(otp_sys_remove(otp_from_pid(otp_self()), 5000), OTP_OK);
}

BOTH_WORLDS("installing in nobody, or nothing, is an error") {
    otp_interceptor interceptor = {.see = watch};
    otp_pid pid = otp_spawn(echo, otp_nil());
    otp_kill(pid);
    wait_exit(pid);
    CHECK_EQ(otp_sys_install(otp_from_pid(pid), &interceptor, 5000), OTP_ENOPROC);
    CHECK_EQ(otp_sys_install(OTP_ATOM(sys_test_nobody), &interceptor, 5000), OTP_ENOPROC);
    CHECK_EQ(otp_sys_install(otp_from_pid(otp_self()), NULL, 5000), OTP_EBADARG);
    CHECK_EQ(otp_sys_install(otp_int(1), &interceptor, 5000), OTP_EBADARG);
}
