/* SPDX-License-Identifier: MIT */
/*
 * The exposition text: golden, and against a strict reader of the format made from its
 * documentation. What the reader refuses, promtool check metrics refuses too.
 */
#include "telemetry/metrics.h"

#include "base/prng.h"
#include "table/in_world.h"
#include "term/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static otp_event_site web = OTP_EVENT("[web, request, stop]");

/* ---- A strict reader ---- */

typedef struct reader {
    const char *at;
    char family[1100], type[16];
    char families[40][1100];
    size_t family_count;
    char last[4000]; /* the series before, without its value */
    uint64_t bucket; /* the bucket before, of this series */
    double bound;
    bool infinite; /* the bucket before was the last one */
    const char *wrong;
} reader;

static bool wrong(reader *r, const char *what) {
    r->wrong = r->wrong ? r->wrong : what;
    return false;
}

static bool literal(reader *r, const char *text) {
    size_t n = strlen(text);
    if (strncmp(r->at, text, n) != 0) {
        return false;
    }
    r->at += n;
    return true;
}

static bool name(reader *r, char *out, size_t size, bool colon) {
    size_t n = 0;
    while (isalpha((unsigned char)r->at[n]) || r->at[n] == '_' || (colon && r->at[n] == ':') ||
           (n > 0 && isdigit((unsigned char)r->at[n]))) {
        n++;
    }
    if (n == 0 || n >= size) {
        return wrong(r, "no name");
    }
    memcpy(out, r->at, n);
    out[n] = '\0';
    r->at += n;
    return true;
}

/* Up to the end mark, with the escapes that are allowed there. */
static bool escaped(reader *r, char end, const char *escapes) {
    while (*r->at != end) {
        uint32_t code;
        size_t n = otpi_utf8_read((const uint8_t *)r->at, strlen(r->at), &code);
        if (n == 0 || code == '\n') {
            return wrong(r, "bad text");
        }
        if (code == '\\') {
            n = 2;
            if (r->at[1] == '\0' || strchr(escapes, r->at[1]) == NULL) {
                return wrong(r, "bad escape");
            }
        }
        r->at += n;
    }
    r->at++;
    return true;
}

