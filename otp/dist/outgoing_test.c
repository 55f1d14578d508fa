/* SPDX-License-Identifier: MIT */
/*
 * Signals between processes of different nodes.
 */
#include "dist/test_nodes.h"

/* ---- Messages ---- */

ON_NODES("a message goes by pid, and the answer comes back") {
    otp_pid pid = spawn_on(two, echo, otp_nil());
    CHECK(echo_answers(pid));
    CHECK(otp_length(otp_nodes()) == 1);
    CHECK(otp_equal(otp_head(otp_nodes()), otp_atom("two@host")));
}

ON_NODES("a message goes by name and node; an unknown name takes it to nobody") {
    otp_pid pid = spawn_named(two, echo, "echo");
    otp_send(name_on("nobody", "two@host"), OTP_ATOM(lost));
    otp_send(name_on("echo", "two@host"), otp_tuple(otp_from_pid(otp_self()), OTP_ATOM(hello)));
    CHECK(otp_receive_match(1000, "{~w, hello}", otp_from_pid(pid)) == OTP_OK);
    CHECK(silence());
}

ON_NODES("terms of every kind cross") {
    char big[500];
    __builtin_memset(big, 'x', sizeof big);
    otp_pid pid = spawn_on(two, echo, otp_nil());
    otp_term terms = otp_list(
        otp_int(-1), otp_uint(UINT64_MAX), otp_float(0.25), OTP_ATOM(atom), otp_from_pid(pid),
        otp_from_pid(otp_self()), otp_from_ref(otp_make_ref()), otp_string("text"),
        otp_binary(big, sizeof big), otp_charlist("abc"), otp_map(OTP_ATOM(k), otp_int(1)),
        otp_term_of("#{a => [1|2], {} => <<5:3>>, 18446744073709551616123 => []}"));
    otp_term back;
    otp_send(pid, otp_tuple(otp_from_pid(otp_self()), terms));
    REQUIRE(otp_receive_match(1000, "{~w, ~t}", otp_from_pid(pid), &back) == OTP_OK);
    CHECK(otp_equal(terms, back));
}

ON_NODES("a large and a deep term cross") {
    otp_pid pid = spawn_on(two, echo, otp_nil());
    otp_term deep = otp_nil();
    for (int i = 0; i < 5000; i++) {
        deep = otp_tuple(deep, otp_int(i));
    }
    otp_term back;
    otp_send(pid, otp_tuple(otp_from_pid(otp_self()), deep));
    REQUIRE(otp_receive_match(1000, "{~w, ~t}", otp_from_pid(pid), &back) == OTP_OK);
    CHECK(otp_equal(deep, back));
}

static void alias_user(otp_term alias) {
    for (int i = 1; i <= 3; i++) {
        otp_ref ref;
        if (CHECK(otp_get_ref(alias, &ref))) {
            otp_send(ref, otp_int(i));
        }
    }
}

ON_NODES("messages through an alias come until it is given up") {
    otp_ref alias = otp_alias(OTP_ALIAS_EXPLICIT);
    spawn_on(two, alias_user, otp_from_ref(alias));
    for (int64_t i = 1; i <= 3; i++) {
        int64_t got;
        CHECK(otp_receive_match(1000, "~i", &got) == OTP_OK && got == i);
    }
    otp_unalias(alias);
    spawn_on(two, alias_user, otp_from_ref(alias));
    CHECK(silence());
}

ON_NODES("a reply alias takes one message") {
    otp_ref alias = otp_alias(OTP_ALIAS_REPLY);
    spawn_on(two, alias_user, otp_from_ref(alias));
    CHECK(otp_receive_match(1000, "1") == OTP_OK);
    CHECK(silence());
}

static void counter(otp_term to) {
    otp_pid pid;
    CHECK(otp_get_pid(to, &pid));
    for (int i = 0; i < 50; i++) {
        otp_send(pid, otp_int(i));
        if (i % 7 == 0) {
            otp_yield();
        }
    }
}

ON_NODES("messages of one sender keep their order") {
    spawn_on(two, counter, otp_from_pid(otp_self()));
    for (int64_t i = 0; i < 50; i++) {
        int64_t got = -1;
        CHECK(otp_receive_match(1000, "~i", &got) == OTP_OK);
        if (!CHECK_EQ(got, i)) {
            return;
        }
    }
}

