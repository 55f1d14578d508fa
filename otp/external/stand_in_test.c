/* SPDX-License-Identifier: MIT */
/*
 * Ports in simulated worlds, and the same program in both.
 */
#include "external/test_ports.h"

#include "port/memory.h"

#include <stdlib.h>

/* ---- Stand-ins ---- */

static int cat(void *context) {
    char bytes[100];
    size_t got;
    (void)context;
    while (otp_stand_in_read(bytes, sizeof bytes, &got) == OTP_OK && got > 0) {
        if (otp_stand_in_write(bytes, got) != OTP_OK) {
            return 1;
        }
    }
    return 0;
}

static otp_err open_cat(const otp_port_opts *opts, otp_port *port) {
    const char *const argv[] = {"cat", NULL};
    otp_err err = otp_port_stand_in(otp_system_here(), "cat", cat, NULL, NULL);
    return err ? err : otp_port_open(argv, opts, port);
}

BOTH_PORTS("the same program speaks to cat and to what stands in for it") {
    otp_port port;
    REQUIRE(
        open_cat(&(otp_port_opts){.packet = OTP_PORT_PACKET_4, .exit_status = true, .eof = true},
                 &port) == OTP_OK);
    CHECK_EQ(otp_port_command(port, otp_string("hello")), OTP_OK);
    CHECK_EQ(otp_port_command(port, otp_string("again")), OTP_OK);
    CHECK_STR(heard(), "{data,<<\"hello\">>}");
    CHECK_STR(heard(), "{data,<<\"again\">>}");
    CHECK_EQ(otp_port_end_input(port), OTP_OK);
    CHECK_EQ(otp_port_command(port, otp_string("late")), OTP_EIO);
    CHECK_STR(heard(), "eof");
    CHECK_STR(heard(), "{exit_status,0}");
    CHECK_EQ(otp_port_close(port), OTP_OK);
}

BOTH_PORTS("much more than the pipes hold goes there and back") {
    enum { SIZE = 300000, PIECE = 30000 };
    char *sent = malloc(SIZE);
    char *back = malloc(SIZE);
    otp_port port;
    for (size_t i = 0; i < SIZE; i++) {
        sent[i] = (char)(i * 7 + i / 256);
    }
    if (CHECK(open_cat(NULL, &port) == OTP_OK)) {
        for (size_t at = 0; at < SIZE; at += PIECE) {
            CHECK_EQ(otp_port_command_wait(port, otp_binary(sent + at, PIECE), SOON_MS), OTP_OK);
        }
        CHECK_EQ(hear_bytes(back, SIZE), SIZE);
        CHECK(memcmp(sent, back, SIZE) == 0);
        CHECK_EQ(otp_port_close(port), OTP_OK);
    }
    free(sent);
    free(back);
}

BOTH_PORTS("closing sends the exit signal first, and nothing is left") {
    otp_port port;
    otp_term id;
    otp_term reason;
    otp_trap_exit(true);
    REQUIRE(open_cat(NULL, &port) == OTP_OK);
    CHECK_EQ(otp_length(otp_ports()), 1);
    CHECK_EQ(otp_port_close(port), OTP_OK);
    REQUIRE(otp_receive_match(0, "{'EXIT', ~t, ~t}", &id, &reason) == OTP_OK);
    CHECK(otp_equal(id, otp_from_port(port)));
    CHECK(otp_is(reason, "normal"));
    CHECK(otp_is_nil(otp_ports()));
    CHECK_EQ(otp_port_close(port), OTP_ENOPROC);
    CHECK_EQ(otp_port_command(port, otp_string("x")), OTP_ENOPROC);
    CHECK_EQ(otp_port_end_input(port), OTP_ENOPROC);
    CHECK_EQ(otp_port_connect(port, otp_self()), OTP_ENOPROC);
    CHECK_EQ(otp_port_info(port, &id), OTP_ENOPROC);
}

