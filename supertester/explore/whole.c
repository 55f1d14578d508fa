/* SPDX-License-Identifier: MIT */
/*
 * All parts of a machine as one: a state is the interned sequence of the parts' states. For checks
 * that must look at all parts together, such as sequential consistency.
 */
#include "supertester/explore/machine.h"
#include "supertester/explore/words.h"

#include "port/memory.h"

#include <string.h>

typedef struct whole_machine {
    sti_machine machine; /* first; its calls are those of the parts, with one part */
    sti_machine *parts;
    uint32_t *part_of; /* each operation */
    sti_words states;
} whole_machine;

static uint32_t step(sti_machine *machine, uint32_t state, uint32_t operation) {
    whole_machine *whole = (whole_machine *)machine;
    uint32_t part = whole->part_of[operation];
    uint32_t before = sti_words_at(&whole->states, state)[part];
    uint32_t after = sti_step(whole->parts, before, operation);
    if (after == before || after == STI_ILLEGAL) {
        machine->failed |= whole->parts->failed;
        return after == before ? state : STI_ILLEGAL;
    }
    size_t count = whole->parts->part_count;
    uint32_t *draft = sti_words_draft(&whole->states, count);
    uint32_t next = STI_NO_WORDS;
    if (draft) {
        memcpy(draft, sti_words_at(&whole->states, state), count * sizeof *draft);
        draft[part] = after;
        next = sti_words_add_draft(&whole->states, count);
    }
    machine->bytes = whole->parts->bytes + sti_words_bytes(&whole->states);
    machine->failed |= next == STI_NO_WORDS;
    return next == STI_NO_WORDS ? STI_ILLEGAL : next;
}

static bool begin(whole_machine *whole) {
    size_t count = whole->parts->part_count;
    uint32_t *draft = sti_words_draft(&whole->states, count);
    if (!draft) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        draft[i] = whole->parts->initial;
    }
    whole->machine.initial = sti_words_add_draft(&whole->states, count);
    return whole->machine.initial != STI_NO_WORDS;
}

static void fini(sti_machine *machine) {
    whole_machine *whole = (whole_machine *)machine;
    sti_words_fini(&whole->states);
    sti_machine_free(whole->parts);
}

static void describe(const sti_machine *machine, uint32_t state, otpi_text *out) {
    const whole_machine *whole = (const whole_machine *)machine;
    const uint32_t *states = sti_words_at(&whole->states, state);
    for (uint32_t i = 0; i < whole->parts->part_count; i++) {
        otpi_text_cstr(out, i > 0 ? " | " : "");
        whole->parts->type->describe(whole->parts, states[i], out);
    }
}

static const sti_machine_type type = {.size = sizeof(whole_machine),
                                      .has_whole = true,
                                      .fini = fini,
                                      .step = step,
                                      .describe = describe};

sti_machine *sti_machine_whole(sti_machine *parts) {
    size_t count = parts->history->count;
    whole_machine *whole =
        otpi_alloc(sizeof *whole + count * (sizeof(sti_call) + sizeof(uint32_t)));
    if (!whole) {
        sti_machine_free(parts);
        return NULL;
    }
    sti_call *calls = (sti_call *)(whole + 1);
    uint32_t *part_of = (uint32_t *)(calls + count);
    *whole = (whole_machine){.machine = *parts, .parts = parts, .part_of = part_of};
    whole->machine.type = &type;
    whole->machine.calls = calls;
    whole->machine.part_count = count > 0;
    for (size_t i = 0; i < count; i++) {
        calls[i] = parts->calls[i];
        part_of[i] = calls[i].part;
        calls[i].part = 0;
    }
    if (!begin(whole)) {
        sti_machine_free(&whole->machine);
        return NULL;
    }
    return &whole->machine;
}
