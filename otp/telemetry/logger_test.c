/* SPDX-License-Identifier: MIT */
/*
 * Who gets which entries: metadata, module levels, handlers and their queues, captures.
 */
#include <otp/logger.h>

#include "port/memory.h"
#include "port/thread.h"
#include "table/in_world.h"
#include "telemetry/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything a handler writes, for looking at afterwards. */
typedef struct lines {
    otpi_mutex mutex;
    char text[600000];
    size_t length;
} lines;

static void lines_put(void *context, const char *line, size_t size) {
    lines *all = context;
    otpi_mutex_lock(&all->mutex);
    size_t room = sizeof all->text - 1 - all->length;
    memcpy(all->text + all->length, line, size < room ? size : room);
    all->length += size < room ? size : room;
    all->text[all->length] = '\0';
    otpi_mutex_unlock(&all->mutex);
}

static int count_of(const char *text, const char *what) {
    int n = 0;
    for (text = strstr(text, what); text != NULL; text = strstr(text + 1, what)) {
        n++;
    }
    return n;
}

static otp_log_capture *capture(otp_log_level level) {
    otp_log_capture *c = NULL;
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
    CHECK_EQ(otp_log_capture_start(otp_system_here(), level, 0, &c), OTP_OK);
    return c;
}

/* ---- Metadata ---- */

static void metadata(otp_term arg) {
    (void)arg;
    CHECK(otp_is(otp_logger_get_process_metadata(), "undefined"));
    otp_logger_unset_process_metadata();
    otp_logger_update_process_metadata(otp_term_of("#{a => 1}"));
    otp_logger_update_process_metadata(otp_term_of("#{a => 2, b => \"long enough\"}"));
    CHECK_STR(otp_show(otp_logger_get_process_metadata()), "#{a => 2,b => \"long enough\"}");
    otp_log_capture *c = capture(OTP_LOG_INFO);
    otp_log(OTP_LOG_INFO, "with");
    otp_logger_set_process_metadata(otp_term_of("#{c => 3}"));
    otp_log_report(OTP_LOG_INFO, otp_term_of("#{what => happened}"));
    otp_logger_unset_process_metadata();
    otp_log(OTP_LOG_INFO, "without");
    otp_log_entry e;
    CHECK_EQ(otp_log_capture_count(c), 3);
    CHECK(otp_log_capture_at(c, 0, &e));
    CHECK_STR(otp_show(e.metadata), "#{a => 2,b => \"long enough\"}");
    CHECK_STR(e.text, "with");
    CHECK(strncmp(e.site, "otp/telemetry/logger_test.c:", 28) == 0);
    CHECK(otp_log_capture_at(c, 1, &e));
    CHECK_STR(otp_show(e.metadata), "#{c => 3}");
    CHECK_STR(otp_show(e.report), "#{what => happened}");
    CHECK_STR(e.text, "#{what => happened}");
    CHECK(otp_log_capture_at(c, 2, &e));
    CHECK(otp_is_none(e.metadata));
    CHECK(otp_is_none(e.report));
    CHECK(!otp_log_capture_at(c, 3, &e));
    otp_log_capture_stop(c);
}

UNIT("what a process says carries its metadata") {
    in_both_worlds(metadata);
}

static void sets_no_map(otp_term arg) {
    otp_logger_set_process_metadata(arg);
}

static void updates_no_map(otp_term arg) {
    otp_logger_update_process_metadata(arg);
}

static void reports_no_map(otp_term arg) {
    otp_log_report(OTP_LOG_DEBUG, arg);
}

static void no_maps(otp_term arg) {
    (void)arg;
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
    CHECK(otp_match(in_process(sets_no_map, OTP_ATOM(a)), "{badarg, _}"));
    CHECK(otp_match(in_process(updates_no_map, otp_nil()), "{badarg, _}"));
    CHECK(otp_match(in_process(reports_no_map, otp_int(1)), "{badarg, _}"));
}

UNIT("metadata and reports are maps") {
    in_both_worlds(no_maps);
}

/* ---- Levels of modules ---- */

static void says(otp_term arg) {
    otp_label(otp_is(arg, "noisy") ? "noisy" : "shy");
    otp_log(OTP_LOG_ERROR, "error of %s", otp_show(arg));
    otp_log(OTP_LOG_DEBUG, "debug of %s", otp_show(arg));
}

