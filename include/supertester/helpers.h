/* SPDX-License-Identifier: MIT */
/*
 * Helpers: servers of the test's own, waiting without sleeping, looking inside.
 *
 *     ST_TEST(counter, survives_a_crash) {
 *         otp_pid sup = st_setup_isolated_supervisor(&counter_supervisor);
 *         otp_pid old = st_wait_for_name(OTP_ATOM(counter), 1000);
 *         otp_kill(old);
 *         ST_ASSERT_DEAD(old);
 *         otp_pid now = st_wait_for_name(OTP_ATOM(counter), 1000);
 *         st_cast_and_sync(now, OTP_ATOM(increment));
 *         ST_ASSERT_STATE(now, "#{value := 1}");
 *         ST_ASSERT_STATE_THAT(now, counter, s->value >= 0);
 *         ST_ASSERT_ALIVE(sup);
 *     }
 *
 * All are called from a process of the test, and may suspend it. One that can't do its work fails
 * the test and ends it, so that results need no checking. Nothing here sleeps: it waits for an
 * event with a deadline, on the world's clock. In simulation these deadlines never compete with the
 * system under test: they pass only when nothing else can happen.
 */
#ifndef SUPERTESTER_HELPERS_H
#define SUPERTESTER_HELPERS_H

#include <supertester/api.h>
#include <supertester/expect.h>
#include <otp/gen_server.h>
#include <otp/supervisor.h>
#include <otp/sys.h>

/* How long helpers without a timeout of their own wait, in milliseconds. */
#define ST_PATIENCE_MS INT64_C(5000)

/* ---- Setting up ---- */

/* A server that lives as long as the test: not linked to it, stopped at its end. The variant with
 * options gives it a name or a limit. */
#define st_setup_isolated_genserver(server, args)                                                  \
    st_setup_genserver_at((server), (args), NULL, OTP_SITE)
#define st_setup_isolated_genserver_opts(server, args, opts)                                       \
    st_setup_genserver_at((server), (args), (opts), OTP_SITE)
ST_API OTP_MAY_SUSPEND otp_pid st_setup_genserver_at(const otp_gen_server *server, otp_term args,
                                                     const otp_start_opts *opts, const char *site);

/* The same for a supervisor and its children. */
#define st_setup_isolated_supervisor(spec) st_setup_supervisor_at((spec), NULL, OTP_SITE)
#define st_setup_isolated_supervisor_opts(spec, opts)                                              \
    st_setup_supervisor_at((spec), (opts), OTP_SITE)
ST_API OTP_MAY_SUSPEND otp_pid st_setup_supervisor_at(const otp_supervisor_spec *spec,
                                                      const otp_start_opts *opts, const char *site);

/* An atom that no other call in this test has given: "worker_3" from "worker". */
ST_API otp_term st_unique_name(const char *prefix);

/* ---- Waiting ---- */

/* Casts, and returns when the server has handled the request. dest: pid or name. */
#define st_cast_and_sync(dest, request) st_cast_and_sync_at(OTP_DEST(dest), (request), OTP_SITE)
ST_API OTP_MAY_SUSPEND void st_cast_and_sync_at(otp_term dest, otp_term request, const char *site);

/* Returns when the server has handled everything this process sent it before. */
#define st_sync(dest) st_sync_at(OTP_DEST(dest), OTP_SITE)
ST_API OTP_MAY_SUSPEND void st_sync_at(otp_term dest, const char *site);

/* The process registered under the name, as soon as there is one. */
#define st_wait_for_name(name, timeout_ms) st_wait_for_name_at((name), (timeout_ms), OTP_SITE)
ST_API OTP_MAY_SUSPEND otp_pid st_wait_for_name_at(otp_term name, int64_t timeout_ms,
                                                   const char *site);

/* Waits for the exit of a process and returns its reason; noproc when it was gone already. */
#define st_wait_for_exit(pid, timeout_ms) st_wait_for_exit_at((pid), (timeout_ms), OTP_SITE)
ST_API OTP_MAY_SUSPEND otp_term st_wait_for_exit_at(otp_pid pid, int64_t timeout_ms,
                                                    const char *site);

/* Looks at the condition again and again, with growing pauses, until it holds: true, or a failed
 * check when the time is over. For what has no event to wait for. */
