/* SPDX-License-Identifier: MIT */
/*
 * Phase 2: kill -9 of the whole OS process. The driver (this process) holds the clients and the
 * ledger; the service runs in a forked child on the real disk, with a pipe each way. The driver
 * sends requests, repeats the unanswered ones to the next child, and kills at a drawn moment.
 */
#include "kill9.h"

#include "ledger.h"

#include <otp/otp.h>

#include "port/child.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    CLIENTS = 16, /* each has one request in flight */
    PER_CLIENT_MAX = 20000,
    ACKNOWLEDGED_MAX = 40,     /* the kill comes after 0 .. so many acknowledgements ... */
    DELAY_NS_MAX = 1500000,    /* ... and 0 .. so much later */
    STARTUP_NS_MAX = 15000000, /* or, every eighth time, so long after the start */
};

#define ANSWER_NS UINT64_C(10000000000)

typedef struct driver {
    proof *proof;
    ledger ledger;
    otpi_prng prng;
    char path[400];
    unsigned next[CLIENTS];    /* number of the todo each client works on */
    uint64_t sent_ns[CLIENTS]; /* when it was first sent; 0 = not yet */
    otpi_child child;
    kill9_frames in, out; /* bytes on their way */
    uint64_t killed_ns;   /* the last kill; 0 = acknowledged since */
    uint64_t kills, in_flight, fruitful;
    bool stopped; /* early, because something was wrong: floors mean nothing then */
} driver;

/* ---- One life of the child ---- */

static bool frames_write(driver *d) {
    size_t put = 0;
    while (d->out.size > 0) {
        otpi_io_err err = otpi_pipe_write(d->child.in, d->out.bytes, d->out.size, &put);
        if (err != OTPI_IO_OK) {
            return err == OTPI_IO_EBUSY;
        }
        d->out.size -= put;
        memmove(d->out.bytes, d->out.bytes + put, d->out.size);
    }
    return true;
}

static void request_send(driver *d, unsigned client) {
    kill9_frame frame = {client, d->next[client]};
    if (d->next[client] == PER_CLIENT_MAX) {
        return;
    }
    ledger_sent(&d->ledger, client, d->next[client]);
    d->sent_ns[client] = d->sent_ns[client] ? d->sent_ns[client] : otpi_clock_monotonic_ns();
    d->proof->phases[PROOF_KILL9].requests++;
    kill9_frame_put(&d->out, frame);
}

static void acknowledged(driver *d, kill9_frame frame) {
    proof_phase *phase = &d->proof->phases[PROOF_KILL9];
    uint64_t now_ns = otpi_clock_monotonic_ns();
    if (frame.client >= CLIENTS || frame.n != d->next[frame.client]) {
        return; /* an answer to an attempt that was repeated */
    }
    if (d->killed_ns) {
        otpi_histogram_record(&phase->recovery_ns, now_ns - d->killed_ns);
        d->killed_ns = 0;
    }
    otpi_histogram_record(&phase->latency_ns, now_ns - d->sent_ns[frame.client]);
    (void)ledger_acknowledge(&d->ledger, frame.client, frame.n);
    d->next[frame.client]++;
    d->sent_ns[frame.client] = 0;
    request_send(d, frame.client);
}

/* Exchanges frames until the deadline or until so many answers have come; how many came. */
static uint64_t converse(driver *d, uint64_t answers, uint64_t deadline_ns) {
    uint64_t came = 0;
    while (came < answers) {
        otpi_poll_item items[] = {
            {.fd = d->child.out, .want = OTPI_POLL_READ},
            {.fd = d->out.size > 0 ? d->child.in : -1, .want = OTPI_POLL_WRITE}};
        if (otpi_poll(items, 2, deadline_ns) == 0) {
            break;
        }
        kill9_frame frame;
        size_t got = 0;
        otpi_io_err err = otpi_pipe_read(d->child.out, kill9_frames_room(&d->in),
                                         kill9_frames_free(&d->in), &got);
        if (err != OTPI_IO_OK && err != OTPI_IO_EBUSY) {
            break; /* it has died by itself */
        }
        d->in.size += err == OTPI_IO_OK ? got : 0;
        while (kill9_frame_take(&d->in, &frame)) {
            acknowledged(d, frame);
            came++;
        }
        if (!frames_write(d)) {
            break;
        }
    }
    return came;
}

