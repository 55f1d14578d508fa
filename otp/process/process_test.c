/* SPDX-License-Identifier: MIT */
#include "tests/worlds.h"

static void do_nothing(otp_term unused) {
    (void)unused;
}

static void wait_for_stop(otp_term unused) {
    (void)unused;
    otp_err err = otp_receive_match(OTP_INFINITY, "stop");
    OTP_ASSERT(err == OTP_OK);
}

static void exit_with(otp_term reason) {
    otp_exit(reason);
}

/* The next message, printed; "" after a second without one. */
static const char *next(void) {
    otp_term message;
    return otp_receive(1000, &message) == OTP_OK ? otp_show(message) : "";
}

static otp_term down_reason(otp_ref ref) {
    otp_term message;
    otp_err err = otp_receive_ref(ref, 1000, &message);
    return err == OTP_OK ? otp_element(message, 4) : OTP_NONE;
}

/* ---- Spawning and exiting ---- */

BOTH_WORLDS("a process whose function returns exits with normal") {
    otp_ref ref;
    otp_spawn_monitor(do_nothing, otp_nil(), &ref);
    CHECK(otp_is(down_reason(ref), "normal"));
}

BOTH_WORLDS("an exit reason reaches the monitor whole") {
    otp_ref ref;
    otp_spawn_monitor(exit_with, otp_term_of("{shutdown, [1, 2.5, <<\"because\">>, #{k => v}]}"),
                      &ref);
    CHECK_STR(otp_show(down_reason(ref)), "{shutdown,[1,2.5,<<\"because\">>,#{k => v}]}");
}

BOTH_WORLDS("arguments are copied") {
    otp_scope scope = otp_scope_begin();
    otp_pid pid = otp_spawn(wait_for_stop, otp_string("a text that ends with its scope"));
    otp_scope_end(scope);
    CHECK(otp_is_alive(pid));
    otp_send(pid, OTP_ATOM(stop));
}

BOTH_WORLDS("a killed process exits with killed, and runs its defers") {
    otp_ref ref;
    otp_pid pid = otp_spawn_monitor(wait_for_stop, otp_nil(), &ref);
    otp_kill(pid);
    CHECK(otp_is(down_reason(ref), "killed"));
    CHECK(!otp_is_alive(pid));
}

BOTH_WORLDS("a process killed before its first step never runs") {
    otp_ref ref;
    otp_pid pid = otp_spawn_monitor(exit_with, OTP_ATOM(ran), &ref);
    otp_kill(pid);
    otp_term reason = down_reason(ref);
    CHECK(otp_is(reason, "killed") || otp_is(reason, "ran"));
}

static int defer_order[3];
static int defers_run;
static void defer_note(void *argument) {
    defer_order[defers_run++] = *(int *)argument;
}

static void defers_and_waits(otp_term unused) {
    static int one = 1, two = 2, three = 3;
    otp_defer(defer_note, &one);
    otp_defer(defer_note, &two);
    otp_defer(defer_note, &three);
    otp_undefer(&two, false);
    wait_for_stop(unused);
}

BOTH_WORLDS("defers run last in first out, also when the process is killed while it waits") {
    defers_run = 0;
    otp_ref ref;
    otp_pid pid = otp_spawn_monitor(defers_and_waits, otp_nil(), &ref);
    otp_term info;
    CHECK(otp_process_info(pid, &info) == OTP_OK); /* it waits, or does so soon */
    otp_yield();
    otp_exit_signal(pid, OTP_ATOM(stop_it));
    CHECK(otp_is(down_reason(ref), "stop_it"));
    if (defers_run > 0) {
        CHECK(defers_run == 2 && defer_order[0] == 3 && defer_order[1] == 1);
    }
}

BOTH_WORLDS("exit normal from another process changes nothing, unless it is trapped") {
    otp_pid pid = otp_spawn(wait_for_stop, otp_nil());
    otp_exit_signal(pid, OTP_ATOM(normal));
    otp_term info;
    CHECK(otp_process_info(pid, &info) == OTP_OK);
    otp_send(pid, OTP_ATOM(stop));
    otp_trap_exit(true);
    otp_exit_signal(otp_self(), OTP_ATOM(normal));
    otp_pid from;
    CHECK(otp_receive_match(1000, "{'EXIT', ~p, normal}", &from) == OTP_OK);
}