BOTH_PORTS("messages of the owner are answered as OTP's ports do") {
    otp_port port;
    REQUIRE(open_cat(NULL, &port) == OTP_OK);
    otp_term me = otp_from_pid(otp_self());
    otp_term self = otp_from_port(port);
    otp_send(self, otp_tuple(me, otp_tuple(OTP_ATOM(command), otp_string("data"))));
    CHECK_STR(heard(), "{data,<<\"data\">>}");
    otp_send(self, otp_tuple(me, otp_tuple(OTP_ATOM(connect), me)));
    CHECK_STR(heard(), "connected");
    otp_send(self, otp_tuple(me, OTP_ATOM(close)));
    CHECK_STR(heard(), "closed");
}

static void send_nonsense(otp_term port) {
    otp_term message;
    otp_trap_exit(true);
    otp_send(port, otp_tuple(otp_from_pid(otp_self()), OTP_ATOM(close))); /* it is not the owner */
    OTP_ASSERT(otp_receive(SOON_MS, &message) == OTP_OK);
    otp_exit(otp_element(message, 2));
}

BOTH_PORTS("who is not the owner and says it is gets badsig") {
    otp_port port;
    otp_ref ref;
    otp_term down;
    REQUIRE(open_cat(NULL, &port) == OTP_OK);
    otp_spawn_monitor(send_nonsense, otp_from_port(port), &ref);
    REQUIRE(otp_receive_ref(ref, SOON_MS, &down) == OTP_OK);
    CHECK(otp_is(otp_element(down, 4), "badsig"));
    CHECK_EQ(otp_port_close(port), OTP_OK);
}

static void new_owner(otp_term parent) {
    otp_term data;
    OTP_ASSERT(otp_receive_match(SOON_MS, "{_, {data, ~t}}", &data) == OTP_OK);
    otp_send(parent, data);
}

BOTH_PORTS("another owner gets the data, and takes the port with it when it goes") {
    otp_port port;
    otp_term down;
    otp_term data;
    REQUIRE(open_cat(NULL, &port) == OTP_OK);
    otp_pid other = otp_spawn(new_owner, otp_from_pid(otp_self()));
    CHECK_EQ(otp_port_connect(port, other), OTP_OK);
    otp_unlink(otp_port_pid(port));
    otp_ref ref = otp_monitor(otp_from_port(port));
    CHECK_EQ(otp_port_command(port, otp_string("to you")), OTP_OK);
    REQUIRE(otp_receive_match(SOON_MS, "~t", &data) == OTP_OK);
    CHECK_STR(otp_show(data), "<<\"to you\">>");
    REQUIRE(otp_receive_ref(ref, SOON_MS, &down) == OTP_OK);
    CHECK(otp_is(otp_element(down, 2), "port"));
    CHECK(otp_is(otp_element(down, 4), "normal"));
}

BOTH_PORTS("a port tells about itself, and is no process") {
    otp_port port;
    otp_term info;
    size_t before = otp_length(otp_processes());
    size_t counted = otp_system_process_count(otp_system_here());
    REQUIRE(open_cat(NULL, &port) == OTP_OK);
    bool simulated = otp_world_mode(otp_world_here()) == OTP_SIMULATED;
    CHECK_EQ(otp_length(otp_processes()), before + simulated); /* the stand-in is one */
    CHECK_EQ(otp_system_process_count(otp_system_here()), counted + simulated);
    REQUIRE(otp_port_info(port, &info) == OTP_OK);
    otp_pid connected;
    otp_term links;
    REQUIRE(otp_match(info, "#{name := <<\"cat\">>, connected := ~p, links := ~t}", &connected,
                      &links));
    CHECK(connected.word == otp_self().word);
    CHECK_EQ(otp_length(links), 1);
    CHECK(strncmp(otp_show(otp_from_port(port)), "#Port<0.", 8) == 0);
    otp_pid pid;
    CHECK(!otp_get_pid(otp_from_port(port), &pid));
    CHECK_EQ(otp_port_close(port), OTP_OK);
}

/* ---- Owners that do not listen ---- */