static bool ends(const char *text, const char *suffix) {
    size_t n = strlen(text);
    size_t m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

/* What promtool's linter says of names. */
static bool family_lint(reader *r) {
    bool counter = strcmp(r->type, "counter") == 0;
    bool wide = strcmp(r->type, "histogram") == 0 || strcmp(r->type, "summary") == 0;
    if (counter != ends(r->family, "_total")) {
        return wrong(r, "_total is for counters");
    }
    if (!wide &&
        (ends(r->family, "_count") || ends(r->family, "_sum") || ends(r->family, "_bucket"))) {
        return wrong(r, "a suffix of histograms");
    }
    for (size_t i = 0; i < r->family_count; i++) {
        if (strcmp(r->families[i], r->family) == 0) {
            return wrong(r, "a family twice");
        }
    }
    snprintf(r->families[r->family_count++], sizeof r->families[0], "%s", r->family);
    return true;
}

static bool head(reader *r) {
    char again[1100];
    r->last[0] = '\0';
    bool ok = name(r, r->family, sizeof r->family, false) && literal(r, " ") && *r->at != '\n' &&
              escaped(r, '\n', "\\n") && literal(r, "# TYPE ") &&
              name(r, again, sizeof again, false) && literal(r, " ") &&
              name(r, r->type, sizeof r->type, false) && literal(r, "\n");
    return ok && strcmp(again, r->family) == 0 && family_lint(r) ? true : wrong(r, "bad head");
}

static bool labels(reader *r, const char *reserved, char *bound, size_t size) {
    if (!literal(r, "{")) {
        return true;
    }
    do {
        char label[300];
        const char *from;
        if (!name(r, label, sizeof label, false) || strncmp(label, "__", 2) == 0 ||
            !literal(r, "=\"")) {
            return wrong(r, "bad label");
        }
        from = r->at;
        if (!escaped(r, '"', "\\\"n")) {
            return false;
        }
        if (strcmp(label, reserved) == 0) {
            snprintf(bound, size, "%.*s", (int)(r->at - from - 1), from);
        }
    } while (literal(r, ","));
    return literal(r, "}") ? true : wrong(r, "labels do not end");
}

/* Buckets ascend, in bounds and counts; the last is +Inf, and is the count. */
static bool histogram_line(reader *r, const char *suffix, const char *bound, double value) {
    if (strcmp(suffix, "_bucket") == 0) {
        char *end;
        double at = strcmp(bound, "+Inf") == 0 ? INFINITY : strtod(bound, &end);
        bool first = r->infinite;
        if (bound[0] == '\0' || (!first && (at <= r->bound || value < (double)r->bucket))) {
            return wrong(r, "buckets do not ascend");
        }
        r->bound = at;
        r->bucket = (uint64_t)value;
        r->infinite = isinf(at);
        return true;
    }
    if (!r->infinite) {
        return wrong(r, "no +Inf");
    }
    return strcmp(suffix, "_count") != 0 || value == (double)r->bucket
               ? true
               : wrong(r, "_count is not that of +Inf");
}

static bool suffix_fits(const reader *r, const char *suffix) {
    bool histogram = strcmp(r->type, "histogram") == 0;
    bool wide = histogram || strcmp(r->type, "summary") == 0;
    return wide ? strcmp(suffix, "_sum") == 0 || strcmp(suffix, "_count") == 0 ||
                      (histogram && strcmp(suffix, "_bucket") == 0)
                : suffix[0] == '\0';
}

static bool sample(reader *r) {
    char series[1100];
    char bound[300] = "";
    const char *from = r->at;
    if (!name(r, series, sizeof series, false) ||
        strncmp(series, r->family, strlen(r->family)) != 0 ||
        !suffix_fits(r, series + strlen(r->family))) {
        return wrong(r, "a sample of another family");
    }
    if (!labels(r, "le", bound, sizeof bound)) {
        return false;
    }
    size_t n = (size_t)(r->at - from);
    if (strncmp(r->last, from, n) == 0 && r->last[n] == '\0') {
        return wrong(r, "a series twice");
    }
    snprintf(r->last, sizeof r->last, "%.*s", (int)n, from);
    if (!literal(r, " ")) {
        return wrong(r, "no value");
    }
    char *end;
    double value = strtod(r->at, &end);
    if (end == r->at || *end != '\n') {
        return wrong(r, "bad value");
    }
    r->at = end + 1;
    bool histogram = strcmp(r->type, "histogram") == 0;
    return !histogram || histogram_line(r, series + strlen(r->family), bound, value);
}

/* What is wrong with the text; "" when it is right. */
static const char *exposition_wrong(const char *text) {
    static reader r;
    r = (reader){.at = text, .infinite = true};
    while (*r.at != '\0') {
        if (!(literal(&r, "# HELP ") ? head(&r) : sample(&r))) {
            return r.wrong ? r.wrong : "unreadable";
        }
    }
    return "";
}

UNIT("the reader refuses what is wrong") {
    static const char head_of[] = "# HELP a_total b\n# TYPE a_total counter\n";
    static const char *const bad[] = {
        "a 1\n",
        "# HELP a b\n# TYPE a counter\na 1\n",
        "# HELP a_total b\n# TYPE a_total gauge\n",
        "# HELP a_count b\n# TYPE a_count gauge\n",
        "# HELP a_total b\n# TYPE b_total counter\n",
        "# HELP a_total \n# TYPE a_total counter\n",
        "# HELP a_total b\\x\n# TYPE a_total counter\n",
        "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n",
        "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_sum 1\n",
        "# HELP a b\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 3\n",
    };
    static const char *const bad_samples[] = {"b_total 1\n",
                                              "a_total\n",
                                              "a_total 1",
                                              "a_total x\n",
                                              "a_total{} 1\n",
                                              "a_total{b=\"c\" 1\n",
                                              "a_total{b=c} 1\n",
                                              "a_total{b=\"\\t\"} 1\n",
                                              "a_total{1=\"\"} 1\n",
                                              "a_total{b=\"\xff\"} 1\n",
                                              "a_total 1\na_total 1\n",
                                              "a_total{__b=\"\"} 1\n"};
    char text[400];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(exposition_wrong(bad[i])[0] != '\0');
    }
    for (size_t i = 0; i < sizeof bad_samples / sizeof bad_samples[0]; i++) {
        snprintf(text, sizeof text, "%s%s", head_of, bad_samples[i]);
        CHECK(exposition_wrong(text)[0] != '\0');
    }
    snprintf(text, sizeof text, "%sa_total{b=\"\\\\ \\\" \\n\"} 1\n", head_of);
    CHECK_STR(exposition_wrong(text), "");
}

