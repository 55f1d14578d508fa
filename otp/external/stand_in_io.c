/* SPDX-License-Identifier: MIT */
/*
 * What a stand-in does with its streams, and what may go wrong there.
 */
#include "external/stand_in.h"

#include "port/memory.h"
#include "process/life.h"
#include "world/simulator.h"

#include <string.h>

/* ---- Faults ---- */

/* It dies here, if that was drawn; the status is drawn too. */
static void crash_look(simulated *sim) {
    if (sim->crash_gap == 0 || --sim->crash_gap > 0) {
        return;
    }
    int64_t status = otpi_simulator_draw(sim->program.system->world->simulator, OTP_LANE_FAULT,
                                         OTP_CHOICE_POINT, 1, 255, 137, "exit status");
    sim->end = status > 128 ? (otpi_child_exit){.signalled = true, .code = (int)status - 128}
                            : (otpi_child_exit){.code = (int)status};
    otp_exit(otp_tuple(OTP_ATOM(program_dies), otp_int(status)));
}

/* How much of size is moved at once. */
static size_t part_of(simulated *sim, size_t size) {
    if (sim->partial_gap == 0 || --sim->partial_gap > 0) {
        return size;
    }
    sim->partial_gap = otpi_stand_in_gap(sim, sim->faults.partial_gap_max, "partial");
    otpi_simulator *simulator = sim->program.system->world->simulator;
    return (size_t)otpi_simulator_draw(simulator, OTP_LANE_FAULT, OTP_CHOICE_POINT, 1,
                                       (int64_t)size, (int64_t)size, "partial size");
}

static void wait_until(const char *label, uint64_t deadline) {
    otpi_process *self = otpi_self();
    while (otpi_process_wait(self, label, deadline) && deadline != UINT64_MAX) {
        otpi_signals_take(self); /* else what has come would end each wait at once */
    }
    otpi_signals_take(self);
}

static void delay(const simulated *sim) {
    otp_world *world = sim->program.system->world;
    int64_t ms = otpi_simulator_draw(world->simulator, OTP_LANE_SCHEDULE, OTP_CHOICE_DURATION, 0,
                                     sim->faults.delay_ms_max, 0, "program");
    if (ms > 0) {
        wait_until("a program's delay", otpi_world_now_ms(world) + (uint64_t)ms);
    }
}

/* ---- Bytes ---- */

static uint64_t object_of(const simulated *sim) {
    return sim->pid.word;
}

otp_err otp_stand_in_read(void *buffer, size_t size, size_t *got) {
    simulated *sim = otpi_stand_in_self("otp_stand_in_read");
    simulated_pipe *pipe = &sim->pipes[OTPI_STREAM_IN];
    if (!buffer || !got || size == 0) {
        return OTP_EBADARG;
    }
    otpi_visible("stand_in read", object_of(sim));
    crash_look(sim);
    while (otpi_outbox_size(&pipe->bytes) == 0 && pipe->writer) {
        wait_until("stdin", UINT64_MAX);
    }
    size_t there = otpi_outbox_size(&pipe->bytes);
    *got = there < size ? there : size;
    if (*got == 0) {
        return OTP_OK;
    }
    *got = part_of(sim, *got);
    memcpy(buffer, otpi_outbox_first(&pipe->bytes), *got);
    otpi_outbox_written(&pipe->bytes, *got);
    otpi_stand_in_wake_port(sim, OTPI_STREAM_IN);
    return OTP_OK;
}

/* One write: what the pipe has room for. */
static otp_err write_some(simulated *sim, otpi_stream stream, const uint8_t *bytes, size_t size,
                          size_t *put) {
    simulated_pipe *pipe = &sim->pipes[stream];
    otpi_visible("stand_in write", object_of(sim));
    crash_look(sim);
    while (otpi_outbox_size(&pipe->bytes) == OTPI_PIPE_SIZE && pipe->reader) {
        wait_until("stdout", UINT64_MAX);
    }
    if (!pipe->reader || !pipe->writer) {
        return OTP_EIO;
    }
    size_t room = OTPI_PIPE_SIZE - otpi_outbox_size(&pipe->bytes);
    *put = part_of(sim, size < room ? size : room);
    if (!otpi_outbox_reserve(&pipe->bytes, *put)) {
        return OTP_ENOMEM;
    }
    otpi_outbox_add(&pipe->bytes, bytes, *put);
    otpi_stand_in_wake_port(sim, stream);
    return OTP_OK;
}