BOTH_WORLDS("a process that has been killed is not alive to its killer") {
    otp_pid pid = otp_spawn(wait_for_stop, otp_nil());
    CHECK(otp_is_alive(pid));
    otp_kill(pid);
    CHECK(!otp_is_alive(pid));
}

/* ---- Links ---- */

BOTH_WORLDS("linked processes end together, with the same reason") {
    otp_ref ref;
    otp_pid a = otp_spawn_monitor(wait_for_stop, otp_nil(), &ref);
    otp_trap_exit(true);
    otp_link(a);
    otp_exit_signal(a, OTP_ATOM(broken));
    CHECK(otp_is(down_reason(ref), "broken"));
    otp_pid from;
    CHECK(otp_receive_match(1000, "{'EXIT', ~p, broken}", &from) == OTP_OK);
    CHECK(from.word == a.word);
}

BOTH_WORLDS("a link to a process that is gone gives noproc") {
    otp_ref ref;
    otp_pid pid = otp_spawn_monitor(do_nothing, otp_nil(), &ref);
    down_reason(ref);
    otp_trap_exit(true);
    otp_link(pid);
    otp_pid from;
    CHECK(otp_receive_match(1000, "{'EXIT', ~p, noproc}", &from) == OTP_OK);
}

static void links_and_returns(otp_term gone) {
    otp_pid pid;
    if (otp_get_pid(gone, &pid)) {
        otp_link(pid);
    }
}

BOTH_WORLDS("a link to a process that is gone ends who does not trap exits, at once") {
    otp_ref gone, ref;
    otp_pid pid = otp_spawn_monitor(do_nothing, otp_nil(), &gone);
    down_reason(gone);
    otp_spawn_monitor(links_and_returns, otp_from_pid(pid), &ref);
    CHECK(otp_is(down_reason(ref), "noproc"));
}

BOTH_WORLDS("after unlink no exit signal of that link comes") {
    otp_trap_exit(true);
    otp_ref ref;
    otp_pid pid = otp_spawn_monitor(wait_for_stop, otp_nil(), &ref);
    otp_link(pid);
    otp_unlink(pid);
    otp_kill(pid);
    CHECK(otp_is(down_reason(ref), "killed"));
    otp_term message;
    CHECK(otp_receive(0, &message) == OTP_ETIMEOUT);
}

BOTH_WORLDS("an unlink that crosses the exit swallows it") {
    otp_trap_exit(true);
    for (int i = 0; i < 50; i++) {
        otp_pid pid = otp_spawn_link(wait_for_stop, otp_nil());
        otp_kill(pid);
        if (i & 1) {
            otp_yield();
        }
        otp_unlink(pid);
        otp_term message;
        otp_err err = otp_receive(0, &message);
        CHECK(err == OTP_ETIMEOUT || i & 1);
    }
}

static void link_back(otp_term arg) {
    otp_pid parent;
    otp_get_pid(arg, &parent);
    otp_link(parent);
    otp_send(parent, OTP_ATOM(linked));
    wait_for_stop(arg);
}

BOTH_WORLDS("linking from both sides at once is one link") {
    otp_trap_exit(true);
    otp_pid pid = otp_spawn(link_back, otp_from_pid(otp_self()));
    otp_link(pid);
    CHECK(otp_receive_match(1000, "linked") == OTP_OK);
    otp_exit_signal(pid, OTP_ATOM(gone));
    otp_pid from;
    CHECK(otp_receive_match(1000, "{'EXIT', ~p, gone}", &from) == OTP_OK);
    otp_term message;
    CHECK(otp_receive(10, &message) == OTP_ETIMEOUT);
}

/* ---- Monitors and aliases ---- */

BOTH_WORLDS("a monitor tells once, and not after demonitor") {
    otp_pid pid = otp_spawn(wait_for_stop, otp_nil());
    otp_ref kept = otp_monitor(pid);
    otp_ref dropped = otp_monitor(pid);
    CHECK(otp_demonitor(dropped, false));
    CHECK(!otp_demonitor(dropped, false));
    otp_kill(pid);
    CHECK(otp_is(down_reason(kept), "killed"));
    otp_term message;
    CHECK(otp_receive(10, &message) == OTP_ETIMEOUT);
}

