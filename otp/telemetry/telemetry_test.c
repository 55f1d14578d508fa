/* SPDX-License-Identifier: MIT */
#include <otp/logger.h>
#include <otp/telemetry.h>

#include "table/in_world.h"
#include "telemetry/audience.h"

#include <stdio.h>
#include <string.h>

static otp_event_site paid = OTP_EVENT("[shop, order, paid]");
static otp_event_site order = OTP_EVENT("[shop, order]");
static otp_event_site shop = OTP_EVENT("[shop]");
static otp_event_site other = OTP_EVENT("[bank, order, paid]");

/* What handlers note, one line each. */
typedef struct notes {
    char text[2000];
    size_t length;
} notes;

static void note(notes *n, const char *text) {
    n->length += (size_t)snprintf(n->text + n->length, sizeof n->text - n->length, "%s\n", text);
}

static void noting(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    note(context, otp_show(otp_list(event, measurements, metadata)));
}

static void counting(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    (void)event, (void)measurements, (void)metadata;
    ++*(int *)context;
}

static otp_err attach(const char *id, const char *events, otp_telemetry_fn *fn, void *context) {
    return otp_telemetry_attach(id, otp_term_of(events), fn, context);
}

/* ---- Who hears what ---- */

static void patterns(otp_term arg) {
    (void)arg;
    static int exact;
    exact = 0;
    static int below;
    below = 0;
    static int all;
    all = 0;
    static int two;
    two = 0;
    CHECK(!otp_event_on(&paid));
    otp_telemetry_execute(&paid, OTP_NONE, OTP_NONE);
    CHECK_EQ(attach("exact", "[[shop, order]]", counting, &exact), OTP_OK);
    CHECK(!otp_event_on(&paid));
    CHECK(otp_event_on(&order));
    CHECK_EQ(attach("below", "[[shop, '_']]", counting, &below), OTP_OK);
    CHECK_EQ(attach("all", "[['_']]", counting, &all), OTP_OK);
    CHECK_EQ(attach("two", "[[shop], [bank, order, '_']]", counting, &two), OTP_OK);
    CHECK(otp_event_on(&paid));
    otp_telemetry_execute(&paid, OTP_NONE, OTP_NONE);
    otp_telemetry_execute(&order, OTP_NONE, OTP_NONE);
    otp_telemetry_execute(&shop, OTP_NONE, OTP_NONE);
    otp_telemetry_execute(&other, OTP_NONE, OTP_NONE);
    CHECK_EQ(exact, 1);
    CHECK_EQ(below, 2);
    CHECK_EQ(all, 4);
    CHECK_EQ(two, 2);
    CHECK_EQ(otp_telemetry_detach("below"), OTP_OK);
    CHECK_EQ(otp_telemetry_detach("below"), OTP_ENOENT);
    CHECK_EQ(otp_telemetry_detach("all"), OTP_OK);
    CHECK(!otp_event_on(&paid));
    CHECK(otp_event_on(&order));
    otp_telemetry_execute(&paid, OTP_NONE, OTP_NONE);
    CHECK_EQ(below, 2);
}

UNIT("a name is heard exactly, a prefix with '_' all below it") {
    in_both_worlds(patterns);
    CHECK_EQ(otpi_handlers_attached, 0);
}

static void refused(otp_term arg) {
    (void)arg;
    static int n;
    n = 0;
    CHECK_EQ(attach("a", "[]", counting, &n), OTP_EBADARG);
    CHECK_EQ(attach("a", "[shop]", counting, &n), OTP_EBADARG);
    CHECK_EQ(attach("a", "[[shop, 1]]", counting, &n), OTP_EBADARG);
    CHECK_EQ(attach("a", "[[]]", counting, &n), OTP_EBADARG);
    CHECK_EQ(attach("a", "[['_', shop]]", counting, &n), OTP_EBADARG);
    CHECK_EQ(attach("a", "[[a, b, c, d, e, f, g, h, i]]", counting, &n), OTP_EBADARG);
    CHECK_EQ(attach("a", "[[shop]]", NULL, &n), OTP_EBADARG);
    CHECK_EQ(attach(NULL, "[[shop]]", counting, &n), OTP_EBADARG);
    CHECK_EQ(attach("a", "[[shop]]", counting, &n), OTP_OK);
    CHECK_EQ(attach("a", "[[bank]]", counting, &n), OTP_EEXIST);
}

