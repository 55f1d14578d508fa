/* SPDX-License-Identifier: MIT */
/* Statistics, log and trace of gen_server, supervisor and gen_statem; sys on state machines. */
#include "behaviour/test_machine.h"

/* ---- Each behaviour ---- */

static otp_pid start_supervisor(void) {
    otp_pid pid = OTP_PID_NONE;
    otp_supervisor_spec spec = {.strategy = OTP_ONE_FOR_ONE};
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &pid), OTP_OK);
    return pid;
}

static otp_pid start_probe(void) {
    return probe_start("ok");
}

static otp_pid start_machine(void) {
    return machine_start(&plain_machine, "{ok, a, []}");
}

static const struct {
    otp_pid (*start)(void);
    const char *call, *kind; /* what each answers, and what it is */
} kinds[] = {{start_probe, "{add, 1}", "gen_server"},
             {start_supervisor, "which_children", "supervisor"},
             {start_machine, "{do, 1, keep, [{reply, ok}]}", "gen_statem"}};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static void call_times(otp_pid pid, const char *request, int n) {
    otp_term reply;
    for (int i = 0; i < n; i++) {
        CHECK_EQ(otp_call(pid, otp_term_of(request), 5000, &reply), OTP_OK);
    }
}

BOTH_WORLDS("statistics count from when they are switched on") {
    for (int i = 0; i < KIND_COUNT; i++) {
        otp_pid pid = kinds[i].start();
        otp_term dest = otp_from_pid(pid), map;
        int64_t start_ms, now_ms, reductions;
        call_times(pid, kinds[i].call, 3);
        CHECK_EQ(otp_sys_get_statistics(dest, 5000, &map), OTP_ENOENT);
        CHECK_EQ(otp_sys_statistics(dest, true, 5000), OTP_OK);
        call_times(pid, kinds[i].call, 5);
        CHECK_EQ(otp_sys_get_statistics(dest, 5000, &map), OTP_OK);
        CHECK(otp_match(map, "#{start_time := ~i, current_time := ~i, reductions := ~i}", &start_ms,
                        &now_ms, &reductions));
        CHECK(start_ms <= now_ms && now_ms <= (int64_t)otp_now_ms());
        CHECK(reductions >= 5 && reductions < 50);
        CHECK_TERM(otp_map_get(map, OTP_ATOM(messages_in)), "5");
        CHECK_TERM(otp_map_get(map, OTP_ATOM(messages_out)), "5");
        CHECK_EQ(otp_sys_statistics(dest, false, 5000), OTP_OK);
        CHECK_EQ(otp_sys_get_statistics(dest, 5000, &map), OTP_ENOENT);
    }
}

/* Nothing of the events of before is in *log, and they are so many. */
static bool logged(otp_term dest, size_t count, otp_term *log) {
    return CHECK_EQ(otp_sys_get_log(dest, 5000, log), OTP_OK) && CHECK_EQ(otp_length(*log), count);
}

BOTH_WORLDS("the log has the last events, oldest first, as many as asked for") {
    otp_pid pid = start_probe();
    otp_term dest = otp_from_pid(pid), log;
    logged(dest, 0, &log);
    CHECK_EQ(otp_sys_log(dest, 6, 5000), OTP_OK);
    otp_cast(pid, otp_term_of("{add, 1}"));
    otp_cast(pid, otp_term_of("{do, {then, next}}"));
    logged(dest, 5, &log);
    CHECK_TERM(log, "[{in, {'$gen_cast', {add, 1}}}, {noreply, {probe, 1}},"
                    " {in, {'$gen_cast', {do, {then, next}}}}, {continue, next},"
                    " {noreply, {probe, 1}}]");
    call_times(pid, "{echo, x}", 1);
    logged(dest, 6, &log);
    CHECK(otp_match(log, "[{noreply, {probe, 1}} | _]"));
    CHECK_EQ(otp_sys_log(dest, 2, 5000), OTP_OK);
    logged(dest, 2, &log);
    otp_term self = otp_from_pid(otp_self());
    CHECK(otp_match(log, "[{in, {'$gen_call', {~w, _}, {echo, x}}}, {out, x, {~w, _}, {probe, 1}}]",
                    self, self));
    CHECK_EQ(otp_sys_log(dest, 100, 5000), OTP_OK);
    otp_send(pid, OTP_ATOM(message));
    logged(dest, 4, &log);
    CHECK_EQ(otp_sys_log(dest, 0, 5000), OTP_OK);
    logged(dest, 0, &log);
    CHECK_EQ(otp_sys_log(dest, 100001, 5000), OTP_EBADARG);
}

