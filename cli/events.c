/* SPDX-License-Identifier: MIT */
/*
 * From JSON lines to a report. The strings of a test belong to its event, which is kept until the
 * end, for reports refer to tests. A program is trusted no further than its lines can be read: what
 * is missing is empty or 0.
 */
#include "cli/events.h"
#include "supertester/report/wording.h"

#include "port/memory.h"

#include <jansson.h>
#include <stdio.h>
#include <supertester/explore.h>
#include <string.h>

enum { IN_FLIGHT_MAX = 256 }; /* tests that begin before the result of an earlier one comes */

/* A test that was told of, or a program that broke. */
typedef struct known {
    struct known *next;
    json_t *event;  /* owner of its strings */
    char name[512]; /* of a program */
    st_test test;
} known;

struct cli_events {
    sti_report *report;
    const char *program;
    size_t first; /* tests that were reported before this program */
    bool complete;
    known *tests; /* the last one told comes first */
    sti_result *result;
    /* Failures told since the last result: text with places, as it stands in the details. */
    uint32_t failure_count;
    json_t *failures[STI_FAILURES_MAX];
};

cli_events *cli_events_new(sti_report *report, otpi_text *error) {
    cli_events *events = otpi_calloc(1, sizeof *events);
    sti_result *result = otpi_calloc(1, sizeof *result);
    if (!events || !result) {
        otpi_text_cstr(error, "out of memory");
        otpi_free(events);
        otpi_free(result);
        return NULL;
    }
    *events = (cli_events){.report = report, .result = result};
    return events;
}

static void forget_failures(cli_events *events) {
    while (events->failure_count > 0) {
        json_decref(events->failures[--events->failure_count]);
    }
}

void cli_events_free(cli_events *events) {
    if (!events) {
        return;
    }
    forget_failures(events);
    while (events->tests) {
        known *next = events->tests->next;
        json_decref(events->tests->event);
        otpi_free(events->tests);
        events->tests = next;
    }
    otpi_free(events->result);
    otpi_free(events);
}

/* ---- Members ---- */

static const char *string_of(const json_t *event, const char *key) {
    const char *value = json_string_value(json_object_get(event, key));
    return value ? value : "";
}

static uint64_t number_of(const json_t *event, const char *key) {
    const json_t *value = json_object_get(event, key);
    if (json_is_real(value)) {
        double real = json_real_value(value);
        return real < 0 ? 0 : real < 0x1p64 ? (uint64_t)real : UINT64_MAX;
    }
    json_int_t integer = json_integer_value(value);
    return integer > 0 ? (uint64_t)integer : 0;
}

static otp_mode mode_of(const json_t *event) {
    return strcmp(string_of(event, "world"), "parallel") == 0 ? OTP_PARALLEL : OTP_SIMULATED;
}

static sti_status status_of(const json_t *event) {
    const char *outcome = string_of(event, "outcome");
    for (sti_status s = STI_PASSED; s <= STI_SKIPPED; s++) {
        if (strcmp(outcome, sti_report_outcome(s)) == 0) {
            return s;
        }
    }
    return STI_FAILED;
}

/* ---- Tests ---- */

static bool same_test(const st_test *a, const st_test *b) {
    return strcmp(a->suite, b->suite) == 0 && strcmp(a->name, b->name) == 0 && a->line == b->line &&
           strcmp(a->file, b->file) == 0;
}

static known *known_new(cli_events *events) {
    known *new = otpi_calloc(1, sizeof *new);
    if (new) {
        new->next = events->tests;
        events->tests = new;
    }
    return new;
}

static known *find_known(const cli_events *events, const st_test *test) {
    known *k = events->tests;
    for (int i = 0; k && i < IN_FLIGHT_MAX; i++, k = k->next) {
        if (same_test(&k->test, test)) {
            return k;
        }
    }
    return NULL;
}

/* The event's test, once for its two worlds, its begin and its end. NULL: no memory. */
static known *test_of(cli_events *events, json_t *event) {
    st_test test = {.suite = string_of(event, "suite"),
                    .name = string_of(event, "name"),
                    .file = string_of(event, "file"),
                    .line = (int)number_of(event, "line")};
    bool both = json_is_true(json_object_get(event, "in_both_worlds"));
    test.world = both ? ST_BOTH : mode_of(event) == OTP_PARALLEL ? ST_PARALLEL : ST_SIMULATED;
    known *k = find_known(events, &test);
    if (!k) {
        k = known_new(events);
        if (k) {
            k->event = json_incref(event);
            k->test = test;
        }
    }
    return k;
}

/* ---- Failures ---- */

/* The value behind the label in the line at *at, which is left behind it; empty when it is not
 * there. */