UNIT("what is no list of event names is refused") {
    in_both_worlds(refused);
}

static void listing(otp_term arg) {
    (void)arg;
    static int n;
    n = 0;
    CHECK_EQ(attach("b", "[[shop, order], [shop, '_']]", counting, &n), OTP_OK);
    CHECK_EQ(attach("a", "[['_'], [bank]]", counting, &n), OTP_OK);
    CHECK_STR(otp_show(otp_telemetry_handlers(otp_nil())),
              "[#{event => [shop,order],id => <<\"b\">>},#{event => [shop,'_'],id => <<\"b\">>},"
              "#{event => ['_'],id => <<\"a\">>},#{event => [bank],id => <<\"a\">>}]");
    CHECK_STR(otp_show(otp_telemetry_handlers(otp_term_of("[shop, order]"))),
              "[#{event => [shop,order],id => <<\"b\">>}]");
    CHECK_STR(otp_show(otp_telemetry_handlers(otp_term_of("[x]"))), "[]");
}

UNIT("handlers are listed in order of attachment") {
    in_both_worlds(listing);
}

static void content(otp_term arg) {
    (void)arg;
    static notes n;
    n = (notes){.length = 0};
    CHECK_EQ(attach("first", "[[shop, order, paid]]", noting, &n), OTP_OK);
    otp_telemetry_execute(&paid, otp_term_of("#{amount => 5}"), otp_term_of("#{id => 1}"));
    otp_telemetry_execute(&paid, OTP_NONE, OTP_NONE);
    CHECK_STR(n.text,
              "[[shop,order,paid],#{amount => 5},#{id => 1}]\n[[shop,order,paid],#{},#{}]\n");
}

UNIT("handlers see name, measurements and metadata") {
    in_both_worlds(content);
}

/* ---- Handlers that do things ---- */

static void detaches_itself(void *context, otp_term event, otp_term measurements,
                            otp_term metadata) {
    counting(context, event, measurements, metadata);
    CHECK_EQ(otp_telemetry_detach("self"), OTP_OK);
    CHECK_EQ(otp_telemetry_detach("next"), OTP_OK);
    CHECK_EQ(otp_telemetry_attach("late", otp_term_of("[[shop]]"), counting, context), OTP_OK);
}

static void changes_inside(otp_term arg) {
    (void)arg;
    static int n;
    n = 0;
    static int next;
    next = 0;
    CHECK_EQ(attach("self", "[[shop]]", detaches_itself, &n), OTP_OK);
    CHECK_EQ(attach("next", "[[shop]]", counting, &next), OTP_OK);
    otp_telemetry_execute(&shop, OTP_NONE, OTP_NONE);
    CHECK_EQ(n, 1); /* the late one hears the next event only */
    CHECK_EQ(next, 0);
    otp_telemetry_execute(&shop, OTP_NONE, OTP_NONE);
    CHECK_EQ(n, 2);
}

UNIT("handlers may attach and detach inside a handler") {
    in_both_worlds(changes_inside);
}

static void executes_more(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    (void)event;
    counting(context, event, measurements, metadata);
    otp_telemetry_execute(&order, measurements, metadata);
}

static void nesting(otp_term arg) {
    (void)arg;
    static int outer;
    outer = 0;
    static int inner;
    inner = 0;
    CHECK_EQ(attach("outer", "[[shop]]", executes_more, &outer), OTP_OK);
    CHECK_EQ(attach("inner", "[[shop, order]]", counting, &inner), OTP_OK);
    otp_telemetry_execute(&shop, OTP_NONE, OTP_NONE);
    CHECK_EQ(outer, 1);
    CHECK_EQ(inner, 1);
    CHECK_EQ(otpi_locks_held, 0);
}