static void forwarder(otp_term arg) {
    otp_term to = otp_element(arg, 0);
    otp_send_term(to, otp_tuple(OTP_ATOM(from), otp_element(arg, 1)));
}

ON_NODES("pids of a third node mean the same everywhere, also when that node is gone") {
    otp_pid pid = spawn_on(three, echo, otp_nil());
    otp_term sent = otp_tuple(otp_from_pid(otp_self()), otp_from_pid(pid));
    otp_pid met;
    spawn_on(two, forwarder, sent);
    REQUIRE(otp_receive_match(1000, "{from, ~p}", &met) == OTP_OK);
    CHECK(met.word == pid.word && echo_answers(met));
}

/* ---- Exit signals and links ---- */

ON_NODES("exit signals cross, kill too") {
    otp_pid pids[2] = {spawn_on(two, echo, otp_nil()), spawn_on(two, echo, otp_nil())};
    otp_ref refs[2] = {otp_monitor(pids[0]), otp_monitor(pids[1])};
    otp_exit_signal(pids[0], OTP_ATOM(because));
    otp_kill(pids[1]);
    CHECK(comes_down(refs[0], "because"));
    CHECK(comes_down(refs[1], "killed"));
}

static void linked_to(otp_term pid_term) {
    otp_pid pid;
    otp_term message;
    CHECK(otp_get_pid(pid_term, &pid));
    otp_link(pid);
    otp_send(pid, OTP_ATOM(linked));
    (void)!otp_receive(OTP_INFINITY, &message);
    otp_exit(message);
}

ON_NODES("a link tells of an exit there") {
    otp_trap_exit(true);
    otp_pid pid = spawn_on(two, linked_to, otp_from_pid(otp_self()));
    CHECK(otp_receive_match(1000, "linked") == OTP_OK);
    otp_send(pid, OTP_ATOM(crashed));
    CHECK(otp_receive_match(1000, "{'EXIT', ~w, crashed}", otp_from_pid(pid)) == OTP_OK);
    CHECK(silence());
}

ON_NODES("a link tells of an exit here") {
    otp_pid pid = spawn_on(two, echo, otp_nil());
    otp_ref there = otp_monitor(pid);
    otp_ref ref;
    otp_pid local = otp_spawn_monitor(linked_to, otp_from_pid(pid), &ref);
    CHECK(echo_answers(pid));
    otp_send(local, OTP_ATOM(crashed));
    CHECK(comes_down(ref, "crashed"));
    CHECK(comes_down(there, "crashed"));
}

ON_NODES("a normal exit takes nobody along; linking the gone gives noproc") {
    otp_trap_exit(true);
    otp_pid pid = spawn_on(two, echo, otp_nil());
    otp_link(pid);
    tell_echo(pid, "stop");
    CHECK(otp_receive_match(1000, "{'EXIT', ~w, normal}", otp_from_pid(pid)) == OTP_OK);
    otp_link(pid);
    CHECK(otp_receive_match(1000, "{'EXIT', ~w, noproc}", otp_from_pid(pid)) == OTP_OK);
    CHECK(silence());
}

ON_NODES("after an unlink no exit signal comes") {
    otp_trap_exit(true);
    otp_pid pid = spawn_on(two, echo, otp_nil());
    otp_link(pid);
    tell_echo(pid, "crash");
    otp_unlink(pid);
    CHECK(silence());
}

static void unlinker(otp_term pid_term) {
    otp_pid pid;
    CHECK(otp_get_pid(pid_term, &pid));
    otp_trap_exit(true);
    for (int i = 0; i < 5; i++) {
        otp_link(pid);
        otp_yield();
        otp_unlink(pid);
    }
    otp_send(pid, otp_tuple(OTP_ATOM(done), otp_from_pid(otp_self())));
    otp_term message;
    (void)!otp_receive_match(OTP_INFINITY, "{stop, ~t}", &message);
    otp_exit(OTP_ATOM(over));
}

static bool is_linked(otp_pid to) {
    otp_term info;
    return otp_process_info(otp_self(), &info) == OTP_OK &&
           otp_length(otp_map_get(info, OTP_ATOM(links))) > 0 && to.word != 0;
}

