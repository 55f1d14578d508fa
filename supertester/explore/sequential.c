/* SPDX-License-Identifier: MIT */
/*
 * Sequential consistency: a search through how far each client has come. The rules of search.h that
 * do not speak of time hold here too: what fits and never changes anything is taken at once, and
 * where there is one way there is no choice. A configuration is the position of each chain, and the
 * state.
 *
 * A chain is what a client did, in order. An operation that nobody knows about is a chain of its
 * own, which may begin when its client has come so far, and need not be gone.
 */
#include "supertester/explore/check.h"
#include "supertester/explore/words.h"

#include "port/clock.h"
#include "port/memory.h"

#include <string.h>

typedef struct chain {
    uint32_t start, count;       /* its operations */
    uint32_t after, after_count; /* may begin when that chain has come so far */
    bool optional;
} chain;

typedef struct choice_point {
    uint32_t state, taken, next; /* next: the chain to be tried next */
} choice_point;

typedef struct walk {
    sti_machine *machine;
    sti_budget *budget;
    chain *chains;
    uint32_t *operations; /* of all chains */
    uint32_t *positions;  /* of each chain */
    uint32_t *taken;      /* chains, in the order in which they moved */
    choice_point *points;
    size_t chain_count, operation_count, taken_count, point_count, point_capacity;
    size_t left; /* certain operations not taken */
    sti_words seen;
} walk;

static bool is_open(const walk *w, const chain *c) {
    return w->positions[c - w->chains] < c->count && w->positions[c->after] >= c->after_count;
}

static uint32_t operation_of(const walk *w, const chain *c) {
    return w->operations[c->start + w->positions[c - w->chains]];
}

static const sti_call *call_of(const walk *w, const chain *c) {
    return &w->machine->calls[operation_of(w, c)];
}

static uint32_t next_state(const walk *w, const chain *c, uint32_t state) {
    return sti_step(w->machine, state, operation_of(w, c));
}

static void move(walk *w, uint32_t number) {
    w->positions[number]++;
    w->taken[w->taken_count++] = number;
    w->left -= !w->chains[number].optional;
}

static void move_back(walk *w, size_t taken) {
    while (w->taken_count > taken) {
        uint32_t number = w->taken[--w->taken_count];
        w->positions[number]--;
        w->left += !w->chains[number].optional;
    }
}

/* Takes all that never changes anything. */
static void settle(walk *w, uint32_t state) {
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t i = 0; i < w->chain_count; i++) {
            const chain *c = &w->chains[i];
            while (is_open(w, c) && call_of(w, c)->steady && next_state(w, c, state) == state) {
                move(w, i);
                moved = true;
            }
        }
    }
}

/* The first chain from this one on that is worth moving; chain_count = none. */
static uint32_t find_way(const walk *w, uint32_t from, uint32_t state, uint32_t *next) {
    for (uint32_t i = from; i < w->chain_count; i++) {
        if (is_open(w, &w->chains[i])) {
            *next = next_state(w, &w->chains[i], state);
            if (*next != STI_ILLEGAL && (*next != state || !w->chains[i].optional)) {
                return i;
            }
        }
    }
    return (uint32_t)w->chain_count;
}

static otp_err remember(walk *w, uint32_t state, bool *is_new) {
    sti_budget *budget = w->budget;
    budget->steps++;
    if ((budget->steps_max != 0 && budget->steps > budget->steps_max) ||
        ((budget->steps & 1023) == 0 &&
         (otpi_clock_monotonic_ns() > budget->deadline_ns ||
          sti_words_bytes(&w->seen) + w->machine->bytes > budget->memory_bytes_max))) {
        return OTP_ETIMEOUT;
    }
    uint32_t before = w->seen.count;
    uint32_t *draft = sti_words_draft(&w->seen, w->chain_count + 1);
    if (!draft) {
        return OTP_ENOMEM;
    }
    memcpy(draft, w->positions, w->chain_count * sizeof *draft);
    draft[w->chain_count] = state;
    uint32_t number = sti_words_add_draft(&w->seen, w->chain_count + 1);
    *is_new = w->seen.count > before;
    return number == STI_NO_WORDS ? OTP_ENOMEM : OTP_OK;
}

static bool push(walk *w, choice_point point) {
    if (w->point_count == w->point_capacity) {
        size_t capacity = w->point_capacity ? w->point_capacity * 2 : 32;
        choice_point *points = otpi_realloc(w->points, capacity * sizeof *points);
        if (!points) {
            return false;
        }
        w->points = points;
        w->point_capacity = capacity;
    }
    w->points[w->point_count++] = point;
    return true;
}

static bool retreat(walk *w, uint32_t *state) {
    while (w->point_count > 0) {
        choice_point *p = &w->points[w->point_count - 1];
        uint32_t next;
        move_back(w, p->taken);
        uint32_t way = find_way(w, p->next, p->state, &next);
        if (way < w->chain_count) {
            p->next = way + 1;
            move(w, way);
            *state = next;
            return true;
        }
        w->point_count--;
    }
    return false;
}

