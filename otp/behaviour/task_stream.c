/* SPDX-License-Identifier: MIT */
/*
 * async_stream: a list worked off by tasks, so many at a time.
 *
 * All tasks have the same time, so the one that was started first is also the first whose time is
 * over: those that run stand in a queue in that order. Whatever way the caller leaves, a defer
 * kills the tasks that still run and frees the record.
 */
#include "behaviour/task.h"

#include "base/list.h"
#include "behaviour/wire.h"
#include "port/memory.h"
#include "process/system.h"

enum { STREAM_TIMEOUT_MS = 5000, STREAM_SIMULATED_CONCURRENCY = 4 };

typedef struct running {
    otpi_list link; /* running, oldest first, or free */
    otp_task task;
    size_t index; /* of its element */
    uint64_t deadline_ms;
} running;

typedef struct stream {
    otp_task_fn *fn;
    otp_task_stream_opts opts;
    otp_term rest; /* elements without a task yet */
    size_t begun, ended;
    otpi_task_set set; /* -> running */
    otpi_list queue, free;
    otp_term *results;
    running slots[];
} stream;

static running *running_of(otpi_list *at) {
    return OTPI_LIST_ENTRY(at, running, link);
}

static bool is_linked(const stream *s) {
    return otp_is_none(s->opts.supervisor);
}

/* ---- Begin and end ---- */

/* Its end is not the caller's, and nothing of it comes any more, if the caller goes on. */
static void running_end(const stream *s, const otp_task *task, bool caller_exits) {
    if (is_linked(s) && !caller_exits) {
        otpi_task_unlink(task->pid);
    }
    otp_kill(task->pid);
    if (!caller_exits) {
        otp_demonitor(task->ref, true);
    }
}

static void stream_release(void *argument) {
    stream *s = *(stream **)argument;
    if (!s) {
        return;
    }
    bool caller_exits = otpi_self()->flags & OTPI_EXITING;
    OTPI_LIST_EACH (at, &s->queue) {
        running_end(s, &running_of(at)->task, caller_exits);
    }
    otpi_task_set_fini(&s->set);
    otpi_free(s->results);
    otpi_free(s);
}

static otp_task_stream_opts opts_fill(const otp_task_stream_opts *opts, size_t length) {
    otp_task_stream_opts filled = opts ? *opts : (otp_task_stream_opts){0};
    const otp_world *world = otp_world_here();
    size_t schedulers = world->simulator ? STREAM_SIMULATED_CONCURRENCY : world->worker_count;
    size_t most = filled.max_concurrency ? filled.max_concurrency : schedulers;
    filled.max_concurrency = most < length ? most : length;
    filled.timeout_ms = filled.timeout_ms ? filled.timeout_ms : STREAM_TIMEOUT_MS;
    return filled;
}

/* NULL when out of memory. */
static stream *stream_new(otp_task_fn *fn, otp_term list, size_t length,
                          const otp_task_stream_opts *given) {
    otp_task_stream_opts opts = opts_fill(given, length);
    stream *s = otpi_calloc(1, sizeof *s + opts.max_concurrency * sizeof(running));
    otp_term *results = otpi_calloc(length, sizeof *results);
    if (!s || !results) {
        otpi_free(s);
        otpi_free(results);
        return NULL;
    }
    s->fn = fn;
    s->opts = opts;
    s->rest = list;
    s->results = results;
    otpi_task_set_init(&s->set);
    otpi_list_init(&s->queue);
    otpi_list_init(&s->free);
    for (size_t i = 0; i < opts.max_concurrency; i++) {
        otpi_list_push_back(&s->free, &s->slots[i].link);
    }
    return s;
}

/* ---- One task ---- */

