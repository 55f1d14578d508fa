/* SPDX-License-Identifier: MIT */
/*
 * Sets. A state is the interned sequence of its elements' values in rising order. Where each
 * element is checked by itself, that is the empty one or the element.
 */
#include "supertester/explore/machine.h"
#include "supertester/explore/words.h"

#include <stdlib.h>
#include <string.h>

enum { ADD, REMOVE, CONTAINS, SIZE, READ };

typedef struct set_machine {
    sti_machine machine; /* first */
    sti_words states;
} set_machine;

static uint32_t keep_draft(set_machine *set, size_t count) {
    uint32_t state = sti_words_add_draft(&set->states, count);
    set->machine.bytes = sti_words_bytes(&set->states);
    set->machine.failed |= state == STI_NO_WORDS;
    return state == STI_NO_WORDS ? STI_ILLEGAL : state;
}

/* The number of elements before this one. */
static size_t place_of(const set_machine *set, uint32_t state, uint32_t element) {
    const uint32_t *elements = sti_words_at(&set->states, state);
    size_t lo = 0, hi = sti_words_count(&set->states, state);
    while (lo < hi) {
        size_t middle = (lo + hi) / 2;
        if (elements[middle] < element) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    return lo;
}

static bool holds(const set_machine *set, uint32_t state, uint32_t element, size_t place) {
    return place < sti_words_count(&set->states, state) &&
           sti_words_at(&set->states, state)[place] == element;
}

/* With the element, or without it; it changes. */
static uint32_t toggle(set_machine *set, uint32_t state, uint32_t element, size_t place,
                       bool with) {
    size_t count = sti_words_count(&set->states, state);
    uint32_t *draft = sti_words_draft(&set->states, count + 1);
    if (!draft) {
        set->machine.failed = true;
        return STI_ILLEGAL;
    }
    const uint32_t *old = sti_words_at(&set->states, state);
    memcpy(draft, old, place * sizeof *draft);
    if (with) {
        draft[place] = element;
        memcpy(draft + place + 1, old + place, (count - place) * sizeof *draft);
        return keep_draft(set, count + 1);
    }
    memcpy(draft + place, old + place + 1, (count - place - 1) * sizeof *draft);
    return keep_draft(set, count - 1);
}

static uint32_t change(set_machine *set, uint32_t state, const sti_call *call, bool with) {
    size_t place = place_of(set, state, call->a);
    bool was = holds(set, state, call->a, place);
    bool changes = was != with;
    if ((call->reply == STI_TRUE && !changes) || (call->reply == STI_FALSE && changes)) {
        return STI_ILLEGAL;
    }
    return changes ? toggle(set, state, call->a, place, with) : state;
}

static uint32_t step(sti_machine *machine, uint32_t state, uint32_t operation) {
    set_machine *set = (set_machine *)machine;
    const sti_call *call = &machine->calls[operation];
    int64_t size = 0;
    bool ok;
    switch (call->kind) {
    case ADD:
    case REMOVE: return change(set, state, call, call->kind == ADD);
    case CONTAINS:
        ok = holds(set, state, call->a, place_of(set, state, call->a)) ==
             (call->reply == STI_REPLY_YES);
        break;
    case SIZE:
        ok = otp_get_int(sti_value_at(machine, call->reply)->term, &size) &&
             size == (int64_t)sti_words_count(&set->states, state);
        break;
    default: ok = state == call->b; /* the reply is a state already */
    }
    return ok ? state : STI_ILLEGAL;
}

/* ---- Replies ---- */

static int compare_words(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The list as the state it describes, in call->b. */
static otp_err take_list(set_machine *set, size_t i, size_t *bad, otpi_text *text) {
    size_t count;
    uint32_t *draft;
    otp_err err = sti_reply_draft(&set->machine, i, &set->states, &draft, &count, bad, text);
    if (err != OTP_OK) {
        return err;
    }
    sti_call *call = &set->machine.calls[i];
    qsort(draft, count, sizeof *draft, compare_words);
    size_t different = 0;
    for (size_t at = 0; at < count; at++) {
        if (different == 0 || draft[different - 1] != draft[at]) {
            draft[different++] = draft[at];
        }
    }
    call->b = keep_draft(set, different);
    return call->b == STI_ILLEGAL ? OTP_ENOMEM : OTP_OK;
}

static otp_err prepare(sti_machine *machine, size_t *bad, otpi_text *text) {
    set_machine *set = (set_machine *)machine;
    if (!sti_words_draft(&set->states, 0)) {
        return OTP_ENOMEM;
    }
    machine->initial = keep_draft(set, 0);
    otp_err err = machine->initial == STI_ILLEGAL ? OTP_ENOMEM : OTP_OK;
    for (size_t i = 0; i < machine->history->count && err == OTP_OK; i++) {
        sti_call *call = &machine->calls[i];
        if (call->kind == READ && !call->skip) {
            err = take_list(set, i, bad, text);
        }
    }
    return err;
}

static void fini(sti_machine *machine) {
    sti_words_fini(&((set_machine *)machine)->states);
}

static void describe(const sti_machine *machine, uint32_t state, otpi_text *out) {
    const set_machine *set = (const set_machine *)machine;
    otpi_text_char(out, '{');
    for (size_t i = 0; i < sti_words_count(&set->states, state); i++) {
        otpi_text_cstr(out, i > 0 ? ", " : "");
        sti_describe_value(machine, sti_words_at(&set->states, state)[i], out);
    }
    otpi_text_char(out, '}');
}

static const sti_function functions[] = {
    {.name = "add",
     .kind = ADD,
     .arguments_min = 1,
     .arguments_max = 1,
     .keyed = true,
     .reply = STI_REPLIES_DONE},
    {.name = "remove",
     .kind = REMOVE,
     .arguments_min = 1,
     .arguments_max = 1,
     .keyed = true,
     .reply = STI_REPLIES_DONE},
    {.name = "contains",
     .kind = CONTAINS,
     .arguments_min = 1,
     .arguments_max = 1,
     .keyed = true,
     .observes = true,
     .reply = STI_REPLIES_SUCCESS},
    {.name = "size", .kind = SIZE, .whole = true, .observes = true},
    {.name = "read", .kind = READ, .whole = true, .observes = true},
    {.name = NULL},
};

const sti_machine_type sti_machine_set = {.size = sizeof(set_machine),
                                          .functions = functions,
                                          .has_whole = true,
                                          .prepare = prepare,
                                          .fini = fini,
                                          .step = step,
                                          .describe = describe};
