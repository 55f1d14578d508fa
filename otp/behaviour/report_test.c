/* SPDX-License-Identifier: MIT */
/* What supervisors tell telemetry and the log. */
#include "behaviour/test_family.h"

/* Not of the test process: its supervisors may end, and tell it, after it has. */
static otp_pid watcher; /* atomic */

static void tell_watcher(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    (void)context, (void)measurements;
    otp_pid to = {__atomic_load_n(&watcher.word, __ATOMIC_RELAXED)};
    otp_send(to, otp_tuple(OTP_ATOM(event), event, metadata));
}

static void attach(void) {
    __atomic_store_n(&watcher.word, otp_self().word, __ATOMIC_RELAXED);
    CHECK_EQ(otp_telemetry_attach("report_test", otp_term_of("[[otp, supervisor, '_']]"),
                                  tell_watcher, NULL),
             OTP_OK);
}

/* The metadata of the next event, which is [otp, supervisor, Name]. */
static otp_term event_of(const char *name) {
    otp_term got = OTP_NONE, metadata = OTP_NONE;
    CHECK_TOLD("{event, [otp, supervisor, ~t], ~t}", &got, &metadata);
    if (!otp_is(got, name)) {
        printf("# expected event %s, got %s\n", name, otp_show(got));
        CHECK(otp_is(got, name));
    }
    return metadata;
}

static const otp_gen_server quiet = {.name = "quiet"};

BOTH_WORLDS("births, deaths, restarts and the end are events, with pids and reasons") {
    otp_pid first, second;
    attach();
    otp_trap_exit(true);
    otp_child_spec child = {.id = "x", .server = &quiet};
    otp_supervisor_spec spec = {
        .name = "shop", .intensity = 1, .children = &child, .child_count = 1};
    otp_pid sup;
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &sup), OTP_OK);
    otp_term metadata = event_of("child_started");
    CHECK(otp_match(metadata,
                    "#{supervisor := ~w, name := <<\"shop\">>, id := x, pid := ~p,"
                    " old_pid := undefined}",
                    otp_from_pid(sup), &first));
    event_of("progress");
    otp_kill(first);
    CHECK(otp_match(event_of("child_terminated"), "#{id := x, pid := ~w, reason := killed}",
                    otp_from_pid(first)));
    CHECK(otp_match(event_of("report"),
                    "#{context := child_terminated, reason := killed,"
                    " offender := #{id := x, pid := ~w, restart := permanent, shutdown := 5000,"
                    " child_type := worker, significant := false}}",
                    otp_from_pid(first)));
    CHECK(otp_match(event_of("restart"), "#{id := x, pid := ~p, old_pid := ~w}", &second,
                    otp_from_pid(first)));
    event_of("progress");
    otp_kill(second);
    event_of("child_terminated");
    event_of("report");
    CHECK(otp_match(event_of("report"),
                    "#{context := shutdown, reason := reached_max_restart_intensity}"));
    CHECK(otp_match(event_of("shutdown"), "#{reason := reached_max_restart_intensity, id := x}"));
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
    CHECK_SILENCE();
}

BOTH_WORLDS("a child that cannot start, and one that does not end as asked, are reported") {
    otp_pid sup, pid;
    attach();
    otp_child_spec bad = {.id = "bad", .start = start_fails};
    otp_supervisor_spec spec = {.children = &bad, .child_count = 1};
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &sup), OTP_EINIT);
    CHECK(otp_match(event_of("report"),
                    "#{context := start_error, reason := 'OTP_EIO', offender := #{id := bad}}"));
    otp_child_spec stubborn = {
        .id = "s", .server = &stubborn_member, .args = otp_from_pid(otp_self()), .shutdown_ms = 10};
    spec.children = &stubborn;
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &sup), OTP_OK);
    pid = CHECK_BORN("s");
    event_of("child_started");
    event_of("progress");
    CHECK_EQ(otp_supervisor_terminate_child(otp_from_pid(sup), "s"), OTP_OK);
    CHECK(otp_match(event_of("child_terminated"), "#{pid := ~w, reason := killed}",
                    otp_from_pid(pid)));
    CHECK(otp_match(event_of("report"), "#{context := shutdown_error, reason := killed}"));
}

