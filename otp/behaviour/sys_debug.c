/* SPDX-License-Identifier: MIT */
#include "behaviour/sys_debug.h"

#include <otp/logger.h>

#include "behaviour/held.h"
#include "behaviour/parcel.h"
#include "behaviour/wire.h"
#include "port/memory.h"

/* The events are in a ring: the oldest of count at next - count. */
typedef struct event_log {
    otpi_held *events; /* NULL = off */
    size_t max, count, next;
} event_log;

/* The counts are those of the server when statistics were switched on. */
typedef struct baseline {
    bool on;
    uint64_t start_ms;
    uint32_t reductions, messages_in, messages_out;
} baseline;

typedef struct otpi_sys_debug {
    bool traces;
    otpi_sys_tracer tracer; /* see NULL = the logger */
    event_log log;
    baseline since;
} sys_debug;

const otp_resource_type otpi_sys_tracer_type = {.name = "sys_trace", .destroy = otpi_parcel_free};

/* Of a server that has started. */
static sys_debug *debug_of(const otpi_server *server) {
    return server->rare ? server->rare->debug : NULL;
}

/* ---- The log ---- */

/* The event of that age; the newest is 1. */
static otpi_held *log_at(const event_log *log, size_t age) {
    return &log->events[(log->next + log->max - age) % log->max];
}

static void log_clear(event_log *log) {
    for (; log->count; log->count--) {
        otpi_held_release(log_at(log, log->count));
    }
    otpi_free(log->events);
    *log = (event_log){0};
}

void otpi_sys_debug_free(sys_debug *debug) {
    if (debug) {
        log_clear(&debug->log);
        otpi_free(debug);
    }
}

static void log_add(event_log *log, otp_term event) {
    otpi_held held;
    if (!otpi_hold(&held, event)) {
        otpi_enomem(OTPI_SITE);
    }
    if (log->count == log->max) {
        otpi_held_release(log_at(log, log->count));
    } else {
        log->count++;
    }
    log->events[log->next] = held;
    log->next = (log->next + 1) % log->max;
}

static otp_term log_list(const event_log *log) {
    otp_term list = otp_nil();
    for (size_t age = 1; age <= log->count; age++) {
        list = otp_cons(log_at(log, age)->term, list);
    }
    return list;
}

static otp_term log_resize(event_log *log, otp_term max) {
    int64_t n;
    if (!otp_get_int(max, &n) || n < 1 || n > OTPI_SYS_LOG_MAX) {
        return otpi_wire_pair(otpi_am(error), otpi_am(badarg));
    }
    otpi_held *events = otpi_calloc((size_t)n, sizeof *events);
    if (!events) {
        return otpi_wire_pair(otpi_am(error), otpi_am(enomem));
    }
    event_log grown = {.events = events, .max = (size_t)n};
    /* The newest ones that fit move over. */
    grown.count = log->count < grown.max ? log->count : grown.max;
    for (size_t age = log->count; age > 0; age--) {
        if (age > grown.count) {
            otpi_held_release(log_at(log, age));
        } else {
            grown.events[grown.next++] = *log_at(log, age);
        }
    }
    grown.next %= grown.max;
    otpi_free(log->events);
    *log = grown;
    return otpi_am(ok);
}

static otp_term log_print(const otpi_server *server, const event_log *log) {
    const char *name = otpi_server_kind_here()->behaviour.name(server);
    OTP_LIST_FOREACH (event, log_list(log)) {
        otp_log(OTP_LOG_NOTICE, "*DBG* %s %s", name, otp_show(event));
    }
    return otpi_am(ok);
}

/* true, {true, N}, false, get, print. */
static otp_term log_command(otpi_server *server, event_log *log, otp_term flag) {
    const uint64_t *words = otpi_wire_tuple(flag, 2);
    if (words && words[0] == OTPI_AM_true) {
        return log_resize(log, otpi_wire_term(words[1]));
    }
    if (flag.word == OTPI_AM_true) {
        return log_resize(log, otp_int(OTPI_SYS_LOG_DEFAULT));
    }
    if (flag.word == OTPI_AM_false) {
        log_clear(log);
        return otpi_am(ok);
    }
    if (otp_is(flag, "get")) {
        return otpi_wire_pair(otpi_am(ok), log_list(log));
    }
    return otp_is(flag, "print") ? log_print(server, log)
                                 : otpi_wire_pair(otpi_am(error), otpi_am(badarg));
}

/* ---- Statistics ---- */

static otp_term statistics_get(const otpi_server *server, const baseline *since) {
    if (!since->on) {
        return OTP_ATOM(no_statistics);
    }
    uint32_t in = (server->messages_in - since->messages_in) & 0xfffffff;
    uint32_t out = (server->messages_out - since->messages_out) & 0xfffffff;
    uint32_t reductions = otpi_self()->reductions - since->reductions;
    return otp_list(otp_tuple(OTP_ATOM(start_time), otp_uint(since->start_ms)),
                    otp_tuple(OTP_ATOM(current_time), otp_uint(otp_now_ms())),
                    otp_tuple(otpi_am(reductions), otp_uint(reductions)),
                    otp_tuple(OTP_ATOM(messages_in), otp_uint(in)),
                    otp_tuple(OTP_ATOM(messages_out), otp_uint(out)));
}