static void said(const char *expected) {
    char text[1000] = "";
    otp_log_entry e;
    otp_log_capture *c = capture(OTP_LOG_WARNING);
    CHECK(otp_is(in_process(says, OTP_ATOM(noisy)), "normal"));
    CHECK(otp_is(in_process(says, OTP_ATOM(shy)), "normal"));
    for (size_t i = 0; otp_log_capture_at(c, i, &e); i++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s,", e.text);
    }
    CHECK_STR(text, expected);
    otp_log_capture_stop(c);
}

static void module_levels(otp_term arg) {
    (void)arg;
    otp_system *system = otp_system_here();
    said("error of noisy,error of shy,");
    CHECK_EQ(otp_logger_set_module_level(system, "noisy", OTP_LOG_NONE), OTP_OK);
    CHECK_EQ(otp_logger_set_module_level(system, "shy", OTP_LOG_DEBUG), OTP_OK);
    said("error of shy,debug of shy,");
    CHECK_EQ(otp_logger_set_module_level(system, "noisy", OTP_LOG_DEBUG), OTP_OK);
    CHECK_EQ(otp_logger_unset_module_level(system, "shy"), OTP_OK);
    said("error of noisy,debug of noisy,error of shy,");
    CHECK_EQ(otp_logger_unset_module_level(system, "shy"), OTP_ENOENT);
    CHECK_EQ(otp_logger_set_module_level(system, "shy", (otp_log_level)9), OTP_EBADARG);
    CHECK_EQ(otp_logger_set_module_level(system, NULL, OTP_LOG_INFO), OTP_EBADARG);
    CHECK_EQ(otp_logger_unset_module_level(system, "noisy"), OTP_OK);
    static char names[70][4];
    for (int i = 0; i < 64; i++) {
        snprintf(names[i], sizeof names[i], "m%d", i);
        CHECK_EQ(otp_logger_set_module_level(system, names[i], OTP_LOG_INFO), OTP_OK);
    }
    CHECK_EQ(otp_logger_set_module_level(system, "more", OTP_LOG_INFO), OTP_ELIMIT);
    CHECK_EQ(otp_logger_set_module_level(system, "m3", OTP_LOG_DEBUG), OTP_OK);
}

UNIT("a module's level takes the place of the handlers'") {
    in_both_worlds(module_levels);
}

/* ---- Handlers ---- */

static bool no_secrets(void *context, const otp_log_entry *entry) {
    (void)context;
    return strstr(entry->text, "secret") == NULL;
}

static void says_some(otp_term arg) {
    (void)arg;
    lines *all = otp_context();
    otp_system *system = otp_system_here();
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
    const otp_log_handler people = {
        .level = OTP_LOG_INFO, .filter = no_secrets, .put = lines_put, .context = all};
    otp_log_handler programs = people;
    programs.format = OTP_LOG_JSON;
    programs.level = OTP_LOG_ERROR;
    CHECK_EQ(otp_logger_add_handler(system, "people", &people), OTP_OK);
    CHECK_EQ(otp_logger_add_handler(system, "people", &people), OTP_EEXIST);
    CHECK_EQ(otp_logger_add_handler(system, "programs", &programs), OTP_OK);
    otp_log(OTP_LOG_INFO, "one");
    otp_log(OTP_LOG_ERROR, "two");
    otp_log(OTP_LOG_ERROR, "a secret");
    otp_log(OTP_LOG_DEBUG, "not this");
    CHECK_EQ(otp_logger_remove_handler(system, "programs"), OTP_OK);
    CHECK_EQ(otp_logger_remove_handler(system, "programs"), OTP_ENOENT);
    otp_log(OTP_LOG_WARNING, "three");
}

static void run_with_lines(otp_mode mode, otp_process_fn *body, lines *all) {
    all->length = 0;
    all->text[0] = '\0';
    otpi_mutex_init(&all->mutex);
    in_world_with(&(otp_world_opts){.mode = mode, .schedulers = 2}, NULL, body, all);
    otpi_mutex_fini(&all->mutex);
}

