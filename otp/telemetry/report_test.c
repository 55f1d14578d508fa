/* SPDX-License-Identifier: MIT */
/*
 * The logger, crash reports and supervisor reports: what reaches a sink.
 */
#include "telemetry/report.h"

#include "process/extra.h"
#include "table/in_world.h"
#include "telemetry/log.h"

#include <stdio.h>
#include <string.h>

/* ---- Lines ---- */

static const char *line(const otp_log_entry *entry, uint64_t wall_ms) {
    static char memory[200];
    otpi_text text;
    otpi_text_init_fixed(&text, memory, sizeof memory);
    otpi_log_line(&text, entry, wall_ms);
    return memory;
}

UNIT("a line shows time, level, pid and text") {
    otp_pid pid = otpi_pid(0, 0, 5);
    CHECK_STR(line(&(otp_log_entry){.level = OTP_LOG_ERROR, .pid = pid, .text = "it broke"},
                   UINT64_C(43200123)),
              "12:00:00.123 [error] <0.5.0> it broke\n");
    CHECK_STR(line(&(otp_log_entry){.level = OTP_LOG_DEBUG, .text = "two\n    lines"},
                   UINT64_C(1700000000007)),
              "22:13:20.007 [debug] - two\n    lines\n");
    CHECK_STR(otpi_log_level_name(OTP_LOG_NOTICE), "notice");
    CHECK_STR(otpi_log_level_name((otp_log_level)99), "none");
}

/* ---- The logger ---- */

typedef struct seen {
    int count;
    otp_log_level level;
    otp_pid pid;
    char text[4000];
    char report[2000];
} seen;

static void keep(void *context, const otp_log_entry *entry) {
    seen *s = context;
    s->count++;
    s->level = entry->level;
    s->pid = entry->pid;
    snprintf(s->text, sizeof s->text, "%s", entry->text);
    otp_print(entry->report, s->report, sizeof s->report);
    if (otp_is_none(entry->report)) {
        s->report[0] = '\0';
    }
}

static void levels(otp_term arg) {
    (void)arg;
    static seen s;
    s = (seen){0};
    otp_logger_set(otp_system_here(), OTP_LOG_NOTICE, keep, &s);
    CHECK(otpi_log_on(OTP_LOG_NOTICE));
    CHECK(!otpi_log_on(OTP_LOG_INFO));
    CHECK(!otpi_log_on(OTP_LOG_NONE));
    otp_log(OTP_LOG_INFO, "not %s", "this");
    otp_log(OTP_LOG_NONE, "nor this");
    CHECK_EQ(s.count, 0);
    otp_log(OTP_LOG_WARNING, "%d of %s", 3, otp_show(otp_term_of("{a, b}")));
    CHECK_EQ(s.count, 1);
    CHECK_EQ(s.level, OTP_LOG_WARNING);
    CHECK_EQ(s.pid.word, otp_self().word);
    CHECK_STR(s.text, "3 of {a,b}");
    CHECK_STR(s.report, "");
    char longer[3000];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    otp_log(OTP_LOG_ERROR, "%s", longer);
    CHECK_STR(s.text, longer);
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, keep, &s);
    otp_log(OTP_LOG_ERROR, "silence");
    CHECK_EQ(s.count, 2);
}

UNIT("the sink gets what its level asks for, of any length") {
    in_both_worlds(levels);
}

static void defaults(otp_term arg) {
    (void)arg;
    bool parallel = otp_world_mode(otp_world_here()) == OTP_PARALLEL;
    CHECK_EQ(otpi_log_on(OTP_LOG_ERROR), parallel);
    CHECK_EQ(otpi_log_on(OTP_LOG_WARNING), parallel);
    CHECK(!otpi_log_on(OTP_LOG_NOTICE));
    otp_logger_set(otp_system_here(), OTP_LOG_DEBUG, NULL, NULL);
    CHECK_EQ(otpi_log_on(OTP_LOG_DEBUG), parallel);
}

UNIT("by default warnings are written in parallel worlds, nothing in simulated ones") {
    in_both_worlds(defaults);
}

/* ---- Crashes ---- */

static void crash_start(void *state, otp_term args) {
    *(int64_t *)state = 42;
    otp_label("the unlucky one");
    otp_pid peer;
    if (otp_get_pid(args, &peer)) {
        otp_link(peer);
    }
}

static otpi_disposition crash_message(void *state, otp_term message) {
    (void)state;
    otp_exit(message);
}

static const char *crash_name(const void *state) {
    (void)state;
    return "glass";
}

static otp_term crash_describe(const void *state) {
    return otp_map(OTP_ATOM(value), otp_int(*(const int64_t *)state));
}

static const otpi_behaviour glass = {.kind = "gen_glass",
                                     .start = crash_start,
                                     .message = crash_message,
                                     .name = crash_name,
                                     .describe = crash_describe};

