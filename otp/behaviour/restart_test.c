/* SPDX-License-Identifier: MIT */
/* Who is restarted, how often, and what happens when that does not help: supervisor(3). */
#include "behaviour/test_family.h"

#include "port/sanitizer.h"

static const otp_child_spec three[] = {{.id = "a", .server = &trapping_member},
                                       {.id = "b", .server = &trapping_member},
                                       {.id = "c", .server = &trapping_member}};

static otp_pid child_pid(otp_pid sup, const char *id) {
    otp_pid pid = OTP_PID_NONE;
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), id, &pid), OTP_OK);
    return pid;
}

static void child_exit(otp_pid sup, const char *id, const char *reason) {
    otp_send(child_pid(sup, id), otp_tuple(OTP_ATOM(exit), otp_term_of(reason)));
}

static void born_three(void) {
    CHECK_BORN("a");
    CHECK_BORN("b");
    CHECK_BORN("c");
}

/* ---- Restart types ---- */

static void check_type(otp_restart type, const char *reason, bool restarted, bool kept) {
    otp_child_spec spec = {.id = "x", .server = &plain_member, .restart = type};
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, &spec, 1, 5);
    CHECK_BORN("x");
    otp_ref ref = otp_monitor(child_pid(sup, "x"));
    child_exit(sup, "x", reason);
    down_reason(ref);
    if (restarted) {
        CHECK_BORN("x");
    } else {
        CHECK_SILENCE();
    }
    otp_child_counts counts;
    CHECK_EQ(otp_supervisor_count_children(otp_from_pid(sup), &counts), OTP_OK);
    CHECK_EQ(counts.specs, kept);
    CHECK_EQ(counts.active, restarted);
    CHECK_EQ(otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), 20000), OTP_OK);
}

static const char *const in_order[] = {"normal", "shutdown", "{shutdown, enough}"};
static const char *const abnormal[] = {"crash", "{crash, 1}", "noproc"};

BOTH_WORLDS("a permanent child is restarted whatever its reason") {
    for (int i = 0; i < 3; i++) {
        check_type(OTP_PERMANENT, in_order[i], true, true);
        check_type(OTP_PERMANENT, abnormal[i], true, true);
    }
}

BOTH_WORLDS("a transient child is restarted unless it goes in order; its spec is kept") {
    for (int i = 0; i < 3; i++) {
        check_type(OTP_TRANSIENT, in_order[i], false, true);
        check_type(OTP_TRANSIENT, abnormal[i], true, true);
    }
}

BOTH_WORLDS("a temporary child is never restarted, and forgotten") {
    for (int i = 0; i < 3; i++) {
        check_type(OTP_TEMPORARY, in_order[i], false, false);
        check_type(OTP_TEMPORARY, abnormal[i], false, false);
    }
}

/* ---- Strategies ---- */

BOTH_WORLDS("one_for_one restarts the one") {
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, three, 3, 1);
    born_three();
    otp_pid b = child_pid(sup, "b");
    otp_kill(b);
    CHECK(CHECK_BORN("b").word != b.word);
    CHECK_SILENCE();
}

BOTH_WORLDS("one_for_all ends the others, last one first, and starts all in order") {
    otp_pid sup = family_start(OTP_ONE_FOR_ALL, three, 3, 1);
    born_three();
    otp_kill(child_pid(sup, "b"));
    CHECK_DEAD("c", "shutdown");
    CHECK_DEAD("a", "shutdown");
    born_three();
    CHECK_SILENCE();
}

BOTH_WORLDS("rest_for_one ends those started after it, and starts it and them in order") {
    otp_pid sup = family_start(OTP_REST_FOR_ONE, three, 3, 1);
    born_three();
    otp_pid a = child_pid(sup, "a");
    otp_kill(child_pid(sup, "b"));
    CHECK_DEAD("c", "shutdown");
    CHECK_BORN("b");
    CHECK_BORN("c");
    CHECK_SILENCE();
    CHECK(child_pid(sup, "a").word == a.word);
}

BOTH_WORLDS("temporary siblings are ended and not started again") {
    static const otp_child_spec mixed[] = {
        {.id = "a", .server = &trapping_member},
        {.id = "t", .server = &trapping_member, .restart = OTP_TEMPORARY},
        {.id = "c", .server = &trapping_member}};
    otp_pid sup = family_start(OTP_ONE_FOR_ALL, mixed, 3, 1);
    CHECK_BORN("a");
    CHECK_BORN("t");
    CHECK_BORN("c");
    otp_kill(child_pid(sup, "a"));
    CHECK_DEAD("c", "shutdown");
    CHECK_DEAD("t", "shutdown");
    CHECK_BORN("a");
    CHECK_BORN("c");
    CHECK_SILENCE();
}

