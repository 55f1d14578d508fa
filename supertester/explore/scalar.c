/* SPDX-License-Identifier: MIT */
/*
 * Counters, whose states are interned numbers of 64 bits, and locks, whose state is the client that
 * holds it.
 */
#include "supertester/explore/machine.h"
#include "supertester/explore/words.h"

#include "port/memory.h"

#include <inttypes.h>
#include <string.h>

/* ---- Counter ---- */

enum { INCREMENT, DECREMENT, ADD, FETCH_ADD, READ };

typedef struct counter_machine {
    sti_machine machine; /* first */
    sti_words states;
    int64_t *numbers; /* of each operation: what it adds, or what it read */
    int64_t *replies; /* of each operation that replied a number */
} counter_machine;

static uint32_t state_of(counter_machine *counter, int64_t number) {
    uint32_t *draft = sti_words_draft(&counter->states, 2);
    uint32_t state = STI_NO_WORDS;
    if (draft) {
        memcpy(draft, &number, sizeof number);
        state = sti_words_add_draft(&counter->states, 2);
        counter->machine.bytes = sti_words_bytes(&counter->states);
    }
    counter->machine.failed |= state == STI_NO_WORDS;
    return state == STI_NO_WORDS ? STI_ILLEGAL : state;
}

static int64_t number_of(const counter_machine *counter, uint32_t state) {
    int64_t number;
    memcpy(&number, sti_words_at(&counter->states, state), sizeof number);
    return number;
}

static uint32_t counter_step(sti_machine *machine, uint32_t state, uint32_t operation) {
    counter_machine *counter = (counter_machine *)machine;
    const sti_call *call = &machine->calls[operation];
    int64_t before = number_of(counter, state), after, reply = counter->replies[operation];
    if (call->kind == READ) {
        return before == reply ? state : STI_ILLEGAL;
    }
    if (__builtin_add_overflow(before, counter->numbers[operation], &after)) {
        return STI_ILLEGAL;
    }
    if (call->b && reply != (call->kind == FETCH_ADD ? before : after)) {
        return STI_ILLEGAL;
    }
    return state_of(counter, after);
}

static bool get_number(const sti_machine *machine, uint32_t value, int64_t *out) {
    return value != STI_NO_VALUE && otp_get_int(sti_value_at(machine, value)->term, out);
}

/* call->b: whether the reply is a number that must fit. */
static bool take_numbers(counter_machine *counter, size_t i) {
    sti_call *call = &counter->machine.calls[i];
    int64_t *number = &counter->numbers[i];
    *number = call->kind == INCREMENT ? 1 : -1;
    call->b = get_number(&counter->machine, call->reply, &counter->replies[i]);
    if (call->kind == READ) {
        return call->b || call->skip;
    }
    return call->kind <= DECREMENT || get_number(&counter->machine, call->a, number);
}

static otp_err counter_prepare(sti_machine *machine, size_t *bad, otpi_text *text) {
    counter_machine *counter = (counter_machine *)machine;
    size_t count = machine->history->count;
    counter->numbers = otpi_calloc(count + 1, sizeof *counter->numbers);
    counter->replies = otpi_calloc(count + 1, sizeof *counter->replies);
    if (!counter->numbers || !counter->replies) {
        return OTP_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        if (!take_numbers(counter, i)) {
            *bad = i;
            otpi_text_format(text, "a counter %s a number of 64 bits",
                             machine->calls[i].kind == READ ? "reads as" : "is added");
            return OTP_EBADARG;
        }
    }
    machine->initial = state_of(counter, 0);
    return machine->initial == STI_ILLEGAL ? OTP_ENOMEM : OTP_OK;
}

static void counter_fini(sti_machine *machine) {
    counter_machine *counter = (counter_machine *)machine;
    sti_words_fini(&counter->states);
    otpi_free(counter->numbers);
    otpi_free(counter->replies);
}

static void counter_describe(const sti_machine *machine, uint32_t state, otpi_text *out) {
    otpi_text_format(out, "%" PRId64, number_of((const counter_machine *)machine, state));
}

static const sti_function counter_functions[] = {
    {.name = "increment", .kind = INCREMENT, .reply = STI_REPLIES_DONE},
    {.name = "decrement", .kind = DECREMENT, .reply = STI_REPLIES_DONE},
    {.name = "add", .kind = ADD, .arguments_min = 1, .arguments_max = 1, .reply = STI_REPLIES_DONE},
    {.name = "fetch_add",
     .kind = FETCH_ADD,
     .arguments_min = 1,
     .arguments_max = 1,
     .reply = STI_REPLIES_DONE},
    {.name = "read", .kind = READ, .observes = true},
    {.name = NULL},
};

const sti_machine_type sti_machine_counter = {.size = sizeof(counter_machine),
                                              .functions = counter_functions,
                                              .has_whole = true,
                                              .prepare = counter_prepare,
                                              .fini = counter_fini,
                                              .step = counter_step,
                                              .describe = counter_describe};

/* ---- Lock: state 0 is free, else the first operation of the client that holds it, plus 1 ---- */

enum { ACQUIRE, RELEASE };

static uint32_t lock_step(sti_machine *machine, uint32_t state, uint32_t operation) {
    const sti_call *call = &machine->calls[operation];
    bool can = call->kind == ACQUIRE ? state == 0 : state == call->b;
    if (!can) {
        return call->reply == STI_REPLY_YES ? STI_ILLEGAL : state;
    }
    if (call->reply == STI_REPLY_NO) {
        return STI_ILLEGAL;
    }
    return call->kind == ACQUIRE ? call->b : 0;
}

/* call->b: the client, call->a: nothing, so that equal operations of a client are equal. */
static otp_err lock_prepare(sti_machine *machine, size_t *bad, otpi_text *text) {
    const st_history *history = machine->history;
    otpi_map64 clients;
    otp_err err = OTP_OK;
    (void)bad, (void)text;
    otpi_map64_init(&clients, &otpi_heap_allocator);
    for (size_t i = 0; i < history->count && err == OTP_OK; i++) {
        uint64_t client = (uint64_t)history->operations[i].client, number = i + 1;
        if (!otpi_map64_get(&clients, client, &number) &&
            otpi_map64_put(&clients, client, number) == OTPI_MAP64_ENOMEM) {
            err = OTP_ENOMEM;
        }
        machine->calls[i].b = (uint32_t)number;
        machine->calls[i].a = 0;
    }
    otpi_map64_fini(&clients);
    return err;
}

static void lock_fini(sti_machine *machine) {
    (void)machine;
}

static void lock_describe(const sti_machine *machine, uint32_t state, otpi_text *out) {
    if (state == 0) {
        otpi_text_cstr(out, "free");
    } else {
        otpi_text_format(out, "held by %" PRId64, machine->history->operations[state - 1].client);
    }
}

static const sti_function lock_functions[] = {
    {.name = "acquire",
     .kind = ACQUIRE,
     .arguments_max = 1,
     .keyed = true,
     .reply = STI_REPLIES_REFUSAL},
    {.name = "release",
     .kind = RELEASE,
     .arguments_max = 1,
     .keyed = true,
     .reply = STI_REPLIES_REFUSAL},
    {.name = NULL},
};

const sti_machine_type sti_machine_lock = {.size = sizeof(sti_machine),
                                           .functions = lock_functions,
                                           .prepare = lock_prepare,
                                           .fini = lock_fini,
                                           .step = lock_step,
                                           .describe = lock_describe};
