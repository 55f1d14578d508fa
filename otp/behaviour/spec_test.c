/* SPDX-License-Identifier: MIT */
/* What a supervisor says about a bad specification: check_flags/1, check_childspec/2 of OTP. */
#include "behaviour/test_probe.h"

static void idle(otp_term arg) {
    otp_err err = otp_receive_match(OTP_INFINITY, "{never_sent, ~w}", arg);
    CHECK(err != OTP_OK);
}

static otp_err no_start(void *context, otp_term args, otp_pid *out) {
    (void)context, (void)args, (void)out;
    return OTP_EIGNORE;
}

static const otp_child_spec good[] = {{.id = "a", .process = idle}, {.id = "b", .process = idle}};

static void check_fault(const otp_supervisor_spec *spec, const char *text) {
    otp_term reason = OTP_NONE;
    otp_pid pid = OTP_PID_NONE;
    otp_start_opts opts = {.reason = &reason};
    CHECK_EQ(otp_supervisor_start_link(spec, &opts, &pid), OTP_EBADARG);
    CHECK_TERM(reason, text);
    CHECK_EQ(pid.word, 0);
}

static void check_child_fault(otp_child_spec child, otp_auto_shutdown when, const char *text) {
    check_fault(&(otp_supervisor_spec){.auto_shutdown = when, .children = &child, .child_count = 1},
                text);
}

SIMULATED_WORLDS("bad flags are {supervisor_data, What}") {
    check_fault(&(otp_supervisor_spec){.strategy = (otp_strategy)9},
                "{supervisor_data, {invalid_strategy, 9}}");
    check_fault(&(otp_supervisor_spec){.auto_shutdown = (otp_auto_shutdown)9},
                "{supervisor_data, {invalid_auto_shutdown, 9}}");
    check_fault(&(otp_supervisor_spec){.child_count = 2},
                "{supervisor_data, {missing_children, 2}}");
    check_fault(NULL, "missing_spec");
}

SIMULATED_WORLDS("simple_one_for_one has exactly one child") {
    check_fault(&(otp_supervisor_spec){.strategy = OTP_SIMPLE_ONE_FOR_ONE}, "{bad_start_spec, 0}");
    check_fault(&(otp_supervisor_spec){.strategy = OTP_SIMPLE_ONE_FOR_ONE,
                                       .children = good,
                                       .child_count = 2},
                "{bad_start_spec, 2}");
}

SIMULATED_WORLDS("a child has an id of its own") {
    static const otp_child_spec twice[] = {
        {.id = "a", .process = idle}, {.id = "b", .process = idle}, {.id = "a", .process = idle}};
    check_fault(&(otp_supervisor_spec){.children = twice, .child_count = 3},
                "{start_spec, {duplicate_child_name, a}}");
    check_child_fault((otp_child_spec){.process = idle}, OTP_AUTO_NEVER,
                      "{start_spec, missing_id}");
    char text[400];
    __builtin_memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    otp_term reason = OTP_NONE;
    otp_pid pid;
    otp_start_opts opts = {.reason = &reason};
    otp_child_spec child = {.id = text, .process = idle};
    CHECK_EQ(otp_supervisor_start_link(&(otp_supervisor_spec){.children = &child, .child_count = 1},
                                       &opts, &pid),
             OTP_EBADARG);
    CHECK(otp_match(reason, "{start_spec, {invalid_id, _}}"));
}

SIMULATED_WORLDS("a child is started in exactly one way") {
    static const otp_gen_server nameless = {.state_size = 1};
    check_child_fault((otp_child_spec){.id = "a"}, OTP_AUTO_NEVER,
                      "{start_spec, {missing_start, a}}");
    check_child_fault((otp_child_spec){.id = "a", .process = idle, .start = no_start},
                      OTP_AUTO_NEVER, "{start_spec, {{several_starts, 2}, a}}");
    check_child_fault((otp_child_spec){.id = "a", .server = &nameless}, OTP_AUTO_NEVER,
                      "{start_spec, {{invalid_server, missing_name}, a}}");
    static const otp_gen_statem stateless = {.name = "no init, no states"};
    check_child_fault((otp_child_spec){.id = "a", .statem = &stateless}, OTP_AUTO_NEVER,
                      "{start_spec, {{invalid_statem, incomplete}, a}}");
    check_child_fault((otp_child_spec){.id = "a", .server = &nameless, .statem = &stateless},
                      OTP_AUTO_NEVER, "{start_spec, {{several_starts, 2}, a}}");
}