UNIT("handlers write what they want and their filters let through") {
    for (int mode = OTP_PARALLEL; mode <= OTP_SIMULATED; mode++) {
        static lines all;
        run_with_lines((otp_mode)mode, says_some, &all);
        CHECK_EQ(count_of(all.text, "\n"), 4);
        CHECK_EQ(count_of(all.text, "{\"time\":"), 1);
        CHECK_EQ(count_of(all.text, "\"level\":\"error\""), 1);
        CHECK_EQ(count_of(all.text, "[info] <0.0.1> one (otp/telemetry/logger_test.c:"), 1);
        CHECK_EQ(count_of(all.text, "two"), 2);
        CHECK_EQ(count_of(all.text, "three"), 1);
        CHECK_EQ(count_of(all.text, "secret"), 0);
        CHECK_EQ(count_of(all.text, "1970-01-01T00:00:00.000Z") > 0, mode == OTP_SIMULATED);
    }
}

static void sink_nothing(void *context, const otp_log_entry *entry) {
    (void)context, (void)entry;
}

static void refused(otp_term arg) {
    (void)arg;
    otp_system *system = otp_system_here();
    const otp_log_handler fine = {.sink = sink_nothing};
    CHECK_EQ(otp_logger_add_handler(system, "a", NULL), OTP_EBADARG);
    CHECK_EQ(otp_logger_add_handler(system, NULL, &fine), OTP_EBADARG);
    CHECK_EQ(otp_logger_add_handler(NULL, "a", &fine), OTP_EBADARG);
    CHECK_EQ(otp_logger_add_handler(system, "a",
                                    &(otp_log_handler){.sink = sink_nothing, .put = lines_put}),
             OTP_EBADARG);
    CHECK_EQ(otp_logger_add_handler(system, "a", &(otp_log_handler){.level = (otp_log_level)9}),
             OTP_EBADARG);
    CHECK_EQ(otp_logger_add_handler(system, "a", &(otp_log_handler){.format = (otp_log_format)9}),
             OTP_EBADARG);
    CHECK_EQ(otp_logger_remove_handler(system, NULL), OTP_EBADARG);
    char id[8];
    for (int i = 0; i < 16; i++) {
        snprintf(id, sizeof id, "h%d", i);
        CHECK_EQ(otp_logger_add_handler(system, id, &fine), OTP_OK);
    }
    CHECK_EQ(otp_logger_add_handler(system, "more", &fine), OTP_ELIMIT);
}

UNIT("handlers that make no sense, or are too many, are refused") {
    in_both_worlds(refused);
}

/* ---- Overload ---- */

/* A writer that waits for the test. */
typedef struct gate {
    lines all;
    otpi_park entered, opened;
    int written;
} gate;

static void gate_put(void *context, const char *line, size_t size) {
    gate *g = context;
    if (g->written++ == 0) {
        otpi_park_wake(&g->entered);
        CHECK(otpi_park_wait(&g->opened, otpi_clock_deadline_ns(UINT64_C(60000000000))));
    }
    lines_put(&g->all, line, size);
}

enum { SAID = 200, QUEUE = 10 };

static void overloads(otp_term arg) {
    (void)arg;
    gate *g = otp_context();
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
    CHECK_EQ(otp_logger_add_handler(
                 otp_system_here(), "slow",
                 &(otp_log_handler){.put = gate_put, .context = g, .queue_max = QUEUE}),
             OTP_OK);
    otp_log(OTP_LOG_ERROR, "first");
    CHECK(otpi_park_wait(&g->entered, otpi_clock_deadline_ns(UINT64_C(60000000000))));
    for (int i = 0; i < SAID; i++) {
        otp_log(OTP_LOG_ERROR, "then"); /* the writer stands still, and this process does not */
    }
    otpi_park_wake(&g->opened);
}

UNIT("a slow writer stops nobody: what finds no room is dropped, and said so") {
    static gate g;
    char expected[100];
    g = (gate){.written = 0};
    otpi_park_init(&g.entered);
    otpi_park_init(&g.opened);
    otpi_mutex_init(&g.all.mutex);
    in_world_with(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 2}, NULL, overloads, &g);
    CHECK_EQ(count_of(g.all.text, "first"), 1);
    CHECK_EQ(count_of(g.all.text, "then"), QUEUE - 1);
    snprintf(expected, sizeof expected, "[warning] log handler \"slow\" has dropped %d entries\n",
             SAID - (QUEUE - 1));
    CHECK_EQ(count_of(g.all.text, expected), 1);
    otpi_mutex_fini(&g.all.mutex);
}

