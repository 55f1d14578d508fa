/* SPDX-License-Identifier: MIT */
/*
 * What gdb.sh looks at: a world with a process that is parked three calls deep, one that has a
 * name and a message it does not take, a server, and a term. It stops itself in look_here.
 */
#include <otp/otp.h>

otp_term shown; /* what `otp term shown` is to print; kept by the first process */

__attribute__((noinline)) static void look_here(void) {
    __asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void inner_wait(void) {
    otp_err err = otp_receive_match(OTP_INFINITY, "go");
    if (err != OTP_OK) {
        otp_exit(OTP_ATOM(lost));
    }
}

__attribute__((noinline)) static void outer_wait(void) {
    inner_wait();
    __asm__ volatile("" ::: "memory");
}

static void waits(otp_term unused) {
    (void)unused;
    outer_wait();
}

static const otp_gen_server idle = {.name = "idle"};

static void first(otp_term unused) {
    otp_pid pid;
    (void)unused;
    otp_spawn_opts opts = {.name = OTP_ATOM(patient), .label = "waits for go"};
    if (otp_spawn_opt(waits, otp_nil(), &opts, &pid) || otp_start(&idle, otp_nil(), NULL, &pid)) {
        otp_exit(OTP_ATOM(failed));
    }
    otp_send(otp_whereis(OTP_ATOM(patient)), OTP_ATOM(noise));
    while (otp_receive(20, NULL) != OTP_ETIMEOUT) {}
    shown = otp_keep(otp_term_of("{ok, [1, -2, x | 'A b'], #{k => <<\"text\">>}, 1.5, "
                                 "123456789012345678901234567890}"));
    look_here();
}

int main(void) {
    otp_world *world;
    otp_system *system;
    if (otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 1}, &world) ||
        otp_system_start(world, &(otp_system_opts){.name = "shop@host"}, &system) ||
        otp_run(system, first, otp_nil(), 60000, NULL)) {
        return 1;
    }
    otp_world_stop(world);
    return 0;
}