BOTH_WORLDS("a process does not monitor itself: there is nothing to demonitor") {
    CHECK(!otp_demonitor(otp_monitor(otp_self()), true));
    CHECK(otp_register(OTP_ATOM(myself), otp_self()) == OTP_OK);
    CHECK(!otp_demonitor(otp_monitor(OTP_ATOM(myself)), true));
    CHECK(!otp_demonitor(otp_monitor_alias(OTP_ATOM(myself), OTP_ALIAS_EXPLICIT), true));
}

BOTH_WORLDS("demonitor with flush removes a 'DOWN' that has come") {
    otp_ref ref;
    otp_pid pid = otp_spawn_monitor(do_nothing, otp_nil(), &ref);
    otp_ref other = otp_monitor(pid);
    down_reason(other);
    otp_demonitor(ref, true);
    otp_term message;
    CHECK(otp_receive(0, &message) == OTP_ETIMEOUT);
}

BOTH_WORLDS("a monitor by name tells {Name, Node}, noproc when nobody has the name") {
    otp_monitor(OTP_ATOM(nobody));
    CHECK_STR(otp_show(otp_node()), "nonode@nohost");
    otp_term what;
    CHECK(otp_receive_match(1000, "{'DOWN', _, process, ~t, noproc}", &what) == OTP_OK);
    CHECK_STR(otp_show(what), "{nobody,nonode@nohost}");
}

static void send_to_alias(otp_term alias) {
    otp_send(alias, OTP_ATOM(first));
    otp_send(alias, OTP_ATOM(second));
}

BOTH_WORLDS("a reply alias takes one message, an explicit one as many as come until it ends") {
    otp_ref once = otp_alias(OTP_ALIAS_REPLY);
    otp_ref many = otp_alias(OTP_ALIAS_EXPLICIT);
    otp_ref a;
    otp_ref b;
    otp_spawn_monitor(send_to_alias, otp_from_ref(once), &a);
    down_reason(a);
    otp_spawn_monitor(send_to_alias, otp_from_ref(many), &b);
    down_reason(b);
    CHECK_STR(next(), "first");
    CHECK_STR(next(), "first");
    CHECK_STR(next(), "second");
    CHECK(otp_unalias(many));
    CHECK(!otp_unalias(once));
    otp_spawn(send_to_alias, otp_from_ref(many));
    otp_term message;
    CHECK(otp_receive(10, &message) == OTP_ETIMEOUT);
}

/* ---- Receiving ---- */

BOTH_WORLDS("receive takes the oldest message that matches and leaves the others in order") {
    for (int i = 0; i < 6; i++) {
        otp_send(otp_self(), otp_tuple(i % 2 ? OTP_ATOM(odd) : OTP_ATOM(even), otp_int(i)));
    }
    int64_t n;
    CHECK(otp_receive_match(0, "{odd, ~i}", &n) == OTP_OK && n == 1);
    CHECK(otp_receive_match(0, "{odd, 5}") == OTP_OK);
    const int64_t left[] = {0, 2, 3, 4};
    for (size_t i = 0; i < 4; i++) {
        CHECK(otp_receive_match(0, "{_, ~i}", &n) == OTP_OK && n == left[i]);
    }
}

BOTH_WORLDS("a fresh reference is found without looking at what came before it") {
    for (int i = 0; i < 2000; i++) {
        otp_send(otp_self(), otp_int(i));
    }
    otp_ref ref = otp_make_ref();
    otp_send(otp_self(), otp_tuple(otp_from_ref(ref), OTP_ATOM(answer)));
    otp_term message;
    CHECK(otp_receive_ref(ref, 1000, &message) == OTP_OK);
    CHECK(otp_is(otp_element(message, 1), "answer"));
}

SIMULATED_WORLDS("a receive without messages ends at its deadline, in virtual time") {
    uint64_t before = otp_now_ms();
    otp_term message;
    CHECK(otp_receive(30000, &message) == OTP_ETIMEOUT);
    CHECK_EQ(otp_now_ms() - before, 30000);
}

