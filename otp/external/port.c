/* SPDX-License-Identifier: MIT */
/*
 * The process of a port.
 */
#include "external/port.h"

#include "external/ports.h"
#include "port/memory.h"
#include "process/extra.h"
#include "process/words.h"
#include "term/atom.h"

#include <errno.h>

enum { READ_SIZE = 65536, READS_MAX = 4, PAUSE_MS_MAX = 64 };

static otp_term own_id(void) {
    return otp_from_pid(otp_self());
}

/* ---- To the owner ---- */

static void retry_later(otpi_port *port) {
    port->stalled = true;
    port->pause_ms = port->pause_ms == 0             ? 1
                     : port->pause_ms < PAUSE_MS_MAX ? port->pause_ms * 2
                                                     : PAUSE_MS_MAX;
    otp_send_after(port->pause_ms, own_id(),
                   otp_tuple(otp_atom(OTPI_PORT_REQUEST), OTP_ATOM(retry), otp_nil()));
}

/* {Port, What}; false when the owner's mailbox blocks: the same is to be told later. */
static bool tell(otpi_port *port, otp_term what) {
    otp_err err = otp_send_wait(otp_from_pid(port->owner), otp_tuple(own_id(), what), 0);
    switch (err) {
    case OTP_ETIMEOUT: retry_later(port); return false;
    case OTP_EFULL: otp_exit(otp_tuple(OTP_ATOM(system_limit), OTP_ATOM(mailbox)));
    case OTP_ENOMEM: otpi_enomem(OTPI_SITE);
    default: port->pause_ms = 0; return true; /* an owner that is gone sends its exit */
    }
}

static bool tell_frame(otpi_port *port, otpi_stream stream, otpi_frame frame, const uint8_t *bytes,
                       size_t size) {
    otp_scope scope = otp_scope_begin();
    otp_term data = otp_binary(bytes, size);
    if (frame == OTPI_FRAME_EOL || frame == OTPI_FRAME_NOEOL) {
        data = otp_tuple(frame == OTPI_FRAME_EOL ? OTP_ATOM(eol) : OTP_ATOM(noeol), data);
    }
    otp_term kind = stream == OTPI_STREAM_ERR ? OTP_ATOM(stderr) : OTP_ATOM(data);
    bool told = tell(port, otp_tuple(kind, data));
    otp_scope_end(scope);
    return told;
}

/* ---- Reading ---- */

static otpi_framing *framing_of(otpi_port *port, otpi_stream stream) {
    return stream == OTPI_STREAM_ERR ? &port->errors : &port->output;
}

/* Every whole message that has been read; at the end of the stream also what is left of a line.
 * False when stalled. */
static bool frames_tell(otpi_port *port, otpi_stream stream, bool at_end) {
    otpi_framing *framing = framing_of(port, stream);
    for (;;) {
        const uint8_t *bytes;
        size_t size;
        otpi_framing before = *framing;
        otpi_frame frame = otpi_framing_next(framing, &bytes, &size);
        if (frame == OTPI_FRAME_NONE && at_end) {
            frame = otpi_framing_rest(framing, &bytes, &size);
        }
        if (frame == OTPI_FRAME_TOO_BIG) {
            otp_exit(OTP_ATOM(emsgsize));
        }
        if (frame == OTPI_FRAME_NONE) {
            return true;
        }
        if (!tell_frame(port, stream, frame, bytes, size)) {
            *framing = before;
            return false;
        }
    }
}

static void stream_close(otpi_port *port, otpi_stream stream) {
    port->open[stream] = false;
    port->program->ops->close(port->program, stream);
}

/* Reads what is there, some of it at a time; then asks to be woken. */
static void stream_read(otpi_port *port, otpi_stream stream) {
    otpi_framing *framing = framing_of(port, stream);
    for (int reads = 0; port->open[stream] && frames_tell(port, stream, false); reads++) {
        if (reads == READS_MAX) {
            otpi_wakeup_raise(port->program->wakeup, 1u << stream); /* others have their turn */
            return;
        }
        size_t got;
        uint8_t *room = otpi_framing_room(framing, READ_SIZE);
        if (!room) {
            otpi_enomem(OTPI_SITE);
        }
        otpi_io_err err = port->program->ops->read(port->program, stream, room, READ_SIZE, &got);
        if (err == OTPI_IO_EBUSY) {
            otpi_framing_trim(framing);
            port->program->ops->arm(port->program, stream);
            return;
        }
        if (err != OTPI_IO_OK) {
            if (frames_tell(port, stream, true)) {
                stream_close(port, stream);
            }
            return;
        }
        otpi_framing_filled(framing, got);
        port->read += got;
    }
}

/* ---- The end ---- */

static int status_of(const otpi_child_exit *end) {
    return end->signalled ? 128 + end->code : end->code;
}

