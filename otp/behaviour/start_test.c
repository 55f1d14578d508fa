/* SPDX-License-Identifier: MIT */
/* How servers are started, and what the starter learns: proc_lib:start and gen_server:start. */
#include "behaviour/test_probe.h"

static otp_err start_failing(const char *action, bool link, otp_term *reason) {
    otp_pid pid = OTP_PID_NONE;
    otp_start_opts opts = {.reason = reason};
    otp_err err = link ? otp_start_link(&probe_server, probe_args(action), &opts, &pid)
                       : otp_start(&probe_server, probe_args(action), &opts, &pid);
    CHECK_EQ(pid.word, 0);
    return err;
}

BOTH_WORLDS("a started server runs when start returns, and is linked only if asked") {
    otp_trap_exit(true);
    otp_pid pid, linked;
    CHECK_EQ(otp_start(&probe_server, probe_args("ok"), NULL, &pid), OTP_OK);
    CHECK_EQ(otp_start_link(&probe_server, probe_args("ok"), NULL, &linked), OTP_OK);
    CHECK(otp_is_alive(pid) && otp_is_alive(linked));
    otp_kill(pid);
    otp_kill(linked);
    otp_pid exited;
    CHECK_TOLD("{'EXIT', ~p, killed}", &exited);
    CHECK(exited.word == linked.word);
    CHECK_SILENCE();
}

BOTH_WORLDS("start_monitor gives the reference of a monitor on the server") {
    otp_pid pid;
    otp_ref ref;
    CHECK_EQ(otp_start_monitor(&probe_server, probe_args("ok"), NULL, &pid, &ref), OTP_OK);
    otp_exit_signal(pid, OTP_ATOM(enough));
    CHECK_TOLD("{'DOWN', ~w, process, ~w, enough}", otp_from_ref(ref), otp_from_pid(pid));
}

BOTH_WORLDS("an init that stops is OTP_EINIT with its reason") {
    otp_term reason;
    CHECK_EQ(start_failing("{stop, {no, luck}}", false, &reason), OTP_EINIT);
    CHECK_TERM(reason, "{no, luck}");
}

BOTH_WORLDS("an init that exits is OTP_EINIT with its reason") {
    otp_term reason;
    CHECK_EQ(start_failing("{exit, broken}", false, &reason), OTP_EINIT);
    CHECK_TERM(reason, "broken");
    CHECK_EQ(start_failing("{exit, normal}", false, &reason), OTP_EINIT);
    CHECK_TERM(reason, "normal");
}

BOTH_WORLDS("a linked server that fails in init sends no exit signal to its starter") {
    otp_term reason;
    CHECK_EQ(start_failing("{stop, first}", true, &reason), OTP_EINIT);
    CHECK_EQ(start_failing("{exit, second}", true, &reason), OTP_EINIT);
    CHECK_EQ(start_failing("ignore", true, &reason), OTP_EIGNORE);
    otp_trap_exit(true);
    CHECK_EQ(start_failing("{stop, third}", true, &reason), OTP_EINIT);
    CHECK_EQ(start_failing("{exit, fourth}", true, &reason), OTP_EINIT);
    CHECK_EQ(start_failing("ignore", true, &reason), OTP_EIGNORE);
    CHECK_SILENCE();
}

BOTH_WORLDS("an init that ignores is OTP_EIGNORE, and the process is gone by then") {
    otp_start_opts opts = {.name = OTP_ATOM(start_test_ignored)};
    otp_pid pid;
    CHECK_EQ(otp_start_link(&probe_server, probe_args("ignore"), &opts, &pid), OTP_EIGNORE);
    CHECK_EQ(otp_whereis(opts.name).word, 0);
}

BOTH_WORLDS("a bad result of init is {bad_return_value, {init, _}}") {
    otp_term reason;
    CHECK_EQ(start_failing("bad", false, &reason), OTP_EINIT);
    CHECK_TERM(reason, "{bad_return_value, {init, 77}}");
    CHECK_EQ(start_failing("{reply, x}", false, &reason), OTP_EINIT);
    CHECK_TERM(reason, "{bad_return_value, {init, reply}}");
    CHECK_EQ(start_failing("{within, -5}", false, &reason), OTP_EINIT);
    CHECK_TERM(reason, "{bad_return_value, {init, {ok, timeout, -5}}}");
}

BOTH_WORLDS("an init that takes too long is killed: OTP_ETIMEOUT") {
    otp_pid pid = OTP_PID_NONE;
    otp_start_opts opts = {.timeout_ms = 30, .name = OTP_ATOM(start_test_slow)};
    otp_trap_exit(true);
    CHECK_EQ(otp_start_link(&probe_server, probe_args("hang"), &opts, &pid), OTP_ETIMEOUT);
    CHECK_EQ(otp_whereis(opts.name).word, 0);
    CHECK_SILENCE();
}

BOTH_WORLDS("a name that is taken is OTP_EALREADY with the pid that has it") {
    otp_start_opts opts = {.name = OTP_ATOM(start_test_name)};
    otp_pid first = OTP_PID_NONE, second = OTP_PID_NONE;
    CHECK_EQ(otp_start(&probe_server, probe_args("ok"), &opts, &first), OTP_OK);
    CHECK_EQ(otp_start_link(&probe_server, probe_args("ok"), &opts, &second), OTP_EALREADY);
    CHECK(second.word == first.word);
    CHECK(otp_whereis(opts.name).word == first.word);
    CHECK_EXIT(first, "killed", otp_kill(first));
    CHECK_EQ(otp_start(&probe_server, probe_args("ok"), &opts, &second), OTP_OK);
}

