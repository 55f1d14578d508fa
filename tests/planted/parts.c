/* SPDX-License-Identifier: MIT */
#include "tests/planted/parts.h"

enum { LONG_MS = 1000 * 1000, WAITING_MAX = 104 };

/* ---- Processes ---- */

void pass(int64_t ms) {
    otp_err err = otp_receive_match(ms, "'$nothing'");
    OTP_ASSERT(err == OTP_ETIMEOUT);
}

void work(int turns) {
    for (int i = 0; i < turns; i++) {
        otp_yield();
    }
}

void settle(void) {
    pass(LONG_MS);
}

void done(void) {
    otp_send(planted_main, OTP_ATOM(done));
}

void await_done(int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        OTP_ASSERT(otp_receive_match(OTP_INFINITY, "done") == OTP_OK);
    }
}

otp_pid start(otp_process_fn *fn, int64_t n) {
    return otp_spawn(fn, otp_int(n));
}

int64_t number(otp_term arg) {
    int64_t n;
    OTP_ASSERT(otp_get_int(arg, &n));
    return n;
}

/* ---- Messages ---- */

static void courier(otp_term arg) {
    otp_pid to;
    otp_term message;
    OTP_ASSERT(otp_match(arg, "{~p, ~t}", &to, &message));
    otp_send(to, message);
}

void post(otp_pid to, otp_term message) {
    otp_spawn(courier, otp_tuple(otp_from_pid(to), message));
}

otp_term next_message(void) {
    otp_term message;
    OTP_ASSERT(otp_receive(OTP_INFINITY, &message) == OTP_OK);
    return message;
}

/* ---- Servers ---- */

otp_pid serve(const otp_gen_server *server, otp_term args) {
    otp_pid pid;
    OTP_ASSERT(otp_start_link(server, args, NULL, &pid) == OTP_OK);
    return pid;
}

otp_term ask(otp_pid server, otp_term request) {
    otp_term reply;
    OTP_ASSERT(otp_call(server, request, OTP_INFINITY, &reply) == OTP_OK);
    return reply;
}

int64_t ask_int(otp_pid server, otp_term request) {
    return number(ask(server, request));
}

bool ask_bool(otp_pid server, otp_term request) {
    bool value;
    OTP_ASSERT(otp_get_bool(ask(server, request), &value));
    return value;
}

/* ---- A shared variable ---- */

static otp_result cell_init(void *state, otp_term value) {
    return otp_get_int(value, state) ? otp_ok() : otp_stop(OTP_ATOM(badarg));
}

static otp_result cell_call(void *state, otp_term request, otp_from from) {
    int64_t *value = state, n;
    (void)from;
    if (otp_match(request, "{set, ~i}", &n)) {
        *value = n;
    } else if (otp_match(request, "{add, ~i}", &n)) {
        *value += n;
    }
    return otp_reply(otp_int(*value));
}

otp_pid cell_start(int64_t value) {
    static const otp_gen_server cell = {
        .name = "cell", .state_size = sizeof(int64_t), .init = cell_init, .handle_call = cell_call};
    return serve(&cell, otp_int(value));
}

int64_t cell_get(otp_pid cell) {
    return ask_int(cell, OTP_ATOM(get));
}

void cell_set(otp_pid cell, int64_t value) {
    ask(cell, PAIR(set, value));
}

int64_t cell_add(otp_pid cell, int64_t n) {
    return ask_int(cell, PAIR(add, n));
}

/* ---- Those who wait for their turn ---- */

typedef struct waiting {
    otp_from from[WAITING_MAX];
    int64_t value[WAITING_MAX];
    int64_t count;
} waiting;

static void waiting_add(waiting *w, otp_from from, int64_t value) {
    OTP_ASSERT(w->count < WAITING_MAX);
    w->from[w->count] = from;
    w->value[w->count++] = value;
}

static otp_from waiting_remove(waiting *w, int64_t at) {
    otp_from from = w->from[at];
    w->count--;
    for (int64_t i = at; i < w->count; i++) {
        w->from[i] = w->from[i + 1];
        w->value[i] = w->value[i + 1];
    }
    return from;
}

/* ---- A lock ---- */

typedef struct lock_state {
    bool taken;
    waiting waiting;
} lock_state;

static otp_result lock_call(void *state, otp_term request, otp_from from) {
    lock_state *l = state;
    if (otp_is(request, "take") && l->taken) {
        waiting_add(&l->waiting, from, 0);
        return otp_noreply();
    }
    l->taken = true;
    if (otp_is(request, "give")) {
        l->taken = l->waiting.count > 0;
        if (l->taken) {
            otp_answer(waiting_remove(&l->waiting, 0), OTP_ATOM(ok));
        }
    }
    return otp_reply(OTP_ATOM(ok));
}

