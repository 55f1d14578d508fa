/* SPDX-License-Identifier: MIT */
/* The program reads lines "2 3" and writes lines "5". The server owns its port: when either dies,
 * so does the other, and the supervisor starts both anew.
 */
#include "adder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct adder {
    otp_port port;
} adder;

static otp_result adder_init(void *state, otp_term args) {
    const char *const argv[] = {"sh", "-c", "while read a b; do echo $((a + b)); done", NULL};
    (void)args;
    otp_err err =
        otp_port_open(argv, &(otp_port_opts){.packet = OTP_PORT_LINE}, &((adder *)state)->port);
    return err ? otp_stop(otp_string(otp_err_text(err))) : otp_ok();
}

static otp_result adder_call(void *state, otp_term request, otp_from from) {
    const adder *self = state;
    char line[64];
    int64_t a;
    int64_t b;
    otp_bytes answer;
    (void)from;
    if (!otp_match(request, "{add, ~i, ~i}", &a, &b)) {
        return otp_stop(OTP_ATOM(badarg));
    }
    snprintf(line, sizeof line, "%lld %lld\n", (long long)a, (long long)b);
    if (otp_port_command_wait(self->port, otp_string(line), 1000) ||
        otp_receive_match(1000, "{_, {data, {eol, ~b}}}", &answer)) {
        return otp_stop(OTP_ATOM(no_answer)); /* it may come late: not to the next request */
    }
    memcpy(line, answer.data, answer.size < 20 ? answer.size : 20);
    line[answer.size < 20 ? answer.size : 20] = '\0';
    return otp_reply(otp_int(atoll(line)));
}

const otp_gen_server adder_server = {
    .name = "adder", .state_size = sizeof(adder), .init = adder_init, .handle_call = adder_call};

static const otp_child_spec child = {.id = "adder", .server = &adder_server, .name = "adder"};
const otp_supervisor_spec adder_supervisor = {
    .intensity = 100, .period_s = 1, .children = &child, .child_count = 1};

otp_err adder_add(otp_term dest, int64_t a, int64_t b, int64_t *sum) {
    otp_term reply;
    otp_err err = otp_call(dest, otp_tuple(OTP_ATOM(add), otp_int(a), otp_int(b)), 5000, &reply);
    return err ? err : otp_get_int(reply, sum) ? OTP_OK : OTP_EFORMAT;
}
