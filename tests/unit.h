/* SPDX-License-Identifier: MIT */
/*
 * The harness for the rooms below the test runner (base, port, term, world, process, ...).
 *
 * A test is a sentence:    UNIT("an empty heap has no minimum") { CHECK(heap_min(&h) == NULL); }
 * tests/unit.c has main(): runs every test of the program in source order (or those whose sentence
 * contains the argument), prints TAP 13, and exits 1 when a check failed. Random tests take their
 * seed from unit_seed(), which is printed first and can be set with --seed N. What takes long asks
 * unit_long(), which --long sets.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct unit_case {
    const char *sentence;
    const char *file;
    int line;
    void (*body)(void);
    struct unit_case *next;
} unit_case;

void unit_register(unit_case *test);
uint64_t unit_seed(void);
bool unit_long(void);

bool unit_check(bool ok, const char *file, int line, const char *expression);
bool unit_check_int(int64_t a, int64_t b, const char *file, int line, const char *expression);
bool unit_check_str(const char *a, const char *b, const char *file, int line,
                    const char *expression);

#define UNIT_JOIN_(a, b) a##b
#define UNIT_JOIN(a, b)  UNIT_JOIN_(a, b)

#define UNIT(text) UNIT_AT(text, UNIT_JOIN(unit_body_, __LINE__), UNIT_JOIN(unit_case_, __LINE__))
#define UNIT_AT(text, body_name, case_name)                                                        \
    static void body_name(void);                                                                   \
    static unit_case case_name = {text, __FILE__, __LINE__, body_name, 0};                         \
    __attribute__((constructor)) static void UNIT_JOIN(body_name, _register)(void) {               \
        unit_register(&case_name);                                                                 \
    }                                                                                              \
    static void body_name(void)

/* Soft checks: a failure is reported with both values and the test goes on. */
#define CHECK(condition) unit_check((condition), __FILE__, __LINE__, #condition)

#define CHECK_EQ(a, b) unit_check_int((int64_t)(a), (int64_t)(b), __FILE__, __LINE__, #a " == " #b)

#define CHECK_STR(a, b) unit_check_str((a), (b), __FILE__, __LINE__, #a " == " #b)

/* Leaves the test when the check fails: for what the rest of the test stands on. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!CHECK(condition)) {                                                                   \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#endif
