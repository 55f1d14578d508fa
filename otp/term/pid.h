/* SPDX-License-Identifier: MIT */
/*
 * Pids, ports and references as other nodes name them: numbers of any width, to words and back.
 */
#ifndef OTP_TERM_PID_H
#define OTP_TERM_PID_H

#include "term/box.h"

/* Who a pid or port is, in full. */
typedef struct otpi_address {
    uint64_t id; /* of a pid: its index, 32 bits; of a port: its number */
    uint32_t serial;
    uint32_t node; /* slot */
} otpi_address;

enum {
    OTPI_REF_NUMBERS_MAX = 5,
    OTPI_WIDE_NODE = OTPI_NODE_SLOTS,
    OTPI_WIDE_MAX = 1 << 20, /* pids and ports that may be interned */
};

/* OTP_ENOMEM, or OTP_ELIMIT when OTPI_WIDE_MAX unusual ones are known already. */
OTP_MUST_CHECK otp_err otpi_pid_make(otpi_address address, otp_pid *out);
OTP_MUST_CHECK otp_err otpi_port_make(otpi_address address, otp_term *out);
otpi_address otpi_pid_address(otp_pid pid);
otpi_address otpi_port_address(otp_term port);

/* The 32-bit numbers of a reference, least significant first; returns how many. References made
 * here have three: 18, 32 and 14 bits of their id, a form that every BEAM takes for one of its own.
 */
size_t otpi_ref_numbers(otp_ref ref, uint32_t numbers[OTPI_REF_NUMBERS_MAX]);
otp_ref otpi_ref_of_numbers(uint32_t node, const uint32_t *numbers, size_t count);
static inline uint32_t otpi_ref_node(otp_ref ref) {
    return (uint32_t)(ref.word[0] & 0xffff);
}

/* The number a node has in printed pids: 0 is the caller's own. Its own inverse. */
static inline uint32_t otpi_node_printed(uint32_t slot) {
    uint32_t here = otpi_terms.node_here();
    return slot == here ? 0 : slot == 0 ? here : slot;
}

#endif
