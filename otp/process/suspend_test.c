/* SPDX-License-Identifier: MIT */
/* Processes that are suspended, resumed, hibernating. */
#include "tests/worlds.h"

#include "port/host.h"
#include "port/sanitizer.h"
#include "world/worker.h"

/* {From, Ref} is answered with the reference. */
static void answers(otp_term arg) {
    otp_pid from;
    otp_term ref;
    (void)arg;
    while (otp_receive_match(OTP_INFINITY, "{~p, ~t}", &from, &ref) == OTP_OK) {
        otp_send(from, ref);
    }
}

static otp_result server_info(void *state, otp_term message) {
    otp_pid from;
    otp_term ref;
    (void)state;
    if (otp_match(message, "{~p, ~t}", &from, &ref)) {
        otp_send(from, ref);
    }
    return otp_noreply();
}

static const otp_gen_server answering = {.name = "answering", .handle_info = server_info};

/* Both kinds of process: one that receives, and one without a stack. */
static void with_both(void (*test)(otp_pid pid)) {
    otp_pid pid = otp_spawn(answers, otp_nil());
    test(pid);
    otp_kill(pid);
    CHECK_EQ(otp_start(&answering, otp_nil(), NULL, &pid), OTP_OK);
    test(pid);
    otp_kill(pid);
}

static otp_term ask(otp_pid pid) {
    otp_term question = otp_from_ref(otp_make_ref());
    otp_send(pid, otp_tuple(otp_from_pid(otp_self()), question));
    return question;
}

static bool answered(otp_term question, int64_t timeout_ms) {
    return otp_receive_match(timeout_ms, "~w", question) == OTP_OK;
}

static bool status_is(otp_pid pid, const char *status) {
    otp_term info;
    return otp_process_info(pid, &info) == OTP_OK &&
           otp_is(otp_map_get(info, OTP_ATOM(status)), status);
}

static bool down_with(otp_ref ref, const char *reason) {
    otp_term down;
    return otp_receive_ref(ref, 20000, &down) == OTP_OK && otp_is(otp_element(down, 4), reason);
}

static void waits_until_resumed(otp_pid pid) {
    CHECK(answered(ask(pid), 20000));
    CHECK_EQ(otp_suspend_process(pid), OTP_OK);
    CHECK(status_is(pid, "suspended"));
    otp_term first = ask(pid), second = ask(pid);
    CHECK(!answered(first, 20));
    CHECK_EQ(otp_resume_process(pid), OTP_OK);
    CHECK(answered(first, 20000) && answered(second, 20000));
    CHECK(!status_is(pid, "suspended"));
    CHECK_EQ(otp_resume_process(pid), OTP_EBADARG);
}

BOTH_WORLDS("a suspended process handles its messages when it is resumed, none before") {
    with_both(waits_until_resumed);
}

static void counts(otp_pid pid) {
    CHECK_EQ(otp_suspend_process(pid), OTP_OK);
    CHECK_EQ(otp_suspend_process(pid), OTP_OK);
    otp_term question = ask(pid);
    CHECK_EQ(otp_resume_process(pid), OTP_OK);
    CHECK(!answered(question, 20));
    CHECK_EQ(otp_resume_process(pid), OTP_OK);
    CHECK(answered(question, 20000));
}

BOTH_WORLDS("it is resumed as often as it was suspended") {
    with_both(counts);
}

/* Suspends its argument, says so, and goes when told; never resumes. */
static void holds(otp_term arg) {
    otp_pid pid, watcher;
    otp_scope scope = otp_scope_begin();
    CHECK(otp_match(arg, "{~p, ~p}", &watcher, &pid));
    CHECK_EQ(otp_suspend_process(pid), OTP_OK);
    otp_send(watcher, OTP_ATOM(holding));
    CHECK_EQ(otp_receive_match(OTP_INFINITY, "go"), OTP_OK);
    otp_scope_end(scope);
}