/* Takes none of the data while it comes. */
static void deaf_owner(otp_term arg) {
    otp_port port;
    otp_bytes data;
    size_t heard_bytes = 0;
    (void)arg;
    OTP_ASSERT(open_cat(&(otp_port_opts){.packet = OTP_PORT_PACKET_1}, &port) == OTP_OK);
    for (int i = 0; i < 20; i++) {
        otp_err err = otp_port_command_wait(port, otp_string("12345"), SOON_MS);
        if (err == OTP_ENOPROC) {
            (void)!otp_receive_match(OTP_INFINITY, "never"); /* its exit signal is on the way */
        }
        OTP_ASSERT(err == OTP_OK);
    }
    for (int i = 0; i < 10; i++) {
        (void)!otp_receive_match(1, "never"); /* it fills up meanwhile */
    }
    while (heard_bytes < 100) {
        OTP_ASSERT(otp_receive_match(SOON_MS, "{_, {data, ~b}}", &data) == OTP_OK);
        OTP_ASSERT(data.size == 5 && memcmp(data.data, "12345", 5) == 0);
        heard_bytes += data.size;
    }
    OTP_ASSERT(otp_port_close(port) == OTP_OK);
}

static otp_term end_of_deaf_owner(otp_on_full on_full) {
    otp_ref ref;
    otp_pid pid;
    otp_term down;
    otp_spawn_opts opts = {
        .mailbox_max = 3, .on_full = on_full, .monitor = true, .monitor_ref = &ref};
    if (!CHECK_EQ(otp_spawn_opt(deaf_owner, otp_nil(), &opts, &pid), OTP_OK) ||
        !CHECK_EQ(otp_receive_ref(ref, 2 * SOON_MS, &down), OTP_OK)) {
        return OTP_NONE;
    }
    return otp_element(down, 4);
}

BOTH_PORTS("a full mailbox that blocks holds up the port, nothing is lost") {
    CHECK_STR(otp_show(end_of_deaf_owner(OTP_FULL_BLOCK)), "normal");
}

BOTH_PORTS("a full mailbox that refuses ends the port, which says why") {
    CHECK_STR(otp_show(end_of_deaf_owner(OTP_FULL_REFUSE)), "{system_limit,mailbox}");
}

static void open_and_wait(otp_term arg) {
    otp_port port;
    (void)arg;
    if (open_cat(&(otp_port_opts){.grace_ms = 1}, &port) == OTP_OK) {
        (void)!otp_receive_match(OTP_INFINITY, "never");
    }
}

BOTH_PORTS("openers that are killed at any moment leave no program behind") {
    for (int i = 0; i < 60; i++) {
        otp_ref ref;
        otp_term down;
        otp_pid pid = otp_spawn_monitor(open_and_wait, otp_nil(), &ref);
        for (int turns = i % 12; turns > 0; turns--) {
            otp_yield();
        }
        if (i % 3 == 0) {
            (void)!otp_receive_match(1, "never");
        }
        otp_kill(pid);
        REQUIRE(otp_receive_ref(ref, SOON_MS, &down) == OTP_OK);
    }
}

/* ---- Memory that runs out ---- */

static int allocations_left;

static bool nth_fails(void *context, size_t size, const char *site) {
    (void)context, (void)size, (void)site;
    return --allocations_left == 0;
}

static void talk_with_little(otp_term arg) {
    otp_port port;
    otp_term data;
    (void)arg;
    otpi_alloc_fault_set(nth_fails, NULL);
    otp_err err = open_cat(&(otp_port_opts){.packet = OTP_PORT_PACKET_2}, &port);
    if (err == OTP_OK) {
        err = otp_port_command_wait(port, otp_string("hello"), SOON_MS);
    }
    if (err == OTP_OK) {
        err = otp_receive_match(SOON_MS, "{_, {data, ~t}}", &data);
    }
    if (err == OTP_OK) {
        err = otp_port_close(port);
    }
    otp_exit(err == OTP_OK ? OTP_ATOM(normal) : otp_atom(otp_err_name(err)));
}

