/* SPDX-License-Identifier: MIT */
/*
 * What a state machine does with results and actions: gen_statem(3). What each scenario expects is
 * what the gen_statem of Erlang/OTP 25 showed for the same events.
 */
#include "behaviour/test_machine.h"

/* ---- Scenarios ---- */

typedef struct scenario {
    const char *name;
    const otp_gen_statem *module;
    const char *init;
    const char *casts[5];   /* all in the mailbox at once: Id, Result, Actions */
    const char *events[14]; /* State, Type, Id */
} scenario;

#define PLAIN    &plain_machine, "{ok, a, []}"
#define ENTERING &entering_machine, "{ok, a, []}"

static const scenario scenarios[] = {
    {"events keep their order",
     PLAIN,
     {"1, keep, []", "2, {next, b}, []", "3, keep, []"},
     {"a, cast, 1", "a, cast, 2", "b, cast, 3"}},
    {"the same state is no change",
     PLAIN,
     {"1, keep, [postpone]", "2, {next, a}, []"},
     {"a, cast, 1", "a, cast, 2"}},
    {"postponed events come back after a change, oldest first, before newer ones",
     PLAIN,
     {"1, keep, [postpone]", "2, keep, [postpone]", "3, {next, b}, []", "4, keep, []"},
     {"a, cast, 1", "a, cast, 2", "a, cast, 3", "b, cast, 1", "b, cast, 2", "b, cast, 4"}},
    {"what changes the state and is postponed comes back at once",
     PLAIN,
     {"1, {next, b}, [postpone]"},
     {"a, cast, 1", "b, cast, 1"}},
    {"inserted events come first, in their order",
     PLAIN,
     {"1, keep, [{insert, internal, x}, {insert, cast, y}, {insert, info, z}]", "2, keep, []"},
     {"a, cast, 1", "a, internal, x", "a, cast, y", "a, info, z", "a, cast, 2"}},
    {"inserted events come before those that come back",
     PLAIN,
     {"1, keep, [postpone]", "2, keep, [postpone, {insert, internal, i}]",
      "3, {next, b}, [{insert, internal, x}, {insert, internal, y}]"},
     {"a, cast, 1", "a, cast, 2", "a, internal, i", "a, cast, 3", "b, internal, x",
      "b, internal, y", "b, cast, 1", "b, cast, 2", "b, internal, i"}},
    {"an inserted event may insert, before those that wait",
     PLAIN,
     {"1, keep, [{insert, internal, {do, 2, keep, [{insert, internal, 3}]}}, {insert, cast, 4}]"},
     {"a, cast, 1", "a, internal, 2", "a, internal, 3", "a, cast, 4"}},
    {"an inserted event may be postponed",
     PLAIN,
     {"1, keep, [{insert, internal, {do, 2, keep, [postpone]}}]", "3, {next, b}, []"},
     {"a, cast, 1", "a, internal, 2", "a, cast, 3", "b, internal, 2"}},
    {"a timeout's event may be inserted by hand",
     PLAIN,
     {"1, keep, [{insert, state_timeout, x}, {insert, timeout, y}]"},
     {"a, cast, 1", "a, state_timeout, x", "a, timeout, y"}},
    {"a timeout of 0 comes after all that waits and before any message",
     PLAIN,
     {"1, keep, [{set, state, 0, s}, {insert, internal, i}]", "2, keep, []"},
     {"a, cast, 1", "a, internal, i", "a, state_timeout, s", "a, cast, 2"}},
    {"timeouts of 0 come in the order of their setting",
     PLAIN,
     {"1, keep, [{set, event, 0, e}, {set, {g, x}, 0, g}, {set, state, 0, s}]"},
     {"a, cast, 1", "a, timeout, e", "a, {timeout, x}, g", "a, state_timeout, s"}},
    {"any event cancels the event timeout, also an inserted one",
     PLAIN,
     {"1, keep, [{set, event, 0, e}, {insert, internal, i}]", "2, keep, [{set, event, 5, e}]",
      "3, keep, []"},
     {"a, cast, 1", "a, internal, i", "a, cast, 2", "a, cast, 3"}},
    {"an event timeout comes when nothing else does",
     PLAIN,
     {"1, keep, [{set, event, 1, e}]"},
     {"a, cast, 1", "a, timeout, e"}},
    {"a change of state cancels the state timeout, and sets the new one",
     PLAIN,
     {"1, keep, [{set, state, 5, old}]", "2, {next, b}, [{set, state, 1, new}]"},
     {"a, cast, 1", "a, cast, 2", "b, state_timeout, new"}},
    {"the state timeout stays without a change",
     PLAIN,
     {"1, keep, [{set, state, 5, s}]", "2, {next, a}, []", "3, repeat, []"},
     {"a, cast, 1", "a, cast, 2", "a, cast, 3", "a, state_timeout, s"}},
    {"a change of state cancels a state timeout of 0 that waits",
     PLAIN,
     {"1, keep, [{set, state, 0, s}, {insert, internal, {do, 2, {next, b}, []}}]"},
     {"a, cast, 1", "a, internal, 2"}},
    {"generic timeouts last over changes, each name by itself",
     PLAIN,
     {"1, keep, [{set, {g, x}, 1, g}, {set, {g, {y, 1}}, 8, h}]", "2, {next, b}, []"},
     {"a, cast, 1", "a, cast, 2", "b, {timeout, x}, g", "b, {timeout, {y, 1}}, h"}},
    {"the last setting of a timeout counts, at its place",
     PLAIN,
     {"1, keep, [{set, state, 0, s}, {set, state, infinity, no}, {set, {g, a}, 0, a0},"
      " {set, {g, b}, 0, b0}, {set, {g, a}, 0, a1}]"},
     {"a, cast, 1", "a, {timeout, b}, b0", "a, {timeout, a}, a1"}},
    {"setting a waiting timeout of 0 again puts it last",
     PLAIN,
     {"1, keep, [{set, {g, a}, 0, a0}, {set, {g, b}, 0, b0},"
      " {insert, cast, {do, 2, keep, [{set, {g, a}, 0, a1}]}}]"},
     {"a, cast, 1", "a, cast, 2", "a, {timeout, b}, b0", "a, {timeout, a}, a1"}},
    {"updating a waiting timeout of 0 leaves it at its place",
     PLAIN,
     {"1, keep, [{set, {g, a}, 0, a0}, {set, {g, b}, 0, b0},"
      " {insert, cast, {do, 2, keep, [{set, {g, a}, update, a1}]}}]"},
     {"a, cast, 1", "a, cast, 2", "a, {timeout, a}, a1", "a, {timeout, b}, b0"}},
    {"an update of what does not run comes at once",
     PLAIN,
     {"1, keep, [{set, state, update, u}]", "2, keep, []"},
     {"a, cast, 1", "a, state_timeout, u", "a, cast, 2"}},
    {"an update changes what a running timeout brings",
     PLAIN,
     {"1, keep, [{set, {g, r}, 5, [old, one]}, {set, {g, x}, 3, gone}]",
      "2, keep, [{set, {g, r}, update, [new, one]}, {set, {g, x}, cancel, none}]"},
     {"a, cast, 1", "a, cast, 2", "a, {timeout, r}, [new, one]"}},
    {"infinity ends a timeout, and so does cancel",
     PLAIN,
     {"1, keep, [{set, state, 3, s}, {set, {g, x}, 3, g}]",
      "2, keep, [{set, state, infinity, no}, {set, {g, x}, cancel, no}]"},
     {"a, cast, 1", "a, cast, 2"}},
    {"an absolute time that has passed comes after the messages that are there",
     PLAIN,
     {"1, keep, [{set, state, {abs, 0}, past}, {set, {g, z}, 0, z}]", "2, keep, []"},
     {"a, cast, 1", "a, {timeout, z}, z", "a, cast, 2", "a, state_timeout, past"}},
    {"an absolute time is waited for",
     PLAIN,
     {"1, keep, [{set, {g, x}, {abs, 4}, x}]"},
     {"a, cast, 1", "a, {timeout, x}, x"}},
    {"a timeout's event may be postponed",
     PLAIN,
     {"1, keep, [{set, state, 0, {do, 2, keep, [postpone]}}]", "3, {next, b}, []"},
     {"a, cast, 1", "a, state_timeout, 2", "a, cast, 3", "b, state_timeout, 2"}},
    {"a timeout's event may set its timeout again",
     PLAIN,
     {"1, keep, [{set, {g, x}, 1, {do, 2, keep, [{set, {g, x}, 1, 3}]}}]"},
     {"a, cast, 1", "a, {timeout, x}, 2", "a, {timeout, x}, 3"}},
    {"at the start: enter, then inserted events, then timeouts of 0",
     &entering_machine,
     "{ok, a, [{set, event, 0, e}, {set, state, 0, s}, {insert, internal, i}, postpone,"
     " {set, {g, x}, 0, g}]}",
     {"1, keep, []"},
     {"a, enter, a", "a, internal, i", "a, state_timeout, s", "a, {timeout, x}, g", "a, cast, 1"}},
    {"each change of state is entered, before what comes back",
     ENTERING,
     {"1, keep, [postpone]", "2, {next, b}, [{insert, internal, i}]", "3, {next, b}, []"},
     {"a, enter, a", "a, cast, 1", "a, cast, 2", "b, enter, a", "b, internal, i", "b, cast, 1",
      "b, cast, 3"}},
    {"a repeated state is entered again, and nothing comes back",
     ENTERING,
     {"1, keep, [postpone]", "2, repeat, []", "3, keep, []"},
     {"a, enter, a", "a, cast, 1", "a, cast, 2", "a, enter, a", "a, cast, 3"}},
    {"an enter call may repeat itself, seeing the same state before",
     ENTERING,
     {"1, {next, {c, {repeat, 2}, [{set, state, 1, entered}]}}, [{set, state, 3, asked}]"},
     {"a, enter, a", "a, cast, 1", "c, enter, a", "c, enter, a", "c, enter, a",
      "c, state_timeout, entered"}},
    {"an enter call may name its own state",
     ENTERING,
     {"1, {next, {c, keep, [{set, {g, x}, 0, x}]}}, []", "2, keep, []"},
     {"a, enter, a", "a, cast, 1", "c, enter, a", "c, {timeout, x}, x", "c, cast, 2"}},
    {"states of a table are called by their name",
     &table_machine,
     "{ok, a, []}",
     {"1, keep, [postpone]", "2, {next, b}, []", "3, {next, c}, []", "4, {next, a}, []"},
     {"a, enter, a", "a, cast, 1", "a, cast, 2", "b, enter, a", "b, cast, 1", "b, cast, 3",
      "c, enter, b", "c, cast, 1", "c, cast, 4", "a, enter, c", "a, cast, 1"}},
};

