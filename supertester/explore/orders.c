/* SPDX-License-Identifier: MIT */
/*
 * How far one gets with what a counterexample shows: the longest orders of its operations that lead
 * to the culprit, with the states between.
 */
#include "supertester/explore/counterexample.h"

#include "port/clock.h"
#include "port/memory.h"

#include <string.h>

enum { STEPS_MAX = 20000 };

typedef struct collector {
    st_counterexample *counterexample;
    uint32_t culprit; /* the operation of the view */
    bool failed;
} collector;

/* Is there this order already? */
static bool is_known(const st_counterexample *c, const uint32_t *order, size_t count) {
    for (size_t i = 0; i < c->order_count; i++) {
        if (c->orders[i].count == count &&
            (count == 0 || memcmp(c->orders[i].shown, order, count * sizeof *order) == 0)) {
            return true;
        }
    }
    return false;
}

static void drop_orders(st_counterexample *c) {
    for (size_t i = 0; i < c->order_count; i++) {
        otpi_free(c->orders[i].shown);
        otpi_text_fini(&c->orders[i].states);
    }
    c->order_count = 0;
}

static void add_order(collector *k, const sti_search *search, uint32_t *order, size_t count) {
    st_counterexample *c = k->counterexample;
    sti_order *added = &c->orders[c->order_count++];
    sti_machine *machine = search->machine;
    uint32_t state = machine->initial;
    *added = (sti_order){.shown = order, .count = count};
    otpi_text_init(&added->states, &otpi_heap_allocator);
    for (size_t i = 0; i < count; i++) {
        state = sti_step(machine, state, order[i]);
        machine->type->describe(machine, state, &added->states);
        otpi_text_char(&added->states, '\0');
    }
    machine->type->describe(machine, machine->initial, &added->states);
    k->failed |= added->states.failed;
}

/* A search is stuck where the first return in the list is that of at. */
static void collect(void *context, const sti_search *search, uint32_t at, uint32_t state) {
    collector *k = context;
    st_counterexample *c = k->counterexample;
    size_t count = search->taken;
    (void)state;
    if (sti_search_operation(search, at) != k->culprit || k->failed ||
        (c->order_count > 0 && count < c->orders[0].count)) {
        return;
    }
    if (c->order_count > 0 && count > c->orders[0].count) {
        drop_orders(c);
    }
    uint32_t *order = otpi_alloc((count + 1) * sizeof *order);
    if (!order) {
        k->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        order[i] = sti_search_operation(search, search->order[i]);
    }
    if (c->order_count == STI_ORDERS_MAX || is_known(c, order, count)) {
        otpi_free(order);
        return;
    }
    add_order(k, search, order, count);
}

otp_err sti_orders_find(st_counterexample *c, st_history *view, const st_history_opts *opts) {
    st_history_result result;
    sti_search search;
    otp_err err;
    bool found;
    sti_budget budget = sti_history_budget(opts, otpi_clock_monotonic_ns());
    sti_machine *machine = sti_history_begin(view, c->spec, opts, &result, &err);
    if (!machine) {
        return err;
    }
    collector k = {.counterexample = c, .culprit = (uint32_t)c->culprit};
    budget.steps_max = STEPS_MAX;
    err = sti_search_init(&search, machine, &budget);
    if (err == OTP_OK) {
        search.stuck = collect;
        search.context = &k;
        err = sti_search_part(&search, 0, &found);
        sti_search_fini(&search);
    }
    sti_machine_free(machine);
    err = err == OTP_ETIMEOUT ? OTP_OK : err;
    return k.failed ? OTP_ENOMEM : err;
}
