/* SPDX-License-Identifier: MIT */
/*
 * What a system can tell about itself cheaply, as events; and a process that asks for it each
 * period. telemetry_poller for Erlang and Elixir.
 */
#include <otp/metrics.h>

#include "port/memory.h"
#include "process/system.h"
#include "table/registry.h"
#include "telemetry/audience.h"
#include "term/atom.h"

enum { PERIOD_DEFAULT_MS = 5000 };

/* ---- The system ---- */

static void measure_processes(const otp_system *system) {
    static otp_event_site event = OTP_EVENT("[otp, system, processes]");
    if (otp_event_on(&event)) {
        otp_telemetry_execute(&event,
                              otp_map(OTP_ATOM(count), otp_uint(otp_system_process_count(system)),
                                      OTP_ATOM(limit), otp_uint(system->limits.processes_max)),
                              OTP_NONE);
    }
}

/* Read without the queues' locks, as thieves do: a hint. */
static uint64_t runnable_count(const otp_world *world) {
    uint64_t n = 0;
    for (unsigned i = 0, all = otpi_workers_started(world); i < all; i++) {
        const otpi_worker *worker = &world->workers[i];
        n += __atomic_load_n(&worker->queue.stealable, __ATOMIC_RELAXED);
        n += otpi_slot_is_full(&worker->slot);
    }
    return n;
}

static void measure_scheduler(const otp_system *system) {
    static otp_event_site event = OTP_EVENT("[otp, system, scheduler]");
    if (otp_event_on(&event)) {
        otp_telemetry_execute(
            &event, otp_map(OTP_ATOM(runnable), otp_uint(runnable_count(system->world))), OTP_NONE);
    }
}

static void measure_memory(void) {
    static otp_event_site event = OTP_EVENT("[otp, system, memory]");
    if (otp_event_on(&event)) {
        int64_t blocks;
        int64_t bytes;
        otpi_block_live(&blocks, &bytes);
        otp_telemetry_execute(&event,
                              otp_map(OTP_ATOM(heap), otp_int(otpi_memory_stats_read().live_bytes),
                                      OTP_ATOM(blocks), otp_int(bytes)),
                              OTP_NONE);
    }
}

static void measure_atoms(void) {
    static otp_event_site event = OTP_EVENT("[otp, system, atoms]");
    if (otp_event_on(&event)) {
        otp_telemetry_execute(&event,
                              otp_map(OTP_ATOM(count), otp_uint(otpi_atom_count()), OTP_ATOM(limit),
                                      otp_uint(OTPI_ATOMS_MAX)),
                              OTP_NONE);
    }
}

static void measure_tables(otp_system *system) {
    static otp_event_site event = OTP_EVENT("[otp, system, tables]");
    if (otp_event_on(&event)) {
        otpi_tables *tables = otpi_tables_of(system);
        otpi_mutex_lock(&tables->mutex);
        size_t count = tables->count;
        otpi_mutex_unlock(&tables->mutex);
        otp_telemetry_execute(&event,
                              otp_map(OTP_ATOM(count), otp_uint(count), OTP_ATOM(limit),
                                      otp_uint(system->limits.tables_max)),
                              OTP_NONE);
    }
}

void otp_system_measure(void) {
    otp_system *system = otpi_self()->system;
    otp_scope scope = otp_scope_begin();
    measure_processes(system);
    measure_atoms();
    measure_tables(system);
    if (!otpi_simulated()) {
        measure_scheduler(system);
        measure_memory();
    }
    otp_scope_end(scope);
}

