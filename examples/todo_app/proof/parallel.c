/* SPDX-License-Identifier: MIT */
/*
 * Phase 1: a parallel world on the real disk. Clients add todos without pause while a killer kills
 * the service's processes at random; it strikes after a drawn number of acknowledgements, so that
 * the service has recovered in between, and measures the time to the next one.
 */
#include "ledger.h"

#include <otp/otp.h>

#include "port/clock.h"
#include "port/file.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    CLIENTS = 48,
    PER_CLIENT_MAX = 100000,
    IDLE_DRAWS_MAX = 8, /* a victim without a request is drawn again so often */
    GAP_MAX = 20,       /* acknowledgements between two kills: 1 .. */
    QUIET_MS = 10000,
    PHASE_MS = 240000,
};

typedef enum victim_kind { VICTIM_STORE, VICTIM_DESK, VICTIM_DESKS, VICTIM_KINDS } victim_kind;

struct field;

typedef struct client {
    struct field *field;
    unsigned number;
    uint64_t requests, interrupted;
    otpi_histogram latency_ns;
} client;

typedef struct field {
    proof *proof;
    ledger ledger;
    todo_app app;
    char path[400];
    client clients[CLIENTS];
    otp_pid killer;
    _Atomic uint64_t
        strike_at; /* acknowledgements at which the killer wants to be woken; 0 = not */
    _Atomic uint64_t struck_ns; /* when it last killed; 0 = somebody was acknowledged since */
    _Atomic uint64_t waiting[TODO_DESKS]; /* requests at each desk that are not answered */
    _Atomic bool stop;
    uint64_t kills[VICTIM_KINDS], in_flight, stalls; /* of the killer */
    bool done;
} field;

static field the_field;

/* ---- Clients ---- */

static void tell_killer(field *f, uint64_t acknowledged) {
    uint64_t struck_ns = atomic_exchange(&f->struck_ns, 0);
    if (struck_ns) {
        otp_send(f->killer,
                 otp_tuple(OTP_ATOM(recovered), otp_uint(otpi_clock_monotonic_ns() - struck_ns)));
    }
    uint64_t strike_at = atomic_load(&f->strike_at);
    if (strike_at && acknowledged >= strike_at &&
        atomic_compare_exchange_strong(&f->strike_at, &strike_at, 0)) {
        otp_send(f->killer, OTP_ATOM(strike));
    }
}

static void client_add(client *c, unsigned n) {
    field *f = c->field;
    char id[TODO_ID_MAX + 1], title[TODO_TITLE_MAX + 1];
    ledger_id(c->number, n, id);
    ledger_title(c->number, n, title);
    ledger_sent(&f->ledger, c->number, n);
    uint64_t began_ns = otpi_clock_monotonic_ns();
    for (unsigned attempt = 0;; attempt++) {
        _Atomic uint64_t *waiting = &f->waiting[todo_desk_of(id, attempt)];
        atomic_fetch_add(waiting, 1);
        otp_err err = todo_add_once(OTP_NONE, id, title, attempt, TODO_TIMEOUT_MS);
        atomic_fetch_sub(waiting, 1);
        c->requests++;
        if (err == OTP_OK) {
            break;
        }
        c->interrupted++;
        todo_pause(attempt);
    }
    otpi_histogram_record(&c->latency_ns, otpi_clock_monotonic_ns() - began_ns);
    tell_killer(f, ledger_acknowledge(&f->ledger, c->number, n));
}

static void client_main(otp_term number) {
    int64_t index = 0;
    (void)otp_get_int(number, &index);
    client *c = &the_field.clients[index];
    for (unsigned n = 0; n < PER_CLIENT_MAX && !atomic_load(&c->field->stop); n++) {
        otp_scope scope = otp_scope_begin();
        client_add(c, n);
        otp_scope_end(scope);
    }
}

/* ---- The killer ---- */

