/* SPDX-License-Identifier: MIT */
/*
 * Hogs: processes that compute on and on in one step, until others have done what the test wants.
 * A scheduler that waited for its hog would never end these tests.
 */
#include "tests/unit.h"

#include <otp/otp.h>

#include "world/state.h"

#include <stdio.h>
#include <string.h>

enum { TEST_MS = 60000 };

static bool enough;      /* atomic: hogs may end */
static unsigned hogging; /* atomic: those that compute */

static void hog_compute(void) {
    __atomic_fetch_add(&hogging, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&enough, __ATOMIC_SEQ_CST)) {
        otpi_cpu_relax();
    }
    __atomic_fetch_sub(&hogging, 1, __ATOMIC_SEQ_CST);
}

static void hog(otp_term unused) {
    (void)unused;
    hog_compute();
}

static void hogs_end(void *unused) {
    (void)unused;
    __atomic_store_n(&enough, true, __ATOMIC_SEQ_CST);
}

static void quiet(otp_system *system) {
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
}

/* Runs the body in a world of its own; whatever comes of it, hogs end. */
static void in_world(const otp_world_opts *opts, otp_process_fn *body) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome = {0};
    __atomic_store_n(&enough, false, __ATOMIC_SEQ_CST);
    REQUIRE(otp_world_start(opts, &world) == OTP_OK);
    if (CHECK(otp_system_start(world, NULL, &system) == OTP_OK)) {
        quiet(system);
        otp_err err = otp_run(system, body, otp_nil(), TEST_MS, &outcome);
        if (!CHECK(err == OTP_OK && outcome.normal)) {
            printf("# %s, reason %s\n", otp_err_name(err), outcome.reason);
        }
    }
    hogs_end(NULL);
    otp_world_stop(world);
    CHECK_EQ(hogging, 0);
}

#define WORLD(...) (&(otp_world_opts){.mode = OTP_PARALLEL, __VA_ARGS__})

/* ---- A server that answers ---- */

static otp_result echo_call(void *state, otp_term request, otp_from from) {
    (void)state, (void)from;
    return otp_reply(request);
}

/* {tick, Pid, Ms}: tells Pid on which worker it runs, and again after that time. */
static otp_result echo_info(void *state, otp_term message) {
    otp_pid pid;
    int64_t ms;
    (void)state;
    if (otp_match(message, "{tick, ~p, ~i}", &pid, &ms)) {
        otp_send(pid, otp_uint(otpi_worker_here()->index));
        otp_send_after(ms, otp_from_pid(otp_self()), message);
    }
    return otp_noreply();
}

static const otp_gen_server echo = {
    .name = "echo", .handle_call = echo_call, .handle_info = echo_info};

static otp_pid echo_start(void) {
    otp_pid pid = OTP_PID_NONE;
    CHECK_EQ(otp_start(&echo, otp_nil(), NULL, &pid), OTP_OK);
    return pid;
}

/* A server that runs on whatever worker is free, as the receiving test process may be pinned to a
 * hog's: asked to start hogs, it sends itself to the back first. */
typedef struct prober {
    otp_pid echo, report;
    int64_t left, hogs;
} prober;

/* {go, Echo, Report, Hogs, Pings}: starts the hogs, then makes ticks, one a millisecond. */
static otp_result prober_info(void *state, otp_term message) {
    prober *p = state;
    if (otp_match(message, "{go, ~p, ~p, ~i, ~i}", &p->echo, &p->report, &p->hogs, &p->left)) {
        for (int64_t i = 0; i < p->hogs; i++) {
            otp_spawn(hog, otp_nil());
        }
    } else if (otp_is_atom(message) && --p->left == 0) {
        CHECK(__atomic_load_n(&hogging, __ATOMIC_SEQ_CST) > 0);
        hogs_end(NULL);
        otp_send(p->report, OTP_ATOM(done));
        return otp_noreply();
    }
    otp_send_after(1, otp_from_pid(otp_self()), OTP_ATOM(tick));
    return otp_noreply();
}

static const otp_gen_server prober_server = {
    .name = "prober", .state_size = sizeof(prober), .handle_info = prober_info};

