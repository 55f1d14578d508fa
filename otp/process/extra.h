/* SPDX-License-Identifier: MIT */
/*
 * What few processes have: allocated when first needed, freed with the process.
 *
 * Design notes.
 * Children of one parent mostly have the same context and label, and nothing else of this. They
 * share one record, their brief: who needs more gets a record of its own, which holds on to the
 * brief, and goes back to it when it needs no more again. A brief is never written to once it is
 * shared, except for its references. The parent keeps the brief it gave last, and counts the
 * references that it gives away in batches: the processes of a million children touch the count
 * when they end only.
 */
#ifndef OTP_PROCESS_EXTRA_H
#define OTP_PROCESS_EXTRA_H

#include "process/signal.h"

typedef struct otpi_defer {
    struct otpi_defer *next; /* older */
    void (*cleanup)(void *argument);
    void *argument;
} otpi_defer;

typedef struct otpi_alias {
    struct otpi_alias *next;
    otp_ref ref;
    otp_alias_mode mode;
} otpi_alias;

/* A term kept with otp_keep; the root of the copy is at data. */
typedef struct otpi_kept {
    otpi_list link;
    size_t size;
    uint64_t *offheap;
    uint64_t data[];
} otpi_kept;

/* Somebody outside waits for this process to exit. */
typedef struct otpi_watch {
    void (*exited)(struct otpi_watch *watch, otpi_process *process, otp_term reason);
} otpi_watch;

struct otpi_extra {
    otp_term name;
    void *context;
    const char *label;
    otpi_defer *defers;
    otpi_alias *aliases;
    otpi_list kept;
    otpi_list owned;
    otpi_link *unlinked; /* halves whose twin is still on its way here */
    otpi_signal *left;   /* messages the behaviour left, oldest first */
    otpi_signal **left_end;
    otpi_signal *arrived; /* pairwise delivery: arrived, not yet seen; oldest first */
    otpi_signal **arrived_end;
    otp_interceptor interceptor;
    otpi_watch *watch;
    otpi_signal *handled; /* the message whose handler runs */
    /* A fresh reference: messages before mark_at cannot carry it. */
    otp_ref mark;
    otpi_signal **mark_at;
    size_t mailbox_max;
    uint64_t queued;         /* atomic: messages in inbox and mailbox, when bounded */
    uint64_t remote_refused; /* atomic: messages of other nodes that found the mailbox full */
    otp_on_full on_full;
    otp_term node_monitors; /* kept list: see remote.c */
    otp_term log_metadata;  /* kept map of the logger */
    uint32_t suspenders;    /* processes that hold it suspended: see suspend.c */
    bool stays;             /* is not trimmed */
    bool shared;            /* it is a brief */
    uint32_t refs;          /* atomic: of a brief */
    otpi_extra *brief;      /* what its own context and label came from; or NULL */
    otpi_extra *given;      /* the brief of the children; or NULL */
    uint32_t given_left;    /* references of it that are counted and not given away yet */
};

/* The extra part when it is the process's alone; NULL when there is none, or only a brief. */
static inline otpi_extra *otpi_extra_own(const otpi_process *self) {
    otpi_extra *extra = self->extra;
    return OTPI_UNLIKELY(extra != NULL) && !extra->shared ? extra : NULL;
}

/* The extra part, made if need be; NULL when out of memory. */
otpi_extra *otpi_extra_get(otpi_process *self);
/* The same, but the process exits with {enomem, Site} instead. */
otpi_extra *otpi_extra_need(otpi_process *self, const char *site);
void otpi_extra_free(otpi_process *self);
/* A child that nobody sees yet gets the brief with that context and label. */
OTP_MUST_CHECK otp_err otpi_extra_share(otpi_process *parent, otpi_process *child, void *context,
                                        const char *label);
/* Releases what is kept in it: the first half of otpi_extra_free. */
void otpi_extra_empty(otpi_process *self);

#endif