SIMULATED_PORTS("each allocation may fail: it is told, and nothing is left") {
    bool went_well = false;
    for (int n = 1; n < 300 && !went_well; n++) {
        otp_ref ref;
        otp_term down;
        allocations_left = n;
        otp_spawn_monitor(talk_with_little, otp_nil(), &ref);
        otp_err err = otp_receive_ref(ref, 2 * SOON_MS, &down);
        otpi_alloc_fault_set(NULL, NULL);
        REQUIRE(err == OTP_OK);
        const char *reason = otp_show(otp_element(down, 4));
        /* the last two: the stand-in was told and ended, the port was told and ended */
        static const char *const ways[] = {"enomem", "ENOMEM",       "parked_stacks",
                                           "normal", "OTP_ETIMEOUT", "OTP_ENOPROC"};
        bool told = false;
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
            told = told || strstr(reason, ways[i]);
        }
        if (!CHECK(told)) {
            printf("# allocation %d: %s\n", n, reason);
        }
        went_well = strcmp(reason, "normal") == 0 && allocations_left > 0;
    }
    CHECK(went_well);
}

/* ---- Only in simulation ---- */

SIMULATED_PORTS("without a stand-in a program can't be opened, and the error says what to do") {
    const char *const argv[] = {"python3", NULL};
    otp_port port;
    CHECK_EQ(otp_port_open(argv, NULL, &port), OTP_ESTANDIN);
    CHECK(strstr(otp_err_advice(OTP_ESTANDIN), "otp_port_stand_in") != NULL);
    CHECK_EQ(otp_port_stand_in(otp_system_here(), "", cat, NULL, NULL), OTP_EBADARG);
    CHECK_EQ(otp_port_stand_in(otp_system_here(), "python3", cat, NULL, NULL), OTP_OK);
    CHECK_EQ(otp_port_open(argv, NULL, &port), OTP_OK);
    CHECK_EQ(otp_port_stand_in(otp_system_here(), "python3", NULL, NULL, NULL), OTP_OK);
    CHECK_EQ(otp_port_open(argv, NULL, &port), OTP_ESTANDIN);
}

static int calculator(void *context) {
    otp_term request;
    int *served = context;
    while (otp_stand_in_read_packet(&request) == OTP_OK) {
        ++*served;
        otp_scope scope = otp_scope_begin();
        otp_term answer = otp_list(otp_string("= "), request);
        otp_err err = otp_stand_in_write_packet(answer);
        otp_scope_end(scope);
        if (err != OTP_OK) {
            return 2;
        }
    }
    return (int)otp_length(otp_stand_in_arguments());
}

SIMULATED_PORTS("packets, lines and arguments are the stand-in's too") {
    const otp_port_packet kinds[] = {OTP_PORT_PACKET_1, OTP_PORT_PACKET_2, OTP_PORT_PACKET_4,
                                     OTP_PORT_LINE};
    const char *const argv[] = {"bc", "-l", "x", NULL};
    int served = 0;
    CHECK_EQ(otp_port_stand_in(otp_system_here(), "bc", calculator, &served, NULL), OTP_OK);
    for (int i = 0; i < 4; i++) {
        otp_port port;
        bool lines = kinds[i] == OTP_PORT_LINE;
        REQUIRE(otp_port_open(argv, &(otp_port_opts){.packet = kinds[i], .exit_status = true},
                              &port) == OTP_OK);
        CHECK_EQ(otp_port_command(port, otp_string(lines ? "1+1\n" : "1+1")), OTP_OK);
        CHECK_STR(heard(), lines ? "{data,{eol,<<\"= 1+1\">>}}" : "{data,<<\"= 1+1\">>}");
        CHECK_EQ(otp_port_end_input(port), OTP_OK);
        CHECK_STR(heard(), "{exit_status,3}");
    }
    CHECK_EQ(served, 4);
}

