/* SPDX-License-Identifier: MIT */
#include "till.h"

#include <stdio.h>

static bool to_stdout(void *context, const char *text, size_t size) {
    (void)context;
    return fwrite(text, 1, size, stdout) == size;
}

static void lesson(otp_term arg) {
    static const int64_t payments[] = {250, 99, 12000};
    otp_metrics *metrics;
    otp_pid pid;
    otp_term total;
    (void)arg;
    otp_err err =
        otp_metrics_start(otp_system_here(), "till", till_metrics, TILL_METRICS, &metrics);
    OTP_ASSERT(err == OTP_OK);
    OTP_ASSERT(otp_start_link(&till_server, otp_nil(), NULL, &pid) == OTP_OK);
    for (size_t i = 0; i < sizeof payments / sizeof payments[0]; i++) {
        otp_term currency = i % 2 ? OTP_ATOM(sek) : OTP_ATOM(eur);
        otp_term request = otp_tuple(OTP_ATOM(pay), otp_int(payments[i]), currency);
        OTP_ASSERT(otp_call(pid, request, 1000, &total) == OTP_OK);
    }
    OTP_ASSERT(otp_metrics_write(metrics, to_stdout, NULL) == OTP_OK);
}

int main(void) {
    otp_world *world = NULL;
    otp_system *system;
    otp_err err = otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL}, &world);
    err = err ? err : otp_system_start(world, NULL, &system);
    err = err ? err : otp_run(system, lesson, otp_nil(), OTP_INFINITY, NULL);
    otp_world_stop(world);
    return err != OTP_OK;
}
