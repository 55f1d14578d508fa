/* SPDX-License-Identifier: MIT */
/*
 * Connections that come and go: cuts, stops, crashes, restarts.
 */
#include "dist/test_nodes.h"

#include <string.h>

static void cut(otp_system *a, otp_system *b) {
    CHECK(otp_network_cut(world, a->name_text, b->name_text) == OTP_OK);
}

static void heal(otp_system *a, otp_system *b) {
    CHECK(otp_network_heal(world, a->name_text, b->name_text) == OTP_OK);
}

/* ---- Cuts ---- */

static void check_apart(otp_pid pid, otp_term name) {
    CHECK(comes_down(otp_monitor(pid), "noconnection"));
    CHECK(comes_down(otp_monitor(name), "noconnection"));
    otp_link(pid);
    CHECK(otp_receive_match(1000, "{'EXIT', ~w, noconnection}", otp_from_pid(pid)) == OTP_OK);
    otp_monitor_node(otp_atom("two@host"), true);
    CHECK(otp_receive_match(1000, "{nodedown, 'two@host'}") == OTP_OK);
    tell_echo(pid, "lost");
    otp_exit_signal(pid, OTP_ATOM(lost));
    otp_send_term(name, OTP_ATOM(lost));
    CHECK(otp_is_nil(otp_nodes()));
    CHECK_EQ(otp_call(pid, otp_nil(), 1000, NULL), OTP_ENODE);
    CHECK(silence());
}

ON_NODES("a cut tells links, monitors and node monitors, once; healed, all works again") {
    otp_trap_exit(true);
    otp_pid pid = spawn_named(two, echo, "echo");
    otp_pid linked = spawn_on(two, echo, otp_nil());
    otp_pid other = spawn_on(three, echo, otp_nil());
    otp_term name = name_on("echo", "two@host");
    otp_link(linked);
    otp_ref by_pid = otp_monitor(pid);
    otp_ref by_name = otp_monitor(name);
    otp_monitor_node(otp_atom("two@host"), true);
    otp_monitor_node(otp_atom("two@host"), true);
    otp_monitor_node(otp_atom("two@host"), true);
    otp_monitor_node(otp_atom("two@host"), false);
    CHECK(echo_answers(pid) && echo_answers(other));
    cut(one, two);
    CHECK(comes_down(by_pid, "noconnection"));
    CHECK(comes_down(by_name, "noconnection"));
    CHECK(otp_receive_match(1000, "{'EXIT', ~w, noconnection}", otp_from_pid(linked)) == OTP_OK);
    CHECK(otp_receive_match(1000, "{nodedown, 'two@host'}") == OTP_OK);
    CHECK(otp_receive_match(1000, "{nodedown, 'two@host'}") == OTP_OK);
    CHECK(silence());
    CHECK(otp_length(otp_nodes()) == 1 && echo_answers(other));
    cut(one, three);
    CHECK(silence());
    check_apart(pid, name);
    heal(one, two);
    CHECK(echo_answers(pid));
    CHECK(comes_down(otp_monitor(linked), "noproc")); /* it died of its own noconnection */
    CHECK(otp_length(otp_nodes()) == 1);
    CHECK(silence());
}

/* Linked to a process of node one, tells it by name of what became of the link. */
static void linked_reporter(otp_term pid_term) {
    otp_pid pid;
    otp_term reason;
    CHECK(otp_get_pid(pid_term, &pid));
    otp_trap_exit(true);
    otp_link(pid);
    otp_ref ref = otp_monitor(pid);
    otp_monitor_node(otp_atom("one@host"), true);
    otp_send(pid, OTP_ATOM(ready));
    CHECK(otp_receive_match(OTP_INFINITY, "{'EXIT', ~w, ~t}", pid_term, &reason) == OTP_OK);
    CHECK(comes_down(ref, "noconnection"));
    CHECK(otp_receive_match(OTP_INFINITY, "{nodedown, 'one@host'}") == OTP_OK);
    CHECK(otp_is(reason, "noconnection"));
    /* the connection may still be thought up at the other end: tries till it is heard */
    for (;;) {
        otp_send(pid, OTP_ATOM(told));
        if (otp_receive_match(100, "enough") == OTP_OK) {
            return;
        }
    }
}

