/* SPDX-License-Identifier: MIT */
/*
 * port: a program of the operating system, spoken to over its stdin and stdout.
 *
 *     const char *const argv[] = {"cat", NULL};
 *     otp_port port;
 *     otp_err e = otp_port_open(argv, &(otp_port_opts){.packet = OTP_PORT_PACKET_4}, &port);
 *     e = otp_port_command(port, otp_string("hello"));
 *     otp_term data;
 *     e = otp_receive_match(5000, "{_, {data, ~t}}", &data);
 *
 * A port has an owner, which gets what the program writes, as messages:
 *
 *     {Port, {data, Bin}}                          a packet, or bytes of a stream as they come
 *     {Port, {data, {eol | noeol, Bin}}}           OTP_PORT_LINE: a line without its newline;
 * noeol: line_max was reached, or the stream ended {Port, {stderr, Bin}} OTP_PORT_STDERR_MESSAGES:
 * as it comes {Port, eof}                                  .eof: stdout has ended; the port stays
 * open {Port, {exit_status, N}}                     .exit_status: after all of its data; 128 + the
 *                                                  signal when one ended it
 *     {'EXIT', Port, Reason}                       to linked processes that trap exits
 *
 * The port ends, with the reason in brackets: when it is closed (normal); when stdout has ended,
 * and with .exit_status the program too (normal); when its owner exits, or another linked process
 * abnormally (that reason); when the program does not read any more and is written to (epipe); when
 * a packet is larger than packet_max (emsgsize). Its program gets end of file on stdin and SIGTERM,
 * after grace_ms SIGKILL; so does all that is left of its process group. The owner is linked to the
 * port.
 *
 * A port takes part in otp_link, otp_unlink, otp_monitor ('DOWN' with the type port),
 * otp_exit_signal and otp_is_alive by otp_port_pid, in otp_send by otp_from_port. Programs are
 * started with the descriptors 0, 1 and 2, no others, and signals at their defaults. Reading,
 * writing and waiting for programs blocks no scheduler thread.
 *
 * In a simulated world no program is started: a stand-in for it, registered with
 * otp_port_stand_in, runs as a process under the same interface.
 *
 * Everything here but otp_port_stand_in is called from inside a process.
 */
#ifndef OTP_PORT_H
#define OTP_PORT_H

#include <otp/process.h>

/* A handle: names one port for ever, also when it is closed. Is a term's word too. */
typedef struct otp_port {
    uint64_t word;
} otp_port;

/* How messages are told apart in the two streams. */
typedef enum otp_port_packet {
    OTP_PORT_STREAM,   /* not at all */
    OTP_PORT_PACKET_1, /* a length of 1, 2 or 4 bytes, most significant first, before each */
    OTP_PORT_PACKET_2,
    OTP_PORT_PACKET_4,
    OTP_PORT_LINE, /* of stdout: lines; what is sent goes out as it is */
} otp_port_packet;

typedef enum otp_port_stderr {
    OTP_PORT_STDERR_INHERIT, /* where ours goes */
    OTP_PORT_STDERR_TO_STDOUT,
    OTP_PORT_STDERR_MESSAGES,
} otp_port_stderr;

/* What the program may use at most; 0 = as this OS process. */
typedef struct otp_port_limits {
    uint64_t cpu_seconds;  /* of processor time: then SIGXCPU, and SIGKILL a second later */
    uint64_t memory_bytes; /* of address space */
    uint64_t open_files;
    uint64_t core_bytes;
    bool no_core; /* no core file at all */
} otp_port_limits;

typedef struct otp_port_opts {
    const char *program;    /* the file to run when argv[0] is not it; looked up in PATH */
    const char *const *env; /* "NAME=value" added or replaced, "NAME" taken away; NULL at the end */
    const char *directory;  /* working directory; NULL = ours */
    otp_port_packet packet; /* default a stream */
    size_t line_max;        /* OTP_PORT_LINE: bytes of a line in one message; 0 = 65,536 */
    size_t packet_max;      /* bytes of a packet that is accepted; 0 = 67,108,864 */
    otp_port_stderr errors; /* what becomes of stderr */
    bool exit_status;       /* {Port, {exit_status, N}} is sent */
    bool eof;               /* {Port, eof} is sent, and the port stays open */
    otp_port_limits limits;
    size_t busy_bytes; /* the port is busy with that many bytes unwritten; 0 = 65,536 */
    int64_t grace_ms;  /* between SIGTERM and SIGKILL; 0 = 5,000 */
    bool brutal_kill;  /* SIGKILL at once */
} otp_port_opts;

/* ---- Life ---- */

/* Starts argv[0] with its arguments (NULL at the end), linked to the caller, its owner. opts may be
 * NULL; nothing of it is needed afterwards. OTP_ENOENT (no such program or directory), OTP_EACCESS
 * (not executable), OTP_ELIMIT (ports_max of the system), OTP_ENOMEM (memory or file descriptors),
 * OTP_EBADARG, OTP_EIO (the system refused), OTP_ESTANDIN (simulated: nothing stands in for it). */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_port_open(const char *const *argv,
                                                             const otp_port_opts *opts,
                                                             otp_port *out);
/* Any process may close it. When it returns, linked processes have got their exit signal; what was
 * accepted but not written is lost. The program ends on its own time. OTP_ENOPROC: closed already.
 */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_port_close(otp_port port);
/* Makes another local process the owner, linked to the port; the old owner stays linked until it
 * unlinks. Any process may do that. OTP_ENOPROC: no such port or process. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_port_connect(otp_port port, otp_pid owner);

/* ---- Data ---- */

