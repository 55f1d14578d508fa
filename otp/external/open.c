/* SPDX-License-Identifier: MIT */
/*
 * Opening a port: the program first, then the port, which owns it from there on.
 */
#include "external/port.h"
#include "external/ports.h"
#include "process/extra.h"
#include "term/atom.h"

#include <stdio.h>

enum { LINE_MAX_DEFAULT = 65536, PACKET_MAX_DEFAULT = 64 << 20, BUSY_DEFAULT = 65536 };

static bool opts_valid(const char *const *argv, const otp_port_opts *opts) {
    return argv && argv[0] && argv[0][0] && (unsigned)opts->packet <= OTP_PORT_LINE &&
           (unsigned)opts->errors <= OTP_PORT_STDERR_MESSAGES && opts->grace_ms >= 0 &&
           opts->grace_ms < INT64_C(1000000000) && (!opts->program || opts->program[0]);
}

/* The opener exits: nobody else has the program. */
static void program_drop(void *argument) {
    otpi_program *program = *(otpi_program **)argument;
    if (program) {
        program->ops->end(program);
    }
}

static void port_prepare(void *state, void *context) {
    *(otpi_port *)state = *(const otpi_port *)context;
}

static otpi_port port_of(otpi_program *program, const char *name, const otp_port_opts *opts) {
    otpi_port port = {
        .program = program,
        .owner = otp_self(),
        .packet = opts->packet,
        .tells_status = opts->exit_status,
        .tells_eof = opts->eof,
        .open = {true, true, opts->errors == OTP_PORT_STDERR_MESSAGES},
        .busy_bytes = opts->busy_bytes ? opts->busy_bytes : BUSY_DEFAULT,
    };
    size_t line_max = opts->line_max ? opts->line_max : LINE_MAX_DEFAULT;
    size_t packet_max = opts->packet_max ? opts->packet_max : PACKET_MAX_DEFAULT;
    otpi_framing_init(&port.output, opts->packet,
                      opts->packet == OTP_PORT_LINE ? line_max : packet_max);
    otpi_framing_init(&port.errors, OTP_PORT_STREAM, 0);
    snprintf(port.name, sizeof port.name, "%s", name);
    return port;
}

/* *program is NULL once the port has it. */
static otp_err port_spawn(otpi_program **program, const char *name, const otp_port_opts *opts,
                          otp_port *out) {
    otpi_port port = port_of(*program, name, opts);
    otpi_spawn spawn = {.behaviour = &otpi_port_behaviour,
                        .state_size = sizeof port,
                        .prepare = port_prepare,
                        .prepare_context = &port,
                        .args = otp_nil(),
                        .opts = &(otp_spawn_opts){.link = true, .mailbox_max = SIZE_MAX},
                        .port = true};
    otp_pid pid = OTP_PID_NONE;
    otp_err err = otpi_process_spawn(NULL, &spawn, &pid);
    if (pid.word) {
        *program = NULL; /* also when it was born dead: its end ends the program */
        *out = (otp_port){pid.word};
    }
    return err;
}

static otp_err program_start(otp_system *system, const char *const *argv, const otp_port_opts *opts,
                             otpi_program **program) {
    bool simulated = system->world->simulator != NULL;
    otp_err err = simulated ? otpi_program_stand_in_new(system, argv, opts, program)
                            : otpi_program_os_new(system, opts, program);
    if (err != OTP_OK) {
        return err;
    }
    return simulated ? otpi_program_stand_in_start(*program)
                     : otpi_program_os_start(*program, argv, opts);
}

otp_err otp_port_open(const char *const *argv, const otp_port_opts *opts, otp_port *out) {
    static const otp_port_opts defaults = {0};
    opts = opts ? opts : &defaults;
    if (!out || !opts_valid(argv, opts)) {
        return OTP_EBADARG;
    }
    otpi_process *self = otpi_self();
    otpi_program *program = NULL;
    otp_defer(program_drop, &program);
    otp_err err = program_start(self->system, argv, opts, &program);
    if (err == OTP_OK) {
        err = port_spawn(&program, argv[0], opts, out);
    }
    otp_undefer(&program, true);
    return err;
}
