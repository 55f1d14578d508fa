/* SPDX-License-Identifier: MIT */
/*
 * Names and labels as Prometheus wants them: "Exposition formats", "Metric and label naming" of its
 * documentation. What goes in may be anything; what comes out can be read.
 */
#include "telemetry/metrics.h"

#include "term/utf8.h"

#include <string.h>

/* ---- Names ---- */

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* A character for each byte or, beyond ASCII, for each code point. The colon is for the rules of
 * the server. */
static void fit_append(otpi_text *text, const char *bytes) {
    for (; *bytes != '\0'; bytes++) {
        bool continues = ((unsigned char)*bytes & 0xc0) == 0x80;
        if (!continues) {
            otpi_text_char(text, is_letter(*bytes) || is_digit(*bytes) ? *bytes : '_');
        }
    }
}

static bool ends_with(const otpi_text *text, const char *suffix) {
    size_t length = strlen(suffix);
    return text->length > length && memcmp(text->data + text->length - length, suffix, length) == 0;
}

/* Removes one of the suffixes; false when there is none. */
static bool suffix_cut(otpi_text *text, const char *const *suffixes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (ends_with(text, suffixes[i])) {
            otpi_text_truncate(text, text->length - strlen(suffixes[i]));
            return true;
        }
    }
    return false;
}

/* "request_duration_ns" told in seconds is request_duration_seconds. */
static void unit_append(otpi_text *text, otp_unit unit) {
    static const char *const told[] = {
        "",       "_nanoseconds", "_microseconds", "_milliseconds", "_seconds",
        "_bytes", "_kilobytes",   "_megabytes",    "_gigabytes"};
    static const char *const known[] = {
        "_nanoseconds", "_microseconds", "_milliseconds", "_seconds", "_bytes", "_kilobytes",
        "_megabytes",   "_gigabytes",    "_ns",           "_us",      "_ms",    "_s",
        "_b",           "_kb",           "_mb",           "_gb"};
    if (unit != OTP_UNIT_NONE) {
        (void)suffix_cut(text, known, sizeof known / sizeof known[0]);
        otpi_text_cstr(text, told[unit]);
    }
}

static void name_made(otpi_text *text, const otp_metric *spec, otp_term event) {
    OTP_LIST_FOREACH (atom, event) {
        if (!otp_is(atom, "_")) {
            fit_append(text, text->length ? "_" : "");
            fit_append(text, otp_atom_text(atom));
        }
    }
    if (spec->measurement != NULL && spec->type != OTP_COUNTER) {
        otpi_text_char(text, '_');
        fit_append(text, spec->measurement);
    }
    unit_append(text, spec->type == OTP_COUNTER ? OTP_UNIT_NONE : spec->unit);
}

void otpi_metric_name(otpi_text *text, const otp_metric *spec, otp_term event) {
    static const char *const reserved[] = {"_total", "_count", "_sum", "_bucket"};
    bool counts = spec->type == OTP_COUNTER || (spec->type == OTP_SUM && !spec->falls);
    otpi_text name;
    char memory[1024];
    otpi_text_init_fixed(&name, memory, sizeof memory); /* longer ones are cut */
    if (spec->name != NULL) {
        fit_append(&name, spec->name);
    } else {
        name_made(&name, spec, event);
    }
    while (suffix_cut(&name, reserved, counts ? 1 : sizeof reserved / sizeof reserved[0])) {}
    if (name.length == 0 || is_digit(name.data[0])) {
        otpi_text_char(text, '_');
    }
    otpi_text_bytes(text, name.data, name.length);
    if (counts) {
        otpi_text_cstr(text, "_total");
    }
}

/* Names that begin with two underscores are for the server's own use. */
void otpi_label_name(otpi_text *text, const char *tag) {
    while (tag[0] == '_' && tag[1] == '_') {
        tag++;
    }
    if (tag[0] == '\0' || is_digit(tag[0])) {
        otpi_text_char(text, '_');
    }
    fit_append(text, tag);
}

/* ---- Values and help ---- */

static void escape_append(otpi_text *text, const char *bytes, size_t size, bool quotes) {
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t n = otpi_utf8_read((const uint8_t *)bytes + i, size - i, &code);
        if (n == 0 || code == 0) {
            otpi_text_cstr(text, "\xef\xbf\xbd");
        } else if (code == '\n') {
            otpi_text_cstr(text, "\\n");
        } else {
            bool special = code == '\\' || (quotes && code == '"');
            otpi_text_cstr(text, special ? "\\" : "");
            otpi_text_bytes(text, bytes + i, n);
        }
        i += n ? n : 1;
    }
}

void otpi_help_escape(otpi_text *text, const char *help) {
    escape_append(text, help, strlen(help), false);
}

/* Cut between two code points when it is too long. */
static void value_append(otpi_text *text, const char *bytes, size_t size) {
    size_t shown = size;
    if (size > OTPI_LABEL_MAX) {
        shown = OTPI_LABEL_MAX - strlen("...");
        while (shown > 0 && ((unsigned char)bytes[shown] & 0xc0) == 0x80) {
            shown--;
        }
    }
    escape_append(text, bytes, shown, true);
    otpi_text_cstr(text, shown < size ? "..." : "");
}

void otpi_label(otpi_text *text, const char *name, otp_term value) {
    const uint8_t *bytes;
    size_t size;
    char printed[OTPI_LABEL_MAX + 2];
    otpi_text_cstr(text, name);
    otpi_text_cstr(text, "=\"");
    if (otp_is_atom(value)) {
        value_append(text, otp_atom_text(value), otp_atom_length(value));
    } else if (otp_get_binary(value, &bytes, &size)) {
        value_append(text, (const char *)bytes, size);
    } else {
        size = otp_print(value, printed, sizeof printed);
        value_append(text, printed, size < sizeof printed ? size : sizeof printed - 1);
    }
    otpi_text_char(text, '"');
}
