/* SPDX-License-Identifier: MIT */
/*
 * What every behaviour is made of. The head lies before the user's state in the process's own
 * block: kept at 24 bytes, so that an idle server stays small and the state behind it is aligned to
 * 16; what few servers have lies in otpi_server_rare. The kind says what gen_server, supervisor and
 * gen_statem do differently where they are all the same to sys.
 */
#ifndef OTP_BEHAVIOUR_SERVER_H
#define OTP_BEHAVIOUR_SERVER_H

#include <otp/gen_server.h>

#include "process/process.h"
#include "term/atom.h"

enum otpi_server_flags {
    OTPI_SERVER_STARTING = 1, /* init has not returned: starter is valid, rare is not */
    OTPI_SERVER_LINKED = 2,   /* started with a link: has a parent, in OTP's sense */
    OTPI_SERVER_IGNORED = 4,  /* init returned ignore */
    OTPI_SERVER_DEBUGGED = 8, /* rare->debug is there */
};

struct otpi_sys_debug;

/* What a server gets when it first waits with a timeout, is suspended or debugged. */
typedef struct otpi_server_rare {
    int64_t idle_ms; /* of the running idle timeout; 0 = none */
    otp_timer timer;
    bool armed; /* timer is running, or its message is on its way */
    bool suspended;
    struct otpi_sys_debug *debug; /* see sys_debug.h */
} otpi_server_rare;

typedef struct otpi_server {
    const void *module; /* of the kind: otp_gen_server or otp_gen_statem */
    union {
        uint64_t starter; /* while starting: number of the reference that the starter waits for */
        otpi_server_rare *rare; /* may be NULL */
    };
    uint32_t messages_in; /* both counts are modulo 2^28: statistics */
    uint32_t messages_out : 28, flags : 4;
} otpi_server;

/* A kind of server, found through the process's behaviour. */
typedef struct otpi_server_kind {
    otpi_behaviour behaviour; /* first. Its describe: OTP_NONE when the module has none */
    const char *module;       /* as get_status names it */
    /* Ends the calling server: terminate runs, then it exits with the reason. */
    OTP_MAY_SUSPEND OTP_NORETURN void (*stop)(otpi_server *server, otp_term reason);
    /* replace_state. OTP_EUNSUPPORTED, OTP_EBADARG. */
    otp_err (*replace)(otpi_server *server, otp_term state);
    /* What otp_sys_look shows; NULL = nothing of the user's. */
    void *(*inside)(otpi_server *server);
    /* A system message has been answered; may be NULL. */
    void (*looked_at)(otpi_server *server);
    /* Facts of its own for get_status, [{"Name", Value}]; may be NULL. */
    otp_term (*facts)(const otpi_server *server);
} otpi_server_kind;

_Static_assert(sizeof(otpi_server) == 24, "an idle server is small");

/* Users may keep anything in their state, so it is aligned to 16, if it is as large as that. */
enum {
    OTPI_SERVER_ALIGN = 16,
    OTPI_SERVER_PADDING =
        -(offsetof(otpi_process, state) + sizeof(otpi_server)) % OTPI_SERVER_ALIGN,
};

/* Bytes that the head and a user's state of that size take. */
static inline size_t otpi_server_size(size_t state_size) {
    return sizeof(otpi_server) + (state_size < OTPI_SERVER_ALIGN ? 0 : OTPI_SERVER_PADDING) +
           state_size;
}

/* The user's state behind the head, to look at or to change. */
static inline const void *otpi_server_state_of(const otpi_server *server) {
    const char *head = (const char *)server;
    uint32_t size =
        ((const otpi_process *)(const void *)(head - offsetof(otpi_process, state)))->state_size;
    bool small = size < otpi_server_size(OTPI_SERVER_ALIGN);
    return head + sizeof *server + (small ? 0 : OTPI_SERVER_PADDING);
}
static inline void *otpi_server_state(otpi_server *server) {
    return (char *)server + ((const char *)otpi_server_state_of(server) - (const char *)server);
}

/* The rare things, made when they are not there; exits with enomem. */
otpi_server_rare *otpi_server_rare_of(otpi_server *server);

/* Frees what hangs from the head: the release of every kind ends with it. */
void otpi_server_release(void *state);

/* The kind of the calling server. */
const otpi_server_kind *otpi_server_kind_here(void);
/* The term that describes the state of the calling server, undefined when there is none. */
otp_term otpi_server_described(const otpi_server *server);

/* Is the message, of which these are the three words, the exit of the server's parent? */
static inline bool otpi_server_parent_exit(const otpi_server *server, const uint64_t *words) {
    return words[0] == OTPI_AM_EXIT && (server->flags & OTPI_SERVER_LINKED) &&
           words[1] == otpi_self()->parent.word;
}

/* What a gen_server's process is made of; the supervisor's has its own release, name and describe.
 * start and message are the whole of gen_server. */
void otpi_server_start(void *state, otp_term args);
otpi_disposition otpi_server_message(void *state, otp_term message);
OTP_MAY_SUSPEND OTP_NORETURN void otpi_server_stop(otpi_server *server, otp_term reason);
otp_err otpi_server_replace(otpi_server *server, otp_term state);

#endif
