/* SPDX-License-Identifier: MIT */
/*
 * A stand-in's side and its port's side of three pipes, in a simulated world: one thread, so they
 * need no lock. Either side may end first; who lets go last frees them.
 */
#include "external/stand_in.h"

#include "external/ports.h"
#include "port/memory.h"
#include "process/life.h"
#include "world/simulator.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static simulated *simulated_of(otpi_program *program) {
    return OTPI_CONTAINER_OF(program, simulated, program);
}

static void release(simulated *sim) {
    if (--sim->refs > 0) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        otpi_outbox_fini(&sim->pipes[i].bytes);
    }
    otpi_framing_fini(&sim->input);
    otpi_free(sim->arguments);
    otp_system *system = sim->program.system;
    otpi_free(sim);
    otpi_ports_leave(system);
}

/* ---- What each side tells the other ---- */

static void stand_in_nudge(simulated *sim) {
    otpi_process *process = otpi_pid_lookup(sim->program.system, sim->pid);
    if (process) {
        otpi_process_nudge(process);
    }
}

static bool is_ready(const simulated *sim, otpi_stream stream) {
    const simulated_pipe *pipe = &sim->pipes[stream];
    size_t size = otpi_outbox_size(&pipe->bytes);
    return stream == OTPI_STREAM_IN ? size < OTPI_PIPE_SIZE || !pipe->reader
                                    : size > 0 || !pipe->writer;
}

/* The port has asked to be woken when this is so. */
void otpi_stand_in_wake_port(simulated *sim, otpi_stream stream) {
    if (sim->program.wakeup && sim->pipes[stream].armed && is_ready(sim, stream)) {
        sim->pipes[stream].armed = false;
        otpi_wakeup_raise(sim->program.wakeup, 1u << stream);
    }
}

/* ---- The port's side ---- */

/* To an observer the pipes are part of the process, and each of its own steps reads that. */
static simulated *touched(otpi_program *program) {
    simulated *sim = simulated_of(program);
    otpi_access(OTP_WRITE, sim->pid.word, OTP_KEY_ALL);
    return sim;
}

static otp_err sim_watch(otpi_program *program) {
    simulated *sim = touched(program);
    sim->watched = true;
    if (sim->ended) {
        otpi_wakeup_raise(program->wakeup, OTPI_WAKE_ENDED);
    }
    return OTP_OK;
}

static otpi_io_err sim_read(otpi_program *program, otpi_stream stream, void *buffer, size_t size,
                            size_t *got) {
    simulated *sim = touched(program);
    simulated_pipe *pipe = &sim->pipes[stream];
    size_t there = otpi_outbox_size(&pipe->bytes);
    *got = there < size ? there : size;
    if (there == 0) {
        return pipe->writer ? OTPI_IO_EBUSY : OTPI_IO_SHORT;
    }
    memcpy(buffer, otpi_outbox_first(&pipe->bytes), *got);
    otpi_outbox_written(&pipe->bytes, *got);
    stand_in_nudge(sim);
    return OTPI_IO_OK;
}

static otpi_io_err sim_write(otpi_program *program, const void *bytes, size_t size, size_t *put) {
    simulated *sim = touched(program);
    simulated_pipe *pipe = &sim->pipes[OTPI_STREAM_IN];
    size_t room = OTPI_PIPE_SIZE - otpi_outbox_size(&pipe->bytes);
    *put = size < room ? size : room;
    if (!pipe->reader) {
        errno = EPIPE;
        return OTPI_IO_OTHER;
    }
    if (room == 0 || !otpi_outbox_reserve(&pipe->bytes, *put)) {
        return room == 0 ? OTPI_IO_EBUSY : OTPI_IO_ENOMEM;
    }
    otpi_outbox_add(&pipe->bytes, bytes, *put);
    stand_in_nudge(sim);
    return OTPI_IO_OK;
}

static void sim_arm(otpi_program *program, otpi_stream stream) {
    simulated *sim = touched(program);
    sim->pipes[stream].armed = true;
    otpi_stand_in_wake_port(sim, stream);
}

static void sim_close(otpi_program *program, otpi_stream stream) {
    simulated *sim = touched(program);
    simulated_pipe *pipe = &sim->pipes[stream];
    *(stream == OTPI_STREAM_IN ? &pipe->writer : &pipe->reader) = false;
    stand_in_nudge(sim);
}

static bool sim_ended(otpi_program *program, otpi_child_exit *end) {
    const simulated *sim = touched(program);
    *end = sim->end;
    return sim->ended;
}

static void sim_end(otpi_program *program) {
    simulated *sim = touched(program);
    otpi_process *process = otpi_pid_lookup(program->system, sim->pid);
    sim_close(program, OTPI_STREAM_IN);
    sim_close(program, OTPI_STREAM_OUT);
    sim_close(program, OTPI_STREAM_ERR);
    if (process) {
        otpi_process_kill(process);
    }
    otpi_wakeup_release(program->wakeup);
    program->wakeup = NULL;
    release(sim);
}

/* ---- The process ---- */

static void stand_in_start(void *state, otp_term args) {
    simulated *sim = *(simulated **)state;
    (void)args;
    int status = sim->fn(sim->context);
    sim->end = (otpi_child_exit){.code = status & 0xff};
}

