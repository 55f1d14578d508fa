/* SPDX-License-Identifier: MIT */
/*
 * Metrics: what they count, what they drop, and what they refuse.
 */
#include "telemetry/metrics.h"

#include "base/prng.h"
#include "process/system.h"
#include "table/in_world.h"

#include <stdio.h>
#include <string.h>

static otp_event_site paid = OTP_EVENT("[shop, paid]");
static otp_event_site lost = OTP_EVENT("[shop, lost]");

static void event(otp_event_site *site, const char *measurements, const char *metadata) {
    otp_scope scope = otp_scope_begin();
    otp_telemetry_execute(site, otp_term_of(measurements), otp_term_of(metadata));
    otp_scope_end(scope);
}

#define START(metrics, out)                                                                        \
    otp_metrics_start(otp_system_here(), "m", (metrics), sizeof(metrics) / sizeof(metrics)[0],     \
                      (out))

/* The series of the i-th metric, printed. */
static const char *series(otp_metrics *metrics, size_t i) {
    otp_term all;
    CHECK_EQ(otp_metrics_read(metrics, &all), OTP_OK);
    while (i-- > 0) {
        all = otp_tail(all);
    }
    return otp_show(otp_map_get(otp_head(all), OTP_ATOM(series)));
}

static const char *dropped(otp_metrics *metrics) {
    otp_term all;
    CHECK_EQ(otp_metrics_read(metrics, &all), OTP_OK);
    return otp_show(otp_map_get(otp_head(all), OTP_ATOM(dropped)));
}

/* ---- What is counted ---- */

static const double bounds[] = {1, 2.5, 10};

static void types(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {
        {.type = OTP_COUNTER, .event = "[shop, paid]"},
        {.type = OTP_SUM, .event = "[shop, paid]", .measurement = "amount"},
        {.type = OTP_LAST_VALUE, .event = "[shop, paid]", .measurement = "amount"},
        {.type = OTP_SUMMARY, .event = "[shop, paid]", .measurement = "amount", .name = "s"},
        {.type = OTP_DISTRIBUTION,
         .event = "[shop, paid]",
         .measurement = "amount",
         .name = "d",
         .buckets = bounds,
         .bucket_count = 3}};
    otp_metrics *m;
    CHECK_EQ(START(all, &m), OTP_OK);
    CHECK_STR(series(m, 0), "[]");
    event(&paid, "#{amount => 1}", "#{}");
    event(&paid, "#{amount => 2.5}", "#{}");
    event(&paid, "#{amount => 30}", "#{}");
    event(&paid, "#{amount => 2}", "#{}");
    event(&lost, "#{amount => 1000}", "#{}");
    CHECK_STR(series(m, 0), "[#{tags => #{},value => 4}]");
    CHECK_STR(series(m, 1), "[#{tags => #{},value => 35.5}]");
    CHECK_STR(series(m, 2), "[#{tags => #{},value => 2}]");
    CHECK_STR(series(m, 3), "[#{count => 4,max => 30,min => 1,sum => 35.5,tags => #{}}]");
    CHECK_STR(series(m, 4), "[#{buckets => [{1,1},{2.5,3},{10,3},{infinity,4}],count => 4,"
                            "sum => 35.5,tags => #{}}]");
    otp_metrics_stop(m);
}

UNIT("each type counts what its name says") {
    in_both_worlds(types);
}

static bool twice(void *context, otp_term measurements, otp_term metadata, double *out) {
    (void)context, (void)metadata;
    int64_t n;
    bool has = otp_get_int(otp_map_get(measurements, OTP_ATOM(amount)), &n);
    *out = 2 * (double)n;
    return has;
}

static otp_term country_only(void *context, otp_term metadata) {
    return otp_map(OTP_ATOM(land), otp_map_get(metadata, OTP_ATOM(country)), OTP_ATOM(shop),
                   otp_string(context));
}

static bool is_large(void *context, otp_term measurements, otp_term metadata) {
    (void)context, (void)metadata;
    int64_t n;
    return otp_get_int(otp_map_get(measurements, OTP_ATOM(amount)), &n) && n >= 100;
}

