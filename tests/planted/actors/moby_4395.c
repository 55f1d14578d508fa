/* SPDX-License-Identifier: MIT */
/*
 * A command attaches to a container by a process of its own, which says that it has started, and at
 * the end puts its error into a channel. The command returns early when the container has been
 * removed meanwhile: nobody takes the error, and the process stays for ever. In the twin the
 * channel has room for it. Checked: the process comes to its end. After Docker's issue 4395, from
 * GoBench's GoKer.
 */
#include "tests/planted/parts.h"

static otp_pid container, errors;
static bool attachment_ended;

static void attachment(otp_term arg) {
    otp_pid command_pid;
    OTP_ASSERT(otp_get_pid(arg, &command_pid));
    otp_send(command_pid, OTP_ATOM(started));
    work(2);
    channel_put(errors, 0);
    attachment_ended = true;
}

static void command(otp_term unused) {
    int64_t error;
    (void)unused;
    otp_spawn(attachment, otp_from_pid(otp_self()));
    OTP_ASSERT(otp_receive_match(OTP_INFINITY, "started") == OTP_OK);
    if (cell_get(container) == 1) {
        channel_get(errors, OTP_INFINITY, &error);
    }
}

static void remover(otp_term unused) {
    (void)unused;
    pass(1);
    cell_set(container, 0);
}

PLANTED(moby_4395, .depth = 2, .minimum = 1) {
    attachment_ended = false;
    container = cell_start(1);
    errors = channel_start(planted_correct ? 1 : 0);
    start(command, 0);
    start(remover, 0);
    settle();
    ST_EXPECT(attachment_ended);
}
