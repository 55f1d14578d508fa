/* SPDX-License-Identifier: MIT */
/*
 * Registers, and maps of them: one value that is read, written, compared and swapped, appended to.
 *
 * A state below the number of values is that value. One above is a text that was put together: its
 * length and hash follow from its parts, so that an append costs nothing and most reads that do not
 * fit are seen without looking at bytes. What a read has once confirmed is remembered.
 */
#include "supertester/explore/machine.h"

#include "base/hash.h"
#include "port/memory.h"

#include <string.h>

enum { READ, WRITE, CAS, APPEND, DELETE };
enum { FIRST_SLOTS = 64, LOOK_AHEAD = 64 };

typedef struct text_node {
    uint32_t before, piece; /* a state and the value behind it */
    uint32_t value;         /* the value it is equal to, once known */
    uint32_t beginning_of;  /* a value that begins so, once known */
    size_t size;
    uint64_t hash;
} text_node;

typedef struct cell_machine {
    sti_machine machine; /* first */
    text_node *nodes;
    uint32_t *slots; /* number + 1; 0 = free; a power of two, at most half full */
    uint32_t value_count, node_count, slot_count;
} cell_machine;

typedef struct measure {
    size_t size;
    uint64_t hash;
    bool is_text;
} measure;

/* ---- Texts ---- */

static measure measure_of(const cell_machine *cell, uint32_t state) {
    if (state < cell->value_count) {
        const sti_value *value = sti_value_at(&cell->machine, state);
        return (measure){value->size, value->text_hash, value->bytes != NULL};
    }
    const text_node *node = &cell->nodes[state - cell->value_count];
    return (measure){node->size, node->hash, true};
}

