/* SPDX-License-Identifier: MIT */
/*
 * Random events, actions and timeouts against a small interpreter of the rules as gen_statem(3)
 * lists them ("transition_option()"): the same calls of the machine, in the same order.
 */
#include "behaviour/test_machine.h"

#include "base/prng.h"

/* ---- Random events ---- */

typedef struct source {
    otpi_prng prng;
    int64_t id;
} source;

static uint64_t pick(source *s, uint64_t n) {
    return otpi_prng_below(&s->prng, n);
}

static otp_term any_event(source *s, int depth);

/* Long and random: no two timeouts end at the same time. */
static otp_term any_time(source *s) {
    otp_term ms = otp_int(1 + (int64_t)pick(s, 1000000000));
    switch (pick(s, 8)) {
    case 0:
    case 1: return otp_int(0);
    case 2: return OTP_ATOM(cancel);
    case 3: return OTP_ATOM(update);
    case 4: return OTP_ATOM(infinity);
    case 5: return otp_tuple(OTP_ATOM(abs), ms);
    default: return ms;
    }
}

static otp_term any_set(source *s, int depth) {
    static const char *const timeouts[] = {"event", "state", "{g, x}", "{g, {y, 1}}"};
    return otp_tuple(OTP_ATOM(set), otp_term_of(timeouts[pick(s, 4)]), any_time(s),
                     any_event(s, depth - 1));
}

static otp_term any_action(source *s, int depth) {
    static const char *const types[] = {"internal", "cast", "info", "timeout", "state_timeout"};
    switch (pick(s, 5)) {
    case 0:
    case 1: return OTP_ATOM(postpone);
    case 2:
        return otp_tuple(OTP_ATOM(insert), otp_atom(types[pick(s, 5)]), any_event(s, depth - 1));
    default: return any_set(s, depth);
    }
}

static otp_term any_state(source *s, int depth) {
    static const char *const names[] = {"a", "b", "c"};
    if (depth < 1 || pick(s, 3)) {
        return otp_atom(names[pick(s, 3)]);
    }
    otp_term result =
        pick(s, 2) ? OTP_ATOM(keep) : otp_tuple(OTP_ATOM(repeat), otp_int((int64_t)pick(s, 3)));
    return otp_tuple(OTP_ATOM(d), result, otp_list(any_set(s, depth)));
}

static otp_term any_result(source *s, int depth) {
    switch (pick(s, 6)) {
    case 0:
    case 1: return otp_tuple(OTP_ATOM(next), any_state(s, depth));
    case 2: return OTP_ATOM(repeat);
    default: return OTP_ATOM(keep);
    }
}

/* {do, Id, Result, Actions}. */
static otp_term any_event(source *s, int depth) {
    otp_term actions = otp_nil();
    for (uint64_t n = depth > 0 ? pick(s, 4) : 0; n > 0; n--) {
        actions = otp_cons(any_action(s, depth), actions);
    }
    return otp_tuple(OTP_ATOM(do), otp_int(++s->id), any_result(s, depth), actions);
}

/* ---- The model ---- */

enum { MODEL_MAX = 4096 };

typedef struct model_list {
    size_t count;
    otp_term items[MODEL_MAX]; /* events: {Type, Content} */
} model_list;

typedef struct model_timer {
    otp_term timeout, type, content;
    bool zero;
    int64_t at_ms;
} model_timer;

typedef struct model {
    bool enters;
    otp_term state;
    int64_t now_ms, steps, repeated;
    model_list queue, postponed, mailbox, called; /* called: {ev, State, Type, Id} */
    size_t timer_count;
    model_timer timers[MODEL_MAX];
} model;

/* What one transition has been asked for. */
typedef struct asked {
    bool postpone, enter;
    model_list inserted, timeouts; /* timeouts: {set, Timeout, Time, Content} */
} asked;

static void put(model_list *list, otp_term item) {
    if (CHECK(list->count < MODEL_MAX)) {
        list->items[list->count++] = item;
    }
}

static otp_term take(model_list *list) {
    otp_term first = list->items[0];
    list->count--;
    for (size_t i = 0; i < list->count; i++) {
        list->items[i] = list->items[i + 1];
    }
    return first;
}

/* front ++ list, front empty. */
static void prepend(model_list *list, model_list *front) {
    for (size_t i = 0; i < list->count; i++) {
        put(front, list->items[i]);
    }
    *list = *front;
    front->count = 0;
}