static void probe(int64_t hogs, int64_t ticks) {
    otp_pid pid = OTP_PID_NONE;
    CHECK_EQ(otp_start(&prober_server, otp_nil(), NULL, &pid), OTP_OK);
    otp_send(pid, otp_tuple(OTP_ATOM(go), otp_from_pid(echo_start()), otp_from_pid(otp_self()),
                            otp_int(hogs), otp_int(ticks)));
    CHECK_EQ(otp_receive_match(OTP_INFINITY, "done"), OTP_OK);
}

static void one_hog(otp_term unused) {
    (void)unused;
    probe(1, 100);
}

UNIT("others go on beside a hog, on one scheduler") {
    in_world(WORLD(.schedulers = 1), one_hog);
}

static void four_hogs(otp_term unused) {
    (void)unused;
    probe(4, 100);
}

UNIT("others go on beside four hogs, on two schedulers and on one") {
    in_world(WORLD(.schedulers = 2), four_hogs);
    in_world(WORLD(.schedulers = 1), four_hogs);
}

/* ---- The cap ---- */

/* Six hogs on one scheduler and two spares: three compute, and nobody is left for the others until
 * the end of time allowed to one of them. */
static void hog_for_a_while(otp_term unused) {
    (void)unused;
    uint64_t end = otpi_clock_monotonic_ns() + 50000000;
    __atomic_fetch_add(&hogging, 1, __ATOMIC_SEQ_CST);
    unsigned most = __atomic_load_n(&hogging, __ATOMIC_SEQ_CST);
    CHECK(most <= 3);
    while (otpi_clock_monotonic_ns() < end) {
        otpi_cpu_relax();
    }
    __atomic_fetch_sub(&hogging, 1, __ATOMIC_SEQ_CST);
}

static void six_hogs(otp_term unused) {
    (void)unused;
    otp_ref refs[6];
    for (size_t i = 0; i < 6; i++) {
        otp_spawn_monitor(hog_for_a_while, otp_nil(), &refs[i]);
    }
    for (size_t i = 0; i < 6; i++) {
        otp_term down;
        CHECK_EQ(otp_receive_ref(refs[i], OTP_INFINITY, &down), OTP_OK);
    }
    CHECK(otp_world_here()->spares_so_far <= 2);
}

UNIT("no more spares than allowed are started") {
    in_world(WORLD(.schedulers = 1, .spares_max = 2), six_hogs);
}

static bool hog_is_over;

static void short_hog(otp_term unused) {
    hog_for_a_while(unused);
    hog_is_over = true;
}

static void no_spares(otp_term unused) {
    otp_term reply;
    (void)unused;
    otp_pid server = echo_start();
    hog_is_over = false;
    otp_spawn(short_hog, otp_nil());
    CHECK_EQ(otp_call(server, otp_int(1), 50000, &reply), OTP_OK);
    CHECK(hog_is_over);
    CHECK_EQ(otp_world_here()->spares_so_far, 0);
}

UNIT("a world without spares waits for its hog") {
    in_world(WORLD(.schedulers = 1, .spares_max = OTP_NO_SPARES), no_spares);
}

UNIT("a world cannot have more spares than places") {
    otp_world *world;
    CHECK_EQ(otp_world_start(WORLD(.spares_max = 257), &world), OTP_EBADARG);
    REQUIRE(otp_world_start(WORLD(.schedulers = 1, .spares_max = 256), &world) == OTP_OK);
    CHECK_EQ(world->spares_max, 255);
    otp_world_stop(world);
}

/* ---- Pinned processes ---- */

static bool pinned_ran; /* atomic */

static void pinned(otp_term unused) {
    (void)unused;
    CHECK_EQ(otp_receive(OTP_INFINITY, NULL), OTP_OK);
    CHECK_EQ(hogging, 0);
    __atomic_store_n(&pinned_ran, true, __ATOMIC_SEQ_CST);
}

/* Runs on the spare; by then the pinned one could have run there many times. */
static otp_result ender_info(void *state, otp_term message) {
    int64_t *left = state;
    (void)message;
    CHECK(!__atomic_load_n(&pinned_ran, __ATOMIC_SEQ_CST));
    if (++*left == 20) {
        hogs_end(NULL);
    } else {
        otp_send_after(1, otp_from_pid(otp_self()), OTP_ATOM(tick));
    }
    return otp_noreply();
}