/* Nodes and slots lie in one block. */
static bool grow(cell_machine *cell) {
    uint32_t count = cell->slot_count ? cell->slot_count * 2 : FIRST_SLOTS;
    size_t nodes_size = count / 2 * sizeof *cell->nodes;
    text_node *nodes = otpi_alloc(nodes_size + count * sizeof *cell->slots);
    if (!nodes) {
        return false;
    }
    uint32_t *slots = (uint32_t *)((char *)nodes + nodes_size);
    if (cell->node_count > 0) {
        memcpy(nodes, cell->nodes, cell->node_count * sizeof *nodes);
    }
    memset(slots, 0, count * sizeof *slots);
    for (uint32_t i = 0; i < cell->node_count; i++) {
        uint32_t at = (uint32_t)otpi_hash_mix(nodes[i].before, nodes[i].piece) & (count - 1);
        while (slots[at] != 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = i + 1;
    }
    otpi_free(cell->nodes);
    cell->nodes = nodes;
    cell->slots = slots;
    cell->slot_count = count;
    cell->machine.bytes = nodes_size + count * sizeof *slots;
    return true;
}

static uint32_t put_together(cell_machine *cell, uint32_t before, uint32_t piece) {
    measure first = measure_of(cell, before);
    const sti_value *second = sti_value_at(&cell->machine, piece);
    if (!first.is_text || second->size == 0) {
        return first.is_text ? before : STI_ILLEGAL;
    }
    if (cell->node_count * 2 >= cell->slot_count && !grow(cell)) {
        cell->machine.failed = true;
        return STI_ILLEGAL;
    }
    uint32_t mask = cell->slot_count - 1;
    uint32_t at = (uint32_t)otpi_hash_mix(before, piece) & mask;
    for (; cell->slots[at] != 0; at = (at + 1) & mask) {
        const text_node *node = &cell->nodes[cell->slots[at] - 1];
        if (node->before == before && node->piece == piece) {
            return cell->value_count + cell->slots[at] - 1;
        }
    }
    cell->nodes[cell->node_count] =
        (text_node){before,
                    piece,
                    STI_NO_VALUE,
                    STI_NO_VALUE,
                    first.size + second->size,
                    first.hash * second->text_power + second->text_hash};
    cell->slots[at] = ++cell->node_count;
    return cell->value_count + cell->node_count - 1;
}

static bool is_tail(const sti_value *piece, const uint8_t *bytes, size_t end) {
    return piece->size == 0 || memcmp(bytes + end - piece->size, piece->bytes, piece->size) == 0;
}

/* Byte for byte, from the end to the first part that is known whole. */
static bool is_text(const cell_machine *cell, uint32_t state, const sti_value *value) {
    size_t end = value->size;
    for (;;) {
        uint32_t known = state;
        if (state >= cell->value_count) {
            const text_node *node = &cell->nodes[state - cell->value_count];
            known = node->value;
            if (known == STI_NO_VALUE) {
                const sti_value *piece = sti_value_at(&cell->machine, node->piece);
                if (!is_tail(piece, value->bytes, end)) {
                    return false;
                }
                end -= piece->size;
                state = node->before;
                continue;
            }
        }
        return is_tail(sti_value_at(&cell->machine, known), value->bytes, end);
    }
}

static bool node_is(cell_machine *cell, uint32_t state, uint32_t wanted) {
    text_node *node = &cell->nodes[state - cell->value_count];
    const sti_value *value = sti_value_at(&cell->machine, wanted);
    if (node->value != STI_NO_VALUE) {
        return node->value == wanted;
    }
    if (!value->bytes || value->size != node->size || value->text_hash != node->hash ||
        !is_text(cell, state, value)) {
        return false;
    }
    node->value = wanted;
    return true;
}

static inline bool is(cell_machine *cell, uint32_t state, uint32_t wanted) {
    return state < cell->value_count ? state == wanted : node_is(cell, state, wanted);
}

/* ---- What will be read ---- */

static bool value_begins(const cell_machine *cell, uint32_t beginning, size_t size,
                         const sti_value *value) {
    const sti_value *first = sti_value_at(&cell->machine, beginning);
    return beginning == STI_NIL ||
           (first->bytes && first->size == size && memcmp(first->bytes, value->bytes, size) == 0);
}

/* Does this state begin the value, which is a text? From its end to the first part that is known to
 * do so. */
static bool begins(cell_machine *cell, uint32_t state, uint32_t wanted) {
    const sti_value *value = sti_value_at(&cell->machine, wanted);
    size_t end = measure_of(cell, state).size;
    if (end > value->size) {
        return false;
    }
    for (uint32_t at = state; at >= cell->value_count;) {
        const text_node *node = &cell->nodes[at - cell->value_count];
        const sti_value *piece = sti_value_at(&cell->machine, node->piece);
        if (node->beginning_of == wanted) {
            end = 0;
            at = STI_NIL;
        } else if (node->value != STI_NO_VALUE) {
            at = node->value;
        } else if (is_tail(piece, value->bytes, end)) {
            end -= piece->size;
            at = node->before;
        } else {
            return false;
        }
        if (at < cell->value_count && !value_begins(cell, at, end, value)) {
            return false;
        }
    }
    if (state < cell->value_count) {
        return value_begins(cell, state, end, value);
    }
    cell->nodes[state - cell->value_count].beginning_of = wanted;
    return true;
}

/* The next value that is read before anything but an append can be called must begin with this one.
 */
static bool is_hopeless(sti_machine *machine, uint32_t state, const sti_link *links, uint32_t at) {
    cell_machine *cell = (cell_machine *)machine;
    for (int i = 0; i < LOOK_AHEAD && links[at].event != STI_NO_LINK; i++, at = links[at].next) {
        const sti_call *call = &machine->calls[links[at].event >> 1];
        bool is_return = links[at].event & 1;
        if (!is_return && call->kind != READ && call->kind != APPEND) {
            return false;
        }
        if (is_return && call->kind == READ) {
            return sti_value_at(machine, call->reply)->bytes ? !begins(cell, state, call->reply)
                                                             : !is(cell, state, call->reply);
        }
    }
    return false;
}

/* ---- The machine ---- */

static uint32_t step(sti_machine *machine, uint32_t state, uint32_t operation) {
    cell_machine *cell = (cell_machine *)machine;
    const sti_call *call = &machine->calls[operation];
    switch (call->kind) {
    case READ: return is(cell, state, call->reply) ? state : STI_ILLEGAL;
    case WRITE: return call->a;
    case CAS:
        if (is(cell, state, call->a)) {
            return call->reply == STI_REPLY_NO ? STI_ILLEGAL : call->b;
        }
        return call->reply == STI_REPLY_YES ? STI_ILLEGAL : state;
    case APPEND:
        if (state == STI_NIL) {
            return call->a == STI_EMPTY_BINARY ? state : call->a;
        }
        return put_together(cell, state, call->a);
    default: return machine->nothing;
    }
}

/* A key that is not there and one with an empty text are the same. */
static inline uint32_t in_map(uint32_t value) {
    return value == STI_EMPTY_BINARY || value == STI_UNDEFINED ? STI_NIL : value;
}

static otp_err prepare_map(sti_machine *machine, size_t *bad, otpi_text *text) {
    for (size_t i = 0; i < machine->history->count; i++) {
        sti_call *call = &machine->calls[i];
        if (call->kind == READ) {
            call->reply = in_map(call->reply);
        } else if (call->kind != APPEND) {
            call->a = in_map(call->a);
            call->b = in_map(call->b);
        } else if (!sti_value_at(machine, call->a)->bytes) {
            *bad = i;
            otpi_text_cstr(text, "append takes a binary, not ");
            sti_describe_value(machine, call->a, text);
            return OTP_EBADARG;
        }
    }
    return OTP_OK;
}

static otp_err prepare(sti_machine *machine, size_t *bad, otpi_text *text) {
    cell_machine *cell = (cell_machine *)machine;
    cell->value_count = machine->history->values.count;
    machine->initial = machine->nothing;
    return machine->type == &sti_machine_kv ? prepare_map(machine, bad, text) : OTP_OK;
}

static void fini(sti_machine *machine) {
    cell_machine *cell = (cell_machine *)machine;
    otpi_free(cell->nodes);
}

/* The pieces in order: the way there is the way back from the end. */
static void describe_bytes(const cell_machine *cell, uint32_t state, uint8_t *bytes) {
    for (size_t end = measure_of(cell, state).size; end > 0;) {
        bool whole = state < cell->value_count;
        uint32_t value = whole ? state : cell->nodes[state - cell->value_count].piece;
        const sti_value *piece = sti_value_at(&cell->machine, value);
        end -= piece->size;
        memcpy(bytes + end, piece->bytes, piece->size);
        state = whole ? state : cell->nodes[state - cell->value_count].before;
    }
}

static void describe(const sti_machine *machine, uint32_t state, otpi_text *out) {
    const cell_machine *cell = (const cell_machine *)machine;
    if (state < cell->value_count) {
        sti_describe_value(machine, state, out);
        return;
    }
    size_t size = measure_of(cell, state).size;
    uint8_t *bytes = otpi_alloc(size + 1);
    if (!bytes) {
        out->failed = true;
        return;
    }
    describe_bytes(cell, state, bytes);
    otp_scope scope = otp_scope_begin();
    sti_describe_term(otp_binary(bytes, size), out);
    otp_scope_end(scope);
    otpi_free(bytes);
}

static const sti_function register_functions[] = {
    {.name = "read", .kind = READ, .observes = true},
    {.name = "write",
     .kind = WRITE,
     .arguments_min = 1,
     .arguments_max = 1,
     .reply = STI_REPLIES_NOTHING},
    {.name = "cas",
     .kind = CAS,
     .arguments_min = 2,
     .arguments_max = 2,
     .reply = STI_REPLIES_SUCCESS},
    {.name = NULL},
};

static const sti_function kv_functions[] = {
    {.name = "get",
     .kind = READ,
     .arguments_min = 1,
     .arguments_max = 1,
     .shift = 1,
     .keyed = true,
     .observes = true},
    {.name = "put",
     .kind = WRITE,
     .arguments_min = 2,
     .arguments_max = 2,
     .shift = 1,
     .keyed = true,
     .reply = STI_REPLIES_NOTHING},
    {.name = "append",
     .kind = APPEND,
     .arguments_min = 2,
     .arguments_max = 2,
     .shift = 1,
     .keyed = true,
     .reply = STI_REPLIES_NOTHING},
    {.name = "cas",
     .kind = CAS,
     .arguments_min = 3,
     .arguments_max = 3,
     .shift = 1,
     .keyed = true,
     .reply = STI_REPLIES_SUCCESS},
    {.name = "delete",
     .kind = DELETE,
     .arguments_min = 1,
     .arguments_max = 1,
     .shift = 1,
     .keyed = true,
     .reply = STI_REPLIES_NOTHING},
    {.name = NULL},
};

const sti_machine_type sti_machine_cell = {.size = sizeof(cell_machine),
                                           .functions = register_functions,
                                           .has_whole = true,
                                           .prepare = prepare,
                                           .fini = fini,
                                           .step = step,
                                           .describe = describe};
const sti_machine_type sti_machine_kv = {.size = sizeof(cell_machine),
                                         .functions = kv_functions,
                                         .prepare = prepare,
                                         .fini = fini,
                                         .step = step,
                                         .describe = describe,
                                         .is_hopeless = is_hopeless};