static void timer_remove(model *m, size_t i) {
    for (m->timer_count--; i < m->timer_count; i++) {
        m->timers[i] = m->timers[i + 1];
    }
}

static size_t timer_find(const model *m, otp_term timeout) {
    size_t i = 0;
    while (i < m->timer_count && !otp_equal(m->timers[i].timeout, timeout)) {
        i++;
    }
    return i;
}

static void timer_cancel(model *m, otp_term timeout) {
    size_t i = timer_find(m, timeout);
    if (i < m->timer_count) {
        timer_remove(m, i);
    }
}

static void timer_set(model *m, otp_term timeout, otp_term time, otp_term content) {
    otp_term name = otp_element(timeout, 1);
    model_timer timer = {.timeout = timeout, .content = content};
    size_t i = timer_find(m, timeout);
    int64_t ms = 0;
    timer.type = otp_is(timeout, "event")   ? OTP_ATOM(timeout)
                 : otp_is(timeout, "state") ? OTP_ATOM(state_timeout)
                                            : otp_tuple(OTP_ATOM(timeout), name);
    if (otp_is(time, "update") && i < m->timer_count) {
        m->timers[i].content = content;
        return;
    }
    timer_cancel(m, timeout);
    if (otp_is(time, "cancel") || otp_is(time, "infinity")) {
        return;
    }
    bool absolute = otp_match(time, "{abs, ~i}", &ms);
    bool given = otp_get_int(time, &ms);
    timer.zero = otp_is(time, "update") || (given && ms == 0);
    CHECK(absolute || given || timer.zero);
    timer.at_ms = m->now_ms + ms;
    m->timers[m->timer_count++] = timer;
}

static void model_obey(model *m, asked *a, otp_term result, otp_term actions) {
    otp_term x, y;
    int64_t n;
    a->enter = otp_is(result, "repeat");
    if (otp_match(result, "{repeat, ~i}", &n)) {
        a->enter = m->repeated++ < n;
        m->repeated = a->enter ? m->repeated : 0;
    }
    if (otp_match(result, "{next, ~t}", &x)) {
        a->enter = !otp_equal(x, m->state);
        m->state = x;
    }
    OTP_LIST_FOREACH (action, actions) {
        if (otp_match(action, "{insert, ~t, ~t}", &x, &y)) {
            put(&a->inserted, otp_tuple(x, y));
        } else if (otp_is(action, "postpone")) {
            a->postpone = true;
        } else {
            put(&a->timeouts, action);
        }
    }
}

/* The call of the machine with an event, and what it answers. */
static void model_call(model *m, asked *a, otp_term type, otp_term content, otp_term before) {
    otp_term id = content, result, actions;
    bool enter = otp_is(type, "enter");
    bool obeys = enter ? otp_match(m->state, "{_, ~t, ~l}", &result, &actions)
                       : otp_match(content, "{do, ~t, ~t, ~l}", &id, &result, &actions);
    id = enter ? machine_state_name(before) : id;
    put(&m->called, otp_tuple(OTP_ATOM(ev), machine_state_name(m->state), type, id));
    a->enter = false;
    if (obeys && ++m->steps <= MACHINE_STEPS_MAX) {
        model_obey(m, a, result, actions);
    }
}

static bool is_superseded(const model_list *timeouts, size_t i) {
    for (size_t later = i + 1; later < timeouts->count; later++) {
        if (otp_equal(otp_element(timeouts->items[later], 1), otp_element(timeouts->items[i], 1))) {
            return true;
        }
    }
    return false;
}

/* event OTP_NONE: the start, of which a has what init asked for. */
static void model_transition(model *m, asked *a, otp_term event) {
    otp_term before = m->state;
    if (!otp_is_none(event)) {
        model_call(m, a, otp_element(event, 0), otp_element(event, 1), before);
    }
    while (a->enter && m->enters) {
        model_call(m, a, OTP_ATOM(enter), OTP_NONE, before);
    }
    if (a->postpone && !otp_is_none(event)) {
        put(&m->postponed, event);
    }
    if (!otp_equal(before, m->state)) {
        prepend(&m->queue, &m->postponed);
        timer_cancel(m, OTP_ATOM(state));
    }
    timer_cancel(m, OTP_ATOM(event));
    prepend(&m->queue, &a->inserted);
    for (size_t i = 0; i < a->timeouts.count; i++) {
        if (!is_superseded(&a->timeouts, i)) {
            otp_term set = a->timeouts.items[i];
            timer_set(m, otp_element(set, 1), otp_element(set, 2), otp_element(set, 3));
        }
    }
}