BOTH_WORLDS("kept terms outlive scopes until they are dropped") {
    otp_scope scope = otp_scope_begin();
    otp_term kept = otp_keep(otp_term_of("{kept, [1, 2, 3], <<\"text\">>}"));
    otp_scope_end(scope);
    CHECK_STR(otp_show(kept), "{kept,[1,2,3],<<\"text\">>}");
    otp_drop(kept);
    otp_drop(otp_keep(otp_int(5)));
}

/* ---- Names ---- */

BOTH_WORLDS("a name belongs to one process until it exits") {
    otp_ref ref;
    otp_pid pid = otp_spawn_monitor(wait_for_stop, otp_nil(), &ref);
    CHECK(otp_register(OTP_ATOM(worker), pid) == OTP_OK);
    CHECK(otp_register(OTP_ATOM(worker), otp_self()) == OTP_EEXIST);
    CHECK(otp_register(OTP_ATOM(other), pid) == OTP_EEXIST);
    CHECK(otp_whereis(OTP_ATOM(worker)).word == pid.word);
    CHECK_STR(otp_show(otp_registered()), "[worker]");
    otp_send(OTP_ATOM(worker), OTP_ATOM(stop));
    down_reason(ref);
    CHECK(otp_whereis(OTP_ATOM(worker)).word == 0);
    CHECK(otp_register(OTP_ATOM(worker), pid) == OTP_ENOPROC);
    CHECK(otp_unregister(OTP_ATOM(worker)) == OTP_ENOENT);
}

static void send_to_nobody(otp_term unused) {
    (void)unused;
    otp_send(OTP_ATOM(nobody), OTP_ATOM(hello));
}

static void chat(otp_term to) {
    otp_send_term(to, OTP_ATOM(hello));
    otp_send_term(to, OTP_ATOM(hello));
}

static void register_in_chat(otp_term unused) {
    (void)unused;
    otp_pid pid = otp_spawn(wait_for_stop, otp_nil());
    otp_spawn(chat, otp_from_pid(otp_self()));
    CHECK(otp_register(OTP_ATOM(name), pid) == OTP_OK);
}

UNIT("a register gets its answer when messages come before it, in pairwise order") {
    for (uint64_t i = 0; i < 50; i++) {
        uint64_t state = otpi_hash_mix(unit_seed(), i + 1);
        otp_chooser chooser = {
            .context = &state, .choose = both_worlds_choose, .draw = both_worlds_draw};
        both_worlds_run("pairwise",
                        &(otp_world_opts){.mode = OTP_SIMULATED,
                                          .chooser = &chooser,
                                          .delivery = OTP_DELIVERY_PAIRWISE},
                        register_in_chat);
    }
}

BOTH_WORLDS("sending to a name nobody has is badarg") {
    otp_ref ref;
    otp_spawn_monitor(send_to_nobody, otp_nil(), &ref);
    CHECK(otp_match(down_reason(ref), "{badarg, _}"));
    CHECK(otp_try_send(OTP_ATOM(nobody), OTP_ATOM(hello)) == OTP_ENOPROC);
}

/* ---- Timers ---- */

SIMULATED_WORLDS("timers fire in the order of their deadlines") {
    otp_send_after(20, otp_from_pid(otp_self()), OTP_ATOM(c));
    otp_send_after(10, otp_from_pid(otp_self()), OTP_ATOM(a));
    otp_send_after(11, otp_from_pid(otp_self()), OTP_ATOM(b));
    CHECK_STR(next(), "a");
    CHECK_STR(next(), "b");
    CHECK_STR(next(), "c");
}

/* Of timers that are due together the oldest, or the newest. */
static uint32_t oldest_tied(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)context, (void)kind, (void)enabled, (void)n;
    return 0;
}

static uint32_t newest_tied(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)context, (void)enabled;
    return kind == OTP_CHOICE_TIE ? n - 1 : 0;
}

static char fired[4];

static void fire_three(otp_term unused) {
    (void)unused;
    for (int64_t i = 0; i < 3; i++) {
        otp_send_after(10, otp_from_pid(otp_self()), otp_int(i));
    }
    for (int i = 0; i < 3; i++) {
        otp_term message;
        int64_t which = -1;
        CHECK(otp_receive(1000, &message) == OTP_OK && otp_get_int(message, &which));
        fired[i] = (char)('a' + which);
    }
}