static const otp_gen_server ender = {
    .name = "ender", .state_size = sizeof(int64_t), .handle_info = ender_info};

static void pinned_waits(otp_term unused) {
    (void)unused;
    otp_ref ref;
    otp_pid end = OTP_PID_NONE;
    otp_pid waits = otp_spawn_monitor(pinned, otp_nil(), &ref);
    CHECK_EQ(otp_start(&ender, otp_nil(), NULL, &end), OTP_OK);
    while (otp_receive(0, NULL) != OTP_ETIMEOUT) {}
    otp_yield(); /* it has begun to receive */
    otp_send(waits, otp_nil());
    otp_send(end, otp_nil());
    hog(otp_nil());
    otp_term down;
    CHECK_EQ(otp_receive_ref(ref, OTP_INFINITY, &down), OTP_OK);
}

UNIT("a process that holds a stack waits for its own thread") {
    __atomic_store_n(&pinned_ran, false, __ATOMIC_SEQ_CST);
    in_world(WORLD(.schedulers = 1), pinned_waits);
    CHECK(pinned_ran);
}

/* ---- Afterwards ---- */

static bool spares_sleep(const otp_world *world) {
    bool all = world->spares_so_far > 0;
    for (unsigned i = 0; i < world->spares_so_far; i++) {
        const otpi_worker *spare = &world->workers[world->worker_count + i];
        all = all && __atomic_load_n(&spare->off_duty, __ATOMIC_SEQ_CST) &&
              __atomic_load_n(&spare->sleeping, __ATOMIC_SEQ_CST);
    }
    return all;
}

static void tick_returns(otp_term unused) {
    otp_pid ticks = echo_start();
    int64_t index = -1;
    probe(2, 50);
    otp_send(ticks, otp_tuple(OTP_ATOM(tick), otp_from_pid(otp_self()), otp_int(1)));
    unsigned at_home = 0;
    while (at_home < 10 || !spares_sleep(otp_world_here())) {
        CHECK_EQ(otp_receive_match(OTP_INFINITY, "~i", &index), OTP_OK);
        at_home = index == 0 ? at_home + 1 : 0;
    }
    (void)unused;
}

UNIT("when the hogs are over the spares sleep, and work goes back to the schedulers") {
    in_world(WORLD(.schedulers = 1), tick_returns);
}

static void count_visit(void *context, const char *kind, otp_term what) {
    (void)what;
    *(unsigned *)context += strcmp(kind, "process") == 0;
}

static void hogs_twice(otp_term unused) {
    (void)unused;
    probe(2, 20);
    __atomic_store_n(&enough, false, __ATOMIC_SEQ_CST);
    probe(2, 20);
}