static otp_result named_init(void *state, otp_term args) {
    (void)state;
    otp_pid self = otp_whereis(args);
    return self.word == otp_self().word ? otp_ok() : otp_stop(OTP_ATOM(not_registered));
}

BOTH_WORLDS("the name is registered before init runs") {
    static const otp_gen_server named = {.name = "named", .init = named_init};
    otp_pid pid;
    otp_start_opts opts = {.name = OTP_ATOM(start_test_early)};
    CHECK_EQ(otp_start(&named, opts.name, &opts, &pid), OTP_OK);
}

BOTH_WORLDS("a server without callbacks starts; one without a name does not") {
    static const otp_gen_server bare = {.name = "bare"};
    static const otp_gen_server nameless = {.state_size = 8};
    otp_pid pid;
    CHECK_EQ(otp_start(&bare, otp_nil(), NULL, &pid), OTP_OK);
    CHECK_EQ(otp_start(&nameless, otp_nil(), NULL, &pid), OTP_EBADARG);
    CHECK_EQ(otp_start(NULL, otp_nil(), NULL, &pid), OTP_EBADARG);
}

static otp_result context_init(void *state, otp_term args) {
    (void)state, (void)args;
    ++*(int *)otp_context();
    return otp_ok();
}

BOTH_WORLDS("a server sees the context it was started with") {
    static const otp_gen_server server = {.name = "context", .init = context_init};
    int calls = 0;
    otp_pid pid;
    CHECK_EQ(otp_start(&server, otp_nil(), &(otp_start_opts){.context = &calls}, &pid), OTP_OK);
    CHECK_EQ(calls, 1);
}

static otp_result zero_init(void *state, otp_term args) {
    static const char zeros[256];
    (void)args;
    bool aligned = (uintptr_t)state % 16 == 0;
    bool zero = __builtin_memcmp(state, zeros, sizeof zeros) == 0;
    __builtin_memset(state, 0xa5, sizeof zeros);
    return aligned && zero ? otp_ok() : otp_stop(OTP_ATOM(dirty));
}

BOTH_WORLDS("the state is zeroed before init, and aligned for anything") {
    static const otp_gen_server server = {.name = "zero", .state_size = 256, .init = zero_init};
    for (int i = 0; i < 20; i++) {
        otp_pid pid;
        CHECK_EQ(otp_start(&server, otp_nil(), NULL, &pid), OTP_OK);
        otp_kill(pid);
    }
}

static void starter_of_hanging(otp_term watcher) {
    otp_pid pid;
    otp_start_opts opts = {.name = OTP_ATOM(start_test_hanging)};
    otp_term args = otp_tuple(watcher, OTP_ATOM(hang));
    otp_err err = otp_start_link(&probe_server, args, &opts, &pid);
    CHECK_EQ(err, OTP_EINIT);
}

BOTH_WORLDS("a server whose starter is killed while it is in init goes with it") {
    otp_pid starter = otp_spawn(starter_of_hanging, otp_from_pid(otp_self()));
    otp_pid server;
    while (!(server = otp_whereis(OTP_ATOM(start_test_hanging))).word) {
        otp_yield();
    }
    otp_ref ref = otp_monitor(server);
    otp_kill(starter);
    otp_term reason;
    CHECK_TOLD("{'DOWN', ~w, process, _, ~t}", otp_from_ref(ref), &reason);
    CHECK(otp_is(reason, "killed") || otp_is(reason, "noproc"));
}

static void killer_of(otp_term name) {
    otp_pid pid;
    while (!(pid = otp_whereis(name)).word) {
        otp_yield();
    }
    otp_exit_signal(pid, OTP_ATOM(struck));
}

BOTH_WORLDS("a server struck by an exit signal in init is OTP_EINIT with that reason, told once") {
    otp_trap_exit(true);
    otp_term reason = OTP_NONE;
    otp_pid pid = OTP_PID_NONE;
    otp_start_opts opts = {.name = OTP_ATOM(start_test_struck), .reason = &reason};
    otp_spawn(killer_of, opts.name);
    CHECK_EQ(otp_start_link(&probe_server, probe_args("hang"), &opts, &pid), OTP_EINIT);
    CHECK_TERM(reason, "struck");
    CHECK_SILENCE();
}

static otp_result linking_init(void *state, otp_term args) {
    otp_pid other;
    (void)state;
    if (otp_get_pid(args, &other)) {
        otp_link(other);
    }
    return otp_stop(OTP_ATOM(unlucky));
}

BOTH_WORLDS("other processes linked in init do get the exit signal of its failure") {
    static const otp_gen_server linking = {.name = "linking", .init = linking_init};
    otp_pid other = probe_start("trap");
    otp_pid pid;
    CHECK_EQ(otp_start_link(&linking, otp_from_pid(other), NULL, &pid), OTP_EINIT);
    CHECK_TOLD("{info, ~w, {'EXIT', _, unlucky}}", otp_from_pid(other));
}

BOTH_WORLDS("starting is as fast with a full mailbox as with an empty one") {
    for (int i = 0; i < 5000; i++) {
        otp_send(otp_self(), OTP_ATOM(junk));
    }
    for (int i = 0; i < 2000; i++) {
        otp_pid pid;
        otp_scope scope = otp_scope_begin();
        CHECK_EQ(otp_start(&probe_server, probe_args("ok"), NULL, &pid), OTP_OK);
        otp_kill(pid);
        otp_scope_end(scope);
    }
}