ON_NODES("the other side learns of a cut too") {
    otp_pid pid = spawn_on(two, linked_reporter, otp_from_pid(otp_self()));
    otp_trap_exit(true);
    CHECK(otp_receive_match(1000, "ready") == OTP_OK);
    cut(two, one);
    heal(one, two);
    CHECK(otp_receive_match(10000, "{'EXIT', ~w, noconnection}", otp_from_pid(pid)) == OTP_OK);
    CHECK(otp_receive_match(10000, "told") == OTP_OK);
    otp_send(pid, OTP_ATOM(enough));
}

/* Makes a link and a monitor until both are up, each of which is told of a loss on its own; how
 * many losses there were. */
static int tie(otp_pid pid, otp_ref *ref) {
    int losses = 0;
    for (;; losses++) {
        otp_link(pid);
        *ref = otp_monitor(pid);
        tell_echo(pid, "hello");
        bool answered = otp_receive_match(1000, "{~w, hello}", otp_from_pid(pid)) == OTP_OK;
        bool unlinked =
            otp_receive_match(0, "{'EXIT', ~w, noconnection}", otp_from_pid(pid)) == OTP_OK;
        if (answered) { /* the link may have been made just before the loss was noticed */
            losses += unlinked;
            return losses;
        }
        CHECK(unlinked && comes_down(*ref, "noconnection"));
    }
}

/* The connection is lost and set up again, again and again: a tie made on the new one does not end
 * with the old one, and each is told once. */
ON_NODES("ties live on the connection they were made on") {
    otp_ref ref;
    otp_trap_exit(true);
    otp_pid pid = spawn_on(two, echo, otp_nil());
    CHECK(echo_answers(pid));
    for (int round = 0; round < 5; round++) {
        cut(one, two);
        heal(one, two);
        CHECK(tie(pid, &ref) <= 1);
        CHECK(otp_demonitor(ref, true));
        otp_unlink(pid);
    }
    ref = otp_monitor(pid);
    otp_link(pid);
    tell_echo(pid, "crash");
    CHECK(comes_down(ref, "crashed"));
    CHECK(otp_receive_match(1000, "{'EXIT', ~w, crashed}", otp_from_pid(pid)) == OTP_OK);
    CHECK(silence());
}

/* ---- Ends of nodes: what a watcher on node one sees, as text ---- */

static char seen[1000];

static void watcher(otp_term arg) {
    otp_pid pid;
    otp_term message;
    char text[200];
    CHECK(otp_get_pid(arg, &pid));
    otp_trap_exit(true);
    otp_monitor_node(otp_atom("two@host"), true);
    otp_monitor(pid);
    otp_monitor(otp_tuple(OTP_ATOM(echo), otp_atom("two@host")));
    otp_link(pid);
    tell_echo(pid, "hello");
    while (otp_receive(OTP_INFINITY, &message) == OTP_OK) {
        otp_term what = otp_element(message, 0);
        otp_term reason = otp_element(message, otp_arity(message) - 1);
        otp_print(otp_tuple(what, reason), text, sizeof text);
        size_t length = strlen(seen);
        (void)snprintf(seen + length, sizeof seen - length, "%s ", text);
    }
}

static bool world_works(void) {
    return otp_world_run(world, 5000, NULL) == OTP_OK;
}

/* Nodes one and two with a watcher that has seen echo's first answer. */
static otp_pid watched_start(const otp_world_opts *opts) {
    otp_pid pid = OTP_PID_NONE;
    seen[0] = '\0';
    if (!CHECK(otp_world_start(opts, &world) == OTP_OK) || !node_start("one@host", &one) ||
        !node_start("two@host", &two)) {
        return pid;
    }
    otp_spawn_opts named = {.name = OTP_ATOM(echo)};
    CHECK(otp_system_spawn(two, echo, otp_nil(), &named, &pid) == OTP_OK);
    CHECK(otp_system_spawn(one, watcher, otp_from_pid(pid), NULL, NULL) == OTP_OK);
    CHECK(world_works());
    CHECK(strstr(seen, "hello}") != NULL);
    seen[0] = '\0';
    return pid;
}