static sti_span find_value(const char *details, size_t *at, const char *value) {
    const char *line = details + *at;
    line += strspn(line, " ");
    line += strcspn(line, " \n");
    line += strspn(line, " ");
    size_t size = strlen(value);
    if (size == 0 || strncmp(line, value, size) != 0) {
        return (sti_span){0, 0};
    }
    *at = (size_t)(line - details) + size + (line[size] == '\n');
    return (sti_span){(uint32_t)(line - details), (uint32_t)size};
}

/* Both values of the text, which stands in the details at. */
static void find_values(const sti_result *result, const json_t *told, const char *text, size_t at,
                        sti_failure *failure) {
    const char *second_line = strchr(text, '\n');
    if (second_line) {
        size_t second = at + (size_t)(second_line + 1 - text);
        failure->left = find_value(result->details, &second, string_of(told, "left"));
        failure->right = find_value(result->details, &second, string_of(told, "right"));
    }
}

/* The failure's text in the details from *at on: notes and logs may stand before it. */
static bool find_failure(const sti_result *result, const json_t *told, size_t *at,
                         sti_failure *failure) {
    char site[1200] = "";
    const char *text = string_of(told, "text"), *struck = string_of(told, "struck");
    const char *found = strstr(result->details + *at, text);
    if (!found || !*text) {
        return false;
    }
    size_t begin = (size_t)(found - result->details), size = strlen(text), head = 0;
    if (*struck) {
        head = strlen(STI_SWEEP_HEAD) + strlen(struck) + strlen("\n" STI_SWEEP_INDENT);
        head = head < size ? head : 0;
    }
    if (strcmp(string_of(told, "kind"), "check") == 0) {
        snprintf(site, sizeof site, "%s:%d: ", string_of(told, "file"),
                 (int)number_of(told, "line"));
    }
    *failure = (sti_failure){.head = (uint32_t)head};
    find_values(result, told, text + head, begin + head, failure);
    *at = begin + size;
    /* The site stands before the text; in a sweep within it, behind the line about the call. */
    size_t site_size = strlen(site), before = head == 0 ? site_size : 0;
    size_t place = begin + head - before;
    bool placed = site_size > 0 && before <= begin + head;
    if (placed && strncmp(result->details + place, site, site_size) == 0) {
        failure->site = (sti_span){(uint32_t)place, (uint32_t)site_size - 2};
        begin -= before;
        size += before;
    }
    failure->all = (sti_span){(uint32_t)begin, (uint32_t)size};
    return true;
}

static void take_failures(cli_events *events) {
    sti_result *result = events->result;
    size_t at = 0;
    result->failure_count = 0;
    for (uint32_t i = 0; i < events->failure_count; i++) {
        result->failure_count += find_failure(result, events->failures[i], &at,
                                              &result->failures[result->failure_count]);
    }
    forget_failures(events);
}

/* ---- Events ---- */

/* The program was asked to take this one; of 64 bits it can't be read in full. */
static uint64_t seed_of(const json_t *event, const char *key, uint64_t asked) {
    return json_is_real(json_object_get(event, key)) ? asked : number_of(event, key);
}

/* SIZE_MAX: the program does not know. */
static size_t planned_of(const json_t *event) {
    const json_t *planned = json_object_get(event, "planned");
    return json_is_null(planned) ? SIZE_MAX : number_of(event, planned ? "planned" : "tests");
}

static void run_begins(cli_events *events, const json_t *event) {
    char memory[160];
    otpi_text line;
    otpi_text_init_fixed(&line, memory, sizeof memory);
    const json_t *shuffle = json_object_get(event, "shuffle_seed");
    const sti_report of = {.seed = seed_of(event, "seed", events->report->seed),
                           .shuffled = json_is_number(shuffle),
                           .shuffle_seed =
                               seed_of(event, "shuffle_seed", events->report->shuffle_seed),
                           .tests = number_of(event, "tests"),
                           .planned = planned_of(event),
                           .at_a_time = number_of(event, "at_a_time")};
    sti_report_plan(&line, &of);
    sti_report_note(events->report, line.data);
    size_t *planned = &events->report->planned;
    *planned = of.planned > SIZE_MAX - *planned ? SIZE_MAX : *planned + of.planned;
}

static void test_begins(cli_events *events, json_t *event) {
    const known *k = test_of(events, event);
    if (k) {
        sti_report_began(events->report, events->first + number_of(event, "id"), &k->test,
                         mode_of(event));
    }
}

static sti_swept swept_of(const json_t *event, const char *key) {
    const json_t *swept = json_object_get(event, key);
    return (sti_swept){.counted = json_is_object(swept),
                       .sites = number_of(swept, "made"),
                       .done = number_of(swept, "swept"),
                       .missed = number_of(swept, "missed"),
                       .failed = number_of(swept, "failed"),
                       .only = number_of(swept, "only")};
}

/* What was drawn is a part of the details. */
static sti_span minimal_of(const sti_result *result, const json_t *property) {
    const char *minimal = string_of(property, "minimal");
    const char *at = *minimal ? strstr(result->details, minimal) : NULL;
    return at ? (sti_span){(uint32_t)(at - result->details), (uint32_t)strlen(minimal)}
              : (sti_span){0, 0};
}

