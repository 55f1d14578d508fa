/* SPDX-License-Identifier: MIT */
#include "behaviour/start.h"

#include "behaviour/starter.h"
#include "process/link.h"

/* ---- In the server ---- */

static bool start_tell(otpi_server *server, otp_term what) {
    return otpi_starter_tell(otpi_self(), server->starter, what) == OTP_OK;
}

void otpi_start_ending(void *state) {
    otpi_server *server = state;
    if (!(server->flags & OTPI_SERVER_STARTING)) {
        return;
    }
    if (server->flags & OTPI_SERVER_LINKED) {
        (void)otpi_unlink(otpi_self(), otpi_self()->parent);
    }
    /* When it can't be said, 'DOWN' says it. */
    (void)start_tell(server,
                     server->flags & OTPI_SERVER_IGNORED ? otpi_am(ignore) : OTP_ATOM(nack));
}

void otpi_start_begin(otpi_server *server) {
    server->starter = otpi_starter_number(otpi_self());
}

void otpi_start_done(otpi_server *server) {
    if (!start_tell(server, otpi_am(ok))) {
        /* The starter would wait for ever: its mailbox is full, or there is no memory. */
        otp_exit(otp_tuple(OTP_ATOM(start_not_told), otp_from_pid(otpi_self()->parent)));
    }
    otpi_extra_trim(otpi_self());
    server->flags &= (uint32_t)~OTPI_SERVER_STARTING & 15;
    server->rare = NULL;
}

void otpi_start_ignore(otpi_server *server) {
    server->flags |= OTPI_SERVER_IGNORED;
    otp_exit(otpi_am(normal));
}

/* ---- In the starter ---- */

static void start_prepare(void *state, void *context) {
    const otpi_start *start = context;
    otpi_server *server = state;
    server->module = start->module;
    server->flags = (OTPI_SERVER_STARTING | (start->link ? OTPI_SERVER_LINKED : 0u)) & 15;
    if (start->prepare) {
        start->prepare(otpi_server_state(server), start->prepare_context);
    }
}

/* *pid is a process also when the spawn failed after its birth: it was killed then. */
static otp_err start_spawn_once(const otpi_start *start, otp_pid *pid, otp_ref *ref) {
    static const otp_start_opts none;
    const otp_start_opts *opts = start->opts ? start->opts : &none;
    otp_spawn_opts spawn_opts = {.link = start->link,
                                 .monitor = true,
                                 .monitor_ref = ref,
                                 .name = opts->name,
                                 .context = opts->context,
                                 .label = opts->label,
                                 .mailbox_max = opts->mailbox_max,
                                 .on_full = opts->on_full};
    otpi_spawn spawn = {.behaviour = start->behaviour,
                        .state_size = otpi_server_size(start->state_size),
                        .prepare = start_prepare,
                        .prepare_context = (void *)(uintptr_t)start,
                        .args = start->args,
                        .opts = &spawn_opts,
                        .supervises = start->supervises};
    *pid = OTP_PID_NONE;
    return otpi_process_spawn(NULL, &spawn, pid);
}

/* What the server is to be made of is not its own yet: it goes with a starter that is killed. */
static otp_err start_hold(const otpi_start *start) {
    otp_err err =
        start->unprepare ? otpi_defer_add(start->unprepare, start->prepare_context) : OTP_OK;
    if (err) {
        start->unprepare(start->prepare_context);
    }
    return err;
}

static void start_let_go(const otpi_start *start, bool born) {
    if (start->unprepare) {
        otp_undefer(start->prepare_context, !born);
    }
}

/* Who has the name may go while we ask for its pid: then the name is free, and we try again. */
static otp_err start_spawn(const otpi_start *start, otp_pid *pid, otp_ref *ref) {
    otp_err held = start_hold(start);
    if (held) {
        return held;
    }
    for (;;) {
        otp_err err = start_spawn_once(start, pid, ref);
        bool born = pid->word != 0;
        if (err == OTP_EEXIST) {
            *pid = otp_whereis(start->opts->name);
            if (!pid->word) {
                continue;
            }
            err = OTP_EALREADY;
        }
        start_let_go(start, born);
        return err;
    }
}

static bool exit_of(void *context, otp_term message) {
    const uint64_t *words = otpi_wire_tuple(message, 3);
    return words && words[0] == OTPI_AM_EXIT && words[1] == ((otp_pid *)context)->word;
}

/* The server did not run far enough to unlink: no exit signal of it may reach the starter. */
static void start_unlink(const otpi_start *start, otp_pid pid) {
    if (start->link) {
        otp_scope scope = otp_scope_begin(); /* else a receive ends the scope of the caller */
        otp_unlink(pid);
        (void)!otp_receive_where(exit_of, &pid, 0, NULL);
        otp_scope_end(scope);
    }
}

/* Waits for the end of a server that does not run. */
static otp_term start_down(otp_ref ref) {
    otp_term message;
    while (!otp_receive_ref(ref, OTP_INFINITY, &message)) {
        if (otp_arity(message) == 5) {
            return otp_element(message, 4);
        }
    }
    return OTP_NONE;
}

static otp_err start_too_late(const otpi_start *start, otp_pid pid, otp_ref ref) {
    start_unlink(start, pid);
    otp_kill(pid);
    (void)start_down(ref);
    return OTP_ETIMEOUT;
}

/* How the start went. *reason: why it failed, where that says more than the error. */
static otp_err start_wait(const otpi_start *start, otp_pid pid, otp_ref ref, otp_term *reason) {
    int64_t timeout_ms =
        start->opts && start->opts->timeout_ms ? start->opts->timeout_ms : OTP_INFINITY;
    otp_term message;
    *reason = otpi_am(timeout);
    otp_err err = otp_receive_ref(ref, timeout_ms, &message);
    if (err) {
        return err == OTP_ETIMEOUT ? start_too_late(start, pid, ref) : err;
    }
    const uint64_t *said = otpi_wire_tuple(message, 2);
    if (!said) { /* 'DOWN' */
        *reason = otp_element(message, 4);
        start_unlink(start, pid);
        return OTP_EINIT;
    }
    if (said[1] == OTPI_AM_ok) {
        return OTP_OK;
    }
    *reason = start_down(ref);
    return said[1] == OTPI_AM_ignore ? OTP_EIGNORE : OTP_EINIT;
}

otp_err otpi_start_run(const otpi_start *start, otp_pid *out) {
    otp_ref ref;
    otp_pid pid = OTP_PID_NONE;
    otp_term reason = OTP_NONE;
    otp_err err = start_spawn(start, &pid, &ref);
    if (!err) {
        err = start_wait(start, pid, ref, &reason);
        if (!err && start->monitor_ref) {
            *start->monitor_ref = ref;
        } else if (!err) {
            otp_demonitor(ref, true);
        }
    }
    if (err && start->opts && start->opts->reason) {
        *start->opts->reason = reason;
    }
    if (out && (!err || err == OTP_EALREADY)) {
        *out = pid;
    }
    return err;
}
