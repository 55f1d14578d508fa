/* SPDX-License-Identifier: MIT */
/*
 * gen_server: takes each message to its callback and does what the callback's result says.
 * Semantics: Erlang/OTP 25, stdlib, gen_server(3); the order of terminate, answer and exit is that
 * of gen_server.erl.
 */
#include "behaviour/from.h"
#include "behaviour/idle.h"
#include "behaviour/start.h"
#include "behaviour/sys_debug.h"
#include "behaviour/sys_server.h"

#include <otp/logger.h>

static inline const otp_gen_server *module_of(const otpi_server *server) {
    return server->module;
}

/* ---- Results ---- */

static otp_term result_word(otp_result_kind kind) {
    switch (kind) {
    case OTP_RESULT_OK: return otpi_am(ok);
    case OTP_RESULT_REPLY: return otpi_am(reply);
    case OTP_RESULT_NOREPLY: return otpi_am(noreply);
    case OTP_RESULT_STOP: return otpi_am(stop);
    case OTP_RESULT_STOP_REPLY: return OTP_ATOM(stop_reply);
    case OTP_RESULT_IGNORE: return otpi_am(ignore);
    }
    return otp_int((int64_t)kind);
}

/* {bad_return_value, {Callback, Result}}: Result is its kind, with its timeout when that is bad. */
static otp_term result_bad(otp_term callback, const otp_result *result) {
    otp_term what = result_word(result->kind);
    if (result->timeout_ms < OTP_INFINITY) {
        what = otp_tuple(what, otpi_am(timeout), otp_int(result->timeout_ms));
    }
    return otp_tuple(OTP_ATOM(bad_return_value), otp_tuple(callback, what));
}

void otpi_server_stop(otpi_server *server, otp_term reason) {
    if (module_of(server)->terminate) {
        module_of(server)->terminate(otpi_server_state(server), reason);
    }
    otp_exit(reason);
}

static bool result_runs(const otp_result *result, otp_result_kind good) {
    return result->kind == good && result->timeout_ms >= OTP_INFINITY;
}

/* Does what the result of a callback without caller says, good being the kind to go on with.
 * handle_continue comes before any other message; its own result says what follows it. */
static OTPI_NOINLINE void server_go_on(otpi_server *server, otp_term callback, otp_result result,
                                       otp_result_kind good) {
    while (result_runs(&result, good) && result.continues) {
        if (otpi_sys_debugged(server)) {
            otpi_sys_debug_see(server, otp_tuple(OTP_ATOM(continue), result.next));
        }
        if (!module_of(server)->handle_continue) {
            otpi_server_stop(server, otp_tuple(OTP_ATOM(bad_continue), result.next));
        }
        otp_scope scope = otp_scope_begin();
        result = module_of(server)->handle_continue(otpi_server_state(server), result.next);
        otp_term carried = result.kind == OTP_RESULT_STOP ? result.reason : result.next;
        carried = otp_scope_end_with(
            scope, result.continues || result.kind == OTP_RESULT_STOP ? carried : otp_nil());
        result.next = result.reason = carried;
        callback = otpi_am(handle_continue);
        good = OTP_RESULT_NOREPLY;
    }
    if (result.kind == OTP_RESULT_STOP) {
        otpi_server_stop(server, result.reason);
    }
    if (!result_runs(&result, good)) {
        otpi_server_stop(server, result_bad(callback, &result));
    }
    otpi_idle_start(server, result.timeout_ms);
}

/* ---- Starting ---- */

void otpi_server_start(void *state, otp_term args) {
    otpi_server *server = state;
    const otp_gen_server *module = server->module;
    otpi_start_begin(server);
    otp_result result = module->init ? module->init(otpi_server_state(server), args) : otp_ok();
    if (result.kind == OTP_RESULT_IGNORE) {
        otpi_start_ignore(server);
    }
    if (result.kind == OTP_RESULT_STOP) {
        otp_exit(result.reason);
    }
    if (!result_runs(&result, OTP_RESULT_OK)) {
        otp_exit(result_bad(otpi_am(init), &result));
    }
    otpi_start_done(server);
    server_go_on(server, otpi_am(init), result, OTP_RESULT_OK);
}

/* ---- Messages ---- */

static OTPI_NOINLINE void reply_tell(otpi_server *server, const otp_from *from, otp_term reply) {
    otp_term state = otpi_server_described(server);
    otpi_sys_debug_see(server, otp_tuple(OTP_ATOM(out), reply, otpi_from_term(from), state));
}

