/* SPDX-License-Identifier: MIT */
#include "record.h"

#include "base/assert.h"
#include "port/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256, TUPLE_MAX = 64 };

void record_begin(record *r) {
    for (uint32_t i = 0; i < r->process_count; i++) {
        r->processes[i].size = 0;
    }
    r->process_count = r->ref_count = 0;
    r->sealed = r->failed = false;
}

void record_free(record *r) {
    for (uint32_t i = 0; i < RECORD_PROCESSES_MAX; i++) {
        free(r->processes[i].bytes);
    }
    *r = (record){0};
}

void record_seal(record *r) {
    otp_lock_take(&r->lock);
    r->sealed = true;
    otp_lock_give(&r->lock);
}

/* ---- Processes ---- */

static record_process *process_of(record *r, otp_pid pid) {
    for (uint32_t i = 0; i < r->process_count; i++) {
        if (r->processes[i].pid.word == pid.word) {
            return &r->processes[i];
        }
    }
    return NULL;
}

/* The lock is held. */
static record_process *name_put(record *r, otp_pid pid, otp_term script) {
    record_process *there = process_of(r, pid);
    if (there || r->process_count == RECORD_PROCESSES_MAX) {
        r->failed |= !there;
        return there;
    }
    uint32_t instance = 1;
    for (uint32_t i = 0; i < r->process_count; i++) {
        instance += r->processes[i].script.word == script.word;
    }
    record_process *process = &r->processes[r->process_count++];
    process->pid = pid;
    process->script = script;
    process->instance = instance;
    return process;
}

void record_name(record *r, otp_pid pid, otp_term script) {
    otp_lock_take(&r->lock);
    name_put(r, pid, script);
    otp_lock_give(&r->lock);
}

static otp_term name_of(const record_process *process) {
    if (process->instance == 1) {
        return process->script;
    }
    char text[NAME_MAX_BYTES];
    snprintf(text, sizeof text, "%s#%u", otp_atom_text(process->script), process->instance);
    return otp_atom(text);
}

/* ---- What is seen ---- */

static otp_term pid_plain(record *r, otp_pid pid) {
    record_process *process = name_put(r, pid, OTP_ATOM(unnamed));
    return otp_tuple(OTP_ATOM(pid), process ? name_of(process) : OTP_ATOM(unnamed));
}

static otp_term ref_plain(record *r, otp_ref ref) {
    uint32_t i = 0;
    while (i < r->ref_count && memcmp(&r->refs[i], &ref, sizeof ref) != 0) {
        i++;
    }
    if (i == r->ref_count) {
        r->failed |= r->ref_count == RECORD_REFS_MAX;
        r->refs[r->ref_count] = ref;
        r->ref_count += r->ref_count + 1 < RECORD_REFS_MAX;
    }
    return otp_tuple(OTP_ATOM(ref), otp_int(i));
}

static otp_term plain(record *r, otp_term term);

/* Reasons that tell where in the C program, and who calls: Erlang has other words for them. */
static bool reason_plain(otp_term tuple, otp_term *out) {
    otp_term where, what;
    if (otp_match(tuple, "{badarg, {~t, ~t}}", &where, &what) &&
        otp_kind_of(where) == OTP_KIND_BINARY) {
        *out = OTP_ATOM(badarg);
        return true;
    }
    if (otp_match(tuple, "{bad_return_value, _}")) {
        *out = OTP_ATOM(bad_return_value);
        return true;
    }
    if (otp_match(tuple, "{from, _, _, _}")) {
        *out = OTP_ATOM(from);
        return true;
    }
    return false;
}

static otp_term tuple_plain(record *r, otp_term tuple) {
    otp_term elements[TUPLE_MAX];
    otp_term reason;
    size_t n = otp_arity(tuple);
    if (reason_plain(tuple, &reason)) {
        return reason;
    }
    OTPI_ASSERT("record-001", n <= TUPLE_MAX);
    for (size_t i = 0; i < n; i++) {
        elements[i] = plain(r, otp_element(tuple, i));
    }
    return otp_tuple_of(n, elements);
}

static otp_term map_plain(record *r, otp_term map) {
    otp_term key, value;
    otp_term result = map;
    for (size_t i = 0; otp_map_at(map, i, &key, &value); i++) {
        result = otp_map_put(result, key, plain(r, value));
    }
    return result;
}

/* Without pids and references. */
static otp_term plain(record *r, otp_term term) {
    otp_pid pid;
    otp_ref ref;
    switch (otp_kind_of(term)) {
    case OTP_KIND_PID: return otp_get_pid(term, &pid) ? pid_plain(r, pid) : term;
    case OTP_KIND_REFERENCE:
    case OTP_KIND_RESOURCE: return otp_get_ref(term, &ref) ? ref_plain(r, ref) : OTP_ATOM(resource);
    case OTP_KIND_TUPLE: return tuple_plain(r, term);
    case OTP_KIND_LIST: return otp_cons(plain(r, otp_head(term)), plain(r, otp_tail(term)));
    case OTP_KIND_MAP: return map_plain(r, term);
    default: return term;
    }
}