static void play(const scenario *s) {
    otp_scope scope = otp_scope_begin();
    otp_pid pid = machine_start(s->module, s->init);
    otp_term dest = otp_from_pid(pid);
    bool good = CHECK_EQ(otp_sys_suspend(dest, 5000), OTP_OK);
    for (size_t i = 0; i < 5 && s->casts[i]; i++) {
        otp_cast(pid, machine_do(s->casts[i]));
    }
    good &= CHECK_EQ(otp_sys_resume(dest, 5000), OTP_OK);
    for (size_t i = 0; i < 14 && s->events[i]; i++) {
        good &= CHECK_EVENT(s->events[i]);
    }
    good &= CHECK_SILENCE();
    if (!good) {
        printf("# in the scenario: %s\n", s->name);
    }
    CHECK_EQ(otp_stop_server(dest, OTP_ATOM(normal), 5000), OTP_OK);
    CHECK_TOLD("{terminate, _, normal}");
    otp_scope_end(scope);
}

BOTH_WORLDS("what follows from each action and timeout, and in which order") {
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        play(&scenarios[i]);
    }
}

/* Postpones all casts until it is told to open, then passes them on. */
static otp_state_result hoard_handle(void *data, otp_term state, const otp_statem_event *event) {
    const machine *m = data;
    if (event->type == OTP_EVENT_INFO) {
        return otp_next_state(OTP_ATOM(open));
    }
    if (otp_is(state, "a")) {
        return otp_and(otp_keep_state(), otp_postpone());
    }
    otp_send(m->watcher, event->content);
    return otp_keep_state();
}