#define ST_EXPECT_EVENTUALLY(condition, timeout_ms)                                                \
    ST_EVENTUALLY_(condition, timeout_ms, #condition)
#define ST_ASSERT_EVENTUALLY(condition, timeout_ms)                                                \
    ST_HARD_(ST_EVENTUALLY_(condition, timeout_ms, #condition))

/* ---- Looking ---- */

/* The state as the server's describe callback tells it. */
#define st_get_state(dest) st_get_state_at(OTP_DEST(dest), OTP_SITE)
ST_API OTP_MAY_SUSPEND otp_term st_get_state_at(otp_term dest, const char *site);

/* The described state matches the pattern: (dest, "pattern", &out...). */
#define ST_EXPECT_STATE(dest, ...) ST_MATCH_(st_get_state(dest), "the state of " #dest, __VA_ARGS__)
#define ST_ASSERT_STATE(dest, ...) ST_HARD_(ST_EXPECT_STATE(dest, __VA_ARGS__))

/* ST_EXPECT_STATE_THAT(pid, counter, s->value >= 0): a C condition on a copy of the server's state
 * struct, taken between two of its messages; s points at the copy. Pointers in it may be out of
 * date. */
#define ST_EXPECT_STATE_THAT(dest, type, condition)                                                \
    ST_STATE_THAT_(dest, type, condition, #condition)
#define ST_ASSERT_STATE_THAT(dest, type, condition)                                                \
    ST_HARD_(ST_STATE_THAT_(dest, type, condition, #condition))

/* The process lives. A process that was killed or told to exit before by this one counts as dead.
 */
#define ST_EXPECT_ALIVE(pid) st_check_alive((pid), true, OTP_SITE, #pid)
#define ST_ASSERT_ALIVE(pid) ST_HARD_(st_check_alive((pid), true, OTP_SITE, #pid))
/* The process is gone, or goes within ST_PATIENCE_MS. */
#define ST_EXPECT_DEAD(pid) st_check_alive((pid), false, OTP_SITE, #pid)
#define ST_ASSERT_DEAD(pid) ST_HARD_(st_check_alive((pid), false, OTP_SITE, #pid))

/* ---- What the macros call ---- */

/* A wait in steps: pauses of 0, 1, 2, 4 ... 50 ms until their time is used up. */
typedef struct st_patience {
    int64_t timeout_ms, pause_ms;
    uint64_t began_ms;
    uint64_t waited_ms; /* simulated: in pauses; time that passes otherwise does not count */
    uint64_t looks;
} st_patience;
ST_API st_patience st_patience_begin(int64_t timeout_ms);
ST_API OTP_MAY_SUSPEND bool st_patience_pause(st_patience *patience); /* false = time is over */

/* Each fails the test at the site unless all is well. */
ST_API bool st_check_eventually(bool held, const st_patience *patience, const char *site,
                                const char *text);
ST_API OTP_MAY_SUSPEND void st_copy_state_at(otp_term dest, void *copy, size_t size,
                                             const char *site);
ST_API OTP_MAY_SUSPEND bool st_check_state(bool held, otp_term dest, const char *site,
                                           const char *text);
ST_API OTP_MAY_SUSPEND bool st_check_alive(otp_pid pid, bool alive, const char *site,
                                           const char *text);

#ifdef __cplusplus
template <typename Condition>
inline bool st_eventually_(Condition holds, int64_t timeout_ms, const char *site,
                           const char *text) {
    st_patience wait = st_patience_begin(timeout_ms);
    bool held = false;
    while (!(held = holds()) && st_patience_pause(&wait)) {}
    return st_check_eventually(held, &wait, site, text);
}
template <typename State, typename Condition>
inline bool st_state_that_(Condition holds, otp_term dest, const char *site, const char *text) {
    State state;
    st_copy_state_at(dest, &state, sizeof state, site);
    return st_check_state(holds(&state), dest, site, text);
}
#define ST_EVENTUALLY_(condition, timeout_ms, text)                                                \
    st_eventually_([&]() -> bool { return (condition); }, (timeout_ms), OTP_SITE, text)
#define ST_STATE_THAT_(dest, type, condition, text)                                                \
    st_state_that_<type>([&](const type *s) -> bool { return (condition); }, OTP_DEST(dest),       \
                         OTP_SITE, text)
#else
#define ST_EVENTUALLY_(condition, timeout_ms, text)                                                \
    __extension__({                                                                                \
        st_patience st_wait_ = st_patience_begin(timeout_ms);                                      \
        bool st_held_ = false;                                                                     \
        while (!(st_held_ = (condition)) && st_patience_pause(&st_wait_)) {}                       \
        st_check_eventually(st_held_, &st_wait_, OTP_SITE, text);                                  \
    })
#define ST_STATE_THAT_(dest, type, condition, text)                                                \
    __extension__({                                                                                \
        type st_state_;                                                                            \
        otp_term st_dest_ = OTP_DEST(dest);                                                        \
        st_copy_state_at(st_dest_, &st_state_, sizeof st_state_, OTP_SITE);                        \
        const type *s = &st_state_;                                                                \
        st_check_state((condition), st_dest_, OTP_SITE, text);                                     \
    })
#endif

#endif
