/* SPDX-License-Identifier: MIT */
/*
 * How entries look, for people and as JSON, whatever is in them.
 */
#include "telemetry/log.h"

#include "base/prng.h"
#include "port/memory.h"
#include "table/in_world.h"
#include "term/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *human(const otp_log_entry *entry, size_t size_max) {
    static char text[100000];
    otp_log_format_entry(entry, OTP_LOG_HUMAN, size_max, text, sizeof text);
    return text;
}

static const char *json(const otp_log_entry *entry, size_t size_max) {
    static char text[100000];
    otp_log_format_entry(entry, OTP_LOG_JSON, size_max, text, sizeof text);
    return text;
}

static otp_log_entry entry_of(const char *text) {
    return (otp_log_entry){.level = OTP_LOG_WARNING,
                           .pid = otpi_pid(0, 0, 5),
                           .wall_ms = UINT64_C(1700000000007),
                           .text = text};
}

/* ---- A reader of JSON, strict ---- */

static bool value_read(const char **at, int depth);

static bool string_read(const char **at) {
    if (*(*at)++ != '"') {
        return false;
    }
    while (**at != '"') {
        uint32_t code;
        size_t n = otpi_utf8_read((const uint8_t *)*at, strlen(*at), &code);
        if (n == 0 || code < ' ' || (code == '\\' && strchr("\"\\/bfnrtu", (*at)[1]) == NULL)) {
            return false;
        }
        *at += code == '\\' ? 2 : n;
    }
    (*at)++;
    return true;
}

static bool members_read(const char **at, char end, int depth) {
    (*at)++;
    if (**at == end) {
        (*at)++;
        return true;
    }
    for (;;) {
        if (end == '}' && (!string_read(at) || *(*at)++ != ':')) {
            return false;
        }
        if (!value_read(at, depth + 1)) {
            return false;
        }
        char c = *(*at)++;
        if (c != ',') {
            return c == end;
        }
    }
}

static bool word_read(const char **at, const char *word) {
    bool is = strncmp(*at, word, strlen(word)) == 0;
    *at += is ? strlen(word) : 0;
    return is;
}

static bool value_read(const char **at, int depth) {
    char *end;
    if (depth > 50) {
        return false;
    }
    switch (**at) {
    case '{': return members_read(at, '}', depth);
    case '[': return members_read(at, ']', depth);
    case '"': return string_read(at);
    case 't': return word_read(at, "true");
    case 'f': return word_read(at, "false");
    case 'n': return word_read(at, "null");
    default:
        (void)strtod(*at, &end);
        bool number = end != *at;
        *at = end;
        return number;
    }
}

static bool is_json(const char *text) {
    const char *at = text;
    return *text == '{' && value_read(&at, 0) && *at == '\0';
}

UNIT("the reader of JSON refuses what is none") {
    CHECK(is_json("{\"a\":[1,-2.5e3,true,null,{}],\"b\":\"\\n\"}"));
    static const char *const bad[] = {
        "",           "[1]",         "{\"a\"}",    "{\"a\":}",
        "{\"a\":1,}", "{\"a\":1} ",  "{a:1}",      "{\"a\":\"\n\"}",
        "{\"a\":1",   "{\"a\":\"x}", "{\"a\":[1}", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!is_json(bad[i]));
    }
}

/* ---- Golden ---- */

static otp_log_entry full_entry(void) {
    otp_log_entry entry = entry_of("it broke\n    at the \"edge\"");
    entry.site = "shop.c:17";
    entry.module = "store";
    entry.label = "the slow one";
    entry.name = otp_atom("my_store");
    entry.node = otp_atom("shop@host1");
    entry.metadata = otp_term_of("#{request => 17, user => <<\"a \\\"b\\\"\">>, tag => {x, []}}");
    entry.report = otp_term_of("#{reason => {badarg, [1, 2.5, true, undefined]}, <<\"k\">> => "
                               "#{}, 7 => \"text\", pid => <0.5.0>}");
    return entry;
}

