/* SPDX-License-Identifier: MIT */
/*
 * Phase 3: simulated worlds, one a seed. The service runs on one node with a simulated disk, its
 * clients on another. An adversary kills processes, cuts the network and heals it, lets disk
 * operations fail, and switches the server's power off, at once or at a drawn disk operation; what
 * was not synced is then lost or torn, and the server boots again. In the end everything is healed,
 * all clients must come to their end, the power goes once more, and the file is compared with the
 * ledger.
 */
#include "ledger.h"

#include <otp/otp.h>

#include <inttypes.h>
#include <stdio.h>

#define SERVER "todo@server"
#define PHONE  "todo@phone"

enum {
    CLIENTS = 4,
    PER_CLIENT = 8,
    BLOWS_MAX = 12,    /* of the adversary: 3 .. */
    PAUSE_MS_MAX = 25, /* between two of them */
    POWER_OPERATIONS_MAX = 60,
    HEALED_SLICES_MAX = 600, /* of a second, for the clients to come to their end */
    TWIN_EVERY = 64,
};

/* What struck, over all seeds. */
typedef struct strikes {
    uint64_t seeds, kills, cuts, power_losses, disk_errors, disk_full, short_writes;
    uint64_t writes_lost, writes_torn, names_lost;
} strikes;

typedef struct arena {
    proof *proof;
    otp_world *world;
    otp_system *server, *phone;
    otpi_prng choices, blows; /* what the world asks, what the adversary does */
    ledger ledger;
    todo_app app;
    todo_opts opts;
    bool cut, timers_race;
    unsigned clients_done;
    uint64_t killed, cuts; /* of this seed */
    uint64_t requests;
    uint64_t now_ms;
    uint64_t blow_ms;   /* virtual time of the last blow; 0 = acknowledged since */
    uint64_t signature; /* of everything that happened in this seed */
    ledger_verdict verdict;
    strikes strikes; /* of all seeds */
} arena;

static arena the_arena;

/* ---- The chooser: random by seed ---- */

static uint32_t choose(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)kind, (void)enabled;
    return (uint32_t)otpi_prng_below(context, n);
}

static int64_t draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                    int64_t target, const char *label) {
    (void)lane, (void)kind, (void)target, (void)label;
    return lo + (int64_t)otpi_prng_below(context, (uint64_t)hi - (uint64_t)lo + 1);
}

static const otp_chooser chooser = {.context = &the_arena.choices, .choose = choose, .draw = draw};

/* ---- Processes of the nodes ---- */

static void client_add(arena *a, unsigned client, unsigned n) {
    char id[TODO_ID_MAX + 1], title[TODO_TITLE_MAX + 1];
    proof_phase *phase = &a->proof->phases[PROOF_SIMULATED];
    ledger_id(client, n, id);
    ledger_title(client, n, title);
    ledger_sent(&a->ledger, client, n);
    uint64_t began_ms = otp_now_ms();
    a->requests += todo_add(otp_atom(SERVER), id, title);
    (void)ledger_acknowledge(&a->ledger, client, n);
    uint64_t now_ms = otp_now_ms();
    if (!a->timers_race) { /* else time runs as fast as the chooser likes: it says nothing */
        otpi_histogram_record(&phase->latency_ns, (now_ms - began_ms) * 1000000);
    }
    if (a->blow_ms && !a->timers_race) {
        otpi_histogram_record(&phase->recovery_ns, (now_ms - a->blow_ms) * 1000000);
    }
    a->blow_ms = 0;
}

static void client_main(otp_term number) {
    arena *a = &the_arena;
    int64_t client = 0;
    (void)otp_get_int(number, &client);
    for (unsigned n = 0; n < PER_CLIENT; n++) {
        otp_scope scope = otp_scope_begin();
        client_add(a, (unsigned)client, n);
        otp_scope_end(scope);
    }
    a->clients_done++;
}