static void options(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {
        {.type = OTP_SUM, .event = "[shop, '_']", .measure = twice},
        {.type = OTP_COUNTER,
         .event = "[shop, paid]",
         .name = "by_land",
         .tags = "[shop, land]",
         .tag_values = country_only,
         .context = "tea"},
        {.type = OTP_COUNTER, .event = "[shop, paid]", .name = "large", .keep = is_large},
        {.type = OTP_COUNTER, .event = "[shop, paid]", .name = "small", .drop = is_large},
        {.type = OTP_SUM,
         .event = "[shop, paid]",
         .measurement = "amount",
         .from = OTP_UNIT_MILLISECOND,
         .unit = OTP_UNIT_SECOND},
        {.type = OTP_COUNTER, .event = "[shop, paid]", .name = "tags", .tags = "[country]"}};
    otp_metrics *m;
    CHECK_EQ(START(all, &m), OTP_OK);
    event(&paid, "#{amount => 250}", "#{country => se}");
    event(&paid, "#{amount => 5}", "#{country => fi}");
    event(&lost, "#{amount => 1}", "#{}");
    event(&paid, "#{amount => 7}", "#{}");
    CHECK_STR(series(m, 0), "[#{tags => #{},value => 526}]");
    CHECK_STR(series(m, 2), "[#{tags => #{},value => 1}]");
    CHECK_STR(series(m, 3), "[#{tags => #{},value => 2}]");
    CHECK_STR(series(m, 4), "[#{tags => #{},value => 0.262}]");
    CHECK_STR(series(m, 5), "[#{tags => #{country => fi},value => 1},"
                            "#{tags => #{country => se},value => 1},"
                            "#{tags => #{country => undefined},value => 1}]");
    otp_metrics_stop(m);
}

UNIT("tags, units, predicates and functions choose what is counted where") {
    in_both_worlds(options);
}

/* ---- What is dropped ---- */

static void bad_measurements(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {
        {.type = OTP_SUM, .event = "[shop, paid]", .measurement = "amount"}};
    otp_metrics *m;
    CHECK_EQ(START(all, &m), OTP_OK);
    event(&paid, "#{}", "#{}");
    event(&paid, "#{amount => \"five\"}", "#{}");
    event(&paid, "#{amount => [1]}", "#{}");
    event(&paid, "#{amount => 123456789012345678901234567890}", "#{}");
    event(&paid, "[amount]", "nothing");
    CHECK_STR(series(m, 0), "[#{tags => #{},value => 1.2345678901234568e29}]");
    CHECK_STR(dropped(m), "#{bad_measurement => 4,no_memory => 0,series_limit => 0}");
    otp_metrics_stop(m);
}

UNIT("what is no number is dropped and counted") {
    in_both_worlds(bad_measurements);
}

static void limit(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {
        {.type = OTP_COUNTER, .event = "[shop, paid]", .tags = "[id]", .series_max = 3}};
    otp_metrics *m;
    CHECK_EQ(START(all, &m), OTP_OK);
    for (int64_t i = 0; i < 20; i++) {
        otp_scope scope = otp_scope_begin();
        otp_telemetry_execute(&paid, OTP_NONE, otp_map(OTP_ATOM(id), otp_int(i % 5)));
        otp_scope_end(scope);
    }
    CHECK_STR(series(m, 0), "[#{tags => #{id => 0},value => 4},#{tags => #{id => 1},value => 4},"
                            "#{tags => #{id => 2},value => 4}]");
    CHECK_STR(dropped(m), "#{bad_measurement => 0,no_memory => 0,series_limit => 8}");
    otp_metrics_stop(m);
}

UNIT("series beyond the limit are dropped and counted, those within go on") {
    in_both_worlds(limit);
}

/* ---- What is refused ---- */

static otp_err start_one(otp_metric metric) {
    otp_metrics *m;
    otp_err err = otp_metrics_start(otp_system_here(), "m", &metric, 1, &m);
    if (err == OTP_OK) {
        otp_metrics_stop(m);
    }
    return err;
}

