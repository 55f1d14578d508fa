/* SPDX-License-Identifier: MIT */
/*
 * The head of the state of every gen_server (a supervisor is one): what lies before the user's
 * state in the process's own block. Kept at 24 bytes, so that an idle server stays small and the
 * state behind it is aligned to 16; what few servers have lies in otpi_server_rare.
 */
#ifndef OTP_BEHAVIOUR_SERVER_H
#define OTP_BEHAVIOUR_SERVER_H

#include <otp/gen_server.h>

#include "process/process.h"

enum otpi_server_flags {
    OTPI_SERVER_STARTING = 1, /* init has not returned: starter is valid, rare is not */
    OTPI_SERVER_LINKED = 2,   /* started with a link: has a parent, in OTP's sense */
    OTPI_SERVER_IGNORED = 4,  /* init returned ignore */
    OTPI_SERVER_OURS = 8,     /* the state is no user's: otp_sys_look does not show it */
};

/* What a server gets when it first waits with a timeout or is suspended. */
typedef struct otpi_server_rare {
    int64_t idle_ms; /* of the running idle timeout; 0 = none */
    otp_timer timer;
    bool armed; /* timer is running, or its message is on its way */
    bool suspended;
} otpi_server_rare;

typedef struct otpi_server {
    const otp_gen_server *module;
    union {
        uint64_t starter; /* while starting: number of the reference that the starter waits for */
        otpi_server_rare *rare; /* may be NULL */
    };
    uint32_t messages_in; /* both counts are modulo 2^28: statistics */
    uint32_t messages_out : 28, flags : 4;
} otpi_server;

_Static_assert(sizeof(otpi_server) == 24, "an idle server is small");
_Static_assert((offsetof(otpi_process, state) + sizeof(otpi_server)) % 16 == 0,
               "users may keep anything in their state");

static inline void *otpi_server_state(otpi_server *server) {
    return server + 1;
}

/* The rare things, made when they are not there; exits with enomem. */
otpi_server_rare *otpi_server_rare_of(otpi_server *server);

/* What a gen_server's process is made of; the supervisor's has its own release, name and describe.
 * start and message are the whole of gen_server. */
void otpi_server_start(void *state, otp_term args);
otpi_disposition otpi_server_message(void *state, otp_term message);
void otpi_server_release(void *state);

/* Ends the calling server: terminate runs, then it exits with the reason. */
OTP_MAY_SUSPEND OTP_NORETURN void otpi_server_stop(otpi_server *server, otp_term reason);

/* The term that describes the state, OTP_NONE when the module has no describe. */
otp_term otpi_server_describe(otpi_server *server);

#endif
