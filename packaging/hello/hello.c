/* SPDX-License-Identifier: MIT */
/*
 * The smallest program on the installed runtime: one process answers another. Built by build.sh
 * with what pkg-config says, outside of the source tree.
 */
#include <otp/otp.h>
#include <stdio.h>

static void greeter(otp_term arg) {
    (void)arg;
    otp_pid from;
    otp_term name;
    if (otp_receive_match(5000, "{hello, ~p, ~t}", &from, &name) == OTP_OK) {
        otp_send(from, otp_tuple(OTP_ATOM(hello), name));
    }
}

static void greet(otp_term name) {
    otp_term answer;
    otp_pid pid = otp_spawn_link(greeter, otp_nil());
    otp_send(pid, otp_tuple(OTP_ATOM(hello), otp_from_pid(otp_self()), name));
    if (otp_receive_match(5000, "{hello, ~t}", &answer) != OTP_OK) {
        otp_exit(OTP_ATOM(no_answer));
    }
    printf("hello, %s\n", otp_show(answer));
}

int main(void) {
    otp_world *world;
    otp_system *node;
    otp_outcome outcome = {0};
    otp_err err = otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL}, &world);
    if (err == OTP_OK) {
        err = otp_system_start(world, NULL, &node);
        if (err == OTP_OK) {
            err = otp_run(node, greet, OTP_ATOM(world), 10000, &outcome);
        }
        otp_world_stop(world);
    }
    if (err != OTP_OK || !outcome.normal) {
        fprintf(stderr, "hello: %s; the process ended with %s\n", otp_err_text(err),
                outcome.reason);
        return 1;
    }
    return 0;
}
