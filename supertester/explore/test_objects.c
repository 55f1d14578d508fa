/* SPDX-License-Identifier: MIT */
/*
 * Simple objects for tests: see test_objects.h.
 */
#include "supertester/explore/test_objects.h"

#include <string.h>

static int below(otpi_prng *prng, int n) {
    return (int)otpi_prng_below(prng, (uint64_t)n);
}

static bool is(const t_op *op, const char *name) {
    return strcmp(op->name, name) == 0;
}

void t_start(t_state *state) {
    memset(state, 0, sizeof *state);
    for (int i = 0; i < T_KEYS; i++) {
        state->values[i] = T_NONE;
    }
}

static t_op op_of(const char *name, int key, int a, int b) {
    return (t_op){.name = name, .key = key, .a = a, .b = b};
}

/* ---- Register and map ---- */

static int cell_apply(t_state *state, const t_op *op) {
    int *value = &state->values[op->key == T_NONE ? 0 : op->key];
    if (is(op, "read") || is(op, "get")) {
        return *value;
    }
    if (is(op, "cas")) {
        bool same = *value == op->a;
        *value = same ? op->b : *value;
        return same ? T_TRUE : T_FALSE;
    }
    *value = is(op, "delete") ? T_NONE : op->a;
    return T_OK;
}

static void register_draw(otpi_prng *prng, t_op *op) {
    int kind = below(prng, 3);
    *op = kind == 0   ? op_of("read", T_NONE, T_NONE, T_NONE)
          : kind == 1 ? op_of("write", T_NONE, below(prng, 3), T_NONE)
                      : op_of("cas", T_NONE, below(prng, 3), below(prng, 3));
}

static void kv_draw(otpi_prng *prng, t_op *op) {
    int kind = below(prng, 4), key = below(prng, T_KEYS);
    *op = kind == 0   ? op_of("get", key, T_NONE, T_NONE)
          : kind == 1 ? op_of("put", key, below(prng, 3), T_NONE)
          : kind == 2 ? op_of("cas", key, below(prng, 3), below(prng, 3))
                      : op_of("delete", key, T_NONE, T_NONE);
}

/* ---- Sequences ---- */

static int take_out(t_state *state, int at) {
    int value = state->items[at];
    memmove(state->items + at, state->items + at + 1,
            (size_t)(state->count - at - 1) * sizeof *state->items);
    state->count--;
    return value;
}

static int pile_apply(t_state *state, const t_op *op) {
    bool last = is(op, "pop");
    if (is(op, "enqueue") || is(op, "push")) {
        state->items[state->count++] = op->a;
        return T_OK;
    }
    if (is(op, "append")) {
        state->items[state->count++] = op->a;
        return state->count - 1;
    }
    if (is(op, "size")) {
        return state->count;
    }
    if (is(op, "read")) {
        return op->a < state->count ? state->items[op->a] : T_NONE;
    }
    if (state->count == 0) {
        return T_NONE;
    }
    if (is(op, "peek")) {
        return state->items[op->b == 1 ? state->count - 1 : 0];
    }
    return take_out(state, last ? state->count - 1 : 0);
}

static void queue_draw(otpi_prng *prng, t_op *op) {
    int kind = below(prng, 6);
    *op = kind < 3         ? op_of("enqueue", T_NONE, below(prng, 3), T_NONE)
          : kind < 5       ? op_of("dequeue", T_NONE, T_NONE, T_NONE)
          : below(prng, 2) ? op_of("peek", T_NONE, T_NONE, T_NONE)
                           : op_of("size", T_NONE, T_NONE, T_NONE);
}

/* b = 1 tells this object's peek from the queue's; it is no argument. */
static void stack_draw(otpi_prng *prng, t_op *op) {
    int kind = below(prng, 6);
    *op = kind < 3         ? op_of("push", T_NONE, below(prng, 3), T_NONE)
          : kind < 5       ? op_of("pop", T_NONE, T_NONE, T_NONE)
          : below(prng, 2) ? op_of("peek", T_NONE, T_NONE, 1)
                           : op_of("size", T_NONE, T_NONE, T_NONE);
}

