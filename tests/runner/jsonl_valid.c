/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON lines of a test program from standard input with jansson and says, one a line, what is
 * not as docs/reference/jsonl.md describes it: members and their types, the order of events, the
 * counts at the end. Exits with 1 when it said something.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct member {
    const char *name;
    char type; /* s string, n number from 0, b boolean, ? string or null, 0 number or null,
                  w sweep or null */
} member;

typedef struct event_form {
    const char *name;
    member members[24];
} event_form;

#define TEST                                                                                       \
    {"id", 'n'}, {"suite", 's'}, {"name", 's'}, {"world", 's'}, {"file", 's'}, {"line", 'n'}, {    \
        "in_both_worlds", 'b'                                                                      \
    }

static const event_form forms[] = {
    {"run_begin",
     {{"version", 'n'},
      {"supertester", 's'},
      {"program", 's'},
      {"seed", 'n'},
      {"tests", 'n'},
      {"planned", '0'},
      {"shuffle_seed", '0'},
      {"at_a_time", 'n'}}},
    {"test_begin", {TEST}},
    {"check_failure",
     {{"id", 'n'},
      {"kind", 's'},
      {"file", 's'},
      {"line", 'n'},
      {"text", 's'},
      {"struck", '?'},
      {"left", '?'},
      {"right", '?'}}},
    {"test_end",
     {TEST,
      {"outcome", 's'},
      {"reason", '?'},
      {"duration_ns", 'n'},
      {"runs", 'n'},
      {"runs_asked", 'n'},
      {"checks", 'n'},
      {"allocations", 'w'},
      {"io_calls", 'w'},
      {"not_swept", '?'},
      {"property", 'p'},
      {"seed", 'n'},
      {"choices", '?'},
      {"rerun", '?'},
      {"details", '?'},
      {"output", '?'}}},
    {"note", {{"text", 's'}}},
    {"run_end",
     {{"passed", 'n'}, {"failed", 'n'}, {"skipped", 'n'}, {"not_run", 'n'}, {"duration_ns", 'n'}}},
};

enum { TESTS_MAX = 4096 };

static size_t line_number;
static bool wrong;
static bool begun[TESTS_MAX];
static json_int_t next_id = 1, passed, failed, skipped;
static bool ended;

#define SAY(...)                                                                                   \
    (wrong = true, printf("line %zu: ", line_number), printf(__VA_ARGS__), (void)putchar('\n'))

static bool fits(const json_t *value, char type);

static bool fits_sweep(const json_t *value) {
    return json_is_object(value) && json_object_size(value) == 5 &&
           fits(json_object_get(value, "made"), 'n') &&
           fits(json_object_get(value, "swept"), 'n') &&
           fits(json_object_get(value, "missed"), 'n') &&
           fits(json_object_get(value, "failed"), 'n') && fits(json_object_get(value, "only"), '0');
}

static bool fits_property(const json_t *value) {
    static const struct {
        const char *name;
        char type;
    } members[] = {{"verdict", 's'},
                   {"strategy", '?'},
                   {"discarded", 'n'},
                   {"failures", 'n'},
                   {"executions_to_failure", '0'},
                   {"executions_after", '0'},
                   {"choices_before", '0'},
                   {"choices", '0'},
                   {"deviations_before", '0'},
                   {"deviations", '0'},
                   {"decisions_before", '0'},
                   {"decisions", '0'},
                   {"shrunk", 'b'},
                   {"minimal", '?'},
                   {"token", '?'}};
    enum { MEMBERS = sizeof members / sizeof members[0] };
    bool all = json_is_object(value) && json_object_size(value) == MEMBERS;
    for (int i = 0; i < MEMBERS; i++) {
        all = all && fits(json_object_get(value, members[i].name), members[i].type);
    }
    return all;
}

static bool fits(const json_t *value, char type) {
    switch (type) {
    case 'p': return json_is_null(value) || fits_property(value);
    case 'w': return json_is_null(value) || fits_sweep(value);
    case 's': return json_is_string(value);
    case '?': return json_is_string(value) || json_is_null(value);
    case '0': return json_is_null(value) || fits(value, 'n');
    case 'b': return json_is_boolean(value);
    default: return json_is_integer(value) && json_integer_value(value) >= 0;
    }
}

static const event_form *check_form(json_t *event, const char *name) {
    const event_form *form = NULL;
    size_t count = 1;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        form = strcmp(forms[i].name, name) == 0 ? &forms[i] : form;
    }
    if (!form) {
        SAY("unknown event %s", name);
        return NULL;
    }
    for (const member *m = form->members; m->name; m++, count++) {
        if (!fits(json_object_get(event, m->name), m->type)) {
            SAY("%s: the member %s is missing or of another type", name, m->name);
        }
    }
    if (json_object_size(event) != count) {
        SAY("%s has %zu members, not %zu", name, json_object_size(event), count);
    }
    return form;
}

static json_int_t number(const json_t *event, const char *key) {
    return json_integer_value(json_object_get(event, key));
}

static void count_outcome(const json_t *event) {
    const char *outcome = json_string_value(json_object_get(event, "outcome"));
    bool pass = strcmp(outcome, "passed") == 0, skip = strcmp(outcome, "skipped") == 0;
    bool fail = strcmp(outcome, "failed") == 0 || strcmp(outcome, "crashed") == 0 ||
                strcmp(outcome, "hung") == 0;
    passed += pass;
    skipped += skip;
    failed += fail;
    if (pass + skip + fail != 1) {
        SAY("the outcome %s", outcome);
    }
}

static void check_order(const json_t *event, const char *name) {
    json_int_t id = number(event, "id");
    if ((line_number == 1) != (strcmp(name, "run_begin") == 0) || ended) {
        SAY("%s at the wrong place", name);
    }
    if (strcmp(name, "test_begin") == 0 && id < TESTS_MAX) {
        if (begun[id]) {
            SAY("test %d begins twice", (int)id);
        }
        begun[id] = true;
    } else if (strcmp(name, "check_failure") == 0 && id != next_id) {
        SAY("a failure of test %d where test %d is to end", (int)id, (int)next_id);
    } else if (strcmp(name, "test_end") == 0) {
        if (id != next_id++ || id >= TESTS_MAX || !begun[id]) {
            SAY("test %d ends out of order", (int)id);
        }
        count_outcome(event);
    } else if (strcmp(name, "run_end") == 0) {
        ended = true;
        if (number(event, "passed") != passed || number(event, "failed") != failed ||
            number(event, "skipped") != skipped) {
            SAY("the counts are not those of the tests");
        }
    }
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stdin)) > 0) {
        json_error_t error;
        line_number++;
        json_t *event = json_loadb(line, (size_t)length, JSON_REJECT_DUPLICATES, &error);
        const char *name = json_string_value(json_object_get(event, "event"));
        if (!name) {
            SAY("no event: %s", event ? "no member of that name" : error.text);
        } else if (check_form(event, name)) {
            check_order(event, name);
        }
        json_decref(event);
    }
    free(line);
    if (!ended) {
        SAY("no run_end");
    }
    return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