static void in_orders(void (*body)(const otp_world_opts *opts)) {
    otp_world_opts opts = {.mode = OTP_SIMULATED};
    for (uint64_t i = 0; i <= NODES_ORDERS; i++) {
        live before = live_now();
        otpi_prng_seed(&the_choices.prng, unit_seed() + i);
        the_choices.calm = true;
        opts.chooser = i > 0 ? &the_chooser : NULL;
        opts.delivery = i % 2 ? OTP_DELIVERY_PAIRWISE : OTP_DELIVERY_CAUSAL;
        body(&opts);
        otp_world_stop(world);
        check_live(&before);
    }
}

static size_t times_seen(const char *text) {
    size_t n = 0;
    for (const char *at = seen; (at = strstr(at, text)); at++) {
        n++;
    }
    return n;
}

static void node_stops(const otp_world_opts *opts) {
    watched_start(opts);
    otp_system_stop(two);
    CHECK(world_works());
    /* exits are told as such; the end of the connection comes last */
    CHECK_EQ(times_seen("{'DOWN',killed}"), 2);
    CHECK_EQ(times_seen("{'EXIT',killed}"), 1);
    CHECK_EQ(times_seen("{nodedown,two@host}"), 1);
    CHECK_EQ(times_seen("{"), 4);
    CHECK(strlen(seen) > 20 && strcmp(seen + strlen(seen) - 20, "{nodedown,two@host} ") == 0);
}

UNIT("a node that stops lets its last signals out, then the others see nodedown") {
    in_orders(node_stops);
}

static void node_crashes(const otp_world_opts *opts) {
    watched_start(opts);
    otp_system_crash(two);
    CHECK(world_works());
    CHECK_EQ(times_seen("{'DOWN',noconnection}"), 2);
    CHECK_EQ(times_seen("{'EXIT',noconnection}"), 1);
    CHECK_EQ(times_seen("{nodedown,two@host}"), 1);
    CHECK_EQ(times_seen("{"), 4);
}

UNIT("a node that crashes sends nothing more, and the others see nodedown") {
    in_orders(node_crashes);
}

static otp_pid old_pid;

static void meets_new_life(otp_term new_pid) {
    otp_pid pid;
    CHECK(otp_get_pid(new_pid, &pid));
    otp_trap_exit(true);
    CHECK(comes_down(otp_monitor(old_pid), "noproc"));
    otp_link(old_pid);
    CHECK(otp_receive_match(1000, "{'EXIT', ~w, noproc}", otp_from_pid(old_pid)) == OTP_OK);
    tell_echo(old_pid, "lost");
    otp_exit_signal(old_pid, OTP_ATOM(lost));
    CHECK(silence());
    CHECK(echo_answers(pid));
    otp_send(name_on("echo", "two@host"), otp_tuple(otp_from_pid(otp_self()), OTP_ATOM(hello)));
    CHECK(otp_receive_match(1000, "{~w, hello}", new_pid) == OTP_OK);
    /* the old pid means the same there */
    otp_term back;
    otp_send(pid, otp_tuple(otp_from_pid(otp_self()), otp_from_pid(old_pid)));
    CHECK(otp_receive_match(1000, "{~w, ~t}", new_pid, &back) == OTP_OK);
    CHECK(back.word == old_pid.word);
}

static void node_restarts(const otp_world_opts *opts) {
    otp_outcome outcome;
    otp_pid pid = OTP_PID_NONE;
    old_pid = watched_start(opts);
    otp_system_crash(two);
    otp_spawn_opts named = {.name = OTP_ATOM(echo)};
    if (!node_start("two@host", &two)) {
        return;
    }
    CHECK(otp_system_spawn(two, echo, otp_nil(), &named, &pid) == OTP_OK);
    CHECK(pid.word != old_pid.word);
    CHECK(world_works());
    CHECK_EQ(times_seen("noconnection}"), 3);
    CHECK(otp_run(one, meets_new_life, otp_from_pid(pid), 60000, &outcome) == OTP_OK);
    CHECK_STR(outcome.reason, "normal");
    CHECK_EQ(times_seen("{"), 4); /* the watcher was told of the first life, once */
}