UNIT("a handler may execute another event") {
    in_both_worlds(nesting);
}

static void exits(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    counting(context, event, measurements, metadata);
    otp_exit(OTP_ATOM(handler_broken));
}

static void executes(otp_term arg) {
    (void)arg;
    otp_telemetry_execute(&shop, OTP_NONE, OTP_NONE);
}

static void failing(otp_term arg) {
    (void)arg;
    static int before;
    before = 0;
    static int broken;
    broken = 0;
    static int after;
    after = 0;
    static notes n;
    n = (notes){.length = 0};
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
    CHECK_EQ(attach("before", "[[shop]]", counting, &before), OTP_OK);
    CHECK_EQ(attach("broken", "[[shop]]", exits, &broken), OTP_OK);
    CHECK_EQ(attach("after", "[[shop]]", counting, &after), OTP_OK);
    CHECK_EQ(attach("failures", "[[telemetry, '_']]", noting, &n), OTP_OK);
    CHECK(otp_is(in_process(executes, otp_nil()), "handler_broken"));
    CHECK(otp_is(in_process(executes, otp_nil()), "normal"));
    CHECK_EQ(before, 2);
    CHECK_EQ(broken, 1);
    CHECK_EQ(after, 1);
    CHECK_STR(n.text, "[[telemetry,handler,failure],#{},"
                      "#{event_name => [shop],handler_id => <<\"broken\">>}]\n");
}

UNIT("a handler that exits its process is detached and named") {
    in_both_worlds(failing);
}

/* ---- Spans ---- */

static void noting_span(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    otp_term facts = otp_map_remove(metadata, OTP_ATOM(telemetry_span_context));
    CHECK_EQ(otp_map_size(facts) + 1, otp_map_size(metadata));
    otp_term key;
    otp_term value;
    CHECK(otp_map_at(measurements, 0, &key, &value) && otp_kind_of(value) == OTP_KIND_INTEGER);
    note(context, otp_show(otp_list(event, key, facts)));
}

static otp_event_site request = OTP_EVENT("[web, request]");

static void receives(void *argument) {
    otp_term message;
    otp_send(otp_self(), OTP_ATOM(one));
    CHECK_EQ(otp_receive(0, &message), OTP_OK); /* may end the scope the metadata came in */
    note(argument, "work");
}

static void breaks(void *argument) {
    note(argument, "work");
    otp_exit(OTP_ATOM(broken));
}

static void span_breaks(otp_term arg) {
    (void)arg;
    otp_telemetry_span(&request, otp_term_of("#{path => \"/b\"}"), breaks, otp_context());
}