/* ---- Names and labels ---- */

static const char *name_of(otp_metric_type type, const char *name_given, bool falls) {
    static char memory[300];
    otpi_text text;
    otpi_text_init_fixed(&text, memory, sizeof memory);
    otpi_metric_name(&text, &(otp_metric){.type = type, .name = name_given, .falls = falls},
                     otp_nil());
    return memory;
}

static const char *made(otp_metric_type type, const char *event, const char *key, otp_unit unit) {
    static char memory[300];
    otpi_text text;
    otpi_text_init_fixed(&text, memory, sizeof memory);
    otp_scope scope = otp_scope_begin();
    otpi_metric_name(&text, &(otp_metric){.type = type, .measurement = key, .unit = unit},
                     otp_term_of(event));
    otp_scope_end(scope);
    return memory;
}

UNIT("names are made fit for Prometheus") {
    CHECK_STR(name_of(OTP_COUNTER, "requests", false), "requests_total");
    CHECK_STR(name_of(OTP_COUNTER, "requests_total", false), "requests_total");
    CHECK_STR(name_of(OTP_SUM, "paid", false), "paid_total");
    CHECK_STR(name_of(OTP_SUM, "paid_total", true), "paid");
    CHECK_STR(name_of(OTP_LAST_VALUE, "memory_total_count", false), "memory");
    CHECK_STR(name_of(OTP_DISTRIBUTION, "a_bucket", false), "a");
    CHECK_STR(name_of(OTP_LAST_VALUE, "_total", false), "_total");
    CHECK_STR(name_of(OTP_LAST_VALUE, "9 lives:left\xc3\xa9\xff", false), "_9_lives_left__");
    CHECK_STR(name_of(OTP_LAST_VALUE, "", false), "_");
    CHECK_STR(made(OTP_COUNTER, "[web, request]", NULL, OTP_UNIT_NONE), "web_request_total");
    CHECK_STR(made(OTP_DISTRIBUTION, "[web, 'a-b', '_']", "duration_ns", OTP_UNIT_SECOND),
              "web_a_b_duration_seconds");
    CHECK_STR(made(OTP_LAST_VALUE, "[vm]", "heap", OTP_UNIT_BYTE), "vm_heap_bytes");
    CHECK_STR(made(OTP_LAST_VALUE, "[vm]", "heap_bytes", OTP_UNIT_BYTE), "vm_heap_bytes");
}

static const char *label(otp_term value) {
    static char memory[2000];
    otpi_text text;
    otpi_text_init_fixed(&text, memory, sizeof memory);
    otpi_label(&text, "l", value);
    return memory;
}

UNIT("a label's value is text, escaped, and cut when it is long") {
    char expected[400];
    otp_scope scope = otp_scope_begin();
    CHECK_STR(label(OTP_ATOM(ok)), "l=\"ok\"");
    CHECK_STR(label(otp_string("a \"b\" \\ c\nd")), "l=\"a \\\"b\\\" \\\\ c\\nd\"");
    CHECK_STR(label(otp_int(-7)), "l=\"-7\"");
    CHECK_STR(label(otp_term_of("{a, [1.5], <<255>>}")), "l=\"{a,[1.5],<<255>>}\"");
    CHECK_STR(label(otp_binary("\xff\xc3\xa9\xc3", 4)), "l=\"\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\"");
    CHECK_STR(label(otp_string("")), "l=\"\"");
    char longer[600];
    memset(longer, 'x', sizeof longer);
    memcpy(longer + 252, "\xc3\xa9", 2);
    snprintf(expected, sizeof expected, "l=\"%.*s...\"", 252, longer);
    CHECK_STR(label(otp_binary(longer, sizeof longer)), expected);
    snprintf(expected, sizeof expected, "l=\"%.*s\xc3\xa9xx\"", 252, longer);
    CHECK_STR(label(otp_binary(longer, 256)), expected);
    otp_term list = otp_nil();
    for (int64_t i = 0; i < 500; i++) {
        list = otp_cons(otp_int(70000000), list);
    }
    CHECK_EQ(strlen(label(list)), strlen("l=\"\"") + OTPI_LABEL_MAX);
    CHECK(strstr(label(list), "...\"") != NULL);
    otp_scope_end(scope);
}

/* ---- Golden text ---- */

static void event(const char *measurements, const char *metadata) {
    otp_telemetry_execute(&web, otp_term_of(measurements), otp_term_of(metadata));
}

