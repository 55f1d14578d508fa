/* SPDX-License-Identifier: MIT */
/*
 * The application master: the parent of one application's tree.
 *
 * It starts the tree outside of its init, so that the controller goes on meanwhile. Whatever ends
 * it in order, terminate ends the tree first. If it is killed, its link ends the tree.
 */
#include "behaviour/application.h"
#include "behaviour/wire.h"
#include "port/memory.h"
#include "process/process.h"

typedef struct master {
    const otp_application *app;
    void *state;  /* the application's */
    otp_pid top;  /* OTP_PID_NONE: does not run */
    bool started; /* stop is due */
} master;

static void state_drop(void *argument) {
    otpi_free(((master *)argument)->state);
}

static otp_result master_init(void *state, otp_term args) {
    master *m = state;
    otp_trap_exit(true);
    m->app = otpi_application_of(args);
    otp_defer(state_drop, m);
    m->state = otpi_calloc(1, m->app->state_size ? m->app->state_size : 1);
    return m->state ? otp_then(otp_ok(), OTP_ATOM(start)) : otp_stop(otpi_am(enomem));
}

static otp_err tree_start(master *m, otp_term *reason) {
    const otp_application *app = m->app;
    if (app->supervisor) {
        return otp_supervisor_start_link(app->supervisor, &(otp_start_opts){.reason = reason},
                                         &m->top);
    }
    otp_err err = app->start(m->state, &m->top, reason);
    if (err == OTP_OK && m->top.word == OTP_PID_NONE.word) {
        *reason = OTP_ATOM(bad_return);
        return OTP_EINIT;
    }
    if (err == OTP_OK) {
        otp_link(m->top);
    }
    return err;
}

static void master_tell(const master *m, otp_term result) {
    otp_term name = otp_atom(m->app->name);
    otp_cast_term(otp_from_pid(otpi_self()->parent),
                  otp_tuple(OTP_ATOM(application_started), name, result));
}

static otp_result master_continue(void *state, otp_term next) {
    master *m = state;
    otp_term reason = OTP_NONE;
    otp_err err = tree_start(m, &reason);
    (void)next;
    if (err) {
        m->top = OTP_PID_NONE;
        reason = otp_is_none(reason) ? otp_atom(otp_err_name(err)) : reason;
        master_tell(m, otpi_wire_pair(otpi_am(error), reason));
        return otp_stop(otpi_am(normal));
    }
    m->started = true;
    master_tell(m, otpi_am(ok));
    return otp_noreply();
}

static otp_result master_cast(void *state, otp_term message) {
    (void)state;
    return otp_is(message, "stop") ? otp_stop(otpi_am(normal)) : otp_noreply();
}

static otp_result master_info(void *state, otp_term message) {
    master *m = state;
    otp_pid pid;
    otp_term reason;
    if (otp_match(message, "{'EXIT', ~p, ~t}", &pid, &reason) && pid.word == m->top.word) {
        m->top = OTP_PID_NONE;
        return otp_stop(reason);
    }
    return otp_noreply();
}

static void tree_end(otp_pid top) {
    otp_term down;
    otp_ref ref = otp_monitor(top);
    otp_exit_signal(top, otpi_am(shutdown));
    (void)!otp_receive_ref(ref, OTP_INFINITY, &down);
}

static void master_terminate(void *state, otp_term reason) {
    master *m = state;
    (void)reason;
    if (m->top.word) {
        if (m->app->prep_stop) {
            m->app->prep_stop(m->state);
        }
        tree_end(m->top);
    }
    if (m->started && m->app->stop) {
        m->app->stop(m->state);
    }
}

static otp_term master_describe(const void *state) {
    const master *m = state;
    return otpi_wire_pair(OTP_ATOM(application), m->app ? otp_atom(m->app->name) : otp_nil());
}

static const otp_gen_server master_server = {.name = "application_master",
                                             .state_size = sizeof(master),
                                             .init = master_init,
                                             .handle_continue = master_continue,
                                             .handle_cast = master_cast,
                                             .handle_info = master_info,
                                             .terminate = master_terminate,
                                             .describe = master_describe};

otp_err otpi_application_master_start(otp_term app, otp_pid *out) {
    return otp_start_link(&master_server, app, NULL, out);
}