SIMULATED_WORLDS("restart type, child type and shutdown are checked") {
    check_child_fault((otp_child_spec){.id = "a", .process = idle, .restart = (otp_restart)7},
                      OTP_AUTO_NEVER, "{start_spec, {{invalid_restart_type, 7}, a}}");
    check_child_fault((otp_child_spec){.id = "a", .process = idle, .type = (otp_child_type)7},
                      OTP_AUTO_NEVER, "{start_spec, {{invalid_child_type, 7}, a}}");
    check_child_fault((otp_child_spec){.id = "a", .process = idle, .shutdown_ms = -3},
                      OTP_AUTO_NEVER, "{start_spec, {{invalid_shutdown, -3}, a}}");
}

SIMULATED_WORLDS("significant needs auto_shutdown, and a child that is not permanent") {
    otp_child_spec child = {
        .id = "a", .process = idle, .restart = OTP_TRANSIENT, .significant = true};
    check_child_fault(child, OTP_AUTO_NEVER,
                      "{start_spec, {{bad_combination, [{auto_shutdown, never},"
                      " {significant, true}]}, a}}");
    child.restart = OTP_PERMANENT;
    check_child_fault(child, OTP_AUTO_ANY_SIGNIFICANT,
                      "{start_spec, {{bad_combination, [{restart, permanent},"
                      " {significant, true}]}, a}}");
    child.restart = OTP_TEMPORARY;
    otp_pid pid;
    CHECK_EQ(
        otp_supervisor_start_link(&(otp_supervisor_spec){.auto_shutdown = OTP_AUTO_ALL_SIGNIFICANT,
                                                         .children = &child,
                                                         .child_count = 1},
                                  NULL, &pid),
        OTP_OK);
}

SIMULATED_WORLDS("a bad spec in start_child is OTP_EBADARG and changes nothing") {
    otp_pid sup, pid;
    CHECK_EQ(otp_supervisor_start_link(&(otp_supervisor_spec){.children = good, .child_count = 2},
                                       NULL, &sup),
             OTP_OK);
    otp_term dest = otp_from_pid(sup);
    otp_term reason;
    otp_child_spec bad = {.id = "c"};
    CHECK_EQ(otp_supervisor_start_child(dest, &bad, OTP_NONE, &pid, &reason), OTP_EBADARG);
    CHECK_TERM(reason, "{start_spec, {missing_start, c}}");
    CHECK_EQ(otp_supervisor_start_child(dest, NULL, OTP_NONE, &pid, &reason), OTP_EBADARG);
    otp_child_counts counts;
    CHECK_EQ(otp_supervisor_count_children(dest, &counts), OTP_OK);
    CHECK_EQ(counts.specs, 2);
}

SIMULATED_WORLDS("a nested supervisor with a bad spec is a child that fails to start") {
    static const otp_supervisor_spec inner = {.strategy = (otp_strategy)9};
    static const otp_child_spec children[] = {{.id = "inner", .supervisor = &inner}};
    otp_term reason = OTP_NONE;
    otp_pid pid;
    otp_start_opts opts = {.reason = &reason};
    CHECK_EQ(otp_supervisor_start_link(
                 &(otp_supervisor_spec){.children = children, .child_count = 1}, &opts, &pid),
             OTP_EINIT);
    CHECK_TERM(reason, "{shutdown, {failed_to_start_child, inner,"
                       " {supervisor_data, {invalid_strategy, 9}}}}");
}
