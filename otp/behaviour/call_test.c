/* SPDX-License-Identifier: MIT */
/* otp_call, otp_cast, otp_answer and otp_stop_server: gen:call, gen:reply, gen_server:stop. */
#include "behaviour/test_probe.h"

BOTH_WORLDS("a call is answered") {
    otp_pid pid = probe_start("ok");
    otp_term reply;
    CHECK_EQ(otp_call(pid, otp_term_of("{echo, [1, {two, <<\"three\">>}]}"), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "[1, {two, <<\"three\">>}]");
    CHECK_EQ(otp_call(pid, otp_term_of("{add, 2}"), OTP_INFINITY, &reply), OTP_OK);
    CHECK_TERM(reply, "2");
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, NULL), OTP_OK);
    CHECK_SILENCE();
}

BOTH_WORLDS("requests are handled in the order they were sent, casts and calls alike") {
    otp_pid pid = probe_start("ok");
    otp_term reply;
    for (int i = 0; i < 100; i++) {
        otp_cast(pid, otp_term_of("{add, 1}"));
    }
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "100");
}

BOTH_WORLDS("a server is called by name, and by name and node") {
    otp_pid pid;
    otp_term reply;
    otp_start_opts opts = {.name = OTP_ATOM(call_test_named)};
    CHECK_EQ(otp_start(&probe_server, probe_args("ok"), &opts, &pid), OTP_OK);
    CHECK_EQ(otp_call(opts.name, otp_term_of("{add, 1}"), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "1");
    otp_term here = otp_tuple(opts.name, otp_node());
    CHECK_EQ(otp_call(here, otp_term_of("{add, 1}"), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "2");
    otp_cast(opts.name, otp_term_of("{add, 1}"));
    otp_cast(here, otp_term_of("{add, 1}"));
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "4");
}

BOTH_WORLDS("calling a name nobody has, or a process that is gone, is OTP_ENOPROC") {
    otp_term reply;
    CHECK_EQ(otp_call(OTP_ATOM(call_test_nobody), OTP_ATOM(get), 5000, &reply), OTP_ENOPROC);
    otp_pid pid = probe_start("ok");
    otp_kill(pid);
    wait_exit(pid);
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_ENOPROC);
    CHECK_SILENCE();
}

BOTH_WORLDS("calling oneself, or what is no destination, is OTP_EBADARG") {
    otp_term reply;
    CHECK_EQ(otp_call(otp_self(), OTP_ATOM(get), 5000, &reply), OTP_EBADARG);
    CHECK_EQ(otp_register(OTP_ATOM(call_test_me), otp_self()), OTP_OK);
    CHECK_EQ(otp_call(OTP_ATOM(call_test_me), OTP_ATOM(get), 5000, &reply), OTP_EBADARG);
    CHECK_EQ(otp_call(otp_int(5), OTP_ATOM(get), 5000, &reply), OTP_EBADARG);
    CHECK_EQ(otp_call(otp_term_of("{a, 1}"), OTP_ATOM(get), 5000, &reply), OTP_EBADARG);
    CHECK_SILENCE();
}

BOTH_WORLDS("a server that exits during a call is OTP_EDOWN with its reason") {
    otp_pid pid = probe_start("ok");
    otp_term reply;
    CHECK_EQ(otp_call(pid, otp_term_of("{do, {exit, {my, reason}}}"), 5000, &reply), OTP_EDOWN);
    CHECK_TERM(reply, "{my, reason}");
    pid = probe_start("ok");
    CHECK_EQ(otp_call(pid, otp_term_of("{do, {stop, normal}}"), 5000, &reply), OTP_EDOWN);
    CHECK_TERM(reply, "normal");
}

BOTH_WORLDS("a call that takes too long is OTP_ETIMEOUT, and its late answer is dropped") {
    otp_pid pid = probe_start("ok");
    otp_term reply;
    CHECK_EQ(otp_call(pid, OTP_ATOM(wait), 10, &reply), OTP_ETIMEOUT);
    otp_cast(pid, otp_term_of("{answer, late}"));
    CHECK_EQ(otp_call(pid, otp_term_of("{echo, next}"), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "next");
    CHECK_SILENCE();
}

BOTH_WORLDS("a timeout of zero does not wait, but sends") {
    otp_pid pid = probe_start("ok");
    otp_term reply;
    otp_err err = otp_call(pid, otp_term_of("{add, 1}"), 0, &reply);
    CHECK(err == OTP_ETIMEOUT || err == OTP_OK);
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "1");
}

static void call_and_wait(otp_term server) {
    otp_term reply;
    otp_exit(otp_call(server, OTP_ATOM(wait), 20000, &reply) ? OTP_ATOM(failed) : reply);
}

BOTH_WORLDS("a server answers later, from another callback") {
    otp_pid pid = probe_start("ok");
    otp_ref ref;
    otp_spawn_monitor(call_and_wait, otp_from_pid(pid), &ref);
    otp_term waits;
    do {
        otp_yield();
        CHECK_EQ(otp_sys_get_state(otp_from_pid(pid), 5000, &waits), OTP_OK);
        otp_cast(pid, otp_term_of("{add, 1}"));
    } while (!otp_match(waits, "{probe, 10}"));
    otp_cast(pid, otp_term_of("{answer, at_last}"));
    CHECK_TOLD("{'DOWN', ~w, process, _, at_last}", otp_from_ref(ref));
}

