/* SPDX-License-Identifier: MIT */
/*
 * Recording. What can be done once is done here and not in the checkers: terms become numbers, so
 * that a check touches no terms.
 */
#include "supertester/explore/record.h"

#include "port/memory.h"

#include <stdlib.h>
#include <string.h>

enum { OPERATIONS_MAX = INT32_MAX / 2, FIRST_CAPACITY = 64 };

/* The values whose numbers are known: see STI_NIL and the others. */
static bool add_known(st_history *history) {
    static const char *const names[] = {"nil",  "undefined", "empty", "ok",
                                        "true", "false",     "fail",  "error"};
    otp_scope scope = otp_scope_begin();
    bool ok = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ok = ok && sti_values_add(&history->values, otp_atom(names[i])) == i;
    }
    ok = ok && sti_values_add(&history->values, otp_binary(NULL, 0)) == STI_EMPTY_BINARY;
    otp_scope_end(scope);
    return ok;
}

st_history *st_history_new(void) {
    st_history *history = otpi_calloc(1, sizeof *history);
    if (!history) {
        return NULL;
    }
    otpi_mutex_init(&history->mutex);
    sti_values_init(&history->values, NULL, NULL);
    otpi_map64_init(&history->open, &otpi_heap_allocator);
    history->sorted = true;
    if (!add_known(history)) {
        st_history_free(history);
        return NULL;
    }
    return history;
}

void st_history_free(st_history *history) {
    if (!history) {
        return;
    }
    otpi_map64_fini(&history->open);
    sti_values_fini(&history->values);
    otpi_mutex_fini(&history->mutex);
    otpi_free(history->operations);
    otpi_free(history->events);
    otpi_free(history->functions);
    otpi_free(history);
}

/* ---- Requests ---- */

/* The array, perhaps moved, with room for one more; NULL when out of memory. */
static void *with_room(void *array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) {
        return array;
    }
    size_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    void *grown = otpi_realloc(array, wanted * size);
    *capacity = grown ? wanted : *capacity;
    return grown;
}

static bool intern(st_history *history, otp_term term, uint32_t *out) {
    *out = sti_values_add(&history->values, term);
    return *out != STI_NO_VALUE;
}

static bool find_function(st_history *history, otp_term name, uint32_t *out) {
    uint32_t value;
    if (!intern(history, name, &value)) {
        return false;
    }
    for (size_t i = 0; i < history->function_count; i++) {
        if (history->functions[i] == value) {
            *out = (uint32_t)i;
            return true;
        }
    }
    uint32_t *functions = with_room(history->functions, history->function_count,
                                    &history->function_capacity, sizeof *functions);
    if (!functions) {
        return false;
    }
    history->functions = functions;
    *out = (uint32_t)history->function_count;
    history->functions[history->function_count++] = value;
    return true;
}

/* {Function, Argument...}; anything else is a function without arguments. */
static bool take_request(st_history *history, otp_term request, sti_operation *out) {
    size_t arity = otp_arity(request);
    otp_term function = arity > 0 ? otp_element(request, 0) : request;
    out->argument_count = arity > 0 ? (uint32_t)(arity - 1) : 0;
    for (size_t i = 0; i < STI_ARGUMENTS_MAX; i++) {
        out->arguments[i] = STI_NO_VALUE;
        if (i < out->argument_count &&
            !intern(history, otp_element(request, i + 1), &out->arguments[i])) {
            return false;
        }
    }
    return find_function(history, function, &out->function) &&
           intern(history, request, &out->request);
}

/* ---- Events ---- */

static bool add_event(st_history *history, uint32_t event) {
    uint32_t *events =
        with_room(history->events, history->event_count, &history->event_capacity, sizeof *events);
    if (!events) {
        return false;
    }
    history->events = events;
    history->events[history->event_count++] = event;
    return true;
}

static otp_err add_operation(st_history *history, const sti_operation *operation) {
    if (history->count >= OPERATIONS_MAX) {
        return OTP_ESIZE;
    }
    sti_operation *operations =
        with_room(history->operations, history->count, &history->capacity, sizeof *operations);
    if (!operations) {
        return OTP_ENOMEM;
    }
    history->operations = operations;
    if (!add_event(history, (uint32_t)history->count * 2)) {
        return OTP_ENOMEM;
    }
    history->operations[history->count++] = *operation;
    history->pending += operation->outcome == ST_PENDING;
    history->failed += operation->outcome == ST_FAILED;
    return OTP_OK;
}

static otp_err invoke(st_history *history, int64_t client, otp_term request) {
    sti_operation operation = {.client = client,
                               .outcome = ST_PENDING,
                               .reply = STI_NO_VALUE,
                               .invoked = history->now + 1};
    if (otpi_map64_find(&history->open, (uint64_t)client)) {
        return OTP_EALREADY;
    }
    if (!take_request(history, request, &operation) ||
        otpi_map64_put(&history->open, (uint64_t)client, history->count) == OTPI_MAP64_ENOMEM) {
        return OTP_ENOMEM;
    }
    otp_err err = add_operation(history, &operation);
    if (err == OTP_OK) {
        history->now++;
    } else {
        otpi_map64_remove(&history->open, (uint64_t)client, NULL);
    }
    return err;
}