/* As an operator would: starts the service, and again when it has given up. */
static void operator_main(otp_term argument) {
    (void)argument;
    arena *a = &the_arena;
    otp_pid root;
    otp_term message;
    otp_trap_exit(true);
    for (unsigned attempt = 0;; attempt++) {
        if (todo_start_link(&a->app, &a->opts, &root) == OTP_OK) {
            (void)!otp_receive_match(OTP_INFINITY, "{'EXIT', ~w, _}", otp_from_pid(root));
        }
        todo_pause(attempt);
        while (otp_receive(0, &message) == OTP_OK) {}
    }
}

static void assassin_main(otp_term name) {
    otp_pid pid = otp_whereis(name);
    if (pid.word != OTP_PID_NONE.word && otp_is_alive(pid)) {
        otp_kill(pid);
        the_arena.killed++;
    }
}

static void verifier_main(otp_term argument) {
    (void)argument;
    ledger_compare(&the_arena.ledger, the_arena.opts.path, &the_arena.verdict);
}

/* ---- The server's machine ---- */

static bool spawn(otp_system *system, otp_process_fn *fn, otp_term argument) {
    otp_pid pid;
    return otp_system_spawn(system, fn, argument, NULL, &pid) == OTP_OK;
}

static bool node_start(arena *a, const char *name, otp_process_fn *boot, otp_system **out) {
    otp_err err = otp_system_start(a->world, &(otp_system_opts){.name = name, .boot = boot}, out);
    if (err != OTP_OK) {
        proof_break(a->proof, "simulated: node %s does not start: %s", name, otp_err_text(err));
    }
    return err == OTP_OK;
}

static bool server_start(arena *a) {
    return node_start(a, SERVER, operator_main, &a->server);
}

static bool server_crash(arena *a) {
    otp_system_crash(a->server);
    a->server = NULL;
    return server_start(a);
}

static otp_disk_stats disk_stats(arena *a) {
    otp_disk_stats stats = {0};
    otp_err err = otp_disk_stats_read(a->world, SERVER, &stats);
    if (err != OTP_OK) {
        proof_break(a->proof, "simulated: the disk tells nothing: %s", otp_err_text(err));
    }
    return stats;
}

/* Lets the world work. */
static bool work(arena *a, int64_t time_ms) {
    otp_outcome outcome = {0};
    otp_err err = otp_world_run(a->world, time_ms, &outcome);
    a->now_ms = outcome.time_ms;
    a->signature = otpi_hash_mix(a->signature, otpi_hash_mix(outcome.signature, outcome.steps));
    if (err != OTP_OK || outcome.end == OTP_RUN_STEPS) {
        proof_break(a->proof, "simulated: the world stopped: %s", otp_err_text(err));
        return false;
    }
    return true;
}

/* ---- The adversary ---- */

static uint64_t below(arena *a, uint64_t n) {
    return otpi_prng_below(&a->blows, n);
}

static bool kill_one(arena *a) {
    char name[16];
    uint64_t roll = below(a, 4);
    (void)snprintf(name, sizeof name, "todo_desk_%u", (unsigned)below(a, TODO_DESKS));
    return spawn(a->server, assassin_main,
                 roll < 2    ? OTP_ATOM(todo_store)
                 : roll == 2 ? otp_atom(name)
                             : OTP_ATOM(todo_desks));
}

static bool network_toggle(arena *a) {
    otp_err err = a->cut ? otp_network_heal(a->world, SERVER, PHONE)
                         : otp_network_cut(a->world, SERVER, PHONE);
    a->cuts += !a->cut;
    a->cut = !a->cut;
    return err == OTP_OK;
}

static bool strike(arena *a) {
    otp_disk_fault fault = OTP_DISK_POWER;
    static const otp_disk_fault faults[] = {OTP_DISK_EIO, OTP_DISK_ENOSPC, OTP_DISK_SHORT};
    uint64_t operation = 1 + below(a, POWER_OPERATIONS_MAX);
    switch (below(a, 8)) {
    case 0:
    case 1:
    case 2: return kill_one(a);
    case 3: return network_toggle(a);
    case 4: return server_crash(a);
    case 5:
    case 6: break;
    default: fault = faults[below(a, 3)];
    }
    return otp_disk_fail_at(a->world, SERVER, operation, fault, false) == OTP_OK;
}