static otp_err run(walk *w, bool *found) {
    uint32_t state = w->machine->initial;
    *found = false;
    for (;;) {
        uint32_t first_state, other;
        settle(w, state);
        if (w->left == 0) {
            *found = true;
            return OTP_OK;
        }
        uint32_t first = find_way(w, 0, state, &first_state);
        bool go_on = first < w->chain_count;
        if (go_on && find_way(w, first + 1, state, &other) < w->chain_count) {
            otp_err err = remember(w, state, &go_on);
            if (err == OTP_OK && go_on &&
                !push(w, (choice_point){state, (uint32_t)w->taken_count, first + 1})) {
                err = OTP_ENOMEM;
            }
            if (err != OTP_OK) {
                return err;
            }
        }
        if (w->machine->failed) {
            return OTP_ENOMEM;
        }
        if (go_on) {
            move(w, first);
            state = first_state;
        } else if (!retreat(w, &state)) {
            return w->machine->failed ? OTP_ENOMEM : OTP_OK;
        }
    }
}

/* ---- Chains ---- */

/* The chain of each operation's client, by the first of its operations. */
static bool number_clients(const st_history *history, uint32_t *chain_of, size_t *count) {
    otpi_map64 clients;
    bool ok = true;
    otpi_map64_init(&clients, &otpi_heap_allocator);
    *count = 0;
    for (size_t i = 0; i < history->count && ok; i++) {
        uint64_t client = (uint64_t)history->operations[i].client, number = *count;
        if (!otpi_map64_get(&clients, client, &number)) {
            ok = otpi_map64_put(&clients, client, number) != OTPI_MAP64_ENOMEM;
            ++*count;
        }
        chain_of[i] = (uint32_t)number;
    }
    otpi_map64_fini(&clients);
    return ok;
}

/* Fills in the chains; positions count operations meanwhile. */
static void fill_chains(walk *w, const uint32_t *chain_of, size_t clients) {
    const st_history *history = w->machine->history;
    const sti_call *calls = w->machine->calls;
    for (size_t i = 0; i < history->count; i++) {
        w->chains[chain_of[i]].count += !calls[i].skip && !calls[i].optional;
    }
    uint32_t start = 0;
    for (size_t i = 0; i < clients; i++) {
        w->chains[i].start = start;
        w->chains[i].after = (uint32_t)i;
        start += w->chains[i].count;
    }
    w->left = start;
    w->chain_count = clients;
    for (size_t i = 0; i < history->event_count; i++) {
        uint32_t operation = history->events[i] >> 1, client = chain_of[operation];
        if ((history->events[i] & 1) || calls[operation].skip) {
            continue;
        }
        if (calls[operation].optional) {
            w->operations[start] = operation;
            w->chains[w->chain_count++] = (chain){start++, 1, client, w->positions[client], true};
        } else {
            w->operations[w->chains[client].start + w->positions[client]++] = operation;
        }
    }
    memset(w->positions, 0, w->chain_count * sizeof *w->positions);
}

static otp_err check(walk *w, bool *found) {
    size_t count = w->machine->history->count, clients;
    uint32_t *chain_of = otpi_alloc((count + 1) * sizeof *chain_of);
    w->chains = otpi_calloc(2 * count + 1, sizeof *w->chains);
    w->operations = otpi_alloc((count + 1) * sizeof *w->operations);
    w->positions = otpi_calloc(2 * count + 1, sizeof *w->positions);
    w->taken = otpi_alloc((count + 1) * sizeof *w->taken);
    otp_err err = OTP_ENOMEM;
    if (chain_of && w->chains && w->operations && w->positions && w->taken &&
        number_clients(w->machine->history, chain_of, &clients)) {
        fill_chains(w, chain_of, clients);
        err = run(w, found);
    }
    otpi_free(chain_of);
    otpi_free(w->chains);
    otpi_free(w->operations);
    otpi_free(w->positions);
    otpi_free(w->taken);
    otpi_free(w->points);
    sti_words_fini(&w->seen);
    return err;
}

otp_err st_sequentially_consistent(st_history *history, const st_spec *spec,
                                   const st_history_opts *opts, st_history_result *result) {
    uint64_t started_ns = otpi_clock_monotonic_ns();
    st_history_opts all = sti_history_opts(opts);
    sti_budget budget = sti_history_budget(&all, started_ns);
    otp_err err;
    bool found = false;
    all.whole = true;
    sti_machine *machine = sti_history_begin(history, spec, &all, result, &err);
    if (!machine) {
        return err;
    }
    walk w = {.machine = machine, .budget = &budget};
    err = check(&w, &found);
    if (err == OTP_OK) {
        result->verdict = found ? ST_HOLDS : ST_VIOLATION;
    }
    sti_machine_free(machine);
    result->steps = budget.steps;
    result->elapsed_ns = otpi_clock_monotonic_ns() - started_ns;
    return err == OTP_ETIMEOUT ? OTP_OK : err;
}