static void room_make(uint8_t **bytes, size_t *capacity, size_t needed) {
    if (needed > *capacity) {
        *capacity = needed * 2;
        *bytes = realloc(*bytes, *capacity);
        OTPI_ASSERT("record-002", *bytes);
    }
}

static void bytes_append(record_process *process, otp_term term) {
    size_t size = 0;
    if (otp_etf_encode(term, NULL, &size) != OTP_ESIZE) {
        size = 0;
    }
    room_make(&process->bytes, &process->capacity, process->size + size);
    otp_err err = otp_etf_encode(term, process->bytes + process->size, &size);
    OTPI_ASSERT("record-003", err == OTP_OK);
    process->size += size;
}

void record_see(record *r, otp_pid pid, otp_term what) {
    otp_lock_take(&r->lock);
    record_process *process = name_put(r, pid, OTP_ATOM(unnamed));
    if (process && !r->sealed) {
        bytes_append(process, plain(r, what));
    }
    otp_lock_give(&r->lock);
}

/* ---- Outcomes ---- */

static int by_name(const void *a, const void *b) {
    const record_process *x = *(record_process *const *)a;
    const record_process *y = *(record_process *const *)b;
    int order = otp_compare(x->script, y->script);
    return order ? order : x->instance < y->instance ? -1 : 1;
}

/* Each process: its name and length, as a line, then its bytes. */
size_t record_bytes(const record *r, uint8_t **bytes, size_t *capacity) {
    const record_process *sorted[RECORD_PROCESSES_MAX];
    size_t n = 0;
    size_t size = 0;
    for (uint32_t i = 0; i < r->process_count; i++) {
        const record_process *process = &r->processes[i];
        if (otp_is(process->script, "main") || (r->sealed && process->size > 0)) {
            sorted[n++] = process;
        }
    }
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 0; i < n; i++) {
        room_make(bytes, capacity, size + NAME_MAX_BYTES + 64 + sorted[i]->size);
        char *line = (char *)*bytes + size;
        size += (size_t)snprintf(line, NAME_MAX_BYTES + 64, "%s %zu\n",
                                 otp_atom_text(name_of(sorted[i])), sorted[i]->size);
        memcpy(*bytes + size, sorted[i]->bytes, sorted[i]->size);
        size += sorted[i]->size;
    }
    return size;
}

typedef struct numbering {
    uint32_t count;
    int64_t seen[RECORD_REFS_MAX];
} numbering;

static int64_t number_of(numbering *numbers, int64_t ref) {
    uint32_t i = 0;
    while (i < numbers->count && numbers->seen[i] != ref) {
        i++;
    }
    if (i == numbers->count && i + 1 < RECORD_REFS_MAX) {
        numbers->seen[numbers->count++] = ref;
    }
    return i + 1;
}

/* References by their first appearance. */
static otp_term renumber(numbering *numbers, otp_term term) {
    otp_term elements[TUPLE_MAX];
    otp_term key, value;
    int64_t ref;
    size_t n = otp_arity(term);
    switch (otp_kind_of(term)) {
    case OTP_KIND_TUPLE:
        if (otp_match(term, "{ref, ~i}", &ref)) {
            return otp_tuple(OTP_ATOM(ref), otp_int(number_of(numbers, ref)));
        }
        for (size_t i = 0; i < n; i++) {
            elements[i] = renumber(numbers, otp_element(term, i));
        }
        return otp_tuple_of(n, elements);
    case OTP_KIND_LIST: {
        otp_term head = renumber(numbers, otp_head(term));
        return otp_cons(head, renumber(numbers, otp_tail(term)));
    }
    case OTP_KIND_MAP:
        for (size_t i = 0; otp_map_at(term, i, &key, &value); i++) {
            term = otp_map_put(term, key, renumber(numbers, value));
        }
        return term;
    default: return term;
    }
}

static otp_term observations(numbering *numbers, const uint8_t *bytes, size_t size) {
    otp_term all[1024];
    size_t n = 0;
    for (size_t at = 0, used; at < size; at += used) {
        otp_term term;
        otp_err err = otp_etf_decode(bytes + at, size - at, NULL, &term, &used, NULL);
        OTPI_ASSERT("record-004", err == OTP_OK && n < 1024);
        all[n++] = renumber(numbers, term);
    }
    return otp_list_of(n, all);
}

otp_term record_outcome(const uint8_t *bytes, size_t size) {
    numbering numbers = {0};
    otp_term outcome = otp_map_of(0, NULL);
    for (size_t at = 0; at < size;) {
        char name[NAME_MAX_BYTES];
        size_t length;
        int head;
        int read = sscanf((const char *)bytes + at, "%255s %zu%n", name, &length, &head);
        OTPI_ASSERT("record-005", read == 2);
        at += (size_t)head + 1;
        outcome = otp_map_put(outcome, otp_atom(name), observations(&numbers, bytes + at, length));
        at += length;
    }
    return outcome;
}
