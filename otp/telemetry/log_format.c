/* SPDX-License-Identifier: MIT */
/*
 * How an entry looks to people: the lines of the default sink, and the one line of a handler. What
 * others put into a text cannot make a second line or move a terminal's cursor.
 */
#include "telemetry/log.h"

#include "base/json.h"
#include "port/memory.h"
#include "term/utf8.h"

#include <string.h>
#include <time.h>

enum { VALUE_MAX = 200 }; /* bytes of one metadata value */

const char *otpi_log_level_name(otp_log_level level) {
    static const char *const names[] = {"none", "error", "warning", "notice", "info", "debug"};
    return (unsigned)level < sizeof names / sizeof names[0] ? names[level] : "none";
}

void otpi_log_time(otpi_text *text, uint64_t wall_ms) {
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm utc = {0};
    (void)gmtime_r(&seconds, &utc);
    otpi_text_format(text, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     (unsigned)(wall_ms % 1000));
}

size_t otpi_log_cut(const char *bytes, size_t size, size_t max) {
    size_t length = size < max ? size : max;
    while (length > 0 && length < size && ((unsigned char)bytes[length] & 0xc0) == 0x80) {
        length--;
    }
    return length;
}

/* ---- Several lines ---- */

void otpi_log_line(otpi_text *text, const otp_log_entry *entry, uint64_t wall_ms) {
    char who[64] = "-";
    if (entry->pid.word != 0) {
        otp_print(otp_from_pid(entry->pid), who, sizeof who);
    }
    unsigned ms = (unsigned)(wall_ms % 1000);
    unsigned s = (unsigned)(wall_ms / 1000 % 86400);
    otpi_text_format(text, "%02u:%02u:%02u.%03u [%s] %s ", s / 3600, s / 60 % 60, s % 60, ms,
                     otpi_log_level_name(entry->level), who);
    otpi_text_cstr(text, entry->text);
    otpi_text_char(text, '\n');
}

/* ---- One line ---- */

/* A new line of the text, with the blanks it begins with. */
static size_t line_break(otpi_text *text, const char *bytes, size_t size) {
    size_t n = 1;
    while (n < size && bytes[n] == ' ') {
        n++;
    }
    otpi_text_cstr(text, " | ");
    return n;
}

static void clean_append(otpi_text *text, const char *bytes, size_t size) {
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t n = otpi_utf8_read((const uint8_t *)bytes + i, size - i, &code);
        if (n == 0) {
            otpi_text_cstr(text, "\xef\xbf\xbd");
            n = 1;
        } else if (code == '\n') {
            n = line_break(text, bytes + i, size - i);
        } else if (code < ' ' || (code >= 0x7f && code < 0xa0)) {
            otpi_text_format(text, "\\x%02x", (unsigned)code);
        } else {
            otpi_text_bytes(text, bytes + i, n);
        }
        i += n;
    }
}

static void cut_append(otpi_text *text, const char *bytes, size_t size, size_t max) {
    size_t shown = otpi_log_cut(bytes, size, max);
    clean_append(text, bytes, shown);
    otpi_text_cstr(text, shown < size ? "..." : "");
}

static void printed_append(otpi_text *text, otp_term term) {
    char printed[VALUE_MAX + 2];
    size_t size = otp_print(term, printed, sizeof printed);
    cut_append(text, printed, size < sizeof printed ? size : sizeof printed - 1, VALUE_MAX);
}

static void value_append(otpi_text *text, otp_term value) {
    const uint8_t *bytes;
    size_t size;
    if (!otp_get_binary(value, &bytes, &size)) {
        printed_append(text, value);
        return;
    }
    size_t shown = otpi_log_cut((const char *)bytes, size, VALUE_MAX);
    otpi_text_char(text, '"');
    otpi_json_escape(text, (const char *)bytes, shown);
    otpi_text_cstr(text, shown < size ? "...\"" : "\"");
}

static void metadata_append(otpi_text *text, otp_term metadata, size_t end) {
    otp_term key;
    otp_term value;
    for (size_t i = 0; otp_map_at(metadata, i, &key, &value); i++) {
        otpi_text_char(text, ' ');
        if (text->length >= end) {
            otpi_text_cstr(text, "...");
            return;
        }
        printed_append(text, key);
        otpi_text_char(text, '=');
        value_append(text, value);
    }
}

static void who_append(otpi_text *text, const otp_log_entry *entry) {
    if (entry->pid.word != 0) {
        otpi_text_char(text, ' ');
        printed_append(text, otp_from_pid(entry->pid));
    }
    if (!otp_is_none(entry->name)) {
        otpi_text_char(text, ' ');
        printed_append(text, entry->name);
    }
    if (entry->module != NULL) {
        otpi_text_char(text, ' ');
        cut_append(text, entry->module, strlen(entry->module), VALUE_MAX);
    }
    if (entry->label != NULL) {
        otpi_text_cstr(text, " \"");
        cut_append(text, entry->label, strlen(entry->label), VALUE_MAX);
        otpi_text_char(text, '"');
    }
}

void otpi_log_human(otpi_text *text, const otp_log_entry *entry, size_t size_max) {
    size_t end = text->length + size_max;
    otpi_log_time(text, entry->wall_ms);
    otpi_text_format(text, " [%s]", otpi_log_level_name(entry->level));
    who_append(text, entry);
    otpi_text_char(text, ' ');
    size_t room = end > text->length ? end - text->length : 0;
    cut_append(text, entry->text, strlen(entry->text), room / 4 * 3);
    metadata_append(text, entry->metadata, end);
    if (entry->site != NULL) {
        otpi_text_cstr(text, " (");
        cut_append(text, entry->site, strlen(entry->site), VALUE_MAX);
        otpi_text_char(text, ')');
    }
    otpi_text_char(text, '\n');
}

/* ---- For anybody ---- */

size_t otp_log_format_entry(const otp_log_entry *entry, otp_log_format format, size_t size_max,
                            char *buffer, size_t size) {
    otpi_text text;
    size_max = size_max ? size_max : (size_t)OTPI_LOG_SIZE_DEFAULT;
    otpi_text_init(&text, &otpi_heap_allocator);
    if (format == OTP_LOG_JSON) {
        otpi_log_json(&text, entry, size_max);
    } else {
        otpi_log_human(&text, entry, size_max);
    }
    size_t length = text.failed ? 0 : text.length - 1; /* without the newline */
    if (size > 0) {
        size_t n = length < size - 1 ? length : size - 1;
        memcpy(buffer, text.data, n);
        buffer[n] = '\0';
    }
    otpi_text_fini(&text);
    return length;
}
