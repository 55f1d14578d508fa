/* SPDX-License-Identifier: MIT */
/*
 * The inside of a gen_statem: what lies between the server's head and the user's data.
 *
 * Design notes.
 * An event that comes as a message is handled from the message; one that has to wait (postponed,
 * inserted, brought by a timeout) lies in a record that holds its terms. A record is always in one
 * of the machine's lists, or is its current one, so that an exit or a kill in any callback leaves
 * nothing behind. A transition may span several callbacks (state enter calls); what their actions
 * ask for is gathered in the scope and carried out at the end.
 */
#ifndef OTP_BEHAVIOUR_STATEM_H
#define OTP_BEHAVIOUR_STATEM_H

#include <otp/gen_statem.h>

#include "behaviour/held.h"
#include "behaviour/server.h"

/* An event that waits. */
typedef struct otpi_statem_record {
    struct otpi_statem_record *next; /* NULL in no list */
    otp_statem_event event;          /* name and content are those held */
    otpi_held name, content;
    otp_timer timer; /* of a timeout; word[1] == 0: of a timeout of 0, which has no timer */
} otpi_statem_record;

typedef struct otpi_statem_list {
    otpi_statem_record *first, **end; /* end NULL = it has always been empty */
} otpi_statem_list;

typedef struct otpi_statem {
    otp_term state;              /* kept */
    otp_state_fn *handle;        /* of the state; NULL: handle_event */
    otpi_statem_record *current; /* being handled; NULL: none, or a message's */
    otpi_statem_list waiting;    /* handled before any message */
    otpi_statem_list postponed;
    otpi_statem_list timeouts; /* running, in order of setting */
    uint64_t handled;          /* events, since it last waited for a message */
} otpi_statem;

_Static_assert(sizeof(otpi_statem) % 16 == 0, "users may keep anything in their data");

static inline const otp_gen_statem *otpi_statem_module(const otpi_server *server) {
    return server->module;
}
static inline otpi_statem *otpi_statem_of(otpi_server *server) {
    return otpi_server_state(server);
}
static inline void *otpi_statem_data(otpi_server *server) {
    return otpi_statem_of(server) + 1;
}

/* ---- Records and lists (statem_list.c) ---- */

/* A record of a copy of the event, in no list: nothing that can exit may come before it is in one.
 * Exits with enomem. */
otpi_statem_record *otpi_statem_record_new(const otp_statem_event *event);
void otpi_statem_record_end(otpi_statem_record *record);

void otpi_statem_add(otpi_statem_list *list, otpi_statem_record *record);
otpi_statem_record *otpi_statem_take_first(otpi_statem_list *list);
/* Before *at, which is the list's first or a record's next; the place behind it. */
otpi_statem_record **otpi_statem_insert(otpi_statem_list *list, otpi_statem_record **at,
                                        otpi_statem_record *record);
void otpi_statem_remove(otpi_statem_list *list, otpi_statem_record *record);
/* All of front before all of list; front is empty afterwards. */
void otpi_statem_put_before(otpi_statem_list *list, otpi_statem_list *front);
/* Ends its records. */
void otpi_statem_list_free(otpi_statem_list *list);

/* ---- Timeouts (statem_timeout.c) ---- */

/* Do both name the same timeout? */
bool otpi_statem_same_timeout(const otp_statem_event *a, const otp_statem_event *b);
/* Sets, updates or cancels what the action names. */
void otpi_statem_timeout_set(otpi_server *server, const otp_action *action);
/* Ends the running timeout of a type that has one only. */
void otpi_statem_timeout_cancel(otpi_server *server, otp_statem_event_type type);
/* The oldest timeout of 0, taken from the list; NULL when there is none. */
otpi_statem_record *otpi_statem_timeout_zero(otpi_statem *machine);
/* Is the message one of a timer of the machine? Then *fired is its timeout, taken from the list, or
 * NULL when that was cancelled. */
bool otpi_statem_timeout_of(otpi_statem *machine, otp_term message, otpi_statem_record **fired);

/* Is the definition of a machine complete? */
bool otpi_statem_valid(const otp_gen_statem *module);

/* ---- Transitions (statem_transition.c) ---- */

/* What init's result asks for: the first state has been set. */
OTP_MAY_SUSPEND void otpi_statem_begin(otpi_server *server, const otp_state_result *result);
/* One event and its transition. The machine's current record, the event's, ends here. */
OTP_MAY_SUSPEND void otpi_statem_transit(otpi_server *server, const otp_statem_event *event);

/* Is it one of the machine's? With handle_event every term is. */
bool otpi_statem_has_state(const otpi_server *server, otp_term state);
/* The state becomes that one, kept; the one before is the caller's to drop. False when the machine
 * has no such state: nothing is changed then. */
bool otpi_statem_set_state(otpi_server *server, otp_term state);
/* terminate, then exit. */
OTP_MAY_SUSPEND OTP_NORETURN void otpi_statem_stop(otpi_server *server, otp_term reason);

/* ---- As terms (statem_show.c) ---- */

/* {Type, Content}. */
otp_term otpi_statem_event_term(const otp_statem_event *event);
/* As in OTP; of an unknown kind its number. */
otp_term otpi_statem_action_term(const otp_action *action);
otp_term otpi_statem_result_word(otp_state_result_kind kind);
/* The events of a list, oldest first. */
otp_term otpi_statem_list_term(const otpi_statem_list *list);

#endif
