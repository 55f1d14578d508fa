/* SPDX-License-Identifier: MIT */
/*
 * Reading a file of choices (save.c shows its form). Strict: the first thing that is not as written
 * by save is an error with its line and column, and the list stays empty.
 */
#include "supertester/choices/list.h"
#include "supertester/choices/names.h"

#include "port/file.h"
#include "port/memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { FILE_BYTES_MAX = 512 * 1024 * 1024, LABEL_BYTES_MAX = 1024 };

typedef struct reader {
    const char *at, *end;
    const char *line_start;
    size_t line;
    otp_err err; /* the first one */
    st_choices_error *error;
} reader;

typedef struct word {
    const char *text;
    size_t size;
} word;

/* ---- Errors ---- */

OTP_PRINTF(4, 5)
static bool fail_at(reader *r, const char *at, otp_err err, const char *format, ...) {
    if (r->err != OTP_OK) {
        return false;
    }
    r->err = err;
    r->error->line = r->line;
    r->error->column = (size_t)(at - r->line_start) + 1;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->error->text, sizeof r->error->text, format, arguments);
    va_end(arguments);
    return false;
}

/* "expected ..., found ..." at the word. */
static bool unexpected(reader *r, word found, const char *expected) {
    if (found.size == 0) {
        bool over = r->at >= r->end;
        return fail_at(r, r->at, over ? OTP_ETRUNCATED : OTP_ESYNTAX,
                       "expected %s, found the end %s", expected,
                       over ? "of the file" : "of the line");
    }
    return fail_at(r, found.text, OTP_ESYNTAX, "expected %s, found \"%.*s\"", expected,
                   (int)(found.size < 40 ? found.size : 40), found.text);
}

/* ---- Words ---- */

/* The next word of the line; empty at its end. */
static word next_word(reader *r) {
    while (r->at < r->end && *r->at == ' ') {
        r->at++;
    }
    const char *start = r->at;
    while (r->at < r->end && *r->at != ' ' && *r->at != '\n') {
        r->at++;
    }
    return (word){start, (size_t)(r->at - start)};
}

static bool end_line(reader *r) {
    word rest = next_word(r);
    if (rest.size > 0) {
        return unexpected(r, rest, "the end of the line");
    }
    if (r->at >= r->end) {
        return unexpected(r, rest, "a line end");
    }
    r->at++;
    r->line++;
    r->line_start = r->at;
    while (r->at < r->end && *r->at == '#') {
        while (r->at < r->end && *r->at != '\n') {
            r->at++;
        }
        r->at += r->at < r->end;
        r->line++;
        r->line_start = r->at;
    }
    return true;
}

static bool expect_word(reader *r, const char *expected) {
    word found = next_word(r);
    char quoted[64];
    if (found.size == strlen(expected) && memcmp(found.text, expected, found.size) == 0) {
        return true;
    }
    snprintf(quoted, sizeof quoted, "\"%s\"", expected);
    return unexpected(r, found, quoted);
}

static bool read_name(reader *r, const char *const *names, int n, const char *what, int *out) {
    word found = next_word(r);
    *out = sti_name_find(names, n, found.text, found.size);
    return *out >= 0 || unexpected(r, found, what);
}

/* Digits up to the limit; the number of characters read, 0 when there is no such number. */
static size_t scan_digits(const char *at, const char *end, uint64_t limit, uint64_t *out) {
    const char *start = at;
    *out = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (*out > (limit - digit) / 10) {
            return 0;
        }
        *out = *out * 10 + digit;
    }
    return (size_t)(at - start);
}

static size_t scan_int(const char *at, const char *end, int64_t *out) {
    bool minus = at < end && *at == '-';
    uint64_t magnitude;
    size_t n = scan_digits(at + minus, end, (uint64_t)INT64_MAX + minus, &magnitude);
    *out = (int64_t)(minus ? 0 - magnitude : magnitude);
    return n == 0 ? 0 : n + minus;
}

static bool read_uint(reader *r, const char *key, uint64_t *out) {
    if (!expect_word(r, key)) {
        return false;
    }
    word found = next_word(r);
    if (found.size == 0 ||
        scan_digits(found.text, found.text + found.size, UINT64_MAX, out) != found.size) {
        return unexpected(r, found, "a number from 0 to 18446744073709551615");
    }
    return end_line(r);
}

static bool read_option(reader *r, const char *key, const char *const *names, const char *what,
                        int *out) {
    return expect_word(r, key) && read_name(r, names, 2, what, out) && end_line(r);
}

/* ---- The head ---- */