UNIT("a node that restarts has its name again, and pids of its old life name nobody") {
    in_orders(node_restarts);
}

static void calls_out(otp_term pid_term) {
    otp_pid pid;
    CHECK(otp_get_pid(pid_term, &pid));
    CHECK(echo_answers(pid));
}

static void restarts_and_calls_first(const otp_world_opts *opts) {
    otp_pid pid = OTP_PID_NONE;
    otp_outcome outcome;
    watched_start(opts);
    otp_system_crash(two);
    CHECK(otp_system_spawn(one, echo, otp_nil(), NULL, &pid) == OTP_OK);
    if (!node_start("two@host", &two)) {
        return;
    }
    /* node one has not seen the crash yet: it does so before the new life's signals arrive */
    CHECK(otp_run(two, calls_out, otp_from_pid(pid), 60000, &outcome) == OTP_OK);
    CHECK_STR(outcome.reason, "normal");
    CHECK(world_works());
    CHECK_EQ(times_seen("noconnection}"), 3);
    CHECK_EQ(times_seen("{"), 4);
}

UNIT("the peers of a crashed node see its end before they hear of its next life") {
    in_orders(restarts_and_calls_first);
}

/* ---- Who can be connected ---- */

static void nobody_answers(otp_term pid_term) {
    otp_pid pid;
    CHECK(otp_get_pid(pid_term, &pid));
    CHECK(comes_down(otp_monitor(pid), "noconnection"));
    CHECK(otp_is_nil(otp_nodes()));
    otp_monitor_node(otp_node(), true); /* a node does not lose itself */
    CHECK(silence());
}

static void check_unreachable(const otp_system_opts *a, const otp_system_opts *b) {
    otp_outcome outcome;
    otp_pid pid = OTP_PID_NONE;
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    CHECK(otp_system_start(world, a, &one) == OTP_OK);
    CHECK(otp_system_start(world, b, &two) == OTP_OK);
    CHECK(otp_system_spawn(two, echo, otp_nil(), NULL, &pid) == OTP_OK);
    CHECK(otp_run(one, nobody_answers, otp_from_pid(pid), 60000, &outcome) == OTP_OK);
    CHECK_STR(outcome.reason, "normal");
    otp_world_stop(world);
}

UNIT("nodes without a name, or with another cookie, are not connected") {
    check_unreachable(&(otp_system_opts){.name = "one@host"}, NULL);
    check_unreachable(NULL, &(otp_system_opts){.name = "two@host"});
    check_unreachable(&(otp_system_opts){.name = "one@host"},
                      &(otp_system_opts){.name = "two@host", .cookie = "secret"});
}

UNIT("cuts need two nodes of the world") {
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    if (node_start("one@host", &one) && node_start("two@host", &two)) {
        CHECK_EQ(otp_network_cut(world, "one@host", "four@host"), OTP_ENOENT);
        CHECK_EQ(otp_network_heal(world, "four@host", "one@host"), OTP_ENOENT);
        CHECK_EQ(otp_network_cut(world, "one@host", "one@host"), OTP_EBADARG);
        CHECK_EQ(otp_network_cut(world, "one@host", NULL), OTP_EBADARG);
        CHECK_EQ(otp_network_heal(world, "one@host", "two@host"), OTP_OK);
        otp_system_crash(two);
        CHECK_EQ(otp_network_cut(world, "one@host", "two@host"), OTP_OK);
    }
    otp_world_stop(world);
}

static void cut_in_advance(const otp_world_opts *opts) {
    otp_outcome outcome;
    otp_pid pid = watched_start(opts);
    cut(one, two);
    otp_system_crash(two);
    otp_system_crash(one);
    CHECK(node_start("one@host", &one) && node_start("two@host", &two));
    CHECK(otp_system_spawn(two, echo, otp_nil(), NULL, &pid) == OTP_OK);
    CHECK(otp_run(one, nobody_answers, otp_from_pid(pid), 60000, &outcome) == OTP_OK);
    heal(one, two);
    CHECK(otp_run(one, calls_out, otp_from_pid(pid), 60000, &outcome) == OTP_OK);
}

UNIT("a cut outlives the nodes, until it is healed") {
    in_orders(cut_in_advance);
}