BOTH_WORLDS("a transient sibling that had gone in order is started again with the others") {
    static const otp_child_spec mixed[] = {
        {.id = "a", .server = &plain_member},
        {.id = "t", .server = &plain_member, .restart = OTP_TRANSIENT}};
    otp_pid sup = family_start(OTP_ONE_FOR_ALL, mixed, 2, 1);
    CHECK_BORN("a");
    CHECK_BORN("t");
    CHECK_EXIT(child_pid(sup, "t"), "normal", child_exit(sup, "t", "normal"));
    otp_kill(child_pid(sup, "a"));
    CHECK_BORN("a");
    CHECK_BORN("t");
}

/* ---- Intensity ---- */

/* Lets the child exit, and waits until it is back. */
static void crash_and_return(otp_pid sup, const char *id) {
    otp_kill(child_pid(sup, id));
    CHECK_BORN(id);
}

static const otp_child_spec one[] = {{.id = "x", .server = &plain_member}};

BOTH_WORLDS("one restart more than the intensity ends the supervisor, with reason shutdown") {
    otp_trap_exit(true);
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, one, 1, 3);
    CHECK_BORN("x");
    for (int i = 0; i < 3; i++) {
        crash_and_return(sup, "x");
    }
    CHECK_EXIT(sup, "shutdown", otp_kill(child_pid(sup, "x")));
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
    CHECK_SILENCE();
}

BOTH_WORLDS("before it goes it ends its other children, last one first") {
    otp_trap_exit(true);
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, three, 3, OTP_INTENSITY_ZERO);
    born_three();
    otp_kill(child_pid(sup, "b"));
    CHECK_DEAD("c", "shutdown");
    CHECK_DEAD("a", "shutdown");
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
    CHECK_SILENCE();
}

BOTH_WORLDS("an intensity that is not given is one restart in five seconds, as in OTP") {
    otp_trap_exit(true);
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, one, 1, 0);
    CHECK_BORN("x");
    crash_and_return(sup, "x");
    otp_kill(child_pid(sup, "x"));
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
}

SIMULATED_WORLDS(
    "the window slides: a restart counts until its period is over, to the millisecond") {
    otp_trap_exit(true);
    otp_pid sup = family_start(OTP_ONE_FOR_ONE, one, 1, 2);
    CHECK_BORN("x");
    crash_and_return(sup, "x");                           /* at 0 */
    CHECK_EQ(otp_receive_match(3000, "_"), OTP_ETIMEOUT); /* at 3,000 */
    crash_and_return(sup, "x");
    CHECK_EQ(otp_receive_match(2001, "_"), OTP_ETIMEOUT); /* at 5,001 the first is forgotten */
    crash_and_return(sup, "x");
    CHECK_EQ(otp_receive_match(2999, "_"), OTP_ETIMEOUT); /* at 8,000 the second is not */
    otp_kill(child_pid(sup, "x"));
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
}

SIMULATED_WORLDS("the period is the one asked for") {
    otp_trap_exit(true);
    otp_child_spec child = one[0];
    otp_pid sup;
    otp_term reason;
    CHECK_EQ(family_spec_start(
                 (otp_supervisor_spec){
                     .intensity = 1, .period_s = 60, .children = &child, .child_count = 1},
                 &reason, &sup),
             OTP_OK);
    CHECK_BORN("x");
    crash_and_return(sup, "x");
    CHECK_EQ(otp_receive_match(59000, "_"), OTP_ETIMEOUT);
    otp_kill(child_pid(sup, "x"));
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
}

BOTH_WORLDS("a supervisor that gave up is restarted by its own, with all its children") {
    otp_child_spec inner_children[] = {{.id = "x", .server = &plain_member, .args = family_self()}};
    otp_supervisor_spec inner = {
        .intensity = OTP_INTENSITY_ZERO, .children = inner_children, .child_count = 1};
    otp_child_spec outer[] = {{.id = "inner", .supervisor = &inner}};
    otp_pid top = family_start(OTP_ONE_FOR_ONE, outer, 1, 1);
    CHECK_BORN("x");
    otp_pid first = child_pid(top, "inner");
    otp_kill(child_pid(first, "x"));
    CHECK_BORN("x");
    otp_pid second = child_pid(top, "inner");
    CHECK(second.word != first.word);
    CHECK_EQ(otp_stop_server(otp_from_pid(top), OTP_ATOM(normal), 20000), OTP_OK);
}