static int odd(void *context) {
    char byte;
    size_t got;
    (void)context;
    (void)!otp_stand_in_write("no newline", 10);
    (void)!otp_stand_in_write_error("bad", 3);
    otp_stand_in_end_output();
    (void)!otp_stand_in_read(&byte, 1, &got);
    return 300 - 256 + 256; /* as the kernel does: its last eight bits */
}

SIMULATED_PORTS("stderr, the end of stdout and the last eight bits of the status are as real") {
    const char *const argv[] = {"odd", NULL};
    otp_port port;
    CHECK_EQ(otp_port_stand_in(otp_system_here(), "odd", odd, NULL, NULL), OTP_OK);
    REQUIRE(otp_port_open(argv,
                          &(otp_port_opts){.packet = OTP_PORT_LINE,
                                           .eof = true,
                                           .exit_status = true,
                                           .errors = OTP_PORT_STDERR_MESSAGES},
                          &port) == OTP_OK);
    otp_term data;
    REQUIRE(otp_receive_match(SOON_MS, "{_, {data, ~t}}", &data) == OTP_OK);
    CHECK_STR(otp_show(data), "{noeol,<<\"no newline\">>}");
    REQUIRE(otp_receive_match(SOON_MS, "{_, {stderr, ~t}}", &data) == OTP_OK);
    CHECK_STR(otp_show(data), "<<\"bad\">>");
    CHECK_EQ(otp_port_end_input(port), OTP_OK);
    otp_term status;
    REQUIRE(otp_receive_match(SOON_MS, "{_, {exit_status, ~t}}", &status) == OTP_OK);
    CHECK_STR(otp_show(status), "44");
}

static int exits(void *context) {
    (void)context;
    otp_exit(OTP_ATOM(oops));
}

SIMULATED_PORTS("a stand-in that exits abnormally counts as killed") {
    const char *const argv[] = {"bad", NULL};
    otp_port port;
    CHECK_EQ(otp_port_stand_in(otp_system_here(), "bad", exits, NULL, NULL), OTP_OK);
    REQUIRE(otp_port_open(argv, &(otp_port_opts){.exit_status = true}, &port) == OTP_OK);
    CHECK_STR(heard(), "{exit_status,137}");
}

static void read_as_stand_in(otp_term arg) {
    char byte;
    size_t got;
    (void)arg;
    (void)!otp_stand_in_read(&byte, 1, &got);
}

SIMULATED_PORTS("only a stand-in may use the stand-in's side") {
    otp_ref ref;
    otp_term down;
    otp_spawn_monitor(read_as_stand_in, otp_nil(), &ref);
    REQUIRE(otp_receive_ref(ref, SOON_MS, &down) == OTP_OK);
    CHECK(otp_is(otp_element(otp_element(down, 4), 0), "badarg"));
}

/* ---- Limits, snapshots ---- */

static void at_the_limit(otp_term arg) {
    otp_port first;
    otp_port second;
    (void)arg;
    otp_scope scope = otp_scope_begin();
    CHECK_EQ(open_cat(NULL, &first), OTP_OK);
    CHECK_EQ(open_cat(NULL, &second), OTP_OK);
    otp_port third;
    CHECK_EQ(open_cat(NULL, &third), OTP_ELIMIT);
    CHECK_EQ(otp_length(otp_ports()), 2);
    /* the place of a program is free when it has ended, not when its port is closed */
    CHECK_EQ(otp_port_command(second, otp_string("x")), OTP_OK);
    CHECK_STR(heard(), "{data,<<\"x\">>}");
    CHECK_EQ(otp_port_close(first), OTP_OK);
    otp_err err;
    for (int tries = 0; (err = open_cat(NULL, &third)) == OTP_ELIMIT && tries < 10000; tries++) {
        (void)!otp_receive_match(1, "never");
    }
    CHECK_EQ(err, OTP_OK);
    otp_scope_end(scope);
}

static void limited(otp_mode mode) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = mode, .schedulers = 2}, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, &(otp_system_opts){.limits = {.ports_max = 2}}, &system) ==
            OTP_OK);
    CHECK_EQ(otp_run(system, at_the_limit, otp_nil(), BOTH_WORLDS_TIME_MS, &outcome), OTP_OK);
    CHECK_STR(outcome.reason, "normal");
    otp_world_stop(world);
}