static bool attack(arena *a) {
    bool fine = true;
    for (uint64_t blows = 3 + below(a, BLOWS_MAX - 2); blows > 0 && fine; blows--) {
        a->blow_ms = a->blow_ms ? a->blow_ms : a->now_ms;
        fine = strike(a) && work(a, 1 + (int64_t)below(a, PAUSE_MS_MAX));
    }
    return fine;
}

/* Everything heals; the clients come to their end, or are stuck. */
static bool heal(arena *a) {
    if (a->cut && !network_toggle(a)) {
        return false;
    }
    bool fine = otp_disk_faults(a->world, SERVER, NULL) == OTP_OK;
    for (int i = 0; i < HEALED_SLICES_MAX && fine && a->clients_done < CLIENTS; i++) {
        fine = work(a, 1000);
    }
    return fine;
}

/* ---- One seed ---- */

static bool seed_begin(arena *a, uint64_t seed) {
    otpi_prng_seed(&a->choices, otpi_hash_mix(seed, 1));
    otpi_prng_seed(&a->blows, otpi_hash_mix(seed, 2));
    ledger_clear(&a->ledger);
    a->cut = false;
    a->timers_race = below(a, 2);
    a->clients_done = 0;
    a->now_ms = a->killed = a->cuts = a->requests = a->blow_ms = a->signature = 0;
    a->opts = (todo_opts){.path = "todo.db",
                          .restarts_max = 20,
                          .commit_ms_max = (unsigned)below(a, 6),
                          .planted = a->proof->options.planted};
    otp_world_opts opts = {.mode = OTP_SIMULATED,
                           .chooser = &chooser,
                           .seed = seed,
                           .network = below(a, 2) ? OTP_NETWORK_TCP : OTP_NETWORK_LOSSY,
                           .timers = a->timers_race ? OTP_TIMERS_RACE : OTP_TIMERS_LAST,
                           .cut_gap_max = below(a, 3) ? 0 : 60,
                           .latency_ms_max = (unsigned)below(a, 5)};
    otp_err err = otp_world_reset(a->world, &opts);
    if (err != OTP_OK) {
        proof_break(a->proof, "simulated: the world does not start anew: %s", otp_err_text(err));
        return false;
    }
    bool fine = server_start(a) && node_start(a, PHONE, NULL, &a->phone);
    for (int i = 0; i < CLIENTS && fine; i++) {
        fine = spawn(a->phone, client_main, otp_int(i));
    }
    return fine;
}

static void strikes_add(arena *a) {
    otp_disk_stats disk = disk_stats(a);
    strikes *s = &a->strikes;
    s->kills += a->killed;
    s->cuts += a->cuts;
    s->power_losses += disk.struck[OTP_DISK_POWER];
    s->disk_errors += disk.struck[OTP_DISK_EIO];
    s->disk_full += disk.struck[OTP_DISK_ENOSPC];
    s->short_writes += disk.struck[OTP_DISK_SHORT];
    s->writes_lost += disk.writes_lost;
    s->writes_torn += disk.writes_torn;
    s->names_lost += disk.names_lost;
    s->seeds++;
}

/* The last power loss; the file is read by a fresh node, before any service touches it. */
static bool verify(arena *a) {
    otp_system_crash(a->server);
    if (!node_start(a, SERVER, NULL, &a->server)) {
        return false;
    }
    otp_err err = otp_run(a->server, verifier_main, otp_nil(), 60000, NULL);
    if (err != OTP_OK) {
        proof_break(a->proof, "simulated: the file could not be compared: %s", otp_err_text(err));
    }
    return err == OTP_OK;
}