static otp_err task_begin(stream *s, running *r) {
    otp_term element = otp_head(s->rest);
    otp_err err = is_linked(s) ? otpi_task_start(s->fn, element, true, &r->task)
                               : otp_task_supervisor_async_nolink(s->opts.supervisor, s->fn,
                                                                  element, &r->task);
    if (err) {
        return err;
    }
    r->index = s->begun++;
    r->deadline_ms = s->opts.timeout_ms == OTP_INFINITY
                         ? UINT64_MAX
                         : otp_now_ms() + (uint64_t)s->opts.timeout_ms;
    s->rest = otp_tail(s->rest);
    otpi_list_remove(&r->link);
    otpi_list_push_back(&s->queue, &r->link);
    return otpi_task_set_add(&s->set, &r->task, (uintptr_t)r) ? OTP_OK : OTP_ENOMEM;
}

static otp_err tasks_begin(stream *s) {
    otp_err err = OTP_OK;
    while (!err && !otp_is_nil(s->rest) && !otpi_list_empty(&s->free)) {
        err = task_begin(s, running_of(s->free.next));
    }
    return err;
}

static void task_ended(stream *s, running *r, otp_err err, otp_term value) {
    if (is_linked(s)) {
        otpi_task_unlink(r->task.pid);
    }
    otp_term what = err == OTP_OK ? otpi_am(ok) : otpi_am(exit);
    s->results[s->opts.unordered ? s->ended : r->index] = otpi_wire_pair(what, value);
    s->ended++;
    otpi_list_remove(&r->link);
    otpi_list_push_back(&s->free, &r->link);
}

/* It has had its time. */
static void task_overdue(stream *s, running *r) {
    if (s->opts.on_timeout == OTP_TASK_TIMEOUT_EXIT) {
        otp_term call = otpi_wire_pair(OTP_ATOM(async_stream), otp_int(s->opts.timeout_ms));
        otp_exit(otpi_wire_pair(otpi_am(timeout), call));
    }
    otp_term value;
    otpi_task_set_remove(&s->set, &r->task);
    if (is_linked(s)) {
        otpi_task_unlink(r->task.pid);
    }
    otp_err err = otpi_task_kill(&r->task, &value); /* it may have answered just now */
    task_ended(s, r, err, err ? otpi_am(timeout) : value);
}

/* ---- The stream ---- */

static int64_t oldest_time_left(const stream *s) {
    uint64_t deadline_ms = running_of(s->queue.next)->deadline_ms;
    uint64_t now = otp_now_ms();
    return deadline_ms == UINT64_MAX ? OTP_INFINITY
           : deadline_ms <= now      ? 0
                                     : (int64_t)(deadline_ms - now);
}

static otp_err stream_run(stream *s) {
    otp_err err = tasks_begin(s);
    while (!err && !otpi_list_empty(&s->queue)) {
        otp_term message;
        otp_term value;
        uint64_t word;
        if (otpi_task_set_wait(&s->set, oldest_time_left(s), &message, &word) == OTP_OK) {
            running *r = (running *)(uintptr_t)word;
            otp_err ended = otpi_task_told(&r->task, message, &value);
            task_ended(s, r, ended, value);
        } else {
            task_overdue(s, running_of(s->queue.next));
        }
        err = tasks_begin(s);
    }
    return err;
}

otp_err otp_task_async_stream(otp_task_fn *fn, otp_term list, const otp_task_stream_opts *opts,
                              otp_term *results) {
    size_t length = otp_length(list);
    bool bad_time = opts && opts->timeout_ms < 0 && opts->timeout_ms != OTP_INFINITY;
    if (!fn || length == SIZE_MAX || bad_time) {
        return OTP_EBADARG;
    }
    if (length == 0) {
        *results = otp_nil();
        return OTP_OK;
    }
    stream *s = NULL;
    otp_defer(stream_release, &s);
    s = stream_new(fn, list, length, opts);
    otp_err err = s ? stream_run(s) : OTP_ENOMEM;
    if (err == OTP_OK) {
        *results = otp_list_of(length, s->results);
    }
    otp_undefer(&s, true);
    return err;
}