static const double bounds[] = {0.1, 0.5, 2};

static const otp_metric golden_metrics[] = {
    {.type = OTP_COUNTER,
     .event = "[web, request, stop]",
     .tags = "[method, 'x-path']",
     .description = "Requests \\ answered\nby path"},
    {.type = OTP_DISTRIBUTION,
     .event = "[web, request, stop]",
     .measurement = "duration_ms",
     .tags = "[method]",
     .from = OTP_UNIT_MILLISECOND,
     .unit = OTP_UNIT_SECOND,
     .buckets = bounds,
     .bucket_count = 3},
    {.type = OTP_SUMMARY, .event = "[web, request, stop]", .measurement = "size"},
    {.type = OTP_LAST_VALUE,
     .event = "[web, request, stop]",
     .measurement = "size",
     .name = "web_last_size"},
    {.type = OTP_SUM,
     .event = "[web, request, stop]",
     .measurement = "size",
     .name = "web_open",
     .falls = true},
    {.type = OTP_COUNTER,
     .event = "[web, request, stop]",
     .name = "web_few",
     .tags = "[method]",
     .series_max = 1},
    {.type = OTP_COUNTER, .event = "[never, heard]", .description = "Never"}};

static const char golden_text[] =
    "# HELP web_request_stop_total Requests \\\\ answered\\nby path\n"
    "# TYPE web_request_stop_total counter\n"
    "web_request_stop_total{method=\"get\",x_path=\"/b\"} 1\n"
    "web_request_stop_total{method=\"get\",x_path=\"\\\"/a\\\"\"} 1\n"
    "web_request_stop_total{method=\"post\",x_path=\"/\\\"q\\\"\\n\"} 1\n"
    "# HELP web_request_stop_duration_seconds Distribution over events [web, request, stop]\n"
    "# TYPE web_request_stop_duration_seconds histogram\n"
    "web_request_stop_duration_seconds_bucket{method=\"get\",le=\"0.1\"} 0\n"
    "web_request_stop_duration_seconds_bucket{method=\"get\",le=\"0.5\"} 2\n"
    "web_request_stop_duration_seconds_bucket{method=\"get\",le=\"2\"} 2\n"
    "web_request_stop_duration_seconds_bucket{method=\"get\",le=\"+Inf\"} 2\n"
    "web_request_stop_duration_seconds_sum{method=\"get\"} 0.75\n"
    "web_request_stop_duration_seconds_count{method=\"get\"} 2\n"
    "web_request_stop_duration_seconds_bucket{method=\"post\",le=\"0.1\"} 0\n"
    "web_request_stop_duration_seconds_bucket{method=\"post\",le=\"0.5\"} 0\n"
    "web_request_stop_duration_seconds_bucket{method=\"post\",le=\"2\"} 0\n"
    "web_request_stop_duration_seconds_bucket{method=\"post\",le=\"+Inf\"} 1\n"
    "web_request_stop_duration_seconds_sum{method=\"post\"} 9\n"
    "web_request_stop_duration_seconds_count{method=\"post\"} 1\n"
    "# HELP web_request_stop_size Summary of events [web, request, stop]\n"
    "# TYPE web_request_stop_size summary\n"
    "web_request_stop_size_sum 7.5\n"
    "web_request_stop_size_count 2\n"
    "# HELP web_last_size Newest value of events [web, request, stop]\n"
    "# TYPE web_last_size gauge\n"
    "web_last_size -2.5\n"
    "# HELP web_open Sum over events [web, request, stop]\n"
    "# TYPE web_open gauge\n"
    "web_open 7.5\n"
    "# HELP web_few_total Number of events [web, request, stop]\n"
    "# TYPE web_few_total counter\n"
    "web_few_total{method=\"get\"} 1\n"
    "# HELP never_heard_total Never\n"
    "# TYPE never_heard_total counter\n"
    "# HELP otp_metrics_dropped_total Events that a metric could not count\n"
    "# TYPE otp_metrics_dropped_total counter\n"
    "otp_metrics_dropped_total{metric=\"web_request_stop_size\",reason=\"bad_measurement\"} 1\n"
    "otp_metrics_dropped_total{metric=\"web_last_size\",reason=\"bad_measurement\"} 1\n"
    "otp_metrics_dropped_total{metric=\"web_open\",reason=\"bad_measurement\"} 1\n"
    "otp_metrics_dropped_total{metric=\"web_few_total\",reason=\"series_limit\"} 2\n";

