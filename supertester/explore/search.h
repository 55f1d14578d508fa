/* SPDX-License-Identifier: MIT */
/*
 * The search for an order of operations that explains their replies: Wing and Gong's (J. Wing and
 * C. Gong, "Testing and Verifying Concurrent Objects", 1993) with Lowe's improvements (G. Lowe,
 * "Testing for Linearizability", 2017): calls and returns in a doubly linked list out of which
 * operations are lifted, and configurations that were seen are not entered twice.
 *
 * Four rules keep it small. Each says: when there is an order, there is one that obeys it.
 * - An operation that fits now, and that never changes the state when it fits (a read, a refusal),
 *   is taken at once: it can be moved to the front of every order without changing what the others
 *   see. (Not so a write of the value that is there already: later it may be needed.)
 * - An operation that nobody knows to have taken effect, and that would have none, is not taken.
 * - Of two equal operations, the one that was called and returned first is taken first: exchanging
 *   the two in an order changes nothing.
 * - An operation that nobody knows to have taken effect is not taken when the one after it has the
 *   same effect without it: leaving it out leaves more to choose from. (Consider an order with the
 *   fewest of them: it has no such place, and cannot meet one where a configuration is entered for
 *   the second time.)
 * Where only one operation can be next there is no choice, and nothing to remember. So a history
 * without much concurrency is checked in one pass. A machine may also say that a state is hopeless,
 * when it sees what will be read next.
 *
 * A configuration is the set of operations taken, and the state. All that returned before the first
 * return that is still in the list are taken: so the set is that return, and one bit for each
 * operation that is open there, in a slot that is free again after its return.
 */
#ifndef SUPERTESTER_EXPLORE_SEARCH_H
#define SUPERTESTER_EXPLORE_SEARCH_H

#include "supertester/explore/machine.h"
#include "supertester/explore/memo.h"

/* What a check may use up; shared by its parts. */
typedef struct sti_budget {
    uint64_t deadline_ns;
    uint64_t steps, steps_max;
    size_t memory_bytes_max;
} sti_budget;

/* A place in the search with more than one way to go on. */
typedef struct sti_branch {
    uint32_t state, taken; /* as they were there */
    uint32_t stop;         /* the first return in the list */
    uint32_t first;        /* the call that was tried before all others */
    uint32_t cursor;       /* the last call tried after it */
    uint32_t before;       /* see below */
    uint32_t masked;       /* STI_NO_LINK: there were no slots yet */
    uint64_t mask_hash;
} sti_branch;

typedef struct sti_search {
    sti_machine *machine;
    sti_budget *budget;
    sti_link *links;       /* of each part its calls and returns in order, between two ends; the
                            * four below lie in the same block */
    uint32_t *part_starts; /* the first end of each part; one more behind the last */
    uint32_t *order;       /* calls taken, as links, in the order found */
    uint8_t *is_taken;     /* of each operation */
    uint8_t *is_settled;   /* of each part: for who searches several */
    uint32_t part_count, taken;
    /* The state before the operation taken last, when that one is optional and nothing was read
     * since; else STI_ILLEGAL. */
    uint32_t before;

    sti_branch *branches;
    uint64_t *masks; /* of each branch its slots */
    size_t branch_count, branch_capacity;

    /* Made when a part has had some branches. */
    bool branching;
    uint32_t light;            /* branches without */
    uint64_t steps, steps_max; /* of this part */
    uint32_t *slots;           /* of each operation */
    uint32_t *twins; /* of each operation: the equal one to be taken first, or STI_NO_LINK */
    uint64_t *key;   /* what memo is asked for: first return and state, then the mask */
    size_t mask_words, mask_capacity;
    uint64_t mask_hash;
    uint32_t masked; /* the return up to which slots were freed */
    sti_memo memo;

    /* Called where an order can't go on; may be NULL. If not, hopeless states are gone into. */
    void (*stuck)(void *context, const struct sti_search *search, uint32_t at, uint32_t state);
    void *context;
} sti_search;

/* Prepares all parts of the machine. OTP_ENOMEM. */
OTP_MUST_CHECK otp_err sti_search_init(sti_search *search, sti_machine *machine,
                                       sti_budget *budget);
void sti_search_fini(sti_search *search);

/* Searches one part, which may have been searched before. OTP_OK: *found says whether there is an
 * order, which is in order then; OTP_EBUSY: steps_max branches were entered; OTP_ETIMEOUT: the
 * budget was used up; OTP_ENOMEM. */
OTP_MUST_CHECK otp_err sti_search_part(sti_search *search, uint32_t part, bool *found);

static inline uint32_t sti_search_operation(const sti_search *search, uint32_t link) {
    return search->links[link].event >> 1;
}

#endif