BOTH_WORLDS("thousands of postponed events come back in their order") {
    static const otp_gen_statem hoard = MACHINE("hoard", .handle_event = hoard_handle);
    otp_pid pid = machine_start(&hoard, "{ok, a, []}");
    enum { MANY = 5000 };
    for (int64_t i = 0; i < MANY; i++) {
        otp_scope scope = otp_scope_begin();
        otp_cast(pid, otp_list(otp_int(i))); /* no word: it has to be held */
        otp_scope_end(scope);
    }
    otp_send(pid, OTP_ATOM(open));
    int64_t in_order = 0;
    for (otp_err err = OTP_OK; !err && in_order < MANY; in_order += !err) {
        otp_scope scope = otp_scope_begin();
        otp_term told;
        err = otp_receive(20000, &told);
        err = !err && otp_match(told, "[~w]", otp_int(in_order)) ? OTP_OK : OTP_EFORMAT;
        otp_scope_end(scope);
    }
    CHECK_EQ(in_order, MANY);
    CHECK_SILENCE();
}

/* ---- Time ---- */

SIMULATED_WORLDS("timeouts come at their time, and not before") {
    static const struct {
        const char *set;
        int64_t time_ms;
    } table[] = {{"{set, event, 500, x}", 500},
                 {"{set, state, 700, x}", 700},
                 {"{set, {g, n}, 900, x}", 900},
                 {"{set, {g, n}, {abs, 300}, x}", 300},
                 {"{set, state, 100, y}, {set, state, 250, x}", 250}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "1, keep, [%s]", table[i].set);
        otp_pid pid = machine_start(&plain_machine, "{ok, a, []}");
        uint64_t began = otp_now_ms();
        otp_cast(pid, machine_do(text));
        CHECK_EVENT("a, cast, 1");
        CHECK_TOLD("{ev, a, _, x}");
        CHECK_EQ(otp_now_ms() - began, table[i].time_ms);
        otp_kill(pid);
    }
}