/* What waits, else a timeout of 0, else a message, else the next timer; OTP_NONE: nothing ever. */
static otp_term model_next(model *m) {
    if (m->queue.count) {
        return take(&m->queue);
    }
    size_t best = m->timer_count;
    for (size_t i = 0; i < m->timer_count; i++) {
        const model_timer *timer = &m->timers[i];
        bool sooner = best == m->timer_count || timer->at_ms < m->timers[best].at_ms;
        if (timer->zero) {
            best = i;
            break;
        }
        best = sooner ? i : best;
    }
    bool zero = best < m->timer_count && m->timers[best].zero;
    if (m->mailbox.count && !zero) {
        return take(&m->mailbox);
    }
    if (best == m->timer_count) {
        return OTP_NONE;
    }
    model_timer timer = m->timers[best];
    timer_remove(m, best);
    m->now_ms = zero ? m->now_ms : timer.at_ms;
    return otp_tuple(timer.type, timer.content);
}

static void model_run(model *m, otp_term init_actions) {
    static asked a; /* large */
    otp_term event = OTP_NONE;
    a = (asked){0};
    model_obey(m, &a, OTP_ATOM(keep), init_actions);
    a.enter = true;
    do {
        model_transition(m, &a, event);
        a = (asked){0};
        event = model_next(m);
    } while (!otp_is_none(event));
}

/* ---- Both ---- */

enum { ROUND_CASTS = 8 };

static model the_model; /* large */

static void compare(otp_pid pid, uint64_t seed) {
    for (size_t i = 0; i < the_model.called.count; i++) {
        otp_term told = OTP_NONE;
        CHECK_EQ(otp_receive(OTP_INFINITY, &told), OTP_OK);
        if (!CHECK(otp_equal(told, the_model.called.items[i]))) {
            printf("# seed %llu, call %zu: got %s, the model says %s\n", (unsigned long long)seed,
                   i, otp_show(told), otp_show(the_model.called.items[i]));
            break;
        }
    }
    CHECK_EQ(otp_receive_match(INT64_C(20000000000), "_"), OTP_ETIMEOUT);
    CHECK(otp_is_alive(pid));
}

static void round_of(otp_term arg) {
    otp_scope scope = otp_scope_begin();
    source s = {.id = 0};
    uint64_t seed = 0;
    CHECK(otp_get_uint(arg, &seed));
    otpi_prng_seed(&s.prng, seed);
    bool enters = pick(&s, 2);
    otp_term state = any_state(&s, 2);
    otp_term actions = otp_list(any_action(&s, 2), any_action(&s, 2));
    otp_pid pid = OTP_PID_NONE;
    the_model = (model){.enters = enters, .state = state, .now_ms = (int64_t)otp_now_ms()};
    otp_term init = otp_tuple(OTP_ATOM(ok), state, actions);
    otp_term args = otp_tuple(otp_from_pid(otp_self()), init);
    CHECK_EQ(otp_statem_start(enters ? &entering_machine : &plain_machine, args, NULL, &pid),
             OTP_OK);
    for (int i = 0; i < ROUND_CASTS; i++) {
        otp_term event = any_event(&s, 3);
        otp_cast(pid, event);
        put(&the_model.mailbox, otp_tuple(OTP_ATOM(cast), event));
    }
    model_run(&the_model, actions);
    compare(pid, seed);
    otp_kill(pid);
    otp_scope_end(scope);
}

UNIT("a machine does what the rules say, for random events, actions and timeouts") {
    otp_world *world;
    otp_world_opts opts = {.mode = OTP_SIMULATED};
    REQUIRE(otp_world_start(&opts, &world) == OTP_OK);
    uint64_t rounds = unit_long() ? 5000 : 400;
    int64_t calls = 0;
    for (uint64_t i = 0; i < rounds; i++) {
        otp_system *system;
        otp_outcome outcome;
        REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        otp_err err = otp_run(system, round_of, otp_uint((unit_seed() + i) & 0xffffffff),
                              OTP_INFINITY, &outcome);
        if (!CHECK(err == OTP_OK && outcome.normal)) {
            printf("# %s\n", outcome.reason);
        }
        calls += (int64_t)the_model.called.count;
        otp_system_stop(system);
        REQUIRE(otp_world_reset(world, &opts) == OTP_OK); /* the clock, too: rounds last weeks */
    }
    printf("# %lld calls of the machine\n", (long long)calls);
    CHECK(calls > (int64_t)rounds * 20);
    otp_world_stop(world);
}