static void log_draw(otpi_prng *prng, t_op *op) {
    int kind = below(prng, 4);
    *op = kind < 2    ? op_of("append", T_NONE, below(prng, 3), T_NONE)
          : kind == 2 ? op_of("read", T_NONE, below(prng, 3), T_NONE)
                      : op_of("size", T_NONE, T_NONE, T_NONE);
}

/* ---- Set, counter, lock ---- */

static int set_apply(t_state *state, const t_op *op) {
    int at = 0;
    while (at < state->count && state->items[at] != op->a) {
        at++;
    }
    bool there = at < state->count;
    if (is(op, "size")) {
        return state->count;
    }
    if (is(op, "add")) {
        if (!there) {
            state->items[state->count++] = op->a;
        }
        return there ? T_FALSE : T_TRUE;
    }
    if (is(op, "remove") && there) {
        take_out(state, at);
    }
    return there ? T_TRUE : T_FALSE;
}

static void set_draw(otpi_prng *prng, t_op *op) {
    int kind = below(prng, 10);
    *op = kind < 4   ? op_of("add", T_NONE, below(prng, 3), T_NONE)
          : kind < 7 ? op_of("remove", T_NONE, below(prng, 3), T_NONE)
          : kind < 9 ? op_of("contains", T_NONE, below(prng, 3), T_NONE)
                     : op_of("size", T_NONE, T_NONE, T_NONE);
}

static int counter_apply(t_state *state, const t_op *op) {
    int before = state->count;
    if (is(op, "read")) {
        return before;
    }
    state->count += is(op, "increment") ? 1 : op->a;
    return is(op, "increment") ? T_OK : is(op, "add") ? state->count : before;
}

static void counter_draw(otpi_prng *prng, t_op *op) {
    int kind = below(prng, 4);
    *op = kind == 0   ? op_of("read", T_NONE, T_NONE, T_NONE)
          : kind == 1 ? op_of("increment", T_NONE, T_NONE, T_NONE)
          : kind == 2 ? op_of("add", T_NONE, below(prng, 3), T_NONE)
                      : op_of("fetch_add", T_NONE, below(prng, 3), T_NONE);
}

static int lock_apply(t_state *state, const t_op *op) {
    int *owner = &state->items[op->key];
    bool can = is(op, "acquire") ? *owner == 0 : *owner == op->client + 1;
    *owner = can ? (is(op, "acquire") ? op->client + 1 : 0) : *owner;
    return can ? T_TRUE : T_FALSE;
}

static void lock_draw(otpi_prng *prng, t_op *op) {
    *op = op_of(below(prng, 2) ? "acquire" : "release", below(prng, T_KEYS), T_NONE, T_NONE);
}

const t_object t_objects[] = {
    {&st_spec_register, register_draw, cell_apply},
    {&st_spec_kv, kv_draw, cell_apply},
    {&st_spec_queue, queue_draw, pile_apply},
    {&st_spec_stack, stack_draw, pile_apply},
    {&st_spec_log, log_draw, pile_apply},
    {&st_spec_set, set_draw, set_apply},
    {&st_spec_counter, counter_draw, counter_apply},
    {&st_spec_lock, lock_draw, lock_apply},
};
const size_t t_object_count = sizeof t_objects / sizeof t_objects[0];

/* ---- Random histories ---- */

/* Clients take turns: call, take effect, return. Some calls never return, with effect or not. */
void t_draw(const t_object *object, otpi_prng *prng, int operations, int clients,
            t_history *history) {
    int open[16];
    bool done[16] = {false};
    t_state state;
    int now = 0;
    t_start(&state);
    history->count = 0;
    for (int i = 0; i < clients; i++) {
        open[i] = -1;
    }
    for (int left = operations * 4; left > 0; left--) {
        int client = below(prng, clients);
        t_op *op = open[client] >= 0 ? &history->ops[open[client]] : NULL;
        if (!op && history->count < operations) {
            op = &history->ops[open[client] = history->count++];
            object->draw(prng, op);
            op->client = client;
            op->invoked = ++now;
            done[client] = false;
        } else if (op && !done[client]) {
            done[client] = true;
            if (below(prng, 12) > 0) {
                op->reply = object->apply(&state, op);
            } else {
                open[client] = -1; /* it had no effect, and nobody knows */
            }
        } else if (op) {
            op->returned = below(prng, 12) > 0 ? ++now : 0;
            open[client] = -1;
        }
    }
}