static const double falling[] = {2, 1};

static void refused(otp_term arg) {
    (void)arg;
    otp_metric good = {.type = OTP_DISTRIBUTION, .event = "[a]", .measurement = "b"};
    CHECK_EQ(start_one(good), OTP_OK);
#define REFUSED(...)                                                                               \
    do {                                                                                           \
        otp_metric bad = good;                                                                     \
        __VA_ARGS__;                                                                               \
        CHECK_EQ(start_one(bad), OTP_EBADARG);                                                     \
    } while (0)
    REFUSED(bad.event = NULL);
    REFUSED(bad.event = "[a,");
    REFUSED(bad.event = "[1]");
    REFUSED(bad.event = "[]");
    REFUSED(bad.event = "['_', a]");
    REFUSED(bad.measurement = NULL);
    REFUSED(bad.measure = twice);
    REFUSED(bad.type = (otp_metric_type)9);
    REFUSED(bad.tags = "[1]");
    REFUSED(bad.tags = "a");
    REFUSED(bad.tags = "[a, 'a']");
    REFUSED(bad.tags = "['a-b', a_b]");
    REFUSED(bad.tags = "[le]");
    REFUSED(bad.tags = "[a,b,c,d,e,f,g,h,i]");
    REFUSED(bad.unit = OTP_UNIT_SECOND);
    REFUSED(bad.unit = OTP_UNIT_SECOND, bad.from = OTP_UNIT_BYTE);
    REFUSED(bad.unit = (otp_unit)77, bad.from = OTP_UNIT_BYTE);
    REFUSED(bad.buckets = falling, bad.bucket_count = 2);
    REFUSED(bad.buckets = falling);
    REFUSED(bad.bucket_count = 5000);
    REFUSED(bad.bucket_factor = 0.5);
    REFUSED(bad.bucket_start = -1);
    REFUSED(bad.falls = true);
    CHECK_EQ(otp_metrics_start(otp_system_here(), "m", &good, 0, NULL), OTP_EBADARG);
    otp_metric same[] = {good, good};
    otp_metrics *m;
    CHECK_EQ(START(same, &m), OTP_EEXIST);
    CHECK_EQ(otp_metrics_start(otp_system_here(), "m", &good, 1, &m), OTP_OK);
    CHECK_EQ(start_one(good), OTP_EEXIST);
    CHECK(otp_is_nil(otp_tail(otp_telemetry_handlers(otp_nil()))));
    otp_metrics_stop(m);
    CHECK(otp_is_nil(otp_telemetry_handlers(otp_nil())));
    otp_metrics_stop(NULL);
}

UNIT("what does not fit together is refused, and leaves nothing behind") {
    in_both_worlds(refused);
}

/* ---- Against a model ---- */

enum { MODEL_TAGS = 5, MODEL_EVENTS = 3000, MODEL_BOUNDS = 20 };

typedef struct model {
    uint64_t count;
    double sum, last, min, max;
    uint64_t buckets[MODEL_BOUNDS + 1];
} model;

static void model_event(model *at, double value) {
    at->min = at->count == 0 || value < at->min ? value : at->min;
    at->max = at->count == 0 || value > at->max ? value : at->max;
    at->count++;
    at->sum += value;
    at->last = value;
    size_t i = 0;
    for (double bound = 1; i < MODEL_BOUNDS && value > bound; bound *= 2) {
        i++;
    }
    at->buckets[i]++;
}

static double number(otp_term map, const char *key) {
    double out = -1;
    int64_t whole;
    otp_term value = otp_map_get(map, otp_atom(key));
    return otp_get_int(value, &whole) ? (double)whole : otp_get_float(value, &out) ? out : -1;
}