SIMULATED_WORLDS("an update does not change when a timeout comes; a new setting does") {
    otp_pid pid = machine_start(&plain_machine, "{ok, a, [{set, state, 500, x}]}");
    uint64_t began = otp_now_ms();
    CHECK_EQ(otp_receive_match(400, "_"), OTP_ETIMEOUT);
    otp_cast(pid, machine_do("1, keep, [{set, state, update, y}]"));
    CHECK_EVENT("a, cast, 1");
    CHECK_EVENT("a, state_timeout, y");
    CHECK_EQ(otp_now_ms() - began, 500);
    otp_cast(pid, machine_do("2, keep, [{set, state, 500, x}]"));
    CHECK_EVENT("a, cast, 2");
    CHECK_EQ(otp_receive_match(400, "_"), OTP_ETIMEOUT);
    otp_cast(pid, machine_do("3, keep, [{set, state, 500, z}]"));
    CHECK_EVENT("a, cast, 3");
    CHECK_EVENT("a, state_timeout, z");
    CHECK_EQ(otp_now_ms() - began, 1400);
}

/* ---- Calls and replies ---- */

BOTH_WORLDS("a call is answered by an action, in this event or a later one, several at once") {
    otp_pid pid = machine_start(&plain_machine, "{ok, a, []}");
    otp_term reply;
    CHECK_EQ(otp_call(pid, machine_do("1, {next, b}, [{reply, first}]"), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "first");
    CHECK_EVENT("a, call, 1");
    otp_term self = otp_from_pid(otp_self());
    otp_term refs[2] = {otp_from_ref(otp_make_ref()), otp_from_ref(otp_make_ref())};
    otp_send(pid,
             otp_term_of("{'$gen_call', {~w, ~w}, ~w}", self, refs[0], machine_do("2, save, []")));
    otp_send(pid, otp_term_of("{'$gen_call', {~w, ~w}, ~w}", self, refs[1],
                              machine_do("3, keep, [{reply, now}, {reply, [a, list]}]")));
    otp_cast(pid, machine_do("4, keep, [{reply, later}]"));
    CHECK_TOLD("{~w, now}", refs[1]);
    CHECK_TOLD("{~w, [a, list]}", refs[1]); /* a plain reference takes any number */
    CHECK_TOLD("{~w, later}", refs[0]);
}

BOTH_WORLDS("a postponed call is answered when it is taken up") {
    otp_pid pid = machine_start(&plain_machine, "{ok, a, []}");
    otp_term self = otp_from_pid(otp_self());
    otp_term ref = otp_from_ref(otp_make_ref());
    otp_term request = machine_do("1, {next, b}, [postpone, {reply, [now, <<\"text\">>]}]");
    otp_send(pid, otp_term_of("{'$gen_call', {~w, ~w}, ~w}", self, ref, request));
    CHECK_TOLD("{~w, [now, <<\"text\">>]}", ref);
    CHECK_TOLD("{~w, [now, <<\"text\">>]}", ref);
    CHECK_EVENT("a, call, 1");
    CHECK_EVENT("b, call, 1");
}

/* ---- Ends ---- */

typedef struct ending {
    bool enters;
    const char *cast, *state, *reason;
} ending;

static const ending endings[] = {
    {false, "1, {stop, {why, 1}}, []", "a", "{why, 1}"},
    {false, "1, {stop_reply, normal}, []", "a", "normal"},
    {false, "1, bad, []", "a", "{bad_return_from_state_function, 77}"},
    {false, "1, start, []", "a", "{bad_return_from_state_function, ok}"},
    {false, "1, {stop, x}, [postpone]", "a", "{bad_return_from_state_function, stop}"},
    {false, "1, keep, [bad]", "a", "{bad_action_from_state_function, 99}"},
    {false, "1, {next, b}, [bad]", "b", "{bad_action_from_state_function, 99}"},
    {false, "1, keep, [{set, state, -5, s}]", "a",
     "{bad_action_from_state_function, {state_timeout, -5, s, []}}"},
    {false, "1, keep, [{insert, enter, s}]", "a",
     "{bad_action_from_state_function, {next_event, enter, s}}"},
    {false, "1, keep, [{reply, x}]", "a",
     "{bad_action_from_state_function, {reply, undefined, x}}"},
    {false, "1, {stop_reply, r}, [{set, state, 1, s}]", "a",
     "{bad_reply_action_from_state_function, {state_timeout, 1, s, []}}"},
    {false, "1, {stop_reply, r}, [postpone]", "a",
     "{bad_reply_action_from_state_function, postpone}"},
    {true, "1, {next, {c, {stop, in_enter}, []}}, []", "c", "in_enter"},
    {true, "1, {next, {c, {next, a}, []}}, []", "c",
     "{bad_state_enter_return_from_state_function, next_state}"},
    {true, "1, {next, {c, bad, []}}, []", "c", "{bad_state_enter_return_from_state_function, 77}"},
    {true, "1, {next, {c, keep, [postpone]}}, []", "c",
     "{bad_state_enter_action_from_state_function, postpone}"},
    {true, "1, {next, {c, keep, [{insert, internal, x}]}}, []", "c",
     "{bad_state_enter_action_from_state_function, {next_event, internal, x}}"},
};

BOTH_WORLDS("stops and bad results end the machine through terminate, in its state") {
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const ending *e = &endings[i];
        otp_pid pid = machine_start(e->enters ? &entering_machine : &plain_machine, "{ok, a, []}");
        otp_term state = OTP_NONE, reason = OTP_NONE;
        bool good = CHECK_EXIT(pid, e->reason, otp_cast(pid, machine_do(e->cast)));
        good &= CHECK_TOLD("{terminate, ~t, ~t}", &state, &reason);
        good &= CHECK_TERM(state, e->state) && CHECK_TERM(reason, e->reason);
        if (!good) {
            printf("# in the ending: %s\n", e->cast);
        }
        while (otp_receive_match(0, "{ev, _, _, _}") == OTP_OK) {}
    }
}

