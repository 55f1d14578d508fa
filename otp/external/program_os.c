/* SPDX-License-Identifier: MIT */
/*
 * Programs of the operating system. The world's poller watches the pipes and the pidfd, and raises
 * the port's wakeup.
 *
 * The program is not reaped while its port lives, so that the number of its group stays its own;
 * the end of the port hands it to otpi_child_end.
 */
#include "external/ports.h"

#include "port/child_end.h"
#include "port/memory.h"

#include <errno.h>

enum { ENDED = 3, WATCHES = 4, GRACE_MS_DEFAULT = 5000 };

typedef struct watch {
    otpi_poller_watch watch;
    otpi_wakeup *wakeup;
    uint32_t bit;
} watch;

typedef struct os_program {
    otpi_program program;
    otpi_child_ending ending; /* ending.child is the program from its start on */
    otpi_poller *poller;
    watch watches[WATCHES];
    uint64_t grace_ns;
} os_program;

static os_program *os_of(otpi_program *program) {
    return OTPI_CONTAINER_OF(program, os_program, program);
}

static int *fd_of(os_program *os, otpi_stream stream) {
    otpi_child *child = &os->ending.child;
    return stream == OTPI_STREAM_IN    ? &child->in
           : stream == OTPI_STREAM_OUT ? &child->out
                                       : &child->err;
}

/* ---- Readiness ---- */

/* On the poller's thread. */
static void watch_ready(otpi_poller_watch *ready, unsigned got) {
    watch *w = OTPI_CONTAINER_OF(ready, watch, watch);
    (void)got;
    otpi_wakeup_raise(w->wakeup, w->bit);
}

static otp_err os_watch(otpi_program *program) {
    os_program *os = os_of(program);
    const int fds[WATCHES] = {os->ending.child.in, os->ending.child.out, os->ending.child.err,
                              os->ending.child.pidfd};
    for (int i = 0; i < WATCHES; i++) {
        watch *w = &os->watches[i];
        *w = (watch){{.ready = watch_ready, .fd = fds[i]}, program->wakeup, 1u << i};
        unsigned want = i == ENDED ? OTPI_POLL_READ : 0;
        if (fds[i] >= 0 && otpi_poller_add(os->poller, &w->watch, want, OTPI_NEVER) != OTPI_IO_OK) {
            return OTP_ENOMEM;
        }
    }
    return OTP_OK;
}

static void os_arm(otpi_program *program, otpi_stream stream) {
    os_program *os = os_of(program);
    otpi_poller_arm(os->poller, &os->watches[stream].watch,
                    stream == OTPI_STREAM_IN ? OTPI_POLL_WRITE : OTPI_POLL_READ);
}

/* ---- Streams ---- */

static otpi_io_err os_read(otpi_program *program, otpi_stream stream, void *buffer, size_t size,
                           size_t *got) {
    return otpi_pipe_read(*fd_of(os_of(program), stream), buffer, size, got);
}

static otpi_io_err os_write(otpi_program *program, const void *bytes, size_t size, size_t *put) {
    return otpi_pipe_write(os_of(program)->ending.child.in, bytes, size, put);
}

static void os_close(otpi_program *program, otpi_stream stream) {
    os_program *os = os_of(program);
    otpi_poller_remove(os->poller, &os->watches[stream].watch);
    otpi_pipe_close(fd_of(os, stream));
}

static bool os_ended(otpi_program *program, otpi_child_exit *end) {
    return otpi_child_look(&os_of(program)->ending.child, end);
}

/* ---- The end ---- */

static void os_free(os_program *os) {
    otp_system *system = os->program.system;
    if (os->program.wakeup) {
        otpi_wakeup_release(os->program.wakeup);
    }
    otpi_free(os);
    otpi_ports_leave(system);
}

static void os_done(otpi_child_ending *ending) {
    os_free(OTPI_CONTAINER_OF(ending, os_program, ending));
}

