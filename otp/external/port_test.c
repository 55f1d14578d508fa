/* SPDX-License-Identifier: MIT */
/*
 * Ports with real programs, in parallel worlds.
 */
#include "external/test_ports.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- A program of our own: this one, when the environment says so ---- */

static bool read_exactly(uint8_t *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t got = read(0, bytes + done, size - done);
        if (got <= 0) {
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

/* Sends each packet back in capital letters. */
static void echo_packets(unsigned header) {
    static uint8_t packet[1 << 20];
    while (read_exactly(packet, header)) {
        size_t size = 0;
        for (unsigned i = 0; i < header; i++) {
            size = size << 8 | packet[i];
        }
        if (!read_exactly(packet + header, size)) {
            return;
        }
        for (size_t i = header; i < header + size; i++) {
            packet[i] = (uint8_t)toupper(packet[i]);
        }
        for (size_t done = 0; done < header + size;) {
            ssize_t put = write(1, packet + done, header + size - done);
            done += put > 0 ? (size_t)put : 0;
        }
    }
}

static void list_descriptors(void) {
    for (int fd = 0; fd < 256; fd++) {
        if (fcntl(fd, F_GETFD) != -1) {
            dprintf(1, "%d\n", fd);
        }
    }
}

__attribute__((constructor)) static void be_a_program(void) {
    const char *role = getenv("PORT_TEST_ROLE");
    if (role) {
        if (role[0] == 'e') {
            echo_packets((unsigned)(role[1] - '0'));
        } else {
            list_descriptors();
        }
        _exit(0);
    }
}

static otp_err open_self(const char *role, otp_port_opts opts, otp_port *port) {
    const char *const argv[] = {"/proc/self/exe", NULL};
    char variable[64];
    snprintf(variable, sizeof variable, "PORT_TEST_ROLE=%s", role);
    const char *const env[] = {variable, NULL};
    opts.env = env;
    return otp_port_open(argv, &opts, port);
}

/* ---- Data ---- */

PARALLEL_PORTS("packets with 1, 2 and 4 bytes of length go there and back") {
    const otp_port_packet kinds[] = {OTP_PORT_PACKET_1, OTP_PORT_PACKET_2, OTP_PORT_PACKET_4};
    const char *const roles[] = {"e1", "e2", "e4"};
    for (int i = 0; i < 3; i++) {
        otp_port port;
        REQUIRE(open_self(roles[i], (otp_port_opts){.packet = kinds[i], .exit_status = true},
                          &port) == OTP_OK);
        CHECK_EQ(otp_port_command(port, otp_string("hello")), OTP_OK);
        CHECK_EQ(otp_port_command(port, otp_string("")), OTP_OK);
        CHECK_EQ(otp_port_command(port, otp_term_of("[104, [<<\"i\">>, []] | <<\"!\">>]")), OTP_OK);
        CHECK_STR(heard(), "{data,<<\"HELLO\">>}");
        CHECK_STR(heard(), "{data,<<>>}");
        CHECK_STR(heard(), "{data,<<\"HI!\">>}");
        CHECK_EQ(otp_port_end_input(port), OTP_OK);
        CHECK_STR(heard(), "{exit_status,0}");
    }
}

PARALLEL_PORTS("what is no iodata, or too long for its length, is refused") {
    static uint8_t long_data[70000];
    otp_port port;
    REQUIRE(open_self("e2", (otp_port_opts){.packet = OTP_PORT_PACKET_2}, &port) == OTP_OK);
    CHECK_EQ(otp_port_command(port, otp_int(1)), OTP_EBADARG);
    CHECK_EQ(otp_port_command(port, otp_term_of("[256]")), OTP_EBADARG);
    CHECK_EQ(otp_port_command(port, otp_term_of("[1 | 2]")), OTP_EBADARG);
    CHECK_EQ(otp_port_command(port, otp_binary(long_data, 65536)), OTP_ESIZE);
    CHECK_EQ(otp_port_command(port, otp_binary(long_data, 65535)), OTP_OK);
    otp_bytes data;
    REQUIRE(otp_receive_match(SOON_MS, "{_, {data, ~b}}", &data) == OTP_OK);
    CHECK_EQ(data.size, 65535);
    CHECK_EQ(otp_port_close(port), OTP_OK);
}

PARALLEL_PORTS("a packet above packet_max ends the port with emsgsize") {
    otp_port port;
    otp_trap_exit(true);
    REQUIRE(open_self("e4", (otp_port_opts){.packet = OTP_PORT_PACKET_4, .packet_max = 3}, &port) ==
            OTP_OK);
    CHECK_EQ(otp_port_command(port, otp_string("four")), OTP_OK);
    otp_term reason;
    REQUIRE(otp_receive_match(SOON_MS, "{'EXIT', _, ~t}", &reason) == OTP_OK);
    CHECK(otp_is(reason, "emsgsize"));
}

PARALLEL_PORTS("lines come without their newline, long ones in parts, the last one too") {
    otp_port port;
    REQUIRE(
        open_shell("printf 'one\\n\\nabcdefgh\\nabcde\\nend'",
                   &(otp_port_opts){.packet = OTP_PORT_LINE, .line_max = 5, .exit_status = true},
                   &port) == OTP_OK);
    CHECK_STR(heard(), "{data,{eol,<<\"one\">>}}");
    CHECK_STR(heard(), "{data,{eol,<<>>}}");
    CHECK_STR(heard(), "{data,{noeol,<<\"abcde\">>}}");
    CHECK_STR(heard(), "{data,{eol,<<\"fgh\">>}}");
    CHECK_STR(heard(), "{data,{eol,<<\"abcde\">>}}");
    CHECK_STR(heard(), "{data,{noeol,<<\"end\">>}}");
    CHECK_STR(heard(), "{exit_status,0}");
}

PARALLEL_PORTS("a megabyte goes through cat, the sender waits while the pipe is full") {
    enum { SIZE = 1 << 20, PIECE = 1 << 14 };
    static char sent[SIZE];
    static char back[SIZE];
    const char *const argv[] = {"cat", NULL};
    otp_port port;
    for (size_t i = 0; i < SIZE; i++) {
        sent[i] = (char)(i * 7 + i / 256);
    }
    REQUIRE(otp_port_open(argv, NULL, &port) == OTP_OK);
    for (size_t at = 0; at < SIZE; at += PIECE) {
        REQUIRE(otp_port_command_wait(port, otp_binary(sent + at, PIECE), SOON_MS) == OTP_OK);
    }
    CHECK_EQ(hear_bytes(back, SIZE), SIZE);
    CHECK(memcmp(sent, back, SIZE) == 0);
    otp_term info;
    REQUIRE(otp_port_info(port, &info) == OTP_OK);
    int64_t input;
    int64_t output;
    CHECK(otp_match(info, "#{input := ~i, output := ~i, queue_size := 0}", &input, &output));
    CHECK_EQ(input, SIZE);
    CHECK_EQ(output, SIZE);
    CHECK_EQ(otp_port_close(port), OTP_OK);
}

PARALLEL_PORTS(
    "a program that never reads: the port gets busy, refuses, and waiting ends in time") {
    static char piece[65536];
    otp_port port;
    REQUIRE(open_shell("exec sleep 1000", &(otp_port_opts){.brutal_kill = true}, &port) == OTP_OK);
    otp_err err = OTP_OK;
    for (int i = 0; i < 1000 && err == OTP_OK; i++) {
        err = otp_port_command(port, otp_binary(piece, sizeof piece));
        otp_term info;
        CHECK_EQ(otp_port_info(port, &info), OTP_OK); /* it has seen the command by now */
    }
    CHECK_EQ(err, OTP_EBUSY);
    CHECK_EQ(otp_port_command_wait(port, otp_string("x"), 10), OTP_ETIMEOUT);
    CHECK_EQ(otp_port_close(port), OTP_OK);
    CHECK_EQ(otp_port_command(port, otp_string("x")), OTP_ENOPROC);
}

PARALLEL_PORTS("stderr comes as messages, or with stdout") {
    otp_port port;
    REQUIRE(open_shell("echo bad >&2",
                       &(otp_port_opts){.errors = OTP_PORT_STDERR_MESSAGES, .exit_status = true},
                       &port) == OTP_OK);
    CHECK_STR(heard(), "{stderr,<<\"bad\\n\">>}");
    CHECK_STR(heard(), "{exit_status,0}");
    REQUIRE(open_shell("echo bad >&2", &(otp_port_opts){.errors = OTP_PORT_STDERR_TO_STDOUT},
                       &port) == OTP_OK);
    CHECK_STR(heard(), "{data,<<\"bad\\n\">>}");
}

/* ---- Starting ---- */

PARALLEL_PORTS("what can't be started says why") {
    const char *const missing[] = {"no-such-program-at-all", NULL};
    const char *const plain[] = {"/etc/passwd", NULL};
    const char *const nothing[] = {NULL};
    const char *const cat[] = {"cat", NULL};
    otp_port port;
    CHECK_EQ(otp_port_open(missing, NULL, &port), OTP_ENOENT);
    CHECK_EQ(otp_port_open(plain, NULL, &port), OTP_EACCESS);
    CHECK_EQ(otp_port_open(nothing, NULL, &port), OTP_EBADARG);
    CHECK_EQ(otp_port_open(NULL, NULL, &port), OTP_EBADARG);
    CHECK_EQ(otp_port_open(cat, &(otp_port_opts){.directory = "/no/such/directory"}, &port),
             OTP_ENOENT);
    CHECK_EQ(otp_port_open(cat, &(otp_port_opts){.packet = (otp_port_packet)9}, &port),
             OTP_EBADARG);
    CHECK_EQ(otp_port_open(cat, &(otp_port_opts){.grace_ms = -1}, &port), OTP_EBADARG);
    CHECK(otp_is_nil(otp_ports()));
}

PARALLEL_PORTS("environment, directory and name are as asked for") {
    const char *const env[] = {"PORT_TEST=yes", "HOME", NULL};
    const char *const argv[] = {"other-name", "-c", "echo $0 $PORT_TEST ${HOME-none}; pwd", NULL};
    char text[64] = "";
    otp_port port;
    REQUIRE(otp_port_open(argv, &(otp_port_opts){.program = "sh", .env = env, .directory = "/"},
                          &port) == OTP_OK);
    hear_bytes(text, strlen("other-name yes none\n/\n"));
    CHECK_STR(text, "other-name yes none\n/\n");
}

PARALLEL_PORTS("a program inherits stdin, stdout and stderr, and nothing else") {
    char text[64] = "";
    int unmarked = open("/dev/null", O_RDONLY); /* without close-on-exec */
    otp_port port;
    REQUIRE(unmarked > 2);
    REQUIRE(open_self("fds", (otp_port_opts){.exit_status = true}, &port) == OTP_OK);
    hear_bytes(text, strlen("0\n1\n2\n"));
    CHECK_STR(text, "0\n1\n2\n");
    CHECK_STR(heard(), "{exit_status,0}");
    close(unmarked);
}

PARALLEL_PORTS("limits hold in the program") {
    otp_port port;
    char text[64] = "";
    REQUIRE(open_shell("ulimit -n; ulimit -c; ulimit -t; ulimit -v",
                       &(otp_port_opts){.limits = {.cpu_seconds = 7,
                                                   .memory_bytes = 1 << 30,
                                                   .open_files = 33,
                                                   .no_core = true}},
                       &port) == OTP_OK);
    hear_bytes(text, strlen("33\n0\n7\n1048576\n"));
    CHECK_STR(text, "33\n0\n7\n1048576\n");
}

PARALLEL_PORTS("a program that uses up its processor time is ended by SIGXCPU") {
    otp_port port;
    REQUIRE(open_shell("while :; do :; done",
                       &(otp_port_opts){.exit_status = true,
                                        .limits = {.cpu_seconds = 1, .no_core = true}},
                       &port) == OTP_OK);
    CHECK_STR(heard(), "{exit_status,152}");
}

/* ---- Ends of programs ---- */

PARALLEL_PORTS("the exit status comes last, then the exit signal") {
    otp_port port;
    otp_trap_exit(true);
    REQUIRE(open_shell("echo out; exit 42", &(otp_port_opts){.exit_status = true}, &port) ==
            OTP_OK);
    CHECK_STR(heard(), "{data,<<\"out\\n\">>}");
    CHECK_STR(heard(), "{exit_status,42}");
    otp_port from;
    otp_term id;
    otp_term reason;
    REQUIRE(otp_receive_match(SOON_MS, "{'EXIT', ~t, ~t}", &id, &reason) == OTP_OK);
    CHECK(otp_get_port(id, &from) && from.word == port.word);
    CHECK(otp_is(reason, "normal"));
    CHECK_EQ(otp_port_close(port), OTP_ENOPROC);
}

PARALLEL_PORTS("a signal that ended the program is told as 128 and its number") {
    otp_port port;
    REQUIRE(open_shell("kill -KILL $$", &(otp_port_opts){.exit_status = true}, &port) == OTP_OK);
    CHECK_STR(heard(), "{exit_status,137}");
}

PARALLEL_PORTS("stdout closed while the program lives on: eof is told, the status when it ends") {
    otp_port port;
    REQUIRE(open_shell("exec >&-; read line; exit 7",
                       &(otp_port_opts){.exit_status = true, .eof = true}, &port) == OTP_OK);
    CHECK_STR(heard(), "eof");
    CHECK_EQ(otp_port_command(port, otp_string("go\n")), OTP_OK);
    CHECK_STR(heard(), "{exit_status,7}");
    CHECK_EQ(otp_port_close(port), OTP_OK); /* with .eof it stays open */
}

PARALLEL_PORTS("stdout closed, and nobody asked for more: the port ends normally") {
    otp_port port;
    otp_trap_exit(true);
    REQUIRE(open_shell("exec >&-; exec sleep 1000", NULL, &port) == OTP_OK);
    otp_term reason;
    REQUIRE(otp_receive_match(SOON_MS, "{'EXIT', _, ~t}", &reason) == OTP_OK);
    CHECK(otp_is(reason, "normal"));
}

/* Writes until that fails. */
static otp_err write_on(otp_port port) {
    otp_err err;
    do {
        err = otp_port_command_wait(port, otp_string("more and more"), SOON_MS);
    } while (err == OTP_OK);
    return err;
}

PARALLEL_PORTS("writing to a program that has closed its stdin ends the port with epipe") {
    otp_port port;
    otp_trap_exit(true);
    REQUIRE(open_shell("exec <&-; echo closed; exec sleep 1000", NULL, &port) == OTP_OK);
    CHECK_STR(heard(), "{data,<<\"closed\\n\">>}");
    otp_err err = write_on(port);
    CHECK(err == OTP_ENOPROC || err == OTP_EIO);
    otp_term reason;
    REQUIRE(otp_receive_match(SOON_MS, "{'EXIT', _, ~t}", &reason) == OTP_OK);
    CHECK(otp_is(reason, "epipe"));
}

PARALLEL_PORTS("a program that exits while a write is under way: its words and status come") {
    static char piece[1 << 19];
    otp_port port;
    otp_trap_exit(true);
    REQUIRE(open_shell("read line; echo last; exit 3", &(otp_port_opts){.exit_status = true},
                       &port) == OTP_OK);
    piece[0] = '\n';
    CHECK_EQ(otp_port_command(port, otp_binary(piece, sizeof piece)), OTP_OK);
    CHECK_STR(heard(), "{data,<<\"last\\n\">>}");
    CHECK_STR(heard(), "{exit_status,3}");
    otp_term reason;
    REQUIRE(otp_receive_match(SOON_MS, "{'EXIT', _, ~t}", &reason) == OTP_OK);
    CHECK(otp_is(reason, "epipe"));
}

PARALLEL_PORTS("a program that floods its owner does not keep others from running") {
    otp_port port;
    REQUIRE(open_shell("yes", NULL, &port) == OTP_OK);
    for (int i = 0; i < 100; i++) {
        otp_bytes data;
        REQUIRE(otp_receive_match(SOON_MS, "{_, {data, ~b}}", &data) == OTP_OK);
        CHECK(data.size > 0 && data.data[0] != 0);
    }
    CHECK_EQ(otp_port_close(port), OTP_OK);
}

/* ---- Killing ---- */

PARALLEL_PORTS("SIGTERM that is ignored becomes SIGKILL, grandchildren included") {
    otp_port port;
    REQUIRE(open_shell("trap '' TERM; (trap '' TERM; sleep 1000) & echo up; wait",
                       &(otp_port_opts){.grace_ms = 20}, &port) == OTP_OK);
    CHECK_STR(heard(), "{data,<<\"up\\n\">>}");
    CHECK_EQ(otp_port_close(port), OTP_OK);
    /* the end of the world waits for it, and leaves no child: see port_world */
}

static void owner(otp_term parent) {
    otp_port port;
    otp_pid pid;
    OTP_ASSERT(open_shell("echo $$; exec sleep 1000", NULL, &port) == OTP_OK);
    OTP_ASSERT(otp_get_pid(parent, &pid));
    otp_bytes data;
    OTP_ASSERT(otp_receive_match(SOON_MS, "{_, {data, ~b}}", &data) == OTP_OK);
    otp_send(pid, otp_tuple(otp_from_port(port), otp_binary(data.data, data.size)));
    (void)!otp_receive_match(OTP_INFINITY, "never");
}

PARALLEL_PORTS("the death of its owner closes a port and ends its program") {
    otp_term id;
    otp_bytes digits;
    otp_term down;
    otp_pid pid = otp_spawn(owner, otp_from_pid(otp_self()));
    REQUIRE(otp_receive_match(SOON_MS, "{~t, ~b}", &id, &digits) == OTP_OK);
    otp_ref ref = otp_monitor(id);
    otp_kill(pid);
    REQUIRE(otp_receive_ref(ref, SOON_MS, &down) == OTP_OK);
    CHECK(otp_is(otp_element(down, 2), "port"));
    CHECK(otp_is(otp_element(down, 4), "killed"));
    char text[16] = "";
    memcpy(text, digits.data, digits.size < 15 ? digits.size : 15);
    pid_t program = atoi(text);
    siginfo_t info;
    int waited = waitid(P_PID, (id_t)program, &info, WEXITED | WNOWAIT);
    CHECK(waited == 0 || errno == ECHILD); /* ended, or already reaped */
}

PARALLEL_PORTS("exit signals end a port: kill at once, and its program with it") {
    otp_port port;
    otp_term down;
    otp_trap_exit(true);
    REQUIRE(open_shell("exec sleep 1000", NULL, &port) == OTP_OK);
    otp_ref ref = otp_monitor(otp_from_port(port));
    otp_kill(otp_port_pid(port));
    REQUIRE(otp_receive_ref(ref, SOON_MS, &down) == OTP_OK);
    CHECK(otp_is(otp_element(down, 4), "killed"));
    CHECK_EQ(otp_port_command(port, otp_string("x")), OTP_ENOPROC);
}

static void talk_much(otp_term arg) {
    const char *const argv[] = {"cat", NULL};
    otp_port port;
    char sent[300];
    char back[300];
    (void)arg;
    OTP_ASSERT(otp_port_open(argv, &(otp_port_opts){.busy_bytes = 100}, &port) == OTP_OK);
    for (int i = 0; i < 30; i++) {
        memset(sent, 'a' + i % 26, sizeof sent);
        otp_scope scope = otp_scope_begin();
        OTP_ASSERT(otp_port_command_wait(port, otp_binary(sent, sizeof sent), SOON_MS) == OTP_OK);
        OTP_ASSERT(hear_bytes(back, sizeof back) == sizeof back);
        otp_scope_end(scope);
        OTP_ASSERT(memcmp(sent, back, sizeof sent) == 0);
    }
}

PARALLEL_PORTS("many ports at once: each hears its own program, and their owners' ends end them") {
    enum { PORTS = 40 };
    otp_ref refs[PORTS];
    for (int i = 0; i < PORTS; i++) {
        otp_spawn_monitor(talk_much, otp_nil(), &refs[i]);
    }
    for (int i = 0; i < PORTS; i++) {
        otp_term down;
        REQUIRE(otp_receive_ref(refs[i], SOON_MS, &down) == OTP_OK);
        CHECK_STR(otp_show(otp_element(down, 4)), "normal");
    }
}

PARALLEL_PORTS("a thousand programs come and go, no descriptor stays") {
    const char *const argv[] = {"true", NULL};
    uint32_t most = 0;
    for (int i = 0; i < (unit_long() ? 2000 : 1000); i++) {
        otp_port port;
        otp_err err = otp_port_open(argv, &(otp_port_opts){.exit_status = true}, &port);
        if (!CHECK_EQ(err, OTP_OK)) {
            return;
        }
        if (i % 2) {
            CHECK_STR(heard(), "{exit_status,0}");
        } else {
            err = otp_port_close(port);
            CHECK(err == OTP_OK || err == OTP_ENOPROC); /* the program may have ended first */
            (void)!otp_receive_match(0, "{_, {exit_status, _}}");
        }
        uint32_t now = otpi_host_open_files(NULL, 0);
        most = now > most ? now : most;
    }
    CHECK(most < 500);
}
