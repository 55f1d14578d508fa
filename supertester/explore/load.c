/* SPDX-License-Identifier: MIT */
/*
 * Reading logs of Jepsen: one event a line, in its text or as a map of EDN. Strict: the first line
 * that is neither is an error. Lines of other loggers and empty lines are left out.
 */
#include "supertester/explore/edn.h"
#include "supertester/explore/record.h"

#include "port/file.h"
#include "port/memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 30 };

typedef struct event {
    int64_t process;
    bool is_client;                      /* else of the nemesis */
    otp_term type, function, key, value; /* OTP_NONE = absent or nil */
} event;

typedef struct reader {
    st_history *history;
    st_history_error *error;
    size_t line;
} reader;

OTP_PRINTF(3, 4)
static otp_err refuse(reader *r, otp_err err, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->error->text, sizeof r->error->text, format, arguments);
    va_end(arguments);
    r->error->line = r->line;
    return err;
}

static otp_err refuse_syntax(reader *r, const sti_edn *edn, otp_err err) {
    int size = edn->end - edn->at > 24 ? 24 : (int)(edn->end - edn->at);
    if (err != OTP_ESYNTAX) {
        return refuse(r, err, "%s", otp_err_text(err));
    }
    return size == 0 ? refuse(r, err, "expected %s, found the end of the line", edn->wrong)
                     : refuse(r, err, "expected %s, found %.*s", edn->wrong, size, edn->at);
}

/* ---- Lines ---- */

static otp_term absent_if_nil(otp_term term) {
    return otp_is(term, "nil") ? OTP_NONE : term;
}

static otp_err take_process(reader *r, otp_term process, event *out) {
    out->is_client = otp_get_int(process, &out->process);
    if (out->is_client || otp_is(process, "nemesis")) {
        return OTP_OK;
    }
    return refuse(r, OTP_ESYNTAX, "a process is a number or :nemesis");
}

/* {:process 3, :type :ok, :f :read, :value 5} */
static otp_err read_map_line(reader *r, sti_edn *edn, event *out) {
    otp_term map;
    otp_err err = sti_edn_read(edn, &map);
    if (err != OTP_OK) {
        return refuse_syntax(r, edn, err);
    }
    sti_edn_skip(edn);
    if (edn->at != edn->end) {
        edn->wrong = "the end of the line";
        return refuse_syntax(r, edn, OTP_ESYNTAX);
    }
    out->type = otp_map_get(map, OTP_ATOM(type));
    out->function = otp_map_get(map, OTP_ATOM(f));
    out->key = absent_if_nil(otp_map_get(map, OTP_ATOM(key)));
    out->value = absent_if_nil(otp_map_get(map, OTP_ATOM(value)));
    otp_term process = otp_map_get(map, OTP_ATOM(process));
    if (otp_is_none(process) || otp_is_none(out->type) || otp_is_none(out->function)) {
        return refuse(r, OTP_ESYNTAX, "an event has :process, :type and :f");
    }
    return take_process(r, process, out);
}

/* INFO  jepsen.util - 3  :ok  :read  5, from behind the dash */
static otp_err read_text_line(reader *r, sti_edn *edn, event *out) {
    otp_term fields[4] = {OTP_NONE, OTP_NONE, OTP_NONE, OTP_NONE};
    size_t count = 0;
    for (sti_edn_skip(edn); edn->at < edn->end; sti_edn_skip(edn)) {
        if (count == 4) {
            edn->wrong = "the end of the line";
            return refuse_syntax(r, edn, OTP_ESYNTAX);
        }
        otp_err err = sti_edn_read(edn, &fields[count++]);
        if (err != OTP_OK) {
            return refuse_syntax(r, edn, err);
        }
    }
    if (count < 3) {
        return refuse(r, OTP_ESYNTAX, "an event has a process, a type, a function and a value");
    }
    out->type = fields[1];
    out->function = fields[2];
    out->key = OTP_NONE;
    out->value = absent_if_nil(fields[3]);
    return take_process(r, fields[0], out);
}

/* ---- Events ---- */

static otp_term request_of(const event *e) {
    otp_term parts[4] = {e->function};
    size_t count = 1;
    if (!otp_is_none(e->key)) {
        parts[count++] = e->key;
    }
    if (otp_is(e->function, "cas") && otp_length(e->value) == 2) {
        parts[count++] = otp_head(e->value);
        parts[count++] = otp_head(otp_tail(e->value));
    } else if (!otp_is_none(e->value)) {
        parts[count++] = e->value;
    }
    return count == 1 ? parts[0] : otp_tuple_of(count, parts);
}

static otp_err take_invocation(reader *r, const event *e) {
    otp_err err = st_history_invoke(r->history, e->process, request_of(e));
    if (err == OTP_EALREADY) {
        return refuse(r, OTP_ESYNTAX,
                      "process %" PRId64 " calls, but its operation before has not ended",
                      e->process);
    }
    if (err != OTP_OK) {
        return refuse(r, err, "%s", otp_err_text(err));
    }
    r->history->operations[r->history->count - 1].line = (uint32_t)r->line;
    return OTP_OK;
}

/* The operation that the event ends; NULL when there is none, or another. */
static sti_operation *operation_of(reader *r, const event *e) {
    uint64_t number;
    st_history *history = r->history;
    if (!otpi_map64_get(&history->open, (uint64_t)e->process, &number)) {
        return NULL;
    }
    sti_operation *operation = &history->operations[number];
    otp_term function = history->values.all[history->functions[operation->function]].term;
    return otp_equal(function, e->function) ? operation : NULL;
}