void t_mutate(otpi_prng *prng, t_history *history) {
    static const int replies[] = {T_NONE, T_TRUE, T_FALSE, 0, 1, 2, 3};
    t_op *op = &history->ops[below(prng, history->count)];
    bool is_word = op->reply == T_TRUE || op->reply == T_FALSE;
    int other = is_word ? T_TRUE + T_FALSE - op->reply : replies[3 + below(prng, 4)];
    op->reply = op->reply == T_OK ? T_OK : other;
}

/* ---- All orders ---- */

typedef struct t_try {
    const t_object *object;
    const t_history *history;
    bool in_time, taken[T_OPS_MAX];
} t_try;

/* May this one be next, with what is not taken yet? */
static bool may_be_next(const t_try *t, int i) {
    const t_op *op = &t->history->ops[i];
    for (int j = 0; j < t->history->count; j++) {
        const t_op *other = &t->history->ops[j];
        bool before = t->in_time ? other->returned < op->invoked
                                 : other->client == op->client && other->invoked < op->invoked;
        if (!t->taken[j] && other->returned != 0 && before) {
            return false;
        }
    }
    return true;
}

static bool try_all(t_try *t, const t_state *state) {
    bool left = false;
    for (int i = 0; i < t->history->count; i++) {
        const t_op *op = &t->history->ops[i];
        left = left || (!t->taken[i] && op->returned != 0);
        if (t->taken[i] || !may_be_next(t, i)) {
            continue;
        }
        t_state next = *state;
        int reply = t->object->apply(&next, op);
        if (op->returned == 0 || reply == op->reply) {
            t->taken[i] = true;
            bool found = try_all(t, &next);
            t->taken[i] = false;
            if (found) {
                return true;
            }
        }
    }
    return !left;
}

bool t_holds(const t_object *object, const t_history *history, bool in_time) {
    t_try t = {.object = object, .history = history, .in_time = in_time};
    t_state state;
    t_start(&state);
    return try_all(&t, &state);
}

/* ---- As a history ---- */

static otp_term term_of(int number) {
    switch (number) {
    case T_NONE: return otp_atom("nil");
    case T_OK: return otp_atom("ok");
    case T_TRUE: return otp_bool(true);
    case T_FALSE: return otp_bool(false);
    default: return otp_int(number);
    }
}

static otp_term request_of(const t_op *op) {
    otp_term parts[4] = {otp_atom(op->name)};
    size_t count = 1;
    const int arguments[] = {op->key, op->a, op->b};
    for (int i = 0; i < 3; i++) {
        if (arguments[i] != T_NONE && !(i == 2 && op->a == T_NONE)) {
            parts[count++] = otp_int(arguments[i]);
        }
    }
    return count == 1 ? parts[0] : otp_tuple_of(count, parts);
}

st_history *t_record(const t_history *history) {
    st_history *out = st_history_new();
    otp_scope scope = otp_scope_begin();
    for (int i = 0; i < history->count && out; i++) {
        const t_op *op = &history->ops[i];
        st_operation operation = {.client = op->client,
                                  .request = request_of(op),
                                  .reply = op->returned ? term_of(op->reply) : OTP_NONE,
                                  .invoked = op->invoked,
                                  .returned = op->returned,
                                  .outcome = op->returned ? ST_RETURNED : ST_PENDING};
        if (st_history_add(out, &operation) != OTP_OK) {
            st_history_free(out);
            out = NULL;
        }
    }
    otp_scope_end(scope);
    return out;
}