BOTH_WORLDS("the replies of a stop are sent before terminate") {
    otp_pid pid = machine_start(&plain_machine, "{ok, a, []}");
    otp_ref ref = otp_monitor(pid);
    otp_term self = otp_from_pid(otp_self());
    otp_term tag = otp_from_ref(otp_make_ref());
    otp_term told;
    otp_send(pid, otp_term_of("{'$gen_call', {~w, ~w}, ~w}", self, tag,
                              machine_do("1, {stop_reply, over}, [{reply, bye}]")));
    CHECK_EVENT("a, call, 1");
    CHECK_EQ(otp_receive(5000, &told), OTP_OK);
    CHECK(otp_match(told, "{~w, bye}", tag));
    CHECK_EQ(otp_receive(5000, &told), OTP_OK);
    CHECK(otp_match(told, "{terminate, a, over}"));
    CHECK_TERM(down_reason(ref), "over");
}

BOTH_WORLDS("a state that a table does not have ends the machine") {
    otp_pid pid = machine_start(&table_machine, "{ok, a, []}");
    CHECK_EXIT(pid, "{bad_state, d}", otp_cast(pid, machine_do("1, {next, d}, []")));
    CHECK_TOLD("{terminate, a, {bad_state, d}}");
    otp_term reason;
    otp_start_opts opts = {.reason = &reason};
    CHECK_EQ(otp_statem_start(&table_machine, machine_args("{ok, {a, 1}, []}"), &opts, &pid),
             OTP_EINIT);
    CHECK_TERM(reason, "{bad_state, {a, 1}}");
}