static OTPI_INLINE void server_reply(otpi_server *server, const otp_from *from, otp_term reply) {
    server->messages_out++;
    if (otpi_sys_debugged(server)) {
        reply_tell(server, from, reply); /* before: an answer uses its tag up */
    }
    otp_answer(*from, reply);
}

/* Everything but a plain answer. */
static OTPI_NOINLINE void server_called(otpi_server *server, const otp_from *from,
                                        const otp_result *result) {
    switch (result->kind) {
    case OTP_RESULT_REPLY:
        if (result_runs(result, OTP_RESULT_REPLY)) {
            server_reply(server, from, result->reply);
        }
        server_go_on(server, otpi_am(handle_call), *result, OTP_RESULT_REPLY);
        return;
    case OTP_RESULT_STOP_REPLY:
        if (module_of(server)->terminate) {
            module_of(server)->terminate(otpi_server_state(server), result->reason);
        }
        server_reply(server, from, result->reply);
        otp_exit(result->reason);
    case OTP_RESULT_OK:
    case OTP_RESULT_NOREPLY:
    case OTP_RESULT_STOP:
    case OTP_RESULT_IGNORE: break;
    }
    server_go_on(server, otpi_am(handle_call), *result, OTP_RESULT_NOREPLY);
}

static OTPI_INLINE void server_call(otpi_server *server, const uint64_t *words) {
    const otp_gen_server *module = server->module;
    otp_term request = otpi_wire_term(words[2]);
    otp_from from;
    if (!otpi_from_decode(otpi_wire_term(words[1]), &from)) {
        from = (otp_from){.flags = OTPI_FROM_NOBODY};
    }
    if (!module->handle_call) {
        otpi_server_stop(server, otp_tuple(OTP_ATOM(bad_call), request));
    }
    otp_result result = module->handle_call(otpi_server_state(server), request, from);
    if (OTPI_LIKELY(result.kind == OTP_RESULT_REPLY && !result.continues &&
                    result.timeout_ms == 0)) {
        server_reply(server, &from, result.reply);
    } else {
        server_called(server, &from, &result);
    }
}

static inline bool goes_on(const otp_result *result) {
    return OTPI_LIKELY(result->kind == OTP_RESULT_NOREPLY && !result->continues &&
                       result->timeout_ms == 0);
}

static OTPI_INLINE void server_cast(otpi_server *server, otp_term request) {
    const otp_gen_server *module = server->module;
    if (!module->handle_cast) {
        otpi_server_stop(server, otp_tuple(OTP_ATOM(bad_cast), request));
    }
    otp_result result = module->handle_cast(otpi_server_state(server), request);
    if (!goes_on(&result)) {
        server_go_on(server, otpi_am(handle_cast), result, OTP_RESULT_NOREPLY);
    }
}

static void server_info(otpi_server *server, otp_term message) {
    const otp_gen_server *module = server->module;
    if (module->handle_info) {
        otp_result result = module->handle_info(otpi_server_state(server), message);
        if (!goes_on(&result)) {
            server_go_on(server, otpi_am(handle_info), result, OTP_RESULT_NOREPLY);
        }
    } else {
        otp_log(OTP_LOG_WARNING, "%s has no handle_info and drops %s", module->name,
                otp_show(message));
    }
}

/* Inlined with all that it calls: this is the path of every message. */
static OTPI_INLINE void server_dispatch(otpi_server *server, otp_term message) {
    const uint64_t *words = otpi_wire_tuple(message, 3);
    if (words && words[0] == OTPI_AM_system &&
        otpi_sys_message(server, otpi_wire_term(words[1]), otpi_wire_term(words[2]))) {
        return;
    }
    server->messages_in++;
    if (words && words[0] == OTPI_AM_gen_call) {
        server_call(server, words);
    } else if (words && otpi_server_parent_exit(server, words)) {
        otpi_server_stop(server, otpi_wire_term(words[2]));
    } else if ((words = otpi_wire_tuple(message, 2)) && words[0] == OTPI_AM_gen_cast) {
        server_cast(server, otpi_wire_term(words[1]));
    } else {
        server_info(server, message);
    }
}

/* ---- Rare messages ---- */

/* The idle timeout, to its callback. */
static void server_timeout(otpi_server *server) {
    server->messages_in++;
    server_info(server, otpi_am(timeout));
}

