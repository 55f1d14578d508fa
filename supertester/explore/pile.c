/* SPDX-License-Identifier: MIT */
/*
 * Sequences of values: queue, stack and log. A state is an interned sequence, the oldest value
 * first.
 */
#include "supertester/explore/machine.h"
#include "supertester/explore/words.h"

#include <string.h>

enum { PUT, TAKE_FIRST, TAKE_LAST, PEEK_FIRST, PEEK_LAST, SIZE, READ_ALL, APPEND };

typedef struct pile_machine {
    sti_machine machine; /* first */
    sti_words states;
    sti_words lists; /* replies to READ_ALL: their elements */
} pile_machine;

static uint32_t fail(sti_machine *machine) {
    machine->failed = true;
    return STI_ILLEGAL;
}

/* The state without its first or last, and perhaps with one more value. */
static uint32_t derive(pile_machine *pile, uint32_t state, size_t from, size_t count,
                       uint32_t added) {
    size_t total = count + (added != STI_NO_VALUE);
    uint32_t *draft = sti_words_draft(&pile->states, total);
    if (!draft) {
        return fail(&pile->machine);
    }
    if (count > 0) {
        memcpy(draft, sti_words_at(&pile->states, state) + from, count * sizeof *draft);
    }
    if (added != STI_NO_VALUE) {
        draft[count] = added;
    }
    uint32_t next = sti_words_add_draft(&pile->states, total);
    pile->machine.bytes = sti_words_bytes(&pile->states);
    return next == STI_NO_WORDS ? fail(&pile->machine) : next;
}

/* One value is looked at or taken: does it fit the reply, where "there is none" fits the empty? */
static bool fits(const pile_machine *pile, uint32_t state, size_t count, size_t at,
                 uint32_t reply) {
    if (reply == STI_NO_VALUE || count == 0) {
        return reply == STI_NO_VALUE || sti_is_none(reply);
    }
    return sti_words_at(&pile->states, state)[at] == reply;
}

static bool has_index(const sti_machine *machine, uint32_t value, size_t index) {
    int64_t number;
    return otp_get_int(sti_value_at(machine, value)->term, &number) && number >= 0 &&
           (size_t)number == index;
}

/* log: {read, Index} */
static bool reads_at(const pile_machine *pile, uint32_t state, size_t count, const sti_call *call) {
    int64_t index;
    if (!otp_get_int(sti_value_at(&pile->machine, call->a)->term, &index) || index < 0) {
        return sti_is_none(call->reply);
    }
    return (size_t)index < count ? sti_words_at(&pile->states, state)[index] == call->reply
                                 : sti_is_none(call->reply);
}

static bool reads_all(const pile_machine *pile, uint32_t state, size_t count, uint32_t list) {
    return sti_words_count(&pile->lists, list) == count &&
           (count == 0 || memcmp(sti_words_at(&pile->lists, list),
                                 sti_words_at(&pile->states, state), count * 4) == 0);
}

static uint32_t step(sti_machine *machine, uint32_t state, uint32_t operation) {
    pile_machine *pile = (pile_machine *)machine;
    const sti_call *call = &machine->calls[operation];
    size_t count = sti_words_count(&pile->states, state);
    size_t last = count > 0 ? count - 1 : 0;
    bool ok = true;
    switch (call->kind) {
    case PUT: return derive(pile, state, 0, count, call->a);
    case APPEND:
        ok = call->reply <= STI_TRUE || call->reply == STI_NO_VALUE ||
             has_index(machine, call->reply, count);
        return ok ? derive(pile, state, 0, count, call->a) : STI_ILLEGAL;
    case TAKE_FIRST:
        ok = fits(pile, state, count, 0, call->reply);
        return ok && count > 0 ? derive(pile, state, 1, last, STI_NO_VALUE)
                               : (ok ? state : STI_ILLEGAL);
    case TAKE_LAST:
        ok = fits(pile, state, count, last, call->reply);
        return ok && count > 0 ? derive(pile, state, 0, last, STI_NO_VALUE)
                               : (ok ? state : STI_ILLEGAL);
    case PEEK_FIRST: ok = fits(pile, state, count, 0, call->reply); break;
    case PEEK_LAST: ok = fits(pile, state, count, last, call->reply); break;
    case SIZE: ok = has_index(machine, call->reply, count); break;
    default:
        ok = call->a != STI_NO_VALUE ? reads_at(pile, state, count, call)
                                     : reads_all(pile, state, count, call->b);
    }
    return ok ? state : STI_ILLEGAL;
}

