/* SPDX-License-Identifier: MIT */
/*
 * Tasks that are awaited together: by a table of their references, so that each message is looked
 * at once, however many tasks there are.
 */
#include "behaviour/task.h"

#include "behaviour/wire.h"
#include "port/memory.h"
#include "process/process.h"

/* ---- Sets ---- */

void otpi_task_set_init(otpi_task_set *set) {
    otpi_map64_init(&set->refs, &otpi_heap_allocator);
}

void otpi_task_set_fini(otpi_task_set *set) {
    otpi_map64_fini(&set->refs);
}

bool otpi_task_set_add(otpi_task_set *set, const otp_task *task, uint64_t value) {
    return otpi_map64_put(&set->refs, task->ref.word[1], value) != OTPI_MAP64_ENOMEM;
}

void otpi_task_set_remove(otpi_task_set *set, const otp_task *task) {
    otpi_map64_remove(&set->refs, task->ref.word[1], NULL);
}

typedef struct set_wait {
    otpi_task_set *set;
    uint64_t number; /* of the reference that was found */
    uint64_t value;
} set_wait;

/* {Ref, _} or {'DOWN', Ref, _, _, _}. */
static bool is_of_set(void *context, otp_term message) {
    set_wait *wait = context;
    const uint64_t *pair = otpi_wire_tuple(message, 2);
    const uint64_t *down = otpi_wire_tuple(message, 5);
    bool is_down = down && down[0] == OTPI_AM_DOWN;
    const uint64_t *ref = pair      ? otpi_ref_words(otpi_wire_term(pair[0]))
                          : is_down ? otpi_ref_words(otpi_wire_term(down[1]))
                                    : NULL;
    wait->number = ref ? ref[1] : 0;
    return ref && otpi_map64_get(&wait->set->refs, wait->number, &wait->value);
}

otp_err otpi_task_set_wait(otpi_task_set *set, int64_t timeout_ms, otp_term *message,
                           uint64_t *value) {
    set_wait wait = {.set = set};
    otp_err err = otpi_receive_more(is_of_set, &wait, timeout_ms, message);
    if (err == OTP_OK) {
        otpi_map64_remove(&set->refs, wait.number, NULL);
        *value = wait.value;
    }
    return err;
}

/* ---- Many ---- */

static void set_drop(void *set) {
    otpi_task_set_fini(set);
}

static otp_err many_begin(otpi_task_set *set, const otp_task *tasks, size_t n) {
    for (size_t i = 0; i < n; i++) {
        bool known = otpi_map64_find(&set->refs, tasks[i].ref.word[1]) != NULL;
        if (known || tasks[i].owner.word != otp_self().word) {
            return OTP_EBADARG;
        }
        if (!otpi_task_set_add(set, &tasks[i], i)) {
            return OTP_ENOMEM;
        }
    }
    return OTP_OK;
}

static int64_t time_left(int64_t timeout_ms, uint64_t begin) {
    uint64_t passed = otp_now_ms() - begin;
    return timeout_ms == OTP_INFINITY       ? OTP_INFINITY
           : passed >= (uint64_t)timeout_ms ? 0
                                            : timeout_ms - (int64_t)passed;
}

/* The results of those that end in time; after the first that is no answer the others are not
 * waited for if the caller wants all or none. */
static void many_wait(otpi_task_set *set, const otp_task *tasks, int64_t timeout_ms, bool all,
                      otp_task_result *results) {
    uint64_t begin = otp_now_ms();
    otp_term message;
    uint64_t i;
    bool goes_on = true;
    while (goes_on && !otpi_task_set_empty(set) &&
           !otpi_task_set_wait(set, time_left(timeout_ms, begin), &message, &i)) {
        results[i].err = otpi_task_told(&tasks[i], message, &results[i].value);
        goes_on = !all || results[i].err == OTP_OK;
    }
}

static otp_err many_yield(const otp_task *tasks, size_t n, int64_t timeout_ms, bool all,
                          otp_task_result *results) {
    if (timeout_ms < 0 && timeout_ms != OTP_INFINITY) {
        return OTP_EBADARG;
    }
    otpi_task_set set;
    otpi_task_set_init(&set);
    otp_defer(set_drop, &set);
    otp_err err = many_begin(&set, tasks, n);
    for (size_t i = 0; i < n && !err; i++) {
        results[i] = (otp_task_result){.err = OTP_ETIMEOUT};
    }
    if (!err) {
        many_wait(&set, tasks, timeout_ms, all, results);
    }
    otp_undefer(&set, true);
    return err;
}

otp_err otp_task_yield_many(const otp_task *tasks, size_t n, int64_t timeout_ms,
                            otp_task_result *results) {
    return many_yield(tasks, n, timeout_ms, false, results);
}

/* OTP_EDOWN goes before OTP_ETIMEOUT: it is why the others were not waited for. */
static otp_err many_read(const otp_task_result *results, size_t n, otp_term *values,
                         otp_term *reason) {
    otp_err err = OTP_OK;
    for (size_t i = 0; i < n; i++) {
        if (results[i].err == OTP_OK) {
            values[i] = results[i].value;
        } else if (err != OTP_EDOWN) {
            err = results[i].err;
            if (err == OTP_EDOWN && reason) {
                *reason = results[i].value;
            }
        }
    }
    return err;
}

static void results_drop(void *argument) {
    otpi_free(*(otp_task_result **)argument);
}

otp_err otp_task_await_many(const otp_task *tasks, size_t n, int64_t timeout_ms, otp_term *values,
                            otp_term *reason) {
    otp_task_result *results = NULL;
    otp_defer(results_drop, &results);
    results = otpi_calloc(n ? n : 1, sizeof *results);
    otp_err err = results ? many_yield(tasks, n, timeout_ms, true, results) : OTP_ENOMEM;
    err = err ? err : many_read(results, n, values, reason);
    otp_undefer(&results, true);
    return err;
}