/* ---- Restarts that fail ---- */

typedef struct brittle {
    otp_pid watcher;
    int starts, fail_from, fail_until; /* starts with these numbers fail */
} brittle;

static otp_err brittle_start(void *context, otp_term args, otp_pid *out) {
    brittle *b = context;
    int number = ++b->starts;
    if (number >= b->fail_from && number < b->fail_until) {
        otp_send(b->watcher, otp_tuple(OTP_ATOM(failed), otp_int(number)));
        return OTP_EBUSY;
    }
    return otp_start_link(&plain_member, args, &(otp_start_opts){.label = "x"}, out);
}

static otp_pid brittle_family(brittle *b, otp_strategy strategy, uint32_t intensity) {
    otp_child_spec specs[] = {{.id = "first", .server = &plain_member},
                              {.id = "x", .start = brittle_start, .context = b},
                              {.id = "last", .server = &plain_member}};
    b->watcher = otp_self();
    otp_pid sup = family_start(strategy, specs, 3, intensity);
    CHECK_BORN("first");
    CHECK_BORN("x");
    CHECK_BORN("last");
    return sup;
}

BOTH_WORLDS("a restart that fails is tried again, and each attempt counts") {
    otp_trap_exit(true);
    brittle b = {.fail_from = 2, .fail_until = 5};
    otp_pid sup = brittle_family(&b, OTP_ONE_FOR_ONE, 4);
    otp_kill(child_pid(sup, "x"));
    CHECK_TOLD("{failed, 2}");
    CHECK_TOLD("{failed, 3}");
    CHECK_TOLD("{failed, 4}");
    CHECK_BORN("x"); /* the fourth attempt */
    otp_kill(child_pid(sup, "x"));
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
}

BOTH_WORLDS("attempts that never succeed end the supervisor") {
    otp_trap_exit(true);
    brittle b = {.fail_from = 2, .fail_until = 1000};
    otp_pid sup = brittle_family(&b, OTP_ONE_FOR_ONE, 3);
    otp_kill(child_pid(sup, "x"));
    CHECK_TOLD("{failed, 4}");
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
    CHECK_EQ(b.starts, 4);
}

BOTH_WORLDS("between attempts other requests are served, and may end them") {
    brittle b = {.fail_from = 2, .fail_until = 1000000};
    otp_pid sup = brittle_family(&b, OTP_ONE_FOR_ONE, 900000);
    otp_pid x = child_pid(sup, "x");
    otp_kill(x);
    CHECK_TOLD("{failed, 2}");
    otp_term list;
    otp_pid pid;
    CHECK_EQ(otp_supervisor_which_children(otp_from_pid(sup), &list), OTP_OK);
    CHECK(otp_match(list, "[_, {x, restarting, worker, _}, _]"));
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "x", &pid), OTP_ENOPROC);
    CHECK_EQ(otp_supervisor_restart_child(otp_from_pid(sup), "x", &pid), OTP_EBUSY);
    CHECK_EQ(otp_supervisor_delete_child(otp_from_pid(sup), "x"), OTP_EBUSY);
    CHECK_EQ(otp_supervisor_terminate_child(otp_from_pid(sup), "x"), OTP_OK);
    int starts = b.starts;
    CHECK_EQ(otp_supervisor_which_children(otp_from_pid(sup), &list), OTP_OK);
    CHECK(otp_match(list, "[_, {x, undefined, worker, _}, _]"));
    CHECK_EQ(b.starts, starts);
}

BOTH_WORLDS("rest_for_one goes on with the child that failed, the ones before it live on") {
    brittle b = {.fail_from = 2, .fail_until = 4};
    otp_pid sup = brittle_family(&b, OTP_REST_FOR_ONE, 5);
    otp_pid first = child_pid(sup, "first");
    otp_kill(child_pid(sup, "x"));
    CHECK_TOLD("{failed, 2}");
    CHECK_TOLD("{failed, 3}");
    CHECK_BORN("x");
    CHECK_BORN("last");
    CHECK_SILENCE();
    CHECK(child_pid(sup, "first").word == first.word);
}