UNIT("a world with spares can be held still, and hogs come and go") {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    unsigned processes = 0;
    __atomic_store_n(&enough, false, __ATOMIC_SEQ_CST);
    REQUIRE(otp_world_start(WORLD(.schedulers = 1), &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    quiet(system);
    CHECK_EQ(otp_run(system, hogs_twice, otp_nil(), TEST_MS, &outcome), OTP_OK);
    CHECK(world->spares_so_far >= 2);
    CHECK_EQ(otp_system_walk(system, TEST_MS, count_visit, &processes), OTP_OK);
    CHECK(processes >= 4); /* the servers of both */
    otp_world_stop(world);
}

/* ---- Naming ---- */

static void forward(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    (void)event;
    otp_send(*(otp_pid *)context, otp_tuple(OTP_ATOM(hog), measurements, metadata));
}

static otp_result cruncher_cast(void *state, otp_term request) {
    (void)state, (void)request;
    otp_label("sums up");
    hog_compute();
    return otp_noreply();
}

static const otp_gen_server cruncher = {
    .name = "cruncher", .handle_cast = cruncher_cast, .handle_call = echo_call};

/* Hears of hogs and lets them go some time after the first report. It holds no stack: a process
 * that waits on the hog's scheduler would wait for its end. */
typedef struct judge {
    int64_t reports;
    otp_term newest; /* kept: {CpuMs, Facts} */
} judge;

static otp_result judge_info(void *state, otp_term message) {
    judge *j = state;
    otp_term facts;
    int64_t cpu_ms;
    if (otp_match(message, "{hog, #{cpu_ms := ~i}, ~t}", &cpu_ms, &facts)) {
        j->reports++;
        j->newest = otp_keep(otp_tuple(otp_int(cpu_ms), facts));
        otp_send_after(60, otp_from_pid(otp_self()), OTP_ATOM(over));
    } else if (message.word == OTP_ATOM(over).word) {
        hogs_end(NULL);
    }
    return otp_noreply();
}

/* {Reports, Newest} since the last time. */
static otp_result judge_call(void *state, otp_term request, otp_from from) {
    judge *j = state;
    (void)request, (void)from;
    otp_term verdict = otp_tuple(otp_int(j->reports), j->newest);
    *j = (judge){0, otp_nil()};
    return otp_reply(verdict);
}

static const otp_gen_server judge_server = {.name = "judge",
                                            .state_size = sizeof(judge),
                                            .handle_info = judge_info,
                                            .handle_call = judge_call};
static otp_pid judge_pid;

static void check_facts(otp_pid judged, otp_term verdict) {
    otp_term facts = OTP_NONE;
    int64_t cpu_ms = 0;
    if (!CHECK(otp_match(verdict, "{1, {~i, ~t}}", &cpu_ms, &facts))) {
        printf("# %s\n", otp_show(verdict));
        return;
    }
    CHECK(cpu_ms >= 5 && cpu_ms < 50000);
    CHECK(otp_match(facts,
                    "#{pid := ~w, registered_name := adding_machine, behaviour := gen_server, "
                    "name := cruncher, label := <<\"sums up\">>}",
                    otp_from_pid(judged)));
    /* Not known when its thread has to wait for a processor; known to port/thread_where_test.c. */
    otp_term where = otp_map_get(facts, OTP_ATOM(where));
    CHECK(OTPI_TSAN || where.word == OTP_ATOM(undefined).word ||
          strstr(otp_show(where), "world.watchdog+0x") != NULL);
}

static void naming(otp_term unused) {
    otp_scope scope = otp_scope_begin();
    otp_pid pid = OTP_PID_NONE;
    (void)unused;
    CHECK_EQ(otp_start(&judge_server, otp_nil(), NULL, &judge_pid), OTP_OK);
    CHECK_EQ(
        otp_telemetry_attach("test", otp_term_of("[[otp, scheduler, hog]]"), forward, &judge_pid),
        OTP_OK);
    otp_start_opts opts = {.name = OTP_ATOM(adding_machine)};
    CHECK_EQ(otp_start(&cruncher, otp_nil(), &opts, &pid), OTP_OK);
    for (int round = 0; round < 2; round++) {
        otp_term reply, verdict = OTP_NONE;
        __atomic_store_n(&enough, false, __ATOMIC_SEQ_CST);
        otp_cast(pid, OTP_ATOM(crunch));
        CHECK_EQ(otp_call(pid, OTP_ATOM(are_you_done), 50000, &reply), OTP_OK);
        CHECK_EQ(otp_call(judge_pid, OTP_ATOM(verdict), 50000, &verdict), OTP_OK);
        check_facts(pid, verdict);
    }
    otp_scope_end(scope);
}

UNIT("a hog is named, once each time it hogs") {
    in_world(WORLD(.schedulers = 2, .hog_ms = 5), naming);
}

UNIT("a hog that has the only scheduler is named by a spare") {
    in_world(WORLD(.schedulers = 1, .hog_ms = 5), naming);
}

/* ---- The log ---- */

static char log_text[1024];

static void log_put(void *context, const otp_log_entry *entry) {
    (void)context;
    snprintf(log_text, sizeof log_text, "%d %s", (int)entry->level, entry->text);
    hogs_end(NULL);
}

UNIT("a hog is reported to the logger as a warning") {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    __atomic_store_n(&enough, false, __ATOMIC_SEQ_CST);
    REQUIRE(otp_world_start(WORLD(.schedulers = 1, .hog_ms = 5), &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    otp_logger_set(system, OTP_LOG_WARNING, log_put, NULL);
    CHECK_EQ(otp_run(system, hog, otp_nil(), TEST_MS, &outcome), OTP_OK);
    otp_world_stop(world);
    CHECK(log_text[0] == '0' + OTP_LOG_WARNING && strstr(log_text, " has computed for ") != NULL);
}