/* The elements of a list as a sequence of values, in call->b. */
static otp_err take_list(pile_machine *pile, size_t i, size_t *bad, otpi_text *text) {
    size_t length;
    uint32_t *draft;
    otp_err err = sti_reply_draft(&pile->machine, i, &pile->lists, &draft, &length, bad, text);
    if (err != OTP_OK) {
        return err;
    }
    sti_call *call = &pile->machine.calls[i];
    call->b = sti_words_add_draft(&pile->lists, length);
    return call->b == STI_NO_WORDS ? OTP_ENOMEM : OTP_OK;
}

/* Who was told that there is none took none, unless a value of that name was put in. */
static void find_steady(sti_machine *machine) {
    size_t count = machine->history->count;
    for (size_t i = 0; i < count; i++) {
        if (machine->calls[i].kind == PUT && sti_is_none(machine->calls[i].a)) {
            return;
        }
    }
    for (size_t i = 0; i < count; i++) {
        sti_call *call = &machine->calls[i];
        bool takes = call->kind == TAKE_FIRST || call->kind == TAKE_LAST;
        call->steady |= takes && sti_is_none(call->reply);
    }
}

static otp_err prepare(sti_machine *machine, size_t *bad, otpi_text *text) {
    pile_machine *pile = (pile_machine *)machine;
    find_steady(machine);
    for (size_t i = 0; i < machine->history->count; i++) {
        sti_call *call = &machine->calls[i];
        bool is_list = call->kind == READ_ALL && call->a == STI_NO_VALUE && !call->skip;
        otp_err err = is_list ? take_list(pile, i, bad, text) : OTP_OK;
        if (err != OTP_OK) {
            return err;
        }
    }
    machine->initial = derive(pile, 0, 0, 0, STI_NO_VALUE);
    return machine->initial == STI_ILLEGAL ? OTP_ENOMEM : OTP_OK;
}

static void fini(sti_machine *machine) {
    pile_machine *pile = (pile_machine *)machine;
    sti_words_fini(&pile->states);
    sti_words_fini(&pile->lists);
}

static void describe(const sti_machine *machine, uint32_t state, otpi_text *out) {
    const pile_machine *pile = (const pile_machine *)machine;
    otpi_text_char(out, '[');
    for (size_t i = 0; i < sti_words_count(&pile->states, state); i++) {
        otpi_text_cstr(out, i > 0 ? ", " : "");
        sti_describe_value(machine, sti_words_at(&pile->states, state)[i], out);
    }
    otpi_text_char(out, ']');
}

static const sti_function queue_functions[] = {
    {.name = "enqueue",
     .kind = PUT,
     .arguments_min = 1,
     .arguments_max = 1,
     .reply = STI_REPLIES_NOTHING},
    {.name = "dequeue", .kind = TAKE_FIRST},
    {.name = "peek", .kind = PEEK_FIRST, .observes = true},
    {.name = "size", .kind = SIZE, .observes = true},
    {.name = NULL},
};
static const sti_function stack_functions[] = {
    {.name = "push",
     .kind = PUT,
     .arguments_min = 1,
     .arguments_max = 1,
     .reply = STI_REPLIES_NOTHING},
    {.name = "pop", .kind = TAKE_LAST},
    {.name = "peek", .kind = PEEK_LAST, .observes = true},
    {.name = "size", .kind = SIZE, .observes = true},
    {.name = NULL},
};
static const sti_function log_functions[] = {
    {.name = "append",
     .kind = APPEND,
     .arguments_min = 1,
     .arguments_max = 1,
     .reply = STI_REPLIES_DONE},
    {.name = "read", .kind = READ_ALL, .arguments_max = 1, .observes = true},
    {.name = "size", .kind = SIZE, .observes = true},
    {.name = NULL},
};

const sti_machine_type sti_machine_queue = {.size = sizeof(pile_machine),
                                            .functions = queue_functions,
                                            .has_whole = true,
                                            .prepare = prepare,
                                            .fini = fini,
                                            .step = step,
                                            .describe = describe};
const sti_machine_type sti_machine_stack = {.size = sizeof(pile_machine),
                                            .functions = stack_functions,
                                            .has_whole = true,
                                            .prepare = prepare,
                                            .fini = fini,
                                            .step = step,
                                            .describe = describe};
const sti_machine_type sti_machine_log = {.size = sizeof(pile_machine),
                                          .functions = log_functions,
                                          .has_whole = true,
                                          .prepare = prepare,
                                          .fini = fini,
                                          .step = step,
                                          .describe = describe};
