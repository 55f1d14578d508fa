/* SPDX-License-Identifier: MIT */
#include "process/tie.h"

#include "process/link.h"

enum { HOLDS = 3 }; /* the record and two halves */

static inline otpi_tie *tie_before(otpi_process *process) {
    return (otpi_tie *)(void *)process - 1;
}

static inline otpi_process *child_behind(otpi_tie *tie) {
    return (otpi_process *)(void *)(tie + 1);
}

/* ---- The block ---- */

void *otpi_process_block_new(bool tied, size_t state_size) {
    size_t before = tied ? sizeof(otpi_tie) : 0;
    size_t size = sizeof(otpi_process) + state_size;
    char *block = otpi_block_alloc(before + size);
    if (OTPI_UNLIKELY(!block)) {
        return NULL;
    }
    otpi_process *process = (otpi_process *)(void *)(block + before);
    __builtin_memset(process, 0, size);
    process->flags = tied ? OTPI_TIED : 0;
    if (tied) {
        *(otpi_tie *)(void *)block = (otpi_tie){
            .child = {.kind = OTPI_SIGNAL_LINK, .tie = OTPI_TIE_CHILD, .size = HOLDS},
            .parent = {
                .kind = OTPI_SIGNAL_LINK, .tie = OTPI_TIE_PARENT, .size = sizeof(otpi_signal)}};
    }
    return process;
}

size_t otpi_process_block_size(const otpi_process *process) {
    size_t before = process->flags & OTPI_TIED ? sizeof(otpi_tie) : 0;
    return before + sizeof *process + process->state_size;
}

/* Gives up so many holds. Who has the last ones need not write. */
static void holds_drop(otpi_tie *tie, uint32_t holds) {
    /* acquire, acq_rel: what the others did with the block comes before it is freed */
    if (__atomic_load_n(&tie->child.size, __ATOMIC_ACQUIRE) == holds ||
        __atomic_sub_fetch(&tie->child.size, holds, __ATOMIC_ACQ_REL) == 0) {
        otpi_block_free(tie, otpi_process_block_size(child_behind(tie)));
    }
}

void otpi_process_block_free(otpi_process *process) {
    if (!(process->flags & OTPI_TIED)) {
        otpi_block_free(process, otpi_process_block_size(process));
    } else if (process->flags & OTPI_TIE_JOINED) {
        otpi_block_free(tie_before(process), otpi_process_block_size(process));
    } else {
        holds_drop(tie_before(process), 1);
    }
}

/* ---- The two halves ---- */

void otpi_tie_make(otpi_process *parent, otpi_process *child) {
    otpi_tie *tie = tie_before(child);
    tie->child.from = child->pid;
    tie->parent.from = parent->pid;
    otpi_link_insert(child, (otpi_link *)&tie->child);
    otpi_link_insert(parent, (otpi_link *)&tie->parent);
}

void otpi_tie_drop(otpi_process *child) {
    if (child->flags & OTPI_TIED) {
        holds_drop(tie_before(child), HOLDS - 1);
    }
}

void otpi_tie_unpark(otpi_process *self) {
    if ((self->flags & (OTPI_TIED | OTPI_TIE_JOINED)) == OTPI_TIED &&
        tie_before(self)->child.parked) {
        tie_before(self)->child.parked = 0;
        holds_drop(tie_before(self), 1);
    }
}

void otpi_tie_join(otpi_process *self, otpi_link *half) {
    half->signal.joined = 1;
    if (half->signal.tie == OTPI_TIE_PARENT) {
        self->flags |= OTPI_TIE_JOINED;
    }
}

uint64_t *otpi_tie_words(otpi_link *half) {
    _Static_assert(sizeof(otpi_signal) == 4 * sizeof(uint64_t), "a half has room for 'EXIT'");
    return (uint64_t *)(void *)otpi_link_twin(half);
}

/* Reasons that are no immediates lie at the root of a pack. */
static void reason_release(otpi_link *half) {
    otp_term reason = half->signal.term;
    if (half->signal.joined &&
        reason.word == ((uintptr_t)otpi_tie_words(half) | OTPI_PRIMARY_BOXED)) {
        reason = (otp_term){otpi_tie_words(half)[3]};
    }
    if ((reason.word & 3) != OTPI_PRIMARY_IMMEDIATE) {
        char *root = (char *)(uintptr_t)(reason.word & ~UINT64_C(3));
        otpi_pack_release((otpi_pack *)(void *)(root - offsetof(otpi_pack, data)));
    }
}

void otpi_tie_free(otpi_link *half) {
    if (half->signal.kind == OTPI_SIGNAL_LINK_EXIT) {
        reason_release(half);
    }
    if (half->signal.joined && half->signal.tie == OTPI_TIE_PARENT) {
        return; /* the child's own: it goes with its record */
    }
    holds_drop(otpi_tie_of(half), half->signal.joined ? 2 : 1);
}
