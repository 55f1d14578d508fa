/* SPDX-License-Identifier: MIT */
/*
 * Signals: all that one process can do to another. One queue per receiver, in order per pair.
 *
 * Design notes.
 * The inbox is one atomic word: senders push at its front (a Treiber stack), the receiver takes all
 * at once and reverses. Besides a list it holds one of NULL             nothing new; the process is
 * running, runnable or waits for something that is no signal OTPI_INBOX_IDLE  nothing new, and
 * whoever pushes next must make the process runnable OTPI_INBOX_CLOSED  the process has exited:
 * pushing fails Kill is a flag beside it (otpi_process.killed), because it may not need memory: the
 * killer sets the flag, then wakes an idle process; the process looks at the flag after it has
 * become idle (store then load on both sides, sequentially consistent).
 *
 * Taking acts on non-message signals at once and appends messages to the mailbox. Signals that must
 * never fail carry their own memory: a link, a monitor and a timer embed the signal they will send
 * one day.
 */
#ifndef OTP_PROCESS_SIGNAL_H
#define OTP_PROCESS_SIGNAL_H

#include "process/process.h"

typedef enum otpi_signal_kind {
    OTPI_SIGNAL_MESSAGE,
    OTPI_SIGNAL_ALIAS,     /* a message, if the alias is active when it is taken */
    OTPI_SIGNAL_START,     /* the arguments of the process */
    OTPI_SIGNAL_EXIT,      /* exit/2 */
    OTPI_SIGNAL_LINK,      /* the receiver's half of a new link */
    OTPI_SIGNAL_UNLINK,    /* the sender's half */
    OTPI_SIGNAL_LINK_EXIT, /* the half of the process that exited */
    OTPI_SIGNAL_MONITOR,   /* an otpi_monitor, now watched */
    OTPI_SIGNAL_DEMONITOR,
    OTPI_SIGNAL_DOWN,
    OTPI_SIGNAL_TIMER, /* an otpi_timer_shot: a timer that became its message */
    OTPI_SIGNAL_VISIT,
    OTPI_SIGNAL_VISITED,   /* comes back */
    OTPI_SIGNAL_NODE_LOST, /* the connection to a node is gone */
    OTPI_SIGNAL_REMOTE,    /* a remote link or monitor operation arrived */
    OTPI_SIGNAL_WAKEUP,    /* an otpi_wakeup: a message like others, but its record stays */
    OTPI_SIGNAL_ANSWER,    /* an otpi_request that comes back with the answer to a call in it */
} otpi_signal_kind;

struct otpi_signal {
    otpi_signal *next;
    uint8_t kind;
    uint8_t counted;     /* takes a place in a bounded mailbox */
    uint8_t doubled : 1; /* of a link's half: there is a second link with that peer */
    uint8_t late : 1;    /* of a link's half, a monitor: it came when its owner exited: noproc */
    uint8_t tie : 2;     /* of a link's half: otpi_tie_half, see tie.h */
    uint8_t joined : 1;  /* of a tie's half: with its twin */
    uint8_t parked : 1;  /* of a child's half: unlinked, and waits for its twin */
    uint8_t mark;        /* otpi_mark; the receiver's */
    uint32_t size;       /* of the block it is the head of */
    otp_pid from;
    otp_term term; /* message or reason */
};

/* Is the signal the newest of those taken, with the inbox still leading to it? */
typedef enum otpi_mark {
    OTPI_MARK_NONE,
    OTPI_MARK_TAKEN,
    OTPI_MARK_FREED, /* it is, and its reader has freed it */
} otpi_mark;

/* A message: the term lies behind. */
typedef struct otpi_message {
    otpi_signal signal;
    uint64_t *offheap;
    uint64_t data[];
} otpi_message;

/* A message through an alias. */
typedef struct otpi_alias_message {
    otpi_signal signal;
    uint64_t *offheap;
    otp_ref alias;
    otpi_monitor *answered; /* the caller's monitor, handed back with the answer; or NULL */
    uint64_t data[];
} otpi_alias_message;

/* A link's half. In its owner's list, or travelling. Halves of a tie (tie.h) have the signal only:
 * twin and peer are asked for with otpi_link_twin and otpi_link_peer. */
struct otpi_link {
    /* next: in the list; from: the owner of this half; term: the half before it in the list, then
     * the reason */
    otpi_signal signal;
    union {
        struct {
            otpi_link
                *twin; /* the peer's half; valid for the peer only. NULL: the peer is remote */
            otp_pid peer;
            uint64_t id; /* the same in both halves; of a remote one its connection */
        };
        uint64_t words[4]; /* {'EXIT', From, Reason}, once it is a message */
    };
    otpi_pack *reason;
};

/* A monitor: a watcher and a target share the record. References: watcher, target, and a demonitor
 * signal under way; the last one frees it. */
struct otpi_monitor {
    otpi_signal signal; /* MONITOR on its way there, DOWN or ANSWER on its way back */
    uint32_t refs;      /* atomic */
    uint16_t flags;     /* otpi_monitor_flags: the watcher's, as they change */
    uint8_t nature;     /* REMOTE, REPLY, CALL: as it was made, for both to read */
    bool watched;       /* the target's: in its list */
    otpi_monitor *next_mine, *previous_mine; /* the watcher's list */
    otp_ref ref;
    otp_term target;    /* as 'DOWN' names it: a pid, or {Name, Node} in name */
    otp_pid target_pid; /* OTP_PID_NONE when there was none, or it is on another node */
    otpi_pack *reason;
    otp_pid watcher;
    union {
        struct {
            otpi_monitor *next_theirs, *previous_theirs; /* the target's list */
            otpi_signal demonitor;
            uint64_t connection; /* when the other side is on another node */
        };
        uint64_t
            words[10]; /* {'DOWN', Ref, process, Target, Reason} and Ref, once it is a message */
    };
    uint64_t name[3]; /* {Name, Node}, when it was monitored by name */
};