UNIT("in which order timers with the same deadline fire is a choice") {
    otp_chooser chooser = {.choose = oldest_tied, .draw = both_worlds_draw};
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &chooser};
    both_worlds_run("simulated", &opts, fire_three);
    CHECK_STR(fired, "abc");
    chooser.choose = newest_tied;
    both_worlds_run("simulated", &opts, fire_three);
    CHECK_STR(fired, "cba");
}

BOTH_WORLDS("a timer that is cancelled tells what was left, and does not fire") {
    otp_timer timer = otp_start_timer(100000, otp_from_pid(otp_self()), OTP_ATOM(late));
    int64_t left = 0;
    CHECK(otp_read_timer(timer, &left) && left > 90000);
    CHECK(otp_cancel_timer(timer, &left) && left > 90000 && left <= 100001);
    CHECK(!otp_cancel_timer(timer, NULL));
    timer = otp_start_timer(1, otp_from_pid(otp_self()), OTP_ATOM(soon));
    otp_term message;
    CHECK(otp_receive_ref(otp_timer_ref(timer), 5000, &message) == OTP_OK);
    CHECK(otp_is(otp_element(message, 2), "soon"));
}

/* ---- Limits ---- */

BOTH_WORLDS("a timer to a process that has exited is over") {
    otp_ref ref;
    otp_pid pid = otp_spawn_monitor(wait_for_stop, otp_nil(), &ref);
    otp_timer read = otp_send_after(60000, otp_from_pid(pid), OTP_ATOM(tick));
    otp_timer cancelled = otp_send_after(60000, otp_from_pid(pid), OTP_ATOM(tick));
    int64_t left_ms;
    CHECK(otp_read_timer(read, &left_ms));
    otp_send(pid, OTP_ATOM(stop));
    down_reason(ref);
    CHECK(!otp_read_timer(read, &left_ms));
    CHECK(!otp_cancel_timer(cancelled, &left_ms));
    CHECK(!otp_cancel_timer(read, &left_ms));
}

BOTH_WORLDS("a bounded mailbox refuses what it cannot hold, and takes more when it was read") {
    otp_pid pid;
    otp_err err =
        otp_spawn_opt(wait_for_stop, otp_nil(), &(otp_spawn_opts){.mailbox_max = 3}, &pid);
    CHECK(err == OTP_OK);
    int refused = 0;
    for (int i = 0; i < 10; i++) {
        refused += otp_try_send(pid, OTP_ATOM(noise)) == OTP_EFULL;
    }
    CHECK_EQ(refused, 7);
    otp_kill(pid);
}

static void reads_late(otp_term unused) {
    (void)unused;
    otp_term message;
    for (int i = 0; i < 1000; i++) {
        otp_err pause = otp_receive_match(1, "never");
        otp_err err = otp_receive(1, &message);
        OTP_ASSERT(pause == OTP_ETIMEOUT && (err == OTP_OK || err == OTP_ETIMEOUT));
    }
}

BOTH_WORLDS("a mailbox that blocks is waited for, one that refuses is not") {
    otp_pid blocks;
    otp_pid refuses;
    otp_spawn_opts opts = {.mailbox_max = 1, .on_full = OTP_FULL_BLOCK};
    CHECK(otp_spawn_opt(reads_late, otp_nil(), &opts, &blocks) == OTP_OK);
    opts.on_full = OTP_FULL_REFUSE;
    CHECK(otp_spawn_opt(wait_for_stop, otp_nil(), &opts, &refuses) == OTP_OK);
    for (int i = 0; i < 5; i++) {
        CHECK(otp_send_wait(otp_from_pid(blocks), otp_int(i), 5000) == OTP_OK);
    }
    CHECK(otp_send_wait(otp_from_pid(refuses), otp_int(1), 5000) == OTP_OK);
    CHECK(otp_send_wait(otp_from_pid(refuses), otp_int(2), 5000) == OTP_EFULL);
    otp_kill(blocks);
    otp_kill(refuses);
}

