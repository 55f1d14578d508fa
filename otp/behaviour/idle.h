/* SPDX-License-Identifier: MIT */
/*
 * Idle timeouts: handle_info(timeout) when no message came for the time a callback asked for.
 * A timer sends {timeout, Ref, '$gen_idle'}; whatever message comes first cancels it, and one that
 * is late is dropped: its Ref is not the running one's.
 */
#ifndef OTP_BEHAVIOUR_IDLE_H
#define OTP_BEHAVIOUR_IDLE_H

#include "behaviour/server.h"

typedef enum otpi_idle_news {
    OTPI_IDLE_OTHER,   /* not a message of the timer */
    OTPI_IDLE_STALE,   /* of one that was cancelled: drop it */
    OTPI_IDLE_TIMEOUT, /* the time is up */
} otpi_idle_news;

/* Is the message the running timer's? Then it runs no more. */
otpi_idle_news otpi_idle_look(otpi_server *server, otp_term message);
/* A message came: the timeout is off. */
void otpi_idle_cancel(otpi_server_rare *rare);
/* Starts the timeout; 0 = none. */
void otpi_idle_start(otpi_server *server, int64_t idle_ms);
/* A system message came: the time runs again from its beginning, as in OTP. */
void otpi_idle_restart(otpi_server *server);
/* Stops the timer, but otpi_idle_restart will start it again: the server is suspended. */
void otpi_idle_hold(otpi_server_rare *rare);

#endif