/* What is due when output and program have ended. */
static void end_look(otpi_port *port) {
    if (port->stalled || port->open[OTPI_STREAM_OUT] || port->open[OTPI_STREAM_ERR]) {
        return;
    }
    if (port->tells_eof && !port->eof_told) {
        port->eof_told = tell(port, OTP_ATOM(eof));
    }
    if (port->tells_status && !port->status_told) {
        if (!port->ended || port->stalled) {
            return;
        }
        otp_term status = otp_int(status_of(&port->end));
        port->status_told = tell(port, otp_tuple(OTP_ATOM(exit_status), status));
    }
    if (!port->stalled && (!port->tells_eof || port->broken)) {
        otp_exit(port->broken ? OTP_ATOM(epipe) : otpi_am(normal));
    }
}

/* ---- Writing ---- */

static void waiters_wake(otpi_port *port) {
    while (port->waiters) {
        otpi_port_waiter *waiter = port->waiters;
        port->waiters = waiter->next;
        otp_send(waiter->ref, otp_tuple(otp_from_ref(waiter->ref), OTP_ATOM(ready)));
        otpi_block_free(waiter, sizeof *waiter);
    }
}

static void queued_less(otpi_port *port, size_t size) {
    /* release: who sees the room may add to it */
    uint64_t queued = __atomic_sub_fetch(&port->queued, size, __ATOMIC_RELEASE);
    if (queued <= port->busy_bytes / 2) {
        waiters_wake(port);
    }
}

static void input_close(otpi_port *port) {
    __atomic_store_n(&port->input_closed, true, __ATOMIC_RELEASE);
    if (port->open[OTPI_STREAM_IN]) {
        stream_close(port, OTPI_STREAM_IN);
    }
    size_t lost = otpi_outbox_size(&port->outbox);
    otpi_outbox_fini(&port->outbox);
    queued_less(port, lost);
    waiters_wake(port); /* to find out */
}

/* The program does not read any more. What it has written is told first. */
static void input_broken(otpi_port *port) {
    port->broken = true;
    input_close(port);
    if (port->tells_status) {
        return; /* once that is told: see end_look */
    }
    stream_read(port, OTPI_STREAM_OUT);
    if (port->open[OTPI_STREAM_ERR]) {
        stream_read(port, OTPI_STREAM_ERR);
    }
    if (!port->stalled) {
        otp_exit(OTP_ATOM(epipe));
    }
}

static void outbox_flush(otpi_port *port) {
    while (port->open[OTPI_STREAM_IN] && otpi_outbox_size(&port->outbox) > 0) {
        size_t put;
        otpi_io_err err = port->program->ops->write(port->program, otpi_outbox_first(&port->outbox),
                                                    otpi_outbox_size(&port->outbox), &put);
        if (err == OTPI_IO_EBUSY) {
            port->program->ops->arm(port->program, OTPI_STREAM_IN);
            return;
        }
        if (err == OTPI_IO_ENOMEM) {
            otpi_enomem(OTPI_SITE);
        }
        if (err != OTPI_IO_OK) {
            input_broken(port);
            return;
        }
        port->written += put;
        otpi_outbox_written(&port->outbox, put);
        queued_less(port, put);
    }
    if (port->input_ends && port->open[OTPI_STREAM_IN]) {
        input_close(port);
    }
}

/* size: with its header, as it was counted when it was accepted. */
static void data_add(otpi_port *port, otp_term data, size_t size) {
    uint8_t header[4];
    size_t bytes;
    if (!port->open[OTPI_STREAM_IN] || port->input_ends || !otpi_iodata_size(data, &bytes)) {
        queued_less(port, size);
        return;
    }
    if (!otpi_outbox_reserve(&port->outbox, size)) {
        otpi_enomem(OTPI_SITE);
    }
    bool waits = otpi_outbox_size(&port->outbox) > 0;
    otpi_outbox_add(&port->outbox, header, otpi_framing_header(port->packet, bytes, header));
    otpi_outbox_add_iodata(&port->outbox, data);
    if (!waits) {
        outbox_flush(port);
    }
}

/* ---- Requests ---- */

static void waiter_add(otpi_port *port, otp_term ref) {
    otpi_port_waiter *waiter = otpi_block_alloc(sizeof *waiter);
    if (!waiter) {
        otpi_enomem(OTPI_SITE);
    }
    *waiter = (otpi_port_waiter){.next = port->waiters};
    if (!otp_get_ref(ref, &waiter->ref)) {
        otpi_block_free(waiter, sizeof *waiter);
        return;
    }
    port->waiters = waiter;
    queued_less(port, 0); /* there may be room by now */
}

static void owner_set(otpi_port *port, otp_pid owner) {
    port->owner = owner;
    otp_link(owner);
}

static void retry(otpi_port *port) {
    port->stalled = false;
    for (otpi_stream stream = OTPI_STREAM_OUT; stream <= OTPI_STREAM_ERR; stream++) {
        if (port->open[stream] && !port->stalled) {
            stream_read(port, stream);
        }
    }
    if (port->broken && !port->tells_status && !port->stalled) {
        otp_exit(OTP_ATOM(epipe));
    }
}