UNIT("an entry is one line for people") {
    otp_scope scope = otp_scope_begin();
    otp_log_entry entry = full_entry();
    CHECK_STR(human(&entry, 0),
              "2023-11-14T22:13:20.007Z [warning] <0.5.0> my_store store \"the slow one\" "
              "it broke | at the \"edge\" request=17 tag={x,[]} user=\"a \\\"b\\\"\" (shop.c:17)");
    entry = (otp_log_entry){.level = OTP_LOG_ERROR, .text = ""};
    CHECK_STR(human(&entry, 0), "1970-01-01T00:00:00.000Z [error] ");
    otp_scope_end(scope);
}

UNIT("an entry is one object for programs") {
    otp_scope scope = otp_scope_begin();
    otp_log_entry entry = full_entry();
    CHECK_STR(json(&entry, 0),
              "{\"time\":\"2023-11-14T22:13:20.007Z\",\"level\":\"warning\",\"pid\":\"<0.5.0>\","
              "\"name\":\"my_store\",\"module\":\"store\",\"label\":\"the slow one\","
              "\"node\":\"shop@host1\",\"site\":\"shop.c:17\","
              "\"text\":\"it broke\\n    at the \\\"edge\\\"\","
              "\"metadata\":{\"request\":17,\"tag\":[\"x\",[]],\"user\":\"a \\\"b\\\"\"},"
              "\"report\":{\"7\":[116,101,120,116],\"pid\":\"<0.5.0>\","
              "\"reason\":[\"badarg\",[1,2.5,true,null]],\"k\":{}}}");
    CHECK(is_json(json(&entry, 0)));
    entry = (otp_log_entry){.level = OTP_LOG_ERROR, .text = ""};
    CHECK_STR(json(&entry, 0),
              "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"error\",\"text\":\"\"}");
    otp_scope_end(scope);
}

UNIT("a short buffer gets the beginning, and the whole length is told") {
    char text[20];
    otp_log_entry entry = entry_of("hello");
    size_t length = strlen(human(&entry, 0));
    CHECK_EQ(otp_log_format_entry(&entry, OTP_LOG_HUMAN, 0, text, sizeof text), length);
    CHECK_STR(text, "2023-11-14T22:13:20");
    CHECK_EQ(otp_log_format_entry(&entry, OTP_LOG_HUMAN, 0, NULL, 0), length);
}

/* ---- Bad and huge ---- */

UNIT("what is not UTF-8 and what controls a terminal is shown harmless") {
    otp_log_entry entry = entry_of("a\xff\x1b[31m\tb\xc3\xa9\xc2\x85\r\n\n  c");
    CHECK_STR(human(&entry, 0), "2023-11-14T22:13:20.007Z [warning] <0.5.0> "
                                "a\xef\xbf\xbd\\x1b[31m\\x09"
                                "b\xc3\xa9\\x85\\x0d |  | c");
    CHECK(is_json(json(&entry, 0)));
    CHECK(strstr(json(&entry, 0), "a\xef\xbf\xbd\\u001b[31m\\tb\xc3\xa9") != NULL);
}

static otp_term nested(int depth) {
    otp_term term = OTP_ATOM(bottom);
    for (int i = 0; i < depth; i++) {
        term = i % 2 ? otp_list(term) : otp_tuple(term);
    }
    return term;
}

UNIT("terms beyond the depth are printed, improper lists and odd bits too") {
    otp_scope scope = otp_scope_begin();
    otp_log_entry entry = entry_of("x");
    entry.report =
        otp_map(OTP_ATOM(a), otp_term_of("[1 | 2]"), OTP_ATOM(b), otp_term_of("<<5:3>>"),
                OTP_ATOM(c), nested(18), OTP_ATOM(d), otp_term_of("123456789012345678901234567890"),
                OTP_ATOM(e), otp_uint(UINT64_MAX));
    CHECK_STR(strstr(json(&entry, 0), "\"report\""),
              "\"report\":{\"a\":\"[1|2]\",\"b\":\"<<5:3>>\","
              "\"c\":[[[[[[[[[[[[[[[\"{[{bottom}]}\"]]]]]]]]]]]]]]],"
              "\"d\":\"123456789012345678901234567890\",\"e\":18446744073709551615}}");
    CHECK(is_json(json(&entry, 0)));
    otp_log_entry deep = entry_of("x");
    deep.report = nested(5000);
    deep.metadata = otp_map(OTP_ATOM(deep), deep.report);
    CHECK(is_json(json(&deep, 0)));
    CHECK(strlen(json(&deep, 0)) < 2000);
    CHECK(strstr(human(&deep, 0), "...") != NULL);
    otp_scope_end(scope);
}