static void spans(otp_term arg) {
    (void)arg;
    notes *n = otp_context();
    otp_logger_set(otp_system_here(), OTP_LOG_NONE, NULL, NULL);
    otp_telemetry_span(&request, OTP_NONE, receives, n);
    CHECK_EQ(attach("spans", "[[web, '_']]", noting_span, n), OTP_OK);
    otp_telemetry_span(&request, otp_term_of("#{path => \"/a\", long => {1, 2, [3]}}"), receives,
                       n);
    otp_ref ref;
    otp_term down;
    CHECK_EQ(otp_spawn_opt(span_breaks, otp_nil(),
                           &(otp_spawn_opts){.context = n, .monitor = true, .monitor_ref = &ref},
                           &(otp_pid){0}),
             OTP_OK);
    CHECK_EQ(otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    CHECK_STR(n->text,
              "work\n"
              "[[web,request,start],monotonic_time_ns,#{long => {1,2,[3]},path => \"/a\"}]\n"
              "work\n"
              "[[web,request,stop],duration_ns,#{long => {1,2,[3]},path => \"/a\"}]\n"
              "[[web,request,start],monotonic_time_ns,#{path => \"/b\"}]\n"
              "work\n"
              "[[web,request,exception],duration_ns,#{path => \"/b\"}]\n");
}

UNIT("a span tells its start and its stop, or its exception") {
    for (int mode = OTP_PARALLEL; mode <= OTP_SIMULATED; mode++) {
        notes n = {.length = 0};
        in_world_with(&(otp_world_opts){.mode = (otp_mode)mode, .schedulers = 2}, NULL, spans, &n);
    }
}

/* ---- Systems ---- */

UNIT("a system hears its own events only, also when attached to from outside") {
    for (int mode = OTP_PARALLEL; mode <= OTP_SIMULATED; mode++) {
        otp_world *world;
        otp_system *deaf;
        otp_system *keen;
        static int n;
        n = 0;
        REQUIRE(otp_world_start(&(otp_world_opts){.mode = (otp_mode)mode, .schedulers = 2},
                                &world) == OTP_OK);
        REQUIRE(otp_system_start(world, NULL, &deaf) == OTP_OK);
        REQUIRE(otp_system_start(world, NULL, &keen) == OTP_OK);
        otp_term events = otp_term_of("[[shop]]");
        CHECK_EQ(otp_system_telemetry_attach(keen, "x", events, counting, &n), OTP_OK);
        CHECK_EQ(otp_system_telemetry_attach(keen, "x", events, counting, &n), OTP_EEXIST);
        CHECK_EQ(otp_run(deaf, executes, otp_nil(), IN_WORLD_TIMEOUT_MS, NULL), OTP_OK);
        CHECK_EQ(n, 0);
        CHECK_EQ(otp_run(keen, executes, otp_nil(), IN_WORLD_TIMEOUT_MS, NULL), OTP_OK);
        CHECK_EQ(n, 1);
        otp_world_stop(world);
    }
    CHECK_EQ(otpi_handlers_attached, 0);
}

UNIT("outside of processes an event is executed by nobody") {
    CHECK(!otp_event_on(&shop));
    otp_telemetry_execute(&shop, OTP_NONE, OTP_NONE);
}

/* ---- Many at once ---- */

static void atomic_counting(void *context, otp_term event, otp_term measurements,
                            otp_term metadata) {
    (void)event, (void)measurements, (void)metadata;
    __atomic_add_fetch((int64_t *)context, 1, __ATOMIC_RELAXED);
}

enum { EXECUTERS = 4, EVENTS = 2000 };

static void executes_many(otp_term arg) {
    (void)arg;
    for (int i = 0; i < EVENTS; i++) {
        otp_telemetry_execute(&paid, OTP_NONE, OTP_NONE);
        if (i % 64 == 0) {
            otp_yield();
        }
    }
}

static void changes_audience(otp_term arg) {
    static int64_t unused;
    (void)arg;
    for (int i = 0; i < EVENTS / 4; i++) {
        otp_scope scope = otp_scope_begin();
        CHECK_EQ(attach("passing", "[[shop, '_']]", atomic_counting, &unused), OTP_OK);
        CHECK_EQ(otp_telemetry_detach("passing"), OTP_OK);
        otp_yield();
        otp_scope_end(scope);
    }
}

static void concurrency(otp_term arg) {
    (void)arg;
    static int64_t steady;
    steady = 0;
    otp_ref refs[EXECUTERS + 1];
    otp_term down;
    CHECK_EQ(attach("steady", "[[shop, order, paid]]", atomic_counting, &steady), OTP_OK);
    for (int i = 0; i <= EXECUTERS; i++) {
        otp_spawn_monitor(i < EXECUTERS ? executes_many : changes_audience, otp_nil(), &refs[i]);
    }
    for (int i = 0; i <= EXECUTERS; i++) {
        CHECK_EQ(otp_receive_ref(refs[i], IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    }
    CHECK_EQ(steady, EXECUTERS * EVENTS);
}

UNIT("a handler misses no event while others come and go") {
    in_both_worlds(concurrency);
}