static otp_pid holder_start(otp_pid pid) {
    otp_pid holder = otp_spawn(holds, otp_tuple(otp_from_pid(otp_self()), otp_from_pid(pid)));
    CHECK_EQ(otp_receive_match(20000, "holding"), OTP_OK);
    return holder;
}

static void outlives_holder(otp_pid pid) {
    otp_pid a = holder_start(pid), b = holder_start(pid);
    otp_term question = ask(pid);
    CHECK_EQ(otp_resume_process(pid), OTP_EBADARG); /* that is the holders' to do */
    otp_kill(a);
    CHECK(!answered(question, 20));
    otp_send(b, OTP_ATOM(go));
    CHECK(answered(question, 20000));
}

BOTH_WORLDS("the exit of who suspended it releases it, when nobody else holds it") {
    with_both(outlives_holder);
}

static void still_mortal(otp_pid pid) {
    CHECK_EQ(otp_suspend_process(pid), OTP_OK);
    otp_ref ref = otp_monitor(pid);
    otp_exit_signal(pid, OTP_ATOM(because));
    CHECK(down_with(ref, "because"));
    CHECK_EQ(otp_suspend_process(pid), OTP_ENOPROC);
    CHECK_EQ(otp_resume_process(pid), OTP_OK);
}

static void still_killed(otp_pid pid) {
    CHECK_EQ(otp_suspend_process(pid), OTP_OK);
    otp_ref ref = otp_monitor(pid);
    otp_kill(pid);
    CHECK(down_with(ref, "killed"));
}

BOTH_WORLDS("a suspended process still ends of exit signals and kills") {
    with_both(still_mortal);
    with_both(still_killed);
}

BOTH_WORLDS("the caller itself, and what is gone, cannot be suspended") {
    otp_pid pid = otp_spawn(answers, otp_nil());
    otp_ref ref = otp_monitor(pid);
    otp_kill(pid);
    CHECK(down_with(ref, "killed"));
    CHECK_EQ(otp_suspend_process(pid), OTP_ENOPROC);
    CHECK_EQ(otp_suspend_process(otp_self()), OTP_EBADARG);
    CHECK_EQ(otp_resume_process(pid), OTP_EBADARG);
}

static void yields(otp_term arg) {
    for (;;) {
        (void)arg;
        otp_yield();
    }
}

BOTH_WORLDS("a process that works and yields is suspended where it yields") {
    otp_pid pid = otp_spawn(yields, otp_nil());
    CHECK_EQ(otp_suspend_process(pid), OTP_OK);
    CHECK(status_is(pid, "suspended"));
    otp_kill(pid);
}

static void times_out(otp_term arg) {
    otp_pid to;
    CHECK(otp_get_pid(arg, &to));
    otp_term kept = otp_keep(arg);
    CHECK_EQ(otp_receive_match(50, "never_sent"), OTP_ETIMEOUT);
    otp_get_pid(kept, &to);
    otp_send(to, OTP_ATOM(timed_out));
}

SIMULATED_WORLDS("a time that runs out while it is suspended is over when it is resumed") {
    otp_pid pid = otp_spawn(times_out, otp_from_pid(otp_self()));
    CHECK_EQ(otp_receive_match(10, "never_sent"), OTP_ETIMEOUT);
    CHECK_EQ(otp_suspend_process(pid), OTP_OK);
    CHECK_EQ(otp_receive_match(1000, "timed_out"), OTP_ETIMEOUT);
    CHECK_EQ(otp_resume_process(pid), OTP_OK);
    CHECK_EQ(otp_receive_match(0, "timed_out"), OTP_ETIMEOUT);
    CHECK_EQ(otp_receive_match(5, "timed_out"), OTP_OK);
}