static bool matches(otp_term term, const char *text) {
    otp_pattern *pattern = NULL;
    bool match = CHECK_EQ(otp_pattern_compile(text, &pattern, NULL), OTP_OK) &&
                 otp_pattern_match(pattern, term);
    otp_pattern_free(pattern);
    return match;
}

BOTH_WORLDS("the log of a state machine tells its transitions") {
    otp_pid pid = machine_start(&entering_machine, "{ok, a, []}");
    otp_term dest = otp_from_pid(pid), log;
    CHECK_EQ(otp_sys_log(dest, 50, 5000), OTP_OK);
    otp_cast(pid, machine_do("1, keep, [postpone]"));
    otp_cast(pid, machine_do("2, {next, b}, [{insert, internal, i}, {set, event, 0, e},"
                             " {set, {g, x}, 0, g}]"));
    call_times(pid, "{do, 3, keep, [{reply, r}, {set, state, {abs, 100000}, s}]}", 1);
    CHECK_EQ(otp_sys_get_log(dest, 5000, &log), OTP_OK);
    static const char *const patterns[] = {
        "{in, {cast, {do, 1, _, _}}, a}",
        "{postpone, {cast, {do, 1, _, _}}, a, a}",
        "{in, {cast, {do, 2, _, _}}, a}",
        "{in, {internal, i}, b}",
        "{enter, b}",
        "{consume, {cast, {do, 2, _, _}}, a, b}",
        "{start_timer, {timeout, 0, e, []}, b}",
        "{start_timer, {{timeout, x}, 0, g, []}, b}",
        "{consume, {internal, i}, b, b}",
        "{postpone, {cast, {do, 1, _, _}}, b, b}",
        "{insert_timeout, {{timeout, x}, g}, b}",
        "{consume, {{timeout, x}, g}, b, b}",
        "{in, {{call, {_, _}}, {do, 3, _, _}}, b}",
        "{out, r, {_, _}}",
        "{consume, {{call, {_, _}}, {do, 3, _, _}}, b, b}",
        "{start_timer, {state_timeout, _, s, [{abs, true}]}, b}"};
    size_t count = sizeof patterns / sizeof *patterns, i = 0;
    CHECK_EQ(otp_length(log), count);
    OTP_LIST_FOREACH (event, log) {
        if (i < count && !CHECK(matches(event, patterns[i]))) {
            printf("# %s is no %s\n", otp_show(event), patterns[i]);
        }
        i++;
    }
}

/* ---- Tracing ---- */

typedef struct traced {
    int count;
    char last[128];
} traced;

static void see(void *context, otp_term event) {
    traced *t = context;
    t->count++;
    otp_print(event, t->last, sizeof t->last);
}

BOTH_WORLDS("a trace goes to the last function that was asked for, until it is off") {
    for (int i = 0; i < KIND_COUNT; i++) {
        otp_pid pid = kinds[i].start();
        otp_term dest = otp_from_pid(pid);
        traced first = {0}, second = {0};
        CHECK_EQ(otp_sys_trace_to(dest, see, &first, 5000), OTP_OK);
        call_times(pid, kinds[i].call, 1);
        CHECK_EQ(otp_sys_trace_to(dest, see, &second, 5000), OTP_OK);
        call_times(pid, kinds[i].call, 2);
        CHECK_EQ(otp_sys_trace(dest, false, 5000), OTP_OK);
        call_times(pid, kinds[i].call, 4);
        CHECK_EQ(otp_sys_get_log(dest, 5000, &(otp_term){0}), OTP_OK); /* a fence */
        CHECK(first.count >= 2);
        CHECK_EQ(second.count, 2 * first.count);
        CHECK_EQ(otp_sys_trace_to(dest, NULL, NULL, 5000), OTP_EBADARG);
    }
}

static void sink(void *context, const otp_log_entry *entry) {
    traced *t = context;
    t->count += entry->level == OTP_LOG_NOTICE;
    (void)snprintf(t->last, sizeof t->last, "%s", entry->text);
}

