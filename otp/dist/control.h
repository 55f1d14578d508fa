/* SPDX-License-Identifier: MIT */
/*
 * The control messages of the Erlang distribution protocol, as terms (ERTS User's Guide,
 * "Distribution Protocol", section "Protocol between Connected Nodes").
 *
 * What is written are the operations that every node since OTP 26 takes: LINK 1, EXIT 3, REG_SEND
 * 6, EXIT2 8, MONITOR_P 19, DEMONITOR_P 20, MONITOR_P_EXIT 21, SEND_SENDER 22, ALIAS_SEND 33,
 * UNLINK_ID 35 and UNLINK_ID_ACK 36. Reading also takes their forms with a trace token or with the
 * reason as payload, and SEND 2. NODE_LINK, GROUP_LEADER, the old UNLINK and SPAWN_REQUEST are not
 * understood.
 */
#ifndef OTP_DIST_CONTROL_H
#define OTP_DIST_CONTROL_H

#include <otp/term.h>

typedef enum otpi_control_kind {
    OTPI_CONTROL_SEND,
    OTPI_CONTROL_REG_SEND,
    OTPI_CONTROL_ALIAS_SEND,
    OTPI_CONTROL_LINK,
    OTPI_CONTROL_UNLINK,
    OTPI_CONTROL_UNLINK_ACK,
    OTPI_CONTROL_EXIT,  /* of a link */
    OTPI_CONTROL_EXIT2, /* exit/2 */
    OTPI_CONTROL_MONITOR,
    OTPI_CONTROL_DEMONITOR,
    OTPI_CONTROL_DOWN,
} otpi_control_kind;

/* What one control message and its payload say. */
typedef struct otpi_control {
    otpi_control_kind kind;
    otp_term from; /* a pid; of DOWN what was monitored, a pid or name; OTP_NONE: not told */
    otp_term to;   /* a pid; of REG_SEND, MONITOR and DEMONITOR a name, of ALIAS_SEND a reference */
    otp_ref ref;   /* of MONITOR, DEMONITOR and DOWN */
    uint64_t id;   /* of UNLINK and UNLINK_ACK, never 0 */
    otp_term what; /* the message or the reason */
} otpi_control;

enum { OTPI_CONTROL_WORDS = 12 };

/* Builds the tuple in the caller's words; it refers to the control's terms, which must outlive it.
 * *payload: the message, or OTP_NONE. Allocates nothing. */
otp_term otpi_control_write(const otpi_control *control, uint64_t words[OTPI_CONTROL_WORDS],
                            otp_term *payload);

/* OTP_EFORMAT when it is no control message of these; payload OTP_NONE when there was none. */
OTP_MUST_CHECK otp_err otpi_control_read(otp_term tuple, otp_term payload, otpi_control *out);

#endif
