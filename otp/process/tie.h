/* SPDX-License-Identifier: MIT */
/*
 * Ties: links made with a birth (spawn_link). Both halves lie before the record of the child, in
 * its block: such a link allocates nothing, and a supervisor knows a million children by 64 bytes
 * each.
 *
 * Design notes.
 * A half is a signal and nothing else: its twin lies beside it, and the twin's from is the peer.
 * Who has to keep the block alive holds it: the child's record until nobody looks at it any more,
 * and each half until it is freed. The last one frees the block.
 * An exit that arrives brings the peer's half, and the receiver's own half is done with: the two
 * are joined, and {'EXIT', From, Reason} is built where the own half was. At the parent that is the
 * parent's half. At the child it is the child's half, the count of holds with it: by then only the
 * child's own record needs the block (OTPI_TIE_JOINED), and nothing is counted any more.
 */
#ifndef OTP_PROCESS_TIE_H
#define OTP_PROCESS_TIE_H

#include "process/signal.h"

typedef struct otpi_tie {
    otpi_signal child;  /* the child's half; its size is the number of holds, atomic */
    otpi_signal parent; /* the parent's half */
} otpi_tie;

_Static_assert(sizeof(otpi_tie) % 16 == 0, "the state in a record stays aligned");

/* Which half of a tie a link is; 0: none, it is an otpi_link. */
enum otpi_tie_half { OTPI_TIE_CHILD = 1, OTPI_TIE_PARENT = 2 };

static inline otpi_tie *otpi_tie_of(const otpi_link *half) {
    const char *at = (const char *)half;
    at -=
        half->signal.tie == OTPI_TIE_CHILD ? offsetof(otpi_tie, child) : offsetof(otpi_tie, parent);
    return (otpi_tie *)(uintptr_t)at;
}

/* The other half; NULL when that is on another node. */
static inline otpi_link *otpi_link_twin(const otpi_link *half) {
    if (!half->signal.tie) {
        return half->twin;
    }
    otpi_tie *tie = otpi_tie_of(half);
    return (otpi_link *)(half->signal.tie == OTPI_TIE_CHILD ? &tie->parent : &tie->child);
}

/* Whom the owner of the half is linked to. */
static inline otp_pid otpi_link_peer(const otpi_link *half) {
    return half->signal.tie ? otpi_link_twin(half)->signal.from : half->peer;
}

/* The block of a process: its record, and the tie before it. */
void *otpi_process_block_new(bool tied, size_t state_size);
/* The record is needed no more. */
void otpi_process_block_free(otpi_process *process);
size_t otpi_process_block_size(const otpi_process *process);

/* Links a parent, who is running, with a child that has not run yet. */
void otpi_tie_make(otpi_process *parent, otpi_process *child);
/* The child is born, but not linked. */
void otpi_tie_drop(otpi_process *child);
/* Frees the half of an exiting child that waits for its twin in vain. */
void otpi_tie_unpark(otpi_process *self);
/* An exit signal has arrived: half is the peer's, its twin is not in self's list any more. */
void otpi_tie_join(otpi_process *self, otpi_link *half);
/* Where {'EXIT', From, Reason} of a joined half lies. */
uint64_t *otpi_tie_words(otpi_link *half);
/* Frees one half, and what it was joined with. */
void otpi_tie_free(otpi_link *half);

#endif