otp_pid lock_start(void) {
    static const otp_gen_server server = {
        .name = "lock", .state_size = sizeof(lock_state), .handle_call = lock_call};
    return serve(&server, otp_nil());
}

void lock_take(otp_pid lock) {
    ask(lock, OTP_ATOM(take));
}

void lock_give(otp_pid lock) {
    ask(lock, OTP_ATOM(give));
}

/* ---- A condition variable ---- */

/* A waiter is in before it gives the lock. */
static otp_result condition_call(void *state, otp_term request, otp_from from) {
    waiting *w = state;
    otp_pid held;
    if (otp_is(request, "await")) {
        waiting_add(w, from, 0);
        return otp_noreply();
    }
    if (otp_match(request, "{wait, ~p}", &held)) {
        waiting_add(w, from, 0);
        lock_give(held);
        return otp_noreply();
    }
    if (w->count > 0) {
        otp_answer(waiting_remove(w, 0), OTP_ATOM(ok));
    }
    return otp_reply(OTP_ATOM(ok));
}

otp_pid condition_start(void) {
    static const otp_gen_server server = {
        .name = "condition", .state_size = sizeof(waiting), .handle_call = condition_call};
    return serve(&server, otp_nil());
}

void condition_await(otp_pid condition) {
    ask(condition, OTP_ATOM(await));
}

void condition_wait(otp_pid condition, otp_pid lock) {
    ask(condition, otp_tuple(OTP_ATOM(wait), otp_from_pid(lock)));
    lock_take(lock);
}

void condition_signal(otp_pid condition) {
    ask(condition, OTP_ATOM(signal));
}

/* ---- A channel ---- */

typedef struct channel_state {
    int64_t room, gets; /* of all times: names them */
    waiting putting;    /* those within the room are answered already */
    waiting getting;
} channel_state;

static otp_result channel_init(void *state, otp_term room) {
    return otp_get_int(room, &((channel_state *)state)->room) ? otp_ok()
                                                              : otp_stop(OTP_ATOM(badarg));
}

static otp_result channel_put_call(channel_state *c, int64_t value, otp_from from) {
    if (c->getting.count > 0) {
        otp_answer(waiting_remove(&c->getting, 0), otp_int(value));
        return otp_reply(OTP_ATOM(ok));
    }
    waiting_add(&c->putting, from, value);
    return c->putting.count <= c->room ? otp_reply(OTP_ATOM(ok)) : otp_noreply();
}

static otp_result channel_get_call(channel_state *c, int64_t timeout_ms, otp_from from) {
    if (c->putting.count > 0) {
        int64_t value = c->putting.value[0];
        if (c->putting.count > c->room) {
            otp_answer(c->putting.from[c->room], OTP_ATOM(ok));
        }
        waiting_remove(&c->putting, 0);
        return otp_reply(otp_int(value));
    }
    waiting_add(&c->getting, from, ++c->gets);
    if (timeout_ms != OTP_INFINITY) {
        otp_send_after(timeout_ms, otp_from_pid(otp_self()), PAIR(late, c->gets));
    }
    return otp_noreply();
}

static otp_result channel_call(void *state, otp_term request, otp_from from) {
    int64_t n = 0;
    return otp_match(request, "{put, ~i}", &n)   ? channel_put_call(state, n, from)
           : otp_match(request, "{get, ~i}", &n) ? channel_get_call(state, n, from)
                                                 : otp_stop(OTP_ATOM(badarg));
}

static otp_result channel_info(void *state, otp_term message) {
    channel_state *c = state;
    int64_t number;
    for (int64_t i = 0; otp_match(message, "{late, ~i}", &number) && i < c->getting.count; i++) {
        if (c->getting.value[i] == number) {
            otp_answer(waiting_remove(&c->getting, i), OTP_ATOM(timeout));
        }
    }
    return otp_noreply();
}

otp_pid channel_start(int64_t room) {
    static const otp_gen_server server = {.name = "channel",
                                          .state_size = sizeof(channel_state),
                                          .init = channel_init,
                                          .handle_call = channel_call,
                                          .handle_info = channel_info};
    return serve(&server, otp_int(room));
}

void channel_put(otp_pid channel, int64_t value) {
    ask(channel, PAIR(put, value));
}

bool channel_get(otp_pid channel, int64_t timeout_ms, int64_t *value) {
    return otp_get_int(ask(channel, PAIR(get, timeout_ms)), value);
}
