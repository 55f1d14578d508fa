/* SPDX-License-Identifier: MIT */
/*
 * An entry as one JSON object (RFC 8259) on one line. Terms become what is nearest to them:
 * numbers, strings for atoms and binaries, true, false, null for undefined, arrays for lists and
 * tuples, objects for maps; what has nothing near it, lies too deep or is too large an integer is
 * the printed term. Whatever is cut, the object stays whole.
 */
#include "telemetry/log.h"

#include "base/json.h"
#include "port/memory.h"

#include <string.h>

enum {
    DEPTH_MAX = 16,    /* of arrays and objects in a term */
    PRINTED_MAX = 250, /* bytes of a printed term */
};

typedef struct writer {
    otpi_json json;
    otpi_text *text;
    size_t end; /* of the text, roughly */
    int depth;
} writer;

static size_t room_left(const writer *w) {
    return w->end > w->text->length ? w->end - w->text->length : 0;
}

/* ---- Strings ---- */

/* With a copy, because a string is written in one piece; without memory only the mark is left. */
static void cut_string(writer *w, const char *bytes, size_t shown) {
    otpi_text copy;
    otpi_text_init(&copy, &otpi_heap_allocator);
    otpi_text_bytes(&copy, bytes, shown);
    otpi_text_cstr(&copy, "...");
    if (copy.failed) {
        otpi_json_string(&w->json, "...");
    } else {
        otpi_json_string_bytes(&w->json, copy.data, copy.length);
    }
    otpi_text_fini(&copy);
}

static void string_write(writer *w, const char *bytes, size_t size, size_t max) {
    size_t shown = otpi_log_cut(bytes, size, max);
    if (shown == size) {
        otpi_json_string_bytes(&w->json, bytes, size);
    } else {
        cut_string(w, bytes, shown);
    }
}

static void printed_write(writer *w, otp_term term) {
    char printed[PRINTED_MAX + 2];
    size_t size = otp_print(term, printed, sizeof printed);
    string_write(w, printed, size < sizeof printed ? size : sizeof printed - 1, PRINTED_MAX);
}

/* ---- Terms ---- */

static void term_write(writer *w, otp_term term);

/* False when there is no room for one more member: the mark stands in its place. */
static bool element_write(writer *w, otp_term element) {
    if (room_left(w) == 0) {
        otpi_json_string(&w->json, "...");
        return false;
    }
    term_write(w, element);
    return true;
}

static void list_write(writer *w, otp_term list) {
    otpi_json_array_begin(&w->json);
    OTP_LIST_FOREACH (element, list) {
        if (!element_write(w, element)) {
            break;
        }
    }
    otpi_json_array_end(&w->json);
}

static void tuple_write(writer *w, otp_term tuple) {
    otpi_json_array_begin(&w->json);
    size_t n = otp_arity(tuple);
    for (size_t i = 0; i < n && element_write(w, otp_element(tuple, i)); i++) {}
    otpi_json_array_end(&w->json);
}

/* The text of an atom or binary, else the printed term; cut when it is long. */
static void key_write(writer *w, otp_term key) {
    char printed[PRINTED_MAX + 2];
    const uint8_t *bytes;
    size_t size;
    if (otp_is_atom(key)) {
        otpi_json_key(&w->json, otp_atom_text(key));
    } else if (otp_get_binary(key, &bytes, &size)) {
        size_t shown = otpi_log_cut((const char *)bytes, size, PRINTED_MAX);
        otpi_json_key_bytes(&w->json, (const char *)bytes, shown);
    } else {
        size = otp_print(key, printed, sizeof printed);
        size_t shown = otpi_log_cut(printed, size, PRINTED_MAX);
        otpi_json_key_bytes(&w->json, printed, shown);
    }
}

static void map_write(writer *w, otp_term map) {
    otp_term key;
    otp_term value;
    otpi_json_object_begin(&w->json);
    for (size_t i = 0; otp_map_at(map, i, &key, &value); i++) {
        if (room_left(w) == 0) {
            otpi_json_key(&w->json, "...");
            otpi_json_string(&w->json, "...");
            break;
        }
        key_write(w, key);
        term_write(w, value);
    }
    otpi_json_object_end(&w->json);
}