BOTH_WORLDS("one_for_all starts anew with all when one of them fails") {
    brittle b = {.fail_from = 2, .fail_until = 3};
    otp_pid sup = brittle_family(&b, OTP_ONE_FOR_ALL, 5);
    otp_kill(child_pid(sup, "last"));
    CHECK_BORN("first");
    CHECK_TOLD("{failed, 2}");
    CHECK_BORN("first");
    CHECK_BORN("x");
    CHECK_BORN("last");
    CHECK_SILENCE();
}

BOTH_WORLDS("a dynamic child that fails to restart counts as restarting, and may be terminated") {
    brittle b = {.watcher = otp_self(), .fail_from = 2, .fail_until = 1000000};
    otp_child_spec spec = {.start = brittle_start, .context = &b};
    otp_pid sup = family_start(OTP_SIMPLE_ONE_FOR_ONE, &spec, 1, 900000);
    otp_pid x;
    CHECK_EQ(otp_supervisor_start_child(otp_from_pid(sup), NULL, OTP_NONE, &x, NULL), OTP_OK);
    CHECK_BORN("x");
    otp_kill(x);
    CHECK_TOLD("{failed, 2}");
    otp_term list;
    otp_child_counts counts;
    CHECK_EQ(otp_supervisor_which_children(otp_from_pid(sup), &list), OTP_OK);
    CHECK(otp_match(list, "[{undefined, restarting, worker, []}]"));
    CHECK_EQ(otp_supervisor_count_children(otp_from_pid(sup), &counts), OTP_OK);
    CHECK(counts.active == 0 && counts.workers == 1);
    CHECK_EQ(otp_supervisor_terminate_pid(otp_from_pid(sup), x), OTP_OK);
    CHECK_EQ(otp_supervisor_count_children(otp_from_pid(sup), &counts), OTP_OK);
    CHECK_EQ(counts.workers, 0);
}

/* ---- Significant children ---- */

static otp_pid significant_family(otp_auto_shutdown when) {
    otp_child_spec specs[] = {
        {.id = "s1", .server = &plain_member, .restart = OTP_TRANSIENT, .significant = true},
        {.id = "s2", .server = &plain_member, .restart = OTP_TEMPORARY, .significant = true},
        {.id = "other", .server = &trapping_member, .restart = OTP_TEMPORARY}};
    otp_pid sup = OTP_PID_NONE;
    otp_term reason;
    CHECK_EQ(family_spec_start(
                 (otp_supervisor_spec){
                     .auto_shutdown = when, .intensity = 3, .children = specs, .child_count = 3},
                 &reason, &sup),
             OTP_OK);
    CHECK_BORN("s1");
    CHECK_BORN("s2");
    CHECK_BORN("other");
    return sup;
}

BOTH_WORLDS("any_significant: the first significant child that ends takes the supervisor with it") {
    otp_trap_exit(true);
    otp_pid sup = significant_family(OTP_AUTO_ANY_SIGNIFICANT);
    child_exit(sup, "s1", "normal");
    CHECK_DEAD("other", "shutdown");
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
}

BOTH_WORLDS("all_significant: the last significant child that ends does") {
    otp_trap_exit(true);
    otp_pid sup = significant_family(OTP_AUTO_ALL_SIGNIFICANT);
    child_exit(sup, "s2", "crash"); /* temporary: any exit is its end */
    CHECK_SILENCE();
    child_exit(sup, "s1", "{shutdown, done}");
    CHECK_DEAD("other", "shutdown");
    CHECK_TOLD("{'EXIT', ~w, shutdown}", otp_from_pid(sup));
}

BOTH_WORLDS("a significant child that is restarted has not ended") {
    otp_pid sup = significant_family(OTP_AUTO_ANY_SIGNIFICANT);
    child_exit(sup, "s1", "crash");
    CHECK_BORN("s1");
    CHECK_SILENCE();
}

BOTH_WORLDS("others, and children terminated on request, do not count") {
    otp_pid sup = significant_family(OTP_AUTO_ANY_SIGNIFICANT);
    child_exit(sup, "other", "crash");
    CHECK_EQ(otp_supervisor_terminate_child(otp_from_pid(sup), "s1"), OTP_OK);
    CHECK_EQ(otp_supervisor_terminate_child(otp_from_pid(sup), "s2"), OTP_OK);
    CHECK_SILENCE();
    CHECK(otp_is_alive(sup));
}