BOTH_WORLDS("a trace without function goes to the logger, and so does a printed log") {
    static traced logger; /* outlives the system */
    logger = (traced){0};
    otp_logger_set(otp_system_here(), OTP_LOG_NOTICE, sink, &logger);
    otp_pid pid = start_probe();
    otp_term dest = otp_from_pid(pid), reply;
    CHECK_EQ(otp_sys_trace(dest, true, 5000), OTP_OK);
    CHECK_EQ(otp_sys_log(dest, 10, 5000), OTP_OK);
    otp_cast(pid, otp_term_of("{add, 1}"));
    CHECK_EQ(otp_sys_get_state(dest, 5000, &reply), OTP_OK);
    CHECK_EQ(logger.count, 2);
    CHECK_STR(logger.last, "*DBG* probe {noreply,{probe,1}}");
    CHECK_EQ(otp_sys_trace(dest, false, 5000), OTP_OK);
    CHECK_EQ(otp_sys_print_log(dest, 5000), OTP_OK);
    CHECK_EQ(logger.count, 4);
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
}

BOTH_WORLDS("all of it works on a suspended process, and no_debug ends it") {
    for (int i = 0; i < KIND_COUNT; i++) {
        otp_pid pid = kinds[i].start();
        otp_term dest = otp_from_pid(pid), out;
        CHECK_EQ(otp_sys_suspend(dest, 5000), OTP_OK);
        otp_cast(pid, otp_term_of("{add, 1}"));
        CHECK_EQ(otp_sys_log(dest, 5, 5000), OTP_OK);
        CHECK_EQ(otp_sys_statistics(dest, true, 5000), OTP_OK);
        CHECK_EQ(otp_sys_trace(dest, true, 5000), OTP_OK);
        CHECK_EQ(otp_sys_get_status(dest, 5000, &out), OTP_OK);
        CHECK(otp_match(out,
                        "#{status := suspended, behaviour := ~w, log := [],"
                        " debug := [{trace, true}, {log, 5}, {statistics, true}],"
                        " messages_in := 0}",
                        otp_atom(kinds[i].kind)));
        CHECK_EQ(otp_sys_get_statistics(dest, 5000, &out), OTP_OK);
        CHECK_TERM(otp_map_get(out, OTP_ATOM(messages_in)), "0");
        CHECK_EQ(otp_sys_resume(dest, 5000), OTP_OK);
        CHECK_EQ(otp_sys_get_log(dest, 5000, &out), OTP_OK);
        CHECK_EQ(otp_length(out), 2);
        CHECK_EQ(otp_sys_no_debug(dest, 5000), OTP_OK);
        CHECK_EQ(otp_sys_get_statistics(dest, 5000, &out), OTP_ENOENT);
        CHECK_EQ(otp_sys_get_status(dest, 5000, &out), OTP_OK);
        CHECK(otp_match(out, "#{status := running, log := [], debug := [], messages_in := 1}"));
    }
}

BOTH_WORLDS("a change of code is refused by its name, and unknown debugging too") {
    static const char *const requests[] = {"{change_code, m, undefined, []}", "{debug, {bogus, 1}}",
                                           "{debug, {log, bogus}}"};
    static const char *const answers[] = {"{error, {unsupported, change_code}}",
                                          "{error, {unknown_debug, {bogus, 1}}}",
                                          "{error, badarg}"};
    for (int i = 0; i < KIND_COUNT; i++) {
        otp_pid pid = kinds[i].start();
        for (size_t k = 0; k < sizeof requests / sizeof *requests; k++) {
            otp_term ref = otp_from_ref(otp_make_ref()), answer = OTP_NONE;
            otp_send(pid, otp_term_of("{system, {~w, ~w}, ~w}", otp_from_pid(otp_self()), ref,
                                      otp_term_of(requests[k])));
            CHECK_TOLD("{~w, ~t}", ref, &answer);
            CHECK_TERM(answer, answers[k]);
        }
    }
}

/* ---- State machines ---- */

BOTH_WORLDS("the status of a state machine has its state, what is postponed and what runs") {
    otp_pid pid = machine_start(&plain_machine, "{ok, {a, 1}, [{set, state, 100000, [s]}]}");
    otp_term status;
    otp_cast(pid, machine_do("1, keep, [postpone, {set, {g, x}, 100000, g}]"));
    otp_cast(pid, machine_do("2, keep, [postpone]"));
    CHECK_EQ(otp_sys_get_status(otp_from_pid(pid), 5000, &status), OTP_OK);
    CHECK(otp_match(status, "#{behaviour := gen_statem, name := <<\"plain machine\">>,"
                            " state := {{a, 1}, 0}, messages_in := 2,"
                            " postponed := [{cast, {do, 1, _, _}}, {cast, {do, 2, _, _}}],"
                            " timeouts := {2, [{state_timeout, [s]}, {{timeout, x}, g}]}}"));
    otp_term ref = otp_from_ref(otp_make_ref());
    otp_send(pid, otp_term_of("{system, {~w, ~w}, get_status}", otp_from_pid(otp_self()), ref));
    otp_term shape = OTP_NONE;
    while (otp_receive_match(0, "{ev, _, _, _}") == OTP_OK) {}
    CHECK_TOLD("{~w, {status, _, {module, gen_statem}, [_, running, _, [], ~t]}}", ref, &shape);
    CHECK(otp_match(shape, "[{header, _}, {data, _}, {data, _}, {data, [{_, {{a, 1}, 0}}]}]"));
}