static void parent_of_machine(otp_term watcher) {
    otp_pid pid;
    otp_term args = otp_tuple(watcher, otp_term_of("{ok, a, []}"));
    CHECK_EQ(otp_statem_start_link(&plain_machine, args, NULL, &pid), OTP_OK);
    otp_cast(pid, otp_term_of("trap"));
    (void)!otp_receive_match(OTP_INFINITY, "go");
    otp_exit(OTP_ATOM(gone));
}

static otp_state_result trapping_init(void *data, otp_term args) {
    otp_trap_exit(true);
    return machine_init(data, args);
}

static void parent_of_trapping(otp_term watcher) {
    static const otp_gen_statem trapping = {.name = "trapping",
                                            .data_size = sizeof(machine),
                                            .init = trapping_init,
                                            .handle_event = machine_handle,
                                            .terminate = machine_terminate};
    otp_pid pid;
    otp_term args = otp_tuple(watcher, otp_term_of("{ok, a, []}"));
    CHECK_EQ(otp_statem_start_link(&trapping, args, NULL, &pid), OTP_OK);
    otp_exit(OTP_ATOM(gone));
}

BOTH_WORLDS("a trapping machine follows its parent's exit through terminate; another does not") {
    otp_spawn(parent_of_trapping, otp_from_pid(otp_self()));
    CHECK_TOLD("{terminate, a, gone}");
    otp_pid parent = otp_spawn(parent_of_machine, otp_from_pid(otp_self()));
    CHECK_EVENT("a, cast, trap");
    otp_send(parent, OTP_ATOM(go));
    CHECK_SILENCE();
}

/* ---- Starting ---- */

BOTH_WORLDS("what init returns decides how the start went") {
    otp_pid pid;
    otp_term reason = OTP_NONE;
    otp_start_opts opts = {.reason = &reason};
    CHECK_EQ(otp_statem_start(&plain_machine, machine_args("ignore"), &opts, &pid), OTP_EIGNORE);
    CHECK_EQ(otp_statem_start(&plain_machine, machine_args("{stop, no}"), &opts, &pid), OTP_EINIT);
    CHECK_TERM(reason, "no");
    CHECK_EQ(otp_statem_start(&plain_machine, machine_args("bad"), &opts, &pid), OTP_EINIT);
    CHECK_TERM(reason, "{bad_return_from_init, keep_state}");
    otp_ref ref;
    CHECK_EQ(
        otp_statem_start_monitor(&plain_machine, machine_args("{ok, a, []}"), NULL, &pid, &ref),
        OTP_OK);
    otp_cast(pid, machine_do("1, {stop, over}, []"));
    CHECK_TERM(down_reason(ref), "over");
}

