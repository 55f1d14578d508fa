/* SPDX-License-Identifier: MIT */
/*
 * The round trip of a ping, one a millisecond by timer, beside four processes that compute and
 * never wait: the 99th of a hundred, and the longest time without an answer, from before the hogs
 * begin. Each hog must have been named by then.
 *
 * Who pings and who answers are servers: a process that waits in a receive would have to wait for
 * the hog on its scheduler.
 */
#include "bench/bench.h"

#include <otp/logger.h>
#include <otp/telemetry.h>

#include <stdlib.h>

enum { HOGS = 4 };

static bool enough;    /* atomic: hogs may end */
static unsigned named; /* atomic */

static void hog(otp_term unused) {
    (void)unused;
    while (!__atomic_load_n(&enough, __ATOMIC_RELAXED)) {}
}

static void hog_named(void *context, otp_term event, otp_term measurements, otp_term metadata) {
    (void)context, (void)event, (void)measurements, (void)metadata;
    __atomic_fetch_add(&named, 1, __ATOMIC_RELAXED);
}

/* ---- The servers ---- */

static otp_result answerer_info(void *state, otp_term from) {
    otp_pid pid;
    (void)state;
    if (otp_get_pid(from, &pid)) {
        otp_send(pid, OTP_ATOM(pong));
    }
    return otp_noreply();
}

static const otp_gen_server answerer = {.name = "answerer", .handle_info = answerer_info};

typedef struct pinger {
    otp_pid answerer, report;
    int64_t count, done;
    double *trips_us;
    uint64_t sent_ns, answered_ns, gap_ns;
} pinger;

static void ping_later(void) {
    otp_send_after(1, otp_from_pid(otp_self()), OTP_ATOM(tick));
}

static void ping_answered(pinger *p) {
    uint64_t now = bench_now_ns();
    uint64_t gap = now - p->answered_ns;
    p->gap_ns = gap > p->gap_ns ? gap : p->gap_ns;
    p->answered_ns = now;
    p->trips_us[p->done++] = (double)(now - p->sent_ns) / 1000;
    if (p->done < p->count) {
        ping_later();
        return;
    }
    __atomic_store_n(&enough, true, __ATOMIC_RELAXED);
    otp_send(p->report, otp_tuple(OTP_ATOM(done), otp_uint(p->gap_ns)));
}

/* {Answerer, Report, Count} begins. */
static otp_result pinger_info(void *state, otp_term message) {
    pinger *p = state;
    if (message.word == OTP_ATOM(tick).word) {
        p->sent_ns = bench_now_ns();
        otp_send(p->answerer, otp_from_pid(otp_self()));
    } else if (message.word == OTP_ATOM(pong).word) {
        ping_answered(p);
    } else if (otp_match(message, "{~p, ~p, ~i}", &p->answerer, &p->report, &p->count)) {
        p->trips_us = otp_context();
        p->answered_ns = bench_now_ns();
        for (int i = 0; i < HOGS; i++) {
            otp_spawn(hog, otp_nil());
        }
        ping_later();
    }
    return otp_noreply();
}

static const otp_gen_server pinger_server = {
    .name = "pinger", .state_size = sizeof(pinger), .handle_info = pinger_info};

/* ---- Measuring ---- */

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void body(otp_term unused) {
    (void)unused;
    size_t n = bench_count();
    double *trips_us = calloc(n, sizeof *trips_us);
    otp_pid pid;
    uint64_t gap_ns = 0;
    bench_must(trips_us ? OTP_OK : OTP_ENOMEM, "trips");
    otp_logger_set(otp_system_here(), OTP_LOG_ERROR, NULL, NULL);
    bench_must(
        otp_telemetry_attach("bench", otp_term_of("[[otp, scheduler, hog]]"), hog_named, NULL),
        "telemetry");
    bench_must(otp_start(&pinger_server, otp_nil(), &(otp_start_opts){.context = trips_us}, &pid),
               "pinger");
    otp_send(pid, otp_tuple(otp_from_pid(bench_server(&answerer, otp_nil())),
                            otp_from_pid(otp_self()), otp_int((int64_t)n)));
    bench_must(otp_receive_match(OTP_INFINITY, "{done, ~i}", (int64_t *)&gap_ns), "pings");
    if (__atomic_load_n(&named, __ATOMIC_RELAXED) != HOGS) {
        otp_exit(otp_tuple(OTP_ATOM(hogs_named), otp_uint(named)));
    }
    qsort(trips_us, n, sizeof *trips_us, compare);
    bench_result("hog_ping_p99_us", trips_us[n * 99 / 100], "us");
    bench_result("hog_ping_gap_ms", (double)gap_ns / 1e6, "ms");
    free(trips_us);
}

int main(int argc, char **argv) {
    return bench_run(argc, argv, &(bench_plan){.body = body, .count = 2000});
}