static void take_searched(sti_result *result, const json_t *event) {
    const json_t *property = json_object_get(event, "property");
    const char *strategy = string_of(property, "strategy");
    sti_searched *s = &result->searched;
    *s = (sti_searched){.is = json_is_object(property),
                        .explores = *strategy != '\0',
                        .shrunk = json_is_true(json_object_get(property, "shrunk")),
                        .discarded = number_of(property, "discarded"),
                        .executions_after = number_of(property, "executions_after"),
                        .failures = (uint32_t)number_of(property, "failures"),
                        .choices_before = number_of(property, "choices_before"),
                        .choices = number_of(property, "choices"),
                        .deviations_before = number_of(property, "deviations_before"),
                        .deviations = number_of(property, "deviations"),
                        .others_before = number_of(property, "decisions_before"),
                        .others = number_of(property, "decisions"),
                        .minimal = minimal_of(result, property)};
    for (int i = 0; i < ST_STRATEGIES; i++) {
        s->strategy =
            strcmp(strategy, st_strategy_name((st_strategy)i)) == 0 ? (st_strategy)i : s->strategy;
    }
    for (int i = ST_HELD; i <= ST_MISUSED; i++) {
        bool is = strcmp(string_of(property, "verdict"), st_verdict_name((st_verdict)i)) == 0;
        s->verdict = is ? (st_verdict)i : s->verdict;
    }
    snprintf(s->token, sizeof s->token, "%s", string_of(property, "token"));
}

static void test_ends(cli_events *events, json_t *event) {
    sti_result *result = events->result;
    known *k = test_of(events, event);
    if (!k) {
        return;
    }
    const char *output = string_of(event, "output");
    *result = (sti_result){.test = &k->test,
                           .mode = mode_of(event),
                           .status = status_of(event),
                           .runs_asked = number_of(event, "runs_asked"),
                           .runs_done = number_of(event, "runs"),
                           .checks = number_of(event, "checks"),
                           .duration_ns = number_of(event, "duration_ns"),
                           .seed = number_of(event, "seed"),
                           .swept[STI_ALLOCATIONS] = swept_of(event, "allocations"),
                           .swept[STI_IO_CALLS] = swept_of(event, "io_calls"),
                           .not_swept = *string_of(event, "not_swept") != '\0'};
    snprintf(result->details, sizeof result->details, "%s", string_of(event, "details"));
    snprintf(result->rerun, sizeof result->rerun, "%s", string_of(event, "rerun"));
    snprintf(result->choices, sizeof result->choices, "%s", string_of(event, "choices"));
    snprintf(result->skip, sizeof result->skip, "%s", string_of(event, "reason"));
    take_failures(events);
    take_searched(result, event);
    sti_report_result(events->report, result, output, strlen(output));
}

static void take_event(cli_events *events, const char *kind, json_t *event) {
    if (strcmp(kind, "run_begin") == 0) {
        run_begins(events, event);
    } else if (strcmp(kind, "test_begin") == 0) {
        test_begins(events, event);
    } else if (strcmp(kind, "check_failure") == 0) {
        if (events->failure_count < STI_FAILURES_MAX) {
            events->failures[events->failure_count++] = json_incref(event);
        }
    } else if (strcmp(kind, "test_end") == 0) {
        test_ends(events, event);
    } else if (strcmp(kind, "run_end") == 0) {
        events->complete = true;
    } else if (strcmp(kind, "note") == 0) {
        sti_report_note(events->report, string_of(event, "text"));
    }
}

void cli_events_line(cli_events *events, const char *line) {
    json_t *event = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    if (!event) { /* a seed of 64 bits is no integer to the parser */
        event = json_loads(line, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    }
    const char *kind = string_of(event, "event");
    if (*kind) {
        take_event(events, kind, event);
    } else {
        sti_report_note(events->report, line);
    }
    json_decref(event);
}

/* ---- Programs ---- */

void cli_events_program(cli_events *events, const char *program) {
    char heading[1100];
    events->program = program;
    events->first = events->report->number;
    events->complete = false;
    forget_failures(events);
    snprintf(heading, sizeof heading, "%s:", program);
    sti_report_note(events->report, heading);
}

bool cli_events_complete(const cli_events *events) {
    return events->complete;
}

void cli_events_broken(cli_events *events, const char *how) {
    sti_result *result = events->result;
    known *program = known_new(events);
    if (!program) {
        return;
    }
    snprintf(program->name, sizeof program->name, "%s", events->program);
    program->test = (st_test){.suite = "program", .name = program->name, .file = program->name};
    *result = (sti_result){.test = &program->test, .status = STI_CRASHED, .runs_asked = 1};
    snprintf(result->details, sizeof result->details, "%s\n", how);
    events->report->planned = events->report->number + 1;
    sti_report_result(events->report, result, "", 0);
}