BOTH_WORLDS("a machine that is not complete is no machine") {
    static const otp_state unnamed[] = {{"a", machine_a}, {NULL, machine_b}};
    const otp_gen_statem wrong[] = {
        {.init = machine_init, .handle_event = machine_handle},
        {.name = "no init", .handle_event = machine_handle},
        {.name = "no mode", .init = machine_init},
        {.name = "two modes",
         .init = machine_init,
         .handle_event = machine_handle,
         .states = machine_states,
         .state_count = 3},
        {.name = "no table", .init = machine_init, .state_count = 3},
        {.name = "no name", .init = machine_init, .states = unnamed, .state_count = 2}};
    otp_pid pid;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQ(otp_statem_start(&wrong[i], machine_args("{ok, a, []}"), NULL, &pid), OTP_EBADARG);
    }
    CHECK_EQ(otp_statem_start(NULL, otp_nil(), NULL, &pid), OTP_EBADARG);
}

BOTH_WORLDS("the first enter call comes after the start, and may stop the machine") {
    otp_pid pid;
    otp_ref ref;
    otp_term args = machine_args("{ok, {a, {stop, early}, []}, []}");
    CHECK_EQ(otp_statem_start_monitor(&entering_machine, args, NULL, &pid, &ref), OTP_OK);
    CHECK_TERM(down_reason(ref), "early");
    CHECK_EVENT("a, enter, a");
    CHECK_TOLD("{terminate, a, early}");
}

BOTH_WORLDS("a machine is a child of a supervisor, and is restarted") {
    otp_child_spec spec = {.id = "machine",
                           .statem = &plain_machine,
                           .args = machine_args("{ok, a, [{insert, internal, up}]}"),
                           .name = "statem_test_child"};
    otp_pid sup, pid;
    otp_term list;
    CHECK_EQ(otp_supervisor_start_link(&(otp_supervisor_spec){.children = &spec, .child_count = 1},
                                       NULL, &sup),
             OTP_OK);
    CHECK_EVENT("a, internal, up");
    CHECK_EQ(otp_supervisor_which_children(otp_from_pid(sup), &list), OTP_OK);
    CHECK(otp_match(list, "[{machine, ~p, worker, ['plain machine']}]", &pid));
    otp_cast(pid, machine_do("1, {stop, broken}, []"));
    CHECK_EVENT("a, cast, 1");
    CHECK_TOLD("{terminate, a, broken}");
    CHECK_EVENT("a, internal, up");
    CHECK_EQ(otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), 5000), OTP_OK);
}

/* ---- Messages that are no events ---- */

BOTH_WORLDS("a message in the shape of a timer's is an info") {
    otp_pid pid = machine_start(&plain_machine, "{ok, a, []}");
    otp_send(pid, otp_term_of("{timeout, ~w, other}", otp_from_ref(otp_make_ref())));
    CHECK_TOLD("{ev, a, info, {timeout, _, other}}");
}

BOTH_WORLDS("a timeout that lost the race is not delivered") {
    otp_pid pid = machine_start(&plain_machine, "{ok, a, []}");
    for (int i = 0; i < 100; i++) {
        otp_cast(pid, machine_do("1, keep, [{set, {g, x}, 1, late}]"));
        otp_cast(pid, machine_do("2, keep, [{set, {g, x}, cancel, none}]"));
    }
    otp_cast(pid, OTP_ATOM(last));
    int64_t late = 0;
    otp_term type, id;
    bool after = false;
    do {
        CHECK_EQ(otp_receive_match(20000, "{ev, a, ~t, ~t}", &type, &id), OTP_OK);
        CHECK(!after || !otp_is(id, "late"));
        after = otp_equal(id, otp_int(2));
        late += otp_is(id, "late");
    } while (!otp_is(id, "last"));
    CHECK(late <= 100);
    CHECK_SILENCE();
}

BOTH_WORLDS("endless inserted events let others work, and a kill through") {
    otp_pid pid = machine_start(&plain_machine, "{ok, a, []}");
    otp_term forever = machine_do("1, keep, []");
    for (int i = 0; i < 5; i++) { /* five levels of four events each: over a thousand */
        otp_term again = otp_tuple(OTP_ATOM(insert), OTP_ATOM(internal), forever);
        forever = otp_tuple(OTP_ATOM(do), otp_int(i), OTP_ATOM(keep),
                            otp_list(again, again, again, again));
    }
    otp_cast(pid, forever);
    CHECK_TOLD("{ev, a, internal, _}");
    CHECK_EXIT(pid, "killed", otp_kill(pid));
}