ON_NODES("links and unlinks that cross leave both sides with the same") {
    otp_trap_exit(true);
    otp_pid pid = spawn_on(two, unlinker, otp_from_pid(otp_self()));
    for (int i = 0; i < 5; i++) {
        otp_link(pid);
        otp_yield();
        otp_unlink(pid);
    }
    CHECK(otp_receive_match(1000, "{done, ~w}", otp_from_pid(pid)) == OTP_OK);
    CHECK(otp_receive_match(100, "{never, _}") == OTP_ETIMEOUT); /* all that is under way arrives */
    bool linked = is_linked(pid);
    otp_send(pid, otp_tuple(OTP_ATOM(stop), otp_nil()));
    bool told = otp_receive_match(1000, "{'EXIT', ~w, over}", otp_from_pid(pid)) == OTP_OK;
    CHECK_EQ(told, linked);
}

static void link_keeper(otp_term pid_term) {
    otp_pid pid;
    otp_term message;
    CHECK(otp_get_pid(pid_term, &pid));
    otp_trap_exit(true);
    otp_link(pid);
    while (otp_receive(OTP_INFINITY, &message) == OTP_OK) {
        if (otp_is(message, "unlink")) {
            otp_unlink(pid);
        }
        if (otp_is(message, "link")) {
            otp_link(pid);
        }
        if (otp_is(message, "die")) {
            otp_exit(OTP_ATOM(over));
        }
    }
}

ON_NODES("an unlink of the peer does not undo a link made since") {
    otp_trap_exit(true);
    otp_pid pid = spawn_on(two, link_keeper, otp_from_pid(otp_self()));
    otp_send(pid, OTP_ATOM(unlink));
    otp_send(pid, OTP_ATOM(link));
    otp_send(pid, OTP_ATOM(unlink));
    otp_send(pid, OTP_ATOM(link));
    otp_unlink(pid);
    otp_link(pid);
    CHECK(otp_receive_match(100, "{never, _}") == OTP_ETIMEOUT);
    bool linked = is_linked(pid);
    otp_send(pid, OTP_ATOM(die));
    bool told = otp_receive_match(1000, "{'EXIT', ~w, over}", otp_from_pid(pid)) == OTP_OK;
    CHECK_EQ(told, linked);
}

/* ---- Monitors ---- */

ON_NODES("a monitor tells of the exit of a process, a name, and of nobody") {
    otp_pid pid = spawn_on(two, echo, otp_nil());
    otp_pid named = spawn_named(two, echo, "echo");
    otp_ref by_pid = otp_monitor(pid);
    otp_ref by_name = otp_monitor(name_on("echo", "two@host"));
    otp_ref of_nobody = otp_monitor(name_on("nobody", "two@host"));
    CHECK(comes_down(of_nobody, "noproc"));
    tell_echo(pid, "crash");
    tell_echo(named, "crash");
    otp_term down;
    REQUIRE(otp_receive_ref(by_name, 1000, &down) == OTP_OK);
    CHECK(otp_match(down, "{'DOWN', _, process, {echo, 'two@host'}, crashed}"));
    REQUIRE(otp_receive_ref(by_pid, 1000, &down) == OTP_OK);
    CHECK(otp_match(down, "{'DOWN', _, process, ~w, crashed}", otp_from_pid(pid)));
    CHECK(comes_down(otp_monitor(pid), "noproc"));
    CHECK(silence());
}

ON_NODES("after a demonitor with flush nothing comes") {
    otp_pid pid = spawn_on(two, echo, otp_nil());
    otp_ref ref = otp_monitor(pid);
    otp_ref other = otp_monitor(pid);
    tell_echo(pid, "crash");
    CHECK(otp_demonitor(ref, true));
    CHECK(comes_down(other, "crashed"));
    CHECK(silence());
}

static void answer_and_die(otp_term from) {
    otp_send_term(from, OTP_ATOM(answer));
}