/* Starts one, lets it exit with the reason, and waits for that. */
static otp_pid crash_with(otp_term reason, otp_term arg) {
    otp_pid pid;
    otp_ref ref;
    otp_term down;
    const otp_spawn_opts opts = {.name = OTP_ATOM(breakable), .monitor = true, .monitor_ref = &ref};
    const otpi_spawn spawn = {
        .behaviour = &glass, .state_size = sizeof(int64_t), .args = arg, .opts = &opts};
    CHECK_EQ(otpi_process_spawn(NULL, &spawn, &pid), OTP_OK);
    otp_send(pid, reason);
    CHECK_EQ(otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    return pid;
}

static void ends_normally(otp_term arg) {
    (void)arg;
    static seen s;
    s = (seen){0};
    otp_logger_set(otp_system_here(), OTP_LOG_ERROR, keep, &s);
    crash_with(OTP_ATOM(normal), otp_nil());
    crash_with(OTP_ATOM(shutdown), otp_nil());
    crash_with(otp_term_of("{shutdown, tired}"), otp_nil());
    CHECK_EQ(s.count, 0);
    crash_with(otp_term_of("{normal, really}"), otp_nil());
    CHECK_EQ(s.count, 1);
}

UNIT("normal, shutdown and {shutdown, _} are no crashes") {
    in_both_worlds(ends_normally);
}

static void crash_shown(otp_term arg) {
    (void)arg;
    static seen s;
    char expected[2000];
    s = (seen){0};
    otp_logger_set(otp_system_here(), OTP_LOG_ERROR, keep, &s);
    otp_trap_exit(true);
    otp_pid pid = crash_with(otp_term_of("{badarg, here}"), otp_from_pid(otp_self()));
    CHECK_EQ(s.count, 1);
    CHECK_EQ(s.level, OTP_LOG_ERROR);
    CHECK_EQ(s.pid.word, pid.word);
    const char *me = otp_show(otp_from_pid(otp_self()));
    snprintf(expected, sizeof expected,
             "gen_glass glass exited: {badarg,here}\n"
             "    registered name: breakable\n"
             "    label: <<\"the unlucky one\">>\n"
             "    state: #{value => 42}\n"
             "    parent: %s\n"
             "    links: [%s]\n"
             "    messages waiting: 0",
             me, me);
    CHECK_STR(s.text, expected);
    snprintf(expected, sizeof expected,
             "#{behaviour => gen_glass,label => <<\"the unlucky one\">>,links => [%s],"
             "message_queue_len => 0,name => glass,parent => %s,pid => %s,reason => {badarg,here},"
             "registered_name => breakable,state => #{value => 42},trap_exit => false}",
             me, me, otp_show(otp_from_pid(pid)));
    CHECK_STR(s.report, expected);
}

UNIT("a crash report shows who died, of what, and in which state") {
    in_both_worlds(crash_shown);
}

static void waits(otp_term arg) {
    otp_pid parent;
    otp_term never;
    CHECK(otp_get_pid(arg, &parent));
    otp_send(parent, OTP_ATOM(ready));
    (void)!otp_receive_match(OTP_INFINITY, "never");
    (void)!otp_receive(0, &never);
}

static void killed(otp_term arg) {
    (void)arg;
    static seen s;
    otp_ref ref;
    otp_term message;
    s = (seen){0};
    otp_logger_set(otp_system_here(), OTP_LOG_ERROR, keep, &s);
    otp_pid pid = otp_spawn_monitor(waits, otp_from_pid(otp_self()), &ref);
    CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "ready"), OTP_OK);
    otp_send(pid, OTP_ATOM(one));
    otp_send(pid, OTP_ATOM(two));
    otp_kill(pid);
    CHECK_EQ(otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &message), OTP_OK);
    CHECK_EQ(s.count, 1);
    CHECK(strstr(s.text, "process exited: killed\n") != NULL);
    CHECK(strstr(s.text, "messages waiting: 2") != NULL);
    CHECK(strstr(s.report, "message_queue_len => 2") != NULL);
}

UNIT("a killed process is reported with the messages it left") {
    in_both_worlds(killed);
}

/* ---- Events ---- */

typedef struct heard {
    char text[4000];
    size_t length;
} heard;

static void hear(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    heard *h = context;
    otp_term pid = otp_map_get(metadata, OTP_ATOM(pid));
    CHECK(otp_kind_of(pid) == OTP_KIND_PID);
    CHECK_EQ(otp_map_size(measurements), 0);
    otp_term reason = otp_map_get(metadata, OTP_ATOM(reason));
    otp_term name = otp_map_get(metadata, OTP_ATOM(registered_name));
    h->length += (size_t)snprintf(h->text + h->length, sizeof h->text - h->length, "%s %s %s\n",
                                  otp_show(event), otp_show(name),
                                  otp_is_none(reason) ? "" : otp_show(reason));
}

static void lives(otp_term arg) {
    (void)arg;
    static heard h;
    h = (heard){.length = 0};
    CHECK_EQ(otp_telemetry_attach("lives", otp_term_of("[[otp, process, '_']]"), hear, &h), OTP_OK);
    crash_with(OTP_ATOM(normal), otp_nil());
    crash_with(OTP_ATOM(broken), otp_nil());
    CHECK_EQ(otp_telemetry_detach("lives"), OTP_OK);
    CHECK_STR(h.text, "[otp,process,spawn] breakable \n[otp,process,exit] breakable normal\n"
                      "[otp,process,spawn] breakable \n[otp,process,exit] breakable broken\n");
}