const otp_metric otp_system_metrics[] = {
    {.type = OTP_LAST_VALUE,
     .event = "[otp, system, processes]",
     .measurement = "count",
     .name = "otp_processes",
     .description = "Processes that live in the system"},
    {.type = OTP_LAST_VALUE,
     .event = "[otp, system, processes]",
     .measurement = "limit",
     .name = "otp_processes_limit",
     .description = "Processes that may live in the system"},
    {.type = OTP_LAST_VALUE,
     .event = "[otp, system, scheduler]",
     .measurement = "runnable",
     .name = "otp_runnable_processes",
     .description = "Processes that wait for a scheduler, of the world"},
    {.type = OTP_LAST_VALUE,
     .event = "[otp, system, memory]",
     .measurement = "heap",
     .name = "otp_heap_bytes",
     .description = "Memory that the runtime has allocated, of the OS process"},
    {.type = OTP_LAST_VALUE,
     .event = "[otp, system, memory]",
     .measurement = "blocks",
     .name = "otp_blocks_bytes",
     .description = "Memory of messages, processes and records, of the OS process"},
    {.type = OTP_LAST_VALUE,
     .event = "[otp, system, atoms]",
     .measurement = "count",
     .name = "otp_atoms",
     .description = "Atoms, of the OS process"},
    {.type = OTP_LAST_VALUE,
     .event = "[otp, system, tables]",
     .measurement = "count",
     .name = "otp_tables",
     .description = "Tables of the system"},
    {.type = OTP_LAST_VALUE,
     .event = "[otp, system, process]",
     .measurement = "message_queue_len",
     .tags = "[name]",
     .name = "otp_process_messages",
     .description = "Messages in the mailbox of a watched process"},
};
const size_t otp_system_metrics_count = sizeof otp_system_metrics / sizeof otp_system_metrics[0];

/* ---- One process ---- */

otp_err otp_process_measure(otp_term name) {
    static otp_event_site event = OTP_EVENT("[otp, system, process]");
    otp_term facts;
    otp_pid pid = otp_whereis(name);
    if (pid.word == 0) {
        return OTP_ENOPROC;
    }
    if (!otp_event_on(&event)) {
        return OTP_OK;
    }
    otp_err err = otp_process_info(pid, &facts);
    if (err == OTP_OK) {
        otp_term messages = OTP_ATOM(message_queue_len);
        otp_term memory = OTP_ATOM(memory);
        otp_term reductions = OTP_ATOM(reductions);
        otp_telemetry_execute(&event,
                              otp_map(messages, otp_map_get(facts, messages), memory,
                                      otp_map_get(facts, memory), reductions,
                                      otp_map_get(facts, reductions)),
                              otp_map(OTP_ATOM(name), name));
    }
    return err;
}

/* ---- The poller ---- */

typedef struct poller {
    otp_poller_opts opts; /* watched is kept */
} poller;

/* A name that is not registered, or whose process has just gone, is left out this time. */
static void measure_watched(otp_term watched) {
    OTP_LIST_FOREACH (name, watched) {
        (void)!otp_process_measure(name);
    }
}

static void poller_measure(const poller *self) {
    if (!self->opts.quiet) {
        otp_system_measure();
    }
    measure_watched(self->opts.watched);
    if (self->opts.measure != NULL) {
        self->opts.measure(self->opts.context);
    }
    otp_send_after(self->opts.period_ms, otp_from_pid(otp_self()), OTP_ATOM(measure));
}

static void poller_start(void *state, otp_term args) {
    poller *self = state;
    self->opts.watched = otp_keep(args);
    poller_measure(self);
}

static otpi_disposition poller_message(void *state, otp_term message) {
    if (otp_is(message, "measure")) {
        poller_measure(state);
    }
    return OTPI_HANDLED;
}

static void poller_prepare(void *state, void *context) {
    *(poller *)state = *(const poller *)context;
}

static bool names_only(otp_term list) {
    OTP_LIST_FOREACH (name, list) {
        if (!otp_is_atom(name)) {
            return false;
        }
    }
    return otp_length(list) != SIZE_MAX;
}

otp_err otp_poller_start_link(const otp_poller_opts *opts, otp_pid *out) {
    static const otpi_behaviour behaviour = {
        .kind = "telemetry_poller", .start = poller_start, .message = poller_message};
    poller state = {.opts = opts ? *opts : (otp_poller_opts){0}};
    otp_term watched = otp_is_none(state.opts.watched) ? otp_nil() : state.opts.watched;
    if (state.opts.period_ms < 0 || !names_only(watched)) {
        return OTP_EBADARG;
    }
    state.opts.period_ms = state.opts.period_ms ? state.opts.period_ms : PERIOD_DEFAULT_MS;
    const otp_spawn_opts spawn_opts = {.link = true, .name = state.opts.name};
    const otpi_spawn spawn = {.behaviour = &behaviour,
                              .state_size = sizeof state,
                              .prepare = poller_prepare,
                              .prepare_context = &state,
                              .args = watched,
                              .opts = &spawn_opts};
    return otpi_process_spawn(NULL, &spawn, out);
}