static void model_check(otp_metrics *m, const model *models) {
    otp_term all;
    CHECK_EQ(otp_metrics_read(m, &all), OTP_OK);
    size_t which = 0;
    OTP_LIST_FOREACH (metric, all) {
        OTP_LIST_FOREACH (one, otp_map_get(metric, OTP_ATOM(series))) {
            int64_t tag;
            CHECK(otp_match(one, "#{tags := #{tag := ~i}}", &tag));
            const model *at = &models[tag];
            bool ok = which == 0   ? number(one, "value") == (double)at->count
                      : which == 1 ? number(one, "value") == at->sum
                      : which == 2 ? number(one, "value") == at->last
                                   : number(one, "count") == (double)at->count &&
                                         number(one, "sum") == at->sum;
            CHECK(ok);
            CHECK(which != 3 || (number(one, "min") == at->min && number(one, "max") == at->max));
            uint64_t at_most = 0;
            size_t i = 0;
            OTP_LIST_FOREACH (pair, otp_map_get(one, OTP_ATOM(buckets))) {
                uint64_t n = 0;
                at_most += at->buckets[i++];
                CHECK(otp_get_uint(otp_element(pair, 1), &n));
                CHECK_EQ(n, at_most);
            }
            CHECK_EQ(i, which == 4 ? MODEL_BOUNDS + 1 : 0);
        }
        which++;
    }
    CHECK_EQ(which, 5);
}

static void random_events(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {
        {.type = OTP_COUNTER, .event = "[shop, paid]", .tags = "[tag]", .name = "a"},
        {.type = OTP_SUM, .event = "[shop, paid]", .measurement = "n", .tags = "[tag]"},
        {.type = OTP_LAST_VALUE, .event = "[shop, paid]", .measurement = "n", .tags = "[tag]"},
        {.type = OTP_SUMMARY,
         .event = "[shop, paid]",
         .measurement = "n",
         .tags = "[tag]",
         .name = "d"},
        {.type = OTP_DISTRIBUTION,
         .event = "[shop, paid]",
         .measurement = "n",
         .tags = "[tag]",
         .name = "e"}};
    static model models[MODEL_TAGS];
    memset(models, 0, sizeof models);
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otp_metrics *m;
    CHECK_EQ(START(all, &m), OTP_OK);
    for (int i = 0; i < MODEL_EVENTS; i++) {
        otp_scope scope = otp_scope_begin();
        int64_t tag = (int64_t)otpi_prng_below(&prng, MODEL_TAGS);
        int64_t n = (int64_t)(otpi_prng_next(&prng) >> (40 + otpi_prng_below(&prng, 24)));
        n = otpi_prng_below(&prng, 10) == 0 ? -n : n;
        double value = (double)n / 4;
        otp_telemetry_execute(&paid, otp_map(OTP_ATOM(n), otp_float(value)),
                              otp_map(OTP_ATOM(tag), otp_int(tag)));
        model_event(&models[tag], value);
        if (i % 500 == 0) {
            model_check(m, models);
        }
        otp_scope_end(scope);
    }
    model_check(m, models);
    otp_metrics_stop(m);
}

UNIT("random events come to what a simple model says") {
    in_both_worlds(random_events);
}

/* ---- What it costs ---- */

static bool count_allocations(void *context, size_t size, const char *site) {
    (void)size, (void)site;
    ++*(int *)context;
    return false;
}

static void known_series(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {
        {.type = OTP_COUNTER, .event = "[shop, paid]", .tags = "[tag, text]"},
        {.type = OTP_DISTRIBUTION, .event = "[shop, paid]", .measurement = "n", .tags = "[text]"},
        {.type = OTP_LAST_VALUE, .event = "[shop, paid]", .measurement = "n", .name = "l"},
        {.type = OTP_COUNTER,
         .event = "[shop, paid]",
         .tags = "[n]",
         .name = "few",
         .series_max = 1}};
    otp_metrics *m;
    int allocations = 0;
    otp_term n = otp_term_of("#{n => 2.5}");
    otp_term tags[] = {otp_term_of("#{tag => a, text => <<\"some text\">>, n => 1}"),
                       otp_term_of("#{tag => {b, [1]}, text => <<\"other\">>, n => 2}")};
    CHECK_EQ(START(all, &m), OTP_OK);
    for (int i = 0; i < 1000; i++) {
        if (i == 4) {
            otpi_alloc_fault_set(count_allocations, &allocations);
        }
        otpi_metrics_hear(&m->groups[0], otp_nil(), n, tags[i % 2]);
    }
    otpi_alloc_fault_set(NULL, NULL);
    CHECK_EQ(allocations, 0);
    CHECK_STR(series(m, 2), "[#{tags => #{},value => 2.5}]");
    CHECK_STR(series(m, 3), "[#{tags => #{n => 1},value => 500}]");
    otp_metrics_stop(m);
}

