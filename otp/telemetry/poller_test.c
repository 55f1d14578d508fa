/* SPDX-License-Identifier: MIT */
/*
 * What the system tells about itself, and the process that asks.
 */
#include <otp/metrics.h>
#include <otp/table.h>

#include "table/in_world.h"

#include <stdio.h>
#include <string.h>

static int64_t value_of(otp_metrics *metrics, const char *name) {
    otp_term all;
    CHECK_EQ(otp_metrics_read(metrics, &all), OTP_OK);
    OTP_LIST_FOREACH (metric, all) {
        if (otp_equal(otp_map_get(metric, OTP_ATOM(name)), otp_string(name))) {
            int64_t value = -1;
            otp_term one = otp_head(otp_map_get(metric, OTP_ATOM(series)));
            return otp_get_int(otp_map_get(one, OTP_ATOM(value)), &value) ? value : -1;
        }
    }
    return -2;
}

static void start(otp_metrics **metrics) {
    CHECK_EQ(otp_metrics_start(otp_system_here(), "system", otp_system_metrics,
                               otp_system_metrics_count, metrics),
             OTP_OK);
}

static void measures(otp_term arg) {
    (void)arg;
    otp_metrics *m;
    otp_table table;
    start(&m);
    otp_system_measure();
    bool parallel = otp_world_mode(otp_world_here()) == OTP_PARALLEL;
    CHECK_EQ(value_of(m, "otp_processes"), 1);
    CHECK_EQ(value_of(m, "otp_processes_limit"), 262144);
    CHECK_EQ(value_of(m, "otp_tables"), 0);
    CHECK(value_of(m, "otp_atoms") > 10);
    CHECK_EQ(value_of(m, "otp_heap_bytes") > 0, parallel);
    CHECK_EQ(value_of(m, "otp_blocks_bytes") > 0, parallel);
    CHECK_EQ(value_of(m, "otp_runnable_processes") >= 0, parallel);
    CHECK_EQ(otp_table_new(NULL, &table), OTP_OK);
    otp_system_measure();
    CHECK_EQ(value_of(m, "otp_tables"), 1);
    otp_metrics_stop(m);
}

UNIT("the system tells how many of everything it has") {
    in_both_worlds(measures);
}

static void never(otp_term arg) {
    (void)arg;
    (void)!otp_receive_match(OTP_INFINITY, "never");
}

static void watches(otp_term arg) {
    (void)arg;
    otp_metrics *m;
    start(&m);
    CHECK_EQ(otp_process_measure(OTP_ATOM(nobody)), OTP_ENOPROC);
    otp_pid pid = otp_spawn(never, otp_nil());
    CHECK_EQ(otp_register(OTP_ATOM(waiting), pid), OTP_OK);
    otp_send(pid, OTP_ATOM(one));
    otp_send(pid, OTP_ATOM(two));
    CHECK_EQ(otp_process_measure(OTP_ATOM(waiting)), OTP_OK);
    CHECK_EQ(value_of(m, "otp_process_messages"), 2);
    otp_metrics_stop(m);
}

UNIT("a mailbox is measured by name") {
    in_both_worlds(watches);
}

typedef struct rounds {
    otp_pid to;
    int64_t count;
} rounds;

static void tells(void *context) {
    rounds *r = context;
    otp_send(r->to, otp_tuple(OTP_ATOM(round), otp_int(++r->count)));
}

static void polls(otp_term arg) {
    (void)arg;
    static rounds r;
    r = (rounds){.to = otp_self()};
    otp_metrics *m;
    otp_pid poller;
    otp_term exit;
    start(&m);
    otp_trap_exit(true);
    CHECK_EQ(otp_register(OTP_ATOM(me), otp_self()), OTP_OK);
    const otp_poller_opts opts = {.period_ms = 10,
                                  .name = OTP_ATOM(poller),
                                  .watched = otp_term_of("[me, nobody]"),
                                  .measure = tells,
                                  .context = &r};
    CHECK_EQ(otp_poller_start_link(&opts, &poller), OTP_OK);
    CHECK_EQ(otp_whereis(OTP_ATOM(poller)).word, poller.word);
    uint64_t before = otp_now_ms();
    for (int64_t i = 1; i <= 4; i++) {
        int64_t n = 0;
        CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "{round, ~i}", &n), OTP_OK);
        CHECK_EQ(n, i);
    }
    CHECK(otp_now_ms() - before >= 30);
    CHECK_EQ(value_of(m, "otp_processes"), 2);
    CHECK(value_of(m, "otp_process_messages") >= 0);
    otp_exit_signal(poller, OTP_ATOM(shutdown));
    do {
        CHECK_EQ(otp_receive(IN_WORLD_TIMEOUT_MS, &exit), OTP_OK);
    } while (!otp_match(exit, "{'EXIT', _, shutdown}"));
    otp_metrics_stop(m);
}

UNIT("a poller measures at once and then each period, until it is told to end") {
    in_both_worlds(polls);
}

static void bad_options(otp_term arg) {
    (void)arg;
    otp_pid pid;
    CHECK_EQ(otp_poller_start_link(&(otp_poller_opts){.period_ms = -1}, &pid), OTP_EBADARG);
    CHECK_EQ(otp_poller_start_link(&(otp_poller_opts){.watched = otp_term_of("[1]")}, &pid),
             OTP_EBADARG);
    CHECK_EQ(otp_poller_start_link(&(otp_poller_opts){.watched = otp_term_of("a")}, &pid),
             OTP_EBADARG);
    CHECK_EQ(otp_register(OTP_ATOM(taken), otp_self()), OTP_OK);
    CHECK_EQ(otp_poller_start_link(&(otp_poller_opts){.name = OTP_ATOM(taken)}, &pid), OTP_EEXIST);
    CHECK_EQ(otp_system_process_count(otp_system_here()), 1);
}

UNIT("a poller refuses what it cannot do") {
    in_both_worlds(bad_options);
}