/* ---- Shapes on the wire ---- */

BOTH_WORLDS("a call on the wire is {'$gen_call', {Pid, [alias | Ref]}, Request}") {
    otp_pid server = otp_self();
    otp_pid caller = otp_spawn(call_and_wait, otp_from_pid(server));
    otp_ref watch = otp_monitor(caller);
    otp_pid from;
    otp_ref ref;
    CHECK_TOLD("{'$gen_call', {~p, [alias | ~r]}, wait}", &from, &ref);
    CHECK(from.word == caller.word);
    otp_send(ref, otp_term_of("{[alias | ~w], by_hand}", otp_from_ref(ref)));
    CHECK_TOLD("{'DOWN', ~w, process, _, by_hand}", otp_from_ref(watch));
}

BOTH_WORLDS("a cast on the wire is {'$gen_cast', Request}") {
    otp_cast(otp_self(), otp_term_of("{hello, 1}"));
    CHECK_TOLD("{'$gen_cast', {hello, 1}}");
}

BOTH_WORLDS(
    "an answer goes to an alias as {[alias | Ref], Reply}, to a plain Ref as {Ref, Reply}") {
    otp_pid pid = probe_start("ok");
    otp_ref alias = otp_alias(OTP_ALIAS_EXPLICIT);
    otp_send(pid, otp_term_of("{'$gen_call', {~w, [alias | ~w]}, {echo, a}}",
                              otp_from_pid(otp_self()), otp_from_ref(alias)));
    CHECK_TOLD("{[alias | ~w], a}", otp_from_ref(alias));
    otp_ref ref = otp_make_ref();
    otp_send(pid, otp_term_of("{'$gen_call', {~w, ~w}, {echo, b}}", otp_from_pid(otp_self()),
                              otp_from_ref(ref)));
    CHECK_TOLD("{~w, b}", otp_from_ref(ref));
}

BOTH_WORLDS("any other tag comes back as it was, [[alias | Ref] | _] through its alias") {
    otp_pid pid = probe_start("ok");
    otp_term self = otp_from_pid(otp_self());
    otp_send(pid, otp_term_of("{'$gen_call', {~w, {my, <<\"tag\">>}}, {echo, c}}", self));
    CHECK_TOLD("{{my, <<\"tag\">>}, c}");
    otp_ref alias = otp_alias(OTP_ALIAS_EXPLICIT);
    otp_term ref = otp_from_ref(alias);
    otp_send(pid, otp_term_of("{'$gen_call', {~w, [[alias | ~w] | x]}, {echo, d}}", self, ref));
    CHECK_TOLD("{[[alias | ~w] | x], d}", ref);
    otp_unalias(alias);
    otp_send(pid, otp_term_of("{'$gen_call', {~w, [[alias | ~w] | x]}, {echo, d}}", self, ref));
    CHECK_SILENCE();
}

BOTH_WORLDS("an odd tag can be answered later, too") {
    otp_pid pid = probe_start("ok");
    otp_send(pid, otp_term_of("{'$gen_call', {~w, {odd, [1]}}, wait}", otp_from_pid(otp_self())));
    otp_cast(pid, otp_term_of("{add, 1}"));
    otp_cast(pid, otp_term_of("{answer, later}"));
    CHECK_TOLD("{{odd, [1]}, later}");
}

/* ---- Casts ---- */

BOTH_WORLDS("a cast to nobody is no error") {
    otp_cast(OTP_ATOM(call_test_nobody), OTP_ATOM(x));
    otp_pid pid = probe_start("ok");
    otp_kill(pid);
    wait_exit(pid);
    otp_cast(pid, OTP_ATOM(x));
}

/* ---- Stopping ---- */

BOTH_WORLDS("stop runs terminate and waits for the exit") {
    otp_pid pid = probe_start("ok");
    CHECK_EQ(otp_stop_server(otp_from_pid(pid), OTP_ATOM(normal), 5000), OTP_OK);
    CHECK(!otp_is_alive(pid));
    CHECK_TOLD("{terminate, ~w, normal}", otp_from_pid(pid));
    pid = probe_start("ok");
    CHECK_EQ(otp_stop_server(otp_from_pid(pid), otp_term_of("{my, [1]}"), 5000), OTP_OK);
    CHECK_TOLD("{terminate, ~w, {my, [1]}}", otp_from_pid(pid));
    CHECK_SILENCE();
}