UNIT("the update of a known series takes no memory, nor does an overflow") {
    in_both_worlds(known_series);
}

/* ---- Many at once ---- */

enum { COUNTERS = 4, COUNTED = 4000 };

static void counts(otp_term arg) {
    (void)arg;
    for (int64_t i = 0; i < COUNTED; i++) {
        otp_scope scope = otp_scope_begin();
        otp_telemetry_execute(&paid, otp_map(OTP_ATOM(n), otp_int(i % 8)),
                              otp_map(OTP_ATOM(tag), otp_int(i % 16)));
        otp_scope_end(scope);
        if (i % 64 == 0) {
            otp_yield();
        }
    }
}

static void reads(otp_term arg) {
    (void)arg;
    static char text[100000];
    size_t length;
    for (int i = 0; i < 60; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term all;
        otp_metrics *m = otp_context();
        CHECK_EQ(otp_metrics_read(m, &all), OTP_OK);
        CHECK_EQ(otp_metrics_text(m, text, sizeof text, &length), OTP_OK);
        otp_scope_end(scope);
        otp_yield();
    }
}

static void starts_and_stops(otp_term arg) {
    (void)arg;
    static const otp_metric one[] = {
        {.type = OTP_LAST_VALUE, .event = "[shop, paid]", .measurement = "n", .tags = "[tag]"}};
    for (int i = 0; i < 100; i++) {
        otp_metrics *m;
        otp_scope scope = otp_scope_begin();
        CHECK_EQ(otp_metrics_start(otp_system_here(), "passing", one, 1, &m), OTP_OK);
        otp_yield();
        otp_metrics_stop(m);
        otp_scope_end(scope);
    }
}

