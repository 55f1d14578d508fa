/* SPDX-License-Identifier: MIT */
/*
 * Growth of resident memory for each idle gen_server that is a child of a simple_one_for_one
 * supervisor: its link and the supervisor's record of it included.
 */
#include "bench/bench.h"

#include <otp/supervisor.h>

static const otp_gen_server idle_server = {.name = "idle", .state_size = sizeof(uint64_t)};
static const otp_child_spec child = {
    .id = "idle", .server = &idle_server, .shutdown_ms = OTP_BRUTAL_KILL};
static const otp_supervisor_spec supervisor = {
    .strategy = OTP_SIMPLE_ONE_FOR_ONE, .children = &child, .child_count = 1};

static void children_start(otp_term sup, uint64_t children) {
    for (uint64_t i = 0; i < children; i++) {
        otp_pid pid;
        otp_scope scope = otp_scope_begin();
        bench_must(otp_supervisor_start_child(sup, NULL, OTP_NONE, &pid, NULL), "child");
        otp_scope_end(scope);
    }
}

static void body(otp_term unused) {
    (void)unused;
    otp_pid sup;
    bench_must(otp_supervisor_start_link(&supervisor, NULL, &sup), "supervisor");
    children_start(otp_from_pid(sup), 1);
    double before = bench_resident_bytes();
    uint64_t started = bench_now_ns();
    children_start(otp_from_pid(sup), bench_count());
    bench_rate("start_child", bench_count(), started);
    double grown = bench_resident_bytes() - before;
    bench_result("idle_bytes_supervised", grown / (double)bench_count(), "B");
}

int main(int argc, char **argv) {
    return bench_run(
        argc, argv,
        &(bench_plan){.body = body, .count = 1000000, .processes_most = UINT64_C(1) << 21});
}
