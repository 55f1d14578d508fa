/* SPDX-License-Identifier: MIT */
/*
 * Looking for an order of executed commands that the model allows: the search of Wing and Gong
 * ("Testing and Verifying Concurrent Objects", 1993) with Lowe's memory of what was tried
 * ("Testing for Linearizability", 2017). A command may come next when no other one that is left was
 * over before it began; a set of commands that led to a state and failed is not tried again.
 */
#include "supertester/model/run.h"

#include "base/hash.h"
#include "base/map64.h"
#include "port/memory.h"

#include <string.h>

typedef struct order {
    const sti_model_run *run;
    size_t size;    /* of a state */
    char *states;   /* one for each command taken, and the first */
    otpi_map64 met; /* hash of the commands taken and the state: it leads nowhere */
    bool out_of_memory;
} order;

/* The earliest end among those that are left. */
static uint64_t earliest_end(const sti_model_run *run, uint64_t taken) {
    uint64_t earliest = UINT64_MAX;
    for (uint32_t i = 0; i < run->executed_count; i++) {
        if ((taken >> i & 1) == 0 && run->executed[i].ended < earliest) {
            earliest = run->executed[i].ended;
        }
    }
    return earliest;
}

/* Two ways with the same 64 bits are taken for one: that does not happen in a lifetime. */
static bool is_new(order *o, uint64_t taken, const void *state) {
    uint64_t way = otpi_hash_mix(otpi_hash_bytes(state, o->size, 7), taken);
    otpi_map64_put_result put = otpi_map64_put(&o->met, way, 0);
    o->out_of_memory = o->out_of_memory || put == OTPI_MAP64_ENOMEM;
    return put == OTPI_MAP64_ADDED;
}

/* Can those that are left follow in this state? If so, states ends with the last one. */
static bool extend(order *o, uint64_t taken, uint32_t depth) {
    const sti_model_run *run = o->run;
    if (depth == run->executed_count) {
        return true;
    }
    const char *state = o->states + depth * o->size;
    char *next = o->states + (depth + 1) * o->size;
    uint64_t earliest = earliest_end(run, taken);
    for (uint32_t i = 0; i < run->executed_count; i++) {
        const sti_executed *e = &run->executed[i];
        if ((taken >> i & 1) != 0 || e->began > earliest ||
            !sti_model_holds(run, state, e->command, e->arguments, e->result)) {
            continue;
        }
        memcpy(next, state, o->size);
        sti_model_next(run, next, e->command, e->arguments, e->result);
        uint64_t with = taken | UINT64_C(1) << i;
        if (is_new(o, with, next) && extend(o, with, depth + 1)) {
            return true;
        }
        if (o->out_of_memory) {
            return true;
        }
    }
    return false;
}

bool sti_model_order(const sti_model_run *run, void *state) {
    order o = {.run = run, .size = run->model->size};
    o.states = otpi_calloc(run->executed_count + 1, o.size + 1);
    if (!o.states) {
        return true;
    }
    otpi_map64_init(&o.met, &otpi_heap_allocator);
    memcpy(o.states, state, o.size);
    bool found = extend(&o, 0, 0);
    if (found && !o.out_of_memory) {
        memcpy(state, o.states + run->executed_count * o.size, o.size);
    }
    otpi_map64_fini(&o.met);
    otpi_free(o.states);
    return found;
}