/* {'$port', What, Argument}, from the functions of port.h. */
static void request_handle(otpi_port *port, otp_term what, otp_term argument) {
    int64_t size;
    otp_term data;
    otp_pid owner;
    otp_term ref;
    if (otp_match(argument, "[~i | ~t]", &size, &data) && otp_is(what, "command")) {
        data_add(port, data, (size_t)size);
    } else if (otp_is(what, "wait")) {
        waiter_add(port, argument);
    } else if (otp_is(what, "close")) {
        otp_exit(otpi_am(normal));
    } else if (otp_is(what, "end_input")) {
        port->input_ends = true;
        outbox_flush(port);
    } else if (otp_match(argument, "{~p, ~t}", &owner, &ref) && otp_is(what, "connect")) {
        owner_set(port, owner);
        otp_send(ref, otp_tuple(ref, otpi_am(ok)));
    } else if (otp_is(what, "retry")) {
        retry(port);
    }
}

static otp_pid sender_of(void) {
    return otpi_self()->extra->handled->from;
}

static void bad_signal(void) {
    otp_pid sender = sender_of();
    if (sender.word && sender.word != otp_self().word) {
        otp_exit_signal(sender, OTP_ATOM(badsig));
    }
}

/* {Owner, {command, Data}}, {Owner, {connect, Pid}}, {Owner, close}: as the BEAM's ports. */
static void owner_says(otpi_port *port, otp_pid from, otp_term what) {
    otp_term argument;
    otp_pid owner;
    size_t size;
    uint8_t header[4];
    if (from.word != port->owner.word) {
        bad_signal();
    } else if (otp_is(what, "close")) {
        tell(port, OTP_ATOM(closed));
        otp_exit(otpi_am(normal));
    } else if (otp_match(what, "{connect, ~p}", &owner)) {
        tell(port, OTP_ATOM(connected));
        owner_set(port, owner);
    } else if (otp_match(what, "{command, ~t}", &argument) && otpi_iodata_size(argument, &size) &&
               otpi_framing_header(port->packet, size, header) != SIZE_MAX) {
        size += otpi_framing_header(port->packet, size, header);
        __atomic_add_fetch(&port->queued, size, __ATOMIC_RELAXED);
        data_add(port, argument, size);
    } else {
        bad_signal();
    }
}

/* ---- Messages ---- */

static void woken(otpi_port *port) {
    uint32_t bits = otpi_wakeup_take(port->program->wakeup);
    if (bits & OTPI_WAKE_ENDED) {
        port->ended = port->program->ops->ended(port->program, &port->end);
    }
    if (bits & OTPI_WAKE_IN) {
        outbox_flush(port);
    }
    if (!port->stalled && port->open[OTPI_STREAM_OUT] && (bits & OTPI_WAKE_OUT)) {
        stream_read(port, OTPI_STREAM_OUT);
    }
    if (!port->stalled && port->open[OTPI_STREAM_ERR] && (bits & OTPI_WAKE_ERR)) {
        stream_read(port, OTPI_STREAM_ERR);
    }
}

/* The owner has gone, or somebody else who is linked, or sent an exit signal. */
static void exit_handle(otpi_port *port, otp_pid from, otp_term reason) {
    if (from.word == port->owner.word || reason.word != OTPI_AM_normal) {
        otp_exit(reason);
    }
}

static void port_start(void *state, otp_term args) {
    otpi_port *port = state;
    (void)args;
    otpi_extra_need(otpi_self(), OTPI_SITE); /* remembers who sent the message that is handled */
    port->program->wakeup->pid = otp_self();
    otp_err err = port->program->ops->watch(port->program);
    if (err != OTP_OK) {
        otp_exit(otpi_am(enomem));
    }
    stream_read(port, OTPI_STREAM_OUT);
    if (port->open[OTPI_STREAM_ERR]) {
        stream_read(port, OTPI_STREAM_ERR);
    }
    end_look(port);
}

static otpi_disposition port_message(void *state, otp_term message) {
    otpi_port *port = state;
    otp_pid from;
    otp_term what;
    otp_term argument;
    if (otpi_self()->extra->handled->kind == OTPI_SIGNAL_WAKEUP) {
        woken(port);
    } else if (otp_match(message, "{'$port', ~t, ~t}", &what, &argument)) {
        request_handle(port, what, argument);
    } else if (otp_match(message, "{'EXIT', ~t, ~t}", &what, &argument)) {
        exit_handle(port, (otp_pid){what.word}, argument);
    } else if (otp_match(message, "{~p, ~t}", &from, &what)) {
        owner_says(port, from, what);
    } else {
        bad_signal();
    }
    end_look(port);
    return OTPI_HANDLED;
}

static void port_release(void *state) {
    otpi_port *port = state;
    while (port->waiters) {
        otpi_port_waiter *waiter = port->waiters; /* its monitor tells it */
        port->waiters = waiter->next;
        otpi_block_free(waiter, sizeof *waiter);
    }
    otpi_outbox_fini(&port->outbox);
    otpi_framing_fini(&port->output);
    otpi_framing_fini(&port->errors);
    port->program->ops->end(port->program);
}

static const char *port_name(const void *state) {
    return ((const otpi_port *)state)->name;
}

const otpi_behaviour otpi_port_behaviour = {.kind = "port",
                                            .start = port_start,
                                            .message = port_message,
                                            .release = port_release,
                                            .name = port_name};