/* {[alias | Ref], Reply} */
enum { OTPI_ANSWER_WORDS = 3 + 2 + 4, OTPI_ANSWER_ROOM = 5 };

/* The monitor of a call, with room for a small answer. */
typedef struct otpi_request {
    otpi_monitor monitor; /* first; of nature CALL */
    uint64_t *offheap;    /* of the answer */
    uint64_t data[OTPI_ANSWER_WORDS + OTPI_ANSWER_ROOM];
} otpi_request;

enum otpi_monitor_flags {
    OTPI_MONITOR_ALIAS = 1,     /* is an active alias too */
    OTPI_MONITOR_REPLY = 2,     /* ended by the first message through the alias */
    OTPI_MONITOR_CANCELLED = 4, /* the watcher is no longer interested */
    OTPI_MONITOR_REMOTE = 8,    /* the other side is on another node */
    OTPI_MONITOR_LISTED = 16,   /* in the watcher's list */
    OTPI_MONITOR_WAITING = 32,  /* cancelled too late: the record comes back once more */
    OTPI_MONITOR_CALL = 64,     /* is an otpi_request */
};

#define OTPI_INBOX_IDLE   ((otpi_signal *)1)
#define OTPI_INBOX_CLOSED ((otpi_signal *)2)

/* Pushes one signal; false when the process is gone (the signal is still the caller's). The caller
 * must be a worker, and have looked the process up since its last suspension. */
bool otpi_signal_push(otpi_process *to, otpi_signal *signal);
/* Pushes first then second with one atomic step. */
bool otpi_signal_push_two(otpi_process *to, otpi_signal *first, otpi_signal *second);

/* The signal if it has not been taken yet, else NULL: ends a walk along the inbox. */
static inline otpi_signal *otpi_signal_unseen(otpi_signal *signal) {
    bool seen = (uintptr_t)signal <= (uintptr_t)OTPI_INBOX_CLOSED || signal->mark;
    return seen ? NULL : signal;
}

/* Has something come that otpi_signals_take has not seen? A hint where it says no. */
static inline bool otpi_signals_new(const otpi_process *self) {
    /* acquire: pairs with the pushes */
    return otpi_signal_unseen(__atomic_load_n(&self->inbox, __ATOMIC_ACQUIRE)) != NULL;
}

/* Marks the process idle, so that the next signal wakes it; false when something has come, a kill
 * included. */
bool otpi_inbox_idle(otpi_process *self);

/* Takes what has come and acts on it; may exit the caller. True when a message was added to the
 * mailbox or something a waiting process looks for has happened. */
bool otpi_signals_take(otpi_process *self);
/* What the exiting process has taken and not acted on, because one of its signals ends it. To be
 * asked for first: its cleanups may let other processes run on this thread. */
otpi_signal *otpi_signals_rest(void);
/* Closes the inbox of an exiting process: what is in it, and that rest, is dropped, except that
 * links and monitors under way still count, so that they get their exit signals. */
void otpi_signals_close(otpi_process *self, otpi_signal *rest);
/* The same with the inbox left open; what still comes, comes late. */
void otpi_signals_bury(otpi_process *self, otpi_signal *rest);

/* Frees a message that will not be read (any kind that can be in a mailbox). */
void otpi_signal_free(otpi_signal *signal);
/* Seam of the term room: frees the chain of received messages of a scope. */
void otpi_messages_release(void *held);

/* A new message with a copy of the term; NULL when out of memory. */
otpi_signal *otpi_message_new(otp_pid from, otp_term term);
otpi_signal *otpi_alias_message_new(otp_pid from, otp_ref alias, otp_term term,
                                    otpi_monitor *answered);
/* The same with {[alias | Ref], Reply}. */
otpi_signal *otpi_answer_new(otp_pid from, otp_ref alias, otp_term reply, otpi_monitor *answered);
/* The same in the record of the call itself, whose signal it becomes: from the target's list, as
 * otpi_monitor_take_answered gives it. False when there is no room: nothing has happened. */
bool otpi_answer_fill(otpi_monitor *monitor, otp_pid from, otp_term reply);
/* Takes back one that could not be pushed. */
void otpi_answer_unfill(otpi_monitor *monitor);
/* An exit signal (exit/2) with a copy of the reason; NULL when out of memory. */
otpi_signal *otpi_exit_new(otp_pid from, otp_term reason);

void otpi_mailbox_append(otpi_process *self, otpi_signal *message);
/* A place for a message that is to be pushed to a bounded process; false when the mailbox is full,
 * unless always. Given back when the message is unlinked or released. */
bool otpi_mailbox_reserve(otpi_process *target, otpi_signal *message, bool always);
void otpi_mailbox_release(otpi_process *self, otpi_signal *message);
/* Unlinks *at from the mailbox. */
otpi_signal *otpi_mailbox_unlink(otpi_process *self, otpi_signal **at);

#endif