ON_NODES("what a process sent comes before word of its death") {
    otp_pid pid = spawn_on(two, echo, otp_nil());
    CHECK(echo_answers(pid));
    otp_ref ref = otp_monitor(pid);
    tell_echo(pid, "first");
    tell_echo(pid, "stop");
    otp_term message;
    REQUIRE(otp_receive(1000, &message) == OTP_OK);
    CHECK(otp_match(message, "{~w, first}", otp_from_pid(pid)));
    CHECK(comes_down(ref, "normal"));
    otp_pid named = spawn_named(two, echo, "echo");
    ref = otp_monitor(name_on("echo", "two@host"));
    tell_echo(named, "second");
    tell_echo(named, "stop");
    REQUIRE(otp_receive(1000, &message) == OTP_OK);
    CHECK(otp_match(message, "{~w, second}", otp_from_pid(named)));
    CHECK(comes_down(ref, "normal"));
    spawn_on(two, answer_and_die, otp_from_pid(otp_self()));
    CHECK(otp_receive_match(1000, "answer") == OTP_OK);
}

/* ---- Calls ---- */

static otp_result adder_init(void *state, otp_term args) {
    (void)state, (void)args;
    return otp_ok();
}

static otp_result adder_call(void *state, otp_term request, otp_from from) {
    int64_t *sum = state;
    int64_t n;
    (void)from;
    if (otp_is(request, "crash")) {
        return otp_stop(OTP_ATOM(crashed));
    }
    if (otp_is(request, "ignore")) {
        return otp_noreply();
    }
    *sum += otp_get_int(request, &n) ? n : 0;
    return otp_reply(otp_int(*sum));
}

static otp_result adder_cast(void *state, otp_term request) {
    int64_t n;
    *(int64_t *)state += otp_get_int(request, &n) ? n : 0;
    return otp_noreply();
}

static const otp_gen_server adder = {.name = "adder",
                                     .state_size = sizeof(int64_t),
                                     .init = adder_init,
                                     .handle_call = adder_call,
                                     .handle_cast = adder_cast};

static void adder_starter(otp_term reply_to) {
    otp_pid pid = OTP_PID_NONE;
    CHECK(otp_start(&adder, otp_nil(), &(otp_start_opts){.name = OTP_ATOM(adder)}, &pid) == OTP_OK);
    otp_send_term(reply_to, otp_from_pid(pid));
}

static otp_pid adder_on(otp_system *node) {
    otp_pid pid = OTP_PID_NONE;
    spawn_on(node, adder_starter, otp_from_pid(otp_self()));
    CHECK(otp_receive_match(1000, "~p", &pid) == OTP_OK);
    return pid;
}

ON_NODES("calls and casts reach a server on another node, by pid and by name") {
    otp_pid pid = adder_on(two);
    otp_term reply = OTP_NONE;
    CHECK(otp_call(pid, otp_int(5), 1000, &reply) == OTP_OK && otp_equal(reply, otp_int(5)));
    otp_cast(pid, otp_int(1));
    otp_cast(name_on("adder", "two@host"), otp_int(1));
    CHECK(otp_call(name_on("adder", "two@host"), otp_int(2), 1000, &reply) == OTP_OK);
    CHECK(otp_equal(reply, otp_int(9)));
    CHECK(silence());
}

ON_NODES("a call tells why there is no answer") {
    otp_pid pid = adder_on(two);
    CHECK_EQ(otp_call(name_on("nobody", "two@host"), otp_nil(), 1000, NULL), OTP_ENOPROC);
    CHECK_EQ(otp_call(name_on("adder", "two@host"), OTP_ATOM(ignore), 1000, NULL), OTP_ETIMEOUT);
    CHECK_EQ(otp_call(pid, OTP_ATOM(crash), 1000, NULL), OTP_EDOWN);
    CHECK_EQ(otp_call(otp_tuple(OTP_ATOM(adder), otp_atom("nowhere@host")), otp_nil(), 1000, NULL),
             OTP_ENODE);
    CHECK(silence());
}

/* ---- A world of its own ---- */

UNIT("in a parallel world nobody else can be reached") {
    otp_outcome outcome;
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 1}, &world) ==
            OTP_OK);
    if (node_start("one@host", &one) && node_start("two@host", &two)) {
        otp_pid pid = OTP_PID_NONE;
        CHECK(otp_system_spawn(two, echo, otp_nil(), NULL, &pid) == OTP_OK);
        CHECK(otp_run(one, linked_to, otp_from_pid(pid), 10000, &outcome) == OTP_OK);
        CHECK_STR(outcome.reason, "noconnection");
        CHECK_EQ(otp_network_cut(world, "one@host", "two@host"), OTP_EMODE);
    }
    otp_world_stop(world);
}