UNIT("every birth and every exit is an event") {
    in_world(OTP_SIMULATED, lives);
}

static int exits_on_spawn;

static void spawn_exits(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    (void)context, (void)event, (void)measurements, (void)metadata;
    if (exits_on_spawn-- > 0) {
        otp_exit(OTP_ATOM(handler_broken));
    }
}

static void sends(otp_term arg) {
    otp_pid to;
    CHECK(otp_get_pid(arg, &to));
    otp_send(to, OTP_ATOM(alive));
}

static void spawns(otp_term arg) {
    otp_spawn(sends, arg);
}

static void births_survive(otp_term arg) {
    (void)arg;
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
    exits_on_spawn = 0;
    CHECK_EQ(
        otp_telemetry_attach("births", otp_term_of("[[otp, process, spawn]]"), spawn_exits, NULL),
        OTP_OK);
    otp_ref ref;
    otp_term down;
    otp_spawn_monitor(spawns, otp_from_pid(otp_self()), &ref);
    exits_on_spawn = 1; /* in the parent, which has not run yet */
    CHECK_EQ(otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    CHECK(otp_is(otp_element(down, 4), "handler_broken"));
    CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "alive"), OTP_OK);
}

UNIT("a handler that ends the parent does not end the child that is being born") {
    in_world(OTP_SIMULATED, births_survive);
}

static int allocations_left; /* of the dying process, until one fails */

static otpi_disposition starve(void *state, otp_term message) {
    (void)state;
    otpi_alloc_fault_set(in_world_fail, &allocations_left);
    otp_exit(message);
}

static void no_memory_to_report(otp_term arg) {
    (void)arg;
    static seen s;
    static const otpi_behaviour starving = {.kind = "gen_glass",
                                            .start = crash_start,
                                            .message = starve,
                                            .name = crash_name,
                                            .describe = crash_describe};
    s = (seen){0};
    otp_logger_set(otp_system_here(), OTP_LOG_ERROR, keep, &s);
    for (int n = 1; n < 40; n++) {
        otp_ref ref;
        otp_term down;
        otp_pid pid;
        const otp_spawn_opts opts = {.monitor = true, .monitor_ref = &ref};
        const otpi_spawn spawn = {.behaviour = &starving,
                                  .state_size = sizeof(int64_t),
                                  .args = otp_nil(),
                                  .opts = &opts};
        allocations_left = n;
        CHECK_EQ(otpi_process_spawn(NULL, &spawn, &pid), OTP_OK);
        otp_send(pid, otp_term_of("{broken, \"in pieces\"}"));
        otp_err err = otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &down);
        otpi_alloc_fault_set(NULL, NULL);
        CHECK_EQ(err, OTP_OK);
    }
    CHECK(s.count > 0);
}

UNIT("a process dies the same when there is no memory to report it") {
    in_world(OTP_SIMULATED, no_memory_to_report);
}

/* ---- Supervisors ---- */

static void supervisor_hears(void *context, otp_term event, otp_term measurements,
                             otp_term metadata) {
    (void)measurements;
    snprintf(context, 1000, "%s %s", otp_show(event), otp_show(metadata));
}

static void supervisor_reports(otp_term arg) {
    (void)arg;
    static seen s;
    static char text[1000];
    s = (seen){0};
    otp_system *system = otp_system_here();
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
    CHECK_EQ(otp_register(OTP_ATOM(my_sup), otp_self()), OTP_OK);
    otp_term child = otp_term_of("#{id => store, pid => undefined}");
    otpi_report_supervisor("child_terminated", OTP_ATOM(killed), child);
    otp_logger_set(system, OTP_LOG_INFO, keep, &s);
    CHECK_EQ(otp_telemetry_attach("sup", otp_term_of("[[otp, supervisor, '_']]"), supervisor_hears,
                                  text),
             OTP_OK);
    otpi_report_supervisor("child_terminated", OTP_ATOM(killed), child);
    CHECK_EQ(s.count, 1);
    CHECK_EQ(s.level, OTP_LOG_ERROR);
    CHECK_STR(s.text, "supervisor my_sup: child_terminated: killed\n"
                      "    child: #{id => store,pid => undefined}");
    CHECK_STR(s.report, "#{context => child_terminated,offender => #{id => store,pid => undefined},"
                        "reason => killed,supervisor => my_sup}");
    CHECK_STR(text, "[otp,supervisor,report] #{context => child_terminated,"
                    "offender => #{id => store,pid => undefined},reason => killed,"
                    "supervisor => my_sup}");
    otpi_report_progress(child);
    CHECK_EQ(s.level, OTP_LOG_INFO);
    CHECK_STR(s.text, "supervisor my_sup: started #{id => store,pid => undefined}");
    CHECK_STR(text, "[otp,supervisor,progress] #{started => #{id => store,pid => undefined},"
                    "supervisor => my_sup}");
}

UNIT("a supervisor's report goes to the sink and to telemetry") {
    in_both_worlds(supervisor_reports);
}