static void atom_write(writer *w, otp_term atom) {
    bool yes;
    if (otp_get_bool(atom, &yes)) {
        otpi_json_bool(&w->json, yes);
    } else if (otp_is(atom, "undefined")) {
        otpi_json_null(&w->json);
    } else {
        otpi_json_string(&w->json, otp_atom_text(atom));
    }
}

static void integer_write(writer *w, otp_term term) {
    int64_t value;
    uint64_t large;
    if (otp_get_int(term, &value)) {
        otpi_json_int64(&w->json, value);
    } else if (otp_get_uint(term, &large)) {
        otpi_json_uint64(&w->json, large);
    } else {
        printed_write(w, term);
    }
}

static void binary_write(writer *w, otp_term term) {
    const uint8_t *bytes;
    size_t size;
    if (otp_get_binary(term, &bytes, &size)) {
        string_write(w, (const char *)bytes, size, room_left(w));
    } else {
        printed_write(w, term); /* bits that are no bytes */
    }
}

static void float_write(writer *w, otp_term term) {
    double value = 0;
    (void)otp_get_float(term, &value);
    otpi_json_double(&w->json, value);
}

static void nested_write(writer *w, otp_term term, void (*members)(writer *w, otp_term term)) {
    if (w->depth == DEPTH_MAX) {
        printed_write(w, term);
    } else {
        w->depth++;
        members(w, term);
        w->depth--;
    }
}

static void term_write(writer *w, otp_term term) {
    switch (otp_kind_of(term)) {
    case OTP_KIND_INTEGER: integer_write(w, term); break;
    case OTP_KIND_FLOAT: float_write(w, term); break;
    case OTP_KIND_ATOM: atom_write(w, term); break;
    case OTP_KIND_BINARY: binary_write(w, term); break;
    case OTP_KIND_TUPLE: nested_write(w, term, tuple_write); break;
    case OTP_KIND_MAP: nested_write(w, term, map_write); break;
    case OTP_KIND_NIL:
    case OTP_KIND_LIST:
        nested_write(w, term, otp_length(term) == SIZE_MAX ? printed_write : list_write);
        break;
    default: printed_write(w, term); break;
    }
}

/* ---- Entries ---- */

static void string_member(writer *w, const char *key, const char *value) {
    if (value != NULL) {
        otpi_json_key(&w->json, key);
        string_write(w, value, strlen(value), PRINTED_MAX);
    }
}

static void term_member(writer *w, const char *key, otp_term value) {
    if (!otp_is_none(value)) {
        otpi_json_key(&w->json, key);
        term_write(w, value);
    }
}

static void time_member(writer *w, uint64_t wall_ms) {
    char memory[64];
    otpi_text time;
    otpi_text_init_fixed(&time, memory, sizeof memory);
    otpi_log_time(&time, wall_ms);
    string_member(w, "time", memory);
}

void otpi_log_json(otpi_text *text, const otp_log_entry *entry, size_t size_max) {
    writer w = {.text = text, .end = text->length + size_max};
    otpi_json_init(&w.json, text, 0);
    otpi_json_object_begin(&w.json);
    time_member(&w, entry->wall_ms);
    string_member(&w, "level", otpi_log_level_name(entry->level));
    term_member(&w, "pid", otp_from_pid(entry->pid));
    term_member(&w, "name", entry->name);
    string_member(&w, "module", entry->module);
    string_member(&w, "label", entry->label);
    term_member(&w, "node", entry->node);
    string_member(&w, "site", entry->site);
    otpi_json_key(&w.json, "text");
    string_write(&w, entry->text, strlen(entry->text), room_left(&w) / 2);
    term_member(&w, "metadata", entry->metadata);
    term_member(&w, "report", entry->report);
    otpi_json_object_end(&w.json);
    otpi_json_finish(&w.json);
    otpi_text_char(text, '\n');
}