static bool read_version(reader *r) {
    uint64_t version;
    if (!expect_word(r, "supertester") || !expect_word(r, "choices")) {
        return false;
    }
    word found = next_word(r);
    if (scan_digits(found.text, found.text + found.size, 1000000, &version) != found.size ||
        found.size == 0) {
        return unexpected(r, found, "a version number");
    }
    if (version != STI_CHOICES_VERSION) {
        return fail_at(r, found.text, OTP_EFORMAT,
                       "version %" PRIu64 " of the format; this program reads version %d", version,
                       STI_CHOICES_VERSION);
    }
    return end_line(r);
}

static bool read_test(reader *r, st_choices_about *about) {
    if (!expect_word(r, "test")) {
        return false;
    }
    word found = next_word(r);
    if (found.size == 0 || found.size >= sizeof about->test) {
        return unexpected(r, found, "the name of a test");
    }
    memcpy(about->test, found.text, found.size);
    about->test[found.size] = '\0';
    return end_line(r);
}

static bool read_head(reader *r, st_choices_about *about) {
    int mode, timers, delivery, network;
    if (!read_version(r) || !read_test(r, about) ||
        !read_option(r, "world", sti_mode_names, "\"simulated\" or \"parallel\"", &mode) ||
        !read_uint(r, "seed", &about->seed) || !read_uint(r, "run", &about->run) ||
        !read_option(r, "timers", sti_timers_names, "\"last\" or \"race\"", &timers) ||
        !read_option(r, "delivery", sti_delivery_names, "\"causal\" or \"pairwise\"", &delivery) ||
        !read_option(r, "network", sti_network_names, "\"tcp\" or \"lossy\"", &network)) {
        return false;
    }
    about->mode = (otp_mode)mode;
    about->timers = (otp_timers)timers;
    about->delivery = (otp_delivery)delivery;
    about->network = (otp_network)network;
    return true;
}

/* ---- A choice ---- */

static bool read_bounds(reader *r, sti_choice *choice) {
    word found = next_word(r);
    const char *end = found.text + found.size;
    size_t first = scan_int(found.text, end, &choice->lo);
    const char *dots = found.text + first;
    if (first == 0 || end - dots < 3 || dots[0] != '.' || dots[1] != '.' ||
        scan_int(dots + 2, end, &choice->hi) != (size_t)(end - dots) - 2) {
        return unexpected(r, found, "bounds such as 0..9");
    }
    if (choice->lo >= choice->hi) {
        return fail_at(r, found.text, OTP_ESYNTAX, "the lower bound must be below the upper one");
    }
    return true;
}

static bool read_value(reader *r, sti_choice *choice) {
    word found = next_word(r);
    if (found.size == 0 ||
        scan_int(found.text, found.text + found.size, &choice->value) != found.size) {
        return unexpected(r, found, "a number");
    }
    if (choice->value < choice->lo || choice->value > choice->hi) {
        return fail_at(r, found.text, OTP_ESYNTAX,
                       "%" PRId64 " is not in the bounds %" PRId64 "..%" PRId64, choice->value,
                       choice->lo, choice->hi);
    }
    return true;
}