UNIT("at the limit of ports opening is refused, and possible again afterwards") {
    limited(OTP_SIMULATED);
    limited(OTP_PARALLEL);
}

static void leave_port_open(otp_term arg) {
    otp_port port;
    (void)arg;
    OTP_ASSERT(open_cat(NULL, &port) == OTP_OK);
    (void)!otp_receive_match(OTP_INFINITY, "never");
}

typedef struct seen {
    size_t ports, processes;
} seen;

static void see(void *context, const char *kind, otp_term what) {
    seen *s = context;
    s->processes += strcmp(kind, "process") == 0;
    if (strcmp(kind, "port") == 0) {
        s->ports++;
        CHECK(otp_match(what, "#{name := <<\"cat\">>, queue_size := 0}"));
    }
}

UNIT("a walk shows ports as ports; stopping the system ends them") {
    uint32_t before = otpi_host_open_files(NULL, 0);
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    seen s = {0};
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    REQUIRE(otp_system_spawn(system, leave_port_open, otp_nil(), NULL, NULL) == OTP_OK);
    REQUIRE(otp_world_run(world, 10, &outcome) == OTP_OK);
    CHECK_EQ(otp_system_walk(system, 1000, see, &s), OTP_OK);
    CHECK_EQ(s.ports, 1);
    CHECK_EQ(s.processes, 2); /* its owner and the stand-in */
    otp_system_stop(system);
    otp_world_stop(world);
    CHECK_EQ(otpi_host_open_files(NULL, 0), before);
}

/* ---- Everything that can be chosen ---- */

/* Random answers; draws at their target unless faults are asked for. */
typedef struct plan {
    uint64_t state;   /* of random answers */
    uint64_t kill_at; /* turns of others before the owner is killed */
    bool faults;
} plan;

static plan planned;

static uint32_t plan_choose(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    plan *p = context;
    return both_worlds_choose(&p->state, kind, enabled, n);
}

static int64_t plan_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                         int64_t target, const char *label) {
    plan *p = context;
    (void)kind, (void)label;
    if (!p->faults || (lane != OTP_LANE_FAULT && lane != OTP_LANE_SCHEDULE)) {
        return target;
    }
    p->state = otpi_hash_mix(p->state, 77);
    return lo + (int64_t)((p->state >> 11) % (uint64_t)(hi - lo + 1));
}

static void talk(otp_term arg) {
    const char *const argv[] = {"cat", NULL};
    otp_port port;
    char back[64];
    otp_scope scope = otp_scope_begin();
    (void)arg;
    OTP_ASSERT(otp_port_open(argv, &(otp_port_opts){.exit_status = true}, &port) == OTP_OK);
    for (int i = 0; i < 3; i++) {
        OTP_ASSERT(otp_port_command_wait(port, otp_string("ping"), 1000) == OTP_OK);
        OTP_ASSERT(hear_bytes(back, 4) == 4);
    }
    OTP_ASSERT(otp_port_close(port) == OTP_OK);
    otp_scope_end(scope);
}

static void kill_after(otp_term arg) {
    otp_ref ref;
    otp_term down;
    (void)arg;
    otp_pid pid = otp_spawn_monitor(talk, otp_nil(), &ref);
    for (uint64_t turns = planned.kill_at; turns > 0; turns--) {
        otp_yield();
    }
    otp_kill(pid);
    OTP_ASSERT(otp_receive_ref(ref, OTP_INFINITY, &down) == OTP_OK);
}