BOTH_WORLDS("a child found dead when it is to be ended is reported with its own reason") {
    otp_pid sup;
    otp_trap_exit(true);
    otp_child_spec specs[] = {{.id = "a", .server = &quiet}, {.id = "b", .server = &quiet}};
    otp_supervisor_spec spec = {
        .strategy = OTP_ONE_FOR_ALL, .intensity = 1, .children = specs, .child_count = 2};
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &sup), OTP_OK);
    otp_pid a, b;
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "a", &a), OTP_OK);
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "b", &b), OTP_OK);
    CHECK_EQ(otp_sys_suspend(otp_from_pid(sup), 5000), OTP_OK);
    otp_ref down_a = otp_monitor(a), down_b = otp_monitor(b);
    otp_exit_signal(a, OTP_ATOM(first));
    down_reason(down_a);
    otp_exit_signal(b, OTP_ATOM(second));
    down_reason(down_b);
    attach();
    CHECK_EQ(otp_sys_resume(otp_from_pid(sup), 5000), OTP_OK);
    CHECK(otp_match(event_of("child_terminated"), "#{id := a, reason := first}"));
    CHECK(otp_match(event_of("report"), "#{context := child_terminated, reason := first}"));
    event_of("restart");
    event_of("progress");
    event_of("restart");
    event_of("progress");
    CHECK(otp_match(event_of("child_terminated"), "#{id := b, pid := ~w, reason := second}",
                    otp_from_pid(b)));
    CHECK(otp_match(event_of("report"),
                    "#{context := shutdown_error, reason := second, offender := #{id := b}}"));
    CHECK_SILENCE();
}

/* ---- Dynamic children that do not end as asked ---- */

typedef struct unruly {
    otp_term how; /* an atom */
} unruly;

static otp_result unruly_init(void *state, otp_term how) {
    ((unruly *)state)->how = how;
    otp_trap_exit(true);
    return otp_ok();
}

static void unruly_terminate(void *state, otp_term reason) {
    otp_term how = ((unruly *)state)->how;
    (void)reason;
    if (otp_is(how, "stays")) {
        (void)!otp_receive_match(OTP_INFINITY, "never_sent");
    }
    if (otp_is(how, "odd")) {
        otp_exit(otp_tuple(how, otp_int(1)));
    }
}

static const otp_gen_server unruly_server = {.name = "unruly",
                                             .state_size = sizeof(unruly),
                                             .init = unruly_init,
                                             .terminate = unruly_terminate};

/* The next report, as "Reason Number", others left out; "none". */
static const char *next_toll(void) {
    otp_term name, metadata, reason;
    int64_t children;
    while (otp_receive_match(100, "{event, [otp, supervisor, ~t], ~t}", &name, &metadata) ==
           OTP_OK) {
        if (!otp_is(name, "report")) {
            continue;
        }
        CHECK(otp_match(metadata,
                        "#{context := shutdown_error, reason := ~t,"
                        " offender := #{nb_children := ~i, id := undefined, child_type := worker}}",
                        &reason, &children));
        return otp_show(otp_tuple(reason, otp_int(children)));
    }
    return "none";
}

BOTH_WORLDS("dynamic children that do not end as asked are reported once for each reason") {
    static const char *const how[] = {"odd", "stays", "ends", "stays", "odd", "stays"};
    otp_pid sup, pid;
    otp_child_spec child = {.id = "u", .server = &unruly_server, .shutdown_ms = 500};
    otp_supervisor_spec spec = {
        .strategy = OTP_SIMPLE_ONE_FOR_ONE, .children = &child, .child_count = 1};
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &sup), OTP_OK);
    otp_term name = otp_from_pid(sup);
    for (size_t i = 0; i < sizeof how / sizeof how[0]; i++) {
        CHECK_EQ(otp_supervisor_start_child(name, NULL, otp_atom(how[i]), &pid, NULL), OTP_OK);
    }
    attach();
    CHECK_EQ(otp_stop_server(name, OTP_ATOM(normal), OTP_INFINITY), OTP_OK);
    CHECK_STR(next_toll(), "{{odd,1},2}");
    CHECK_STR(next_toll(), "{killed,3}");
    CHECK_STR(next_toll(), "none");
}

static void note_level(void *context, const otp_log_entry *entry) {
    int *levels = context;
    levels[entry->level]++;
}

SIMULATED_WORLDS("reports go to the log as errors, progress as information") {
    static int levels[OTP_LOG_DEBUG + 1];
    __builtin_memset(levels, 0, sizeof levels);
    otp_logger_set(otp_system_here(), OTP_LOG_INFO, note_level, levels);
    otp_child_spec child = {.id = "x", .server = &quiet};
    otp_supervisor_spec spec = {.children = &child, .child_count = 1};
    otp_pid sup, pid;
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &sup), OTP_OK);
    CHECK_EQ(levels[OTP_LOG_INFO], 1);
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "x", &pid), OTP_OK);
    otp_kill(pid);
    otp_child_counts counts;
    do {
        CHECK_EQ(otp_supervisor_count_children(otp_from_pid(sup), &counts), OTP_OK);
    } while (levels[OTP_LOG_INFO] < 2);
    CHECK(levels[OTP_LOG_ERROR] >= 1);
}
