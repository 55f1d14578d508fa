/* SPDX-License-Identifier: MIT */
/*
 * A specification made ready for one history: operations as small records of numbers, states as
 * numbers. Equal states have equal numbers as far as a machine can tell cheaply (two that it does
 * not recognise as equal cost the search time, not truth).
 *
 * machine.c makes them from tables of functions; the types are in cell.c (register, kv), pile.c
 * (queue, stack, log), set.c, scalar.c (counter, lock), user.c (specifications of terms) and
 * whole.c (all parts of another machine side by side).
 */
#ifndef SUPERTESTER_EXPLORE_MACHINE_H
#define SUPERTESTER_EXPLORE_MACHINE_H

#include "supertester/explore/record.h"
#include "supertester/explore/words.h"

#include "base/text.h"

#define STI_ILLEGAL UINT32_MAX

/* What a reply is, where only that matters. */
enum { STI_REPLY_NO, STI_REPLY_YES, STI_REPLY_UNKNOWN };

typedef struct sti_call {
    uint8_t kind;   /* of the machine's functions */
    bool skip;      /* says nothing: it failed, or looked and nobody knows what it saw */
    bool steady;    /* in whatever state it fits, it changes nothing */
    bool optional;  /* may or may not have taken effect */
    uint32_t part;  /* from 0 */
    uint32_t key;   /* the same, were parts checked by themselves */
    uint32_t a, b;  /* arguments behind the key; values */
    uint32_t reply; /* a value, or STI_REPLY_NO and so on, as the function says */
} sti_call;

typedef enum sti_reply_form {
    STI_REPLIES_VALUE,   /* any value */
    STI_REPLIES_NOTHING, /* a refusal: it had no effect; anything else: it had */
    STI_REPLIES_SUCCESS, /* success or refusal */
    STI_REPLIES_REFUSAL, /* a refusal, or anything else for success */
    STI_REPLIES_DONE,    /* as NOTHING, but true and false, or a number, are looked at */
} sti_reply_form;

typedef struct sti_function {
    const char *name;
    uint8_t kind;
    uint8_t arguments_min, arguments_max; /* the key included */
    uint8_t shift;                        /* the first arguments that are key only */
    bool keyed;                           /* the first argument, when there is one, is the key */
    bool whole;                           /* is on all parts */
    bool observes;                        /* never changes the state */
    sti_reply_form reply;
} sti_function;

/* Calls and returns of a part in a doubly linked list: see search.h. */
typedef struct sti_link {
    uint32_t next, prev;
    uint32_t event; /* the operation twice, plus 1 for its return */
    uint32_t peer;  /* of a call: its return, or STI_NO_LINK; of a return: its call */
} sti_link;

#define STI_NO_LINK UINT32_MAX

typedef struct sti_machine sti_machine;

typedef struct sti_machine_type {
    size_t size;                   /* of its struct, which begins with a sti_machine */
    const sti_function *functions; /* ends with a NULL name; NULL: any request */
    bool has_whole;                /* its states can hold all parts */
    /* Behind the calls: sets initial. Reports what is wrong with an operation in text. */
    otp_err (*prepare)(sti_machine *machine, size_t *bad, otpi_text *text);
    void (*fini)(sti_machine *machine);
    /* The next state; STI_ILLEGAL when the reply does not fit, or when out of memory (failed). */
    uint32_t (*step)(sti_machine *machine, uint32_t state, uint32_t operation);
    void (*describe)(const sti_machine *machine, uint32_t state, otpi_text *out);
    /* May be NULL. Is there certainly no way to go on from this state with what is in the list from
     * here, an operation before the list's end? */
    bool (*is_hopeless)(sti_machine *machine, uint32_t state, const sti_link *links, uint32_t at);
} sti_machine_type;

struct sti_machine {
    const sti_machine_type *type;
    const st_spec *spec;
    st_history *history;
    sti_call *calls; /* of each operation; in the same block */
    uint32_t part_count;
    uint32_t nothing; /* value of the initial state */
    uint32_t initial;
    bool is_whole; /* one part was asked for */
    bool failed;   /* out of memory */
    size_t bytes;  /* of states, for a budget */
};

extern const sti_machine_type sti_machine_cell, sti_machine_kv, sti_machine_queue,
    sti_machine_stack, sti_machine_log, sti_machine_set, sti_machine_counter, sti_machine_lock,
    sti_machine_user;

/* NULL with *err: OTP_EBADARG with *bad and what is wrong with that operation, or OTP_ENOMEM. */
sti_machine *sti_machine_new(const st_spec *spec, st_history *history, const st_history_opts *opts,
                             otp_err *err, size_t *bad, otpi_text *text);
void sti_machine_free(sti_machine *machine);

/* A machine of all parts of this one, which it owns from here on, also when it fails. */
sti_machine *sti_machine_whole(sti_machine *parts);

static inline uint32_t sti_step(sti_machine *machine, uint32_t state, uint32_t operation) {
    return machine->type->step(machine, state, operation);
}

/* What machines share. */
static inline bool sti_is_none(uint32_t reply) {
    return reply <= STI_EMPTY;
}
static inline const sti_value *sti_value_at(const sti_machine *machine, uint32_t value) {
    return &machine->history->values.all[value];
}
/* The elements of the list that operation i replied, in order, as a draft of words (none: no
 * elements). OTP_EBADARG, with *bad and text, when it is no list; OTP_ENOMEM. */
OTP_MUST_CHECK otp_err sti_reply_draft(sti_machine *machine, size_t i, sti_words *words,
                                       uint32_t **draft, size_t *length, size_t *bad,
                                       otpi_text *text);
void sti_describe_value(const sti_machine *machine, uint32_t value, otpi_text *out);
void sti_describe_term(otp_term term, otpi_text *out);

#endif