static otp_err end_operation(st_history *history, int64_t client, st_outcome outcome,
                             uint32_t reply) {
    uint64_t number;
    if (!otpi_map64_get(&history->open, (uint64_t)client, &number)) {
        return OTP_ENOENT;
    }
    if (outcome == ST_RETURNED && !add_event(history, (uint32_t)number * 2 + 1)) {
        return OTP_ENOMEM;
    }
    sti_operation *operation = &history->operations[number];
    operation->outcome = outcome;
    history->pending -= outcome != ST_PENDING;
    history->failed += outcome == ST_FAILED;
    operation->reply = reply;
    operation->returned = ++history->now;
    otpi_map64_remove(&history->open, (uint64_t)client, NULL);
    return OTP_OK;
}

otp_err st_history_invoke(st_history *history, int64_t client, otp_term request) {
    if (otp_is_none(request)) {
        return OTP_EBADARG;
    }
    otpi_mutex_lock(&history->mutex);
    otp_err err = invoke(history, client, request);
    otpi_mutex_unlock(&history->mutex);
    return err;
}

otp_err st_history_return(st_history *history, int64_t client, otp_term reply) {
    uint32_t value = STI_NO_VALUE;
    otpi_mutex_lock(&history->mutex);
    otp_err err = OTP_ENOMEM;
    if (otp_is_none(reply) || intern(history, reply, &value)) {
        err = end_operation(history, client, ST_RETURNED, value);
    }
    otpi_mutex_unlock(&history->mutex);
    return err;
}

otp_err st_history_fail(st_history *history, int64_t client) {
    otpi_mutex_lock(&history->mutex);
    otp_err err = end_operation(history, client, ST_FAILED, STI_NO_VALUE);
    otpi_mutex_unlock(&history->mutex);
    return err;
}

otp_err st_history_timeout(st_history *history, int64_t client) {
    otpi_mutex_lock(&history->mutex);
    otp_err err = end_operation(history, client, ST_PENDING, STI_NO_VALUE);
    otpi_mutex_unlock(&history->mutex);
    return err;
}

/* ---- With times ---- */

static otp_err add_timed(st_history *history, const st_operation *given) {
    sti_operation operation = {.client = given->client,
                               .outcome = given->outcome,
                               .reply = STI_NO_VALUE,
                               .invoked = given->invoked,
                               .returned = given->returned};
    if (!take_request(history, given->request, &operation) ||
        (!otp_is_none(given->reply) && !intern(history, given->reply, &operation.reply))) {
        return OTP_ENOMEM;
    }
    otp_err err = add_operation(history, &operation);
    if (err != OTP_OK) {
        return err;
    }
    if (given->outcome == ST_RETURNED &&
        !add_event(history, (uint32_t)(history->count - 1) * 2 + 1)) {
        history->count--;
        history->event_count--;
        return OTP_ENOMEM;
    }
    int64_t last = given->outcome == ST_RETURNED ? given->returned : given->invoked;
    history->now = last > history->now ? last : history->now;
    history->sorted = false;
    return OTP_OK;
}

otp_err st_history_add(st_history *history, const st_operation *operation) {
    if (otp_is_none(operation->request) ||
        (operation->outcome == ST_RETURNED && operation->returned < operation->invoked)) {
        return OTP_EBADARG;
    }
    otpi_mutex_lock(&history->mutex);
    otp_err err = add_timed(history, operation);
    otpi_mutex_unlock(&history->mutex);
    return err;
}

typedef struct moment {
    int64_t time;
    uint32_t event;
} moment;

static int compare_moments(const void *a, const void *b) {
    const moment *x = a, *y = b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    if ((x->event & 1) != (y->event & 1)) {
        return (int)(x->event & 1) - (int)(y->event & 1);
    }
    return x->event < y->event ? -1 : x->event > y->event;
}

bool sti_history_sort(st_history *history) {
    if (history->sorted) {
        return true;
    }
    moment *moments = otpi_alloc((history->event_count + 1) * sizeof *moments);
    if (!moments) {
        return false;
    }
    for (size_t i = 0; i < history->event_count; i++) {
        uint32_t event = history->events[i];
        const sti_operation *operation = &history->operations[event >> 1];
        moments[i] = (moment){event & 1 ? operation->returned : operation->invoked, event};
    }
    qsort(moments, history->event_count, sizeof *moments, compare_moments);
    for (size_t i = 0; i < history->event_count; i++) {
        history->events[i] = moments[i].event;
    }
    otpi_free(moments);
    history->sorted = true;
    return true;
}

/* ---- Reading ---- */

size_t st_history_count(const st_history *history) {
    return history->count;
}

void sti_history_describe(const st_history *history, size_t i, st_operation *out) {
    const sti_operation *operation = &history->operations[i];
    const sti_value *values = history->values.all;
    *out = (st_operation){
        .client = operation->client,
        .request = values[operation->request].term,
        .reply = operation->reply == STI_NO_VALUE ? OTP_NONE : values[operation->reply].term,
        .invoked = operation->invoked,
        .returned = operation->returned,
        .outcome = operation->outcome,
    };
}

bool st_history_at(const st_history *history, size_t i, st_operation *out) {
    if (i >= history->count) {
        return false;
    }
    sti_history_describe(history, i, out);
    return true;
}