/* Did the invocation carry a value, beside the key? */
static bool had_value(const sti_operation *operation, const event *e) {
    return operation->argument_count > !otp_is_none(e->key);
}

static otp_err take_end(reader *r, const event *e) {
    const sti_operation *operation = operation_of(r, e);
    if (!operation) {
        return refuse(r, OTP_ESYNTAX, "process %" PRId64 " has called no such operation",
                      e->process);
    }
    if (otp_is(e->type, "info")) {
        return st_history_timeout(r->history, e->process);
    }
    bool failed = otp_is(e->type, "fail");
    if (failed && !otp_is(e->function, "cas")) {
        return st_history_fail(r->history, e->process);
    }
    otp_term reply = failed                    ? OTP_ATOM(fail)
                     : had_value(operation, e) ? OTP_ATOM(ok)
                     : otp_is_none(e->value)   ? OTP_ATOM(nil)
                                               : e->value;
    return st_history_return(r->history, e->process, reply);
}

static otp_err take_event(reader *r, const event *e) {
    if (!e->is_client) {
        return OTP_OK;
    }
    if (otp_is(e->type, "invoke")) {
        return take_invocation(r, e);
    }
    if (otp_is(e->type, "ok") || otp_is(e->type, "fail") || otp_is(e->type, "info")) {
        otp_err err = take_end(r, e);
        return err == OTP_ENOMEM ? refuse(r, err, "%s", otp_err_text(err)) : err;
    }
    return refuse(r, OTP_ESYNTAX, "the type of an event is :invoke, :ok, :fail or :info");
}

/* ---- The file ---- */

static bool begins(const sti_edn *edn, const char *text) {
    size_t size = strlen(text);
    return (size_t)(edn->end - edn->at) >= size && memcmp(edn->at, text, size) == 0;
}

static bool is_logger(const sti_edn *edn) {
    return begins(edn, "INFO") || begins(edn, "WARN") || begins(edn, "ERROR") ||
           begins(edn, "DEBUG") || begins(edn, "TRACE");
}

static otp_err read_line(reader *r, const char *line, size_t size) {
    static const char mark[] = "jepsen.util - ";
    sti_edn edn = {.at = line, .end = line + size};
    event e = {0};
    sti_edn_skip(&edn);
    if (edn.at == edn.end) {
        return OTP_OK;
    }
    otp_err err;
    if (*edn.at == '{') {
        err = read_map_line(r, &edn, &e);
    } else {
        const char *found = memmem(edn.at, (size_t)(edn.end - edn.at), mark, sizeof mark - 1);
        if (!found) {
            return is_logger(&edn) ? OTP_OK
                                   : refuse(r, OTP_ESYNTAX, "this is no event of a Jepsen log");
        }
        edn.at = found + sizeof mark - 1;
        err = read_text_line(r, &edn, &e);
    }
    return err == OTP_OK ? take_event(r, &e) : err;
}

otp_err st_history_read(st_history *history, const char *text, size_t size,
                        st_history_error *error) {
    st_history_error ignored;
    reader r = {.history = history, .error = error ? error : &ignored};
    const char *end = text + size;
    *r.error = (st_history_error){0};
    for (const char *line = text; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        r.line++;
        otp_scope scope = otp_scope_begin();
        otp_err err = read_line(&r, line, (size_t)(stop - line));
        otp_scope_end(scope);
        if (err != OTP_OK) {
            return err;
        }
        line = stop + 1;
    }
    return OTP_OK;
}

static otp_err fail_file(st_history_error *error, otp_err err, const char *text) {
    snprintf(error->text, sizeof error->text, "%s", text);
    return err;
}

static otp_err read_file(st_history *history, otpi_file *file, st_history_error *error) {
    uint64_t size;
    size_t got;
    if (otpi_file_size(file, &size) != OTPI_IO_OK) {
        return fail_file(error, OTP_EIO, "can't be read");
    }
    if (size > FILE_BYTES_MAX) {
        return fail_file(error, OTP_ESIZE, "is larger than 1 GiB");
    }
    char *text = otpi_alloc((size_t)size + 1);
    if (!text) {
        return fail_file(error, OTP_ENOMEM, "out of memory");
    }
    otp_err err = OTP_OK;
    if (size > 0 && otpi_file_read_at(file, text, (size_t)size, 0, &got) != OTPI_IO_OK) {
        err = fail_file(error, OTP_EIO, "can't be read");
    }
    err = err == OTP_OK ? st_history_read(history, text, (size_t)size, error) : err;
    otpi_free(text);
    return err;
}

otp_err st_history_load(st_history *history, const char *path, st_history_error *error) {
    st_history_error ignored;
    otpi_file *file;
    error = error ? error : &ignored;
    *error = (st_history_error){0};
    otpi_io_err opened = otpi_file_open(&otpi_file_ops_posix, path, OTPI_FILE_READ, 0, &file);
    if (opened != OTPI_IO_OK) {
        bool missing = opened == OTPI_IO_ENOENT;
        return fail_file(error, missing ? OTP_ENOENT : OTP_EIO,
                         missing ? "there is no such file" : "can't be opened");
    }
    otp_err err = read_file(history, file, error);
    otpi_io_err ignored_too = otpi_file_close(file);
    (void)ignored_too;
    return err;
}