static bool child_start(driver *d) {
    otpi_child_opts opts = {
        .in = OTPI_CHILD_PIPE, .out = OTPI_CHILD_PIPE, .own_group = true, .die_with_parent = true};
    kill9_service service = {d->path, d->proof->options.planted};
    d->in.size = d->out.size = 0;
    (void)!fflush(NULL);
    if (otpi_fork(&d->child, &opts, kill9_serve, &service) != OTPI_IO_OK) {
        proof_break(d->proof, "kill -9: can't start the service: %s", strerror(errno));
        return false;
    }
    for (unsigned c = 0; c < CLIENTS; c++) {
        request_send(d, c);
    }
    (void)frames_write(d);
    return true;
}

static void child_kill(driver *d) {
    bool alive = otpi_child_signal(&d->child, KILL9_SIGNAL) == OTPI_IO_OK;
    d->killed_ns = d->killed_ns ? d->killed_ns : otpi_clock_monotonic_ns();
    (void)otpi_child_wait(&d->child, OTPI_NEVER);
    d->kills += alive && d->child.exit.signalled;
    (void)proof_check(d->proof, PROOF_LIVENESS, d->child.exit.signalled,
                      "kill -9: the service ended by itself with code %d", d->child.exit.code);
    /* What it had already answered was acknowledged: the pipe has outlived it. */
    uint64_t unanswered_ns = otpi_clock_monotonic_ns();
    (void)converse(d, UINT64_MAX, unanswered_ns);
    otpi_child_close(&d->child);
}

static bool life(driver *d) {
    uint64_t startup_roll = otpi_prng_below(&d->prng, 8);
    uint64_t answers = otpi_prng_below(&d->prng, ACKNOWLEDGED_MAX + 1);
    uint64_t delay_ns = otpi_prng_below(&d->prng, DELAY_NS_MAX);
    uint64_t startup_ns = otpi_prng_below(&d->prng, STARTUP_NS_MAX);
    if (!child_start(d)) {
        return false;
    }
    uint64_t came = 0;
    if (startup_roll == 0) {
        came = converse(d, UINT64_MAX, otpi_clock_deadline_ns(startup_ns));
    } else {
        came = converse(d, answers, otpi_clock_deadline_ns(ANSWER_NS));
        (void)proof_check(d->proof, PROOF_LIVENESS, came >= answers,
                          "kill -9: %" PRIu64 " answers instead of %" PRIu64 " within %d s", came,
                          answers, (int)(ANSWER_NS / 1000000000));
        came += converse(d, UINT64_MAX, otpi_clock_deadline_ns(delay_ns));
    }
    d->fruitful += came > 0;
    d->in_flight++; /* every client always has one */
    child_kill(d);
    return true;
}

/* ---- The phase ---- */

static bool look(driver *d, const char *where) {
    ledger_verdict verdict;
    ledger_compare(&d->ledger, d->path, &verdict);
    return ledger_judge(d->proof, &verdict, where);
}

static void lives(driver *d) {
    proof *p = d->proof;
    char where[60];
    bool fine = true;
    for (uint64_t i = 0; i < p->options.kill9 && fine; i++) {
        fine = life(d);
        /* Half of the time the service itself recovers the file, half of the time we do. */
        if (fine && otpi_prng_below(&d->prng, 2)) {
            (void)snprintf(where, sizeof where, "kill -9, after kill %" PRIu64, i + 1);
            fine = look(d, where);
        }
        proof_progress(p, PROOF_KILL9, i + 1, p->options.kill9);
    }
    d->stopped = !fine;
    if (fine) {
        (void)look(d, "kill -9, at the end");
    }
}

static void collect(driver *d) {
    proof *p = d->proof;
    proof_phase *phase = &p->phases[PROOF_KILL9];
    phase->todos = atomic_load(&d->ledger.acknowledged);
    uint64_t kill9 = d->stopped ? 0 : p->options.kill9;
    proof_figure(p, "kill -9", "OS processes killed", d->kills, kill9, true);
    proof_figure(p, "kill -9", "of them with requests in flight", d->in_flight, kill9 * 9 / 10,
                 true);
    proof_figure(p, "kill -9", "of them before the first answer", d->kills - d->fruitful, 0, true);
    proof_figure(p, "kill -9", "todos acknowledged", phase->todos, kill9 * 10, false);
}

void proof_run_kill9(proof *p) {
    static driver d;
    d.proof = p;
    d.prng = proof_prng(p, PROOF_KILL9);
    (void)snprintf(d.path, sizeof d.path, "%s/kill9.db", p->options.directory);
    if (!ledger_init(&d.ledger, CLIENTS, PER_CLIENT_MAX)) {
        proof_break(p, "kill -9: out of memory");
        return;
    }
    proof_phase_begin(p, PROOF_KILL9);
    lives(&d);
    collect(&d);
    proof_phase_end(p, PROOF_KILL9);
    ledger_fini(&d.ledger);
}