BOTH_WORLDS("stop tells when there is nobody, and when there is no time") {
    CHECK_EQ(otp_stop_server(OTP_ATOM(call_test_nobody), OTP_ATOM(normal), 5000), OTP_ENOPROC);
    CHECK_EQ(otp_stop_server(otp_from_pid(otp_self()), OTP_ATOM(normal), 5000), OTP_EBADARG);
    otp_pid pid = probe_start("ok");
    otp_cast(pid, otp_term_of("{do, hang}"));
    CHECK_EQ(otp_stop_server(otp_from_pid(pid), OTP_ATOM(normal), 10), OTP_ETIMEOUT);
    otp_kill(pid);
    wait_exit(pid);
    CHECK_EQ(otp_stop_server(otp_from_pid(pid), OTP_ATOM(normal), 5000), OTP_ENOPROC);
    CHECK_SILENCE();
}

static void exit_in_terminate(void *state, otp_term reason) {
    (void)state, (void)reason;
    otp_exit(OTP_ATOM(other));
}

BOTH_WORLDS("a server that exits for another reason than asked is OTP_EDOWN") {
    static const otp_gen_server stubborn = {.name = "stubborn", .terminate = exit_in_terminate};
    otp_pid pid;
    CHECK_EQ(otp_start(&stubborn, otp_nil(), NULL, &pid), OTP_OK);
    CHECK_EQ(otp_stop_server(otp_from_pid(pid), OTP_ATOM(normal), 5000), OTP_EDOWN);
}

/* ---- What an answer may be ---- */

static const uint8_t LARGE[100] = {1, 2, 3}; /* shared by reference, not copied */

/* {Size, of, it, ...}, or with more in it that is large. */
static otp_term answer_of(size_t size, bool large) {
    otp_term elements[12];
    for (size_t i = 0; i < size; i++) {
        elements[i] = large ? otp_binary(LARGE, sizeof LARGE) : otp_int((int64_t)i);
    }
    return otp_tuple_of(size, elements);
}

BOTH_WORLDS("an answer of any size comes back whole") {
    otp_pid pid = probe_start("ok");
    for (size_t size = 0; size <= 12; size++) {
        otp_term reply;
        otp_term plain = answer_of(size, false);
        CHECK_EQ(otp_call(pid, otp_tuple(OTP_ATOM(echo), plain), 5000, &reply), OTP_OK);
        CHECK(otp_equal(reply, plain));
        otp_term large = answer_of(size, true);
        CHECK_EQ(otp_call(pid, otp_tuple(OTP_ATOM(echo), large), 5000, &reply), OTP_OK);
        CHECK(otp_equal(reply, large));
    }
    otp_term binary = otp_binary(LARGE, sizeof LARGE);
    otp_term reply;
    CHECK_EQ(otp_call(pid, otp_tuple(OTP_ATOM(echo), binary), 5000, &reply), OTP_OK);
    CHECK(otp_equal(reply, binary));
}

/* Calls that end while their answer is under way, and an end of the caller among them. */
static void hasty_calls(otp_term server) {
    otp_term binary = otp_binary(LARGE, sizeof LARGE);
    for (int i = 0; i < 60; i++) {
        otp_term what = i % 3 == 0 ? binary : i % 3 == 1 ? answer_of(9, true) : OTP_ATOM(small);
        otp_term reply;
        otp_err err = otp_call(server, otp_tuple(OTP_ATOM(echo), what), i % 2, &reply);
        if (err != OTP_ETIMEOUT && (err != OTP_OK || !otp_equal(reply, what))) {
            otp_exit(OTP_ATOM(failed));
        }
        if (i % 4 == 0) {
            otp_yield();
        }
    }
}

BOTH_WORLDS("an answer that crosses the end of its call, or of its caller, is dropped whole") {
    otp_pid pid = probe_start("ok");
    for (int i = 0; i < 20; i++) {
        otp_ref ref;
        otp_spawn_monitor(hasty_calls, otp_from_pid(pid), &ref);
    }
    for (int i = 0; i < 20; i++) {
        CHECK_TOLD("{'DOWN', _, process, _, normal}");
    }
    otp_term reply;
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 20000, &reply), OTP_OK);
    CHECK_SILENCE();
}

/* ---- Many ---- */

static void hundred_calls(otp_term server) {
    for (int i = 0; i < 100; i++) {
        otp_term reply;
        otp_scope scope = otp_scope_begin();
        if (otp_call(server, otp_term_of("{add, 1}"), 20000, &reply) != OTP_OK) {
            otp_exit(OTP_ATOM(failed));
        }
        otp_scope_end(scope);
    }
}

BOTH_WORLDS("many callers at once are all answered") {
    otp_pid pid = probe_start("ok");
    for (int i = 0; i < 50; i++) {
        otp_ref ref;
        otp_spawn_monitor(hundred_calls, otp_from_pid(pid), &ref);
    }
    for (int i = 0; i < 50; i++) {
        CHECK_TOLD("{'DOWN', _, process, _, normal}");
    }
    otp_term reply;
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "5000");
}

BOTH_WORLDS("callers killed while they wait leave the server unharmed") {
    otp_pid pid = probe_start("ok");
    for (int i = 0; i < 50; i++) {
        otp_pid caller = otp_spawn(i % 2 ? call_and_wait : hundred_calls, otp_from_pid(pid));
        otp_yield();
        otp_kill(caller);
        otp_cast(pid, otp_term_of("{add, 0}"));
    }
    otp_term reply;
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 20000, &reply), OTP_OK);
}
