/* SPDX-License-Identifier: MIT */
/*
 * Static probes for tracers from outside (USDT: bpftrace, perf, SystemTap): each is a nop in the
 * code and a note in the binary that tells where it is and where its arguments are.
 *
 *     bpftrace -e 'usdt:./program:otp:send { printf("%lx -> %lx\n", arg0, arg1); }'
 *
 *     otp:spawn     child, parent (pids as numbers; parent 0 = none)
 *     otp:exit      pid, reason (a term's word)
 *     otp:send      sender, destination (a term's word: of a pid the pid)
 *     otp:receive   pid, message (a term's word)
 *     otp:schedule  addresses of the worker's and the process's records
 *
 * Built without <sys/sdt.h> (Debian: systemtap-sdt-dev) there are none.
 */
#ifndef OTP_PORT_PROBE_H
#define OTP_PORT_PROBE_H

#include <stdint.h>

#if __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
/* asm inline: else the compiler takes the notes for code, and inlines nothing that has a probe. */
#define __volatile__ volatile inline
#define OTPI_PROBE(name)                                                                           \
    __attribute__((always_inline)) static inline void otpi_probe_##name(uint64_t a, uint64_t b) {  \
        STAP_PROBE2(otp, name, a, b);                                                              \
    }
#else
#define OTPI_PROBE(name)                                                                           \
    static inline void otpi_probe_##name(uint64_t a, uint64_t b) {                                 \
        (void)a, (void)b;                                                                          \
    }
#endif

OTPI_PROBE(spawn)
OTPI_PROBE(exit)
OTPI_PROBE(send)
OTPI_PROBE(receive)
OTPI_PROBE(schedule)
#undef OTPI_PROBE
#undef __volatile__

#endif