static void receives_what_it_names(otp_term parent) {
    otp_term name = otp_tuple(OTP_ATOM(name), otp_string("built in the scope that receive ends"));
    otp_send(parent, OTP_ATOM(ready));
    otp_send(otp_self(), otp_int(1));
    otp_send(otp_self(), name);
    otp_err err = otp_receive_match(1000, "~w", name);
    OTP_ASSERT(err == OTP_OK);
}

BOTH_WORLDS("a pattern may name a term of the scope that the receive ends") {
    otp_ref ref;
    otp_spawn_monitor(receives_what_it_names, otp_from_pid(otp_self()), &ref);
    CHECK(otp_is(down_reason(ref), "normal"));
}

static void *add_one(void *argument) {
    return (char *)argument + 1;
}

BOTH_WORLDS("blocking work gives its result") {
    char base[2];
    CHECK(otp_blocking(add_one, base, NULL) == base + 1);
    CHECK(otp_blocking(add_one, base, &(otp_blocking_opts){.detach = true}) == base + 1);
}

static void waits_in_vain(otp_term unused) {
    (void)unused;
    (void)!otp_receive_match(20, "never");
}

static void parks_both_stacks(otp_term unused) {
    otp_ref ref;
    (void)unused;
    otp_pid other = otp_spawn(wait_for_stop, otp_nil());
    for (int i = 0; i < 20; i++) {
        otp_spawn_monitor(waits_in_vain, otp_nil(), &ref);
        otp_term reason = down_reason(ref);
        CHECK_STR(otp_show(reason), "{system_limit,parked_stacks}");
        CHECK_EQ(otp_receive_match(i, "never"), OTP_ETIMEOUT); /* over the deadlines of the dead */
    }
    otp_kill(other);
}

UNIT("who can't wait for want of a stack leaves no alarm behind") {
    both_worlds_run("simulated, two parked stacks",
                    &(otp_world_opts){.mode = OTP_SIMULATED, .parked_stacks_max = 2},
                    parks_both_stacks);
}

/* Waits of many lengths, most of them cut short: the arguments are {Parent, Ms}. */
static void waits_some(otp_term arg) {
    otp_pid parent;
    int64_t time_ms;
    OTP_ASSERT(otp_match(arg, "{~p, ~i}", &parent, &time_ms));
    for (int i = 0; i < 10; i++) {
        otp_send_after(i % 2, otp_from_pid(otp_self()), OTP_ATOM(early));
        OTP_ASSERT(otp_receive_match(5000, "early") == OTP_OK);
    }
    uint64_t deadline_ms = otp_now_ms() + (uint64_t)time_ms;
    OTP_ASSERT(otp_receive_match(time_ms, "never") == OTP_ETIMEOUT);
    OTP_ASSERT(otp_now_ms() >= deadline_ms);
    (void)!otp_receive_match(5000, "go");
    otp_send(parent, OTP_ATOM(waited));
}

BOTH_WORLDS("no wait ends early, and each ends, whatever others wait for or no longer wait for") {
    enum { WAITERS = 100 };
    otp_pid waiters[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        otp_term arg = otp_tuple(otp_from_pid(otp_self()), otp_int(i * 7 % 80));
        waiters[i] = otp_spawn(waits_some, arg);
    }
    for (int i = 0; i < WAITERS; i++) {
        otp_send(waiters[i], OTP_ATOM(go));
        CHECK_EQ(otp_receive_match(20000, "waited"), OTP_OK);
    }
}

/* ---- Bounded mailboxes ---- */

static void exit_soon(otp_term unused) {
    (void)unused;
    (void)!otp_receive_match(OTP_INFINITY, "1");
}

static void send_to_the_dying(otp_term unused) {
    (void)unused;
    for (int i = 0; i < 300; i++) {
        otp_pid pid;
        otp_err err =
            otp_spawn_opt(exit_soon, otp_nil(), &(otp_spawn_opts){.mailbox_max = 100000}, &pid);
        OTP_ASSERT(err == OTP_OK);
        while (err != OTP_ENOPROC) {
            err = otp_try_send(otp_from_pid(pid), otp_int(1));
        }
    }
}

UNIT("a bounded mailbox may be sent to while its owner dies") {
    both_worlds_run("parallel", &(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 2},
                    send_to_the_dying);
}
