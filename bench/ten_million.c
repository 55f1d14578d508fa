/* SPDX-License-Identifier: MIT */
/*
 * Growth of resident memory for 10,000,000 live gen_servers, each of which has answered a call. The
 * limit of processes is raised. A machine without the memory is told so before it is used up.
 */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES_EACH_MOST = 600 };

static otp_result answer(void *state, otp_term request, otp_from from) {
    uint64_t *asked = state;
    (void)request;
    (void)from;
    return otp_reply(otp_int((int64_t)++ * asked));
}

static const otp_gen_server idle_server = {
    .name = "idle", .state_size = sizeof(uint64_t), .handle_call = answer};

static void ask(otp_pid pid) {
    otp_scope scope = otp_scope_begin();
    otp_term reply;
    int64_t asked = 0;
    bench_must(otp_call(pid, OTP_ATOM(are_you_there), OTP_INFINITY, &reply), "call");
    bench_must(otp_get_int(reply, &asked) && asked == 1 ? OTP_OK : OTP_EBADARG, "answer");
    otp_scope_end(scope);
}

static void body(otp_term unused) {
    (void)unused;
    size_t n = (size_t)bench_count();
    otp_pid *pids = malloc(n * sizeof *pids);
    bench_must(pids ? OTP_OK : OTP_ENOMEM, "pids");
    memset(pids, 0, n * sizeof *pids); /* its pages are there: they are not the processes' */
    double before = bench_resident_bytes();
    for (size_t i = 0; i < n; i++) {
        pids[i] = bench_server(&idle_server, otp_nil());
    }
    for (size_t i = 0; i < n; i++) {
        ask(pids[i]);
    }
    bench_result("ten_million_bytes", bench_resident_bytes() - before, "B");
    free(pids);
}

int main(int argc, char **argv) {
    bench_flags(argc, argv, 10000000);
    bench_memory_needed(bench_count() * BYTES_EACH_MOST);
    return bench_run(argc, argv,
                     &(bench_plan){.body = body,
                                   .count = 10000000,
                                   .processes_most = bench_count() + bench_count() / 4});
}
