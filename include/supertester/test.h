/* SPDX-License-Identifier: MIT */
/*
 * Tests, and how they are run.
 *
 *     ST_TEST(counter, adds, .runs = 1000, .timeout_ms = 2000) {
 *         otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(0));
 *         otp_term reply;
 *         ST_ASSERT_OK(otp_call(c, otp_tuple(OTP_ATOM(add), otp_int(5)), 1000, &reply));
 *         ST_EXPECT_EQ(reply, otp_int(5));
 *     }
 *
 * The body runs as a process of a fresh system, in a simulated world unless .world says otherwise.
 * Tests register themselves; they run in the order of their files and lines, in child processes, so
 * that a crash or a hang costs one test. What the test leaves behind (processes, names, tables)
 * ends with its system. Static variables of the program are shared by the tests and runs of one
 * child: set them in .setup.
 *
 * Code that runs in a process of a simulated world is refused what would make a run differ from its
 * replay: clocks, sleeping (and polling with a timeout), random numbers and files of the host,
 * called by itself or by a library. The call fails the test and says what to use instead; time
 * still is told and numbers come, but nothing sleeps, and no file is touched (EPERM). .allow_host =
 * true lets all through. (System calls made directly are not seen, nor is what the C library does
 * inside.)
 *
 * A test fails when a check failed in any of its processes, when its own process exits abnormally,
 * crashes, hangs, or (simulated) waits for what can never happen, and when it leaks. A failure
 * shows what went wrong and ends with the command that runs it again.
 *
 * A test leaks when its OS process, quiet between two tests, holds more than before, and more again
 * each time the test is repeated: blocks of the runtime, blocks from malloc and its kin, open
 * files, threads, child processes that were not waited for. What grows once (a cache at its first
 * use) is no leak. Temporary files are one at once: what a run has made with mkstemp, mkdtemp and
 * their kin, or in /tmp, /var/tmp, /dev/shm or TMPDIR, is to be gone after .teardown. A test that
 * has to leave something says .leaks = ST_LEAKS_ALLOWED and why, in .leaks_reason.
 *
 * What a test prints to standard output and error, and what child processes of it print there, is
 * kept and shown when it fails (at most 64 KiB). Runs that repeat one that passed, to look for
 * leaks and for what is not deterministic, print nothing; nor do those of a sweep that pass.
 *
 * A test chosen by its full name (prog counter.adds) runs in the program's own process, for
 * debuggers, unless it is swept or expects a failure or the end of its OS process: a crash ends the
 * program, and simulated runs have no time limit. -j 1 gives it a child process again; --gdb runs
 * it under gdb and stops at the first check that fails. What failed is remembered in .supertester/,
 * for --failed.
 *
 * Exit codes of a test program: 0 all passed, 1 some failed, 2 usage or unreadable input, 70
 * internal, or a report could not be written.
 */
#ifndef SUPERTESTER_TEST_H
#define SUPERTESTER_TEST_H

#include <supertester/api.h>
#include <supertester/cases.h>
#include <supertester/fixture.h>
#include <otp/choose.h>

/* In which worlds the test runs; the flag --world overrides it. */
typedef enum st_world { ST_SIMULATED, ST_PARALLEL, ST_BOTH } st_world;

/* How far tests are kept apart. Each has a system of its own: names, processes and tables of one
 * are not seen by another. ST_CONTAMINATION_DETECTION also fails the test that leaves processes or
 * names behind when its body has returned and what the helpers set up has been stopped. */
typedef enum st_isolation {
    ST_BASIC,
    ST_REGISTRY,
    ST_FULL_ISOLATION,
    ST_CONTAMINATION_DETECTION
} st_isolation;

/* When timers of the system under test fire in simulation. By default they race with messages when
 * a test (not a property) is run more than once, else they come last. */
typedef enum st_timers { ST_TIMERS_DEFAULT, ST_TIMERS_LAST, ST_RACE } st_timers;

/* Every allocation, or every I/O call, of the test fails once: see sweep.h. */
typedef enum st_failing { ST_FAILS_AS_ASKED, ST_SWEEP } st_failing;

/* ST_LEAKS_ALLOWED: what the test leaves behind is no failure; .leaks_reason says why. */
typedef enum st_leaks { ST_LEAKS_FAIL, ST_LEAKS_ALLOWED } st_leaks;

/* How the order of events is picked in an exploration (explore.h). No single strategy is best: a
 * bug that one of them meets at once another does not meet in a lifetime. */
typedef enum st_strategy {
    ST_PORTFOLIO,   /* the random ones in turn */
    ST_RANDOM_WALK, /* every event that can happen is as likely */
    ST_PCT,         /* random priorities of processes, which change at few random places (Burckhardt
                       et al., "A Randomized Scheduler with Probabilistic Guarantees", 2010) */
    ST_POS,         /* random priorities of events (Yuan et al., "Partial Order Aware Concurrency
                       Sampling", 2018) */
    ST_URW,    /* as likely as a process has events left, by runs before (Zhao et al., "Selectively
                  Uniform Concurrency Testing", 2025) */
    ST_DELAYS, /* the default order with few random exceptions (Emmi et al., "Delay-Bounded
                  Scheduling", 2011) */
    ST_STRATEGIES, /* how many there are for random runs */
    ST_EXHAUSTIVE, /* every order, of st_explore only: see explore.h */
} st_strategy;

/* Set by the macro that makes the test. */
typedef enum st_test_kind { ST_IS_TEST, ST_IS_PROPERTY, ST_IS_EXPLORATION } st_test_kind;

