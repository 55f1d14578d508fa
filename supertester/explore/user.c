/* SPDX-License-Identifier: MIT */
/*
 * Specifications of terms. States are interned terms; operations that a step can't tell apart have
 * the same number, so that each step is computed once and remembered.
 */
#include "supertester/explore/machine.h"
#include "supertester/explore/words.h"

#include "port/memory.h"

typedef struct user_machine {
    sti_machine machine; /* first */
    sti_values states, keys;
    sti_words classes; /* {request, reply, client} */
    otpi_map64 steps;  /* state and class -> next state */
} user_machine;

/* The operation as the step may see it. */
static st_operation seen(const user_machine *user, uint32_t operation) {
    st_operation op;
    sti_history_describe(user->machine.history, operation, &op);
    op.invoked = op.returned = 0;
    op.client = user->machine.spec->by_client ? op.client : 0;
    return op;
}

static uint32_t compute(user_machine *user, uint32_t state, uint32_t operation) {
    st_operation op = seen(user, operation);
    otp_term next = OTP_NONE;
    uint32_t number = STI_ILLEGAL;
    otp_scope scope = otp_scope_begin();
    if (user->machine.spec->step(user->states.all[state].term, &op, &next)) {
        number = otp_is_none(next) ? STI_NO_VALUE : sti_values_add(&user->states, next);
        user->machine.failed |= number == STI_NO_VALUE;
    }
    otp_scope_end(scope);
    user->machine.bytes =
        user->states.arena.bytes_used + user->steps.capacity * sizeof(otpi_map64_slot);
    return number;
}

static uint32_t step(sti_machine *machine, uint32_t state, uint32_t operation) {
    user_machine *user = (user_machine *)machine;
    uint64_t key = (uint64_t)state << 32 | machine->calls[operation].a, known;
    if (otpi_map64_get(&user->steps, key, &known)) {
        return (uint32_t)known;
    }
    uint32_t next = compute(user, state, operation);
    if (!machine->failed && otpi_map64_put(&user->steps, key, next) == OTPI_MAP64_ENOMEM) {
        machine->failed = true;
        return STI_ILLEGAL;
    }
    return next;
}

/* ---- Classes and parts ---- */

static bool classify(user_machine *user, size_t i) {
    const sti_operation *operation = &user->machine.history->operations[i];
    sti_call *call = &user->machine.calls[i];
    uint32_t *draft = sti_words_draft(&user->classes, 4);
    if (!draft) {
        return false;
    }
    const st_spec *spec = user->machine.spec;
    uint64_t client = spec->by_client ? (uint64_t)operation->client : 0;
    draft[0] = operation->request;
    draft[1] = operation->reply;
    draft[2] = (uint32_t)client;
    draft[3] = (uint32_t)(client >> 32);
    *call = (sti_call){.optional = operation->outcome == ST_PENDING,
                       .skip = operation->outcome == ST_FAILED,
                       .a = sti_words_add_draft(&user->classes, 4)};
    if (spec->observes) {
        otp_scope scope = otp_scope_begin();
        call->steady = spec->observes(sti_value_at(&user->machine, operation->request)->term);
        call->skip |= call->steady && call->optional;
        otp_scope_end(scope);
    }
    return call->a != STI_NO_WORDS;
}

/* OTP_OK with *whole set when the request is on all parts. */
static otp_err find_part(user_machine *user, size_t i, bool *whole) {
    const sti_machine *machine = &user->machine;
    uint32_t request = machine->history->operations[i].request;
    otp_scope scope = otp_scope_begin();
    otp_term key = machine->spec->partition(sti_value_at(machine, request)->term);
    uint32_t part = 0;
    if (otp_is_none(key)) {
        *whole = true;
    } else {
        part = sti_values_add(&user->keys, key);
    }
    otp_scope_end(scope);
    machine->calls[i].part = part;
    return part == STI_NO_VALUE ? OTP_ENOMEM : OTP_OK;
}

static otp_err find_parts(user_machine *user) {
    sti_machine *machine = &user->machine;
    size_t count = machine->history->count;
    bool whole = !machine->spec->partition || user->machine.is_whole;
    for (size_t i = 0; i < count && !whole; i++) {
        otp_err err = find_part(user, i, &whole);
        if (err != OTP_OK) {
            return err;
        }
    }
    for (size_t i = 0; i < count && whole; i++) {
        machine->calls[i].part = 0;
    }
    machine->part_count = whole ? count > 0 : user->keys.count;
    return OTP_OK;
}

static otp_err prepare(sti_machine *machine, size_t *bad, otpi_text *text) {
    user_machine *user = (user_machine *)machine;
    (void)bad, (void)text;
    sti_values_init(&user->states, machine->spec->equal, machine->spec->hash);
    sti_values_init(&user->keys, NULL, NULL);
    otpi_map64_init(&user->steps, &otpi_heap_allocator);
    for (size_t i = 0; i < machine->history->count; i++) {
        if (!classify(user, i)) {
            return OTP_ENOMEM;
        }
    }
    otp_scope scope = otp_scope_begin();
    otp_term initial = machine->spec->init();
    machine->initial = otp_is_none(initial) ? STI_NO_VALUE : sti_values_add(&user->states, initial);
    otp_scope_end(scope);
    return machine->initial == STI_NO_VALUE ? OTP_ENOMEM : find_parts(user);
}

static void fini(sti_machine *machine) {
    user_machine *user = (user_machine *)machine;
    if (user->steps.allocator) { /* else it was not prepared */
        sti_values_fini(&user->states);
        sti_values_fini(&user->keys);
        sti_words_fini(&user->classes);
        otpi_map64_fini(&user->steps);
    }
}

static void describe(const sti_machine *machine, uint32_t state, otpi_text *out) {
    otp_term term = ((const user_machine *)machine)->states.all[state].term;
    otp_scope scope = otp_scope_begin();
    sti_describe_term(machine->spec->describe ? machine->spec->describe(term) : term, out);
    otp_scope_end(scope);
}

const sti_machine_type sti_machine_user = {.size = sizeof(user_machine),
                                           .has_whole = true,
                                           .prepare = prepare,
                                           .fini = fini,
                                           .step = step,
                                           .describe = describe};