/* One message of a server that tells its events. */
static void server_traced(otpi_server *server, otpi_idle_news news, otp_term message) {
    uint32_t answers = server->messages_out;
    message = news == OTPI_IDLE_TIMEOUT ? otpi_am(timeout) : message;
    otpi_sys_debug_see(server, otp_tuple(OTP_ATOM(in), message));
    if (news == OTPI_IDLE_TIMEOUT) {
        server_timeout(server);
    } else {
        server_dispatch(server, message);
    }
    if (server->messages_out == answers && otpi_sys_debugged(server)) {
        otpi_sys_debug_see(server, otp_tuple(otpi_am(noreply), otpi_server_described(server)));
    }
}

/* A server with an idle timeout or a history: true when the message has been seen to. */
static OTPI_NOINLINE bool server_rare_message(otpi_server *server, otp_term message,
                                              otpi_disposition *disposition) {
    otpi_server_rare *rare = server->rare;
    const uint64_t *words = otpi_wire_tuple(message, 3);
    if (words && (words[0] == OTPI_AM_system || otpi_server_parent_exit(server, words))) {
        return false;
    }
    if (rare->suspended) {
        *disposition = OTPI_LEFT;
        return true;
    }
    otpi_idle_news news = otpi_idle_look(server, message);
    *disposition = OTPI_HANDLED;
    if (news == OTPI_IDLE_OTHER) {
        otpi_idle_cancel(rare);
    }
    if (news != OTPI_IDLE_STALE && otpi_sys_debugged(server)) {
        server_traced(server, news, message);
        return true;
    }
    if (news == OTPI_IDLE_TIMEOUT) {
        server_timeout(server);
    }
    return news != OTPI_IDLE_OTHER;
}

otpi_disposition otpi_server_message(void *state, otp_term message) {
    otpi_server *server = state;
    otpi_disposition disposition;
    if (OTPI_UNLIKELY(server->rare != NULL) && server_rare_message(server, message, &disposition)) {
        return disposition;
    }
    server_dispatch(server, message);
    return OTPI_HANDLED;
}

/* ---- The public functions ---- */

static const char *server_name(const void *state) {
    return module_of(state)->name;
}

static otp_term server_describe(const void *state) {
    const otpi_server *server = state;
    otp_term (*describe)(const void *state) = module_of(server)->describe;
    return describe ? describe(otpi_server_state_of(server)) : OTP_NONE;
}

otp_err otpi_server_replace(otpi_server *server, otp_term state) {
    const otp_gen_server *module = server->module;
    if (!module->undescribe) {
        return OTP_EUNSUPPORTED;
    }
    return module->undescribe(otpi_server_state(server), state) ? OTP_OK : OTP_EBADARG;
}

static void *server_inside(otpi_server *server) {
    return otpi_server_state(server);
}

static const otpi_server_kind server_kind = {.behaviour = {.kind = "gen_server",
                                                           .start = otpi_server_start,
                                                           .message = otpi_server_message,
                                                           .ending = otpi_start_ending,
                                                           .release = otpi_server_release,
                                                           .name = server_name,
                                                           .describe = server_describe},
                                             .module = "gen_server",
                                             .stop = otpi_server_stop,
                                             .replace = otpi_server_replace,
                                             .inside = server_inside,
                                             .looked_at = otpi_idle_restart};

static otp_err server_start(const otp_gen_server *module, otp_term args, const otp_start_opts *opts,
                            bool link, otp_pid *out, otp_ref *ref) {
    if (!module || !module->name) {
        return OTP_EBADARG;
    }
    return otpi_start_run(&(otpi_start){.behaviour = &server_kind.behaviour,
                                        .module = module,
                                        .state_size = module->state_size,
                                        .args = args,
                                        .opts = opts,
                                        .link = link,
                                        .monitor_ref = ref},
                          out);
}

otp_err otp_start(const otp_gen_server *server, otp_term args, const otp_start_opts *opts,
                  otp_pid *out) {
    return server_start(server, args, opts, false, out, NULL);
}

otp_err otp_start_link(const otp_gen_server *server, otp_term args, const otp_start_opts *opts,
                       otp_pid *out) {
    return server_start(server, args, opts, true, out, NULL);
}

otp_err otp_start_monitor(const otp_gen_server *server, otp_term args, const otp_start_opts *opts,
                          otp_pid *out, otp_ref *ref) {
    return server_start(server, args, opts, false, out, ref);
}