/* false when the proof can't go on. */
static bool seed_run(arena *a, uint64_t seed) {
    char where[60];
    if (!seed_begin(a, seed) || !attack(a) || !heal(a)) {
        if (!a->proof->broken) {
            proof_break(a->proof, "simulated: seed %" PRIu64 " could not be run", seed);
        }
        return false;
    }
    (void)proof_check(a->proof, PROOF_LIVENESS, a->clients_done == CLIENTS,
                      "simulated, seed %" PRIu64 ": %u of %d clients came to their end", seed,
                      a->clients_done, CLIENTS);
    if (!verify(a)) {
        return false;
    }
    (void)snprintf(where, sizeof where, "simulated, seed %" PRIu64, seed);
    (void)ledger_judge(a->proof, &a->verdict, where);
    a->signature = otpi_hash_mix(a->signature, a->verdict.rows);
    a->signature = otpi_hash_mix(a->signature, disk_stats(a).operations);
    return true;
}

/* The same seed once more must be the same run. */
static bool seed_twin(arena *a, uint64_t seed) {
    uint64_t signature = a->signature;
    if (!seed_run(a, seed)) {
        return false;
    }
    (void)proof_check(a->proof, PROOF_DETERMINISM, a->signature == signature,
                      "simulated: seed %" PRIu64 " ran differently the second time", seed);
    return true;
}

static void seeds_run(arena *a) {
    proof *p = a->proof;
    proof_phase *phase = &p->phases[PROOF_SIMULATED];
    otpi_prng seeds = proof_prng(p, PROOF_SIMULATED);
    for (uint64_t i = 0; i < p->options.seeds; i++) {
        uint64_t seed = p->options.world_given ? p->options.world : otpi_prng_next(&seeds) >> 1;
        if (!seed_run(a, seed)) {
            return;
        }
        strikes_add(a);
        phase->todos += atomic_load(&a->ledger.acknowledged);
        phase->requests += a->requests;
        if (i % TWIN_EVERY == 0 && !seed_twin(a, seed)) {
            return;
        }
        proof_progress(p, PROOF_SIMULATED, i + 1, p->options.seeds);
    }
}

/* ---- The phase ---- */

static void collect(proof *p, const strikes *s) {
    uint64_t seeds = p->options.world_given ? 0 : p->options.seeds, few = seeds / 10;
    uint64_t disk_faults = s->disk_errors + s->disk_full + s->short_writes;
    uint64_t todos = p->phases[PROOF_SIMULATED].todos;
    proof_figure(p, "simulated", "seeds", s->seeds, seeds, false);
    proof_figure(p, "simulated", "todos acknowledged", todos, seeds * CLIENTS * PER_CLIENT / 2,
                 false);
    proof_figure(p, "simulated", "processes killed", s->kills, seeds / 2, true);
    proof_figure(p, "simulated", "network cuts", s->cuts, few, true);
    proof_figure(p, "simulated", "power losses", s->power_losses, seeds, true);
    proof_figure(p, "simulated", "disk operations failed", disk_faults, few, true);
    proof_figure(p, "simulated", "unsynced writes lost", s->writes_lost, few, true);
    proof_figure(p, "simulated", "unsynced writes torn", s->writes_torn, few / 5, true);
    proof_figure(p, "simulated", "unsynced names lost", s->names_lost, few / 10, true);
}

void proof_run_simulated(proof *p) {
    arena *a = &the_arena;
    a->proof = p;
    p->phases[PROOF_SIMULATED].is_virtual = true;
    if (!ledger_init(&a->ledger, CLIENTS, PER_CLIENT)) {
        proof_break(p, "simulated: out of memory");
        return;
    }
    proof_phase_begin(p, PROOF_SIMULATED);
    otp_err err =
        otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &chooser}, &a->world);
    if (err == OTP_OK) {
        seeds_run(a);
        collect(p, &a->strikes);
        otp_world_stop(a->world);
    } else {
        proof_break(p, "simulated: no world: %s", otp_err_text(err));
    }
    proof_phase_end(p, PROOF_SIMULATED);
    ledger_fini(&a->ledger);
}