static void run_killed_at(uint64_t kill_at) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    seen s = {0};
    planned = (plan){.state = otpi_hash_mix(unit_seed(), kill_at + 1), .kill_at = kill_at};
    otp_chooser chooser = {.context = &planned, .choose = plan_choose, .draw = plan_draw};
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &chooser},
                            &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
    REQUIRE(otp_port_stand_in(system, "cat", cat, NULL, NULL) == OTP_OK);
    CHECK_EQ(otp_run(system, kill_after, otp_nil(), OTP_INFINITY, &outcome), OTP_OK);
    CHECK_STR(outcome.reason, "normal");
    CHECK_EQ(otp_world_run(world, 100, &outcome), OTP_OK);
    CHECK_EQ(otp_system_walk(system, 1000, see, &s), OTP_OK);
    CHECK_EQ(s.ports, 0);
    CHECK_EQ(s.processes, 0);
    otp_world_stop(world);
}

UNIT("the owner is killed at any point: no port, no stand-in and no memory is left") {
    for (uint64_t kill_at = 0; kill_at < (unit_long() ? 400 : 80); kill_at++) {
        int64_t blocks[2];
        int64_t bytes[2];
        run_killed_at(kill_at); /* patterns met for the first time are compiled, and stay */
        otpi_memory_stats before = otpi_memory_stats_read();
        otpi_block_live(&blocks[0], &bytes[0]);
        run_killed_at(kill_at);
        otpi_block_live(&blocks[1], &bytes[1]);
        CHECK_EQ(blocks[1], blocks[0]);
        CHECK_EQ(otpi_memory_stats_read().live_blocks, before.live_blocks);
    }
}

/* What the owner saw of a program that is cut, delayed and killed as drawn. */
static unsigned seen_dead, seen_alive, seen_partial;

static void talk_to_the_unlucky(otp_term arg) {
    enum { SIZE = 40 };
    const char *const argv[] = {"cat", NULL};
    const char text[SIZE + 1] = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
    char back[SIZE];
    size_t length = 0;
    int64_t status = -1;
    otp_port port;
    otp_term what;
    otp_scope scope = otp_scope_begin();
    (void)arg;
    otp_trap_exit(true);
    OTP_ASSERT(otp_port_open(argv, &(otp_port_opts){.exit_status = true}, &port) == OTP_OK);
    (void)!otp_port_command(port, otp_binary(text, SIZE));
    (void)!otp_port_end_input(port);
    for (int messages = 0; status < 0; messages++) {
        otp_bytes data;
        OTP_ASSERT(otp_receive_match(SOON_MS, "{_, ~t}", &what) == OTP_OK);
        if (otp_match(what, "{data, ~b}", &data)) {
            OTP_ASSERT(length + data.size <= SIZE);
            memcpy(back + length, data.data, data.size);
            length += data.size;
            seen_partial += data.size < SIZE;
        } else {
            OTP_ASSERT(otp_match(what, "{exit_status, ~i}", &status));
        }
    }
    OTP_ASSERT(memcmp(back, text, length) == 0); /* nothing is lost in the middle or doubled */
    OTP_ASSERT(status != 0 || length == SIZE);
    seen_dead += status != 0;
    seen_alive += status == 0;
    otp_scope_end(scope);
}

UNIT("crashes, partial reads and delays strike as drawn, and what is told stays a prefix") {
    const otp_stand_in_faults faults = {
        .crash_gap_max = 8, .partial_gap_max = 3, .delay_ms_max = 20};
    for (uint64_t run = 0; run < 200; run++) {
        otp_world *world;
        otp_system *system;
        otp_outcome outcome;
        plan p = {.state = otpi_hash_mix(unit_seed(), run + 1), .faults = true};
        otp_chooser chooser = {.context = &p, .choose = plan_choose, .draw = plan_draw};
        REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &chooser},
                                &world) == OTP_OK);
        REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        REQUIRE(otp_port_stand_in(system, "cat", cat, NULL, &faults) == OTP_OK);
        CHECK_EQ(otp_run(system, talk_to_the_unlucky, otp_nil(), OTP_INFINITY, &outcome), OTP_OK);
        CHECK_STR(outcome.reason, "normal");
        otp_world_stop(world);
    }
    CHECK(seen_dead > 0 && seen_alive > 0 && seen_partial > 0);
}