static otp_term statistics_command(otpi_server *server, baseline *since, otp_term flag) {
    if (otp_is(flag, "get")) {
        return otpi_wire_pair(otpi_am(ok), statistics_get(server, since));
    }
    bool on;
    if (!otp_get_bool(flag, &on)) {
        return otpi_wire_pair(otpi_am(error), otpi_am(badarg));
    }
    *since = (baseline){.on = on,
                        .start_ms = otp_now_ms(),
                        .reductions = otpi_self()->reductions,
                        .messages_in = server->messages_in,
                        .messages_out = server->messages_out};
    return otpi_am(ok);
}

/* ---- Tracing ---- */

static otp_term trace_command(sys_debug *debug, otp_term flag) {
    const otpi_sys_tracer *tracer = otp_resource_get(flag, &otpi_sys_tracer_type);
    bool on = tracer != NULL;
    if (!on && !otp_get_bool(flag, &on)) {
        return otpi_wire_pair(otpi_am(error), otpi_am(badarg));
    }
    debug->traces = on;
    debug->tracer = tracer ? *tracer : (otpi_sys_tracer){0};
    return otpi_am(ok);
}

void otpi_sys_debug_see(otpi_server *server, otp_term event) {
    sys_debug *debug = debug_of(server);
    if (debug->log.events) {
        log_add(&debug->log, event);
    }
    if (debug->traces && debug->tracer.see) {
        debug->tracer.see(debug->tracer.context, event);
    } else if (debug->traces) {
        otp_log(OTP_LOG_NOTICE, "*DBG* %s %s", otpi_server_kind_here()->behaviour.name(server),
                otp_show(event));
    }
}

/* ---- Commands ---- */

/* Made at the first command. */
static sys_debug *debug_need(otpi_server *server) {
    otpi_server_rare *rare = otpi_server_rare_of(server);
    if (!rare->debug) {
        rare->debug = otpi_calloc(1, sizeof *rare->debug);
    }
    return rare->debug;
}

/* Events are told when somebody takes them; statistics count by themselves. */
static void debug_settle(otpi_server *server, const sys_debug *debug) {
    uint32_t others = server->flags & ~(uint32_t)OTPI_SERVER_DEBUGGED;
    bool told = debug->traces || debug->log.events;
    server->flags = (others | (told ? OTPI_SERVER_DEBUGGED : 0u)) & 15;
}

static otp_term debug_do(otpi_server *server, sys_debug *debug, otp_term command) {
    const uint64_t *words = otpi_wire_tuple(command, 2);
    otp_term what = words ? otpi_wire_term(words[0]) : command;
    otp_term flag = words ? otpi_wire_term(words[1]) : OTP_NONE;
    if (words && otp_is(what, "log")) {
        return log_command(server, &debug->log, flag);
    }
    if (words && otp_is(what, "statistics")) {
        return statistics_command(server, &debug->since, flag);
    }
    if (words && otp_is(what, "trace")) {
        return trace_command(debug, flag);
    }
    if (!words && otp_is(what, "no_debug")) {
        log_clear(&debug->log);
        debug->since.on = debug->traces = false;
        return otpi_am(ok);
    }
    return otpi_wire_pair(otpi_am(error), otpi_wire_pair(OTP_ATOM(unknown_debug), command));
}

otp_term otpi_sys_debug_command(otpi_server *server, otp_term command) {
    sys_debug *debug = debug_need(server);
    if (!debug) {
        return otpi_wire_pair(otpi_am(error), otpi_am(enomem));
    }
    otp_term answer = debug_do(server, debug, command);
    debug_settle(server, debug);
    return answer;
}

otp_term otpi_sys_debug_log(const otpi_server *server) {
    const sys_debug *debug = debug_of(server);
    return debug ? log_list(&debug->log) : otp_nil();
}

/* [{trace, true}, {log, N}, {statistics, true}]: those that are on. */
otp_term otpi_sys_debug_options(const otpi_server *server) {
    const sys_debug *debug = debug_of(server);
    otp_term list = otp_nil();
    if (debug && debug->since.on) {
        list = otp_cons(otp_tuple(OTP_ATOM(statistics), otpi_am(true)), list);
    }
    if (debug && debug->log.events) {
        list = otp_cons(otp_tuple(OTP_ATOM(log), otp_uint(debug->log.max)), list);
    }
    if (debug && debug->traces) {
        list = otp_cons(otp_tuple(OTP_ATOM(trace), otpi_am(true)), list);
    }
    return list;
}