static otp_err write_all(simulated *sim, otpi_stream stream, const void *bytes, size_t size) {
    otp_err err = OTP_OK;
    delay(sim);
    for (size_t done = 0, put = 0; done < size && err == OTP_OK; done += put) {
        err = write_some(sim, stream, (const uint8_t *)bytes + done, size - done, &put);
    }
    return err;
}

otp_err otp_stand_in_write(const void *bytes, size_t size) {
    return write_all(otpi_stand_in_self("otp_stand_in_write"), OTPI_STREAM_OUT, bytes, size);
}

otp_err otp_stand_in_write_error(const void *bytes, size_t size) {
    simulated *sim = otpi_stand_in_self("otp_stand_in_write_error");
    switch (sim->errors) {
    case OTP_PORT_STDERR_INHERIT: return OTP_OK;
    case OTP_PORT_STDERR_TO_STDOUT: return write_all(sim, OTPI_STREAM_OUT, bytes, size);
    default: return write_all(sim, OTPI_STREAM_ERR, bytes, size);
    }
}

void otp_stand_in_end_output(void) {
    simulated *sim = otpi_stand_in_self("otp_stand_in_end_output");
    sim->pipes[OTPI_STREAM_OUT].writer = false;
    otpi_stand_in_wake_port(sim, OTPI_STREAM_OUT);
}

/* ---- Packets ---- */

enum { READ_SIZE = 4096 };

otp_err otp_stand_in_read_packet(otp_term *out) {
    simulated *sim = otpi_stand_in_self("otp_stand_in_read_packet");
    for (;;) {
        const uint8_t *bytes;
        size_t size;
        size_t got;
        if (otpi_framing_next(&sim->input, &bytes, &size) != OTPI_FRAME_NONE) {
            *out = otp_binary(bytes, size);
            return OTP_OK;
        }
        uint8_t *room = otpi_framing_room(&sim->input, READ_SIZE);
        if (!room) {
            return OTP_ENOMEM;
        }
        otp_err err = otp_stand_in_read(room, READ_SIZE, &got);
        if (err != OTP_OK) {
            return err;
        }
        if (got == 0) {
            bool rest = otpi_framing_rest(&sim->input, &bytes, &size) != OTPI_FRAME_NONE;
            *out = rest ? otp_binary(bytes, size) : *out;
            return rest ? OTP_OK : OTP_ENOENT;
        }
        otpi_framing_filled(&sim->input, got);
    }
}

/* Freed when the stand-in is killed while it writes. */
static void packet_free(void *packet) {
    otpi_outbox_fini(packet);
}

otp_err otp_stand_in_write_packet(otp_term data) {
    simulated *sim = otpi_stand_in_self("otp_stand_in_write_packet");
    otpi_outbox packet = {0};
    uint8_t header[4];
    size_t size;
    if (!otpi_iodata_size(data, &size)) {
        return OTP_EBADARG;
    }
    size_t more = otpi_framing_header(sim->packet, size, header);
    if (more == SIZE_MAX) {
        return OTP_ESIZE;
    }
    if (!otpi_outbox_reserve(&packet, size + more + 1)) {
        return OTP_ENOMEM;
    }
    otp_defer(packet_free, &packet);
    otpi_outbox_add(&packet, header, more);
    otpi_outbox_add_iodata(&packet, data);
    otpi_outbox_add(&packet, "\n", sim->packet == OTP_PORT_LINE);
    otp_err err =
        write_all(sim, OTPI_STREAM_OUT, otpi_outbox_first(&packet), otpi_outbox_size(&packet));
    otp_undefer(&packet, true);
    return err;
}

otp_term otp_stand_in_arguments(void) {
    const simulated *sim = otpi_stand_in_self("otp_stand_in_arguments");
    otp_term list = otp_nil();
    size_t end = 0;
    while (sim->arguments[end]) {
        end += strlen(sim->arguments + end) + 1;
    }
    while (end > 0) {
        size_t start = end - 1;
        while (start > 0 && sim->arguments[start - 1]) {
            start--;
        }
        list = otp_cons(otp_string(sim->arguments + start), list);
        end = start;
    }
    return list;
}