static victim_kind victim_draw(otpi_prng *prng, otp_pid *pid, unsigned *desk) {
    uint64_t roll = otpi_prng_below(prng, 10);
    char name[16];
    *desk = (unsigned)otpi_prng_below(prng, TODO_DESKS);
    (void)snprintf(name, sizeof name, "todo_desk_%u", *desk);
    victim_kind kind = roll < 4 ? VICTIM_STORE : roll < 9 ? VICTIM_DESK : VICTIM_DESKS;
    *pid = otp_whereis(kind == VICTIM_STORE  ? OTP_ATOM(todo_store)
                       : kind == VICTIM_DESK ? otp_atom(name)
                                             : OTP_ATOM(todo_desks));
    return kind;
}

/* A request passes one desk, the desks' supervisor stands over it, and ends at the store. */
static bool has_request(field *f, victim_kind kind, unsigned desk) {
    if (kind == VICTIM_DESK) {
        return atomic_load(&f->waiting[desk]) > 0;
    }
    uint64_t waiting = 0;
    for (int i = 0; i < TODO_DESKS; i++) {
        waiting += atomic_load(&f->waiting[i]);
    }
    return waiting > 0;
}

static void strike(field *f, otpi_prng *prng) {
    otp_pid pid;
    unsigned desk;
    unsigned idle = 0;
    victim_kind kind = victim_draw(prng, &pid, &desk);
    while (!otp_is_alive(pid) || (!has_request(f, kind, desk) && idle++ < IDLE_DRAWS_MAX)) {
        otp_yield(); /* it is just being restarted, or has nothing to do */
        kind = victim_draw(prng, &pid, &desk);
    }
    f->in_flight += has_request(f, kind, desk);
    atomic_store(&f->struck_ns, otpi_clock_monotonic_ns());
    otp_kill(pid);
    f->kills[kind]++;
}

/* Waits for the wake-up, noting recoveries; false when nothing was acknowledged for a long time. */
static bool await_strike(field *f) {
    otp_term message;
    uint64_t recovery_ns;
    while (otp_receive(QUIET_MS, &message) == OTP_OK) {
        if (otp_match(message, "{recovered, ~u}", &recovery_ns)) {
            otpi_histogram_record(&f->proof->phases[PROOF_PARALLEL].recovery_ns, recovery_ns);
        } else if (otp_is(message, "strike")) {
            return true;
        }
    }
    return false;
}

/* Wakes the killer after so many more acknowledgements. */
static bool await_acknowledgements(field *f, uint64_t more) {
    atomic_store(&f->strike_at, atomic_load(&f->ledger.acknowledged) + more);
    return await_strike(f);
}

static void killer_main(otp_term argument) {
    (void)argument;
    field *f = &the_field;
    proof *p = f->proof;
    otpi_prng prng = proof_prng(p, PROOF_PARALLEL);
    bool alive = true;
    for (uint64_t i = 0; i < p->options.kills && alive; i++) {
        alive = await_acknowledgements(f, 1 + otpi_prng_below(&prng, GAP_MAX));
        if (alive) {
            strike(f, &prng);
        }
        proof_progress(p, PROOF_PARALLEL, i + 1, p->options.kills);
    }
    while (alive && atomic_load(&f->ledger.acknowledged) < p->options.todos) {
        alive = await_acknowledgements(f, GAP_MAX);
    }
    alive = alive && await_acknowledgements(f, 1); /* the last kill too is recovered from */
    f->stalls += !alive;
    atomic_store(&f->stop, true);
}

/* ---- The phase ---- */

static void await_all(otp_ref *monitors, size_t count) {
    otp_term down;
    for (size_t i = 0; i < count; i++) {
        (void)!otp_receive_ref(monitors[i], OTP_INFINITY, &down);
    }
}

