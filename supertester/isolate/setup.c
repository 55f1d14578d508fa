/* SPDX-License-Identifier: MIT */
/*
 * Servers and supervisors of the test's own. They are noted in the test's context, whose owner
 * stops them when the body has returned; whatever happens, they end with the test's system.
 */
#include "supertester/runner/context.h"

#include <supertester/helpers.h>

static void note_server(otp_pid pid) {
    sti_context *context = sti_context_now;
    if (!context) {
        return;
    }
    otpi_spin_lock(&context->lock);
    if (context->server_count < STI_SERVERS_MAX) {
        context->servers[context->server_count++] = pid;
    }
    otpi_spin_unlock(&context->lock);
}

static void fail_setup(const char *site, const char *what, otp_err err, otp_term reason) {
    if (otp_is_none(reason)) {
        sti_give_up(site, "%s could not be started: %s; %s", what, otp_err_text(err),
                    otp_err_advice(err));
    } else {
        sti_give_up(site, "%s could not be started: %s: %s", what, otp_err_text(err),
                    otp_show(reason));
    }
}

otp_pid st_setup_genserver_at(const otp_gen_server *server, otp_term args,
                              const otp_start_opts *opts, const char *site) {
    otp_pid pid = OTP_PID_NONE;
    otp_term reason = OTP_NONE;
    otp_start_opts with_reason = opts ? *opts : (otp_start_opts){0};
    if (!with_reason.reason) {
        with_reason.reason = &reason;
    }
    otp_err err = otp_start(server, args, &with_reason, &pid);
    if (err != OTP_OK) {
        fail_setup(site, server->name, err, *with_reason.reason);
    }
    note_server(pid);
    return pid;
}

otp_pid st_setup_supervisor_at(const otp_supervisor_spec *spec, const otp_start_opts *opts,
                               const char *site) {
    otp_pid pid = OTP_PID_NONE;
    otp_term reason = OTP_NONE;
    otp_start_opts with_reason = opts ? *opts : (otp_start_opts){0};
    if (!with_reason.reason) {
        with_reason.reason = &reason;
    }
    otp_err err = otp_supervisor_start_link(spec, &with_reason, &pid);
    if (err != OTP_OK) {
        fail_setup(site, spec->name ? spec->name : "the supervisor", err, *with_reason.reason);
    }
    otp_unlink(pid); /* that it gives up is for the test to see, not to die of */
    note_server(pid);
    return pid;
}