/* Who suspends is killed after so many turns of the others: the target goes on in any case. */
static void killed_holder(otp_term arg) {
    for (int turns = 0; turns < 12; turns++) {
        otp_pid pid = otp_spawn(answers, otp_nil());
        otp_pid holder = otp_spawn(holds, otp_tuple(otp_from_pid(otp_self()), otp_from_pid(pid)));
        otp_ref ref = otp_monitor(holder);
        (void)arg;
        for (int i = 0; i < turns; i++) {
            otp_yield();
        }
        otp_kill(holder);
        CHECK(down_with(ref, "killed"));
        CHECK(answered(ask(pid), 20000));
        otp_kill(pid);
        (void)!otp_receive_match(0, "holding");
    }
}

UNIT("who suspends may be killed at any step") {
    otp_world_opts simulated = {.mode = OTP_SIMULATED, .delivery = OTP_DELIVERY_PAIRWISE};
    simulated_worlds(killed_holder);
    both_worlds_run("pairwise", &simulated, killed_holder);
}

/* ---- Hibernating ---- */

/* Touches much of its stack. */
static __attribute__((noinline)) int digs(int depth) {
    volatile char page[4096];
    page[depth % 4096] = (char)depth;
    return depth ? digs(depth - 1) + page[depth % 4096] % 2 : 0;
}

static void hibernates(otp_term arg) {
    char here[64] = "what lies in the caller's frame stays as it is";
    otp_term message;
    otp_pid to;
    int64_t rounds = 0;
    CHECK(otp_get_pid(arg, &to));
    for (; rounds < 3; rounds++) {
        CHECK(digs(30) >= 0);
        otp_hibernate();
        CHECK_EQ(otp_receive(0, &message), OTP_OK); /* there is one */
        otp_send(to, message);
    }
    CHECK_STR(here, "what lies in the caller's frame stays as it is");
}

BOTH_WORLDS("a process that hibernates wakes for a message, and has all it had") {
    otp_pid pid = otp_spawn(hibernates, otp_from_pid(otp_self()));
    otp_ref ref = otp_monitor(pid);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(otp_receive_match(5, "never_sent"), OTP_ETIMEOUT);
        otp_send(pid, otp_int(i));
        CHECK_EQ(otp_receive_match(20000, "~w", otp_int(i)), OTP_OK);
    }
    CHECK(down_with(ref, "normal"));
}

/* ---- What hibernating gives back ---- */

enum { SLEEPERS = 64, DEPTH = 48 };

/* Touches some 200 KB of its stack, then waits, hibernating if its argument says so. */
static void digs_and_waits(otp_term hibernates_too) {
    CHECK(digs(DEPTH) >= 0);
    if (otp_is(hibernates_too, "true")) {
        otp_hibernate();
    }
    (void)!otp_receive_match(OTP_INFINITY, "go");
}

/* Growth of resident memory by processes that wait. */
static int64_t growth(bool hibernate) {
    uint64_t before = otpi_host_resident_bytes();
    otp_pid pids[SLEEPERS];
    for (int i = 0; i < SLEEPERS; i++) {
        pids[i] = otp_spawn(digs_and_waits, otp_bool(hibernate));
    }
    CHECK_EQ(otp_receive_match(20, "never_sent"), OTP_ETIMEOUT); /* all wait by now */
    int64_t grown = (int64_t)(otpi_host_resident_bytes() - before);
    for (int i = 0; i < SLEEPERS; i++) {
        otp_ref ref = otp_monitor(pids[i]);
        otp_send(pids[i], OTP_ATOM(go));
        CHECK(down_with(ref, "normal"));
    }
    return grown;
}

SIMULATED_WORLDS("hibernating gives back the stack that returned calls have touched") {
    int64_t hibernating = growth(true);
    int64_t waiting = growth(false);
    if (!OTPI_TSAN) { /* whose shadow of the stacks stays, and is larger than they are */
        CHECK(hibernating < SLEEPERS * 64 * 1024); /* a few pages each */
        CHECK(waiting > hibernating + SLEEPERS * 96 * 1024);
    }
    printf("# %d KiB each, without hibernating %d KiB\n", (int)(hibernating / SLEEPERS / 1024),
           (int)(waiting / SLEEPERS / 1024));
}