/* ---- Captures ---- */

static void bounded(otp_term arg) {
    (void)arg;
    otp_log_capture *c;
    otp_log_entry e;
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
    CHECK_EQ(otp_log_capture_start(otp_system_here(), OTP_LOG_DEBUG, 100, &c), OTP_OK);
    for (int i = 0; i < 130; i++) {
        otp_log(OTP_LOG_DEBUG, "%d", i);
    }
    CHECK_EQ(otp_log_capture_count(c), 100);
    CHECK_EQ(otp_log_capture_dropped(c), 30);
    CHECK(otp_log_capture_at(c, 99, &e));
    CHECK_STR(e.text, "99");
    otp_log_capture_stop(c);
    otp_log_capture_stop(NULL);
    CHECK(!otpi_log_on(OTP_LOG_ERROR));
}

UNIT("a capture keeps so many, and counts the rest") {
    in_both_worlds(bounded);
}

/* ---- Reports in both formats ---- */

static void crashes(otp_term arg) {
    otp_label("the unlucky one");
    otp_logger_set_process_metadata(otp_term_of("#{request => 17}"));
    otp_exit(arg);
}

static void reports(otp_term arg) {
    (void)arg;
    lines *all = otp_context();
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
    for (int format = OTP_LOG_HUMAN; format <= OTP_LOG_JSON; format++) {
        CHECK_EQ(otp_logger_add_handler(otp_system_here(), format == OTP_LOG_JSON ? "j" : "h",
                                        &(otp_log_handler){.put = lines_put,
                                                           .context = all,
                                                           .format = (otp_log_format)format}),
                 OTP_OK);
    }
    CHECK(otp_match(in_process(crashes, otp_term_of("{bad, [1]}")), "{bad, _}"));
    otpi_report_supervisor("child_terminated", OTP_ATOM(killed), otp_term_of("#{id => store}"));
}

UNIT("crash and supervisor reports come in both formats") {
    static lines all;
    run_with_lines(OTP_SIMULATED, reports, &all);
    CHECK_STR(
        all.text,
        "1970-01-01T00:00:00.000Z [error] <0.1.1> \"the unlucky one\" process exited: {bad,[1]}"
        " | label: <<\"the unlucky one\">> | parent: <0.0.1> | messages waiting: 0 request=17\n"
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"error\",\"pid\":\"<0.1.1>\","
        "\"label\":\"the unlucky one\",\"node\":\"nonode@nohost\","
        "\"text\":\"process exited: {bad,[1]}\\n    label: <<\\\"the unlucky one\\\">>\\n"
        "    parent: <0.0.1>\\n    messages waiting: 0\",\"metadata\":{\"request\":17},"
        "\"report\":{\"behaviour\":\"process\",\"label\":\"the unlucky one\",\"links\":[],"
        "\"message_queue_len\":0,\"name\":null,\"parent\":\"<0.0.1>\",\"pid\":\"<0.1.1>\","
        "\"reason\":[\"bad\",[1]],\"registered_name\":null,\"state\":null,\"trap_exit\":false}}\n"
        "1970-01-01T00:00:00.000Z [error] <0.0.1> supervisor <0.0.1>: child_terminated: killed"
        " | child: #{id => store}\n"
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"error\",\"pid\":\"<0.0.1>\","
        "\"node\":\"nonode@nohost\",\"text\":\"supervisor <0.0.1>: child_terminated: killed\\n"
        "    child: #{id => store}\",\"report\":{\"context\":\"child_terminated\","
        "\"offender\":{\"id\":\"store\"},\"reason\":\"killed\",\"supervisor\":\"<0.0.1>\"}}\n");
}

/* ---- Many at once ---- */

enum { SPEAKERS = 4, SENTENCES = 500 };

static void speaks(otp_term arg) {
    (void)arg;
    otp_logger_set_process_metadata(otp_term_of("#{who => speaker}"));
    for (int i = 0; i < SENTENCES; i++) {
        otp_scope scope = otp_scope_begin();
        otp_log(OTP_LOG_INFO, "sentence");
        otp_scope_end(scope);
        if (i % 16 == 0) {
            otp_yield();
        }
    }
}

