/* SPDX-License-Identifier: MIT */
/*
 * System messages, as a server answers them: sys(3) of Erlang/OTP 25.
 */
#ifndef OTP_BEHAVIOUR_SYS_SERVER_H
#define OTP_BEHAVIOUR_SYS_SERVER_H

#include "behaviour/server.h"

/* Handles {system, From, Request}; false when From is none, and it is an ordinary message. */
OTP_MAY_SUSPEND bool otpi_sys_message(otpi_server *server, otp_term from, otp_term request);

/* A look at the state, on its way to the server as a resource: {look, Resource}. */
typedef struct otpi_sys_look {
    void (*look)(void *context, void *state);
    void *context;
    uint32_t phase; /* atomic, otpi_sys_look_phase: who moves it on from waiting decides */
} otpi_sys_look;
enum otpi_sys_look_phase {
    OTPI_LOOK_WAITING,
    OTPI_LOOK_TAKEN,
    OTPI_LOOK_DONE,
    OTPI_LOOK_WITHDRAWN,
};

/* The record as a term, which owns it. OTP_NONE when out of memory. */
otp_term otpi_sys_look_term(void (*look)(void *context, void *state), void *context,
                            otpi_sys_look **out);
/* Moves it on from waiting; false when somebody else has. */
bool otpi_sys_look_take(otpi_sys_look *look, enum otpi_sys_look_phase phase);
/* For an asker that is killed: the look never begins, or has ended when this returns. */
void otpi_sys_look_withdraw(void *look);

#endif