static void many(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {
        {.type = OTP_COUNTER,
         .event = "[shop, paid]",
         .tags = "[tag]",
         .name = "limited",
         .series_max = 4},
        {.type = OTP_DISTRIBUTION, .event = "[shop, paid]", .measurement = "n"},
        {.type = OTP_SUM, .event = "[shop, paid]", .measurement = "n", .tags = "[tag]"}};
    otp_metrics *m;
    otp_ref refs[COUNTERS + 2];
    otp_term down;
    CHECK_EQ(START(all, &m), OTP_OK);
    for (int i = 0; i < COUNTERS + 2; i++) {
        otp_process_fn *fn = i < COUNTERS ? counts : i == COUNTERS ? reads : starts_and_stops;
        CHECK_EQ(
            otp_spawn_opt(fn, otp_nil(),
                          &(otp_spawn_opts){.context = m, .monitor = true, .monitor_ref = &refs[i]},
                          &(otp_pid){0}),
            OTP_OK);
    }
    for (int i = 0; i < COUNTERS + 2; i++) {
        CHECK_EQ(otp_receive_ref(refs[i], IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    }
    char expected[200];
    snprintf(expected, sizeof expected, "#{bad_measurement => 0,no_memory => 0,series_limit => %d}",
             COUNTERS * COUNTED * 12 / 16);
    CHECK_STR(dropped(m), expected);
    otp_term all_read;
    CHECK_EQ(otp_metrics_read(m, &all_read), OTP_OK);
    otp_term one = otp_head(otp_map_get(otp_head(otp_tail(all_read)), OTP_ATOM(series)));
    CHECK(otp_equal(otp_map_get(one, OTP_ATOM(count)), otp_int(COUNTERS * COUNTED)));
    CHECK(otp_equal(otp_map_get(one, OTP_ATOM(sum)), otp_int(COUNTERS * COUNTED * 7 / 2)));
    otp_metrics_stop(m);
}

UNIT("no event is lost while many count, read, start and stop") {
    in_both_worlds(many);
}

UNIT("a set that is not stopped ends with its system, and can be read from outside") {
    otp_world *world;
    otp_system *system;
    otp_metrics *m;
    char text[200];
    size_t length;
    const otp_metric one = {.type = OTP_COUNTER, .event = "[shop, paid]", .description = "Paid"};
    int64_t before = otpi_memory_stats_read().live_blocks;
    for (int mode = OTP_PARALLEL; mode <= OTP_SIMULATED; mode++) {
        REQUIRE(otp_world_start(&(otp_world_opts){.mode = (otp_mode)mode, .schedulers = 2},
                                &world) == OTP_OK);
        REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
        CHECK_EQ(otp_metrics_start(system, "m", &one, 1, &m), OTP_OK);
        CHECK_EQ(otp_run(system, counts, otp_nil(), IN_WORLD_TIMEOUT_MS, NULL), OTP_OK);
        CHECK_EQ(otp_metrics_text(m, text, sizeof text, &length), OTP_OK);
        CHECK_STR(text, "# HELP shop_paid_total Paid\n# TYPE shop_paid_total counter\n"
                        "shop_paid_total 4000\n");
        CHECK_EQ(length, strlen(text));
        CHECK_EQ(otp_metrics_text(m, text, 10, &length), OTP_ESIZE);
        CHECK_STR(text, "# HELP sh");
        if (mode == OTP_PARALLEL) {
            otp_metrics_stop(m);
        }
        otp_world_stop(world);
    }
    otp_scope scope = otp_scope_begin();
    otp_scope_end(scope);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before);
}

/* ---- Out of memory ---- */

/* Starts, counts and reads with the n-th allocation failing; true when all went well. */
static bool lives_through(const otp_metric *all, size_t count, int n) {
    otp_metrics *m = NULL;
    otp_term read;
    char text[4000];
    size_t length;
    otp_term measurements = otp_term_of("#{n => 3}");
    otp_term metadata = otp_term_of("#{tag => \"x\"}");
    otpi_alloc_fault_set(in_world_fail, &n);
    otp_err err = otp_metrics_start(otp_system_here(), "m", all, count, &m);
    otp_err counted = OTP_OK;
    if (err == OTP_OK) {
        otpi_metrics_hear(&m->groups[0], otp_nil(), measurements, metadata);
        counted = otp_metrics_text(m, text, sizeof text, &length);
        counted = counted ? counted : otp_metrics_read(m, &read);
    }
    otpi_alloc_fault_set(NULL, NULL);
    CHECK(err == OTP_OK || err == OTP_ENOMEM);
    CHECK(counted == OTP_OK || counted == OTP_ENOMEM);
    bool whole = err == OTP_OK && counted == OTP_OK && strstr(dropped(m), "no_memory => 0");
    if (err == OTP_OK) {
        otp_metrics_stop(m);
    }
    return whole && n > 0;
}

static void starved(otp_term arg) {
    (void)arg;
    static const otp_metric all[] = {
        {.type = OTP_DISTRIBUTION, .event = "[shop, paid]", .measurement = "n", .tags = "[tag]"},
        {.type = OTP_COUNTER, .event = "[shop, paid]", .tags = "[tag, none]", .series_max = 1}};
    bool whole = false;
    int n = 0;
    event(&paid, "#{n => 1}", "#{tag => 1, none => 1}"); /* their atoms are known now */
    while (!whole && ++n < 200) {
        otp_scope scope = otp_scope_begin();
        whole = lives_through(all, 2, n);
        otp_scope_end(scope);
    }
    CHECK(whole);
    CHECK(n > 20);
}

UNIT("each allocation may fail: a start is refused, an event dropped, a reading refused") {
    in_both_worlds(starved);
}