static void os_end(otpi_program *program) {
    os_program *os = os_of(program);
    if (os->ending.child.ended) { /* it was never started */
        os_free(os);
        return;
    }
    for (int i = 0; i < WATCHES; i++) {
        otpi_poller_remove(os->poller, &os->watches[i].watch);
    }
    otpi_pipe_close(&os->ending.child.in);
    otpi_pipe_close(&os->ending.child.out);
    otpi_pipe_close(&os->ending.child.err);
    otpi_child_end(&os->ending, os->poller, os->grace_ns);
}

/* ---- The beginning ---- */

static const otpi_program_ops os_ops = {.watch = os_watch,
                                        .read = os_read,
                                        .write = os_write,
                                        .arm = os_arm,
                                        .close = os_close,
                                        .ended = os_ended,
                                        .end = os_end};

otp_err otpi_program_os_new(otp_system *system, const otp_port_opts *opts, otpi_program **out) {
    otp_err err = otpi_ports_enter(system);
    if (err != OTP_OK) {
        return err;
    }
    os_program *os = otpi_calloc(1, sizeof *os);
    if (!os) {
        otpi_ports_leave(system);
        return OTP_ENOMEM;
    }
    os->program = (otpi_program){.ops = &os_ops, .system = system};
    os->ending.child = (otpi_child){.pidfd = -1, .in = -1, .out = -1, .err = -1, .ended = true};
    os->ending.done = os_done;
    os->poller = otpi_world_poller(system->world);
    os->program.wakeup = otpi_ports_wakeup_new(system);
    int64_t grace_ms = opts->grace_ms ? opts->grace_ms : GRACE_MS_DEFAULT;
    os->grace_ns = opts->brutal_kill ? 0 : (uint64_t)grace_ms * 1000000;
    if (!os->poller || !os->program.wakeup) {
        os_free(os);
        return OTP_ENOMEM;
    }
    *out = &os->program;
    return OTP_OK;
}

typedef struct start {
    otpi_child *child;
    otpi_child_opts opts;
    otpi_io_err err;
    int cause;
} start;

static void *start_run(void *argument) {
    start *s = argument;
    s->err = otpi_child_start(s->child, &s->opts);
    s->cause = errno;
    return NULL;
}

static otp_err err_of(otpi_io_err err, int cause) {
    switch (err) {
    case OTPI_IO_OK: return OTP_OK;
    case OTPI_IO_ENOENT: return OTP_ENOENT;
    case OTPI_IO_EACCES: return OTP_EACCESS;
    case OTPI_IO_ENOMEM: return OTP_ENOMEM;
    default: return cause == ENOTDIR ? OTP_ENOENT : cause == ENOEXEC ? OTP_EACCESS : OTP_EIO;
    }
}

/* Forking and the exec take some milliseconds of a thread: not of a scheduler's. */
otp_err otpi_program_os_start(otpi_program *program, const char *const *argv,
                              const otp_port_opts *opts) {
    os_program *os = os_of(program);
    const otpi_child_limits limits = {.cpu_seconds = opts->limits.cpu_seconds,
                                      .memory_bytes = opts->limits.memory_bytes,
                                      .open_files = opts->limits.open_files,
                                      .core_bytes = opts->limits.core_bytes,
                                      .no_core = opts->limits.no_core};
    start s = {.child = &os->ending.child,
               .opts = {.argv = argv,
                        .program = opts->program,
                        .environment = opts->env,
                        .directory = opts->directory,
                        .limits = &limits,
                        .in = OTPI_CHILD_PIPE,
                        .out = OTPI_CHILD_PIPE,
                        .err = opts->errors == OTP_PORT_STDERR_INHERIT     ? OTPI_CHILD_INHERIT
                               : opts->errors == OTP_PORT_STDERR_TO_STDOUT ? OTPI_CHILD_OUTPUT
                                                                           : OTPI_CHILD_PIPE,
                        .own_group = true}};
    otp_blocking(start_run, &s, NULL); /* an exit that comes meanwhile happens after the start */
    program->os_pid = os->ending.child.pid;
    return err_of(s.err, s.cause);
}