BOTH_WORLDS("the state of a machine is read, replaced without a transition, and looked at") {
    otp_pid pid = machine_start(&table_machine, "{ok, a, [{set, state, 100000, s}]}");
    otp_term dest = otp_from_pid(pid), out;
    CHECK_EVENT("a, enter, a");
    CHECK_EQ(otp_sys_get_state(dest, 5000, &out), OTP_OK);
    CHECK_TERM(out, "{a, 0}");
    otp_cast(pid, machine_do("1, keep, [postpone]"));
    CHECK_EVENT("a, cast, 1");
    CHECK_EQ(otp_sys_replace_state(dest, otp_term_of("{b, 7}"), 5000), OTP_OK);
    CHECK_EQ(otp_sys_get_state(dest, 5000, &out), OTP_OK);
    CHECK_TERM(out, "{b, 7}");
    otp_cast(pid, machine_do("2, keep, []"));
    CHECK_EVENT("b, cast, 2");
    CHECK_EQ(otp_sys_get_status(dest, 5000, &out), OTP_OK);
    CHECK(otp_match(out, "#{timeouts := {1, _}, postponed := [_]}"));
    static const char *const wrong[] = {"{d, 7}", "{a, x}", "a"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQ(otp_sys_replace_state(dest, otp_term_of(wrong[i]), 5000), OTP_EBADARG);
    }
    CHECK_SILENCE();
}

static void read_number(void *context, void *state) {
    *(int64_t *)context = ((machine *)state)->number;
}

BOTH_WORLDS("a look at a machine sees its data; one that tells none shows its state") {
    static const otp_gen_statem silent = {.name = "silent",
                                          .data_size = sizeof(machine),
                                          .init = machine_init,
                                          .handle_event = machine_handle};
    otp_pid pid = machine_start(&silent, "{ok, a, []}");
    otp_term dest = otp_from_pid(pid), out;
    int64_t number = -1;
    CHECK_EQ(otp_sys_look(dest, read_number, &number, 5000), OTP_OK);
    CHECK_EQ(number, 0);
    CHECK_EQ(otp_sys_get_state(dest, 5000, &out), OTP_OK);
    CHECK_TERM(out, "{a, undefined}");
    CHECK_EQ(otp_sys_replace_state(dest, otp_term_of("{b, 1}"), 5000), OTP_EUNSUPPORTED);
    CHECK_EQ(otp_sys_look(otp_from_pid(start_supervisor()), read_number, &number, 5000),
             OTP_EUNSUPPORTED);
}

SIMULATED_WORLDS("a timeout of a suspended machine waits for its resume, in its place") {
    otp_pid pid = machine_start(&plain_machine, "{ok, a, [{set, {g, x}, 100, g}]}");
    otp_term dest = otp_from_pid(pid);
    CHECK_EQ(otp_sys_suspend(dest, 5000), OTP_OK);
    CHECK_EQ(otp_receive_match(500, "_"), OTP_ETIMEOUT);
    otp_cast(pid, OTP_ATOM(after));
    CHECK_SILENCE();
    CHECK_EQ(otp_sys_resume(dest, 5000), OTP_OK);
    CHECK_EVENT("a, {timeout, x}, g");
    CHECK_EVENT("a, cast, after");
}

BOTH_WORLDS("a suspended machine is stopped by sys, through terminate") {
    otp_pid pid = start_machine();
    CHECK_EQ(otp_sys_suspend(otp_from_pid(pid), 5000), OTP_OK);
    otp_cast(pid, OTP_ATOM(never_seen));
    CHECK_EQ(otp_stop_server(otp_from_pid(pid), OTP_ATOM(shutdown), 5000), OTP_OK);
    CHECK_TOLD("{terminate, a, shutdown}");
    CHECK_SILENCE();
}