static int hex_digit(char c) {
    const char *digits = "0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* One character behind a backslash; its value, or -1. */
static int read_escape(reader *r) {
    if (r->end - r->at >= 1 && (*r->at == '"' || *r->at == '\\')) {
        return (unsigned char)*r->at++;
    }
    if (r->end - r->at >= 3 && *r->at == 'x' && hex_digit(r->at[1]) >= 0 &&
        hex_digit(r->at[2]) >= 0) {
        int value = hex_digit(r->at[1]) * 16 + hex_digit(r->at[2]);
        r->at += 3;
        return value;
    }
    return -1;
}

static bool read_label(reader *r, char *label, size_t *size) {
    while (r->at < r->end && *r->at == ' ') {
        r->at++;
    }
    const char *start = r->at;
    if (r->at >= r->end || *r->at != '"') {
        return unexpected(r, next_word(r), "a label in quotes");
    }
    r->at++;
    *size = 0;
    while (r->at < r->end && *r->at != '"' && *r->at != '\n' && *size < LABEL_BYTES_MAX) {
        int c = (unsigned char)*r->at++;
        if (c == '\\' && (c = read_escape(r)) < 0) {
            return fail_at(r, r->at - 1, OTP_ESYNTAX,
                           "unknown escape: \\\", \\\\ and \\xNN are known");
        }
        label[(*size)++] = (char)c;
    }
    if (r->at >= r->end || *r->at != '"') {
        return fail_at(r, start, r->at >= r->end ? OTP_ETRUNCATED : OTP_ESYNTAX,
                       "this label has no closing quote");
    }
    r->at++;
    return true;
}

/* Lane and kind of a line. Data that a test drew has a type in place of its kind; a mark has
 * neither. */
static bool read_kind(reader *r, sti_choice *choice) {
    int lane;
    if (!read_name(r, sti_lane_names, OTP_LANES,
                   "a lane (data, schedule, network, fault, allocation)", &lane)) {
        return false;
    }
    word found = next_word(r);
    int type = lane == OTP_LANE_DATA
                   ? sti_name_find(sti_type_names, STI_TYPES + STI_MARKS, found.text, found.size)
                   : -1;
    int kind = type < 0 ? sti_name_find(sti_kind_names, STI_KINDS, found.text, found.size)
                        : OTP_CHOICE_USER;
    if (kind < 0) {
        return unexpected(r, found, "a kind of choice (run, resume, user, ...)");
    }
    choice->lane = (otp_lane)lane;
    choice->kind =
        type >= STI_TYPES ? (uint32_t)(STI_KIND_MARKS + type - STI_TYPES) : (uint32_t)kind;
    choice->type = type >= 0 && type < STI_TYPES ? (sti_type)type : STI_INT;
    return true;
}

static bool read_choice(reader *r, st_choices *list) {
    sti_choice choice = {0};
    char label[LABEL_BYTES_MAX];
    size_t size = 0;
    if (!read_kind(r, &choice)) {
        return false;
    }
    bool mark = choice.kind >= STI_KIND_MARKS;
    if ((!mark && (!read_bounds(r, &choice) || !read_value(r, &choice))) ||
        !read_label(r, label, &size) || !end_line(r)) {
        return false;
    }
    choice.label = sti_label_of_text(&list->labels, label, size);
    choice.target = choice.lo;
    if (mark) {
        sti_choices_mark(list, choice.kind, choice.label);
    } else {
        sti_choices_put(list, choice);
    }
    return !list->overflow || fail_at(r, r->line_start, OTP_ENOMEM, "out of memory");
}

static bool read_all(reader *r, st_choices *list, st_choices_about *about) {
    uint64_t count;
    if (!read_head(r, about) || !read_uint(r, "choices", &count)) {
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (!read_choice(r, list)) {
            return false;
        }
    }
    if (!expect_word(r, "end") || !end_line(r)) {
        return false;
    }
    return r->at == r->end || unexpected(r, next_word(r), "the end of the file");
}

/* ---- The file ---- */

static otp_err refuse(st_choices_error *error, otp_err err, const char *why) {
    *error = (st_choices_error){0};
    snprintf(error->text, sizeof error->text, "%s", why);
    return err;
}

static otp_err read_open_file(otpi_file *file, char **bytes, size_t *size,
                              st_choices_error *error) {
    uint64_t whole;
    if (otpi_file_size(file, &whole) != OTPI_IO_OK) {
        return refuse(error, OTP_EIO, "its size can't be told: is it a file?");
    }
    if (whole > FILE_BYTES_MAX) {
        return refuse(error, OTP_ESIZE, "larger than 512 MiB: not a file of choices");
    }
    *bytes = otpi_alloc((size_t)whole + 1);
    if (!*bytes) {
        return refuse(error, OTP_ENOMEM, "out of memory");
    }
    otpi_io_err err = otpi_file_read_at(file, *bytes, (size_t)whole, 0, size);
    if (err != OTPI_IO_OK && err != OTPI_IO_SHORT) {
        otpi_free(*bytes);
        return refuse(error, OTP_EIO, "reading failed");
    }
    return OTP_OK;
}

static otp_err read_file(const char *path, char **bytes, size_t *size, st_choices_error *error) {
    otpi_file *file;
    otpi_file_info info;
    otpi_io_err err = otpi_file_stat(&otpi_file_ops_posix, path, &info);
    if (err == OTPI_IO_OK && info.is_directory) {
        return refuse(error, OTP_EIO, "it is a folder");
    }
    err = otpi_file_open(&otpi_file_ops_posix, path, OTPI_FILE_READ, 0, &file);
    if (err == OTPI_IO_ENOENT) {
        return refuse(error, OTP_ENOENT, "no such file");
    }
    if (err != OTPI_IO_OK) {
        return refuse(error, OTP_EIO,
                      err == OTPI_IO_EACCES ? "permission denied" : "it can't be opened");
    }
    otp_err result = read_open_file(file, bytes, size, error);
    otpi_io_err ignored = otpi_file_close(file); /* it was only read */
    (void)ignored;
    return result;
}

otp_err st_choices_load(st_choices *list, const char *path, st_choices_about *about,
                        st_choices_error *error) {
    char *bytes = NULL;
    size_t size = 0;
    st_choices_error unwanted;
    error = error ? error : &unwanted;
    *error = (st_choices_error){0};
    otp_err err = read_file(path, &bytes, &size, error);
    if (err != OTP_OK) {
        return err;
    }
    st_choices_simplest(list);
    reader r = {.at = bytes, .end = bytes + size, .line_start = bytes, .line = 1, .error = error};
    if (!read_all(&r, list, about)) {
        st_choices_simplest(list);
    }
    otpi_free(bytes);
    return r.err;
}