/* However it ended: the pipes are closed, as the kernel would. */
static void stand_in_release(void *state) {
    simulated *sim = *(simulated **)state;
    sim->ended = true;
    sim->pipes[OTPI_STREAM_IN].reader = false;
    sim->pipes[OTPI_STREAM_OUT].writer = false;
    sim->pipes[OTPI_STREAM_ERR].writer = false;
    otpi_stand_in_wake_port(sim, OTPI_STREAM_IN);
    otpi_stand_in_wake_port(sim, OTPI_STREAM_OUT);
    otpi_stand_in_wake_port(sim, OTPI_STREAM_ERR);
    if (sim->program.wakeup && sim->watched) {
        otpi_wakeup_raise(sim->program.wakeup, OTPI_WAKE_ENDED);
    }
    release(sim);
}

static const char *stand_in_name(const void *state) {
    return (*(simulated *const *)state)->arguments;
}

static const otpi_behaviour stand_in_behaviour = {.kind = "stand_in",
                                                  .start = stand_in_start,
                                                  .release = stand_in_release,
                                                  .name = stand_in_name};

simulated *otpi_stand_in_self(const char *site) {
    otpi_process *self = otpi_self();
    if (self->behaviour != &stand_in_behaviour) {
        otpi_badarg(site, "only a stand-in for a program may call it");
    }
    return *(simulated **)otpi_state(self);
}

/* ---- The beginning ---- */

static const otpi_program_ops simulated_ops = {.watch = sim_watch,
                                               .read = sim_read,
                                               .write = sim_write,
                                               .arm = sim_arm,
                                               .close = sim_close,
                                               .ended = sim_ended,
                                               .end = sim_end};

/* argv in one block: each with its NUL, one NUL more at the end. */
static char *arguments_copy(const char *const *argv) {
    size_t size = 1;
    for (size_t i = 0; argv[i]; i++) {
        size += strlen(argv[i]) + 1;
    }
    char *copy = otpi_calloc(1, size);
    for (size_t i = 0, at = 0; copy && argv[i]; i++) {
        size_t length = strlen(argv[i]) + 1;
        memcpy(copy + at, argv[i], length);
        at += length;
    }
    return copy;
}

/* The gap to the first fault of a kind; 0 = none is to come. */
unsigned otpi_stand_in_gap(const simulated *sim, unsigned gap_max, const char *label) {
    int64_t gap = otpi_simulator_draw(sim->program.system->world->simulator, OTP_LANE_FAULT,
                                      OTP_CHOICE_POINT, 0, gap_max, 0, label);
    return (unsigned)gap;
}

otp_err otpi_program_stand_in_new(otp_system *system, const char *const *argv,
                                  const otp_port_opts *opts, otpi_program **out) {
    const otpi_stand_in *found =
        otpi_stand_in_find(system, opts->program ? opts->program : argv[0]);
    if (!found) {
        return OTP_ESTANDIN;
    }
    otp_err err = otpi_ports_enter(system);
    if (err != OTP_OK) {
        return err;
    }
    simulated *sim = otpi_calloc(1, sizeof *sim);
    otpi_wakeup *wakeup = otpi_ports_wakeup_new(system);
    char *arguments = arguments_copy(argv);
    if (!sim || !wakeup || !arguments) {
        otpi_free(sim);
        otpi_free(arguments);
        if (wakeup) {
            otpi_wakeup_release(wakeup);
        }
        otpi_ports_leave(system);
        return OTP_ENOMEM;
    }
    bool errors = opts->errors == OTP_PORT_STDERR_MESSAGES;
    *sim = (simulated){.program = {.ops = &simulated_ops, .system = system, .wakeup = wakeup},
                       .refs = 1,
                       .pipes = {{.reader = true, .writer = true},
                                 {.reader = true, .writer = true},
                                 {.reader = errors, .writer = errors}},
                       .fn = found->fn,
                       .context = found->context,
                       .faults = found->faults,
                       .packet = opts->packet,
                       .errors = opts->errors,
                       .arguments = arguments,
                       .end = {.signalled = true, .code = SIGKILL}};
    otpi_framing_init(&sim->input, opts->packet, SIZE_MAX - 1);
    sim->crash_gap = otpi_stand_in_gap(sim, found->faults.crash_gap_max, "program dies");
    sim->partial_gap = otpi_stand_in_gap(sim, found->faults.partial_gap_max, "partial");
    *out = &sim->program;
    return OTP_OK;
}

/* The process holds the program from here on: the spawner may be killed before. */
static void stand_in_prepare(void *state, void *context) {
    simulated *sim = context;
    *(simulated **)state = sim;
    sim->refs++;
}

otp_err otpi_program_stand_in_start(otpi_program *program) {
    simulated *sim = simulated_of(program);
    otpi_spawn spawn = {.behaviour = &stand_in_behaviour,
                        .state_size = sizeof sim,
                        .prepare = stand_in_prepare,
                        .prepare_context = sim,
                        .args = otp_nil()};
    unsigned refs = sim->refs; /* nobody else knows it yet */
    otp_err err = otpi_process_spawn(NULL, &spawn, &sim->pid);
    if (err != OTP_OK) {
        sim->refs = refs;
    }
    return err;
}