/* Sends a binary or iodata (a list of bytes, binaries and such lists), framed as packet says. Any
 * process may send; what one sends arrives in order. Neither waits for the program to read it.
 * OTP_EBUSY: the port is busy, nothing was sent. OTP_ENOPROC: closed, OTP_EIO: the program has
 * closed its stdin, or otp_port_end_input has; OTP_ESIZE: too long for the length, OTP_EBADARG: no
 * iodata. */
OTP_API OTP_MUST_CHECK otp_err otp_port_command(otp_port port, otp_term data);
/* The same, but waits while the port is busy; then OTP_ETIMEOUT: nothing was sent. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_port_command_wait(otp_port port, otp_term data,
                                                                     int64_t timeout_ms);
/* The program sees the end of its stdin when all that was sent before has been written; its output
 * still comes. */
OTP_API OTP_MUST_CHECK otp_err otp_port_end_input(otp_port port);

/* ---- Looking ---- */

/* #{name, id, connected, os_pid, input, output, queue_size, links}: input and output count bytes
 * read from and written to the program, links are pids, os_pid is undefined in a simulated world.
 * OTP_ENOPROC. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_port_info(otp_port port, otp_term *out);
/* Ports of this system, in no particular order. */
OTP_API otp_term otp_ports(void);

/* As a term, and back; false when the term is no port of this node. */
static inline otp_term otp_from_port(otp_port port) {
    return OTP_LITERAL(otp_term, port.word);
}
OTP_API bool otp_get_port(otp_term term, otp_port *out);
/* To link, monitor or signal it: good for the functions of process.h that take a pid. */
static inline otp_pid otp_port_pid(otp_port port) {
    return OTP_LITERAL(otp_pid, port.word);
}

/* ---- Stand-ins ---- */

/* Runs in a process of its own for each port that is opened, in place of a program; its result is
 * the exit status. It ends when it returns; an abnormal exit counts as SIGKILL. When its port is
 * closed it is killed. */
typedef int otp_stand_in_fn(void *context);

/* What may go wrong with a stand-in: draws of the fault lane, each first drawn as a gap. */
typedef struct otp_stand_in_faults {
    unsigned crash_gap_max;   /* dies at its k-th read or write, k drawn 1..n, or never; its exit
                                 status is drawn too; 0 = never */
    unsigned partial_gap_max; /* a read or write moves only a part, each drawn 1..n, or none of the
                                 next n; 0 = never */
    unsigned delay_ms_max;    /* each write takes drawn 0..n virtual ms; 0 = none */
} otp_stand_in_faults;

/* In simulated worlds fn(context) stands in for the program of that name (argv[0] or .program, as
 * written there) in this system; a later one replaces it, fn NULL takes it away. faults may be
 * NULL; it is copied, context must outlive the system. In a parallel world the program itself runs:
 * nothing is registered. From inside a process of the system or outside of processes. */
OTP_API OTP_MUST_CHECK otp_err otp_port_stand_in(otp_system *system, const char *program,
                                                 otp_stand_in_fn *fn, void *context,
                                                 const otp_stand_in_faults *faults);

/* For the stand-in: its program's side of the streams. */

/* What has come on stdin, at least one byte, at most size; *got 0 is the end. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_stand_in_read(void *buffer, size_t size,
                                                                 size_t *got);
/* Waits until all has gone into the pipe, which holds 65,536 bytes. OTP_EIO: the port is closed. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_stand_in_write(const void *bytes, size_t size);
/* To stderr, which goes nowhere when the port inherits it. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_stand_in_write_error(const void *bytes,
                                                                        size_t size);
/* The same in packets as the port frames them: a packet, a line without its newline (also the last
 * one, without), or bytes as they come. OTP_ENOENT: the end. The term lives in the current scope.
 */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_stand_in_read_packet(otp_term *out);
/* iodata; a newline is added in line mode. OTP_ESIZE, OTP_EBADARG, OTP_EIO. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_stand_in_write_packet(otp_term data);
/* Closes stdout and goes on. */
OTP_API void otp_stand_in_end_output(void);
/* The arguments it was started with, argv[0] first: a list of binaries. */
OTP_API otp_term otp_stand_in_arguments(void);

/*
 * Differences from OTP
 * - The program is always started directly, with an argument vector, as with spawn_executable; data
 *   is always binaries. There are no drivers and no {fd, In, Out}.
 * - A closed port ends its program and the program's group; OTP only closes the pipes. Packets are
 *   limited by packet_max.
 * - When writing fails, the port ends with epipe as in OTP; but with .exit_status only when the
 *   program has ended and its status has been told. Meanwhile commands are refused with OTP_EIO.
 * - Of {PortOwner, {command, Data}}, {PortOwner, close} and {PortOwner, {connect, Pid}}, sent to
 * the port, all work and are answered as in OTP; a wrong owner or a malformed one gives the sender
 * the exit signal badsig. They do not stop at a busy port.
 * - port_command does not wait at a busy port: otp_port_command_wait does. One limit (busy_bytes)
 *   instead of two; waiting ends when it is half empty.
 * - otp_port_end_input and {Port, {stderr, Bin}} have no counterpart.
 * - A full mailbox of its owner that blocks holds up the port, and with it the program; one that
 *   refuses ends the port with the reason {system_limit, mailbox}.
 * - Ports of other nodes can be named and compared, no more.
 */

#endif
