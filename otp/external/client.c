/* SPDX-License-Identifier: MIT */
/*
 * What processes do with a port that is open.
 */
#include "external/port.h"
#include "external/ports.h"
#include "process/life.h"
#include "term/atom.h"

/* The state of a port of the caller's system, good until the next suspension; NULL when it has
 * ended. */
static otpi_port *port_lookup(otp_port port) {
    otpi_process *process = otpi_pid_lookup(otpi_self()->system, (otp_pid){port.word});
    return process && process->behaviour == &otpi_port_behaviour ? otpi_state(process) : NULL;
}

static otp_err request(otp_port port, const char *what, otp_term argument) {
    otp_term message = otp_tuple(otp_atom(OTPI_PORT_REQUEST), otp_atom(what), argument);
    return otp_try_send(otp_from_port(port), message);
}

/* ---- Life ---- */

otp_err otp_port_close(otp_port port) {
    otpi_visible("port_close", port.word);
    if (!port_lookup(port)) {
        return OTP_ENOPROC;
    }
    otp_term down;
    otp_ref ref = otp_monitor(otp_from_port(port));
    otp_err err = request(port, "close", otp_nil());
    if (err == OTP_ENOMEM) {
        otp_demonitor(ref, true);
        return err;
    }
    return otp_receive_ref(ref, OTP_INFINITY, &down); /* after its exit signal */
}

/* Sends {Name, {Argument, Ref}} and waits for {Ref, _}; OTP_ENOPROC when the port ends first. */
static otp_err ask(otp_port port, const char *what, otp_term argument, int64_t timeout_ms) {
    otp_term reply;
    otp_ref ref = otp_monitor_alias(otp_from_port(port), OTP_ALIAS_REPLY);
    otp_term asked =
        otp_is_none(argument) ? otp_from_ref(ref) : otp_tuple(argument, otp_from_ref(ref));
    otp_err err = request(port, what, asked);
    if (err != OTP_ENOMEM) {
        err = otp_receive_ref(ref, timeout_ms, &reply);
    }
    if (err != OTP_OK) {
        otp_demonitor(ref, true);
        return err;
    }
    return otp_arity(reply) == 2 ? OTP_OK : OTP_ENOPROC;
}

otp_err otp_port_connect(otp_port port, otp_pid owner) {
    otpi_visible("port_connect", port.word);
    if (!port_lookup(port) || !otp_is_alive(owner)) {
        return OTP_ENOPROC;
    }
    return ask(port, "connect", otp_from_pid(owner), OTP_INFINITY);
}

/* ---- Data ---- */

/* How many bytes the data takes with its header. */
static otp_err framed_size(const otpi_port *port, otp_term data, size_t *size) {
    uint8_t header[4];
    if (!otpi_iodata_size(data, size)) {
        return OTP_EBADARG;
    }
    size_t more = otpi_framing_header(port->packet, *size, header);
    *size += more == SIZE_MAX ? 0 : more;
    return more == SIZE_MAX ? OTP_ESIZE : OTP_OK;
}

static otp_err command(otp_port handle, otp_term data) {
    size_t size;
    otpi_port *port = port_lookup(handle);
    if (!port) {
        return OTP_ENOPROC;
    }
    otp_err err = framed_size(port, data, &size);
    if (err != OTP_OK) {
        return err;
    }
    /* acquire: pairs with the release of the port's process */
    if (__atomic_load_n(&port->input_closed, __ATOMIC_ACQUIRE)) {
        return OTP_EIO;
    }
    if (__atomic_load_n(&port->queued, __ATOMIC_ACQUIRE) >= port->busy_bytes) {
        return OTP_EBUSY;
    }
    __atomic_add_fetch(&port->queued, size, __ATOMIC_RELAXED);
    err = request(handle, "command", otp_cons(otp_int((int64_t)size), data));
    if (err != OTP_OK) {
        __atomic_sub_fetch(&port->queued, size, __ATOMIC_RELAXED);
    }
    return err;
}

otp_err otp_port_command(otp_port port, otp_term data) {
    otpi_visible("port_command", port.word);
    return command(port, data);
}

otp_err otp_port_command_wait(otp_port port, otp_term data, int64_t timeout_ms) {
    otpi_process *self = otpi_self();
    uint64_t deadline = otpi_deadline_of(self, timeout_ms, "otp_port_command_wait");
    for (;;) {
        otp_err err = otp_port_command(port, data);
        if (err != OTP_EBUSY) {
            return err;
        }
        uint64_t now = otpi_world_now_ms(self->system->world);
        if (now >= deadline) {
            return OTP_ETIMEOUT;
        }
        int64_t left = deadline == UINT64_MAX ? OTP_INFINITY : (int64_t)(deadline - now);
        err = ask(port, "wait", OTP_NONE, left);
        if (err != OTP_OK) {
            return err;
        }
    }
}

otp_err otp_port_end_input(otp_port handle) {
    otpi_visible("port_end_input", handle.word);
    otpi_port *port = port_lookup(handle);
    if (!port) {
        return OTP_ENOPROC;
    }
    if (__atomic_load_n(&port->input_closed, __ATOMIC_ACQUIRE)) {
        return OTP_EIO;
    }
    otp_err err = request(handle, "end_input", otp_nil());
    if (err == OTP_OK) {
        __atomic_store_n(&port->input_closed, true, __ATOMIC_RELEASE); /* for whoever comes later */
    }
    return err;
}