static void phase_main(otp_term argument) {
    (void)argument;
    field *f = &the_field;
    otp_ref monitors[CLIENTS + 1];
    otp_pid root;
    todo_opts opts = {
        .path = f->path, .restarts_max = 1000000, .planted = f->proof->options.planted};
    otp_err err = todo_start_link(&f->app, &opts, &root);
    if (err != OTP_OK) {
        proof_break(f->proof, "parallel: the service does not start: %s", otp_err_text(err));
        return;
    }
    f->killer = otp_spawn_monitor(killer_main, otp_nil(), &monitors[CLIENTS]);
    for (int i = 0; i < CLIENTS; i++) {
        (void)otp_spawn_monitor(client_main, otp_int(i), &monitors[i]);
    }
    await_all(monitors, CLIENTS + 1);
    err = otp_stop_server(otp_from_pid(root), OTP_ATOM(normal), QUIET_MS);
    f->done = err == OTP_OK;
}

static void collect(proof *p, field *f) {
    proof_phase *phase = &p->phases[PROOF_PARALLEL];
    uint64_t interrupted = 0;
    for (int i = 0; i < CLIENTS; i++) {
        phase->requests += f->clients[i].requests;
        interrupted += f->clients[i].interrupted;
        otpi_histogram_merge(&phase->latency_ns, &f->clients[i].latency_ns);
    }
    phase->todos = atomic_load(&f->ledger.acknowledged);
    uint64_t kills = f->kills[VICTIM_STORE] + f->kills[VICTIM_DESK] + f->kills[VICTIM_DESKS];
    proof_figure(p, "parallel", "todos acknowledged", phase->todos, p->options.todos, false);
    proof_figure(p, "parallel", "processes killed", kills, p->options.kills, true);
    proof_figure(p, "parallel", "of them with a request in flight", f->in_flight,
                 p->options.kills * 9 / 10, true);
    proof_figure(p, "parallel", "the store killed", f->kills[VICTIM_STORE], p->options.kills / 10,
                 true);
    proof_figure(p, "parallel", "the desks' supervisor killed", f->kills[VICTIM_DESKS], 0, true);
    proof_figure(p, "parallel", "requests interrupted and repeated", interrupted,
                 p->options.kills / 2, true);
}

static void check(proof *p, field *f) {
    ledger_verdict verdict;
    (void)proof_check(p, PROOF_LIVENESS, f->stalls == 0,
                      "parallel: nothing was acknowledged for %d s", QUIET_MS / 1000);
    (void)proof_check(p, PROOF_LIVENESS, f->done, "parallel: the service did not stop in order");
    ledger_compare(&f->ledger, f->path, &verdict);
    (void)ledger_judge(p, &verdict, "parallel, at the end");
    proof_figure(p, "parallel", "todos in the file", verdict.rows, 0, false);
}

static void run_world(proof *p) {
    otp_world *world;
    otp_system *system;
    otp_err err = otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL}, &world);
    if (err != OTP_OK) {
        proof_break(p, "parallel: no world: %s", otp_err_text(err));
        return;
    }
    err = otp_system_start(world, NULL, &system);
    if (err == OTP_OK) {
        otp_logger_set(system, OTP_LOG_NONE, NULL,
                       NULL); /* a thousand crash reports are expected */
        err = otp_run(system, phase_main, otp_nil(), PHASE_MS, NULL);
    }
    if (err != OTP_OK) {
        proof_break(p, "parallel: the phase did not end: %s", otp_err_text(err));
    }
    otp_world_stop(world);
}

void proof_run_parallel(proof *p) {
    field *f = &the_field;
    f->proof = p;
    (void)snprintf(f->path, sizeof f->path, "%s/parallel.db", p->options.directory);
    if (!ledger_init(&f->ledger, CLIENTS, PER_CLIENT_MAX)) {
        proof_break(p, "parallel: out of memory");
        return;
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        f->clients[i] = (client){.field = f, .number = i};
        otpi_histogram_init(&f->clients[i].latency_ns);
    }
    proof_phase_begin(p, PROOF_PARALLEL);
    run_world(p);
    collect(p, f);
    if (!p->broken) {
        check(p, f);
    }
    proof_phase_end(p, PROOF_PARALLEL);
    ledger_fini(&f->ledger);
}