/* What an option of zero means is said behind it. */
typedef struct st_test {
    const char *suite, *name; /* set by ST_TEST */
    const char *file;
    int line;
    void (*body)(void);
    st_test_kind kind;      /* set by ST_PROPERTY, ST_EXPLORE */
    st_world world;         /* simulated */
    st_isolation isolation; /* basic */
    int64_t timeout_ms;     /* of one run, on the real clock: 10,000; --timeout-scale and the
                               environment's ST_TIMEOUT_SCALE multiply it */
    uint64_t seed;          /* of this test in place of the program's; --seed wins */
    uint64_t runs;          /* with different choices each: 1, properties 100, explorations 1,000;
                               --runs wins */
    uint64_t runs_long;     /* with --long: runs */
    uint64_t steps_max;     /* simulated: of one run: the world's, 10,000,000 */
    bool exclusive;         /* nothing else of this program runs meanwhile; such tests come last */
    const char *skip;       /* reason for not running it; st_skip says so at run time */
    const char *tags;       /* words: the flags --only and --exclude, and the filter tag:slow */
    unsigned schedulers;    /* parallel: threads: one per processor, at least 2 */
    st_timers timers;
    st_strategy strategy;        /* of an exploration: portfolio */
    unsigned depth;              /* of its strategy, see there */
    otp_delivery delivery;       /* simulated: causal */
    otp_network network;         /* simulated: tcp */
    const char *node;            /* name of the system: "nonode@nohost" */
    bool allow_host;             /* simulated: clocks, files, ... of the host are not refused */
    const char *const *examples; /* of a property: ST_EXAMPLE */
    st_cases cases;              /* one test for each: cases.h */
    st_failing fail_alloc;       /* as --fail-alloc asks, else nothing fails */
    st_failing fail_io;          /* the same by --fail-io */
    st_leaks leaks;              /* they fail the test */
    const char *leaks_reason;    /* why leaks are allowed */

    /* Other ends than returning from the body; at most one of them. */
    const char *exits;     /* its process exits with a reason that matches this pattern (match.h) */
    int signal;            /* its OS process ends by this signal; run once */
    int exit_code;         /* its OS process exits with this code, or ST_EXIT_ZERO; run once */
    const char *must_fail; /* passes when it fails and the report contains this text */
    bool fails;            /* passes when it fails: a bug that is known */

    const st_fixture *fixture; /* fixture.h */
    void (*setup)(void);       /* in the test's process, before the body of each run */
    void (*teardown)(void);    /* in a process of its own after each run, also a failed one */

    const char *case_name; /* of a test made from a case: set by the runner */
    const void *case_data;
    size_t case_index;
} st_test;

/* As .exit_code: 0, which alone would mean that none is expected. */
#define ST_EXIT_ZERO 256

#if __has_attribute(retain)
#define ST_RETAIN_ __attribute__((used, retain, section("st_tests")))
#else
#define ST_RETAIN_ __attribute__((used, section("st_tests")))
#endif
#ifdef __cplusplus
/* The options are a value of st_test; as designators they need C++20. */
#define ST_TEST(suite, ...) ST_TEST_OF_(ST_IS_TEST, suite, __VA_ARGS__, )
#define ST_TEST_OF_(kind, suite, name, ...)                                                        \
    ST_TEST_(kind, suite, name, st_body_##suite##_##name, st_test_##suite##_##name,                \
             st_entry_##suite##_##name, __VA_ARGS__)
#define ST_TEST_(kind_, suite_, name_, body_, test_, entry_, ...)                                  \
    static void body_();                                                                           \
    static const st_test test_ =                                                                   \
        st_test_named_(st_test{__VA_ARGS__}, kind_, #suite_, #name_, __FILE__, __LINE__, body_);   \
    ST_RETAIN_ static const st_test *const entry_ = &test_;                                        \
    static void body_()
inline st_test st_test_named_(st_test test, st_test_kind kind, const char *suite, const char *name,
                              const char *file, int line, void (*body)()) {
    test.kind = kind;
    test.suite = suite;
    test.name = name;
    test.file = file;
    test.line = line;
    test.body = body;
    return test;
}
#else
#define ST_TEST(suite, name, ...)                                                                  \
    ST_TEST_(suite, name, st_body_##suite##_##name, st_test_##suite##_##name,                      \
             st_entry_##suite##_##name, __VA_ARGS__)
#define ST_TEST_(suite_, name_, body_, test_, entry_, ...)                                         \
    static void body_(void);                                                                       \
    static const st_test test_ = {.suite = #suite_,                                                \
                                  .name = #name_,                                                  \
                                  .file = __FILE__,                                                \
                                  .line = __LINE__,                                                \
                                  .body = body_,                                                   \
                                  __VA_ARGS__};                                                    \
    ST_RETAIN_ static const st_test *const entry_ = &test_;                                        \
    static void body_(void)
#endif

/* ---- Inside a test ---- */

/* The world's kind, for the rare test that must know. */
ST_API otp_mode st_mode(void);
/* The system of the test that runs, from any of its processes or threads. */
ST_API otp_system *st_system(void);
/* The seed of this run. */
ST_API uint64_t st_seed(void);
/* Was the program asked for long forms (--long)? */
ST_API bool st_long(void);
/* Ends the test as one that can't be run here, with the reason: "no SQLite". From any of its
 * processes, its setup included. A test in which a check has failed before has failed. */
ST_API void st_skip(const char *format, ...) OTP_PRINTF(1, 2);
/* A line that is shown when the test fails, and with --verbose. */
ST_API void st_note(const char *format, ...) OTP_PRINTF(1, 2);

/* ---- Programs ---- */

/* What the library's main() does; for programs with a main of their own. Returns the exit code. */
ST_API int st_main(int argc, char **argv);

#endif
