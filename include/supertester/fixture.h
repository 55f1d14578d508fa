/* SPDX-License-Identifier: MIT */
/*
 * Fixtures: what is set up before tests and taken down after them, and cleanups.
 *
 *     typedef struct shop { otp_pid till; } shop;
 *     static void open_shop(void *data) { ((shop *)data)->till = ...; }
 *     static const st_fixture open = {.size = sizeof(shop), .setup = open_shop};
 *
 *     ST_TEST(shop, sells, .fixture = &open) {
 *         shop *s = st_data();
 *         ...
 *     }
 *
 *     ST_SUITE(shop, .size = sizeof(folder), .setup = make_folder, .teardown = remove_folder);
 *
 * There are three of them, each with data of its own, zeroed before the setup:
 * - of a test: around each run of the test, in its system. The setup runs in the test's process.
 * - of a suite, ST_SUITE: once in each OS process that runs tests of the suite, before the first
 *   and after the last of them there. A test that ends its OS process ends that data, too: the next
 *   process sets up anew, and there is no teardown for what is gone.
 * - of the run, ST_RUN: once, in the OS process that starts the others, before all and after all,
 *   whatever became of the tests. The children have copies of the data as the setup left it.
 *
 * Teardowns run also after failures, also after a setup that failed half-way: what was not set up
 * is zero. Setups and teardowns of suites and of the run are processes of a simulated system that
 * ends with them, are let through to files and clocks of the host, and check as tests do. When such
 * a setup fails, or says st_skip, so do its tests; when a teardown fails, so does the last test
 * before it, or the run.
 */
#ifndef SUPERTESTER_FIXTURE_H
#define SUPERTESTER_FIXTURE_H

#include <supertester/api.h>

typedef struct st_fixture {
    size_t size;               /* of the data, in bytes */
    void (*setup)(void *data); /* NULL = nothing to do; data is NULL when size is 0 */
    void (*teardown)(void *data);
} st_fixture;

/* A suite, or the run: made by the macros. */
typedef struct st_suite {
    const char *name; /* NULL = the run */
    const char *file;
    int line;
    st_fixture fixture;
} st_suite;

/* Options are the members of st_fixture. A suite has at most one fixture, a program one of the run.
 */
#define ST_SUITE(suite, ...)                                                                       \
    ST_SUITE_(#suite, st_suite_##suite, st_suite_entry_##suite, __VA_ARGS__)
#define ST_RUN(...) ST_SUITE_(NULL, st_run_fixture, st_run_entry, __VA_ARGS__)

/* ---- Inside a test ---- */

/* The data of the test's, the suite's, the run's fixture; NULL without one, or of size 0. */
ST_API void *st_data(void);
ST_API void *st_suite_data(void);
ST_API void *st_run_data(void);

/* Runs cleanup(argument) when the test has ended, however: passed, failed, killed, out of time. The
 * last one deferred runs first, all before the teardown; a cleanup that fails does not keep the
 * others from running. From any process of the test, its setup included. They run in a process of
 * the test's system and may suspend. The argument outlives the body: it is no local variable. At
 * most 64. (What a single process needs when it exits is otp_defer.) When the OS process itself
 * ends (a crash, a hang), nothing of it is left to run. */
ST_API void st_defer(void (*cleanup)(void *argument), void *argument);

/* ---- What the macros call ---- */

#if __has_attribute(retain)
#define ST_RETAIN_SUITE_ __attribute__((used, retain, section("st_suites")))
#else
#define ST_RETAIN_SUITE_ __attribute__((used, section("st_suites")))
#endif
#ifdef __cplusplus
/* The options are a value of st_fixture, or its members in order; in C++20 designators, too. */
#define ST_SUITE_(name_, suite_, entry_, ...)                                                      \
    static const st_suite suite_ = {name_, __FILE__, __LINE__, st_fixture{__VA_ARGS__}};           \
    ST_RETAIN_SUITE_ static const st_suite *const entry_ = &suite_
#else
#define ST_SUITE_(name_, suite_, entry_, ...)                                                      \
    static const st_suite suite_ = {                                                               \
        .name = name_, .file = __FILE__, .line = __LINE__, .fixture = {__VA_ARGS__}};              \
    ST_RETAIN_SUITE_ static const st_suite *const entry_ = &suite_
#endif

#endif