static void golden(otp_term arg) {
    (void)arg;
    otp_metrics *m;
    static char text[8000];
    size_t length;
    CHECK_EQ(otp_metrics_start(otp_system_here(), "m", golden_metrics,
                               sizeof golden_metrics / sizeof golden_metrics[0], &m),
             OTP_OK);
    event("#{duration_ms => 250, size => 10}", "#{method => get, 'x-path' => <<\"/b\">>}");
    event("#{duration_ms => 500, size => -2.5}", "#{method => <<\"get\">>, 'x-path' => \"/a\"}");
    event("#{duration_ms => 9000}", "#{method => post, 'x-path' => <<\"/\\\"q\\\"\\n\">>}");
    CHECK_EQ(otp_metrics_text(m, text, sizeof text, &length), OTP_OK);
    CHECK_STR(exposition_wrong(text), "");
    CHECK_STR(text, golden_text);
    CHECK_EQ(length, strlen(text));
    otp_metrics_stop(m);
}

UNIT("the text is the exposition format, to the letter") {
    in_both_worlds(golden);
}

/* ---- Anything in ---- */

static otp_term anything(otpi_prng *prng) {
    uint8_t bytes[400];
    size_t n = otpi_prng_below(prng, 3) == 0 ? otpi_prng_below(prng, sizeof bytes)
                                             : otpi_prng_below(prng, 6);
    for (size_t i = 0; i < n; i++) {
        static const char often[] = "\\\"\n{},=";
        bytes[i] = otpi_prng_below(prng, 3) == 0 ? (uint8_t)often[otpi_prng_below(prng, 7)]
                                                 : (uint8_t)otpi_prng_below(prng, 256);
    }
    switch (otpi_prng_below(prng, 4)) {
    case 0: return otp_binary(bytes, n);
    case 1: return otp_float(otpi_prng_double(prng) * 1e300);
    case 2: return otp_list(otp_binary(bytes, n), otp_int((int64_t)otpi_prng_next(prng)));
    default: return otp_int((int64_t)otpi_prng_below(prng, 50));
    }
}

static bool collect(void *context, const char *part, size_t size) {
    otpi_text_bytes(context, part, size);
    return true;
}

static void random_text(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {
        {.type = OTP_COUNTER, .event = "[web, '_']", .tags = "[a, b]", .series_max = 300},
        {.type = OTP_DISTRIBUTION, .event = "[web, '_']", .measurement = "n", .tags = "[a]"},
        {.type = OTP_SUMMARY, .event = "[web, '_']", .measurement = "n", .name = "s"},
        {.type = OTP_SUM, .event = "[web, '_']", .measurement = "n", .name = "t"}};
    otp_metrics *m;
    otpi_prng prng;
    otpi_text text;
    otpi_prng_seed(&prng, unit_seed());
    otpi_text_init(&text, &otpi_heap_allocator);
    CHECK_EQ(otp_metrics_start(otp_system_here(), "m", all, 4, &m), OTP_OK);
    for (int i = 0; i < 600; i++) {
        otp_scope scope = otp_scope_begin();
        otp_telemetry_execute(&web, otp_map(OTP_ATOM(n), anything(&prng)),
                              otp_map(OTP_ATOM(a), anything(&prng), OTP_ATOM(b), anything(&prng)));
        otp_scope_end(scope);
    }
    CHECK_EQ(otp_metrics_write(m, collect, &text), OTP_OK);
    CHECK(!text.failed);
    CHECK_STR(exposition_wrong(text.data), "");
    otpi_text_fini(&text);
    otp_metrics_stop(m);
}

UNIT("whatever tags and measurements are, the text can be read") {
    in_both_worlds(random_text);
}

static bool refuses(void *context, const char *part, size_t size) {
    (void)part, (void)size;
    return --*(int *)context > 0;
}

static void writer_fails(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {{.type = OTP_COUNTER, .event = "[a]"},
                                     {.type = OTP_COUNTER, .event = "[b]"}};
    otp_metrics *m;
    int left = 2;
    CHECK_EQ(otp_metrics_start(otp_system_here(), "m", all, 2, &m), OTP_OK);
    CHECK_EQ(otp_metrics_write(m, refuses, &left), OTP_EIO);
    CHECK_EQ(left, 0);
    otp_metrics_stop(m);
}

UNIT("a writer that fails ends the writing") {
    in_both_worlds(writer_fails);
}