static void counts(void *context, const otp_log_entry *entry) {
    (void)entry;
    __atomic_add_fetch((int64_t *)context, 1, __ATOMIC_RELAXED);
}

static void changes(otp_term arg) {
    (void)arg;
    for (int i = 0; i < 100; i++) {
        otp_log_capture *c;
        CHECK_EQ(otp_log_capture_start(otp_system_here(), OTP_LOG_INFO, 10, &c), OTP_OK);
        CHECK_EQ(otp_logger_set_module_level(otp_system_here(), "x", OTP_LOG_DEBUG), OTP_OK);
        otp_yield();
        CHECK_EQ(otp_logger_unset_module_level(otp_system_here(), "x"), OTP_OK);
        otp_log_capture_stop(c);
    }
}

static void many(otp_term arg) {
    (void)arg;
    static int64_t steady;
    steady = 0;
    lines *all = otp_context();
    otp_ref refs[SPEAKERS + 1];
    otp_term down;
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
    CHECK_EQ(otp_logger_add_handler(
                 otp_system_here(), "steady",
                 &(otp_log_handler){.level = OTP_LOG_INFO, .sink = counts, .context = &steady}),
             OTP_OK);
    CHECK_EQ(otp_logger_add_handler(
                 otp_system_here(), "lines",
                 &(otp_log_handler){
                     .level = OTP_LOG_INFO, .put = lines_put, .context = all, .queue_max = 50}),
             OTP_OK);
    for (int i = 0; i <= SPEAKERS; i++) {
        otp_spawn_monitor(i < SPEAKERS ? speaks : changes, otp_nil(), &refs[i]);
    }
    for (int i = 0; i <= SPEAKERS; i++) {
        CHECK_EQ(otp_receive_ref(refs[i], IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    }
    CHECK_EQ(steady, SPEAKERS * SENTENCES);
}

/* What the lines say has been dropped. */
static int dropped_sum(const char *text) {
    static const char mark[] = "has dropped ";
    int sum = 0;
    for (text = strstr(text, mark); text != NULL; text = strstr(text, mark)) {
        text += strlen(mark);
        sum += atoi(text);
    }
    return sum;
}

UNIT("handlers miss nothing while others come and go, and the queue is written before the end") {
    for (int mode = OTP_PARALLEL; mode <= OTP_SIMULATED; mode++) {
        static lines all;
        run_with_lines((otp_mode)mode, many, &all);
        int written = count_of(all.text, "sentence who=speaker");
        CHECK_EQ(written + dropped_sum(all.text), SPEAKERS * SENTENCES);
        CHECK(written >= 50);
    }
}

/* ---- Out of memory ---- */

static void starved(otp_term arg) {
    (void)arg;
    otp_system *system = otp_system_here();
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
    bool whole = false;
    for (int n = 1; n < 60 && !whole; n++) {
        otp_log_capture *c = NULL;
        int left = n;
        otpi_alloc_fault_set(in_world_fail, &left);
        otp_err added = otp_logger_add_handler(
            system, "l", &(otp_log_handler){.put = lines_put, .context = otp_context()});
        otp_err started = otp_log_capture_start(system, OTP_LOG_ERROR, 0, &c);
        otp_log(OTP_LOG_ERROR, "short");
        otp_err removed = otp_logger_remove_handler(system, "l");
        otpi_alloc_fault_set(NULL, NULL);
        CHECK(added == OTP_OK || added == OTP_ENOMEM);
        CHECK(started == OTP_OK || started == OTP_ENOMEM);
        CHECK_EQ(removed, added == OTP_OK ? OTP_OK : OTP_ENOENT);
        if (started == OTP_OK) {
            CHECK_EQ(otp_log_capture_count(c) + otp_log_capture_dropped(c), 1);
            otp_log_capture_stop(c);
        }
        whole = left > 0;
    }
    CHECK(whole);
}

UNIT("each allocation may fail: a handler is refused, an entry dropped, a removal goes through") {
    for (int mode = OTP_PARALLEL; mode <= OTP_SIMULATED; mode++) {
        static lines all;
        run_with_lines((otp_mode)mode, starved, &all);
    }
}