UNIT("what is huge is cut, marked, and stays whole JSON") {
    otp_scope scope = otp_scope_begin();
    static char huge[50000];
    memset(huge, 'x', sizeof huge - 1);
    memcpy(huge + 800, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 8);
    otp_term list = otp_nil();
    for (int64_t i = 0; i < 5000; i++) {
        list = otp_cons(otp_int(i), list);
    }
    for (size_t size_max = 1; size_max < 3000; size_max += 37) {
        otp_log_entry entry = entry_of(huge);
        entry.metadata = otp_map(OTP_ATOM(list), list, OTP_ATOM(text), otp_string(huge));
        entry.report = otp_map(otp_string(huge), otp_string(huge));
        CHECK(is_json(json(&entry, size_max)));
        CHECK(strstr(json(&entry, size_max), "...") != NULL);
        CHECK(strlen(json(&entry, size_max)) < size_max + 1500);
        CHECK(strstr(human(&entry, size_max), "...") != NULL);
        CHECK(strlen(human(&entry, size_max)) < size_max + 1500);
        CHECK(otpi_utf8_count((const uint8_t *)human(&entry, size_max),
                              strlen(human(&entry, size_max))) != SIZE_MAX);
    }
    otp_scope_end(scope);
}

static otp_term anything(otpi_prng *prng, int depth) {
    uint8_t bytes[40];
    otp_term parts[6];
    size_t n = otpi_prng_below(prng, 6);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)otpi_prng_next(prng);
    }
    for (size_t i = 0; i < n && depth > 0; i++) {
        parts[i] = anything(prng, depth - 1);
    }
    switch (otpi_prng_below(prng, depth > 0 ? 8 : 5)) {
    case 0: return otp_int((int64_t)otpi_prng_next(prng));
    case 1: return otp_float((otpi_prng_double(prng) - 0.5) * 1e10);
    case 2: return otp_binary(bytes, otpi_prng_below(prng, sizeof bytes));
    case 3: return OTP_ATOM(undefined);
    case 4: return otp_from_pid(otpi_pid(0, 0, (uint32_t)n));
    case 5: return otp_list_of(n, parts);
    case 6: return otp_tuple_of(n, parts);
    default: return otp_map_of(n / 2, parts);
    }
}

UNIT("any term becomes JSON and one line") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 2000; i++) {
        otp_scope scope = otp_scope_begin();
        otp_log_entry entry = entry_of("any");
        entry.metadata = otp_map(anything(&prng, 2), anything(&prng, 5));
        entry.report = anything(&prng, 7);
        size_t size_max = otpi_prng_below(&prng, 2000) + 1;
        CHECK(is_json(json(&entry, size_max)));
        CHECK(strchr(human(&entry, size_max), '\n') == NULL);
        otp_scope_end(scope);
    }
}

UNIT("without memory nothing is formatted, and nothing breaks") {
    otp_scope scope = otp_scope_begin();
    otp_log_entry entry = full_entry();
    static char huge[5000];
    memset(huge, 'x', sizeof huge - 1);
    entry.text = huge;
    char text[3000];
    size_t length = 0;
    int n = 0;
    while (length == 0 && ++n < 100) {
        int left = n;
        otpi_alloc_fault_set(in_world_fail, &left);
        length = otp_log_format_entry(&entry, OTP_LOG_JSON, 1000, text, sizeof text);
        otpi_alloc_fault_set(NULL, NULL);
        CHECK(length == 0 ? text[0] == '\0' : is_json(text));
    }
    CHECK(length > 0);
    CHECK(n > 1);
    otp_scope_end(scope);
}
