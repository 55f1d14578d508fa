/* SPDX-License-Identifier: MIT */
/*
 * Flags, the world, and results: see bench.h.
 */
#include "bench/bench.h"

#include <otp/logger.h>

#include "port/clock.h"
#include "port/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_MS_MAX = 55 * 1000 }; /* below the minute after which the driver gives up */

static unsigned schedulers = 2;
static uint64_t count;

static uint64_t flag_number(const char *flag, const char *text) {
    char *end = NULL;
    uint64_t number = text ? strtoull(text, &end, 10) : 0;
    if (number == 0 || *end != '\0') {
        fprintf(stderr, "%s needs a number above 0, not \"%s\"\n", flag, text ? text : "");
        exit(2);
    }
    return number;
}

void bench_flags(int argc, char **argv, uint64_t count_default) {
    count = count_default;
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--schedulers") == 0) {
            schedulers = (unsigned)flag_number(argv[i], value);
        } else if (strcmp(argv[i], "--count") == 0) {
            count = flag_number(argv[i], value);
        } else {
            fprintf(stderr, "usage: %s [--schedulers N] [--count N]\n", argv[0]);
            exit(2);
        }
    }
}

unsigned bench_schedulers(void) {
    return schedulers;
}

uint64_t bench_count(void) {
    return count;
}

uint64_t bench_now_ns(void) {
    return otpi_clock_monotonic_ns();
}

double bench_resident_bytes(void) {
    return (double)otpi_host_resident_bytes();
}

static uint64_t memory_left_bytes(void) {
    FILE *file = fopen("/proc/meminfo", "r");
    char line[128];
    unsigned long long kib = 0;
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1) {
            break;
        }
    }
    if (file) {
        fclose(file);
    }
    return kib * 1024;
}

void bench_memory_needed(uint64_t bytes) {
    uint64_t left = memory_left_bytes();
    if (left < bytes) {
        fprintf(stderr, "needs %llu MiB of memory, and %llu MiB are left\n",
                (unsigned long long)(bytes >> 20), (unsigned long long)(left >> 20));
        exit(1);
    }
}

void bench_result(const char *name, double value, const char *unit) {
    printf("RES %s %.3f %s\n", name, value, unit);
    fflush(stdout);
}

void bench_rate(const char *name, uint64_t things, uint64_t started_ns) {
    uint64_t taken = bench_now_ns() - started_ns;
    bench_result(name, (double)things * 1e9 / (double)(taken ? taken : 1), "/s");
}

void bench_must(otp_err err, const char *what) {
    if (err != OTP_OK) {
        fprintf(stderr, "%s: %s\n", what, otp_err_text(err));
        exit(1);
    }
}

void bench_await(uint64_t messages) {
    for (; messages > 0; messages--) {
        bench_must(otp_receive(OTP_INFINITY, NULL), "receive");
    }
}

otp_pid bench_server(const otp_gen_server *server, otp_term args) {
    otp_pid pid;
    otp_scope scope = otp_scope_begin();
    bench_must(otp_start(server, args, NULL, &pid), server->name);
    otp_scope_end(scope);
    return pid;
}

int bench_run(int argc, char **argv, const bench_plan *plan) {
    bench_flags(argc, argv, plan->count);
    otp_world_opts world_opts = {.mode = OTP_PARALLEL, .schedulers = schedulers};
    otp_system_opts system_opts = {.limits = {.processes_max = (size_t)plan->processes_most}};
    otp_world *world;
    otp_system *system;
    bench_must(otp_world_start(&world_opts, &world), "world");
    bench_must(otp_system_start(world, &system_opts, &system), "system");
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL); /* as the peers: no reports */
    otp_outcome outcome = {0};
    bench_must(otp_run(system, plan->body, otp_nil(), RUN_MS_MAX, &outcome), "run");
    if (!outcome.normal) {
        fprintf(stderr, "the benchmark's process exited: %s\n", outcome.reason);
        return 1;
    }
    otp_world_stop(world);
    return 0;
}