BOTH_WORLDS("all_significant with dynamic children: the last one of them") {
    otp_trap_exit(true);
    otp_child_spec spec = {.server = &plain_member, .restart = OTP_TEMPORARY, .significant = true};
    otp_pid sup = OTP_PID_NONE, first, second;
    otp_term reason;
    CHECK_EQ(family_spec_start((otp_supervisor_spec){.strategy = OTP_SIMPLE_ONE_FOR_ONE,
                                                     .auto_shutdown = OTP_AUTO_ALL_SIGNIFICANT,
                                                     .children = &spec,
                                                     .child_count = 1},
                               &reason, &sup),
             OTP_OK);
    otp_term dest = otp_from_pid(sup);
    CHECK_EQ(otp_supervisor_start_child(dest, NULL, family_self(), &first, NULL), OTP_OK);
    CHECK_EQ(otp_supervisor_start_child(dest, NULL, family_self(), &second, NULL), OTP_OK);
    otp_kill(first);
    CHECK_EQ(otp_receive_match(20, "{'EXIT', _, _}"), OTP_ETIMEOUT);
    otp_kill(second);
    CHECK_TOLD("{'EXIT', ~w, shutdown}", dest);
}

/* ---- Storms ---- */

static void storm(otp_strategy strategy, size_t n) {
    otp_child_spec specs[64];
    otp_pid pids[64];
    for (size_t i = 0; i < n; i++) {
        static const char ids[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
        static char names[64][2];
        names[i][0] = ids[i];
        specs[i] =
            (otp_child_spec){.id = names[i], .server = &probe_server, .args = probe_args("trap")};
    }
    otp_pid sup = family_start(strategy, specs, n, 100000);
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < n; i++) {
            if (otp_supervisor_child(otp_from_pid(sup), specs[i].id, &pids[i]) == OTP_OK) {
                otp_kill(pids[i]);
            }
        }
    }
    otp_term reply;
    for (size_t i = 0; i < n; i++) {
        otp_err err;
        do {
            err = otp_supervisor_child(otp_from_pid(sup), specs[i].id, &pids[i]);
            err = err ? err : otp_call(pids[i], OTP_ATOM(get), 20000, &reply);
        } while (err);
    }
    otp_child_counts counts;
    CHECK_EQ(otp_supervisor_count_children(otp_from_pid(sup), &counts), OTP_OK);
    CHECK(counts.specs == n && counts.active == n);
    CHECK_EQ(otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), OTP_INFINITY), OTP_OK);
    for (size_t i = 0; i < n; i++) {
        CHECK(!otp_is_alive(pids[i]));
    }
}

BOTH_WORLDS("after a storm of kills all children are back: one_for_one") {
    storm(OTP_ONE_FOR_ONE, 40);
}

BOTH_WORLDS("after a storm of kills all children are back: one_for_all") {
    storm(OTP_ONE_FOR_ALL, 12);
}

BOTH_WORLDS("after a storm of kills all children are back: rest_for_one") {
    storm(OTP_REST_FOR_ONE, 12);
}

static void restart_many(otp_strategy strategy, int n) {
    static const otp_gen_server quiet = {.name = "quiet"};
    otp_child_spec spec = {.server = &quiet};
    otp_supervisor_spec sup_spec = {
        .strategy = strategy, .intensity = 10000000, .children = &spec, .child_count = 1};
    otp_pid sup;
    CHECK_EQ(otp_supervisor_start_link(&sup_spec, NULL, &sup), OTP_OK);
    otp_term list;
    for (int i = 0; i < n; i++) {
        otp_pid pid;
        otp_scope scope = otp_scope_begin();
        CHECK_EQ(otp_supervisor_start_child(otp_from_pid(sup), NULL, otp_nil(), &pid, NULL),
                 OTP_OK);
        otp_scope_end(scope);
    }
    CHECK_EQ(otp_supervisor_which_children(otp_from_pid(sup), &list), OTP_OK);
    OTP_LIST_FOREACH (child, list) {
        otp_pid pid;
        if (CHECK(otp_get_pid(otp_element(child, 1), &pid))) {
            otp_kill(pid);
        }
    }
    otp_child_counts counts;
    do {
        CHECK_EQ(otp_supervisor_count_children(otp_from_pid(sup), &counts), OTP_OK);
    } while ((int)counts.active < n);
    CHECK_EQ((int)counts.workers, n);
    CHECK_EQ(otp_stop_server(otp_from_pid(sup), OTP_ATOM(normal), OTP_INFINITY), OTP_OK);
}

/* The race detector's own view of a process takes half a megabyte. */
enum { MANY = OTPI_TSAN ? 200 : 10000 };

BOTH_WORLDS("thousands of dynamic children that were killed at once are all restarted") {
    restart_many(OTP_SIMPLE_ONE_FOR_ONE, MANY);
}
